"""Values of the routing table, of CEF and of the routing protocols."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from parsers.records.base import Address, Network, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Record):
    """One path of `show ip route`: a prefix with several next hops gives several."""

    vrf: str | None
    code: str  # as in the legend: D, O IA, H, S
    candidate_default: bool
    replicated: bool
    overridden: bool  # `%`: NHRP put another next hop on this route
    prefix: Network
    distance: int | None
    metric: int | None
    next_hop: Address | None
    next_hop_vrf: str | None
    age_s: int | None
    interface: str | None
    connected: bool  # `is directly connected`
    summary: bool  # `is a summary`
    nho: bool  # the `[NHO]` line: the next hop that NHRP put in place


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePath(Record):
    """One path of `show ip route PREFIX`."""

    vrf: str | None
    prefix: Network
    supernet: bool
    known_via: str
    distance: int
    metric: int
    attributes: tuple[str, ...]  # what else is said of the entry, as printed
    best: bool
    next_hop: Address | None
    source: Address | None  # `from`: who told it
    age_s: int | None
    interface: str | None
    connected: bool
    details: tuple[str, ...]  # what else is said of the path, as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class CefPath(Record):
    """One path of `show ip cef`, table or PREFIX form."""

    vrf: str | None
    prefix: Network
    action: str  # nexthop, attached, receive, recursive, drop, no route, glean, invalid, repair ...
    next_hop: Address | None
    interface: str | None
    label: str | None = None
    details: tuple[str, ...] = ()  # version, epoch, flags, as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpNeighbor(Record):
    """One neighbour of `show ip eigrp neighbors`."""

    asn: int
    name: str | None  # of the named process
    vrf: str | None
    handle: int
    address: Address
    interface: str  # short form, Tu0
    hold_s: int
    uptime_s: int | None
    srtt_ms: int
    rto_ms: int
    queue: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor(Record):
    """One neighbour of `show ip bgp summary`."""

    router_id: IPv4Address
    local_asn: str
    address: Address
    dynamic: bool  # `*`: made by a listen range
    version: int
    asn: str
    messages_received: int
    messages_sent: int
    table_version: int
    in_queue: int
    out_queue: int
    updown_s: int | None
    state: str  # Established where a count of prefixes is printed
    prefixes_received: int | None
