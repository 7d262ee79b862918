"""Parsers against captures, our goldens, and text that was damaged on purpose."""

import json
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from conftest import SHARED, TESTS, evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import (
    BadValue,
    CliError,
    ParseError,
    Reading,
    UnexpectedLine,
    UnknownCommand,
    parse,
    parse_as,
    read,
)
from parsers.records import (
    CryptoSession,
    Record,
    plain,
)

GOLDEN = TESTS / "golden" / "parsers"
CASES = sorted(GOLDEN.glob("*/*.txt"))

# --- goldens of our own ---------------------------------------------------------------------------


def read_golden(text: Path) -> tuple[str, str, list[dict[str, object]]]:
    expected = json.loads(text.with_suffix(".json").read_text(encoding="utf-8"))
    return expected["command"], text.read_bytes().decode(), expected["records"]


def as_rows(records: tuple[Record, ...]) -> list[object]:
    return [{"kind": type(record).__name__} | plain(record) for record in records]  # type: ignore[operator]


def golden_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CASES, ids=golden_id)
def test_golden(path: Path, *, update_golden: bool) -> None:
    command, text, expected = read_golden(path)
    rows = as_rows(parse(command, text))
    if update_golden:
        kept = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        kept["records"] = rows
        path.with_suffix(".json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    else:
        assert rows == expected


def test_a_reading_keeps_the_text_as_it_was_given() -> None:
    text = "hub1#sh dmv\r\n" + (GOLDEN / "show_dmvpn" / "spoke_shortcut_xe17.txt").read_text()
    reading = read("sh dmv", text)
    assert reading == Reading("sh dmv", "show dmvpn", parse("show dmvpn", text), text)
    assert reading.records
    with pytest.raises(FrozenInstanceError):
        reading.raw = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    ("command", "text", "error"),
    [("show foo", "", UnknownCommand), ("show dmvpn", "% Invalid input detected", CliError)],
)
def test_what_parse_refuses_is_no_reading(command: str, text: str, error: type[ParseError]) -> None:
    with pytest.raises(error):
        read(command, text)


def erase_by_backspace(line: str) -> str:
    return " --More-- " + "\b" * 9 + " " * 9 + "\b" * 10 + line


def erase_by_return(line: str) -> str:
    return " --More-- \r          \r" + line


def in_the_middle(text: str, change: Callable[[str], str]) -> str:
    lines = text.split("\n")
    lines[len(lines) // 2] = change(lines[len(lines) // 2])
    return "\n".join(lines)


SURROUNDINGS: dict[str, Callable[[str, str], str]] = {
    "crlf": lambda command, text: text.replace("\n", "\r\n"),
    "echo and prompt": lambda command, text: f"hub1#{command}\n{text}\nhub1#",
    "echo without prompt": lambda command, text: f"\n{command}\n{text}\n\n",
    "configuration prompt": lambda command, text: (
        f"hub1(config-if)#do {command}\n{text}\nhub1(config-if)# "
    ),
    "banners": lambda command, text: (
        "Load for five secs: 2%/0%; one minute: 3%; five minutes: 3%\r\n"
        "No time source, *12:44:19.808 UTC Sun Nov 22 2026\r\n" + text
    ),
    "more, backspaces": lambda command, text: in_the_middle(text, erase_by_backspace),
    "more, carriage return": lambda command, text: in_the_middle(text, erase_by_return),
    "trailing blanks gone": lambda command, text: re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE),
    "trailing blanks added": lambda command, text: text.replace("\n", "   \n"),
    "blank lines": lambda command, text: "\n\n" + text + "\n          \n",
}


@pytest.mark.parametrize("name", SURROUNDINGS)
@pytest.mark.parametrize("path", CASES, ids=golden_id)
def test_surroundings_change_nothing(path: Path, name: str) -> None:
    command, text, expected = read_golden(path)
    text = re.sub(r"^(hub|spoke)1#.*\n?", "", text, flags=re.MULTILINE)  # had an echo already
    assert as_rows(parse(command, SURROUNDINGS[name](command, text))) == expected


# --- captures of real routers ---------------------------------------------------------------------


