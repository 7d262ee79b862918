"""Values of ping and traceroute."""

from dataclasses import dataclass

from parsers.records.base import Address, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Record):
    """The result of one `ping`."""

    destination: Address
    size: int
    timeout_s: int
    source: Address | None
    marks: str  # one a packet, as printed: ! . U ...
    success_percent: int
    received: int
    sent: int
    min_ms: int | None
    avg_ms: int | None
    max_ms: int | None
    df: bool = False  # sent with the DF bit set


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Record):
    """One probe of a traceroute; no address: nobody answered."""

    address: Address | None
    rtt_ms: int | None
    mark: str | None  # !H, !N, !A ... where printed


@dataclass(frozen=True, slots=True, kw_only=True)
class TracerouteHop(Record):
    """One hop of `traceroute`."""

    destination: Address
    hop: int
    address: Address | None  # the first that answered
    name: str | None
    probes: tuple[Probe, ...]
    notes: tuple[str, ...] = ()  # [AS n], (VRF in/out), [MPLS: ...] as printed
