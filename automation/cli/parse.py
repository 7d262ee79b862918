"""The command parse: the saved output of a show command -> records, as a table or JSON."""

from __future__ import annotations

import contextlib
import difflib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from automation.cli.options import options_of
from automation.cli.output import format_table, put, put_json
from automation.errors import CouldNotLook, UsageError

# What the longest outputs may take; our own templates need a hundredth of it.
PATIENCE_S, PATIENCE_S_PER_MB = 20.0, 20.0
PREFIXES = ("cisco_ios_", "cisco_xe_", "cisco_iosxe_")

Row = Mapping[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(parse)


def parse(
    context: typer.Context,
    command: Annotated[str, typer.Argument(help='As typed on the router: "show dmvpn".')],
    file: Annotated[Path | None, typer.Argument(help="The output; none or - is stdin.")] = None,
    *,
    templates: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="TextFSM templates that go first: show_dmvpn.textfsm and so on."
        ),
    ] = None,
) -> None:
    """Read the output of a show command; each line is understood, or named in the error."""
    text = _text(file)
    name, records = _own(templates, command, text) or _built_in(command, text)
    if options_of(context).json:
        put_json({"command": command, "parser": name, "records": records})
    else:
        put(format_records(records))


def format_records(records: Sequence[Row]) -> str:
    """Lay out records, without the columns that are empty in all of them."""
    names = list(dict.fromkeys(name for record in records for name in record))
    empty: tuple[object, ...] = (None, "", [], False)
    used = [name for name in names if any(record.get(name) not in empty for record in records)]
    if not used:
        return "nothing to show"
    return format_table(used, [[_cell(record.get(name)) for name in used] for record in records])


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ",".join(f"{name}={_cell(item)}" for name, item in value.items())
        case list():
            return " ".join(_cell(item) for item in value)
        case _:
            return str(value)


def _text(file: Path | None) -> str:
    try:
        data = sys.stdin.buffer.read() if file in {None, Path("-")} else _bytes(file)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(file)) from error
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what PowerShell writes
    return data.decode("utf-16" if wide else "utf-8", errors="replace")


def _bytes(file: Path | None) -> bytes:
    return file.read_bytes() if file else b""


def _built_in(command: str, text: str) -> tuple[str, list[Any]]:
    """Read by the parser of the program."""
    from parsers import UnknownCommand, read
    from parsers.records import plain

    with _patience(command, text):
        try:
            reading = read(command, text)
        except UnknownCommand as error:
            _unknown(command, error.detail)
        return reading.parser, [plain(record) for record in reading.records]


def _unknown(command: str, detail: str) -> NoReturn:
    from parsers import PARSERS

    words = " ".join(command.lower().split())
    near = difflib.get_close_matches(words, [one.command for one in PARSERS], n=4, cutoff=0.5)
    raise UsageError(
        f"no parser for {command!r}" + (f", it {detail}" if detail else ""),
        hint=f"near: {', '.join(near)}" if near else "docs/parsers.md lists the commands",
    )


def _own(folder: Path | None, command: str, text: str) -> tuple[str, list[Any]] | None:
    """Read by a template of the user, if there is one for the command."""
    from parsers.capture import clean, refuse, refuse_long_lines
    from parsers.engine import Template
    from parsers.errors import TemplateError

    if folder is None or not (path := _template(folder, command)):
        return None
    try:
        template = Template(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", place=str(path)) from error
    except TemplateError as error:
        raise UsageError(str(error), place=f"{path}:{error.line_number}") from error
    output = clean(text)
    refuse_long_lines(command, output)
    refuse(command, output, None)
    with _patience(command, text):
        rows = template.table(command, output)
    return path.stem, [dict(zip(template.columns, row, strict=True)) for row in rows]


def _template(folder: Path, command: str) -> Path | None:
    """Find the template of a command; its words may be shortened.

    Raises:
        UsageError: the folder is none, or several templates could be meant.
    """
    if not folder.is_dir():
        raise UsageError("no folder of templates", place=str(folder))
    typed = command.partition("|")[0].lower().split()
    found = {
        path: words
        for path in sorted(folder.glob("*.textfsm"))
        if len(words := _words(path.stem)) == len(typed)
        and all(word.startswith(start) for word, start in zip(words, typed, strict=True))
    }
    exact = [path for path, words in found.items() if words == typed]
    if len(found) > 1 and not exact:
        names = ", ".join(path.name for path in found)
        raise UsageError(f"{command!r} could be {names}", place=str(folder))
    return next(iter(exact or found), None)


def _words(stem: str) -> list[str]:
    name = stem.lower()
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name.split("_")


@contextlib.contextmanager
def _patience(command: str, text: str) -> Iterator[None]:
    """End a reading that takes absurdly long: some expressions never finish on some lines.

    Raises:
        CouldNotLook: it did.
    """
    limit = PATIENCE_S + PATIENCE_S_PER_MB * len(text) / 1e6

    def stop(*_: object) -> NoReturn:
        raise CouldNotLook(
            f"not read after {limit:.0f} s", place=command, hint="an expression that never ends?"
        )

    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
