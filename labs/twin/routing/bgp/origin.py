"""Our own paths: `network` lines, redistribution, aggregates; and which paths are usable.

What peers sent is in the table already; this brings everything that hangs on the routing table
and the configuration up to date.
"""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network

from labs.twin.device import BgpConfig
from labs.twin.effects import RouteEntry, Surroundings
from labs.twin.filters import Filters
from labs.twin.routing.bgp import policy
from labs.twin.routing.bgp.table import DEFAULT, ITSELF, LOCAL_WEIGHT, Table
from labs.twin.routing.bgp.values import Attributes, BgpRoute


def refresh(table: Table, config: BgpConfig, around: Surroundings, now: float) -> None:
    """Bring our own paths, validity and suppression up to date."""
    routes = {
        r.network: r
        for r in around.routes(config.vrf)
        if r.source not in {"bgp", "nhrp", "local"} and isinstance(r.network, IPv4Network)
    }
    own = _own(config, routes, now, around.config.filters)
    foreign = {
        network
        for network, paths in table.paths.items()
        if any(path.peer is not None and path.valid for path in paths)
    }
    aggregates = [(n, only) for n, only in config.aggregates if _parts(n, {*own, *foreign})]
    for network, _ in aggregates:
        own[network] = BgpRoute(
            network=network,
            attributes=Attributes(next_hop=ITSELF, atomic=True, aggregator=table.router_id),
            weight=LOCAL_WEIGHT,
            since=now,
            aggregate=True,
        )
    _keep_age(table, own)
    table.replace_from(None, own)
    judge(table, config, around, table.paths)


def judge(
    table: Table, config: BgpConfig, around: Surroundings, networks: Iterable[IPv4Network]
) -> None:
    """Tell which paths of some prefixes are usable, and which an aggregate hides."""
    only = [n for n, summary_only in config.aggregates if summary_only and n in table.paths]
    for network in list(networks):
        hidden = any(network != wide and network.subnet_of(wide) for wide in only)
        paths = table.paths.get(network, ())
        fresh = tuple(
            path
            if (path.valid, path.suppressed, path.igp_metric) == (valid, hidden, igp)
            else replace(path, valid=valid, suppressed=hidden, igp_metric=igp)
            for path, valid, igp in [(path, *_usable(path, around, config.vrf)) for path in paths]
        )
        if fresh:
            table.paths[network] = fresh


def aggregates_stand(table: Table, config: BgpConfig, touched: Iterable[IPv4Network]) -> bool:
    """Tell whether the aggregates are as they should be after some prefixes changed."""
    over = [
        wide
        for wide, _ in config.aggregates
        if any(network != wide and network.subnet_of(wide) for network in touched)
    ]
    return all((wide in table.bests) == _supported(table, wide) for wide in over)


def _supported(table: Table, wide: IPv4Network) -> bool:
    """Tell whether some usable path in the table is a component of an aggregate."""
    return any(
        network != wide
        and network.subnet_of(wide)
        and any(p.valid and not p.aggregate for p in paths)
        for network, paths in table.paths.items()
    )


def _own(
    config: BgpConfig, routes: dict[IPv4Network, RouteEntry], now: float, filters: Filters
) -> dict[IPv4Network, BgpRoute]:
    own: dict[IPv4Network, BgpRoute] = {}
    for line in config.redistribute:
        protocol, _, process = line.source.partition(" ")
        for network, route in routes.items():
            if route.source != protocol or network == DEFAULT:
                continue
            if process and route.process != int(process):
                continue
            path = _path(network, route, "?", now)
            if line.med is not None:
                path = replace(path, attributes=replace(path.attributes, med=line.med))
            passed = _mapped(filters, line.route_map, path, route.tag)
            if passed is not None:
                own[network] = passed
    for network in config.networks:
        if network in routes:
            path = _path(network, routes[network], "i", now)
            passed = _mapped(filters, config.network_maps.get(network), path, 0)
            if passed is not None:
                own[network] = passed
    return own


def _mapped(filters: Filters, name: str | None, path: BgpRoute, tag: int) -> BgpRoute | None:
    if name is None:
        return path
    attributes = policy.named(filters, name, path.network, path.attributes, tag)
    return replace(path, attributes=attributes) if attributes is not None else None


def _path(network: IPv4Network, route: RouteEntry, source: str, now: float) -> BgpRoute:
    attributes = Attributes(next_hop=ITSELF, origin=source, med=route.metric)
    return BgpRoute(network=network, attributes=attributes, weight=LOCAL_WEIGHT, since=now)


def _parts(network: IPv4Network, known: set[IPv4Network]) -> bool:
    """Tell whether an aggregate has a component."""
    return any(part != network and part.subnet_of(network) for part in known)


def _keep_age(table: Table, own: dict[IPv4Network, BgpRoute]) -> None:
    for network, route in own.items():
        for before in table.paths.get(network, ()):
            if before.peer is None:
                own[network] = replace(route, since=before.since)


def _usable(path: BgpRoute, around: Surroundings, vrf: str) -> tuple[bool, int]:
    """Tell whether a next hop can be reached, not through the path itself, and at what metric."""
    if path.attributes.next_hop == ITSELF:
        return True, 0
    via = around.lookup(path.attributes.next_hop, vrf, nhrp=False)
    if via is None or via.network == path.network:
        return False, 0
    return True, via.metric
