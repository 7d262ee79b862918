"""A cloud of NHRP machines on a fake wire and a virtual clock, for the tests of NHRP."""

import heapq
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import count

from labs.twin.device import (
    DeviceConfig,
    InterfaceConfig,
    NhrpConfig,
    NhsConfig,
    TunnelConfig,
    TunnelMode,
)
from labs.twin.effects import (
    CancelTimer,
    CloseSocket,
    Effect,
    LogLine,
    OpenSocket,
    PutOverride,
    PutRoutes,
    RouteEntry,
    SendNhrp,
    SetTimer,
    Via,
)
from labs.twin.image import IMAGES
from labs.twin.nhrp import NhrpMachine
from labs.twin.packet import Icmp, IcmpKind, Nhrp, NhrpType, Packet
from labs.twin.rib import Rib

TUNNEL = "Tunnel0"
LATENCY = 0.01
CRYPTO = 0.05
MODERN = IMAGES["17.3"]
LEGACY = IMAGES["15.4"]


def ip(text: str) -> IPv4Address:
    return IPv4Address(text)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


@dataclass
class Node:
    """A router as NHRP sees it: a tunnel, a LAN, a routing table."""

    name: str
    config: DeviceConfig
    nbma: IPv4Address
    cloud: "Cloud"
    rib: Rib = field(default_factory=Rib)
    sockets: set[IPv4Address] = field(default_factory=set)
    timers: dict[tuple[str, str], float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    sent: list[tuple[float, Nhrp]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for interface in self.config.interfaces.values():
            if interface.address is not None:
                self.add(str(interface.address.network), interface.name, "connected")
                self.add(f"{interface.address.ip}/32", interface.name, "local")
        self.machine = NhrpMachine(TUNNEL, self)

    @property
    def tunnel(self) -> IPv4Address:
        address = self.config.interfaces[TUNNEL].address
        assert address is not None
        return address.ip

    def add(
        self, prefix: str, interface: str | None, source: str, next_hop: str | None = None
    ) -> None:
        distance = {"connected": 0, "local": 0, "static": 1, "eigrp": 90}[source]
        entry = RouteEntry(
            network=net(prefix),
            source=source,
            distance=distance,
            metric=0,
            next_hop=ip(next_hop) if next_hop else None,
            interface=interface,
        )
        self.rib.offer(source, entry.network, [entry], self.cloud.now)

    def route(self, prefix: str, next_hop: str) -> None:
        self.add(prefix, TUNNEL, "eigrp", next_hop)
        self.cloud.perform(self, self.machine.routes_changed(self.cloud.now))

    def unroute(self, prefix: str, source: str) -> None:
        self.rib.offer(source, net(prefix), [], self.cloud.now)
        self.cloud.perform(self, self.machine.routes_changed(self.cloud.now))

    def set_nhrp(self, **changes: object) -> None:
        """Change `ip nhrp` lines of the running machine."""
        old = self.config.interfaces[TUNNEL]
        assert old.nhrp is not None
        new = replace(old, nhrp=replace(old.nhrp, **changes))  # type: ignore[arg-type]
        self.config = replace(self.config, interfaces={**self.config.interfaces, TUNNEL: new})
        self.cloud.perform(self, self.machine.configure(old, new, self.cloud.now))

    # Surroundings
    def lookup(self, address: IPv4Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        return self.rib.via(address, nhrp=nhrp)

    def route_covers(self, network: IPv4Network, vrf: str = "") -> bool:
        offers = self.rib.offers.get(network, {})
        return any(paths[0].source != "nhrp" for paths in offers.values())

    def interface_up(self, name: str) -> bool:
        return True

    def nbma_source(self, tunnel: str) -> IPv4Address | None:
        return self.nbma

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        return not self.cloud.ipsec or nbma in self.sockets

    def routes(self, vrf: str = "", family: int = 4) -> tuple[RouteEntry, ...]:
        return self.rib.entries()

    def flags(self) -> dict[str, str]:
        return {
            str(target): " ".join(entry.flags)
            for target, entry in sorted(self.machine.cache.items())
        }

    def counted(self, kind: NhrpType) -> int:
        return self.machine.counters.sent.get(kind, 0)


class Cloud:
    """Nodes on an underlay, a heap of events, and a small data plane."""

    def __init__(self, *, ipsec: bool = False) -> None:
        self.now = 0.0
        self.ipsec = ipsec
        self.nodes: dict[str, Node] = {}
        self.heap: list[tuple[float, int, str, tuple[object, ...]]] = []
        self.order = count()
        self.arrived: list[tuple[str, Packet]] = []
        self.deaf: set[IPv4Address] = set()
        self.blocked: set[frozenset[IPv4Address]] = set()

    def node(
        self,
        name: str,
        number: int,
        *,
        hubs: tuple[int, ...] = (1,),
        image: object = MODERN,
        destination: str | None = None,
        **nhrp: object,
    ) -> Node:
        assert image in (MODERN, LEGACY)
        profile = MODERN if image is MODERN else LEGACY
        defaults = profile.nhrp
        servers = tuple(
            NhsConfig(address=ip(f"10.0.0.{h}"), nbma=ip(f"192.0.2.{h}"), multicast=True)
            for h in hubs
            if h != number
        )
        settings = NhrpConfig(
            network_id=1,
            holdtime_s=defaults.holdtime_s,
            registration_unique=defaults.registration_unique,
            multicast_dynamic=True,
            shortcut=True,
            nhs=() if number in hubs else servers,
        )
        mode = TunnelMode.GRE_IP if destination else TunnelMode.GRE_MULTIPOINT
        tunnel = InterfaceConfig(
            name=TUNNEL,
            address=IPv4Interface(f"10.0.0.{number}/24"),
            tunnel=TunnelConfig(mode=mode, destination=ip(destination) if destination else None),
            nhrp=replace(settings, **nhrp),  # type: ignore[arg-type]
        )
        lan = InterfaceConfig(name="Loopback1", address=IPv4Interface(f"172.16.{number}.1/24"))
        config = DeviceConfig(
            image=profile, hostname=name, interfaces={TUNNEL: tunnel, "Loopback1": lan}
        )
        node = Node(name, config, ip(f"192.0.2.{number}"), self)
        self.nodes[name] = node
        return node

    def start(self, *names: str) -> None:
        for name in names or self.nodes:
            node = self.nodes[name]
            self.perform(node, node.machine.start(self.now))

    def later(self, delay: float, kind: str, *args: object) -> None:
        heapq.heappush(self.heap, (self.now + delay, next(self.order), kind, args))

    def perform(self, node: Node, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendNhrp(nbma=nbma, message=message):
                    node.sent.append((self.now, message))
                    if node.socket_up(TUNNEL, nbma):
                        self.later(LATENCY, "nhrp", nbma, node.nbma, message)
                case SetTimer(at=at, kind=kind, key=key):
                    node.timers[kind, key] = at
                    self.later(at - self.now, "timer", node.name, kind, key, at)
                case CancelTimer(kind=kind, key=key):
                    node.timers.pop((kind, key), None)
                case OpenSocket(nbma=nbma):
                    if self.ipsec and frozenset((node.nbma, nbma)) not in self.blocked:
                        self.later(CRYPTO, "socket", node.nbma, nbma)
                case CloseSocket(nbma=nbma):
                    node.sockets.discard(nbma)
                case LogLine(text=text):
                    node.log.append(text)
                case _:
                    self.perform_route(node, effect)

    def perform_route(self, node: Node, effect: Effect) -> None:
        if isinstance(effect, PutRoutes):
            node.rib.offer(effect.source, effect.network, effect.routes, self.now)
        elif isinstance(effect, PutOverride):
            node.rib.put_override(effect.tunnel, effect.network, effect.next_hop, self.now)

    def at(self, nbma: IPv4Address) -> Node | None:
        return next((n for n in self.nodes.values() if n.nbma == nbma), None)

    def run(self, until: float) -> None:
        while self.heap and self.heap[0][0] <= until:
            self.now, _, kind, args = heapq.heappop(self.heap)
            getattr(self, f"do_{kind}")(*args)
        self.now = until

    def do_nhrp(self, nbma: IPv4Address, source: IPv4Address, message: Nhrp) -> None:
        node = self.at(nbma)
        if node is not None and nbma not in self.deaf and source not in self.deaf:
            self.perform(node, node.machine.receive(message, source, self.now))

    def do_timer(self, name: str, kind: str, key: str, at: float) -> None:
        node = self.nodes[name]
        if node.timers.get((kind, key)) == at:
            del node.timers[kind, key]
            self.perform(node, node.machine.on_timer(kind, key, self.now))

    def do_socket(self, a: IPv4Address, b: IPv4Address) -> None:
        for here, there in ((a, b), (b, a)):
            node = self.at(here)
            if node is not None and there not in node.sockets:
                node.sockets.add(there)
                self.perform(node, node.machine.on_socket(there, True, self.now))

    def break_socket(self, a: Node, b: Node) -> None:
        for node, other in ((a, b), (b, a)):
            node.sockets.discard(other.nbma)
            self.perform(node, node.machine.on_socket(other.nbma, False, self.now))

    # the data plane
    def ping(self, source: Node, src: str, dst: str) -> None:
        echo = Packet(src=ip(src), dst=ip(dst), payload=Icmp(kind=IcmpKind.ECHO))
        self.emit(source, echo)

    def emit(self, node: Node, packet: Packet) -> None:
        via = node.rib.via(packet.dst)
        assert via is not None, f"{node.name} has no route to {packet.dst}"
        packet = replace(packet, trace=(*packet.trace, node.name))
        if via.interface != TUNNEL:
            self.arrive(node, packet)
            return
        nbma, effects = node.machine.resolve(via.next_hop or packet.dst, packet, self.now)
        if nbma is not None and node.socket_up(TUNNEL, nbma):
            self.later(LATENCY, "data", nbma, node.nbma, packet)
        self.perform(node, effects)

    def do_data(self, nbma: IPv4Address, source: IPv4Address, packet: Packet) -> None:
        node = self.at(nbma)
        if node is None:
            return
        via = node.rib.via(packet.dst)
        if via is not None and via.interface == TUNNEL and via.source != "local":
            self.perform(node, node.machine.forwarded(packet, source, TUNNEL, TUNNEL, self.now))
            self.emit(node, packet)
            return
        self.arrive(node, replace(packet, trace=(*packet.trace, node.name)))

    def arrive(self, node: Node, packet: Packet) -> None:
        self.arrived.append((node.name, packet))
        if isinstance(packet.payload, Icmp) and packet.payload.kind is IcmpKind.ECHO:
            answer = Icmp(kind=IcmpKind.ECHO_REPLY)
            self.emit(node, Packet(src=packet.dst, dst=packet.src, payload=answer))

    def paths(self) -> list[str]:
        found = [" ".join(packet.trace) for _, packet in self.arrived]
        self.arrived.clear()
        return found


def phase3(*, ipsec: bool = False, summary: bool = True, **nhrp: object) -> Cloud:
    """A hub that redirects and two spokes with a summary (or specific) route to it."""
    cloud = Cloud(ipsec=ipsec)
    hub = cloud.node("hub", 1, redirect=True)
    for name, number in (("a", 2), ("b", 3)):
        cloud.node(name, number, **nhrp)
    cloud.start()
    for name, number, other in (("a", 2, 3), ("b", 3, 2)):
        hub.route(f"172.16.{number}.0/24", f"10.0.0.{number}")
        prefix = "172.16.0.0/16" if summary else f"172.16.{other}.0/24"
        cloud.nodes[name].route(prefix, "10.0.0.1")
    cloud.run(5.0)
    return cloud


def pings(cloud: Cloud, source: str, src: str, dst: str, times: int = 5) -> list[str]:
    for _ in range(times):
        cloud.ping(cloud.nodes[source], src, dst)
        cloud.run(cloud.now + 1.0)
    return cloud.paths()
