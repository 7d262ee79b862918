"""Unmodified clients against the twin over SSH: netmiko, napalm, OpenSSH."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import napalm
import pytest
from netmiko import ConnectHandler, NetmikoAuthenticationException
from netmiko.exceptions import ConfigInvalidException

from labs.examples import demo_lab
from labs.topology import LAB_PASSWORD, LabSpec
from labs.twin import lab
from labs.twin.lab.folder import Folder
from tests.conftest import tool

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields"),
    # netmiko, napalm and paramiko leave sockets to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SECOND_USER = f"""\
username oper privilege 1 secret 0 {LAB_PASSWORD}
enable secret 0 {LAB_PASSWORD}
end
"""
LOOPBACK = "interface Loopback7\n description {text}\n ip address 192.0.2.77 255.255.255.255\n"
RATE = 20.0


@dataclass(frozen=True)
class Place:
    """A running lab, as a client needs it."""

    folder: Path
    port: int
    password: str

    def log(self) -> str:
        return (self.folder / "log").read_text()


def spec() -> LabSpec:
    plain = demo_lab(branches=1, rate=RATE)
    nodes = tuple(
        replace(node, config=node.config.replace("end\n", SECOND_USER)) for node in plain.nodes
    )
    return replace(plain, nodes=nodes)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("labs") / "clients"
    known = lab.up(spec(), folder)
    yield Place(folder, known.routers[0].port, Folder(folder).password())
    lab.down(folder)


@pytest.fixture
def netmiko(place: Place) -> Iterator[Callable[..., Any]]:
    opened = []

    def connect(user: str, **more: Any) -> Any:
        connection = ConnectHandler(
            device_type=more.pop("device_type", "cisco_xe"),
            host="127.0.0.1",
            port=place.port,
            username=user,
            password=place.password,
            **more,
        )
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.disconnect()
    assert place.log() == ""


@pytest.fixture
def device(place: Place, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Give an open napalm driver."""
    driver = napalm.get_network_driver("ios")(
        "127.0.0.1",
        "admin",
        place.password,
        optional_args={"port": place.port, **getattr(request, "param", {})},
    )
    driver.open()
    yield driver
    driver.close()
    assert place.log() == ""


def test_netmiko_at_privilege_15(netmiko: Callable[..., Any]) -> None:
    connection = netmiko("admin", device_type="cisco_ios")
    assert connection.find_prompt() == "hub1#"
    connection.enable()
    assert "Version 17.3.4a" in connection.send_command("show version")
    assert "100 percent (5/5)" in connection.send_command("ping 203.0.113.2")
    assert connection.send_command("show nothing").splitlines()[1:] == [
        "% Invalid input detected at '^' marker."
    ]
    assert connection.is_alive()


def test_netmiko_from_user_exec(netmiko: Callable[..., Any], place: Place) -> None:
    connection = netmiko("oper", secret=place.password)
    assert connection.find_prompt() == "hub1>"
    connection.enable()
    assert connection.find_prompt() == "hub1#"
    assert "Current privilege level is 15" in connection.send_command("show privilege")


def test_netmiko_configures_line_by_line_and_in_one_stream(netmiko: Callable[..., Any]) -> None:
    connection = netmiko("admin")
    lines = ["interface Loopback9", "description by netmiko"]
    assert "hub1(config-if)#" in connection.send_config_set(lines, error_pattern="% Invalid")
    text = connection.send_command("show running-config interface Loopback9")
    assert " description by netmiko\n" in text
    connection.send_config_set(["no interface Loopback9"], cmd_verify=False)
    assert "Loopback9" not in connection.send_command("show running-config")
    with pytest.raises(ConfigInvalidException, match="nonsense"):
        connection.send_config_set(["interface Loopback9", "nonsense"], error_pattern="% Invalid")
    connection.exit_config_mode()
    connection.send_config_set(["no interface Loopback9"])
    assert "[OK]" in connection.save_config()


def test_netmiko_with_a_wrong_password(place: Place) -> None:
    with pytest.raises(NetmikoAuthenticationException):
        ConnectHandler(
            device_type="cisco_ios",
            host="127.0.0.1",
            port=place.port,
            username="admin",
            password="wrong",
        )


