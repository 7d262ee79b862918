"""BGP machines through a fake wire: sessions, reflection, best paths, what each phase needs."""

import heapq
import random
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import count

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from labs.twin.device import (
    BgpConfig,
    BgpNeighborConfig,
    DeviceConfig,
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
from labs.twin.packet import Packet, Tcp
from labs.twin.rib import Rib
from labs.twin.routing.bgp import Attributes, BgpMachine, BgpPeer, BgpRoute, BgpState
from labs.twin.routing.bgp.session import IllegalTransition, step
from labs.twin.routing.bgp.table import rank

TUNNEL = "Tunnel0"
LATENCY = 0.01
QUICK = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
CLIENTS = BgpNeighborConfig(remote_as=65000, route_reflector_client=True, keepalive_s=20, hold_s=60)


def ip(text: str) -> IPv4Address:
    return IPv4Address(text)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


@dataclass
class Node:
    """A router as BGP sees it."""

    name: str
    config: DeviceConfig
    wire: "Wire"
    rib: Rib = field(default_factory=Rib)
    timers: dict[tuple[str, str], float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine = BgpMachine(self)
        for interface in self.config.interfaces.values():
            assert interface.address is not None
            self.put(str(interface.address.network), "connected", interface=interface.name)

    def put(self, prefix: str, source: str, *, interface: str | None, metric: int = 0) -> None:
        entry = RouteEntry(
            network=net(prefix), source=source, distance=1, metric=metric, interface=interface
        )
        self.rib.offer(source, entry.network, [entry] if interface else [], self.wire.now)
        if self.machine.running:
            self.wire.perform(self, self.machine.routes_changed(self.wire.now))

    def lookup(self, address: IPv4Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        return self.rib.via(address, nhrp=nhrp)

    def route_covers(self, network: IPv4Network, vrf: str = "") -> bool:
        return self.rib.exact(network) is not None

    def interface_up(self, name: str) -> bool:
        return True

    def nbma_source(self, tunnel: str) -> IPv4Address | None:
        return None

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        return True

    def routes(self, vrf: str = "", family: int = 4) -> tuple[RouteEntry, ...]:
        return self.rib.entries()

    @property
    def address(self) -> IPv4Address:
        interface = self.config.interfaces[TUNNEL].address
        assert interface is not None
        return interface.ip

    def peer(self, address: str) -> BgpPeer:
        return self.machine.neighbors[ip(address)]

    def change(self, **changes: object) -> None:
        old = self.config
        assert old.bgp is not None
        bgp = replace(old.bgp, **changes)  # type: ignore[arg-type]
        self.config = replace(old, bgp=bgp)
        self.wire.perform(self, self.machine.configure(old, self.config, self.wire.now))

    def rows(self) -> dict[str, str]:
        return {
            str(route.network): (
                f"[{route.distance}/{route.metric}] via "
                f"{route.paths[0].next_hop or route.paths[0].interface}"
            )
            for route in self.rib.routes()
            if route.source == "bgp"
        }


class Wire:
    """One subnet on which everybody reaches everybody."""

    def __init__(self, *, loss: float = 0.0, seed: int = 0) -> None:
        self.now = 0.0
        self.nodes: dict[str, Node] = {}
        self.heap: list[tuple[float, int, str, tuple[object, ...]]] = []
        self.order = count()
        self.cut: set[str] = set()
        self.unsettled: set[str] = set()
        self.ends: dict[IPv4Address, Node] = {}
        self.loss = loss
        self.random = random.Random(seed)  # noqa: S311 - a lossy wire, no secret

    def node(self, name: str, number: int, asn: int = 65000, **bgp: object) -> Node:
        interfaces = {
            TUNNEL: InterfaceConfig(name=TUNNEL, address=IPv4Interface(f"10.0.0.{number}/24")),
            "Loopback1": InterfaceConfig(
                name="Loopback1", address=IPv4Interface(f"172.16.{number}.1/24")
            ),
        }
        base = BgpConfig(asn=asn, networks=(net(f"172.16.{number}.0/24"),))
        config = DeviceConfig(
            image=IMAGES["17.3"],
            hostname=name,
            interfaces=interfaces,
            bgp=replace(base, **bgp),  # type: ignore[arg-type]
        )
        node = self.nodes[name] = Node(name, config, self)
        self.ends[node.address] = node
        return node

    def hub(
        self, name: str, number: int, group: BgpNeighborConfig = CLIENTS, **bgp: object
    ) -> Node:
        ranges = ((net("10.0.0.0/24"), "SPOKES"),)
        return self.node(name, number, peer_groups={"SPOKES": group}, listen_ranges=ranges, **bgp)

    def spoke(self, name: str, number: int, hubs: tuple[int, ...] = (1,), **bgp: object) -> Node:
        config = BgpNeighborConfig(remote_as=65000, keepalive_s=20, hold_s=60)
        neighbors = {ip(f"10.0.0.{hub}"): config for hub in hubs}
        return self.node(name, number, **{"neighbors": neighbors, **bgp})  # type: ignore[arg-type]

    def start(self) -> None:
        for node in self.nodes.values():
            self.perform(node, node.machine.start(self.now))

    def perform(self, node: Node, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendPacket(packet=packet):
                    if self.random.random() >= self.loss:
                        event = (self.now + LATENCY, next(self.order), "packet", (packet,))
                        heapq.heappush(self.heap, event)
                case SetTimer(at=at, kind=kind, key=key):
                    node.timers[kind, key] = at
                    event = (at, next(self.order), "timer", (node.name, kind, key, at))
                    heapq.heappush(self.heap, event)
                case CancelTimer(kind=kind, key=key):
                    node.timers.pop((kind, key), None)
                case PutRoutes(source=source, network=network, routes=routes):
                    node.rib.offer(source, network, routes, self.now)
                    self.moved(node)
                case LogLine(text=text):
                    node.log.append(text)
                case _:
                    raise AssertionError(effect)

    def moved(self, node: Node) -> None:
        """Let the machine look at the routing table soon, once for many changes."""
        if node.name not in self.unsettled:
            self.unsettled.add(node.name)
            event = (self.now + 0.05, next(self.order), "routes", (node.name,))
            heapq.heappush(self.heap, event)

    def do_routes(self, name: str) -> None:
        self.unsettled.discard(name)
        node = self.nodes[name]
        self.perform(node, node.machine.routes_changed(self.now))

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

    def do_packet(self, packet: Packet) -> None:
        assert isinstance(packet.payload, Tcp)
        node, source = self.ends.get(packet.dst), self.ends[packet.src]
        if node is None or {node.name, source.name} & self.cut:
            return
        self.perform(node, node.machine.receive(packet.payload, packet.src, packet.dst, self.now))


def cloud(group: BgpNeighborConfig = CLIENTS, **bgp: object) -> Wire:
    """A hub with a listen range and two spokes."""
    wire = Wire()
    wire.hub("hub", 1, group, **bgp)
    wire.spoke("a", 2)
    wire.spoke("b", 3)
    wire.start()
    wire.run(10.0)
    return wire


# --- sessions


def test_listen_range_makes_dynamic_peers() -> None:
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    assert [str(address) for address in hub.machine.neighbors] == ["10.0.0.2", "10.0.0.3"]
    peer = hub.peer("10.0.0.2")
    assert (peer.dynamic, peer.group, peer.state) == (True, "SPOKES", BgpState.ESTABLISHED)
    assert (peer.hold_s, peer.keepalive_s) == (60, 20)
    assert "%BGP-5-ADJCHANGE: neighbor *10.0.0.2 Up" in hub.log
    assert a.log == ["%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up"]
    assert not a.peer("10.0.0.1").dynamic


def test_counters_and_versions_are_those_of_the_published_summary() -> None:
    # p3-ibgp-dualhub: a hub with 3 spokes has 4 prefixes and version 5, each spoke 1 prefix.
    wire = Wire()
    hub = wire.hub("hub", 1)
    for name, number in (("a", 4), ("b", 5), ("c", 6)):
        wire.spoke(name, number)
    wire.start()
    wire.run(200.0)
    assert len(hub.machine.table) == 4
    assert hub.machine.table_version == 5
    peer = hub.peer("10.0.0.4")
    assert (peer.prefixes_received, peer.table_version) == (1, 5)
    assert wire.nodes["a"].peer("10.0.0.1").prefixes_received == 3
    # OPEN, first KEEPALIVE, one update, end of table, and a KEEPALIVE every 20 s.
    assert peer.messages_received == 4 + 9


def test_two_static_peers_that_call_each_other_make_one_session() -> None:
    wire = Wire()
    mutual = BgpNeighborConfig(remote_as=65000)
    a = wire.node("a", 2, neighbors={ip("10.0.0.3"): mutual})
    b = wire.node("b", 3, neighbors={ip("10.0.0.2"): mutual})
    wire.start()
    wire.run(5.0)
    assert a.peer("10.0.0.3").state is BgpState.ESTABLISHED
    assert b.peer("10.0.0.2").state is BgpState.ESTABLISHED
    assert a.rows() == {"172.16.3.0/24": "[200/0] via 10.0.0.3"}
    assert a.peer("10.0.0.3").times_established == 1


def test_unanswered_peer_is_active_and_was_never_up() -> None:
    wire = Wire()
    a = wire.spoke("a", 2)
    wire.start()
    wire.run(100.0)
    peer = a.peer("10.0.0.1")
    assert (peer.state, peer.changed, peer.messages_sent) == (BgpState.ACTIVE, None, 0)


def test_peer_without_route_stays_idle_until_there_is_one() -> None:
    wire = Wire()
    far = {ip("192.0.2.1"): BgpNeighborConfig(remote_as=65000, update_source=TUNNEL)}
    a = wire.node("a", 2, neighbors=far)
    wire.start()
    wire.run(50.0)
    assert a.peer("192.0.2.1").state is BgpState.IDLE
    a.put("192.0.2.0/24", "static", interface="Loopback1")
    assert a.peer("192.0.2.1").state is BgpState.ACTIVE


def test_hold_timer_ends_a_silent_session() -> None:
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    wire.cut.add("a")
    wire.run(75.0)
    assert ip("10.0.0.2") not in hub.machine.neighbors
    assert hub.log[-2:] == [
        "%BGP-3-NOTIFICATION: sent to neighbor *10.0.0.2 4/0 (hold time expired) 0 bytes",
        "%BGP-5-ADJCHANGE: neighbor *10.0.0.2 Down BGP Notification sent",
    ]
    assert "172.16.2.0/24" not in hub.rows()
    assert wire.nodes["b"].rows() == {"172.16.1.0/24": "[200/0] via 10.0.0.1"}
    wire.cut.clear()
    wire.run(130.0)
    assert a.peer("10.0.0.1").state is BgpState.ESTABLISHED
    assert "172.16.2.0/24" in wire.nodes["b"].rows()


def test_reload_nobody_noticed_ends_in_a_new_session() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    a.timers.clear()
    a.rib.withdraw_owner("bgp 65000", wire.now)
    a.machine = BgpMachine(a)
    wire.perform(a, a.machine.start(wire.now))
    wire.run(80.0)
    assert a.peer("10.0.0.1").state is BgpState.ESTABLISHED
    assert sorted(a.rows()) == ["172.16.1.0/24", "172.16.3.0/24"]


def test_wrong_as_is_told_and_refused() -> None:
    wire = Wire()
    hub = wire.hub("hub", 1)
    wire.node("a", 2, asn=65001, neighbors={ip("10.0.0.1"): BgpNeighborConfig(remote_as=65000)})
    wire.start()
    wire.run(2.0)
    assert hub.log[0] == (
        "%BGP-3-NOTIFICATION: sent to neighbor *10.0.0.2 2/2 (peer in wrong AS) 0 bytes"
    )
    assert hub.machine.neighbors == {}


@pytest.mark.parametrize(("theirs", "up"), [("s3cret", True), ("other", False), (None, False)])
def test_password_must_agree(theirs: str | None, up: bool) -> None:  # noqa: FBT001
    wire = Wire()
    hub = wire.hub("hub", 1, replace(CLIENTS, password="s3cret"))
    mine = BgpNeighborConfig(remote_as=65000, password=theirs)
    wire.node("a", 2, neighbors={ip("10.0.0.1"): mine})
    wire.start()
    wire.run(20.0)
    assert (ip("10.0.0.2") in hub.machine.neighbors) is up
    assert any("%TCP-6-BADAUTH" in line for line in hub.log) is not up


def test_shutdown_and_clear_end_sessions() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    wire.perform(a, a.machine.clear_neighbors(wire.now))
    assert a.log[-1] == "%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Down User reset"
    wire.run(20.0)
    assert a.peer("10.0.0.1").state is BgpState.ESTABLISHED
    down = BgpNeighborConfig(remote_as=65000, shutdown=True)
    a.change(neighbors={ip("10.0.0.1"): down})
    wire.run(60.0)
    peer = a.peer("10.0.0.1")
    assert (peer.state, peer.admin_down) == (BgpState.IDLE, True)
    assert a.rows() == {}


def test_removed_neighbour_and_range_are_forgotten() -> None:
    wire = cloud()
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    hub.change(listen_ranges=())
    wire.run(11.0)
    assert hub.machine.neighbors == {}
    a.change(neighbors={})
    assert a.machine.neighbors == {}
    assert a.machine.on_timer("retry", "10.0.0.1", 12.0) == []


def test_stopped_process_withdraws_everything() -> None:
    wire = cloud()
    a = wire.nodes["a"]
    wire.perform(a, a.machine.stop(wire.now))
    assert a.rows() == {}
    assert a.timers == {}
    wire.run(11.0)
    assert "172.16.2.0/24" not in wire.nodes["b"].rows()


def test_table_of_states_raises_and_changes_nothing() -> None:
    peer = BgpPeer(address=ip("10.0.0.1"), remote_as=65000, history=("0.000 start: Active",))
    with pytest.raises(IllegalTransition, match=r"event 'update' in state Idle.*0\.000 start"):
        step(peer, "update", 1.0)
    assert peer.state is BgpState.IDLE


# --- routes


def test_reflector_leaves_the_next_hop_alone() -> None:
    # The phase 2 behaviour of a reflector (DMVPN.md section 5).
    wire = cloud()
    assert wire.nodes["a"].rows() == {
        "172.16.1.0/24": "[200/0] via 10.0.0.1",
        "172.16.3.0/24": "[200/0] via 10.0.0.3",
    }
    route = wire.nodes["a"].machine.table[net("172.16.3.0/24")][0]
    assert route.attributes.originator == ip("172.16.3.1")
    assert route.attributes.clusters == (ip("172.16.1.1"),)


def test_next_hop_self_all_makes_it_phase3() -> None:
    wire = cloud(replace(CLIENTS, next_hop_self=True, next_hop_self_all=True))
    assert wire.nodes["a"].rows()["172.16.3.0/24"] == "[200/0] via 10.0.0.1"


def test_plain_next_hop_self_does_not_touch_reflected_routes() -> None:
    wire = cloud(replace(CLIENTS, next_hop_self=True))
    assert wire.nodes["a"].rows()["172.16.3.0/24"] == "[200/0] via 10.0.0.3"


def test_without_clients_nothing_is_reflected() -> None:
    wire = cloud(replace(CLIENTS, route_reflector_client=False))
    assert wire.nodes["a"].rows() == {"172.16.1.0/24": "[200/0] via 10.0.0.1"}


def test_default_originate_and_aggregate_replace_specifics() -> None:
    wire = cloud(replace(CLIENTS, default_originate=True))
    hub, a = wire.nodes["hub"], wire.nodes["a"]
    assert a.rows()["0.0.0.0/0"] == "[200/0] via 10.0.0.1"
    hub.change(aggregates=((net("172.16.0.0/16"), True),))
    wire.run(11.0)
    assert a.rows() == {
        "0.0.0.0/0": "[200/0] via 10.0.0.1",
        "172.16.0.0/16": "[200/0] via 10.0.0.1",
    }
    assert hub.rows()["172.16.0.0/16"] == "[200/0] via Null0"
    hub.change(aggregates=())
    wire.run(12.0)
    assert sorted(a.rows()) == ["0.0.0.0/0", "172.16.1.0/24", "172.16.3.0/24"]


def test_network_line_follows_the_routing_table() -> None:
    wire = cloud()
    a, b = wire.nodes["a"], wire.nodes["b"]
    a.put("172.16.2.0/24", "connected", interface=None)
    wire.run(11.0)
    assert "172.16.2.0/24" not in b.rows()
    a.put("172.16.2.0/24", "eigrp", interface="Loopback1", metric=77)
    wire.run(12.0)
    assert b.rows()["172.16.2.0/24"] == "[200/77] via 10.0.0.2"


def test_redistributed_routes_are_incomplete() -> None:
    wire = Wire()
    hub = wire.hub("hub", 1)
    a = wire.spoke("a", 2, redistribute=(Redistribution(source="static"),))
    a.put("192.168.7.0/24", "static", interface="Loopback1")
    wire.start()
    wire.run(10.0)
    assert hub.machine.table[net("192.168.7.0/24")][0].attributes.origin == "?"


def test_two_hubs_give_two_paths_and_one_takes_over() -> None:
    wire = Wire()
    for name, number in (("h1", 1), ("h2", 9)):
        wire.hub(name, number)
    for name, number in (("a", 2), ("b", 3)):
        wire.spoke(name, number, hubs=(1, 9))
    wire.start()
    wire.run(10.0)
    a = wire.nodes["a"]
    # p3-ibgp-dualhub, spoke: 5 prefixes and 7 paths there; here one spoke less.
    assert sum(len(paths) for paths in a.machine.table.values()) == 5
    wire.cut.add("h1")
    wire.run(100.0)
    assert a.rows()["172.16.3.0/24"] == "[200/0] via 10.0.0.3"
    assert a.peer("10.0.0.1").state is not BgpState.ESTABLISHED


def test_external_peers_prepend_and_keep_the_third_party_next_hop() -> None:
    wire = Wire()
    hub = wire.node(
        "hub",
        1,
        asn=65001,
        neighbors={
            ip("10.0.0.2"): BgpNeighborConfig(remote_as=65002),
            ip("10.0.0.3"): BgpNeighborConfig(remote_as=65003, next_hop_self=True),
        },
    )
    for name, number in (("a", 2), ("b", 3)):
        peers = {ip("10.0.0.1"): BgpNeighborConfig(remote_as=65001)}
        wire.node(name, number, asn=65000 + number, neighbors=peers)
    wire.start()
    wire.run(10.0)
    assert hub.rows()["172.16.2.0/24"] == "[20/0] via 10.0.0.2"
    assert wire.nodes["a"].rows()["172.16.3.0/24"] == "[20/0] via 10.0.0.3"
    assert wire.nodes["b"].rows()["172.16.2.0/24"] == "[20/0] via 10.0.0.1"
    path = wire.nodes["a"].machine.table[net("172.16.3.0/24")][0]
    assert path.attributes.as_path == (65001, 65003)


def test_loops_are_not_accepted() -> None:
    wire = cloud()
    table = wire.nodes["a"].machine._table
    base = Attributes(next_hop=ip("10.0.0.1"))
    for bad in (
        replace(base, as_path=(65000,)),
        replace(base, originator=table.router_id),
        replace(base, clusters=(table.router_id,)),
    ):
        assert not table.acceptable(BgpRoute(network=net("192.168.0.0/24"), attributes=bad))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"weight": 1}, {"local_pref": 999}),
        ({"local_pref": 101}, {"as_path": ()}),
        ({"as_path": (1,)}, {"as_path": (1, 2), "origin": "i"}),
        ({"origin": "i", "med": 9}, {"origin": "?"}),
        ({"med": 1}, {"med": 2}),
        ({"internal": False, "router_id": "9.9.9.9"}, {"router_id": "1.1.1.1"}),
        ({"router_id": "1.1.1.1", "clusters": (ip("1.1.1.1"),)}, {"router_id": "2.2.2.2"}),
    ],
)
def test_order_of_preference(better: dict[str, object], worse: dict[str, object]) -> None:
    def route(facts: dict[str, object]) -> BgpRoute:
        own = {"weight", "internal"}
        attributes = {k: v for k, v in facts.items() if k not in own | {"router_id"}}
        return BgpRoute(
            network=net("192.168.0.0/24"),
            attributes=Attributes(next_hop=ip("10.0.0.1"), **attributes),  # type: ignore[arg-type]
            peer=ip("10.0.0.1"),
            peer_router_id=ip(str(facts.get("router_id", "5.5.5.5"))),
            **{k: v for k, v in facts.items() if k in own},  # type: ignore[arg-type]
        )

    assert rank(route(better)) < rank(route(worse))


@settings(QUICK, max_examples=12)
@given(seed=st.integers(0, 10**6), loss=st.sampled_from([0.1, 0.3, 0.5]))
def test_lossy_wire_converges_to_the_same_tables(seed: int, loss: float) -> None:
    def network(loss: float) -> Wire:
        wire = Wire(loss=loss, seed=seed)
        for name, number in (("h1", 1), ("h2", 9)):
            wire.hub(name, number)
        for name, number in (("a", 2), ("b", 3), ("c", 4)):
            wire.spoke(name, number, hubs=(1, 9))
        wire.start()
        return wire

    clean, lossy = network(0.0), network(loss)
    lossy.run(100.0)
    tables = []
    for wire in (clean, lossy):
        wire.loss = 0.0
        wire.run(400.0)
        tables.append({name: node.rows() for name, node in wire.nodes.items()})
    assert tables[0] == tables[1]
