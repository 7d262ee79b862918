"""What shows NHRP and what clears it, on whole routers; layouts against captures."""

import re
from collections import Counter
from pathlib import Path

import pytest
from conftest import SHARED, evidence, samples
from twin_cases import ping
from twin_consoles import booted, typed

from labs.twin.network import Network

HUB = """\
version {version}
hostname hub
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp network-id 1
 ip nhrp redirect
 nhrp map group BRANCH service-policy output SLOW
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
ip route 172.16.2.0 255.255.255.0 10.0.0.2
ip route 172.16.3.0 255.255.255.0 10.0.0.3
end
"""
SPOKE = """\
version {version}
hostname spoke{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{n} 255.255.255.0
interface Loopback0
 ip address 172.16.{n}.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.{n} 255.255.255.0
{more} ip nhrp network-id 1
 ip nhrp map multicast 192.0.2.200
 ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
ip route 172.16.0.0 255.255.0.0 10.0.0.1
end
"""


def cloud(version: str = "17.3") -> Network:
    groups = {2: " nhrp group BRANCH\n", 3: ""}
    spokes = {f"spoke{n}": SPOKE.format(n=n, version=version, more=groups[n]) for n in (2, 3)}
    network = booted({"hub": HUB.format(version=version), **spokes})
    ping(network, "spoke2", "172.16.3.1", source="Loopback0")
    network.run_for(2.0)
    return network


@pytest.fixture(scope="module")
def network() -> Network:
    return cloud()


def targets(text: str) -> list[str]:
    return re.findall(r"^(\S+/\d+)", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "show ip nhrp",
            ["10.0.0.1/32", "10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"],
        ),
        ("show ip nhrp static", ["10.0.0.1/32"]),
        ("show ip nhrp static 10.0.0.1", ["10.0.0.1/32"]),
        ("show ip nhrp dynamic 10.0.0.1", []),
        ("show ip nhrp dynamic Tunnel0", ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]),
        ("show ip nhrp incomplete", []),
        ("show ip nhrp 172.16.3.77 detail", ["172.16.3.0/24"]),
        ("show ip nhrp shortcut", ["10.0.0.3/32", "172.16.3.0/24"]),
        ("show ip nhrp shortcut Tunnel9", []),
        ("show ip nhrp vrf RED", []),
        ("show ip nhrp vrf RED static", []),
        ("show ip nhrp self", ["10.0.0.2/32"]),
    ],
)
def test_a_listing_is_narrowed(network: Network, command: str, expected: list[str]) -> None:
    assert targets(typed(network, "spoke2", command)) == expected


def test_brief_is_narrowed_as_well(network: Network) -> None:
    rows = typed(network, "spoke2", "show ip nhrp dynamic Tunnel0 brief").splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]


@pytest.mark.parametrize("line", ["show ip nhrp sta", "show ip nhrp stat"])
def test_half_a_word_is_ambiguous(network: Network, line: str) -> None:
    assert typed(network, "spoke2", line) == f'% Ambiguous command:  "{line}"\n'


def test_the_own_mapping_says_who_we_are(network: Network) -> None:
    lines = typed(network, "spoke2", "show ip nhrp self").splitlines()
    assert lines[0] == "10.0.0.2/32 via 10.0.0.2"
    assert lines[2:5] == [
        "   Type: static, Flags: router unique local ",
        "   NBMA address: 192.0.2.2 ",
        "    (no-socket) ",
    ]
    assert lines[5] == "Metadata Exchange Framework:"
    assert typed(cloud("15.9"), "spoke2", "show ip nhrp self").splitlines()[5:] == []


def test_a_shut_tunnel_is_not_itself() -> None:
    network = cloud()
    typed(network, "spoke2", "configure terminal", "interface Tunnel0", "shutdown", "end")
    assert typed(network, "spoke2", "show ip nhrp self") == ""
    assert typed(network, "spoke2", "show ip nhrp multicast") == ""


