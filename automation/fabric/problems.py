"""What is wrong with an intent, and where: file, line, column, code, remedy.

The catalogue of codes stands in docs/rules.md. E1xx structure, E2xx values, E3xx values that
contradict each other, E4xx what is right but not built yet. Reading YAML and judging it is not
done here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from automation.errors import DmvpnError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that an operator can fix, at the place where it stands."""

    code: str
    message: str
    hint: str = ""
    file: str = ""
    """As the user named it, relative to the working directory where possible."""
    line: int = 0
    """1-based; 0 when the file has no such place."""
    column: int = 0
    excerpt: str = ""
    """The line of the file, secrets masked."""
    width: int = 1
    """How many characters the caret line underlines."""

    @property
    def place(self) -> str:
        """Say where: `file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """Format as UX section 4 shows: place, code, message, caret line, hint."""
        lines = [f"{self.place}: {self.code} {self.message}"]
        if self.line and self.excerpt:
            number = f"{self.line:>5}"
            lines.append(f"{number} | {self.excerpt}")
            lines.append(f"{' ' * len(number)} | {' ' * (self.column - 1)}{'^' * self.width}")
        if self.hint:
            lines.append(f"   hint: {self.hint}")
        return "\n".join(lines)


class InvalidFabric(DmvpnError):
    """The intent is wrong; carries every problem found."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of the files."""
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column, p.code)))
        count = len(self.problems)
        super().__init__(f"Found {count} error{'' if count == 1 else 's'}")

    def __str__(self) -> str:
        """Format every problem, and the count last."""
        return "\n".join([*map(str, self.problems), self.message])
