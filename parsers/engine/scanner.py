r"""The rules of a state as one expression, and what each rule does to the row.

A scanner stands for the rules of a state from one place on: after `Continue` the search goes on
behind the rule that matched. Its expression is `(?:rule)()|(?:rule)()...`: the empty group that
closed last tells which rule matched, and the first in order wins, as the language asks. A scanner
is compiled when the text first needs it. Rules that cannot stand beside others (they count groups,
set flags or repeat a name) are tried one by one instead.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from parsers.engine.language import Column, LineOp, Option, RecordOp, Rule, Syntax

# \1, (?P=name), (?(1)yes|no) count or name groups; (?i), (?x) and the like flag the whole.
_ALONE = re.compile(r"\\[1-9]|\(\?(?:P=|\(|[aiLmsux]+\))")
_NAMED = re.compile(r"\(\?P<(\w+)>")
# Options that do nothing until the row is kept; a value of any other needs more than a slot.
_PLAIN = {Option.KEY, Option.REQUIRED}


class Found(Protocol):
    """What a scanner gives: a match, and the group that closed last."""

    @property
    def lastindex(self) -> int | None:
        """Give the number of the group that closed last."""

    @property
    def group(self) -> Callable[..., Any]:
        """Give the texts of groups."""


@dataclass(slots=True, eq=False, kw_only=True)
class Step:
    """What follows when a rule matches, every name resolved to a place."""

    rule: Rule
    acts: bool  # there is more to do than `span` says
    row: bool  # the match is a whole row, if nothing else is pending
    groups: tuple[int, ...]  # the groups that are values; one more without `span`, for a tuple
    columns: tuple[int, ...]  # the columns they go to
    span: slice | int | None  # the columns, if side by side (or one) and nothing else is needed
    whole: tuple[int, ...]  # a group for each column, one that is always empty where there is none
    again: "Scanner | None"  # Continue: where the same line is looked at next
    then: "Scanner | None"  # where the next line is looked at; None: here
    last: str  # EOF or End: no further line is read


class Scanner:
    """The rules of one state from one place on."""

    __slots__ = ("_start", "_state", "_states", "match", "steps")

    def __init__(self, states: "States", state: str, start: int) -> None:
        """Stand for the rules of a state; they are compiled when first asked."""
        self._states = states
        self._state = state
        self._start = start
        self.steps: dict[int | None, Step] = {}
        self.match: Callable[[str], Found | None] = self._first

    def _first(self, line: str) -> Found | None:
        rules = self._states.syntax.states[self._state][self._start :]
        steps: dict[int | None, Step] = {}
        match = _together(self, rules, steps) or _one_by_one(self, rules, steps)
        # Another thread may do the same: both results are equal, and steps are there first.
        self.steps, self.match = steps, match
        return match(line)

    def step(self, rule: Rule, place: int, groups: dict[str, int], never: int) -> Step:
        """Resolve what a rule does; `groups` are the numbers of the groups by column."""
        states, syntax = self._states, self._states.syntax
        chosen = {column: groups[name] for name, column in states.places.items() if name in groups}
        columns = tuple(sorted(chosen))
        plain = rule.line_op is not LineOp.ERROR and all(
            _PLAIN.issuperset(syntax.columns[column].options) for column in columns
        )
        acts = not plain or rule.record_op is not RecordOp.NONE
        span = None if acts else _span(columns)
        acts = acts or (bool(columns) and span is None)
        goes = rule.line_op is LineOp.NEXT and rule.target not in {"", "EOF", "End"}
        again = rule.line_op is LineOp.CONTINUE
        return Step(
            rule=rule,
            acts=acts,
            row=bool(plain and never and rule.record_op is RecordOp.RECORD and states.flat),
            groups=tuple(chosen[column] for column in columns) + ((0,) if span is None else ()),
            columns=columns,
            span=span,
            whole=tuple(chosen.get(column, never) for column in range(len(syntax.columns))),
            again=states.scanner(self._state, self._start + place + 1) if again else None,
            then=states.scanner(rule.target, 0) if goes else None,
            last=rule.target if rule.target in {"EOF", "End"} else "",
        )

    def expression(self, rule: Rule, suffix: str) -> str:
        """Give the expression of a rule, with a suffix on the names of its groups."""
        return self._states.syntax.regex(rule, suffix)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of the columns."""
        return tuple(self._states.places)


