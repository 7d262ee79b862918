"""What EIGRP prints: layouts of captures and of the vendor's command reference."""

import re

from routing_labs import network, run, show

from labs.twin.image import IMAGES
from labs.twin.intake import boot
from labs.twin.network import Network
from labs.twin.tree import config_lines


def cloud(hub: str = "", spoke: str = "", *, named: bool = False) -> Network:
    """A hub and a spoke on one Ethernet, each with a tunnel-slow link and a LAN."""

    def text(number: int, more: str) -> str:
        process = "router eigrp 100\n network 192.0.2.0\n network 10.0.0.0\n" + more
        if named:
            process = (
                "router eigrp OVERLAY\n address-family ipv4 unicast autonomous-system 100\n"
                f"  network 192.0.2.0\n  network 10.0.0.0\n{more} exit-address-family\n"
            )
        return (
            f"interface GigabitEthernet1\n ip address 192.0.2.{number} 255.255.255.0\n"
            " bandwidth 100\n delay 5000\n ip mtu 1400\n"
            f"interface Loopback1\n ip address 10.0.{number}.1 255.255.255.0\n{process}"
        )

    return run(network(r1=text(1, hub), r2=text(2, spoke)))


def test_neighbours_in_detail() -> None:
    # Layout: corpus show_ip_eigrp_neighbors_detail/006; the stub lines: command reference.
    made = cloud(spoke=" eigrp stub connected summary\n")
    text = show(made, "r1", "show ip eigrp neighbors detail")
    lines = text.splitlines()
    assert lines[0] == "EIGRP-IPv4 Neighbors for AS(100)"
    assert re.fullmatch(
        r"0   192\.0\.2\.2 {15}Gi1 {20} +1\d 00:00:\d\d +\d+ +\d+ +0  \d+", lines[3]
    )
    assert lines[4:] == [
        "   Version 23.0/2.0, Retrans: 0, Retries: 0, Prefixes: 1",
        "   Topology-ids from peer - 0 ",
        "   Stub Peer Advertising (CONNECTED SUMMARY ) Routes",
        "   Suppressing queries",
        "   Topologies advertised to peer:   base",
        "",
        "Max Nbrs: 0, Current Nbrs: 0",
    ]
    assert show(made, "r1", "show ip eigrp neighbors lo1") == "EIGRP-IPv4 Neighbors for AS(100)\n"


def test_interfaces_pace_by_bandwidth_and_mtu() -> None:
    # 40 bytes and 1420 bytes at half of 100 kbit/s: 6 and 227 ms, as tunnels print them.
    text = show(cloud(), "r1", "show ip eigrp interfaces")
    rows = text.splitlines()
    assert rows[0] == "EIGRP-IPv4 Interfaces for AS(100)"
    assert rows[3].split()[:4] == ["Gi1", "1", "0/0", "0/0"]
    assert rows[3].split()[5] == "6/227"
    assert rows[4].split()[:2] == ["Lo1", "0"]
    detail = show(cloud(), "r1", "show ip eigrp interfaces detail gi1")
    assert "  Hello-interval is 5, Hold-time is 15\n  Split-horizon is enabled\n" in detail
    assert "  Authentication mode is not set\n" in detail


def test_one_destination_of_the_topology_table() -> None:
    assert show(cloud(), "r1", "show ip eigrp topology 10.0.2.0/24") == (
        "EIGRP-IPv4 Topology Entry for AS(100)/ID(10.0.1.1) for 10.0.2.0/24\n"
        "  State is Passive, Query origin flag is 1, 1 Successor(s), FD is 27008000\n"
        "  Descriptor Blocks:\n"
        "  192.0.2.2 (GigabitEthernet1), from 192.0.2.2, Send flag is 0x0\n"
        "      Composite metric is (27008000/128256), route is Internal\n"
        "      Vector metric:\n"
        "        Minimum bandwidth is 100 Kbit\n"
        "        Total delay is 55000 microseconds\n"
        "        Reliability is 255/255\n"
        "        Load is 1/255\n"
        "        Minimum MTU is 1400\n"
        "        Hop count is 1\n"
        "        Originating router is 10.0.2.1\n"
    )
    missing = show(cloud(), "r1", "show ip eigrp topology 10.9.9.0/24")
    assert missing.endswith("%Entry 10.9.9.0/24 not in topology table\n")


def test_a_named_process_prints_what_goes_to_the_routing_table() -> None:
    # The numbers of case p3-eigrp-ikev2-fvrf-ivrf: 9830481920, of which 128 parts are 76800640.
    text = show(
        cloud(named=True),
        "r1",
        "show eigrp address-family ipv4 100 topology 10.0.2.0 255.255.255.0",
    )
    assert text.startswith("EIGRP-IPv4 VR(OVERLAY) Topology Entry for AS(100)/ID(10.0.1.1) for ")
    assert "1 Successor(s), FD is 9830481920, RIB is 76800640\n" in text
    assert "        Total delay is 50001250000 picoseconds\n" in text


def test_all_links_are_those_that_are_not_feasible_too() -> None:
    made = cloud()
    plain = show(made, "r1", "show ip eigrp topology")
    every = show(made, "r1", "show ip eigrp topology all-links")
    assert "P 10.0.1.0/24, 1 successors, FD is 128256\n" in plain
    assert re.search(r"P 10\.0\.1\.0/24, 1 successors, FD is 128256, serno \d+\n", every)


def test_protocols_tell_what_is_configured() -> None:
    text = show(cloud(" variance 4\n redistribute static\n"), "r1", "show ip protocols")
    for line in (
        'Routing Protocol is "eigrp 100"',
        "  Redistributing: static",
        "    Metric weight K1=1, K2=0, K3=1, K4=0, K5=0",
        "    Router-ID: 10.0.1.1",
        "      Maximum metric variance 4",
        "    10.0.0.0",
        "  Distance: internal 90 external 170",
    ):
        assert f"{line}\n" in text
    assert re.search(r"    192\.0\.2\.2 {13}90      00:00:\d\d\n", text)


CONFIG = """\
router eigrp IWAN
 !
 address-family ipv4 unicast autonomous-system 400
  !
  af-interface Tunnel10
   summary-address 10.6.0.0 255.255.0.0
   authentication mode md5
   authentication key-chain WAN-KEY
   hello-interval 20
   hold-time 60
   bandwidth-percent 80
   add-paths 4
   no next-hop-self no-ecmp-mode
   no split-horizon
  exit-af-interface
  !
  topology base
   variance 2
   distribute-list route-map SET-TAG in Tunnel10
   default-metric 100000 100 255 1 1500
   offset-list 10 out 1000 Tunnel10
   timers active-time 5
   redistribute bgp 65100 metric 100000 100 255 1 1500 route-map Y
   summary-metric 10.6.0.0/16 10000 10000 255 1 1500 distance 90
  exit-af-topology
  network 10.6.32.0 0.0.7.255
  metric weights 0 1 0 1 0 0 0
  metric rib-scale 64
  neighbor 10.6.34.2 Tunnel10
  eigrp router-id 10.6.32.241
  eigrp stub connected summary redistributed leak-map STUB-LEAK
 exit-address-family"""


def test_a_configuration_is_printed_as_it_was_read() -> None:
    booted = boot(CONFIG, IMAGES["17.3"])
    assert booted.unknown == ()
    assert "\n".join(config_lines(booted.tree)).strip("!\n") == CONFIG
    (process,) = booted.config.eigrp
    assert process.leak == "STUB-LEAK"
    assert process.stub == {"connected", "summary", "redistributed"}
    assert (process.variance, process.rib_scale, process.active_s) == (2, 64, 300)
