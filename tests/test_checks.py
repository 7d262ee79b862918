"""Every check passes on a healthy cloud and fails on the fault it is for."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

import pytest
from overlay_records import (
    BGP,
    FABRIC,
    HUB,
    HUB_NBMA,
    NBMA1,
    NBMA2,
    SPOKE1,
    SPOKE2,
    bgp,
    cef,
    dmvpn,
    eigrp,
    expectation,
    interface,
    nhrp,
    records,
    route,
    server,
    session,
    views,
)

from automation.checks import CHECKS, PATH_CHECKS
from automation.checks.base import Check, Finding, Records, Severity, Status, commands, judge
from automation.checks.expect import Expectation, expectations, paths
from automation.checks.path import AFTER, BEFORE, PEERS, PING, ROUTES, TRACEROUTE, Pinged, Traced
from parsers.records import Attribute, Record

STRANGER = IPv4Address("192.0.2.99")
BY_ID = {check.id: check for check in (*CHECKS, *PATH_CHECKS)}


@dataclass(frozen=True)
class Fault:
    """What one device shows instead, and what the check must say of it."""

    check: str
    device: str
    command: str
    rows: tuple[Record, ...]
    says: str
    fabric: str = FABRIC


FAULTS = {
    "tunnel is down": Fault(
        "T-TUN-001",
        "hub1",
        "show ip interface brief",
        (interface(protocol="down"),),
        "up/down, expected up/up",
    ),
    "tunnel is missing": Fault(
        "T-TUN-001", "spoke1", "show ip interface brief", (), "not configured"
    ),
    "spoke is not registered": Fault(
        "T-NHRP-001", "hub1", "show ip nhrp", (nhrp(SPOKE1, NBMA1),), "no registration"
    ),
    "entry that no registration made": Fault(
        "T-NHRP-001",
        "hub1",
        "show ip nhrp",
        (nhrp(SPOKE1, NBMA1, "router"), nhrp(SPOKE2, NBMA2)),
        "no registration",
    ),
    "registered from another address": Fault(
        "T-NHRP-001",
        "hub1",
        "show ip nhrp",
        (nhrp(SPOKE1, NBMA1), nhrp(SPOKE2, STRANGER)),
        "registered from 192.0.2.99, the fabric says 198.51.100.5",
    ),
    "server does not respond": Fault(
        "T-NHRP-002",
        "spoke1",
        "show ip nhrp nhs detail",
        (server("E", replies=0),),
        "not responding: state E, 0 replies of 12 requests",
    ),
    "server is not configured": Fault(
        "T-NHRP-002", "spoke1", "show ip nhrp nhs detail", (), "not configured"
    ),
    "peer stays in IKE": Fault(
        "T-NHRP-003",
        "spoke1",
        "show dmvpn",
        (dmvpn(HUB, HUB_NBMA, Attribute.STATIC, state="IKE"),),
        "state IKE: IKE (phase 1) does not come up",
    ),
    "peer without socket": Fault(
        "T-NHRP-003",
        "spoke1",
        "show dmvpn",
        (dmvpn(HUB, HUB_NBMA, Attribute.DYNAMIC, Attribute.NO_SOCKET),),
        "UP, but attributes DX",
    ),
    "peer is missing": Fault(
        "T-NHRP-003", "hub1", "show dmvpn", (dmvpn(SPOKE1, NBMA1),), "no such peer"
    ),
    "session is down": Fault(
        "T-IPSEC-001",
        "spoke1",
        "show crypto session",
        (session(HUB_NBMA, "DOWN-NEGOTIATING"),),
        "DOWN-NEGOTIATING, expected UP-ACTIVE",
    ),
    "session with an address that only show dmvpn knows": Fault(
        "T-IPSEC-001", "hub1", "show crypto session", (session(NBMA2),), "no session"
    ),
    "neighbour is missing": Fault(
        "T-EIGRP-001", "hub1", "show ip eigrp neighbors", (eigrp(SPOKE1),), "no EIGRP 100"
    ),
    "neighbour on another tunnel": Fault(
        "T-EIGRP-001", "spoke1", "show ip eigrp neighbors", (eigrp(HUB, "Tu10"),), "no EIGRP 100"
    ),
    "neighbour in another AS": Fault(
        "T-EIGRP-001", "spoke1", "show ip eigrp neighbors", (eigrp(HUB, asn=1),), "no EIGRP 100"
    ),
    "BGP is not established": Fault(
        "T-BGP-001",
        "spoke1",
        "show ip bgp summary",
        (bgp(HUB, "Active"),),
        "BGP is Active, expected Established",
        BGP,
    ),
    "BGP neighbour is missing": Fault(
        "T-BGP-001", "hub1", "show ip bgp summary", (bgp(SPOKE1),), "not dialled", BGP
    ),
    "route is missing": Fault(
        "T-ROUTE-001", "hub1", "show ip route", (route("10.1.1.0/24", SPOKE1),), "no route"
    ),
    "route leads elsewhere": Fault(
        "T-ROUTE-001",
        "spoke1",
        "show ip route",
        (route("0.0.0.0/0", STRANGER, "S*"), route("10.0.0.0/8", STRANGER)),
        "10.0.0.0/8 via 192.0.2.99, expected via 10.255.0.1",
    ),
    "only the default route covers it": Fault(
        "T-ROUTE-001",
        "spoke1",
        "show ip route",
        (route("0.0.0.0/0", STRANGER, "S*"),),
        "0.0.0.0/0 via 192.0.2.99",
    ),
    "a shortcut is no routing": Fault(
        "T-ROUTE-001",
        "spoke1",
        "show ip route",
        (route("10.0.0.0/8", HUB, "H"),),
        "no route",
    ),
    "not by the hub before traffic": Fault(
        "T-CEF-003", "spoke1>spoke2", BEFORE, (cef(STRANGER),), "expected 10.255.0.1 (hub1)"
    ),
    "nothing answers": Fault(
        "T-PING-001",
        "spoke1>spoke2",
        PING,
        (Pinged(sent=5, received=0, marks="....."),),
        "0 of 5",
    ),
    "later packets are lost": Fault(
        "T-PING-001",
        "spoke1>spoke2",
        PING,
        (Pinged(sent=5, received=4, marks="!!!!."),),
        "4 of 5",
    ),
    "no shortcut peer": Fault(
        "T-NHRP-005", "spoke1>spoke2", PEERS, (dmvpn(HUB, HUB_NBMA),), "no such peer"
    ),
    "peer without T1 or T2": Fault(
        "T-NHRP-005", "spoke1>spoke2", PEERS, (dmvpn(SPOKE2, NBMA2),), "UP D, expected"
    ),
    "no H route": Fault(
        "T-ROUTE-003", "spoke1>spoke2", ROUTES, (route("10.0.0.0/8", HUB),), "neither an H route"
    ),
    "shortcut is not used": Fault(
        "T-CEF-004",
        "spoke1>spoke2",
        AFTER,
        (cef(HUB),),
        "next hop 10.255.0.1 (hub), expected 10.255.0.3",
    ),
    "two hops": Fault(
        "T-PATH-001",
        "spoke1>spoke2",
        TRACEROUTE,
        (Traced(hops=("10.255.0.1", "10.255.0.3"), reached=True),),
        "2 hops: 10.255.0.1 10.255.0.3; expected 1",
    ),
    "destination is not reached": Fault(
        "T-PATH-001",
        "spoke1>spoke2",
        TRACEROUTE,
        (Traced(hops=("*",), reached=False),),
        "not reached",
    ),
}


def run(check: Check, device: str, seen: Records, fabric: str = FABRIC) -> tuple[Finding, ...]:
    return judge((check,), expectation(device, fabric), seen)


HEALTHY = [
    (check.id, device, fabric)
    for check in (*CHECKS, *PATH_CHECKS)
    for device in ("hub1", "spoke1", "spoke1>spoke2")
    for fabric in (FABRIC, BGP)
    if (">" in device) == (check in PATH_CHECKS)
    if check in PATH_CHECKS or check.applies(expectation(device, fabric))
]


@pytest.mark.parametrize(("check", "device", "fabric"), HEALTHY)
def test_a_healthy_device_passes(check: str, device: str, fabric: str) -> None:
    found = run(BY_ID[check], device, records(device), fabric)
    assert {finding.status for finding in found} == {Status.PASS}, found


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_fails_with_words_and_remedy(fault: Fault) -> None:
    seen = records(fault.device)
    broken = replace(seen, parsed={**seen.parsed, fault.command: fault.rows})
    found = run(BY_ID[fault.check], fault.device, broken, fault.fabric)
    failures = [finding for finding in found if finding.status is Status.FAIL]
    assert failures
    assert any(fault.says in finding.message for finding in failures), failures
    assert all(finding.remedy and finding.subject for finding in failures)


@pytest.mark.parametrize(("check", "device", "fabric"), HEALTHY)
def test_what_was_not_read_is_an_error_and_never_a_pass(
    check: str, device: str, fabric: str
) -> None:
    for command in BY_ID[check].commands:
        seen = records(device)
        blind = Records(
            parsed={k: v for k, v in seen.parsed.items() if k != command},
            unreadable={command: "unexpected line"},
        )
        (finding,) = run(BY_ID[check], device, blind, fabric)
        assert finding.status is Status.ERROR
        assert finding.message == f"could not look: {command}: unexpected line"


def test_a_check_that_breaks_is_an_error_and_the_others_still_judge() -> None:
    def broken(expectation: Expectation, records: Records) -> list[object]:
        """Break."""
        raise ZeroDivisionError

    bad = Check(
        id="T-BAD-001",
        title="breaks",
        commands=(),
        severity=Severity.MINOR,
        tags=frozenset(),
        judge=broken,  # type: ignore[arg-type]
    )
    found = judge((bad, BY_ID["T-TUN-001"]), expectation("hub1"), records("hub1"))
    assert [finding.status for finding in found] == [Status.ERROR, Status.PASS]


def test_a_nated_spoke_is_known_by_its_claimed_address() -> None:
    behind_nat = replace(nhrp(SPOKE2, STRANGER), claimed_nbma_address=NBMA2)
    seen = records("hub1", show_ip_nhrp=(nhrp(SPOKE1, NBMA1), behind_nat))
    found = run(BY_ID["T-NHRP-001"], "hub1", seen)
    assert {finding.status for finding in found} == {Status.PASS}


def test_a_dead_session_beside_its_successor_does_not_count() -> None:
    seen = records("spoke1", show_crypto_session=(session(HUB_NBMA), session(HUB_NBMA, "DOWN")))
    (finding,) = run(BY_ID["T-IPSEC-001"], "spoke1", seen)
    assert finding.status is Status.PASS


@pytest.mark.parametrize("action", ["attached", "nexthop"])
def test_a_recursive_path_counts_by_where_it_leads(action: str) -> None:
    # `recursive via A` with `attached to IF` below it, or with `nexthop B IF`
    end = replace(cef(HUB), action=action, next_hop=HUB if action == "nexthop" else None)
    way = replace(cef(HUB if action == "attached" else STRANGER), action="recursive")
    seen = records("spoke1>spoke2")
    seen = replace(seen, parsed={**seen.parsed, BEFORE: (way, end)})
    (finding,) = run(BY_ID["T-CEF-003"], "spoke1>spoke2", seen)
    assert finding.status is Status.PASS


def test_a_shortcut_from_before_skips_the_proof_of_before() -> None:
    seen = records("spoke1>spoke2")
    seen = replace(seen, parsed={**seen.parsed, BEFORE: (cef(SPOKE2),)})
    (finding,) = run(BY_ID["T-CEF-003"], "spoke1>spoke2", seen)
    assert finding.status is Status.SKIP


def test_an_override_counts_as_shortcut() -> None:
    seen = records("spoke1>spoke2")
    overridden = (route("10.1.2.0/24", HUB, overridden=True),)
    seen = replace(seen, parsed={**seen.parsed, ROUTES: overridden})
    (finding,) = run(BY_ID["T-ROUTE-003"], "spoke1>spoke2", seen)
    assert finding.status is Status.PASS
    assert "override" in finding.message


def test_members_limit_what_is_expected() -> None:
    alone = expectations(views(), {"hub1"})["hub1"]
    assert alone.tunnels[0].clients == ()
    assert alone.tunnels[0].routes == ()
    found = judge(CHECKS, alone, Records(parsed={**records("hub1").parsed, "show dmvpn": ()}))
    assert Status.FAIL not in {finding.status for finding in found}
    first = expectations(views(), {"hub1", "spoke1"})
    assert [peer.name for peer in first["hub1"].tunnels[0].clients] == ["spoke1"]
    assert [row.owner for row in first["spoke1"].tunnels[0].routes] == ["hub1", "hub1"]


def test_commands_are_read_once_and_only_where_they_apply() -> None:
    hub, spoke = (commands(CHECKS, expectation(name)) for name in ("hub1", "spoke1"))
    assert len(set(hub)) == len(hub)
    assert "show ip nhrp nhs detail" not in hub
    assert "show ip nhrp nhs detail" in spoke
    assert "show ip bgp summary" not in spoke
    assert "show ip bgp summary" in commands(CHECKS, expectation("spoke1", BGP))


@pytest.mark.parametrize("count", range(2, 8))
def test_every_spoke_takes_part_in_the_proof(count: int) -> None:
    more = "".join(
        f"  branch-{n}:\n    routers:\n      spoke{n}:\n        role: spoke\n"
        f"        clouds: {{blue: {{address: 10.255.0.{n + 1}, wan: GigabitEthernet2}}}}\n"
        f"        lans: {{GigabitEthernet3: 10.1.{n}.0/24}}\n"
        for n in range(3, count + 1)
    )
    tried = paths(views(FABRIC + more))
    assert {name for path in tried for name in (path.source, path.target)} == {
        f"spoke{n}" for n in range(1, count + 1)
    }
    assert len(tried) == (count + 1) // 2
    assert all(path.source != path.target for path in tried)


def test_pairs_with_a_standing_shortcut_are_avoided() -> None:
    more = "".join(
        f"  branch-{n}:\n    routers:\n      spoke{n}:\n        role: spoke\n"
        f"        clouds: {{blue: {{address: 10.255.0.{n + 1}, wan: GigabitEthernet2}}}}\n"
        f"        lans: {{GigabitEthernet3: 10.1.{n}.0/24}}\n"
        for n in (3, 4)
    )
    avoid = {frozenset(("spoke1", "spoke2")), frozenset(("spoke3", "spoke4"))}
    tried = paths(views(FABRIC + more), avoid=avoid)
    assert [(path.source, path.target) for path in tried] == [
        ("spoke1", "spoke3"),
        ("spoke2", "spoke4"),
    ]
    only = paths(views(), avoid={frozenset(("spoke1", "spoke2"))})
    assert [(path.source, path.target) for path in only] == [("spoke1", "spoke2")]


def test_no_pair_no_proof() -> None:
    assert paths(views(), {"hub1", "spoke1"}) == ()
    assert paths(views(), {"spoke1", "spoke2"}) == ()
