"""Whole clouds: registration, EIGRP, shortcuts, phases, and faults as measured on devices."""

from dataclasses import replace

import pytest
from twin_cases import (
    ASN,
    HUB_NBMA,
    LAN,
    TUNNEL,
    WAN,
    addr,
    cloud,
    crypto,
    default_route,
    interface,
    net,
    outcomes,
    path,
    ping,
    spoke_nbma,
    spoke_tunnel,
    trace,
    with_interface,
    with_nhrp,
    with_tunnel,
)

from labs.twin.device import (
    BgpConfig,
    BgpNeighborConfig,
    DeviceConfig,
    EigrpInterfaceConfig,
    NhsConfig,
    TunnelMode,
)
from labs.twin.image import IMAGES
from labs.twin.network import Network
from labs.twin.nhrp.entries import EntryType, NhsStatus
from labs.twin.packet import NhrpType
from labs.twin.rib import Route

CONVERGED_S = 60.0


def running(**more: object) -> Network:
    network = cloud(**more)  # type: ignore[arg-type]
    network.run_for(CONVERGED_S)
    return network


def route(network: Network, router: str, prefix: str) -> Route | None:
    return network.routers[router].rib[""].exact(net(prefix))


def rows(network: Network, router: str) -> dict[str, tuple[str, str]]:
    """The cache without local entries: target -> (type, attributes)."""
    cache = network.routers[router].nhrp[TUNNEL].cache.values()
    return {str(e.target): (str(e.type), e.attributes) for e in cache if not e.local}


def registered(network: Network) -> set[str]:
    cache = network.routers["hub1"].nhrp[TUNNEL].cache.values()
    return {str(e.next_hop) for e in cache if "registered" in e.words}


def state(network: Network, router: str = "spoke1") -> str:
    """The State of the hub's row in `show dmvpn` of a spoke."""
    machine = network.routers[router]
    if machine.protected(TUNNEL):
        layer = machine.crypto.layer(TUNNEL, addr(HUB_NBMA))
        if layer is not None:
            return layer
    servers = machine.nhrp[TUNNEL].nhs.values()
    return "UP" if all(s.status is NhsStatus.RESPONDING for s in servers) else "NHRP"


def change(network: Network, router: str, config: DeviceConfig) -> None:
    network.configure(router, config)


def config_of(network: Network, router: str) -> DeviceConfig:
    return network.routers[router].config


def traced(network: Network, source: str = "spoke1", destination: str = "10.1.2.1") -> list[str]:
    return path(trace(network, source, destination, source=LAN))


# -- converging --------------------------------------------------------------------------------


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


# -- phase 3 -----------------------------------------------------------------------------------


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


# -- failures ----------------------------------------------------------------------------------


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


# -- phases 1 and 2 ----------------------------------------------------------------------------


def make_phase_1(network: Network) -> None:
    for number in (1, 2, 3):
        config = config_of(network, f"spoke{number}")
        nhrp = config.interfaces[TUNNEL].nhrp
        assert nhrp is not None
        config = with_tunnel(config, mode=TunnelMode.GRE_IP, destination=addr(HUB_NBMA))
        server = NhsConfig(address=addr("10.255.0.1"))
        change(network, f"spoke{number}", with_nhrp(config, shortcut=False, nhs=(server,)))
    change(network, "hub1", with_nhrp(config_of(network, "hub1"), redirect=False))


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


# -- the measured faults of reference/FAULT_SWEEP.md -------------------------------------------


def wrong_server(config: DeviceConfig) -> DeviceConfig:
    server = NhsConfig(address=addr("10.255.0.254"), nbma=addr(HUB_NBMA), multicast=True)
    return with_nhrp(config, nhs=(server,))


