"""Active probes of one device: ping and traceroute, typed."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from nornir.core.task import Result, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class PingResult:
    """What `ping` printed."""

    destination: IPv4Address
    source: str
    sent: int
    received: int
    marks: str
    """One character a packet: `!` reply, `.` time-out, `U` unreachable, ..."""
    rtt_min_ms: int | None = None
    rtt_avg_ms: int | None = None
    rtt_max_ms: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One line of `traceroute`."""

    number: int
    address: IPv4Address | None
    """None where no probe was answered."""
    rtts_ms: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    """`!H`, `!N`, `!A` ... as printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceResult:
    """What `traceroute` printed."""

    destination: IPv4Address
    source: str
    hops: tuple[Hop, ...]
    reached: bool
    text: str = ""


def ping(
    task: Task,
    destination: IPv4Address,
    *,
    source: str = "",
    count: int = 5,
    timeout_s: int = 2,
    vrf: str = "",
) -> Result:
    """Ping from the device; the result is a PingResult. Loss is data, not an error."""
    raise NotImplementedError


def traceroute(
    task: Task,
    destination: IPv4Address,
    *,
    source: str = "",
    max_hops: int = 8,
    timeout_s: int = 1,
    vrf: str = "",
) -> Result:
    """Trace from the device; the result is a TraceResult."""
    raise NotImplementedError
