"""Access lists on interfaces: which line takes a packet, and what the sender hears."""

import pytest

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

EDGE = """\
version 15.7
interface Ethernet0/0
 ip address 192.0.2.1 255.255.255.0
 {group}
interface Ethernet0/1
 ip address 198.51.100.1 255.255.255.0
{rules}
"""
HOST = """\
interface GigabitEthernet0/0
 ip address {} 255.255.255.0
ip route 0.0.0.0 0.0.0.0 {}
"""


def network(rules: str, group: str = "ip access-group EDGE in") -> dict[str, Session]:
    made = Network(seed=3)
    texts = {
        "edge": EDGE.format(rules=rules, group=group),
        "out": HOST.format("192.0.2.9", "192.0.2.1"),
        "inn": HOST.format("198.51.100.9", "198.51.100.1"),
    }
    consoles = {name: Console.boot(made, name, text) for name, text in texts.items()}
    made.connect(("edge", "Ethernet0/0"), ("out", "GigabitEthernet0/0"))
    made.connect(("edge", "Ethernet0/1"), ("inn", "GigabitEthernet0/0"))
    return {name: console.open("x", 15, length=0) for name, console in consoles.items()}


def ping(rules: str, group: str = "ip access-group EDGE in", name: str = "out") -> str:
    target = {"out": "198.51.100.9", "inn": "192.0.2.9"}[name]
    printed = network(rules, group)[name].execute(f"ping {target}").splitlines()
    return next(line for line in printed if set(line) <= set("!.U") and line)


EXTENDED = "ip access-list extended EDGE\n "


@pytest.mark.parametrize(
    ("rules", "passed"),
    [
        ("", True),
        (EXTENDED + "permit ip any any", True),
        (EXTENDED + "permit tcp any any", False),
        (EXTENDED + "permit icmp any any echo", True),
        (EXTENDED + "permit icmp any any echo-reply", False),
        (EXTENDED + "permit icmp host 192.0.2.9 198.51.100.0 0.0.0.255", True),
        (EXTENDED + "permit icmp host 192.0.2.8 any", False),
        (EXTENDED + "deny icmp any any\n permit ip any any", False),
        (EXTENDED + "deny udp any any eq isakmp\n permit ip any any", True),
        (EXTENDED + "permit 1 any any", True),
        ("ip access-list standard EDGE\n permit 192.0.2.0 0.0.0.255", True),
        ("ip access-list standard EDGE\n deny 192.0.2.9\n permit any", False),
    ],
)
def test_a_list_lets_in_what_its_first_fitting_line_permits(rules: str, passed: bool) -> None:  # noqa: FBT001
    # One unreachable in half a second, as an IOL router sends them.
    assert ping(rules) == ("!!!!!" if passed else "U.U.U")


def test_a_list_on_the_way_out_looks_at_others_only() -> None:
    rules = EXTENDED + "deny icmp any any"
    out = "ip access-group EDGE out"
    assert "!" not in ping(rules, out, "inn")
    sessions = network(rules, out)
    assert "!!!!!" in sessions["edge"].execute("ping 192.0.2.9")


def test_a_numbered_list_counts_and_logs() -> None:
    rules = "access-list 101 deny icmp any any log\naccess-list 101 permit ip any any"
    sessions = network(rules, "ip access-group 101 in")
    sessions["out"].execute("ping 198.51.100.9")
    printed = sessions["edge"].execute("show ip access-lists 101")
    assert printed.splitlines() == [
        "Extended IP access list 101",
        "    10 deny icmp any any log (5 matches)",
        "    20 permit ip any any",
    ]
    logged = sessions["edge"].execute("show logging | include SEC-6")
    assert "list 101 denied 1 192.0.2.9 -> 198.51.100.9, 1 packet\n" in logged
    assert "access-group 101 in" in sessions["edge"].execute("show running-config interface e0/0")


def test_both_ways_stand_side_by_side_and_go_one_by_one() -> None:
    session = network(EXTENDED + "permit ip any any")["edge"]
    for line in ("configure terminal", "interface Ethernet0/0", "ip access-group EDGE out"):
        session.execute(line)
    shown = "show running-config interface Ethernet0/0 | include access-group"
    assert session.execute(f"do {shown}").splitlines() == [
        " ip access-group EDGE in",
        " ip access-group EDGE out",
    ]
    session.execute("no ip access-group EDGE in")
    assert session.execute(f"do {shown}").splitlines() == [" ip access-group EDGE out"]
