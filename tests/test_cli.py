"""The command line: each bad input gives one message and its exit code, never a stack trace."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from overlay_records import FABRIC, views

from automation.cli import main, output
from automation.cli.day0 import lab_of
from automation.cli.options import hoist
from automation.cli.plans import Ticker, format_outcome, format_plan
from automation.config.change import Change, Flap
from automation.errors import UsageError
from automation.selection import labels_of_views, select
from automation.workflows.deploy import Outcome
from automation.workflows.engine import Progress, State
from automation.workflows.plan import Plan
from tasks.errors import LineRejected, Unreachable

HOSTS = "".join(
    f"{name}: {{hostname: 127.0.0.1, port: 1}}\n" for name in ("hub1", "spoke1", "spoke2")
)
CREDENTIALS = "psk-blue: pskpskpsk\nnhrp-blue: nhrpkey\n"


class Said:
    """How a call ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "inventory"
    folder.mkdir()
    (folder / "fabric.yaml").write_text(FABRIC)
    (folder / "hosts.yaml").write_text(HOSTS)
    (folder / "credentials.yaml").write_text(CREDENTIALS)
    (folder / "credentials.yaml").chmod(0o600)
    return tmp_path


@pytest.fixture
def dmvpn(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["dmvpn", "-C", str(project), *words])
        with pytest.raises(SystemExit) as caught:
            main()
        code = caught.value.code
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert isinstance(code, int | None)
        return Said(code or 0, out, err)

    return run


def test_help_imports_nothing_heavy() -> None:
    heavy = {"netmiko", "nornir", "napalm", "pydantic", "jinja2", "rich", "yaml", "asyncssh"}
    code = f"import sys; import automation.cli; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("apply", "a", "b"),
        ("verify", "--wait", "soon"),
        ("verify", "--wait", "-1"),
        ("verify", "--report", "pdf=x"),
        ("verify", "--report", "junit"),
        ("site", "add", "x"),
        ("--format", "xml", "plan"),
        ("run", "configure terminal"),
        ("run", "reload"),
        ("run", "show version\nreload"),
        ("run", ""),
        ("run", "show running-config | redirect flash:x"),
        ("run", "show running-config | red flash:x"),
        ("run", "show running-config | include x | tee flash:x"),
        ("run", "show running-config |"),
        ("run", "show ?"),
        ("run", "show version", "-l", "nobody"),
        ("run", "show version", "-l", "colour:red"),
        ("run", "show version", "-l", "spoke1 &"),
        ("render", "nobody"),
        ("trace", "spoke1", "nowhere"),
        ("trace", "spoke1", "spoke1"),
        ("trace", "hub1", "spoke1"),
        ("collect",),
        ("status", "2026-01-01-1"),
        ("resume", "2026-01-01-1"),
        ("apply", "absent.plan", "--yes"),
        ("verify", "--captures", "/nonexistent"),
        ("lab", "status"),
        ("lab", "status", "nolab"),
        ("lab", "ssh", "hub1"),
        ("lab", "up", "--clock", "fast"),
        ("site", "add", "x", "--host", "r=1.2.3.4:http", "--wan", "Gi2", "--lan", "10.9.0.0/24"),
    ],
)
def test_bad_usage_is_exit_2_with_a_message(
    dmvpn: Callable[..., Said], words: tuple[str, ...]
) -> None:
    said = dmvpn(*words)
    assert said.code == 2
    assert said.err.strip() or said.out.strip()


@pytest.mark.parametrize(
    "words",
    [("apply",), ("site", "add", "b", "--host", "r", "--wan", "Gi2", "--lan", "10.9.0.0/24")],
)
def test_without_terminal_and_yes_nothing_is_asked(
    dmvpn: Callable[..., Said],
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    project: Path,
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    said = dmvpn(*words)
    assert said.code == 2
    assert "--yes" in said.err
    assert not (project / ".dmvpn").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("    key: 100", "    key: 100\n    colour: red", "fabric.yaml:12:5: E"),
        ("address: 10.255.0.3", "address: 10.255.0.2", "10.255.0.2"),
        ("overlay: 10.255.0.0/24", "overlay: 10.255.0.0/31", "overlay"),
        ("key: 100", "key: 4294967296", "key"),
        (", nbma: 203.0.113.1", "", "nbma"),
        ("version: 1", "version: [", "fabric.yaml:"),
    ],
    ids=[
        "unknown key",
        "duplicate address",
        "overlay too small",
        "key",
        "hub without NBMA",
        "yaml",
    ],
)
def test_a_wrong_fabric_is_exit_2_with_place_and_nothing_written(
    dmvpn: Callable[..., Said], project: Path, old: str, new: str, says: str
) -> None:
    path = project / "inventory/fabric.yaml"
    assert old in FABRIC
    path.write_text(FABRIC.replace(old, new, 1))
    for words in (("validate",), ("plan",), ("apply", "--yes")):
        said = dmvpn(*words)
        assert said.code == 2
        assert says in said.err
        assert "fabric.yaml:" in said.err
    assert not (project / "inventory/allocations.yaml").exists()
    found = json.loads(dmvpn("validate", "--format", "json").out)
    assert found["errors"][0]["line"] > 0


