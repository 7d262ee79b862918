"""The real thing: the program drives routers of the twin over SSH."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from overlay_records import FABRIC

from automation.cli import main
from labs.twin.lab import Folder, down
from labs.twin.lab.lifecycle import run_for

pytestmark = pytest.mark.slow

DMVPN = Path(sys.executable).parent / "dmvpn"
ROUTING = {
    "eigrp-classic": "{protocol: eigrp, asn: 100, summary: [10.0.0.0/8]}",
    "eigrp-named": "{protocol: eigrp, asn: 100, mode: named, summary: [10.0.0.0/8]}",
    "ibgp": "{protocol: bgp, asn: 65000}",
}
HOSTS = "".join(
    f"{name}: {{hostname: 192.0.2.{n}}}\n"
    for n, name in enumerate(("hub1", "spoke1", "spoke2"), start=1)
)


class Project:
    """A project in a folder, worked on by the program."""

    def __init__(self, folder: Path, fabric: str = FABRIC) -> None:
        self.folder = folder
        self.lab = folder / ".dmvpn" / "lab" / "lab"
        inventory = folder / "inventory"
        inventory.mkdir()
        (inventory / "fabric.yaml").write_text(fabric)
        (inventory / "hosts.yaml").write_text(HOSTS)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start the program in its own process, to be killed."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("DMVPN_")}
        return subprocess.Popen(  # noqa: S603 - our own program
            [DMVPN, *words],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        """Run the program in this process, as it would run in its own."""
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["dmvpn", *words])
            patch.chdir(self.folder)
            for name in [name for name in os.environ if name.startswith("DMVPN_")]:
                patch.delenv(name)
            with pytest.raises(SystemExit) as ended:
                main()
        assert "Traceback" not in err.getvalue()
        code = ended.value.code or 0
        assert isinstance(code, int)
        return code, out.getvalue(), err.getvalue()

    def __call__(self, *words: str, code: int = 0) -> str:
        """Run the program; give stdout and stderr together."""
        ended, out, err = self.run(*words)
        assert ended == code, f"{words}: {ended}\n{out}\n{err}"
        return out + err

    def json(self, *words: str, code: int = 0) -> Any:
        """Run the program; give its data."""
        ended, out, err = self.run(*words, "--format", "json")
        assert ended == code, f"{words}: {ended}\n{out}\n{err}"
        return json.loads(out)

    def running(self, router: str) -> str:
        text: str = self.json("run", "show running-config", "-l", router)["answers"][router]
        return "\n".join(line for line in text.splitlines() if not line.startswith("! "))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    made: list[Project] = []

    def make(fabric: str = FABRIC, *words: str) -> Project:
        found = Project(tmp_path, fabric)
        made.append(found)
        found("lab", "up", "--clock", "10", *words)
        return found

    yield make
    for found in made:
        down(found.lab)


@pytest.mark.parametrize("image", ["17.3", "15.5"])
@pytest.mark.parametrize("routing", ROUTING)
def test_a_cloud_is_built_and_a_second_plan_is_empty(
    project: Callable[..., Project], routing: str, image: str
) -> None:
    dmvpn = project(FABRIC.replace(ROUTING["eigrp-classic"], ROUTING[routing]), "--image", image)
    said = dmvpn("apply", "--yes")
    assert "3 saved" in said
    assert "No changes" in dmvpn("plan", "--detailed-exitcode")
    found = dmvpn.json("verify")
    assert found["summary"]["fail"] == found["summary"]["error"] == 0
    checks = {row["check_id"] for row in found["findings"] if row["status"] == "pass"}
    assert {"T-NHRP-001", "T-NHRP-002", "T-IPSEC-001", "T-ROUTE-001", "T-CEF-004"} <= checks
    assert ("T-BGP-001" if routing == "ibgp" else "T-EIGRP-001") in checks


def test_a_day_with_a_cloud(project: Callable[..., Project]) -> None:
    """Build, look, add a site, trace, collect, audit; drift is found and mended."""
    dmvpn = project()
    again = dmvpn("lab", "up")
    assert "left alone" in again
    assert "spoke3" in again, "no spare router"
    dmvpn("plan", "--out", "first.plan")
    assert "psk-blue#" in (dmvpn.folder / "first.plan").read_text()
    assert "3 saved" in dmvpn("apply", "first.plan", "--yes")
    dmvpn("apply", "first.plan", "--yes", code=6)  # it was for other configurations

    before = (dmvpn.folder / "inventory/fabric.yaml").read_text()
    site = ("site", "add", "branch-3", "--host", "spoke3", "--wan", "GigabitEthernet2")
    assert "nothing was sent" in dmvpn(*site, "--lan", "10.1.3.0/24", "--dry-run")
    assert (dmvpn.folder / "inventory/fabric.yaml").read_text() == before
    assert "1 saved" in dmvpn(*site, "--lan", "10.1.3.0/24", "--yes")
    assert yaml.safe_load((dmvpn.folder / "inventory/fabric.yaml").read_text())["sites"]["branch-3"]

    run_for(dmvpn.lab, 2000)  # several holdtimes: shortcuts that nobody uses are gone
    said = dmvpn("trace", "branch-3", "spoke2")
    assert "CEF: 10.0.0.0/8 next hop 10.255.0.1 (hub1, the hub)" in said
    assert "CEF: 10.1.2.0/24 next hop 10.255.0.3 (spoke2, directly)" in said
    assert "traceroute: 1 hop" in said

    dmvpn("collect", "-o", "captures")
    offline = dmvpn.json("verify", "--captures", "captures")
    assert offline["summary"]["pass"] > 20
    assert _path_checks(offline) >= {"T-CEF-003"} or _path_checks(offline) >= {"T-CEF-004"}
    dmvpn("collect", "--active", "-o", "after")
    offline = dmvpn.json("verify", "--captures", "after")
    assert _path_checks(offline) == {
        *("T-CEF-004", "T-NHRP-005", "T-PATH-001", "T-PING-001", "T-ROUTE-003")
    }
    (dmvpn.folder / "captures/hub1/show_dmvpn.txt").unlink()
    assert dmvpn.json("verify", "--captures", "captures", code=5)["summary"]["error"] > 0

    rows = dmvpn.json("facts")["devices"]
    assert rows["hub1"]["release"].startswith("17.3")
    assert rows["hub1"]["defaults"] == "modern"
    assert rows["hub1"]["archive"].startswith("bootflash:")

    assert dmvpn.json("audit")["drift"]
    _type(dmvpn, "spoke1", "interface Tunnel100", "ip mtu 1300")
    audit = dmvpn.json("audit", code=3)
    (drift,) = [row for row in audit["drift"] if row["missing"]]
    assert drift["device"] == "spoke1"
    assert drift["missing"][-1].strip() == "ip mtu 1400"
    dmvpn("apply", "--yes", code=6)  # somebody's work is not saved
    dmvpn("apply", "--yes", "--allow-unsaved")
    dmvpn("audit")
    for secret in _secrets(dmvpn):
        for path in [*dmvpn.folder.rglob("*.jsonl"), *dmvpn.folder.rglob("*.html")]:
            assert secret not in path.read_text(), path
        assert secret not in (dmvpn.folder / "first.plan").read_text()


def test_a_limited_change_that_cuts_a_spoke_off_its_hub_is_reverted(
    project: Callable[..., Project],
) -> None:
    dmvpn = project()
    dmvpn("apply", "--yes")
    before = dmvpn.running("spoke1")
    fabric = dmvpn.folder / "inventory" / "fabric.yaml"
    assert "key: 100" in fabric.read_text()
    fabric.write_text(fabric.read_text().replace("key: 100", "key: 200"))
    said = dmvpn("apply", "--yes", "-l", "spoke1", "--wait", "30", code=8)
    assert "REVERTED spoke1: NHS 10.255.0.1 not responding" in said
    assert dmvpn.running("spoke1") == before


def _path_checks(found: Any) -> set[str]:
    """Name the checks of pairs of spokes; every one of them passes."""
    rows = [row for row in found["findings"] if ">" in row["device"]]
    assert {row["status"] for row in rows} == {"pass"}
    return {row["check_id"] for row in rows}


def _secrets(dmvpn: Project) -> list[str]:
    return list(yaml.safe_load((dmvpn.lab / "credentials.yaml").read_text()).values())


def _type(dmvpn: Project, router: str, *lines: str) -> None:
    """Type into a router's configuration by hand, as a colleague would."""
    import paramiko

    (port,) = [r["port"] for r in dmvpn.json("lab", "status")["routers"] if r["name"] == router]
    client = paramiko.SSHClient()
    client.load_host_keys(str(dmvpn.lab / "known_hosts"))
    password = yaml.safe_load((dmvpn.lab / "credentials.yaml").read_text())["lab"]
    client.connect(
        "127.0.0.1",
        port=port,
        username="admin",
        password=password,
        look_for_keys=False,
        allow_agent=False,
    )
    shell = client.invoke_shell()
    shell.settimeout(20)
    shell.sendall("\n".join(["configure terminal", *lines, "end", "show clock", ""]).encode())
    said = ""
    while " UTC " not in said:
        said += shell.recv(65535).decode()
    assert "%" not in said.replace("%SYS-5-CONFIG_I", ""), said
    client.close()


