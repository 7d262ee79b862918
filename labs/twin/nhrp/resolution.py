"""Resolution: asking for mappings, carrying the question to its owner, answering, purging.

Theory of operation (RFC 2332 section 5.2.1, 5.2.4; reference/PHASES.md sections 4 and 5):

asker    a next hop without mapping (or a redirect) makes an `incomplete` entry and a request,
         sent along the overlay route of the target, else to a server that answers. Until the
         reply is there the data packets take the way over that server. No answer: again after
         1, 2, 4 ... s, until the incomplete entry ends (180 s).
transit  looks the target up in the routing table (shortcuts left out); if that leads back into
         the tunnel the request goes on to the next hop's NBMA address; if not, we are the owner.
owner    answers straight to the asker with the prefix of its routing table, once the protected
         path to it is open; keeps a `local` entry with those it told, and learns the asker as
         `implicit`. Traffic towards an implicit peer makes the owner ask in turn.
reply    completes the entry; for a prefix the peer's host entry comes with it, and where
         shortcuts are on both go into the routing table.
refresh  a mapping that was used is asked for again before its end, an unused one ends.
purge    when an owned prefix changes, those who were told are told again (type 5).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from labs.twin.addresses import Address, IPNetwork, host, prefix_of
from labs.twin.effects import CancelTimer, Effect, SetTimer, Via
from labs.twin.nhrp.cache import Cache
from labs.twin.nhrp.endpoint import (
    GENERIC_ERROR,
    NO_BINDING,
    SUCCESS,
    Endpoint,
)
from labs.twin.nhrp.entries import EntryType, NhrpEntry, Requester
from labs.twin.nhrp.registration import Client
from labs.twin.packet import Nhrp, NhrpClient, NhrpType

# 3 minutes between "created" and "expire" in the captures (reference/PHASES.md section 2).
INCOMPLETE_S = 180.0
RESOLVE_TIMER = "resolve"
FIRST_RETRY_S = 1.0
LAST_RETRY_S = 64.0


class Reason(StrEnum):
    """Why a target is asked for."""

    NEXT_HOP = "next hop"
    REDIRECT = "redirect"
    REFRESH = "refresh"


@dataclass(slots=True, kw_only=True)
class Question:
    """A resolution request that waits for its reply."""

    target: Address
    request_id: int
    reason: Reason
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply that waits for the protected path to the asker."""

    nbma: Address
    message: Nhrp


def covered(address: Address, client: NhrpClient) -> IPNetwork:
    """Give the prefix a mapping is for; 255 is the address alone (RFC 2332 section 5.2.0.1)."""
    return prefix_of(address, min(client.prefix_length, address.max_prefixlen))


