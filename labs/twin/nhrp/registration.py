"""Registration: how a client keeps its servers, and how a server keeps its clients.

Theory of operation (RFC 2332 section 5.2.3; reference/PHASES.md section 1):

client, one state a server        request           answer           no answer x3     stop
    W  waiting (tunnel down)      E                 -                -                W
    E  expecting replies          E                 RE               E                W
    RE responding                 RE                RE               E                W

The client asks at the start, and again a third of the holdtime (or the configured registration
timeout) after a request that was answered. Without an answer it repeats after 1, 2, 4, ... 64 s
and then every 64 s. When the third repetition stays unanswered the server is declared down, once
an outage.
A first request that finds the protected path closed only asks for the path and is not counted as
sent; its repetitions are, path or not: 6 sent and the wait at 64 s after 105 s, with and without
IKE (FAULT_SWEEP, spoke side in W1-W4, F2, F3).

server: a request with our authentication makes (or extends) a `registered` entry that lives as
long as the client says; a `unique` entry of another NBMA address refuses it (code 14). The
client's NBMA address joins the multicast list while the entry lives.
"""

from dataclasses import replace

from labs.twin.addresses import Address, host, link_local
from labs.twin.device import NhsConfig
from labs.twin.effects import CancelTimer, Effect, LogLine, SetTimer
from labs.twin.nhrp import choice
from labs.twin.nhrp.cache import Cache
from labs.twin.nhrp.endpoint import SUCCESS, UNIQUE_ALREADY_REGISTERED, Endpoint
from labs.twin.nhrp.entries import EntryType, NhrpEntry, NhsState, NhsStatus
from labs.twin.nhrp.errors import IllegalTransition
from labs.twin.packet import Nhrp, NhrpType

REGISTER_TIMER = "register"
FALLBACK_TIMER = "fallback"
FIRST_RETRY_S = 1
LAST_RETRY_S = 64
# The wait that begins with the fourth unanswered request: 1 + 2 + 4 s have passed [K].
DOWN_RETRY_S = 8
HISTORY = 8

NHS_TABLE: dict[tuple[NhsStatus, str], NhsStatus] = {
    (NhsStatus.WAITING, "request"): NhsStatus.EXPECTING,
    (NhsStatus.EXPECTING, "request"): NhsStatus.EXPECTING,
    (NhsStatus.RESPONDING, "request"): NhsStatus.RESPONDING,
    (NhsStatus.EXPECTING, "answer"): NhsStatus.RESPONDING,
    (NhsStatus.RESPONDING, "answer"): NhsStatus.RESPONDING,
    (NhsStatus.EXPECTING, "silence"): NhsStatus.EXPECTING,
    (NhsStatus.RESPONDING, "silence"): NhsStatus.EXPECTING,
    (NhsStatus.EXPECTING, "refusal"): NhsStatus.EXPECTING,
    (NhsStatus.RESPONDING, "refusal"): NhsStatus.EXPECTING,
    (NhsStatus.WAITING, "stop"): NhsStatus.WAITING,
    (NhsStatus.EXPECTING, "stop"): NhsStatus.WAITING,
    (NhsStatus.RESPONDING, "stop"): NhsStatus.WAITING,
}


def step(server: NhsState, event: str, now: float) -> bool:
    """Move a server's state by the table; tell whether it changed."""
    after = NHS_TABLE.get((server.status, event))
    if after is None:
        raise IllegalTransition(f"NHS {server.address}", server.status.name, event, server.history)
    changed = after is not server.status
    server.status = after
    if changed:
        server.history = (*server.history, f"{now:.3f} {event}: {after.name}")[-HISTORY:]
        server.last_heard = now
    return changed


