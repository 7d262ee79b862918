"""Which settings a peer has: its own, or those of the group of its listen range."""

from ipaddress import IPv4Address

from labs.twin.device import BgpConfig, BgpNeighborConfig, DeviceConfig
from labs.twin.effects import Surroundings
from labs.twin.routing.bgp.tcp import Signature
from labs.twin.routing.bgp.values import BgpPeer

EXTERNAL_TTL, INTERNAL_TTL = 1, 255
NEAR = ("connected", "nhrp")
"""Sources of routes behind which a neighbour is; NHRP knows hosts of the tunnel's own network."""


def family_of(config: DeviceConfig, vrf: str) -> BgpConfig | None:
    """Give the BGP process, or its address family of a VRF."""
    if config.bgp is None or not vrf:
        return config.bgp
    return config.bgp.families.get(vrf)


def settings_of(peer: BgpPeer, config: BgpConfig) -> BgpNeighborConfig | None:
    """Give the settings of a peer: its own, or those of its group."""
    if peer.dynamic:
        return config.peer_groups.get(peer.group) if peer.group is not None else None
    return config.neighbors.get(peer.address)


def group_for(address: IPv4Address, config: BgpConfig) -> str | None:
    """Give the peer group of the most specific listen range an address is in."""
    ranges = [(r.prefixlen, group) for r, group in config.listen_ranges if address in r]
    return max(ranges)[1] if ranges else None


def essence(config: BgpNeighborConfig) -> tuple[object, ...]:
    """Give the settings whose change resets the session."""
    return (
        config.remote_as,
        config.password,
        config.update_source,
        config.shutdown,
        config.activate,
        config.route_reflector_client,
        config.ebgp_multihop,
    )


def source_of(
    peer: BgpPeer, settings: BgpNeighborConfig, around: Surroundings, vrf: str
) -> IPv4Address | None:
    """Give the address we speak from to a peer, None while it cannot be reached.

    An external peer has to be on a connected network unless it may be hops away.
    """
    via = around.lookup(peer.address, vrf)
    if via is None:
        return None
    family = family_of(around.config, vrf)
    external = family is not None and family.asn != peer.remote_as
    if external and settings.ebgp_multihop is None and via.source not in NEAR:
        return None
    interface = around.config.interfaces.get(settings.update_source or via.interface)
    if interface is None or interface.address is None:
        return None
    return interface.address.ip


def ttl_of(settings: BgpNeighborConfig, *, internal: bool) -> int:
    """Give the time to live of packets to a peer."""
    return INTERNAL_TTL if internal else settings.ebgp_multihop or EXTERNAL_TTL


def signature_of(config: BgpNeighborConfig) -> Signature | None:
    """Give the signature a `neighbor ... password` line asks for."""
    return Signature(password=config.password) if config.password is not None else None


def dynamic_peer(address: IPv4Address, config: BgpConfig | None) -> BgpPeer | None:
    """Make a peer of a caller, if it is in a listen range whose group may be called."""
    group = group_for(address, config) if config is not None else None
    settings = config.peer_groups.get(group) if config is not None and group else None
    if settings is None or settings.remote_as is None or settings.shutdown:
        return None
    return BgpPeer(address=address, remote_as=settings.remote_as, group=group, dynamic=True)
