"""Output filters with regular expressions, and `| redirect`, `append`, `tee` into a file."""

from collections.abc import Callable

from labs.twin.cli.expressions import Expression, ExpressionError, compile_expression
from labs.twin.grammar import Hints

FILTERS = ("include", "exclude", "begin", "section", "count")
WRITERS = ("append", "redirect", "tee")
Write = Callable[[str, str, bool], str]
"""(URL, text, append) -> what went wrong."""


NOT_COMPILED = "% Failed to compile regular expression.\n"


class PipeError(Exception):
    """A filter that cannot be used; `column` is where in the line."""

    def __init__(self, column: int, *, incomplete: bool = False) -> None:
        super().__init__(f"bad filter at column {column}")
        self.column = column
        self.incomplete = incomplete


def split(line: str) -> tuple[str, str, int]:
    """Part a line at its first `|`: command, filter, column of the filter.

    There is one filter only: a further `|` belongs to its expression, as an alternative.
    """
    command, bar, rest = line.partition("|")
    if not bar:
        return line, "", 0
    return command.rstrip(), rest, len(command) + 1


def make_filter(text: str, column: int, write: Write) -> Callable[[str], str]:
    """Read the text behind the bar.

    Args:
        text: What follows the bar.
        column: Where in the line it begins.
        write: Takes what is sent to a file.

    Raises:
        PipeError: No filter of that name, or no expression.
    """
    word, _, rest = text.lstrip().partition(" ")
    at = column + len(text) - len(text.lstrip())
    names = [name for name in (*FILTERS, *WRITERS) if name.startswith(word.lower())]
    if not word.strip():
        raise PipeError(at, incomplete=True)
    if len(names) != 1:
        raise PipeError(at)
    name, rest = names[0], rest.lstrip()
    if not rest:
        raise PipeError(column + len(text), incomplete=True)
    if name in WRITERS:
        return _writer(name, rest.strip(), column + text.rfind(rest.split()[-1]), write)
    inverted = False
    if name == "section":
        first, _, more = rest.partition(" ")
        if more.strip() and ("include".startswith(first) or "exclude".startswith(first)):
            inverted, rest = first.startswith("e"), more.lstrip()
    try:
        # Blanks behind the last word are part of the expression.
        pattern = compile_expression(rest)
    except ExpressionError:
        return lambda output: NOT_COMPILED
    if name == "section":
        return lambda output: _section(output, pattern, inverted=inverted)
    return lambda output: _FILTERS[name](output, pattern)


def _writer(name: str, rest: str, column: int, write: Write) -> Callable[[str], str]:
    """Send the output to a file; `tee` shows it as well."""
    first, _, url = rest.partition(" ")
    append = name == "append"
    if name == "tee" and url and "/append".startswith(first.lower()):
        append, rest = True, url.strip()
    if " " in rest:
        raise PipeError(column)

    def send(output: str) -> str:
        failure = write(rest, output, append)
        return failure or (output if name == "tee" else "")

    return send


def hints(text: str) -> Hints:
    """List what may follow the bar."""
    words = text.split()
    if not words:
        return Hints(tuple(sorted((*FILTERS, *WRITERS))), completing=False)
    names = tuple(n for n in sorted((*FILTERS, *WRITERS)) if n.startswith(words[0].lower()))
    if len(words) == 1 and not text[-1:].isspace():
        return Hints(names, completing=True)
    if len(names) != 1:
        return Hints((), completing=False, ambiguous=bool(names))
    return Hints(("WORD" if names[0] in WRITERS else "LINE",), completing=False)


def _include(output: str, pattern: Expression) -> str:
    return "".join(f"{line}\n" for line in output.split("\n") if line and pattern.matches(line))


def _exclude(output: str, pattern: Expression) -> str:
    lines = output.rstrip("\n").split("\n")
    return "".join(f"{line}\n" for line in lines if not pattern.matches(line))


def _begin(output: str, pattern: Expression) -> str:
    lines = output.rstrip("\n").split("\n")
    for at, line in enumerate(lines):
        if pattern.matches(line):
            return "".join(f"{line}\n" for line in lines[at:])
    return ""


def _count(output: str, pattern: Expression) -> str:
    number = sum(1 for line in output.split("\n") if line and pattern.matches(line))
    return f"Number of lines which match regexp = {number}\n"


def _section(output: str, pattern: Expression, *, inverted: bool) -> str:
    """Keep matching lines with the deeper indented lines under them."""
    kept: list[str] = []
    depth: int | None = None
    for line in output.rstrip("\n").split("\n"):
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent > depth:
            inside = True
        else:
            inside = bool(pattern.matches(line))
            depth = indent if inside else None
        if inside is not inverted:
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)


_FILTERS: dict[str, Callable[[str, Expression], str]] = {
    "include": _include,
    "exclude": _exclude,
    "begin": _begin,
    "count": _count,
}
