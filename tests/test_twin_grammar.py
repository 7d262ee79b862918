"""The notation of commands and the matching of lines."""

import re
from ipaddress import IPv4Address, IPv4Network
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.twin.commands import TABLES
from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import read_config
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Grammar, Reason, Refused, interface_name
from labs.twin.image import IMAGES
from labs.twin.tree import config_lines

GRAMMAR = Grammar(
    (pattern, pattern.split()[0])
    for pattern in (
        "show ip route [vrf <vrf:word>] [<address:ip> [<mask:mask>]]",
        "show ip route <network:prefix>",
        "show interfaces [<name:interface>]",
        "show version",
        "tunnel mode / (gre ip|gre multipoint)",
        "description / <text:line>",
        "level <number:0-15>",
        "stub <kinds:some(connected,summary,static)>",
        "group <groups:list(1-24)>",
        "encryption <algorithms:several(aes-cbc-128,aes-cbc-256)>",
        "flag [<on:one(only)>]",
        "network <address:ip> <wildcard:wildcard>",
        "secret <string:word8>",
        "names <names:words>",
        "ip address / <address:ip> <mask:mask>",
    )
)


@pytest.mark.parametrize(
    ("line", "text", "args"),
    [
        ("sho ver", "show version", {}),
        (
            "sh ip ro vrf A 10.0.0.1 255.0.0.0",
            "show ip route vrf A 10.0.0.1 255.0.0.0",
            {"vrf": "A", "address": IPv4Address("10.0.0.1"), "mask": IPv4Address("255.0.0.0")},
        ),
        (
            "sh ip route 10.0.0.0/8",
            "show ip route 10.0.0.0/8",
            {"network": IPv4Network("10.0.0.0/8")},
        ),
        ("sh int Gi 2", "show interfaces GigabitEthernet2", {"name": "GigabitEthernet2"}),
        ("sh int e0/1.5", "show interfaces Ethernet0/1.5", {"name": "Ethernet0/1.5"}),
        ("tun mo gre m", "tunnel mode gre multipoint", {}),
        ("desc  two  blanks ", "description two  blanks", {"text": "two  blanks"}),
        ("level 15", "level 15", {"number": 15}),
        ("stub sum con", "stub connected summary", {"kinds": frozenset({"connected", "summary"})}),
        ("group 19 14", "group 19 14", {"groups": (19, 14)}),
        (
            "enc aes-cbc-2 aes-cbc-1",
            "encryption aes-cbc-256 aes-cbc-128",
            {"algorithms": ("aes-cbc-256", "aes-cbc-128")},
        ),
        ("flag on", "flag only", {"on": "only"}),
        ("flag", "flag", {}),
        ("names a b", "names a b", {"names": ("a", "b")}),
        ("SHOW Version", "show version", {}),
    ],
)
def test_line_is_understood(line: str, text: str, args: dict[str, object]) -> None:
    match = GRAMMAR.match(line)
    assert match.text == text
    assert dict(match.args) == args


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("s", Reason.AMBIGUOUS, 0),
        ("show", Reason.INCOMPLETE, 4),
        ("show foo", Reason.INVALID, 5),
        ("show version now", Reason.INVALID, 13),
        ("  nonsense", Reason.INVALID, 2),
        ("level 16", Reason.INVALID, 6),
        ("secret 123456789", Reason.INVALID, 7),
        ("sh ip route 10.0.0.1 255.0.255.0", Reason.INVALID, 21),
        ("sh ip route 10.0.0.256", Reason.INVALID, 12),
        ("tunnel mode gre", Reason.INCOMPLETE, 15),
        ("group 25", Reason.INVALID, 6),
        ("stub nothing", Reason.INVALID, 5),
    ],
)
def test_line_is_refused(line: str, reason: Reason, column: int) -> None:
    with pytest.raises(Refused) as caught:
        GRAMMAR.match(line)
    assert (caught.value.reason, caught.value.column) == (reason, column)


def test_answers_are_those_of_ios() -> None:
    invalid = Refused(Reason.INVALID, "show foo", 5)
    assert invalid.answer(3) == "        ^\n% Invalid input detected at '^' marker.\n\n"
    assert Refused(Reason.AMBIGUOUS, "sh", 0).answer() == '% Ambiguous command:  "sh"\n'
    assert Refused(Reason.INCOMPLETE, "show", 4).answer() == "% Incomplete command.\n\n"


def test_no_needs_the_identity_only() -> None:
    match = GRAMMAR.match("no ip address", skip=1, partial=True)
    assert match.identity == ("ip", "address")
    whole = GRAMMAR.match("no ip address 10.0.0.1 255.0.0.0", skip=1, partial=True)
    assert whole.identity == match.identity


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("gi2", "GigabitEthernet2"),
        ("Tu100", "Tunnel100"),
        ("lo0", "Loopback0"),
        ("Ethernet0/0", "Ethernet0/0"),
        ("fa0/0", "FastEthernet0/0"),
        ("te1/0/1", "TenGigabitEthernet1/0/1"),
        ("t1", None),
        ("gigabit", None),
        ("x1", None),
    ],
)
def test_interface_names(typed: str, full: str | None) -> None:
    assert interface_name(typed) == full


