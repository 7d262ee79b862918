"""Resolution, the asker's side: questions, their replies, what a purge takes back.

Theory of operation (RFC 2332 sections 5.2.1, 5.2.4; reference/PHASES.md sections 4 and 5):

ask      a next hop without mapping makes a request and, until its end (180 s), an entry: where a
         server answers, `temporary` with that server's NBMA address (packets go that way; attrb
         I2), else `incomplete` with a count of the packets that asked. What a redirect was about
         is incomplete as well. The request goes along the overlay route of the target, else to a
         server that answers. No reply: again after 1, 2, 4 ... 64 s as long as the entry stands.
reply    completes the entry; for a prefix the peer's host entry comes with it, and where
         shortcuts are on both go into the routing table. A refusal (code 12) or an error about
         the request leaves an incomplete entry to its end: only a redirect puts the question again.
refresh  a mapping that was used is asked for again before its end, an unused one ends.
purge    a mapping that its owner takes back (type 5) goes at once; answered (type 6) if wished.

Requests of others are answered or carried on (`ownership`, `transit`); with `ip nhrp server-only`
no question is put at all.
"""

from dataclasses import dataclass
from enum import StrEnum

from labs.twin.addresses import Address, IPNetwork, host, prefix_of
from labs.twin.effects import CancelTimer, Effect, SetTimer
from labs.twin.nhrp.cache import Cache
from labs.twin.nhrp.endpoint import (
    GENERIC_ERROR,
    SUCCESS,
    Endpoint,
)
from labs.twin.nhrp.entries import EntryType, NhrpEntry
from labs.twin.nhrp.ownership import Owner
from labs.twin.nhrp.registration import Client
from labs.twin.nhrp.transit import Carrier, Origin
from labs.twin.packet import Nhrp, NhrpClient, NhrpType
from labs.twin.rib import NULL

# 3 minutes between "created" and "expire" in the captures (reference/PHASES.md section 2).
PENDING_S = 180.0
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


def covered(address: Address, client: NhrpClient) -> IPNetwork:
    """Give the prefix a mapping is for; 255 is the address alone (RFC 2332 section 5.2.0.1)."""
    return prefix_of(address, min(client.prefix_length, address.max_prefixlen))


