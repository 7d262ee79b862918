"""Plans, deployments, verification, audit, trace and resume on routers in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from memory_fleet import Fault, Killed, MemoryFleet, fleet
from overlay_records import views

from automation.checks.base import Check, Finding, Severity, Status, Verdict, failed, passed
from automation.checks.expect import Expectation
from automation.config.change import Change
from automation.errors import CouldNotLook, Refused, UsageError
from automation.journal import JOURNAL, Journal, replay
from automation.workflows import deploy, resume, verify
from automation.workflows.audit import audit
from automation.workflows.collect import ask_all, save
from automation.workflows.deploy import Outcome, Settings
from automation.workflows.engine import Progress, State
from automation.workflows.offline import judge_captures, load_captures
from automation.workflows.plan import (
    Plan,
    Planner,
    Prepared,
    check_fresh,
    prepare,
    read_plan,
    write_plan,
)
from automation.workflows.trace import between, resolve
from automation.workflows.verify import Patience
from tasks.errors import LineRejected, Unreachable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
VIEWS = views()
NAMES = ("hub1", "spoke1", "spoke2")


def lines(name: str) -> tuple[str, ...]:
    return ("interface Tunnel100", f" description {name}")


def change(view: object, running: str) -> Change:
    name = view.name  # type: ignore[attr-defined]
    have = running.splitlines()
    missing = tuple(line for line in lines(name) if line not in have)
    return Change(
        device=name,
        lines=missing,
        inverse=tuple(f"no {line}" for line in missing),
        running_digest=str(hash(running)),
        intent_digest=name,
    )


PLANNER = Planner(views=lambda running: VIEWS, change=change)  # type: ignore[arg-type]


def planned(routers: MemoryFleet) -> Prepared:
    return prepare(routers, PLANNER, list(routers.routers), lambda: NOW)


class Judges:
    """Stands in for the judgement; says what is wanting where."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.one: dict[str, str] = {}
        self.cloud = ""
        self.members: list[set[str]] = []
        self.then: Callable[[], None] = lambda: None
        monkeypatch.setattr(deploy, "look", self._look)
        monkeypatch.setattr(deploy, "verify", self._verify)
        monkeypatch.setattr(resume, "verify", self._verify)

    def _look(self, fleet: object, expected: dict[str, Expectation], patience: object) -> object:
        self.members.append(set(expected))
        self.then()
        self.then = lambda: None
        return tuple(self._finding(name, self.one.get(name, "")) for name in expected)

    def _verify(self, fleet: object, views: object, **said: object) -> tuple[Finding, ...]:
        return (self._finding("hub1", self.cloud),)

    def _finding(self, device: str, why: str) -> Finding:
        return Finding(
            check_id="T-NHRP-002",
            device=device,
            subject="",
            status=Status.FAIL if why else Status.PASS,
            message=why or "fine",
        )


@pytest.fixture
def judges(monkeypatch: pytest.MonkeyPatch) -> Judges:
    return Judges(monkeypatch)


def apply(
    routers: MemoryFleet,
    folder: Path,
    prepared: Prepared | None = None,
    kept: Callable[[str], None] = lambda device: None,
) -> Outcome:
    ticks = count()
    settings = Settings(
        patience=Patience(wait_s=1, pause=lambda s: None, monotonic=lambda: float(next(ticks))),
        now=lambda: NOW,
    )

    def keep(device: str, running: str) -> str:
        routers.calls.append((device, "keep"))
        kept(device)
        path = folder / f"{device}.cfg"
        path.write_text(running)
        return str(path)

    with Journal(folder) as book:
        return deploy.apply(
            prepared or planned(routers),
            routers,
            book,
            settings,
            clear=lambda text: text,
            keep=keep,
        )


def states(outcome: Outcome) -> dict[str, str]:
    return {name: str(step.state) for name, step in outcome.progress.items()}


