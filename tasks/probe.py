"""Active probes of one device: ping and traceroute, typed."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address

from nornir.core.task import Result, Task

from tasks.connect import session_of
from tasks.errors import UnexpectedAnswer

_SUCCESS = re.compile(
    r"^Success rate is \d+ percent \((?P<received>\d+)/(?P<sent>\d+)\)"
    r"(?:, round-trip min/avg/max = (?P<min>\d+)/(?P<avg>\d+)/(?P<max>\d+) ms)?",
    re.MULTILINE,
)
# Meaning of the marks: `ping` in the IOS command reference.
_MARKS = re.compile(r"^[!.UQM?&ACINPT]+$", re.MULTILINE)
_TRACING = re.compile(r"^Tracing the route to (?:\S+ \()?(?P<address>[\d.]+)", re.MULTILINE)
_HOP = re.compile(r"^ {1,3}(?P<number>\d+) +(?P<rest>\S.*)$")
_ADDRESS = re.compile(r"(?<![\w.])(\d+\.\d+\.\d+\.\d+)(?![\w.])")
_SLACK_S = 20.0
"""What a device may take beyond the time-outs of its probes."""


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
    options = f" source {source}" if source else ""
    command = f"ping {_vrf(vrf)}{destination}{options} repeat {count} timeout {timeout_s}"
    session = session_of(task)
    text = session.send(command, idle_s=count * timeout_s + _SLACK_S)
    return Result(
        host=task.host, result=read_ping(session.host, command, text, destination, source)
    )


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
    options = f" source {source}" if source else ""
    command = (
        f"traceroute {_vrf(vrf)}{destination}{options} numeric timeout {timeout_s} ttl 1 {max_hops}"
    )
    session = session_of(task)
    text = session.send(command, idle_s=3 * timeout_s + _SLACK_S)
    return Result(
        host=task.host,
        result=read_traceroute(session.host, command, text, destination, source, max_hops),
    )


def _vrf(vrf: str) -> str:
    return f"vrf {vrf} " if vrf else ""


def read_ping(
    host: str, command: str, text: str, destination: IPv4Address, source: str
) -> PingResult:
    """Read what `ping` printed."""
    said = _SUCCESS.search(text)
    if said is None:
        raise _unread(host, command, text)
    times = {key: int(said[key]) if said[key] else None for key in ("min", "avg", "max")}
    return PingResult(
        destination=destination,
        source=source,
        sent=int(said["sent"]),
        received=int(said["received"]),
        marks="".join(_MARKS.findall(text)),
        rtt_min_ms=times["min"],
        rtt_avg_ms=times["avg"],
        rtt_max_ms=times["max"],
        text=text,
    )


def read_traceroute(
    host: str, command: str, text: str, destination: IPv4Address, source: str, max_hops: int
) -> TraceResult:
    """Read what `traceroute` printed."""
    if not _TRACING.search(text):
        raise _unread(host, command, text)
    hops = tuple(
        _hop(int(row["number"]), row["rest"])
        for row in map(_HOP.match, text.splitlines())
        if row is not None
    )
    # The last router may answer with another of its addresses; it is the last because the
    # device stopped there, short of the limit.
    last = hops[-1] if hops else None
    reached = (
        last is not None
        and last.address is not None
        and not last.notes
        and (last.address == destination or last.number < max_hops)
    )
    return TraceResult(
        destination=destination, source=source, hops=hops, reached=reached, text=text
    )


def _hop(number: int, rest: str) -> Hop:
    found = _ADDRESS.search(rest)
    return Hop(
        number=number,
        address=IPv4Address(found[1]) if found else None,
        rtts_ms=tuple(int(ms) for ms in re.findall(r"(\d+) msec", rest)),
        notes=tuple(re.findall(r"!\S+", rest)),
    )


def _unread(host: str, command: str, text: str) -> UnexpectedAnswer:
    last = text.strip().splitlines()[-1:] or ["nothing"]
    return UnexpectedAnswer(
        host,
        f"no known answer to `{command}`: {last[0][:200]!r}",
        "the path was not judged; run the command by hand",
        command,
        text,
    )
