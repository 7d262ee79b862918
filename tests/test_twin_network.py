"""Plain IP: forwarding, ping and traceroute, MTU, links, VRFs, copies, walks."""

import copy
from dataclasses import replace

import pytest
from twin_cases import (
    GI1,
    GI2,
    LAN,
    WAN,
    addr,
    chain,
    cloud,
    default_route,
    device,
    interface,
    net,
    outcomes,
    path,
    ping,
    static_cloud,
    trace,
    with_interface,
    with_tunnel,
)

from labs.twin.device import StaticRoute
from labs.twin.network import Network, Outcome, PingSpec
from labs.twin.packet import Icmp, IcmpKind, Packet


def test_ping_counts_its_packets_and_takes_its_time() -> None:
    network = chain()
    job = ping(network, "left", "172.16.0.1", repeat=3)
    assert outcomes(job) == "!!!"
    assert [round(result.rtt_ms or 0) for result in job.results] == [20, 20, 20]
    assert job.source == addr("192.0.2.1")


def test_ping_without_a_route_times_out() -> None:
    network = chain()
    network.configure("left", replace(network.routers["left"].config, static_routes=()))
    job = ping(network, "left", "172.16.0.1", repeat=2, timeout_s=1.0)
    assert outcomes(job) == ".."
    assert network.now == pytest.approx(2.0, abs=0.2)


def test_a_router_without_a_route_says_so() -> None:
    job = ping(chain(), "left", "172.31.0.1", repeat=1)
    assert job.results[0].outcome is Outcome.HOST_UNREACHABLE
    assert job.results[0].address == addr("192.0.2.2")


def test_ping_from_an_address_needs_a_way_back() -> None:
    network = chain()
    left = network.routers["left"].config
    extra = replace(
        left, interfaces={**left.interfaces, "Loopback0": interface("Loopback0", "10.9.9.9/32")}
    )
    network.configure("left", extra)
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1, source="Loopback0")) == "."
    back = StaticRoute(prefix=net("10.9.9.9/32"), next_hop=addr("192.0.2.1"))
    middle = network.routers["middle"].config
    network.configure("middle", replace(middle, static_routes=(*middle.static_routes, back)))
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1, source="Loopback0")) == "!"


def test_ping_of_ones_own_address_answers_many_times() -> None:
    assert outcomes(ping(chain(), "left", "192.0.2.1", repeat=1500)) == "!" * 1500


def test_traceroute_names_every_router_by_the_interface_it_came_in() -> None:
    job = trace(chain(), "left", "172.16.0.1")
    assert path(job) == ["192.0.2.2", "192.0.2.6"]
    assert job.reached
    assert [len(hop) for hop in job.hops] == [3, 3]
    assert {probe.outcome for probe in job.hops[1]} == {Outcome.PORT_UNREACHABLE}


def test_iol_answers_the_middle_probe_of_the_last_hop_with_silence() -> None:
    # reference/PHASES.md section 5: `N *  N` on IOL and 15.4, three times on IOSv and CSR
    job = trace(chain(image="15.4"), "left", "172.16.0.1")
    assert [probe.outcome for probe in job.hops[1]] == [
        Outcome.PORT_UNREACHABLE,
        Outcome.TIMEOUT,
        Outcome.PORT_UNREACHABLE,
    ]


def test_traceroute_stops_where_a_router_has_no_route() -> None:
    network = chain()
    network.set_link(("middle", GI2), up=False)
    job = trace(network, "left", "172.16.0.9", maximum_ttl=4, timeout_s=0.5)
    # the interface is down, so the route is gone; but the TTL is looked at first
    assert path(job) == ["192.0.2.2", "192.0.2.2"]
    assert job.hops[1][0].outcome is Outcome.HOST_UNREACHABLE


def test_traceroute_gives_up_at_the_largest_ttl() -> None:
    job = trace(chain(), "left", "172.16.0.9", maximum_ttl=4, timeout_s=0.5)
    assert path(job) == ["192.0.2.2", "192.0.2.6", "*", "*"]
    assert not job.reached


def test_a_host_that_is_not_there_is_silent() -> None:
    assert outcomes(ping(chain(), "left", "172.16.0.77", repeat=2)) == ".."


