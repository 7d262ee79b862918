"""Commands under `router eigrp` and `router bgp`, in the order a running-config prints them."""

from ipaddress import IPv4Address, IPv4Network, ip_address

from labs.twin.commands.rows import Absent, Args, ConfigRow, Mode, address_order, quiet, row
from labs.twin.grammar import interface_order
from labs.twin.tree import Order

STUB = "connected,summary,static,receive-only,redistributed"
SEED_WORDS = ("bandwidth", "delay", "reliability", "load", "mtu")
ANYWHERE = IPv4Network("0.0.0.0/0")
SOURCES = "(connected|static|<protocol:one(eigrp,bgp,ospf)> <id:1-65535>|rip)"


def classful(address: IPv4Address) -> IPv4Network:
    """Give the class A, B or C network of an address (RFC 791 section 3.2)."""
    first = int(address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return IPv4Network((address, length), strict=False)


def eigrp_network(args: Args) -> IPv4Network:
    """Give the prefix of a `network` line; a subnet mask is taken for its wildcard, as on IOS."""
    address: IPv4Address = args["address"]
    if "wildcard" not in args:
        return ANYWHERE if address == ANYWHERE.network_address else classful(address)
    wildcard = int(args["wildcard"])
    if wildcard & 0x80000000 and wildcard != 0xFFFFFFFF:
        wildcard ^= 0xFFFFFFFF
    length = 32 - wildcard.bit_length()
    return IPv4Network((address, length), strict=False)


def bgp_network(args: Args) -> IPv4Network:
    """Give the prefix of a BGP `network` line."""
    if "mask" not in args:
        return classful(args["address"])
    return IPv4Network((args["address"], str(args["mask"])), strict=False)


def _eigrp_network_text(args: Args) -> str:
    network = eigrp_network(args)
    if "wildcard" not in args:
        return f"network {network.network_address}"
    return f"network {network.network_address} {network.hostmask}"


def _bgp_network_text(args: Args) -> str:
    network = bgp_network(args)
    mask = "" if network == classful(network.network_address) else f" mask {network.netmask}"
    route_map = f" route-map {args['map']}" if "map" in args else ""
    return f"network {network.network_address}{mask}{route_map}"


def _aggregate_text(args: Args) -> str:
    network = IPv4Network((args["address"], str(args["mask"])), strict=False)
    words = "".join(f" {args[word]}" for word in ("set", "only") if word in args)
    return f"aggregate-address {network.network_address} {network.netmask}{words}"


def _summary_text(args: Args) -> str:
    mask: IPv4Address = args["mask"]
    distance = f" {args['distance']}" if "distance" in args else ""
    leak = f" leak-map {args['leak']}" if "leak" in args else ""
    address = IPv4Address(int(args["address"]) & int(mask))
    return f"summary-address {address} {mask}{distance}{leak}"


def _summary_metric_text(args: Args) -> str:
    network = IPv4Network((args["address"], str(args["mask"])), strict=False)
    words = [str(args[word]) for word in SEED_WORDS if word in args]
    words += ["distance", str(args["distance"])] if "distance" in args else []
    return " ".join([f"summary-metric {network}", *words])


def _stub_text(args: Args) -> str:
    words = args.get("kinds") or (() if "leak" in args else {"connected", "summary"})
    leak = ["leak-map", args["leak"]] if "leak" in args else []
    return " ".join(["eigrp stub", *(word for word in STUB.split(",") if word in words), *leak])


def _classic_family_text(args: Args) -> str:
    asn = f" autonomous-system {args['asn']}" if "asn" in args else ""
    return f"address-family ipv4 vrf {args['vrf']}{asn}"


def _family_text(args: Args) -> str:
    vrf = f" vrf {args['vrf']}" if "vrf" in args else ""
    return f"address-family {args['family']} unicast{vrf} autonomous-system {args['asn']}"


SEED = (
    "<bandwidth:1-4294967295> <delay:0-4294967295> <reliability:0-255> <load:1-255> <mtu:1-65535>"
)
DIRECTION = "<direction:one(in,out)>"
WHERE = f"{DIRECTION} [(<interface:interface>|{SOURCES})]"
OSPF_KINDS = row(
    "redistribute ospf <id:1-65535> / match <rest:line>", name="redistribute ospf", modelled=False
)
REDISTRIBUTE = row(
    f"redistribute {SOURCES} / [metric {SEED}] [route-map <map:word>] [metric {SEED}]",
    name="redistribute",
)
POLICY_ROWS: tuple[ConfigRow, ...] = (
    row("traffic-share / balanced", hidden="traffic-share balanced"),
    row("traffic-share / <minimum:one(min)> across-interfaces", beside=True),
    row("variance / <factor:1-128>", hidden="variance 1"),
    row("maximum-paths / <paths:1-32>", hidden="maximum-paths 4"),
    row(f"distribute-list prefix <prefix_list:word> [gateway <gateway:word>] {WHERE}"),
    row(f"distribute-list gateway <gateway_list:word> {WHERE}", beside=True),
    row(f"distribute-list route-map <map:word> {WHERE}", beside=True),
    row(f"distribute-list <list:word> {WHERE}", beside=True),
    row(f"default-metric / {SEED}"),
    row(f"offset-list <list:word> {DIRECTION} <offset:0-2147483647> [<interface:interface>]"),
    row("metric maximum-hops / <hops:1-255>", hidden="metric maximum-hops 100"),
    row(
        "timers active-time / (<minutes:1-65535>|<never:one(disabled)>)",
        hidden="timers active-time 3",
    ),
    row("distance eigrp / <internal:1-255> <external:1-255>", hidden="distance eigrp 90 170"),
    *quiet(
        "distance <distance:1-255> <address:ip> <wildcard:wildcard> [<list:word>]",
        "snmp context <context:word>",
    ),
)
ROUTE_ROWS: tuple[ConfigRow, ...] = (
    row("auto-summary", modelled=False),
    REDISTRIBUTE,
    OSPF_KINDS,
    row(
        f"summary-metric <prefix:prefix> / [{SEED}] [distance <distance:1-255>]",
        name="summary-metric",
    ),
    row(
        f"summary-metric <address:ip> <mask:mask> / [{SEED}] [distance <distance:1-255>]",
        name="summary-metric",
        print_as=_summary_metric_text,
        beside=True,
    ),
    *quiet("default-information (in|out)", "eigrp event-log-size / <lines:0-443604>"),
)
NETWORK = row(
    "network <address:ip> [<wildcard:wildcard>]",
    print_as=_eigrp_network_text,
    sort_by=lambda args: (1, int(eigrp_network(args).network_address), ""),
)
WEIGHT_ROWS: tuple[ConfigRow, ...] = (
    row(
        "metric weights / <tos:0-8> <k1:0-255> <k2:0-255> <k3:0-255> <k4:0-255> <k5:0-255> "
        "[<k6:0-255>]"
    ),
    row("metric rib-scale / <scale:1-255>", hidden="metric rib-scale 128"),
)
PROCESS_ROWS: tuple[ConfigRow, ...] = (
    row("neighbor <address:ip> <interface:interface>"),
    *quiet("neighbor maximum-prefix <rest:line>", "remote-neighbors <rest:line>"),
    row("eigrp router-id / <id:ip>"),
    row(
        "eigrp stub / [<kinds:some(" + STUB + ")>] [leak-map <leak:word>]",
        print_as=_stub_text,
    ),
    row("eigrp log-neighbor-changes", absent=Absent.ON),
    row("eigrp log-neighbor-warnings / [<seconds:1-65535>]", absent=Absent.ON, modelled=False),
    *quiet(
        "eigrp stub-site / <site:word>",
        "eigrp default-route-tag / <tag:word>",
        "timers graceful-restart purge-time / <seconds:10-300>",
        "timers nsf <rest:line>",
        "eigrp upgrade-cli",
        "nsf",
    ),
    row("shutdown"),
)
PASSIVE_ROWS: tuple[ConfigRow, ...] = (
    row("passive-interface default"),
    row("passive-interface <name:interface>"),
)
CLASSIC_ROWS: tuple[ConfigRow, ...] = (
    *POLICY_ROWS,
    *WEIGHT_ROWS,
    NETWORK,
    *ROUTE_ROWS,
    *PASSIVE_ROWS,
    *PROCESS_ROWS,
)
NOT_OF_IPV6 = ("network", "auto-summary", "neighbor")
EIGRP = Mode(
    name="eigrp",
    prompt="config-router",
    rows=(
        *CLASSIC_ROWS,
        row(
            "address-family ipv4 [unicast] vrf <vrf:word> / [autonomous-system <asn:1-65535>]",
            name="address-family",
            enters="eigrp-vrf",
            print_as=_classic_family_text,
        ),
    ),
)
EIGRP_IPV6 = Mode(
    name="eigrp-ipv6",
    prompt="config-rtr",
    rows=tuple(entry for entry in CLASSIC_ROWS if not entry.name.startswith(NOT_OF_IPV6)),
)
EIGRP_VRF = Mode(
    name="eigrp-vrf",
    prompt="config-router-af",
    parent="eigrp",
    closing="exit-address-family",
    mark="before",
    rows=(row("autonomous-system / <asn:1-65535>"), *CLASSIC_ROWS),
)
EIGRP_NAMED = Mode(
    name="eigrp-named",
    prompt="config-router",
    rows=(
        row("shutdown"),
        row(
            "address-family <family:one(ipv4,ipv6)> [unicast] [vrf <vrf:word>] "
            "autonomous-system <asn:1-65535>",
            name="address-family",
            enters="eigrp-family",
            print_as=_family_text,
        ),
    ),
)
EIGRP_FAMILY = Mode(
    name="eigrp-family",
    prompt="config-router-af",
    parent="eigrp-named",
    closing="exit-address-family",
    mark="before",
    rows=(
        row(
            "af-interface <name:interface>",
            enters="af-interface",
            sort_by=lambda args: (1, *interface_order(args["name"])),
        ),
        row(
            "af-interface default", enters="af-interface", beside=True, sort_by=lambda _: (0, 0, ())
        ),
        row("topology base", enters="topology"),
        NETWORK,
        *WEIGHT_ROWS,
        *PROCESS_ROWS,
    ),
)


AF_INTERFACE = Mode(
    name="af-interface",
    prompt="config-router-af-interface",
    parent="eigrp-family",
    closing="exit-af-interface",
    mark="before",
    rows=(
        row(
            "summary-address <address:ip> <mask:mask> [<distance:1-255>] [leak-map <leak:word>]",
            print_as=_summary_text,
            sort_by=address_order("address"),
        ),
        row(
            "summary-address <prefix:ipv6-prefix> [<distance:1-255>]",
            name="summary-address",
            beside=True,
        ),
        row("authentication mode / <mode:one(md5)>"),
        row("authentication mode / <mode:one(hmac-sha-256)> <secret:line>", beside=True),
        row("authentication key-chain / <chain:word>"),
        row("hello-interval / <seconds:1-65535>"),
        row("hold-time / <seconds:1-65535>"),
        row("bandwidth-percent / <percent:1-999999>"),
        row("add-paths / <paths:1-4>"),
        *quiet("dampening-change / [<percent:1-100>]", "dampening-interval / [<seconds:1-65535>]"),
        row("passive-interface"),
        row("next-hop-self", absent=Absent.ON),
        row("next-hop-self no-ecmp-mode", absent=Absent.ON),
        row("split-horizon", absent=Absent.ON),
        row("shutdown"),
        row("stub-site wan-interface", modelled=False),
    ),
)
TOPOLOGY = Mode(
    name="topology",
    prompt="config-router-af-topology",
    parent="eigrp-family",
    closing="exit-af-topology",
    mark="before",
    rows=(*POLICY_ROWS, *ROUTE_ROWS),
)


def _peer_order(args: Args) -> Order:
    """Sort names first, then addresses of both families by their bytes (capture dchirkov)."""
    try:
        return (1, ip_address(args["peer"]).packed)
    except ValueError:
        return (0, args["peer"].encode())


def _neighbor(rank: int, pattern: str, **more: bool | str) -> ConfigRow:
    """Write a neighbour row: lines stand together by peer, then by rank."""
    words = pattern.split(" / ")[0].split()
    return row(
        f"neighbor <peer:word> {pattern}",
        absent=Absent.SHOWN if pattern == "activate" else Absent.OFF,
        name=f"neighbor {words[0]}",
        beside=True,
        sort_by=lambda args: (*_peer_order(args), rank),
        **more,
    )


NEIGHBOR_ROWS: tuple[ConfigRow, ...] = tuple(
    _neighbor(rank, pattern, modelled=modelled)
    for rank, (pattern, modelled) in enumerate(
        (
            ("peer-group / [<group:word>]", True),
            ("remote-as / <asn:1-4294967295>", True),
            ("description / <text:line>", True),
            ("local-as / <rest:line>", False),
            ("ebgp-multihop / [<hops:1-255>]", True),
            ("ttl-security hops / <hops:1-254>", True),
            ("disable-connected-check", True),
            ("shutdown", True),
            ("password / [<type:0-7>] <password:word>", True),
            ("update-source / <interface:interface>", True),
            ("version / <version:4-4>", False),
            ("fall-over / [bfd]", False),
            ("transport <rest:line>", False),
            ("advertisement-interval / <seconds:0-600>", False),
            ("timers / <keepalive:0-65535> <hold:0-65535> [<least:0-65535>]", True),
            ("log-neighbor-changes disable", False),
            ("inherit <rest:line>", False),
            ("ha-mode <rest:line>", False),
            ("capability <rest:line>", False),
            ("slow-peer <rest:line>", False),
            ("activate", True),  # in an address family its `no` form is printed
            ("send-community / [both|extended|standard]", True),
            ("route-reflector-client", True),
            ("next-hop-self / [<all:one(all)>]", True),
            ("default-originate / [route-map <map:word>]", True),
            ("remove-private-as / [all] [replace-as]", False),
            ("as-override", False),
            ("dmzlink-bw", False),
            ("advertise-map <rest:line>", False),
            ("unsuppress-map / <map:word>", False),
            ("additional-paths <rest:line>", False),
            ("advertise additional-paths <rest:line>", False),
            ("weight / <weight:0-65535>", True),
            ("soft-reconfiguration inbound", False),
            ("allowas-in / [<times:1-10>]", True),
            (f"distribute-list <list:word> {DIRECTION}", True),
            (f"prefix-list <list:word> {DIRECTION}", True),
            (f"route-map <list:word> {DIRECTION}", True),
            (f"filter-list <list:word> {DIRECTION}", True),
            ("maximum-prefix / <limit:1-2147483647> [<rest:line>]", False),
        )
    )
)
BGP_PREFIX_ROWS: tuple[ConfigRow, ...] = (
    row(
        "network <address:ip> [mask <mask:mask>] [route-map <map:word>]",
        print_as=_bgp_network_text,
        sort_by=lambda args: (1, int(bgp_network(args).network_address), ""),
    ),
    row(
        "aggregate-address <address:ip> <mask:mask> [<set:one(as-set)>] [<only:one(summary-only)>]",
        print_as=_aggregate_text,
        sort_by=lambda args: (1, int(args["address"]) & int(args["mask"]), ""),
    ),
    row(
        f"redistribute {SOURCES} / [metric <med:0-4294967295>] [route-map <map:word>]",
        name="redistribute",
    ),
    row("distance bgp / <external:1-255> <internal:1-255> <local:1-255>"),
    OSPF_KINDS,
    *quiet(
        "default-information originate",
        "auto-summary",
        "bgp dampening / [<rest:line>]",
        "table-map <rest:line>",
        "maximum-paths eibgp / <paths:1-32>",
    ),
)
MAXIMUM_PATHS = row("maximum-paths / <paths:1-32>")
MAXIMUM_INTERNAL = row("maximum-paths ibgp / <paths:1-32>")
NEIGHBOR_GONE = row("neighbor <peer:word>", name="neighbor")
"""`no neighbor X`: takes all lines of the peer; typed without `no` it is incomplete."""

BGP = Mode(
    name="bgp",
    prompt="config-router",
    rows=(
        row("bgp router-id / (<id:ip>|interface <interface:interface>)"),
        row("bgp log-neighbor-changes", absent=Absent.SHOWN),
        row(
            "bgp listen range <range:prefix> / peer-group <group:word>",
            sort_by=lambda args: (int(args["range"].network_address),),
        ),
        row("bgp listen limit / <limit:1-5000>", modelled=False),
        row("bgp default ipv4-unicast", absent=Absent.ON),
        row("bgp default local-preference / <preference:0-4294967295>"),
        row("bgp cluster-id / <id:ip>"),
        row("bgp always-compare-med"),
        row("bgp bestpath as-path multipath-relax"),
        row("bgp redistribute-internal", modelled=False),
        *quiet(
            "bgp bestpath <rest:line>",
            "bgp deterministic-med",
            "bgp nopeerup-delay <rest:line>",
            "bgp update-delay / <seconds:1-3600>",
            "bgp graceful-restart <rest:line>",
            "bgp scan-time / <seconds:5-60>",
            "bgp asnotation dot",
        ),
        row("bgp graceful-restart", modelled=False),
        row("timers bgp / <keepalive:0-65535> <hold:0-65535>"),
        *BGP_PREFIX_ROWS,
        NEIGHBOR_GONE,
        *NEIGHBOR_ROWS,
        MAXIMUM_PATHS,
        MAXIMUM_INTERNAL,
        row(
            "address-family ipv4 [unicast]",
            name="address-family",
            enters="bgp-family",
            print_as=lambda _: "address-family ipv4",
        ),
        row(
            "address-family ipv4 [unicast] vrf <vrf:word>",
            name="address-family",
            enters="bgp-family",
            print_as=lambda args: f"address-family ipv4 vrf {args['vrf']}",
        ),
    ),
)
BGP_FAMILY = Mode(
    name="bgp-family",
    prompt="config-router-af",
    parent="bgp",
    closing="exit-address-family",
    mark="before",
    rows=(
        *BGP_PREFIX_ROWS,
        NEIGHBOR_GONE,
        *NEIGHBOR_ROWS,
        MAXIMUM_PATHS,
        MAXIMUM_INTERNAL,
        *quiet("bgp <rest:line>"),
    ),
)
ROUTING_MODES = (
    EIGRP,
    EIGRP_IPV6,
    EIGRP_VRF,
    EIGRP_NAMED,
    EIGRP_FAMILY,
    AF_INTERFACE,
    TOPOLOGY,
    BGP,
    BGP_FAMILY,
)