FAULTS = {
    "W1": ("hub1", lambda c: with_tunnel(c, ipsec_profile=None), 0, "IKE"),
    "W2": ("hub1", lambda c: with_tunnel(c, ipsec_profile="MISSING"), 0, "IKE"),
    "W3": ("hub1", lambda c: with_nhrp(c, network_id=None), 0, "NHRP"),
    "W4": ("hub1", lambda c: with_tunnel(c, key=None), 0, "NHRP"),
    "W7": (
        "spoke1",
        lambda c: replace(c, crypto=replace(c.crypto, keyrings={})),
        2,
        "IKE",
    ),
    "W8": ("spoke1", lambda c: with_tunnel(c, ipsec_profile=None), 2, "NHRP"),
    "W10": ("spoke1", lambda c: with_tunnel(c, key=None), 2, "NHRP"),
    "F3": ("spoke1", lambda c: with_nhrp(c, authentication="other"), 2, "NHRP"),
    "F4": ("spoke1", wrong_server, 2, "NHRP"),
    "transform": (
        "hub1",
        lambda c: replace(c, crypto=crypto(transform=("esp-aes", "esp-sha-hmac"))),
        0,
        "IPSEC",
    ),
    "F8": ("hub1", lambda c: replace(c, crypto=crypto(mode="tunnel")), 3, "UP"),
    "N1": ("spoke1", lambda c: with_nhrp(c, network_id=99), 3, "UP"),
    "N2": ("spoke1", lambda c: with_interface(c, TUNNEL, ip_mtu=None), 3, "UP"),
    "P0": ("spoke1", lambda c: c, 3, "UP"),
}


def bounce(network: Network) -> None:
    """As in the sweep: bounce all tunnels, clear crypto."""
    for name in ("hub1", "spoke1", "spoke2", "spoke3"):
        config = config_of(network, name)
        network.configure(name, with_interface(config, TUNNEL, shutdown=True))
    network.run_for(1.0)
    for name in ("hub1", "spoke1", "spoke2", "spoke3"):
        config = config_of(network, name)
        network.configure(name, with_interface(config, TUNNEL, shutdown=False))


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_shows_as_measured_and_heals_when_repaired(case: str) -> None:
    where, break_it, clients, expected = FAULTS[case]
    network = running()
    good = config_of(network, where)
    change(network, where, break_it(good))
    bounce(network)
    network.run_for(75.0)
    assert len(registered(network)) == clients
    assert state(network, "spoke1") == expected
    change(network, where, good)
    network.run_for(120.0)
    assert len(registered(network)) == 3
    assert state(network, "spoke1") == "UP"
    assert outcomes(ping(network, "spoke1", "10.0.0.1", source=LAN)) == "!!!!!"


def test_w6_a_hub_that_copies_no_multicast_has_no_steady_neighbours() -> None:
    network = running()
    change(network, "hub1", with_nhrp(config_of(network, "hub1"), multicast_dynamic=False))
    bounce(network)
    network.run_for(75.0)
    assert len(registered(network)) == 3
    assert not network.routers["spoke1"].eigrp[ASN].neighbors


def test_w5_hub_with_point_to_point_mode_serves_its_destination_only() -> None:
    network = running()
    config = config_of(network, "hub1")
    change(
        network,
        "hub1",
        with_tunnel(config, mode=TunnelMode.GRE_IP, destination=addr(spoke_nbma(1))),
    )
    network.run_for(75.0)
    assert [state(network, f"spoke{n}") for n in (1, 2)] == ["UP", "IKE"]


def test_f7_hub_tunnel_without_destination_is_up_down() -> None:
    network = running()
    change(network, "hub1", with_tunnel(config_of(network, "hub1"), mode=TunnelMode.GRE_IP))
    assert network.routers["hub1"].interface_state(TUNNEL) == ("up", "down")
    network.run_for(75.0)
    assert state(network) == "IKE"


