"""The routing table of one VRF and one address family, and the forwarding view (CEF) drawn from it.

Theory of operation. Every protocol *offers* its next hops for a prefix under its owner name
("connected", "static", "eigrp 100", "nhrp Tunnel0"). Of the offers whose next hop is reachable
the one with the lowest distance is installed. NHRP does two things to the table
(reference/PHASES.md section 5): it offers routes of its own (`H`), and it overrides the next hop
of an installed route (`%`), which changes where packets go but not what the route says.

Longest match walks the prefix lengths in use, longest first, with one dictionary a length: no
scan over routes. Addresses are integers inside.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from labs.twin.addresses import EVERYWHERE, IPV4, IPV6, Address, IPNetwork
from labs.twin.effects import RouteEntry, Via

NULL = "Null0"
RECURSION_LIMIT = 8
"""How often a next hop may resolve through another route before the route counts as looped."""
MASKS = {
    family: tuple((1 << bits) - (1 << bits - length) for length in range(bits + 1))
    for family, bits in ((IPV4, 32), (IPV6, 128))
}
"""The masks of each family by their length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An NHRP next-hop override on a route."""

    next_hop: Address
    tunnel: str
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An installed route: the winning offer of one prefix."""

    network: IPNetwork
    owner: str
    """The protocol instance, e.g. "eigrp 100"."""
    paths: tuple[RouteEntry, ...]
    """Equal-cost next hops; at least one."""
    override: Override | None = None

    @property
    def source(self) -> str:
        """The protocol: connected, local, static, eigrp, bgp, nhrp."""
        return self.paths[0].source

    @property
    def distance(self) -> int:
        """The administrative distance."""
        return self.paths[0].distance

    @property
    def metric(self) -> int:
        """The metric."""
        return self.paths[0].metric