def test_the_multicast_list_tells_how_each_came_there(network: Network) -> None:
    assert typed(network, "spoke2", "show ip nhrp multicast") == (
        "  I/F     NBMA address\n"
        "Tunnel0   192.0.2.200     Flags: static\n"
        "Tunnel0   192.0.2.1       Flags: nhs\n"
    )
    flags = [row.split()[-1] for row in typed(network, "hub", "show ip nhrp mul").splitlines()[1:]]
    assert flags == ["dynamic", "dynamic"]


# --- groups


def test_the_group_of_a_client_is_told_to_the_hub_and_shown(network: Network) -> None:
    entries = typed(network, "hub", "show ip nhrp").split("10.0.0.3/32")
    assert entries[0].endswith("   NBMA address: 192.0.2.2 \n   Group: BRANCH\n")
    assert "Group" not in entries[1]
    rows = typed(network, "hub", "show dmvpn detail").splitlines()
    at = next(number for number, row in enumerate(rows) if "10.0.0.2/32" in row)
    assert rows[at + 1 : at + 3] == [
        "NHRP group: BRANCH",
        " Output QoS service-policy applied: SLOW",
    ]
    assert "NHRP group" not in rows[at + 4]


def test_a_group_that_is_taken_away_goes_with_the_next_registration() -> None:
    network = cloud()
    typed(network, "spoke2", "configure terminal", "interface Tunnel0", "no nhrp group", "end")
    network.run_for(250.0)
    assert "Group" not in typed(network, "hub", "show ip nhrp")


# --- show dmvpn of some


def peers(text: str) -> list[str]:
    """List tunnel addresses of the rows, in order."""
    return re.findall(r"(\d+[.]\S+) +(?:UP|NHRP|IKE) +\d", text)


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        ("", ["10.0.0.1", "10.0.0.3", "10.0.0.3"]),
        ("ipv4", ["10.0.0.1", "10.0.0.3", "10.0.0.3"]),
        ("peer nbma 192.0.2.3", ["10.0.0.3", "10.0.0.3"]),
        ("peer tunnel 10.0.0.1", ["10.0.0.1"]),
        ("peer network 172.16.3.0/24", ["10.0.0.3", "10.0.0.3"]),
        ("peer network 172.16.3.0 255.255.255.0", ["10.0.0.3", "10.0.0.3"]),
        ("peer network 172.16.0.0/16", []),
        ("static", ["10.0.0.1"]),
        ("interface Tunnel0 static", ["10.0.0.1"]),
        ("peer nbma 192.0.2.3 static", []),
        ("vrf RED", []),
    ],
)
@pytest.mark.parametrize("form", ["", " detail"])
def test_sessions_are_narrowed(
    network: Network, narrow: str, expected: list[str], form: str
) -> None:
    text = typed(network, "spoke2", f"show dmvpn {narrow}{form}")
    assert peers(text) == expected


def test_counting_lines_of_sessions(network: Network) -> None:
    text = typed(network, "spoke2", "show dmvpn | count UP")
    assert text.strip() == "Number of lines which match regexp = 3"


# --- counters


STATS = samples("show_ip_nhrp_stats") if SHARED else [Path("none.txt")]


@evidence
@pytest.mark.parametrize("path", STATS, ids=lambda path: path.stem)
def test_the_counters_of_events_stand_as_captured(network: Network, path: Path) -> None:
    lines = path.read_text().splitlines()
    if "detail" in lines[0]:
        assert "% Invalid input" in typed(network, "hub", "show ip nhrp stats detail")
        return
    lines = [line for line in lines if not line.startswith("show ")]
    one = not any(line.startswith("Tunnel") for line in lines)
    ours = typed(network, "hub", f"show ip nhrp stats{' tu0' if one else ''}").splitlines()
    section = (
        lines if one else lines[: next(at for at, line in enumerate(lines) if "BGP" in line) + 3]
    )
    assert blanked(ours) == blanked(section)


def blanked(lines: list[str]) -> list[str]:
    """Numbers, and the blanks behind them, are not the layout."""
    named = (re.sub(r"^Tunnel\d+", "Tunnel", line) for line in lines)
    return [re.sub(r": \d+\[\d+\] *", ": #", line) for line in named]