def test_hubs_go_first_each_judged_against_those_before(tmp_path: Path, judges: Judges) -> None:
    routers = fleet("spoke2", "spoke1", "hub1")
    outcome = apply(routers, tmp_path)
    assert outcome.exit_code == 0
    assert states(outcome) == {"hub1": "saved", "spoke1": "saved", "spoke2": "saved"}
    armed = [name for name, what in routers.calls if what == "arm"]
    assert armed == ["hub1", "spoke1", "spoke2"]
    assert judges.members == [{"hub1"}, {"hub1", "spoke1"}, {"hub1", "spoke2"}]
    saved = [at for at, (_, what) in enumerate(routers.calls) if what == "save"]
    confirmed = [at for at, (_, what) in enumerate(routers.calls) if what == "confirm"]
    assert min(saved) > max(confirmed), "saved before the whole cloud was confirmed"


def test_each_device_is_backed_up_before_it_is_armed(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    apply(routers, tmp_path)
    for name in NAMES:
        mine = [what for device, what in routers.calls if device == name]
        assert mine.index("keep") < mine.index("arm")
        assert "hostname r" in (tmp_path / f"{name}.cfg").read_text()
    book = (tmp_path / "journal.jsonl").read_text()
    assert "hub1.cfg" in book


def test_a_device_changed_by_others_meanwhile_is_left_alone(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    prepared = planned(routers)
    judges.then = lambda: routers.routers["spoke2"].running.append("banner motd x")
    outcome = apply(routers, tmp_path, prepared)
    assert states(outcome)["spoke2"] == "preflighted"
    assert routers.routers["spoke2"].pushes == 0
    assert outcome.exit_code == 7
    assert "stale" in str(outcome.progress["spoke2"].error)


def test_a_change_that_cuts_off_who_is_managed_through_the_tunnel_is_reverted(
    tmp_path: Path, judges: Judges
) -> None:
    routers = fleet(*NAMES)
    routers.routers["spoke1"].in_band = True

    def cut(device: str) -> None:
        if device == "hub1":
            routers.routers["spoke1"].broken = Unreachable("spoke1", "no answer")

    outcome = apply(routers, tmp_path, kept=cut)
    assert states(outcome)["hub1"] == "reverted"
    assert routers.routers["hub1"].running == ["hostname r"]
    assert routers.routers["spoke1"].pushes == 0
    assert outcome.exit_code == 8
    assert "spoke1: is managed through the tunnel and did not answer" in str(
        outcome.progress["hub1"].error
    )


def test_a_second_plan_is_empty(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    apply(routers, tmp_path)
    assert planned(routers).plan.empty


def test_the_first_failure_reverts_and_stops_the_rest(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    judges.one["spoke1"] = "NHS 10.255.0.1 not responding"
    outcome = apply(routers, tmp_path)
    assert states(outcome) == {"hub1": "confirmed", "spoke1": "reverted", "spoke2": "preflighted"}
    assert outcome.exit_code == 8
    assert outcome.untouched == ["spoke2"]
    assert routers.routers["spoke1"].running == ["hostname r"]
    assert routers.routers["spoke2"].pushes == 0
    assert routers.routers["hub1"].startup == ["hostname r"], "saved an unjudged cloud"


def test_nothing_is_saved_when_the_cloud_is_wanting(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    judges.cloud = "no shortcut"
    outcome = apply(routers, tmp_path)
    assert set(states(outcome).values()) == {"confirmed"}
    assert outcome.exit_code == 4
    assert all(router.startup == ["hostname r"] for router in routers.routers.values())


def test_one_device_that_is_not_ready_stops_all_before_the_first_byte(
    tmp_path: Path, judges: Judges
) -> None:
    routers = fleet(*NAMES)
    routers.routers["spoke2"].problems = ("archive is off",)
    outcome = apply(routers, tmp_path)
    assert outcome.exit_code == 6
    assert {what for _, what in routers.calls} == {"backup", "preflight"}


def test_a_device_that_went_away_before_the_first_byte_is_exit_5(
    tmp_path: Path, judges: Judges
) -> None:
    routers = fleet(*NAMES)
    prepared = planned(routers)
    routers.routers["spoke2"].broken = Unreachable("spoke2", "no answer on port 22")
    outcome = apply(routers, tmp_path, prepared)
    assert outcome.exit_code == 5
    assert "arm" not in {what for _, what in routers.calls}


def test_a_refused_line_is_reverted_exit_8(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    routers.routers["hub1"].refuses = " description hub1"
    outcome = apply(routers, tmp_path)
    assert outcome.exit_code == 8
    assert isinstance(outcome.progress["hub1"].error, LineRejected)
    assert all(router.running == ["hostname r"] for router in routers.routers.values())


@pytest.mark.parametrize(
    ("progress", "code"),
    [
        ({"a": (State.UNKNOWN, UsageError("x")), "b": (State.REVERTED, UsageError("x"))}, 9),
        ({"a": (State.REVERTED, ZeroDivisionError())}, 1),
        ({"a": (State.CONFIRMED, None), "b": (State.PREFLIGHTED, UsageError("x"))}, 7),
        ({"a": (State.CONFIRMED, Unreachable("a", "save failed"))}, 7),
        ({"a": (State.SAVED, None)}, 0),
        ({}, 0),
    ],
)
def test_exit_codes_by_precedence(
    progress: dict[str, tuple[State, Exception | None]], code: int
) -> None:
    outcome = Outcome(
        run="1",
        progress={n: Progress(device=n, state=s, error=e) for n, (s, e) in progress.items()},
    )
    assert outcome.exit_code == code


def test_a_plan_file_comes_back_the_same(tmp_path: Path) -> None:
    plan = planned(fleet(*NAMES)).plan
    write_plan(plan, tmp_path / "p")
    assert read_plan(tmp_path / "p") == plan
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other/9"}', '{"schema": 1}'])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p").write_text(text)
    with pytest.raises(UsageError, match=r"plan|schema"):
        read_plan(tmp_path / "p")


def test_a_plan_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "absent")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("running_digest", "other", "its configuration changed since"),
        ("intent_digest", "other", "its intent changed since"),
        ("lines", (), "other lines are needed now"),
        ("device", "other", "not in the plan"),
    ],
)
def test_a_stale_plan_is_refused(field: str, value: object, reason: str) -> None:
    plan = planned(fleet("hub1")).plan
    old = Plan(changes=(replace(plan.changes[0], **{field: value}),), created=plan.created)  # type: ignore[arg-type]
    check_fresh(plan, plan)
    with pytest.raises(Refused, match=reason):
        check_fresh(old, plan)


def test_a_device_that_changed_after_the_plan_is_refused(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    prepared = planned(routers)
    routers.routers["spoke1"].running.append("ntp server 192.0.2.1")
    outcome = apply(routers, tmp_path, prepared)
    assert outcome.exit_code == 6
    assert "stale" in str(outcome.progress["spoke1"].error)


def test_planning_tells_of_every_device_it_could_not_read() -> None:
    routers = fleet(*NAMES)
    for name in ("hub1", "spoke2"):
        routers.routers[name].broken = Unreachable(name, "no answer on port 22")
    with pytest.raises(CouldNotLook) as caught:
        planned(routers)
    assert "hub1: no answer" in str(caught.value)
    assert "spoke2: no answer" in str(caught.value)
    assert "2 of 3 devices" in str(caught.value)


# verification


def check(judge: object) -> Check:
    return Check(
        id="T-TEST-001",
        title="test",
        commands=("show clock",),
        severity=Severity.MINOR,
        tags=frozenset({"test"}),
        judge=judge,  # type: ignore[arg-type]
    )


class Router:
    """Answers `show clock` with its own time, which runs `rate` times as fast as real time."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.real = 0.0
        self.looks = 0

    def pause(self, seconds: float) -> None:
        self.real += seconds

    def clock(self) -> str:
        total = int(self.real * self.rate)
        return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}.000 UTC Sun Nov 22 2026\n"


@pytest.mark.parametrize(("rate", "looks"), [(10.0, 5), (1.0, 41)])
def test_waiting_is_counted_in_device_time(rate: float, looks: int) -> None:
    routers = fleet("hub1")
    clock = Router(rate)

    class Answers(dict[str, str]):
        def get(self, command: str, default: str = "") -> str:  # type: ignore[override]
            return clock.clock() if command == "show clock" else default

    routers.routers["hub1"].answers = Answers()
    patience = Patience(wait_s=10, pause=clock.pause, monotonic=lambda: clock.real)

    def judge(expectation: Expectation, records: object) -> list[Verdict]:
        clock.looks += 1
        return [failed("x", "not yet", (), "wait")]

    findings = verify.look(routers, {"hub1": Expectation(device="hub1")}, patience, (check(judge),))
    assert [finding.status for finding in findings] == [Status.FAIL]
    assert clock.looks == looks


def test_waiting_ends_as_soon_as_it_holds() -> None:
    routers = fleet("hub1")
    looks = 0

    def judge(expectation: Expectation, records: object) -> list[Verdict]:
        nonlocal looks
        looks += 1
        return [passed("x", "up") if looks == 3 else failed("x", "not yet", (), "wait")]

    routers.routers["hub1"].answers = {"show clock": "12:00:00.000 UTC Sun Nov 22 2026\n"}
    patience = Patience(wait_s=60, pause=lambda s: None, monotonic=lambda: 0.0)
    findings = verify.look(routers, {"hub1": Expectation(device="hub1")}, patience, (check(judge),))
    assert [finding.status for finding in findings] == [Status.PASS]
    assert looks == 3


def test_an_unreachable_device_is_an_error_and_is_not_waited_for() -> None:
    routers = fleet("hub1")
    routers.routers["hub1"].broken = Unreachable("hub1", "no answer on port 22", "look at it")
    findings = verify.verify(routers, VIEWS, only=["hub1"], patience=Patience(wait_s=1e9))
    assert [(f.check_id, f.status, f.remedy) for f in findings] == [
        ("T-LOOK-001", Status.ERROR, "look at it")
    ]


def test_a_limited_verification_still_expects_everybody() -> None:
    routers = fleet("spoke1")
    findings = verify.verify(
        routers, VIEWS, only=["spoke1"], patience=Patience(wait_s=0, pause=lambda s: None)
    )
    assert {finding.device for finding in findings} == {"spoke1"}
    assert ("T-NHRP-002", Status.FAIL) in {(f.check_id, f.status) for f in findings}


def test_saved_captures_are_judged_and_missing_ones_are_errors(tmp_path: Path) -> None:
    folder = tmp_path / "hub1"
    folder.mkdir()
    (folder / "show_ip_interface_brief.txt").write_text(
        "Interface              IP-Address      OK? Method Status                Protocol\n"
        "Tunnel100              10.255.0.1      YES manual up                    up\n"
    )
    found = judge_captures(VIEWS, load_captures(tmp_path, NAMES))
    hub = {f.check_id: f.status for f in found if f.device == "hub1"}
    assert hub["T-TUN-001"] is Status.PASS
    assert hub["T-NHRP-001"] is Status.ERROR
    assert hub["T-ROUTE-001"] is Status.ERROR
    assert [f.status for f in found if f.device == "spoke1"] == [Status.ERROR]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_captures(tmp_path / "absent", NAMES)


def test_an_audit_changes_nothing_and_finds_drift() -> None:
    routers = fleet(*NAMES)
    routers.routers["hub1"].running += lines("hub1")
    findings, drift = audit(
        routers, PLANNER, VIEWS, NAMES, patience=Patience(wait_s=0, pause=lambda s: None)
    )
    assert {name for name, what in routers.calls if what not in ("collect", "backup")} == set()
    assert {row.device: bool(row.missing) for row in drift} == {
        "hub1": False,
        "spoke1": True,
        "spoke2": True,
    }
    assert {finding.status for finding in findings} == {Status.FAIL}


# resume


def test_resume_reverts_what_a_dead_run_left_pending(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    prepared = planned(routers)
    # 3 preflights, then backup, arm and push of the hub
    routers.calls.clear()
    routers.fault = Fault(at=7, after=True)
    with pytest.raises(Killed):
        apply(routers, tmp_path, prepared)
    assert routers.routers["hub1"].backup_lines is not None
    routers.fault = None
    with Journal(tmp_path) as book:
        assert list(resume.open_devices(book.entries())) == ["hub1"]
        found = resume.resume(routers, VIEWS, book, patience=Patience(wait_s=0))
        assert resume.open_devices(book.entries()) == {}
    assert found.states == {"hub1": State.REVERTED}
    assert found.exit_code == 8
    assert routers.routers["hub1"].running == ["hostname r"]


def test_resume_saves_what_was_confirmed_once_the_cloud_is_well(
    tmp_path: Path, judges: Judges
) -> None:
    routers = fleet(*NAMES)
    judges.cloud = "no shortcut"
    apply(routers, tmp_path)
    with Journal(tmp_path) as book:
        assert resume.resume(routers, VIEWS, book, patience=Patience()).exit_code == 4
        assert routers.routers["hub1"].startup == ["hostname r"]
        judges.cloud = ""
        found = resume.resume(routers, VIEWS, book, patience=Patience())
        assert resume.open_devices(book.entries()) == {}
    assert set(found.states.values()) == {State.SAVED}
    assert routers.routers["hub1"].startup == routers.routers["hub1"].running


def test_resume_says_unknown_of_a_device_it_cannot_ask(tmp_path: Path, judges: Judges) -> None:
    routers = fleet(*NAMES)
    prepared = planned(routers)
    routers.calls.clear()
    routers.fault = Fault(at=7, after=True)
    with pytest.raises(Killed):
        apply(routers, tmp_path, prepared)
    routers.fault = None
    routers.routers["hub1"].broken = Unreachable("hub1", "no answer")
    with Journal(tmp_path) as book:
        found = resume.resume(routers, VIEWS, book, patience=Patience())
        assert list(resume.open_devices(book.entries())) == ["hub1"], "forgotten"
    assert found.exit_code == 9
    assert "no answer" in found.why["hub1"]


def test_the_journal_holds_the_end_of_a_run(tmp_path: Path, judges: Judges) -> None:
    apply(fleet(*NAMES), tmp_path)
    last = replay(tmp_path / JOURNAL)[-1]
    assert (last.event, last.data["exit_code"]) == ("end", 0)


# collect and trace


def test_collect_writes_one_file_a_command(tmp_path: Path) -> None:
    routers = fleet("hub1", "spoke1")
    routers.routers["hub1"].answers = {"show dmvpn": "key hunter2\n"}
    routers.routers["spoke1"].broken = Unreachable("spoke1", "no answer")
    wanted: dict[str, Sequence[str]] = {
        "hub1": ("show dmvpn", "show ip route 10.0.0.0/8"),
        "spoke1": ("show dmvpn",),
    }
    written, failures = save(
        routers, wanted, tmp_path / "out", redact=lambda text: text.replace("hunter2", "***")
    )
    assert written == {"hub1": ["show_dmvpn.txt", "show_ip_route_10.0.0.0-8.txt"]}
    assert (tmp_path / "out/hub1/show_dmvpn.txt").read_text() == "key ***\n"
    assert failures == {"spoke1": "spoke1: no answer"}


def test_one_command_on_many_devices() -> None:
    routers = fleet("hub1", "spoke1")
    routers.routers["hub1"].answers = {"show clock": "12:00"}
    assert ask_all(routers, ["hub1", "spoke1"], "show clock") == (
        {"hub1": "12:00", "spoke1": ""},
        {},
    )


@pytest.mark.parametrize("word", ["spoke1", "branch-1", "10.1.1.77", "10.255.0.2"])
def test_a_router_is_found_by_name_site_or_address(word: str) -> None:
    assert resolve(VIEWS, word) == "spoke1"


@pytest.mark.parametrize("word", ["nowhere", "192.0.2.1", ""])
def test_an_unknown_word_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(UsageError, match="hub1, spoke1, spoke2"):
        resolve(VIEWS, word)


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [("spoke1", "spoke1", "same router"), ("hub1", "spoke1", "is a hub")],
)
def test_a_path_that_makes_no_shortcut_is_refused(source: str, target: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        between(VIEWS, source, target)
