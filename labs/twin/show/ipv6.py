"""`show ipv6 route`, `show ipv6 interface [brief]`, `show ipv6 cef`.

No capture shows these (docs/twin.md); the layouts are those of the vendor's command reference.
NHRP and DMVPN of IPv6 are printed where those of IPv4 are.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs.twin.addresses import EVERYWHERE, IPV6, IPNetwork
from labs.twin.device import InterfaceConfig, Ipv6Config
from labs.twin.effects import RouteEntry
from labs.twin.rib import CefEntry, CefPath, Rib, Route
from labs.twin.router import Port
from labs.twin.show.interfaces import wanted
from labs.twin.show.ip_interfaces import BRIEF_WIDTH
from labs.twin.show.view import Renderer, View

CODES = {
    False: """\
Codes: C - Connected, L - Local, S - Static, U - Per-user Static route
       B - BGP, HA - Home Agent, MR - Mobile Router, R - RIP
       H - NHRP, I1 - ISIS L1, I2 - ISIS L2, IA - ISIS interarea
       IS - ISIS summary, D - EIGRP, EX - EIGRP external, NM - NEMO
       ND - ND Default, NDp - ND Prefix, DCE - Destination, NDr - Redirect
       RL - RPL, O - OSPF Intra, OI - OSPF Inter, OE1 - OSPF ext 1
       OE2 - OSPF ext 2, ON1 - OSPF NSSA ext 1, ON2 - OSPF NSSA ext 2
       la - LISP alt, lr - LISP site-registrations, ld - LISP dyn-eid
       a - Application
""",
    True: """\
Codes: C - Connected, L - Local, S - Static, U - Per-user Static route
       B - BGP, R - RIP, H - NHRP, I1 - ISIS L1
       I2 - ISIS L2, IA - ISIS interarea, IS - ISIS summary, D - EIGRP
       EX - EIGRP external, ND - ND Default, NDp - ND Prefix, DCE - Destination
       NDr - Redirect, RL - RPL, O - OSPF Intra, OI - OSPF Inter
       OE1 - OSPF ext 1, OE2 - OSPF ext 2, ON1 - OSPF NSSA ext 1
       ON2 - OSPF NSSA ext 2, la - LISP alt, lr - LISP site-registrations
       ld - LISP dyn-eid, lA - LISP away, le - LISP extranet-policy
       lp - LISP publications, a - Application
""",
}
"""On IOS and on XE."""
LETTERS = {"connected": "C", "local": "L", "static": "S", "eigrp": "D", "nhrp": "H"}
MULTICAST_ROUTE = "L   FF00::/8 [0/0]\n     via Null0, receive\n"
CEF_SPECIAL = (
    ("::/127", "discard"),
    ("FE80::/10", "receive for Null0"),
    ("FF00::/8", "multicast"),
)
DEFAULT = EVERYWHERE[IPV6]
MAXIMUM = 128
ALL_NODES, ALL_ROUTERS = "FF02::1", "FF02::2"
Chooser = Callable[[Route], bool]


def _rib(view: View, args: Mapping[str, Any]) -> Rib | None:
    return view.router.rib6.get(str(args.get("vrf") or ""))


def _enabled(view: View) -> bool:
    return any(i.ipv6 is not None for i in view.router.config.interfaces.values())


# Routes


def show_route(view: View, args: Mapping[str, Any]) -> str:
    """Print `show ipv6 route [vrf V]`."""
    return _table(view, args, lambda route: True)


def by_source(source: str) -> Renderer:
    """Give the renderer of one protocol's routes."""
    return lambda view, args: _table(view, args, lambda route: route.source == source)


def _table(view: View, args: Mapping[str, Any], choose: Chooser) -> str:
    rib = _rib(view, args)
    if rib is None:
        return f"% IPv6 routing table {args['vrf']} does not exist\n"
    routes = rib.routes()
    count = len(routes) + _enabled(view)
    rows = "".join(_route(route) for route in routes if choose(route))
    multicast = MULTICAST_ROUTE if _enabled(view) and choose(_MULTICAST) else ""
    title = f"IPv6 Routing Table - {rib.vrf or 'default'} - {count} entries\n"
    return title + CODES[view.router.image.xe] + rows + multicast


_MULTICAST = Route(
    network=DEFAULT,
    owner="local",
    paths=(RouteEntry(network=DEFAULT, source="local", distance=0, metric=0),),
)
"""Stands for FF00::/8, which is in no table."""


def _code(route: Route) -> str:
    if route.source == "eigrp" and route.paths[0].external:
        return "EX"
    alone = route.source == "connected" and route.network.prefixlen == MAXIMUM
    return "LC" if alone else LETTERS[route.source]


def _route(route: Route) -> str:
    code = _code(route)
    head = f"{code:<4}{route.network} [{route.distance}/{route.metric}]\n"
    return head + "".join(f"     {_via(path, code)}\n" for path in route.paths)


def _via(path: RouteEntry, code: str) -> str:
    if path.next_hop is None:
        return f"via {path.interface}, {'receive' if 'L' in code else 'directly connected'}"
    return f"via {path.next_hop}" + (f", {path.interface}" if path.interface else "")


def show_route_address(view: View, args: Mapping[str, Any]) -> str:
    """Print what is known of the route an address or a prefix matches."""
    rib = _rib(view, args)
    if rib is None:
        return f"% IPv6 routing table {args['vrf']} does not exist\n"
    route = rib.exact(args["prefix"]) if "prefix" in args else rib.lookup(args["address"])
    if route is None:
        return "% Route not found\n"
    known = route.owner if route.source == "eigrp" else route.source
    lines = [
        f"Routing entry for {route.network}",
        f'  Known via "{known}", distance {route.distance}, metric {route.metric}',
        f"  Route count is {len(route.paths)}/{len(route.paths)}, share count 0",
        "  Routing paths:",
        *(f"    {_via(path, _code(route))[4:]}" for path in route.paths),
    ]
    return "".join(f"{line}\n" for line in lines)


