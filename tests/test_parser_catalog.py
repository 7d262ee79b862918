"""The conventions of the parsers, executed: catalogue, templates, goldens, documentation."""

import inspect
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import TESTS, evidence, samples

from parsers import PARSERS, CliError, UnknownCommand, parse, records
from parsers.catalog import find
from parsers.commands import Parser
from parsers.convert import Placed
from parsers.engine import Template
from parsers.records import Record

GOLDEN = TESTS / "golden" / "parsers"
TEMPLATES = sorted(
    (path.name, path.read_text(encoding="utf-8"))
    for path in (files("parsers") / "templates").iterdir()
)


def folder(parser: Parser) -> str:
    return parser.command.replace(" ", "_")


def states(template: str) -> dict[str, list[str]]:
    """Split the rules of a template by state."""
    found: dict[str, list[str]] = {}
    for block in template.split("\n\n")[1:]:
        name, *rules = [line for line in block.split("\n") if line and not line.startswith("#")]
        found[name] = rules
    return found


@pytest.mark.parametrize(("name", "text"), TEMPLATES, ids=[name for name, _ in TEMPLATES])
def test_every_state_ends_in_an_error(name: str, text: str) -> None:
    rules = states(text)
    assert "Start" in rules
    for state, lines in rules.items():
        if state != "EOF":  # an empty EOF only says that nothing is recorded at the end
            assert lines[-1].strip() == "^. -> Error", f"{name}, state {state}"


@pytest.mark.parametrize(("name", "text"), TEMPLATES, ids=[name for name, _ in TEMPLATES])
def test_no_rule_skips_any_line(name: str, text: str) -> None:
    for lines in states(text).values():
        for rule in lines[:-1]:
            pattern = rule.strip().removesuffix("$$")
            assert re.search(r"[A-Za-z$\]!=-]", re.sub(r"\\[sSdDwW]", "", pattern)) or (
                pattern.strip() in {r"^\s*", r"^\s*\d+\s*"}
            ), f"{name}: {rule}"
            assert pattern not in {"^.*", "^.+", r"^\s*.*", r"^\s+.*"}, f"{name}: {rule}"


@pytest.mark.parametrize(("name", "text"), TEMPLATES, ids=[name for name, _ in TEMPLATES])
def test_values_are_upper_case_and_used(name: str, text: str) -> None:
    for value in re.findall(r"^Value (?:[A-Za-z,]+ )?(\S+) \(", text, re.MULTILINE):
        assert value == value.upper(), f"{name}: {value}"
        assert f"${{{value}}}" in text, f"{name}: {value} is not used"


def test_cells_by_place_are_those_of_the_template() -> None:
    placed = [parser for parser in PARSERS if isinstance(parser.convert, Placed)]
    assert placed
    for parser in placed:
        text = dict(TEMPLATES)[f"cisco_ios_{parser.template}.textfsm"]
        columns = Template(parser.template, text).columns
        assert isinstance(parser.convert, Placed)
        assert parser.convert.columns == columns, parser.command


# Folders of captures whose name is not the command.
TYPED = {
    "show_interface_tunnel": "show interfaces Tunnel0",
    "show_ip_route_prefix": "show ip route 10.0.0.1",
    "show_dmvpn_count_status": "show dmvpn | count Status: UP",
    "show_monitor_event-trace_dmvpn": "show monitor event-trace dmvpn all",
}


@evidence
def test_no_folder_of_captures_is_left_out(
    shared: Path, record_property: Callable[[str, object], None]
) -> None:
    captures = [
        (TYPED.get(place.name, place.name.replace("_", " ")), path.read_text(encoding="utf-8"))
        for place in sorted((shared / "corpus").iterdir())
        if place.is_dir()
        for path in samples(place.name)
    ]
    assert len(captures) >= 262
    record_property("samples", len(captures))
    for command, text in captures:
        try:
            parse(command, text)
        except CliError:
            assert text.lstrip(" ^\n").startswith("%"), command


def test_every_template_is_in_the_catalogue() -> None:
    listed = {f"cisco_ios_{parser.template}.textfsm" for parser in PARSERS}
    assert listed == {name for name, _ in TEMPLATES}


@pytest.mark.parametrize("parser", PARSERS, ids=folder)
def test_every_parser_has_goldens(parser: Parser) -> None:
    cases = sorted((GOLDEN / folder(parser)).glob("*.txt"))
    assert len(cases) >= 2
    kinds = set()
    for case in cases:
        golden = json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))
        assert golden["modelled_on"], case
        assert find(golden["command"]) is parser, case
        kinds |= {record["kind"] for record in golden["records"]}
    assert kinds == {record.__name__ for record in parser.records}


