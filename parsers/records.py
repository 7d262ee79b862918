"""The typed values that the parsers return, one class a kind of row.

Fields carry the words of the command; units stand in the name (`_s` seconds, `_ms` milliseconds,
`_kib` KiB); what the output leaves out or prints as `never` is None. What a heading says
(interface, type, VRF, AS) is repeated on each of its rows. How text becomes these values is in
`convert`.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Record:
    """Any value that a parser returns; frozen and slotted."""

    __slots__ = ()


class Attribute(StrEnum):
    """Letters of the column Attrb of `show dmvpn`; DT1 is ("D", "T1")."""

    STATIC = "S"
    DYNAMIC = "D"
    INCOMPLETE = "I"
    TEMPORARY = "I2"
    NATED = "N"
    LOCAL = "L"
    NO_SOCKET = "X"
    ROUTE_INSTALLED = "T1"
    NEXTHOP_OVERRIDE = "T2"
    CTS_CAPABLE = "C"
    BGP = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnPeer(Record):
    """One row of `show dmvpn`: a tunnel address behind an NBMA peer."""

    interface: str
    type: str
    peers: int
    entries: int
    nbma_address: Address | None  # None: printed as UNKNOWN
    tunnel_address: Address
    state: str  # UP, NHRP, IPSEC, IKE, INTF: the layer that fails
    since_s: int | None
    attributes: tuple[Attribute, ...]
    target_network: Network | None = None  # printed in the IPv6 form and in `detail`
    target_vrf: str | None = None
    admin_down: tuple[str, ...] = ()  # tunnels of the router that are shut, repeated on each row


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnTunnelDown(Record):
    """A shut tunnel in an output of `show dmvpn` that has no peers to carry `admin_down`."""

    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpRequester(Record):
    """Who asked for an entry that this router answered for."""

    address: Address
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpEntry(Record):
    """One entry of the NHRP cache (`show ip nhrp` and its forms)."""

    network: Network
    target_address: Address  # the address as printed before the mask
    via: Address | None  # None: incomplete, or a form older than 12.4
    interface: str
    created_s: int
    expires_s: int | None
    type: str  # static, dynamic, incomplete
    flags: tuple[str, ...]
    nbma_address: Address | str | None  # text where it is no IP address (ATM), None: incomplete
    claimed_nbma_address: Address | None = None
    no_socket: bool = False
    group: str | None = None
    preference: int | None = None
    cache_hits: int | None = None
    requesters: tuple[NhrpRequester, ...] = ()
    metadata: tuple[str, ...] = ()  # lines of the Metadata Exchange Framework, XE 17


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpPendingRegistration(Record):
    """A registration request without its reply; alone only where its server has no row."""

    request_id: int
    retry: int
    nhs_address: Address
    interface: str | None
    expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpServer(Record):
    """One next-hop server of `show ip nhrp nhs [detail]`."""

    interface: str
    nhs_address: Address
    flags: tuple[str, ...]  # R responding, E expecting replies, W waiting, D dynamic
    nbma_address: Address | None
    priority: int | None
    cluster: int | None
    requests_sent: int | None = None
    requests_failed: int | None = None
    replies_received: int | None = None
    replied_s: int | None = None  # seconds since the last reply or change of state
    request_id: int | None = None
    acknowledged_id: int | None = None
    socket_requested: bool | None = None
    pending: tuple[NhrpPendingRegistration, ...] = ()

    @property
    def responding(self) -> bool:
        """Tell whether the server answers registrations."""
        return "R" in self.flags


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
class IkeSa(Record):
    """One IKE security association of a crypto session."""

    version: int | None  # None: printed as `IKE SA`, 12.4
    session_id: int | None
    local_address: Address
    local_port: int
    remote_address: Address
    remote_port: int
    state: str
    capabilities: str | None = None
    connection_id: int | None = None
    lifetime_s: int | None = None

    @property
    def active(self) -> bool:
        """Tell whether the association is in use."""
        return self.state == "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlow(Record):
    """One protected flow of a crypto session."""

    flow: str
    active_sas: int
    origin: str
    decrypted_packets: int | None = None
    inbound_drops: int | None = None
    inbound_life: str | None = None
    encrypted_packets: int | None = None
    outbound_drops: int | None = None
    outbound_life: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession(Record):
    """One session of `show crypto session [detail]`."""

    interface: str
    status: str  # UP-ACTIVE, UP-IDLE, UP-NO-IKE, DOWN, DOWN-NEGOTIATING
    peer_address: Address
    peer_port: int
    ike_sas: tuple[IkeSa, ...]
    flows: tuple[IpsecFlow, ...]
    profile: str | None = None
    username: str | None = None
    group: str | None = None
    assigned_address: Address | None = None
    uptime_s: int | None = None
    fvrf: str | None = None
    ivrf: str | None = None
    phase1_id: str | None = None
    description: str | None = None

    @property
    def active_sas(self) -> int:
        """Sum the active IPsec associations of all flows."""
        return sum(flow.active_sas for flow in self.flows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Sa(Record):
    """One association of `show crypto ikev2 sa`."""

    tunnel_id: int
    local_address: Address
    local_port: int
    remote_address: Address
    remote_port: int
    fvrf: str | None
    ivrf: str | None
    status: str  # READY, IN-NEG, DELETE
    encryption: str | None
    key_size: int | None
    prf: str | None
    hash: str | None
    dh_group: int | None
    auth_sign: str | None
    auth_verify: str | None
    lifetime_s: int | None
    active_s: int | None
    ce_id: int | None = None
    session_id: int | None = None
    local_spi: str | None = None
    remote_spi: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Record):
    """What `show version` says of the router."""

    hostname: str
    software: str  # the line that names the software, whole
    image_id: str | None  # VIOS-ADVENTERPRISEK9-M
    version: str  # 15.9(3)M9, 17.3.4a
    xe_version: str | None
    uptime_s: int
    image_file: str | None
    reload_reason: str | None
    returned_by: str | None
    restarted_at: str | None
    rom: str | None
    boot_loader: str | None
    compiled: str | None
    platform: str | None  # CSR1000V, ASR1001, IOSv
    memory_kib: int | None
    serial: str | None
    configuration_register: str | None
    license_level: str | None
    license_type: str | None
    smart_licensing: str | None
    throughput_kbps: int | None
    hardware: tuple[str, ...]  # interfaces and memories, as printed
    notes: tuple[str, ...] = ()  # lines about stack members and special builds, as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Record):
    """What `show clock` says."""

    source: str  # "synchronized", "not synchronized" (`.`), "not set" (`*`)
    time: datetime  # wall clock of the router, without a zone: see `zone`
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile(Record):
    """One configuration kept by the archive."""

    number: int
    name: str
    most_recent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Record):
    """What `show archive` says."""

    enabled: bool
    maximum: int | None = None
    saved: int | None = None
    next_name: str | None = None
    files: tuple[ArchiveFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackTimer(Record):
    """A pending rollback of `show archive config rollback timer`; no record: none is pending."""

    configured_at: str
    timer_type: str
    timer_minutes: int
    user: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceBrief(Record):
    """One row of `show ip interface brief`."""

    interface: str
    address: IPv4Address | None  # None: unassigned
    ok: bool
    method: str
    status: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine(Record):
    """One row of `show users`."""

    current: bool  # `*`: the line that asks
    line_number: int | None
    line: str
    user: str | None
    hosts: str
    idle_s: int | None
    location: str | None


Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"


def plain(value: object) -> Plain:
    """Turn a record, or a value of one, into what JSON can hold: addresses and times as text."""
    if isinstance(value, Record):
        # Every concrete record is a dataclass; the base is not, so that it stays without fields.
        names = [field.name for field in fields(value)]  # type: ignore[arg-type]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