@pytest.fixture
def cloud(project: Callable[..., Project]) -> Project:
    """Give a project whose cloud is built."""
    found = project()
    found("apply", "--yes")
    return found


def _edit(dmvpn: Project, old: str, new: str) -> None:
    path = dmvpn.folder / "inventory/fabric.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


HUB_LANS = "lans: {GigabitEthernet3: 10.0.0.0/24}"
BREAK = f"{HUB_LANS}\n        extra_config: [interface GigabitEthernet2, ' shutdown']"
"""The hub without its WAN: accepted by IOS, and no spoke stays."""


def test_a_broken_change_is_reverted_with_its_reason(cloud: Project) -> None:
    before = cloud.running("hub1")
    _edit(cloud, HUB_LANS, BREAK)
    said = cloud("apply", "--yes", "--wait", "20", code=8)
    assert "REVERTED hub1" in said
    assert "(T-" in said
    assert "reverted and proven identical to before" in said
    assert cloud.running("hub1") == before
    _edit(cloud, BREAK, HUB_LANS)
    run_for(cloud.lab, 300)  # dead peer detection, then registrations
    cloud("verify")


def test_a_refused_line_is_reverted_and_named(cloud: Project) -> None:
    before = cloud.running("spoke1")
    _edit(
        cloud,
        "lans: {GigabitEthernet3: 10.1.1.0/24}",
        "lans: {GigabitEthernet3: 10.1.1.0/24}\n        extra_config: [flux capacitor]",
    )
    said = cloud("apply", "--yes", code=8)
    assert "flux capacitor" in said
    assert "REVERTED spoke1" in said
    assert cloud.running("spoke1") == before


