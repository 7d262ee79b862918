r"""Regular expressions as the pipes of IOS read them, searched in time proportional to the text.

IOS knows `. * + ? ^ $ | ( ) [ ] \` and `_`, which stands for a delimiter: a comma, a brace, a
parenthesis, a blank, the beginning or the end [D]. An underscore itself is matched by it too [K].
Everything else is itself: `{2}` and `\d` have no meaning. An expression becomes a set of states
(Thompson's construction) that is walked once, so that no expression can hold up the router.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

BEGINNING, END = "beginning", "end"
"""What stands before and behind a line; no character is called so."""
DELIMITERS = frozenset({*" ,(){}_", BEGINNING, END})
SPECIAL = frozenset(".*+?^$|()[]\\_")
STEPS_KEPT = 20_000
"""Steps remembered of one expression; then it starts to remember anew."""
DEEPEST = 50
"""Brackets in brackets; a deeper expression is refused."""
WIDEST = 1024
"""Characters of one range."""


class ExpressionError(ValueError):
    """An expression that cannot be compiled."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """Some characters, or all but some."""

    said: frozenset[str]
    others: bool = False

    def has(self, letter: str) -> bool:
        if self.others:
            return len(letter) == 1 and letter not in self.said
        return letter in self.said


@dataclass(slots=True)
class Expression:
    """A compiled expression."""

    ways: list[list[int]] = field(default_factory=list)
    """By state: the states that are reached without a character."""
    reads: list[tuple[_Letters, int] | None] = field(default_factory=list)
    """By state: what it reads, and where that leads."""
    first: int = 0
    last: int = 0
    plain: str | None = None
    """The expression itself when none of its characters has a meaning of its own."""
    _closed: dict[int, frozenset[int]] = field(default_factory=dict)
    _steps: dict[tuple[frozenset[int], str], frozenset[int]] = field(default_factory=dict)

    def matches(self, line: str) -> bool:
        """Tell whether the expression is found anywhere in a line."""
        if self.plain is not None:
            return self.plain in line
        start = self._closure(self.first)
        place = start
        # Two of each mark, so that `^_` and `_$` find one for each sign.
        for letter in _marked(line):
            if self.last in place:
                return True
            step = place, letter
            after = self._steps.get(step)
            if after is None:
                after = self._step(place, letter) | start
                if len(self._steps) >= STEPS_KEPT:
                    self._steps.clear()
                self._steps[step] = after
            place = after
        return self.last in place

    def _step(self, place: frozenset[int], letter: str) -> frozenset[int]:
        found: set[int] = set()
        for state in place:
            read = self.reads[state]
            if read is not None and read[0].has(letter):
                found |= self._closure(read[1])
        return frozenset(found)

    def _closure(self, state: int) -> frozenset[int]:
        known = self._closed.get(state)
        if known is None:
            reached, waiting = {state}, [state]
            while waiting:
                for way in self.ways[waiting.pop()]:
                    if way not in reached:
                        reached.add(way)
                        waiting.append(way)
            known = self._closed[state] = frozenset(reached)
        return known


def _marked(line: str) -> Iterator[str]:
    yield BEGINNING
    yield BEGINNING
    yield from line
    yield END
    yield END


def compile_expression(text: str) -> Expression:
    """Compile an expression.

    Raises:
        ExpressionError: A bracket is not closed, or there is nothing to repeat.
    """
    if not SPECIAL & set(text):
        return Expression(plain=text)
    builder = _Builder(text)
    builder.made.first, builder.made.last = builder.alternatives()
    if builder.at < len(text):
        raise ExpressionError(text)
    return builder.made


Part = tuple[int, int]
"""(first state, last state)."""
_SIGNS = {
    ".": _Letters(frozenset(), others=True),
    "^": _Letters(frozenset({BEGINNING})),
    "$": _Letters(frozenset({END})),
    "_": _Letters(DELIMITERS),
}


class _Builder:
    """Reads an expression once and makes its states."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.made = Expression()

    def _state(self) -> int:
        self.made.ways.append([])
        self.made.reads.append(None)
        return len(self.made.ways) - 1

    def _join(self, start: int, end: int) -> None:
        self.made.ways[start].append(end)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self) -> str:
        if self.at >= len(self.text):
            raise ExpressionError(self.text)
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self) -> Part:
        first, last = self._state(), self._state()
        while True:
            part = self._sequence()
            self._join(first, part[0])
            self._join(part[1], last)
            if self._next() != "|":
                return first, last
            self.at += 1

    def _sequence(self) -> Part:
        first = last = self._state()
        while self._next() and self._next() not in "|)":
            part = self._repeated(self._atom())
            self._join(last, part[0])
            last = part[1]
        return first, last

    def _repeated(self, part: Part) -> Part:
        while self._next() and self._next() in "*+?":
            sign = self._take()
            first, last = self._state(), self._state()
            self._join(first, part[0])
            self._join(part[1], last)
            if sign != "+":
                self._join(first, last)
            if sign != "?":
                self._join(part[1], part[0])
            part = first, last
        return part

    def _atom(self) -> Part:
        letter = self._take()
        if letter == "(":
            return self._group()
        if letter in "*+?":
            raise ExpressionError(self.text)
        if letter == "[":
            return self._reading(self._range())
        if letter == "\\":
            return self._reading(_Letters(frozenset(self._take())))
        return self._reading(_SIGNS.get(letter) or _Letters(frozenset(letter)))

    def _group(self) -> Part:
        self.depth += 1
        part = self.alternatives() if self.depth <= DEEPEST else None
        if part is None or self._next() != ")":
            raise ExpressionError(self.text)
        self.at += 1
        self.depth -= 1
        return part

    def _reading(self, letters: _Letters) -> Part:
        first, last = self._state(), self._state()
        self.made.reads[first] = letters, last
        return first, last

    def _range(self) -> _Letters:
        others = self._next() == "^"
        self.at += others
        letters: set[str] = set()
        while True:
            letter = self._take()
            if letter == "]" and letters:
                return _Letters(frozenset(letters), others)
            if self._next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                letters |= self._span(letter, self._take())
            letters.add(letter)

    def _span(self, low: str, high: str) -> set[str]:
        if not 0 <= ord(high) - ord(low) < WIDEST:
            raise ExpressionError(self.text)
        return {chr(code) for code in range(ord(low), ord(high) + 1)}
