"""What changes for a peer and for the routing table, as messages and entries.

Who may know what is decided in `table`.
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import BgpConfig, BgpNeighborConfig, DeviceConfig
from labs.twin.effects import Effect, PutRoutes, RouteEntry, Surroundings
from labs.twin.routing.bgp import policy
from labs.twin.routing.bgp.table import Table
from labs.twin.routing.bgp.values import Attributes, BgpPeer, BgpRoute, Update

Entries = tuple[RouteEntry, ...]


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


def taken(
    peer: BgpPeer, settings: BgpNeighborConfig, route: BgpRoute | None, around: Surroundings
) -> BgpRoute | None:
    """Ask the inbound policy of a peer about what it offers, and note what we took."""
    passed = policy.inbound(around.config.filters, settings, route) if route is not None else None
    if passed is not None:
        peer.received[passed.network] = passed
    return passed


def received(
    peer: BgpPeer, network: IPv4Network, update: Update, now: float, preference: int | None
) -> BgpRoute | None:
    """Make the path a peer told us of, None where the update lacks attributes.

    Args:
        peer: Who told.
        network: The prefix.
        update: What it said.
        now: The virtual time.
        preference: The local preference of a path from outside; None: the peer is inside.
    """
    attributes = update.attributes
    if attributes is None:
        return None
    if preference is not None and attributes.local_pref != preference:
        attributes = replace(attributes, local_pref=preference)
    return BgpRoute(
        network=network,
        attributes=attributes,
        peer=peer.address,
        peer_router_id=peer.remote_router_id,
        internal=preference is None,
        since=now,
    )


def share_subnet(config: DeviceConfig, one: IPv4Address, other: IPv4Address, vrf: str) -> bool:
    """Tell whether two addresses are on one subnet of ours."""
    return any(
        interface.vrf == vrf
        and interface.address is not None
        and one in interface.address.network
        and other in interface.address.network
        for interface in config.interfaces.values()
    )


def rib_entries(table: Table, config: BgpConfig, network: IPv4Network, now: float) -> Entries:
    """Make the entries of a best path and of those beside it.

    Our own paths have none, but an aggregate goes to Null0.
    """
    route = table.bests.get(network)
    if route is None or (route.peer is None and not route.aggregate):
        return ()
    external, internal, local = config.distances
    entry = RouteEntry(
        network=network,
        source="bgp",
        distance=local if route.aggregate else internal if route.internal else external,
        metric=route.attributes.med,
        next_hop=None if route.aggregate else route.attributes.next_hop,
        interface="Null0" if route.aggregate else None,
        since=now,
        external=not route.internal,
        vrf=config.vrf,
        process=config.asn,
    )
    return (entry, *(replace(entry, next_hop=hop) for hop in table.ways.get(network, ())))


class Feed:
    """What the routing table holds of us."""

    def __init__(self, vrf: str) -> None:
        self.vrf = vrf
        self._installed: dict[IPv4Network, Entries] = {}

    def install(
        self, table: Table, config: BgpConfig, network: IPv4Network, now: float
    ) -> list[Effect]:
        """Bring the routing table up to date for a prefix."""
        entries = rib_entries(table, config, network, now)
        known = self._installed.get(network, ())
        if _ageless(entries) == _ageless(known):
            return []
        return self._offer(table.asn, network, entries)

    def empty(self, asn: int) -> list[Effect]:
        """Withdraw everything."""
        return [e for network in list(self._installed) for e in self._offer(asn, network, ())]

    def _offer(self, asn: int, network: IPv4Network, entries: Entries) -> list[Effect]:
        if entries:
            self._installed[network] = entries
        else:
            self._installed.pop(network, None)
        return [PutRoutes(source=f"bgp {asn}", network=network, routes=entries, vrf=self.vrf)]


def _ageless(entries: Entries) -> Entries:
    return tuple(replace(entry, since=0.0) for entry in entries)
