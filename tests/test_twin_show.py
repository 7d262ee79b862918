"""What show commands print: literals in the observed forms, and captures rebuilt as state."""

import re
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network
from types import SimpleNamespace
from typing import Any, cast

import pytest

from labs.twin.crypto import ChildSa, CryptoSession, SessionStatus
from labs.twin.crypto.values import CryptoSocket
from labs.twin.device import (
    BgpConfig,
    DeviceConfig,
    EigrpConfig,
    InterfaceConfig,
)
from labs.twin.effects import RouteEntry
from labs.twin.image import IMAGES, ImageProfile
from labs.twin.nhrp import (
    EntryType,
    NhsState,
    NhsStatus,
    Requester,
)
from labs.twin.packet import NhrpType
from labs.twin.rib import Rib
from labs.twin.routing.bgp import Attributes, BgpPeer, BgpRoute, BgpState
from labs.twin.routing.eigrp import EigrpNeighbor, EigrpPath, EigrpTopologyEntry, Vector
from labs.twin.show import View
from labs.twin.show.ipsec import plaintext_mtu, transform_text
from labs.twin.show.routes import classful
from labs.twin.show.times import age, uptime
from tests.twin_screens import (
    IKE,
    LEGACY,
    NOW,
    OLD,
    XE,
    entry,
    ip,
    net,
    overlay,
    show,
    tunnel,
    view,
)

HUB = entry("10.9.0.1/32", "10.9.0.1", "203.0.113.1", type=EntryType.STATIC, last_used=NOW)
PEER = entry(
    "10.9.0.3/32", "10.9.0.3", "198.51.100.3", words={"router", "nhop", "rib"}, expires=NOW + 599
)
LAN = entry(
    "10.1.3.0/24", "10.9.0.3", "198.51.100.3", words={"router", "rib", "nho"}, expires=NOW + 599
)
OWN = entry(
    "10.9.0.2/32",
    "10.9.0.2",
    "203.0.113.9",
    words={"router", "unique", "local"},
    expires=NOW + 599,
    no_socket=True,
    requesters=(Requester(address=ip("10.9.0.3"), nbma=ip("198.51.100.3"), request_id=97),),
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (86399, "23:59:59"),
        (86400, "1d00h"),
        (3 * 86400 + 3600, "3d01h"),
        (604799, "6d23h"),
        (604800, "1w0d"),
        (72 * 86400, "10w2d"),
        (365 * 86400 + 14 * 86400, "1y2w"),
    ],
)
def test_ages_change_their_unit(seconds: int, text: str) -> None:
    assert age(seconds) == text


def test_uptime_is_in_words() -> None:
    assert uptime(0) == "0 minutes"
    assert uptime(604800 + 3 * 86400 + 16 * 3600 + 11 * 60) == (
        "1 week, 3 days, 16 hours, 11 minutes"
    )


def test_dmvpn_groups_a_peer_at_its_first_target_and_leaves_out_own_answers() -> None:
    text = show("show dmvpn", overlay(HUB, PEER, LAN, OWN))
    assert text == (
        "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete\n"
        "\tN - NATed, L - Local, X - No Socket\n"
        "\tT1 - Route Installed, T2 - Nexthop-override, B - BGP\n"
        "\tC - CTS Capable, I2 - Temporary\n"
        "\t# Ent --> Number of NHRP entries with same NBMA peer\n"
        "\tNHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting\n"
        "\tUpDn Time --> Up or Down Time for a Tunnel\n" + "=" * 74 + "\n\n"
        "Interface: Tunnel0, IPv4 NHRP Details \n"
        "Type:Spoke, NHRP Peers:2, \n"
        "\n"
        " # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb\n"
        " ----- --------------- --------------- ----- -------- -----\n"
        "     2 198.51.100.3           10.9.0.3    UP 00:01:00   DT2\n"
        "                              10.9.0.3    UP 00:01:00   DT1\n"
        "     1 203.0.113.1            10.9.0.1    UP 00:01:00     S\n"
    )