class Resolver:
    """Questions and answers of one tunnel."""

    def __init__(
        self, end: Endpoint, cache: Cache, client: Client, carrier: Carrier, owner: Owner
    ) -> None:
        self.end = end
        self.cache = cache
        self.client = client
        self.carrier = carrier
        self.owner = owner
        self.questions: dict[Address, Question] = {}

    # --- asker

    def ask(self, target: Address, reason: Reason, now: float) -> list[Effect]:
        """Ask for the mapping of an address, unless that is under way."""
        if target in self.questions or self.end.nhrp.server_only:
            return []
        effects: list[Effect] = []
        if reason is not Reason.REFRESH and self.cache.usable(target) is None:
            effects += self.cache.put(self._pending(target, reason, now))
        question = Question(target=target, request_id=self.end.next_request_id(), reason=reason)
        self.questions[target] = question
        return effects + self._send_question(question, now)

    def _pending(self, target: Address, reason: Reason, now: float) -> NhrpEntry:
        """Make the entry that stands while the question is under way.

        The peer that a route names is mapped to the server that carries its packets meanwhile;
        without such a server, and for what a redirect was about, the entry is incomplete.
        """
        server = self.client.stand_in(target) if reason is Reason.NEXT_HOP else None
        return NhrpEntry(
            target=host(target),
            next_hop=target,
            nbma=server.nbma if server is not None else None,
            type=EntryType.DYNAMIC if server is not None else EntryType.INCOMPLETE,
            words={"temporary"} if server is not None else set(),
            created=now,
            expires=now + PENDING_S,
            up=server is not None,
            changed=now if server is not None else None,
        )

    def meet_ourselves(self, now: float) -> list[Effect]:
        """Take a packet of ours to our own address: it makes a temporary entry like a peer's.

        Two captures, one after a ping to every address of the overlay, the own one among them
        (case p2-ikev1-keepalive-nickelface; corpus show_dmvpn_detail/001). Nobody answers. It
        takes the place of what we told others of that address.
        """
        ours = self.end.address
        present = self.cache.get(ours)
        told = present is None or present.local
        if not told or self.client.stand_in(ours) is None:
            return []
        entry = self._pending(ours, Reason.NEXT_HOP, now)
        entry.last_used = now
        return self.cache.put(entry)

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
        waiting = question.reason is Reason.REFRESH or (entry is not None and entry.pending)
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
        if self.end.owns(target):
            return self.owner.answer(message, host(target), now)
        origin = Origin(tunnel=self.end.tunnel, nbma=outer_src)
        via = self.end.way(target)
        if via is None or via.interface == NULL:
            return self.carrier.refuse(message, origin)
        if not self.end.joins(via.interface):
            return self.owner.answer(message, self.owner.prefix_of(target, via), now)
        if via.source == "local":  # the address of another tunnel of our domain
            return self.owner.answer(message, host(target), now)
        return self.carrier.carry(message, origin)

    # --- reply

    def on_error(self, message: Nhrp) -> list[Effect]:
        """Put no question again that caused an error; its entry stays until its end."""
        about = message.about
        if about is None or about.type is not NhrpType.RESOLUTION_REQUEST:
            return []
        question = self.questions.get(about.destination)
        if question is None or question.request_id != about.request_id:
            return []
        return self._refused(question)

    def _refused(self, question: Question) -> list[Effect]:
        """Note that there is no mapping, until the end of the entry."""
        entry = self.cache.get(question.target)
        if entry is not None and entry.pending:
            entry.negate()
        return self.forget(question.target)

    def on_reply(self, message: Nhrp, outer_src: Address, now: float) -> list[Effect]:
        """Complete the entries a question of ours waits for."""
        question = next(
            (q for q in self.questions.values() if q.request_id == message.request_id), None
        )
        if question is None or not message.clients:
            return []
        client = message.clients[0]
        if client.code != SUCCESS or client.nbma is None or client.protocol is None:
            return self._refused(question)
        effects = self.forget(question.target)
        target = covered(question.target, client)
        effects += self._drop_pending(question.target, target)
        if question.reason is Reason.REFRESH:
            self._unuse(question.target)
        told = Told.by(message, client, outer_src, question.target)
        found = [self._adopt(host(client.protocol), told, now)]
        if target != host(client.protocol):
            found.append(self._adopt(target, told, now))
        effects += [effect for adopted in found for effect in adopted.effects]
        effects += self.cache.open(told.nbma)
        if self.end.nhrp.shortcut and len(found) > 1:
            for adopted in found:
                entry = adopted.entry
                effects += self.cache.install(entry, now) if not entry.local else []
        return effects

    def _unuse(self, asked: Address) -> None:
        """Start to watch anew whether a refreshed mapping is used."""
        for entry in self.cache.entries.values():
            if entry.refreshable and asked in (entry.asked, entry.next_hop):
                entry.last_used = None

    def _drop_pending(self, asked: Address, target: IPNetwork) -> list[Effect]:
        entry = self.cache.get(asked)
        if entry is None or not entry.pending or target == entry.target:
            return []
        return self.cache.remove(entry)

    def _adopt(self, target: IPNetwork, told: "Told", now: float) -> "Adopted":
        """Make or extend the entry of a mapping we were told."""
        present = self.cache.entries.get(target)
        is_host = target == host(told.via)
        if present is not None and (
            present.type is EntryType.STATIC or "registered" in present.words or present.local
        ):
            return Adopted(entry=present, effects=[])
        effects: list[Effect] = []
        same = (
            present is not None
            and not present.pending
            and (present.nbma, present.next_hop) == (told.nbma, told.via)
        )
        if present is not None and not same and present.type is not EntryType.INCOMPLETE:
            effects += self.cache.remove(present)
        if present is None or not same:
            present = NhrpEntry(
                target=target,
                next_hop=told.via,
                nbma=told.nbma,
                claimed=told.claimed,
                words={"router"},
                created=now,
                changed=now,
            )
            self.cache.add(present)
            if is_host:
                effects += self.end.log_peer("NHP", (present.next_hop, told.nbma))
        present.words.discard("implicit")
        present.words |= {"nhop"} if is_host else set()
        present.asked = told.asked if not is_host else told.via
        effects += self.cache.extend(present, told.holdtime_s, now)
        return Adopted(entry=present, effects=effects)

    # --- purge

    def on_purge(self, message: Nhrp, outer_src: Address) -> list[Effect]:
        """Forget the mappings a peer takes back, and say so if it wants to know."""
        effects: list[Effect] = []
        for client in message.clients:
            if client.protocol is None:
                continue
            entry = self.cache.entries.get(covered(client.protocol, client))
            if entry is not None and entry.refreshable and client.nbma in entry.addresses:
                effects += self.forget(entry.asked or entry.next_hop)
                effects += self.cache.remove(entry)
        if message.no_reply:
            return effects
        reply = self.end.answer(NhrpType.PURGE_REPLY, message, message.clients, unique=False)
        return effects + self.end.send(outer_src, reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """An entry that was made or extended, and what that takes."""

    entry: NhrpEntry
    effects: list[Effect]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A mapping as a reply tells it."""

    via: Address
    nbma: Address
    claimed: Address | None
    """The address the owner believes to have, where NAT gave it another."""
    asked: Address
    holdtime_s: int

    @classmethod
    def by(cls, message: Nhrp, client: NhrpClient, outer_src: Address, asked: Address) -> "Told":
        """Read a positive reply; one that came straight shows where its owner is reached."""
        if client.nbma is None or client.protocol is None:
            raise ValueError("a mapping without addresses")
        straight = not message.reverse_record
        nbma = outer_src if straight else client.nbma
        return cls(
            via=client.protocol,
            nbma=nbma,
            claimed=client.nbma if nbma != client.nbma else None,
            asked=asked,
            holdtime_s=client.holdtime_s,
        )
