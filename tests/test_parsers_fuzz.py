"""Damaged text, for every golden: records or a typed error with the line; nothing else, no hang."""

import json
import re

import pytest
from conftest import TESTS
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParseError, parse
from parsers.capture import LONGEST_LINE
from parsers.records import Record

GOLDEN = TESTS / "golden" / "parsers"
CASES = {
    f"{path.parent.name}/{path.stem}": (
        json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["command"],
        path.read_bytes().decode(),
    )
    for path in sorted(GOLDEN.glob("*/*.txt"))
}
COMMANDS = sorted({command for command, _ in CASES.values()})


def outcome(command: str, text: str) -> tuple[Record, ...] | ParseError:
    """Read; an error has to name a line that the text has."""
    found: tuple[Record, ...] | ParseError
    try:
        found = parse(command, text)
    except ParseError as error:
        found = error
    if isinstance(found, ParseError):
        assert found.command == command
        assert 1 <= found.line_number <= len(text.splitlines()) + 1
        assert len(str(found)) < 400
    else:
        assert all(isinstance(record, Record) for record in found)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_text_cut_at_any_place(name: str) -> None:
    command, text = CASES[name]
    # Every place of a short text, some 800 of a long one.
    step = 1 + len(text) // 800
    refused = [
        end
        for end in range(0, len(text), step)
        if isinstance(outcome(command, text[:end]), ParseError)
    ]
    # A cut inside a word cannot always be seen; but a whole file of cuts that all pass would mean
    # that nothing is checked.
    assert refused or len(text) < 200 or not parse(command, text)


@pytest.mark.parametrize("name", CASES)
def test_a_text_without_its_beginning(name: str) -> None:
    command, text = CASES[name]
    for start in range(0, len(text), 7):
        outcome(command, text[start:])


@pytest.mark.parametrize("name", CASES)
def test_a_line_gone_doubled_or_out_of_place(name: str) -> None:
    command, text = CASES[name]
    lines = text.split("\n")
    for at in range(len(lines)):
        outcome(command, "\n".join(lines[:at] + lines[at + 1 :]))
        outcome(command, "\n".join([*lines[: at + 1], *lines[at:]]))
        outcome(command, "\n".join(lines[at:] + lines[:at]))


@pytest.mark.parametrize("name", CASES)
def test_indentation_lost_and_blanks_that_are_tabs(name: str) -> None:
    command, text = CASES[name]
    outcome(command, "\n".join(line.strip() for line in text.split("\n")))
    outcome(command, text.replace(" ", "\t"))
    outcome(command, re.sub(" {2,}", "\t", text))
    outcome(command, text.replace("\n", "\r\n"))
    outcome(command, text.replace("\n", "\r"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_output_of_another_command(command: str) -> None:
    for other, text in CASES.values():
        if other != command:
            outcome(command, text)


@pytest.mark.parametrize("name", CASES)
def test_two_outputs_glued_together(name: str) -> None:
    command, text = CASES[name]
    for _, other in list(CASES.values())[::9]:
        outcome(command, text + other)
        outcome(command, text.rstrip("\n") + f"\nhub1#{command}\n" + other)


@given(
    st.sampled_from(sorted(CASES)),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 20), st.text(max_size=6)),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=500)
def test_characters_replaced(name: str, changes: list[tuple[int, int, str]]) -> None:
    command, text = CASES[name]
    for place, length, junk in changes:
        start = place % (len(text) + 1)
        text = text[:start] + junk + text[start + length :]
    outcome(command, text)


@given(st.sampled_from(sorted(CASES)), st.data())
@settings(max_examples=300)
def test_words_replaced_by_other_words(name: str, data: st.DataObject) -> None:
    command, text = CASES[name]
    words = list(re.finditer(r"\S+", text))
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    other = data.draw(
        st.sampled_from(
            ["", "0", "-1", "never", "UNKNOWN", "999.999.999.999", "00:99:99", "1.2.3.4/40", "::",
             "99999999999999999999", "٣", "10.0.0.1/٣", "(none)", "é", "\x00", "%", "1y"]
        )
    )  # fmt: skip
    outcome(command, text[: word.start()] + other + text[word.end() :])


@given(st.sampled_from(COMMANDS), st.binary(max_size=300))
@settings(max_examples=300)
def test_binary_junk(command: str, junk: bytes) -> None:
    outcome(command, junk.decode("utf-8", errors="replace"))
    outcome(command, junk.decode("latin-1"))


FILLINGS = (
    " ",
    "\t",
    "a",
    "1",
    "1 ",
    "a ",
    ", ",
    "1.",
    "a, ",
    ": ",
    "-",
    "(",
    '"',
    "0:",
    "A-",
    "/1",
)


# The golden with the most lines of each command: it visits the most states.
FULLEST = {
    name.partition("/")[0]: name for name in sorted(CASES, key=lambda name: len(CASES[name][1]))
}


@pytest.mark.parametrize("name", FULLEST.values())
def test_a_line_as_long_as_is_let_through(name: str) -> None:
    """Expressions that try over and over would take minutes on such lines."""
    command, text = CASES[name]
    lines = text.rstrip("\n").split("\n")
    for at in range(0, len(lines), max(1, len(lines) // 4)):
        for filling in FILLINGS:
            start = lines[at][:20]
            long = (start + filling * LONGEST_LINE)[: LONGEST_LINE - 1] + ";"
            outcome(command, "\n".join([*lines[:at], long, *lines[at + 1 :]]))
