"""Neighbours of an EIGRP process: hellos, hold times, reliable delivery.

Theory of operation (RFC 7868 section 5.3 and 5.4). A hello from an unknown address of the
interface's subnet makes a neighbour, at once `up: new adjacency`; it first gets an update with the
INIT bit, then the whole table. Updates, queries and replies are unicast, one at a time for a
neighbour, repeated until acknowledged; after 16 repetitions the neighbour is down. Anything heard
renews the hold time.

    state      hello          init acked     silence        16 repetitions    goodbye
    (none)     pending        -              -              -                 (none)
    pending    pending        up             (none)         (none)            (none)
    up         up             up             (none)         (none)            (none)

What the packets carry is decided in `dual` and `adverts`.
"""

from dataclasses import replace

from labs.twin.addresses import Address, parse_address, text_of
from labs.twin.effects import CancelTimer, Effect, LogLine, SendPacket, SetTimer
from labs.twin.packet import EIGRP_GROUPS, Eigrp, Packet
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import (
    EigrpCounters,
    EigrpMessage,
    EigrpNeighbor,
    InterfaceTraffic,
    Opcode,
)

HELLO_TIMER = "hello"
HOLD_TIMER = "hold"
RETRY_TIMER = "retry"
ACTIVE_TIMER = "active"
# "retry limit exceeded" came 79.5 s after "new adjacency" (fault-labs/ref-02-solution): 16 x 5 s.
# A neighbour is given the longer of the repetitions and its hold time (vendor's RTP notes).
RETRY_LIMIT = 16
FIRST_RTO_MS = 5000
BACK_OFF = 1.5
"""Each repetition waits half as long again, up to the first RTO (RFC 7868 section 5.3.2)."""
# RTO column of tunnels of 100 kbit/s, and of LANs, in the captures of show ip eigrp neighbors.
TUNNEL_RTO_MS = 1512
LAN_RTO_MS = 100
SLOW_KBIT = 1544
GREETING_GAP_S = 1.0
"""A stranger's hello is answered at once, but not more often than this."""
DSCP_CONTROL = 48
# Release of EIGRP that a hello carries; 23.0 on IOS-XE (capture), older ones from memory [K].
RELEASES = {"15.4": (17, 0), "15.5": (20, 0), "15.7": (23, 0), "15.9": (23, 0)}
NEWEST = (23, 0)
PACKET_TTL = 2
HELLO_SIZE = 60

Key = tuple[str, Address]


def timer_key(key: Key) -> str:
    """Give the timer key of a neighbour."""
    return f"{key[0]} {text_of(key[1])}"


def neighbor_key(text: str) -> Key:
    """Give the neighbour of a timer key."""
    name, _, address = text.rpartition(" ")
    return name, parse_address(address)


