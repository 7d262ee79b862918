"""Changes under the device's own undo, on routers of the twin over SSH."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nornir.core.task import Result

from automation.credentials import Credentials
from automation.hosts import init_nornir
from labs.topology import LAB_PASSWORD, Attachment, LabSpec, Node
from labs.twin import lab as labs
from tasks.backup import backup, digest
from tasks.collect import collect
from tasks.connect import CONNECTION, session_of
from tasks.errors import LineRejected, SessionLost, TimerNotArmed, TransferFailed, Unreachable
from tasks.facts import facts
from tasks.preflight import PathKind, preflight
from tasks.probe import ping, traceroute
from tasks.push import push, save, tidy
from tasks.timer import arm, confirm, extend, pending, revert

pytestmark = pytest.mark.slow

# The station 10.0.0.9 stands on the LAN of `core` and reaches `edge` through Tunnel0 only.
CONFIG = """\
version {version}
hostname {name}
!
username admin privilege 15 secret 0 {password}
!
archive
 path {filesystem}{name}-
 maximum 5
!
{rest}
!
ip ssh version 2
{scp}!
line vty 0 4
 login local
 transport input ssh
!
end
"""
CORE = """\
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.252
!
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
!
interface Tunnel0
 ip address 172.16.0.1 255.255.255.252
 tunnel source GigabitEthernet1
 tunnel destination 192.0.2.2
!
ip route 10.9.9.9 255.255.255.255 172.16.0.2
"""
EDGE = """\
interface GigabitEthernet1
 ip address 192.0.2.2 255.255.255.252
!
interface Loopback0
 ip address 10.9.9.9 255.255.255.255
!
interface Tunnel0
 ip address 172.16.0.2 255.255.255.252
 tunnel source GigabitEthernet1
 tunnel destination 192.0.2.1
