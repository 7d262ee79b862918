"""The device model: what a configuration means, as frozen values.

`intake` makes a `DeviceConfig` of a tree of configuration lines; `router` runs it; `show`
prints it. Nothing here knows the text of a command or any state that changes with time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from labs.twin.addresses import (
    IPV4,
    IPV6,
    Address,
    IPInterface,
    IPNetwork,
    IPv6Address,
    IPv6Interface,
)
from labs.twin.filters import Filters
from labs.twin.image import ImageProfile
from labs.twin.screens import ScreenRule

GLOBAL_VRF = ""
"""Name of the global routing table."""
REDIRECT_TIMEOUT_S = 8
"""`ip nhrp redirect` without a timeout [K]."""


class TunnelMode(StrEnum):
    """Encapsulation of a tunnel interface; the value is the text after `tunnel mode`."""

    GRE_IP = "gre ip"
    GRE_IPV6 = "gre ipv6"
    GRE_MULTIPOINT = "gre multipoint"
    GRE_MULTIPOINT_IPV6 = "gre multipoint ipv6"


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelConfig:
    """The `tunnel ...` lines of one interface."""

    source: str | Address | None = None
    """Interface name or address."""
    destination: Address | None = None
    mode: TunnelMode = TunnelMode.GRE_IP
    key: int | None = None
    vrf: str = GLOBAL_VRF
    """Front-door VRF."""
    ipsec_profile: str | None = None
    shared: bool = False
    ttl: int = 255
    route_via: str | None = None
    """Interface that outer packets leave by, if there is a way there."""
    route_via_only: bool = False
    """`mandatory`: by no other one."""
    path_mtu_discovery: bool = False
    path_mtu_age_s: float = 600.0
    """How long a path MTU holds: 10 minutes by default, infinity for `age-timer infinite`."""
    path_mtu_floor: int = 92
    """Path MTUs below are not believed (`min-mtu`)."""

    @property
    def multipoint(self) -> bool:
        """Tell whether it is an mGRE tunnel."""
        return self.mode in {TunnelMode.GRE_MULTIPOINT, TunnelMode.GRE_MULTIPOINT_IPV6}

    @property
    def transport(self) -> int:
        """Give the address family that carries it."""
        return IPV6 if self.mode in {TunnelMode.GRE_IPV6, TunnelMode.GRE_MULTIPOINT_IPV6} else IPV4


@dataclass(frozen=True, slots=True, kw_only=True)
class NhsConfig:
    """One `ip nhrp nhs` line."""

    address: Address
    nbma: Address | None = None
    multicast: bool = False
    priority: int = 0
    cluster: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpConfig:
    """The `ip nhrp ...` lines of one interface, defaults of the image already applied."""

    network_id: int | None = None
    authentication: str | None = None
    holdtime_s: int
    registration_timeout_s: int | None = None
    registration_unique: bool
    maps: tuple[tuple[Address, Address], ...] = ()
    """(tunnel address, NBMA address), in order of entry."""
    multicast_maps: tuple[Address, ...] = ()
    multicast_dynamic: bool
    nhs: tuple[NhsConfig, ...] = ()
    nhs_limits: dict[int, int] = field(default_factory=dict)
    """By cluster: how many of its servers are in use at most (`max-connections`)."""
    nhs_fallback_s: int = 0
    """How long a better server has to answer before a worse one is given up for it."""
    shortcut: bool
    redirect: bool = False
    redirect_timeout_s: int = REDIRECT_TIMEOUT_S
    """At most one indication for a sender and a destination in this time."""
    record: bool = True
    """Carried messages note who carried them."""
    responder: str | None = None
    """Interface whose address stands for us in replies."""
    server_only: bool = False
    """Never ask for mappings."""
    max_send: tuple[int, int] | None = None
    """(packets, seconds) of `ip nhrp max-send`."""
    group: str | None = None
    """Name sent in registrations."""
    group_policies: dict[str, str] = field(default_factory=dict)
    """By group of a client: the policy its tunnel gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpInterfaceConfig:
    """EIGRP settings of one interface in one autonomous system, either mode."""

    split_horizon: bool = True
    next_hop_self: bool = True
    passive: bool = False
    summaries: tuple[IPNetwork, ...] = ()
    summary_distances: Mapping[IPNetwork, int] = field(default_factory=dict)
    leaks: Mapping[IPNetwork, str] = field(default_factory=dict)
    """By summary: the route map of what is told beside it (`leak-map`)."""
    hello_s: int | None = None
    hold_s: int | None = None
    shutdown: bool = False
    every_path: bool = False
    """`no next-hop-self no-ecmp-mode`: a path that is not the first keeps its next hop too."""
    bandwidth_percent: int = 50
    add_paths: int = 1
    """How many paths of equal cost are told."""
    authentication: str | None = None
    """md5 or hmac-sha-256."""
    key_chain: str | None = None
    password: str | None = None
    """Of hmac-sha-256, in clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipv6Config:
    """The `ipv6 ...` lines of an interface on which IPv6 is enabled."""

    addresses: tuple[IPv6Interface, ...] = ()
    """Global and unique local ones, in order of entry."""
    link_local: IPv6Address
    mtu: int | None = None
    nhrp: NhrpConfig | None = None
    eigrp: "dict[int, EigrpInterfaceConfig]" = field(default_factory=dict)
    """By autonomous system, of either mode; in classic mode the interface takes part by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceConfig:
    """One interface."""

    name: str
    """Full name, e.g. GigabitEthernet2, Tunnel100, Loopback0."""
    description: str | None = None
    vrf: str = GLOBAL_VRF
    address: IPv4Interface | None = None
    secondaries: tuple[IPv4Interface, ...] = ()
    """`ip address ... secondary`, in order of entry."""
    screen_in: str | None = None
    """`ip access-group ... in`: the list that packets have to pass."""
    screen_out: str | None = None
    dhcp: bool = False
    """`ip address dhcp`: the address is leased, not configured."""
    shutdown: bool = False
    proxy_arp: bool = True
    unreachables: bool = True
    """ICMP unreachables are sent about what came in here."""
    vlan: int | None = None
    """Subinterfaces: the tag of `encapsulation dot1Q`."""
    native: bool = False
    """Subinterfaces: frames of this VLAN go without a tag."""
    mtu: int | None = None
    ip_mtu: int | None = None
    tcp_mss: int | None = None
    bandwidth_kbit: int | None = None
    delay_tens_us: int | None = None
    if_state_nhrp: bool = False
    tunnel: TunnelConfig | None = None
    nhrp: NhrpConfig | None = None
    eigrp: dict[int, EigrpInterfaceConfig] = field(default_factory=dict)
    """By autonomous system; filled from both classic interface lines and af-interface blocks."""
    ipv6: Ipv6Config | None = None

    @property
    def addresses(self) -> tuple[IPv4Interface, ...]:
        """Give the primary address, if there is one, and the secondary ones."""
        return self.secondaries if self.address is None else (self.address, *self.secondaries)

    def addresses_of(self, family: int) -> tuple[IPInterface, ...]:
        """Give the addresses of one family, the primary one first; of IPv6 the global ones."""
        if family == IPV4:
            return self.addresses
        return self.ipv6.addresses if self.ipv6 is not None else ()

    def address_of(self, family: int) -> IPInterface | None:
        """Give the primary address of one family."""
        if family == IPV4:
            return self.address
        return next(iter(self.addresses_of(family)), None)

    def nhrp_of(self, family: int) -> NhrpConfig | None:
        """Give the NHRP settings of the overlay of one family."""
        if family == IPV4:
            return self.nhrp
        return self.ipv6.nhrp if self.ipv6 is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """One `ip route` line."""

    prefix: IPNetwork
    next_hop: Address | None = None
    interface: str | None = None
    distance: int = 1
    vrf: str = GLOBAL_VRF
    tag: int = 0
    permanent: bool = False
    """It stays while its interface is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedMetric:
    """The five numbers of an EIGRP metric as typed."""

    bandwidth_kbit: int
    delay_tens_us: int
    reliability: int = 255
    load: int = 1
    mtu: int = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Redistribution:
    """One `redistribute` line."""

    source: str
    """As typed: connected, static, bgp 65000."""
    metric: SeedMetric | None = None
    """Of EIGRP."""
    med: int | None = None
    """Of BGP, which has one number."""
    route_map: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryMetric:
    """One `summary-metric` line."""

    network: IPNetwork
    metric: SeedMetric | None = None
    distance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributeList:
    """One `distribute-list` line."""

    kind: str
    """access, prefix, gateway or route-map."""
    name: str
    inbound: bool
    interface: str | None = None
    gateway: str | None = None
    """Prefix list of the routers it is about (`prefix X gateway Y`)."""
    source: str | None = None
    """Protocol whose redistributed routes it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetList:
    """One `offset-list` line."""

    access: str | None
    """None: all destinations (list 0)."""
    inbound: bool
    offset: int
    interface: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpConfig:
    """One EIGRP process, classic (`name` is None) or named."""

    asn: int
    name: str | None = None
    family: int = IPV4
    vrf: str = GLOBAL_VRF
    router_id: IPv4Address | None = None
    networks: tuple[IPv4Network, ...] = ()
    """A `network` line covers interfaces whose address lies in it."""
    stub: frozenset[str] = frozenset()
    """Words of `eigrp stub`: connected, summary, static, receive-only, redistributed."""
    passive_default: bool = False
    auto_summary: bool = False
    redistribute: tuple[Redistribution, ...] = ()
    shutdown: bool = False
    leak: str | None = None
    """Route map of `eigrp stub ... leak-map`."""
    weights: tuple[int, ...] = (1, 0, 1, 0, 0, 0)
    """K1 to K6."""
    rib_scale: int = 128
    maximum_hops: int = 100
    variance: int = 1
    maximum_paths: int = 4
    minimum_only: bool = False
    """`traffic-share min across-interfaces`."""
    distance_internal: int = 90
    distance_external: int = 170
    default_metric: SeedMetric | None = None
    summary_metrics: tuple[SummaryMetric, ...] = ()
    distribute: tuple[DistributeList, ...] = ()
    offsets: tuple[OffsetList, ...] = ()
    neighbors: tuple[tuple[Address, str], ...] = ()
    """Static neighbours with their interfaces."""
    active_s: int | None = 180
    """How long a route may be active; None: for ever."""
    logs_changes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighborConfig:
    """Settings of a neighbour or of a peer group; an inherited value is already merged."""

    remote_as: int | None = None
    description: str | None = None
    route_reflector_client: bool = False
    next_hop_self: bool = False
    next_hop_self_all: bool = False
    keepalive_s: int = 60
    hold_s: int = 180
    update_source: str | None = None
    password: str | None = None
    default_originate: bool = False
    shutdown: bool = False
    activate: bool = True
    send_community: bool = False
    weight: int = 0
    allowas_in: int = 0
    ebgp_multihop: int | None = None
    prefix_lists: Mapping[str, str] = field(default_factory=dict)
    """By way (in, out); so are the next three."""
    distribute_lists: Mapping[str, str] = field(default_factory=dict)
    route_maps: Mapping[str, str] = field(default_factory=dict)
    filter_lists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpConfig:
    """One BGP process, IPv4 unicast in the global table."""

    asn: int
    router_id: IPv4Address | None = None
    neighbors: dict[IPv4Address, BgpNeighborConfig] = field(default_factory=dict)
    peer_groups: dict[str, BgpNeighborConfig] = field(default_factory=dict)
    listen_ranges: tuple[tuple[IPv4Network, str], ...] = ()
    """(range, peer group)."""
    networks: tuple[IPv4Network, ...] = ()
    aggregates: tuple[tuple[IPv4Network, bool], ...] = ()
    """(prefix, summary-only)."""
    network_maps: Mapping[IPv4Network, str] = field(default_factory=dict)
    """Route maps of `network` lines."""
    redistribute: tuple[Redistribution, ...] = ()
    maximum_paths: int = 1
    maximum_internal: int = 1
    local_preference: int = 100
    distances: tuple[int, int, int] = (20, 200, 200)
    """External, internal, local."""
    cluster_id: IPv4Address | None = None
    any_med: bool = False
    """`bgp always-compare-med`."""
    relaxed: bool = False
    """`bgp bestpath as-path multipath-relax`."""
    vrf: str = GLOBAL_VRF
    families: Mapping[str, "BgpConfig"] = field(default_factory=dict)
    """The address families of VRFs, by VRF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Proposal:
    """One `crypto ikev2 proposal`."""

    name: str
    encryption: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    prf: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IsakmpPolicy:
    """One `crypto isakmp policy`, defaults applied."""

    priority: int
    encryption: str
    """As an IKEv2 proposal names it: aes-cbc-256, 3des."""
    integrity: str
    group: int
    authentication: str
    lifetime_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Policy:
    """One `crypto ikev2 policy`; `fvrf` None matches only the global table, "any" all."""

    name: str
    fvrf: str | None = None
    proposals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Peer:
    """One `peer` of a keyring."""

    name: str
    address: IPNetwork | None = None
    local_key: str | None = None
    remote_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Profile:
    """One `crypto ikev2 profile`, or what IKEv1 has in its place (`version` 1).

    IKEv1 takes its keys from `crypto isakmp key` or from the keyring of a `crypto isakmp profile`;
    both stand among the profiles and keyrings as `isakmp NAME`, the former without a name.
    """

    name: str
    version: int = 2
    fvrf: str | None = None
    match_remote: tuple[IPNetwork, ...] = ()
    auth_local: str | None = None
    auth_remote: str | None = None
    keyring: str | None = None
    dpd: tuple[int, int, str] | None = None
    """(interval s, retry s, periodic or on-demand)."""
    lifetime_s: int = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformSet:
    """One `crypto ipsec transform-set`."""

    name: str
    transforms: tuple[str, ...]
    """Words as configured: esp-aes, 256, esp-sha256-hmac ..."""
    mode: str = "tunnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecProfile:
    """One `crypto ipsec profile`."""

    name: str
    transform_sets: tuple[str, ...] = ()
    ikev2_profile: str | None = None
    isakmp_profile: str | None = None
    pfs_group: int | None = None
    lifetime_s: int = 3600

    @property
    def ike(self) -> str:
        """Give the name of the profile that IKE uses: IKEv1 where no IKEv2 profile is set."""
        return self.ikev2_profile or f"{ISAKMP}{self.isakmp_profile or ''}"


ISAKMP = "isakmp "
"""Before the names of IKEv1 profiles and keyrings; no name holds a blank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoConfig:
    """All crypto objects of a router, by name."""

    proposals: dict[str, Ikev2Proposal] = field(default_factory=dict)
    policies: dict[str, Ikev2Policy] = field(default_factory=dict)
    keyrings: dict[str, tuple[Ikev2Peer, ...]] = field(default_factory=dict)
    profiles: dict[str, Ikev2Profile] = field(default_factory=dict)
    transform_sets: dict[str, TransformSet] = field(default_factory=dict)
    ipsec_profiles: dict[str, IpsecProfile] = field(default_factory=dict)
    isakmp_policies: tuple[IsakmpPolicy, ...] = ()
    """By priority."""
    replay_window: int | None = None
    """`crypto ipsec security-association replay window-size`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DhcpConfig:
    """What a router serves by DHCP."""

    pools: tuple[tuple[IPv4Network, IPv4Address | None], ...] = ()
    """(network, default router)."""
    excluded: tuple[tuple[IPv4Address, IPv4Address], ...] = ()
    """(first, last) of addresses that are not leased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserConfig:
    """One `username` line."""

    name: str
    privilege: int = 1
    secret_type: int | None = None
    """0 (clear), 5, 7, 8 or 9."""
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConfig:
    """The `archive` block."""

    path: str | None = None
    maximum: int = 10
    write_memory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """Everything a configuration says, as far as the twin models it."""

    image: ImageProfile
    hostname: str = "Router"
    domain_name: str | None = None
    vrfs: tuple[str, ...] = ()
    interfaces: dict[str, InterfaceConfig] = field(default_factory=dict)
    """By full name, in running-config order."""
    static_routes: tuple[StaticRoute, ...] = ()
    """Of both families."""
    ipv6_routing: bool = False
    """`ipv6 unicast-routing`: IPv6 packets of others are forwarded."""
    eigrp: tuple[EigrpConfig, ...] = ()
    bgp: BgpConfig | None = None
    filters: Filters = field(default_factory=Filters)
    screens: dict[str, tuple[ScreenRule, ...]] = field(default_factory=dict)
    """Access lists as packets meet them, by name or number."""
    crypto: CryptoConfig = field(default_factory=CryptoConfig)
    dhcp: DhcpConfig = DhcpConfig()
    users: dict[str, UserConfig] = field(default_factory=dict)
    enable_secret: UserConfig | None = None
    archive: ArchiveConfig | None = None
    unreachable_gap_s: float | None = None
    """`ip icmp rate-limit unreachable`: the pause between two; None is what the image does."""
    scp_server: bool = False
    logging_dmvpn: bool = False