def test_kill_after_the_push_and_the_device_goes_back_alone(cloud: Project) -> None:
    before = cloud.running("hub1")
    _edit(cloud, HUB_LANS, BREAK)
    process = cloud.start("apply", "--yes", "--wait", "170")
    journal = _await_push(cloud, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert cloud.running("hub1") != before
    run = journal.parent.name
    assert "open: hub1" in cloud("status")
    assert "+00:00" in cloud("status", run)
    run_for(cloud.lab, 6 * 60)
    assert cloud.running("hub1") == before
    assert "reverted" in cloud("resume", run, code=8)
    assert "nothing open" in cloud("resume", run)


def _await_push(dmvpn: Project, process: "subprocess.Popen[str]") -> Path:
    """Follow the journal of the newest run until the push is done."""
    while process.poll() is None:
        for journal in (dmvpn.folder / ".dmvpn/runs").glob("*/journal.jsonl"):
            entries = [json.loads(line) for line in journal.read_text().splitlines()[:-1]]
            steps = {(entry["event"], entry["step"]) for entry in entries}
            if ("done", "push") in steps and ("begin", "confirm") not in steps:
                return journal
    out, err = process.communicate()
    pytest.fail(f"it ended before the push: {out}{err}")


def test_a_dead_run_is_settled_at_once_by_resume(cloud: Project) -> None:
    before = cloud.running("hub1")
    _edit(cloud, HUB_LANS, BREAK)
    process = cloud.start("apply", "--yes", "--wait", "170")
    journal = _await_push(cloud, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "hub1" in cloud("resume", journal.parent.name, code=8)
    assert cloud.running("hub1") == before


def test_devices_that_cannot_be_reached_or_refuse(cloud: Project) -> None:
    password = (cloud.lab / "credentials.yaml").read_text()
    known = (cloud.lab / "known_hosts").read_text()

    wrong = yaml.safe_load(password) | {"lab": "wrong-password"}
    Folder(cloud.lab).credentials.write_text(yaml.safe_dump(wrong))
    said = cloud("plan", code=5)
    assert "spoke1" in said
    assert "wrong-password" not in said
    (cloud.lab / "credentials.yaml").write_text(password)

    lines = known.splitlines()
    hosts = [line.split(" ", 1)[0] for line in lines]
    keys = [line.split(" ", 1)[1] for line in lines]
    swapped = [f"{host} {key}" for host, key in zip(hosts, keys[1:] + keys[:1], strict=True)]
    (cloud.lab / "known_hosts").write_text("\n".join(swapped) + "\n")
    said = cloud("apply", "--yes", code=5)
    assert "host key" in said
    (cloud.lab / "known_hosts").write_text(known)
    assert "No changes" in cloud("plan")


def test_two_applies_do_not_run_at_once(cloud: Project) -> None:
    _edit(cloud, HUB_LANS, BREAK)
    process = cloud.start("apply", "--yes", "--wait", "60")
    _await_push(cloud, process)
    said = cloud("apply", "--yes", code=6)
    assert "Refused (E601): this project is locked by" in said
    process.communicate(timeout=120)
    assert process.returncode == 8


THIRD = """\
  branch-3:
    routers:
      spoke3:
        role: spoke
        clouds: {blue: {address: auto, wan: GigabitEthernet2}}
        lans: {GigabitEthernet3: 10.1.3.0/24}
"""


def test_the_demonstration(tmp_path: Path) -> None:
    fabric = FABRIC + THIRD
    dmvpn = Project(tmp_path, fabric)
    hosts = dmvpn.folder / "inventory/hosts.yaml"
    hosts.write_text(HOSTS + "spoke3: {hostname: 192.0.2.4}\n")
    said = dmvpn("demo")
    page = dmvpn.folder / ".dmvpn/demo/demo.html"
    assert said.splitlines()[-1].endswith("demo.html")
    assert "10 times" in said
    assert "4 saved" in said
    assert "1 saved" in said
    assert "CEF: 10.0.0.0/8 next hop 10.255.0.1 (hub1, the hub)" in said
    assert "traceroute: 1 hop" in said
    assert "No changes" in said
    assert "Watch the shortcut appear" in page.read_text()
    assert not Folder(dmvpn.folder / ".dmvpn/demo/lab/demo").running()
    assert (dmvpn.folder / "inventory/fabric.yaml").read_text() == fabric