class Client:
    """Registers with every configured server."""

    def __init__(self, end: Endpoint, cache: Cache) -> None:
        self.end = end
        self.cache = cache
        self.servers: dict[Address, NhsState] = {}

    def responding(self) -> list[NhsState]:
        """List the servers in use that answer, best first; then those that do not, by entry."""
        asked = [s for s in self.servers.values() if s.status is not NhsStatus.WAITING]
        servers = sorted(asked, key=lambda server: server.priority)
        return sorted(servers, key=lambda server: server.status is not NhsStatus.RESPONDING)

    def stand_in(self, next_hop: Address) -> NhsState | None:
        """Give the server that carries packets while the mapping of a next hop is asked for."""
        for server in self.responding():
            answers = server.status is NhsStatus.RESPONDING
            if answers and server.nbma is not None and server.address != next_hop:
                return server
        return None

    def sync(self, now: float) -> list[Effect]:
        """Begin with new servers, end with those that are configured no more."""
        wanted = {nhs.address: nhs for nhs in self.end.nhrp.nhs}
        effects: list[Effect] = []
        for address in [a for a in self.servers if a not in wanted]:
            effects += self.forget(self.servers.pop(address), now)
        self.servers = {a: self._known(nhs) for a, nhs in wanted.items()}
        for cluster in dict.fromkeys(server.cluster for server in self.servers.values()):
            effects += self.choose(cluster, now)
        return effects

    def _known(self, nhs: NhsConfig) -> NhsState:
        """Give the state of a configured server, in its cluster and with its priority."""
        server = self.servers.get(nhs.address) or NhsState(address=nhs.address)
        server.priority, server.cluster = nhs.priority, nhs.cluster
        entry = self.cache.usable(nhs.address)
        server.nbma = entry.nbma if entry is not None else None
        return server

    def choose(self, cluster: int, now: float) -> list[Effect]:
        """Ask the servers of a cluster that should be in use; fall back to better ones."""
        limit = self.end.nhrp.nhs_limits.get(cluster, choice.UNLIMITED)
        effects: list[Effect] = []
        for server in choice.wanted(self.servers.values(), cluster, limit):
            effects += self.register(server, now)
        if not choice.surplus(self.servers.values(), cluster, limit):
            return effects
        wait_s = self.end.nhrp.nhs_fallback_s
        if not wait_s:
            return effects + self.fall_back(cluster, now)
        return [*effects, SetTimer(at=now + wait_s, kind=FALLBACK_TIMER, key=str(cluster))]

    def fall_back(self, cluster: int, now: float) -> list[Effect]:
        """Give up the servers of a cluster in whose place better ones answer."""
        limit = self.end.nhrp.nhs_limits.get(cluster, choice.UNLIMITED)
        effects: list[Effect] = []
        for server in choice.surplus(self.servers.values(), cluster, limit):
            effects += self.forget(server, now)
            self._mark(server, now, up=False)
        return effects

    def speakers(self) -> list[NhsConfig]:
        """List the servers that get multicasts by their own line: those we do not hold back."""
        return [
            nhs
            for nhs in self.end.nhrp.nhs
            if nhs.multicast
            and (server := self.servers.get(nhs.address)) is not None
            and server.status is not NhsStatus.WAITING
        ]

    def restart(self, now: float, address: Address | None = None) -> list[Effect]:
        """Register anew with a server, or with all that are in use."""
        effects: list[Effect] = []
        for server in self.servers.values():
            if address in (None, server.address) and server.status is not NhsStatus.WAITING:
                effects += self.forget(server, now) + self.register(server, now)
        return effects

    def forget(self, server: NhsState, now: float) -> list[Effect]:
        """Stop asking a server."""
        step(server, "stop", now)
        server.pending_since, server.retry_s = None, 0
        return [CancelTimer(kind=REGISTER_TIMER, key=str(server.address))]

    def register(self, server: NhsState, now: float) -> list[Effect]:
        """Begin a registration: a new request id, back-off from the start."""
        server.request_id = self.end.next_request_id()
        server.retry_s = FIRST_RETRY_S
        server.pending_since = now
        return self._ask(server, now, first=True)

    def _ask(self, server: NhsState, now: float, *, first: bool) -> list[Effect]:
        step(server, "request", now)
        key = str(server.address)
        effects: list[Effect] = [SetTimer(at=now + server.retry_s, kind=REGISTER_TIMER, key=key)]
        entry = self.cache.usable(server.address)
        server.nbma = entry.nbma if entry else None
        if server.nbma is None:
            return effects
        effects += self.cache.open(server.nbma)
        if first and not self.end.around.socket_up(self.end.tunnel, server.nbma):
            return effects
        return effects + self._transmit(server, server.nbma)

    def _transmit(self, server: NhsState, nbma: Address) -> list[Effect]:
        server.requests_sent += 1
        message = self.end.compose(
            NhrpType.REGISTRATION_REQUEST,
            server.address,
            server.request_id,
            clients=self.end.registered(),
            unique=self.end.nhrp.registration_unique,
        )
        return self.end.send(nbma, message)

    def on_timer(self, address: Address, now: float) -> list[Effect]:
        """Register again, or repeat what stayed unanswered."""
        server = self.servers.get(address)
        if server is None:
            return []
        if server.pending_since is None:
            return self.register(server, now)
        server.retry_s = min(server.retry_s * 2, LAST_RETRY_S)
        effects = self._silent(server, now) if server.retry_s == DOWN_RETRY_S else []
        return effects + self._ask(server, now, first=False)

    def _silent(self, server: NhsState, now: float) -> list[Effect]:
        step(server, "silence", now)
        if server.announced_down:
            return []
        server.announced_down = True
        self._mark(server, now, up=False)
        log = self.end.log_peer(
            "NHS",
            (server.address, server.nbma),
            "NHRP Registration Failure(NHRP: no error)",
        )
        return log + self.choose(server.cluster, now)

    def _mark(self, server: NhsState, now: float, *, up: bool) -> None:
        entry = self.cache.get(server.address)
        if entry is not None and entry.up != up:
            entry.up, entry.changed = up, now

    def on_socket_lost(self, nbma: Address, now: float) -> list[Effect]:
        """Register again with the servers behind a path that was lost."""
        effects: list[Effect] = []
        for server in self.servers.values():
            if server.nbma == nbma and server.pending_since is None:
                effects += self.register(server, now)
        return effects

    def on_reply(self, message: Nhrp, now: float) -> list[Effect]:
        """Take the answer of a server."""
        server = next(
            (s for s in self.servers.values() if s.request_id == message.request_id), None
        )
        if server is None or server.pending_since is None:
            return []
        code = message.clients[0].code if message.clients else SUCCESS
        if code != SUCCESS:
            return self._refused(server, code, now)
        server.replies_received += 1
        server.acknowledged = message.request_id
        was_down = step(server, "answer", now)
        server.last_heard = now
        # Answered at once, the next is a step after the last: a steady client asks at equal steps.
        begun = server.pending_since if server.retry_s == FIRST_RETRY_S else now
        server.pending_since, server.retry_s, server.announced_down = None, 0, False
        self._mark(server, now, up=True)
        nhrp = self.end.nhrp
        interval = nhrp.registration_timeout_s or nhrp.holdtime_s // 3
        timer = SetTimer(at=begun + interval, kind=REGISTER_TIMER, key=str(server.address))
        if not was_down:
            return [timer]
        log = self.end.log_peer("NHS", (server.address, server.nbma))
        return [timer, *log, *self.choose(server.cluster, now)]

    def _refused(self, server: NhsState, code: int, now: float) -> list[Effect]:
        """Take a refusal: the repetition goes on, as nobody else will fix it."""
        server.requests_failed += 1
        step(server, "refusal", now)
        self._mark(server, now, up=False)
        reason = "unique address registered already"
        if code != UNIQUE_ALREADY_REGISTERED:
            reason = "unknown"
        return [
            LogLine(
                text="%NHRP-3-PAKREPLY: Receive Registration Reply packet with error - "
                f"{reason}({code})"
            )
        ]


