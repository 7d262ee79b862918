"""GRE tunnels, and which changes of a configuration disturb them."""

from dataclasses import replace

import pytest
from twin_cases import (
    GI1,
    GI2,
    WAN,
    addr,
    chain,
    crypto,
    device,
    interface,
    net,
    outcomes,
    path,
    ping,
    static_cloud,
    trace,
    with_interface,
    with_nhrp,
    with_tunnel,
)

from labs.twin.device import DeviceConfig, StaticRoute, TunnelConfig, TunnelMode
from labs.twin.network import Network


def gre_pair(
    left: TunnelConfig, right: TunnelConfig, **more: object
) -> tuple[Network, DeviceConfig, DeviceConfig]:
    """Two routers with a tunnel over two networks."""
    network = chain()
    ends = []
    for name, tunnel, address in (("left", left, "10.0.0.1/30"), ("right", right, "10.0.0.2/30")):
        config = network.routers[name].config
        entry = interface("Tunnel0", address, tunnel=tunnel, **more)
        config = replace(config, interfaces={**config.interfaces, "Tunnel0": entry})
        network.configure(name, config)
        ends.append(config)
    return network, ends[0], ends[1]


def gre(source: str, destination: str, **more: object) -> TunnelConfig:
    return TunnelConfig(source=source, destination=addr(destination), **more)  # type: ignore[arg-type]


GI3 = "GigabitEthernet3"
LEFT, RIGHT = gre(GI1, "192.0.2.6"), gre(GI1, "192.0.2.1")


def test_a_gre_tunnel_is_one_hop() -> None:
    network, _, _ = gre_pair(LEFT, RIGHT)
    assert outcomes(ping(network, "left", "10.0.0.2")) == "!!!!!"
    assert path(trace(network, "left", "10.0.0.2")) == ["10.0.0.2"]


def test_a_gre_tunnel_needs_the_same_key_on_both_sides() -> None:
    network, left, _ = gre_pair(LEFT, replace(RIGHT, key=7))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "."
    network.configure("left", with_tunnel(left, "Tunnel0", key=7))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"


def test_a_gre_tunnel_takes_packets_of_its_destination_only() -> None:
    network, _, _ = gre_pair(LEFT, gre(GI1, "192.0.2.5"))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "."


def test_the_tunnel_mtu_allows_for_gre_and_key() -> None:
    network, left, _ = gre_pair(LEFT, RIGHT)
    ok = [
        outcomes(ping(network, "left", "10.0.0.2", repeat=1, size=s, df=True)) for s in (1476, 1477)
    ]
    assert ok == ["!", "M"]
    network.configure("left", with_tunnel(left, "Tunnel0", key=7))
    port = network.routers["left"].ports["Tunnel0"]
    assert port.ip_mtu == 1472


def test_a_df_packet_passes_a_tunnel_whose_path_is_narrower() -> None:
    # GRE does not copy DF: the outer packet is fragmented (reference/DMVPN.md section 3, ip mtu)
    network, left, _ = gre_pair(LEFT, RIGHT)
    network.configure("middle", with_interface(network.routers["middle"].config, GI2, ip_mtu=1400))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1, size=1450, df=True)) == "!"
    network.configure("left", with_tunnel(left, "Tunnel0", path_mtu_discovery=True))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1, size=1450, df=True)) == "."


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"destination": None}, "no IPv4 tunnel destination address"),
        ({"source": "Loopback9"}, "no source"),
        ({"source": addr("192.0.2.77")}, "no source"),
        ({"vrf": "NONE"}, "no source"),
    ],
)
def test_a_tunnel_is_down_without_source_destination_or_route(
    change: dict[str, object], why: str
) -> None:
    network, left, _ = gre_pair(LEFT, RIGHT)
    network.configure("left", with_tunnel(left, "Tunnel0", **change))
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "down")
    assert network.routers["left"].ports["Tunnel0"].why == why


def test_a_tunnel_goes_down_with_the_route_to_its_destination() -> None:
    network, left, _ = gre_pair(LEFT, RIGHT)
    network.configure("left", replace(left, static_routes=()))
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "down")
    network.configure("left", left)
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "up")


def test_a_tunnel_follows_the_interface_it_is_sourced_from() -> None:
    network, _, _ = gre_pair(LEFT, RIGHT)
    network.set_link(("left", GI1), up=False)
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "down")
    network.set_link(("left", GI1), up=True)
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "up")
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"


