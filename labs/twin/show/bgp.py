"""`show ip bgp ...` (layout: captures, the memory figures counted from them)."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Any

from labs.twin.device import BgpConfig
from labs.twin.image import Legend
from labs.twin.rib import Rib
from labs.twin.routing.bgp import BgpMachine, BgpPeer, BgpRoute, BgpState
from labs.twin.routing.bgp.peers import family_of, settings_of
from labs.twin.routing.bgp.table import ITSELF
from labs.twin.show.times import date, hms, since
from labs.twin.show.view import View

NOT_ACTIVE = "% BGP not active\n\n"
NO_PEER = "% No such neighbor or address family\n"
NETWORK_BYTES = 248
PATH_BYTES = 136
ATTRIBUTE_BYTES = 288
REFLECTION_BYTES = 40
AS_PATH_BYTES = 24
"""Bytes an entry, from the figures of case p3-ibgp-dualhub-ikev2-xe173 and corpus captures."""
MAX_DYNAMIC = 100
HEADER = "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
STATUS_CODES = """\
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal,
              r RIB-failure, S Stale, m multipath, b backup-path, f RT-Filter,
              x best-external, a additional-path, c RIB-compressed,
              t secondary path, L long-lived-stale,
Origin codes: i - IGP, e - EGP, ? - incomplete
RPKI validation codes: V valid, I invalid, N Not found