!
ip route 10.0.0.0 255.255.255.0 172.16.0.1
"""


def node(name: str, rest: str, version: str, filesystem: str, **options: Any) -> Node:
    scp = "" if options.pop("without_scp", False) else "ip scp server enable\n"
    config = CONFIG.format(
        name=name,
        rest=rest.strip(),
        version=version,
        filesystem=filesystem,
        password=LAB_PASSWORD,
        scp=scp,
    )
    return Node(name=name, config=config, image=version, **options)


class Net:
    """A lab that runs, and the tasks on its routers."""

    def __init__(self, spec: LabSpec, folder: Path) -> None:
        self.folder = folder
        labs.up(spec, folder)
        self.nornir = init_nornir(
            folder / "none", credentials=Credentials({}), hosts=folder / "hosts.yaml"
        )
        for host in self.nornir.inventory.hosts.values():
            host.connection_options[CONNECTION].extras["idle_timeout_s"] = 3.0
            host.connection_options[CONNECTION].extras["login_timeout_s"] = 2.0

    def run(self, name: str, task: Callable[..., Any], **arguments: Any) -> Any:
        """Run one task on one router and give its value, or raise its error."""
        chosen = self.nornir.filter(name=name)
        found = chosen.run(task=task, on_failed=True, **arguments)[name][0]
        if found.exception:
            raise found.exception
        return found.result

    def vanish(self) -> None:
        """Drop every session without a word, as a killed program does."""
        for host in self.nornir.inventory.hosts.values():
            plugin: Any = host.connections.pop(CONNECTION, None)
            if plugin is not None:
                plugin.connection.connection.paramiko_cleanup()

    def end(self) -> None:
        self.nornir.close_connections(on_failed=True)
        labs.down(self.folder)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    """Give routers of three generations whose clock only the test moves."""
    net = Net(
        LabSpec(
            name="still",
            nodes=(
                node("core", CORE, "17.3", "bootflash:"),
                node("edge", EDGE, "15.9", "flash:"),
                node("iol", "interface Loopback0\n", "15.7", "unix:", without_scp=True),
            ),
            rate=None,
        ),
        tmp_path_factory.mktemp("still"),
    )
    yield net
    net.end()


@pytest.fixture
def core(still: Net) -> Iterator[Callable[..., Any]]:
    """Give the tasks on `core`, as it was before when the test ends."""
    yield lambda task, **arguments: still.run("core", task, **arguments)
    if still.run("core", pending) is not None:
        still.run("core", revert)


LINES = ["interface Loopback7", " ip address 10.7.7.7 255.255.255.255", " description ours"]


@pytest.mark.parametrize(
    ("name", "filesystem", "release"),
    [
        ("core", "bootflash:", "17.3.4a"),
        ("edge", "flash:", "15.9(3)M"),
        ("iol", "unix:", "15.7(3)M2"),
    ],
)
def test_facts_of_each_generation(still, name, filesystem, release):
    found = still.run(name, facts)
    assert (found.hostname, found.os_version) == (name, release)
    assert found.filesystem.prefix == filesystem
    assert (found.archive.filesystem, found.archive.local) == (filesystem, True)


@pytest.mark.parametrize("name", ["core", "edge", "iol"])
def test_a_router_of_the_twin_is_fit_for_a_change(still, name):
    found = still.run(name, preflight)
    assert found.problems == ()
    assert found.path.kind is PathKind.OOB


def test_a_change_that_is_kept(core):
    core(arm, minutes=5)
    core(push, lines=LINES)
    core(extend, minutes=10)
    assert core(pending).minutes == 10
    core(confirm)
    assert core(pending) is None
    assert core(backup).startup_differs
    core(save)
    assert not core(backup).startup_differs
    core(arm, minutes=5)
    core(push, lines=["no interface Loopback7"])
    core(confirm)
    core(save)


def test_a_change_that_is_undone_leaves_the_same_digest(core):
    before = core(backup).digest
    core(arm, minutes=5)
    core(push, lines=LINES)
    assert core(backup).digest != before
    assert "Rollback Done" in core(revert)
    assert core(backup).digest == before


def test_the_device_undoes_a_change_by_itself_when_we_vanish(still, core):
    before = core(backup).digest
    core(arm, minutes=2)
    core(push, lines=LINES)
    still.vanish()
    labs.run_for(still.folder, 119)
    assert core(backup).digest != before
    still.vanish()
    labs.run_for(still.folder, 2)
    assert core(pending) is None
    assert core(backup).digest == before
    with pytest.raises(TimerNotArmed, match="no undo is pending"):
        core(confirm)


def test_a_refused_line_stops_the_push_and_the_undo_brings_all_back(core):
    before = core(backup).digest
    core(arm, minutes=5)
    with pytest.raises(LineRejected) as caught:
        core(push, lines=[*LINES, " no such command", " description never"])
    assert caught.value.message == ("`no such command`: % Invalid input detected at '^' marker.")
    core(revert)
    assert core(backup).digest == before


def test_a_session_that_dies_in_the_middle_of_a_push(still, core):
    before = core(backup).digest
    core(arm, minutes=5)
    core(push, lines=LINES[:2])
    still.vanish()
    found = core(pending)
    assert (found.user, found.minutes) == ("admin", 5)
    core(revert)
    assert core(backup).digest == before


def test_arming_twice_is_refused(core):
    core(arm, minutes=5)
    with pytest.raises(TimerNotArmed, match="admin has an undo pending since"):
        core(arm, minutes=5)


def test_a_timer_of_another_user_is_not_ours(core):
    core(arm, minutes=5)
    with pytest.raises(TimerNotArmed, match="the pending undo belongs to admin, not to anna"):
        core(push, lines=LINES, user="anna")
    assert "Loopback7" not in core(backup).running


class Cut:
    """A relay before a router that cuts the connection after some chunks of the client."""

    def __init__(self, port: int) -> None:
        self.left: int | None = None
        self.router_port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.router_port))
                for source, sink, counted in ((near, far, True), (far, near, False)):
                    self.threads.append(
                        threading.Thread(target=self._relay, args=(source, sink, counted))
                    )
                    self.threads[-1].start()

    def _relay(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:  # noqa: FBT001
        with source, contextlib.suppress(OSError):
            while data := source.recv(65535):
                if counted and self.left is not None:
                    if self.left == 0:
                        break
                    self.left -= 1
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(10)


@pytest.mark.parametrize("chunks", range(7))
@pytest.mark.parametrize("in_band", [False, True])
def test_a_connection_cut_anywhere_leaves_the_undo_armed(still, core, chunks, in_band):
    before = core(backup)
    core(arm, minutes=5)
    host = still.nornir.inventory.hosts["core"]
    direct, relay = host.port, Cut(host.port)
    file = Path(host.connection_options[CONNECTION].extras["known_hosts"])
    known = file.read_text()
    file.write_text(known + known.replace(f":{direct} ", f":{relay.port} "))
    try:
        still.vanish()
        host.port = relay.port
        core(pending)  # logs in through the relay
        relay.left = chunks
        with contextlib.suppress(SessionLost, Unreachable, TransferFailed):
            core(push, lines=LINES, in_band=in_band, deadline_s=0.0)
    finally:
        host.port = direct
        still.vanish()
        relay.close()
        file.write_text(known)
    assert core(pending).owned_by("admin")
    assert digest(core(backup).startup) == digest(before.startup)
    core(revert)
    assert core(backup).digest == before.digest
    core(tidy)
    assert core(tidy) == ()


@pytest.mark.parametrize("name", ["core", "edge", "iol"])
def test_a_payload_by_scp_or_typed_leaves_no_file(still, name):
    before = still.run(name, backup).digest
    still.run(name, arm, minutes=5)
    found = still.run(name, push, lines=LINES, in_band=True)
    assert not found.reconnected
    assert "description ours" in still.run(name, backup).running
    still.run(name, revert)
    assert still.run(name, backup).digest == before
    (listing,) = still.run(name, collect, commands=["dir"])
    assert "dmvpn-" not in listing.text


def test_a_refused_line_of_a_payload(core):
    core(arm, minutes=5)
    with pytest.raises(LineRejected, match="Invalid input detected"):
        core(push, lines=[*LINES, " no such command"], in_band=True)


def merge_startup(task: Any) -> Result:
    """Bring lines back that are in startup."""
    reply = (r"Destination filename", "\n")
    said = session_of(task).send("copy startup-config running-config", [reply])
    return Result(host=task.host, result=said)


def test_an_archive_that_is_off(core):
    core(arm, minutes=5)
    core(push, lines=["no archive"])
    core(confirm)
    try:
        assert core(preflight, allow_unsaved=True).problems == (
            "archive is off: configure `archive` with a local `path`",
        )
        with pytest.raises(TimerNotArmed, match="turn config archive on"):
            core(arm, minutes=5)
    finally:
        core(merge_startup)


def test_probes(core):
    assert core(ping, destination="192.0.2.2", source="10.0.0.1").received == 5
    assert core(traceroute, destination="10.9.9.9").reached
    assert core(ping, destination="10.99.99.99", count=2).received == 0


@pytest.fixture
def inband(tmp_path: Path) -> Iterator[Net]:
    """Give a router that is reached only through its own tunnel."""
    through = Attachment.parse("via 10.0.0.9 to 10.9.9.9")
    net = Net(
        LabSpec(
            name="inband",
            nodes=(
                node("core", CORE, "17.3", "bootflash:"),
                node("edge", EDGE, "17.3", "bootflash:", attachment=through),
            ),
        ),
        tmp_path,
    )
    yield net
    net.end()


def pass_an_hour_before_reconnecting(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the undo timer run out between the loss of the session and the next login."""
    session = net.nornir.inventory.hosts["edge"].connections[CONNECTION].connection
    reopen = session.reopen

    def later() -> None:
        labs.run_for(net.folder, 3600)
        reopen()

    monkeypatch.setattr(session, "reopen", later)


