"""The catalogue of faults (reference/FAULTS.md), on the cloud of the measured sweep.

`FAULTS` holds what the twin shows of a fault that was typed, `ELSEWHERE` the test of one that
another file tests, `UNTESTED` why there is none. Every row of the catalogue stands in one of them.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SHARED, TESTS, evidence
from twin_sweep import HUB, HUB_NBMA, SPOKES, Sessions, bounce, cloud, run, typed

Check = Callable[[Sessions], None]
TU = "interface Tunnel0"
EIGRP = "router eigrp 100"


def says(name: str, command: str, *texts: str) -> Check:
    """Check that an output holds some texts."""

    def check(sessions: Sessions) -> None:
        printed = sessions[name].execute(command)
        assert not [text for text in texts if text not in printed], printed

    return check


def lacks(name: str, command: str, *texts: str) -> Check:
    """Check that an output holds none of some texts."""

    def check(sessions: Sessions) -> None:
        printed = sessions[name].execute(command)
        assert not [text for text in texts if text in printed], printed

    return check


def state(expected: str) -> Check:
    return says("S2", "show dmvpn", f" {expected} ")


def hops(*expected: str) -> Check:
    """Check the hops of the second of two traceroutes between the LANs of two spokes."""

    def check(sessions: Sessions) -> None:
        trace = "traceroute 10.9.3.1 source Loopback1 probe 1 numeric"
        sessions["S2"].execute(trace)
        run(sessions, 3.0)
        printed = sessions["S2"].execute(trace)
        assert tuple(re.findall(r"^ +\d+ (\S+) ", printed, re.MULTILINE)) == expected

    return check


log = "show logging | include %"
DIRECT = hops("172.30.0.3")
HAIRPIN = hops("172.30.0.1", "172.30.0.3")
PHASE_2: dict[str, tuple[str, ...]] = {
    HUB: (TU, "no ip nhrp redirect", "no ip next-hop-self eigrp 100"),
    **dict.fromkeys(SPOKES, (TU, "no ip nhrp shortcut")),
}
KEY = "crypto isakmp key acme address 0.0.0.0"
RECURSION = "%TUN-5-RECURDOWN: Tunnel0 temporarily disabled due to recursive routing"


def with_phase_2(where: str, *lines: str) -> dict[str, tuple[str, ...]]:
    return {**PHASE_2, where: (*PHASE_2[where], *lines)}


def edge(rule: str, port: str = "Ethernet0/0") -> tuple[str, ...]:
    """Type a list that denies something on the way in."""
    listed = ("ip access-list extended EDGE", rule, "permit ip any any")
    return (*listed, f"interface {port}", "ip access-group EDGE in")


FAULTS: dict[str, tuple[dict[str, tuple[str, ...]], tuple[Check, ...]]] = {
    "F09": (
        {
            "S2": (
                TU,
                "no ip nhrp map multicast 203.0.113.2",
                "no ip nhrp map 172.30.0.1 203.0.113.2",
                "ip nhrp map 172.30.0.1 203.0.113.77",
            )
        },
        (state("IKE"), says("S2", log, "Reason: NHRP Registration Failure")),
    ),
    "F11": (
        {
            "S2": (
                TU,
                "no ip nhrp nhs 172.30.0.1",
                "no ip nhrp map 172.30.0.1 203.0.113.2",
                "ip nhrp map 203.0.113.2 172.30.0.1",
                "ip nhrp nhs 203.0.113.2",
            )
        },
        (says(HUB, "show dmvpn | count UP ", "= 2"), says("S2", "show ip nhrp nhs", "   E ")),
    ),
    "F15": (
        {"S2": ("crypto isakmp policy 10", "encryption 3des", "group 5")},
        (state("IKE"), says("S2", "show crypto isakmp sa", "MM_NO_STATE")),
    ),
    "F17": (
        {
            "S2": (
                "no crypto isakmp key acme address 0.0.0.0",
                "crypto isakmp key wrong address 0.0.0.0",
            )
        },
        (state("IKE"), lacks("S2", "show crypto isakmp sa", "QM_IDLE")),
    ),
    "F19": (
        dict.fromkeys(SPOKES, (f"no {KEY}", f"crypto isakmp key acme address {HUB_NBMA}")),
        (says(HUB, "show dmvpn | count UP ", "= 3"), HAIRPIN),
    ),
    "F22": (
        {
            "S2": (
                "crypto ipsec transform-set OTHER esp-aes esp-sha-hmac",
                "mode transport",
                "crypto ipsec profile PROF",
                "set transform-set OTHER",
            )
        },
        (state("IPSEC"),),
    ),
    "F30": (
        {HUB: edge("deny udp any any eq isakmp")},
        (state("IKE"), says("S2", "show crypto isakmp sa", "MM_NO_STATE")),
    ),
    "F31": (
        dict.fromkeys((HUB, *SPOKES), (TU, "no tunnel protection ipsec profile PROF"))
        | {"ISP": edge("deny gre host 198.51.100.2 any", "Ethernet0/1")},
        (state("NHRP"), says(HUB, "show dmvpn | count UP ", "= 2")),
    ),
    "F32": (
        {"ISP": edge("deny ip host 198.51.100.2 host 198.51.100.6", "Ethernet0/1")},
        (says(HUB, "show dmvpn | count UP ", "= 3"), HAIRPIN),
    ),
    "F34": (
        {"S3": (TU, "ip address 172.30.0.2 255.255.255.0")},
        (says(HUB, "show dmvpn | count UP ", "= 2"),),
    ),
    "F37": (
        {"S2": (TU, f"no ip nhrp map multicast {HUB_NBMA}")},
        (
            state("UP"),
            lacks(HUB, "show ip eigrp neighbors", "172.30.0.2 "),
            says("S2", log, "is down: retry limit exceeded"),
        ),
    ),
    "F38": (
        {"S2": (TU, f"no ip nhrp map multicast {HUB_NBMA}", "ip nhrp map multicast 172.30.0.1")},
        (state("UP"), lacks(HUB, "show ip eigrp neighbors", "172.30.0.2 ")),
    ),
    "F39": (
        {
            HUB: (EIGRP, "network 203.0.113.0"),
            "S2": (
                TU,
                "no ip nhrp map multicast 203.0.113.2",
                "no ip nhrp map 172.30.0.1 203.0.113.2",
                "no tunnel mode",
                f"tunnel destination {HUB_NBMA}",
            ),
        },
        (says("S2", log, RECURSION),),
    ),
    "F40": (
        {HUB: (TU, "ip split-horizon eigrp 100")},
        (
            says("S2", "show ip route eigrp", "10.9.1.0"),
            lacks("S2", "show ip route eigrp", "10.9.3.0"),
        ),
    ),
    "F41": (
        with_phase_2(HUB, "ip next-hop-self eigrp 100"),
        (says("S2", "show ip route 10.9.3.0", "via Tunnel0", "172.30.0.1, from"), HAIRPIN),
    ),
    "F43": (
        with_phase_2(HUB, "ip summary-address eigrp 100 10.9.0.0 255.255.0.0"),
        (lacks("S2", "show ip route eigrp", "10.9.3.0"), HAIRPIN),
    ),
    "F44": (
        {HUB: (TU, "no ip nhrp redirect")},
        (HAIRPIN, says(HUB, "show ip nhrp traffic | section Sent", "0 Traffic Indication")),
    ),
    "F46": ({"S2": (TU, "no ip nhrp shortcut")}, (HAIRPIN,)),
    "F47": (
        {
            "S3": (
                TU,
                "no ip nhrp map multicast 203.0.113.2",
                "no ip nhrp map 172.30.0.1 203.0.113.2",
                "no tunnel mode",
                f"tunnel destination {HUB_NBMA}",
            )
        },
        (HAIRPIN,),
    ),
    "F54": (
        {"S2": (f"no {EIGRP}", "router eigrp 101", "network 172.30.0.0 0.0.0.255")},
        (state("UP"), lacks(HUB, "show ip eigrp neighbors", "172.30.0.2 ")),
    ),
    "F55": (
        {"S2": (EIGRP, "eigrp stub summary")},
        (
            says(HUB, "show ip eigrp neighbors", "172.30.0.2 "),
            lacks(HUB, "show ip route eigrp", "10.9.2.0"),
        ),
    ),
    "F56": (
        {"S2": (EIGRP, "no network 10.9.2.0 0.0.0.255")},
        (
            says(HUB, "show ip eigrp neighbors", "172.30.0.2 "),
            lacks("S3", "show ip route eigrp", "10.9.2.0"),
        ),
    ),
    "F65": (
        {HUB: ("interface Ethernet0/0", "shutdown")},
        (
            says("S2", "show ip nhrp nhs", "172.30.0.1   E "),
            says("S2", "ping 10.9.3.1 source Loopback1", "Success rate is 0 percent"),
        ),
    ),
    "F70": (
        {"S2": ("interface Ethernet0/0", "no ip address")},
        (
            says(
                "S2", log, "Line protocol on Interface Tunnel0, changed state to down"
            ),
            says("S2", "show interfaces Tunnel0", "Tunnel0 is up, line protocol is down"),
        ),
    ),
    "F71": (
        {"S2": ("no ip route 0.0.0.0 0.0.0.0 198.51.100.1",)},
        (state("IKE"),),
    ),
}  # fmt: skip


SWEEP = "test_a_fault_prints_what_was_measured_and_heals_when_typed_back"
ELSEWHERE = {
    "F01": SWEEP,  # W4, W10
    "F02": SWEEP,  # F3
    "F03": "test_an_authentication_of_nine_characters_is_refused",
    "F04": SWEEP,  # W3
    "F05": SWEEP,  # W9
    "F06": SWEEP,  # N1
    "F07": "test_a_request_is_handed_to_the_tunnel_its_way_leads_out_by",
    "F08": SWEEP,  # F4
    "F10": SWEEP,  # F5
    "F12": SWEEP,  # W1
    "F13": SWEEP,  # W8
    "F14": SWEEP,  # W2
    "F16": "test_no_common_proposal_leaves_no_sa",
    "F18": SWEEP,  # W7
    "F20": "test_a_peer_that_no_profile_matches_is_refused",
    "F21": SWEEP,  # F6
    "F23": SWEEP,  # F8
    "F29": SWEEP,  # F2
    "F33": "test_unique_address_of_another_router_is_refused",
    "F36": "test_w6_adjacencies_of_a_hub_that_copies_no_multicast_do_not_settle",
    "F45": "test_t1_redirect_is_dead_until_it_is_typed_again",
    "F48": "test_w5_the_one_client_of_a_point_to_point_hub_was_never_up_or_down",
    "F49": "test_f7_a_hub_tunnel_without_destination_is_up_and_down",
    "F57": "test_the_published_cases_print_what_the_routers_printed",
    "F58": "test_loops_are_not_accepted",
    "F60": "test_n2_a_full_packet_with_df_passes_without_ip_mtu",
    "F63": "test_without_dpd_nobody_notices",
    "F66": "test_the_best_servers_of_each_cluster_are_used",
    "F72": "test_vrf_forwarding_takes_the_address_away_and_says_so",
    "F73": "test_defaults_are_hidden_by_generation",
    "F81": "test_a_proposal_without_policy_falls_back_to_the_default_one",
}
"""Tests of faults that other files hold."""
UNTESTED = {
    **dict.fromkeys(("F25", "F26"), "certificates are not modelled"),
    **dict.fromkeys(("F27", "F28"), "address translation is not modelled"),
    **dict.fromkeys(("F50", "F51", "F52", "F53", "F75"), "faults of OSPF"),
    "F24": "how SAs land on the wrong one of two tunnels was not measured",
    "F35": "a router id that two share is not looked at",
    "F42": "needs a path between two spokes that is closed",
    "F59": "an ICMP message that a filter drops is not modelled",
    "F61": "needs an NBMA address that moves while the shortcut stands",
    "F62": "the log line of an unknown SPI was not measured",
    "F64": "no symptom of its own",
    "F67": "packets are not put out of order",
    "F68": "a rule of licences, not of the cloud",
    "F69": "switching without CEF is not modelled",
    "F74": "limits of IKEv2 are accepted without effect",
    "F76": "QoS groups have no policies behind them",
    "F77": "keepalives are accepted without effect",
    "F78": "a cloud over IPv6",
    "F79": "ICMP redirects are not sent",
    "F80": "a router id that two share is not looked at",
}
"""Faults of the catalogue that no test shows, with the reason."""


@evidence
def test_every_fault_of_the_catalogue_has_its_place() -> None:
    text = ((SHARED or Path()) / "reference" / "FAULTS.md").read_text(encoding="utf-8")
    known = re.findall(r"^\|(F\d\d)\|", text, re.MULTILINE)
    assert len(known) >= 80
    assert sorted([*FAULTS, *ELSEWHERE, *UNTESTED]) == sorted(known)


def test_the_tests_that_are_named_exist() -> None:
    files = [file.read_text(encoding="utf-8") for file in TESTS.glob("test_*.py")]
    for name in ELSEWHERE.values():
        assert any(f"def {name}(" in text for text in files), name


def test_an_authentication_of_nine_characters_is_refused() -> None:
    answer = typed(cloud()["S2"], TU, "ip nhrp authentication NINECHARS")
    assert "% Invalid input detected" in answer


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_catalogue_shows(name: str) -> None:
    where, checks = FAULTS[name]
    sessions = cloud()
    run(sessions, 60.0)
    for router, lines in where.items():
        answer = typed(sessions[router], *lines)
        assert "% " not in answer.replace("% Interface", ""), answer
    bounce(sessions)
    run(sessions, 120.0)
    for check in checks:
        check(sessions)


def test_phase_2_is_direct_without_the_faults() -> None:
    sessions = cloud()
    for router, lines in PHASE_2.items():
        typed(sessions[router], *lines)
    run(sessions, 60.0)
    DIRECT(sessions)


def test_phase_3_is_direct_without_the_faults() -> None:
    sessions = cloud()
    run(sessions, 60.0)
    DIRECT(sessions)
