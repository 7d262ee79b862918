"""The NHRP machine of one tunnel interface and one address family: sans-I/O, effects out.

Theory of operation (RFC 2332, and what Cisco's DMVPN adds). Each tunnel holds a cache of mappings,
overlay prefix -> NBMA address. What fills and empties it stands at the head of the part that does
it; behind the part, the packet types it takes:

    registration  3, 4       clients tell servers their own mapping, again and again
    choice                   which of several servers a client uses
    resolution    1, 2       asking for a mapping, completing it, refreshing it while it is used
    ownership     1, 2, 5, 6 answering for prefixes that lead out of the domain, taking it back
    transit       any        carrying the messages of others on, by whatever tunnel of the domain
    redirect      8          telling the previous hop that there is a better way
    cache                    entries, their timers, the shortcuts and sockets that hang on them

An entry is static (configured, never ends), registered (told by its owner, for the owner's
holdtime), dynamic (asked for; asked for again before its end if packets used it since), implicit
(learned from the request of its owner), local (what we answered, and to whom), or pending: a
question is under way, `temporary` or `incomplete` for at most 3 minutes. A message is first
checked for its authentication; one that is not for us is carried on, whatever its type; errors
(type 7) are never about errors. This file decides which part takes which event, nothing else.
"""

from labs.twin.addresses import IPV4, Address, IPNetwork, host, parse_address, parse_network
from labs.twin.device import InterfaceConfig
from labs.twin.effects import Effect, Surroundings
from labs.twin.nhrp.cache import ENTRY_TIMER, Cache
from labs.twin.nhrp.endpoint import AUTHENTICATION_FAILURE, Endpoint
from labs.twin.nhrp.entries import (
    EntryType,
    NhrpCounters,
    NhrpEntry,
    NhrpStats,
    NhsState,
    NhsStatus,
)
from labs.twin.nhrp.ownership import Owner
from labs.twin.nhrp.redirect import Redirector
from labs.twin.nhrp.registration import FALLBACK_TIMER, REGISTER_TIMER, Client, Server
from labs.twin.nhrp.resolution import RESOLVE_TIMER, Reason, Resolver
from labs.twin.nhrp.transit import Carrier, Origin, recipient_of
from labs.twin.packet import Nhrp, NhrpType, Packet

ADMINISTRATIVE = "administratively prohibited(NHRP: no error)"
EXTERNAL = "External(NHRP: no error)"
REGISTRATION_TIMEOUT = "External(NHRP Registration timeout)"


