"""Apply a plan: per device back up, arm, push, verify, confirm; the whole cloud before any save.

Hubs first, one device at a time, each judged against the members that are there so far; the
first failure stops the rest. The order of the steps stands here and no flag skips one. What a
state means and how failures are undone: `engine`; lines: `plan`; judgement: `verify`.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from automation.checks.base import Finding, Status, cut_off
from automation.checks.expect import expectations
from automation.config.change import Change
from automation.errors import DmvpnError, Refused, StateUnknown
from automation.fabric.views import DeviceView
from automation.journal import Journal, Value
from automation.workflows.devices import Device, Fleet
from automation.workflows.engine import Event, Listener, Progress, State, Step, deaf, run
from automation.workflows.plan import Prepared
from automation.workflows.verify import Patience, look, verify
from tasks.errors import SessionLost, TaskError, Unreachable
from tasks.preflight import PathKind, Preflight

LOG = logging.getLogger(__name__)
T = TypeVar("T")
MARGIN_S = 120.0
"""Arming, pushing and confirming, beside the time that verification may take."""
TIMER_MIN = 5
TIMER_IN_BAND_MIN = 10
"""RELIABILITY section D step 3: longer where the session itself may drop."""
RETRY_S = 2.0


class VerificationFailed(DmvpnError):
    """A device was changed and is not as expected."""

    exit_code = 8

    def __init__(self, device: str, findings: Sequence[Finding]) -> None:
        """Say what was found wanting, the first of it in words."""
        wanting = [f for f in findings if f.status in (Status.FAIL, Status.ERROR)]
        self.findings = tuple(wanting)
        reasons = "; ".join(
            f"{'' if f.device == device else f.device + ': '}{f.message} ({f.check_id})"
            for f in wanting[:3]
        )
        more = f"; and {len(wanting) - 3} more" if len(wanting) > 3 else ""
        hint = next((f.remedy for f in wanting if f.remedy), "")
        super().__init__(f"{reasons}{more}", place=device, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a deployment goes about its work."""

    patience: Patience = field(default_factory=Patience)
    allow_unsaved: bool = False
    now: Callable[[], datetime]
    active: bool = True
    """Send probes between spokes when the whole cloud is judged."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One device in a deployment: what its steps share."""

    change: Change
    fleet: Fleet
    settings: Settings
    before: str
    """Digest of the running configuration before the change."""
    clear: Callable[[Sequence[str]], Sequence[str]]
    """Put secrets in the place of their tokens."""
    judged: Callable[[], Sequence[Finding]]
    """Judge the device against the members that are there so far."""
    keep: Callable[[str, str], str]
    """Put the backup of a device away, secrets sealed; gives the place."""
    in_band_others: Callable[[], Sequence[str]] = tuple
    """Name the other devices of the plan that we reach through a tunnel of the cloud."""
    checked: Preflight | None = None
    after: str = ""
    """Digest of the running configuration when it was verified."""
    deadline: float = 0.0
    """When the device's own undo is over at the latest, by our monotonic clock."""

    @property
    def name(self) -> str:
        """Name the device."""
        return self.change.device

    def ask(self, job: Callable[[Device], T]) -> T:
        """Do something on the device, or raise its error."""
        answer = self.fleet.each([self.name], job)[self.name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def in_band(self) -> bool:
        """Tell whether our session runs through what is being changed."""
        return self.checked is not None and self.checked.path.kind is PathKind.TUNNEL

    @property
    def minutes(self) -> int:
        """Give the minutes of the device's undo timer."""
        floor = TIMER_IN_BAND_MIN if self.in_band else TIMER_MIN
        return max(floor, math.ceil((self.settings.patience.wait_s + MARGIN_S) / 60))


def check_first(job: Job) -> Mapping[str, Value]:
    """Pre-flight: the device can undo by itself and is as it was when it was planned."""
    if job.checked is None:
        job.checked = job.ask(lambda d: d.preflight(allow_unsaved=job.settings.allow_unsaved))
    found = job.checked
    if found.problems:
        raise Refused("; ".join(found.problems), place=job.name)
    _same_as_planned(job, found.digest)
    return {"said": "ready", "path": str(found.path), "user": found.user}


def _same_as_planned(job: Job, digest: str) -> None:
    if digest != job.before:
        raise Refused(
            "its configuration changed since the plan was made; the plan is stale",
            place=job.name,
            hint="look at it again: dmvpn plan",
        )


def back_up(job: Job) -> Mapping[str, Value]:
    """Put the configuration away; others may have worked on it since the pre-flight."""
    found = job.ask(lambda device: device.backup())
    _same_as_planned(job, found.digest)
    return {"said": "backed up", "file": job.keep(job.name, found.running)}


def intent(job: Job) -> Mapping[str, Value]:
    """Give what the journal must hold before the first byte of a change."""
    return {
        "change": job.change.digest,
        "before": job.before,
        "minutes": job.minutes,
        "deadline": (job.settings.now() + timedelta(minutes=job.minutes)).isoformat(
            timespec="seconds"
        ),
        "archive": job.checked.archive.path if job.checked else "",
        "lines": list(job.change.lines),
        "inverse": list(job.change.inverse),
    }


def arm(job: Job) -> Mapping[str, Value]:
    """Arm the device's own undo."""
    minutes = job.minutes
    user = job.checked.user if job.checked else ""
    job.deadline = job.settings.patience.monotonic() + minutes * 60
    armed = job.ask(lambda device: device.arm(minutes, user=user))
    return {"said": f"armed {armed.minutes}m", "backup": armed.backup, "user": armed.user}


def push(job: Job) -> Mapping[str, Value]:
    """Send the lines, secrets in clear; only tokens come back."""
    lines = job.clear(job.change.lines)
    done = job.ask(
        lambda device: device.push(
            lines, job.change.lines, in_band=job.in_band, deadline_s=_left(job)
        )
    )
    if done.reconnected:
        job.ask(lambda device: device.tidy())
    back = ", session dropped and came back" if done.reconnected else ""
    return {"said": f"pushed {len(lines)} lines{back}"}


def _left(job: Job) -> float:
    return max(0.0, job.deadline - job.settings.patience.monotonic() - MARGIN_S / 2)


def still_reached(job: Job) -> None:
    """Make sure that the change cut off nobody whom we reach through the cloud.

    Raises:
        VerificationFailed: A device does not answer any more; it would be stranded.
    """
    away = list(job.in_band_others())
    silent: list[str] = []
    patience = job.settings.patience
    started = patience.monotonic()
    while away:
        answers = job.fleet.each(away, lambda device: device.pending())
        away = [n for n, a in answers.items() if isinstance(a, Unreachable | SessionLost)]
        silent = away or silent
        if away and patience.monotonic() - started > patience.wait_s:
            raise VerificationFailed(job.name, [cut_off(name) for name in away])
        if away:
            patience.pause(RETRY_S)
    # They may answer again because the device has gone back meanwhile.
    if silent and job.ask(lambda device: device.pending()) is None:
        raise VerificationFailed(job.name, [cut_off(name) for name in silent])


def check_after(job: Job) -> Mapping[str, Value]:
    """Verify the device; what it holds now is noted, to be recognised later."""
    still_reached(job)
    findings = job.judged()
    wanting = [f for f in findings if f.status in (Status.FAIL, Status.ERROR)]
    if wanting:
        raise VerificationFailed(job.name, wanting)
    job.after = job.ask(lambda device: device.backup()).digest
    good = sum(1 for finding in findings if finding.status is Status.PASS)
    return {"said": f"verify {good}/{good}", "after": job.after}


def confirm(job: Job) -> Mapping[str, Value]:
    """Cancel the undo and keep the change."""
    job.ask(lambda device: device.confirm())
    return {"said": f"confirmed {job.settings.now():%H:%M:%S}"}


def save(job: Job) -> Mapping[str, Value]:
    """Write the running configuration to startup."""
    job.ask(lambda device: device.save())
    return {"said": "saved"}


def go_back(job: Job) -> Event:
    """Undo the change now, or wait for the device to do it, and prove how it ended."""
    user = job.checked.user if job.checked else ""
    while True:
        try:
            return job.ask(lambda device: settle(device, job.before, job.after, user))
        except (Unreachable, SessionLost):
            # The device goes back alone; only its deadline tells when it must have done so.
            if job.settings.patience.monotonic() > job.deadline + MARGIN_S:
                raise
            job.settings.patience.pause(RETRY_S)


def settle(device: Device, before: str, after: str, user: str) -> Event:
    """Revert what is pending on a device, then tell by its configuration how it stands.

    Raises:
        StateUnknown: The pending undo is somebody else's; it is left alone.
    """
    pending = device.pending()
    if pending is not None:
        if user and pending.user != user:
            raise StateUnknown(
                f"an undo of {pending.user} is pending since {pending.configured}, not ours",
                place=device.name,
                hint=f"ask {pending.user}; afterwards compare the configuration",
            )
        device.revert()
    device.tidy()  # a payload holds secrets in clear
    digest = device.backup().digest
    if digest == before:
        return Event.UNDONE
    return Event.KEPT if after and digest == after else Event.LOST


CHANGE: tuple[Step[Job], ...] = (
    Step(name="backup", event=Event.BACKUP, do=back_up),
    Step(name="arm", event=Event.ARM, do=arm, undo=go_back, about=intent),
    Step(name="push", event=Event.PUSH, do=push),
    Step(name="verify", event=Event.VERIFY, do=check_after),
    Step(name="confirm", event=Event.CONFIRM, do=confirm),
)
PREFLIGHT: tuple[Step[Job], ...] = (Step(name="preflight", event=Event.PREFLIGHT, do=check_first),)
SAVE: tuple[Step[Job], ...] = (Step(name="save", event=Event.SAVE, do=save),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a deployment ended, device by device."""

    run: str
    progress: Mapping[str, Progress]
    findings: tuple[Finding, ...] = ()
    """Of the whole cloud, before anything was saved."""
    judged: bool = False
    """The whole cloud was judged."""

    def names(self, *states: State) -> list[str]:
        """List the devices in these states."""
        return [name for name, progress in self.progress.items() if progress.state in states]

    @property
    def kept(self) -> list[str]:
        """List the devices that hold their change."""
        return self.names(State.CONFIRMED, State.SAVED)

    @property
    def untouched(self) -> list[str]:
        """List the devices that were not changed."""
        return self.names(State.PLANNED, State.PREFLIGHTED)

    @property
    def wanting(self) -> tuple[Finding, ...]:
        """List what the judgement of the whole cloud found wanting."""
        return tuple(f for f in self.findings if f.status in (Status.FAIL, Status.ERROR))

    @property
    def exit_code(self) -> int:
        """Give the exit code by the precedence of UX section 3."""
        errors = [p.error for p in self.progress.values() if p.error]
        bug = any(not isinstance(error, TaskError | DmvpnError) for error in errors)
        ladder = (
            (9, self.names(State.UNKNOWN)),
            (1, bug),
            (8, self.names(State.REVERTED)),
            (7, (self.kept and self.untouched) or (errors and self.kept)),
            (6, any(isinstance(error, Refused) for error in errors)),
            (5, errors or any(f.status is Status.ERROR for f in self.findings)),
            (4, self.wanting),
        )
        return next((code for code, holds in ladder if holds), 0)


def apply(
    prepared: Prepared,
    fleet: Fleet,
    journal: Journal,
    settings: Settings,
    *,
    clear: Callable[[Sequence[str]], Sequence[str]],
    keep: Callable[[str, str], str],
    listen: Listener = deaf,
) -> Outcome:
    """Apply a plan: every device ready before the first is touched, every change proven."""
    jobs = _jobs(prepared, fleet, settings, clear, keep)
    journal.record("apply", devices=list(jobs), plan=prepared.plan.created)
    progress = _preflight(jobs, fleet, settings, journal)
    if all(step.ok for step in progress.values()):
        for name, job in jobs.items():
            progress[name] = run(name, CHANGE, job, journal, state=State.PREFLIGHTED, listen=listen)
            if not progress[name].ok:
                break
    outcome = Outcome(run=journal.run, progress=progress)
    if progress and all(step.state is State.CONFIRMED for step in progress.values()):
        outcome = _judge_and_save(jobs, prepared, fleet, journal, settings, listen)
    journal.record("end", exit_code=outcome.exit_code)
    return outcome


def _preflight(
    jobs: Mapping[str, Job], fleet: Fleet, settings: Settings, journal: Journal
) -> dict[str, Progress]:
    """Look at all devices at once; a step of its own for each stands in the journal."""
    answers = fleet.each(
        jobs, lambda device: device.preflight(allow_unsaved=settings.allow_unsaved)
    )
    progress = {}
    for name, job in jobs.items():
        answer = answers[name]
        if isinstance(answer, Preflight):
            job.checked = answer
        progress[name] = run(name, PREFLIGHT, job, journal)
    return progress


def _judge_and_save(
    jobs: Mapping[str, Job],
    prepared: Prepared,
    fleet: Fleet,
    journal: Journal,
    settings: Settings,
    listen: Listener,
) -> Outcome:
    """Judge the whole cloud; only if nothing is wanting is anything saved."""
    findings = verify(
        fleet,
        prepared.views,
        members=prepared.members,
        active=settings.active,
        patience=settings.patience,
    )
    wanting = [f for f in findings if f.status in (Status.FAIL, Status.ERROR)]
    journal.record("judged", wanting=[f"{f.device} {f.check_id} {f.message}" for f in wanting])
    steps = () if wanting else SAVE
    progress = {
        name: run(name, steps, job, journal, state=State.CONFIRMED, listen=listen)
        for name, job in jobs.items()
    }
    return Outcome(run=journal.run, progress=progress, findings=findings, judged=True)


def _jobs(
    prepared: Prepared,
    fleet: Fleet,
    settings: Settings,
    clear: Callable[[Sequence[str]], Sequence[str]],
    keep: Callable[[str, str], str],
) -> dict[str, Job]:
    """Make the jobs in order; each knows the members that are there when its turn comes."""
    todo = prepared.plan.todo
    present = set(prepared.members) - {change.device for change in todo}
    jobs: dict[str, Job] = {}
    for change in todo:
        present = present | {change.device}
        jobs[change.device] = Job(
            change=change,
            fleet=fleet,
            settings=settings,
            before=prepared.backups[change.device].digest,
            clear=clear,
            keep=keep,
            judged=_judge_one(change.device, prepared.views, frozenset(present), fleet, settings),
            in_band_others=_in_band_others(change.device, jobs),
        )
    return jobs


def _in_band_others(name: str, jobs: Mapping[str, Job]) -> Callable[[], Sequence[str]]:
    return lambda: [other for other, job in jobs.items() if other != name and job.in_band]


def _judge_one(
    name: str,
    views: Mapping[str, DeviceView],
    members: frozenset[str],
    fleet: Fleet,
    settings: Settings,
) -> Callable[[], Sequence[Finding]]:
    """Judge a device and its hubs: what the hubs hold of others was judged in their turn."""
    hubs = {hub.name for tunnel in views[name].tunnels for hub in tunnel.nhs if hub.name in members}

    def judged() -> Sequence[Finding]:
        alone = expectations(views, members)
        seen_by_hubs = expectations(views, hubs | {name})
        expected = {hub: seen_by_hubs[hub] for hub in hubs}
        return look(fleet, {**expected, name: alone[name]}, settings.patience)

    return judged