def test_a_long_nhrp_authentication_is_exit_2(dmvpn: Callable[..., Said], project: Path) -> None:
    path = project / "inventory/credentials.yaml"
    path.write_text(CREDENTIALS.replace("nhrpkey", "ninechars"))
    said = dmvpn("validate")
    assert said.code == 2
    assert "8" in said.err
    assert "ninechars" not in said.err


def test_unreachable_devices_are_exit_5_each_named(
    dmvpn: Callable[..., Said], project: Path
) -> None:
    (project / "inventory/defaults.yaml").write_text("username: admin\npassword: secret:psk-blue\n")
    for words in (("plan",), ("apply", "--yes"), ("verify",), ("audit",)):
        said = dmvpn(*words)
        assert said.code == 5, words
        for name in ("hub1", "spoke1", "spoke2"):
            assert name in said.err + said.out


def test_a_dry_run_shows_the_edit_and_the_lines_and_writes_nothing(
    dmvpn: Callable[..., Said], project: Path
) -> None:
    before = {path: path.read_bytes() for path in (project / "inventory").iterdir()}
    words = ("site", "add", "branch-3", "--host", "spoke3", "--wan", "GigabitEthernet2")
    said = dmvpn(*words, "--lan", "10.1.3.0/24", "--dry-run")
    assert said.code == 0
    assert "+  branch-3:" in said.out
    assert "ip address 10.255.0.4 255.255.255.0" in said.out
    assert {path: path.read_bytes() for path in (project / "inventory").iterdir()} == before


def test_a_site_that_cannot_be_reached_leaves_no_trace(
    dmvpn: Callable[..., Said], project: Path
) -> None:
    (project / "inventory/defaults.yaml").write_text("username: admin\npassword: secret:psk-blue\n")
    before = {path: path.read_bytes() for path in (project / "inventory").iterdir()}
    words = ("site", "add", "branch-3", "--host", "spoke3=127.0.0.1:1", "--wan", "GigabitEthernet2")
    said = dmvpn(*words, "--lan", "10.1.3.0/24", "--yes")
    assert said.code == 5
    assert "spoke3: connection refused" in said.err
    assert {path: path.read_bytes() for path in (project / "inventory").iterdir()} == before


def test_a_missing_secret_names_its_variable(dmvpn: Callable[..., Said], project: Path) -> None:
    (project / "inventory/credentials.yaml").unlink()
    said = dmvpn("plan")
    assert said.code == 2
    assert "DMVPN_SECRET_" in said.err


def test_secrets_open_to_others_are_refused(dmvpn: Callable[..., Said], project: Path) -> None:
    (project / "inventory/credentials.yaml").chmod(0o644)
    said = dmvpn("plan")
    assert said.code == 2
    assert "chmod 600" in said.err


def test_a_bug_is_exit_1_with_a_report(
    dmvpn: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from automation.fabric import load

    def bug(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(load, "load_fabric", bug)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said = dmvpn("validate")
    assert said.code == 1
    report = Path(said.err.split("report: ")[1].strip())
    assert "ZeroDivisionError" in report.read_text()


def test_interrupted_is_130(dmvpn: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    from automation.fabric import load

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "load_fabric", interrupt)
    assert dmvpn("validate").code == 130


def test_data_goes_out_and_talk_goes_aside(dmvpn: Callable[..., Said]) -> None:
    said = dmvpn("render", "spoke1")
    assert said.code == 0
    assert "interface Tunnel100" in said.out
    assert "<secret:psk-blue>" in said.out
    assert said.err == ""
    assert "\x1b" not in said.out
    every = json.loads(dmvpn("render", "--format", "json").out)
    assert set(every["devices"]) == {"hub1", "spoke1", "spoke2"}
    json.loads(dmvpn("schema", "-q").out)
    assert json.loads(dmvpn("status", "--format", "json").out)["runs"] == []
    assert dmvpn("validate").out.startswith(str(Path()).rstrip(".") or "/")


def test_global_options_may_stand_anywhere() -> None:
    assert hoist(["run", "show version", "-l", "role:spoke", "--format=json"]) == [
        "-l",
        "role:spoke",
        "--format=json",
        "run",
        "show version",
    ]
    assert hoist(["lab", "ssh", "--", "-l"]) == ["lab", "ssh", "--", "-l"]
    assert hoist(["plan", "-lspoke1", "-v"]) == ["-lspoke1", "-v", "plan"]
    assert hoist(["plan", "--limit"]) == ["--limit", "plan"]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("", ["hub1", "spoke1", "spoke2"]),
        ("spoke*", ["spoke1", "spoke2"]),
        ("role:spoke & !spoke1", ["spoke2"]),
        ("hub1, site:branch-1", ["hub1", "spoke1"]),
        ("cloud:blue&role:hub", ["hub1"]),
        ("name:spoke?", ["spoke1", "spoke2"]),
    ],
)
def test_the_limit(expression: str, names: list[str]) -> None:
    assert list(select(expression, labels_of_views(views()))) == names