@pytest.mark.parametrize(
    ("image", "lines"),
    [
        (OLD, []),
        (LEGACY, ["\tT1 - Route Installed, T2 - Nexthop-override", "\tC - CTS Capable"]),
        (
            IMAGES["15.9"],
            ["\tT1 - Route Installed, T2 - Nexthop-override", "\tC - CTS Capable, I2 - Temporary"],
        ),
    ],
)
def test_the_legend_follows_the_image(image: ImageProfile, lines: list[str]) -> None:
    text = show("show dmvpn", overlay(HUB, image=image))
    assert text.split("\n\t# Ent")[0].splitlines()[2:] == lines


def test_dmvpn_is_empty_without_nhrp_and_a_legend_without_peers() -> None:
    assert show("show dmvpn", view()) == ""
    assert show("show dmvpn", overlay()).splitlines()[-2:] == ["=" * 74, ""]
    assert show("show dmvpn interface tunnel9", overlay(HUB)) == ""


def test_a_shut_tunnel_says_so() -> None:
    assert f"{'=' * 74}\nTunnel0 is admin down\n" in show("show dmvpn", overlay(shutdown=True))


def test_the_state_names_the_layer_that_is_not_done() -> None:
    peer = replace(HUB, up=False)
    nbma = ip("203.0.113.1")

    def state(seen: View) -> str:
        return show("show dmvpn", seen).splitlines()[-1].split()[3]

    assert state(overlay(peer, layers={nbma: "IKE"}, profile="P")) == "IKE"
    assert state(overlay(peer, layers={nbma: "IPSEC"}, profile="P")) == "IPSEC"
    assert state(overlay(peer, layers={nbma: "IKE"})) == "NHRP"
    assert state(overlay(peer)) == "NHRP"
    assert state(overlay(HUB)) == "UP"
    assert state(overlay(HUB, down=("Tunnel0",))) == "INTF"


def test_an_unresolved_peer_is_unknown_and_never_up() -> None:
    lost = entry("10.9.0.4/32", "10.9.0.4", None, type=EntryType.INCOMPLETE, changed=None, hits=4)
    protected = show("show dmvpn", overlay(HUB, lost, profile="P"))
    assert "NHRP Peers:2, \n" in protected
    assert protected.endswith("     1 UNKNOWN                10.9.0.4   IKE    never    IX\n")
    assert show("show dmvpn", overlay(lost)).endswith("  NHRP    never    IX\n")
    assert show("show ip nhrp", overlay(replace(lost, expires=NOW + 120))) == (
        "10.9.0.4/32\n"
        "   Tunnel0 created 00:01:00, expire 00:02:00\n"
        "   Type: incomplete, Flags: negative \n"
        "   Cache hits: 4 \n"
    )


def test_roles_are_hub_spoke_or_both() -> None:
    client = entry("10.9.0.9/32", "10.9.0.9", "198.51.100.9", words={"registered", "nhop"})
    assert "Type:Hub," in show("show dmvpn", overlay(client))
    assert "Type:Hub/Spoke," in show("show dmvpn", overlay(client, HUB))


def test_dmvpn_detail_repeats_the_nbma_and_names_targets() -> None:
    server = NhsState(address=ip("10.9.0.1"), nbma=ip("203.0.113.1"), status=NhsStatus.RESPONDING)
    text = show("show dmvpn detail", overlay(PEER, LAN, nhs=(server,), image=LEGACY))
    assert text.split("\n\n", 1)[1] == (
        'Interface Tunnel0 is up/up, Addr. is 10.9.0.2, VRF "" \n'
        '   Tunnel Src./Dest. addr: 203.0.113.9/MGRE, Tunnel VRF ""\n'
        '   Protocol/Transport: "multi-GRE/IP", Protect "" \n'
        "   Interface State Control: Disabled\n"
        "   nhrp event-publisher : Disabled\n"
        "\n"
        "IPv4 NHS:\n"
        "10.9.0.1  RE priority = 0 cluster = 0\n"
        "Type:Spoke, Total NBMA Peers (v4/v6): 1\n"
        "\n"
        "# Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb    Target Network\n"
        "----- --------------- --------------- ----- -------- ----- -----------------\n"
        "    2 198.51.100.3           10.9.0.3    UP 00:01:00   DT2        10.1.3.0/24\n"
        "      198.51.100.3           10.9.0.3    UP 00:01:00   DT1        10.9.0.3/32\n"
        "\n\n"
        "Crypto Session Details: \n" + "-" * 80 + "\n\n"
        "Pending DMVPN Sessions:\n\n"
    )


