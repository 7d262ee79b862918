"""Sessions and single tasks against a scripted IOS: what goes right, and every way it does not."""

import logging
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from conftest import tool
from fake_ios import DROP, HANG, INVALID, FakeIos, known_hosts, serve
from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import SerialRunner

from tasks import answers, hostkeys
from tasks.backup import backup, digest, normalise
from tasks.collect import collect
from tasks.connect import CONNECTION, DmvpnConnection, session_of
from tasks.errors import (
    CommandRejected,
    EnableRefused,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    SessionLost,
    UnexpectedAnswer,
    Unreachable,
)
from tasks.facts import FileSystem, facts, read_archive, read_filesystems
from tasks.probe import ping, traceroute
from tasks.session import IosSession, windows

VERSION = """\
Cisco IOS Software, Test Software (TEST-UNIVERSALK9-M), Version 15.9(3)M, RELEASE SOFTWARE (fc1)
R1 uptime is 1 day, 2 hours, 3 minutes
System image file is "flash0:/test-image"
Cisco IOSv (revision 1.0) with  460137K/62464K bytes of memory.
Processor board ID 9TESTBOARD1
"""
BRIEF = """\
Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
Tunnel100                  10.255.0.1      YES manual up                    up
"""
FILE_SYSTEMS = """\
File Systems:

       Size(b)       Free(b)      Type  Flags  Prefixes
             -             -    opaque     rw   archive:
             -             -    opaque     rw   system:
*   2142715904    1994403840      disk     rw   flash0: flash:#
             -             -   network     rw   tftp:
        262144        255063     nvram     rw   nvram:
"""
ARCHIVE_ON = """\
The maximum archive configurations allowed is 10.
There are currently 1 archive configurations saved.
The next archive file will be named flash:archive-<timestamp>-1
 Archive #  Name
   1        flash:archive-Nov-22-10-00-00.000-0 <- Most Recent
"""
RUNNING = """\
Building configuration...

Current configuration : 1234 bytes
!
! Last configuration change at 10:00:00 UTC Sun Nov 22 2026 by admin
!
version 15.9
hostname R1
!
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
!
end
"""
STARTUP = RUNNING.replace("Building configuration...\n\nCurrent configuration : 1234", "Using 1234")


@pytest.fixture
def router() -> FakeIos:
    return FakeIos(
        answers={
            "show version": VERSION,
            "show hosts": "Default domain is not set\n",
            "show ip interface brief": BRIEF,
            "show archive": ARCHIVE_ON,
            "show file systems": FILE_SYSTEMS,
            "show running-config": RUNNING,
            "show startup-config": STARTUP,
            "show one": "1\n",
            "show two": "2\n2\n",
            "show three": "",
        }
    )


class Lab:
    """One fake router in a Nornir of its own."""

    def __init__(self, router: FakeIos, folder: Path) -> None:
        self.router = router
        self.extras: dict[str, Any] = {
            "known_hosts": str(known_hosts(folder / "known_hosts", router)),
            "idle_timeout_s": 5.0,
            "name": "r1",
        }
        self.password: str | None = router.password
        self.port = router.port
        self.hostname = "127.0.0.1"
        self.nornir: Nornir | None = None

    def start(self) -> Nornir:
        ConnectionPluginRegister.register(CONNECTION, DmvpnConnection)
        host = Host(
            "r1",
            hostname=self.hostname,
            port=self.port,
            username=self.router.user,
            password=self.password,
            connection_options={
                CONNECTION: ConnectionOptions(None, None, None, None, None, self.extras)
            },
        )
        return Nornir(inventory=Inventory(hosts=Hosts(r1=host)), runner=SerialRunner())

    def run(self, task: Callable[..., Any], **arguments: Any) -> Any:
        """Run one task and give its value, or raise its error."""
        self.nornir = self.nornir or self.start()
        found = self.nornir.run(task=task, on_failed=True, **arguments)["r1"][0]
        if found.exception:
            raise found.exception
        return found.result

    def close(self) -> None:
        if self.nornir:
            self.nornir.close_connections(on_failed=True)


@pytest.fixture
def lab(router: FakeIos, tmp_path: Path) -> Iterator[Lab]:
    with serve(router):
        found = Lab(router, tmp_path)
        yield found
        found.close()