def test_an_unknown_field_of_the_limit() -> None:
    with pytest.raises(UsageError, match="unknown field 'colour'"):
        select("colour:red", labels_of_views(views()))


def test_a_plan_in_words() -> None:
    plan = Plan(
        changes=(
            Change(
                device="hub1",
                lines=("interface Tunnel100", " ip nhrp redirect"),
                inverse=("interface Tunnel100", " no ip nhrp redirect"),
            ),
            Change(
                device="spoke1",
                lines=("interface Tunnel100", " tunnel key 100"),
                inverse=("no interface Tunnel100",),
                flaps=(Flap(interface="Tunnel100", reason="its key changes"),),
            ),
            Change(device="spoke2", unmanaged=("interface Tunnel100 / bfd interval 50",)),
        ),
        created="2026-11-22T14:02:11+00:00",
    )
    assert format_plan(plan, inverse=True) == (
        "Change of 2 devices, read 2026-11-22T14:02:11+00:00\n"
        "  ~ hub1    +1 -0 lines   no flap\n"
        "      interface Tunnel100\n"
        "       ip nhrp redirect\n"
        "    undo:\n"
        "      interface Tunnel100\n"
        "       no ip nhrp redirect\n"
        "  ~ spoke1  +1 -0 lines   Tunnel100 flaps: its key changes\n"
        "      interface Tunnel100\n"
        "       tunnel key 100\n"
        "    undo:\n"
        "      no interface Tunnel100\n"
        "Not ours, found in our blocks, kept:\n"
        "    spoke2: interface Tunnel100 / bfd interval 50\n"
        "Order: hub1, spoke1\n"
        "Undo: 3 inverse lines (shown with -v); each device also holds its own undo timer.\n"
        "Plan: 0 to bring up, 2 to change, 1 without change."
    )
    assert format_plan(Plan(changes=(), created="")).startswith("No changes.")


def test_an_outcome_in_words() -> None:
    outcome = Outcome(
        run="2026-11-22-3",
        progress={
            "hub1": Progress(device="hub1", state=State.CONFIRMED),
            "voss": Progress(
                device="voss",
                state=State.REVERTED,
                step="push",
                error=LineRejected("voss", "`x` was refused", "correct it", "x", "% Invalid"),
            ),
            "oslo": Progress(
                device="oslo",
                state=State.UNKNOWN,
                step="verify",
                error=UsageError("wanting", place="oslo"),
                undo_error=Unreachable("oslo", "no answer"),
            ),
            "bodo": Progress(device="bodo", state=State.PREFLIGHTED),
        },
    )
    assert format_outcome(outcome) == (
        "REVERTED voss: `x` was refused\n   hint: correct it\n"
        "UNKNOWN oslo: wanting\n   not proven undone: oslo: no answer\n"
        "Run 2026-11-22-3: 1 confirmed, not saved, 1 reverted and proven identical to before "
        "(digest), 1 in an unknown state, 1 untouched. exit 9\n"
        "Next: look at the device by hand, then dmvpn resume 2026-11-22-3"
    )


def test_one_line_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    ticker = Ticker(["hub1", "spoke1"], quiet=False)
    ticker("hub1", "arm", State.ARMED, "armed 5m")
    ticker("hub1", "push", State.PUSHED, "pushed 3 lines")
    ticker("spoke1", "arm", State.ARMED, "armed 5m")
    ticker.end()
    assert capsys.readouterr().err == "hub1    armed 5m | pushed 3 lines\nspoke1  armed 5m\n"


def test_no_device_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.put("a\x1b[2Jb\r\nc\x07")
    assert capsys.readouterr().out == "a\ufffd[2Jb\nc\ufffd\n"


def test_a_lab_has_every_router_and_no_address_twice() -> None:
    spec = lab_of(views(), spares=["spoke3", "spoke4"])
    assert [node.name for node in spec.nodes] == [
        "hub1",
        "spoke1",
        "spoke2",
        "spoke3",
        "spoke4",
        "internet",
    ]
    lines = [
        line.split()[2]
        for node in spec.nodes
        for line in node.config.splitlines()
        if line.startswith(" ip address ")
    ]
    assert len(set(lines)) == len(lines) == 10
    assert "203.0.113.1" in lines
    assert not any("tunnel" in node.config.lower() for node in spec.nodes)


def test_the_manual_is_drawn_from_the_program(dmvpn: Callable[..., Said]) -> None:
    said = dmvpn("manual").out
    for words in ("## dmvpn apply", "## dmvpn site add", "## dmvpn lab up", "--allow-unsaved"):
        assert words in said
    page = Path(__file__).parent.parent / "docs" / "cli.md"
    if page.parent.is_dir():  # the wheel has no docs
        assert page.read_text() == said, "run `dmvpn manual > docs/cli.md`"