def test_nhrp_entries_are_sorted_and_keep_their_blanks() -> None:
    nated = replace(PEER, claimed=ip("192.168.0.3"))
    assert show("show ip nhrp", overlay(HUB, nated, LAN, OWN)) == (
        "10.1.3.0/24 via 10.9.0.3\n"
        "   Tunnel0 created 00:01:00, expire 00:09:59\n"
        "   Type: dynamic, Flags: router rib nho \n"
        "   NBMA address: 198.51.100.3 \n"
        "10.9.0.1/32 via 10.9.0.1\n"
        "   Tunnel0 created 00:01:00, never expire \n"
        "   Type: static, Flags: used \n"
        "   NBMA address: 203.0.113.1 \n"
        "10.9.0.2/32 via 10.9.0.2\n"
        "   Tunnel0 created 00:01:00, expire 00:09:59\n"
        "   Type: dynamic, Flags: router unique local \n"
        "   NBMA address: 203.0.113.9 \n"
        "    (no-socket) \n"
        "10.9.0.3/32 via 10.9.0.3\n"
        "   Tunnel0 created 00:01:00, expire 00:09:59\n"
        "   Type: dynamic, Flags: router nhop rib \n"
        "   NBMA address: 198.51.100.3 \n"
        "    (Claimed NBMA address: 192.168.0.3) \n"
    )


def test_nhrp_detail_names_the_requesters_and_filters_choose() -> None:
    seen = overlay(HUB, PEER, LAN, OWN, image=LEGACY)
    assert "  Requester: 10.9.0.3 Request ID: 97\n" in show("show ip nhrp detail", seen)
    assert show("show ip nhrp shortcut", seen).count("Tunnel0") == 2
    assert show("show ip nhrp static", seen).startswith("10.9.0.1/32 via")
    assert show("show ip nhrp 10.9.0.1", seen).count("Tunnel0") == 1
    assert show("show ip nhrp tunnel9", seen) == ""


def test_nhrp_brief() -> None:
    assert show("show ip nhrp brief", overlay(HUB)) == (
        "   Target             Via            NBMA           Mode   Intfc   Claimed\n"
        "         10.9.0.1/32 10.9.0.1        203.0.113.1     static   Tu0     <   >\n"
    )


def test_servers_healthy_and_waiting() -> None:
    well = NhsState(
        address=ip("10.9.0.1"),
        nbma=ip("203.0.113.1"),
        status=NhsStatus.RESPONDING,
        requests_sent=3,
        replies_received=3,
        last_heard=NOW - 22,
    )
    silent = NhsState(
        address=ip("10.9.0.254"),
        nbma=ip("203.0.113.254"),
        status=NhsStatus.EXPECTING,
        requests_sent=6,
        request_id=15,
        retry_s=64,
        last_heard=NOW - 105,
    )
    assert show("show ip nhrp nhs detail", overlay(nhs=(well, silent))) == (
        "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\n"
        "Tunnel0:\n"
        "10.9.0.1  RE  NBMA Address: 203.0.113.1 priority = 0 cluster = 0  "
        "req-sent 3  req-failed 0  repl-recv 3 (00:00:22 ago)\n"
        "10.9.0.254   E  NBMA Address: 203.0.113.254 priority = 0 cluster = 0  "
        "req-sent 6  req-failed 0  repl-recv 0 (00:01:45 ago)\n"
        "\n\n"
        "Pending Registration Requests:\n"
        "Registration Request: Reqid 15, Ret 64  NHS 10.9.0.254 expired (Tu0)\n"
        "\n"
    )
    assert show("show ip nhrp nhs", overlay(nhs=(well,), image=LEGACY)) == (
        "Legend: E=Expecting replies, R=Responding, W=Waiting\n"
        "Tunnel0:\n"
        "10.9.0.1  RE priority = 0 cluster = 0\n\n"
    )
    assert show("show ip nhrp nhs", overlay()) == ""