def test_w8_cleartext_to_a_protected_tunnel_is_dropped_and_logged_once_a_minute() -> None:
    network = running()
    change(network, "spoke1", with_tunnel(config_of(network, "spoke1"), ipsec_profile=None))
    network.run_for(150.0)
    lines = [text for _, text in network.routers["hub1"].log if "NOT_IPSEC" in text]
    expected = (
        "%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. (ip) "
        "vrf/dest_addr= /203.0.113.1, src_addr= 198.51.100.5, prot= 47"
    )
    assert set(lines) == {expected}
    assert 2 <= len(lines) <= 3


def test_w3_and_w9_losing_the_network_id_clears_nhrp_and_is_logged() -> None:
    network = running()
    change(network, "hub1", with_nhrp(config_of(network, "hub1"), network_id=None))
    assert not network.routers["hub1"].nhrp[TUNNEL].cache
    assert (
        "%DMVPN-5-NHRP_NETID_UNCONFIGURED:  Tunnel100: NETID : 100 Unconfigured "
        "(Tunnel: 10.255.0.1 NBMA:  203.0.113.1)"
    ) in [text for _, text in network.routers["hub1"].log]


def test_t1_redirect_is_dead_after_the_network_id_was_typed_again() -> None:
    network = running()
    good = config_of(network, "hub1")
    change(network, "hub1", with_nhrp(good, network_id=None))
    change(network, "hub1", good)
    network.run_for(300.0)
    assert len(registered(network)) == 3
    for _ in range(2):
        assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    change(network, "hub1", with_nhrp(good, redirect=False))
    change(network, "hub1", good)
    traced(network)
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]


def test_all_broken_on_the_first_day_heals_by_configuration_alone() -> None:
    # measured: 3 spokes UP 41 s after the repairs, no bounce, no clear
    network = cloud()
    good = {name: config_of(network, name) for name in ("hub1", "spoke1", "spoke2", "spoke3")}
    change(network, "hub1", with_tunnel(good["hub1"], key=9))
    change(network, "spoke1", replace(good["spoke1"], crypto=crypto(key="wrong")))
    change(network, "spoke2", with_nhrp(good["spoke2"], authentication="wrong"))
    change(network, "spoke3", with_tunnel(good["spoke3"], ipsec_profile=None))
    network.run_for(300.0)
    assert not registered(network)
    for name, config in good.items():
        change(network, name, config)
    network.run_for(90.0)
    assert len(registered(network)) == 3


def test_the_log_of_a_spoke_tells_its_story_in_order() -> None:
    network = running(spokes=1)
    change(network, "spoke1", with_interface(config_of(network, "spoke1"), TUNNEL, shutdown=True))
    words = [text.split(":")[0] for _, text in network.routers["spoke1"].log]
    story = [w for w in words if w.startswith(("%DMVPN", "%DUAL"))]
    assert story[:3] == ["%DMVPN-5-CRYPTO_SS", "%DMVPN-5-NHRP_NHS_UP", "%DUAL-5-NBRCHANGE"]
    assert "%DUAL-5-NBRCHANGE" in story[3:]
    assert words[-1] == "%LINK-5-CHANGED"


# -- VRFs, two hubs, two clouds ----------------------------------------------------------------


def behind_vrfs(config: DeviceConfig) -> DeviceConfig:
    """Put the underlay into the VRF INET and the overlay into the VRF CORP."""
    for name, entry in config.interfaces.items():
        if name == WAN:
            config = with_interface(config, name, vrf="INET")
        elif name == TUNNEL:
            config = with_tunnel(with_interface(config, name, vrf="CORP"), vrf="INET")
        else:
            config = with_interface(config, name, vrf="CORP")
        assert entry.name == name
    return replace(
        config,
        vrfs=("INET", "CORP"),
        static_routes=tuple(replace(r, vrf="INET") for r in config.static_routes),
        eigrp=tuple(replace(process, vrf="CORP") for process in config.eigrp),
        crypto=crypto(fvrf="INET"),
    )


