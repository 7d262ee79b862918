"""Text of show commands -> typed records; a leaf."""

from parsers.catalog import Reading, parse, parse_as, read
from parsers.commands import PARSERS
from parsers.errors import BadValue, CliError, ParseError, UnexpectedLine, UnknownCommand

__all__ = [
    "PARSERS",
    "BadValue",
    "CliError",
    "ParseError",
    "Reading",
    "UnexpectedLine",
    "UnknownCommand",
    "parse",
    "parse_as",
    "read",
]
