"""Plans and deployments in words (reference: UX section 4)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from automation.cli.output import say

if TYPE_CHECKING:
    from automation.config.change import Change
    from automation.workflows.deploy import Outcome
    from automation.workflows.engine import Progress, State
    from automation.workflows.plan import Plan

DAMAGE_SHOWN = 6


def format_plan(plan: Plan, *, inverse: bool = False) -> str:
    """Give the exact lines of each device in order, what flaps, and the count."""
    if plan.empty:
        return "\n".join(["No changes. The devices match the fabric.", *_unmanaged(plan.changes)])
    todo = plan.todo
    width = max(len(change.device) for change in todo)
    lines = [f"Change of {devices(len(todo))}, read {plan.created}"]
    for change in todo:
        sign = "+" if change.creates else "~"
        lines.append(f"  {sign} {change.device:<{width}}  {_headline(change)}")
        lines += [f"      {line}" for line in change.lines]
        if inverse:
            lines.append("    undo:")
            lines += [f"      {line}" for line in change.inverse]
    lines += _unmanaged(plan.changes)
    undo = sum(len(change.inverse) for change in todo)
    new = sum(1 for change in todo if change.creates)
    lines += [
        "Order: " + ", ".join(change.device for change in todo),
        f"Undo: {undo} inverse lines (shown with -v); each device also holds its own undo timer.",
        (
            f"Plan: {new} to bring up, {len(todo) - new} to change, "
            f"{len(plan.changes) - len(todo)} without change."
        ),
    ]
    return "\n".join(lines)


def devices(count: int) -> str:
    """Count devices in words."""
    return f"{count} device" if count == 1 else f"{count} devices"


def _headline(change: Change) -> str:
    counts = f"+{change.added} -{change.removed} lines"
    if change.creates:
        return f"first bring-up of {', '.join(change.creates)}   {counts}"
    if change.flaps:
        return f"{counts}   " + "; ".join(f"{f.interface} flaps: {f.reason}" for f in change.flaps)
    return f"{counts}   no flap"


def _unmanaged(changes: Sequence[Change]) -> list[str]:
    found = [(change.device, line) for change in changes for line in change.unmanaged]
    lines = [f"    {device}: {line}" for device, line in found]
    return ["Not ours, found in our blocks, kept:", *lines] if lines else []


def plan_data(plan: Plan) -> dict[str, Any]:
    """Give a plan as plain values."""
    return {
        "schema": "dmvpn.plan/1",
        "created": plan.created,
        "changes": [change.to_dict() for change in plan.changes],
    }


class Ticker:
    """Tells the steps of a deployment: one line a device."""

    def __init__(self, names: Sequence[str], *, quiet: bool) -> None:
        """Know the devices, for the width of the first column."""
        self._width = max(map(len, names), default=0)
        self._quiet = quiet
        self._device = ""
        self._said: list[str] = []
        self._live = sys.stderr.isatty()

    def __call__(self, device: str, step: str, state: State, said: str) -> None:
        """Take one step of a device."""
        if device != self._device:
            self.end()
            self._device = device
        self._said.append(said)
        if self._live and not self._quiet:
            sys.stderr.write(f"\r\x1b[K{self._line()}")
            sys.stderr.flush()

    def _line(self) -> str:
        return f"{self._device:<{self._width}}  {' | '.join(self._said)}"

    def end(self) -> None:
        """End the line of the device at hand."""
        if self._device:
            if self._live and not self._quiet:
                sys.stderr.write("\r\x1b[K")
            say(self._line(), quiet=self._quiet)
        self._device, self._said = "", []


def format_outcome(outcome: Outcome) -> str:
    """Say how a deployment ended, and what to do next."""
    lines = [
        text for name, step in outcome.progress.items() if (text := _failure(name, step, outcome))
    ]
    lines += [
        f"{finding.status.upper()} {finding.device}   {finding.check_id} {finding.title}   "
        f"{finding.subject}: {finding.message}"
        for finding in outcome.wanting[:DAMAGE_SHOWN]
    ]
    counts = [
        f"{len(names)} {word}"
        for word, names in (
            ("saved", outcome.names(_state("saved"))),
            ("confirmed, not saved", outcome.names(_state("confirmed"))),
            ("reverted and proven identical to before (digest)", outcome.names(_state("reverted"))),
            ("in an unknown state", outcome.names(_state("unknown"))),
            ("untouched", outcome.untouched),
        )
        if names
    ]
    lines.append(f"Run {outcome.run}: {', '.join(counts)}. exit {outcome.exit_code}")
    if following := _next(outcome):
        lines.append(f"Next: {following}")
    return "\n".join(lines)


def _state(word: str) -> State:
    from automation.workflows.engine import State

    return State(word)


def _failure(name: str, step: Progress, outcome: Outcome) -> str:
    if step.error is None:
        return ""
    reason = str(step.error).removeprefix(f"{name}: ")
    ends = {
        "reverted": f"REVERTED {name}: {reason}",
        "unknown": f"UNKNOWN {name}: {reason}\n   not proven undone: {step.undo_error}",
        "confirmed": f"{name}: {step.step}: {reason}",
    }
    return ends.get(step.state, f"{name}: {reason}\n   nothing was sent to it")


def _next(outcome: Outcome) -> str:
    if outcome.names(_state("unknown")):
        return f"look at the device by hand, then dmvpn resume {outcome.run}"
    if outcome.wanting:
        return f"nothing was saved; mend it, then dmvpn resume {outcome.run}"
    if outcome.names(_state("reverted")):
        return "correct the fabric or the device, then dmvpn plan"
    return ""


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """Give the end of a deployment as plain values."""
    from dataclasses import asdict

    return {
        "schema": "dmvpn.apply/1",
        "run": outcome.run,
        "exit_code": outcome.exit_code,
        "devices": {
            name: {
                "state": step.state,
                "step": step.step,
                "error": str(step.error) if step.error else None,
            }
            for name, step in outcome.progress.items()
        },
        "findings": [asdict(finding) for finding in outcome.findings],
    }