def test_a_new_source_address_moves_the_tunnel() -> None:
    network, _, _ = gre_pair(LEFT, RIGHT)
    for name, old, new in (("left", "192.0.2.1/30", "192.0.2.9/29"),):
        config = network.routers[name].config
        assert config.interfaces[GI1].address is not None
        assert str(config.interfaces[GI1].address) == old
        moved = interface(GI1, new)
        network.configure(
            name, replace(config, interfaces={**config.interfaces, GI1: moved}, static_routes=())
        )
    assert network.routers["left"].nbma_source("Tunnel0") in {addr("192.0.2.9"), None}


def test_flows_are_spread_over_equal_paths_and_keep_theirs() -> None:
    network = chain()
    wires = (("GigabitEthernet4", 9), ("GigabitEthernet5", 13))
    left, right = network.routers["left"].config, network.routers["right"].config
    for name, base in wires:
        left = replace(
            left,
            interfaces={**left.interfaces, name: interface(name, f"192.0.2.{base}/30")},
        )
        right = replace(
            right,
            interfaces={**right.interfaces, name: interface(name, f"192.0.2.{base + 1}/30")},
        )
    paths = tuple(
        StaticRoute(prefix=net("172.16.0.0/24"), next_hop=addr(f"192.0.2.{base + 1}"))
        for _, base in wires
    )
    network.configure("left", replace(left, static_routes=paths))
    network.configure("right", right)
    for name, _ in wires:
        network.connect(("left", name), ("right", name))
    for host in range(10, 30):
        ping(network, "left", f"172.16.0.{host}", repeat=2, timeout_s=0.1)
    counts = [network.routers["left"].ports[name].packets_out for name, _ in wires]
    assert sum(counts) == 40
    assert all(count % 2 == 0 and count > 0 for count in counts)


def test_a_front_door_vrf_routes_the_outer_packet() -> None:
    network = Network()
    fvrf = {"vrfs": ("WAN",)}
    for name, number, other in (("left", 1, 2), ("right", 2, 1)):
        tunnel = gre(GI1, f"192.0.2.{other}", vrf="WAN")
        network.add_router(
            name,
            device(
                interface(GI1, f"192.0.2.{number}/30", vrf="WAN"),
                interface("Tunnel0", f"10.0.0.{number}/30", tunnel=tunnel),
                **fvrf,
            ),
        )
    network.connect(("left", GI1), ("right", GI1))
    assert outcomes(ping(network, "left", "10.0.0.2")) == "!!!!!"
    assert network.routers["left"].lookup(addr("192.0.2.2")) is None


def test_a_protected_point_to_point_tunnel_encrypts() -> None:
    guarded = {"ipsec_profile": "IPP"}
    network, _, _ = gre_pair(replace(LEFT, **guarded), replace(RIGHT, **guarded))
    for name in ("left", "right"):
        config = network.routers[name].config
        network.configure(name, replace(config, crypto=crypto()))
    network.run_for(15.0)
    assert outcomes(ping(network, "left", "10.0.0.2")) == "!!!!!"
    child = next(iter(network.routers["right"].crypto.children.values()))
    assert (child.encaps, child.decaps) == (5, 5)


# -- what a change disturbs --------------------------------------------------------------------


def tunnel_of(network: Network, name: str = "hub1") -> tuple[object, ...]:
    port = network.routers[name].ports["Tunnel100"]
    return port.changed, port.state


