"""The program: global options, and the one fence that turns errors into a message and a code.

Exit codes: 0 done, 1 a bug, 2 usage or wrong intent, 3 drift, 4 found wanting, 5 could not look,
6 refused, 7 applied partly, 8 reverted, 9 state unknown, 130 interrupted.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from automation import __version__
from automation.cli.change import register as register_change
from automation.cli.demo import register as register_demo
from automation.cli.fabric import register as register_fabric
from automation.cli.lab import app as lab_app
from automation.cli.look import register as register_look
from automation.cli.manual import register as register_manual
from automation.cli.options import Format, Options, hoist
from automation.cli.output import say
from automation.cli.parse import register as register_parse

EPILOG = (
    "The options above may also stand after the command. Exit codes: 0 done, 2 usage, 3 drift, "
    "4 wanting, 5 could not look, 6 refused, 7 partly applied, 8 reverted, 9 unknown, 1 a bug."
)
BUG, COULD_NOT_LOOK, INTERRUPTED = 1, 5, 130

app = typer.Typer(
    name="dmvpn",
    help="Deploy, verify and convert Cisco DMVPN networks.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for register in (
    register_fabric,
    register_change,
    register_look,
    register_parse,
    register_demo,
    register_manual,
):
    register(app)
app.add_typer(lab_app, name="lab")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        typer.echo(f"dmvpn {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("-C", "--chdir", metavar="DIR", help="Folder of the project.")
    ] = Path(),
    inventory: Annotated[
        Path | None,
        typer.Option("-i", "--inventory", metavar="DIR", help="Inventory folder [DIR/inventory]."),
    ] = None,
    limit: Annotated[
        str,
        typer.Option(
            "-l", "--limit", metavar="EXPR", help="Only these devices: names, globs, role:spoke."
        ),
    ] = "",
    form: Annotated[Format, typer.Option("--format", help="Form of the output.")] = Format.TABLE,
    *,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say less.")] = False,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more.")] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="Show stack traces.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Deploy, verify and convert Cisco DMVPN networks."""
    context.obj = Options(
        folder=folder,
        inventory=inventory or folder / "inventory",
        limit=limit,
        format=form,
        quiet=quiet,
        verbose=verbose,
        debug=debug,
    )


def main() -> None:
    """Run the program."""
    arguments = hoist(sys.argv[1:])
    try:
        app(arguments, prog_name="dmvpn")
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output has gone; leave without a second error at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the fence of the program
        sys.exit(_told(error, debug="--debug" in arguments))


def _told(error: Exception, *, debug: bool) -> int:
    """Say what happened in one message and give the exit code."""
    # imported here: the start of the program must not wait for them
    import traceback

    from automation.errors import DmvpnError
    from labs.topology import TopologyError
    from labs.twin.lab.folder import LabError
    from parsers.errors import ParseError
    from tasks.errors import TaskError

    if debug:
        traceback.print_exception(error)
    match error:
        case DmvpnError():
            say(str(error))
            return error.exit_code
        case TaskError() | ParseError():
            say(str(error))
            return COULD_NOT_LOOK
        case LabError() | TopologyError():
            say(str(error))
            return 2
        case _:
            say(f"internal error: {type(error).__name__}; this is a bug")
            say(f"report: {_report(error)}")
            return BUG


def _report(error: Exception) -> Path:
    """Write what a maintainer needs; the text may quote devices, so it is private."""
    import tempfile
    import traceback

    handle, name = tempfile.mkstemp(prefix="dmvpn-bug-", suffix=".txt")
    with os.fdopen(handle, "w") as file:
        file.write(f"dmvpn {__version__}, Python {sys.version}\n")
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
