"""Options that several commands share, and the global ones as one frozen value.

Global options may stand before or after the command: `hoist` moves them to the front, because
the parser knows them only there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """Form of the data on stdout."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said before the command."""

    folder: Path
    """The project: where `inventory/` and `.dmvpn/` stand."""
    inventory: Path
    limit: str = ""
    format: Format = Format.TABLE
    quiet: bool = False
    verbose: int = 0
    debug: bool = False

    @property
    def json(self) -> bool:
        """Tell whether data goes out as JSON."""
        return self.format is Format.JSON


WITH_VALUE = ("-C", "--chdir", "-i", "--inventory", "-l", "--limit", "--format")
WITHOUT_VALUE = ("-q", "--quiet", "-v", "-vv", "--verbose", "--debug")

Yes = Annotated[bool, typer.Option("--yes", help="Answer yes to the one question.")]
Wait = Annotated[
    float,
    typer.Option("--wait", min=0, metavar="SECONDS", help="How long to look again, device time."),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="FORMAT=FILE", help="Write a report: json, junit, md or html."
    ),
]
Captures = Annotated[
    Path | None,
    typer.Option("--captures", metavar="FOLDER", help="Judge saved output instead of devices."),
]
Prune = Annotated[
    bool,
    typer.Option("--prune", help="Also remove lines inside our blocks that we did not write."),
]
Unsaved = Annotated[
    bool,
    typer.Option("--allow-unsaved", help="Go on where running and startup config differ already."),
]


def options_of(context: typer.Context) -> Options:
    """Give the global options of this call."""
    found = context.obj
    if not isinstance(found, Options):  # only if a command is called without the program
        raise TypeError(type(found))
    return found


def hoist(arguments: Sequence[str]) -> list[str]:
    """Move global options to the front; what follows `--` stays."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        name = word.partition("=")[0] if word.startswith("--") else word
        if name in WITH_VALUE:
            front.append(word)
            if "=" not in word and waiting:
                front.append(waiting.pop(0))
        elif word in WITHOUT_VALUE or (word[:2] in ("-l", "-C", "-i") and word[:1] == "-"):
            front.append(word)
        else:
            rest.append(word)
    return front + rest