def test_nhrp_traffic_counts_by_name() -> None:
    seen = overlay(image=OLD)
    counters = seen.router.nhrp["Tunnel0"].counters
    counters.count_sent(NhrpType.REGISTRATION_REQUEST)
    counters.count_received(NhrpType.REGISTRATION_REPLY)
    assert show("show ip nhrp traffic", seen) == (
        "Tunnel0: Max-send limit:100Pkts/10Sec, Usage:0%\n"
        "   Sent: Total 1\n"
        "         0 Resolution Request  0 Resolution Reply  1 Registration Request\n"
        "         0 Registration Reply  0 Purge Request  0 Purge Reply\n"
        "         0 Error Indication  0 Traffic Indication  0 Redirect Suppress\n"
        "   Rcvd: Total 1\n"
        "         0 Resolution Request  0 Resolution Reply  0 Registration Request\n"
        "         1 Registration Reply  0 Purge Request  0 Purge Reply\n"
        "         0 Error Indication  0 Traffic Indication  0 Redirect Suppress\n"
    )


def route(prefix: str, source: str, *hops: str, **more: Any) -> tuple[IPv4Network, tuple[Any, ...]]:
    paths = tuple(
        RouteEntry(
            network=net(prefix),
            source=source,
            distance=more.get("distance", 0),
            metric=more.get("metric", 0),
            next_hop=ip(hop) if hop else None,
            interface=more.get("interface"),
            since=NOW - 21,
            external=more.get("external", False),
            summary=more.get("summary", False),
        )
        for hop in hops
    )
    return net(prefix), paths


def table() -> Rib:
    rib = Rib()
    for prefix, source, hop, more in (
        ("203.0.113.8/30", "connected", "", {"interface": "GigabitEthernet2"}),
        ("203.0.113.9/32", "local", "", {"interface": "GigabitEthernet2"}),
        ("0.0.0.0/0", "static", "203.0.113.10", {"distance": 1}),
        ("10.9.0.0/24", "connected", "", {"interface": "Tunnel0"}),
        ("10.9.0.2/32", "local", "", {"interface": "Tunnel0"}),
        ("10.9.0.3/32", "nhrp", "", {"interface": "Tunnel0", "distance": 250, "metric": 255}),
        (
            "10.1.3.0/24",
            "eigrp",
            "10.9.0.1",
            {"interface": "Tunnel0", "distance": 90, "metric": 28288000},
        ),
        ("10.1.4.0/24", "bgp", "10.9.0.1", {"distance": 200}),
        (
            "192.168.7.0/24",
            "nhrp",
            "10.9.0.3",
            {"interface": "Tunnel0", "distance": 250, "metric": 255},
        ),
        (
            "192.168.0.0/16",
            "eigrp",
            "",
            {"interface": "Null0", "distance": 5, "metric": 1, "summary": True},
        ),
        ("192.0.2.1/32", "connected", "", {"interface": "Loopback0"}),
    ):
        network, paths = route(prefix, source, hop, **more)
        rib.offer("eigrp 7" if source == "eigrp" else source, network, paths, NOW - 21)
    rib.put_override("Tunnel0", net("10.1.3.0/24"), ip("10.9.0.3"), NOW - 6)
    return rib


BODY = """\
Gateway of last resort is 203.0.113.10 to network 0.0.0.0

S*    0.0.0.0/0 [1/0] via 203.0.113.10
      10.0.0.0/8 is variably subnetted, 5 subnets, 2 masks
D   %    10.1.3.0/24 [90/28288000] via 10.9.0.1, 00:00:21, Tunnel0
B        10.1.4.0/24 [200/0] via 10.9.0.1, 00:00:21
C        10.9.0.0/24 is directly connected, Tunnel0
L        10.9.0.2/32 is directly connected, Tunnel0
H        10.9.0.3/32 is directly connected, 00:00:21, Tunnel0
      192.0.2.0/32 is subnetted, 1 subnets
C        192.0.2.1 is directly connected, Loopback0
D     192.168.0.0/16 is a summary, 00:00:21, Null0
H     192.168.7.0/24 [250/255] via 10.9.0.3, 00:00:21, Tunnel0
      203.0.113.0/24 is variably subnetted, 2 subnets, 2 masks
C        203.0.113.8/30 is directly connected, GigabitEthernet2
L        203.0.113.9/32 is directly connected, GigabitEthernet2
"""


def test_the_routing_table() -> None:
    text = show("show ip route", view(rib=table()))
    assert text.startswith("Codes: L - local, C - connected, S - static,")
    assert "% - next hop override, p - overrides from PfR\n\nGateway" in text
    assert text[text.index("Gateway") :] == BODY
    assert "PfR" not in show("show ip route", view(rib=table(), image=OLD))