class States:
    """All scanners of a template, and what its columns ask for, by place."""

    def __init__(self, syntax: Syntax) -> None:
        """Prepare the states of a template; nothing is compiled yet."""
        self.syntax = syntax
        self.places = {column.name: place for place, column in enumerate(syntax.columns)}
        self.plain = {
            place
            for place, column in enumerate(syntax.columns)
            if _PLAIN.issuperset(column.options)
        }
        self.blank = (None,) * len(self.places)
        self.filldown = self._with(Option.FILLDOWN)
        self.fillup = self._with(Option.FILLUP)
        self.required = self._with(Option.REQUIRED)
        self.lists = self._with(Option.LIST)
        self.flat = not self.lists and len(self.places) > 1
        self.short_lists = tuple(place for place in self.lists if place not in self.filldown)
        self.required_items = tuple(
            place
            for place in self.required
            if place in self.lists and _list_first(syntax.columns[place])
        )
        self.nested = {
            place: pattern
            for place in self.lists
            if (pattern := re.compile(syntax.columns[place].regex)).groupindex
        }
        self._scanners: dict[tuple[str, int], Scanner] = {}
        self.start = self.scanner("Start", 0)

    def scanner(self, state: str, start: int) -> Scanner:
        """Give the scanner of a state, from a place on."""
        return self._scanners.setdefault((state, start), Scanner(self, state, start))

    def _with(self, option: Option) -> tuple[int, ...]:
        return tuple(
            place for place, column in enumerate(self.syntax.columns) if option in column.options
        )


def _list_first(column: Column) -> bool:
    return column.options.index(Option.LIST) < column.options.index(Option.REQUIRED)


def _span(columns: tuple[int, ...]) -> slice | int | None:
    """Give the places of columns as a slice, or the only one; None where they are apart."""
    if len(columns) == 1:
        return columns[0]
    if columns and columns[-1] - columns[0] == len(columns) - 1:
        return slice(columns[0], columns[-1] + 1)
    return None


def _together(
    scanner: Scanner, rules: tuple[Rule, ...], steps: dict[int | None, Step]
) -> Callable[[str], Found | None] | None:
    """Make one expression of all rules; None where they cannot stand beside each other."""
    parts = [scanner.expression(rule, f"_{place}_") for place, rule in enumerate(rules)]
    own = {name for part in parts for name in _NAMED.findall(part)}
    if any(_ALONE.search(part) for part in parts) or not own.isdisjoint(scanner.names):
        return None
    ends = [f"(?:{part})(?P<_{place}_>)" for place, part in enumerate(parts)]
    try:
        pattern = re.compile("|".join([*ends, "(?!)(?P<_never_>)"]))
    except (re.error, OverflowError):
        return None
    index = pattern.groupindex
    for place, rule in enumerate(rules):
        groups = {
            name: index[f"{name}_{place}_"] for name in scanner.names if f"{name}_{place}_" in index
        }
        steps[index[f"_{place}_"]] = scanner.step(rule, place, groups, index["_never_"])
    return pattern.match


class _Alone:
    """A match of a rule that was tried by itself."""

    __slots__ = ("group", "lastindex")

    def __init__(self, match: re.Match[str], number: int) -> None:
        self.group: Callable[..., Any] = match.group
        self.lastindex: int | None = number


def _one_by_one(
    scanner: Scanner, rules: tuple[Rule, ...], steps: dict[int | None, Step]
) -> Callable[[str], Found | None]:
    """Try rules in order; what cannot stand in one expression is still read the same."""
    patterns = [re.compile(scanner.expression(rule, "")) for rule in rules]
    for place, (rule, pattern) in enumerate(zip(rules, patterns, strict=True)):
        groups = {name: at for name, at in pattern.groupindex.items() if name in scanner.names}
        steps[place] = scanner.step(rule, place, groups, 0)

    def match(line: str) -> Found | None:
        for place, pattern in enumerate(patterns):
            if found := pattern.match(line):
                return _Alone(found, place)
        return None

    return match
