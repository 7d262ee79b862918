"""Output filters: `| include`, `exclude`, `begin`, `section`, `count`, with regular expressions."""

import re
from collections.abc import Callable

FILTERS = ("include", "exclude", "begin", "section", "count")


class PipeError(Exception):
    """A filter that cannot be used; `column` is where in the line."""

    def __init__(self, column: int, *, incomplete: bool = False) -> None:
        super().__init__(f"bad filter at column {column}")
        self.column = column
        self.incomplete = incomplete


def split(line: str) -> tuple[str, str, int]:
    """Part a line at its first `|`: command, filter, column of the filter."""
    command, bar, rest = line.partition("|")
    if not bar:
        return line, "", 0
    return command.rstrip(), rest, len(command) + 1


def make_filter(text: str, column: int) -> Callable[[str], str]:
    """Read the text behind the bar.

    Raises:
        PipeError: No filter of that name, or no expression.
    """
    word, _, rest = text.strip().partition(" ")
    at = column + len(text) - len(text.lstrip())
    names = [name for name in FILTERS if name.startswith(word.lower())]
    if not word:
        raise PipeError(at, incomplete=True)
    if len(names) != 1:
        raise PipeError(at)
    name, rest = names[0], rest.strip()
    inverted = False
    if name == "section":
        first, _, more = rest.partition(" ")
        if more and ("include".startswith(first) or "exclude".startswith(first)):
            inverted, rest = first.startswith("e"), more.strip()
    if not rest:
        raise PipeError(column + len(text), incomplete=True)
    pattern = compile_ios(rest)
    if name == "section":
        return lambda output: _section(output, pattern, inverted=inverted)
    return lambda output: _FILTERS[name](output, pattern)


def compile_ios(text: str) -> re.Pattern[str]:
    """Make a pattern of an IOS regular expression, where `_` stands for a delimiter too."""
    text = text.strip().strip('"')
    try:
        return re.compile(text.replace("_", r"(?:[ ,(){}_]|^|$)"))
    except re.error:
        return re.compile(re.escape(text))


def _include(output: str, pattern: re.Pattern[str]) -> str:
    return "".join(f"{line}\n" for line in output.split("\n") if pattern.search(line) and line)


def _exclude(output: str, pattern: re.Pattern[str]) -> str:
    lines = output.rstrip("\n").split("\n")
    return "".join(f"{line}\n" for line in lines if not pattern.search(line))


def _begin(output: str, pattern: re.Pattern[str]) -> str:
    lines = output.rstrip("\n").split("\n")
    for at, line in enumerate(lines):
        if pattern.search(line):
            return "".join(f"{line}\n" for line in lines[at:])
    return ""


def _count(output: str, pattern: re.Pattern[str]) -> str:
    number = sum(1 for line in output.split("\n") if line and pattern.search(line))
    return f"Number of lines which match regexp = {number}\n"


def _section(output: str, pattern: re.Pattern[str], *, inverted: bool) -> str:
    """Keep matching lines with the deeper indented lines under them."""
    kept: list[str] = []
    depth: int | None = None
    for line in output.rstrip("\n").split("\n"):
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent > depth:
            inside = True
        else:
            inside = bool(pattern.search(line))
            depth = indent if inside else None
        if inside is not inverted:
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)


_FILTERS: dict[str, Callable[[str, re.Pattern[str]], str]] = {
    "include": _include,
    "exclude": _exclude,
    "begin": _begin,
    "count": _count,
}
