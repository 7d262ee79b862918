"""Commands that change devices, or say what would change: plan, apply, site, resume, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.options import Options, Prune, Unsaved, Wait, Yes, options_of
from automation.cli.output import ask, interactive, put, put_json, say
from automation.cli.project import Project, utc_now

if TYPE_CHECKING:
    from automation.journal import Journal
    from automation.workflows.deploy import Outcome
    from automation.workflows.devices import NornirFleet
    from automation.workflows.plan import Plan, Prepared

DEFAULT_WAIT_S = 120.0

site = typer.Typer(
    help="Add sites to the fabric and bring them up.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(plan)
    app.command()(apply)
    app.command()(resume)
    app.command()(status)
    site.command("add")(add)
    app.add_typer(site, name="site")


@site.callback()
def _site() -> None:
    """Add sites to the fabric and bring them up."""


def plan(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan for `apply FILE`.")
    ] = None,
    *,
    prune: Prune = False,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 3 if there is something to do.")
    ] = False,
) -> None:
    """Show what each device would be sent, and how it would be undone. Nothing is sent."""
    from automation.workflows.plan import prepare, write_plan

    options = options_of(context)
    project = Project(options)
    _known(project, [])
    with project.fleet() as fleet:
        found = prepare(fleet, project.planner(prune=prune), project.names(), utc_now).plan
    if out:
        write_plan(found, out)
    _show(options, found)
    if out:
        say(f"Saved to {out}. Next: dmvpn apply {out}", quiet=options.quiet)
    if detailed and not found.empty:
        raise typer.Exit(3)


def apply(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="PLAN", help="A saved plan.")] = None,
    *,
    yes: Yes = False,
    prune: Prune = False,
    wait: Wait = DEFAULT_WAIT_S,
    allow_unsaved: Unsaved = False,
) -> None:
    """Change the devices, each under its own undo timer until it is verified.

    The plan is shown and asked about once. Hubs go first; each device is verified and confirmed;
    the whole cloud is judged before anything is saved. A device that fails is reverted.
    """
    options = options_of(context)
    project = Project(options)
    _must_be_answerable(yes=yes)
    code = roll_out(project, file, yes=yes, wait=wait, allow_unsaved=allow_unsaved, prune=prune)
    raise typer.Exit(code)


def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the new site.")],
    *,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ROUTER[=ADDRESS]", help="Its router, and how to reach it if new."
        ),
    ],
    wan: Annotated[
        str, typer.Option("--wan", metavar="INTERFACE[=ADDRESS]", help="Towards the transport.")
    ],
    lan: Annotated[
        list[str], typer.Option("--lan", metavar="[INTERFACE=]PREFIX", help="May be repeated.")
    ],
    cloud: Annotated[str, typer.Option("--cloud", help="Needed where there are several.")] = "",
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the edit and the plan; write nothing.")
    ] = False,
    wait: Wait = DEFAULT_WAIT_S,
    allow_unsaved: Unsaved = False,
) -> None:
    """Add a spoke site to the fabric, then plan and apply it."""
    from automation.cli.sites import add_site

    options = options_of(context)
    if not dry_run:
        _must_be_answerable(yes=yes)
    project = Project(options)
    code = add_site(
        project,
        name,
        router=host,
        wan=wan,
        lans=lan,
        cloud=cloud,
        dry_run=dry_run,
        then=lambda changed: roll_out(
            changed, None, yes=yes, wait=wait, allow_unsaved=allow_unsaved
        ),
    )
    raise typer.Exit(code)


def resume(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="A run that did not end, e.g. 2026-11-22-3.")],
    wait: Wait = DEFAULT_WAIT_S,
) -> None:
    """Settle what a dead run left on devices.

    What is pending is reverted; what was confirmed is saved once the whole cloud is well.
    """
    from automation.cli.runs import settle_run

    raise typer.Exit(settle_run(Project(options_of(context)), run, wait))


def status(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="One run; the latest ones if left out.")] = "",
) -> None:
    """Show past runs and what they left open; no device is asked."""
    from automation.cli.runs import show_runs

    show_runs(Project(options_of(context)), run)


def _must_be_answerable(*, yes: bool) -> None:
    """Refuse early what would end in a question that nobody can answer."""
    from automation.errors import UsageError

    if not yes and not interactive():
        raise UsageError(
            "this changes devices, and there is no terminal to ask on",
            hint="look at `dmvpn plan`, then say --yes",
        )


def _show(options: Options, found: Plan) -> None:
    from automation.cli.plans import format_plan, plan_data

    if options.json:
        put_json(plan_data(found))
    else:
        put(format_plan(found, inverse=options.verbose > 0))


def roll_out(
    project: Project,
    file: Path | None,
    *,
    yes: bool,
    wait: float,
    allow_unsaved: bool,
    prune: bool = False,
) -> int:
    """Plan (or check a saved plan), show, ask, apply; give the exit code."""
    from automation.cli.plans import devices
    from automation.workflows.plan import check_fresh, prepare, read_plan

    saved = read_plan(file) if file else None
    names = [c.device for c in saved.changes] if saved else project.names()
    planner = project.planner(prune=saved.prune if saved else prune)
    _known(project, names)
    with project.fleet() as fleet, project.run("apply", locked=True) as journal:
        prepared = prepare(fleet, planner, names, utc_now)
        if saved:
            check_fresh(saved, prepared.plan)
        if prepared.plan.empty:
            _nothing(project.options)
            _tell_unsaved(prepared)
            return 0
        if project.options.json:
            say("applying", quiet=project.options.quiet)
        else:
            _show(project.options, prepared.plan)
        if not yes and not ask(f"Apply to {devices(len(prepared.plan.todo))}?"):
            say("Nothing was sent.")
            return 6
        return _applied(project, prepared, fleet, journal, wait, allow_unsaved=allow_unsaved)


def _known(project: Project, names: list[str]) -> None:
    """Find out what is missing before any device is asked; keep the addresses given out.

    Raises:
        Refused: The plan is about devices that the fabric no longer has.
        UsageError: A secret has no value.
    """
    from automation.errors import Refused
    from automation.fabric.allocations import save_allocations

    _ = project.tokens
    gone = [name for name in names if name not in project.views]
    if gone:
        raise Refused(f"the plan is stale: the fabric has no {', '.join(gone)}", hint="plan again")
    save_allocations(project.inventory, project.allocations)


def _nothing(options: Options) -> None:
    if options.json:
        put_json({"schema": "dmvpn.apply/1", "devices": {}, "exit_code": 0})
    else:
        put("No changes. The devices match the fabric.")


def _tell_unsaved(prepared: Prepared) -> None:
    """Say whose configuration would not survive a reload."""
    names = [name for name, found in prepared.backups.items() if found.startup_differs]
    if names:
        say(
            f"Not saved on {', '.join(names)}: running and startup configuration differ.\n"
            "Next: dmvpn status (a run that stopped before saving is ended by `resume`), "
            "or `write memory` there"
        )


def _applied(
    project: Project,
    prepared: Prepared,
    fleet: NornirFleet,
    journal: Journal,
    wait: float,
    *,
    allow_unsaved: bool,
) -> int:
    from automation.cli.plans import Ticker, format_outcome, outcome_data
    from automation.workflows.deploy import Settings
    from automation.workflows.deploy import apply as deploy
    from automation.workflows.verify import Patience

    options = project.options
    settings = Settings(patience=Patience(wait_s=wait), allow_unsaved=allow_unsaved, now=utc_now)
    ticker = Ticker([change.device for change in prepared.plan.todo], quiet=options.quiet)
    try:
        outcome: Outcome = deploy(
            prepared,
            fleet,
            journal,
            settings,
            clear=project.clear(),
            keep=project.keep(journal.run),
            listen=ticker,
        )
    except KeyboardInterrupt:
        say(
            f"interrupted: what was not confirmed goes back by itself. "
            f"Next: dmvpn resume {journal.run}"
        )
        raise
    ticker.end()
    if options.json:
        put_json(outcome_data(outcome))
    else:
        put(format_outcome(outcome))
    return outcome.exit_code
