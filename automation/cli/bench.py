"""`dmvpn lab run`, `save`, `restore`, `link`, `attach`: what is done to a lab that runs."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.capture import seconds_of
from automation.cli.options import options_of
from automation.cli.output import put_json, say
from automation.cli.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from automation.cli.options import Options

Name = Annotated[str, typer.Argument(metavar="LAB", help="Name of the lab.")]
NameOption = Annotated[str, typer.Option("--lab", help="Name of the lab.")]
Router = Annotated[str, typer.Argument(metavar="ROUTER", help="A router of the lab.")]


class Cable(StrEnum):
    """What may be done to a cable."""

    UP = "up"
    DOWN = "down"


def run(
    context: typer.Context,
    name: Name = "",
    *,
    span: Annotated[
        str, typer.Option("--for", metavar="TIME", help="Device time to pass: 30s, 5m, 2h.")
    ],
) -> None:
    """Let device time pass at once, whatever the clock of the lab."""
    from labs.twin import lab

    options, folder = _lab_of(context, name)
    now = lab.run_for(folder, seconds_of(span))
    _said(options, {"lab": folder.name, "now_s": now}, f"lab {folder.name} is at {now:.0f} s")


def save(context: typer.Context, name: Name = "") -> None:
    """Keep the whole lab as it is now; `lab restore` and the next `lab up` go on there."""
    from labs.twin import lab

    options, folder = _lab_of(context, name)
    path = lab.save(folder)
    _said(options, {"lab": folder.name, "path": str(path)}, f"lab {folder.name} saved in {path}")


def restore(context: typer.Context, name: Name = "") -> None:
    """Put a lab back to where it was saved; open sessions end."""
    from labs.twin import lab

    options, folder = _lab_of(context, name)
    found = lab.restore(folder)
    _said(
        options,
        {"lab": found.name, "now_s": found.now_s},
        f"lab {found.name} is back at {found.now_s:.0f} s of device time",
    )


def link(
    context: typer.Context,
    router: Router,
    interface: Annotated[str, typer.Argument(metavar="IF", help="An interface with a cable.")],
    cable: Annotated[Cable, typer.Argument(metavar="up|down", help="Plug it in or pull it out.")],
    name: NameOption = "",
) -> None:
    """Plug or pull the cable of an interface."""
    from labs.twin import lab

    options, folder = _lab_of(context, name)
    full = lab.set_link(folder, router, interface, connected=cable is Cable.UP)
    _said(
        options,
        {"lab": folder.name, "router": router, "interface": full, "cable": cable.value},
        f"the cable of {router} {full} is {'in' if cable is Cable.UP else 'out'}",
    )


def attach(
    context: typer.Context,
    router: Router,
    how: Annotated[
        list[str],
        typer.Argument(metavar="oob|via ADDRESS [to ADDRESS]", help="How sessions come in."),
    ],
    name: NameOption = "",
) -> None:
    """Attach new sessions of a router out of band, or through the simulated network."""
    from labs.topology import Attachment
    from labs.twin import lab

    options, folder = _lab_of(context, name)
    attachment = Attachment.parse(" ".join(how))
    lab.attach(folder, router, attachment)
    _said(
        options,
        {"lab": folder.name, "router": router, "attachment": str(attachment)},
        f"new sessions of {router} come {attachment}",
    )


def _lab_of(context: typer.Context, name: str) -> tuple[Options, Path]:
    options = options_of(context)
    return options, Project(options).lab_folder(name)


def _said(options: Options, result: dict[str, object], text: str) -> None:
    if options.json:
        put_json({"schema": "dmvpn.lab-change/1", **result})
        return
    say(text, quiet=options.quiet)
