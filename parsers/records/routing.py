"""Values of the routing table and of the BGP table."""

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
    possibly_down: bool = False  # held down by RIP, on the way out


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
    nho: bool = False  # `[NHO]`: the next hop that NHRP put in place
    repair: bool = False  # `[RPR]`: used when the others fail


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPath(Record):
    """One path of `show bgp ipv4 unicast`."""

    table_version: int | None
    router_id: IPv4Address | None
    route_distinguisher: str | None
    vrf: str | None
    network: Network
    status: tuple[str, ...]  # letters of the legend: * valid, > best, i internal, r RIB-failure
    next_hop: Address
    metric: int | None
    local_preference: int | None
    weight: int
    as_path: str
    origin: str  # i, e, ?

    @property
    def best(self) -> bool:
        """Tell whether it is the best path."""
        return ">" in self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPrefixPath(Record):
    """One path of `show bgp ipv4 unicast PREFIX`."""

    prefix: Network
    table_version: int
    paths: int
    table: str | None
    route_distinguisher: str | None
    advertised_to: tuple[int, ...]  # update groups
    as_path: str  # empty: from this AS, printed as Local
    remarks: str | None  # behind the AS path: (Received from a RR-client)
    next_hop: Address
    igp_metric: int | None
    source: Address
    source_router_id: IPv4Address
    origin: str  # IGP, EGP, incomplete
    metric: int | None
    local_preference: int | None
    weight: int | None
    words: tuple[str, ...]  # valid, sourced, internal, external, best ...
    details: tuple[str, ...]  # communities, originator, path IDs, as printed

    @property
    def best(self) -> bool:
        """Tell whether it is the best path."""
        return "best" in self.words
