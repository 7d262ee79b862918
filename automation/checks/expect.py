"""What must be seen on each device, derived from the device views alone.

A set of members limits it: what a device must see of routers that are not there yet (or not
applied yet) is not expected. How to look and how to judge is the checks' business.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from automation.fabric.views import DeviceView, PeerView, Phase, Role, TunnelView


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPeer:
    """A member of the cloud that this device must hold something of."""

    name: str
    address: IPv4Address
    nbma: IPv4Address | None
    """None where the fabric does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRoute:
    """A prefix that must be reached over the overlay, and by whom."""

    prefix: IPv4Network
    next_hop: IPv4Address
    owner: str
    """Router behind which the prefix lies."""
    exact: bool = False
    """The prefix itself must be in the table; else a wider one will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTunnel:
    """What must be seen on one tunnel of one device."""

    cloud: str
    interface: str
    phase: Phase
    role: Role
    servers: tuple[ExpectedPeer, ...]
    """Hubs that this spoke registers with."""
    clients: tuple[ExpectedPeer, ...]
    """Spokes that must have registered with this hub."""
    protected: bool
    """IPsec is on the tunnel."""
    eigrp: int | None
    """Autonomous system, None without EIGRP."""
    bgp: int | None
    neighbors: tuple[ExpectedPeer, ...]
    """Routing neighbours over the tunnel."""
    routes: tuple[ExpectedRoute, ...]

    @property
    def permanent(self) -> tuple[ExpectedPeer, ...]:
        """Peers that a tunnel to must stand at all times."""
        return self.servers + self.clients


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPath:
    """Traffic from a LAN of one spoke to a LAN of another, over a phase 3 cloud."""

    source: str
    target: str
    source_interface: str
    source_address: IPv4Address
    destination: IPv4Address
    """Address of the target's LAN interface."""
    prefix: IPv4Network
    hub: ExpectedPeer
    peer: ExpectedPeer
    """The target, as a member of the overlay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be seen on one device."""

    device: str
    """Or `source>target` where a path is judged."""
    tunnels: tuple[ExpectedTunnel, ...] = ()
    path: ExpectedPath | None = None


def expectations(
    views: Mapping[str, DeviceView], members: Collection[str] | None = None
) -> dict[str, Expectation]:
    """Derive what each member must see of the others; all views are members if not said."""
    present = set(views if members is None else members)
    return {
        name: Expectation(
            device=name,
            tunnels=tuple(_tunnel(views, view, tunnel, present) for tunnel in view.tunnels),
        )
        for name, view in views.items()
        if name in present
    }


def paths(
    views: Mapping[str, DeviceView],
    members: Collection[str] | None = None,
    *,
    avoid: Collection[frozenset[str]] = (),
) -> tuple[ExpectedPath, ...]:
    """Choose pairs of spokes so that each spoke of a phase 3 cloud takes part at least once.

    Pairs in `avoid` (a shortcut stands already) are chosen only where nothing else is left.
    """
    present = set(views if members is None else members)
    clouds: dict[str, list[str]] = {}
    for name in sorted(present & set(views)):
        for tunnel in views[name].tunnels:
            usable = tunnel.role is Role.SPOKE and tunnel.phase is Phase.THREE and views[name].lans
            if usable and any(hub.name in present for hub in tunnel.nhs):
                clouds.setdefault(tunnel.cloud, []).append(name)
    return tuple(
        path_between(views, a, b, cloud)
        for cloud, spokes in sorted(clouds.items())
        for a, b in _pairs(spokes, avoid)
    )


def _pairs(names: list[str], avoid: Collection[frozenset[str]]) -> list[tuple[str, str]]:
    """Pair the names in order; who finds nobody free goes with one that has a partner already."""
    pairs: list[tuple[str, str]] = []
    waiting = list(names)
    while waiting:
        one = waiting.pop(0)
        others = sorted(
            (other for other in names if other != one),
            key=lambda other: (frozenset((one, other)) in avoid, other not in waiting),
        )
        if not others:
            break
        pairs.append((one, others[0]))
        if others[0] in waiting:
            waiting.remove(others[0])
    return pairs


