"""Values of `show interfaces`, `show ip interface` and the policies of multipoint tunnels."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import TypeAlias

from parsers.records.base import Address, Record

AddressAndMask: TypeAlias = IPv4Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelSettings(Record):
    """What `show interfaces` says of the tunnel in an interface."""

    linestate: str | None  # `up`, `down - no output interface`; newer images
    source: Address | None  # None: UNKNOWN
    source_interface: str | None
    destination: Address | None  # None: multipoint, or UNKNOWN
    transport: str  # multi-GRE/IP, GRE/IP, multi-GRE/IPv6, IPSEC/IP, PIM/IPv4
    key: int | None  # None: disabled
    sequencing: bool | None
    checksumming: bool | None
    tos: int | None
    ttl: int | None
    fast_tunneling: bool
    transport_mtu_bytes: int | None
    transmit_only: bool
    transmit_bandwidth_kbps: int | None
    receive_bandwidth_kbps: int | None
    protection_profile: str | None
    protection_shared: bool

    @property
    def multipoint(self) -> bool:
        """Tell whether the tunnel is mGRE, the kind that DMVPN needs."""
        return self.transport.startswith("multi-GRE/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic(Record):
    """Rates and counters of an interface."""

    rate_interval_s: int | None
    input_rate_bps: int | None
    input_rate_pps: int | None
    output_rate_bps: int | None
    output_rate_pps: int | None
    packets_input: int
    bytes_input: int
    no_buffer: int | None
    received_broadcasts: int | None
    received_multicasts: int | None
    runts: int | None
    giants: int | None
    throttles: int | None
    input_errors: int | None
    crc: int | None
    frame: int | None
    overrun: int | None
    ignored: int | None
    abort: int | None
    packets_output: int
    bytes_output: int
    underruns: int | None
    output_errors: int | None
    collisions: int | None
    interface_resets: int | None
    unknown_protocol_drops: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(Record):
    """One interface of `show interfaces`."""

    interface: str
    status: str  # up, down, administratively down
    status_note: str | None  # spoofing, err-disabled, connected: in parentheses
    protocol: str
    protocol_note: str | None
    hardware: str | None
    mac_address: str | None
    description: str | None
    address: AddressAndMask | None
    secondary_addresses: tuple[AddressAndMask, ...]
    negotiated: str | None  # DHCP, IPCP
    unnumbered_interface: str | None
    unnumbered_address: IPv4Address | None
    mtu_bytes: int | None
    bandwidth_kbps: int | None
    delay_us: int | None
    reliability: int | None  # of 255, like the loads
    txload: int | None
    rxload: int | None
    encapsulation: str | None
    vlan_id: int | None
    keepalive_s: int | None  # None: not set
    keepalive_retries: int | None
    tunnel: TunnelSettings | None
    last_input_s: int | None
    last_output_s: int | None
    output_hang_s: int | None
    cleared_s: int | None  # seconds since the counters were cleared
    input_queue: tuple[int, ...]  # size, max, drops, flushes
    output_queue: tuple[int, ...]  # size, max [total, threshold, drops]
    total_output_drops: int | None
    queueing_strategy: str | None
    traffic: Traffic | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IpInterface(Record):
    """The IP side of one interface, `show ip interface`."""

    interface: str
    status: str
    protocol: str
    enabled: bool  # False: `Internet protocol processing disabled`
    address: AddressAndMask | None
    secondary_addresses: tuple[AddressAndMask, ...]
    negotiated: str | None  # DHCP, IPCP
    unnumbered_interface: str | None
    unnumbered_address: IPv4Address | None
    broadcast_address: IPv4Address | None
    determined_by: str | None  # setup command, non-volatile memory
    peer_address: IPv4Address | None
    mtu_bytes: int | None
    helper_addresses: tuple[IPv4Address, ...]
    directed_broadcast: str | None
    multicast_groups: tuple[IPv4Address, ...]
    outgoing_common_access_list: str | None
    outgoing_access_list: str | None
    inbound_common_access_list: str | None
    inbound_access_list: str | None
    proxy_arp: bool | None
    local_proxy_arp: bool | None
    split_horizon: bool | None
    icmp_redirects: bool | None  # `always sent`; should be off on a DMVPN tunnel
    icmp_unreachables: bool | None
    icmp_mask_replies: bool | None
    vrf: str | None
    downstream_vrf: str | None
    policy_routing: bool | None
    policy_route_map: str | None
    address_translation: str | None
    input_features: tuple[str, ...]
    output_features: tuple[str, ...]
    post_encapsulation_features: tuple[str, ...]
    settings: tuple[str, ...]  # switching, accounting, topologies: as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyClass(Record):
    """One class of a service policy."""

    policy: str
    parent_class: str | None  # the class of the outer policy that calls this one
    class_map: str
    match_type: str  # match-any, match-all
    packets: int | None
    bytes: int | None
    rate_interval_s: int | None
    offered_rate_bps: int | None
    drop_rate_bps: int | None
    matches: tuple[str, ...]
    queue_depth: int | None
    total_drops: int | None
    no_buffer_drops: int | None
    output_packets: int | None
    output_bytes: int | None
    shape_rate_bps: int | None  # target shape rate
    actions: tuple[str, ...]  # set, police, priority, bandwidth, queue limit: as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipointPolicy(Record):
    """The service policy towards one peer, `show policy-map multipoint`."""

    interface: str
    nbma_address: Address
    direction: str | None  # output, input; None: the peer has no policy
    policy: str | None
    classes: tuple[PolicyClass, ...]