# Outputs of the published cases that are no whole output of IOS, with what is wrong.
NOT_WHOLE = {
    ("p2-dualhub-dual-cloud-evgzol", 8): "the publisher cut it with `...`",
    ("p2-ikev1-keepalive-nickelface", 1): "the publisher's line of dashes stands behind it",
    ("p2-ikev1-keepalive-nickelface", 2): "the publisher's line of dashes stands behind it",
    ("p3-ospf-ikev2-ipv6overlay", 6): "the publisher's heading of the next output stands behind it",
    ("p3-ibgp-dualhub-ikev2-xe173", 11): "a remark of the publisher's script, no output",
}


@evidence
def test_outputs_of_the_cases_are_read(record_property: Callable[[str, object], None]) -> None:
    assert SHARED
    read, refused = 0, set()
    for case in sorted((SHARED / "cases").glob("*/case.json")):
        for output in json.loads(case.read_text(encoding="utf-8"))["outputs"]:
            path = case.parent / output["file"]
            text = path.read_text(encoding="utf-8")
            if "VPC" in path.name:
                continue  # a virtual PC, no router
            try:
                records = parse(output["command"], text)
            except UnknownCommand:
                continue
            except UnexpectedLine:
                refused.add((case.parent.name, int(path.name[:2])))
                continue
            assert records, path
            read += 1
    record_property("samples", read)
    assert refused == set(NOT_WHOLE)
    assert read > 80


# --- what is refused ------------------------------------------------------------------------------

DMVPN = (GOLDEN / "show_dmvpn" / "hub_xe17.txt").read_text(encoding="utf-8")
NHRP = (GOLDEN / "show_ip_nhrp" / "hub_15.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("% Invalid input detected at '^' marker.", 1),
        ("          ^\n% Invalid input detected at '^' marker.\n\nhub1#", 2),
        ("hub1#show dmvpnn\n                ^\n% Invalid input detected at '^' marker.\n", 3),
        ("%IPv4 CEF not running", 1),
        ("% BGP not active\n", 1),
        ("\r\nCommand authorization failed.\r\n", 2),
    ],
)
def test_answers_of_the_cli_are_errors(answer: str, line: int) -> None:
    with pytest.raises(CliError) as caught:
        parse("show dmvpn", answer)
    assert caught.value.line_number == line
    assert caught.value.line in answer


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("show dmvpn", DMVPN + "something else\n", 18),
        ("show dmvpn", NHRP, 1),
        ("show ip nhrp", DMVPN, 1),
        ("show ip nhrp", NHRP + "hub1#show ip nhrp\n" + NHRP, 10),
        ("show version", "\x00\x01\x02 no text\x0b at all\n", 1),
        ("show ip route", "Gateway of last resort is not set\n\nQ 10.0.0.0 maybe\n", 3),
    ],
)
def test_unexpected_lines_are_named(command: str, text: str, line: int) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse(command, text)
    assert caught.value.line_number == line
    assert (
        caught.value.line == re.split("[\n\x0b]", text.replace("\x00", ""))[line - 1] or line == 1
    )


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("show dmvpn", DMVPN.replace("10.255.0.12", "10.255.0.512"), 16),
        ("show dmvpn", DMVPN.replace("00:00:07     D", "00:00:07   DZZ"), 17),
        ("show ip nhrp", NHRP.replace("203.0.113.12", "203.0.113.1212"), 8),
        ("show ip nhrp", NHRP[: NHRP.index("   Type")], 2),
        ("show ip route", "C        10.1.1.1 is directly connected, Loopback0\n", 1),
        ("show ip route", "D        10.1.0.0/16 \n", 1),
    ],
)
def test_bad_values_and_entries_cut_short_are_named(command: str, text: str, line: int) -> None:
    with pytest.raises(BadValue) as caught:
        parse(command, text)
    assert caught.value.line_number == line
    assert f"line {line}" in str(caught.value)