def test_one_protocol_keeps_the_headers_of_its_groups() -> None:
    text = show("show ip route nhrp", view(rib=table()))
    assert text[text.index("Gateway") :] == (
        "Gateway of last resort is 203.0.113.10 to network 0.0.0.0\n"
        "\n"
        "      10.0.0.0/8 is variably subnetted, 5 subnets, 2 masks\n"
        "H        10.9.0.3/32 is directly connected, 00:00:21, Tunnel0\n"
        "H     192.168.7.0/24 [250/255] via 10.9.0.3, 00:00:21, Tunnel0\n"
    )
    assert show("show ip route connected", view(rib=table())).count("\nL ") == 2


def test_an_override_has_its_own_line_when_asked_for() -> None:
    assert (
        "D   %    10.1.3.0/24 [90/28288000] via 10.9.0.1, 00:00:21, Tunnel0\n"
        "                     [NHO][90/255] via 10.9.0.3, 00:00:06, Tunnel0\n"
    ) in show("show ip route next-hop-override", view(rib=table()))


def test_one_route_in_detail() -> None:
    seen = view(rib=table())
    assert show("show ip route 10.1.3.77", seen) == (
        "Routing entry for 10.1.3.0/24\n"
        '  Known via "eigrp 7", distance 90, metric 28288000, type internal\n'
        "  Redistributing via eigrp 7\n"
        "  Last update from 10.9.0.1 on Tunnel0, 00:00:21 ago\n"
        "  Routing Descriptor Blocks:\n"
        "  * 10.9.0.1, from 10.9.0.1, 00:00:21 ago, via Tunnel0\n"
        "      Route metric is 28288000, traffic share count is 1\n"
    )
    assert show("show ip route 10.200.0.1", seen) == "% Subnet not in table\n"
    assert show("show ip route 172.16.0.1", seen) == "% Network not in table\n"
    assert show("show ip route 0.0.0.0", seen).startswith(
        'Routing entry for 0.0.0.0/0, supernet\n  Known via "static", distance 1, metric 0, '
        "candidate default path\n"
    )


def test_no_gateway_and_an_unknown_vrf() -> None:
    assert "Gateway of last resort is not set\n" in show("show ip route", view())
    assert "does not exist" in show("show ip route vrf INET", view())


@pytest.mark.parametrize(
    ("prefix", "major"),
    [
        ("10.1.0.0/16", "10.0.0.0/8"),
        ("172.16.1.0/24", "172.16.0.0/16"),
        ("192.168.1.0/24", "192.168.1.0/24"),
        ("192.168.0.0/16", None),
        ("0.0.0.0/0", None),
    ],
)
def test_classful_networks(prefix: str, major: str | None) -> None:
    found = classful(net(prefix))
    assert (None if found is None else str(found)) == major


def test_cef_tells_the_truth_about_an_override() -> None:
    seen = view(rib=table())
    assert show("show ip cef 10.1.3.9", seen) == "10.1.3.0/24\n  nexthop 10.9.0.3 Tunnel0\n"
    assert show("show ip cef 192.168.7.0/24", seen) == (
        "192.168.7.0/24\n  nexthop 10.9.0.3 Tunnel0\n"
    )
    assert show("show ip cef 10.9.0.2", seen) == "10.9.0.2/32\n  receive for Tunnel0\n"
    assert show("show ip cef 10.9.0.200", seen) == "10.9.0.0/24\n  attached to Tunnel0\n"
    assert show("show ip cef 8.8.8.8", seen) == (
        "0.0.0.0/0\n  recursive via 203.0.113.10\n    attached to GigabitEthernet2\n"
    )
    assert show("show ip cef 8.8.8.8", view()) == "0.0.0.0/0\n  no route\n"
    rows = show("show ip cef", seen).splitlines()
    assert rows[0] == "Prefix               Next Hop             Interface"
    assert "10.1.3.0/24          10.9.0.3             Tunnel0" in rows
    assert "10.9.0.255/32        receive              Tunnel0" in rows


