"""DUAL: which paths to believe, and when to ask (RFC 7868 section 3).

Theory of operation. A path is feasible when the neighbour's own distance is below our feasible
distance, the smallest distance since the destination was last settled: then it cannot lead back
through us.

    state     event                                  state after   action
    passive   there is a feasible path               passive       use the best of them
    passive   there is none                          active        drop the route, query
    passive   ... and nobody to query                passive       settle on the best path
    active    last reply (or neighbour lost)         passive       settle on the best path, reply
                                                                   to those who asked meanwhile
    active    query                                  active        reply: unreachable

Stubs are never queried. Answering a query while active with "unreachable" is the safe side of the
RFC's four active states; the asker learns of the new path by update when we settle.
"""

from collections.abc import Iterable
from dataclasses import replace

from labs.twin.addresses import Address, IPNetwork
from labs.twin.routing.eigrp import metric, policy
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import (
    INFINITY,
    Advert,
    EigrpNeighbor,
    EigrpPath,
    EigrpTopologyEntry,
)

Key = tuple[str, Address]
NULL = "Null0"
SIA_ROUNDS = 3
"""How many SIA queries a neighbour may answer without a reply (RFC 7868 section 3.7.1)."""
OWN = {"Connected", "Summary", "Rstatic", "Rconnected", "Redistributed"}


