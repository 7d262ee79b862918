"""`show ip route ...` (layout: reference/FORMATS.md section 10 and captures)."""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.addresses import IPV4, IPNetwork, within
from labs.twin.effects import RouteEntry
from labs.twin.image import Legend
from labs.twin.rib import Rib, Route
from labs.twin.show.times import age
from labs.twin.show.view import Renderer, View

DEFAULT = IPv4Network("0.0.0.0/0")
CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override"""
PFR = ", p - overrides from PfR"
LETTERS = {
    "connected": "C",
    "local": "L",
    "static": "S",
    "eigrp": "D",
    "bgp": "B",
    "nhrp": "H",
}
AGELESS = frozenset({"connected", "local", "static"})
OVERRIDE_METRIC = 255
"""What `[NHO][AD/metric]` prints over an EIGRP route (FAULT_SWEEP.md, IOL 17.15)."""
CLASSES = ((0x80000000, 8), (0xC0000000, 16), (0xE0000000, 24))
"""Where the classes A, B and C end, and the length of their networks."""
Chooser = Callable[[Route], bool]


def show_route(view: View, args: Mapping[str, Any]) -> str:
    """Print `show ip route [vrf V]`."""
    return _table(view, args, lambda route: True)


def show_route_override(view: View, args: Mapping[str, Any]) -> str:
    """Print the table with the lines of next-hop overrides."""
    return _table(view, args, lambda route: True, overrides=True)


def show_every_route(view: View, args: Mapping[str, Any]) -> str:
    """Print the tables of all VRFs, the global one first (capture show_ip_route/005)."""
    tables = ["", *view.router.config.vrfs]
    return "".join(_table(view, {"vrf": name}, lambda route: True) for name in tables)


def show_longer(view: View, args: Mapping[str, Any]) -> str:
    """Print the routes that lie in a prefix."""
    length = int(args["mask"]).bit_count()
    prefix = IPv4Network((int(args["address"]), length), strict=False)
    return _table(view, args, lambda route: within(route.network, prefix))


def by_source(source: str) -> Renderer:
    """Give the renderer of one protocol's routes; group headers still count all subnets."""
    wanted = {"connected", "local"} if source == "connected" else {source}

    def show(view: View, args: Mapping[str, Any]) -> str:
        return _table(view, args, lambda route: route.source in wanted)

    return show


def _table(view: View, args: Mapping[str, Any], choose: Chooser, *, overrides: bool = False) -> str:
    vrf = str(args.get("vrf") or "")
    rib = view.router.rib.get(vrf)
    if rib is None:
        return f"% IP routing table {vrf} does not exist\n"
    heading = f"\nRouting Table: {vrf}\n" if vrf else ""
    rows = _rows(rib.routes(), choose, view.now, overrides=overrides)
    body = "\n" + "".join(f"{row}\n" for row in rows)
    return f"{heading}{_codes(view)}\n\n{_gateway(rib)}\n{body if rows else chr(10)}"


def _codes(view: View) -> str:
    # Seen from 15.5(3)S on (case p3-eigrp-ikev2-fvrf-ivrf), not on IOL 15.4.
    return CODES + ("" if view.router.image.legend is Legend.IOS_154 else PFR)


def _gateway(rib: Rib) -> str:
    route = rib.exact(DEFAULT)
    if route is None:
        return "Gateway of last resort is not set"
    hop = _by_hop(route)[0].next_hop or IPv4Address(0)
    return f"Gateway of last resort is {hop} to network 0.0.0.0"


def _by_hop(route: Route) -> list[RouteEntry]:
    """Give equal paths in the order of IOS: the highest next hop first.

    So in every capture of several paths (show_ip_route/003, 007, 008, 010, 011, 020), whatever
    the protocol; the gateway of last resort is the first of them (case p2-dualhub-dual-cloud).
    """
    return sorted(route.paths, key=lambda path: -int(path.next_hop or 0))


def classful(network: IPNetwork) -> IPNetwork | None:
    """Give the class A, B or C network of a prefix; None for a supernet, or above class C."""
    first = int(network.network_address)
    for end, length in CLASSES:
        if first < end:
            major = IPv4Network((first, length), strict=False)
            return major if network.prefixlen >= length else None
    return None


