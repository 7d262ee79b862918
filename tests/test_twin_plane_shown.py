"""What `show` says of interfaces, ARP, VRFs, routes, CEF and adjacencies."""

import pytest

from labs.twin.addresses import mac_of
from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

R1 = """\
version {version}
hostname r1
vrf definition RED
 rd 65000:1
 address-family ipv4
 exit-address-family
ip vrf OLD
interface Loopback0
 ip address 10.1.0.1 255.255.255.255
interface Tunnel0
 description over the wire
 ip address 10.0.0.1 255.255.255.252
 tunnel source GigabitEthernet0/0
 tunnel destination 192.0.2.2
 tunnel key 7
 tunnel path-mtu-discovery age-timer 30
interface Tunnel1
 no ip address
 tunnel source GigabitEthernet0/0
interface GigabitEthernet0/0
 description uplink
 ip address 192.0.2.1 255.255.255.0
 ip address 198.51.100.1 255.255.255.0 secondary
 ip access-group EDGE in
interface GigabitEthernet0/1
 no ip address
interface GigabitEthernet0/1.10
 encapsulation dot1Q 10
 vrf forwarding RED
 ip address 10.10.0.1 255.255.255.0
 no ip redirects
interface GigabitEthernet0/1.20
 encapsulation dot1Q 20
 ip vrf forwarding OLD
 ip address 10.20.0.1 255.255.255.0
interface GigabitEthernet0/2
 no ip address
 shutdown
router eigrp 100
 network 192.0.2.0 0.0.0.255
ip route 10.8.0.0 255.255.0.0 Null0
ip route 10.9.0.0 255.255.255.0 192.0.2.2
ip route vrf RED 0.0.0.0 0.0.0.0 10.10.0.2
"""
R2 = """\
version 15.7
hostname r2
interface GigabitEthernet0/0
 ip address 192.0.2.2 255.255.255.0
interface Loopback9
 ip address 10.9.0.1 255.255.255.0
"""
R3 = """\
version 15.7
hostname r3
interface GigabitEthernet0/0
 ip address 10.10.0.2 255.255.255.0
"""


def r1(version: str = "15.7") -> Session:
    network = Network(seed=1)
    texts = {"r1": R1.format(version=version), "r2": R2, "r3": R3}
    consoles = {name: Console.boot(network, name, text) for name, text in texts.items()}
    network.connect(("r1", "GigabitEthernet0/0"), ("r2", "GigabitEthernet0/0"))
    network.connect(("r1", "GigabitEthernet0/1.10"), ("r3", "GigabitEthernet0/0"))
    network.run_for(30.0)
    return consoles["r1"].open("test", 15, length=0)


def mac(router: str, interface: str) -> str:
    digits = f"{mac_of(router, interface):012x}"
    return f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"


# Interfaces


def test_the_ip_side_of_an_interface() -> None:
    assert r1().execute("show ip interface gi0/0").splitlines()[:17] == [
        "GigabitEthernet0/0 is up, line protocol is up",
        "  Internet address is 192.0.2.1/24",
        "  Broadcast address is 255.255.255.255",
        "  Address determined by non-volatile memory",
        "  MTU is 1500 bytes",
        "  Helper address is not set",
        "  Secondary address 198.51.100.1/24",
        "  Directed broadcast forwarding is disabled",
        "  Multicast reserved groups joined: 224.0.0.10",
        "  Outgoing access list is not set",
        "  Inbound  access list is EDGE",
        "  Proxy ARP is enabled",
        "  Local Proxy ARP is disabled",
        "  Security level is default",
        "  Split horizon is enabled",
        "  ICMP redirects are always sent",
        "  ICMP unreachables are always sent",
    ]


def test_the_ip_side_in_a_vrf_and_of_what_has_no_address() -> None:
    session = r1()
    shown = session.execute("show ip interface gi0/1.10")
    assert "  ICMP redirects are never sent\n" in shown
    assert '  IP Null turbo vector\n  VPN Routing/Forwarding "RED"\n' in shown
    assert session.execute("show ip interface gi0/2") == (
        "GigabitEthernet0/2 is administratively down, line protocol is down\n"
        "  Internet protocol processing disabled\n"
    )
    assert "  MTU is 1472 bytes\n" in session.execute("show ip interface tunnel 0")


