"""Past runs: what they did, what they left open, and settling it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automation.cli.output import format_table, put, put_json, say
from automation.cli.project import Project, utc_now
from automation.errors import UsageError

SHOWN = 20


def _folder(project: Project, run: str) -> Path:
    from automation.journal import runs

    known = {path.name: path for path in runs(project.runs)}
    if run not in known:
        latest = ", ".join(list(known)[-3:]) or "none"
        raise UsageError(f"there is no run {run!r}", hint=f"the latest: {latest}")
    return known[run]


def show_runs(project: Project, run: str) -> None:
    """Show one run device by device, or the latest ones."""
    from automation.journal import JOURNAL, replay, runs
    from automation.workflows.engine import left_behind
    from automation.workflows.resume import open_devices

    paths = [_folder(project, run)] if run else list(runs(project.runs))[-SHOWN:]
    rows: list[dict[str, Any]] = []
    for path in paths:
        entries = replay(path / JOURNAL)
        left = left_behind(entries)
        rows.append(
            {
                "run": path.name,
                "operation": str(entries[0].data.get("operation", "")) if entries else "",
                "started": entries[0].at if entries else "",
                "ended": any(entry.event == "end" for entry in entries),
                "devices": {name: str(device.state) for name, device in left.items()},
                "open": sorted(open_devices(entries)),
                "undo_by": {
                    name: str(device.data.get("deadline", ""))
                    for name, device in left.items()
                    if not device.settled
                },
            }
        )
    if project.options.json:
        put_json({"schema": "dmvpn.runs/1", "runs": rows})
        return
    if run:
        put(_run_table(rows[0]))
    else:
        table = [
            (
                str(row["run"]),
                str(row["operation"]),
                str(row["started"])[:19],
                f"open: {', '.join(row['open'])}" if row["open"] else "settled",
            )
            for row in rows
        ]
        put(format_table(("RUN", "DID", "STARTED", "DEVICES"), table))
    for row in rows:
        if row["open"]:
            say(f"Next: dmvpn resume {row['run']}", quiet=project.options.quiet)


def _run_table(row: dict[str, Any]) -> str:
    """Lay out one run; an open device goes back by itself at the time given."""
    table = [(name, state, row["undo_by"].get(name, "")) for name, state in row["devices"].items()]
    return format_table(("DEVICE", "STATE", "GOES BACK BY ITSELF AT"), table)


def settle_run(project: Project, run: str, wait: float) -> int:
    """Settle what a run left open; give the exit code."""
    from automation.journal import Journal, lock
    from automation.workflows.resume import open_devices, resume
    from automation.workflows.verify import Patience

    folder = _folder(project, run)
    holder = lock(project.state / "lock", operation="resume", run=run, now=utc_now())
    with holder, Journal(folder, redact=project.credentials.redact) as journal:
        if not open_devices(journal.entries()):
            put(f"Run {run} left nothing open.")
            return 0
        with project.fleet() as fleet:
            found = resume(fleet, project.views, journal, patience=Patience(wait_s=wait))
    if project.options.json:
        states = {name: str(state) for name, state in found.states.items()}
        put_json({"schema": "dmvpn.resume/1", "run": run, "devices": states})
    else:
        rows = [(name, str(state), found.why.get(name, "")) for name, state in found.states.items()]
        put(format_table(("DEVICE", "STATE", "WHY"), rows))
    return found.exit_code