"""


def show_bgp_summary(view: View, args: Mapping[str, Any]) -> str:
    """Print the state of all sessions."""
    machine = _machine(view, args)
    config = family_of(view.router.config, str(args.get("vrf") or ""))
    if machine is None or config is None:
        return NOT_ACTIVE
    peers = sorted(machine.neighbors.values(), key=lambda peer: int(peer.address))
    text = (
        f"BGP router identifier {machine.router_id}, local AS number {config.asn}\n"
        f"BGP table version is {machine.table_version}, "
        f"main routing table version {machine.table_version}\n"
        + _memory(view, machine)
        + f"\n{HEADER}"
        + "".join(_peer(peer, view.now) for peer in peers)
    )
    return text + (_dynamic(config, peers) if config.listen_ranges else "")


def _memory(view: View, machine: BgpMachine) -> str:
    networks = len(machine.table)
    routes = [route for paths in machine.table.values() for route in paths]
    if not routes:
        return ""
    attributes = {_shared(route) for route in routes}
    best = {_shared(route) for route in routes if route.best}
    reflected = len(
        {(r.attributes.originator, r.attributes.clusters) for r in routes if r.attributes.clusters}
    )
    as_paths = len({route.attributes.as_path for route in routes if route.attributes.as_path})
    used = (
        networks * NETWORK_BYTES
        + len(routes) * PATH_BYTES
        + len(attributes) * ATTRIBUTE_BYTES
        + reflected * REFLECTION_BYTES
        + as_paths * AS_PATH_BYTES
    )
    lines = [
        f"{networks} network entries using {networks * NETWORK_BYTES} bytes of memory",
        f"{len(routes)} path entries using {len(routes) * PATH_BYTES} bytes of memory",
        (
            f"{len(attributes)}/{len(best)} BGP path/bestpath attribute entries using "
            f"{len(attributes) * ATTRIBUTE_BYTES} bytes of memory"
        ),
    ]
    if reflected:
        reflection = reflected * REFLECTION_BYTES
        lines.append(f"{reflected} BGP rrinfo entries using {reflection} bytes of memory")
    if as_paths:
        lines.append(
            f"{as_paths} BGP AS-PATH entries using {as_paths * AS_PATH_BYTES} bytes of memory"
        )
    lines += [
        "0 BGP route-map cache entries using 0 bytes of memory",
        "0 BGP filter-list cache entries using 0 bytes of memory",
        f"BGP using {used} total bytes of memory",
        f"BGP activity {networks}/0 prefixes, {len(routes)}/0 paths, scan interval 60 secs",
    ]
    if view.router.image.legend is Legend.XE_17:
        lines.append(_peak(networks, max(route.since for route in routes), view.now))
    return "".join(f"{line}\n" for line in lines)


def _shared(route: BgpRoute) -> tuple[object, ...]:
    """Give what one attribute entry holds: next hop and reflection are kept apart from it.

    The figures of case p3-ibgp-dualhub-ikev2-xe173 come out this way.
    """
    a = route.attributes
    return route.peer is None, a.as_path, a.origin, a.local_pref, a.med, a.atomic, a.aggregator


def _peak(networks: int, moment: float, now: float) -> str:
    when = date(moment)
    seconds, milliseconds = divmod(round((now - moment) * 1000), 1000)
    return (
        f"{networks} networks peaked at {when:%H:%M:%S} {when:%b} {when.day} {when.year} UTC "
        f"({hms(seconds)}.{milliseconds:03} ago)"
    )


def _peer(peer: BgpPeer, now: float) -> str:
    name = f"*{peer.address}" if peer.dynamic else str(peer.address)
    up = peer.state is BgpState.ESTABLISHED
    if up:
        state = f"{peer.prefixes_received:>9}"
    else:
        state = " Idle (Admin)" if peer.admin_down else f" {peer.state.value}"
    return (
        f"{name:<16}4{peer.remote_as:>13}{peer.messages_received:>8}{peer.messages_sent:>8}"
        f"{peer.table_version:>9}{0:>5}{peer.out_queue:>5} "
        f"{since(peer.changed, now):<8}{state}\n"
    )


def _dynamic(config: BgpConfig, peers: list[BgpPeer]) -> str:
    dynamic = [peer for peer in peers if peer.dynamic]
    ranges = len(config.listen_ranges)
    text = ""
    if dynamic:
        text += "* Dynamically created based on a listen range command\n"
    text += f"Dynamically created neighbors: {len(dynamic)}, Subnet ranges: {ranges}\n"
    groups: dict[str, list[str]] = {}
    for network, group in config.listen_ranges:
        groups.setdefault(group, []).append(f"  {network} \n")
    for group, members in groups.items():
        text += f"\nBGP peergroup {group} listen range group members: \n{''.join(members)}\n"
    return text + (
        f"\nTotal dynamically created neighbors: {len(dynamic)}/({MAX_DYNAMIC} max), "
        f"Subnet ranges: {ranges}\n"
    )


def show_bgp(view: View, args: Mapping[str, Any]) -> str:
    """Print the table."""
    machine = _machine(view, args)
    if machine is None:
        return NOT_ACTIVE
    if not machine.table:
        return ""
    paths = [
        sorted(machine.table[network], key=lambda route: not route.best)
        for network in sorted(machine.table)
    ]
    return _table(view, machine, paths)


def _machine(view: View, args: Mapping[str, Any]) -> BgpMachine | None:
    return view.router.bgp_of(str(args.get("vrf") or ""))


def _table(view: View, machine: BgpMachine, paths: Iterable[Iterable[BgpRoute]]) -> str:
    margin = "  " if view.router.image.xe else " "
    rib = view.router.rib.get(machine.vrf)
    rows = "".join(
        _path(route, first=number == 0, margin=margin, failed=_fails(rib, route))
        for group in paths
        for number, route in enumerate(group)
    )
    return (
        f"BGP table version is {machine.table_version}, local router ID is "
        f"{machine.router_id}\n{STATUS_CODES}"
        f"     Network          Next Hop            Metric LocPrf Weight Path\n{rows}"
    )


def _fails(rib: Rib | None, route: BgpRoute) -> bool:
    """Tell whether the routing table prefers another protocol (RIB-failure)."""
    if rib is None or not route.best or route.peer is None:
        return False
    installed = rib.exact(route.network)
    return installed is not None and installed.source not in {"bgp", "nhrp"}


def show_bgp_told(view: View, args: Mapping[str, Any]) -> str:
    """Print what a neighbour is told."""
    machine, peer = _peer_of(view, args)
    if machine is None or peer is None:
        return NO_PEER if machine is not None else NOT_ACTIVE
    bests = [
        [next(r for r in machine.table[network] if r.best)]
        for network in sorted(peer.told)
        if any(r.best for r in machine.table.get(network, ()))
    ]
    return _table(view, machine, bests) + f"\nTotal number of prefixes {len(bests)} \n"


def show_bgp_taken(view: View, args: Mapping[str, Any]) -> str:
    """Print what was taken of a neighbour."""
    machine, peer = _peer_of(view, args)
    if machine is None or peer is None:
        return NO_PEER if machine is not None else NOT_ACTIVE
    routes = [
        [route for route in machine.table.get(network, ()) if route.peer == peer.address]
        for network in sorted(peer.received)
    ]
    return _table(view, machine, routes) + f"\nTotal number of prefixes {len(routes)} \n"


def _peer_of(view: View, args: Mapping[str, Any]) -> tuple[BgpMachine | None, BgpPeer | None]:
    machine = _machine(view, args)
    return machine, machine.neighbors.get(args["peer"]) if machine is not None else None


def _path(route: BgpRoute, *, first: bool, margin: str, failed: bool) -> str:
    learned = route.peer is not None
    status = "s" if route.suppressed else "*" if route.valid else " "
    status = "r" if failed else status
    chosen = ">" if route.best else "m" if route.multipath else " "
    mark = f" {status}{chosen}{'i' if learned and route.internal else ' '}"
    attributes = route.attributes
    preference = str(attributes.local_pref) if learned and route.internal else ""
    path = " ".join(map(str, (*attributes.as_path, attributes.origin)))
    network = str(route.network) if first else ""
    return (
        f"{mark}{margin}{network:<17}{attributes.next_hop!s:<16}{attributes.med:>10}{preference:>7}"
        f"{route.weight:>7} {path}\n"
    )


def show_bgp_entry(view: View, args: Mapping[str, Any]) -> str:
    """Print all paths of one prefix, or of the longest that holds an address."""
    machine = _machine(view, args)
    if machine is None:
        return NOT_ACTIVE
    network = _sought(machine, args)
    if network is None:
        return "% Network not in table\n"
    paths = machine.table[network]
    best = next((number for number, path in enumerate(paths, 1) if path.best), None)
    told = [p for p in machine.neighbors.values() if network in p.told]
    return (
        f"BGP routing table entry for {network}, version {machine.version_of(network)}\n"
        f"Paths: ({len(paths)} available, "
        f"{f'best #{best}' if best is not None else 'no best path'}, table "
        f"{machine.vrf or 'default'})\n"
        + ("  Advertised to update-groups:\n     1         \n" if told else NOT_TOLD)
        + "".join(_about(path, machine) for path in paths)
    )


NOT_TOLD = "  Not advertised to any peer\n"
ORIGINS = {"i": "IGP", "e": "EGP", "?": "incomplete"}


def _sought(machine: BgpMachine, args: Mapping[str, Any]) -> IPv4Network | None:
    if "prefix" in args:
        return args["prefix"] if args["prefix"] in machine.table else None
    if "mask" in args:
        asked = IPv4Network((args["address"], str(args["mask"])), strict=False)
        return asked if asked in machine.table else None
    holding = [network for network in machine.table if args["address"] in network]
    return max(holding, key=lambda network: network.prefixlen, default=None)


def _about(path: BgpRoute, machine: BgpMachine) -> str:
    a = path.attributes
    config = machine.config
    source = machine.neighbors.get(path.peer) if path.peer is not None else None
    settings = settings_of(source, config) if source is not None and config is not None else None
    client = settings is not None and settings.route_reflector_client
    reflected = ", (Received from a RR-client)" if client else ""
    heard = path.peer_router_id or machine.router_id
    words = [
        f"Origin {ORIGINS[a.origin]}",
        f"metric {a.med}",
        f"localpref {a.local_pref}",
        *([f"weight {path.weight}"] if path.weight else []),
        *(["valid"] if path.valid else []),
        *_kind(path),
        *(["best"] if path.best else []),
    ]
    more = ""
    if a.communities:
        more += f"      Community: {' '.join(a.communities)}\n"
    if a.originator is not None:
        clusters = ", ".join(map(str, a.clusters))
        more += f"      Originator: {a.originator}, Cluster list: {clusters}\n"
    distance = f" (metric {path.igp_metric})" if path.igp_metric else ""
    return (
        "  Refresh Epoch 1\n"
        f"  {' '.join(map(str, a.as_path)) or 'Local'}{reflected}\n"
        f"    {a.next_hop}{distance} from {path.peer or ITSELF} ({heard})\n"
        f"      {', '.join(words)}\n{more}"
        f"      rx pathid: 0, tx pathid: {'0x0' if path.best else '0'}\n"
    )


def _kind(path: BgpRoute) -> list[str]:
    if path.peer is None:
        return ["aggregated", "local"] if path.aggregate else ["sourced", "local"]
    return ["internal" if path.internal else "external", *(["multipath"] if path.multipath else [])]


SHOWN = {
    "": show_bgp,
    " <prefix:prefix>": show_bgp_entry,
    " <address:ip> [<mask:mask>]": show_bgp_entry,
    " summary": show_bgp_summary,
    " neighbors <peer:ip> advertised-routes": show_bgp_told,
    " neighbors <peer:ip> routes": show_bgp_taken,
}
"""What stands behind `show ip bgp` and `show bgp ipv4 unicast`."""
