"""What can go wrong when text is read.

ParseError                  root: the command, the line number (1 = first) and the line
|- UnknownCommand           no parser for this command, or the abbreviation is ambiguous
|- UnexpectedLine           a line that the output of this command never has, or an entry cut short
|- BadValue                 a line of the right shape with a value that cannot be
|- TemplateError            a template is not in the TextFSM language (line and number are its own)
`- CliError                 the router refused: a `%` answer instead of output
"""


class ParseError(Exception):
    """Text that is not the output of the command; says which line."""

    reason = "cannot be read"

    def __init__(self, command: str, line_number: int, line: str, detail: str = "") -> None:
        """Keep the place: the command, the number of the line in the text given, the line."""
        super().__init__(command, line_number, line, detail)
        self.command = command
        self.line_number = line_number
        self.line = line
        self.detail = detail

    def __str__(self) -> str:
        """Format as `command, line N: reason (detail): the line`, both shortened."""
        place = f"{self.command}, line {self.line_number}" if self.line_number else self.command
        detail = f" ({self.detail[:120]})" if self.detail else ""
        return f"{place}: {self.reason}{detail}: {self.line.strip()[:120]!r}"


class UnknownCommand(ParseError):
    """No parser for this command, or an abbreviation of several."""

    reason = "no parser for this command"

    def __str__(self) -> str:
        """Name the command and, where it is ambiguous, what it could mean."""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.reason}{detail}: {self.command[:120]!r}"


class UnexpectedLine(ParseError):
    """A line that the output of this command never has, or an entry cut short."""

    reason = "unexpected line"


class BadValue(ParseError):
    """A line of the right shape with a value that cannot be."""

    reason = "value cannot be read"


class CliError(ParseError):
    """The router refused: a `%` answer instead of output."""

    reason = "the router answered"


class TemplateError(ParseError):
    """A template that is not in the language; name, line number and line are the template's."""

    reason = "no template"
