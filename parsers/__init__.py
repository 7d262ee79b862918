"""Text of show commands -> typed records; a leaf."""

from parsers.catalog import PARSERS, parse, parse_as
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