def test_eigrp_neighbours_and_topology() -> None:
    neighbor = EigrpNeighbor(
        address=ip("10.9.0.4"),
        interface="Tunnel0",
        handle=2,
        up_since=NOW - 14,
        hold_s=15,
        heard=NOW - 1,
        srtt_ms=6,
        rto_ms=1512,
        seq=6,
    )
    vector = Vector(bandwidth_kbit=100, delay_ps=1)
    path = EigrpPath(
        neighbor=ip("10.9.0.4"), interface="Tunnel0", vector=vector, distance=500, reported=200
    )
    connected = replace(path, neighbor=None, source="Connected", reported=0)
    topology = {
        net("10.1.4.0/24"): EigrpTopologyEntry(
            network=net("10.1.4.0/24"), fd=500, paths={("Tunnel0", ip("10.9.0.4")): path}
        ),
        net("10.9.0.0/24"): EigrpTopologyEntry(
            network=net("10.9.0.0/24"), fd=500, paths={("Tunnel0", None): connected}
        ),
    }
    process = SimpleNamespace(
        neighbors={("Tunnel0", neighbor.address): neighbor},
        topology=topology,
        router_id=ip("10.9.0.2"),
    )
    config = DeviceConfig(image=XE, eigrp=(EigrpConfig(asn=100),))
    seen = view(config, eigrp={100: process})
    assert show("show ip eigrp neighbors", seen) == (
        "EIGRP-IPv4 Neighbors for AS(100)\n"
        "H   Address                 Interface              Hold Uptime   SRTT   RTO  Q  Seq\n"
        "                                                   (sec)         (ms)       Cnt Num\n"
        "2   10.9.0.4                Tu0                      14 00:00:14    6  1512  0  6\n"
    )
    assert show("show ip eigrp topology", seen).split("\n\n")[1] == (
        "P 10.1.4.0/24, 1 successors, FD is 500\n"
        "        via 10.9.0.4 (500/200), Tunnel0\n"
        "P 10.9.0.0/24, 1 successors, FD is 500\n"
        "        via Connected, Tunnel0"
    )
    named = DeviceConfig(image=XE, eigrp=(EigrpConfig(asn=100, name="WAN"),))
    assert show("show ip eigrp neighbors", view(named, eigrp={100: process})).startswith(
        "EIGRP-IPv4 VR(WAN) Address-Family Neighbors for AS(100)\n"
    )


def test_bgp_summary_with_a_listen_range() -> None:
    up = BgpPeer(
        address=ip("10.9.0.4"),
        remote_as=65000,
        dynamic=True,
        state=BgpState.ESTABLISHED,
        changed=NOW - 1585,
        messages_received=89,
        messages_sent=90,
        table_version=5,
        received={net("10.1.4.0/24"): cast("BgpRoute", None)},
    )
    down = BgpPeer(address=ip("10.9.0.2"), remote_as=65000, state=BgpState.ACTIVE)
    path = BgpRoute(
        network=net("10.1.4.0/24"),
        attributes=Attributes(next_hop=ip("10.9.0.4")),
        peer=ip("10.9.0.4"),
        best=True,
        since=NOW - 60,
    )
    process = SimpleNamespace(
        neighbors={peer.address: peer for peer in (up, down)},
        table={path.network: (path,)},
        table_version=5,
        router_id=ip("192.0.2.1"),
    )
    config = DeviceConfig(
        image=LEGACY,
        bgp=BgpConfig(asn=65000, listen_ranges=((net("10.9.0.0/24"), "SPOKES"),)),
    )
    seen = view(config, LEGACY, bgp=process)
    assert show("show ip bgp summary", seen) == (
        "BGP router identifier 192.0.2.1, local AS number 65000\n"
        "BGP table version is 5, main routing table version 5\n"
        "1 network entries using 248 bytes of memory\n"
        "1 path entries using 136 bytes of memory\n"
        "1/1 BGP path/bestpath attribute entries using 288 bytes of memory\n"
        "0 BGP route-map cache entries using 0 bytes of memory\n"
        "0 BGP filter-list cache entries using 0 bytes of memory\n"
        "BGP using 672 total bytes of memory\n"
        "BGP activity 1/0 prefixes, 1/0 paths, scan interval 60 secs\n"
        "\n"
        "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
        "10.9.0.2        4        65000       0       0        1    0    0 never    Active\n"
        "*10.9.0.4       4        65000      89      90        5    0    0 00:26:25        1\n"
        "* Dynamically created based on a listen range command\n"
        "Dynamically created neighbors: 1, Subnet ranges: 1\n"
        "\n"
        "BGP peergroup SPOKES listen range group members: \n"
        "  10.9.0.0/24 \n"
        "\n\n"
        "Total dynamically created neighbors: 1/(100 max), Subnet ranges: 1\n"
    )
    assert show("show ip bgp summary", view()) == "% BGP not active\n\n"


