"""The measured faults (reference/FAULT_SWEEP.md), typed on the command line and looked at there.

Each is injected into a healthy cloud, all tunnels are bounced, and after the measured wait hub and
spoke print what was measured; typed back, the cloud is whole again. Names and addresses are ours.
"""

import re
from dataclasses import dataclass

import pytest
from twin_sweep import HUB, HUB_NBMA, NBMA, WAIT_S, Sessions, bounce, cloud, run, tunnel, typed

SPOKE = "S2"
LAN = "ping 10.9.1.1 source Loopback1"
ROW = re.compile(r"^ +\d+ (\S+) +(\S+) +(\S+) +(\S+) +(\S+)$", re.MULTILINE)
CAPS = re.compile(r"#pkts encaps: (\d+).*?#pkts decaps: (\d+)", re.DOTALL)
AGO = re.compile(r"\(\d\d:\d\d:\d\d ago\)")
REGISTERING = """\
172.30.0.{server}   E  NBMA Address: 203.0.113.2 priority = 0 cluster = 0  req-sent {sent}  \
req-failed 0  repl-recv 0 (<age>)


Pending Registration Requests:
Registration Request: Reqid {request}, Ret 64  NHS 172.30.0.{server} expired (Tu0)
"""
UNKNOWN = ("UNKNOWN", "172.30.0.2", "IKE", "never", "IX")
NETID = "%DMVPN-5-NHRP_NETID_UNCONFIGURED:  Tunnel0: NETID : 100 Unconfigured (Tunnel: {})"
WRONG_AUTHENTICATION = (
    "%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: Recieved wrong authentication string for  Registration "
    "Request , Reason:  authentication failure (11) on (Tunnel: 172.30.0.2 NBMA: 203.0.113.2)"
)
ENCAP = (
    "%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: NHRP Encap Error for  {} , Reason:  "
    "protocol generic error (7) on (Tunnel: 172.30.0.1 NBMA: 203.0.113.2)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is typed, and what was measured."""

    where: str
    lines: tuple[str, ...]
    repair: tuple[str, ...]
    hub: int
    """Spokes that are UP on the hub."""
    state: str = "UP"
    """State of the hub's row on RT02, here S2; empty: no row."""
    unknown: bool = False
    """The hub has the row UNKNOWN of the spoke."""
    ike: bool = True
    """The hub has an ISAKMP SA with the spoke."""
    esp: str = ""
    """ESP of the hub for the spoke: `0/0`, `0/grows`, `grow`, or empty: no SA."""
    log: tuple[str, ...] = ()
    """On the router where the fault is seen."""


def on_tunnel(*lines: str) -> tuple[str, ...]:
    return ("interface Tunnel0", *lines)


PROTECTION = "tunnel protection ipsec profile PROF"
KEY = "crypto isakmp key acme address 0.0.0.0"
EDGE = (
    "ip access-list extended EDGE-IN",
    "permit udp any any eq isakmp",
    "deny esp host 198.51.100.2 any log",
    "deny esp any any",
    "permit ip any any",
)
FAULTS = {
    "W1": Fault(
        where=HUB,
        lines=on_tunnel(f"no {PROTECTION}"),
        repair=on_tunnel(PROTECTION),
        hub=0,
        state="IKE",
        ike=False,
    ),
    "W2": Fault(
        where=HUB,
        lines=("no crypto ipsec profile PROF",),
        repair=("crypto ipsec profile PROF", "set transform-set TS"),
        hub=0,
        state="IKE",
        ike=False,
    ),
    "W3": Fault(
        where=HUB,
        lines=on_tunnel("no ip nhrp network-id"),
        repair=on_tunnel("ip nhrp network-id 100"),
        hub=0,
        state="NHRP",
        esp="0/grows",
        log=(NETID.format("172.30.0.1 NBMA:  203.0.113.2"),),
    ),
    "W4": Fault(
        where=HUB,
        lines=on_tunnel("no tunnel key"),
        repair=on_tunnel("tunnel key 100"),
        hub=0,
        state="NHRP",
        esp="0/grows",
    ),
    "W5": Fault(
        where=HUB,
        lines=on_tunnel("no tunnel mode", f"tunnel destination {NBMA[SPOKE]}"),
        repair=on_tunnel("no tunnel destination", "tunnel mode gre multipoint"),
        hub=1,
        esp="grow",
    ),
    "W6": Fault(
        where=HUB,
        lines=on_tunnel("no ip nhrp map multicast dynamic"),
        repair=on_tunnel("ip nhrp map multicast dynamic"),
        hub=3,
        esp="grow",
    ),
    "W7": Fault(where=SPOKE, lines=(f"no {KEY}",), repair=(KEY,), hub=2, state="IKE", ike=False),
    "W8": Fault(
        where=SPOKE,
        lines=on_tunnel(f"no {PROTECTION}"),
        repair=on_tunnel(PROTECTION),
        hub=2,
        state="NHRP",
        ike=False,
    ),
    "W9": Fault(
        where=SPOKE,
        lines=on_tunnel("no ip nhrp network-id"),
        repair=on_tunnel("ip nhrp network-id 100"),
        hub=2,
        state="",
        ike=False,
        log=(NETID.format("172.30.0.2 NBMA:  198.51.100.2"),),
    ),
    "W10": Fault(
        where=SPOKE,
        lines=on_tunnel("no tunnel key"),
        repair=on_tunnel("tunnel key 100"),
        hub=2,
        state="NHRP",
        esp="0/grows",
    ),
    "F2": Fault(
        where=HUB,
        lines=(*EDGE, "interface Ethernet0/0", "ip access-group EDGE-IN in"),
        repair=("interface Ethernet0/0", "no ip access-group EDGE-IN in"),
        hub=0,
        state="NHRP",
        esp="0/0",
        log=("%SEC-6-IPACCESSLOGNP: list EDGE-IN denied 50 198.51.100.2 -> 203.0.113.2",),
    ),
    "F3": Fault(
        where=SPOKE,
        lines=on_tunnel("ip nhrp authentication OTHER"),
        repair=on_tunnel("ip nhrp authentication ACME"),
        hub=2,
        state="NHRP",
        unknown=True,
        esp="0/grows",
        log=(WRONG_AUTHENTICATION,),
    ),
    "F4": Fault(
        where=SPOKE,
        lines=on_tunnel(
            "no ip nhrp nhs 172.30.0.1",
            f"no ip nhrp map 172.30.0.1 {HUB_NBMA}",
            f"ip nhrp map 172.30.0.254 {HUB_NBMA}",
            "ip nhrp nhs 172.30.0.254",
        ),
        repair=on_tunnel(
            "no ip nhrp nhs 172.30.0.254",
            f"no ip nhrp map 172.30.0.254 {HUB_NBMA}",
            f"ip nhrp map 172.30.0.1 {HUB_NBMA}",
            "ip nhrp nhs 172.30.0.1",
        ),
        hub=2,
        state="NHRP",
        unknown=True,
        esp="0/grows",
        log=tuple(
            ENCAP.format(what)
            for what in ("Registration Request", "Error Indication", "Resolution Request")
        ),
    ),
    "F5": Fault(
        where=SPOKE,
        lines=on_tunnel("no ip nhrp nhs 172.30.0.1"),
        repair=on_tunnel("ip nhrp nhs 172.30.0.1"),
        hub=2,
        state="NHRP",
        unknown=True,
        esp="0/grows",
        log=(ENCAP.format("Resolution Request"),),
    ),
    "F6": Fault(
        where=HUB,
        lines=("crypto ipsec profile PROF", "set pfs group14"),
        repair=("crypto ipsec profile PROF", "no set pfs"),
        hub=0,
        state="IPSEC",
    ),
    "F7": Fault(
        where=HUB,
        lines=on_tunnel("tunnel mode gre ip"),
        repair=on_tunnel("tunnel mode gre multipoint"),
        hub=0,
        state="IKE",
        ike=False,
    ),
    "F8": Fault(
        where=HUB,
        lines=("crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac", "mode tunnel"),
        repair=("crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac", "mode transport"),
        hub=0,
        state="IPSEC",
    ),
    "N1": Fault(
        where=HUB,
        lines=on_tunnel("ip nhrp network-id 7"),
        repair=on_tunnel("ip nhrp network-id 100"),
        hub=3,
        esp="grow",
    ),
    "N2": Fault(
        where=SPOKE,
        lines=on_tunnel("no ip mtu"),
        repair=on_tunnel("ip mtu 1400"),
        hub=3,
        esp="grow",
    ),
}


def broken(name: str, version: str = "17.15") -> Sessions:
    """Inject a fault into a healthy cloud, and wait as measured."""
    sessions = cloud(version)
    run(sessions, 60.0)
    assert "%" not in typed(sessions[FAULTS[name].where], *FAULTS[name].lines)
    bounce(sessions)
    run(sessions, WAIT_S)
    return sessions


def rows(sessions: Sessions, name: str) -> list[tuple[str, ...]]:
    return ROW.findall(sessions[name].execute("show dmvpn"))


def caps(sessions: Sessions) -> tuple[int, int] | None:
    printed = sessions[HUB].execute(f"show crypto ipsec sa peer {NBMA[SPOKE]}")
    found = CAPS.search(printed)
    return (int(found[1]), int(found[2])) if found else None


def logged(sessions: Sessions, name: str) -> str:
    return sessions[name].execute("show logging | include %")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_prints_what_was_measured_and_heals_when_typed_back(name: str) -> None:
    fault = FAULTS[name]
    sessions = broken(name)
    hub = rows(sessions, HUB)
    assert sum(row[2] == "UP" for row in hub) == fault.hub
    assert (UNKNOWN in hub) == fault.unknown
    assert len(hub) == fault.hub + fault.unknown
    assert [row[2] for row in rows(sessions, SPOKE)] == [fault.state] * bool(fault.state)
    isakmp = sessions[HUB].execute(f"show crypto isakmp sa | include {NBMA[SPOKE]} ")
    assert ("QM_IDLE" in isakmp) == fault.ike
    assert fault.ike or not isakmp.strip()
    first = caps(sessions)
    run(sessions, 10.0)
    grown = caps(sessions)
    if not fault.esp:
        assert first is None
    else:
        assert first is not None
        assert grown is not None
        assert (grown[1] > first[1]) == (fault.esp != "0/0")
        assert (grown[0] > first[0]) == (fault.esp == "grow")
        assert fault.esp == "grow" or grown[0] == 0
    seen = logged(sessions, fault.where) + logged(sessions, HUB)
    assert all(line in seen for line in fault.log)
    typed(sessions[fault.where], *fault.repair)
    bounce(sessions)
    run(sessions, 16.0)  # measured
    assert [row[2] for row in rows(sessions, HUB)] == ["UP"] * 3
    assert "!!!!!" in sessions[SPOKE].execute(LAN)


@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W4", "F2", "F3"])
def test_the_spoke_shows_its_pending_registration(name: str) -> None:
    printed = broken(name)[SPOKE].execute("show ip nhrp nhs detail")
    reqid = re.search(r"Reqid (\d+)", printed)
    assert reqid
    expected = REGISTERING.format(server=1, sent=6, request=reqid[1])
    assert AGO.sub("(<age>)", printed).partition("Tunnel0:\n")[2].rstrip() == expected.rstrip()


def test_p0_a_healthy_cloud_cuts_through_after_a_ping() -> None:
    sessions = cloud()
    run(sessions, 60.0)
    for _ in range(2):
        sessions[SPOKE].execute("ping 10.9.3.1 source Loopback1")
        run(sessions, 3.0)
    printed = sessions[SPOKE].execute("show dmvpn")
    assert re.sub(r"\d\d:\d\d:\d\d", "<time>", printed).rstrip().splitlines()[-3:] == [
        "     2 198.51.100.6         172.30.0.3    UP <time>   DT2",
        "                            172.30.0.3    UP <time>   DT1",
        "     1 203.0.113.2          172.30.0.1    UP <time>     S",
    ]
    table = sessions[SPOKE].execute("show ip route next-hop-override")
    assert "D   %    10.9.3.0/24 [90/28288000] via 172.30.0.1, " in table
    assert "                     [NHO][90/255] via 172.30.0.3, " in table
    assert "H        172.30.0.3/32 is directly connected, " in table


def test_w5_the_one_client_of_a_point_to_point_hub_was_never_up_or_down() -> None:
    (row,) = rows(broken("W5"), HUB)
    assert row[:4] == (NBMA[SPOKE], "172.30.0.2", "UP", "never")


def test_w6_adjacencies_of_a_hub_that_copies_no_multicast_do_not_settle() -> None:
    sessions = broken("W6")
    run(sessions, 90.0)
    assert "172.30.0.1" not in sessions[SPOKE].execute("show ip eigrp neighbors")
    assert "is down: retry limit exceeded" in logged(sessions, HUB)


def test_w8_cleartext_is_logged_about_once_a_minute() -> None:
    sessions = broken("W8")
    run(sessions, 150.0)
    line = (
        "%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. (ip) "
        "vrf/dest_addr= /203.0.113.2, src_addr= 198.51.100.2, prot= 47"
    )
    assert logged(sessions, HUB).count(line) in (3, 4)


def test_w9_a_spoke_without_network_id_shows_nothing() -> None:
    sessions = broken("W9")
    assert "Interface: Tunnel0" not in sessions[SPOKE].execute("show dmvpn")
    assert not sessions[SPOKE].execute("show ip nhrp nhs detail").strip()


def test_f1_triple_des_is_rejected_by_the_parser() -> None:
    line = "crypto ipsec transform-set OLD esp-3des esp-sha-hmac"
    assert "% Invalid input detected at '^' marker." in typed(cloud()[SPOKE], line)
    assert "%" not in typed(cloud("15.9")[SPOKE], line)


def test_f2_the_list_counts_what_it_denied() -> None:
    printed = broken("F2")[HUB].execute("show access-lists EDGE-IN")
    assert re.search(
        r"^    20 deny esp host 198\.51\.100\.2 any log \(\d+ matches\)$", printed, re.M
    )


def test_f3_is_silent_on_15_9() -> None:
    sessions = broken("F3", "15.9")
    assert rows(sessions, SPOKE)[0][2] == "NHRP"
    assert "NHRP_ERROR" not in logged(sessions, HUB)


def test_f4_and_f5_rows_of_the_spoke() -> None:
    (row,) = rows(broken("F4"), SPOKE)
    assert row[:3] == (HUB_NBMA, "172.30.0.254", "NHRP")
    sessions = broken("F5")
    assert rows(sessions, SPOKE) == [(HUB_NBMA, "172.30.0.1", "NHRP", "never", "S")]
    assert not sessions[SPOKE].execute("show ip nhrp nhs detail").strip()


def test_f7_a_hub_tunnel_without_destination_is_up_and_down() -> None:
    sessions = broken("F7")
    printed = sessions[HUB].execute("show ip interface brief Tunnel0")
    assert printed.splitlines()[-1].split()[-2:] == ["up", "down"]


def test_n2_a_full_packet_with_df_passes_without_ip_mtu() -> None:
    sessions = broken("N2")
    printed = sessions[SPOKE].execute("ping 172.30.0.1 size 1400 df-bit")
    assert "!!!!!" in printed


def test_t1_redirect_is_dead_until_it_is_typed_again() -> None:
    sessions = cloud()
    run(sessions, 60.0)
    tunnel(sessions[HUB], "no ip nhrp network-id")
    tunnel(sessions[HUB], "ip nhrp network-id 100")
    run(sessions, 300.0)

    def cut_through() -> bool:
        for _ in range(2):
            sessions[SPOKE].execute("ping 10.9.3.1 source Loopback1")
            run(sessions, 3.0)
        return "172.30.0.3" in sessions[SPOKE].execute("show dmvpn")

    traffic = "show ip nhrp traffic | section Sent"
    assert not cut_through()
    assert "0 Traffic Indication" in sessions[HUB].execute(traffic)
    tunnel(sessions[HUB], "ip nhrp redirect")
    assert cut_through()
    assert "0 Traffic Indication" not in sessions[HUB].execute(traffic)


def test_everything_broken_on_the_first_day_heals_by_configuration_alone() -> None:
    sessions = cloud()
    worst = {"W4": HUB, "F3": "S2", "W7": "S3", "W8": "S4"}
    for name, where in worst.items():
        typed(sessions[where], *FAULTS[name].lines)
    run(sessions, 300.0)
    assert not rows(sessions, HUB)
    for name, where in worst.items():
        typed(sessions[where], *FAULTS[name].repair)
    run(sessions, 41.0 + 64.0)  # measured 41 s; a registration is repeated after 64 s at the most
    assert [row[2] for row in rows(sessions, HUB)] == ["UP"] * 3