class Resolver:
    """Questions and answers of one tunnel."""

    def __init__(self, end: Endpoint, cache: Cache, client: Client) -> None:
        self.end = end
        self.cache = cache
        self.client = client
        self.questions: dict[Address, Question] = {}
        self.answers: list[Answer] = []

    # --- asker

    def ask(self, target: Address, reason: Reason, now: float) -> list[Effect]:
        """Ask for the mapping of an address, unless that is under way."""
        if target in self.questions:
            return []
        effects: list[Effect] = []
        if reason is not Reason.REFRESH and self.cache.usable(target) is None:
            entry = NhrpEntry(
                target=host(target),
                next_hop=target,
                type=EntryType.INCOMPLETE,
                created=now,
                expires=now + INCOMPLETE_S,
                up=False,
            )
            effects += self.cache.put(entry)
        question = Question(target=target, request_id=self.end.next_request_id(), reason=reason)
        self.questions[target] = question
        return effects + self._send_question(question, now)

    def _send_question(self, question: Question, now: float) -> list[Effect]:
        wait = min(FIRST_RETRY_S * 2**question.attempt, LAST_RETRY_S)
        timer = SetTimer(at=now + wait, kind=RESOLVE_TIMER, key=str(question.target))
        nbma = self._first_hop(question)
        if nbma is None:
            error = self.end.log_error(
                "NHRP Encap Error",
                NhrpType.RESOLUTION_REQUEST,
                GENERIC_ERROR,
                self.end.address,
            )
            return [timer, *(error if question.attempt == 0 else [])]
        message = self.end.compose(
            NhrpType.RESOLUTION_REQUEST,
            question.target,
            question.request_id,
            clients=[self.end.terms()],
        )
        return [timer, *self.end.send(nbma, message)]

    def _first_hop(self, question: Question) -> Address | None:
        """Find the NBMA address a question goes to: the route's next hop, else a server."""
        end = self.end
        via = end.around.lookup(question.target, end.vrf, nhrp=False)
        if via is not None and via.interface == end.tunnel and via.next_hop is not None:
            entry = self.cache.usable(via.next_hop)
            if via.next_hop != question.target and entry is not None:
                return entry.nbma
        servers = [s for s in self.client.responding() if s.nbma is not None]
        if servers:
            return servers[question.attempt % len(servers)].nbma
        return end.destination

    def on_timer(self, target: Address, now: float) -> list[Effect]:
        """Repeat a question, or give it up with its incomplete entry."""
        question = self.questions.get(target)
        if question is None:
            return []
        entry = self.cache.get(target)
        waiting = question.reason is Reason.REFRESH or (
            entry is not None and entry.type is EntryType.INCOMPLETE
        )
        if not waiting or (question.reason is Reason.REFRESH and question.attempt >= 6):
            del self.questions[target]
            return []
        question.attempt += 1
        return self._send_question(question, now)

    def forget(self, target: Address) -> list[Effect]:
        """Stop asking for an address."""
        if self.questions.pop(target, None) is None:
            return []
        return [CancelTimer(kind=RESOLVE_TIMER, key=str(target))]

    def refresh(self, entry: NhrpEntry, now: float) -> list[Effect]:
        """Ask again for a mapping that is in use."""
        return self.ask(entry.asked or entry.next_hop, Reason.REFRESH, now)

    # --- transit and owner

    def on_request(self, message: Nhrp, outer_src: Address, now: float) -> list[Effect]:
        """Take a request: answer it, or carry it on."""
        if message.source == self.end.address:
            return []
        target = message.destination
        if target == self.end.address:
            return self._answer(message, host(target), now)
        via = self.end.around.lookup(target, self.end.vrf, nhrp=False)
        if via is None or via.interface == "Null0":
            return self._refuse(message, outer_src)
        if via.interface == self.end.tunnel:
            return self.carry(message, via, outer_src)
        return self._answer(message, self._owned(target, via), now)

    def carry(self, message: Nhrp, via: Via, outer_src: Address) -> list[Effect]:
        """Carry a message one hop on towards its destination."""
        reply = message.type.is_reply
        next_hop = via.next_hop or (message.source if reply else message.destination)
        entry = self.cache.usable(next_hop)
        back = entry is not None and (
            entry.nbma == outer_src or (entry.nbma == message.source_nbma and not reply)
        )
        if entry is None or entry.nbma is None or back or message.hop_count <= 1:
            log = self.end.log_error(
                "NHRP Encap Error", message.type, GENERIC_ERROR, self.end.address
            )
            return log + self._refuse(message, outer_src)
        record = NhrpClient(nbma=self.end.nbma, protocol=self.end.address)
        onward = replace(
            message,
            hop_count=message.hop_count - 1,
            forward_record=message.forward_record + (() if reply else (record,)),
            reverse_record=message.reverse_record + ((record,) if reply else ()),
            authentication=self.end.nhrp.authentication,
        )
        return self.end.send(entry.nbma, onward)

    def _refuse(self, message: Nhrp, outer_src: Address) -> list[Effect]:
        """Answer that there is no mapping, back along the way the request came."""
        if message.type is not NhrpType.RESOLUTION_REQUEST:
            return []
        reply = self.end.answer(
            NhrpType.RESOLUTION_REPLY,
            message,
            [NhrpClient(code=NO_BINDING, protocol=message.destination)],
            unique=False,
        )
        asker = self.cache.usable(message.source)
        nbma = asker.nbma if asker is not None and asker.nbma else outer_src
        return self.end.send(nbma, reply)

    def _owned(self, target: Address, via: Via) -> IPNetwork:
        """Give the prefix to answer with: a `local` /32 stands for its connected network."""
        if via.source != "local":
            return via.network
        interface = self.end.around.config.interfaces.get(via.interface)
        addresses = interface.addresses_of(target.version) if interface is not None else ()
        return next((a.network for a in addresses if target in a.network), host(target))

    def _answer(self, message: Nhrp, target: IPNetwork, now: float) -> list[Effect]:
        """Answer straight to the asker, when the protected path to it is open."""
        if self.end.destination is not None:
            # A point-to-point tunnel reaches nobody but its destination, so it cannot answer
            # directly; the asker keeps `UNKNOWN` (PHASES.md section 6, "1 -> 3").
            return []
        asker = Requester(
            address=message.source,
            nbma=message.source_nbma,
            request_id=message.request_id,
        )
        effects = self._remember(target, asker, now)
        effects += self._learn(message, now)
        # The asker needs the prefix's address; it takes the one it asked for and cuts it.
        clients = [self.end.myself(target.prefixlen)]
        reply = self.end.answer(NhrpType.RESOLUTION_REPLY, message, clients, unique=True)
        if self.end.around.socket_up(self.end.tunnel, asker.nbma):
            return effects + self.end.send(asker.nbma, reply)
        self.answers = [a for a in self.answers if a.nbma != asker.nbma or a.message != reply]
        self.answers.append(Answer(nbma=asker.nbma, message=reply))
        return effects + self.cache.open(asker.nbma)

    def _remember(self, target: IPNetwork, asker: Requester, now: float) -> list[Effect]:
        """Keep a `local` entry of what we told and to whom."""
        entry = self.cache.entries.get(target)
        if entry is not None and not entry.local and entry.type is EntryType.STATIC:
            return []
        if entry is None or not entry.local:
            entry = NhrpEntry(
                target=target,
                next_hop=self.end.address,
                nbma=self.end.nbma,
                words={"router", "unique", "local"},
                no_socket=True,
                created=now,
                changed=now,
            )
            self.cache.entries[target] = entry
        others = tuple(r for r in entry.requesters if r.address != asker.address)
        entry.requesters = (*others, asker)
        return self.cache.extend(entry, self.end.nhrp.holdtime_s, now)

    def _learn(self, message: Nhrp, now: float) -> list[Effect]:
        """Learn the asker from its request."""
        present = self.cache.get(message.source)
        effects: list[Effect] = []
        if present is not None and present.type is not EntryType.INCOMPLETE:
            firm = present.type is EntryType.STATIC or "registered" in present.words
            if firm or present.nbma == message.source_nbma:
                return []
            effects += self.cache.remove(present)
        holdtime_s = message.clients[0].holdtime_s if message.clients else 0
        entry = NhrpEntry(
            target=host(message.source),
            next_hop=message.source,
            nbma=message.source_nbma,
            words={"router", "implicit"},
            created=now,
            changed=now,
        )
        self.cache.entries[entry.target] = entry
        return effects + self.cache.extend(entry, holdtime_s or self.end.nhrp.holdtime_s, now)

    def on_socket(self, nbma: Address, *, up: bool) -> list[Effect]:
        """Send the answers that waited for a path, or drop them with it."""
        waiting = [answer for answer in self.answers if answer.nbma == nbma]
        self.answers = [answer for answer in self.answers if answer.nbma != nbma]
        effects: list[Effect] = []
        for answer in waiting if up else []:
            effects += self.end.send(nbma, answer.message)
        return effects

    # --- reply

    def on_reply(self, message: Nhrp, now: float) -> list[Effect]:
        """Complete the entries a question of ours waits for."""
        question = next(
            (q for q in self.questions.values() if q.request_id == message.request_id), None
        )
        if question is None or not message.clients:
            return []
        client = message.clients[0]
        if client.code != SUCCESS or client.nbma is None or client.protocol is None:
            # The incomplete entry stays until its end, so that the question is not put again.
            return self.forget(question.target)
        effects = self.forget(question.target)
        target = covered(question.target, client)
        effects += self._drop_incomplete(question.target, target)
        if question.reason is Reason.REFRESH:
            self._unuse(question.target)
        peer = self._adopt(host(client.protocol), client, question.target, now)
        entries = [peer.entry]
        effects += peer.effects
        if target != host(client.protocol):
            prefix = self._adopt(target, client, question.target, now)
            effects += prefix.effects
            entries.append(prefix.entry)
        effects += self.cache.open(client.nbma)
        if self.end.nhrp.shortcut and len(entries) > 1:
            for entry in entries:
                effects += self.cache.install(entry, now) if not entry.local else []
        return effects

    def _unuse(self, asked: Address) -> None:
        """Start to watch anew whether a refreshed mapping is used."""
        for entry in self.cache.entries.values():
            if entry.refreshable and asked in (entry.asked, entry.next_hop):
                entry.last_used = None

    def _drop_incomplete(self, asked: Address, target: IPNetwork) -> list[Effect]:
        entry = self.cache.get(asked)
        if entry is None or entry.type is not EntryType.INCOMPLETE or target == entry.target:
            return []
        return self.cache.remove(entry)

    def _adopt(
        self, target: IPNetwork, client: NhrpClient, asked: Address, now: float
    ) -> "Adopted":
        """Make or extend the entry of a mapping we were told."""
        nbma, via = client.nbma, client.protocol
        present = self.cache.entries.get(target)
        is_host = via is not None and target == host(via)
        keep = present is not None and (
            present.type is EntryType.STATIC or "registered" in present.words or present.local
        )
        if present is not None and keep:
            return Adopted(entry=present, effects=[])
        effects: list[Effect] = []
        fresh = (
            present is None
            or present.nbma != nbma
            or present.next_hop != via
            or present.type is EntryType.INCOMPLETE
        )
        if present is not None and fresh and present.type is not EntryType.INCOMPLETE:
            effects += self.cache.remove(present)
        if present is None or fresh:
            present = NhrpEntry(
                target=target,
                next_hop=via or asked,
                nbma=nbma,
                words={"router"},
                created=now,
                changed=now,
            )
            self.cache.entries[target] = present
            if is_host:
                effects += self.end.log_peer("NHP", (present.next_hop, nbma))
        present.words.discard("implicit")
        present.words |= {"nhop"} if is_host else set()
        present.asked = asked if not is_host else via
        effects += self.cache.extend(present, client.holdtime_s, now)
        return Adopted(entry=present, effects=effects)

    # --- purge

    def disown(self, entry: NhrpEntry) -> list[Effect]:
        """Tell everybody who was told a mapping of ours that it has ended."""
        effects: list[Effect] = []
        for requester in entry.requesters:
            message = self.end.compose(
                NhrpType.PURGE_REQUEST,
                requester.address,
                self.end.next_request_id(),
                clients=[
                    NhrpClient(
                        prefix_length=entry.target.prefixlen,
                        nbma=entry.nbma,
                        protocol=entry.target.network_address,
                    )
                ],
            )
            effects += self.end.send(requester.nbma, message)
        return effects + self.cache.remove(entry)

    def on_purge(self, message: Nhrp) -> list[Effect]:
        """Forget the mappings a peer takes back."""
        effects: list[Effect] = []
        for client in message.clients:
            if client.protocol is None:
                continue
            target = covered(client.protocol, client)
            entry = self.cache.entries.get(target)
            if entry is not None and entry.refreshable and entry.nbma == client.nbma:
                effects += self.forget(entry.asked or entry.next_hop)
                effects += self.cache.remove(entry)
        return effects

    def review(self, now: float) -> list[Effect]:
        """Purge what we told and do not own any more, after the routing table changed."""
        effects: list[Effect] = []
        for entry in [e for e in self.cache.entries.values() if e.local]:
            if not self._still_owned(entry):
                effects += self.disown(entry)
        return effects

    def _still_owned(self, entry: NhrpEntry) -> bool:
        if entry.target == host(self.end.address):
            return True
        address = entry.target.network_address
        via = self.end.around.lookup(address, self.end.vrf, nhrp=False)
        if via is None or via.interface in (self.end.tunnel, "Null0"):
            return False
        return self._owned(address, via) == entry.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """An entry that was made or extended, and what that takes."""

    entry: NhrpEntry
    effects: list[Effect]