def counted(text: str) -> Counter[str]:
    found = re.findall(r"(\[[SR]\][^:]*?) *: (\d+)\[", text)
    return Counter({name: int(number) for name, number in found if name != "[R]UP"})


def test_events_are_counted_and_cleared() -> None:
    network = cloud()
    events = counted(typed(network, "spoke2", "show ip nhrp stats"))
    # the hub, the peer (temporary entries have none here: the redirect asked), its LAN
    assert events["[S]End Point Addition"] == 3
    assert events["[S]Add Route"] == 2
    assert events["[S]Del Route"] == 0
    typed(network, "spoke2", "clear ip nhrp")
    events = counted(typed(network, "spoke2", "show ip nhrp stats"))
    assert (events["[S]End Point Deletion"], events["[S]Del Route"]) == (2, 2)
    typed(network, "spoke2", "clear ip nhrp stats")
    assert not counted(typed(network, "spoke2", "show ip nhrp stats")).total()


def test_events_are_shown_by_ios_xe_only() -> None:
    old = cloud("15.9")
    for line in ("show ip nhrp stats", "clear ip nhrp stats"):
        assert "% Invalid input" in typed(old, "spoke2", line)


def test_the_limit_of_packets_is_that_of_the_line() -> None:
    network = cloud("15.9")
    network.run_for(20.0)
    head = typed(network, "hub", "show ip nhrp traffic interface Tunnel0").splitlines()[0]
    assert head == "Tunnel0: Max-send limit:100Pkts/10Sec, Usage:0%"
    typed(
        network,
        "hub",
        "configure terminal",
        "interface tu0",
        "ip nhrp max-send 500 every 20",
        "end",
    )
    head = typed(network, "hub", "show ip nhrp traffic").splitlines()[0]
    assert head == "Tunnel0: Max-send limit:500Pkts/20Sec, Usage:0%"


def test_what_exceeds_the_limit_is_not_sent() -> None:
    network = cloud()
    typed(
        network,
        "spoke2",
        "configure terminal",
        "interface Tunnel0",
        "ip nhrp max-send 2 every 1000",
        "ip nhrp registration timeout 5",
        "end",
    )
    network.run_for(20.0)
    machine = network.routers["spoke2"].nhrp["Tunnel0"]
    sent = sum(machine.counters.sent.values())
    network.run_for(300.0)
    assert sum(machine.counters.sent.values()) - sent <= 2
    assert "   E " in typed(network, "spoke2", "show ip nhrp nhs"), "nobody hears us any more"
    assert "2Pkts/1000Sec, Usage:100%" in typed(network, "spoke2", "show ip nhrp traffic")
    typed(network, "spoke2", "configure terminal", "interface tu0", "no ip nhrp max-send", "end")
    network.run_for(70.0)
    assert "  RE " in typed(network, "spoke2", "show ip nhrp nhs")


# --- clearing


def overlay(network: Network, router: str) -> list[str]:
    return targets(typed(network, router, "show ip nhrp"))


@pytest.mark.parametrize("peer", ["peer nbma 192.0.2.3", "peer tunnel 10.0.0.3"])
def test_a_cleared_peer_is_forgotten_with_its_prefixes(peer: str) -> None:
    network = cloud()
    typed(network, "spoke2", f"clear dmvpn session {peer}")
    assert overlay(network, "spoke2") == ["10.0.0.1/32", "172.16.2.0/24"]


@pytest.mark.parametrize("line", ["clear dmvpn session", "clear dmvpn session interface Tunnel0"])
def test_cleared_sessions_leave_what_is_configured(line: str) -> None:
    network = cloud()
    created = network.routers["spoke2"].nhrp["Tunnel0"].cache
    before = next(e.created for e in created.values() if e.host and "nhop" not in e.words)
    network.run_for(5.0)
    typed(network, "spoke2", line)
    assert overlay(network, "spoke2") == ["10.0.0.1/32"]
    after = next(iter(network.routers["spoke2"].nhrp["Tunnel0"].cache.values()))
    assert after.created == before


