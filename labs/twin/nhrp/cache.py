"""The NHRP cache: entries, their end, and the routes and sockets that hang on them.

When an entry is made or asked for is decided elsewhere (registration, resolution).
"""

from labs.twin.addresses import Address, IPNetwork, host, link_local
from labs.twin.effects import (
    CancelTimer,
    CloseSocket,
    Effect,
    OpenSocket,
    PutOverride,
    PutRoutes,
    RouteEntry,
    SetTimer,
    Via,
)
from labs.twin.nhrp.endpoint import Endpoint
from labs.twin.nhrp.entries import EntryType, NhrpEntry

# `[250/255]` of an H row, and 255 of `[NHO][90/255]` (reference/DMVPN.md section 6).
NHRP_DISTANCE = 250
NHRP_METRIC = 255
# A used mapping is asked for again this long before its end (at most a third of its life) [K].
REFRESH_LEAD_S = 120.0

ENTRY_TIMER = "entry"


class Cache:
    """The entries of one tunnel."""

    def __init__(self, end: Endpoint) -> None:
        self.end = end
        self.entries: dict[IPNetwork, NhrpEntry] = {}
        self._parents: dict[IPNetwork, Via | None] = {}

    def get(self, address: Address) -> NhrpEntry | None:
        """Find the entry of one address."""
        return self.entries.get(host(address))

    def usable(self, next_hop: Address) -> NhrpEntry | None:
        """Find a complete foreign mapping for a next hop."""
        entry = self.get(next_hop)
        if entry is None:
            entry = next((e for e in self.entries.values() if e.next_hop == next_hop), None)
        if entry is None or entry.local or entry.nbma is None:
            return None
        return entry

    def covering(self, address: Address) -> NhrpEntry | None:
        """Find the most specific complete foreign entry that holds an address."""
        exact = self.get(address)  # nothing is more specific; a hub has a thousand of these
        if exact is not None and exact.nbma is not None and not exact.local:
            return exact
        found = [
            entry
            for entry in self.entries.values()
            if address in entry.target and entry.nbma is not None and not entry.local
        ]
        return max(found, key=lambda entry: entry.target.prefixlen, default=None)

    def put(self, entry: NhrpEntry) -> list[Effect]:
        """Add or replace an entry and arm its end."""
        self.add(entry)
        return self.rearm(entry)

    def add(self, entry: NhrpEntry) -> None:
        """Add or replace an entry."""
        self.entries[entry.target] = entry
        self.end.stats.endpoints_added += not entry.local and entry.nbma is not None

    def rearm(self, entry: NhrpEntry) -> list[Effect]:
        """Arm the timer of an entry: first its refresh, then its end."""
        if entry.expires is None:
            return [CancelTimer(kind=ENTRY_TIMER, key=str(entry.target))]
        at = entry.refresh_at if entry.refresh_at is not None else entry.expires
        return [SetTimer(at=at, kind=ENTRY_TIMER, key=str(entry.target))]

    def extend(self, entry: NhrpEntry, holdtime_s: float, now: float) -> list[Effect]:
        """Give an entry a new life; only mappings we asked for are asked for again."""
        entry.expires = now + holdtime_s
        entry.refresh_at = None
        if entry.refreshable:
            lead = min(REFRESH_LEAD_S, holdtime_s / 3)
            entry.refresh_at = entry.expires - lead
        return self.rearm(entry)

    def remove(self, entry: NhrpEntry) -> list[Effect]:
        """Forget an entry, its route or override, and the socket nobody else needs."""
        if self.entries.get(entry.target) is not entry:
            return []
        del self.entries[entry.target]
        self.end.stats.endpoints_deleted += not entry.local and entry.nbma is not None
        self._parents.pop(entry.target, None)
        effects: list[Effect] = [CancelTimer(kind=ENTRY_TIMER, key=str(entry.target))]
        effects += self.withdraw(entry)
        needed = any(e.nbma == entry.nbma and not e.local for e in self.entries.values())
        if entry.nbma is not None and not entry.local and not needed:
            effects.append(CloseSocket(tunnel=self.end.tunnel, nbma=entry.nbma))
        return effects

    def open(self, nbma: Address) -> list[Effect]:
        """Ask for a protected path unless there is one."""
        if self.end.around.socket_up(self.end.tunnel, nbma):
            return []
        return [OpenSocket(tunnel=self.end.tunnel, nbma=nbma)]

    def install(self, entry: NhrpEntry, now: float) -> list[Effect]:
        """Put a shortcut into the routing table (reference/PHASES.md section 5, step 5)."""
        end = self.end
        if link_local(entry.target.network_address):
            return []  # no table routes link-local addresses
        self._parents[entry.target] = self._parent(entry)
        if end.around.route_covers(entry.target, end.vrf):
            effects = self._withdraw_route(entry) if "nho" not in entry.words else []
            end.stats.overrides_added += "nho" not in entry.words
            entry.words |= {"rib", "nho"}
            override = PutOverride(
                tunnel=end.tunnel, network=entry.target, next_hop=entry.next_hop, vrf=end.vrf
            )
            return [*effects, override]
        effects = self._withdraw_override(entry) if "nho" in entry.words else []
        end.stats.routes_added += "rib" not in entry.words or "nho" in entry.words
        entry.words -= {"nho"}
        entry.words.add("rib")
        # The host of a peer is printed `is directly connected` (DMVPN.md section 6).
        attached = entry.target == host(entry.next_hop)
        route = RouteEntry(
            network=entry.target,
            source="nhrp",
            distance=NHRP_DISTANCE,
            metric=NHRP_METRIC,
            next_hop=None if attached else entry.next_hop,
            interface=end.tunnel,
            since=now,
            vrf=end.vrf,
        )
        return [*effects, self._offer(entry, (route,))]

    def withdraw(self, entry: NhrpEntry) -> list[Effect]:
        """Take a shortcut out of the routing table."""
        if "nho" in entry.words:
            return self._withdraw_override(entry)
        return self._withdraw_route(entry) if "rib" in entry.words else []

    def _withdraw_override(self, entry: NhrpEntry) -> list[Effect]:
        end = self.end
        end.stats.overrides_deleted += 1
        return [PutOverride(tunnel=end.tunnel, network=entry.target, next_hop=None, vrf=end.vrf)]

    def _withdraw_route(self, entry: NhrpEntry) -> list[Effect]:
        if "rib" not in entry.words:
            return []
        self.end.stats.routes_deleted += 1
        return [self._offer(entry, ())]

    def _offer(self, entry: NhrpEntry, routes: tuple[RouteEntry, ...]) -> Effect:
        return PutRoutes(
            source=f"nhrp {self.end.tunnel}",
            network=entry.target,
            routes=routes,
            vrf=self.end.vrf,
        )

    def _parent(self, entry: NhrpEntry) -> Via | None:
        """Find the route a shortcut stands on."""
        address = entry.target.network_address
        return self.end.around.lookup(address, self.end.vrf, nhrp=False)

    def review(self, now: float) -> list[Effect]:
        """Look at the shortcuts again after the routing table changed.

        A shortcut goes with the route it stands on; when the route merely became exact, or
        stopped being so, it turns from H route to override or back.
        """
        effects: list[Effect] = []
        for entry in [e for e in self.entries.values() if "rib" in e.words]:
            if self.entries.get(entry.target) is not entry:
                continue
            exact = self.end.around.route_covers(entry.target, self.end.vrf)
            parent, before = self._parent(entry), self._parents.get(entry.target)
            if parent is None or parent.interface != self.end.tunnel:
                effects += self.remove(entry)
            elif exact != ("nho" in entry.words):
                effects += self.install(entry, now)
            elif before is not None and parent.next_hop != before.next_hop:
                effects += self.remove(entry)
        return effects

    def drop_socket(self, nbma: Address) -> list[NhrpEntry]:
        """List the resolved entries that end with the path to a peer."""
        return [
            entry
            for entry in self.entries.values()
            if entry.nbma == nbma
            and entry.type is EntryType.DYNAMIC
            and not entry.local
            and "registered" not in entry.words
        ]