def test_a_packet_too_big_is_fragmented_unless_df_forbids() -> None:
    network = chain()
    small = with_interface(network.routers["middle"].config, GI2, ip_mtu=1200)
    network.configure("middle", small)
    assert outcomes(ping(network, "left", "172.16.0.1", size=1400, repeat=2)) == "!!"
    job = ping(network, "left", "172.16.0.1", size=1400, df=True, repeat=1)
    assert (job.results[0].outcome, job.results[0].mtu) == (Outcome.FRAGMENTATION_NEEDED, 1200)
    assert outcomes(ping(network, "left", "172.16.0.1", size=1200, df=True, repeat=1)) == "!"


def test_df_is_judged_at_the_first_interface_as_well() -> None:
    job = ping(chain(), "left", "172.16.0.1", size=1600, df=True, repeat=2)
    assert outcomes(job) == "MM"


def test_a_routing_loop_ends_with_the_ttl() -> None:
    network = chain()
    right = network.routers["right"].config
    network.configure("right", with_interface(right, GI2, shutdown=True))
    job = ping(network, "left", "172.16.0.1", repeat=1)
    assert job.results[0].outcome is Outcome.TIME_EXCEEDED


def test_a_cut_link_takes_both_ends_down_and_mending_brings_them_back() -> None:
    network = chain()
    network.set_link(("left", GI1), up=False)
    assert network.routers["left"].interface_state(GI1) == ("down", "down")
    assert network.routers["middle"].interface_state(GI1) == ("down", "down")
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "."
    network.set_link(("left", GI1), up=True)
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "!"
    assert [text for _, text in network.routers["middle"].log if f"Interface {GI1}," in text] == [
        f"%LINK-3-UPDOWN: Interface {GI1}, changed state to up",
        f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {GI1}, changed state to up",
        f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {GI1}, changed state to down",
        f"%LINK-3-UPDOWN: Interface {GI1}, changed state to down",
        f"%LINK-3-UPDOWN: Interface {GI1}, changed state to up",
        f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {GI1}, changed state to up",
    ]


def test_shutdown_is_administrative() -> None:
    network = chain()
    config = with_interface(network.routers["left"].config, GI1, shutdown=True)
    network.configure("left", config)
    assert network.routers["left"].interface_state(GI1) == ("administratively down", "down")
    assert network.routers["left"].log[-1][1] == (
        f"%LINK-5-CHANGED: Interface {GI1}, changed state to administratively down"
    )
    assert network.routers["middle"].interface_state(GI1) == ("up", "up")


def test_a_subinterface_follows_its_parent() -> None:
    network = Network()
    router = network.add_router(
        "r1", device(interface(GI1), interface(f"{GI1}.15", "192.0.2.1/30"))
    )
    assert router.interface_state(f"{GI1}.15") == ("up", "up")
    network.configure("r1", with_interface(router.config, GI1, shutdown=True))
    assert router.interface_state(f"{GI1}.15") == ("down", "down")


def test_a_lossy_wire_loses_its_share_and_the_same_seed_loses_the_same() -> None:
    runs = []
    for _ in range(2):
        network = chain()
        network.set_loss(("left", GI1), 0.3)
        runs.append(outcomes(ping(network, "left", "192.0.2.2", repeat=100, timeout_s=0.1)))
    assert runs[0] == runs[1]
    assert 25 < runs[0].count(".") < 75  # two crossings a packet: 51 expected


def test_a_segment_carries_to_the_end_that_has_the_address() -> None:
    network = Network()
    for number in (1, 2, 3):
        network.add_router(f"r{number}", device(interface(GI1, f"192.0.2.{number}/24")))
    network.connect_segment((f"r{number}", GI1) for number in (1, 2, 3))
    assert outcomes(ping(network, "r1", "192.0.2.3", repeat=1)) == "!"
    network.set_link(("r3", GI1), up=False)
    assert outcomes(ping(network, "r1", "192.0.2.3", repeat=1)) == "."
    assert network.routers["r2"].interface_state(GI1) == ("up", "up")


def test_an_end_is_connected_once() -> None:
    network = chain()
    with pytest.raises(ValueError, match="connected already"):
        network.connect(("left", GI1), ("right", GI2))