def show(task: Task, commands: list[str]) -> Any:

    return Result(host=task.host, result=session_of(task).show(commands))


def send(task: Task, command: str, **options: Any) -> Any:

    return Result(host=task.host, result=session_of(task).send(command, **options))


# Sessions


def test_one_session_serves_all_tasks(lab):
    lab.run(facts)
    lab.run(backup)
    lab.run(collect, commands=["show one"])
    assert lab.router.logins == 1


def test_commands_go_out_in_one_write_and_come_back_apart(lab):
    said = lab.run(show, commands=["show one", "show two", "show three", "show nothing"])
    assert said == {
        "show one": "1",
        "show two": "2\n2",
        "show three": "",
        "show nothing": INVALID.strip("\n"),
    }


def test_a_device_out_of_step_is_asked_one_by_one(lab):
    lab.router.early_echo = True
    commands = ["show one", "show two", "show three"]
    assert lab.run(show, commands=commands) == {
        "show one": "1",
        "show two": "2\n2",
        "show three": "",
    }
    assert lab.router.typed[-4:] == ["!in-step-2", *commands]


def test_windows_stay_within_the_input_buffer():
    short = [f"show {n}" for n in range(20)]
    assert [len(window) for window in windows(short)] == [8, 8, 4]
    long = ["show " + "x" * 100] * 3
    assert [len(window) for window in windows(long)] == [1, 1, 1]


def test_a_banner_that_looks_like_a_prompt(lab):
    lab.router.banner = "\n#####\nR1# for the staff of ACME only >\nR2>\n\n"
    assert lab.run(show, commands=["show two"]) == {"show two": "2\n2"}


def test_output_that_holds_a_prompt_of_another_router(lab):
    text = "R2#show version\nR2>\nR1-backup# is next\n"
    lab.router.answers["show one"] = text
    assert lab.run(show, commands=["show one", "show two"])["show one"] == text.strip()


def test_long_output_comes_whole(lab):
    text = "".join(f"line {n} of a long table\n" for n in range(20_000))
    lab.router.answers["show one"] = text
    assert lab.run(show, commands=["show one", "show two"])["show one"] == text.strip()


def test_a_long_name_is_cut_in_configuration_mode(lab):
    lab.router.name = "a-router-with-a-very-long-name"
    lab.run(send, command="configure terminal")
    assert lab.run(send, command="end") == ""


def test_a_question_nobody_expects_is_not_answered(lab):
    lab.router.answers["reload"] = lambda shell, line: shell.question(
        "Proceed with reload? [confirm]", lambda typed: "gone\n"
    )
    with pytest.raises(UnexpectedAnswer, match=r"Proceed with reload\? \[confirm\]"):
        lab.run(send, command="reload")
    assert lab.run(show, commands=["show one"]) == {"show one": "1"}


def test_an_expected_question_is_answered(lab):
    lab.router.answers["reload"] = lambda shell, line: shell.question(
        "Proceed with reload? [confirm]", lambda typed: f"got {typed!r}\n"
    )
    said = lab.run(send, command="reload", replies=[(r"\[confirm\]", "\n")])
    assert said.endswith("got ''")


def test_a_session_that_drops_is_lost_and_the_next_task_has_a_new_one(lab):
    lab.router.answers["show one"] = DROP + "half an ans"
    with pytest.raises(SessionLost, match="r1: the SSH session ended"):
        lab.run(show, commands=["show one"])
    assert lab.run(show, commands=["show two"]) == {"show two": "2\n2"}
    assert lab.router.logins == 2


def test_a_device_that_falls_silent_is_given_up(lab):
    lab.extras["idle_timeout_s"] = 0.3
    lab.router.answers["show one"] = HANG + "half an ans"
    with pytest.raises(SessionLost) as caught:
        lab.run(show, commands=["show one"])
    assert caught.value.message == "no prompt after `show one`, last words 'half an ans'"


def test_a_refused_command_names_itself_and_a_remedy(lab):
    with pytest.raises(CommandRejected) as caught:
        lab.run(send, command="show nothing")
    assert str(caught.value) == (
        "r1: `show nothing`: % Invalid input detected at '^' marker.\n"
        "   hint: not known to this image here: look at its release, "
        "and its licence for crypto lines"
    )


