"""Whole clouds: registration, EIGRP, shortcuts, failures, and the three phases."""

import pytest
from twin_cases import (
    ASN,
    CONVERGED_S,
    HUB_NBMA,
    LAN,
    TUNNEL,
    WAN,
    addr,
    change,
    config_of,
    make_phase_1,
    net,
    outcomes,
    ping,
    registered,
    route,
    rows,
    running,
    spoke_nbma,
    spoke_tunnel,
    state,
    traced,
    with_interface,
    with_nhrp,
    with_tunnel,
)

from labs.twin.device import (
    EigrpInterfaceConfig,
    TunnelMode,
)
from labs.twin.nhrp.entries import EntryType
from labs.twin.packet import NhrpType

# -- converging ---


@pytest.mark.parametrize("protected", [True, False], ids=["ipsec", "clear"])
def test_every_spoke_registers_and_becomes_a_neighbour(*, protected: bool) -> None:
    network = running(protected=protected)
    spokes = {spoke_tunnel(n) for n in (1, 2, 3)}
    assert registered(network) == spokes
    hub = network.routers["hub1"]
    assert {str(peer) for _, peer in hub.eigrp[ASN].neighbors} == spokes
    assert [state(network, f"spoke{n}") for n in (1, 2, 3)] == ["UP"] * 3
    assert outcomes(ping(network, "spoke1", "10.0.0.1", source=LAN)) == "!!!!!"


def test_metrics_are_those_of_published_outputs() -> None:
    # reference/DMVPN.md section 6: a LAN behind one tunnel hop, a summary with a hub loopback
    network = running()
    lan = route(network, "hub1", "10.1.1.0/24")
    assert lan is not None
    assert (lan.distance, lan.metric) == (90, 26880256)
    summary = route(network, "spoke1", "10.0.0.0/8")
    assert summary is not None
    assert (summary.distance, summary.metric) == (90, 27008000)
    own = route(network, "hub1", "10.0.0.0/8")
    assert own is not None
    assert own.paths[0].interface == "Null0"


def test_specifics_over_two_tunnel_hops_have_the_published_metric() -> None:
    network = running(summary=None)
    far = route(network, "spoke1", "10.1.2.0/24")
    assert far is not None
    assert (far.metric, str(far.paths[0].next_hop)) == (28160256, "10.255.0.1")


# -- phase 3 ---


def test_a_shortcut_over_a_summary_is_an_h_route() -> None:
    network = running()
    spoke = network.routers["spoke1"]
    before = spoke.rib[""].cef(addr("10.1.2.1"))
    assert (str(before.network), str(before.paths[0].next_hop)) == ("10.0.0.0/8", "10.255.0.1")
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]
    assert traced(network, "spoke2", "10.1.1.1") == ["10.255.0.11"]
    after = spoke.rib[""].cef(addr("10.1.2.1"))
    assert (str(after.network), str(after.paths[0].next_hop)) == ("10.1.2.0/24", "10.255.0.12")
    lan, host = route(network, "spoke1", "10.1.2.0/24"), route(network, "spoke1", "10.255.0.12/32")
    assert lan is not None
    assert host is not None
    assert (lan.source, lan.distance, lan.metric, lan.override) == ("nhrp", 250, 255, None)
    assert (host.source, host.paths[0].next_hop) == ("nhrp", None)
    assert route(network, "spoke1", "10.0.0.0/8").override is None  # type: ignore[union-attr]
    assert rows(network, "spoke1") == {
        "10.1.2.0/24": ("dynamic", "DT1"),
        "10.255.0.1/32": ("static", "S"),
        "10.255.0.12/32": ("dynamic", "DT1"),
    }
    assert network.routers["hub1"].nhrp[TUNNEL].counters.sent[NhrpType.TRAFFIC_INDICATION] >= 1
    assert spoke.crypto.layer(TUNNEL, addr(spoke_nbma(2))) is None


