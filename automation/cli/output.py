"""Where words go: data to stdout, talk to stderr; no colour when not a terminal.

`format_*` functions return text and are tested; `put` and `say` write it.
"""

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, TextIO

COLOURS = {
    "PASS": "32",
    "FAIL": "31",
    "ERROR": "33",
    "SKIP": "2",
    "DRIFT": "33",
    "+": "32",
    "~": "33",
    "-": "31",
}


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a device said must not steer the terminal of who reads it."""


def put(text: str) -> None:
    """Write data."""
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    sys.stdout.write(_painted(text, sys.stdout).rstrip("\n") + "\n")
    sys.stdout.flush()


def put_json(data: Any) -> None:
    """Write data as JSON."""
    put(json.dumps(data, indent=1, ensure_ascii=False, default=str))


def say(text: str, *, quiet: bool = False) -> None:
    """Talk about what happens."""
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    if not quiet:
        sys.stderr.write(_painted(text, sys.stderr).rstrip("\n") + "\n")
        sys.stderr.flush()


def _painted(text: str, stream: TextIO) -> str:
    if not stream.isatty() or "NO_COLOR" in os.environ:
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    word = line.split(maxsplit=1)[:1]
    if word and (colour := COLOURS.get(word[0])):
        return line.replace(word[0], f"\x1b[{colour}m{word[0]}\x1b[0m", 1)
    return line


def format_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in columns."""
    table = [headings, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def ask(question: str) -> bool:
    """Ask a yes/no question on the terminal; anything but yes is no."""
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def interactive() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()
