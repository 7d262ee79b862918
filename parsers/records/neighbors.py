"""Values about routing neighbours: EIGRP, OSPF, BGP, BFD."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from parsers.records.base import Address, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpNeighbor(Record):
    """One neighbour of `show ip eigrp neighbors [detail]`."""

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
    version: str | None = None  # of the other end: IOS / EIGRP
    retransmissions: int | None = None
    retries: int | None = None
    prefixes: int | None = None
    topology_ids: tuple[int, ...] = ()
    topologies: tuple[str, ...] = ()
    stub: tuple[str, ...] = ()  # what a stub advertises: CONNECTED, SUMMARY ...
    notes: tuple[str, ...] = ()  # restart, suppressed queries, BFD ... as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNeighbor(Record):
    """One neighbour of `show ip ospf neighbor`."""

    process: int | None  # printed by OSPFv3 only, as the router ID
    router_id: IPv4Address | None
    neighbor_id: IPv4Address
    priority: int
    state: str  # FULL, 2WAY, EXSTART ...
    role: str | None  # DR, BDR, DROTHER; None: `-`
    dead_time_s: int | None
    address: IPv4Address | None
    interface_id: int | None  # OSPFv3
    interface: str


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
    prefixes_sent: int | None = None  # printed by FRRouting only
    address_family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSession(Record):
    """One session of `show bfd neighbors details`."""

    our_address: Address | None
    neighbor_address: Address
    vrf: str | None
    local_discriminator: int
    remote_discriminator: int
    remote_heard: str  # column RH/RS: Up, or 1(RH) on old images
    state: str  # Up, Down, AdminDown, Init
    interface: str | None  # short form, Tu0
    echo: bool | None
    echo_interval_ms: int | None
    session_host: str | None  # Hardware, Software
    handle: int | None
    diagnostic: int | None
    min_tx_us: int | None
    min_rx_us: int | None
    multiplier: int | None
    received_min_rx_us: int | None
    received_multiplier: int | None
    hold_down_ms: int | None
    hold_down_hits: int | None
    hello_ms: int | None
    hello_hits: int | None
    rx_count: int | None
    tx_count: int | None
    echo_rx_count: int | None
    echo_tx_count: int | None
    protocols: tuple[str, ...]  # who asked for it: EIGRP, OSPF, CEF
    template: str | None
    uptime_s: int | None
    downtime_s: int | None
    last_packet: tuple[str, ...]  # as printed
