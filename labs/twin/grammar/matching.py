"""The matching of a typed line against compiled rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic

from labs.twin.grammar.hints import Finder, Hints
from labs.twin.grammar.parameters import Parameter, Token, interface_kinds, tokenize
from labs.twin.grammar.patterns import Compiler, Node, Row


class Reason(StrEnum):
    """Why a line was refused."""

    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"


class Refused(Exception):
    """A line that no row accepts; `column` is where in the line (0 is its first character)."""

    def __init__(self, reason: Reason, line: str, column: int) -> None:
        super().__init__(f"{reason}: {line!r} at column {column}")
        self.reason = reason
        self.line = line
        self.column = column

    def answer(self, prompt_width: int = 0) -> str:
        """Give what IOS prints; the caret stands under the column as the terminal shows it."""
        if self.reason is Reason.INCOMPLETE:
            return "% Incomplete command.\n\n"
        if self.reason is Reason.AMBIGUOUS:
            return f'% Ambiguous command:  "{self.line}"\n'
        return f"{' ' * (prompt_width + self.column)}^\n% Invalid input detected at '^' marker.\n\n"


class WrongWord(Exception):
    """A line that fits a row but whose doing finds the value of a parameter wrong."""

    def __init__(self, name: str) -> None:
        super().__init__(f"wrong value of {name}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Match(Generic[Row]):
    """A line understood: its row, the values of its parameters, its words written in full."""

    row: Row
    args: Mapping[str, Any]
    words: tuple[str, ...]
    identity: tuple[str, ...]
    """The words before the `/` of the pattern; all words without one."""
    columns: Mapping[str, int]
    """By parameter: where in the line its value stands."""

    @property
    def text(self) -> str:
        """Give the line written in full."""
        return " ".join(self.words)


Marks = tuple[tuple[Row, int], ...]
"""(row, number of words that identify its line), as passed on the way."""


@dataclass(slots=True)
class _Search(Generic[Row]):
    """One walk of a typed line through the tree, remembering the furthest failure."""

    line: str
    tokens: tuple[Token, ...]
    partial: bool
    furthest: int = -1
    reason: Reason = Reason.INVALID
    args: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def fail(self, at: int, reason: Reason) -> None:
        worse = at == self.furthest and reason is Reason.AMBIGUOUS
        if at > self.furthest or worse:
            self.furthest, self.reason = at, reason

    def walk(
        self, node: Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        for row in node.identified:
            marks = (*marks, (row, len(words)))
        if at == len(self.tokens):
            return self._end(node, at, words, marks)
        return self._keyword(node, at, words, marks) or self._params(node, at, words, marks)

    def _end(
        self, node: Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        row = node.row
        if row is None and self.partial and node.identified:
            row = node.identified[-1]
        if row is None:
            self.fail(at, Reason.INCOMPLETE)
            return None
        lengths = [length for marked, length in marks if marked is row]
        return row, words, lengths[-1] if lengths else len(words)

    def _keyword(
        self, node: Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        candidates = node.candidates(self.tokens[at].text)
        if len(candidates) > 1:
            self.fail(at, Reason.AMBIGUOUS)
            return None
        if not candidates:
            self.fail(at, Reason.INVALID)
            return None
        word = candidates[0]
        return self.walk(node.keywords[word], at + 1, (*words, word), marks)

    def _params(
        self, node: Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        for name, _, kind, after in node.params:
            reading = kind.read(self.line, self.tokens, at)
            if reading is None:
                self._misread(kind, at)
                continue
            value, shown, next_at = reading
            before = self.args, self.columns
            self.args = {**self.args, name: value}
            # A value of several words is wrong in its last one: `Gi 7`.
            self.columns = {**self.columns, name: self.tokens[next_at - 1].column}
            found = self.walk(after, next_at, words + shown, marks)
            if found is not None:
                return found
            self.args, self.columns = before
        return None

    def _misread(self, kind: Parameter, at: int) -> None:
        """Note why a value cannot be read: a kind of interface may lack its number."""
        kinds = interface_kinds(self.tokens[at].text) if kind.kind == "interface" else ()
        if not kinds:
            self.fail(at, Reason.INVALID)
        elif len(kinds) > 1:
            self.fail(at, Reason.AMBIGUOUS)
        elif at + 1 == len(self.tokens) and self.tokens[at].text.isalpha():
            self.fail(at + 1, Reason.INCOMPLETE)
        else:
            self.fail(at, Reason.INVALID)


class Grammar(Generic[Row]):
    """All rows of one mode, compiled."""

    def __init__(self, rows: Iterable[tuple[str, Row]] = ()) -> None:
        self._root: Node[Row] = Node()
        for pattern, row in rows:
            self.add(pattern, row)

    def add(self, pattern: str, row: Row) -> None:
        """Add one row."""
        Compiler(pattern, row).add(self._root)

    def reserve(self, words: Iterable[str]) -> None:
        """Note first words that a router knows too: they make abbreviations ambiguous."""
        self._root.reserved = tuple(words)

    def match(self, line: str, *, skip: int = 0, partial: bool = False) -> Match[Row]:
        """Match a line.

        Args:
            line: What was typed.
            skip: Leading words that are not part of the command (`no`, `default`, `do`).
            partial: Accept a line that ends where an identity is complete (for `no`).

        Raises:
            Refused: No row accepts it.
        """
        tokens = tokenize(line)
        search: _Search[Row] = _Search(line, tokens, partial)
        found = search.walk(self._root, min(skip, len(tokens)), (), ())
        if found is None:
            at = search.furthest
            column = tokens[at].column if at < len(tokens) else len(line)
            raise Refused(search.reason, line, column)
        row, words, identity = found
        return Match(row, search.args, words, words[:identity], search.columns)

    def hints(self, line: str, *, skip: int = 0, partial: bool = False) -> Hints:
        """List what may be typed next, or what the last word may become.

        Args:
            line: What was typed up to the question mark.
            skip: Leading words that are not part of the command.
            partial: A line may end where an identity is complete (for `no`).
        """
        tokens = tokenize(line)
        finder = Finder(line, tokens, partial=partial)
        if len(tokens) <= skip or line[-1:].isspace():
            return finder.after(self._root, min(skip, len(tokens)))
        return finder.completing(self._root, skip)

    def keywords(self) -> Iterator[str]:
        """List the first words."""
        return iter(self._root.keywords)