def child(**more: Any) -> ChildSa:
    values: dict[str, Any] = {
        "local_spi": 0x6C5118AF,
        "remote_spi": 0x58D86CE6,
        "local": ip("203.0.113.9"),
        "remote": ip("198.51.100.3"),
        "transform": ("esp-aes", "256", "esp-sha256-hmac"),
        "tunnel_mode": False,
        "tunnels": ("Tunnel0",),
        "profile": "P",
        "pfs_group": None,
        "created": NOW - 452,
        "lifetime_s": 3600,
        "initiator": True,
        "ike": 1,
        "encaps": 6,
        "decaps": 12,
        **more,
    }
    return ChildSa(**values)


def test_crypto_session() -> None:
    session = CryptoSession(
        interface="Tunnel0",
        profile="IKE-P",
        status=SessionStatus.UP_ACTIVE,
        local=ip("203.0.113.9"),
        peer=ip("198.51.100.3"),
        vrf="",
        since=NOW - 600,
        ike=(IKE,),
        children=(child(),),
    )
    config = DeviceConfig(image=XE, interfaces={"Tunnel0": tunnel()})
    seen = view(config, sessions=(session,))
    assert show("show crypto session", seen) == (
        "Crypto session current status\n"
        "\n"
        "Interface: Tunnel0\n"
        "Profile: IKE-P\n"
        "Session status: UP-ACTIVE     \n"
        "Peer: 198.51.100.3 port 500 \n"
        "  Session ID: 3  \n"
        "  IKEv2 SA: local 203.0.113.9/500 remote 198.51.100.3/500 Active \n"
        "  IPSEC FLOW: permit 47 host 203.0.113.9 host 198.51.100.3 \n"
        "        Active SAs: 2, origin: crypto map\n"
        "\n"
    )
    detail = show("show crypto session detail", seen)
    assert "Uptime: 00:10:00\n" in detail
    assert "Peer: 198.51.100.3 port 500 fvrf: (none) ivrf: (none)\n" in detail
    assert "          Capabilities:(none) connid:1 lifetime:23:49:39\n" in detail
    assert "        Inbound:  #pkts dec'ed 12 drop 0 life (KB/Sec) 4608000/3148\n" in detail


def test_ikev2_sa() -> None:
    assert show("show crypto ikev2 sa", view(sas={1: IKE})) == (
        " IPv4 Crypto IKEv2  SA \n"
        "\n"
        "Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
        "1         203.0.113.9/500       198.51.100.3/500      none/none            READY  \n"
        "      Encr: AES-CBC, keysize: 256, PRF: SHA256, Hash: SHA256, DH Grp:14, "
        "Auth sign: PSK, Auth verify: PSK\n"
        "      Life/Active Time: 86400/621 sec\n"
        "\n"
        " IPv6 Crypto IKEv2  SA \n"
        "\n"
    )
    assert show("show crypto ikev2 sa", view()) == ""


def test_ipsec_sa() -> None:
    pair = child(tunnel_mode=True)
    config = DeviceConfig(image=LEGACY, interfaces={"Tunnel0": tunnel()})
    socket = CryptoSocket(
        tunnel="Tunnel0", local=pair.local, remote=pair.remote, vrf="", profile="P"
    )
    text = show(
        "show crypto ipsec sa",
        view(
            config,
            LEGACY,
            sockets={("Tunnel0", pair.remote): socket},
            children={pair.local_spi: pair},
        ),
    )
    assert text.startswith(
        "\ninterface: Tunnel0\n    Crypto map tag: Tunnel0-head-0, local addr 203.0.113.9\n\n"
        "   protected vrf: (none)\n"
        "   local  ident (addr/mask/prot/port): (203.0.113.9/255.255.255.255/47/0)\n"
        "   remote ident (addr/mask/prot/port): (198.51.100.3/255.255.255.255/47/0)\n"
        "   current_peer 198.51.100.3 port 500\n"
        "     PERMIT, flags={origin_is_acl,}\n"
        "    #pkts encaps: 6, #pkts encrypt: 6, #pkts digest: 6\n"
    )
    assert (
        "     plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb GigabitEthernet2\n" in text
    )
    assert "     current outbound spi: 0x58D86CE6(1490578662)\n" in text
    assert (
        "     inbound esp sas:\n"
        "      spi: 0x6C5118AF(1817254063)\n"
        "        transform: esp-256-aes esp-sha256-hmac ,\n"
        "        in use settings ={Tunnel, }\n"
    ) in text
    assert text.endswith("     outbound ah sas:\n\n     outbound pcp sas:\n")


