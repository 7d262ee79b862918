"""TCP for BGP: connections as reliable streams of messages, to the depth BGP can notice.

Theory of operation (RFC 9293, much reduced): sequence numbers count messages instead of bytes,
SYN is number 0, acknowledgements are cumulative, everything unacknowledged is repeated after 1, 2,
4 ... 16 s. A segment for a connection we do not know is answered by RST. When two SYNs cross, the
connection of the higher address lives (RFC 4271 section 6.8 decides by router id, one step later).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import ClassVar

from labs.twin.effects import CancelTimer, Effect, SendPacket, SetTimer
from labs.twin.packet import Packet, Tcp

BGP_PORT = 179
FIRST_PORT = 11000
LAST_PORT = 60000
TCP_TIMER = "tcp"
FIRST_WAIT_S = 1.0
LAST_WAIT_S = 16.0
LONGEST_SEGMENT = 1460
"""What fits Ethernet; the interface that a SYN leaves by lowers it to what fits there."""
SEGMENT_SIZE = 59
DSCP_CONTROL = 48

SYN = frozenset({"syn"})
SYN_ACK = frozenset({"syn", "ack"})
ACK = frozenset({"ack"})
FIN = frozenset({"ack", "fin"})
RST = frozenset({"rst"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The MD5 signature option (RFC 2385), which proves knowledge of the password."""

    password: str


@dataclass(slots=True, kw_only=True)
class Link:
    """One end of a connection."""

    COUNTERS: ClassVar = frozenset({"next_seq", "expected"})

    local: IPv4Address
    remote: IPv4Address
    local_port: int
    remote_port: int
    client: bool
    ttl: int = 255
    opened: bool = False
    next_seq: int = 1
    expected: int = 1
    unacknowledged: tuple[Tcp, ...] = ()
    wait_s: float = FIRST_WAIT_S


class Streams:
    """The connections of a BGP process, one a peer."""

    def __init__(self, vrf: str = "") -> None:
        self.vrf = vrf
        self.links: dict[IPv4Address, Link] = {}
        self._port = FIRST_PORT

    def connect(
        self,
        local: IPv4Address,
        remote: IPv4Address,
        signature: Signature | None,
        now: float,
        ttl: int,
    ) -> list[Effect]:
        """Open a connection to a peer."""
        self._port = self._port + 1 if self._port < LAST_PORT else FIRST_PORT
        link = Link(
            local=local,
            remote=remote,
            local_port=self._port,
            remote_port=BGP_PORT,
            client=True,
            ttl=ttl,
        )
        self.links[remote] = link
        return self._push(link, SYN, 0, signature, now)

    def accept(
        self,
        segment: Tcp,
        local: IPv4Address,
        remote: IPv4Address,
        signature: Signature | None,
        now: float,
        ttl: int,
    ) -> list[Effect]:
        """Answer a SYN."""
        link = Link(
            local=local,
            remote=remote,
            local_port=BGP_PORT,
            remote_port=segment.source_port,
            client=False,
            ttl=ttl,
        )
        self.links[remote] = link
        return self._push(link, SYN_ACK, 0, signature, now)

    def send(self, remote: IPv4Address, payload: object, now: float) -> list[Effect]:
        """Send a message on an open connection."""
        link = self.links[remote]
        seq = link.next_seq
        link.next_seq += 1
        return self._push(link, ACK, seq, payload, now)

    def close(self, remote: IPv4Address, payload: object = None) -> list[Effect]:
        """Close a connection, with a last message if there is one to say."""
        link = self.links.pop(remote, None)
        if link is None:
            return []
        effects: list[Effect] = [CancelTimer(kind=TCP_TIMER, key=str(remote))]
        if link.opened:
            last = self._segment(link, FIN, link.next_seq, payload)
            effects.append(self._packet(link, last))
        return effects

    def matches(self, segment: Tcp, remote: IPv4Address) -> Link | None:
        """Find the connection of a segment."""
        link = self.links.get(remote)
        if link is None or (link.local_port, link.remote_port) != (
            segment.port,
            segment.source_port,
        ):
            return None
        return link

    def refuse(self, segment: Tcp, local: IPv4Address, remote: IPv4Address) -> list[Effect]:
        """Answer a segment of an unknown connection with RST."""
        if "rst" in segment.flags:
            return []
        reset = Tcp(source_port=segment.port, port=segment.source_port, flags=RST)
        packet = Packet(src=local, dst=remote, payload=reset, size=SEGMENT_SIZE, dscp=DSCP_CONTROL)
        return [SendPacket(packet=packet)]

    def take(self, link: Link, segment: Tcp, now: float) -> tuple[bool, list[object], list[Effect]]:
        """Take a segment of a connection: (just opened, messages in order, effects)."""
        effects = self._acknowledged(link, segment.ack, now)
        opened = not link.opened and ("syn" not in segment.flags or link.client)
        link.opened = link.opened or opened
        if "syn" in segment.flags:
            return opened, [], [*effects, self._packet(link, self._segment(link, ACK, 0))]
        if segment.payload is None:
            return opened, [], effects
        messages: list[object] = []
        if segment.seq == link.expected:
            link.expected += 1
            messages.append(segment.payload)
        return opened, messages, [*effects, self._packet(link, self._segment(link, ACK, 0))]

    def _acknowledged(self, link: Link, ack: int, now: float) -> list[Effect]:
        left = tuple(s for s in link.unacknowledged if s.seq >= ack)
        if left == link.unacknowledged:
            return []
        link.unacknowledged, link.wait_s = left, FIRST_WAIT_S
        if left:
            return [self._timer(link, now)]
        return [CancelTimer(kind=TCP_TIMER, key=str(link.remote))]

    def repeat(self, remote: IPv4Address, now: float) -> list[Effect]:
        """Repeat what is not acknowledged."""
        link = self.links.get(remote)
        if link is None or not link.unacknowledged:
            return []
        link.wait_s = min(link.wait_s * 2, LAST_WAIT_S)
        packets: list[Effect] = [
            self._packet(link, self._segment(link, segment.flags, segment.seq, segment.payload))
            for segment in link.unacknowledged
        ]
        return [*packets, self._timer(link, now)]

    def _push(
        self, link: Link, flags: frozenset[str], seq: int, payload: object, now: float
    ) -> list[Effect]:
        segment = self._segment(link, flags, seq, payload)
        effects: list[Effect] = [self._packet(link, segment)]
        if not link.unacknowledged:
            effects.append(self._timer(link, now))
        link.unacknowledged = (*link.unacknowledged, segment)
        return effects

    def _segment(self, link: Link, flags: frozenset[str], seq: int, payload: object = None) -> Tcp:
        return Tcp(
            source_port=link.local_port,
            port=link.remote_port,
            flags=flags,
            seq=seq,
            ack=link.expected,
            payload=payload,
            mss=LONGEST_SEGMENT if "syn" in flags else None,
        )

    def _packet(self, link: Link, segment: Tcp) -> SendPacket:
        packet = Packet(
            src=link.local,
            dst=link.remote,
            payload=segment,
            ttl=link.ttl,
            size=SEGMENT_SIZE,
            dscp=DSCP_CONTROL,
        )
        return SendPacket(packet=packet, vrf=self.vrf)

    def _timer(self, link: Link, now: float) -> SetTimer:
        return SetTimer(at=now + link.wait_s, kind=TCP_TIMER, key=str(link.remote))
