"""Commands under `interface`, in the order a running-config prints them.

The order is that of reference captures of full listings (Tunnel and Ethernet interfaces);
map lines keep their order of entry, because captures differ from each other there.
"""

from labs.twin.commands import chassis
from labs.twin.commands.ipv6 import ADDRESS_ROWS, EIGRP_ROWS, nhrp_rows
from labs.twin.commands.rows import Absent, Args, Mode, address_order, quiet, row
from labs.twin.image import NhrpDefaults


def _multicast_dynamic(defaults: NhrpDefaults) -> bool:
    return defaults.multicast_dynamic


def _shortcut(defaults: NhrpDefaults) -> bool:
    return defaults.shortcut


def _no_unique(defaults: NhrpDefaults) -> bool:
    return not defaults.registration_unique


def _summary(args: Args) -> str:
    mask = args["mask"]
    network = type(mask)(int(args["address"]) & int(mask))
    distance = f" {args['distance']}" if "distance" in args else ""
    leak = f" leak-map {args['leak']}" if "leak" in args else ""
    return f"ip summary-address eigrp {args['asn']} {network} {mask}{distance}{leak}"


IPV4_ROWS = (
    row("description / <text:line>"),
    row("bandwidth / <kbit:1-10000000>"),
    row("encapsulation dot1Q / <vlan:1-4094> [<native:one(native)>]"),
    row("vrf forwarding / <vrf:word>"),
    row("ip vrf forwarding / <vrf:word>"),
    # Secondary addresses are listed before the primary one.
    row("ip address <address:ip> <mask:mask> secondary", name="ip address secondary"),
    row("ip address / <address:ip> <mask:mask>", absent=Absent.SHOWN),
    row("ip address / <dhcp:one(dhcp)>", absent=Absent.SHOWN, beside=True),
    *(
        row(
            f"ip access-group / <list:word> {way}",
            key=f"ip access-group {way}",
            beside=way == "out",
        )
        for way in ("in", "out")
    ),
    row("ip redirects", absent=Absent.ON),
    row("ip unreachables", absent=Absent.ON),
    row("ip proxy-arp", absent=Absent.ON),
    *chassis.ADDRESS_ROWS,
    *quiet("ip unnumbered / <interface:interface>"),
    row("ip mtu / <mtu:68-10000>"),
    row("ip authentication mode eigrp <asn:1-65535> / <mode:one(md5)>"),
    row("ip authentication key-chain eigrp <asn:1-65535> / <chain:word>"),
    row("ip next-hop-self eigrp <asn:1-65535>", absent=Absent.ON),
    row(
        "ip next-hop-self eigrp <asn:1-65535> no-ecmp-mode",
        name="ip next-hop-self eigrp no-ecmp-mode",
        absent=Absent.ON,
    ),
    row("ip hello-interval eigrp <asn:1-65535> / <seconds:1-65535>"),
    row("ip hold-time eigrp <asn:1-65535> / <seconds:1-65535>"),
    row("ip bandwidth-percent eigrp <asn:1-65535> / <percent:1-999999>"),
    row("ip split-horizon eigrp <asn:1-65535>", absent=Absent.ON),
    row("ip nat inside", modelled=False),
    row("ip nat outside", modelled=False),
    row("ip nhrp authentication / <string:word8>"),
    row("ip nhrp map multicast dynamic", absent=_multicast_dynamic),
    row("ip nhrp map multicast <nbma:address>", name="ip nhrp map multicast"),
    row("ip nhrp map <protocol:ip> / <nbma:address>", name="ip nhrp map", beside=True),
    row(
        "ip nhrp map group <group:word> / service-policy output <policy:word>",
        name="ip nhrp map group",
    ),
    row("ip nhrp network-id / <id:1-4294967295>"),
    row("ip nhrp holdtime / <seconds:1-65535>"),
    row(
        "ip nhrp nhs <nhs:ip> / [nbma (<nbma:address>|<name:word>)] [<multicast:one(multicast)>] "
        "[priority <priority:0-255>] [cluster <cluster:0-10>]",
    ),
    row(
        "ip nhrp nhs dynamic nbma <server:word> / [multicast] [priority <priority:0-255>] "
        "[cluster <cluster:0-10>]",
        modelled=False,
    ),
    row(
        "ip nhrp nhs cluster <cluster:0-10> / max-connections <limit:0-255>",
        name="ip nhrp nhs cluster",
    ),
    row("ip nhrp nhs fallback / <seconds:0-60>"),
    row("ip nhrp registration timeout / <seconds:1-65535>"),
    row("ip nhrp registration no-unique", absent=_no_unique),
    row("ip nhrp shortcut", absent=_shortcut),
    row("ip nhrp redirect / [timeout <seconds:2-30>]"),
    row("ip nhrp server-only / [non-caching]"),
    row("ip nhrp responder / <interface:interface>"),
    row("ip nhrp record", absent=Absent.ON),
    row("ip nhrp max-send / <packets:1-65535> every <seconds:1-65535>"),
    row("ip nhrp use / <count:1-65535>", modelled=False),
    row("ip nhrp interest / <list:word>", modelled=False),
    row("ip nhrp trigger-svc / <on:1-2147483647> <off:1-2147483647>", modelled=False),
    row("ip nhrp group / <group:word>"),
    row("nhrp group / <group:word>"),
    row("nhrp attribute group / <group:word>", modelled=False),
    row(
        "nhrp map group <group:word> / service-policy output <policy:word>",
        name="nhrp map group",
    ),
    row("nhrp event-publisher max-event-timeout / <seconds:1-65535>", modelled=False),
    *quiet("ip virtual-reassembly in", "ip policy route-map / <map:word>"),
    row(
        "ip summary-address eigrp <asn:1-65535> <address:ip> <mask:mask> [<distance:1-255>] "
        "[leak-map <leak:word>]",
        name="ip summary-address eigrp",
        print_as=_summary,
        sort_by=address_order("address"),
    ),
)
INTERFACE_ROWS = (
    *IPV4_ROWS,
    row("ip tcp adjust-mss / <mss:500-1460>"),
    row("load-interval / <seconds:30-600>", modelled=False),
    row("keepalive / <seconds:0-32767> [<retries:1-255>]", modelled=False),
    row("delay / <tens_us:1-16777215>"),
    row("mtu / <mtu:64-18000>"),
    row("shutdown"),
    *quiet(
        "ip ospf network / (point-to-point|point-to-multipoint|broadcast|non-broadcast)",
        "duplex / (auto|full|half)",
        "speed / (10|100|1000|auto)",
        "media-type / (rj45|sfp|auto-select)",
        "negotiation auto",
    ),
    # Where captures of physical interfaces have them: behind the lines of the medium.
    *ADDRESS_ROWS,
    *EIGRP_ROWS,
    *nhrp_rows(IPV4_ROWS),
    *chassis.CARE_ROWS,
    row("cdp enable", absent=Absent.ON, modelled=False),
    row("mop enabled", absent=Absent.ON, modelled=False),
    row("mop sysid", absent=Absent.ON, modelled=False),
    *quiet("service-policy <way:one(input,output)> / <policy:word>"),
    row("if-state nhrp"),
    row("tunnel source / (<interface:interface>|<address:address>)"),
    row(
        "tunnel mode / gre (<mode:one(ip,ipv6)>|<mode:one(multipoint)> [<transport:one(ipv6)>])",
        hidden="tunnel mode gre ip",
    ),
    row("tunnel destination / <address:address>"),
    row("tunnel key / <key:0-4294967295>"),
    *chassis.TUNNEL_ROWS,
    row(
        "tunnel path-mtu-discovery / [age-timer (<age:10-30>|<never:one(infinite)>)] "
        "[min-mtu <floor:92-65535>]"
    ),
    row("tunnel ttl / <ttl:1-255>"),
    row("tunnel route-via / <interface:interface> (mandatory|<preferred:one(preferred)>)"),
    row("tunnel vrf / <vrf:word>"),
    row("tunnel protection ipsec profile / <profile:word> [<shared:one(shared)>]"),
)


INTERFACE = Mode(name="interface", prompt="config-if", rows=INTERFACE_ROWS)