def _rows(routes: Iterable[Route], choose: Chooser, now: float, *, overrides: bool) -> list[str]:
    grouped: dict[IPNetwork, list[Route]] = {}
    for route in routes:
        grouped.setdefault(classful(route.network) or route.network, []).append(route)
    rows: list[str] = []
    for major, members in grouped.items():
        chosen = [route for route in members if choose(route)]
        if not chosen:
            continue
        alone = len(members) == 1 and members[0].network == major
        lengths = {route.network.prefixlen for route in members}
        if not alone:
            rows.append(_header(major, members, lengths))
        bare = not alone and len(lengths) == 1
        for route in chosen:
            rows += _route(route, now, alone=alone, bare=bare, overrides=overrides)
    return rows


def _header(major: IPNetwork, members: list[Route], lengths: set[int]) -> str:
    count = f"{len(members)} subnets"
    if len(lengths) == 1:
        shown = f"{major.network_address}/{min(lengths)}"
        return f"      {shown} is subnetted, {count}"
    return f"      {major} is variably subnetted, {count}, {len(lengths)} masks"


def _code(route: Route) -> str:
    """Give the six columns before a prefix outside a group."""
    letter = LETTERS[route.source]
    if route.network == DEFAULT and route.source in {"static", "bgp", "eigrp"}:
        letter += "*"
    if route.source == "eigrp" and route.paths[0].external:
        letter = f"{letter:<2}EX" if "*" in letter else f"{letter} EX"
    code = f"{letter:<6}"
    return code if route.override is None else f"{code[:4]}% "


def _route(route: Route, now: float, *, alone: bool, bare: bool, overrides: bool) -> list[str]:
    prefix = str(route.network.network_address) if bare else str(route.network)
    head = f"{_code(route)}{'' if alone else '   '}{prefix} "
    rows = []
    for path in _by_hop(route):
        rows.append(head + _path(path, now))
        head = " " * len(head)
    if overrides and route.override is not None:
        over = route.override
        metric = OVERRIDE_METRIC if route.source == "eigrp" else 1
        rows.append(
            f"{' ' * len(head)}[NHO][{route.distance}/{metric}] via {over.next_hop}, "
            f"{age(now - over.since)}, {over.tunnel}"
        )
    return rows


def _path(path: RouteEntry, now: float) -> str:
    tail = "" if path.source in AGELESS else f", {age(now - path.since)}"
    if path.summary:
        return f"is a summary{tail}, {path.interface}"
    if path.next_hop is None:
        return f"is directly connected{tail}, {path.interface}"
    # A BGP route, and a static one without an interface, is recursive: it names none.
    named = path.interface is not None and path.source != "bgp"
    via = f", {path.interface}" if named else ""
    return f"[{path.distance}/{path.metric}] via {path.next_hop}{tail}{via}"


def show_route_address(view: View, args: Mapping[str, Any]) -> str:
    """Print what is known of the route an address or a prefix matches."""
    vrf = str(args.get("vrf") or "")
    rib = view.router.rib.get(vrf)
    if rib is None:
        return f"% IP routing table {vrf} does not exist\n"
    route = _find(rib, args)
    if route is None or (route.network == DEFAULT and int(args["address"]) != 0):
        # IOS answers with the default route only when asked for 0.0.0.0.
        level = "Subnet" if _neighbours(rib, args) else "Network"
        return f"% {level} not in table\n"
    return _entry(view, route, vrf)


def _find(rib: Rib, args: Mapping[str, Any]) -> Route | None:
    address = args["address"]
    mask = args.get("mask")
    if mask is not None:
        return rib.exact(IPv4Network((int(address), int(mask).bit_count()), strict=False))
    return rib.lookup(address)


def _neighbours(rib: Rib, args: Mapping[str, Any]) -> bool:
    """Tell whether other subnets of the same classful network are known."""
    major = classful(IPv4Network(args["address"]))
    return major is not None and any(within(route.network, major) for route in rib.routes())


