"""`dmvpn lab capture`: the packets of one interface of the lab, as a file for Wireshark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from automation.cli.options import options_of
from automation.cli.output import put_json, say
from automation.cli.project import Project
from automation.errors import UsageError

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|)")


def capture(
    context: typer.Context,
    router: Annotated[str, typer.Argument(metavar="ROUTER", help="A router of the lab.")],
    interface: Annotated[
        str,
        typer.Argument(
            metavar="IF", help="An interface; a tunnel shows what is in GRE, also if encrypted."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The pcap file to write.")
    ],
    *,
    span: Annotated[
        str,
        typer.Option("--for", metavar="TIME", help="Device time after which to end: 30s, 5m, 1h."),
    ] = "",
    count: Annotated[
        int | None,
        typer.Option("--count", min=1, metavar="N", help="Frames after which to end."),
    ] = None,
    name: Annotated[str, typer.Option("--lab", help="Name of the lab.")] = "",
) -> None:
    """Write the packets of an interface of the lab to a file, until Ctrl-C."""
    from dataclasses import asdict

    from labs.twin import lab

    options = options_of(context)
    result = lab.capture(
        Project(options).lab_folder(name),
        router,
        interface,
        output,
        seconds=seconds_of(span) if span else None,
        count=count,
        started=lambda full: say(
            f"capturing on {router} {full}; Ctrl-C ends it", quiet=options.quiet
        ),
    )
    if options.json:
        put_json({"schema": "dmvpn.capture/1", **asdict(result)})
    say(f"{result.frames} frames in {output}", quiet=options.quiet)
    if result.left_out:
        say(f"left out: {result.left_out} packets that the twin cannot write down yet")


def seconds_of(text: str) -> float:
    """Read a time: 30, 30s, 5m, 1h."""
    found = SPAN.fullmatch(text)
    seconds = float(found[1]) * UNITS[found[2]] if found is not None else 0.0
    if seconds <= 0:
        raise UsageError(f"{text!r} is no time", hint="write it as 30s, 5m or 1h")
    return seconds