def test_a_cloud_between_a_front_door_and_an_inside_vrf() -> None:
    network = cloud()
    for name in ("hub1", "spoke1", "spoke2", "spoke3"):
        change(network, name, behind_vrfs(config_of(network, name)))
    network.run_for(CONVERGED_S)
    assert registered(network) == {spoke_tunnel(n) for n in (1, 2, 3)}
    spoke = network.routers["spoke1"]
    assert spoke.rib["CORP"].exact(net("10.0.0.0/8")) is not None
    assert len(spoke.rib[""]) == 0
    first = trace(network, "spoke1", "10.1.2.1", source=LAN, vrf="CORP")
    network.run_for(3.0)
    second = trace(network, "spoke1", "10.1.2.1", source=LAN, vrf="CORP")
    assert (path(first), path(second)) == (["10.255.0.1", "10.255.0.12"], ["10.255.0.12"])
    shortcut = spoke.rib["CORP"].exact(net("10.1.2.0/24"))
    assert shortcut is not None
    assert shortcut.source == "nhrp"


def test_a_policy_for_the_global_table_does_not_serve_a_front_door_vrf() -> None:
    # reference/DMVPN.md section 4: a policy without `match fvrf` matches only the global VRF
    network = cloud()
    for name in ("hub1", "spoke2", "spoke3"):
        change(network, name, behind_vrfs(config_of(network, name)))
    only_global = replace(crypto(fvrf="INET"), policies=crypto().policies)
    config = behind_vrfs(config_of(network, "spoke1"))
    change(network, "spoke1", replace(config, crypto=only_global))
    network.run_for(CONVERGED_S)
    assert state(network, "spoke1") == "IKE"
    assert registered(network) == {spoke_tunnel(n) for n in (2, 3)}


def test_if_state_nhrp_ties_the_line_protocol_to_the_servers() -> None:
    network = cloud()
    config = with_interface(config_of(network, "spoke1"), TUNNEL, if_state_nhrp=True)
    change(network, "spoke1", config)
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("up", "down")
    network.run_for(CONVERGED_S)
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("up", "up")
    assert network.routers["spoke1"].eigrp[ASN].neighbors
    network.set_link(("hub1", WAN), up=False)
    network.run_for(900.0)
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("up", "down")
    network.set_link(("hub1", WAN), up=True)
    network.run_for(120.0)
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("up", "up")


def test_two_hubs_share_the_load_and_one_of_them_may_die() -> None:
    network = cloud(spokes=2, summary=None)
    hub1 = config_of(network, "hub1")

    hub2 = replace(
        hub1,
        hostname="hub2",
        interfaces={
            "Loopback0": interface("Loopback0", "10.0.2.1/24"),
            WAN: interface(WAN, "203.0.113.5/30"),
            TUNNEL: replace(
                hub1.interfaces[TUNNEL], address=interface("x", "10.255.0.2/22").address
            ),
        },
        static_routes=(default_route("203.0.113.6"),),
    )
    inet = config_of(network, "internet")
    port = interface("GigabitEthernet9", "203.0.113.6/30")
    change(network, "internet", replace(inet, interfaces={**inet.interfaces, port.name: port}))
    network.add_router("hub2", hub2)
    network.connect(("internet", port.name), ("hub2", WAN))
    for name in ("spoke1", "spoke2"):
        config = config_of(network, name)
        nhrp = config.interfaces[TUNNEL].nhrp
        assert nhrp is not None
        second = NhsConfig(address=addr("10.255.0.2"), nbma=addr("203.0.113.5"), multicast=True)
        change(network, name, with_nhrp(config, nhs=(*nhrp.nhs, second)))
    network.run_for(CONVERGED_S)
    far = route(network, "spoke1", "10.1.2.0/24")
    assert far is not None
    assert sorted(str(p.next_hop) for p in far.paths) == ["10.255.0.1", "10.255.0.2"]
    network.set_link(("hub1", WAN), up=False)
    network.run_for(60.0)
    far = route(network, "spoke1", "10.1.2.0/24")
    assert far is not None
    assert [str(p.next_hop) for p in far.paths] == ["10.255.0.2"]
    assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN)).endswith("!!!!")


