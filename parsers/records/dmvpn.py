"""Values of `show dmvpn`."""

from dataclasses import dataclass
from enum import StrEnum

from parsers.records.base import Address, Network, Record
from parsers.records.crypto import IkeSa, IpsecFlow
from parsers.records.nhrp import NhsFlag


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
class DmvpnServer(Record):
    """One next-hop server in the head of a tunnel (`show dmvpn detail`)."""

    nhs_address: Address
    flags: tuple[NhsFlag, ...]
    nbma_address: Address | None
    priority: int | None
    cluster: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnTunnel(Record):
    """A tunnel of `show dmvpn detail` without peers; else its fields stand on each peer."""

    interface: str
    interface_state: str  # up, down, administratively down
    line_protocol: str
    interface_address: Address | None
    vrf: str | None
    source_address: Address | None
    destination: str | None  # MGRE, Multipoint, or the address of the other end
    tunnel_vrf: str | None
    transport: str | None  # multi-GRE/IP
    protection: str | None  # the IPsec profile
    state_control: bool | None
    event_publisher: bool | None
    servers: tuple[DmvpnServer, ...] = ()
    type: str | None = None
    peers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnCryptoSession(Record):
    """One crypto session of `show dmvpn detail`; alone only where no peer has its addresses."""

    interface: str
    handle: str | None  # of the session, 0x11708818
    pending: bool
    status: str  # UP-ACTIVE, UP-NO-IKE, DOWN
    remote_address: Address | None
    fvrf: str | None
    phase1_id: str | None
    ike_sas: tuple[IkeSa, ...]
    flows: tuple[IpsecFlow, ...]
    outbound_spi: str | None
    transform: str | None
    socket_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnDetailPeer(DmvpnPeer):
    """One peer of `show dmvpn detail`, with what is said of its tunnel and its crypto sessions."""

    interface_state: str
    line_protocol: str
    interface_address: Address | None
    vrf: str | None
    source_address: Address | None
    destination: str | None
    tunnel_vrf: str | None
    transport: str | None
    protection: str | None
    state_control: bool | None
    event_publisher: bool | None
    servers: tuple[DmvpnServer, ...]
    group: str | None = None
    qos_policy: str | None = None
    crypto_sessions: tuple[DmvpnCryptoSession, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount(Record):
    """How many lines of an output match: `show dmvpn | count Status: UP`."""

    count: int