def _entry(view: View, route: Route, vrf: str) -> str:
    path = route.paths[0]
    lines = []
    if vrf:
        lines += ["", f"Routing Table: {vrf}"]
    supernet = classful(route.network) is None
    lines.append(f"Routing entry for {route.network}{', supernet' if supernet else ''}")
    kind = _kind(route)
    lines.append(
        f'  Known via "{route.owner if route.source in {"eigrp", "bgp"} else _known(route)}", '
        f"distance {route.distance}, metric {route.metric}{'' if path.tag else kind}"
    )
    if path.tag:
        lines.append(f"  Tag {path.tag}{kind}")
    as_path = _as_path(view, route)
    if as_path:
        lines.append(f"  Tag {as_path[0]}, type external")
    told = _told_by_eigrp(view, route, vrf)
    if told:
        lines.append(f"  Redistributing via {', '.join(told)}")
    lines += _given_on(view, route, vrf)
    bgp = view.router.config.bgp
    if bgp is not None and not vrf and route.network in bgp.networks and route.source != "bgp":
        lines.append(f"  Advertised by bgp {bgp.asn}")
    lines += _last_update(path, view.now)
    lines.append("  Routing Descriptor Blocks:")
    for number, one in enumerate(_by_hop(route)):
        lines += _block(one, view.now, as_path, first=number == 0)
    return "".join(f"{line}\n" for line in lines)


def _given_on(view: View, route: Route, vrf: str) -> list[str]:
    """Say in whose terms EIGRP gives a route of another protocol on."""
    found = []
    for process in view.router.config.eigrp if vrf or route.source != "eigrp" else ():
        for line in process.redistribute:
            if (process.vrf, process.family) != (vrf, IPV4):
                continue
            if line.source not in (route.source, route.owner):
                continue
            seed, words = line.metric, ""
            if seed is not None:
                words += f" metric {seed.bandwidth_kbit} {seed.delay_tens_us}"
                words += f" {seed.reliability} {seed.load} {seed.mtu}"
            words += f" route-map {line.route_map}" if line.route_map is not None else ""
            found.append(f"  Advertised by eigrp {process.asn}{words}")
    return found


def _told_by_eigrp(view: View, route: Route, vrf: str) -> list[str]:
    """List the EIGRP processes that carry a route: learned, covered, or redistributed."""
    if route.source == "eigrp":
        return [route.owner]
    if route.source == "local":
        return []
    found = []
    for process in view.router.config.eigrp:
        covered = route.source == "connected" and any(
            route.network.network_address in network or within(network, route.network)
            for network in process.networks
        )
        carried = {entry.source for entry in process.redistribute}
        if process.vrf == vrf and (covered or {route.source, route.owner} & carried):
            found.append(f"eigrp {process.asn}")
    return found


def _known(route: Route) -> str:
    return "connected" if route.source == "local" else route.source


def _kind(route: Route) -> str:
    if route.source == "connected":
        return " (connected, via interface)"
    if route.source == "local":
        return " (connected)"
    if route.source == "static":
        return ", candidate default path" if route.network == DEFAULT else ""
    if route.source == "eigrp":
        return ", type external" if route.paths[0].external else ", type internal"
    internal = route.source == "bgp" and not route.paths[0].external
    return ", type internal" if internal else ""


def _as_path(view: View, route: Route) -> tuple[int, ...]:
    """Give the autonomous systems of an external BGP route, the neighbour's first."""
    machine = view.router.bgp
    if machine is None or route.source != "bgp" or not route.paths[0].external:
        return ()
    known = machine.table.get(route.network, ()) if isinstance(route.network, IPv4Network) else ()
    return next((path.attributes.as_path for path in known if path.best), ())


def _last_update(path: RouteEntry, now: float) -> list[str]:
    if path.source in AGELESS or path.next_hop is None:
        return []
    on = "" if path.interface is None or path.source == "bgp" else f" on {path.interface},"
    return [f"  Last update from {path.next_hop}{on} {age(now - path.since)} ago"]


def _block(path: RouteEntry, now: float, as_path: tuple[int, ...], *, first: bool) -> list[str]:
    star = "*" if first else " "
    if path.next_hop is None:
        text = f"directly connected, via {path.interface}"
    elif path.source == "static":
        text = f"{path.next_hop}" + (f", via {path.interface}" if path.interface else "")
    else:
        text = f"{path.next_hop}, from {path.next_hop}, {age(now - path.since)} ago"
        text += f", via {path.interface}" if path.interface and path.source != "bgp" else ""
    lines = [f"  {star} {text}"]
    lines.append(f"      Route metric is {path.metric}, traffic share count is {path.share}")
    if path.tag:
        lines.append(f"      Route tag {path.tag}")
    if path.source == "bgp":
        lines.append(f"      AS Hops {len(as_path)}")
        lines += [f"      Route tag {as_path[0]}"] if as_path else []
        lines.append("      MPLS label: none")
    return lines
