"""The BGP table: paths, the best of them, and what a peer is told.

The order of preference is that of IOS without the steps the twin cannot configure; route
reflection is RFC 4456. Sessions do not belong here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.device import BgpConfig, BgpNeighborConfig
from labs.twin.routing.bgp.values import Attributes, BgpPeer, BgpRoute

LOCAL_WEIGHT = 32768
ORIGINS = "ie?"
ITSELF = IPv4Address(0)
"""The next hop of our own paths."""
DEFAULT = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the configuration says of the election."""

    external: int = 1
    """How many external paths are used; the next of internal ones."""
    internal: int = 1
    any_med: bool = False
    relaxed: bool = False


@dataclass(slots=True)
class Table:
    """All paths by prefix."""

    asn: int
    router_id: IPv4Address
    cluster_id: IPv4Address | None = None
    paths: dict[IPv4Network, tuple[BgpRoute, ...]] = field(default_factory=dict)
    bests: dict[IPv4Network, BgpRoute] = field(default_factory=dict)
    version: int = 1
    limits: Limits = field(default_factory=Limits)
    versions: dict[IPv4Network, int] = field(default_factory=dict)
    """The version at which the best path of a prefix changed last."""
    ways: dict[IPv4Network, tuple[IPv4Address, ...]] = field(default_factory=dict)
    """Next hops used beside those of the best paths."""

    def replace_from(self, peer: IPv4Address | None, routes: dict[IPv4Network, BgpRoute]) -> None:
        """Make the paths of one peer (None: our own) exactly these."""
        for network in [n for n, paths in self.paths.items() if any(p.peer == peer for p in paths)]:
            if network not in routes:
                self.put(network, peer, None)
        for network, route in routes.items():
            self.put(network, peer, route)

    def put(self, network: IPv4Network, peer: IPv4Address | None, route: BgpRoute | None) -> None:
        """Set or (None) remove the path of one peer to a prefix."""
        others = tuple(p for p in self.paths.get(network, ()) if p.peer != peer)
        paths = (*others, route) if route is not None else others
        if paths:
            self.paths[network] = paths
        else:
            self.paths.pop(network, None)

    def acceptable(self, route: BgpRoute, own_as: int = 0) -> bool:
        """Tell whether a received path is no loop (RFC 4271 9.1.2, RFC 4456 section 8).

        Args:
            route: The path.
            own_as: How often our own AS may be in it (`allowas-in`).
        """
        attributes = route.attributes
        if attributes.as_path.count(self.asn) > own_as:
            return False
        mine = self.cluster_id or self.router_id
        return attributes.originator != self.router_id and mine not in attributes.clusters

    def audible(self, networks: Iterable[IPv4Network]) -> set[IPv4Network]:
        """List those of some prefixes that anybody may be told of."""
        bests = ((network, self.bests.get(network)) for network in networks)
        return {network for network, best in bests if best is not None and not best.suppressed}

    def elect(self, networks: Iterable[IPv4Network]) -> set[IPv4Network]:
        """Choose the best paths again; list the prefixes whose best path changed."""
        changed: set[IPv4Network] = set()
        for network in networks:
            paths = self.paths.get(network, ())
            winner = best_of(paths, any_med=self.limits.any_med)
            beside = self._beside(paths, winner)
            if paths:
                self.paths[network] = tuple(
                    replace(p, best=p is winner, multipath=p in beside) for p in paths
                )
            elected = replace(winner, best=True) if winner is not None else None
            ways = tuple(p.attributes.next_hop for p in beside)
            if self.bests.get(network) == elected and self.ways.get(network, ()) == ways:
                continue
            if ways:
                self.ways[network] = ways
            else:
                self.ways.pop(network, None)
            changed.add(network)
            self.version += 1
            self.versions[network] = self.version
            if elected is None:
                del self.bests[network]
            else:
                self.bests[network] = elected
        return changed

    def _beside(self, paths: tuple[BgpRoute, ...], winner: BgpRoute | None) -> tuple[BgpRoute, ...]:
        """List the paths that are used beside the best one (`maximum-paths`)."""
        if winner is None or winner.peer is None:
            return ()
        limit = self.limits.internal if winner.internal else self.limits.external
        if limit < 2:
            return ()
        equal = [
            p
            for p in paths
            if p is not winner
            and p.valid
            and p.peer is not None
            and p.attributes.next_hop != winner.attributes.next_hop
            and worth(p) == worth(winner)
            and self._same_way(p, winner)
        ]
        return tuple(sorted(equal, key=rank)[: limit - 1])

    def _same_way(self, path: BgpRoute, winner: BgpRoute) -> bool:
        """Tell whether the AS paths allow two paths to share the load."""
        return self.limits.relaxed or path.attributes.as_path == winner.attributes.as_path


