"""Ansible: the collection cisco.ios over network_cli, by paramiko and by libssh."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clients.conftest import Place

pytestmark = [pytest.mark.filterwarnings("ignore")]
Play = Callable[..., list[dict[str, Any]]]
REPLACED = [
    "interface Loopback9",
    " description by ansible",
    " ip address 192.0.2.9 255.255.255.255",
]


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment, without configuration of the machine's user."""
    ours = folder / "ansible.cfg"
    ours.touch()
    settings = {
        "ANSIBLE_CONFIG": str(ours),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": "30",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "LC_ALL": "C.UTF-8",
    }
    program, *rest = arguments
    return subprocess.run(  # noqa: S603  # the client under test
        [str(Path(sys.executable).with_name(program)), *rest],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(params=["paramiko", "libssh"])
def play(place: Place, request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Give a function that runs tasks on the hub and gives their results."""
    host = {
        "ansible_host": place.host,
        "ansible_port": place.port,
        "ansible_user": "oper",
        "ansible_password": place.password,
        "ansible_become": True,
        "ansible_become_method": "enable",
        "ansible_become_password": place.password,
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.ios.ios",
        "ansible_network_cli_ssh_type": request.param,
        "ansible_python_interpreter": sys.executable,
    }
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"hub1": host}}}))

    def tasks(*rows: dict[str, Any], fails: bool = False) -> list[dict[str, Any]]:
        book = tmp_path / "book.json"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": list(rows)}]))
        done = run(["ansible-playbook", "-i", str(inventory), str(book)], tmp_path)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        text = done.stdout[done.stdout.index("{") :]
        return [task["hosts"]["hub1"] for task in json.loads(text)["plays"][0]["tasks"]]

    return tasks


def config(**words: Any) -> dict[str, Any]:
    return {"cisco.ios.ios_config": words}


def test_ios_command(play: Play, place: Place) -> None:
    (done,) = play(
        {
            "cisco.ios.ios_command": {
                "commands": [
                    "show version",
                    "show ip nhrp",
                    {"command": "reload cancel", "prompt": "never", "answer": ""},
                ],
                "wait_for": ["result[1] contains 10.255.0.2"],
            }
        }
    )
    version, nhrp, _ = done["stdout"]
    assert place.version in version
    assert nhrp.startswith("10.255.0.2/32 via 10.255.0.2")


def test_ios_command_refused(play: Play) -> None:
    (done,) = play({"cisco.ios.ios_command": {"commands": ["show nonsense"]}}, fails=True)
    assert "% Invalid input detected at '^' marker." in done["msg"]


def test_ios_config_by_lines_and_parents(play: Play) -> None:
    lines = {"lines": REPLACED[1:], "parents": REPLACED[0]}
    first, second, gone = play(
        config(**lines, diff_against="running"),
        config(**lines),
        config(lines=["no interface Loopback9"]),
    )
    assert first["changed"]
    assert first["commands"] == [line.strip() for line in REPLACED]
    assert not second["changed"]
    assert gone["changed"]


def test_ios_config_before_after_backup_and_save(play: Play) -> None:
    first, second, startup, _ = play(
        config(
            parents="interface Loopback9",
            lines=["description by ansible"],
            before=["no interface Loopback9"],
            after=["exit", "ip host after 192.0.2.9"],
            backup=True,
            save_when="modified",
        ),
        config(save_when="changed", lines=["ip host after 192.0.2.9"]),
        {"cisco.ios.ios_command": {"commands": ["show startup-config | include after|by ansible"]}},
        config(
            lines=["no ip host after 192.0.2.9", "no interface Loopback9"],
            save_when="changed",
        ),
    )
    backup = Path(first["backup_path"]).read_text()
    assert "hostname hub1" in backup
    assert "interface Tunnel0" in backup
    assert first["updates"][0] == "no interface Loopback9"
    assert not second["changed"]
    assert "description by ansible" in startup["stdout"][0]


def test_ios_config_replaces_a_block(play: Play) -> None:
    _, replaced, shown, _ = play(
        config(parents=REPLACED[0], lines=[*REPLACED[1:], "shutdown"]),
        config(
            parents=REPLACED[0],
            lines=["description again", REPLACED[2].strip(), "shutdown"],
            before=["no interface Loopback9"],
            replace="block",
            match="strict",
        ),
        {"cisco.ios.ios_command": {"commands": ["show running-config interface Loopback9"]}},
        config(lines=["no interface Loopback9"]),
    )
    assert replaced["changed"]
    assert " description again\n ip address 192.0.2.9 255.255.255.255\n shutdown\n" in (
        shown["stdout"][0] + "\n"
    )


def test_ios_config_from_a_file_and_its_diff(play: Play, tmp_path: Path) -> None:
    text = tmp_path / "lines.cfg"
    text.write_text("\n".join(REPLACED) + "\n")
    dry, _, _ = play(
        {**config(src=str(text), diff_against="running"), "check_mode": True, "diff": True},
        {**config(src=str(text), diff_against="startup", diff_ignore_lines=["ntp"]), "diff": True},
        config(lines=["no interface Loopback9"]),
    )
    assert dry["changed"]
    assert dry["commands"] == [line.strip() for line in REPLACED]


def test_ios_facts(play: Play, place: Place) -> None:
    (done,) = play(
        {
            "cisco.ios.ios_facts": {
                "gather_subset": ["all"],
                "gather_network_resources": ["interfaces", "l3_interfaces", "static_routes"],
            }
        }
    )
    facts = done["ansible_facts"]
    assert facts["ansible_net_hostname"] == "hub1"
    # IOS-XE writes it in two ways; the collection reads the first line.
    assert facts["ansible_net_version"].startswith(
        {"15.5": "15.5(", "17.3": "17.03.04a"}[place.image]
    )
    assert "10.255.0.1" in facts["ansible_net_all_ipv4_addresses"]
    lan = facts["ansible_net_interfaces"]["GigabitEthernet3"]
    assert lan["description"] == "LAN"
    assert lan["ipv4"] == [{"address": "10.1.0.1", "subnet": "24"}]
    assert lan["operstatus"] == "up"
    assert "interface Tunnel0" in facts["ansible_net_config"]
    resources = facts["ansible_network_resources"]
    assert {"name": "GigabitEthernet3", "enabled": True, "description": "LAN"}.items() <= next(
        row for row in resources["interfaces"] if row["name"] == "GigabitEthernet3"
    ).items()
    assert {"name": "Tunnel0", "ipv4": [{"address": "10.255.0.1/24"}]} in [
        {key: row[key] for key in ("name", "ipv4") if key in row}
        for row in resources["l3_interfaces"]
    ]


def test_resource_modules(play: Play) -> None:
    made, again, shown, _ = play(
        {"cisco.ios.ios_interfaces": {"config": [{"name": "Loopback9", "description": "merged"}]}},
        {"cisco.ios.ios_interfaces": {"config": [{"name": "Loopback9", "description": "merged"}]}},
        {"cisco.ios.ios_command": {"commands": ["show running-config interface Loopback9"]}},
        config(lines=["no interface Loopback9"]),
    )
    assert made["changed"]
    assert not again["changed"]
    assert " description merged" in shown["stdout"][0]
