"""IPv6 in the underlay, as transport and as overlay: whole networks through the command line."""

import pytest
from twin_ipv6_cases import NAMES, WAN, Families, cloud

from labs.twin.cli import Console, Session
from labs.twin.network import Network

COMBINATIONS = [Families(6, 4), Families(4, 6), Families(6, 6)]
LINE = """\
version 17.3
hostname {name}
{routing}
interface GigabitEthernet1
 ipv6 address {left}
interface GigabitEthernet2
 ipv6 address {right}
ipv6 route ::/0 {gateway}
end
"""


def line(routing: str = "ipv6 unicast-routing") -> dict[str, Session]:
    """Three routers in a row: a - b - c; b may be a host."""
    network = Network(seed=1)
    values = {
        "a": ("2001:DB8:F::1/64", "2001:DB8:A::1/64", "2001:DB8:A::2"),
        "b": ("2001:DB8:A::2/64", "2001:DB8:C::2/64", "GigabitEthernet1 FE80::A"),
        "c": ("2001:DB8:C::3/64", "2001:DB8:E::3/64", "2001:DB8:C::2"),
    }
    sessions = {}
    for name, (left, right, gateway) in values.items():
        text = LINE.format(
            name=name,
            left=left,
            right=right,
            gateway=gateway,
            routing=routing if name == "b" else "ipv6 unicast-routing",
        )
        if name == "a":
            text = text.replace(
                " ipv6 address 2001:DB8:A",
                " ipv6 address fe80::a link-local\n ipv6 address 2001:DB8:A",
            )
        sessions[name] = Console.boot(network, name, text).open("u", 15, length=0)
    network.connect(("a", "GigabitEthernet2"), ("b", "GigabitEthernet1"))
    network.connect(("b", "GigabitEthernet2"), ("c", "GigabitEthernet1"))
    network.run_for(1)
    return sessions


def do(session: Session, command: str) -> str:
    return session.execute(command)


# Underlay


def test_packets_go_hop_by_hop() -> None:
    ends = line()
    assert "!!!!!" in do(ends["a"], "ping 2001:db8:c::3")
    printed = do(ends["a"], "traceroute ipv6 2001:db8:c::3 probe 1")
    assert "Tracing the route to 2001:DB8:C::3\n\n" in printed
    hops = [words[1] for row in printed.splitlines()[3:] if (words := row.split())]
    assert hops == ["2001:DB8:A::2", "2001:DB8:C::3"]


def test_the_answer_may_go_to_a_link_local_next_hop() -> None:
    # b knows the way back only by `ipv6 route ::/0 GigabitEthernet1 FE80::A`.
    assert "!!!!!" in do(line()["a"], "ping ipv6 2001:db8:c::3 source 2001:db8:f::1")


def test_a_host_forwards_nothing() -> None:
    ends = line(routing="no ipv6 unicast-routing")
    assert "!!!!!" in do(ends["a"], "ping 2001:db8:a::2")
    assert "....." in do(ends["a"], "ping 2001:db8:c::3")


def test_only_the_source_cuts_a_packet() -> None:
    ends = line()
    for text in ("configure terminal", "interface GigabitEthernet2", "ipv6 mtu 1300", "end"):
        ends["b"].execute(text)
    assert "!!!!!" in do(ends["a"], "ping 2001:db8:c::3 size 1300")
    assert "M" in do(ends["a"], "ping 2001:db8:c::3 size 1301")


def test_an_address_is_reachable_while_it_is_configured() -> None:
    ends = line()
    for text in ("configure terminal", "interface GigabitEthernet1"):
        ends["c"].execute(text)
    ends["c"].execute("no ipv6 address 2001:DB8:C::3/64")
    assert "....." in do(ends["a"], "ping 2001:db8:c::3")
    ends["c"].execute("ipv6 address 2001:DB8:C::3/64")
    assert "!!!!!" in do(ends["a"], "ping 2001:db8:c::3")


def test_eui_64_takes_the_identifier_of_the_link_local_address() -> None:
    network = Network(seed=1)
    text = LINE.format(
        name="r", routing="", left="2001:DB8::/64 eui-64", right="2001:DB8:1::1/64", gateway="Null0"
    )
    Console.boot(network, "r", text)
    ipv6 = network.routers["r"].config.interfaces["GigabitEthernet1"].ipv6
    assert ipv6 is not None
    mask = (1 << 64) - 1
    assert int(ipv6.addresses[0]) & mask == int(ipv6.link_local) & mask
    # RFC 4291 appendix A: FFFE in the middle, the universal bit (0x02) turned over.
    assert int(ipv6.link_local) >> 24 & 0xFFFF == 0xFFFE
    assert int(ipv6.link_local) >> 40 & mask >> 40 == 0x505400


# Overlays


