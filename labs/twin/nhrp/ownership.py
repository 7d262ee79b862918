"""Resolution, the owner's side: answering for our own prefixes, and taking answers back.

Theory of operation (RFC 2332 sections 5.2.2, 5.2.5, 5.2.6; reference/PHASES.md sections 4 and 5).
The router whose routing table leads out of the NHRP domain for a target owns it. It answers
straight to the asker with the prefix of its table, once the protected path to the asker is open;
keeps a `local` entry with those it told (the requesters), for its holdtime; and learns the asker
as `implicit`. Traffic towards an implicit peer makes the owner ask in turn.

When an owned prefix goes or becomes another one, and when the entry is cleared, all requesters get
a purge request (type 5). IOS counts replies (type 6) to it, IOS-XE asks for none: captures of
`show ip nhrp traffic`. A purge is not repeated: what it was about ends with its holdtime.
"""

from dataclasses import dataclass

from labs.twin.addresses import Address, IPNetwork, host
from labs.twin.effects import Effect, Via
from labs.twin.nhrp.cache import Cache
from labs.twin.nhrp.endpoint import Endpoint
from labs.twin.nhrp.entries import EntryType, NhrpEntry, Requester
from labs.twin.packet import Nhrp, NhrpClient, NhrpType
from labs.twin.rib import NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply that waits for the protected path to the asker."""

    nbma: Address
    message: Nhrp


class Owner:
    """Answers for the prefixes of this router on one tunnel."""

    def __init__(self, end: Endpoint, cache: Cache) -> None:
        self.end = end
        self.cache = cache
        self.answers: list[Answer] = []

    def prefix_of(self, target: Address, via: Via) -> IPNetwork:
        """Give the prefix to answer with: a `local` /32 stands for its connected network."""
        if via.source != "local":
            return via.network
        interface = self.end.around.config.interfaces.get(via.interface)
        addresses = interface.addresses_of(target.version) if interface is not None else ()
        return next((a.network for a in addresses if target in a.network), host(target))

    def answer(self, message: Nhrp, target: IPNetwork, now: float) -> list[Effect]:
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
            self.cache.add(entry)
        others = tuple(r for r in entry.requesters if r.address != asker.address)
        entry.requesters = (*others, asker)
        return self.cache.extend(entry, self.end.nhrp.holdtime_s, now)

    def _learn(self, message: Nhrp, now: float) -> list[Effect]:
        """Learn the asker from its request."""
        present = self.cache.get(message.source)
        effects: list[Effect] = []
        if present is not None and present.type is not EntryType.INCOMPLETE:
            firm = present.type is EntryType.STATIC or "registered" in present.words
            if firm or (present.nbma == message.source_nbma and not present.pending):
                return []
            effects += self.cache.remove(present)
        holdtime_s = message.clients[0].holdtime_s if message.clients else 0
        believed = message.claimed_nbma
        entry = NhrpEntry(
            target=host(message.source),
            next_hop=message.source,
            nbma=message.source_nbma,
            claimed=believed if believed != message.source_nbma else None,
            words={"router", "implicit"},
            created=now,
            changed=now,
        )
        self.cache.add(entry)
        return effects + self.cache.extend(entry, holdtime_s or self.end.nhrp.holdtime_s, now)

    def on_socket(self, nbma: Address, *, up: bool) -> list[Effect]:
        """Send the answers that waited for a path, or drop them with it."""
        waiting = [answer for answer in self.answers if answer.nbma == nbma]
        self.answers = [answer for answer in self.answers if answer.nbma != nbma]
        effects: list[Effect] = []
        for answer in waiting if up else []:
            effects += self.end.send(nbma, answer.message)
        return effects

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

    def review(self, now: float) -> list[Effect]:
        """Purge what we told and do not own any more, after the routing table changed."""
        effects: list[Effect] = []
        for entry in [e for e in self.cache.entries.values() if e.local]:
            if not self._still_owned(entry):
                effects += self.disown(entry)
        return effects

    def _still_owned(self, entry: NhrpEntry) -> bool:
        if entry.host and self.end.owns(entry.target.network_address):
            return True
        address = entry.target.network_address
        via = self.end.around.lookup(address, self.end.vrf, nhrp=False)
        if via is None or via.interface == NULL:
            return False
        if self.end.joins(via.interface):
            return via.source == "local" and entry.target == host(address)
        return self.prefix_of(address, via) == entry.target