def test_control_characters_never_reach_a_device(lab):
    with pytest.raises(ValueError, match="control character"):
        lab.run(send, command="show one\nreload")
    assert "reload" not in lab.router.typed


# Logging in


def test_a_wrong_password(lab):
    lab.password = "not-it"
    with pytest.raises(LoginRefused) as caught:
        lab.run(facts)
    assert caught.value.message == (
        f"login as admin refused by 127.0.0.1:{lab.port} (tried password)"
    )
    assert "not-it" not in str(caught.value)


def test_no_password_at_all(lab):
    lab.password = None
    with pytest.raises(LoginRefused, match="no password and no key is given for admin at"):
        lab.run(facts)


def test_a_password_by_reference_is_resolved_at_the_login(lab):
    lab.password = "secret:lab"
    lab.extras["resolve"] = {"secret:lab": lab.router.password}.__getitem__
    assert lab.run(facts).hostname == "R1"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_a_refusing_port(lab):
    lab.port = free_port()
    with pytest.raises(Unreachable) as caught:
        lab.run(facts)
    assert str(caught.value) == (
        f"r1: connection refused by 127.0.0.1:{lab.port}\n"
        "   hint: is SSH enabled there (`ip ssh version 2`, a key, `transport input ssh`), "
        "and is the port right?"
    )


def test_a_device_that_does_not_answer(lab):
    lab.extras |= {"connect_timeout_s": 0.2, "login_timeout_s": 0.2}
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        lab.port = deaf.getsockname()[1]
        with pytest.raises(Unreachable, match=rf"127\.0\.0\.1:{lab.port}"):
            lab.run(facts)


def test_a_name_that_does_not_resolve(lab):
    lab.hostname = "no-such-router.invalid"
    with pytest.raises(Unreachable, match=r"the name no-such-router\.invalid does not resolve"):
        lab.run(facts)


def test_a_changed_host_key(lab):
    file = Path(lab.extras["known_hosts"])
    other = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    public = other.export_public_key().decode().strip()
    file.write_text(f"# ours\n[127.0.0.1]:{lab.port} {public}\n")
    with pytest.raises(HostKeyChanged) as caught:
        lab.run(facts)
    error = caught.value
    assert (error.file, error.line) == (str(file), 2)
    assert error.message.startswith(
        f"host key of [127.0.0.1]:{lab.port} changed: {file}:2 holds another key, "
        "the device shows ssh-rsa SHA256:"
    )
    assert f"ssh-keygen -R '[127.0.0.1]:{lab.port}' -f {file}" in error.hint
    assert lab.router.logins == 0


def test_an_unknown_host_key_is_refused(lab):
    file = Path(lab.extras["known_hosts"])
    file.write_text("")
    with pytest.raises(HostKeyUnknown) as caught:
        lab.run(facts)
    assert caught.value.message.startswith(
        f"host key of [127.0.0.1]:{lab.port} is not in {file}: the device shows ssh-rsa SHA256:"
    )
    assert "accept-new" in caught.value.hint
    assert file.read_text() == ""
    assert lab.router.logins == 0


def test_an_unknown_host_key_is_written_where_that_is_allowed(lab, tmp_path):
    lab.extras |= {"known_hosts": str(tmp_path / "new/known_hosts"), "host_keys": "accept-new"}
    lab.run(facts)
    lab.close()
    lab.nornir = None
    lab.extras["host_keys"] = "strict"
    assert lab.run(facts).hostname == "R1"
    assert len((tmp_path / "new/known_hosts").read_text().splitlines()) == 1


def test_accept_new_does_not_accept_a_changed_key(lab):
    file = Path(lab.extras["known_hosts"])
    other = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    file.write_text(f"[127.0.0.1]:{lab.port} {other.export_public_key().decode()}")
    lab.extras["host_keys"] = "accept-new"
    with pytest.raises(HostKeyChanged):
        lab.run(facts)


def test_hashed_names_in_known_hosts_are_found(tmp_path):
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    hashed = hostkeys.HostKeys.hash_host("192.0.2.1")
    file = tmp_path / "known_hosts"
    file.write_text(f"\n{hashed} {key.export_public_key().decode()}")
    assert hostkeys.find_line(file, "192.0.2.1") == 2
    assert hostkeys.find_line(file, "192.0.2.2") == 0


