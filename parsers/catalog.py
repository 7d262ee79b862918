"""Find the parser of a command, shortened or not, and read a text with it.

Text behind a pipe is not part of a command, but for `| count`. The tables are in `commands`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from operator import length_hint
from typing import Any, TypeVar

from parsers.capture import clean, refuse, refuse_long_lines
from parsers.commands import PARSERS, Parser
from parsers.convert import Placed
from parsers.engine import Template
from parsers.errors import BadValue, UnknownCommand
from parsers.records import Record

T = TypeVar("T", bound=Record)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a command, and the text that it was read from."""

    command: str
    """As asked."""
    parser: str
    """The whole name of the command that read it."""
    records: tuple[Record, ...]
    raw: str
    """The text as it was given, with banners, prompts and line ends."""


def read(command: str, text: str) -> Reading:
    """Read the output of a command and keep the text beside the records.

    Raises:
        ParseError: as `parse` does.
    """
    return Reading(command, find(command).command, parse(command, text), text)


def parse(command: str, text: str) -> tuple[Record, ...]:
    """Read the output of a command; nothing to show gives no records.

    Raises:
        UnknownCommand: no parser for the command.
        CliError: the router answered with `%`.
        UnexpectedLine: a line that this command does not print.
        BadValue: a value that cannot be, or an entry cut short.
    """
    parser = find(command)
    output = clean(text)
    refuse_long_lines(command, output)
    if refuse(command, output, parser.none_pattern):
        return ()
    template = _template(parser.template)
    split = template.cells if isinstance(parser.convert, Placed) else template.rows
    rows = _Reader(split(command, output))
    try:
        return tuple(parser.convert(rows))
    except (ValueError, KeyError) as wrong:
        place = template.line_of(output, rows.index)
        raise BadValue(command, *_line_with(output, place, str(wrong)), str(wrong)) from None


_QUOTED = re.compile(r"'([^']+)'")


def _line_with(output: str, place: tuple[int, str], what: str) -> tuple[int, str]:
    """Go up from the line that completed a row to the one that holds the text complained of."""
    if quoted := _QUOTED.search(what):
        above = output.split("\n")[: place[0]]
        for number in range(len(above), 0, -1):
            if quoted[1] in above[number - 1]:
                return number, above[number - 1]
    return place


def parse_as(kind: type[T], command: str, text: str) -> tuple[T, ...]:
    """Read the output of a command and keep the records of one kind."""
    return tuple(record for record in parse(command, text) if isinstance(record, kind))


@lru_cache(maxsize=1024)
def find(command: str) -> Parser:
    """Find the parser of a command, shortened or not.

    Raises:
        UnknownCommand: there is none, or several could be meant.
    """
    found = _matching(_PIPED_COUNT.sub(" count ", command)) or _matching(command)
    if len(found) == 1:
        return found[0]
    names = ", ".join(parser.command for parser in found)
    raise UnknownCommand(command, 0, "", f"could be {names}" if found else "")


# `show dmvpn | count UP` prints only how many lines match: a command of its own.
_PIPED_COUNT = re.compile(r"\s*\|\s*cou?n?t?\s+")


def _matching(command: str) -> list[Parser]:
    words = " " + " ".join(command.partition("|")[0].lower().split())
    return [parser for parser in PARSERS if parser.pattern.fullmatch(words)]


@cache
def _template(name: str) -> Template:
    source = files("parsers") / "templates" / f"cisco_ios_{name}.textfsm"
    return Template(name, source.read_text(encoding="utf-8"))


class _Reader:
    """Rows handed out one by one, so that the row of a bad value is known."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._length = len(rows)
        self._left = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._left

    @property
    def index(self) -> int:
        """Give the place of the last row handed out."""
        return max(0, self._length - length_hint(self._left) - 1)
