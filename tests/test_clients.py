"""Unmodified clients against the twin over SSH: netmiko, napalm, OpenSSH."""

import logging
import os
import random
import re
import select
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import napalm
import paramiko
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


def spec(image: str = "17.3") -> LabSpec:
    plain = demo_lab(image, branches=1, rate=RATE)
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


@pytest.fixture(scope="module")
def old_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Run the same lab at IOS 15.5."""
    folder = tmp_path_factory.mktemp("labs") / "old"
    known = lab.up(spec("15.5"), folder)
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


def test_netmiko_and_napalm_at_the_older_image(old_place: Place) -> None:
    with ConnectHandler(
        device_type="cisco_ios",
        host="127.0.0.1",
        port=old_place.port,
        username="oper",
        password=old_place.password,
        secret=old_place.password,
    ) as connection:
        connection.enable()
        assert "Version 15.5(3)M" in connection.send_command("show version")
        connection.send_config_set(["interface Loopback9", "description by netmiko"])
        shown = connection.send_command("show running-config interface Loopback9")
        assert " description by netmiko\n" in shown
        connection.send_config_set(["no interface Loopback9"])
        assert "[OK]" in connection.save_config()
    driver = napalm.get_network_driver("ios")(
        "127.0.0.1", "admin", old_place.password, optional_args={"port": old_place.port}
    )
    with driver as device:
        facts = device.get_facts()
        assert (facts["hostname"], facts["vendor"]) == ("hub1", "Cisco")
        assert "15.5(3)M" in facts["os_version"]
        device.load_merge_candidate(config=LOOPBACK.format(text="by napalm"))
        assert "+ description by napalm" in device.compare_config()
        device.commit_config()
        assert "by napalm" in device.get_config(retrieve="running")["running"]
        device.rollback()
        assert "by napalm" not in device.get_config(retrieve="running")["running"]
    assert old_place.log() == ""


def secret_from(place: Place, folder: Path) -> dict[str, str]:
    """Give the environment in which OpenSSH asks us for the password."""
    ask = folder / "askpass"
    ask.write_text(f"#!/bin/sh\necho '{place.password}'\n")
    ask.chmod(0o700)
    return {**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}


@pytest.mark.parametrize("auth", ["password", "keyboard-interactive"])
def test_openssh(place: Place, tmp_path: Path, auth: str) -> None:
    tool("ssh")
    command = [*lab.ssh_command(place.folder, "hub1"), "show users"]
    command[1:1] = ["-o", f"PreferredAuthentications={auth}"]
    done = subprocess.run(  # noqa: S603  # the command under test
        command,
        env=secret_from(place, tmp_path),
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


@pytest.mark.parametrize("terminal", ["-T", "-tt"])
def test_openssh_shell_reads_its_commands_from_a_pipe(
    place: Place, tmp_path: Path, terminal: str
) -> None:
    tool("ssh")
    program, *rest = lab.ssh_command(place.folder, "hub1")
    done = subprocess.run(  # noqa: S603  # the command under test
        [program, terminal, *rest],
        env=secret_from(place, tmp_path),
        input="terminal length 0\nping 203.0.113.2\nshow clock\nexit\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "hub1#ping 203.0.113.2" in done.stdout
    assert "!!!!!" in done.stdout
    assert "UTC" in done.stdout
    assert done.returncode == 0, done.stderr
    assert place.log() == ""


def test_openssh_copies_in_both_directions(place: Place, tmp_path: Path) -> None:
    tool("scp")
    _, *options, _ = lab.ssh_command(place.folder, "hub1")
    options[options.index("-p")] = "-P"
    remote = "admin@127.0.0.1:bootflash:lines.txt"
    (tmp_path / "here").write_text("ip host by-scp 192.0.2.44\n")
    for source, target in (("here", remote), (remote, "back"), (f"{remote}x", "missing")):
        done = subprocess.run(  # noqa: S603  # the command under test
            ["scp", "-O", *options, source, target],  # noqa: S607  # whatever is installed
            cwd=tmp_path,
            env=secret_from(place, tmp_path),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode == 0) == (target != "missing"), done.stderr
    assert (tmp_path / "back").read_text() == (tmp_path / "here").read_text()
    assert "No such file" in done.stderr
    with shell(place) as session:
        assert "by-scp" in ask(session, "more bootflash:lines.txt")
    assert place.log() == ""


# Bad input. Beside every storm a session of somebody else goes on.


def ask(session: paramiko.Channel, command: str, wanted: str = "hub1#") -> str:
    """Type a command and read up to the prompt."""
    session.sendall(f"{command}\n".encode())
    return screen(session, wanted)


def screen(session: paramiko.Channel, wanted: str = "hub1#") -> str:
    """Read up to the prompt."""
    text = ""
    while not text.endswith(wanted):
        data = session.recv(65536)
        assert data, f"the session ended after {text!r}"
        text += data.decode()
    return text


def dial(place: Place) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507  # a lab on loopback
    client.connect(
        "127.0.0.1",
        place.port,
        "admin",
        place.password,
        look_for_keys=False,
        allow_agent=False,
    )
    return client


@contextmanager
def shell(place: Place) -> Iterator[paramiko.Channel]:
    """Open a shell and wait for its first prompt."""
    with dial(place) as client:
        channel = client.invoke_shell(width=200, height=0)
        channel.settimeout(60)
        screen(channel)
        ask(channel, "terminal length 0")
        yield channel


@pytest.fixture
def neighbor(place: Place) -> Iterator[paramiko.Channel]:
    """Give the session of somebody else; at the end it must go on as if nothing had been."""
    with shell(place) as channel:
        yield channel
        assert "203.0.113.1" in ask(channel, "show ip interface brief")
    assert place.log() == ""


def noise(seed: int, length: int) -> bytes:
    return random.Random(seed).randbytes(length)  # noqa: S311  # noise, not a secret


@pytest.mark.usefixtures("neighbor")
@pytest.mark.parametrize("seed", range(6))
def test_any_bytes_on_the_channel(place: Place, seed: int) -> None:
    with dial(place) as client:
        channel = client.invoke_shell()
        channel.settimeout(60)
        with suppress(OSError):  # the noise may hold an `exit`
            channel.sendall(noise(seed, 40_000))
            channel.sendall(b"\x03\r\nend\r\n")
    with shell(place) as channel:
        assert "hub1#" in ask(channel, "")


@pytest.mark.usefixtures("neighbor")
@pytest.mark.parametrize("filler", [b"a", b" ", b"\xff", b"?", b"show \t", b"show clock\n"])
def test_a_line_of_a_megabyte(place: Place, filler: bytes) -> None:
    with shell(place) as channel:
        size = 1_000_000 if b"\n" not in filler else 20_000
        line = filler * (size // len(filler)) if filler != b"?" else b"show ip" + b"x" * 10**6
        pump = threading.Thread(target=channel.sendall, args=(line + b"\x15\r\n\x03\r\n",))
        pump.start()
        with shell(place) as other:
            # Who sits beside it does not wait for the end of it.
            assert "UTC" in ask(other, "show clock")
        while pump.is_alive() or channel.recv_ready():
            if channel.recv_ready():
                channel.recv(1 << 20)
        pump.join()
        ask(channel, "show clock", "hub1#")
        assert "hub1" in ask(channel, "show running-config | include ^hostname")


class Cut:
    """A relay that hangs up after so many bytes of the client."""

    def __init__(self, port: int, after: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.seen = 0
        self._server = port
        self._left = after
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self) -> None:
        near, _ = self.listener.accept()
        far = socket.create_connection(("127.0.0.1", self._server))
        with near, far, suppress(ConnectionError):
            while self._left > 0:
                for end in select.select([near, far], [], [], 30)[0]:
                    data = end.recv(4096)
                    if end is near:
                        self.seen += len(data)
                        data, self._left = data[: self._left], self._left - len(data)
                    if not data:
                        return
                    (far if end is near else near).sendall(data)

    def close(self) -> None:
        self._thread.join()
        self.listener.close()


def whole_session(port: int, password: str) -> None:
    """Log in, configure, ping and leave, as far as it goes."""
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # loopback
        client.connect(
            "127.0.0.1",
            port,
            "admin",
            password,
            look_for_keys=False,
            allow_agent=False,
            banner_timeout=30,
        )
        channel = client.invoke_shell(width=200, height=0)
        channel.settimeout(30)
        screen(channel)
        for line in ("configure terminal", "interface Loopback44", "end", "ping 203.0.113.2"):
            channel.sendall(f"{line}\n".encode())
        ask(channel, "show clock", "hub1#")


@pytest.mark.usefixtures("neighbor")
def test_a_client_that_vanishes_at_any_point(place: Place) -> None:
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    whole = Cut(place.port, 1 << 30)
    whole_session(whole.port, place.password)
    whole.close()
    points = [0, 1, 20, *range(40, whole.seen, whole.seen // 12)]
    for point in points:
        cut = Cut(place.port, point)
        with suppress(paramiko.SSHException, EOFError, OSError, AssertionError):
            whole_session(cut.port, place.password)
        cut.close()
    with shell(place) as channel:
        # The lines of those who vanished are free again.
        assert ask(channel, "show users").count("vty") == 2
        ask(channel, "configure terminal\nno interface Loopback44\nend\n", "hub1#")


@pytest.mark.usefixtures("neighbor")
@pytest.mark.parametrize("opening", [b"", b"GET / HTTP/1.0\r\n\r\n", b"SSH-1.5-old\r\n"])
def test_what_is_no_ssh_at_all(place: Place, opening: bytes) -> None:
    with socket.create_connection(("127.0.0.1", place.port)) as peer:
        with suppress(OSError):
            peer.sendall(opening + noise(1, 5000))
        peer.settimeout(20)
        with suppress(OSError):
            while peer.recv(4096):
                pass


@pytest.mark.usefixtures("neighbor")
@pytest.mark.parametrize(
    "command",
    [
        "",
        "reload",
        "configure terminal",
        "show running-config | redirect",
        "scp -t",
        "scp -t flash:/../../etc/passwd",
        "scp -f 'flash:",
        "\x00\x03\x1a?\t\x1b[A",
        "show version\nshow clock\nexit",
        "\u20ac" * 5000,
        "show " + "x" * 30_000,
    ],
    ids=range(11),
)
def test_any_command_on_an_exec_channel_ends(place: Place, command: str) -> None:
    with dial(place) as client:
        channel = client.get_transport().open_session()
        channel.settimeout(30)
        channel.exec_command(command)
        with suppress(OSError):
            channel.sendall(noise(3, 2000))
            channel.shutdown_write()
        while channel.recv(65536):
            pass
        channel.recv_exit_status()


@pytest.mark.usefixtures("neighbor")
def test_what_a_router_does_not_offer_is_refused(place: Place) -> None:
    with dial(place) as client:
        transport = client.get_transport()
        with pytest.raises(paramiko.SSHException):
            client.open_sftp()
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", place.port), ("127.0.0.1", 1))
        with pytest.raises(paramiko.SSHException):
            transport.open_session().request_x11()
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)
        # The connection goes on.
        channel = client.invoke_shell(width=200, height=0)
        channel.settimeout(30)
        assert screen(channel).endswith("hub1#")


@pytest.mark.usefixtures("neighbor")
def test_who_does_not_read_is_not_printed_to_for_ever(place: Place) -> None:
    with shell(place) as deaf, shell(place) as other:
        with suppress(TimeoutError):
            deaf.settimeout(2)
            deaf.sendall(b"?" * 300_000)
        assert "UTC" in ask(other, "show clock")
        pid = int(Folder(place.folder).pid.read_text())
        resident = Path(f"/proc/{pid}/statm").read_text().split()[1]
        assert int(resident) * 4096 < 300 * 1024 * 1024


def test_sessions_of_one_router_see_each_other(place: Place) -> None:
    with shell(place) as one, shell(place) as two:
        ask(one, "configure terminal", "hub1(config)#")
        ask(one, "interface Loopback55", "hub1(config-if)#")
        ask(one, "description from one", "hub1(config-if)#")
        assert " description from one" in ask(two, "show running-config interface Loopback55")
        ask(two, "configure terminal", "hub1(config)#")
        ask(two, "no interface Loopback55", "hub1(config)#")
        ask(one, "end")
        users = ask(one, "show users")
        assert re.search(r"^\*? +\d+ vty 0 ", users, re.MULTILINE)
        assert re.search(r"^\*? +\d+ vty 1 ", users, re.MULTILINE)
        assert "Loopback55" not in ask(one, "show running-config")
        ask(two, "end")
        mine = re.search(r"^\* +\d+ vty (\d)", ask(two, "show users"), re.MULTILINE)
        assert mine is not None
        ask(two, "terminal monitor")
        ask(one, "configure terminal", "hub1(config)#")
        ask(one, "end")
        told = screen(two, ")\r\n")
        assert "%SYS-5-CONFIG_I: Configured from console by admin" in told
    assert place.log() == ""