def test_a_payload_that_bounces_the_tunnel_under_our_feet(inband):
    found = inband.run("edge", preflight)
    assert str(found.path) == "via:Tunnel0"
    assert found.path.source == "10.0.0.9"
    inband.run("edge", arm, minutes=60)
    lines = ["interface Tunnel0", " shutdown", " ip mtu 1380", " no shutdown"]
    inband.run("edge", push, lines=lines, in_band=True, deadline_s=30)
    assert inband.run("edge", pending).minutes == 60
    inband.run("edge", confirm)
    assert " ip mtu 1380\n" in inband.run("edge", backup).running


def test_a_payload_that_cuts_the_tunnel_for_good_is_undone_by_the_device(inband, monkeypatch):
    before = inband.run("edge", backup).digest
    inband.run("edge", arm, minutes=30)
    pass_an_hour_before_reconnecting(inband, monkeypatch)
    lines = ["interface Tunnel0", " tunnel key 7"]
    found = inband.run("edge", push, lines=lines, in_band=True, deadline_s=60)
    assert found.reconnected
    assert inband.run("edge", pending) is None
    assert inband.run("edge", backup).digest == before


def test_lines_that_cut_the_tunnel_lose_the_session_and_the_device_undoes_them(inband, monkeypatch):
    before = inband.run("edge", backup).digest
    inband.run("edge", arm, minutes=30)
    pass_an_hour_before_reconnecting(inband, monkeypatch)
    with pytest.raises(SessionLost):
        inband.run("edge", push, lines=["interface Tunnel0", " tunnel key 7"])
    assert inband.run("edge", backup).digest == before
