"""What an EIGRP machine knows and says: neighbours, topology, messages, as plain values.

No behaviour beyond reading a value belongs here.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from labs.twin.addresses import Address, IPNetwork

INFINITY = 0xFFFFFFFFFFFFFFFF
"""Composite metric of an unreachable destination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """The vector metric of a path (RFC 7868 section 5.6)."""

    bandwidth_kbit: int
    """Smallest along the path."""
    delay_ps: int
    """Sum along the path, in picoseconds."""
    mtu: int = 1500
    hops: int = 0
    reliability: int = 255
    load: int = 1
    unreachable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Where an external destination comes from (RFC 7868 section 6.7.3)."""

    protocol: str
    """static, connected, bgp, eigrp, ospf."""
    asn: int = 0
    metric: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advert:
    """One destination of an update, query or reply."""

    network: IPNetwork
    vector: Vector
    next_hop: Address | None = None
    """None: the sender itself."""
    external: bool = False
    origin: Address | None = None
    """Router id of the originator: it ignores its own routes."""
    tag: int = 0
    outside: "Outside | None" = None
    more: tuple["Advert", ...] = ()
    """Other paths of equal cost (`add-paths`)."""


class Opcode(StrEnum):
    """The EIGRP packet types of the twin."""

    HELLO = "hello"
    UPDATE = "update"
    QUERY = "query"
    REPLY = "reply"
    SIA_QUERY = "sia query"
    SIA_REPLY = "sia reply"
    ACK = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What authenticates a packet."""

    mode: str
    """md5 or hmac-sha-256."""
    key: int
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpMessage:
    """The content of an EIGRP packet."""

    opcode: Opcode
    hold_s: int = 15
    goodbye: bool = False
    stub: frozenset[str] | None = None
    weights: tuple[int, ...] = (1, 0, 1, 0, 0, 0)
    version: tuple[int, int] = (0, 0)
    """Release of EIGRP; what the image says."""
    wide: bool = False
    """Routes are written with wide metrics."""
    unicast: bool = False
    """Sent to one address, not to the group."""
    signature: "Signature | None" = None
    restart: bool = False
    """Tell me everything again, I keep the adjacency."""
    seq: int = 0
    ack: int = 0
    init: bool = False
    """First update of a new adjacency: forget what you had of me, send me all."""
    epoch: float = 0.0
    """When the sender made the adjacency: tells a restart from a repetition."""
    heard: float | None = None
    """The epoch the sender last heard of us: tells whether our own INIT reached it."""
    adverts: tuple[Advert, ...] = ()


@dataclass(slots=True, kw_only=True)
class EigrpNeighbor:
    """One row of `show ip eigrp neighbors`."""

    address: Address
    interface: str
    handle: int
    """The H column."""
    up_since: float
    hold_s: int
    heard: float
    """Time of the last packet: Hold is hold_s minus its age."""
    srtt_ms: int = 0
    rto_ms: int = 5000
    seq: int = 0
    """Last sequence number received."""
    pending: bool = True
    """The first updates are not acknowledged yet."""
    stub: frozenset[str] | None = None
    version: tuple[int, int] = (0, 0)
    retransmissions: int = 0
    retries: int = 0
    queue: tuple[EigrpMessage, ...] = ()
    """Reliable packets not acknowledged yet; its length is the Q Cnt."""
    sent_at: float = 0.0
    epoch: float = 0.0
    peer_epoch: float | None = None
    told: dict[IPNetwork, Advert] = field(default_factory=dict)
    """What we advertised to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpPath:
    """One `via` of a topology entry."""

    neighbor: Address | None
    """None: connected, summary or redistributed, by `source`."""
    interface: str
    vector: Vector
    distance: int
    """Composite metric through here."""
    reported: int = 0
    """Composite metric the neighbour has."""
    next_hop: Address | None = None
    source: str = "neighbor"
    """neighbor, Connected, Summary, Rstatic, Rconnected or Redistributed."""
    external: bool = False
    origin: Address | None = None
    tag: int = 0
    outside: Outside | None = None
    told: Advert | None = None
    """What the neighbour said, to be weighed again."""
    more: tuple["EigrpPath", ...] = ()
    """Other paths of the same neighbour (`add-paths`)."""
    discard: int = 5
    """Administrative distance of a summary's route to Null0."""


@dataclass(slots=True, kw_only=True)
class EigrpTopologyEntry:
    """One row of `show ip eigrp topology`."""

    network: IPNetwork
    active: bool = False
    fd: int = INFINITY
    """Feasible distance."""
    paths: dict[tuple[str, Address | None], EigrpPath] = field(default_factory=dict)
    """By (interface, neighbour)."""
    awaiting: set[tuple[str, Address]] = field(default_factory=set)
    """Neighbours that owe a reply while active."""
    since: float = 0.0
    best: EigrpPath | None = None
    serial: int = 0
    """Number of the last change of the best path (serno)."""
    probed: set[tuple[str, Address]] = field(default_factory=set)
    """Those of them who did not answer the last SIA query."""
    rounds: int = 0
    """How many SIA queries there were."""

    @property
    def feasible(self) -> tuple[EigrpPath, ...]:
        """List the paths that cannot lead back here, best first: the ones `show` prints."""
        found = [
            (path.external, path.distance, _by_place(place), path)
            for place, path in self.paths.items()
            if path.neighbor is None or path.reported < self.fd
        ]
        if len(found) == 1 and not found[0][3].more:
            return (found[0][3],)
        found.sort(key=lambda item: item[:3])
        return tuple(one for *_, path in found for one in (path, *path.more))

    @property
    def every(self) -> tuple[EigrpPath, ...]:
        """List all paths, best first: those that `show ... all-links` prints."""
        found = [(path.distance, _by_place(place), path) for place, path in self.paths.items()]
        found.sort(key=lambda item: item[:2])
        return tuple(one for *_, path in found for one in (path, *path.more))

    @property
    def successors(self) -> tuple[EigrpPath, ...]:
        """List the feasible paths of the smallest distance; internal ones go before external."""
        feasible = self.feasible
        return tuple(
            path
            for path in feasible
            if (path.distance, path.external) == (feasible[0].distance, feasible[0].external)
        )


def _by_place(place: tuple[str, Address | None]) -> tuple[str, int]:
    interface, neighbor = place
    return interface, int(neighbor) if neighbor is not None else -1


@dataclass(slots=True, kw_only=True)
class EigrpCounters:
    """Packets by type, as in `show ip eigrp traffic`."""

    COUNTERS: ClassVar = frozenset({"sent", "received"})

    sent: dict[Opcode, int] = field(default_factory=dict)
    received: dict[Opcode, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class InterfaceTraffic:
    """What went out of one interface, as in `show ip eigrp interfaces detail`."""

    COUNTERS: ClassVar = frozenset({"sent"})

    sent: dict[Opcode, int] = field(default_factory=dict)
    expedited: int = 0
    """Hellos that a new neighbour drew."""
    repeated: int = 0

    def __getitem__(self, opcode: Opcode) -> int:
        return self.sent.get(opcode, 0)

    @property
    def reliable(self) -> int:
        """Count the packets that want an acknowledgement."""
        unreliable = (Opcode.HELLO, Opcode.ACK)
        return sum(count for opcode, count in self.sent.items() if opcode not in unreliable)