@pytest.mark.parametrize(
    "change",
    [
        lambda c: with_interface(c, "Tunnel100", ip_mtu=1380, tcp_mss=1340),
        lambda c: with_interface(c, "Tunnel100", description="blue"),
        lambda c: with_nhrp(c, redirect=False),
        lambda c: with_nhrp(c, shortcut=False),
        lambda c: with_interface(c, "Loopback0", description="x"),
        lambda c: replace(c, hostname="other"),
        lambda c: with_tunnel(c, ipsec_profile=None),
        lambda c: c,
    ],
    ids=["mtu", "description", "redirect", "shortcut", "other", "hostname", "unprotect", "same"],
)
def test_these_changes_do_not_bounce_a_tunnel(change: object) -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    before = tunnel_of(network)
    network.configure("hub1", change(network.routers["hub1"].config))  # type: ignore[operator]
    network.run_for(1.0)
    assert tunnel_of(network) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda c: with_tunnel(c, key=101),
        lambda c: with_tunnel(c, source="Loopback0"),
        lambda c: with_tunnel(c, mode=TunnelMode.GRE_IP, destination=addr("198.51.100.5")),
        lambda c: with_tunnel(
            replace(
                c,
                crypto=replace(
                    c.crypto,
                    ipsec_profiles={
                        **c.crypto.ipsec_profiles,
                        "NEW": replace(c.crypto.ipsec_profiles["IPP"], name="NEW"),
                    },
                ),
            ),
            ipsec_profile="NEW",
        ),
    ],
    ids=["key", "source", "mode", "profile"],
)
def test_these_changes_bounce_a_tunnel(change: object) -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    network.configure("hub1", change(network.routers["hub1"].config))  # type: ignore[operator]
    changed, state = tunnel_of(network)
    assert changed == 30.0
    assert state == ("up", "up")
    log = network.routers["hub1"].log
    words = [text.split()[-1] for at, text in log if at == changed and "LINEPROTO" in text]
    assert words == ["down", "up"]


def test_another_address_loses_the_neighbours_but_not_the_line() -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    before = tunnel_of(network, "spoke1")
    config = network.routers["spoke1"].config
    moved = interface("x", "10.255.0.77/22").address
    network.configure("spoke1", with_interface(config, "Tunnel100", address=moved))
    assert tunnel_of(network, "spoke1") == before
    network.run_for(60.0)
    clients = network.routers["hub1"].nhrp["Tunnel100"].cache
    assert net("10.255.0.77/32") in clients
    assert outcomes(ping(network, "hub1", "10.255.0.77", repeat=1)) == "!"


def test_protection_taken_off_and_put_back_heals_without_a_bounce() -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    before = tunnel_of(network)
    config = network.routers["hub1"].config
    network.configure("hub1", with_tunnel(config, ipsec_profile=None))
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=1)) == "."
    network.configure("hub1", config)
    network.run_for(120.0)
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=1)) == "!"
    assert tunnel_of(network) == before


def test_a_removed_interface_leaves_nothing_behind() -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    config = network.routers["spoke1"].config
    rest = {name: i for name, i in config.interfaces.items() if name != "Tunnel100"}
    network.configure("spoke1", replace(config, interfaces=rest))
    router = network.routers["spoke1"]
    assert "Tunnel100" not in router.ports
    assert "Tunnel100" not in router.nhrp
    assert router.lookup(addr("10.255.0.1")).interface == WAN  # type: ignore[union-attr]
    assert not router.crypto.sockets
    network.run_for(700.0)


def test_a_configuration_typed_line_by_line_ends_like_one_booted_whole() -> None:
    whole = static_cloud(1)
    whole.run_for(60.0)
    typed = static_cloud(1)
    final = typed.routers["spoke1"].config
    typed.configure("spoke1", device(hostname="spoke1"))
    for count in range(len(final.interfaces) + 1):
        part = dict(list(final.interfaces.items())[:count])
        typed.configure("spoke1", device(hostname="spoke1", logging_dmvpn=True))
        typed.configure(
            "spoke1", replace(final, interfaces=part, static_routes=(), crypto=crypto())
        )
    typed.configure("spoke1", final)
    typed.run_for(60.0)
    tables = [
        [(r.network, r.owner) for r in network.routers["spoke1"].rib[""].routes()]
        for network in (whole, typed)
    ]
    assert tables[0] == tables[1]
    assert outcomes(ping(typed, "spoke1", "10.255.0.1", repeat=1)) == "!"


def test_a_tunnel_moves_with_the_address_of_its_source_interface() -> None:
    network = Network()
    ends = {"left": 1, "right": 2}
    for name, number in ends.items():
        other = 3 - number
        network.add_router(
            name,
            device(
                interface(GI1, f"192.0.2.{number}/24"),
                interface("Tunnel0", f"10.0.0.{number}/30", tunnel=gre(GI1, f"192.0.2.{other}")),
            ),
        )
    network.connect(("left", GI1), ("right", GI1))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"
    left, right = (network.routers[name].config for name in ends)
    moved = interface("x", "192.0.2.9/24").address
    network.configure("left", with_interface(left, GI1, address=moved))
    assert network.routers["left"].nbma_source("Tunnel0") == addr("192.0.2.9")
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "."
    network.configure("right", with_tunnel(right, "Tunnel0", destination=addr("192.0.2.9")))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"
    words = [text.split()[-1] for _, text in network.routers["left"].log if "Tunnel0" in text]
    assert words == ["up", "down", "up"]
    assert [text for _, text in network.routers["left"].log if "down" in text and GI1 in text] == []


