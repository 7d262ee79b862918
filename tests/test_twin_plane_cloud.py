"""The data plane of a cloud with a front door, typed as text: VRFs, NHRP neighbours, path MTU."""

import pytest
from twin_cases import config_of, with_interface

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

INTERNET = """\
version 15.7
hostname internet
interface Ethernet0/0
 ip address 203.0.113.2 255.255.255.252
interface Ethernet0/1
 ip address 198.51.100.2 255.255.255.252
interface Ethernet0/2
 ip address 198.51.100.6 255.255.255.252
"""
ROUTER = """\
version 15.7
hostname {name}
vrf definition INET
 address-family ipv4
 exit-address-family
vrf definition CORP
 address-family ipv4
 exit-address-family
interface Loopback1
 vrf forwarding CORP
 ip address {lan} 255.255.255.0
interface Ethernet0/0
 vrf forwarding INET
 ip address {nbma} 255.255.255.252
interface Tunnel0
 vrf forwarding CORP
 ip address {tunnel} 255.255.255.0
 ip nhrp network-id 1
{nhrp}
 tunnel source Ethernet0/0
 tunnel mode gre multipoint
 tunnel key 9
 tunnel path-mtu-discovery
 tunnel vrf INET
ip route vrf INET 0.0.0.0 0.0.0.0 {gateway}
{routes}
"""
SPOKE = " ip nhrp nhs 10.0.0.1 nbma 203.0.113.1 multicast"
SPOKE_ROUTES = "ip route vrf CORP 10.0.0.0 255.0.0.0 10.0.0.1"
HUB_ROUTES = """\
ip route vrf CORP 10.2.0.0 255.255.255.0 10.0.0.2
ip route vrf CORP 10.3.0.0 255.255.255.0 10.0.0.3"""


@pytest.fixture
def spoke() -> Session:
    """Give spoke 2 of a cloud of a hub and two spokes."""
    network = Network(seed=1)
    Console.boot(network, "internet", INTERNET)
    rows = (
        ("hub", "10.1.0.1", "203.0.113.1", "10.0.0.1", " ip nhrp redirect", "203.0.113.2"),
        ("r2", "10.2.0.1", "198.51.100.1", "10.0.0.2", SPOKE, "198.51.100.2"),
        ("r3", "10.3.0.1", "198.51.100.5", "10.0.0.3", SPOKE, "198.51.100.6"),
    )
    consoles = {}
    for port, (name, lan, nbma, tunnel, nhrp, gateway) in enumerate(rows):
        routes = HUB_ROUTES if name == "hub" else SPOKE_ROUTES
        text = ROUTER.format(
            name=name, lan=lan, nbma=nbma, tunnel=tunnel, nhrp=nhrp, gateway=gateway, routes=routes
        )
        consoles[name] = Console.boot(network, name, text)
        network.connect((name, "Ethernet0/0"), ("internet", f"Ethernet0/{port}"))
    network.run_for(30.0)
    return consoles["r2"].open("test", 15, length=0)


def test_front_door_and_inside_are_apart(spoke: Session) -> None:
    assert "!!!!!" in spoke.execute("ping vrf CORP 10.1.0.1 source Loopback1")
    assert "!!!!!" in spoke.execute("ping vrf INET 203.0.113.1")
    # the global table holds nothing, and the inside does not know the front door
    assert "....." in spoke.execute("ping 203.0.113.1 timeout 0")
    assert "....." in spoke.execute("ping vrf CORP 203.0.113.1 timeout 0")
    assert "% Network not in table\n" in spoke.execute("show ip route 203.0.113.1")
    assert spoke.execute("show ip route vrf INET 0.0.0.0").startswith(
        "\nRouting Table: INET\nRouting entry for 0.0.0.0/0, supernet\n"
    )


def test_the_first_packets_of_a_shortcut_go_by_the_hub(spoke: Session) -> None:
    first = spoke.execute("traceroute vrf CORP 10.3.0.1 source Loopback1 numeric timeout 1")
    assert first.splitlines()[3].split()[:2] == ["1", "10.0.0.1"]
    spoke.network.run_for(5.0)
    again = spoke.execute("traceroute vrf CORP 10.3.0.1 source Loopback1 numeric timeout 1")
    assert again.splitlines()[3].split()[:2] == ["1", "10.0.0.3"]


def test_cef_and_adjacencies_before_and_after_a_shortcut(spoke: Session) -> None:
    def hops() -> list[str]:
        shown = spoke.execute("show adjacency tunnel 0").splitlines()[1:]
        return [line.split()[2].partition("(")[0] for line in shown]

    asked = "show ip cef vrf CORP 10.3.0.1"
    assert spoke.execute(asked) == (
        "10.0.0.0/8\n  recursive via 10.0.0.1\n    attached to Tunnel0\n"
    )
    assert hops() == ["10.0.0.1"]
    spoke.execute("ping vrf CORP 10.3.0.1 source Loopback1")
    spoke.network.run_for(5.0)
    assert spoke.execute(asked) == "10.3.0.0/24\n  nexthop 10.0.0.3 Tunnel0\n"
    assert hops() == ["10.0.0.1", "10.0.0.3"]
    detail = spoke.execute("show adjacency tunnel 0 detail")
    # outer source 198.51.100.1, destination 198.51.100.5; the adjacency below is in INET
    assert "C6336401\n" in detail
    assert "C6336405200008000000" in detail
    assert detail.endswith("  IP adj out of Ethernet0/0, addr 198.51.100.2\n")
    neighbour = spoke.execute("show ip cef vrf CORP 10.0.0.1 detail")
    assert "  Adj source: IP midchain out of Tunnel0, addr 10.0.0.1 " in neighbour
    assert "adjfib, cover 10.0.0.0/24\n  attached to Tunnel0\n" in neighbour


def test_each_far_end_has_a_path_mtu_of_its_own(spoke: Session) -> None:
    """1300 - 20 (outer IP) - 4 (GRE) - 4 (key) = 1272 to the hub; 1472 to the other spoke."""
    network = spoke.network
    narrow = with_interface(config_of(network, "internet"), "Ethernet0/0", ip_mtu=1300)
    network.configure("internet", narrow)

    def marks(destination: str, size: int) -> str:
        shown = spoke.execute(f"ping vrf CORP {destination} size {size} df-bit repeat 3 timeout 1")
        return next(line for line in shown.splitlines() if set(line) <= set("!.M"))

    assert marks("10.0.0.1", 1272) == "!!!"
    assert marks("10.0.0.1", 1273) == ".MM"
    spoke.execute("ping vrf CORP 10.3.0.1 source Loopback1")
    network.run_for(5.0)
    assert marks("10.3.0.1", 1472) == "!!!"
    assert marks("10.3.0.1", 1473) == "MMM"