def two_clouds(*, shared: bool) -> Network:
    """One hub and one spoke with two tunnels each on the same source."""
    network = cloud(spokes=1)
    for name, server in (("hub1", None), ("spoke1", "10.254.0.1")):
        config = config_of(network, name)
        first = config.interfaces[TUNNEL]
        assert first.tunnel is not None
        assert first.nhrp is not None
        servers = (
            (NhsConfig(address=addr(server), nbma=addr(HUB_NBMA), multicast=True),)
            if server
            else ()
        )
        second = replace(
            first,
            name="Tunnel200",
            address=interface("x", "10.254.0.2/24" if server else "10.254.0.1/24").address,
            tunnel=replace(first.tunnel, key=200, shared=shared),
            nhrp=replace(first.nhrp, network_id=200, nhs=servers),
        )
        first = replace(first, tunnel=replace(first.tunnel, shared=shared))
        both = {**config.interfaces, TUNNEL: first, "Tunnel200": second}
        change(network, name, replace(config, interfaces=both))
    network.run_for(CONVERGED_S)
    return network


def test_two_clouds_on_one_source_share_their_sa_pair() -> None:
    network = two_clouds(shared=True)
    hub = network.routers["hub1"]
    assert {tunnel for tunnel, _ in hub.eigrp[ASN].neighbors} == {TUNNEL, "Tunnel200"}
    assert outcomes(ping(network, "spoke1", "10.254.0.1")) == "!!!!!"
    assert outcomes(ping(network, "spoke1", "10.255.0.1")) == "!!!!!"
    assert len(hub.crypto.sas) == 1
    assert len(hub.crypto.children) == 1


def test_without_shared_the_second_cloud_on_a_source_does_not_work() -> None:
    # reference/DMVPN.md section 3: `shared` on every tunnel of the same source and profile
    network = two_clouds(shared=False)
    hub = network.routers["hub1"]
    assert {tunnel for tunnel, _ in hub.eigrp[ASN].neighbors} == {TUNNEL}


# -- iBGP ----------------------------------------------------------------------------------------


def reflected(network: Network) -> None:
    """Exchange EIGRP for iBGP: the hub reflects to a listen range and sends an aggregate."""
    client = BgpNeighborConfig(
        remote_as=65000,
        route_reflector_client=True,
        next_hop_self_all=True,
        keepalive_s=20,
        hold_s=60,
    )
    hub_bgp = BgpConfig(
        asn=65000,
        peer_groups={"SPOKES": client},
        listen_ranges=((net("10.255.0.0/22"), "SPOKES"),),
        networks=(net("10.0.0.0/24"),),
        aggregates=((net("10.0.0.0/8"), True),),
    )
    change(network, "hub1", replace(config_of(network, "hub1"), eigrp=(), bgp=hub_bgp))
    server = BgpNeighborConfig(remote_as=65000, keepalive_s=20, hold_s=60)
    for number in (1, 2, 3):
        bgp = BgpConfig(
            asn=65000,
            neighbors={addr("10.255.0.1"): server},
            networks=(net(f"10.1.{number}.0/24"),),
        )
        name = f"spoke{number}"
        change(network, name, replace(config_of(network, name), eigrp=(), bgp=bgp))


def test_ibgp_with_a_reflecting_hub_shortcuts_as_eigrp_does() -> None:
    network = cloud()
    reflected(network)
    network.run_for(90.0)
    hub, spoke = network.routers["hub1"], network.routers["spoke1"]
    assert hub.bgp is not None
    assert set(map(str, hub.bgp.neighbors)) == {spoke_tunnel(n) for n in (1, 2, 3)}
    aggregate = route(network, "spoke1", "10.0.0.0/8")
    assert aggregate is not None
    assert (aggregate.source, aggregate.distance, aggregate.metric) == ("bgp", 200, 0)
    assert aggregate.paths[0].interface is None  # a B line prints no interface
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]
    cef = spoke.rib[""].cef(addr("10.1.2.9"))
    assert (str(cef.network), str(cef.paths[0].next_hop)) == ("10.1.2.0/24", "10.255.0.12")


