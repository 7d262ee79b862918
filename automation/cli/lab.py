"""The lab: the routers of the fabric as virtual ones on this machine, on their first day."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.bench import attach, link, restore, run, save
from automation.cli.capture import capture
from automation.cli.day0 import lab_of, next_spoke, start
from automation.cli.folder import spec_of_folder
from automation.cli.options import Options, options_of
from automation.cli.output import format_table, put, put_json, say
from automation.cli.project import DEFAULT_LAB, Project
from automation.cli.replay import replay
from automation.errors import UsageError

if TYPE_CHECKING:
    from labs.twin.lab import LabStatus

app = typer.Typer(
    help="A network of virtual routers on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(metavar="LAB", help="Name of the lab.")]
Clock = Annotated[
    str, typer.Option("--clock", metavar="real|N|manual", help="How fast its time passes.")
]
Image = Annotated[str, typer.Option("--image", help="IOS version of the routers.")]
Spare = Annotated[
    list[str] | None,
    typer.Option(
        "--spare",
        metavar="ROUTER",
        help="A router that is not in the fabric yet [one, named like the next spoke].",
    ),
]
Configs = Annotated[
    Path | None,
    typer.Option(
        "--configs",
        metavar="FOLDER",
        help="Boot these running-configs, one router a file, instead of the fabric.",
    ),
]
Ports = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="ROUTER=N", help="SSH port of a router of --configs."),
]
Users = Annotated[
    list[str] | None,
    typer.Option("--user", metavar="NAME:PASSWORD", help="A user beside those of --configs."),
]


@app.callback()
def _lab() -> None:
    """Hold the commands together."""


@app.command()
def up(
    context: typer.Context,
    name: Name = DEFAULT_LAB,
    *,
    clock: Clock = "real",
    image: Image = "17.3",
    spare: Spare = None,
    configs: Configs = None,
    port: Ports = None,
    user: Users = None,
) -> None:
    """Start the routers of the fabric with a day-0 configuration: name, user, SSH, WAN address.

    With --configs, routers with the configurations of a folder: links by subnet, logins by the
    users and passwords in them.
    """
    from labs.topology import parse_rate
    from labs.twin.lab import Folder
    from labs.twin.lab import status as lab_status

    options = options_of(context)
    project = Project(options)
    folder = project.labs / name
    rate = parse_rate(clock)
    if Folder(folder).running():
        say(f"lab {name} runs already and was left alone; `dmvpn lab down` ends it")
        _show(options, lab_status(folder))
    elif configs is not None:
        _show(options, start(spec_of_folder(configs, name, port, user, image, rate), folder))
    elif port or user:
        raise UsageError("--port and --user go with --configs")
    else:
        spares = [next_spoke(project.views)] if spare is None else spare
        spec = lab_of(project.views, name=name, image=image, spares=spares, rate=rate)
        _show(options, start(spec, folder, project.fabric.secrets()))


@app.command()
def status(context: typer.Context, name: Name = "") -> None:
    """Show the routers of a running lab, its clock and the open sessions."""
    from labs.twin.lab import status as lab_status

    options = options_of(context)
    _show(options, lab_status(Project(options).lab_folder(name)))


@app.command()
def ssh(
    context: typer.Context,
    router: Annotated[str, typer.Argument(help="A router of the lab.")],
    name: Annotated[str, typer.Option("--lab", help="Name of the lab.")] = "",
    *,
    show: Annotated[
        bool, typer.Option("--print", help="Print the command instead of running it.")
    ] = False,
) -> None:
    """Open a terminal on a router of the lab."""
    import shlex

    from labs.twin.lab import ssh_command

    folder = Project(options_of(context)).lab_folder(name)
    command = ssh_command(folder, router)
    if show:
        put(shlex.join(command))
        return
    say(f"the password stands in {folder / 'credentials.yaml'}, under `lab`")
    os.execvp(command[0], command)  # noqa: S606 - no shell, our own words


@app.command()
def down(context: typer.Context, name: Name = "") -> None:
    """End a lab; what its routers did not save is lost."""
    from labs.twin.lab import down as lab_down

    options = options_of(context)
    folder = Project(options).lab_folder(name)
    ended = lab_down(folder)
    say(f"lab {folder.name} " + ("ended" if ended else "was not running"), quiet=options.quiet)


for steps in (run, save, restore, link, attach):
    app.command()(steps)
app.command()(capture)
app.command()(replay)


def _show(options: Options, found: LabStatus) -> None:
    if options.json:
        from dataclasses import asdict

        put_json({"schema": "dmvpn.lab/1", **asdict(found)})
        return
    rows = [(r.name, f"127.0.0.1:{r.port}", r.image, r.attachment) for r in found.routers]
    put(format_table(("ROUTER", "SSH", "IOS", "ATTACHED"), rows))
    rate = f"{found.rate} times real time" if found.rate[0].isdigit() else found.rate
    say(
        f"Lab {found.name}: process {found.pid}, clock {rate}, up for {found.now_s:.0f} s of "
        "device time.\nNext: dmvpn plan (it finds the lab by itself); dmvpn lab ssh ROUTER",
        quiet=options.quiet,
    )
