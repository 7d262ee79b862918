"""Device views: what the whole intent means for one router, as plain frozen values.

A view holds everything that rendering and judging need, addresses resolved, nothing to look up
in the fabric. Secrets are references (`secret:NAME`), never values.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


class Role(StrEnum):
    """Part that a router plays in its clouds."""

    HUB = "hub"
    SPOKE = "spoke"


class Phase(IntEnum):
    """Phase of a cloud: how spokes reach each other."""

    ONE = 1
    TWO = 2
    THREE = 3


class Generation(StrEnum):
    """Generation of the NHRP defaults of an image (reference/DMVPN.md section 2)."""

    LEGACY = "legacy"
    MODERN = "modern"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerView:
    """Another member of the cloud as this router meets it."""

    name: str
    site: str
    role: Role
    address: IPv4Address
    """On the overlay."""
    nbma: IPv4Address | None
    """On the underlay; None where the fabric does not say (a spoke on DHCP)."""
    lans: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelView:
    """The tunnel interface of one cloud on this router."""

    cloud: str
    phase: Phase
    role: Role
    interface: str
    """Full name, e.g. Tunnel100."""
    address: IPv4Interface
    """Overlay address with the length of the overlay."""
    wan: str
    """Interface the tunnel leaves by, e.g. GigabitEthernet2."""
    nbma: IPv4Address | None
    front_vrf: str | None
    network_id: int
    authentication: str | None
    """Reference of the NHRP authentication string."""
    holdtime_s: int
    key: int | None
    mtu: int
    mss: int
    bandwidth_kbit: int | None
    delay_tens_us: int | None
    redirect: bool
    shortcut: bool
    multicast_dynamic: bool
    nhs: tuple[PeerView, ...]
    """Hubs this router registers with; empty on a hub."""
    peers: tuple[PeerView, ...]
    """Every other member of the cloud, by name."""
    ipsec_profile: str | None
    extra_config: tuple[str, ...] = ()
    """Lines of the escape hatch that go into this interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoView:
    """The IKEv2 and IPsec objects of one cloud; all carry the same name."""

    cloud: str
    name: str
    """E.g. DMVPN-BLUE: name of proposal, policy, keyring, profiles and transform set."""
    front_vrf: str | None
    psk: str
    """Reference of the pre-shared key."""
    encryption: str
    integrity: str | None
    """None with an AEAD cipher."""
    prf: str | None
    group: int
    transform: tuple[str, ...]
    """Words after the name of the transform set."""
    pfs_group: int | None
    dpd: tuple[int, int] | None
    """(interval s, retry s), periodic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanView:
    """One LAN interface; the first address is the primary one."""

    interface: str
    addresses: tuple[IPv4Interface, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpInterfaceView:
    """EIGRP settings of one tunnel interface."""

    interface: str
    split_horizon: bool
    next_hop_self: bool
    summaries: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpView:
    """One EIGRP process, classic (`name` is None) or named."""

    asn: int
    name: str | None
    router_id: IPv4Address
    networks: tuple[IPv4Network, ...]
    stub: tuple[str, ...]
    """Words of `eigrp stub`; empty on a hub."""
    interfaces: tuple[EigrpInterfaceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpGroupView:
    """The peer group of a hub: spokes appear by the listen range."""

    name: str
    listen_range: IPv4Network
    keepalive_s: int
    hold_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPeerView:
    """A neighbour that is configured by address."""

    name: str
    address: IPv4Address
    keepalive_s: int
    hold_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpView:
    """iBGP of this router: a route reflector on a hub, a client on a spoke."""

    asn: int
    router_id: IPv4Address
    networks: tuple[IPv4Network, ...]
    groups: tuple[BgpGroupView, ...]
    """Not empty on a hub."""
    peers: tuple[BgpPeerView, ...]
    """The hubs, on a spoke (and the other hubs, on a hub)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """Everything the fabric says about one router."""

    name: str
    """Name in the fabric and in hosts.yaml."""
    site: str
    role: Role
    generation: Generation
    generation_given: bool = False
    """The fabric says which; else the device's own version decides."""
    tunnels: tuple[TunnelView, ...]
    crypto: tuple[CryptoView, ...]
    lans: tuple[LanView, ...]
    eigrp: tuple[EigrpView, ...]
    bgp: BgpView | None
    extra_config: tuple[str, ...] = ()
    """Global lines and blocks of the escape hatch, as written."""

    @property
    def is_hub(self) -> bool:
        """Tell whether this router is a hub of any cloud."""
        return self.role is Role.HUB
