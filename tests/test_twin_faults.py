"""The measured faults of reference/FAULT_SWEEP.md: what shows, and that repairs heal."""

from dataclasses import replace

import pytest
from twin_cases import (
    ASN,
    HUB_NBMA,
    LAN,
    TUNNEL,
    addr,
    change,
    cloud,
    config_of,
    crypto,
    outcomes,
    ping,
    registered,
    rows,
    running,
    spoke_nbma,
    state,
    traced,
    with_interface,
    with_nhrp,
    with_tunnel,
)

from labs.twin.device import (
    DeviceConfig,
    NhsConfig,
    TunnelMode,
)
from labs.twin.network import Network


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


@pytest.mark.parametrize("case", ["F3", "F4"])
def test_a_client_that_is_heard_but_not_registered_leaves_an_unknown_row(case: str) -> None:
    where, break_it, _, _ = FAULTS[case]
    network = running()
    change(network, where, break_it(config_of(network, where)))
    bounce(network)
    network.run_for(75.0)
    assert rows(network, "hub1")["10.255.0.11/32"] == ("incomplete", "IX")
    server = next(iter(network.routers["spoke1"].nhrp[TUNNEL].nhs.values()))
    assert (server.status, server.replies_received, server.retry_s) == ("E", 0, 64)


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
