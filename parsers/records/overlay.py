"""Values of `show dmvpn` and `show ip nhrp`."""

from dataclasses import dataclass
from enum import StrEnum

from parsers.records.base import Address, Network, Record


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
