"""Commands under `router eigrp` and `router bgp`, in the order a running-config prints them."""

from ipaddress import IPv4Address, IPv4Network, ip_address

from labs.twin.commands.rows import Absent, Args, ConfigRow, Mode, address_order, quiet, row
from labs.twin.grammar import interface_order
from labs.twin.tree import Order

STUB = "connected,summary,static,receive-only,redistributed,leak-map"
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
    return f"network {network.network_address}{mask}"


def _aggregate_text(args: Args) -> str:
    network = IPv4Network((args["address"], str(args["mask"])), strict=False)
    only = " summary-only" if "only" in args else ""
    return f"aggregate-address {network.network_address} {network.netmask}{only}"


def _summary_text(args: Args) -> str:
    mask: IPv4Address = args["mask"]
    return f"summary-address {IPv4Address(int(args['address']) & int(mask))} {mask}"


def _stub_text(args: Args) -> str:
    words = args.get("kinds") or {"connected", "summary"}
    return " ".join(["eigrp stub", *(word for word in STUB.split(",") if word in words)])


def _family_text(args: Args) -> str:
    vrf = f" vrf {args['vrf']}" if "vrf" in args else ""
    return f"address-family ipv4 unicast{vrf} autonomous-system {args['asn']}"


REDISTRIBUTE = row(
    f"redistribute {SOURCES} [metric <bandwidth:1-4294967295> <delay:0-4294967295> "
    "<reliability:0-255> <load:1-255> <mtu:1-65535>]"
)
TOPOLOGY_ROWS: tuple[ConfigRow, ...] = (
    row("auto-summary"),
    REDISTRIBUTE,
    *quiet(
        "default-metric / <values:words>",
        "distance eigrp / <internal:1-255> <external:1-255>",
        "distribute-list <rest:line>",
        "maximum-paths / <paths:1-32>",
        "offset-list <rest:line>",
        "summary-metric <rest:line>",
        "traffic-share / <kind:word>",
        "variance / <factor:1-128>",
    ),
)
NETWORK = row(
    "network <address:ip> [<wildcard:wildcard>]",
    print_as=_eigrp_network_text,
    sort_by=lambda args: (1, int(eigrp_network(args).network_address), ""),
)
PROCESS_ROWS: tuple[ConfigRow, ...] = (
    NETWORK,
    *quiet("neighbor <rest:line>", "metric <rest:line>", "timers <rest:line>"),
    row("eigrp router-id / <id:ip>"),
    row("eigrp stub / [<kinds:some(" + STUB + ")>]", print_as=_stub_text),
    row("eigrp log-neighbor-changes", absent=Absent.ON, modelled=False),
    row("shutdown"),
)
EIGRP = Mode(
    name="eigrp",
    prompt="config-router",
    rows=(
        NETWORK,
        *TOPOLOGY_ROWS,
        row("passive-interface default"),
        row("passive-interface <name:interface>"),
        *PROCESS_ROWS[1:],
    ),
)
EIGRP_NAMED = Mode(
    name="eigrp-named",
    prompt="config-router",
    rows=(
        row("shutdown"),
        row(
            "address-family ipv4 [unicast] [vrf <vrf:word>] autonomous-system <asn:1-65535>",
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
            "summary-address <address:ip> <mask:mask>",
            print_as=_summary_text,
            sort_by=address_order("address"),
        ),
        row("hello-interval / <seconds:1-65535>"),
        row("hold-time / <seconds:1-65535>"),
        row("bandwidth-percent / <percent:1-999999>", modelled=False),
        row("add-paths / <paths:1-4>", modelled=False),
        row("passive-interface"),
        row("next-hop-self", absent=Absent.ON),
        row("split-horizon", absent=Absent.ON),
        row("shutdown"),
    ),
)
TOPOLOGY = Mode(
    name="topology",
    prompt="config-router-af-topology",
    parent="eigrp-family",
    closing="exit-af-topology",
    mark="before",
    rows=TOPOLOGY_ROWS,
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
            ("ebgp-multihop / [<hops:1-255>]", False),
            ("shutdown", True),
            ("password / [<type:0-7>] <password:word>", True),
            ("update-source / <interface:interface>", True),
            ("version / <version:4-4>", False),
            ("fall-over / [bfd]", False),
            ("timers / <keepalive:0-65535> <hold:0-65535>", True),
            ("activate", True),  # in an address family its `no` form is printed
            ("send-community / [both|extended|standard]", True),
            ("route-reflector-client", True),
            ("next-hop-self / [<all:one(all)>]", True),
            ("default-originate", True),
            ("soft-reconfiguration inbound", False),
            ("allowas-in / [<times:1-10>]", False),
            ("prefix-list <list:word> / (in|out)", False),
            ("route-map <map:word> / (in|out)", False),
            ("filter-list <list:word> / (in|out)", False),
            ("maximum-prefix / <limit:1-2147483647>", False),
        )
    )
)
BGP_PREFIX_ROWS: tuple[ConfigRow, ...] = (
    row(
        "network <address:ip> [mask <mask:mask>]",
        print_as=_bgp_network_text,
        sort_by=lambda args: (1, int(bgp_network(args).network_address), ""),
    ),
    row(
        "aggregate-address <address:ip> <mask:mask> [<only:one(summary-only)>]",
        print_as=_aggregate_text,
        sort_by=lambda args: (1, int(args["address"]) & int(args["mask"]), ""),
    ),
    row(f"redistribute {SOURCES}"),
)
MAXIMUM_PATHS = row("maximum-paths / [ibgp] <paths:1-32>", modelled=False)
NEIGHBOR_GONE = row("neighbor <peer:word>", name="neighbor")
"""`no neighbor X`: takes all lines of the peer; typed without `no` it is incomplete."""

BGP = Mode(
    name="bgp",
    prompt="config-router",
    rows=(
        row("bgp router-id / <id:ip>"),
        row("bgp log-neighbor-changes", absent=Absent.SHOWN),
        row(
            "bgp listen range <range:prefix> / peer-group <group:word>",
            sort_by=lambda args: (int(args["range"].network_address),),
        ),
        row("bgp listen limit / <limit:1-5000>", modelled=False),
        row("bgp default ipv4-unicast", absent=Absent.ON),
        row("bgp graceful-restart", modelled=False),
        row("timers bgp / <keepalive:0-65535> <hold:0-65535>"),
        *BGP_PREFIX_ROWS,
        NEIGHBOR_GONE,
        *NEIGHBOR_ROWS,
        MAXIMUM_PATHS,
        row(
            "address-family ipv4 [unicast]",
            name="address-family",
            enters="bgp-family",
            print_as=lambda _: "address-family ipv4",
        ),
    ),
)
BGP_FAMILY = Mode(
    name="bgp-family",
    prompt="config-router-af",
    parent="bgp",
    closing="exit-address-family",
    mark="before",
    rows=(*BGP_PREFIX_ROWS, NEIGHBOR_GONE, *NEIGHBOR_ROWS, MAXIMUM_PATHS),
)
ROUTING_MODES = (EIGRP, EIGRP_NAMED, EIGRP_FAMILY, AF_INTERFACE, TOPOLOGY, BGP, BGP_FAMILY)