def test_an_address_given_while_shut_does_not_silence_the_interface() -> None:
    network = Network()
    router = network.add_router("r1", device(interface(GI1, "192.0.2.1/30", shutdown=True)))
    network.configure("r1", device(interface(GI1, "192.0.2.5/30", shutdown=True)))
    network.configure("r1", device(interface(GI1, "192.0.2.5/30")))
    assert router.log[-1][1].endswith(f"Interface {GI1}, changed state to up")
    network.configure("r1", device(interface(GI1, "192.0.2.9/30", shutdown=True)))
    assert router.interface_state(GI1) == ("administratively down", "down")
    assert router.log[-1][1].endswith("changed state to administratively down")
    assert router.lookup(addr("192.0.2.5")) is None


def test_a_vrf_that_goes_takes_its_table_along() -> None:
    network = Network()
    config = device(interface(GI1, "192.0.2.1/30", vrf="RED"), vrfs=("RED",))
    router = network.add_router("r1", config)
    assert router.lookup(addr("192.0.2.2"), "RED") is not None
    network.configure("r1", device(interface(GI1, "192.0.2.1/30")))
    assert router.lookup(addr("192.0.2.2"), "RED") is None
    assert router.lookup(addr("192.0.2.2")) is not None
    assert "RED" not in router.rib


def test_a_tunnel_that_becomes_a_plain_interface_stops_nhrp() -> None:
    network = static_cloud(1)
    network.run_for(30.0)
    config = network.routers["spoke1"].config
    network.configure("spoke1", with_interface(config, "Tunnel100", nhrp=None))
    assert "Tunnel100" not in network.routers["spoke1"].nhrp
    network.configure("spoke1", config)
    network.run_for(60.0)
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=1)) == "!"


@pytest.mark.parametrize(
    ("pinned", "only", "marks"),
    [(None, False, "!!"), (GI2, True, "!!"), (GI3, True, ".."), (GI3, False, "!!")],
)
def test_outer_packets_are_pinned_to_an_interface(
    pinned: str | None,
    only: bool,  # noqa: FBT001 - a parameter of the test
    marks: str,
) -> None:
    """Two equal ways lead to the far end; a third interface has none."""
    network = Network(seed=1)
    ways = tuple(
        StaticRoute(prefix=net("192.0.2.100/32"), next_hop=addr(f"198.51.100.{hop}"))
        for hop in (2, 6)
    )
    tunnel = TunnelConfig(
        source="Loopback0",
        destination=addr("192.0.2.100"),
        route_via=pinned,
        route_via_only=only,
    )
    network.add_router(
        "left",
        device(
            interface("Loopback0", "192.0.2.1/32"),
            interface(GI1, "198.51.100.1/30"),
            interface(GI2, "198.51.100.5/30"),
            interface(GI3, "198.51.100.9/30"),
            interface("Tunnel0", "10.0.0.1/30", tunnel=tunnel),
            static_routes=ways,
        ),
    )
    network.add_router(
        "right",
        device(
            interface("Loopback0", "192.0.2.100/32"),
            interface(GI1, "198.51.100.2/30"),
            interface(GI2, "198.51.100.6/30"),
            interface("Tunnel0", "10.0.0.2/30", tunnel=gre("Loopback0", "192.0.2.1")),
            static_routes=(StaticRoute(prefix=net("192.0.2.1/32"), next_hop=addr("198.51.100.1")),),
        ),
    )
    network.connect(("left", GI1), ("right", GI1))
    network.connect(("left", GI2), ("right", GI2))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=2)) == marks
    sent = network.routers["left"].ports[GI2].packets_out
    if pinned == GI2:
        assert sent == 2


def test_the_ttl_of_the_outer_packet_is_the_tunnels() -> None:
    network, left, _ = gre_pair(LEFT, RIGHT)
    network.configure("left", with_tunnel(left, "Tunnel0", ttl=1))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "."
    network.configure("left", with_tunnel(left, "Tunnel0", ttl=2))
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"