@pytest.mark.parametrize(
    ("golden", "last", "what"),
    [
        ("show_crypto_session/ikev1_15", "Interface: Tunnel200", "without status and peer"),
        ("show_crypto_session/ikev1_15", "  IPSEC FLOW: permit 47", "without its associations"),
        ("show_version/iosv_159", "ROM: Bootstrap", "how long the router is up"),
        ("show_archive/one_file", "There are currently", "next archive file"),
        ("show_archive_config_rollback_timer/pending", "Timer value", "a line of the timer"),
        ("ping/all", "!!!!!", "how many packets"),
        ("show_ip_cef/invalid_124", "  via 10.255.0.12", "without its adjacency"),
        ("show_ip_cef/before", "10.0.0.0/8", "without a path"),
        ("show_ip_route/nhrp", "H        10.1.2.0/24", "without a path"),
        ("show_ip_route_prefix/eigrp", "  Routing Descriptor Blocks", "without a path"),
        ("show_ip_bgp_summary/states", None, "without its state"),
        ("show_ip_nhrp/hub_15", "   Tunnel100 created", "without its type"),
    ],
)
def test_an_output_cut_inside_an_entry_is_no_shorter_output(
    golden: str, last: str | None, what: str
) -> None:
    command, text, _ = read_golden(GOLDEN / f"{golden}.txt")
    lines = text.split("\n")
    if last is None:
        lines.append("FD00:198:51::100")
    else:
        place = next(number for number, line in enumerate(lines) if line.startswith(last))
        lines = lines[: place + 1]
    with pytest.raises(BadValue, match=what):
        parse(command, "\n".join(lines))


@pytest.mark.parametrize(
    "probes",
    ["  1 10.255.0.1 3 msec what 2 msec", "    10.255.0.1 3 msec", "  1 10.255.0.1.7 3 msec"],
)
def test_hops_with_other_words_are_refused(probes: str) -> None:
    with pytest.raises(BadValue) as caught:
        parse("traceroute 10.9.9.9", f"Tracing the route to 10.9.9.9\n{probes}\n")
    assert caught.value.line_number == 2


def test_the_counts_of_a_session_add_up() -> None:
    command, text, _ = read_golden(GOLDEN / "show_crypto_session" / "ikev1_15.txt")
    busy, down = parse_as(CryptoSession, command, text)
    assert (busy.active_sas, down.active_sas) == (4, 0)
    assert [one.active for one in busy.ike_sas] == [True, False]


@pytest.mark.parametrize("filling", [" ", "a", "a ", "1.", "!"])
def test_a_line_without_end_is_refused_at_once(filling: str) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse(
            "traceroute 10.0.0.1", "Tracing the route to 10.0.0.1\n  1 " + filling * 200_000 + ";"
        )
    assert caught.value.line_number == 2
    assert len(str(caught.value)) < 300


def test_nothing_to_show_is_no_error() -> None:
    assert parse("show ip nhrp", "") == ()
    assert parse("show dmvpn", "\n\nhub1#\n") == ()


# --- damaged text ---------------------------------------------------------------------------------

TEXTS = [read_golden(path)[:2] for path in CASES]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """Take a golden and cut, drop, double, swap or overwrite a part of it."""
    command, text = draw(st.sampled_from(TEXTS))
    lines = text.split("\n")
    at = draw(st.integers(0, len(lines) - 1))
    place = draw(st.integers(0, max(0, len(text) - 1)))
    other = draw(st.sampled_from(TEXTS))[1]
    junk = draw(st.text(max_size=12))
    return command, draw(
        st.sampled_from(
            [
                text[:place],
                text[place:],
                "\n".join(lines[:at] + lines[at + 1 :]),
                "\n".join([*lines[: at + 1], *lines[at:]]),
                "\n".join(lines[::-1]),
                text[:place] + junk + text[place + len(junk) :],
                text + other,
                other,
                "\n".join(line.strip() for line in lines),
                text.replace(" ", "\t"),
                text.replace("\n", "\r"),
            ]
        )
    )


def attempt(command: str, text: str) -> tuple[Record, ...] | ParseError:
    try:
        return parse(command, text)
    except ParseError as error:
        return error


@given(damaged())
@settings(max_examples=400, deadline=None)
def test_damaged_text_gives_records_or_a_parse_error(sample: tuple[str, str]) -> None:
    command, text = sample
    outcome = attempt(command, text)
    if isinstance(outcome, ParseError):
        assert outcome.command == command
        assert str(outcome)
    else:
        assert all(isinstance(record, Record) for record in outcome)


@given(st.sampled_from(sorted({command for command, _ in TEXTS})), st.text())
@settings(max_examples=200, deadline=None)
def test_junk_gives_records_or_a_parse_error(command: str, text: str) -> None:
    outcome = attempt(command, text)
    assert not isinstance(outcome, ParseError) or outcome.line_number >= 1
