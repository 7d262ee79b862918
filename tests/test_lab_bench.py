"""The commands on a running lab: time, saving, cables, attachments."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automation.cli import main
from labs.twin import lab
from labs.twin.lab.configs import lab_of_configs

ROUTER = """\
hostname {name}
username acme privilege 15 secret 0 acme-one
interface GigabitEthernet1
 ip address 192.0.2.{host} 255.255.255.0
interface Loopback0
 ip address 10.0.0.{host} 255.255.255.255
end
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a project with a running lab of two routers."""
    home = tmp_path_factory.mktemp("project")
    configs = home / "configs"
    configs.mkdir()
    for host, name in enumerate(("left", "right"), start=1):
        (configs / f"{name}.cfg").write_text(ROUTER.format(name=name, host=host))
    folder = home / ".dmvpn" / "lab" / "lab"
    lab.up(lab_of_configs(configs, name="lab", rate=None).spec, folder)
    yield home
    lab.down(folder)


@pytest.fixture
def dmvpn(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dmvpn", "-C", str(home), *words])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(caught.value.code or 0), out, err

    return run


def facts(dmvpn: Run, *words: str) -> dict[str, object]:
    code, out, err = dmvpn("--format", "json", "lab", *words)
    assert code == 0, err
    said = json.loads(out)
    assert isinstance(said, dict)
    return said


def test_there_must_be_something_to_restore(dmvpn: Run) -> None:
    code, _, err = dmvpn("lab", "restore")
    assert code != 0
    assert "nothing is saved" in err
    assert dmvpn("lab", "status")[0] == 0


def test_time_passes_by_command_and_saved_time_comes_back(dmvpn: Run) -> None:
    assert facts(dmvpn, "run", "--for", "2h")["now_s"] == 7200.0
    assert facts(dmvpn, "run", "--for", "30s", "lab")["now_s"] == 7230.0
    path = Path(str(facts(dmvpn, "save")["path"]))
    assert path.stat().st_mode & 0o777 == 0o600
    facts(dmvpn, "run", "--for", "10m")
    assert facts(dmvpn, "restore")["now_s"] == 7230.0
    assert facts(dmvpn, "status")["now_s"] == 7230.0


def test_a_time_is_a_time(dmvpn: Run) -> None:
    code, _, err = dmvpn("lab", "run", "--for", "soon")
    assert code == 2
    assert "is no time" in err


def test_a_cable_is_pulled_and_plugged(dmvpn: Run) -> None:
    assert facts(dmvpn, "link", "left", "gi1", "down")["interface"] == "GigabitEthernet1"
    _, _, err = dmvpn("lab", "link", "left", "gi1", "up")
    assert "the cable of left GigabitEthernet1 is in" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("link", "left", "gi9", "down"), "no interface GigabitEthernet9 on a router left"),
        (("link", "nobody", "gi1", "down"), "no interface GigabitEthernet1 on a router nobody"),
        (("link", "left", "lo0", "down"), "left Loopback0 has no cable"),
        (("attach", "left", "sideways"), "attachment 'sideways'"),
        (("attach", "nobody", "oob"), "nobody"),
    ],
)
def test_what_cannot_be_done_is_said(dmvpn: Run, words: tuple[str, ...], says: str) -> None:
    code, _, err = dmvpn("lab", *words)
    assert code != 0
    assert says in err


def test_sessions_may_come_through_the_network(dmvpn: Run) -> None:
    attached = facts(dmvpn, "attach", "left", "via", "192.0.2.2", "to", "192.0.2.1")
    assert attached["attachment"] == "via 192.0.2.2 to 192.0.2.1"
    routers = facts(dmvpn, "status")["routers"]
    assert isinstance(routers, list)
    assert {row["name"]: row["attachment"] for row in routers} == {
        "left": "via 192.0.2.2 to 192.0.2.1",
        "right": "oob",
    }