# Interfaces


def show_brief(view: View, args: Mapping[str, Any]) -> str:
    """Print the IPv6 addresses of all interfaces or one."""
    return "".join(_brief(view, interface) for interface in wanted(view, args))


def _brief(view: View, interface: InterfaceConfig) -> str:
    status, protocol = view.router.interface_state(interface.name)
    width = BRIEF_WIDTH[view.router.image.xe]
    ipv6 = interface.ipv6
    owned = (ipv6.link_local, *(a.ip for a in ipv6.addresses)) if ipv6 else ("unassigned",)
    head = f"{interface.name:<{width}}[{status}/{protocol}]\n"
    return head + "".join(f"    {address}\n" for address in owned)


def show_interface(view: View, args: Mapping[str, Any]) -> str:
    """Print the IPv6 side of the interfaces that have one."""
    return "".join(
        f"{line}\n"
        for interface in wanted(view, args)
        if interface.ipv6 is not None
        for line in _interface(view, interface, interface.ipv6)
    )


def _interface(view: View, interface: InterfaceConfig, ipv6: Ipv6Config) -> Iterator[str]:
    status, protocol = view.router.interface_state(interface.name)
    yield f"{interface.name} is {status}, line protocol is {protocol}"
    yield f"  IPv6 is enabled, link-local address is {ipv6.link_local} "
    yield "  No Virtual link-local address(es):"
    if ipv6.addresses:
        yield "  Global unicast address(es):"
        yield from (f"    {a.ip}, subnet is {a.network} " for a in ipv6.addresses)
    else:
        yield "  No global unicast address is configured"
    yield "  Joined group address(es):"
    yield from (f"    {group}" for group in _groups(view, ipv6))
    port = view.router.ports.get(interface.name) or Port(config=interface)
    yield f"  MTU is {port.ipv6_mtu} bytes"
    yield "  ICMP error messages limited to one every 100 milliseconds"
    yield "  ICMP redirects are enabled"
    yield "  ICMP unreachables are sent"
    yield "  ND DAD is enabled, number of DAD attempts: 1"
    yield "  ND reachable time is 30000 milliseconds (using 30000)"


def _groups(view: View, ipv6: Ipv6Config) -> list[str]:
    """Give the groups of an interface: the solicited-node ones are of RFC 4291 section 2.7.1."""
    own = [int(ipv6.link_local), *(int(address.ip) for address in ipv6.addresses)]
    solicited = dict.fromkeys(f"FF02::1:FF{n >> 16 & 0xFF:02X}:{n & 0xFFFF:X}" for n in own)
    routers = [ALL_ROUTERS] if view.router.config.ipv6_routing else []
    return [ALL_NODES, *routers, *solicited]


# Forwarding


def show_cef(view: View, args: Mapping[str, Any]) -> str:
    """Print the forwarding table."""
    rib = _rib(view, args)
    if rib is None:
        return f"% IPv6 routing table {args['vrf']} does not exist\n"
    rows: dict[IPNetwork, str] = {}
    for route in rib.routes():
        entry = rib.cef_prefix(route.network)
        if entry is not None:
            rows[route.network] = _cef(entry)
    text = rows.pop(DEFAULT, f"{DEFAULT}\n  no route\n")
    discard, *last = (f"{prefix}\n  {what}\n" for prefix, what in CEF_SPECIAL)
    return text + discard + "".join(rows.values()) + "".join(last)


def show_cef_address(view: View, args: Mapping[str, Any]) -> str:
    """Print the prefix an address matches and where it sends packets."""
    rib = _rib(view, args)
    if rib is None:
        return f"% IPv6 routing table {args['vrf']} does not exist\n"
    if "prefix" not in args:
        return _cef(rib.cef(args["address"]))
    entry = rib.cef_prefix(args["prefix"])
    return "%Prefix not found\n" if entry is None else _cef(entry)


def _cef(entry: CefEntry) -> str:
    return f"{entry.network}\n" + "".join(f"  {_cef_path(path)}\n" for path in entry.paths)


def _cef_path(path: CefPath) -> str:
    match path.kind:
        case "nexthop":
            return f"nexthop {path.next_hop} {path.interface}"
        case "receive":
            return f"receive for {path.interface}"
        case "attached":
            return f"attached to {path.interface}"
        case "drop":
            return "discard"
    return "no route"


SHOW: dict[str, Renderer] = {
    "show ipv6 route [vrf <vrf:word>]": show_route,
    "show ipv6 route [vrf <vrf:word>] <address:ipv6>": show_route_address,
    "show ipv6 route [vrf <vrf:word>] <prefix:ipv6-prefix>": show_route_address,
    **{
        f"show ipv6 route [vrf <vrf:word>] {source}": by_source(source)
        for source in ("connected", "local", "static", "eigrp", "nhrp")
    },
    "show ipv6 cef [vrf <vrf:word>]": show_cef,
    "show ipv6 cef [vrf <vrf:word>] <address:ipv6>": show_cef_address,
    "show ipv6 cef [vrf <vrf:word>] <prefix:ipv6-prefix>": show_cef_address,
    "show ipv6 interface [<interface:interface>]": show_interface,
    "show ipv6 interface brief [<interface:interface>]": show_brief,
}
"""The commands of this module."""