def test_static_sessions_begin_anew_and_register() -> None:
    network = cloud()
    network.run_for(5.0)
    now = network.clock.now
    server = next(iter(network.routers["spoke2"].nhrp["Tunnel0"].nhs.values()))
    heard = server.replies_received
    typed(network, "spoke2", "clear dmvpn session static")
    entry = next(iter(network.routers["spoke2"].nhrp["Tunnel0"].cache.values()))
    assert entry.created >= now
    assert "10.0.0.1   E" in typed(network, "spoke2", "show ip nhrp nhs")
    network.run_for(3.0)
    assert server.replies_received == heard + 1
    assert peers(typed(network, "spoke2", "show dmvpn")) == ["10.0.0.1"]
    assert "NHRP 00" not in typed(network, "spoke2", "show dmvpn")


def test_counters_of_one_tunnel_are_cleared() -> None:
    network = cloud()
    typed(network, "spoke2", "clear ip nhrp counters interface Tunnel9")
    assert "Total 0" not in typed(network, "spoke2", "show ip nhrp traffic")
    typed(network, "spoke2", "clear ip nhrp counters interface Tunnel0")
    assert typed(network, "spoke2", "show ip nhrp traffic").count("Total 0") == 2


@evidence
def test_the_own_mapping_stands_as_captured(network: Network) -> None:
    assert SHARED is not None
    path = SHARED / "corpus/show_ip_nhrp_self/001_genie_iosxe.txt"
    captured = [line.rstrip() for line in path.read_text().splitlines()[1:]]
    ours = [line.rstrip() for line in typed(network, "spoke2", "show ip nhrp self").splitlines()]
    assert captured[4:] == ours[4:]
    assert captured[2] == ours[2]


@pytest.mark.parametrize(
    ("narrow", "left"),
    [
        ("", []),
        ("Tunnel0", []),
        ("Tunnel9", ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]),
        ("vrf RED", ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]),
        ("172.16.3.0", ["10.0.0.3/32", "172.16.2.0/24"]),
        ("172.16.3.0 255.255.255.0", ["10.0.0.3/32", "172.16.2.0/24"]),
        ("shortcut", ["172.16.2.0/24"]),
        ("shortcut Tunnel0", ["172.16.2.0/24"]),
        ("shortcut Tunnel9", ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]),
        ("vrf RED shortcut", ["10.0.0.3/32", "172.16.2.0/24", "172.16.3.0/24"]),
    ],
)
def test_clearing_is_narrowed(narrow: str, left: list[str]) -> None:
    network = cloud()
    assert typed(network, "spoke2", f"clear ip nhrp {narrow}".rstrip()) == ""
    assert overlay(network, "spoke2") == ["10.0.0.1/32", *left]


# --- the own address


@pytest.mark.parametrize(("version", "attribute"), [("15.5", "D"), ("15.9", "I2"), ("17.3", "I2")])
def test_a_ping_to_the_own_address_shows_it_under_the_hub(version: str, attribute: str) -> None:
    network = cloud(version)
    ping(network, "spoke2", "10.0.0.2")
    rows = typed(network, "spoke2", "show dmvpn").splitlines()
    at = next(number for number, row in enumerate(rows) if row.startswith("     2 192.0.2.1 "))
    assert [row.split()[-1] for row in rows[at : at + 2]] == ["S", attribute]
    assert rows[at + 1].split()[:2] == ["10.0.0.2", "UP"]
    entry = typed(network, "spoke2", "show ip nhrp 10.0.0.2").splitlines()
    assert entry[2:4] == ["   Type: dynamic, Flags: used temporary ", "   NBMA address: 192.0.2.1 "]
    network.run_for(200.0)
    assert "10.0.0.2" not in typed(network, "spoke2", "show dmvpn")


def test_a_hub_and_a_ping_from_elsewhere_show_no_own_address() -> None:
    network = cloud()
    ping(network, "hub", "10.0.0.1")
    ping(network, "spoke3", "10.0.0.2")
    ping(network, "spoke2", "172.16.2.1")
    assert "10.0.0.1" not in typed(network, "hub", "show dmvpn")
    assert "10.0.0.2" not in typed(network, "spoke2", "show dmvpn")
