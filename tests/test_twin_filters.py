"""Access lists, prefix lists, route maps and key chains: what is kept of them, what they say."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from labs.twin.commands.edit import Editor
from labs.twin.filters import Filters, Subject, arithmetic
from labs.twin.grammar import Refused
from labs.twin.image import IMAGES
from labs.twin.intake import boot
from labs.twin.tree import config_lines


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


def filters(text: str) -> Filters:
    booted = boot(text, IMAGES["15.7"])
    assert booted.unknown == ()
    return booted.config.filters


def typed(text: str, *lines: str, version: str = "15.7") -> list[str]:
    """Type lines after a configuration; give what a running-config prints."""
    booted = boot(text, IMAGES[version])
    editor = Editor(booted.tree, IMAGES[version], salt="")
    for line in lines:
        editor.feed(line)
    return [line for line in config_lines(booted.tree) if line != "!"]


PREFIXES = """
ip prefix-list LANS seq 5 permit 10.0.0.0/8 ge 16 le 24
ip prefix-list LANS seq 10 permit 192.0.2.0/24
ip prefix-list LANS seq 7 deny 10.9.0.0/16 le 32
"""


@pytest.mark.parametrize(
    ("prefix", "permitted"),
    [
        ("10.1.0.0/16", True),
        ("10.1.2.0/24", True),
        ("10.1.2.0/25", False),
        ("10.0.0.0/8", False),
        ("10.9.1.0/24", True),  # line 5 stands before line 7
        ("192.0.2.0/24", True),
        ("192.0.2.128/25", False),
    ],
)
def test_prefix_lists_look_at_the_length_and_in_order(prefix: str, permitted: bool) -> None:  # noqa: FBT001
    assert filters(PREFIXES).by_prefix("LANS", net(prefix)) is permitted


def test_a_list_that_is_not_there_permits_and_a_map_denies() -> None:
    nothing = Filters()
    assert nothing.by_prefix("GONE", net("10.0.0.0/8"))
    assert nothing.by_access("9", net("10.0.0.0/8"), None)
    assert nothing.by_map("GONE", Subject(network=net("10.0.0.0/8"))) is None


def test_prefix_lists_number_their_lines_in_fives_and_sort_them() -> None:
    lines = typed(
        "ip prefix-list P permit 10.0.0.0/8",
        "ip prefix-list P deny 0.0.0.0/0 le 32",
        "ip prefix-list P seq 3 permit 192.0.2.0/24",
        "ip prefix-list P permit 10.0.0.0/8",
    )
    assert lines == [
        "ip prefix-list P seq 3 permit 192.0.2.0/24",
        "ip prefix-list P seq 5 permit 10.0.0.0/8",
        "ip prefix-list P seq 10 deny 0.0.0.0/0 le 32",
    ]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("no ip prefix-list LANS", 0),
        ("no ip prefix-list LANS seq 7", 2),
        ("no ip prefix-list LANS permit 192.0.2.0/24", 2),
    ],
)
def test_no_takes_a_line_or_the_whole_prefix_list(line: str, left: int) -> None:
    assert len(typed(PREFIXES, line)) == left


ACCESS = """
access-list 10 permit 10.1.0.0 0.0.255.255
access-list 10 deny any
ip access-list standard NAMED
 deny 10.1.2.0 0.0.0.255
 permit host 10.1.3.0
ip access-list extended ROUTERS
 permit ip host 192.0.2.1 10.0.0.0 0.255.255.255
"""


def test_access_lists_look_at_the_network_address() -> None:
    lists = filters(ACCESS)
    assert lists.by_access("10", net("10.1.2.0/24"), None)
    assert not lists.by_access("10", net("10.2.0.0/24"), None)
    assert not lists.by_access("NAMED", net("10.1.2.0/24"), None)
    assert lists.by_access("NAMED", net("10.1.3.0/24"), None)
    assert not lists.by_access("NAMED", net("10.1.4.0/24"), None)  # the end of a list denies


def test_an_extended_list_asks_for_router_and_prefix() -> None:
    lists = filters(ACCESS)
    assert lists.by_access("ROUTERS", net("10.1.2.0/24"), IPv4Address("192.0.2.1"))
    assert not lists.by_access("ROUTERS", net("10.1.2.0/24"), IPv4Address("192.0.2.2"))


def test_named_access_lists_are_edited_by_number() -> None:
    lines = typed(
        ACCESS, "no access-list 10", "ip access-list standard NAMED", "15 permit any", "no 10"
    )
    assert lines == [
        "ip access-list standard NAMED",
        " permit any",
        " permit 10.1.3.0",
        "ip access-list extended ROUTERS",
        " permit ip host 192.0.2.1 10.0.0.0 0.255.255.255",
    ]
    with pytest.raises(Refused):
        typed(ACCESS, "ip access-list standard NAMED", "30")


def test_no_line_is_numbered_past_the_last_number() -> None:
    head = "ip access-list standard LANS"
    lines = ("2147483640 permit 10.0.0.1", "permit 10.0.0.2")
    with pytest.raises(Refused):
        typed("", head, *lines)


def test_xe_17_prints_the_numbers_of_named_access_lists() -> None:
    lines = typed(ACCESS, "ip access-list standard NAMED", "permit any", version="17.3")
    assert " 30 permit any" in lines


MAPS = """
ip as-path access-list 1 permit ^65001_
ip community-list standard BLUE permit 65000:1
route-map POLICY deny 10
 match tag 5 6
route-map POLICY permit 20
 match ip address prefix-list LANS
 match as-path 1
 set local-preference 200
 set metric +10
route-map POLICY permit 30
 match community BLUE
"""


def test_route_maps_take_the_first_entry_whose_lines_all_fit() -> None:
    lists = filters(PREFIXES + MAPS)
    lan = net("10.1.0.0/16")

    def entry(**facts: object) -> int | None:
        found = lists.by_map("POLICY", Subject(network=lan, **facts))  # type: ignore[arg-type]
        return found.sequence if found is not None else None

    assert entry(tag=6, as_path=(65001,)) is None
    assert entry(as_path=(65001, 7)) == 20
    assert entry(as_path=(650011,)) is None
    assert entry(communities=("65000:1", "65000:2")) == 30
    assert entry() is None


def test_route_map_entries_are_known_by_their_number() -> None:
    lines = typed(MAPS, "route-map POLICY permit 10", "no route-map POLICY permit 30")
    assert [line for line in lines if line.startswith("route-map")] == [
        "route-map POLICY permit 10",
        "route-map POLICY permit 20",
    ]
    gone = typed(MAPS, "no route-map POLICY")
    assert not [line for line in gone if line.startswith("route-map")]


def test_metrics_are_set_added_and_subtracted() -> None:
    assert [arithmetic(50, word) for word in ("10", "+10", "-60")] == [10, 60, 0]


def test_key_chains_hold_their_keys_in_clear() -> None:
    text = "key chain K\n key 2\n  key-string 7 070C285F4D06\n key 1\n  key-string first\n"
    keys = filters(text).keys["K"]
    assert [(key.number, key.string) for key in keys] == [(1, "first"), (2, "cisco")]