def test_napalm_reads(device: Any) -> None:
    facts = device.get_facts()
    assert facts["hostname"] == "hub1"
    assert facts["fqdn"] == "hub1.lab.example"
    assert facts["vendor"] == "Cisco"
    assert facts["model"] == "CSR1000V"
    assert "17.3.4a" in facts["os_version"]
    assert len(facts["serial_number"]) == 11
    assert facts["uptime"] >= 0
    assert facts["interface_list"] == ["GigabitEthernet2", "GigabitEthernet3"]
    config = device.get_config()
    assert "interface GigabitEthernet2\n" in config["running"]
    assert "interface GigabitEthernet2\n" in config["startup"]
    assert device.get_interfaces_ip()["GigabitEthernet3"] == {
        "ipv4": {"10.0.0.1": {"prefix_length": 24}}
    }
    assert device.is_alive() == {"is_alive": True}


def test_napalm_merges_compares_and_rolls_back(device: Any) -> None:
    device.load_merge_candidate(config=LOOPBACK.format(text="seven"))
    assert device.compare_config() == (
        "+interface Loopback7\n+ description seven\n+ ip address 192.0.2.77 255.255.255.255"
    )
    device.commit_config()
    assert not device.has_pending_commit()
    assert "Loopback7" in device.get_config(retrieve="running")["running"]
    device.rollback()
    assert "Loopback7" not in device.get_config(retrieve="running")["running"]


@pytest.mark.parametrize("device", [{"inline_transfer": True}], indirect=True)
def test_napalm_transfers_inline(device: Any) -> None:
    device.load_merge_candidate(config=LOOPBACK.format(text="in line"))
    assert "+ description in line" in device.compare_config()
    device.discard_config()
    assert device.compare_config() == ""


def test_napalm_confirms_or_reverts(device: Any, place: Place) -> None:
    device.load_merge_candidate(config=LOOPBACK.format(text="for good"))
    device.commit_config(revert_in=120)
    assert device.has_pending_commit()
    device.confirm_commit()
    assert not device.has_pending_commit()
    lab.run_for(place.folder, 300)
    assert "for good" in device.get_config(retrieve="running")["running"]

    device.load_merge_candidate(config="no interface Loopback7\n")
    device.commit_config(revert_in=120)
    assert "Loopback7" not in device.get_config(retrieve="running")["running"]
    device.rollback()
    assert "for good" in device.get_config(retrieve="running")["running"]

    device.load_merge_candidate(config="no interface Loopback7\n")
    device.commit_config(revert_in=60)
    lab.run_for(place.folder, 61)
    assert "for good" in device.get_config(retrieve="running")["running"]


def test_napalm_replaces(device: Any) -> None:
    running = device.get_config(retrieve="running")["running"]
    device.load_replace_candidate(config=running.replace("description LAN", "description Inside"))
    assert "+description Inside" in device.compare_config()
    device.commit_config()
    assert "description Inside" in device.get_config(retrieve="running")["running"]


@pytest.mark.parametrize("auth", ["password", "keyboard-interactive"])
def test_openssh(place: Place, tmp_path: Path, auth: str) -> None:
    tool("ssh")
    ask = tmp_path / "askpass"
    ask.write_text(f"#!/bin/sh\necho '{place.password}'\n")
    ask.chmod(0o700)
    command = [*lab.ssh_command(place.folder, "hub1"), "show users"]
    command[1:1] = ["-o", f"PreferredAuthentications={auth}"]
    done = subprocess.run(  # noqa: S603  # the command under test
        command,
        env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "* " in done.stdout
    assert "hub1#" not in done.stdout
    assert place.log() == ""


def test_openssh_shell_reads_its_commands_from_a_pipe(place: Place, tmp_path: Path) -> None:
    tool("ssh")
    ask = tmp_path / "askpass"
    ask.write_text(f"#!/bin/sh\necho '{place.password}'\n")
    ask.chmod(0o700)
    done = subprocess.run(  # noqa: S603  # the command under test
        lab.ssh_command(place.folder, "hub1"),
        env={**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"},
        input="terminal length 0\nping 203.0.113.2\nshow clock\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "!!!!!" in done.stdout
    assert "UTC" in done.stdout
    assert place.log() == ""
