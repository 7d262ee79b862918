"""The engine: the table of states, and death at every point of a change."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from memory_fleet import Fault, Killed, MemoryFleet, MemoryRouter, fleet

from automation.checks.base import Finding, Status
from automation.config.change import Change
from automation.errors import DmvpnError, Refused
from automation.journal import JOURNAL, Journal, replay
from automation.workflows import engine
from automation.workflows.deploy import CHANGE, PREFLIGHT, SAVE, Job, Settings, settle
from automation.workflows.engine import (
    TRANSITIONS,
    Event,
    IllegalTransition,
    Machine,
    Progress,
    State,
    Step,
    left_behind,
)
from automation.workflows.resume import ENDS
from automation.workflows.verify import Patience
from tasks.errors import SessionLost, Unreachable

NAME = "hub1"
LINES = ("interface Tunnel100", " ip address 10.255.0.1 255.255.255.0")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits = 0

    def pause(self, seconds: float) -> None:
        self.waits += 1
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def job(routers: MemoryFleet, clock: Clock, findings: tuple[Finding, ...] = ()) -> Job:
    return Job(
        change=Change(device=NAME, lines=LINES, inverse=("no interface Tunnel100",)),
        fleet=routers,
        settings=Settings(
            patience=Patience(wait_s=10, pause=clock.pause, monotonic=clock), now=lambda: NOW
        ),
        before=routers.routers[NAME].digest(),
        clear=lambda lines: lines,
        judged=lambda: findings,
        keep=lambda device, running: f"{device}.cfg",
    )


def go(
    routers: MemoryFleet, book: Journal, clock: Clock, findings: tuple[Finding, ...] = ()
) -> Progress:
    steps = (*PREFLIGHT, *CHANGE, *SAVE)
    return engine.run(NAME, steps, job(routers, clock, findings), book)


def finding(status: Status) -> Finding:
    return Finding(
        check_id="T-NHRP-002",
        device=NAME,
        subject="hub1",
        status=status,
        message="NHS 10.0.0.1 not responding",
        remedy="look",
    )


def test_a_change_walks_through_all_states(tmp_path: Path) -> None:
    routers = fleet(NAME)
    with Journal(tmp_path) as book:
        progress = go(routers, book, Clock())
    assert progress.ok
    assert progress.state is State.SAVED
    entries = replay(tmp_path / JOURNAL)
    assert [(entry.event, entry.step) for entry in entries] == [
        (event, step)
        for step in ("preflight", "backup", "arm", "push", "verify", "confirm", "save")
        for event in ("begin", "done")
    ]
    states = [entry.data["state"] for entry in entries if entry.event == "done"]
    assert states == [
        "preflighted",
        "preflighted",
        *map(str, (State.ARMED, State.PUSHED, State.VERIFIED, State.CONFIRMED, State.SAVED)),
    ]
    assert routers.routers[NAME].startup == ["hostname r", *LINES]


def test_the_intent_is_on_the_disk_before_the_device_is_armed(tmp_path: Path) -> None:
    routers = fleet(NAME)
    routers.fault = Fault(at=3)  # the call that arms
    with Journal(tmp_path) as book, pytest.raises(Killed):
        go(routers, book, Clock())
    assert routers.calls[-1] == (NAME, "arm")
    last = replay(tmp_path / JOURNAL)[-1]
    assert (last.event, last.step) == ("begin", "arm")
    assert last.data["inverse"] == ["no interface Tunnel100"]
    assert last.data["before"] == MemoryRouter(NAME).digest()
    assert last.data["minutes"] == 5
    assert last.data["deadline"] == "2026-11-22T12:05:00+00:00"
    assert last.data["archive"] == "flash:"


def test_every_pair_outside_the_table_is_refused_and_changes_nothing() -> None:
    pairs = [pair for pair in product(State, Event) if pair not in TRANSITIONS]
    assert pairs
    for state, event in pairs:
        machine = Machine(NAME, state, ["preflight"])
        with pytest.raises(IllegalTransition) as caught:
            machine.fire(event)
        assert machine.state is state
        assert machine.history == ["preflight"]
        assert (caught.value.state, caught.value.event) == (state, event)
        assert caught.value.history == ("preflight",)


def test_only_a_confirmed_device_is_saved() -> None:
    assert [s for (s, e), to in TRANSITIONS.items() if to is State.SAVED] == [State.CONFIRMED]
    confirming = {s for (s, e), to in TRANSITIONS.items() if to is State.CONFIRMED}
    assert confirming == {State.VERIFIED, State.REVERTING}


@pytest.mark.parametrize("settled_by", ["timer", "resume"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 8))
def test_death_at_every_call_ends_well(
    tmp_path: Path, call: int, *, after: bool, settled_by: str
) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    before = list(router.running)
    routers.fault = Fault(at=call, after=after)
    with Journal(tmp_path) as book, pytest.raises(Killed):
        go(routers, book, Clock())
    routers.fault = None

    left = left_behind(replay(tmp_path / JOURNAL))[NAME]
    if settled_by == "timer":
        router.timer_expires()
    elif not left.settled:
        known = left.data
        ends = routers.each(
            [NAME],
            lambda device: settle(
                device, *(str(known.get(key, "")) for key in ("before", "after", "user"))
            ),
        )
        state = ENDS[ends[NAME]]  # type: ignore[index]
        assert state is (State.REVERTED if router.running == before else State.CONFIRMED)
    _well(left.data, router, before)


def _well(data: object, router: MemoryRouter, before: list[str]) -> None:
    """Reverted to before, or verified and kept; never saved without confirmation; no timer."""
    assert router.backup_lines is None
    assert router.running in (before, [*before, *LINES])
    if router.running != before:
        assert isinstance(data, dict)
        assert data["after"] == router.digest(), "kept, but never verified"
    if router.startup != before:
        assert router.startup == router.running
    assert router.pushes <= 1


@pytest.mark.parametrize("record", range(1, 13))
def test_death_while_the_journal_is_written_ends_well(
    tmp_path: Path, record: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    before = list(router.running)
    with Journal(tmp_path) as book:
        write = book.record
        count = 0

        def dying(event: str, **data: object) -> object:
            nonlocal count
            count += 1
            if count == record:
                raise Killed
            return write(event, **data)  # type: ignore[arg-type]

        monkeypatch.setattr(book, "record", dying)
        with pytest.raises(Killed):
            go(routers, book, Clock())
    router.timer_expires()
    left = left_behind(replay(tmp_path / JOURNAL)).get(NAME)
    _well(left.data if left else {}, router, before)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("call", "kept"), [(3, False), (4, False), (5, False), (6, True)], ids=str)
def test_a_lost_session_is_undone_or_found_kept(
    tmp_path: Path, call: int, *, kept: bool, after: bool
) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    before = list(router.running)
    router.left = ("payload",)
    routers.fault = Fault(at=call, after=after, error=SessionLost(NAME, "gone"))
    with Journal(tmp_path) as book:
        progress = go(routers, book, Clock())
    assert progress.error is not None
    assert router.left == (), "a payload was left behind"
    if kept and after:
        # the device took the confirmation, its answer was lost
        assert progress.state is State.CONFIRMED
        assert router.running == [*before, *LINES]
    else:
        assert progress.state is State.REVERTED
        assert router.running == before
    assert router.startup == before
    assert replay(tmp_path / JOURNAL)[-1].data["state"] == progress.state


@pytest.mark.parametrize("status", [Status.FAIL, Status.ERROR])
def test_what_is_found_wanting_is_reverted_with_its_reason(tmp_path: Path, status: Status) -> None:
    routers = fleet(NAME)
    with Journal(tmp_path) as book:
        progress = go(routers, book, Clock(), (finding(Status.PASS), finding(status)))
    assert progress.state is State.REVERTED
    assert progress.step == "verify"
    assert "NHS 10.0.0.1 not responding (T-NHRP-002)" in str(progress.error)
    assert routers.routers[NAME].running == ["hostname r"]
    assert "NHS 10.0.0.1" in (tmp_path / JOURNAL).read_text()


def test_a_refused_line_is_reverted(tmp_path: Path) -> None:
    routers = fleet(NAME)
    routers.routers[NAME].refuses = LINES[1]
    with Journal(tmp_path) as book:
        progress = go(routers, book, Clock())
    assert progress.state is State.REVERTED
    assert progress.step == "push"
    assert routers.routers[NAME].running == ["hostname r"]


@pytest.mark.parametrize("reason", ["problem", "stale"])
def test_a_device_that_is_not_ready_is_not_touched(tmp_path: Path, reason: str) -> None:
    routers = fleet(NAME)
    clock = Clock()
    task = job(routers, clock)
    if reason == "problem":
        routers.routers[NAME].problems = ("archive is off",)
    else:
        routers.routers[NAME].running.append("ntp server 192.0.2.1")
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert isinstance(progress.error, Refused)
    assert progress.state is State.PLANNED
    assert [what for _, what in routers.calls] == ["preflight"]
    assert left_behind(replay(tmp_path / JOURNAL))[NAME].settled


def test_an_unreachable_device_is_waited_for_until_its_own_undo_is_proven(tmp_path: Path) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]

    class Patient(Clock):
        def pause(self, seconds: float) -> None:
            super().pause(seconds)
            if self.now > 60:
                router.timer_expires()
                router.broken = None

    clock = Patient()

    def cut_off() -> tuple[Finding, ...]:
        router.broken = Unreachable(NAME, "no answer")
        return (finding(Status.FAIL),)

    task = job(routers, clock)
    task.judged = cut_off
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert progress.state is State.REVERTED
    assert router.running == ["hostname r"]
    assert clock.waits > 1


def test_a_device_that_never_comes_back_is_unknown(tmp_path: Path) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    clock = Clock()
    task = job(routers, clock)

    def cut_off() -> tuple[Finding, ...]:
        router.broken = Unreachable(NAME, "no answer")
        return (finding(Status.FAIL),)

    task.judged = cut_off
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert progress.state is State.UNKNOWN
    assert isinstance(progress.undo_error, Unreachable)
    assert clock.now > task.minutes * 60, "gave up before the device's own deadline"


def test_a_device_that_holds_something_else_is_unknown(tmp_path: Path) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    task = job(routers, Clock())

    def meddled() -> tuple[Finding, ...]:
        assert router.backup_lines is not None
        router.backup_lines.append("somebody else's line")
        return (finding(Status.FAIL),)

    task.judged = meddled
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert progress.state is State.UNKNOWN


def test_the_undo_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    routers = fleet(NAME)
    router = routers.routers[NAME]
    task = job(routers, Clock())

    def replaced() -> tuple[Finding, ...]:
        router.owner = "anna"
        return (finding(Status.FAIL),)

    task.judged = replaced
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert progress.state is State.UNKNOWN
    assert "an undo of anna is pending" in str(progress.undo_error)
    assert "revert" not in {what for _, what in routers.calls}


def test_a_bug_in_a_step_is_undone_too(tmp_path: Path) -> None:
    routers = fleet(NAME)
    task = job(routers, Clock())

    def bug() -> tuple[Finding, ...]:
        raise ZeroDivisionError

    task.judged = bug
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, (*PREFLIGHT, *CHANGE), task, book)
    assert progress.state is State.REVERTED
    assert isinstance(progress.error, ZeroDivisionError)


def test_a_failing_undo_is_unknown(tmp_path: Path) -> None:
    def fail(subject: None) -> dict[str, str]:
        raise DmvpnError("no")

    def undo(subject: None) -> Event:
        raise DmvpnError("cannot go back")

    steps = (Step(name="arm", event=Event.ARM, do=fail, undo=undo),)
    with Journal(tmp_path) as book:
        progress = engine.run(NAME, steps, None, book, state=State.PREFLIGHTED)  # type: ignore[arg-type]
    assert progress.state is State.UNKNOWN
    assert str(progress.undo_error) == "cannot go back"


def test_a_session_through_the_tunnel_gets_a_longer_timer(tmp_path: Path) -> None:
    routers = fleet(NAME)
    routers.routers[NAME].in_band = True
    with Journal(tmp_path) as book:
        assert go(routers, book, Clock()).ok
    armed = [e for e in replay(tmp_path / JOURNAL) if (e.event, e.step) == ("begin", "arm")]
    assert armed[0].data["minutes"] == 10
