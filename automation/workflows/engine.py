"""The one loop that changes devices: steps, their undo, and the states of a device in a run.

Theory of operation. A device in a run walks

    planned -> preflighted -> armed -> pushed -> verified -> confirmed -> saved

one journaled step at a time; `begin` is on the disk before a step touches the device, `done`
after it. Before the first byte of a change the device itself holds an armed undo (its revert
timer), so the program may die anywhere: a device that was not confirmed goes back alone. A step
that fails is undone at once (reverting): the undo looks at the device and answers what it found,
reverted (proven equal to before), confirmed (the answer to `confirm` was lost, but it had been
taken) or unknown. Nothing to undo (not armed yet) means that the device is untouched and keeps
its state. What a dead run left is read from the journal by `left_behind`; nothing here talks to
a device.

    contract: reference/RELIABILITY.md section D; states: DESIGN section 6
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar

from automation.errors import DmvpnError
from automation.journal import Entry, Journal, Value

Subject = TypeVar("Subject")


class State(StrEnum):
    """Where a device stands in a run."""

    PLANNED = "planned"
    PREFLIGHTED = "preflighted"
    ARMED = "armed"
    PUSHED = "pushed"
    VERIFIED = "verified"
    CONFIRMED = "confirmed"
    SAVED = "saved"
    REVERTING = "reverting"
    REVERTED = "reverted"
    UNKNOWN = "unknown"


class Event(StrEnum):
    """What happened to a device."""

    PREFLIGHT = "preflight"
    BACKUP = "backup"
    ARM = "arm"
    PUSH = "push"
    VERIFY = "verify"
    CONFIRM = "confirm"
    SAVE = "save"
    FAIL = "fail"
    UNDONE = "undone"
    KEPT = "kept"
    LOST = "lost"


TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (State.PLANNED, Event.PREFLIGHT): State.PREFLIGHTED,
    (State.PREFLIGHTED, Event.BACKUP): State.PREFLIGHTED,
    (State.PREFLIGHTED, Event.ARM): State.ARMED,
    (State.ARMED, Event.PUSH): State.PUSHED,
    (State.PUSHED, Event.VERIFY): State.VERIFIED,
    (State.VERIFIED, Event.CONFIRM): State.CONFIRMED,
    (State.CONFIRMED, Event.SAVE): State.SAVED,
    # Arming may have half happened, hence preflighted too.
    (State.PREFLIGHTED, Event.FAIL): State.REVERTING,
    (State.ARMED, Event.FAIL): State.REVERTING,
    (State.PUSHED, Event.FAIL): State.REVERTING,
    (State.VERIFIED, Event.FAIL): State.REVERTING,
    (State.REVERTING, Event.UNDONE): State.REVERTED,
    (State.REVERTING, Event.KEPT): State.CONFIRMED,
    (State.REVERTING, Event.LOST): State.UNKNOWN,
}
"""The only place that says how states follow each other."""

SETTLED = frozenset({State.CONFIRMED, State.SAVED, State.REVERTED, State.UNKNOWN})
"""States in which no timer of ours can be running on the device."""


class IllegalTransition(DmvpnError):
    """A bug: an event that cannot happen in this state."""

    def __init__(self, device: str, state: State, event: Event, history: Sequence[str]) -> None:
        """Carry the state, the event and what the device went through."""
        past = ", ".join(history) or "nothing"
        super().__init__(f"{event} cannot follow {state} (so far: {past})", place=device)
        self.state = state
        self.event = event
        self.history = tuple(history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Subject]):
    """One step of a workflow on one device."""

    name: str
    event: Event
    do: Callable[[Subject], Mapping[str, Value]]
    """Touch the device; what it returns stands in the journal."""
    undo: Callable[[Subject], Event] | None = None
    """Bring the device back after this or a later step failed; answers UNDONE, KEPT or LOST."""
    about: Callable[[Subject], Mapping[str, Value]] | None = None
    """What the journal must hold before the step begins."""


@dataclass(slots=True)
class Machine:
    """The state of one device in a run, and how it got there."""

    device: str
    state: State = State.PLANNED
    history: list[str] = field(default_factory=list)

    def fire(self, event: Event) -> State:
        """Go where the table says.

        Raises:
            IllegalTransition: The table has no such transition; the state is unchanged.
        """
        following = TRANSITIONS.get((self.state, event))
        if following is None:
            raise IllegalTransition(self.device, self.state, event, self.history)
        self.history.append(str(event))
        self.state = following
        return following


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one device came, and what stopped it."""

    device: str
    state: State
    error: Exception | None = None
    step: str = ""
    """The step that failed."""
    undo_error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Tell whether every step was done."""
        return self.error is None


Listener = Callable[[str, str, State, str], None]
"""Told (device, step, state, what is to be said about it) after each journaled change."""


def deaf(device: str, step: str, state: State, said: str) -> None:
    """Ignore what is told."""


def run(
    device: str,
    steps: Sequence[Step[Subject]],
    subject: Subject,
    journal: Journal,
    *,
    state: State = State.PLANNED,
    listen: Listener = deaf,
) -> Progress:
    """Take one device through the steps; undo when one fails."""
    machine = Machine(device, state)
    for number, step in enumerate(steps):
        about = step.about(subject) if step.about else {}
        journal.record("begin", device=device, step=step.name, state=machine.state, **about)
        try:
            found = step.do(subject)
        except Exception as error:  # the fence around one device
            journal.record(
                "failed", device=device, step=step.name, state=machine.state, message=str(error)
            )
            progress = Progress(device=device, state=machine.state, error=error, step=step.name)
            undo = _undo_of(steps[: number + 1])
            return _go_back(machine, undo, subject, journal, progress, listen) if undo else progress
        machine.fire(step.event)
        journal.record("done", device=device, step=step.name, state=machine.state, **found)
        listen(device, step.name, machine.state, str(found.get("said", machine.state)))
    return Progress(device=device, state=machine.state)


def _undo_of(steps: Sequence[Step[Subject]]) -> Callable[[Subject], Event] | None:
    """Find the undo that covers what was done: the one of the latest step that has one."""
    return next((step.undo for step in reversed(steps) if step.undo), None)


def _go_back(
    machine: Machine,
    undo: Callable[[Subject], Event],
    subject: Subject,
    journal: Journal,
    progress: Progress,
    listen: Listener,
) -> Progress:
    machine.fire(Event.FAIL)
    journal.record("begin", device=machine.device, step="revert", state=machine.state)
    listen(machine.device, progress.step, machine.state, f"{progress.step} failed")
    undo_error: Exception | None = None
    try:
        found = undo(subject)
    except Exception as error:  # the fence around one device
        undo_error = error
        found = Event.LOST
    machine.fire(found)
    journal.record(
        "done",
        device=machine.device,
        step="revert",
        state=machine.state,
        message=str(undo_error or ""),
    )
    listen(machine.device, "revert", machine.state, str(machine.state))
    return replace(progress, state=machine.state, undo_error=undo_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What the journal knows about one device of a run."""

    device: str
    state: State
    begun: str = ""
    """A step that began and has no end: it may or may not have happened."""
    data: Mapping[str, Value] = field(default_factory=dict)
    """Everything journaled about the device, later values over earlier ones."""

    @property
    def touched(self) -> bool:
        """Tell whether the device may hold something of this run."""
        return self.state not in (State.PLANNED, State.PREFLIGHTED) or self.begun == "arm"

    @property
    def settled(self) -> bool:
        """Tell whether nothing is open on the device."""
        if not self.touched:
            return True
        return self.state in SETTLED and self.begun in ("", "save")


def left_behind(entries: Iterable[Entry]) -> dict[str, Leftover]:
    """Read from a journal where each device of a run stands."""
    found: dict[str, Leftover] = {}
    for entry in entries:
        if not entry.device or "state" not in entry.data:
            continue
        known = found.get(entry.device) or Leftover(device=entry.device, state=State.PLANNED)
        found[entry.device] = replace(
            known,
            state=State(str(entry.data["state"])),
            begun=entry.step if entry.event == "begin" else "",
            data={**known.data, **entry.data},
        )
    return found
