"""A template at work: text -> rows.

A template is compiled once and holds nothing of a run, so that threads may share it. A row is a
list with a place for each column; where the rule that ends a row has all its values, the row comes
straight from the match.
"""

from parsers.engine.language import read_template
from parsers.engine.run import Cell, Run
from parsers.engine.scanner import States

Row = dict[str, str]


class Template:
    """One template of the TextFSM language; safe to use from several threads."""

    def __init__(self, name: str, source: str) -> None:
        """Read the text of a template.

        Raises:
            TemplateError: it is not in the language.
        """
        self.name = name
        self.syntax = read_template(name, source)
        self.columns: tuple[str, ...] = tuple(column.name for column in self.syntax.columns)
        self._blank: Row = dict.fromkeys(self.columns, "")
        self._states = States(self.syntax)

    def table(self, command: str, text: str) -> list[list[Cell]]:
        """Split a text into the rows that TextFSM gives.

        Raises:
            UnexpectedLine: a line that the template refuses.
        """
        return [
            ["" if cell is None else cell for cell in row]
            for row in Run(self._states).read(command, text)
        ]

    def cells(self, command: str, text: str) -> list[list[Cell | None]]:
        """Split a text into rows by place; None is what was not matched, a List stays a list.

        Raises:
            UnexpectedLine: a line that the template refuses.
        """
        return Run(self._states).read(command, text)

    def rows(self, command: str, text: str) -> list[Row]:
        """Split a text into rows by name; the items of a List value are joined by newlines.

        Raises:
            UnexpectedLine: a line that the template refuses.
        """
        table = Run(self._states).read(command, text)
        for place in self._states.lists:
            for row in table:
                if row[place]:
                    row[place] = _joined(row[place])
        named: list[Row] = []
        table.reverse()
        while table:  # each row makes place for the next: half the memory, and less to collect
            named.append(self._named(table.pop()))
        return named

    def _named(self, row: list[Cell | None]) -> Row:
        named = self._blank.copy()
        for name, cell in zip(self.columns, row):  # noqa: B905 - of one length, and hot
            if cell:
                named[name] = cell  # type: ignore[assignment]  # lists are joined
        return named

    def line_of(self, text: str, index: int) -> tuple[int, str]:
        """Find the number and text of the line that completed a row; the last, if none did."""
        lines = text.splitlines()
        numbers = Run(self._states).numbers(text)
        number = numbers[index] if index < len(numbers) else len(lines)
        return number, lines[number - 1] if lines else ""


def _joined(cell: Cell | None) -> str:
    if isinstance(cell, list):
        return "\n".join("" if item is None else str(item) for item in cell)
    return cell or ""
