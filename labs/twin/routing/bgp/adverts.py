"""What changes for a peer and for the routing table, as messages and entries.

Who may know what is decided in `table`.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import DeviceConfig
from labs.twin.effects import RouteEntry
from labs.twin.routing.bgp.values import Attributes, BgpPeer, BgpRoute, Update

INTERNAL_DISTANCE, EXTERNAL_DISTANCE = 200, 20


def differences(peer: BgpPeer, wanted: Mapping[IPv4Network, Attributes | None]) -> list[Update]:
    """Make the updates that bring a peer up to date, and note what it was told."""
    withdrawn: list[IPv4Network] = []
    reached: dict[Attributes, list[IPv4Network]] = {}
    for network, attributes in wanted.items():
        if attributes == peer.told.get(network):
            continue
        if attributes is None:
            del peer.told[network]
            withdrawn.append(network)
        else:
            peer.told[network] = attributes
            reached.setdefault(attributes, []).append(network)
    updates = [Update(withdrawn=tuple(withdrawn))] if withdrawn else []
    return updates + [
        Update(reached=tuple(networks), attributes=attributes)
        for attributes, networks in reached.items()
    ]


def received(
    peer: BgpPeer, network: IPv4Network, update: Update, now: float, *, internal: bool
) -> BgpRoute | None:
    """Make the path a peer told us of, None where the update lacks attributes."""
    if update.attributes is None:
        return None
    return BgpRoute(
        network=network,
        attributes=update.attributes,
        peer=peer.address,
        peer_router_id=peer.remote_router_id,
        internal=internal,
        since=now,
    )


def share_subnet(config: DeviceConfig, one: IPv4Address, other: IPv4Address) -> bool:
    """Tell whether two addresses are on one subnet of ours."""
    return any(
        interface.address is not None
        and one in interface.address.network
        and other in interface.address.network
        for interface in config.interfaces.values()
    )


def rib_entry(route: BgpRoute | None, now: float) -> RouteEntry | None:
    """Make the entry of a best path; our own paths have none, but an aggregate goes to Null0."""
    if route is None or (route.peer is None and not route.aggregate):
        return None
    return RouteEntry(
        network=route.network,
        source="bgp",
        distance=INTERNAL_DISTANCE if route.internal else EXTERNAL_DISTANCE,
        metric=route.attributes.med,
        next_hop=None if route.aggregate else route.attributes.next_hop,
        interface="Null0" if route.aggregate else None,
        since=now,
        external=not route.internal,
    )