@pytest.mark.parametrize("protected", [False, True], ids=["clear", "ipsec"])
@pytest.mark.parametrize("families", COMBINATIONS, ids=lambda f: f"{f.overlay}over{f.transport}")
def test_a_phase_3_cloud_makes_a_shortcut(families: Families, *, protected: bool) -> None:
    ends = cloud(families, protected=protected)
    target = families.lan(3)
    first = do(ends["spoke2"], f"traceroute {target} source Loopback0 probe 1")
    assert [row.split()[1] for row in first.splitlines()[3:] if row.split()] == [
        families.tunnel(1),
        families.tunnel(3),
    ]
    ends["spoke2"].network.run_for(1)
    assert "!!!!!" in do(ends["spoke2"], f"ping {target} source Loopback0")
    second = do(ends["spoke2"], f"traceroute {target} source Loopback0 probe 1")
    assert [row.split()[1] for row in second.splitlines()[3:] if row.split()] == [
        families.tunnel(3)
    ]
    machine = ends["spoke2"].network.routers["spoke2"].overlay("Tunnel0", families.overlay)
    assert machine is not None
    (shortcut,) = (e for e in machine.cache.values() if "rib" in e.words and not e.host)
    assert (str(shortcut.next_hop), str(shortcut.nbma)) == (families.tunnel(3), families.nbma(3))


def test_a_tunnel_without_the_word_ipv6_does_not_run_over_ipv6() -> None:
    # reference/FAULTS.md F78
    ends = cloud(Families(4, 6))
    for text in ("configure terminal", "interface Tunnel0", "tunnel mode gre multipoint"):
        ends["spoke2"].execute(text)
    ends["spoke2"].network.run_for(30)
    assert ends["spoke2"].network.routers["spoke2"].interface_state("Tunnel0") == ("up", "down")
    ends["spoke2"].execute("tunnel mode gre multipoint ipv6")
    ends["spoke2"].network.run_for(30)
    assert "!!!!!" in do(ends["spoke2"], "do ping 10.0.0.1")


def test_two_overlays_share_a_tunnel_and_its_protection() -> None:
    """IPv4 is there already; IPv6 comes and goes without disturbing it."""
    ends = cloud(Families(4, 4), protected=True)
    network = ends["hub"].network
    lines = [
        "ipv6 address FD00::{n}/64",
        "ipv6 nhrp network-id 1",
        "ipv6 nhrp authentication secret",
    ]
    for number, name in enumerate(NAMES, 1):
        for text in ("configure terminal", "interface Tunnel0", *lines):
            ends[name].execute(text.format(n=number))
        if number > 1:
            ends[name].execute("ipv6 nhrp nhs FD00::1 nbma 192.0.1.1 multicast")
    network.run_for(10)
    assert "!!!!!" in do(ends["spoke2"], "do ping FD00::1")
    hub = network.routers["hub"]
    assert {str(target) for target in hub.nhrp["Tunnel0"].cache} == {"10.0.0.2/32", "10.0.0.3/32"}
    assert {"FD00::2/128", "FD00::3/128"} < {str(t) for t in hub.nhrp6["Tunnel0"].cache}
    for text in ("no ipv6 nhrp nhs FD00::1 nbma 192.0.1.1 multicast", "no ipv6 address"):
        ends["spoke2"].execute(text)
    assert "!!!!!" in do(ends["spoke2"], "do ping 10.0.0.1")
    assert "....." in do(ends["spoke3"], "do ping FD00::2")
    assert not network.routers["spoke2"].nhrp6["Tunnel0"].cache


def test_a_spoke_registers_again_with_another_overlay_address() -> None:
    ends = cloud(Families(6, 4))
    for text in ("configure terminal", "interface Tunnel0", "no ipv6 address FD00::2/64"):
        ends["spoke2"].execute(text)
    ends["spoke2"].execute("ipv6 address FD00::22/64")
    ends["spoke2"].network.run_for(10)
    assert "!!!!!" in do(ends["spoke3"], "ping FD00::22")


def test_the_underlay_may_lose_its_address() -> None:
    ends = cloud(Families(6, 6))
    router = ends["spoke2"].network.routers["spoke2"]
    for text in ("configure terminal", f"interface {WAN}", "no ipv6 address"):
        ends["spoke2"].execute(text)
    assert router.interface_state("Tunnel0") == ("up", "down")
    ends["spoke2"].execute("ipv6 address 2001:DB8:2::1/64")
    ends["spoke2"].network.run_for(30)
    assert "!!!!!" in do(ends["spoke2"], "do ping FD00::1")


LINK_LOCAL = "interface Tunnel0\n ipv6 address FE80::{n} link-local\n"
BEHIND = "interface Loopback1\n ipv6 address 2001:DB8:9{n}::1/64\n"