def test_enable_with_the_secret(lab):
    lab.router.enable_secret = "En4ble-me"
    lab.extras["secret"] = "secret:enable"
    lab.extras["resolve"] = lambda text: "En4ble-me" if text == "secret:enable" else text
    assert lab.run(facts).hostname == "R1"


def test_enable_refused(lab):
    lab.router.enable_secret = "En4ble-me"
    lab.extras["secret"] = "wrong-one"
    with pytest.raises(EnableRefused) as caught:
        lab.run(facts)
    assert caught.value.message == "the device refuses the enable secret: % Bad secrets"
    assert "wrong-one" not in str(caught.value)


def test_enable_without_a_secret(lab):
    lab.router.enable_secret = "En4ble-me"
    with pytest.raises(EnableRefused, match="no enable secret is given"):
        lab.run(facts)


def test_a_key_instead_of_a_password(lab, tmp_path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    file = tmp_path / "id"
    file.write_bytes(key.export_private_key())
    file.chmod(0o600)
    lab.router.authorized = key.export_public_key().decode()
    lab.password = None
    lab.extras["key_file"] = str(file)
    assert lab.run(facts).hostname == "R1"


def test_the_agent_gives_the_key(lab, tmp_path, monkeypatch):
    key = asyncssh.generate_private_key("ssh-ed25519")
    file = tmp_path / "id"
    file.write_bytes(key.export_private_key("openssh"))
    file.chmod(0o600)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    # -D stays in the foreground, so that it is ours to end.
    agent = subprocess.Popen(  # noqa: S603 - from ci/apt.txt
        [tool("ssh-agent"), "-D", "-a", str(tmp_path / "agent")], stdout=subprocess.PIPE
    )
    try:
        assert agent.stdout
        agent.stdout.readline()  # it prints its socket when it listens
        subprocess.run([tool("ssh-add"), str(file)], check=True, capture_output=True)  # noqa: S603
        file.unlink()
        lab.router.authorized = key.export_public_key().decode()
        lab.password = None
        lab.extras["agent"] = True
        assert lab.run(facts).hostname == "R1"
    finally:
        agent.terminate()
        agent.communicate(timeout=10)


def test_through_a_jump_host(lab, tmp_path):
    station = FakeIos(name="jump", user="me", password="J0mp-word")
    with serve(station):
        known_hosts(Path(lab.extras["known_hosts"]), station, lab.router)
        lab.extras["jump"] = {
            "hostname": "127.0.0.1",
            "port": station.port,
            "username": "me",
            "password": "J0mp-word",
        }
        assert lab.run(facts).hostname == "R1"
        assert station.logins == 1
        lab.close()


def test_a_jump_host_that_refuses_is_named(lab):
    station = FakeIos(name="jump", user="me", password="J0mp-word")
    with serve(station):
        known_hosts(Path(lab.extras["known_hosts"]), station, lab.router)
        lab.extras["jump"] = {"hostname": "127.0.0.1", "port": station.port, "username": "me"}
        with pytest.raises(LoginRefused, match=r"^r1 \(jump host 127\.0\.0\.1\): no password"):
            lab.run(facts)


def test_ssh_config_gives_address_port_user_and_jump_host(lab, tmp_path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    identity = tmp_path / "id"
    identity.write_bytes(key.export_private_key())
    identity.chmod(0o600)
    station = FakeIos(name="jump", user="me", authorized=key.export_public_key().decode())
    with serve(station):
        known_hosts(Path(lab.extras["known_hosts"]), station, lab.router)
        config = tmp_path / "ssh_config"
        config.write_text(
            f"Host core\n  HostName 127.0.0.1\n  Port {lab.port}\n  ProxyJump me@station\n"
            f"Host station\n  HostName 127.0.0.1\n  Port {station.port}\n"
            f"  IdentityFile {identity}\n"
        )
        lab.hostname, lab.port = "core", None
        lab.extras["ssh_config"] = str(config)
        assert lab.run(facts).hostname == "R1"
        lab.close()


RELAY = """\
import os, socket, sys, threading
far = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def back():
    while data := far.recv(65535):
        os.write(1, data)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65535):
    far.sendall(data)
"""


def test_ssh_config_gives_a_proxy_command(lab, tmp_path):
    relay = tmp_path / "relay.py"
    relay.write_text(RELAY)
    config = tmp_path / "ssh_config"
    config.write_text(
        f"Host core\n  HostName 127.0.0.1\n  Port {lab.port}\n"
        f"  ProxyCommand {sys.executable} {relay} %p\n"
    )
    lab.hostname, lab.port = "core", None
    lab.extras["ssh_config"] = str(config)
    assert lab.run(facts).hostname == "R1"


def test_an_ssh_config_that_is_not_there(lab, tmp_path):
    lab.extras["ssh_config"] = str(tmp_path / "none")
    with pytest.raises(Unreachable, match=r"ssh_config .*none: No such file or directory"):
        lab.run(facts)


def test_a_device_that_comes_back_late_is_asked_ever_less_often(lab, monkeypatch):
    lab.run(facts)
    session = lab.nornir.inventory.hosts["r1"].connections[CONNECTION].connection
    tries = iter([Unreachable("r1", "away"), SessionLost("r1", "away"), Unreachable("r1", "away")])
    pauses: list[float] = []

    def reopen() -> None:
        for error in tries:
            raise error

    monkeypatch.setattr(session, "reopen", reopen)
    monkeypatch.setattr("tasks.session.time.sleep", pauses.append)
    session.reopen_within(60)
    assert pauses == [0.25, 0.5, 1.0]


def test_a_device_that_does_not_come_back(lab, monkeypatch):
    lab.run(facts)
    session = lab.nornir.inventory.hosts["r1"].connections[CONNECTION].connection

    def reopen() -> None:
        raise Unreachable("r1", "away")

    monkeypatch.setattr(session, "reopen", reopen)
    with pytest.raises(SessionLost, match="did not come back within 0 s"):
        session.reopen_within(0)


def test_options_with_a_typing_error_are_named(lab):
    lab.extras["host_key"] = "strict"
    with pytest.raises(LoginRefused, match="host_key: Extra inputs are not permitted"):
        lab.run(facts)


# The server of the tests warns: finite fields are old, which is the point here.
@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize(
    "algorithms",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"], "signature_algs": ["ssh-rsa"]},
        {"kex_algs": ["diffie-hellman-group-exchange-sha1"]},
        {"kex_algs": ["diffie-hellman-group1-sha1"]},
        {"kex_algs": ["diffie-hellman-group14-sha256"]},
    ],
    ids=lambda algorithms: algorithms["kex_algs"][0],
)
def test_old_images_are_reached(router, tmp_path, algorithms):
    with serve(router, **algorithms):
        lab = Lab(router, tmp_path)
        assert lab.run(facts).hostname == "R1"
        lab.close()


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("r1", "no answer", "look"),
        HostKeyChanged("r1", "changed", "look", file="known_hosts", line=3),
        CommandRejected("r1", "refused", "look", "show x", "% Invalid"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_a_process_border_whole(error):
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
    assert str(copy).endswith("\n   hint: look")


# Facts, backup, collect


def test_facts(lab):
    found = lab.run(facts)
    assert (found.hostname, found.vendor, found.model) == ("R1", "Cisco", "IOSv")
    assert (found.os_version, found.serial_number) == ("15.9(3)M", "9TESTBOARD1")
    assert found.uptime_s == (26 * 60 + 3) * 60
    assert found.interfaces == ("GigabitEthernet0/0", "Tunnel100")
    assert found.filesystem == FileSystem(
        prefix="flash:", size_bytes=2142715904, free_bytes=1994403840
    )
    assert (found.archive.path, found.archive.local) == ("flash:archive", True)


@pytest.mark.parametrize(
    ("name", "path", "local"),
    [
        ("flash:R1-<timestamp>-0", "flash:R1", True),
        ("unix:/net-hub-<timestamp>-12", "unix:/net-hub", True),
        ("bootflash:x-3", "bootflash:x", True),
        ("scp://192.0.2.9/R1-<timestamp>-0", "scp://192.0.2.9/R1", False),
        ("tftp://192.0.2.9/R1-0", "tftp://192.0.2.9/R1", False),
    ],
)
def test_archive_paths(name, path, local):
    found = read_archive(f"The next archive file will be named {name}\n")
    assert (found.path, found.local, found.enabled) == (path, local, True)


def test_archive_off():
    assert not read_archive(" Archive feature not enabled\n").enabled


def test_the_default_file_system_comes_first():
    other = "     10 5 disk rw usb0:\n"
    assert [fs.prefix for fs in read_filesystems(other + FILE_SYSTEMS)] == [
        "flash:",
        "flash0:",
        "usb0:",
    ]


def test_a_file_system_without_sizes_is_measured_by_dir(lab):
    lab.router.answers["show file systems"] = (
        "File Systems:\n\n     Size(b)     Free(b)      Type  Flags  Prefixes\n"
        "*          -           -      disk     rw   unix:\n"
    )
    lab.router.answers["show archive"] = " Archive feature not enabled\n"
    lab.router.answers["dir unix:"] = (
        "Directory of unix:/\n\n\n2147479552 bytes total (1999998976 bytes free)\n"
    )
    found = lab.run(facts)
    assert found.filesystem == FileSystem(
        prefix="unix:", size_bytes=2147479552, free_bytes=1999998976
    )


def test_backup_leaves_volatile_lines_out(lab):
    found = lab.run(backup)
    assert found.running.startswith("!\n!\nversion 15.9\n")
    assert found.running.endswith("end\n")
    assert not found.startup_differs
    assert found.digest == digest(RUNNING) == digest(STARTUP)


def test_backup_sees_a_difference(lab):
    lab.router.answers["show startup-config"] = STARTUP.replace("192.0.2.1", "192.0.2.2")
    assert lab.run(backup).startup_differs


def test_backup_without_startup(lab):
    lab.router.answers["show startup-config"] = "startup-config is not present\n"
    found = lab.run(backup)
    assert (found.startup, found.startup_differs) == ("", True)


def test_half_a_configuration_is_no_backup(lab):
    lab.router.answers["show running-config"] = RUNNING.replace("end\n", "")
    with pytest.raises(UnexpectedAnswer, match="does not end in `end`"):
        lab.run(backup)


def test_order_and_indentation_count_in_a_digest():
    assert digest("a\nb\n") != digest("b\na\n")
    assert digest("a\n b\n") != digest("a\nb\n")
    assert normalise("a  \n\n") == "a\n"


def test_collect_keeps_refusals_as_they_came(lab):
    found = lab.run(collect, commands=["show one", "show nothing"])
    assert [(c.device, c.command, c.text) for c in found] == [
        ("r1", "show one", "1"),
        ("r1", "show nothing", INVALID.strip("\n")),
    ]
    assert found[0].at.tzinfo is UTC


# Probes

PING = """\
Type escape sequence to abort.
Sending 5, 100-byte ICMP Echos to 10.1.2.1, timeout is 2 seconds:
Packet sent with a source address of 10.1.1.1
.!!!U
Success rate is 60 percent (3/5), round-trip min/avg/max = 2/4/9 ms
"""
LOST = """\
Type escape sequence to abort.
Sending 2, 100-byte ICMP Echos to 10.1.2.1, timeout is 1 seconds:
..
Success rate is 0 percent (0/2)
"""
TRACE = """\
Type escape sequence to abort.
Tracing the route to 10.1.2.1
VRF info: (vrf in name/id, vrf out name/id)
  1 10.255.0.1 4 msec 5 msec 4 msec
  2  *  *  *
  3 10.255.0.12 6 msec *  7 msec
"""


def test_ping_with_loss_is_data(lab):
    lab.router.answers["ping 10.1.2.1 source Loopback0 repeat 5 timeout 2"] = PING
    found = lab.run(ping, destination=IPv4Address("10.1.2.1"), source="Loopback0")
    assert (found.sent, found.received, found.marks) == (5, 3, ".!!!U")
    assert (found.rtt_min_ms, found.rtt_avg_ms, found.rtt_max_ms) == (2, 4, 9)


def test_ping_without_an_answer(lab):
    lab.router.answers["ping vrf INET 10.1.2.1 repeat 2 timeout 1"] = LOST
    found = lab.run(ping, destination=IPv4Address("10.1.2.1"), count=2, timeout_s=1, vrf="INET")
    assert (found.received, found.rtt_avg_ms) == (0, None)


def test_ping_that_cannot_be_sent(lab):
    lab.router.answers["ping 10.1.2.1 source Loopback9 repeat 5 timeout 2"] = (
        "% Invalid source interface - Interface not up or does not have a valid IP address\n"
    )
    with pytest.raises(CommandRejected, match="Invalid source interface"):
        lab.run(ping, destination=IPv4Address("10.1.2.1"), source="Loopback9")


def test_ping_with_strange_words(lab):
    lab.router.answers["ping 10.1.2.1 repeat 5 timeout 2"] = "Sending something\n"
    with pytest.raises(UnexpectedAnswer, match="Sending something"):
        lab.run(ping, destination=IPv4Address("10.1.2.1"))


def test_traceroute(lab):
    command = "traceroute 10.1.2.1 source Loopback0 numeric timeout 1 ttl 1 8"
    lab.router.answers[command] = TRACE
    found = lab.run(traceroute, destination=IPv4Address("10.1.2.1"), source="Loopback0")
    assert [(h.number, str(h.address), h.rtts_ms) for h in found.hops] == [
        (1, "10.255.0.1", (4, 5, 4)),
        (2, "None", ()),
        (3, "10.255.0.12", (6, 7)),
    ]
    assert found.reached


def test_traceroute_that_ends_at_its_limit_has_not_reached(lab):
    command = "traceroute 10.1.2.1 numeric timeout 1 ttl 1 3"
    lab.router.answers[command] = TRACE
    assert not lab.run(traceroute, destination=IPv4Address("10.1.2.1"), max_hops=3).reached


def test_traceroute_that_is_turned_away_has_not_reached(lab):
    command = "traceroute 10.255.0.12 numeric timeout 1 ttl 1 8"
    lab.router.answers[command] = TRACE.replace("10.1.2.1", "10.255.0.12")
    assert lab.run(traceroute, destination=IPv4Address("10.255.0.12")).reached
    lab.router.answers[command] += "  4 10.255.0.12 !A  *  !A\n"
    assert not lab.run(traceroute, destination=IPv4Address("10.255.0.12")).reached


# The words of IOS


@pytest.mark.parametrize(
    "text",
    [
        "           ^\n% Invalid input detected at '^' marker.\n",
        "% Incomplete command.\n",
        '% Ambiguous command:  "ip nh"\n',
        "%NHRP-ERROR: something is wrong\n",
        "%NHRP-3-PAKERROR: something is wrong\n",
        "Command rejected: not on this interface\n",
        "Command authorization failed.\n",
        "% Cannot do that here\n",
        "%Please turn config archive on\n",
        "Must delete secondary before deleting primary\n",
        "% 10.0.0.0 overlaps with GigabitEthernet2\n",
    ],
)
def test_refusals_are_recognised(text):
    assert answers.refusal(text)
    assert answers.exec_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Enter configuration commands, one per line.  End with CNTL/Z.\n",
        "% Interface Tunnel100 IPv4 disabled and address(es) removed due to enabling VRF INET\n",
        "Rollback Confirmed Change: Rollback will begin in one minute.\n",
        'Enter "configure confirm" if you wish to keep what you\'ve configured\n',
        "%LINK-5-CHANGED: Interface Tunnel100, changed state to administratively down\n",
        "*Nov 22 10:00:00.000: %CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON\n",
    ],
)
def test_harmless_notices_are_known(text):
    assert not answers.refusal(text)
    assert not answers.unknown(text)


def test_text_in_no_table_is_unknown():
    assert answers.unknown("Something IOS never said\n") == "Something IOS never said"


def test_a_percent_in_the_middle_of_an_output_is_no_refusal():
    assert not answers.exec_refusal("CPU utilization: 3%\n% of what\n")


def test_sessions_are_not_logged(lab, caplog):
    lab.router.enable_secret = "En4ble-me"
    lab.extras["secret"] = "En4ble-me"
    with caplog.at_level(logging.DEBUG):
        lab.run(facts)
    assert lab.router.password not in caplog.text
    assert "En4ble-me" not in caplog.text


def test_napalm_and_netmiko_find_the_connection_they_know(lab):
    def ask(task: Task) -> Any:

        session: IosSession = session_of(task)
        said = session.connection.send_command("show two", read_timeout=5)
        return Result(host=task.host, result=(said, session.connection.find_prompt()))

    assert lab.run(ask) == ("2\n2", "R1#")
