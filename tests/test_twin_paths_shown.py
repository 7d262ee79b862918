"""What `show ip route` says of routes with several paths and of external BGP routes."""

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

LEFT = """\
hostname left
interface Ethernet0/0
 ip address 192.0.2.1 255.255.255.0
router bgp 65001
 neighbor 192.0.2.2 remote-as 65002
ip route 0.0.0.0 0.0.0.0 192.0.2.9
ip route 0.0.0.0 0.0.0.0 192.0.2.10
ip route 10.9.0.0 255.255.255.0 192.0.2.11
ip route 10.9.0.0 255.255.255.0 192.0.2.200
"""
RIGHT = """\
hostname right
interface Ethernet0/0
 ip address 192.0.2.2 255.255.255.0
interface Loopback0
 ip address 10.2.0.1 255.255.255.0
router bgp 65002
 network 10.2.0.0 mask 255.255.255.0
 neighbor 192.0.2.1 remote-as 65001
"""


def left() -> Session:
    network = Network(seed=1)
    consoles = [
        Console.boot(network, name, f"version 15.5\n{text}")
        for name, text in (("left", LEFT), ("right", RIGHT))
    ]
    network.connect_segment([("left", "Ethernet0/0"), ("right", "Ethernet0/0")])
    network.run_for(120.0)
    return consoles[0].open("test", 15, length=0)


def test_of_equal_paths_the_highest_next_hop_comes_first() -> None:
    shown = left().execute("show ip route static").splitlines()
    assert "Gateway of last resort is 192.0.2.10 to network 0.0.0.0" in shown
    at = shown.index("S*    0.0.0.0/0 [1/0] via 192.0.2.10")
    assert shown[at + 1] == "                [1/0] via 192.0.2.9"
    at = shown.index("S        10.9.0.0 [1/0] via 192.0.2.200")
    assert shown[at + 1].strip() == "[1/0] via 192.0.2.11"


def test_an_external_route_names_the_neighbouring_autonomous_system() -> None:
    shown = left().execute("show ip route 10.2.0.0 255.255.255.0")
    assert shown.splitlines()[:3] == [
        "Routing entry for 10.2.0.0/24",
        '  Known via "bgp 65001", distance 20, metric 0',
        "  Tag 65002, type external",
    ]
    assert "      AS Hops 1\n      Route tag 65002\n      MPLS label: none\n" in shown