def test_a_shortcut_over_a_specific_route_is_an_override() -> None:
    network = running(summary=None)
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]
    lan = route(network, "spoke1", "10.1.2.0/24")
    assert lan is not None
    assert lan.source == "eigrp"
    assert str(lan.paths[0].next_hop) == "10.255.0.1"
    assert lan.override is not None
    assert str(lan.override.next_hop) == "10.255.0.12"
    # as in the measured P0 of reference/FAULT_SWEEP.md: LAN DT2, host DT1
    assert rows(network, "spoke1")["10.1.2.0/24"] == ("dynamic", "DT2")
    assert rows(network, "spoke1")["10.255.0.12/32"] == ("dynamic", "DT1")


def test_both_ends_keep_what_they_answered_as_local_entries() -> None:
    network = running()
    traced(network)
    network.run_for(3.0)
    for name, lan in (("spoke1", "10.1.1.0/24"), ("spoke2", "10.1.2.0/24")):
        entry = network.routers[name].nhrp[TUNNEL].cache[net(lan)]
        assert entry.flags == ("router", "unique", "local")
        assert entry.no_socket


def test_the_hub_learns_nothing_from_a_shortcut() -> None:
    network = running()
    before = rows(network, "hub1")
    traced(network)
    network.run_for(3.0)
    assert rows(network, "hub1") == before


def test_an_unused_shortcut_ends_after_the_holdtime() -> None:
    network = running()
    traced(network)
    network.run_for(590.0)
    assert route(network, "spoke1", "10.1.2.0/24") is not None
    network.run_for(60.0)
    assert route(network, "spoke1", "10.1.2.0/24") is None
    assert set(rows(network, "spoke1")) == {"10.255.0.1/32"}
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]


def test_a_used_shortcut_is_renewed() -> None:
    network = running()
    traced(network)
    for _ in range(40):
        network.run_for(30.0)
        assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN, repeat=1)) == "!"
    assert traced(network) == ["10.255.0.12"]


def test_without_redirect_traffic_stays_on_the_hub() -> None:
    network = running()
    change(network, "hub1", with_nhrp(config_of(network, "hub1"), redirect=False))
    for _ in range(3):
        assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    assert rows(network, "spoke1") == {"10.255.0.1/32": ("static", "S")}


def test_without_shortcut_on_the_spoke_traffic_stays_on_the_hub() -> None:
    network = running()
    change(network, "spoke1", with_nhrp(config_of(network, "spoke1"), shortcut=False))
    for _ in range(3):
        assert traced(network) == ["10.255.0.1", "10.255.0.12"]


def test_clearing_shortcuts_sends_traffic_back_to_the_hub() -> None:
    network = running()
    traced(network)
    network.run_for(3.0)
    network.run_for(10.0)  # the hub redirects a flow once in 8 s
    network.clear_nhrp("spoke1", shortcuts=True)
    assert route(network, "spoke1", "10.1.2.0/24") is None
    assert traced(network)[0] == "10.255.0.1"
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]


def test_a_shortcut_to_a_dead_spoke_ends_with_its_crypto() -> None:
    network = running()
    traced(network)
    network.run_for(3.0)
    network.set_link(("spoke2", WAN), up=False)
    network.run_for(120.0)
    assert not network.routers["spoke1"].crypto.socket_up(TUNNEL, addr(spoke_nbma(2)))
    network.set_link(("spoke2", WAN), up=True)
    network.run_for(90.0)
    assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN)).endswith("!!!")


# -- failures ---


def test_a_lost_hub_is_noticed_and_taken_back() -> None:
    network = running()
    network.set_link(("hub1", WAN), up=False)
    network.run_for(90.0)
    spoke = network.routers["spoke1"]
    assert not spoke.eigrp[ASN].neighbors
    assert route(network, "spoke1", "10.0.0.0/8") is None
    assert state(network) == "IKE"
    network.set_link(("hub1", WAN), up=True)
    network.run_for(120.0)
    assert state(network) == "UP"
    assert registered(network) == {spoke_tunnel(n) for n in (1, 2, 3)}
    assert outcomes(ping(network, "spoke1", "10.0.0.1", source=LAN)) == "!!!!!"


