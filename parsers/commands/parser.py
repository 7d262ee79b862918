"""One row of a table of commands, and the syntax in which its command is written.

A command is written in the words of the manual: `<ip>`, `<interface>` and `<word>` stand for what
the operator types, `[...]` may be left out, `( | )` is a choice. Each keyword may be shortened, as
on a router.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from parsers.convert import Converter
from parsers.records import Record


@dataclass(frozen=True, kw_only=True)
class Parser:
    """One row of the catalogue."""

    command: str  # the shortest form; also the name of the folder of its goldens
    syntax: str
    template: str
    records: tuple[type[Record], ...]
    convert: Converter
    none_answer: str | None = None  # a `%` answer that means: there is none

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The syntax as a regular expression over a lower-case command."""
        return re.compile("".join(_token(token) for token in _TOKEN.findall(self.syntax)))

    @cached_property
    def none_pattern(self) -> re.Pattern[str] | None:
        """The answer that means none, as a regular expression."""
        return re.compile(self.none_answer) if self.none_answer else None


_TOKEN = re.compile(r"[\[\]()|]|[^\s\[\]()|]+")
_MARKS = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}
_OPERANDS = {
    "<ip>": r" [0-9a-f]*[.:][0-9a-f.:]*(?:/\d+| \d+\.\d+\.\d+\.\d+)?",
    "<interface>": r" [a-z-]+ ?\d[\d/.:]*",
    "<word>": r" \S+",
    "<rest>": r"(?: .*)?",
}


def _token(token: str) -> str:
    if token in _MARKS:
        return _MARKS[token]
    return _OPERANDS.get(token) or " " + _abbreviation(token)


def _abbreviation(keyword: str) -> str:
    """Write a keyword as the expression of all its beginnings: `ip` is `i(?:p)?`."""
    return "(?:".join(map(re.escape, keyword)) + ")?" * (len(keyword) - 1)