class Server:
    """Accepts registrations."""

    def __init__(self, end: Endpoint, cache: Cache) -> None:
        self.end = end
        self.cache = cache
        self.members: dict[Address, None] = {}
        """NBMA addresses that joined the multicast list, in order of registration."""

    def on_request(self, message: Nhrp, outer_src: Address, now: float) -> list[Effect]:
        """Take a registration request that is for us; nobody else has our own address."""
        if message.source == self.end.address:
            return []
        present = self.cache.get(message.source)
        if present is not None and self._conflicts(present, message, outer_src):
            return self._reply(message, outer_src, UNIQUE_ALREADY_REGISTERED)
        effects = self._record(present, message, outer_src, now)
        effects += self._record_link_local(message, outer_src, now)
        return effects + self._reply(message, outer_src, SUCCESS)

    def _conflicts(self, present: NhrpEntry, message: Nhrp, outer_src: Address) -> bool:
        if "registered" not in present.words or present.nbma == outer_src:
            return False
        return message.unique and "unique" in present.words

    def _record(
        self, present: NhrpEntry | None, message: Nhrp, nbma: Address, now: float
    ) -> list[Effect]:
        holdtime_s = message.clients[0].holdtime_s if message.clients else 0
        holdtime_s = holdtime_s or self.end.nhrp.holdtime_s
        known = present is not None and present.nbma == nbma
        effects: list[Effect] = []
        if present is not None and known:
            present.group = message.group
        if present is not None and known and present.type is EntryType.STATIC:
            self._join(nbma)
            return self._come_up(present, now)
        if present is not None and known and "registered" in present.words:
            effects += self.cache.extend(present, holdtime_s, now)
            self._join(nbma)
            return effects + self._come_up(present, now)
        if present is not None:
            self.leave(present)
            effects += self.cache.remove(present)
        words = {"registered", "nhop"} | ({"unique"} if message.unique else set())
        claimed = message.source_nbma if message.source_nbma != nbma else None
        entry = NhrpEntry(
            target=host(message.source),
            next_hop=message.source,
            nbma=nbma,
            claimed=claimed,
            group=message.group,
            words=words,
            created=now,
            expires=now + holdtime_s,
            up=True,
            changed=now,
        )
        effects += self.cache.put(entry)
        self._join(nbma)
        return effects + self.end.log_peer("NHC", (entry.next_hop, nbma))

    def _record_link_local(self, message: Nhrp, nbma: Address, now: float) -> list[Effect]:
        """Keep the link-local addresses of a client beside its own."""
        effects: list[Effect] = []
        for client in message.clients:
            if client.protocol is None or not link_local(client.protocol):
                continue
            present = self.cache.get(client.protocol)
            if present is None or (present.nbma, present.next_hop) != (nbma, message.source):
                effects += self.cache.remove(present) if present is not None else []
                present = NhrpEntry(
                    target=host(client.protocol),
                    next_hop=message.source,
                    nbma=nbma,
                    words={"linklocal", "unique"} if message.unique else {"linklocal"},
                    created=now,
                    changed=now,
                )
                self.cache.entries[present.target] = present
            holdtime_s = client.holdtime_s or self.end.nhrp.holdtime_s
            effects += self.cache.extend(present, holdtime_s, now)
        return effects

    def _come_up(self, entry: NhrpEntry, now: float) -> list[Effect]:
        if entry.up and entry.changed is not None:
            return []
        entry.up, entry.changed = True, now
        return self.end.log_peer("NHC", (entry.next_hop, entry.nbma))

    def _join(self, nbma: Address) -> None:
        self.members.setdefault(nbma)

    def _reply(self, message: Nhrp, outer_src: Address, code: int) -> list[Effect]:
        clients = message.clients or (self.end.terms(),)
        mine = self.end.answer(
            NhrpType.REGISTRATION_REPLY,
            message,
            [replace(client, code=code) for client in clients],
            unique=message.unique,
        )
        return self.end.send(outer_src, mine)

    def leave(self, entry: NhrpEntry) -> None:
        """Take a client out of the multicast list with its last entry."""
        others = (
            e
            for e in self.cache.entries.values()
            if e is not entry and e.nbma == entry.nbma and "registered" in e.words
        )
        if entry.nbma in self.members and next(others, None) is None:
            del self.members[entry.nbma]

    def down(self, entry: NhrpEntry, reason: str) -> list[Effect]:
        """Log that a client is gone."""
        return self.end.log_peer("NHC", (entry.next_hop, entry.nbma), reason)
