"""EIGRP for IPv6, named and classic, over a DMVPN tunnel."""

import re

import pytest
from twin_ipv6_cases import NAMES, Families, cloud

from labs.twin.cli import Session

NAMED = """\
router eigrp LAB
 address-family ipv6 unicast autonomous-system 100
  eigrp router-id 1.1.1.{n}
  af-interface GigabitEthernet1
   shutdown
  exit-af-interface
{more}  topology base
  exit-af-topology
 exit-address-family
"""
NAMED_HUB = """\
  af-interface Tunnel0
   summary-address FD00::/8
   no split-horizon
  exit-af-interface
"""
CLASSIC = """\
ipv6 router eigrp 100
 eigrp router-id 1.1.1.{n}
interface Tunnel0
 ipv6 eigrp 100
{more}interface Loopback0
 ipv6 eigrp 100
"""
CLASSIC_HUB = " no ipv6 split-horizon eigrp 100\n ipv6 summary-address eigrp 100 FD00::/8\n"
MODES = {"named": (NAMED, NAMED_HUB), "classic": (CLASSIC, CLASSIC_HUB)}


def type_in(session: Session, *lines: str) -> None:
    for text in ("configure terminal", *lines, "end"):
        session.execute(text)


def routed(mode: str) -> dict[str, Session]:
    """Give a cloud whose LANs EIGRP knows, and no static route."""
    text, hub = MODES[mode]
    more = {n: text.format(n=n, more=hub if n == 1 else "") for n in (1, 2, 3)}
    ends = cloud(Families(6, 4), more=more)
    for name in NAMES:
        statics = re.findall(r"^ipv6 route .*\S", ends[name].execute("show running-config"), re.M)
        assert len(statics) == 2
        type_in(ends[name], *(f"no {line}" for line in statics))
    ends["hub"].network.run_for(20)
    return ends


@pytest.mark.parametrize("mode", MODES)
def test_a_phase_3_cloud_over_eigrp(mode: str) -> None:
    ends = routed(mode)
    hub = ends["hub"].execute("show ipv6 route eigrp")
    assert re.search(r"D   FD00:2::/64 \[90/\d+\]\n     via FE80::\S+, Tunnel0\n", hub)
    assert re.search(r"D   FD00::/8 \[5/\d+\]\n     via Null0, directly connected\n", hub)
    spoke = ends["spoke2"].execute("show ipv6 route eigrp")
    assert re.search(r"D   FD00::/8 \[90/\d+\]\n     via FE80::\S+, Tunnel0\n", spoke)
    ends["spoke2"].execute("ping FD00:3::1 source Loopback0")
    ends["spoke2"].network.run_for(3)
    trace = ends["spoke2"].execute("traceroute FD00:3::1 source Loopback0 probe 1")
    assert [row.split()[1] for row in trace.splitlines()[3:] if row.split()] == ["FD00::3"]
    shortcut = ends["spoke2"].execute("show ipv6 route nhrp")
    assert "H   FD00:3::/64 [250/255]\n     via FD00::3, Tunnel0\n" in shortcut


@pytest.mark.parametrize("mode", MODES)
def test_neighbours_are_known_by_their_link_local_addresses(mode: str) -> None:
    hub = routed(mode)["hub"]
    table = hub.execute("show ipv6 eigrp neighbors")
    assert table.startswith("EIGRP-IPv6 ")
    assert (
        len(re.findall(r"^\d   Link-local address:     Tu0 .*\n    FE80::\S+$", table, re.M)) == 2
    )
    assert hub.execute("show ip eigrp neighbors") == ""
    assert "EIGRP-IPv6 100: Neighbor FE80::" in hub.execute("show logging")


def test_both_families_run_in_one_process() -> None:
    ends = routed("named")
    for n, name in enumerate(NAMES, 1):
        type_in(
            ends[name],
            "interface Tunnel0",
            f"ip address 10.0.0.{n} 255.255.255.0",
            "ip nhrp network-id 1",
            "ip nhrp authentication secret",
            *(["ip nhrp nhs 10.0.0.1 nbma 192.0.1.1 multicast"] if n > 1 else []),
            "router eigrp LAB",
            "address-family ipv4 unicast autonomous-system 100",
            "network 10.0.0.0",
        )
    ends["hub"].network.run_for(20)
    assert ends["hub"].execute("show ip eigrp neighbors").count(" Tu0 ") == 2
    assert ends["hub"].execute("show ipv6 eigrp neighbors").count(" Tu0 ") == 2
    sixth = "address-family ipv6 unicast autonomous-system 100"
    type_in(ends["hub"], "router eigrp LAB", f"no {sixth}")
    ends["hub"].network.run_for(20)
    assert ends["hub"].execute("show ip eigrp neighbors").count(" Tu0 ") == 2
    assert ends["hub"].execute("show ipv6 eigrp neighbors") == ""
    assert ends["spoke2"].execute("show ipv6 route eigrp").count("\nD ") == 0


def test_a_prefix_that_comes_and_goes_is_told() -> None:
    ends = routed("classic")
    type_in(
        ends["spoke2"],
        "interface Loopback7",
        "ipv6 address 2001:DB8:77::1/64",
        "ipv6 eigrp 100",
    )
    ends["hub"].network.run_for(2)
    assert "D   2001:DB8:77::/64" in ends["hub"].execute("show ipv6 route eigrp")
    assert "D   2001:DB8:77::/64" in ends["spoke3"].execute("show ipv6 route eigrp")
    type_in(ends["spoke2"], "interface Loopback7", "no ipv6 eigrp 100")
    ends["hub"].network.run_for(2)
    assert "2001:DB8:77" not in ends["spoke3"].execute("show ipv6 route eigrp")
    assert ends["hub"].execute("show ipv6 eigrp neighbors").count(" Tu0 ") == 2


def test_static_routes_are_redistributed() -> None:
    ends = routed("classic")
    type_in(
        ends["spoke2"],
        "ipv6 route 2001:DB8:66::/48 Null0",
        "ipv6 router eigrp 100",
        "redistribute static metric 10000 10 255 1 1500",
    )
    ends["hub"].network.run_for(2)
    assert "EX  2001:DB8:66::/48 [170/" in ends["hub"].execute("show ipv6 route eigrp")
