"""`dmvpn lab replay`: a published network on the twin, judged output by output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automation.cli.options import options_of
from automation.cli.output import format_table, put, put_json, say
from automation.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labs.twin.replay import Case, Judged

FOUND_WANTING = 4


def replay(
    context: typer.Context,
    case: Annotated[
        Path, typer.Argument(metavar="CASE", help="Folder with case.json, configs and outputs.")
    ],
) -> None:
    """Boot a published network on the twin and compare what it prints with what was published."""
    from labs.twin.replay import CaseError, load_case, play

    options = options_of(context)
    try:
        loaded = load_case(case)
    except CaseError as error:
        raise UsageError(str(error), hint="docs/twin.md describes the folder of a case") from error
    judged = play(loaded)
    if options.json:
        put_json(as_json(loaded, judged))
    else:
        put(format_replay(judged, verbose=options.verbose > 0))
        say(summary(loaded, judged), quiet=options.quiet)
    if any(one.eligible and one.verdict != "match" for one in judged):
        raise typer.Exit(FOUND_WANTING)


def as_json(case: Case, judged: Sequence[Judged]) -> dict[str, Any]:
    """Give a replay as plain data: these keys and no others, as docs/twin.md lists them."""
    return {
        "case": case.name,
        "outputs": [
            {
                "step": one.step,
                "node": one.node,
                "command": one.command,
                "verdict": str(one.verdict),
                "diff": one.diff,
            }
            for one in judged
        ],
    }


def format_replay(judged: Sequence[Judged], *, verbose: bool = False) -> str:
    """Draw the verdicts as a table; with `-v` every difference follows."""
    rows = [
        (str(one.step), one.node, one.command, _verdict(one), "; ".join(one.assumed))
        for one in judged
    ]
    text = format_table(("STEP", "NODE", "COMMAND", "VERDICT", "ASSUMED BEFORE"), rows)
    if not verbose:
        return text
    return text + "".join(
        f"\n\nstep {one.step}, {one.node}, {one.command}\n{one.diff}"
        for one in judged
        if one.diff and one.eligible
    )


def _verdict(one: Judged) -> str:
    return str(one.verdict) if one.eligible else "not counted"


def summary(case: Case, judged: Sequence[Judged]) -> str:
    """Say how many outputs match."""
    counted = [one for one in judged if one.eligible]
    same = sum(one.verdict == "match" for one in counted)
    more = "" if same == len(counted) else "  (-v shows the differences)"
    return f"{case.name}: {same} of {len(counted)} outputs match{more}"
