"""Transit: carrying the messages of others one overlay hop on towards their recipient.

Theory of operation (RFC 2332 sections 5.1, 5.2.7, 5.3.2, 5.3.3; reference/PHASES.md section 5).
Requests and indications are for their destination, replies for their source. The next hop is that
of the routing table without NHRP's own shortcuts. Where it leads out by another tunnel of the
same network-id the message is handed to that tunnel: so regional hubs, spokes of a central hub,
join their clouds. Each hop lowers the hop count, notes itself in the forward record (in the
reverse record of a reply; neither with `no ip nhrp record`) and writes its own tunnel's
authentication; and a hub that knows a client by the address NAT gave it writes that one.

    no way or no mapping    logged; a resolution request is answered with code 12 (no binding),
                            a reply or an indication is dropped, others cause error 6
    own entry in a record   a loop: error 3
    hop count used up       error 15
    back where it came from never, as no mapping

An error indication goes the same way, hop by hop, to the source of the message it is about.
"""

from dataclasses import dataclass, replace

from labs.twin.addresses import Address
from labs.twin.effects import Effect, HandNhrp, SendNhrp
from labs.twin.nhrp.cache import Cache
from labs.twin.nhrp.endpoint import (
    GENERIC_ERROR,
    HOP_COUNT_EXCEEDED,
    LOOP_DETECTED,
    NO_BINDING,
    PROTOCOL_ADDRESS_UNREACHABLE,
    Endpoint,
)
from labs.twin.nhrp.entries import NhrpEntry
from labs.twin.packet import Nhrp, NhrpClient, NhrpType


def recipient_of(message: Nhrp) -> Address:
    """Tell whom a message is for."""
    return message.source if message.type.is_reply else message.destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message came from: by which tunnel, from which NBMA address."""

    tunnel: str
    nbma: Address


class Carrier:
    """Carries messages out of one tunnel."""

    def __init__(self, end: Endpoint, cache: Cache) -> None:
        self.end = end
        self.cache = cache

    def carry(self, message: Nhrp, origin: Origin) -> list[Effect]:
        """Carry a message one hop on, or hand it to the tunnel its way leads out by."""
        recipient = recipient_of(message)
        via = self.end.way(recipient)
        if via is None or via.source == "local" or not self.end.joins(via.interface):
            return self._undeliverable(message, origin)
        if via.interface != self.end.tunnel:
            return [
                HandNhrp(
                    tunnel=via.interface,
                    message=message,
                    came_by=origin.tunnel,
                    nbma=origin.nbma,
                )
            ]
        if self._seen(message):
            return self._complain(message, origin, LOOP_DETECTED)
        if message.hop_count <= 1:
            return self._complain(message, origin, HOP_COUNT_EXCEEDED)
        entry = self.cache.usable(via.next_hop or recipient)
        if entry is None or entry.nbma is None or self._back(entry, message, origin):
            return self._undeliverable(message, origin)
        return self.end.send(entry.nbma, self._onward(message))

    def _seen(self, message: Nhrp) -> bool:
        """Tell whether we carried it before; every tunnel writes its own record."""
        reply = message.type.is_reply
        records = message.reverse_record if reply else message.forward_record
        return any(
            record.protocol == self.end.address and record.nbma == self.end.nbma
            for record in records
        )

    def _back(self, entry: NhrpEntry, message: Nhrp, origin: Origin) -> bool:
        if origin.tunnel != self.end.tunnel:
            return False
        asker = message.source_nbma if not message.type.is_reply else None
        return entry.nbma in (origin.nbma, asker)

    def _onward(self, message: Nhrp) -> Nhrp:
        reply = message.type.is_reply
        record = (self.end.record(),) if self.end.nhrp.record else ()
        return replace(
            message,
            source_nbma=self._translated(message),
            hop_count=message.hop_count - 1,
            forward_record=message.forward_record + (() if reply else record),
            reverse_record=message.reverse_record + (record if reply else ()),
            authentication=self.end.nhrp.authentication,
        )

    def _translated(self, message: Nhrp) -> Address:
        """Give the address where the source of a request is reached."""
        client = self.cache.get(message.source)
        if client is None or client.nbma is None or client.claimed != message.source_nbma:
            return message.source_nbma
        return client.nbma

    def _undeliverable(self, message: Nhrp, origin: Origin) -> list[Effect]:
        log = self.end.log_error("NHRP Encap Error", message.type, GENERIC_ERROR, self.end.address)
        if message.type is NhrpType.RESOLUTION_REQUEST:
            return log + self.refuse(message, origin)
        if message.type is NhrpType.REGISTRATION_REQUEST and not self._known(message.source):
            # The error goes by the cache as well, where the sender is not (FAULT_SWEEP F4).
            kind = NhrpType.ERROR_INDICATION
            return log + self.end.log_error(
                "NHRP Encap Error", kind, GENERIC_ERROR, self.end.address
            )
        return log + self._complain(message, origin, PROTOCOL_ADDRESS_UNREACHABLE)

    def _known(self, client: Address) -> bool:
        entry = self.cache.get(client)
        return entry is not None and entry.nbma is not None

    def refuse(self, message: Nhrp, origin: Origin) -> list[Effect]:
        """Answer a resolution request that there is no mapping, back the way it came."""
        reply = self.end.answer(
            NhrpType.RESOLUTION_REPLY,
            message,
            [
                NhrpClient(
                    code=NO_BINDING,
                    prefix_length=message.destination.max_prefixlen,
                    protocol=message.destination,
                )
            ],
            unique=False,
        )
        return self._return(reply, message.source, origin)

    def _complain(self, message: Nhrp, origin: Origin, code: int) -> list[Effect]:
        """Send an error about a message towards its source; never about an error or a reply."""
        if message.type.is_reply or message.type.is_indication:
            return []
        return self._return(self.end.complaint(message, code), message.source, origin)

    def _return(self, message: Nhrp, source: Address, origin: Origin) -> list[Effect]:
        """Send back towards the source of a message: straight if we know it."""
        if origin.tunnel != self.end.tunnel:
            self.end.counters.count_sent(message.type)
            return [SendNhrp(tunnel=origin.tunnel, nbma=origin.nbma, message=message)]
        entry = self.cache.usable(source)
        return self.end.send(entry.nbma if entry and entry.nbma else origin.nbma, message)
