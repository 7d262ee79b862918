"""What a dead run left: read from its journal, settled on the devices.

A pending undo of ours is used at once, never confirmed: its verification is from another time.
What was confirmed but not saved is saved only after the whole cloud was judged again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automation.checks.base import Finding, Status
from automation.errors import DmvpnError
from automation.journal import Entry, Journal
from automation.workflows.deploy import settle
from automation.workflows.devices import Device, Fleet
from automation.workflows.engine import Event, Leftover, State, left_behind
from automation.workflows.verify import Patience, Views, verify
from parsers.errors import ParseError
from tasks.errors import TaskError

ENDS = {
    Event.UNDONE: State.REVERTED,
    Event.KEPT: State.CONFIRMED,
    Event.LOST: State.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a run stands after it was looked at again."""

    states: Mapping[str, State]
    why: Mapping[str, str]
    """Why a device is unknown, where an error says it."""
    findings: tuple[Finding, ...] = ()
    saved: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Give the exit code by the precedence of UX section 3."""
        states = set(self.states.values())
        wanting = any(f.status in (Status.FAIL, Status.ERROR) for f in self.findings)
        ladder = ((9, State.UNKNOWN in states), (8, State.REVERTED in states), (4, wanting))
        return next((code for code, holds in ladder if holds), 0)


def open_devices(entries: Sequence[Entry]) -> dict[str, Leftover]:
    """List the devices of a run that are not settled, or confirmed and not saved."""
    return {
        name: left
        for name, left in left_behind(entries).items()
        if not left.settled or left.state in (State.CONFIRMED, State.UNKNOWN)
    }


def resume(
    fleet: Fleet,
    views: Views,
    journal: Journal,
    *,
    patience: Patience,
    active: bool = True,
) -> Settled:
    """Settle every open device of a run."""
    left = open_devices(journal.entries())
    journal.record("resume", devices=list(left))

    def job(device: Device) -> Event:
        known = left[device.name].data
        before, after, user = (str(known.get(key, "")) for key in ("before", "after", "user"))
        return settle(device, before, after, user)

    states: dict[str, State] = {}
    why: dict[str, str] = {}
    for name, answer in fleet.each(left, job).items():
        if isinstance(answer, TaskError | DmvpnError | ParseError):
            why[name] = str(answer)
            states[name] = State.UNKNOWN
        elif isinstance(answer, Exception):
            raise answer
        else:
            states[name] = ENDS[answer]
        journal.record("settled", device=name, step="resume", state=states[name])
    kept = [name for name, state in states.items() if state is State.CONFIRMED]
    if not kept or State.UNKNOWN in states.values():
        return Settled(states=states, why=why)
    findings = verify(fleet, views, active=active, patience=patience)
    if any(finding.status in (Status.FAIL, Status.ERROR) for finding in findings):
        return Settled(states=states, why=why, findings=findings)
    saved = _save(fleet, kept, journal)
    return Settled(states=states | saved, why=why, findings=findings, saved=tuple(saved))


def _save(fleet: Fleet, names: Sequence[str], journal: Journal) -> dict[str, State]:
    saved: dict[str, State] = {}
    for name, answer in fleet.each(names, lambda device: device.save()).items():
        if isinstance(answer, Exception):
            raise answer
        saved[name] = State.SAVED
        journal.record("done", device=name, step="save", state=State.SAVED)
    return saved