class Dual:
    """The topology table of one process."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.topology: dict[IPNetwork, EigrpTopologyEntry] = {}
        self.owed: dict[IPNetwork, set[Key]] = {}
        """Who asked about a destination while we had no answer."""
        self._serial = 0
        self._mine: dict[str, dict[IPNetwork, str]] = {}
        """By source: our own paths, with their interfaces."""

    # --- paths

    def learn(self, neighbor: EigrpNeighbor, advert: Advert) -> bool:
        """Take what a neighbour says of a destination; tell if that is new."""
        key = (neighbor.interface, neighbor.address)
        path = self._path(neighbor.interface, neighbor.address, advert)
        if path is None:
            entry = self.topology.get(advert.network)
            return entry is not None and entry.paths.pop(key, None) is not None
        if advert.more:
            others = (self._path(*key, other) for other in advert.more)
            path = replace(path, more=tuple(other for other in others if other is not None))
        return self._put(advert.network, key, path)

    def _path(self, interface: str, neighbor: Address, advert: Advert) -> EigrpPath | None:
        """Make the path that a neighbour's words open; None: they lead nowhere."""
        site = self.site
        if advert.vector.unreachable:
            return None
        if advert.origin is not None and advert.origin == site.router_id:
            return None
        if advert.next_hop is not None and advert.next_hop == site.address(interface):
            return None
        passed = policy.screened(site, advert, interface, neighbor, inbound=True)
        if passed is None:
            return None
        vector = metric.extend(passed.vector, site.link(interface), wide=site.wide)
        config = site.config
        if config is not None and vector.hops > config.maximum_hops:
            return None
        third = advert.next_hop
        if third is None or not site.on_subnet(third, interface):
            third = neighbor
        return EigrpPath(
            neighbor=neighbor,
            interface=interface,
            vector=vector,
            distance=site.weigh(vector),
            reported=site.weigh(passed.vector),
            next_hop=third,
            external=advert.external,
            origin=advert.origin,
            tag=passed.tag,
            outside=advert.outside,
            told=advert,
        )

    def remeasure(self) -> set[IPNetwork]:
        """Weigh again what neighbours said: bandwidth, delay, weights or offsets changed."""
        changed: set[IPNetwork] = set()
        for network, entry in self.topology.items():
            for (interface, neighbor), path in list(entry.paths.items()):
                if neighbor is None or path.told is None:
                    continue
                fresh = self._path(interface, neighbor, path.told)
                if fresh is None:
                    del entry.paths[interface, neighbor]
                elif fresh != replace(path, more=()):
                    others = (self._path(interface, neighbor, other) for other in path.told.more)
                    more = tuple(other for other in others if other is not None)
                    entry.paths[interface, neighbor] = replace(fresh, more=more)
                else:
                    continue
                changed.add(network)
        return changed

    def own(self, networks: dict[IPNetwork, EigrpPath], source: str) -> set[IPNetwork]:
        """Make our own paths of one source exactly these; list the networks that changed."""
        changed: set[IPNetwork] = set()
        mine = self._mine.setdefault(source, {})
        for network, interface in list(mine.items()):
            entry = self.topology.get(network)
            path = entry.paths.get((interface, None)) if entry is not None else None
            if path is None or path.source != source:
                del mine[network]
            elif networks.get(network) != path and entry is not None:
                del entry.paths[interface, None], mine[network]
                changed.add(network)
        for network, path in networks.items():
            mine[network] = path.interface
            if self._put(network, (path.interface, None), path):
                changed.add(network)
        return changed

    def _put(self, network: IPNetwork, key: tuple[str, Address | None], path: EigrpPath) -> bool:
        entry = self.topology.get(network)
        if entry is None:
            entry = self.topology[network] = EigrpTopologyEntry(network=network)
        known = entry.paths.values()
        if known and not path.external and all(other.external for other in known):
            # Internal goes before external: the distance of the one says nothing of the other.
            entry.fd = INFINITY
        before = entry.paths.get(key)
        entry.paths[key] = path
        return before != path

    def lose(self, key: Key) -> set[IPNetwork]:
        """Forget all paths and debts of a neighbour; list the networks that changed."""
        changed: set[IPNetwork] = set()
        for network, entry in self.topology.items():
            if entry.paths.pop(key, None) is not None:
                changed.add(network)
            if key in entry.awaiting:
                entry.awaiting.discard(key)
                changed.add(network)
        for askers in self.owed.values():
            askers.discard(key)
        return changed

    # --- decisions

    def decide(self, network: IPNetwork, witnesses: Iterable[Key], now: float) -> bool:
        """Settle a destination, or make it active; tell if it went active just now.

        Args:
            network: The destination.
            witnesses: The neighbours that can be asked.
            now: The virtual time.
        """
        entry = self.topology.get(network)
        if entry is None:
            return False
        if entry.active:
            if not entry.awaiting:
                self._settle(entry, now)
            return False
        feasible = entry.feasible
        if feasible:
            self._number(entry, feasible[0])
            entry.fd = min(entry.fd, feasible[0].distance)
            return False
        if entry.fd == INFINITY:
            self.topology.pop(network)
            return False
        entry.awaiting = set(witnesses)
        if not entry.awaiting:
            self._settle(entry, now)
            return False
        entry.active, entry.since = True, now
        return True

    def heard(self, key: Key, adverts: Iterable[Advert]) -> None:
        """Note that a neighbour still works on routes that are active."""
        for advert in adverts:
            entry = self.topology.get(advert.network)
            if entry is not None:
                entry.probed.discard(key)

    def _number(self, entry: EigrpTopologyEntry, best: EigrpPath) -> None:
        if entry.best is not best:
            self._serial += 1
            entry.best, entry.serial = best, self._serial

    def silent(self, entry: EigrpTopologyEntry) -> list[Key]:
        """List who is to be given up for an active route; without any all are to be asked again."""
        stuck = entry.awaiting & entry.probed
        if entry.rounds >= SIA_ROUNDS:
            stuck = entry.awaiting
        if not stuck:
            entry.probed = set(entry.awaiting)
            entry.rounds += 1
        return sorted(stuck, key=lambda key: (key[0], int(key[1])))

    def _settle(self, entry: EigrpTopologyEntry, now: float) -> None:
        entry.active, entry.since = False, now
        entry.probed, entry.rounds = set(), 0
        entry.fd = min((path.distance for path in entry.paths.values()), default=INFINITY)
        if entry.fd == INFINITY:
            self.topology.pop(entry.network, None)

    # --- what others may know

    def chosen(self, network: IPNetwork) -> EigrpPath | None:
        """Give the path we use and advertise, None while there is none."""
        entry = self.topology.get(network)
        if entry is None or entry.active:
            return None
        successors = entry.successors
        return successors[0] if successors else None

    def summary(self, network: IPNetwork) -> tuple[IPNetwork, EigrpPath] | None:
        """Make the path of a summary: (best component, its vector to Null0); None without any."""
        best: EigrpPath | None = None
        leader = network
        start, mask = int(network.network_address), int(network.netmask)
        for component, entry in self.topology.items():
            if (
                (best is not None and entry.fd >= best.distance)  # most, on a hub of equals
                or entry.active
                or int(component.network_address) & mask != start
                or component.prefixlen < network.prefixlen
            ):
                continue
            paths = [p for p in entry.successors if p.source != "Summary"]
            if paths and (best is None or paths[0].distance < best.distance):
                best, leader = paths[0], component
        if best is None:
            return None
        return leader, replace(
            best,
            neighbor=None,
            interface=NULL,
            next_hop=None,
            source="Summary",
            external=False,
            origin=self.site.router_id,
            reported=0,
            tag=0,
            outside=None,
            told=None,
            more=(),
        )
