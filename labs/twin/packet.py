"""Packets on the simulated wire, as frozen values.

Addresses are real, payloads are typed values: the byte codec of NHRP is a matter of `capture`,
not of forwarding. Sizes are kept so that MTU and DF can be judged.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address

from labs.twin.addresses import IPV4, IPV6, Address, IPNetwork, IPv6Address

EIGRP_MULTICAST = IPv4Address("224.0.0.10")
EIGRP_GROUPS: dict[int, Address] = {IPV4: EIGRP_MULTICAST, IPV6: IPv6Address("FF02::A")}
"""Where hellos go to, by address family."""


class IcmpKind(StrEnum):
    """The ICMP messages the twin models."""

    ECHO = "echo"
    ECHO_REPLY = "echo reply"
    TIME_EXCEEDED = "time exceeded"
    NET_UNREACHABLE = "net unreachable"
    HOST_UNREACHABLE = "host unreachable"
    PORT_UNREACHABLE = "port unreachable"
    ADMIN_PROHIBITED = "admin prohibited"
    FRAGMENTATION_NEEDED = "fragmentation needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Icmp:
    """An ICMP message; errors carry the packet they complain about."""

    kind: IcmpKind
    ident: int = 0
    sequence: int = 0
    about: "Packet | None" = None
    mtu: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Udp:
    """A UDP datagram without content (traceroute probes)."""

    source_port: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tcp:
    """A segment of a modelled TCP stream; `payload` is a typed message or None for a bare ACK."""

    source_port: int
    port: int
    flags: frozenset[str] = frozenset()
    """Of syn, ack, fin, rst."""
    seq: int = 0
    ack: int = 0
    payload: object = None
    mss: int | None = None
    """Of a SYN: the longest segment that its sender takes."""


class NhrpType(IntEnum):
    """NHRP packet types: RFC 2332 section 5.2, and 8 of Cisco."""

    RESOLUTION_REQUEST = 1
    RESOLUTION_REPLY = 2
    REGISTRATION_REQUEST = 3
    REGISTRATION_REPLY = 4
    PURGE_REQUEST = 5
    PURGE_REPLY = 6
    ERROR_INDICATION = 7
    TRAFFIC_INDICATION = 8

    @property
    def is_reply(self) -> bool:
        """Tell whether it answers a request: then it is for the source of the request."""
        return self in _REPLIES

    @property
    def is_indication(self) -> bool:
        """Tell whether it only tells something: nobody answers it or complains about it."""
        return self in _INDICATIONS


_REPLIES = frozenset({NhrpType.RESOLUTION_REPLY, NhrpType.REGISTRATION_REPLY, NhrpType.PURGE_REPLY})
_INDICATIONS = frozenset({NhrpType.ERROR_INDICATION, NhrpType.TRAFFIC_INDICATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpClient:
    """One client information entry (CIE)."""

    code: int = 0
    prefix_length: int = 32
    holdtime_s: int = 0
    nbma: Address | None = None
    protocol: Address | None = None
    preference: int = 255
    mtu: int = 0
    """0: none is told (RFC 2332 section 5.2.0.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhrp:
    """An NHRP packet."""

    type: NhrpType
    request_id: int
    source_nbma: Address
    source: Address
    """Protocol (tunnel) address of the source; a reply keeps those of its request."""
    destination: Address
    """Protocol address asked for, or of the NHS, or of the offender."""
    hop_count: int = 255
    unique: bool = False
    router: bool = False
    authoritative: bool = False
    nat: bool = False
    no_reply: bool = False
    """Purge: the sender expects no reply."""
    clients: tuple[NhrpClient, ...] = ()
    authentication: str | None = None
    error_code: int = 0
    responder: NhrpClient | None = None
    forward_record: tuple[NhrpClient, ...] = ()
    reverse_record: tuple[NhrpClient, ...] = ()
    claimed_nbma: Address | None = None
    """NAT extension: the address the sender believes to have."""
    group: str | None = None
    """Registration: name of the client's group."""
    data: "Packet | None" = None
    """Traffic indication: the packet that would have had a better way."""
    about: "Nhrp | None" = None
    """Error indication: the offender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eigrp:
    """An EIGRP packet; its content is a value of labs.twin.routing.eigrp."""

    asn: int
    message: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Gre:
    """GRE with an optional key; carries an IP packet or an NHRP packet (protocol 0x2001)."""

    key: int | None
    payload: "Packet | Nhrp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Esp:
    """An encrypted payload; `spi` selects the receiver's SA."""

    spi: int
    sequence: int
    payload: Gre
    tunnel_mode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ike:
    """An IKE message; its content is a value of labs.twin.crypto."""

    version: int
    initiator_spi: int
    responder_spi: int
    message: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """Octets off the wire that the twin cannot read, by IP protocol number."""

    protocol: int
    octets: bytes


Payload = Icmp | Udp | Tcp | Eigrp | Gre | Esp | Ike | Opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """An IPv4 packet."""

    src: Address
    dst: Address
    payload: Payload
    ttl: int = 255
    size: int = 100
    """Length of the IP packet in bytes."""
    df: bool = False
    dscp: int = 0
    trace: tuple[str, ...] = field(default=(), compare=False)
    """Names of the routers passed, for diagnosis only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """A destination with the path attributes a protocol puts on it."""

    network: IPNetwork
    metric: int = 0
