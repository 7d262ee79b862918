"""Clouds of other shapes: VRFs, two hubs, two clouds, iBGP, old images, conversions."""

from dataclasses import replace

from twin_cases import (
    ASN,
    CONVERGED_S,
    HUB_NBMA,
    LAN,
    TUNNEL,
    WAN,
    addr,
    change,
    cloud,
    config_of,
    crypto,
    default_route,
    interface,
    make_phase_1,
    net,
    outcomes,
    path,
    ping,
    reflected,
    registered,
    route,
    running,
    spoke_tunnel,
    state,
    trace,
    traced,
    with_interface,
    with_nhrp,
    with_tunnel,
)

from labs.twin.device import (
    DeviceConfig,
    NhsConfig,
)
from labs.twin.image import IMAGES
from labs.twin.network import Network

# -- VRFs, two hubs, two clouds ---


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


# -- iBGP ---


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


# -- generations and conversions ---


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


def test_another_as_or_no_bgp_withdraws_what_was_learned() -> None:
    network = cloud(spokes=3)
    reflected(network)
    network.run_for(90.0)
    config = config_of(network, "spoke1")
    assert config.bgp is not None
    change(network, "spoke1", replace(config, bgp=replace(config.bgp, asn=65001)))
    assert route(network, "spoke1", "10.0.0.0/8") is None
    change(network, "spoke1", config)
    network.run_for(120.0)
    assert route(network, "spoke1", "10.0.0.0/8") is not None
    change(network, "spoke1", replace(config, bgp=None))
    assert route(network, "spoke1", "10.0.0.0/8") is None
    assert network.routers["spoke1"].bgp is None


def test_routing_processes_follow_the_configuration() -> None:
    network = running()
    config = config_of(network, "spoke1")
    change(network, "spoke1", replace(config, eigrp=()))
    assert route(network, "spoke1", "10.0.0.0/8") is None
    network.run_for(1.0)
    assert addr("10.255.0.11") not in {a for _, a in network.routers["hub1"].eigrp[ASN].neighbors}
    change(network, "spoke1", config)
    network.run_for(30.0)
    assert route(network, "spoke1", "10.0.0.0/8") is not None