class NhrpMachine:
    """Registers, resolves, redirects and purges on one tunnel.

    IPv4 and IPv6 overlays (`ip nhrp`, `ipv6 nhrp`) of a tunnel have a machine each.
    """

    def __init__(self, tunnel: str, around: Surroundings, family: int = IPV4) -> None:
        self.tunnel = tunnel
        self.label = "nhrp" if family == IPV4 else "nhrp6"
        """What its timers are named by, with the tunnel."""
        self.around = around
        self.running = False
        self.started = 0.0
        self.end = Endpoint(tunnel, around, family)
        self._cache = Cache(self.end)
        self._client = Client(self.end, self._cache)
        self._server = Server(self.end, self._cache)
        self._carrier = Carrier(self.end, self._cache)
        self._owner = Owner(self.end, self._cache)
        self._resolver = Resolver(self.end, self._cache, self._client, self._carrier, self._owner)
        self._redirector = Redirector(self.end)
        interface = around.config.interfaces.get(tunnel)
        nhrp = interface.nhrp_of(family) if interface is not None else None
        self._redirector.armed = nhrp is not None and nhrp.redirect

    @property
    def cache(self) -> dict[IPNetwork, NhrpEntry]:
        """Give the entries by target."""
        return self._cache.entries

    @property
    def nhs(self) -> dict[Address, NhsState]:
        """Give the next hop servers in order of entry."""
        return self._client.servers

    @property
    def counters(self) -> NhrpCounters:
        """Give the packet counters."""
        return self.end.counters

    def clear_counters(self) -> None:
        """Count packets from nothing again."""
        self.end.counters = NhrpCounters()

    @property
    def stats(self) -> NhrpStats:
        """Give the counters of events."""
        return self.end.stats

    def clear_stats(self) -> None:
        """Count events from nothing again."""
        self.end.stats = NhrpStats()

    @property
    def nhs_up(self) -> bool:
        """Tell whether a server answers, or none is configured: what `if-state nhrp` asks."""
        servers = self.nhs.values()
        return not servers or any(s.status is NhsStatus.RESPONDING for s in servers)

    @property
    def redirecting(self) -> bool:
        """Tell whether `ip nhrp redirect` works (it may be configured and dead, FAULT_SWEEP T1)."""
        return self._redirector.armed and self.end.active and self.end.nhrp.redirect

    # --- life

    def start(self, now: float) -> list[Effect]:
        """Come up with the tunnel."""
        self.end.adopt(self.around.config.interfaces.get(self.tunnel))
        if self.running or not self.end.active:
            return []
        self.running, self.started = True, now
        self.end.stats.ups += 1
        effects = self._sync_static(now)
        return effects + self._client.sync(now)

    def stop(self, now: float, reason: str = "") -> list[Effect]:
        """Go down with the tunnel; `reason` with "admin" in it is logged as such."""
        if not self.running:
            return []
        self.running = False
        self.end.stats.downs += 1
        why = ADMINISTRATIVE if "admin" in reason else EXTERNAL
        effects: list[Effect] = []
        for server in self.nhs.values():
            if server.status is NhsStatus.RESPONDING:
                effects += self.end.log_peer("NHS", (server.address, server.nbma), why)
            effects += self._client.forget(server, now)
        self._client.servers.clear()
        for entry in list(self.cache.values()):
            effects += self._end(entry, why)
        for question in list(self._resolver.questions):
            effects += self._resolver.forget(question)
        self._owner.answers.clear()
        self._server.members.clear()
        return effects

    def configure(self, old: InterfaceConfig, new: InterfaceConfig, now: float) -> list[Effect]:
        """Take over changed `ip nhrp` lines without a bounce."""
        family = self.end.family
        before, after = old.nhrp_of(family), new.nhrp_of(family)
        had = before is not None and before.network_id is not None
        has = after is not None and after.network_id is not None
        effects: list[Effect] = []
        if had and not has and before is not None:
            effects += self._unconfigure(before.network_id, now)
            # Measured on IOL 17.15: redirect stays in the configuration but is dead until it is
            # typed again (FAULT_SWEEP T1).
            self._redirector.armed = False
        if after is not None and after.redirect and not (before and before.redirect):
            self._redirector.armed = True
        self.end.adopt(new)
        if not self.running:
            up = self.around.interface_up(self.tunnel)
            return effects + (self.start(now) if has and not had and up else [])
        effects += self._sync_static(now)
        effects += self._client.sync(now)
        if before is not None and before.shortcut and after is not None and not after.shortcut:
            effects += self.clear_shortcuts(now)
        return effects

    def redirect_typed(self) -> None:
        """Note that `ip nhrp redirect` was typed, even if it stood there already."""
        self._redirector.armed = True

    def _unconfigure(self, network_id: int | None, now: float) -> list[Effect]:
        log: list[Effect] = []
        if self.running:
            log = self.end.log(
                f"%DMVPN-5-NHRP_NETID_UNCONFIGURED:  {self.tunnel}: NETID : {network_id} "
                f"Unconfigured (Tunnel: {self.end.address} NBMA:  {self.end.nbma})"
            )
        return log + self.stop(now, "admin")

    # --- static entries

    def _sync_static(self, now: float) -> list[Effect]:
        """Make the static entries agree with the configuration."""
        maps = self.end.static_maps()
        servers = {nhs.address for nhs in self.end.nhrp.nhs}
        effects: list[Effect] = []
        for entry in [e for e in self.cache.values() if e.type is EntryType.STATIC]:
            if maps.get(entry.next_hop) != entry.nbma:
                effects += self._cache.remove(entry)
        for address, nbma in maps.items():
            present = self._cache.get(address)
            if present is not None and present.type is EntryType.STATIC:
                continue
            if present is not None:
                effects += self._end(present, EXTERNAL)
            entry = NhrpEntry(
                target=host(address),
                next_hop=address,
                nbma=nbma,
                type=EntryType.STATIC,
                created=now,
                up=False,
                # Without an NHS line nothing ever says up or down: `NHRP    never     S` (F5).
                changed=now if address in servers else None,
            )
            effects += self._cache.put(entry)
            effects += self._cache.open(nbma)
        return effects

    # --- events

    def receive(self, message: Nhrp, outer_src: Address, now: float) -> list[Effect]:
        """Take a message that came in by the tunnel."""
        if not self.running:
            return []
        self.counters.count_received(message.type)
        bare = message.type is NhrpType.ERROR_INDICATION  # no room for a string (5.2.7)
        if message.authentication != self.end.nhrp.authentication and not bare:
            return self._wrong_authentication(message, outer_src)
        if message.type is NhrpType.RESOLUTION_REQUEST:
            return self._resolver.on_request(message, outer_src, now)
        if message.type is NhrpType.TRAFFIC_INDICATION:
            return self._redirected(message, now)
        if recipient_of(message) != self.end.address:
            return self._carrier.carry(message, Origin(tunnel=self.tunnel, nbma=outer_src))
        return self._for_me(message, outer_src, now)

    def take_over(self, message: Nhrp, came_by: str, nbma: Address) -> list[Effect]:
        """Carry on a message that came by another tunnel of our domain."""
        if not self.running:
            return []
        return self._carrier.carry(message, Origin(tunnel=came_by, nbma=nbma))

    def _for_me(self, message: Nhrp, outer_src: Address, now: float) -> list[Effect]:
        match message.type:
            case NhrpType.REGISTRATION_REQUEST:
                return self._server.on_request(message, outer_src, now)
            case NhrpType.REGISTRATION_REPLY:
                return self._client.on_reply(message, now)
            case NhrpType.RESOLUTION_REPLY:
                return self._resolver.on_reply(message, outer_src, now)
            case NhrpType.PURGE_REQUEST:
                return self._resolver.on_purge(message, outer_src)
            case NhrpType.ERROR_INDICATION:
                return self._resolver.on_error(message)
            case _:
                return []

    def _wrong_authentication(self, message: Nhrp, outer_src: Address) -> list[Effect]:
        responder = message.responder
        sender = responder.protocol if responder is not None else message.source
        log = self.end.log_error(
            "Recieved wrong authentication string",
            message.type,
            AUTHENTICATION_FAILURE,
            sender or message.source,
        )
        entry = self._cache.get(message.source)
        unknown = entry is None or entry.nbma is None
        registers = message.type is NhrpType.REGISTRATION_REQUEST
        if message.type.is_indication or (registers and unknown):
            # Nothing leaves for a client that is in no entry (FAULT_SWEEP F3: encaps 0).
            return log
        return log + self.end.send(
            outer_src, self.end.complaint(message, AUTHENTICATION_FAILURE[0])
        )

    def _redirected(self, message: Nhrp, now: float) -> list[Effect]:
        """Take a traffic indication: ask for the destination of the packet in it."""
        if not self.end.nhrp.shortcut or message.data is None or self.end.destination:
            return []
        target = message.data.dst
        known = self._cache.covering(target)
        if known is not None and (known.host or "rib" in known.words):
            # A packet that was under way before the shortcut; an implicit peer is still asked.
            implicit = "implicit" in known.words
            return self._resolver.ask(target, Reason.REDIRECT, now) if implicit else []
        return self._resolver.ask(target, Reason.REDIRECT, now)

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if not self.running:
            return []
        if kind == REGISTER_TIMER:
            return self._client.on_timer(parse_address(key), now)
        if kind == FALLBACK_TIMER:
            return self._client.fall_back(int(key), now)
        if kind == RESOLVE_TIMER:
            return self._resolver.on_timer(parse_address(key), now)
        if kind == ENTRY_TIMER:
            return self._entry_due(parse_network(key), now)
        raise LookupError(f"NHRP on {self.tunnel} armed no timer {kind!r}")

    def _entry_due(self, target: IPNetwork, now: float) -> list[Effect]:
        """Refresh an entry that was used, or end it."""
        entry = self.cache.get(target)
        if entry is None or entry.expires is None:
            return []
        if entry.refresh_at is not None and now < entry.expires:
            entry.refresh_at = None
            effects = self._cache.rearm(entry)
            used = entry.last_used is not None
            return effects + (self._resolver.refresh(entry, now) if used else [])
        return self._end(entry, REGISTRATION_TIMEOUT)

    def _end(self, entry: NhrpEntry, why: str) -> list[Effect]:
        """Remove an entry with all that hangs on it."""
        effects: list[Effect] = []
        if "registered" in entry.words:
            effects += self._server.down(entry, why)
            self._server.leave(entry)
        elif "nhop" in entry.words and entry.host:
            reason = EXTERNAL if why == REGISTRATION_TIMEOUT else why
            effects += self.end.log_peer("NHP", (entry.next_hop, entry.nbma), reason)
        if entry.pending:
            effects += self._resolver.forget(entry.next_hop)
        return effects + self._cache.remove(entry)

    def on_socket(self, nbma: Address, up: bool, now: float) -> list[Effect]:  # noqa: FBT001
        """Take a change of the protected path to a peer."""
        if not self.running:
            return []
        if self.end.protected:
            self.end.stats.protection_ups += up
            self.end.stats.protection_downs += not up
        effects = [] if up else self._client.on_socket_lost(nbma, now)
        effects += self._owner.on_socket(nbma, up=up)
        for entry in self.cache.values():
            if entry.nbma == nbma and not entry.local and entry.changed is not None:
                entry.changed = now
        if up:
            return effects
        for entry in self._cache.drop_socket(nbma):
            effects += self._end(entry, EXTERNAL)
        return effects

    def has(self, nbma: Address) -> bool:
        """Tell whether an entry of a peer has this NBMA address."""
        return any(entry.nbma == nbma and not entry.local for entry in self.cache.values())

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at shortcuts and told mappings after the routing table changed."""
        if not self.running:
            return []
        return self._cache.review(now) + self._owner.review(now)

    # --- data plane

    def resolve(
        self,
        next_hop: Address,
        packet: Packet,
        now: float,
    ) -> tuple[Address | None, list[Effect]]:
        """Give the NBMA address for a next hop of the data plane; None drops the packet.

        Without a mapping the packet takes the way over a server, and a question goes out.
        """
        if not self.running:
            return self.end.destination, []
        entry = self._cache.usable(next_hop)
        if entry is not None and entry.nbma is not None:
            self._mark_used(entry, packet, now)
            effects: list[Effect] = []
            if "implicit" in entry.words:
                effects += self._resolver.ask(next_hop, Reason.NEXT_HOP, now)
            if self._ready(entry, entry.nbma):
                return entry.nbma, effects
            return self._detour(next_hop), effects + self._cache.open(entry.nbma)
        if self.end.destination is not None:
            return self.end.destination, []
        if next_hop == self.end.address:
            return None, []
        waiting = self._cache.get(next_hop)
        if waiting is not None and waiting.type is EntryType.INCOMPLETE:
            waiting.hits += 1
            return self._detour(next_hop), []
        effects = self._resolver.ask(next_hop, Reason.NEXT_HOP, now)
        asked = self._cache.get(next_hop)
        if asked is not None:
            self._count(asked, now)
        return self._detour(next_hop), effects

    def meet_ourselves(self, now: float) -> list[Effect]:
        """Take an echo of ours to our own address."""
        multipoint = self.running and self.end.destination is None
        return self._resolver.meet_ourselves(now) if multipoint else []

    def peek(self, next_hop: Address) -> Address | None:
        """Do as `resolve` does, without a trace (for a walk)."""
        entry = self._cache.usable(next_hop) if self.running else None
        if entry is not None and entry.nbma is not None and self._ready(entry, entry.nbma):
            return entry.nbma
        return self._detour(next_hop) or self.end.destination

    def _ready(self, entry: NhrpEntry, nbma: Address) -> bool:
        """Tell whether packets may go this way: a new peer needs its protected path first."""
        if entry.type is EntryType.STATIC or "registered" in entry.words:
            return True
        return self.around.socket_up(self.tunnel, nbma)

    def _detour(self, next_hop: Address) -> Address | None:
        """Give the NBMA address of the server that carries packets meanwhile."""
        server = self._client.stand_in(next_hop)
        return server.nbma if server is not None else None

    @staticmethod
    def _count(entry: NhrpEntry, now: float) -> None:
        """Count the packet that made an entry; the way over a server is used as well."""
        entry.hits += 1
        if entry.type is not EntryType.INCOMPLETE:
            entry.last_used = now

    def _mark_used(self, entry: NhrpEntry, packet: Packet, now: float) -> None:
        """Mark the entry that carries the packet: a shortcut prefix before its host."""
        best = self._cache.covering(packet.dst)
        if best is not None and best.next_hop == entry.next_hop and "rib" in best.words:
            best.last_used = now
            return
        entry.last_used = now

    def forwarded(
        self,
        packet: Packet,
        came_from_nbma: Address,
        in_tunnel: str,
        out_tunnel: str,
        now: float,
    ) -> list[Effect]:
        """Take a transit packet that came by `in_tunnel` and left by `out_tunnel`: redirect."""
        if not self.running or not self.redirecting:
            return []
        return self._redirector.forwarded(packet, came_from_nbma, (in_tunnel, out_tunnel), now)

    def multicast_targets(self) -> tuple[Address, ...]:
        """List the NBMA addresses that get a copy of a multicast packet."""
        if self.end.destination is not None:
            return (self.end.destination,)
        return tuple(self.multicast_members())

    def multicast_members(self) -> dict[Address, str]:
        """Tell for each NBMA address on the multicast list how it came there."""
        if not self.running or not self.end.addressed:
            return {}
        nhrp = self.end.nhrp
        members: dict[Address, str] = dict.fromkeys(nhrp.multicast_maps, "static")
        for nhs in self._client.speakers():
            if nhs.nbma is not None:
                members.setdefault(nhs.nbma, "nhs")
        for nbma in self._server.members if nhrp.multicast_dynamic else ():
            members.setdefault(nbma, "dynamic")
        return members

    # --- commands

    def clear(
        self, now: float, address: Address | None = None, *, static: bool = False
    ) -> list[Effect]:
        """Forget dynamic entries: all, or those of one address (`clear ip nhrp [A]`).

        With `static` (`clear dmvpn session static`) the configured ones begin anew as well.
        """
        effects: list[Effect] = []
        for entry in list(self.cache.values()):
            meant = address is None or address in (entry.next_hop, entry.target.network_address)
            if not meant or (entry.type is EntryType.STATIC and not static):
                continue
            if entry.local:
                effects += self._owner.disown(entry)
            else:
                effects += self._end(entry, ADMINISTRATIVE)
        if static and self.running:
            effects += self._sync_static(now) + self._client.restart(now, address)
        return effects

    def clear_shortcuts(self, now: float) -> list[Effect]:
        """Forget shortcut entries (`clear ip nhrp shortcut`)."""
        effects: list[Effect] = []
        for entry in [e for e in self.cache.values() if "rib" in e.words]:
            effects += self._end(entry, ADMINISTRATIVE)
        return effects
