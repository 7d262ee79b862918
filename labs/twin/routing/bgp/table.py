"""The BGP table: paths, the best of them, and what a peer is told.

The order of preference is that of IOS without the steps the twin cannot configure; route
reflection is RFC 4456. Sessions do not belong here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import BgpNeighborConfig
from labs.twin.routing.bgp.values import Attributes, BgpPeer, BgpRoute

LOCAL_WEIGHT = 32768
ORIGINS = "ie?"
ITSELF = IPv4Address(0)
"""The next hop of our own paths."""
DEFAULT = IPv4Network("0.0.0.0/0")


@dataclass(slots=True)
class Table:
    """All paths by prefix."""

    asn: int
    router_id: IPv4Address
    paths: dict[IPv4Network, tuple[BgpRoute, ...]] = field(default_factory=dict)
    bests: dict[IPv4Network, BgpRoute] = field(default_factory=dict)
    version: int = 1

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

    def acceptable(self, route: BgpRoute) -> bool:
        """Tell whether a received path is no loop (RFC 4271 9.1.2, RFC 4456 section 8)."""
        attributes = route.attributes
        if self.asn in attributes.as_path:
            return False
        return attributes.originator != self.router_id and self.router_id not in attributes.clusters

    def audible(self, networks: Iterable[IPv4Network]) -> set[IPv4Network]:
        """List those of some prefixes that anybody may be told of."""
        bests = ((network, self.bests.get(network)) for network in networks)
        return {network for network, best in bests if best is not None and not best.suppressed}

    def elect(self, networks: Iterable[IPv4Network]) -> set[IPv4Network]:
        """Choose the best paths again; list the prefixes whose best path changed."""
        changed: set[IPv4Network] = set()
        for network in networks:
            paths = self.paths.get(network, ())
            winner = min((p for p in paths if p.valid), key=rank, default=None)
            if paths:
                self.paths[network] = tuple(replace(p, best=p is winner) for p in paths)
            elected = replace(winner, best=True) if winner is not None else None
            if self.bests.get(network) == elected:
                continue
            changed.add(network)
            self.version += 1
            if elected is None:
                del self.bests[network]
            else:
                self.bests[network] = elected
        return changed


def rank(route: BgpRoute) -> tuple[object, ...]:
    """Give the sort key of a path: the smallest is the best."""
    attributes = route.attributes
    return (
        -route.weight,
        -attributes.local_pref,
        route.peer is not None,
        len(attributes.as_path),
        ORIGINS.index(attributes.origin),
        attributes.med,
        route.internal,
        int(attributes.originator or route.peer_router_id or ITSELF),
        len(attributes.clusters),
        int(route.peer or ITSELF),
    )


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
            clusters=(table.router_id, *attributes.clusters),
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
