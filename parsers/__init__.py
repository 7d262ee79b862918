"""Text of show commands -> typed records; a leaf."""

from parsers.catalog import parse, parse_as
from parsers.commands import PARSERS
from parsers.errors import BadValue, CliError, ParseError, UnexpectedLine, UnknownCommand

__all__ = [
    "PARSERS",
    "BadValue",
    "CliError",
    "ParseError",
    "UnexpectedLine",
    "UnknownCommand",
    "parse",
    "parse_as",
]