def test_ibgp_loses_its_routes_with_the_hub_and_finds_them_again() -> None:
    network = cloud()
    reflected(network)
    network.run_for(90.0)
    network.set_link(("hub1", WAN), up=False)
    network.run_for(100.0)
    assert route(network, "spoke1", "10.0.0.0/8") is None
    network.set_link(("hub1", WAN), up=True)
    network.run_for(240.0)
    assert route(network, "spoke1", "10.0.0.0/8") is not None
    assert outcomes(ping(network, "spoke1", "10.0.0.1", source=LAN)) == "!!!!!"


# -- generations and conversions -----------------------------------------------------------------


def made_legacy(config: DeviceConfig, **typed: object) -> DeviceConfig:
    """Run a configuration on an image with the old defaults, with only the lines typed."""
    image = IMAGES["15.4"]
    return with_nhrp(
        replace(config, image=image),
        holdtime_s=image.nhrp.holdtime_s,
        registration_unique=image.nhrp.registration_unique,
        **{"multicast_dynamic": False, "shortcut": False, **typed},
    )


def legacy_cloud(**hub_lines: object) -> Network:
    network = cloud()
    change(network, "hub1", made_legacy(config_of(network, "hub1"), **hub_lines))
    for number in (1, 2, 3):
        name = f"spoke{number}"
        change(network, name, made_legacy(config_of(network, name), shortcut=True))
    network.run_for(CONVERGED_S)
    return network


def test_an_old_image_needs_its_lines_typed_and_then_works_alike() -> None:
    network = legacy_cloud(multicast_dynamic=True)
    entry = network.routers["hub1"].nhrp[TUNNEL].cache[net("10.255.0.11/32")]
    assert entry.flags[:2] == ("unique", "registered")
    assert entry.expires is not None
    assert 6900 < entry.expires - network.now <= 7200
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]


def test_an_old_hub_without_multicast_map_has_no_neighbours() -> None:
    network = legacy_cloud()
    assert len(registered(network)) == 3
    assert not network.routers["spoke1"].eigrp[ASN].neighbors


def test_a_conversion_from_phase_1_to_3_keeps_traffic_flowing() -> None:
    # reference/PHASES.md section 6, 1 -> 3: spokes one by one, then redirect on the hub
    network = running()
    final = {name: config_of(network, name) for name in ("hub1", "spoke1", "spoke2", "spoke3")}
    make_phase_1(network)
    network.run_for(60.0)
    for number in (1, 2, 3):
        change(network, f"spoke{number}", final[f"spoke{number}"])
        network.run_for(60.0)
        for source in (1, 2, 3):
            for target in {1, 2, 3} - {source}:
                job = ping(network, f"spoke{source}", f"10.1.{target}.1", source=LAN)
                assert outcomes(job) == "!!!!!", (number, source, target)
    assert traced(network) == ["10.255.0.1", "10.255.0.12"]
    change(network, "hub1", final["hub1"])
    traced(network)
    network.run_for(3.0)
    assert traced(network) == ["10.255.0.12"]


def test_protecting_the_first_tunnel_turns_isakmp_on() -> None:
    network = running(protected=False)
    config = config_of(network, "spoke1")
    change(network, "spoke1", with_tunnel(config, ipsec_profile="IPP"))
    change(network, "spoke1", config)
    words = [text for _, text in network.routers["spoke1"].log if "ISAKMP" in text]
    assert words == [
        "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON",
        "%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is OFF",
    ]