@pytest.mark.parametrize(
    ("transform", "tunnel_mode", "mtu"),
    [
        (("esp-aes", "256", "esp-sha256-hmac"), True, 1438),
        (("esp-aes", "256", "esp-sha-hmac"), False, 1458),
        (("esp-gcm", "256"), False, 1466),
    ],
)
def test_the_plaintext_mtu_is_computed(
    transform: tuple[str, ...],
    tunnel_mode: bool,  # noqa: FBT001  # a parameter of the table above
    mtu: int,
) -> None:
    assert plaintext_mtu(child(transform=transform, tunnel_mode=tunnel_mode)) == mtu


def test_the_path_mtu_of_xe_is_that_of_the_tunnel() -> None:
    pair = child(transform=("esp-aes", "256", "esp-sha-hmac"))
    assert plaintext_mtu(pair, 1400) == 1362
    socket = CryptoSocket(
        tunnel="Tunnel0", local=pair.local, remote=pair.remote, vrf="", profile="P"
    )
    config = DeviceConfig(image=XE, interfaces={"Tunnel0": replace(tunnel(), ip_mtu=1400)})
    parts = {
        "sockets": {("Tunnel0", pair.remote): socket},
        "children": {pair.local_spi: pair},
    }
    assert ("     plaintext mtu 1362, path mtu 1400, ip mtu 1400, ip mtu idb Tunnel0\n") in show(
        "show crypto ipsec sa", view(config, XE, **parts)
    )


def test_transforms_are_written_the_way_sas_print_them() -> None:
    assert transform_text(("esp-aes", "esp-sha-hmac")) == "esp-aes esp-sha-hmac"
    assert transform_text(("esp-gcm", "256")) == "esp-gcm 256"


def test_interfaces_in_brief() -> None:
    wan = InterfaceConfig(name="GigabitEthernet2", address=IPv4Interface("203.0.113.9/30"))
    spare = InterfaceConfig(name="GigabitEthernet3", shutdown=True)
    config = DeviceConfig(image=LEGACY, interfaces={i.name: i for i in (tunnel(), wan, spare)})
    startup = "!\ninterface GigabitEthernet2\n ip address 203.0.113.9 255.255.255.252\n!\n"
    states = {"GigabitEthernet3": ("administratively down", "down")}
    assert show("show ip int brief", view(config, LEGACY, startup=startup, states=states)) == (
        "Interface                  IP-Address      OK? Method Status                Protocol\n"
        "GigabitEthernet2           203.0.113.9     YES NVRAM  up                    up      \n"
        "GigabitEthernet3           unassigned      YES unset  administratively down down    \n"
        "Tunnel0                    10.9.0.2        YES manual up                    up      \n"
    )


def test_facts_of_the_machine() -> None:
    text = show("show version", view(image=XE))
    assert text.splitlines()[0] == "Cisco IOS XE Software, Version 17.03.04a"
    assert "\nCopyright (c) 1986-2021 by Cisco Systems, Inc.\nCompiled Tue 20-Jul-21 " in text
    assert "\nRouter uptime is " in text
    assert "\nRouter operating mode: Autonomous\n" in text
    serials = {re.search(r"Processor board ID (\S+)", text)[1]}  # type: ignore[index]
    serials.add(re.search(r"SN: (\S+)", show("show inventory", view()))[1])  # type: ignore[index]
    assert len(serials) == 1
    assert "Version 15.5(3)M," in show("show version", view(image=LEGACY))


def test_users_and_protocols_that_do_not_run() -> None:
    assert "*  1 vty 0     admin      idle                 00:00:00 192.0.2.7\n" in show(
        "show users", view()
    )
    assert show("show lldp", view()) == "% LLDP is not enabled\n"
    assert show("show ipv6 interface", view()) == ""