def test_next_hops_may_be_link_local() -> None:
    """As routing protocols of IPv6 have them: both ends know each other by NHRP alone."""
    more = {n: LINK_LOCAL.format(n=n) + BEHIND.format(n=n) for n in (1, 2, 3)}
    more[1] += "ipv6 route 2001:DB8:92::/64 Tunnel0 FE80::2\n"
    more[2] += "ipv6 route 2001:DB8:91::/64 Tunnel0 FE80::1\n"
    more[2] += "ipv6 route 2001:DB8:93::/64 Tunnel0 FE80::3\n"
    more[3] += "ipv6 route 2001:DB8:92::/64 Tunnel0 FE80::2\n"
    ends = cloud(Families(6, 4), more=more, protected=True)
    assert "!!!!!" in do(ends["spoke2"], "ping 2001:DB8:91::1 source Loopback1")
    do(ends["spoke2"], "ping 2001:DB8:93::1 source Loopback1")
    ends["spoke2"].network.run_for(3)
    trace = do(ends["spoke2"], "traceroute 2001:DB8:93::1 source Loopback1 probe 1")
    assert [row.split()[1] for row in trace.splitlines()[3:] if row.split()] == ["FD00::3"]


def test_a_server_lists_link_local_addresses_beside_the_client() -> None:
    """As in capture show_dmvpn_ipv6_detail/001: the first block counts both."""
    more = {n: LINK_LOCAL.format(n=n) for n in (1, 2, 3)}
    hub = cloud(Families(6, 4), more=more, version="15.7")["hub"]
    printed = hub.execute("show dmvpn ipv6").expandtabs()
    first = printed[printed.index("    1.Peer") :].splitlines()
    assert first[:3] == [
        "    1.Peer NBMA Address: 192.0.2.1",
        "        Tunnel IPv6 Address: FD00::2",
        "        IPv6 Target Network: FD00::2/128",
    ]
    assert first[3].startswith("        # Ent: 2, Status: UP,")
    assert first[5:7] == [
        "        Tunnel IPv6 Address: FD00::2",
        "        IPv6 Target Network: FE80::2/128",
    ]
    assert first[7].startswith("        # Ent: 0, Status: UP,")


RED = "vrf definition RED\n address-family ipv6\n exit-address-family\n"


def test_an_overlay_of_a_vrf_stays_in_it() -> None:
    ends = cloud(Families(6, 6), protected=True)
    for number, name in enumerate(("hub", "spoke2", "spoke3"), 1):
        via = {1: (2, 3), 2: (1, 1), 3: (1, 1)}[number]
        others = [n for n in (1, 2, 3) if n != number]
        lines = [
            *RED.splitlines(),
            "interface Loopback0",
            "vrf forwarding RED",
            f"ipv6 address FD00:{number}::1/64",
            "interface Tunnel0",
            "vrf forwarding RED",
            f"ipv6 address FD00::{number}/64",
            "exit",
            *(
                f"ipv6 route vrf RED FD00:{n}::/64 FD00::{hop}"
                for n, hop in zip(others, via, strict=True)
            ),
        ]
        printed = [ends[name].execute(text) for text in ("configure terminal", *lines, "end")]
        gone = "IPv6 disabled and address(es) removed due to enabling VRF RED"
        assert sum(gone in text for text in printed) == 2
    ends["hub"].network.run_for(60)
    do(ends["spoke2"], "ping vrf RED FD00:3::1 source Loopback0")
    ends["spoke2"].network.run_for(3)
    trace = do(ends["spoke2"], "traceroute vrf RED FD00:3::1 source Loopback0 probe 1")
    assert [row.split()[1] for row in trace.splitlines()[3:] if row.split()] == ["FD00::3"]
    assert "FD00::3/128" in ends["spoke2"].execute("show ipv6 route vrf RED nhrp")
    assert "!" not in do(ends["spoke2"], "ping FD00:3::1")


def test_a_map_of_the_other_family_sends_nothing() -> None:
    ends = cloud(Families(4, 4))
    router = ends["spoke2"].network.routers["spoke2"]
    for text in ("configure terminal", "interface Tunnel0", "ip nhrp map 10.0.0.9 2001:DB8::9"):
        ends["spoke2"].execute(text)
    before = router.ports["Tunnel0"].drops
    assert "....." in do(ends["spoke2"], "do ping 10.0.0.9")
    assert router.ports["Tunnel0"].drops == before + 5


def test_typing_a_redirect_wakes_its_own_overlay_only() -> None:
    """Redirect is dead after its network-id was taken away (reference/FAULT_SWEEP.md T1)."""
    ends = cloud(Families(6, 4))
    machine = ends["hub"].network.routers["hub"].nhrp6["Tunnel0"]
    for text in ("configure terminal", "interface Tunnel0", "no ipv6 nhrp network-id 1"):
        ends["hub"].execute(text)
    ends["hub"].execute("ipv6 nhrp network-id 1")
    assert not machine.redirecting
    ends["hub"].execute("ip nhrp redirect")
    assert not machine.redirecting
    ends["hub"].execute("ipv6 nhrp redirect")
    assert machine.redirecting
