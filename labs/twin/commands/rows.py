"""What a row of a configuration table says, and the reading of a typed line against the tables.

The tables themselves stand in the other modules of this package, in the order in which a
running-config prints the lines.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Any

from labs.twin.grammar import Grammar, Hints, Match, Refused, interface_order, parse_ip
from labs.twin.image import NhrpDefaults
from labs.twin.tree import Line, Order

Args = Mapping[str, Any]
WITHDRAWING = re.compile(r"\s*(no|default)\s", re.IGNORECASE)


class Absent(StrEnum):
    """What it means that a line is not there."""

    OFF = "off"
    """The setting is off or has its default; `no` removes the line."""
    ON = "on"
    """The setting is on; only its `no` form is kept and printed."""
    SHOWN = "shown"
    """The running-config prints the `no` form (`no ip address`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRow:
    """One configuration command."""

    pattern: str
    name: str
    enters: str = ""
    absent: Absent | Callable[[NhrpDefaults], bool] = Absent.OFF
    """A function tells from the defaults of the image whether the setting is on unsaid."""
    print_as: Callable[[Args], str] | None = None
    """Gives the canonical text where it is not simply the words in full."""
    sort_by: Callable[[Args], Order] | None = None
    beside: bool = False
    """Printed among the lines of the row above (in order of `sort_by`, then of entry)."""
    key: str = ""
    """Identity of the line where it is another row's (an older spelling of it)."""
    hidden: str = ""
    """The text that is the default and not kept."""
    section: int = 0
    modelled: bool = True
    """False: accepted and printed, without effect in the twin."""
    no_text: str = ""
    """What takes the line back where `no` and the text would not."""
    kept: bool = True
    """False: done at once and not part of the configuration."""


def row(pattern: str, **more: Any) -> ConfigRow:
    """Write a row; its name is the keywords before the first parameter unless given."""
    if "name" not in more:
        words = []
        for word in pattern.split():
            if word[0] in "<[(/":
                break
            words.append(word)
        more["name"] = " ".join(words)
    return ConfigRow(pattern=pattern, **more)


def quiet(*patterns: str, **more: Any) -> tuple[ConfigRow, ...]:
    """Write rows that are accepted and printed, but not modelled."""
    return tuple(row(pattern, modelled=False, **more) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One configuration mode."""

    name: str
    prompt: str
    """What stands between the parentheses: config-if."""
    rows: tuple[ConfigRow, ...]
    parent: str = "global"
    """Mode whose commands are tried next, as IOS leaves a mode by itself."""
    closing: str = ""
    mark: str = ""
    missing: frozenset[str] = frozenset()
    """Names of rows that the router does not offer."""
    grammar: Grammar[tuple[int, ConfigRow]] = field(default_factory=Grammar)

    def __post_init__(self) -> None:
        rank = -1
        for entry in self.rows:
            rank += 0 if entry.beside else 1
            if entry.name not in self.missing:
                self.grammar.add(entry.pattern, (rank, entry))

    def without(self, names: frozenset[str]) -> "Mode":
        """Give the mode of a router that lacks some commands; the others keep their places."""
        return replace(self, missing=names, grammar=Grammar())


class Verb(StrEnum):
    """How a line was typed."""

    SET = "set"
    NO = "no"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Statement:
    """A typed line understood in a mode."""

    verb: Verb
    row: ConfigRow
    line: Line
    """The line as it would be kept; of `no`, with what is known of it."""
    mode: str


class Tables:
    """All modes, and the reading of lines in them."""

    def __init__(self, modes: tuple[Mode, ...]) -> None:
        self.modes = {mode.name: mode for mode in modes}
        self._cached = lru_cache(maxsize=65536)(self._read)

    def without(self, names: frozenset[str]) -> "Tables":
        """Give the tables of a router that lacks some commands."""
        return Tables(tuple(mode.without(names) for mode in self.modes.values()))

    def read(self, mode: str, text: str) -> Statement:
        """Read a line in a mode, or in the modes it may fall back to.

        Raises:
            Refused: No mode knows it.
        """
        return self._cached(mode, text)

    def hints(self, mode: str, text: str) -> Hints:
        """List what may be typed next in a mode; words of `no` and `default` are the same."""
        skip = 1 if WITHDRAWING.match(text) else 0
        found = self.modes[mode].grammar.hints(text, skip=skip, partial=skip > 0)
        if found.words or mode == "global" or not text.strip():
            return found
        return self.hints(self.modes[mode].parent, text)

    def _read(self, mode: str, text: str) -> Statement:
        if self._is_of_parent(mode, text):
            return self._read(self.modes[mode].parent, text)
        try:
            return self._read_in(self.modes[mode], text)
        except Refused as refused:
            if mode == "global":
                raise
            try:
                return self._read(self.modes[mode].parent, text)
            except Refused as outer:
                # The mode that understood more of the line tells what is wrong with it.
                raise (outer if outer.column > refused.column else refused) from None

    def _is_of_parent(self, mode: str, text: str) -> bool:
        """Tell a command of the block around from an abbreviation: `key 2` is no `key-string`."""
        parent = self.modes[mode].parent
        words = text.lower().split()[_verb(text)[1] :]
        if parent == "global" or not words or words[0] in self.modes[mode].grammar.keywords():
            return False
        return words[0] in self.modes[parent].grammar.keywords()

    def _read_in(self, mode: Mode, text: str) -> Statement:
        verb, skip = _verb(text)
        match = mode.grammar.match(text, skip=skip, partial=skip > 0)
        rank, entry = match.row
        enters = self.modes[entry.enters] if entry.enters else None
        return Statement(verb, entry, make_line(verb, match, rank, enters), mode.name)


def _verb(text: str) -> tuple[Verb, int]:
    first = text.split(None, 1)[0].lower() if text.strip() else ""
    if first in ("no", "default"):
        return Verb(first), 1
    return Verb.SET, 0


def make_line(
    verb: Verb, match: Match[tuple[int, ConfigRow]], rank: int, enters: Mode | None
) -> Line:
    """Make the canonical line of a match; of a `no` only its key is whole."""
    _, entry = match.row
    text, key = match.text, " ".join(match.identity)
    has_identity = "/" in entry.pattern.split()
    if entry.print_as is not None and (verb is Verb.SET or not has_identity):
        text = entry.print_as(match.args)
        key = key if has_identity else text.rstrip()
    key = entry.key or key
    extra = entry.sort_by(match.args) if entry.sort_by else ()
    return Line(
        text=text,
        key=key,
        name=entry.name,
        args=match.args,
        order=(rank, *extra),
        mode=entry.enters,
        section=entry.section,
        closing=enters.closing if enters else "",
        mark=enters.mark if enters else "",
        no_text=entry.no_text if entry.no_text else "",
    )


def address_order(argument: str) -> Callable[[Args], Order]:
    """Sort by an address or network in a parameter; names come before addresses."""

    def order(args: Args) -> Order:
        value = args.get(argument)
        if isinstance(value, IPv4Address):
            return (1, int(value), "")
        if isinstance(value, str):
            address = parse_ip(value)
            return (0, 0, value) if address is None else (1, int(address), "")
        return (0, 0, "")

    return order


def interface_sort(args: Args) -> Order:
    """Sort by the interface in parameter `name`."""
    return interface_order(args["name"])