def test_descriptions_of_interfaces() -> None:
    shown = r1().execute("show interfaces description").splitlines()
    assert shown[0] == "Interface                      Status         Protocol Description"
    assert shown[1] == "Gi0/0                          up             up       uplink"
    assert "Gi0/2                          admin down     down" in [s.rstrip() for s in shown]
    assert shown[-2] == "Tu0                            up             up       over the wire"


def test_a_tunnel_names_its_source_and_who_shares_it() -> None:
    session = r1()
    shown = session.execute("show interfaces tunnel 0")
    assert (
        "  Tunnel linestate evaluation up\n"
        "  Tunnel source 192.0.2.1 (GigabitEthernet0/0), destination 192.0.2.2\n"
        "   Tunnel Subblocks:\n"
        "      src-track:\n"
        "         Tunnel0 source tracking subblock associated with GigabitEthernet0/0\n"
        "          Set of tunnels with source GigabitEthernet0/0, 2 members "
        "(includes iterators), on interface <OK>\n"
        "  Tunnel protocol/transport GRE/IP\n"
        "    Key 0x7, sequencing disabled\n"
    ) in shown
    assert "  Path MTU Discovery, ager 30 mins, min MTU 92\n" in shown
    assert "  Output queue: 0/0 (size/max)\n" in shown
    # capture show_interface_tunnel/003
    assert "  Tunnel linestate evaluation down - no IPv4 tunnel destination address\n" in (
        session.execute("show interfaces tunnel 1")
    )


def test_ports_and_their_subinterfaces() -> None:
    session = r1()
    port = session.execute("show interfaces gi0/1")
    assert "  Encapsulation 802.1Q Virtual LAN, Vlan ID  1., loopback not set\n" in port
    assert "  Auto Duplex, Auto Speed, link type is auto, media type is RJ45\n" in port
    assert "     0 lost carrier, 0 no carrier, 0 pause output\n" in port
    tagged = session.execute("show interfaces gi0/1.10").splitlines()
    own = mac("r1", "GigabitEthernet0/1")
    assert tagged[1] == f"  Hardware is iGbE, address is {own} (bia {own})"
    # capture show_interface_tunnel/001: no counters on a subinterface
    assert tagged[-4:] == [
        "  Encapsulation 802.1Q Virtual LAN, Vlan ID  10.",
        "  ARP type: ARPA, ARP Timeout 04:00:00",
        "  Keepalive set (10 sec)",
        '  Last clearing of "show interface" counters never',
    ]


@pytest.mark.parametrize(
    ("lines", "name", "printed"),
    [
        # captures show_interface_tunnel/005 and 011
        ("load-interval 30", "Tunnel0", "  30 second input rate 0 bits/sec, 0 packets/sec\n"),
        ("load-interval 60", "Tunnel0", "  1 minute output rate 0 bits/sec, 0 packets/sec\n"),
        ("", "Tunnel0", "  5 minute input rate 0 bits/sec, 0 packets/sec\n"),
        ("keepalive 5 3", "Tunnel0", "  Keepalive set (5 sec), retries 3\n"),
        ("", "Tunnel0", "  Keepalive not set\n"),
        ("", "GigabitEthernet0/0", "  Keepalive set (10 sec)\n"),
    ],
)
def test_what_an_interface_was_told_of_keepalives_and_rates(
    lines: str, name: str, printed: str
) -> None:
    session = r1()
    for line in ("configure terminal", f"interface {name}", lines, "end"):
        session.execute(line)
    assert printed in session.execute(f"show interfaces {name}")


# ARP


