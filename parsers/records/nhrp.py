"""Values of `show ip nhrp`."""

from dataclasses import dataclass
from enum import StrEnum

from parsers.records.base import Address, Network, Record


class NhrpFlag(StrEnum):
    """Words of `Flags:` of an entry; one that is not here stays text, for no legend lists them."""

    AUTHORITATIVE = "authoritative"
    BFD = "bfd"
    BGP = "bgp"
    IMPLICIT = "implicit"
    LFIB = "lfib"
    LOCAL = "local"
    NAT = "nat"
    NEGATIVE = "negative"
    NHO = "nho"
    NHOP = "nhop"
    REGISTERED = "registered"
    REJECTED = "rejected"
    RIB = "rib"
    ROUTER = "router"
    TEMPORARY = "temporary"
    UNIQUE = "unique"
    USED = "used"


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
    flags: tuple[NhrpFlag | str, ...]
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


class NhsFlag(StrEnum):
    """Letters of a next-hop server."""

    RESPONDING = "R"
    EXPECTING = "E"
    WAITING = "W"
    DYNAMIC = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpServer(Record):
    """One next-hop server of `show ip nhrp nhs [detail]`."""

    interface: str
    nhs_address: Address
    flags: tuple[NhsFlag, ...]  # R responding, E expecting replies, W waiting, D dynamic
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
        return NhsFlag.RESPONDING in self.flags


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpBrief(Record):
    """One entry of `show ip nhrp brief`."""

    network: Network
    via: Address | None
    interface: str  # cut to seven characters up to 15.x: Tu15272
    type: str  # static, dynamic, incomplete
    nbma_address: Address | None
    claimed_nbma_address: Address | None
    flags: tuple[str, ...]  # letters of the legend of XE: u unique, r registered ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpRedirect(Record):
    """One entry of `show ip nhrp redirect`."""

    network: Network
    via: Address
    type: str
    flags: tuple[NhrpFlag | str, ...]
    nbma_address: Address
    hold_time_s: int | None
    authentication: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpMulticastTarget(Record):
    """One NBMA address that gets a copy of each multicast (`show ip nhrp multicast`)."""

    interface: str
    nbma_address: Address
    flags: tuple[str, ...]  # static, dynamic, nhs
    enabled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpSummary(Record):
    """Counts of the cache, or of its remote or local part (`show ip nhrp summary`)."""

    protocol: str  # IP, IPv6
    part: str | None  # Remote, Local; None: all
    entries: int
    size_bytes: int | None
    static: int
    dynamic: int
    incomplete: int
    nhop: int | None = None
    bfd: int | None = None
    default: int | None = None
    temporary: int | None = None
    route: int | None = None
    rib: int | None = None
    rib_h: int | None = None
    rib_nho: int | None = None
    bgp: int | None = None
    lfib: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpTraffic(Record):
    """The packets of one tunnel in one direction (`show ip nhrp traffic`)."""

    interface: str | None  # None: the router as a whole
    direction: str  # sent, received, forwarded
    total: int
    resolution_requests: int
    resolution_replies: int
    registration_requests: int
    registration_replies: int
    purge_requests: int
    purge_replies: int
    error_indications: int
    traffic_indications: int
    redirect_suppressed: int | None
    max_send_packets: int | None = None
    max_send_interval_s: int | None = None
    usage_percent: int | None = None
    packet_queue: str | None = None  # as printed: 0[0](1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpEvent(Record):
    """How often one event occurred (`show ip nhrp stats`)."""

    interface: str | None  # None: the command named one tunnel, or all are counted together
    section: str  # RIB Events, Tunnel Protection ...
    direction: str  # sent by NHRP, received by NHRP
    event: str
    count: int
    errors: int