def limit(table: Table, config: BgpConfig) -> None:
    """Take over what the configuration says of the election."""
    table.cluster_id = config.cluster_id
    table.limits = Limits(
        external=config.maximum_paths,
        internal=config.maximum_internal,
        any_med=config.any_med,
        relaxed=config.relaxed,
    )


def best_of(paths: Iterable[BgpRoute], *, any_med: bool = False) -> BgpRoute | None:
    """Elect the best path: MED is compared among paths of one neighbouring AS."""
    usable = [p for p in paths if p.valid]
    if len(usable) < 2:
        return usable[0] if usable else None
    first = min(map(_before_med, usable))
    left = [p for p in usable if _before_med(p) == first]
    lowest: dict[object, int] = {}
    for path in left:
        group = None if any_med else path.attributes.as_path[:1]
        lowest[group] = min(path.attributes.med, lowest.get(group, path.attributes.med))
    kept = [
        p for p in left if p.attributes.med == lowest[None if any_med else p.attributes.as_path[:1]]
    ]
    return min(kept, key=_after_med)


def worth(route: BgpRoute) -> tuple[object, ...]:
    """Give what paths that share the load agree in."""
    return (*_before_med(route), route.attributes.med, route.internal, route.igp_metric)


def _before_med(route: BgpRoute) -> tuple[Any, ...]:
    attributes = route.attributes
    return (
        -route.weight,
        -attributes.local_pref,
        route.peer is not None,
        len(attributes.as_path),
        ORIGINS.index(attributes.origin),
    )


def _after_med(route: BgpRoute) -> tuple[Any, ...]:
    attributes = route.attributes
    return (
        route.internal,
        route.igp_metric,
        int(attributes.originator or route.peer_router_id or ITSELF),
        len(attributes.clusters),
        int(route.peer or ITSELF),
    )


def rank(route: BgpRoute) -> tuple[object, ...]:
    """Give the sort key of a path: the smallest is the best."""
    return (*_before_med(route), route.attributes.med, *_after_med(route))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A peer that is told our paths."""

    peer: BgpPeer
    config: BgpNeighborConfig
    internal: bool
    shares_subnet: bool = False


def outgoing(
    table: Table,
    route: BgpRoute,
    to: Audience,
    source_is_client: bool,  # noqa: FBT001
) -> Attributes | None:
    """Give the attributes a peer is told of a best path; None: it is not told."""
    if route.peer == to.peer.address or route.suppressed:
        return None
    attributes = route.attributes
    reflected = route.peer is not None and route.internal and to.internal
    if reflected and not (source_is_client or to.config.route_reflector_client):
        return None
    if reflected:
        attributes = replace(
            attributes,
            originator=attributes.originator or route.peer_router_id,
            clusters=(table.cluster_id or table.router_id, *attributes.clusters),
        )
    if not to.internal:
        attributes = replace(
            attributes,
            as_path=(table.asn, *attributes.as_path),
            local_pref=100,
            originator=None,
            clusters=(),
            med=attributes.med if route.peer is None else 0,
        )
    if _rewrites_next_hop(route, to, reflected=reflected):
        attributes = replace(attributes, next_hop=to.peer.local_address or table.router_id)
    return attributes


def _rewrites_next_hop(route: BgpRoute, to: Audience, *, reflected: bool) -> bool:
    """Tell whether we put ourselves in as next hop.

    A reflector leaves the next hop alone, hence phase 2 behaviour; `next-hop-self all` makes it
    phase 3 (reference/DMVPN.md section 5). An external peer on the next hop's subnet gets the
    third-party next hop.
    """
    config = to.config
    if route.attributes.next_hop == ITSELF:
        return True
    if reflected:
        return config.next_hop_self_all
    if to.internal:
        return config.next_hop_self or config.next_hop_self_all
    return config.next_hop_self or not to.shares_subnet
