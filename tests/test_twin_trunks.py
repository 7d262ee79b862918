"""Subinterfaces that share the cable of their port, and what an interface may be told not to do."""

from dataclasses import replace

from twin_cases import (
    GI1,
    GI2,
    addr,
    chain,
    change,
    config_of,
    device,
    interface,
    net,
    outcomes,
    ping,
    with_interface,
)

from labs.twin.device import DeviceConfig, StaticRoute
from labs.twin.network import Network


def tagged(number: int, host: int, *, vlan: int | None = None, **more: object) -> object:
    name = f"{GI1}.{number}"
    return interface(name, f"10.0.{number}.{host}/24", vlan=vlan or number, **more)


def trunk(host: int, *others: object, physical: str | None = None) -> DeviceConfig:
    return device(interface(GI1, physical), *others)  # type: ignore[arg-type]


def pair(left: DeviceConfig, right: DeviceConfig) -> Network:
    network = Network(seed=1)
    network.add_router("left", left)
    network.add_router("right", right)
    network.connect(("left", GI1), ("right", GI1))
    return network


def test_subinterfaces_of_one_vlan_hear_each_other() -> None:
    network = pair(
        trunk(1, tagged(10, 1), tagged(20, 1), physical="192.0.2.1/24"),
        trunk(2, tagged(10, 2), tagged(20, 2), physical="192.0.2.2/24"),
    )
    for destination in ("10.0.10.2", "10.0.20.2", "192.0.2.2"):
        assert outcomes(ping(network, "left", destination, repeat=2)) == "!!"


def test_another_tag_is_another_wire() -> None:
    network = pair(trunk(1, tagged(10, 1)), trunk(2, tagged(10, 2, vlan=11)))
    assert outcomes(ping(network, "left", "10.0.10.2", repeat=1)) == "."
    right = config_of(network, "right")
    change(network, "right", with_interface(right, f"{GI1}.10", vlan=10))
    assert outcomes(ping(network, "left", "10.0.10.2", repeat=1)) == "!"


def test_the_native_vlan_goes_without_a_tag() -> None:
    network = pair(trunk(1, tagged(10, 1, native=True)), trunk(2, physical="10.0.10.2/24"))
    assert outcomes(ping(network, "left", "10.0.10.2", repeat=1)) == "!"


def test_the_same_subnet_in_two_vlans_and_vrfs_does_not_mix() -> None:
    blue = interface(f"{GI1}.20", "10.0.10.1/24", vlan=20, vrf="BLUE")
    other = interface(f"{GI1}.20", "10.0.10.3/24", vlan=20)
    network = pair(
        device(interface(GI1), tagged(10, 1), blue, vrfs=("BLUE",)),  # type: ignore[arg-type]
        device(interface(GI1), other),
    )
    assert outcomes(ping(network, "left", "10.0.10.3", repeat=1)) == "."
    assert outcomes(ping(network, "left", "10.0.10.3", repeat=1, vrf="BLUE")) == "!"


def test_a_cut_cable_takes_its_subinterfaces_down() -> None:
    network = pair(trunk(1, tagged(10, 1)), trunk(2, tagged(10, 2)))
    network.set_link(("left", GI1), up=False)
    assert network.routers["left"].interface_state(f"{GI1}.10") == ("down", "down")
    network.set_link(("left", GI1), up=True)
    assert outcomes(ping(network, "left", "10.0.10.2", repeat=1)) == "!"


def test_a_router_that_may_not_complain_is_silent() -> None:
    network = chain()
    quiet = with_interface(config_of(network, "middle"), GI1, unreachables=False)
    assert outcomes(ping(network, "left", "172.31.0.1", repeat=1)) == "U"
    change(network, "middle", quiet)
    assert outcomes(ping(network, "left", "172.31.0.1", repeat=1)) == "."
    # then path MTU discovery is blind
    change(network, "middle", with_interface(quiet, GI2, ip_mtu=1300))
    job = ping(network, "left", "172.16.0.1", size=1400, df=True, repeat=2, timeout_s=1.0)
    assert outcomes(job) == ".."


def test_without_proxy_arp_a_static_route_needs_a_next_hop() -> None:
    network = chain()
    left = config_of(network, "left")
    route = StaticRoute(prefix=net("0.0.0.0/0"), interface=GI1)
    change(network, "left", replace(left, static_routes=(route,)))
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "!"
    middle = config_of(network, "middle")
    change(network, "middle", with_interface(middle, GI1, proxy_arp=False))
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "."
    by_hop = replace(route, interface=None, next_hop=addr("192.0.2.2"))
    change(network, "left", replace(left, static_routes=(by_hop,)))
    assert outcomes(ping(network, "left", "172.16.0.1", repeat=1)) == "!"
