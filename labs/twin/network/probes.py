"""Ping and traceroute as jobs that run while virtual time passes."""

from dataclasses import dataclass, field
from enum import StrEnum

from labs.twin.addresses import Address

FIRST_PORT = 33434
"""UDP port of the first traceroute probe, as Van Jacobson's traceroute and IOS use it."""
DATA = 0xABCD
"""What fills an echo of IOS unless told otherwise."""


class Outcome(StrEnum):
    """What became of one probe; `show` maps it to `!`, `.`, `U`, `M` ..."""

    REPLY = "reply"
    TIMEOUT = "timeout"
    TIME_EXCEEDED = "time exceeded"
    PORT_UNREACHABLE = "port unreachable"
    NET_UNREACHABLE = "net unreachable"
    HOST_UNREACHABLE = "host unreachable"
    ADMIN_PROHIBITED = "admin prohibited"
    FRAGMENTATION_NEEDED = "fragmentation needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PingSpec:
    """What to ping and how."""

    destination: Address
    source: Address | str | None = None
    """Address or interface name; None takes the outgoing interface's."""
    repeat: int = 5
    size: int = 100
    timeout_s: float = 2.0
    df: bool = False
    vrf: str = ""
    tos: int = 0
    """The whole octet: DSCP and two bits more."""
    data: int = DATA
    """Pattern of 16 bits that fills the echo."""
    validate: bool = False
    verbose: bool = False
    sweep: tuple[int, int, int] | None = None
    """Sizes instead of one: from, to, step."""

    @property
    def sizes(self) -> range:
        """Give the sizes that are gone through."""
        if self.sweep is None:
            return range(self.size, self.size + 1)
        low, high, step = self.sweep
        return range(low, high + 1, step)

    @property
    def count(self) -> int:
        """Give how many echoes are sent."""
        return self.repeat * len(self.sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSpec:
    """What to trace and how."""

    destination: Address
    source: Address | str | None = None
    probes: int = 3
    timeout_s: float = 3.0
    minimum_ttl: int = 1
    maximum_ttl: int = 30
    vrf: str = ""
    port: int = FIRST_PORT
    tos: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The end of one probe."""

    outcome: Outcome
    sent_at: float
    rtt_ms: float | None = None
    """None when nothing came back."""
    address: Address | None = None
    """Who answered."""
    mtu: int = 0


@dataclass(slots=True, kw_only=True)
class PingJob:
    """A running or finished ping."""

    router: str
    spec: PingSpec
    ident: int
    source: Address | None
    """The address the probes leave with; None when there is none (no such interface)."""
    results: list[ProbeResult] = field(default_factory=list)
    done: bool = False
    sent_at: float = 0.0


@dataclass(slots=True, kw_only=True)
class TraceJob:
    """A running or finished traceroute; `hops[0]` holds the probes of the first TTL."""

    router: str
    spec: TraceSpec
    ident: int
    source: Address | None
    hops: list[list[ProbeResult]] = field(default_factory=list)
    reached: bool = False
    done: bool = False
    sent_at: float = 0.0
    sequence: int = 0

    @property
    def results(self) -> list[ProbeResult]:
        """Give all probes in order."""
        return [probe for hop in self.hops for probe in hop]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A router that a walked packet passes."""

    router: str
    ingress: str
    """Interface it came in by; empty at the start."""
    address: Address | None
    """Address of that interface: what a traceroute would print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """An instant look at a packet's way."""

    arrived: bool
    hops: tuple[Hop, ...]
    reason: str = ""
    """Why it did not arrive."""
