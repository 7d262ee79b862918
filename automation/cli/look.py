"""Commands that look and change nothing: verify, audit, trace, collect, run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.options import Captures, Reports, Wait, options_of
from automation.cli.output import format_table, put, put_json, say
from automation.cli.project import Project, utc_now

if TYPE_CHECKING:
    from automation.reports.model import Report

READ_ONLY = ("show", "sh", "ping", "traceroute", "dir", "more")
FACTS = ("device", "hostname", "model", "release", "defaults", "archive", "filesystem")
FILTERS = ("include", "exclude", "begin", "section", "count")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (verify, audit, trace, collect, facts):
        app.command()(command)
    app.command("run")(run)


def verify(
    context: typer.Context,
    *,
    captures: Captures = None,
    wait: Wait = 120.0,
    passive: Annotated[
        bool, typer.Option("--passive", help="Send no probes between spokes.")
    ] = False,
    report: Reports = None,
) -> None:
    """Judge the network, and prove its phase.

    Registrations from both ends, IPsec, routing neighbours and routes; then traffic between spokes
    must make the shortcut that phase 3 promises. Waits, in device time, for what is not yet up.
    """
    options = options_of(context)
    project = Project(options)
    writers = _writers(report or [])
    found = _offline(project, captures) if captures else _online(project, wait, passive=passive)
    raise typer.Exit(_reported(project, found, writers))


def _offline(project: Project, folder: Path) -> Report:
    from automation.reports.model import Report
    from automation.workflows.offline import judge_captures, load_captures

    started = utc_now()
    names = project.names()
    findings = judge_captures(project.views, load_captures(folder, names), names)
    return Report(
        kind="verify",
        run="offline",
        started=started.isoformat(timespec="seconds"),
        duration_s=(utc_now() - started).total_seconds(),
        devices=tuple(names),
        findings=findings,
    )


def _online(project: Project, wait: float, *, passive: bool) -> Report:
    from automation.reports.model import Report
    from automation.workflows.verify import Patience
    from automation.workflows.verify import verify as judge

    names = project.names()
    started, begun = utc_now(), time.monotonic()
    with project.run("verify", locked=False) as journal, project.fleet() as fleet:
        findings = judge(
            fleet, project.views, only=names, active=not passive, patience=Patience(wait_s=wait)
        )
        found = Report(
            kind="verify",
            run=journal.run,
            started=started.isoformat(timespec="seconds"),
            duration_s=time.monotonic() - begun,
            devices=tuple(names),
            findings=findings,
        )
        journal.record("end", exit_code=found.exit_code)
    return found


def audit(
    context: typer.Context,
    *,
    wait: Wait = 0.0,
    active: Annotated[
        bool, typer.Option("--active", help="Also send probes between spokes.")
    ] = False,
    report: Reports = None,
) -> None:
    """Look for faults and drift, changing nothing; for every night.

    Exit 0 good, 3 drift only, 4 wanting, 5 could not look. No probes unless asked for.
    """
    from automation.reports.model import Report
    from automation.workflows.audit import audit as look
    from automation.workflows.verify import Patience

    project = Project(options_of(context))
    writers = _writers(report or [])
    names = project.names()
    started, begun = utc_now(), time.monotonic()
    with project.run("audit", locked=False) as journal, project.fleet() as fleet:
        findings, drift = look(
            fleet,
            project.planner(),
            project.views,
            names,
            active=active,
            patience=Patience(wait_s=wait),
        )
        found = Report(
            kind="audit",
            run=journal.run,
            started=started.isoformat(timespec="seconds"),
            duration_s=time.monotonic() - begun,
            devices=tuple(names),
            findings=findings,
            drift=drift,
        )
        journal.record("end", exit_code=found.exit_code)
    raise typer.Exit(_reported(project, found, writers))


def trace(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Router, site or LAN address.")],
    target: Annotated[str, typer.Argument(help="Router, site or LAN address.")],
    *,
    passive: Annotated[bool, typer.Option("--passive", help="Look only, send no probes.")] = False,
) -> None:
    """Explain the path between two spokes, before and after traffic."""
    from automation.cli.paths import explanation_data, format_explanation
    from automation.workflows.trace import between, resolve
    from automation.workflows.trace import trace as explain

    options = options_of(context)
    project = Project(options)
    views = project.views
    path = between(views, resolve(views, source), resolve(views, target))
    with project.fleet() as fleet:
        found = explain(fleet, path, active=not passive)
    if options.json:
        put_json(explanation_data(found))
    else:
        put(format_explanation(found))
    raise typer.Exit(4 if any(f.status == "fail" for f in found.findings) else 0)


def collect(
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for <device>/<command>.txt.")
    ],
    commands: Annotated[
        list[str] | None,
        typer.Option("--command", metavar="SHOW", help="Also this command; may be repeated."),
    ] = None,
    active: Annotated[
        bool, typer.Option("--active", help="First send probes between spokes, for the proof.")
    ] = False,
) -> None:
    """Save the output of every command that `verify` reads."""
    from automation.checks import CHECKS
    from automation.checks.base import commands as reads
    from automation.checks.expect import expectations, paths
    from automation.workflows.collect import save

    options = options_of(context)
    extra = [_read_only(command) for command in commands or []]
    project = Project(options)
    expected = expectations(project.views)
    names = project.names()
    pairs = paths(project.views, names)
    wanted = {
        name: (
            *("show version", "show clock", *reads(CHECKS, expected[name])),
            *(f"show ip cef {path.destination}" for path in pairs if path.source == name),
            *extra,
        )
        for name in names
    }
    with project.fleet() as fleet:
        written, failures = save(
            fleet,
            wanted,
            out,
            probes=pairs if active else (),
            redact=project.credentials.redact,
        )
    if options.json:
        put_json({"schema": "dmvpn.collect/1", "folder": str(out), "files": written})
    else:
        put(f"{sum(map(len, written.values()))} files of {len(written)} devices in {out}")
    _told(failures)
    raise typer.Exit(5 if failures else 0)


def _told(failures: Mapping[str, str]) -> None:
    for text in failures.values():
        say(text)


def facts(context: typer.Context) -> None:
    """Tell what the devices are: model, release, defaults, archive, file system."""
    from automation.workflows.collect import facts_of

    options = options_of(context)
    project = Project(options)
    names = project.names()
    with project.fleet() as fleet:
        rows, failures = facts_of(fleet, names)
    if options.json:
        put_json({"schema": "dmvpn.facts/1", "devices": rows})
    else:
        table = [tuple(str(row[key]) for key in FACTS) for row in rows.values()]
        put(format_table(FACTS, table))
    _told(failures)
    raise typer.Exit(5 if failures else 0)


def run(
    context: typer.Context,
    command: Annotated[str, typer.Argument(help='A command that only reads: "show dmvpn".')],
) -> None:
    """Run one read-only command on many devices at once; exit 5 if one refuses it."""
    from automation.workflows.collect import ask_all

    options = options_of(context)
    line = _read_only(command)
    project = Project(options)
    names = project.names()
    with project.fleet() as fleet:
        answers, failures = ask_all(fleet, names, line)
    answers = {name: project.credentials.redact(text) for name, text in answers.items()}
    if options.json:
        put_json({"schema": "dmvpn.run/1", "command": line, "answers": answers})
    else:
        for name, text in answers.items():
            put(f"{name}# {line}\n{text.rstrip()}\n" if len(names) > 1 else text)
    _told(failures)
    refused = [name for name, text in answers.items() if text.lstrip().startswith("%")]
    raise typer.Exit(5 if failures or refused else 0)


def _read_only(command: str) -> str:
    """Let only commands through that read.

    Raises:
        UsageError: It may change something, or is more than one line.
    """
    from automation.errors import UsageError

    line, *pipes = (" ".join(part.split()) for part in command.split("|"))
    if not line or not command.isprintable() or "?" in command:
        raise UsageError("one command on one line is expected", hint='dmvpn run "show dmvpn"')
    word = line.split()[0].lower()
    if word not in READ_ONLY:
        raise UsageError(
            f"`run` only reads: {word} is not allowed", hint=f"allowed: {', '.join(READ_ONLY)}"
        )
    for pipe in pipes:
        if not _filters(pipe):
            raise UsageError(
                f"`run` only reads: pipe {pipe.split()[:1] or pipe} is not allowed",
                hint=f"allowed: {', '.join(FILTERS)}",
            )
    return " | ".join([line, *pipes])


def _filters(pipe: str) -> bool:
    """Tell whether a pipe only filters; IOS takes keywords cut short, also those that write."""
    word = (pipe.split() or [""])[0].lower()
    return bool(word) and any(name.startswith(word) for name in FILTERS)


def _writers(reports: Sequence[str]) -> dict[str, Path]:
    """Read FORMAT=FILE, before anything is done."""
    from automation.errors import UsageError
    from automation.reports import FORMATS

    writers: dict[str, Path] = {}
    for text in reports:
        form, equals, name = text.partition("=")
        if form not in FORMATS or not equals or not name:
            raise UsageError(
                f"--report {text}: FORMAT=FILE is expected", hint=f"formats: {', '.join(FORMATS)}"
            )
        writers[form] = Path(name)
    return writers


def _reported(project: Project, found: Report, writers: Mapping[str, Path]) -> int:
    """Write the reports, show the summary, give the exit code."""
    from automation.errors import UsageError
    from automation.reports import FORMATS
    from automation.reports.text import format_summary

    options = project.options
    kept = {} if found.run == "offline" else {"html": project.runs / found.run / "report.html"}
    for form, path in {**kept, **writers}.items():
        try:
            path.write_text(project.credentials.redact(FORMATS[form](found)), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot be written: {error.strerror}", place=str(path)) from error
    if options.json:
        put(FORMATS["json"](found))
    else:
        put(format_summary(found, verbose=options.verbose > 0))
    names = " ".join(str(path) for path in {**kept, **writers}.values())
    reports = f"Reports: {names}   " if names else ""
    say(f"{reports}Run {found.run}   exit {found.exit_code}", quiet=options.quiet)
    return found.exit_code
