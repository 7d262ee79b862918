"""Our own paths: connected networks, redistributed routes, summaries.

They follow the interfaces, the routing table and the components of the summaries; `machine` asks
again whenever one of these changed. Static routes and connected networks bring the metric of their
interface along, EIGRP its own; every other protocol needs one that is typed.
"""

from collections.abc import Iterable
from dataclasses import replace

from labs.twin.addresses import Address, IPNetwork
from labs.twin.device import EigrpConfig, Redistribution
from labs.twin.effects import RouteEntry
from labs.twin.filters import Subject
from labs.twin.routing.eigrp import metric, policy
from labs.twin.routing.eigrp.dual import NULL, Dual
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import Advert, EigrpPath, Outside, Vector

CONNECTED = "Connected"
SUMMARY = "Summary"
SOURCES = {"static": "Rstatic", "connected": "Rconnected"}
OTHER_SOURCE = "Redistributed"
SUMMARY_DISTANCE = 5


class Origin:
    """Keeps our own paths in the topology table of a process."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._leaders: dict[IPNetwork, IPNetwork] = {}
        """By summary: its best component."""

    def connected(self, dual: Dual) -> set[IPNetwork]:
        """Bring the connected networks up to date; list those that changed."""
        site = self.site
        found: dict[IPNetwork, EigrpPath] = {}
        for name, interface in site.covered().items():
            link = site.link(name)
            for network in site.networks(interface):
                found[network] = EigrpPath(
                    neighbor=None,
                    interface=name,
                    vector=link,
                    distance=site.weigh(link),
                    source=CONNECTED,
                    origin=site.router_id,
                )
        return dual.own(found, CONNECTED)

    def redistributed(self, dual: Dual) -> set[IPNetwork]:
        """Bring redistributed routes up to date; list those that changed."""
        config = self.site.config
        wanted: dict[str, dict[IPNetwork, EigrpPath]] = {
            source: {} for source in (*SOURCES.values(), OTHER_SOURCE)
        }
        for line in config.redistribute if config is not None else ():
            source = SOURCES.get(line.source, OTHER_SOURCE)
            for route in self.site.around.routes(self.site.vrf, self.site.family):
                if not _is_of(route, line.source) or _is_internal(dual, route.network):
                    continue
                path = self._external(route, line, source)
                if path is not None:
                    wanted[source][route.network] = path
        changed: set[IPNetwork] = set()
        for source, paths in wanted.items():
            changed |= dual.own(paths, source)
        return changed

    def _external(self, route: RouteEntry, line: Redistribution, source: str) -> EigrpPath | None:
        site = self.site
        name = route.interface or self._way(route.next_hop)
        vector = self._vector(route, line, name)
        if vector is None:
            return None
        advert = Advert(
            network=route.network,
            vector=vector,
            next_hop=route.next_hop,
            external=True,
            tag=route.tag,
        )
        passed = self._allowed(advert, line, route, name)
        if passed is None:
            return None
        return EigrpPath(
            neighbor=None,
            interface=name or NULL,
            vector=passed.vector,
            distance=site.weigh(passed.vector),
            source=source,
            next_hop=route.next_hop,
            external=True,
            origin=site.router_id,
            tag=passed.tag,
            outside=Outside(
                protocol=route.source,
                asn=route.process,
                metric=route.metric,
            ),
        )

    def _way(self, next_hop: Address | None) -> str | None:
        via = self.site.around.lookup(next_hop, self.site.vrf) if next_hop is not None else None
        return via.interface if via is not None else None

    def _vector(self, route: RouteEntry, line: Redistribution, name: str | None) -> Vector | None:
        config = self.site.config
        seed = line.metric or (config.default_metric if config is not None else None)
        if seed is not None:
            return metric.seed_vector(seed)
        if isinstance(route.detail, Vector):
            return route.detail
        if line.source in SOURCES:
            link = self.site.link(name or "")
            return None if link.unreachable and name != NULL else _of_null(link, name)
        return None

    def _allowed(
        self, advert: Advert, line: Redistribution, route: RouteEntry, name: str | None
    ) -> Advert | None:
        filters = self.site.around.config.filters
        config = self.site.config
        for block in config.distribute if config is not None else ():
            if block.source == line.source and not block.inbound:
                if block.kind == "prefix":
                    passed = filters.by_prefix(block.name, advert.network)
                else:
                    passed = filters.by_access(block.name, advert.network, None)
                if not passed:
                    return None
        if line.route_map is None:
            return advert
        subject = Subject(
            network=advert.network,
            next_hop=route.next_hop,
            interface=name,
            metric=route.metric,
            tag=advert.tag,
            source=line.source,
        )
        entry = filters.by_map(line.route_map, subject)
        return None if entry is None else policy.marked(advert, entry)

    def forget(self) -> None:
        """Look at every component again: the configuration changed."""
        self._leaders.clear()

    def summaries(
        self, dual: Dual, speaking: Iterable[str], touched: set[IPNetwork]
    ) -> set[IPNetwork]:
        """Bring the summaries up to date after some destinations changed; list those that did."""
        distances: dict[IPNetwork, int] = {}
        for name in speaking:
            settings = self.site.settings(name)
            for network in settings.summaries:
                mine = settings.summary_distances.get(network, SUMMARY_DISTANCE)
                distances[network] = min(mine, distances.get(network, mine))
        paths: dict[IPNetwork, EigrpPath] = {}
        for network in sorted(distances):
            path = self._standing(dual, network, touched)
            if path is None:
                found = dual.summary(network)
                if found is None:
                    self._leaders.pop(network, None)
                    continue
                self._leaders[network], component = found
                path = self._summary(network, component, distances[network])
            paths[network] = path
        return dual.own(paths, SUMMARY)

    def _standing(
        self, dual: Dual, network: IPNetwork, touched: set[IPNetwork]
    ) -> EigrpPath | None:
        """Give a summary as it is, if no change can have touched its best component.

        A hub hears of a thousand components one by one: most are no better than the one it has.
        """
        leader = self._leaders.get(network)
        entry, first = dual.topology.get(network), dual.topology.get(leader or network)
        if leader is None or leader in touched or entry is None or first is None or first.active:
            return None
        best = first.successors
        limit = best[0].distance if best else 0
        parts = (dual.topology.get(other) for other in touched if other != network)
        if not best or any(part is not None and part.fd <= limit for part in parts):
            return None
        return entry.paths.get((NULL, None))

    def _summary(self, network: IPNetwork, path: EigrpPath, distance: int) -> EigrpPath:
        """Give a summary what `summary-metric` says of it."""
        config = self.site.config
        for line in config.summary_metrics if config is not None else ():
            if line.network != network:
                continue
            if line.distance is not None:
                distance = line.distance
            if line.metric is not None:
                vector = metric.seed_vector(line.metric)
                path = replace(path, vector=vector, distance=self.site.weigh(vector))
        return replace(path, discard=distance)


def _is_of(route: RouteEntry, source: str) -> bool:
    """Tell whether a route comes from the protocol of a `redistribute` line.

    Routes of internal BGP are not given on (the vendor's `bgp redistribute-internal`).
    """
    protocol, _, process = source.partition(" ")
    if route.source != protocol:
        return False
    if protocol == "bgp" and not route.external:
        return False
    return not process or route.process == int(process)


def _is_internal(dual: Dual, network: IPNetwork) -> bool:
    """Tell whether a `network` line covers a destination already."""
    own = dual.topology.get(network)
    return own is not None and any(p.source == CONNECTED for p in own.paths.values())


def _of_null(link: Vector, name: str | None) -> Vector:
    """Give a route to Null0 the metric of an interface without bandwidth limits [K]."""
    if name != NULL or not link.unreachable:
        return link
    return Vector(bandwidth_kbit=10**7, delay_ps=0)


def uses(config: EigrpConfig | None) -> bool:
    """Tell whether a process looks at the routing table at all."""
    return config is not None and bool(config.redistribute)
