"""EIGRP machines through a fake wire: adjacencies, metrics, DUAL, what each phase needs."""

import heapq
import random
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import count

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from labs.twin.device import (
    DeviceConfig,
    EigrpConfig,
    EigrpInterfaceConfig,
    InterfaceConfig,
    Redistribution,
)
from labs.twin.effects import (
    CancelTimer,
    Effect,
    LogLine,
    PutRoutes,
    RouteEntry,
    SendPacket,
    SetTimer,
    Via,
)
from labs.twin.image import IMAGES
from labs.twin.packet import EIGRP_MULTICAST, Eigrp, Packet
from labs.twin.rib import Rib
from labs.twin.routing.eigrp import EigrpMachine, EigrpMessage, Opcode, Vector
from labs.twin.routing.eigrp.metric import composite, rib_metric

ASN = 100
# Shrinking a whole network takes minutes and tells little more than the seed does.
QUICK = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
LATENCY = 0.01
TUNNEL = "Tunnel0"


def ip(text: str) -> IPv4Address:
    return IPv4Address(text)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


@dataclass
class Node:
    """A router as EIGRP sees it."""

    name: str
    config: DeviceConfig
    wire: "Wire"
    rib: Rib = field(default_factory=Rib)
    down: set[str] = field(default_factory=set)
    timers: dict[tuple[str, str], float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine = EigrpMachine(ASN, self)
        for interface in self.config.interfaces.values():
            self.connect(interface)

    def connect(self, interface: InterfaceConfig, *, up: bool = True) -> None:
        assert interface.address is not None
        entry = RouteEntry(
            network=interface.address.network,
            source="connected",
            distance=0,
            metric=0,
            interface=interface.name,
        )
        self.rib.offer("connected", entry.network, [entry] if up else [], self.wire.now)

    def lookup(self, address: IPv4Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        return self.rib.via(address, nhrp=nhrp)

    def route_covers(self, network: IPv4Network, vrf: str = "") -> bool:
        return self.rib.exact(network) is not None

    def interface_up(self, name: str) -> bool:
        return name not in self.down

    def nbma_source(self, tunnel: str) -> IPv4Address | None:
        return None

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        return True

    def routes(self, vrf: str = "", family: int = 4) -> tuple[RouteEntry, ...]:
        return self.rib.entries()

    def flap(self, name: str, *, up: bool) -> None:
        (self.down.discard if up else self.down.add)(name)
        self.connect(self.config.interfaces[name], up=up)
        self.wire.perform(self, self.machine.interface_changed(name, up, self.wire.now))

    def change(self, *, interface: str = TUNNEL, **changes: object) -> None:
        """Change the EIGRP lines of an interface."""
        old = self.config
        before = old.interfaces[interface]
        mine = replace(
            before.eigrp.get(ASN, EigrpInterfaceConfig()),
            **changes,  # type: ignore[arg-type]
        )
        new = replace(before, eigrp={ASN: mine})
        self.adopt(replace(old, interfaces={**old.interfaces, interface: new}))

    def adopt(self, config: DeviceConfig) -> None:
        old, self.config = self.config, config
        self.wire.perform(self, self.machine.configure(old, config, self.wire.now))

    def rows(self) -> dict[str, str]:
        """Give the EIGRP rows of the routing table as IOS prints them."""
        return {
            str(route.network): (
                f"[{route.distance}/{route.metric}] via "
                f"{route.paths[0].next_hop or route.paths[0].interface}"
            )
            for route in self.rib.routes()
            if route.source == "eigrp"
        }


class Wire:
    """A multipoint tunnel: spokes hear the hubs, hubs hear all; unicast reaches everybody."""

    def __init__(self, *, loss: float = 0.0, seed: int = 0) -> None:
        self.now = 0.0
        self.nodes: dict[str, Node] = {}
        self.heap: list[tuple[float, int, str, tuple[object, ...]]] = []
        self.order = count()
        self.hubs: set[str] = set()
        self.deaf: set[str] = set()
        self.mute: set[str] = set()
        self.loss = loss
        self.random = random.Random(seed)  # noqa: S311 - a lossy wire, no secret
        self.seen: list[tuple[str, str, EigrpMessage]] = []

    def node(
        self,
        name: str,
        number: int,
        *,
        hub: bool = False,
        named: bool = False,
        lan: str = "Loopback1",
        eigrp: EigrpInterfaceConfig | None = None,
        tunnel: dict[str, int] | None = None,
        **process: object,
    ) -> Node:
        interfaces = {
            TUNNEL: InterfaceConfig(
                name=TUNNEL,
                address=IPv4Interface(f"10.0.0.{number}/24"),
                eigrp={ASN: eigrp} if eigrp else {},
                **(tunnel or {}),  # type: ignore[arg-type]
            ),
            lan: InterfaceConfig(name=lan, address=IPv4Interface(f"172.16.{number}.1/24")),
        }
        base = EigrpConfig(
            asn=ASN,
            name="OVERLAY" if named else None,
            networks=(net("10.0.0.0/24"), net("172.16.0.0/16")),
        )
        config = DeviceConfig(
            image=IMAGES["17.3"],
            hostname=name,
            interfaces=interfaces,
            eigrp=(replace(base, **process),),  # type: ignore[arg-type]
        )
        node = Node(name, config, self)
        self.nodes[name] = node
        if hub:
            self.hubs.add(name)
        return node

    def start(self) -> None:
        for node in self.nodes.values():
            self.perform(node, node.machine.start(self.now))

    def perform(self, node: Node, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendPacket(packet=packet):
                    self.send(node, packet)
                case SetTimer(at=at, kind=kind, key=key):
                    node.timers[kind, key] = at
                    event = (at, next(self.order), "timer", (node.name, kind, key, at))
                    heapq.heappush(self.heap, event)
                case CancelTimer(kind=kind, key=key):
                    node.timers.pop((kind, key), None)
                case PutRoutes(source=source, network=network, routes=routes):
                    node.rib.offer(source, network, routes, self.now)
                case LogLine(text=text):
                    node.log.append(text)
                case _:
                    raise AssertionError(effect)

    def send(self, node: Node, packet: Packet) -> None:
        if TUNNEL in node.down:
            return
        for other in self.nodes.values():
            address = other.config.interfaces[TUNNEL].address
            assert address is not None
            if other is node or TUNNEL in other.down:
                continue
            if packet.dst == EIGRP_MULTICAST:
                if node.name in self.mute or not (
                    node.name in self.hubs or other.name in self.hubs
                ):
                    continue
            elif packet.dst != address.ip:
                continue
            if self.random.random() >= self.loss:
                at = self.now + LATENCY
                event = (at, next(self.order), "packet", (other.name, node.name, packet))
                heapq.heappush(self.heap, event)

    def run(self, until: float) -> None:
        while self.heap and self.heap[0][0] <= until:
            self.now, _, kind, args = heapq.heappop(self.heap)
            getattr(self, f"do_{kind}")(*args)
        self.now = until

    def do_timer(self, name: str, kind: str, key: str, at: float) -> None:
        node = self.nodes[name]
        if node.timers.get((kind, key)) == at:
            del node.timers[kind, key]
            self.perform(node, node.machine.on_timer(kind, key, self.now))

    def do_packet(self, name: str, source: str, packet: Packet) -> None:
        node = self.nodes[name]
        if name in self.deaf or TUNNEL in node.down:
            return
        assert isinstance(packet.payload, Eigrp)
        assert isinstance(packet.payload.message, EigrpMessage)
        self.seen.append((source, name, packet.payload.message))
        self.perform(node, node.machine.receive(packet.payload, packet.src, TUNNEL, self.now))


def cloud(hub: EigrpInterfaceConfig | None = None, **options: object) -> Wire:
    """A hub and two spokes."""
    wire = Wire()
    wire.node("hub", 1, hub=True, eigrp=hub, **options)  # type: ignore[arg-type]
    for name, number in (("a", 2), ("b", 3)):
        wire.node(name, number, **options)  # type: ignore[arg-type]
    wire.start()
    wire.run(20.0)
    return wire


# --- metrics (reference/DMVPN.md section 6)


def test_classic_metrics_are_those_of_published_routers() -> None:
    wire = cloud(EigrpInterfaceConfig(split_horizon=False))
    assert wire.nodes["hub"].rows() == {
        "172.16.2.0/24": "[90/27008000] via 10.0.0.2",
        "172.16.3.0/24": "[90/27008000] via 10.0.0.3",
    }
    assert wire.nodes["a"].rows() == {
        "172.16.1.0/24": "[90/27008000] via 10.0.0.1",
        "172.16.3.0/24": "[90/28288000] via 10.0.0.1",
    }
    entry = wire.nodes["a"].machine.topology[net("10.0.0.0/24")]
    assert entry.fd == 26880000
    assert [p.source for p in entry.feasible] == ["Connected"]


@pytest.mark.parametrize(
    ("lan", "metric"), [("GigabitEthernet2", 26880256), ("Ethernet0/1", 26905600)]
)
def test_classic_metric_of_lans_behind_one_tunnel(lan: str, metric: int) -> None:
    wire = cloud(lan=lan)
    assert wire.nodes["hub"].rows()["172.16.2.0/24"] == f"[90/{metric}] via 10.0.0.2"


def test_wide_metrics_are_those_of_published_routers() -> None:
    # p3-eigrp-ikev2-fvrf-ivrf, show ip eigrp topology and show ip route on the hub.
    wire = cloud(EigrpInterfaceConfig(split_horizon=False), named=True)
    hub = wire.nodes["hub"]
    topology = hub.machine.topology
    assert topology[net("10.0.0.0/24")].fd == 9830400000
    assert topology[net("172.16.1.0/24")].fd == 163840
    path = topology[net("172.16.2.0/24")].successors[0]
    assert (path.distance, path.reported) == (9830481920, 163840)
    assert hub.rows()["172.16.2.0/24"] == "[90/76800640] via 10.0.0.2"


@given(
    bandwidth=st.integers(1, 10**7),
    delay=st.integers(0, 10**6),
    more=st.integers(1, 10**6),
)
def test_longer_paths_always_weigh_more(bandwidth: int, delay: int, more: int) -> None:
    near = Vector(bandwidth_kbit=bandwidth, delay_ps=delay * 10**7)
    far = Vector(bandwidth_kbit=bandwidth, delay_ps=(delay + more) * 10**7)
    for wide in (False, True):
        assert composite(near, wide=wide) < composite(far, wide=wide)
        assert rib_metric(composite(near, wide=wide), wide=wide) > 0


def test_bandwidth_and_delay_lines_change_the_metric() -> None:
    wire = cloud(tunnel={"bandwidth_kbit": 1000, "delay_tens_us": 1000})
    assert wire.nodes["hub"].rows()["172.16.2.0/24"] == "[90/2944000] via 10.0.0.2"


# --- adjacency


def test_neighbours_come_up_by_hello() -> None:
    wire = cloud()
    hub = wire.nodes["hub"]
    assert sorted(str(a) for _, a in hub.machine.neighbors) == ["10.0.0.2", "10.0.0.3"]
    assert [str(a) for _, a in wire.nodes["a"].machine.neighbors] == ["10.0.0.1"]
    neighbor = hub.machine.neighbors[TUNNEL, ip("10.0.0.2")]
    assert (neighbor.hold_s, neighbor.queue, neighbor.pending) == (15, (), False)
    assert (neighbor.srtt_ms, neighbor.rto_ms) == (20, 1512)
    assert hub.log[0] == (
        "%DUAL-5-NBRCHANGE: EIGRP-IPv4 100: Neighbor 10.0.0.2 (Tunnel0) is up: new adjacency"
    )


def test_silent_neighbour_is_lost_after_its_hold_time() -> None:
    wire = cloud()
    hub = wire.nodes["hub"]
    wire.run(22.0)
    wire.nodes["a"].down.add(TUNNEL)
    heard = hub.machine.neighbors[TUNNEL, ip("10.0.0.2")].heard
    wire.run(heard + 14.9)
    assert len(hub.machine.neighbors) == 2
    wire.run(heard + 15.1)
    assert len(hub.machine.neighbors) == 1
    assert hub.log[-1].endswith("10.0.0.2 (Tunnel0) is down: holding time expired")
    assert "172.16.2.0/24" not in hub.rows()


def test_hello_and_hold_lines_are_announced() -> None:
    wire = cloud(EigrpInterfaceConfig(hello_s=20, hold_s=60))
    assert wire.nodes["a"].machine.neighbors[TUNNEL, ip("10.0.0.1")].hold_s == 60


def test_neighbour_that_does_not_hear_us_exceeds_the_retry_limit() -> None:
    # fault-labs/ref-02-solution: down 79.5 s after "new adjacency", up again with the next hello.
    wire = Wire()
    hub = wire.node("hub", 1, hub=True)
    wire.node("a", 2)
    wire.deaf.add("a")
    wire.start()
    wire.run(100.0)
    assert [line.split("is ")[1] for line in hub.log] == [
        "up: new adjacency",
        "down: retry limit exceeded",
        "up: new adjacency",
    ]
    assert hub.rows() == {}


def test_hub_whose_multicast_goes_nowhere_is_never_known() -> None:
    # FAULT_SWEEP W6: no `map multicast dynamic` on the hub.
    wire = Wire()
    hub = wire.node("hub", 1, hub=True)
    a = wire.node("a", 2)
    wire.mute.add("hub")
    wire.start()
    wire.run(100.0)
    assert a.machine.neighbors == {}
    assert a.log == []
    assert hub.log[1].endswith("is down: retry limit exceeded")


def test_neighbour_that_is_given_up_is_told_so() -> None:
    wire = cloud()
    wire.mute.add("hub")
    wire.run(wire.now + 16)
    assert wire.nodes["a"].log[-1].endswith("10.0.0.1 (Tunnel0) is down: holding time expired")
    down = [line for line in wire.nodes["hub"].log if "down" in line]
    assert down[0].endswith("is down: Interface PEER-TERMINATION received")


def test_goodbye_ends_the_adjacency_at_once() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    wire.perform(a, a.machine.stop(wire.now))
    wire.run(wire.now + 0.1)
    assert wire.nodes["hub"].log[-1].endswith("is down: Interface PEER-TERMINATION received")
    assert a.rows() == {}
    assert [kind for kind, _ in a.timers] == []


def test_interface_down_is_logged_and_forgets_the_routes() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    a.flap(TUNNEL, up=False)
    assert a.log[-1] == (
        "%DUAL-5-NBRCHANGE: EIGRP-IPv4 100: Neighbor 10.0.0.1 (Tunnel0) is down: interface down"
    )
    assert a.rows() == {}
    a.flap(TUNNEL, up=True)
    wire.run(wire.now + 20)
    assert "172.16.1.0/24" in a.rows()


def test_restarted_neighbour_is_told_everything_again() -> None:
    wire = cloud(EigrpInterfaceConfig(split_horizon=False))
    a = wire.nodes["a"]
    before = a.rows()
    # A reload nobody notices: no goodbye, back within the hold time.
    a.timers.clear()
    a.machine = EigrpMachine(ASN, a)
    a.rib = Rib()
    wire.perform(a, a.machine.start(wire.now))
    wire.run(wire.now + 20)
    assert a.rows() == before


def test_passive_interface_says_nothing() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    a.change(passive=True)
    wire.run(wire.now + 16)
    assert a.machine.neighbors == {}
    assert a.log[-1].endswith("is down: interface passive")
    assert len(wire.nodes["hub"].machine.neighbors) == 1


def test_neighbour_outside_the_subnet_is_ignored() -> None:
    wire = cloud()
    hub = wire.nodes["hub"]
    stray = Eigrp(asn=ASN, message=EigrpMessage(opcode=Opcode.HELLO))
    assert hub.machine.receive(stray, ip("192.0.2.9"), TUNNEL, wire.now) == []


# --- what the phases need


def test_split_horizon_keeps_spokes_apart() -> None:
    wire = cloud()
    assert wire.nodes["a"].rows() == {"172.16.1.0/24": "[90/27008000] via 10.0.0.1"}


def test_phase2_keeps_the_third_party_next_hop() -> None:
    wire = cloud(EigrpInterfaceConfig(split_horizon=False, next_hop_self=False))
    assert wire.nodes["a"].rows()["172.16.3.0/24"] == "[90/28288000] via 10.0.0.3"


def test_phase_conversion_flips_next_hops_without_a_restart() -> None:
    wire = cloud(EigrpInterfaceConfig(split_horizon=False, next_hop_self=False))
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    ups = len(a.log)
    hub.change(next_hop_self=True)
    wire.run(wire.now + 1)
    assert a.rows()["172.16.3.0/24"] == "[90/28288000] via 10.0.0.1"
    assert not [line for line in a.log[ups:] if "is down" in line]


def test_phase3_summary_stands_for_its_components() -> None:
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    hub.change(split_horizon=False, summaries=(net("172.16.0.0/16"),))
    wire.run(wire.now + 1)
    # The hub's own loopback inside the summary is its best component: 27008000 at the spoke.
    assert a.rows() == {"172.16.0.0/16": "[90/27008000] via 10.0.0.1"}
    assert hub.rows()["172.16.0.0/16"] == "[5/128256] via Null0"
    assert hub.log[-1].endswith("(Tunnel0) is resync: summary configured")
    assert len(hub.machine.neighbors) == 2
    hub.change(summaries=())
    wire.run(wire.now + 1)
    assert sorted(a.rows()) == ["172.16.1.0/24", "172.16.3.0/24"]


def test_default_summary_takes_the_tunnel_itself() -> None:
    # DMVPN.md section 6: 28160000 when the connected tunnel is the best component.
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    hub.change(summaries=(net("0.0.0.0/0"),))
    hub.flap("Loopback1", up=False)
    wire.run(wire.now + 1)
    assert a.rows() == {"0.0.0.0/0": "[90/28160000] via 10.0.0.1"}


def test_summary_goes_with_its_last_component() -> None:
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    hub.change(summaries=(net("172.16.1.0/24"),))
    wire.run(wire.now + 1)
    assert "172.16.1.0/24" in a.rows()
    hub.flap("Loopback1", up=False)
    wire.run(wire.now + 1)
    assert "172.16.1.0/24" not in a.rows()
    assert hub.rows().get("172.16.1.0/24") is None


def test_stub_advertises_only_its_own_and_is_never_queried() -> None:
    wire = Wire()
    wire.node("hub", 1, hub=True, eigrp=EigrpInterfaceConfig(split_horizon=False))
    stub = frozenset({"connected", "summary"})
    for name, number in (("a", 2), ("b", 3)):
        wire.node(name, number, stub=stub)
    wire.start()
    wire.run(20.0)
    assert wire.nodes["hub"].machine.neighbors[TUNNEL, ip("10.0.0.2")].stub == stub
    told = wire.nodes["a"].machine.neighbors[TUNNEL, ip("10.0.0.1")].told
    assert net("172.16.3.0/24") not in told
    wire.seen.clear()
    wire.nodes["a"].flap("Loopback1", up=False)
    wire.run(25.0)
    assert "172.16.2.0/24" not in wire.nodes["b"].rows()
    queried = {name for _, name, m in wire.seen if m.opcode is Opcode.QUERY}
    assert queried == {"hub"}


def test_receive_only_stub_tells_nothing() -> None:
    wire = Wire()
    hub = wire.node("hub", 1, hub=True)
    wire.node("a", 2, stub=frozenset({"receive-only"}))
    wire.start()
    wire.run(20.0)
    assert hub.rows() == {}


def test_redistributed_static_route_is_external() -> None:
    wire = Wire()
    hub = wire.node("hub", 1, hub=True, redistribute=(Redistribution(source="static"),))
    a = wire.node("a", 2)
    static = RouteEntry(
        network=net("192.168.9.0/24"),
        source="static",
        distance=1,
        metric=0,
        next_hop=ip("172.16.1.9"),
        interface="Loopback1",
    )
    hub.rib.offer("static", static.network, [static], 0.0)
    wire.start()
    wire.run(20.0)
    assert a.rows()["192.168.9.0/24"] == "[170/27008000] via 10.0.0.1"
    hub.rib.offer("static", static.network, [], wire.now)
    wire.perform(hub, hub.machine.routes_changed(wire.now))
    wire.run(21.0)
    assert "192.168.9.0/24" not in a.rows()


# --- DUAL


def test_lost_lan_is_withdrawn_everywhere() -> None:
    wire = cloud(EigrpInterfaceConfig(split_horizon=False))
    wire.nodes["a"].flap("Loopback1", up=False)
    wire.run(wire.now + 5)
    for node in wire.nodes.values():
        assert "172.16.2.0/24" not in node.rows()
        assert net("172.16.2.0/24") not in node.machine.topology


def test_second_hub_takes_over_when_the_first_is_lost() -> None:
    wire = Wire()
    off = EigrpInterfaceConfig(split_horizon=False)
    for name, number in (("h1", 1), ("h2", 9)):
        wire.node(name, number, hub=True, eigrp=off)
    for name, number in (("a", 2), ("b", 3)):
        wire.node(name, number)
    wire.start()
    wire.run(20.0)
    a = wire.nodes["a"]
    route = a.rib.exact(net("172.16.3.0/24"))
    assert route is not None
    assert [str(p.next_hop) for p in route.paths] == ["10.0.0.1", "10.0.0.9"]
    wire.nodes["h1"].down.add(TUNNEL)
    wire.run(50.0)
    assert a.rows()["172.16.3.0/24"] == "[90/28288000] via 10.0.0.9"


def settle(wire: Wire) -> dict[str, dict[str, str]]:
    wire.loss = 0.0
    wire.run(wire.now + 200.0)
    return {name: node.rows() for name, node in wire.nodes.items()}


@settings(QUICK, max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    loss=st.sampled_from([0.1, 0.3, 0.5]),
    flaps=st.lists(st.sampled_from(["a", "b", "c"]), max_size=4),
)
def test_lossy_wire_converges_to_the_same_tables(seed: int, loss: float, flaps: list[str]) -> None:
    def network(loss: float) -> Wire:
        wire = Wire(loss=loss, seed=seed)
        off = EigrpInterfaceConfig(split_horizon=False)
        for name, number in (("h1", 1), ("h2", 9)):
            wire.node(name, number, hub=True, eigrp=off)
        for name, number in (("a", 2), ("b", 3), ("c", 4)):
            wire.node(name, number)
        wire.start()
        return wire

    clean, lossy = network(0.0), network(loss)
    for name in flaps:
        lossy.run(lossy.now + 7.0)
        lossy.nodes[name].flap("Loopback1", up=False)
        lossy.run(lossy.now + 3.0)
        lossy.nodes[name].flap("Loopback1", up=True)
    assert settle(lossy) == settle(clean)
    for node in lossy.nodes.values():
        assert not any(entry.active for entry in node.machine.topology.values())


@settings(QUICK, max_examples=12)
@given(seed=st.integers(0, 10**6), split=st.booleans(), self_hop=st.booleans())
def test_no_route_leads_a_spoke_to_itself(seed: int, split: bool, self_hop: bool) -> None:  # noqa: FBT001
    wire = Wire(loss=0.2, seed=seed)
    hub = EigrpInterfaceConfig(split_horizon=split, next_hop_self=self_hop)
    wire.node("hub", 1, hub=True, eigrp=hub)
    for number in range(2, 6):
        wire.node(f"s{number}", number)
    wire.start()
    tables = settle(wire)
    for number in range(2, 6):
        for other in range(2, 6):
            row = tables[f"s{number}"].get(f"172.16.{other}.0/24")
            if other == number or split:
                assert row is None
            else:
                hop = 1 if self_hop else other
                assert row == f"[90/28288000] via 10.0.0.{hop}"


def test_cleared_and_reconfigured_neighbours_come_back() -> None:
    wire = cloud()
    hub = wire.nodes["hub"]
    wire.perform(hub, hub.machine.clear_neighbors(wire.now))
    assert hub.log[-1].endswith("is down: manually cleared")
    wire.run(wire.now + 15)
    assert len(hub.rows()) == 2
    process = replace(hub.config.eigrp[0], router_id=ip("9.9.9.9"))
    hub.adopt(replace(hub.config, eigrp=(process,)))
    assert hub.machine.router_id == ip("9.9.9.9")
    wire.run(wire.now + 15)
    assert len(hub.rows()) == 2
    hub.adopt(replace(hub.config, eigrp=()))
    assert hub.rows() == {}
    assert hub.machine.neighbors == {}
