"""One pass over a text: the row being filled, and the rows kept.

A value is held in the slot of its column; None is "not matched", which the language tells from an
empty match when it drops empty rows. What the options of a column do:

Filldown    the slot outlives the row
Fillup      a value is written into the rows above, up to one that has its own
List        every value is collected; the slot holds the last one
Required    a row without it is dropped
Key         nothing here; it is for readers of the template
"""

import re
from collections.abc import Iterator
from operator import length_hint

from parsers.engine.language import LineOp, RecordOp
from parsers.engine.scanner import Found, States, Step
from parsers.errors import UnexpectedLine

Item = str | dict[str, str | None] | None
Cell = str | list[Item]


# Members by themselves: to look one up in its class costs more than the rest of a comparison.
_RECORD, _CLEAR, _CLEAR_ALL = RecordOp.RECORD, RecordOp.CLEAR, RecordOp.CLEAR_ALL
_ERROR = LineOp.ERROR


class _Refused(Exception):
    """A rule with Error matched."""


class Run:
    """The state of one pass."""

    def __init__(self, states: States) -> None:
        """Start with an empty row."""
        self._states = states
        self._slots: list[str | None] = [None] * len(states.places)
        self._items: dict[int, list[Item]] = {place: [] for place in states.lists}
        self._pending = False  # a slot may be filled that does not outlive the row
        self._feed: Iterator[str] = iter(())
        self._length = 0
        self._rows: list[list[Cell | None]] = []
        self._numbers: list[int] | None = None

    def read(self, command: str, text: str) -> list[list[Cell | None]]:
        """Read a text to its end; None in a row is what was not matched.

        Raises:
            UnexpectedLine: a rule with Error matched.
        """
        lines = text.splitlines()
        self._feed, self._length = iter(lines), len(lines)
        try:
            last = self._scan()
        except _Refused as refused:
            number = self._number()
            raise UnexpectedLine(command, number, lines[number - 1], str(refused)) from None
        if last != "End" and self._states.syntax.last_row:
            self._keep()
        return self._rows

    def numbers(self, text: str) -> list[int]:
        """Read a text, and give for each row the number of the line that ended it."""
        self._numbers = []
        self.read("", text)
        return self._numbers

    def _number(self) -> int:
        """Give the number of the line in hand."""
        return self._length - length_hint(self._feed)

    def _scan(self) -> str:
        """Read line by line; give the state that ended it before the text did."""
        here = self._states.start
        slots = self._slots
        for line in self._feed:
            scanner = here
            while (found := scanner.match(line)) is not None:
                step = scanner.steps[found.lastindex]
                if step.span is not None:
                    self._pending = True
                    slots[step.span] = found.group(*step.groups)
                elif step.row and not self._pending:
                    self._keep_match(found.group(*step.whole))
                elif step.acts:
                    self._do(step, found)
                if step.again is None:
                    here = step.then or here
                    if step.last:
                        return step.last
                    break
                scanner = step.again
        return ""

    def _do(self, step: Step, found: Found) -> None:
        """Do all that a rule asks for."""
        if step.columns:
            for column, value in zip(step.columns, found.group(*step.groups)):  # noqa: B905 - one group more
                self._assign(column, value)
        operation = step.rule.record_op
        if operation is _RECORD:
            self._keep()
        elif operation is _CLEAR:
            self._clear()
        elif operation is _CLEAR_ALL:
            self._clear_all()
        if step.rule.line_op is _ERROR:
            raise _Refused(step.rule.target.strip('"'))

    def _assign(self, column: int, value: str | None) -> None:
        self._slots[column] = value
        self._pending = True
        if column in self._states.plain:
            return
        if column in self._items:
            self._items[column].append(_item(self._states.nested.get(column), value))
        if value and column in self._states.fillup:
            for row in reversed(self._rows):
                if row[column]:
                    break
                row[column] = value

    def _keep_match(self, match: tuple[str | None, ...]) -> None:
        """Keep a row that is a match; only what outlives rows stands in the slots."""
        row: list[Cell | None] = list(match)
        for column in self._states.filldown:
            row[column] = self._slots[column]
        for column in self._states.required:
            if not row[column]:
                return
        if any(row) or self._matched() or any(cell is not None for cell in match):
            self._rows.append(row)
            if self._numbers is not None:
                self._numbers.append(self._number())

    def _keep(self) -> None:
        """Keep the row unless a required value is missing or it is empty."""
        states, slots = self._states, self._slots
        row: list[Cell | None] = [*slots]
        for column in states.lists:
            row[column] = [*self._items[column]] if self._items[column] else []
        for column in states.required:
            # List,Required asks for an item; Required,List for a last value
            if not (row if column in states.required_items else slots)[column]:
                self._clear()
                return
        if any(row) or self._matched():
            self._rows.append(row)
            if self._numbers is not None:
                self._numbers.append(self._number())
            self._clear()

    def _matched(self) -> bool:
        """Tell whether an empty text was matched; a row of such is no empty row."""
        return any(
            cell is not None and column not in self._items
            for column, cell in enumerate(self._slots)
        )

    def _clear(self) -> None:
        slots, filldown = self._slots, self._states.filldown
        if filldown:
            outlive = [slots[column] for column in filldown]
            slots[:] = self._states.blank
            for column, value in zip(filldown, outlive, strict=True):
                slots[column] = value
        else:
            slots[:] = self._states.blank
        for column in self._states.short_lists:
            if self._items[column]:
                self._items[column] = []
        self._pending = False

    def _clear_all(self) -> None:
        self._slots[:] = self._states.blank
        self._items = {column: [] for column in self._items}
        self._pending = False


def _item(nested: re.Pattern[str] | None, value: str | None) -> Item:
    """Give what a List collects: the text, or its named groups where the expression has some."""
    if nested and value is not None and (found := nested.match(value)):
        return found.groupdict()
    return value
