"""What an EIGRP machine knows and says: neighbours, topology, messages, as plain values.

No behaviour beyond reading a value belongs here.
"""

from dataclasses import dataclass, field
from enum import StrEnum

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
class Advert:
    """One destination of an update, query or reply."""

    network: IPNetwork
    vector: Vector
    next_hop: Address | None = None
    """None: the sender itself."""
    external: bool = False
    origin: Address | None = None
    """Router id of the originator: it ignores its own routes."""


class Opcode(StrEnum):
    """The EIGRP packet types of the twin."""

    HELLO = "hello"
    UPDATE = "update"
    QUERY = "query"
    REPLY = "reply"
    ACK = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpMessage:
    """The content of an EIGRP packet."""

    opcode: Opcode
    hold_s: int = 15
    goodbye: bool = False
    stub: frozenset[str] | None = None
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
    retransmissions: int = 0
    retries: int = 0
    queue: tuple[EigrpMessage, ...] = ()
    """Reliable packets not acknowledged yet; its length is the Q Cnt."""
    sent_at: float = 0.0
    prefixes: int = 0
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
    """neighbor, Connected, Summary or Rstatic."""
    external: bool = False
    origin: Address | None = None


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

    @property
    def feasible(self) -> tuple[EigrpPath, ...]:
        """List the paths that cannot lead back here, best first: the ones `show` prints."""
        found = [
            (path.distance, _by_place(place), path)
            for place, path in self.paths.items()
            if path.neighbor is None or path.reported < self.fd
        ]
        return tuple(path for _, _, path in sorted(found, key=lambda item: item[:2]))

    @property
    def successors(self) -> tuple[EigrpPath, ...]:
        """List the feasible paths of the smallest distance."""
        feasible = self.feasible
        return tuple(path for path in feasible if path.distance == feasible[0].distance)


def _by_place(place: tuple[str, Address | None]) -> tuple[str, int]:
    interface, neighbor = place
    return interface, int(neighbor) if neighbor is not None else -1


@dataclass(slots=True, kw_only=True)
class EigrpCounters:
    """Packets by type, as in `show ip eigrp traffic`."""

    sent: dict[Opcode, int] = field(default_factory=dict)
    received: dict[Opcode, int] = field(default_factory=dict)