def test_two_rows_for_the_same_words_are_an_error() -> None:
    with pytest.raises(ValueError, match="two rows"):
        Grammar([("show version", 1), ("show version", 2)])


def test_a_pattern_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(ValueError, match="missing"):
        Grammar([("show [version", 1)])


@given(st.text(max_size=60))
def test_any_text_is_matched_or_refused(text: str) -> None:
    line = text or "x"
    columns = [_column(mode, line) for mode in ("global", "interface", "bgp")]
    assert all(0 <= column <= len(line) for column in columns)


def _column(mode: str, line: str) -> int:
    try:
        TABLES.read(mode, line)
    except Refused as refused:
        return refused.column
    return 0


SAMPLES = {
    "ip": ("10.0.0.1", "192.0.2.1", "255.255.255.255", "224.0.0.10"),
    "mask": ("255.255.255.0", "255.0.0.0", "255.255.255.255"),
    "wildcard": ("0.0.0.255", "255.0.255.0", "255.255.255.255", "0.0.1.3"),
    "prefix": ("10.0.0.0/8",),
    "interface": ("Tunnel1", "GigabitEthernet1", "Loopback0", "Gi2", "gi1.5"),
    "words": ("a b",),
    "line": ("x y", "0 pw", "9 $9$a$b", "flash:x", "bootflash:y-$t"),
}
PIECE = re.compile(r"<[\w-]+:[^>]+>|[\[\]()|]|[^\s\[\]()|<>]+")


class Typist:
    """Types lines that the notation of a pattern allows."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - chance that can be repeated

    def line(self, pattern: str) -> str:
        words, _ = self.sequence(PIECE.findall(pattern), 0, "")
        return " ".join(words)

    def sequence(self, pieces: list[str], at: int, closing: str) -> tuple[list[str], int]:
        ways: list[list[str]] = [[]]
        while at < len(pieces) and pieces[at] != closing:
            piece = pieces[at]
            at += 1
            if piece == "|":
                ways.append([])
            elif piece in "[(":
                inside, at = self.sequence(pieces, at, "]" if piece == "[" else ")")
                at += 1
                ways[-1] += inside if piece == "(" or self.random.random() < 0.5 else []
            elif piece.startswith("<"):
                ways[-1].append(self.value(piece[1:-1].split(":", 1)[1]))
            elif piece != "/":
                ways[-1].append(piece)
        return self.random.choice(ways), at

    def value(self, spec: str) -> str:
        if span := re.match(r"(?:list\()?(\d+)-(\d+)\)?$", spec):
            return str(self.random.randint(int(span[1]), int(span[2])))
        if many := re.match(r"\w+\((.+)\)$", spec):
            return self.random.choice(many[1].split(","))
        return self.random.choice(SAMPLES.get(spec, ("a", "10.0.0.1", "P")))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_typed_is_read_again(seed: int) -> None:
    typist = Typist(seed)
    start = "interface GigabitEthernet1\ninterface GigabitEthernet2\nvrf definition a\n"
    made = Editor(read_config(start, IMAGES["17.3"]).root, IMAGES["17.3"])
    accepted = 0
    for _ in range(1000):
        row = typist.random.choice(made.mode.rows or TABLES.modes["global"].rows)
        verb = typist.random.choice(("", "", "", "", "no ", "default "))
        # What the two lines that IOS adds by itself become depends on the order of typing.
        if row.name in ("ip redirects", "tunnel mode gre"):
            continue
        try:
            made.feed(verb + typist.line(row.pattern))
            accepted += 1
        except (Refused, Rejected):
            made.end()
    again = read_config("\n".join(config_lines(made.root)), IMAGES["17.3"])
    assert accepted > 300
    assert again.unknown == []
    assert config_lines(again.root) == config_lines(made.root)


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("clear counters Tunnel", Reason.INCOMPLETE, 21),
        ("clear counters t7", Reason.AMBIGUOUS, 15),
        ("clear counters tu 7 8", Reason.INVALID, 20),
        ("clear counters nonsense", Reason.INVALID, 15),
        ("tel", Reason.INVALID, 0),
        ("te", Reason.AMBIGUOUS, 0),
        ("terminal -5", Reason.INVALID, 9),
    ],
)
def test_half_interfaces_and_words_that_are_refused(line: str, reason: Reason, column: int) -> None:
    made: Grammar[str] = Grammar(
        [("clear counters <name:interface>", "clear"), ("terminal <zone:-3-3>", "terminal")]
    )
    made.reserve(["telnet"])
    assert made.match("ter -3").args == {"zone": -3}
    with pytest.raises(Refused) as refused:
        made.match(line)
    assert (refused.value.reason, refused.value.column) == (reason, column)


def test_columns_of_values_are_told() -> None:
    made: Grammar[str] = Grammar([("show <name:interface> [<all:one(all)>]", "show")])
    assert made.match("sh  gi 7 all").columns == {"name": 7, "all": 9}