def test_tables_of_vrfs_are_apart() -> None:
    network = Network()
    red = interface(GI1, "192.0.2.1/30", vrf="RED")
    network.add_router(
        "r1", device(red, vrfs=("RED",), static_routes=(default_route("192.0.2.2", "RED"),))
    )
    network.add_router("r2", device(interface(GI1, "192.0.2.2/30")))
    network.connect(("r1", GI1), ("r2", GI1))
    assert outcomes(ping(network, "r1", "192.0.2.2", repeat=1)) == "."
    assert outcomes(ping(network, "r1", "192.0.2.2", repeat=1, vrf="RED")) == "!"


# -- the network as a value --------------------------------------------------------------------


@pytest.mark.parametrize("forked", [True, False])
def test_a_copy_lives_on_its_own(*, forked: bool) -> None:
    network = static_cloud(2)
    network.run_for(30.0)
    twin = network.fork() if forked else copy.deepcopy(network)
    network.set_link(("hub1", WAN), up=False)
    network.run_for(5.0)
    assert outcomes(ping(twin, "spoke1", "10.255.0.1", repeat=2)) == "!!"
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=2)) == ".."


def test_a_fork_runs_as_its_origin_would() -> None:
    network = cloud(2)
    network.run_for(30.0)
    fork = network.fork()
    for each in (network, fork):
        ping(each, "spoke1", "10.1.2.1", source=LAN)
        each.run_for(900.0)
    logs = [[router.log for router in each.routers.values()] for each in (network, fork)]
    assert logs[0] == logs[1]
    assert network.clock == fork.clock


def test_the_same_seed_runs_the_same() -> None:
    logs = []
    for _ in range(2):
        network = cloud(2, seed=5)
        network.run_for(200.0)
        logs.append([router.log for router in network.routers.values()])
    assert logs[0] == logs[1]
    assert len(logs[0][1]) > 6


def test_a_restarted_router_remembers_nothing_and_comes_back() -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    old = network.routers["spoke1"]
    network.restart("spoke1", old.config)
    assert network.routers["spoke1"].crypto.layer("Tunnel100", addr("203.0.113.1")) == "IKE"
    network.run_for(100.0)
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=1)) == "!"


def test_a_removed_router_is_silent() -> None:
    network = chain()
    network.remove("middle")
    network.run_for(1.0)
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "."


def test_a_job_can_be_broken_off() -> None:
    network = chain()
    job = network.start_ping("left", PingSpec(destination=addr("172.16.0.99"), repeat=100))
    network.run_for(3.0)
    network.stop_job(job)
    network.run_for(100.0)
    assert len(job.results) == 1
    assert not network.jobs


# -- walk --------------------------------------------------------------------------------------


def probe(source: str, destination: str, **more: object) -> Packet:
    return Packet(
        src=addr(source),
        dst=addr(destination),
        payload=Icmp(kind=IcmpKind.ECHO),
        **more,  # type: ignore[arg-type]
    )


def test_a_walk_tells_the_way_and_changes_nothing() -> None:
    network = chain()
    before = copy.deepcopy(network.clock)
    found = network.walk("left", probe("192.0.2.1", "172.16.0.1"))
    assert found.arrived
    assert [hop.router for hop in found.hops] == ["left", "middle", "right"]
    assert found.hops[1].address == addr("192.0.2.2")
    assert network.clock == before


def test_a_walk_tells_why_a_packet_does_not_arrive() -> None:
    network = chain()
    way = network.walk("left", probe("192.0.2.1", "172.31.0.1"))
    assert not way.arrived
    assert way.reason == "middle has no route to 172.31.0.1"
    network.configure("middle", with_interface(network.routers["middle"].config, GI2, ip_mtu=500))
    big = network.walk("left", probe("192.0.2.1", "172.16.0.1", size=900, df=True))
    assert big.reason == f"900 bytes do not fit {GI2} of middle (500)"


def test_a_walk_goes_through_tunnels_only_where_they_are_up_and_alike() -> None:
    network = static_cloud(2)
    packet = probe("10.255.0.11", "10.255.0.1")
    assert "no IPsec SA" in network.walk("spoke1", packet).reason
    network.run_for(30.0)
    assert [hop.router for hop in network.walk("spoke1", packet).hops] == ["spoke1", "hub1"]
    network.configure("hub1", with_tunnel(network.routers["hub1"].config, key=9))
    assert not network.walk("spoke1", packet).arrived