def test_arp_knows_whom_it_has_met() -> None:
    session = r1()
    head = "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"
    own = mac("r1", "GigabitEthernet0/0")
    mine = (
        f"Internet  192.0.2.1               -   {own}  ARPA   GigabitEthernet0/0\n",
        f"Internet  198.51.100.1            -   {own}  ARPA   GigabitEthernet0/0\n",
    )
    assert session.execute("show ip arp") == head + "".join(mine)
    session.execute("ping 192.0.2.2")
    session.network.run_for(120.0)
    peer = mac("r2", "GigabitEthernet0/0")
    met = f"Internet  192.0.2.2               2   {peer}  ARPA   GigabitEthernet0/0\n"
    assert session.execute("show arp") == head + mine[0] + met + mine[1]
    assert session.execute("show ip arp 192.0.2.2") == head + met
    session.network.set_link(("r1", "GigabitEthernet0/0"), up=False)
    session.network.set_link(("r1", "GigabitEthernet0/0"), up=True)
    assert session.execute("show ip arp") == head + "".join(mine)


def test_arp_of_a_vrf() -> None:
    session = r1()
    session.execute("ping vrf RED 10.10.0.2")
    shown = session.execute("show ip arp vrf RED").splitlines()
    assert [line.split()[1] for line in shown[1:]] == ["10.10.0.1", "10.10.0.2"]
    assert session.execute("show ip arp vrf BLUE") == "% IP routing table BLUE does not exist\n"


def test_who_was_asked_knows_the_asker() -> None:
    session = r1()
    session.execute("ping 192.0.2.2")
    met = {address for _, address, _, _ in session.network.arp_table("r2")}
    assert met == {0xC0000201}


# VRFs


def test_vrfs_and_their_interfaces() -> None:
    session = r1()
    assert session.execute("show vrf") == (
        "  Name                             Default RD            Protocols   Interfaces\n"
        "  OLD                              <not set>             ipv4        Gi0/1.20\n"
        "  RED                              65000:1               ipv4        Gi0/1.10\n"
    )
    assert session.execute("show ip vrf RED") == (
        "  Name                             Default RD            Interfaces\n"
        "  RED                              65000:1               Gi0/1.10\n"
    )
    assert session.execute("show ip vrf interfaces RED") == (
        "Interface              IP-Address      VRF                              Protocol\n"
        "Gi0/1.10               10.10.0.1       RED                              up\n"
    )


def test_an_interface_that_moves_to_a_vrf_loses_its_addresses() -> None:
    session = r1()
    session.execute("configure terminal")
    session.execute("interface gi0/0")
    assert session.execute("vrf forwarding RED") == (
        "% Interface GigabitEthernet0/0 IPv4 disabled and address(es) removed "
        "due to enabling VRF RED\n"
    )
    session.execute("end")
    assert "192.0.2" not in session.execute("show ip interface brief")
    assert "192.0.2.0/24" not in session.execute("show ip route")


def test_tables_of_all_vrfs() -> None:
    session = r1()
    shown = session.execute("show ip route vrf *")
    parts = shown.split("\nRouting Table: ")
    assert [part.splitlines()[0] for part in parts[1:]] in (["RED", "OLD"], ["OLD", "RED"])
    assert parts[0] == session.execute("show ip route")
    assert session.execute("show ip route vrf RED") in shown
    assert "10.10.0.0/24" not in parts[0]


# Routes


def test_routes_that_lie_in_a_prefix() -> None:
    session = r1()
    shown = session.execute("show ip route 10.8.0.0 255.254.0.0 longer-prefixes")
    assert (
        shown.partition("\n\nGateway")[0]
        == (session.execute("show ip route").partition("\n\nGateway")[0])
    )
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("S")] == [
        "10.8.0.0/16",
        "10.9.0.0/24",
    ]
    assert "192.0.2.0" not in shown


@pytest.mark.parametrize(
    ("address", "told"),
    [("192.0.2.0", "  Redistributing via eigrp 100\n"), ("10.0.0.0", ""), ("10.9.0.0", "")],
)
def test_a_route_says_who_carries_it(address: str, told: str) -> None:
    shown = r1().execute(f"show ip route {address}")
    assert shown.startswith(f"Routing entry for {address}/")
    assert ("Redistributing" in shown) == bool(told)
    assert told in shown