@dataclass(frozen=True, slots=True, kw_only=True)
class CefPath:
    """One way out in the forwarding table."""

    kind: str
    """nexthop, attached, receive, drop (Null0) or no route."""
    interface: str | None = None
    next_hop: Address | None = None
    recursive_via: Address | None = None
    """The next hop of the route itself when it had to be resolved through another route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CefEntry:
    """What `show ip cef` knows of a prefix."""

    network: IPNetwork
    paths: tuple[CefPath, ...]
    overridden: bool = False


@dataclass(slots=True)
class Rib:
    """The routing table of one VRF and one address family."""

    vrf: str = ""
    family: int = IPV4
    offers: dict[IPNetwork, dict[str, tuple[RouteEntry, ...]]] = field(default_factory=dict)
    """What every owner offers for a prefix, reachable or not."""
    overrides: dict[IPNetwork, Override] = field(default_factory=dict)
    version: int = 0
    """Grows with every change of an installed route or override."""
    _best: dict[int, dict[int, Route]] = field(default_factory=dict)
    _lengths: tuple[int, ...] = ()
    _hops: list[int] = field(default_factory=list)
    """Next hops that have to be resolved through another route, in order."""
    _resting: dict[int, set[IPNetwork]] = field(default_factory=dict)
    """By such a next hop: the prefixes with an offer that has it."""
    _hops_of: dict[IPNetwork, set[int]] = field(default_factory=dict)

    def offer(
        self, owner: str, network: IPNetwork, routes: Iterable[RouteEntry], now: float
    ) -> bool:
        """Replace an owner's next hops for a prefix (none: withdraw); tell if the table changed.

        A next hop that was offered before in the same terms keeps its age.
        """
        known = self.offers.get(network, {})
        before = known.get(owner, ())
        after = tuple(_aged(route, before, now) for route in routes)
        if after == before:
            return False
        if after:
            self.offers.setdefault(network, {})[owner] = after
        else:
            known.pop(owner, None)
            if not known:
                self.offers.pop(network, None)
        self._note_recursion(network)
        changed = self._select(network)
        if changed:
            self._settle_recursion(network)
        return changed

    def withdraw_owner(self, owner: str, now: float) -> bool:
        """Withdraw everything an owner offers; tell if the table changed."""
        mine = [network for network, offers in self.offers.items() if owner in offers]
        return sum(self.offer(owner, network, (), now) for network in mine) > 0

    def put_override(
        self, tunnel: str, network: IPNetwork, next_hop: Address | None, now: float
    ) -> bool:
        """Set or remove the NHRP override of a prefix; tell if the table changed."""
        known = self.overrides.get(network)
        if next_hop is None:
            if known is None or known.tunnel != tunnel:
                return False
            del self.overrides[network]
        else:
            if known is not None and (known.tunnel, known.next_hop) == (tunnel, next_hop):
                return False
            self.overrides[network] = Override(next_hop=next_hop, tunnel=tunnel, since=now)
        return self._select(network)

    def exact(self, network: IPNetwork) -> Route | None:
        """Give the installed route with exactly this prefix."""
        return self._best.get(network.prefixlen, {}).get(int(network.network_address))

    def covers(self, network: IPNetwork) -> bool:
        """Tell whether a route that NHRP did not put there has exactly this prefix."""
        route = self.exact(network)
        if route is None or route.source != "nhrp":
            return route is not None
        return self._next_offer(route) is not None

    def lookup(self, address: Address, *, nhrp: bool = True) -> Route | None:
        """Longest match; without `nhrp` the routes that NHRP itself put there are passed over."""
        number = int(address)
        best, masks = self._best, MASKS[self.family]
        for length in self._lengths:
            route = best[length].get(number & masks[length])
            if route is None:
                continue
            if nhrp or route.paths[0].source != "nhrp":
                return route
            shadowed = self._next_offer(route)
            if shadowed is not None:
                return shadowed
        return None

    def via(self, address: Address, *, nhrp: bool = True, flow: int = 0) -> Via | None:
        """Tell where a packet goes, recursion done; `flow` picks one of equal paths."""
        route = self.lookup(address, nhrp=nhrp)
        if route is None:
            return None
        if nhrp and route.override is not None:
            return Via(
                network=route.network,
                source=route.source,
                interface=route.override.tunnel,
                next_hop=route.override.next_hop,
                overridden=True,
            )
        path = shared(route.paths, flow) if len(route.paths) > 1 else route.paths[0]
        if path.interface is not None:
            return Via(
                network=route.network,
                source=route.source,
                interface=path.interface,
                next_hop=path.next_hop,
                metric=path.metric,
            )
        out = self._resolve(path.next_hop, nhrp=nhrp)
        if out is None:
            return None
        interface, next_hop, overridden = out
        return Via(
            network=route.network,
            source=route.source,
            interface=interface,
            next_hop=next_hop,
            overridden=overridden,
            metric=path.metric,
        )

    def cef(self, address: Address) -> CefEntry:
        """Give the forwarding entry an address matches."""
        route = self.lookup(address)
        if route is None:
            nothing = (CefPath(kind="no route"),)
            return CefEntry(network=EVERYWHERE[self.family], paths=nothing)
        return self._cef_entry(route)

    def cef_prefix(self, network: IPNetwork) -> CefEntry | None:
        """Give the forwarding entry of exactly this prefix."""
        route = self.exact(network)
        return None if route is None else self._cef_entry(route)

    def routes(self) -> tuple[Route, ...]:
        """Give the installed routes in order of prefix, short masks first."""
        return tuple(
            sorted(self, key=lambda r: (int(r.network.network_address), r.network.prefixlen))
        )

    def entries(self) -> tuple[RouteEntry, ...]:
        """Give every path of every installed route."""
        return tuple(path for route in self.routes() for path in route.paths)

    def __iter__(self) -> Iterator[Route]:
        for table in self._best.values():
            yield from table.values()

    def __len__(self) -> int:
        return sum(len(table) for table in self._best.values())

    def _cef_entry(self, route: Route) -> CefEntry:
        if route.override is not None:
            over = route.override
            path = CefPath(kind="nexthop", interface=over.tunnel, next_hop=over.next_hop)
            return CefEntry(network=route.network, paths=(path,), overridden=True)
        return CefEntry(network=route.network, paths=tuple(map(self._cef_path, route.paths)))

    def _cef_path(self, path: RouteEntry) -> CefPath:
        if path.source == "local":
            return CefPath(kind="receive", interface=path.interface)
        if path.interface == NULL:
            return CefPath(kind="drop", interface=NULL)
        if path.next_hop is None:
            return CefPath(kind="attached", interface=path.interface)
        if path.interface is not None:
            return CefPath(kind="nexthop", interface=path.interface, next_hop=path.next_hop)
        out = self._resolve(path.next_hop, nhrp=True)
        if out is None:
            return CefPath(kind="no route")
        return CefPath(
            kind="nexthop", interface=out[0], next_hop=out[1], recursive_via=path.next_hop
        )

    def _resolve(
        self, next_hop: Address | None, *, nhrp: bool
    ) -> tuple[str, Address | None, bool] | None:
        """Follow a next hop to an interface: (interface, next hop on it, overridden)."""
        hop = next_hop
        for _ in range(RECURSION_LIMIT):
            if hop is None:
                return None
            route = self.lookup(hop, nhrp=nhrp)
            if route is None:
                return None
            if nhrp and route.override is not None:
                return route.override.tunnel, route.override.next_hop, True
            path = route.paths[0]
            if path.interface is not None:
                return path.interface, path.next_hop or hop, False
            hop = path.next_hop
        return None

    def _next_offer(self, route: Route) -> Route | None:
        """Give what would be installed if NHRP had offered nothing."""
        offers = self.offers.get(route.network, {})
        others = {o: paths for o, paths in offers.items() if paths[0].source != "nhrp"}
        return self._winner(route.network, others)

    def _winner(
        self, network: IPNetwork, offers: dict[str, tuple[RouteEntry, ...]]
    ) -> Route | None:
        best: tuple[int, int, str, tuple[RouteEntry, ...]] | None = None
        for owner, paths in offers.items():
            usable = tuple(path for path in paths if self._reachable(network, path))
            if not usable:
                continue
            distance = min(path.distance for path in usable)
            usable = tuple(path for path in usable if path.distance == distance)
            rank = (distance, usable[0].metric, owner, usable)
            if best is None or rank[:3] < best[:3]:
                best = rank
        if best is None:
            return None
        override = self.overrides.get(network)
        if best[3][0].source in {"connected", "local", "nhrp"}:
            override = None
        return Route(network=network, owner=best[2], paths=best[3], override=override)

    def _reachable(self, network: IPNetwork, path: RouteEntry) -> bool:
        """Tell whether a next hop can be resolved, and not through the route itself."""
        if path.interface is not None or path.next_hop is None:
            return True
        hop: Address | None = path.next_hop
        for _ in range(RECURSION_LIMIT):
            if hop is None:
                return False
            route = self.lookup(hop, nhrp=False)
            if route is None or route.network == network:
                return False
            if hop in network and route.network.prefixlen < network.prefixlen:
                return False  # once installed the route itself would be the better match
            if route.paths[0].interface is not None:
                return True
            hop = route.paths[0].next_hop
        return False

    def _select(self, network: IPNetwork) -> bool:
        """Choose the winner of one prefix again; tell if the installed route changed."""
        winner = self._winner(network, self.offers.get(network, {}))
        table = self._best.setdefault(network.prefixlen, {})
        number = int(network.network_address)
        if table.get(number) == winner:
            if not table:
                del self._best[network.prefixlen]
            return False
        if winner is not None:
            table[number] = winner
        else:
            table.pop(number, None)
            if not table:
                del self._best[network.prefixlen]
        if len(self._lengths) != len(self._best):
            self._lengths = tuple(sorted(self._best, reverse=True))
        self.version += 1
        return True

    def _note_recursion(self, network: IPNetwork) -> None:
        """Keep the index of next hops that have to be resolved."""
        offers = self.offers.get(network, {})
        paths = [path for paths in offers.values() for path in paths if path.interface is None]
        hops = {int(path.next_hop) for path in paths if path.next_hop is not None}
        before = self._hops_of.get(network, set())
        for hop in hops - before:
            if hop not in self._resting:
                insort(self._hops, hop)
            self._resting.setdefault(hop, set()).add(network)
        for hop in before - hops:
            self._resting[hop].discard(network)
            if not self._resting[hop]:
                del self._resting[hop]
                del self._hops[bisect_left(self._hops, hop)]
        if hops:
            self._hops_of[network] = hops
        else:
            self._hops_of.pop(network, None)

    def _resting_on(self, network: IPNetwork) -> set[IPNetwork]:
        """List the prefixes with a next hop in a prefix: they rest on its route."""
        if not self._hops:
            return set()
        first = int(network.network_address)
        last = first + (1 << network.max_prefixlen - network.prefixlen) - 1
        hops = self._hops[bisect_left(self._hops, first) : bisect_right(self._hops, last)]
        return {dependent for hop in hops for dependent in self._resting[hop]}

    def _settle_recursion(self, network: IPNetwork) -> None:
        """Judge again every route that rests on a changed one, until nothing moves."""
        moved = [network]
        for _ in range(RECURSION_LIMIT):
            resting = {dependent for changed in moved for dependent in self._resting_on(changed)}
            # sorted: a set of networks has no order that two processes share
            moved = [dependent for dependent in sorted(resting) if self._select(dependent)]
            if not moved:
                return


def shared(paths: tuple[RouteEntry, ...], flow: int) -> RouteEntry:
    """Give the path of a flow: each path takes its share of a round."""
    place = flow % (sum(path.share for path in paths) or 1)
    for path in paths:
        place -= path.share
        if place < 0:
            return path
    return paths[0]


def _aged(route: RouteEntry, before: tuple[RouteEntry, ...], now: float) -> RouteEntry:
    for old in before:
        if replace(route, since=old.since) == old:
            return old
    return replace(route, since=now)