def test_a_restarted_hub_gets_its_spokes_back() -> None:
    network = running()
    network.restart("hub1", config_of(network, "hub1"))
    network.run_for(180.0)
    assert registered(network) == {spoke_tunnel(n) for n in (1, 2, 3)}
    assert outcomes(ping(network, "spoke2", "10.0.0.1", source=LAN)) == "!!!!!"


def test_a_restarted_router_draws_other_spis() -> None:
    network = running(spokes=1)
    first = set(network.routers["spoke1"].crypto.children)
    network.restart("spoke1", config_of(network, "spoke1"))
    network.run_for(CONVERGED_S)
    assert first
    assert not first & set(network.routers["spoke1"].crypto.children)


def test_cleared_neighbours_come_back() -> None:
    network = running(spokes=1)
    network.clear_eigrp("spoke1")
    assert not network.routers["spoke1"].eigrp[ASN].neighbors
    network.run_for(30.0)
    assert network.routers["spoke1"].eigrp[ASN].neighbors
    assert route(network, "spoke1", "10.0.0.0/8") is not None


def test_a_registration_that_is_not_renewed_ends() -> None:
    network = running(spokes=2)
    network.set_link(("spoke2", WAN), up=False)
    network.run_for(700.0)
    assert registered(network) == {spoke_tunnel(1)}


def test_shutting_the_tunnel_of_a_spoke_and_opening_it_again() -> None:
    network = running()
    config = config_of(network, "spoke1")
    change(network, "spoke1", with_interface(config, TUNNEL, shutdown=True))
    network.run_for(30.0)
    assert route(network, "spoke1", "10.0.0.0/8") is None
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("administratively down", "down")
    change(network, "spoke1", config)
    network.run_for(60.0)
    assert state(network) == "UP"
    assert outcomes(ping(network, "spoke1", "10.0.0.1", source=LAN)) == "!!!!!"


# -- phases 1 and 2 ---


def test_phase_1_goes_by_the_hub_for_ever() -> None:
    network = running()
    make_phase_1(network)
    network.run_for(60.0)
    assert registered(network) == {spoke_tunnel(n) for n in (1, 2, 3)}
    for _ in range(3):
        assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    cache = network.routers["spoke1"].nhrp[TUNNEL].cache.values()
    assert not [entry for entry in cache if entry.type is EntryType.DYNAMIC]


def test_phase_2_goes_direct_by_the_next_hop_of_the_route() -> None:
    network = running(summary=None)
    config = with_nhrp(config_of(network, "hub1"), redirect=False)
    routing = EigrpInterfaceConfig(split_horizon=False, next_hop_self=False)
    change(network, "hub1", with_interface(config, TUNNEL, eigrp={ASN: routing}))
    network.run_for(60.0)
    far = route(network, "spoke1", "10.1.2.0/24")
    assert far is not None
    assert str(far.paths[0].next_hop) == "10.255.0.12"
    assert traced(network)[0] == "10.255.0.1"
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]
    far = route(network, "spoke1", "10.1.2.0/24")
    assert far is not None
    assert far.override is None
    assert far.source == "eigrp"
    assert rows(network, "spoke1")["10.255.0.12/32"] == ("dynamic", "D")


def test_a_point_to_point_spoke_is_a_black_hole_for_direct_packets() -> None:
    # reference/PHASES.md section 6: the invariant of every conversion
    network = running(protected=False)
    config = config_of(network, "spoke2")
    config = with_tunnel(config, mode=TunnelMode.GRE_IP, destination=addr(HUB_NBMA))
    change(network, "spoke2", config)
    network.run_for(60.0)
    direct = (addr(spoke_tunnel(2)), addr(spoke_nbma(2)))
    change(network, "spoke1", with_nhrp(config_of(network, "spoke1"), maps=(direct,)))
    network.run_for(5.0)
    assert outcomes(ping(network, "spoke1", spoke_tunnel(2), repeat=2)) == ".."
