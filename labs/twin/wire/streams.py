"""The numbers of TCP streams on the wire.

The twin counts messages where TCP counts octets (labs.twin.routing.bgp.tcp). An `Encoder` follows
each stream it sees and gives octet numbers, so that readers find segments that follow each other.
A stream that is met in its middle begins there.
"""

from dataclasses import dataclass, field, replace

from labs.twin.addresses import Address
from labs.twin.packet import Gre, Packet, Tcp
from labs.twin.wire import bgp
from labs.twin.wire.ipv4 import encode

Flow = tuple[Address, int, Address, int]
START = 1
REMEMBERED = 256
"""Messages of a stream whose place is kept, for repetitions."""


@dataclass(slots=True)
class Stream:
    """What one end sends: at which octet each message begins."""

    begins: dict[int, int] = field(default_factory=dict)

    def at(self, number: int) -> int:
        """Give the octet at which a message begins; unknown ones begin after the last known."""
        if number == 0:
            return 0
        if number not in self.begins:
            self.begins[number] = max(self.begins.values(), default=START)
        return self.begins[number]

    def learn(self, number: int, length: int) -> None:
        """Note the length of a message."""
        self.begins[number + 1] = self.at(number) + length
        if len(self.begins) > REMEMBERED:
            del self.begins[min(self.begins)]


class Encoder:
    """Writes packets one after the other."""

    def __init__(self) -> None:
        self._streams: dict[Flow, Stream] = {}

    def encode(self, packet: Packet) -> bytes:
        """Write a packet."""
        return encode(self._numbered(packet))

    def _numbered(self, packet: Packet) -> Packet:
        payload = packet.payload
        if isinstance(payload, Gre) and isinstance(payload.payload, Packet):
            return replace(
                packet, payload=replace(payload, payload=self._numbered(payload.payload))
            )
        if isinstance(payload, Tcp):
            return replace(packet, payload=self._segment(packet, payload))
        return packet

    def _segment(self, packet: Packet, tcp: Tcp) -> Tcp:
        out = (packet.src, tcp.source_port, packet.dst, tcp.port)
        back = (packet.dst, tcp.port, packet.src, tcp.source_port)
        if "syn" in tcp.flags:
            self._streams[out] = Stream()
        mine = self._streams.setdefault(out, Stream())
        theirs = self._streams.setdefault(back, Stream())
        content = bgp.encode(tcp.payload)
        if content:
            mine.learn(tcp.seq, len(content))
        at = mine.at(tcp.seq) if content or tcp.seq else self._last(mine, tcp)
        return replace(tcp, seq=at, ack=theirs.at(tcp.ack), payload=content or None)

    @staticmethod
    def _last(stream: Stream, tcp: Tcp) -> int:
        """Give the number of a bare segment: bare ACKs of the twin say 0."""
        if "syn" in tcp.flags:
            return 0
        return max(stream.begins.values(), default=START)