# CEF and adjacencies

RECEIVED = "receive, local, source eligible"


def test_the_forwarding_table_holds_neighbours_edges_and_what_is_special() -> None:
    session = r1()
    assert "192.0.2.2/32" not in session.execute("show ip cef")
    session.execute("ping 192.0.2.2")
    shown = session.execute("show ip cef").splitlines()
    wanted = [
        "Prefix               Next Hop             Interface",
        "0.0.0.0/0            no route",
        "0.0.0.0/8            drop",
        "0.0.0.0/32           receive",
        "10.1.0.1/32          receive              Loopback0",
        "10.8.0.0/16          0.0.0.0              Null0",
        "10.9.0.0/24          192.0.2.2            GigabitEthernet0/0",
        "192.0.2.0/24         attached             GigabitEthernet0/0",
        "192.0.2.0/32         receive              GigabitEthernet0/0",
        "192.0.2.1/32         receive              GigabitEthernet0/0",
        "192.0.2.2/32         attached             GigabitEthernet0/0",
        "192.0.2.255/32       receive              GigabitEthernet0/0",
        "255.255.255.255/32   receive",
    ]
    assert [line for line in shown if line in wanted] == wanted


def test_the_forwarding_table_of_a_vrf() -> None:
    session = r1()
    shown = session.execute("show ip cef vrf RED").splitlines()
    assert "0.0.0.0/0            10.10.0.2            GigabitEthernet0/1.10" in shown
    assert not any("192.0.2" in line for line in shown)
    assert session.execute("show ip cef vrf RED 10.77.0.1") == (
        "0.0.0.0/0\n  recursive via 10.10.0.2\n    attached to GigabitEthernet0/1.10\n"
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            "10.9.0.9",
            "10.9.0.0/24\n  recursive via 192.0.2.2\n    attached to GigabitEthernet0/0\n",
        ),
        ("10.9.0.0 255.255.255.0", "10.9.0.0/24\n  recursive via 192.0.2.2\n"),
        ("10.8.9.9", "10.8.0.0/16\n  attached to Null0\n"),
        ("10.1.0.1", "10.1.0.1/32\n  receive for Loopback0\n"),
        ("192.0.2.99", "192.0.2.0/24\n  attached to GigabitEthernet0/0\n"),
        ("192.0.2.2", "192.0.2.2/32\n  attached to GigabitEthernet0/0\n"),
        ("127.0.0.1", "127.0.0.0/8\n  drop\n"),
        ("172.16.0.1", "0.0.0.0/0\n  no route\n"),
        ("172.16.0.0/16", "%Prefix not found\n"),
    ],
)
def test_one_prefix_of_the_forwarding_table(asked: str, answer: str) -> None:
    session = r1()
    session.execute("ping 192.0.2.2")
    assert session.execute(f"show ip cef {asked}").startswith(answer)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        # the layout of capture show_ip_cef_detail/006
        (
            "192.0.2.0/24",
            [
                "192.0.2.0/24, epoch 0, flags [attached, connected, cover dependents, need deagg]",
                "  Covered dependent prefixes: 3",
                "    need deagg: 2",
                "    notify cover updated: 1",
                "  attached to GigabitEthernet0/0",
            ],
        ),
        (
            "192.0.2.255",
            [
                "192.0.2.255/32, epoch 0, flags [receive]",
                "  Interface source: GigabitEthernet0/0 flags: none",
                "    Dependent covered prefix type cover need deagg, cover 192.0.2.0/24",
                "  receive for GigabitEthernet0/0",
            ],
        ),
        (
            "192.0.2.1",
            [
                f"192.0.2.1/32, epoch 0, flags [{RECEIVED}]",
                "  Interface source: GigabitEthernet0/0 flags: local, source eligible",
                "  receive for GigabitEthernet0/0",
            ],
        ),
        (
            "10.1.0.1",
            [
                f"10.1.0.1/32, epoch 0, flags [{'attached, connected, ' + RECEIVED}]",
                "  Interface source: Loopback0 flags: local, source eligible",
                "  receive for Loopback0",
            ],
        ),
        (
            "172.16.0.1",
            ["0.0.0.0/0, epoch 0, flags [default route handler, default route]", "  no route"],
        ),
        ("240.1.1.1", ["240.0.0.0/4, epoch 0", "  Special source: drop", "  drop"]),
    ],
)
def test_a_prefix_in_detail(asked: str, answer: list[str]) -> None:
    session = r1()
    session.execute("ping 192.0.2.2")
    assert session.execute(f"show ip cef {asked} detail").splitlines() == answer