def test_no_golden_is_without_a_parser() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {folder(parser) for parser in PARSERS}


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("sh dmvpn", "show dmvpn"),
        ("sh dmv int tu100", "show dmvpn"),
        ("SHOW DMVPN", "show dmvpn"),
        ("show dmvpn | begin Interface", "show dmvpn"),
        ("sh ip nh", "show ip nhrp"),
        ("show ip nhrp detail", "show ip nhrp"),
        ("show ip nhrp vrf BLUE 10.0.0.1", "show ip nhrp"),
        ("show ip nhrp vrf BLUE nhs detail", "show ip nhrp nhs"),
        ("show ip nhrp dynamic Tunnel0 brief", "show ip nhrp brief"),
        ("show ipv6 nhrp", "show ip nhrp"),
        ("sh ip nhrp nhs det", "show ip nhrp nhs"),
        ("show ip nhrp nhs tunnel 100 detail", "show ip nhrp nhs"),
        ("sh ip ro", "show ip route"),
        ("show ip route vrf inside-vrf", "show ip route"),
        ("show ip route eigrp 100", "show ip route"),
        ("show ip route vrf BLUE nhrp", "show ip route"),
        ("show ip route next-hop-override", "show ip route"),
        ("show ip route 10.0.0.0 255.0.0.0 longer-prefixes", "show ip route"),
        ("show ip route 10.2.0.0 255.255.0.0", "show ip route prefix"),
        ("show ip route vrf BLUE 10.2.0.1", "show ip route prefix"),
        ("show ip cef 10.1.2.0/24", "show ip cef"),
        ("show ip cef vrf INET 10.1.2.1", "show ip cef"),
        ("sh cry ses det", "show crypto session"),
        ("sh ver", "show version"),
        ("show archive conf roll tim", "show archive config rollback timer"),
        ("sh ip int b", "show ip interface brief"),
        ("show ip interface brief Tunnel 0", "show ip interface brief"),
        ("sh ip eig nei", "show ip eigrp neighbors"),
        ("show ip eigrp vrf BLUE neighbors", "show ip eigrp neighbors"),
        ("ping vrf INET 192.0.2.1 repeat 3", "ping"),
        ("trace 10.0.0.1 probe 1", "traceroute"),
    ],
)
def test_commands_may_be_shortened_as_on_a_router(typed: str, command: str) -> None:
    assert find(typed).command == command


@pytest.mark.parametrize(
    "typed", ["show runnning", "", "dmvpn", "show", "show dmvpn foo", "show ip route summary"]
)
def test_unknown_commands_are_named(typed: str) -> None:
    with pytest.raises(UnknownCommand, match=re.escape(repr(typed))):
        find(typed)


def test_ambiguous_commands_say_what_they_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(PARSERS[0], command="show dmz", syntax="show dmz")
    monkeypatch.setattr("parsers.catalog.PARSERS", (*PARSERS, other))
    with pytest.raises(UnknownCommand, match="could be show dmvpn, show dmz"):
        find.__wrapped__("sh dm")


# --- the page of the documentation ----------------------------------------------------------------

PAGE = TESTS.parent / "docs" / "parsers.md"
INTRODUCTION = """# Parsers: commands and fields

`parsers.parse(command, text)` gives a tuple of typed records; a command may be shortened as on a
router, what stands behind a pipe is no part of it. Banners, the echo of the command, prompts,
erased `--More--` and CRLF are tolerated everywhere. Nothing to show gives no records.
A `%` answer is a `CliError`, anything else that the command never prints an `UnexpectedLine` or a
`BadValue`; each names the line. Units stand in the names (`_s` seconds, `_ms` milliseconds, `_kib`
KiB); None means "not printed" or `never`. What a heading says is repeated on each of its rows.

`parsers.read(command, text)` gives a `Reading`: the `command` as asked, the whole name of the
`parser` that was found, the `records`, and beside them `raw`, the text as it was given.
`parsers.parse_as(kind, command, text)` keeps the records of one kind.

`dmvpn parse "show dmvpn" [FILE]` does the same with a saved output: a table, or with
`--format json` one object with `command`, `parser` and `records`, the keys of a record being the
fields below.
`--templates DIR` puts TextFSM templates of your own (`show_my_thing.textfsm`) before the parsers;
their rows are those of TextFSM. What was measured against others: parsers-scoreboard.md.

This page is made from the code: `pytest tests/test_parser_catalog.py --update-golden`.
"""


def record_table(record: type[Record]) -> str:
    """Write the fields of a record as they stand in its class: name, type, comment."""
    sources = [inspect.getsource(kind) for kind in reversed(record.__mro__[:-2])]
    rows = re.findall(
        r"^    (\w+): ([^=#\n]+?)(?: = [^#\n]+)?(?:  # ([^\n]+))?$",
        "\n".join(sources),
        re.MULTILINE,
    )
    fields = [
        f"| `{name}` | {kind.strip().replace('|', 'or')} | {note.replace('|', 'or')} |"
        for name, kind, note in rows
    ]
    head = [f"### {record.__name__}", "", inspect.getdoc(record) or "", ""]
    return "\n".join([*head, "| field | type | note |", "|---|---|---|", *fields, ""])


def names(parser: Parser) -> str:
    return ", ".join(record.__name__ for record in parser.records)


def documentation() -> str:
    commands = [
        "| `{}` | {} |".format(parser.syntax.replace("|", r"\|"), names(parser))
        for parser in PARSERS
    ]
    listed = dict.fromkeys(record for parser in PARSERS for record in parser.records)
    parts = [
        record
        for record in vars(records).values()
        if inspect.isclass(record) and issubclass(record, Record) and record is not Record
    ]
    tables = [record_table(record) for record in [*listed, *(p for p in parts if p not in listed)]]
    return "\n".join(
        [
            INTRODUCTION,
            "## Commands",
            "",
            "| command | records |",
            "|---|---|",
            *commands,
            "",
            "## Records",
            "",
            *tables,
        ]
    )


def test_the_page_says_what_the_code_does(*, update_golden: bool) -> None:
    if update_golden:
        PAGE.write_text(documentation(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == documentation()


@pytest.mark.parametrize(
    "record", dict.fromkeys(record for parser in PARSERS for record in parser.records)
)
def test_the_page_lists_every_field(record: type[Record]) -> None:
    table = record_table(record)
    for field in record.__dataclass_fields__:  # type: ignore[attr-defined]
        assert f"| `{field}` |" in table