def path_between(
    views: Mapping[str, DeviceView], source: str, target: str, cloud: str
) -> ExpectedPath:
    """Describe the path between the first LANs of two spokes of a cloud."""
    near = next(t for t in views[source].tunnels if t.cloud == cloud)
    far = next(t for t in views[target].tunnels if t.cloud == cloud)
    lan = views[target].lans[0].addresses[0]
    return ExpectedPath(
        source=source,
        target=target,
        source_interface=views[source].lans[0].interface,
        source_address=views[source].lans[0].addresses[0].ip,
        destination=lan.ip,
        prefix=lan.network,
        hub=_peer(near.nhs[0]),
        peer=ExpectedPeer(name=target, address=far.address.ip, nbma=far.nbma),
    )


def _tunnel(
    views: Mapping[str, DeviceView], view: DeviceView, tunnel: TunnelView, present: set[str]
) -> ExpectedTunnel:
    peers = tuple(peer for peer in tunnel.peers if peer.name in present)
    servers = tuple(_peer(peer) for peer in tunnel.nhs if peer.name in present)
    hub = tunnel.role is Role.HUB
    clients = tuple(_peer(peer) for peer in peers if peer.role is Role.SPOKE) if hub else ()
    eigrp = next(
        (
            process
            for process in view.eigrp
            if any(row.interface == tunnel.interface for row in process.interfaces)
        ),
        None,
    )
    return ExpectedTunnel(
        cloud=tunnel.cloud,
        interface=tunnel.interface,
        phase=tunnel.phase,
        role=tunnel.role,
        servers=servers,
        clients=clients,
        protected=tunnel.ipsec_profile is not None,
        eigrp=eigrp.asn if eigrp else None,
        bgp=view.bgp.asn if view.bgp else None,
        neighbors=clients if hub else servers,
        routes=_hub_routes(peers) if hub else _spoke_routes(views, tunnel, peers, servers),
    )


def _peer(peer: PeerView) -> ExpectedPeer:
    return ExpectedPeer(name=peer.name, address=peer.address, nbma=peer.nbma)


def _hub_routes(peers: tuple[PeerView, ...]) -> tuple[ExpectedRoute, ...]:
    """A hub reaches the prefixes of each spoke by that spoke, exactly."""
    return tuple(
        ExpectedRoute(prefix=lan, next_hop=peer.address, owner=peer.name, exact=True)
        for peer in peers
        if peer.role is Role.SPOKE
        for lan in peer.lans
    )


def _spoke_routes(
    views: Mapping[str, DeviceView],
    tunnel: TunnelView,
    peers: tuple[PeerView, ...],
    servers: tuple[ExpectedPeer, ...],
) -> tuple[ExpectedRoute, ...]:
    """A phase 3 spoke reaches every remote prefix by its hub; a summary will do."""
    if not servers:
        return ()
    hub = servers[0]
    summaries = tuple(
        ExpectedRoute(prefix=prefix, next_hop=hub.address, owner=hub.name, exact=True)
        for prefix in _summaries(views[hub.name], tunnel.cloud)
    )
    return summaries + tuple(
        ExpectedRoute(prefix=lan, next_hop=_way(peer, hub), owner=peer.name)
        for peer in peers
        for lan in peer.lans
    )


def _way(peer: PeerView, hub: ExpectedPeer) -> IPv4Address:
    return peer.address if peer.role is Role.HUB else hub.address


def _summaries(hub: DeviceView, cloud: str) -> tuple[IPv4Network, ...]:
    """What a hub advertises to its spokes instead of single prefixes."""
    interfaces = {tunnel.interface for tunnel in hub.tunnels if tunnel.cloud == cloud}
    return tuple(
        prefix
        for process in hub.eigrp
        for row in process.interfaces
        if row.interface in interfaces
        for prefix in row.summaries
    )