class Peering:
    """The neighbours and the packets between us and them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.neighbors: dict[Key, EigrpNeighbor] = {}
        self.counters = EigrpCounters()
        self.traffic: dict[str, InterfaceTraffic] = {}
        """By interface: what went out of it."""
        self.speaking: dict[str, int] = {}
        """Interfaces hellos go out of, with their hello interval."""
        self._greeted: dict[str, float] = {}
        """Interface -> time of the last hello."""
        self._seq = 0
        self._handles = 0

    # --- packets

    def _send(self, name: str, message: EigrpMessage, to: Address | None = None) -> list[Effect]:
        src = self.site.address(name)
        if src is None:
            return []
        for sent in (self.counters.sent, self.traffic.setdefault(name, InterfaceTraffic()).sent):
            sent[message.opcode] = sent.get(message.opcode, 0) + 1
        signatures = self.site.signatures(name)
        if signatures:
            message = replace(message, signature=signatures[0])
        packet = Packet(
            src=src,
            dst=to or EIGRP_GROUPS[self.site.family],
            payload=Eigrp(asn=self.site.asn, message=message),
            ttl=PACKET_TTL,
            size=HELLO_SIZE + 28 * len(message.adverts),
            dscp=DSCP_CONTROL,
        )
        return [SendPacket(packet=packet, interface=name, next_hop=to)]

    def hello(self, name: str, now: float) -> list[Effect]:
        """Say hello on an interface and arm the next one."""
        message = EigrpMessage(
            opcode=Opcode.HELLO,
            hold_s=self.site.hold_s(name),
            stub=self.site.stub or None,
            weights=self._weights(),
            version=self._version(),
        )
        self._greeted[name] = now
        timer = SetTimer(at=now + self.site.hello_s(name), kind=HELLO_TIMER, key=name)
        partners = self.site.partners(name)
        if not partners:
            return [*self._send(name, message), timer]
        alone = replace(message, unicast=True)
        return [timer, *(e for to in partners for e in self._send(name, alone, to))]

    def _weights(self) -> tuple[int, ...]:
        config = self.site.config
        return config.weights if config is not None else ()

    def _version(self) -> tuple[int, int]:
        version = self.site.around.config.image.version
        return RELEASES.get(version, NEWEST)

    def goodbye(self, name: str, to: Address | None = None) -> list[Effect]:
        """Say goodbye on an interface, to everybody or to one neighbour."""
        return self._send(name, EigrpMessage(opcode=Opcode.HELLO, goodbye=True), to)

    def acknowledge(self, neighbor: EigrpNeighbor, seq: int) -> list[Effect]:
        """Acknowledge a reliable packet."""
        message = EigrpMessage(opcode=Opcode.ACK, ack=seq)
        return self._send(neighbor.interface, message, neighbor.address)

    def deliver(self, neighbor: EigrpNeighbor, message: EigrpMessage, now: float) -> list[Effect]:
        """Queue a reliable packet, and send it if nothing is before it."""
        self._seq += 1
        message = replace(message, seq=self._seq, epoch=neighbor.epoch, wide=self.site.wide)
        neighbor.queue = (*neighbor.queue, message)
        return self._send_head(neighbor, now) if len(neighbor.queue) == 1 else []

    def _send_head(self, neighbor: EigrpNeighbor, now: float) -> list[Effect]:
        neighbor.sent_at = now
        neighbor.retries = 0
        return self._transmit(neighbor, now)

    def _transmit(self, neighbor: EigrpNeighbor, now: float) -> list[Effect]:
        wait_ms = min(FIRST_RTO_MS, neighbor.rto_ms * BACK_OFF**neighbor.retries)
        timer = SetTimer(
            at=now + wait_ms / 1000,
            kind=RETRY_TIMER,
            key=timer_key((neighbor.interface, neighbor.address)),
        )
        head = replace(neighbor.queue[0], heard=neighbor.peer_epoch)
        return [*self._send(neighbor.interface, head, neighbor.address), timer]

    def on_ack(self, neighbor: EigrpNeighbor, ack: int, now: float) -> list[Effect]:
        """Take an acknowledgement: the next packet goes out."""
        if not neighbor.queue or neighbor.queue[0].seq != ack:
            return []
        if neighbor.retries == 0:
            self._measure(neighbor, now)
        first, *rest = neighbor.queue
        neighbor.queue = tuple(rest)
        neighbor.pending = neighbor.pending and not first.init
        if rest:
            return self._send_head(neighbor, now)
        key = timer_key((neighbor.interface, neighbor.address))
        return [CancelTimer(kind=RETRY_TIMER, key=key)]

    def _measure(self, neighbor: EigrpNeighbor, now: float) -> None:
        sample = max(1, round((now - neighbor.sent_at) * 1000))
        old = neighbor.srtt_ms
        neighbor.srtt_ms = sample if old == 0 else (old * 7 + sample) // 8
        slow = self.site.link(neighbor.interface).bandwidth_kbit <= SLOW_KBIT
        floor = TUNNEL_RTO_MS if slow else LAN_RTO_MS
        neighbor.rto_ms = min(FIRST_RTO_MS, max(floor, 6 * neighbor.srtt_ms))

    def retry(self, key: Key, now: float) -> tuple[bool, list[Effect]]:
        """Repeat the first packet of a queue; True when the limit is reached."""
        neighbor = self.neighbors.get(key)
        if neighbor is None or not neighbor.queue:
            return False, []
        if neighbor.retries >= RETRY_LIMIT - 1 and now - neighbor.sent_at >= neighbor.hold_s:
            return True, []
        neighbor.retries += 1
        neighbor.retransmissions += 1
        self.traffic[neighbor.interface].repeated += 1
        return False, self._transmit(neighbor, now)

    # --- neighbours

    def meet(self, key: Key, hello: EigrpMessage, now: float) -> tuple[EigrpNeighbor, list[Effect]]:
        """Make a neighbour of a stranger who said hello, and send it the INIT update."""
        name, address = key
        neighbor = EigrpNeighbor(
            address=address,
            interface=name,
            handle=self._handles,
            up_since=now,
            hold_s=hello.hold_s,
            heard=now,
            stub=hello.stub,
            version=hello.version,
            epoch=now,
        )
        self._handles += 1
        self.neighbors[key] = neighbor
        effects = self.log(neighbor, "is up: new adjacency")
        effects.append(SetTimer(at=now + hello.hold_s, kind=HOLD_TIMER, key=timer_key(key)))
        # It has to know us before it takes our update; by multicast, so that a hub without
        # `map multicast dynamic` is never known (FAULT_SWEEP W6), and not once a neighbour.
        if now - self._greeted.get(name, -GREETING_GAP_S) >= GREETING_GAP_S:
            effects += self.hello(name, now)
            self.traffic[name].expedited += 1
        init = EigrpMessage(opcode=Opcode.UPDATE, init=True)
        return neighbor, effects + self.deliver(neighbor, init, now)

    def genuine(self, message: EigrpMessage, name: str) -> bool:
        """Tell whether a packet is authenticated as an interface wants it."""
        if self.site.settings(name).authentication is None:
            return message.signature is None
        signatures = self.site.signatures(name)
        return message.signature in signatures if signatures else message.signature is None

    def fits(self, key: Key, hello: EigrpMessage) -> bool:
        """Tell whether a hello is for us: with `neighbor` lines only theirs, by unicast, are."""
        partners = self.site.partners(key[0])
        return not partners or (hello.unicast and key[1] in partners)

    def agrees(self, hello: EigrpMessage) -> bool:
        """Tell whether the other side weighs metrics as we do."""
        return hello.weights == self._weights()

    def part(self, neighbor: EigrpNeighbor, why: str) -> list[Effect]:
        """Forget a neighbour."""
        key = (neighbor.interface, neighbor.address)
        del self.neighbors[key]
        return [
            CancelTimer(kind=HOLD_TIMER, key=timer_key(key)),
            CancelTimer(kind=RETRY_TIMER, key=timer_key(key)),
            *self.log(neighbor, f"is down: {why}"),
        ]

    def renew(self, neighbor: EigrpNeighbor, hold_s: int, now: float) -> list[Effect]:
        """Take a hello: the hold time begins anew."""
        neighbor.heard, neighbor.hold_s = now, hold_s
        key = timer_key((neighbor.interface, neighbor.address))
        return [SetTimer(at=now + hold_s, kind=HOLD_TIMER, key=key)]

    def held(self, key: Key, now: float) -> tuple[bool, list[Effect]]:
        """Look at a hold time: True when it has run out, else armed for the rest."""
        neighbor = self.neighbors.get(key)
        if neighbor is None:
            return False, []
        end = neighbor.heard + neighbor.hold_s
        if end <= now:
            return True, []
        return False, [SetTimer(at=end, kind=HOLD_TIMER, key=timer_key(key))]

    def log(self, neighbor: EigrpNeighbor, what: str) -> list[Effect]:
        """Log a change of a neighbour."""
        return self.log_stranger((neighbor.interface, neighbor.address), what)

    def log_stranger(self, key: Key, what: str) -> list[Effect]:
        """Log something of a router that is no neighbour."""
        config = self.site.config
        if config is not None and not config.logs_changes:
            return []
        return [
            LogLine(
                text=f"%DUAL-5-NBRCHANGE: EIGRP-IPv{self.site.family} {self.site.asn}: Neighbor "
                f"{key[1]} ({key[0]}) {what}"
            )
        ]

    def ask_again(self, neighbor: EigrpNeighbor, why: str, now: float) -> list[Effect]:
        """Keep a neighbour, and let it tell everything again."""
        log = self.log(neighbor, f"is resync: {why}")
        message = EigrpMessage(opcode=Opcode.UPDATE, restart=True)
        return log + self.deliver(neighbor, message, now)

    def is_news(self, neighbor: EigrpNeighbor, message: EigrpMessage) -> bool:
        """Tell a new reliable packet from a repetition, and remember it."""
        if message.epoch != neighbor.peer_epoch:
            neighbor.peer_epoch = message.epoch
        elif message.seq <= neighbor.seq:
            return False
        neighbor.seq = message.seq
        return True

    def hurry(self, neighbor: EigrpNeighbor, now: float) -> list[Effect]:
        """Repeat our INIT at once: a neighbour that sends its own knows us now."""
        return self._transmit(neighbor, now) if neighbor.pending and neighbor.queue else []

    def resync(self, neighbor: EigrpNeighbor, now: float) -> list[Effect]:
        """Begin anew with a neighbour that lost what we told it."""
        neighbor.queue = ()
        neighbor.told.clear()
        neighbor.epoch = neighbor.up_since = now
        neighbor.pending = True
        log = self.log(neighbor, "is down: peer restarted")
        log += self.log(neighbor, "is up: new adjacency")
        return log + self.deliver(neighbor, EigrpMessage(opcode=Opcode.UPDATE, init=True), now)