def test_a_neighbour_in_detail() -> None:
    session = r1()
    session.execute("ping 192.0.2.2")
    lines = session.execute("show ip cef 192.0.2.2 detail").splitlines()
    pointer = lines[1].split()[-1]
    assert len(pointer) == 8
    assert int(pointer, 16) >= 0
    lines[1] = lines[1].replace(pointer, "PTR")
    assert lines == [
        "192.0.2.2/32, epoch 0, flags [attached]",
        "  Adj source: IP adj out of GigabitEthernet0/0, addr 192.0.2.2 PTR",
        "    Dependent covered prefix type adjfib, cover 192.0.2.0/24",
        "  attached to GigabitEthernet0/0",
    ]


def test_the_whole_table_in_detail_counts_its_prefixes() -> None:
    session = r1()
    shown = session.execute("show ip cef detail").splitlines()
    count = len(session.execute("show ip cef").splitlines()) - 1
    assert shown[:6] == [
        "IPv4 CEF is enabled and running",
        "VRF Default",
        f" {count} prefixes ({count}/0 fwd/non-fwd)",
        " Table id 0x0",
        f" Database epoch:        0 ({count} entries at this epoch)",
        "",
    ]


def test_adjacencies_hold_what_is_written_before_a_packet() -> None:
    session = r1()
    session.execute("ping 192.0.2.2")
    session.execute("ping vrf RED 10.10.0.2")
    shown = session.execute("show adjacency").splitlines()
    assert shown[0] == "Protocol Interface                 Address"
    assert [line.partition("(")[0] for line in shown[1:]] == [
        "IP       Tunnel0                   point2point",
        "IP       GigabitEthernet0/0        192.0.2.2",
        "IP       GigabitEthernet0/1.10     10.10.0.2",
    ]
    peer, own = (mac(r, "GigabitEthernet0/0").replace(".", "").upper() for r in ("r2", "r1"))
    pad = " " * 35
    detail = session.execute("show adjacency gi0/0 detail").splitlines()
    assert detail[2:] == [
        f"{pad}0 packets, 0 bytes",
        f"{pad}epoch 0",
        f"{pad}sourced in sev-epoch 0",
        f"{pad}Encap length 14",
        f"{pad}{peer}{own}0800",
        f"{pad}L2 destination address byte offset 0",
        f"{pad}L2 destination address byte length 6",
        f"{pad}Link-type after encap: ip",
        f"{pad}ARP",
    ]
    tagged = session.execute("show adjacency gi0/1.10 detail")
    assert f"{pad}Encap length 18\n" in tagged
    assert "8100000A\n" + pad + "0800\n" in tagged
    assert f"{pad}Link-type after encap: dot1Q\n" in tagged


def test_the_header_of_a_tunnel() -> None:
    # 4500 + FF2F + C000 + 0201 + C000 + 0202 = 2C832, folded C834, complement 37CB; the length is
    # filled in later. GRE: key present, IPv4, key 7.
    session = r1()
    pad = " " * 35
    assert session.execute("show adjacency tunnel 0 detail").splitlines()[5:] == [
        f"{pad}Encap length 28",
        f"{pad}4500000000000000FF2F37CBC0000201",
        f"{pad}C00002022000080000000007",
        f"{pad}P2P-ADJ",
        f"{pad}Next chain element:",
        f"{pad}  IP adj out of GigabitEthernet0/0, addr 192.0.2.2",
    ]
