"""Text -> rows, by TextFSM templates; knows no command and no record.

A template is compiled when it is first needed and then kept. A compiled TextFSM holds the state of
one run, so each run borrows one that is idle: two threads never share one, and nothing waits.
"""

from io import StringIO

from textfsm import TextFSM, TextFSMError  # type: ignore[import-untyped]

from parsers.errors import UnexpectedLine

Row = dict[str, str]


class Template:
    """One TextFSM template, compiled once; safe to use from several threads."""

    def __init__(self, name: str, source: str) -> None:
        """Compile the text of a template."""
        self.name = name
        self._source = source
        first = TextFSM(StringIO(source))
        self.columns: tuple[str, ...] = tuple(first.header)
        self._idle = [first]

    def rows(self, command: str, text: str) -> list[Row]:
        """Split a text into rows; the items of a List value are joined by newlines.

        Raises:
            UnexpectedLine: a line that no rule of the template allows.
        """
        machine = self._borrow()
        try:
            table = machine.ParseText(text)
        except TextFSMError:
            number, line = self._offender(text)
            raise UnexpectedLine(command, number, line) from None
        finally:
            self._idle.append(machine)
        columns = self.columns
        return [
            dict(
                zip(
                    columns,
                    (item if isinstance(item, str) else "\n".join(item) for item in values),
                    strict=True,
                )
            )
            for values in table
        ]

    def line_of(self, text: str, index: int) -> tuple[int, str]:
        """Find the number and text of the line that completed a row."""
        machine = self._borrow()
        number, line = 0, ""
        for number, line in enumerate(text.splitlines(), start=1):  # noqa: B007 - used after it
            if len(machine.ParseText(line + "\n", eof=False)) > index:
                break
        self._idle.append(machine)
        return number, line

    def _offender(self, text: str) -> tuple[int, str]:
        """Feed the lines one by one to find the one that is refused."""
        machine = self._borrow()
        try:
            for number, line in enumerate(text.splitlines(), start=1):
                try:
                    machine.ParseText(line + "\n", eof=False)
                except TextFSMError:
                    return number, line
        finally:
            self._idle.append(machine)
        return 0, ""

    def _borrow(self) -> TextFSM:
        try:
            machine = self._idle.pop()
        except IndexError:
            machine = TextFSM(StringIO(self._source))
        machine.Reset()
        return machine
