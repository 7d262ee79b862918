"""The lab: descriptions, the process with its folder, and sessions through the network."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
import yaml

from labs.examples import demo_lab
from labs.topology import (
    LAB_PASSWORD,
    Attachment,
    LabSpec,
    Link,
    Node,
    TopologyError,
    format_rate,
    from_json,
    parse_rate,
    to_json,
)
from labs.twin import lab
from labs.twin.lab import lifecycle
from labs.twin.lab.folder import Folder, LabError
from labs.twin.lab.world import build, keep, links_of, restore
from labs.twin.server.pacer import Driver, Pacer
from labs.twin.server.path import NetworkPath
from labs.twin.server.ssh import Listener, host_key

ROUTER = """\
version 17.3
hostname {name}
username admin privilege 15 secret 0 {password}
ip domain name lab.example
archive
 path bootflash:archive-
interface GigabitEthernet2
 ip address 192.0.2.{number} 255.255.255.0
{more}line vty 0 4
 login local
end
"""


def router(number: int, more: str = "", **rest: object) -> Node:
    name = f"r{number}"
    config = ROUTER.format(name=name, number=number, password=LAB_PASSWORD, more=more)
    return Node(name=name, config=config, **rest)  # type: ignore[arg-type]


PAIR = LabSpec(name="pair", nodes=(router(1), router(2)), rate=None)


@pytest.mark.parametrize("text", ["oob", "via 10.0.0.5", "via 10.0.0.5 to 10.1.1.1"])
def test_attachments_are_written_as_they_are_read(text: str) -> None:
    assert str(Attachment.parse(text)) == text


@pytest.mark.parametrize("text", ["", "via", "via nobody", "via 10.0.0.5 to", "in-band"])
def test_a_wrong_attachment_says_what_is_right(text: str) -> None:
    with pytest.raises(TopologyError, match="attachment"):
        Attachment.parse(text)


def test_clock_rates() -> None:
    assert [parse_rate(text) for text in ("real", "manual", "20")] == [1.0, None, 20.0]
    assert [format_rate(rate) for rate in (1.0, None, 0.5)] == ["real", "manual", "0.5"]
    for wrong in ("fast", "0", "-1", "nan", "1e9"):
        with pytest.raises(TopologyError, match="clock rate"):
            parse_rate(wrong)


def test_a_description_survives_json() -> None:
    spec = replace(
        PAIR,
        links=(Link(ends=(("r1", "GigabitEthernet2"), ("r2", "GigabitEthernet2"))),),
        nodes=(router(1, attachment=Attachment.parse("via 10.0.0.5"), data={"role": "hub"}),),
    )
    assert from_json(to_json(spec)) == spec


@pytest.mark.parametrize("image", ["17.3", "15.5"])
def test_the_demo_boots_into_a_connected_underlay(image: str) -> None:
    world = build(demo_lab(image), "a-password")
    assert set(world.consoles) == {"hub1", *(f"branch-{n}" for n in range(1, 5)), "internet"}
    assert all(not console.storage.unknown for console in world.consoles.values())
    assert len(links_of(world.network)) == 5
    session = world.consoles["branch-4"].open("admin", 15, length=0)
    assert "Success rate is 100 percent (5/5)" in session.execute("ping 203.0.113.1")
    text = session.execute("show running-config") + session.execute("show startup-config")
    assert "a-password" not in text
    assert "unnel" not in text
    assert world.network.routers["hub1"].image.version == image


def test_a_link_to_nowhere_is_refused() -> None:
    wrong = replace(
        PAIR, links=(Link(ends=(("r1", "GigabitEthernet9"), ("r2", "GigabitEthernet2"))),)
    )
    with pytest.raises(TopologyError, match="r1 GigabitEthernet9"):
        build(wrong, "x")


def test_an_undo_falls_due_at_its_own_time() -> None:
    world = build(PAIR, "x")
    session = world.consoles["r1"].open("admin", 15, length=0)
    session.execute("configure terminal revert timer 1")
    session.execute("interface Loopback0")
    session.execute("end")
    due = world.consoles["r1"].next_due()
    assert due is not None
    assert world.next_event() is not None
    world.run_until(200.0)
    assert world.now == 200.0
    assert "Loopback0" not in world.consoles["r1"].storage.running_text()


def test_a_kept_network_is_restored_for_the_same_lab_only(tmp_path: Path) -> None:
    world = build(PAIR, "x")
    world.run_until(50.0)
    session = world.consoles["r1"].open("admin", 15, length=0)
    session.execute("configure terminal")
    session.execute("interface Loopback0")
    keep(tmp_path / "state", PAIR, world)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    again = restore(tmp_path / "state", PAIR)
    assert again is not None
    assert again.now == 50.0
    assert "Loopback0" in again.network.routers["r1"].config.interfaces
    assert again.consoles["r1"].sessions == []
    assert restore(tmp_path / "state", replace(PAIR, seed=9)) is None
    assert restore(tmp_path / "nothing", PAIR) is None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of a running lab on a manual clock."""
    folder = tmp_path_factory.mktemp("labs") / "pair"
    lab.up(PAIR, folder)
    yield folder
    lab.down(folder)


def ask(folder: Path, name: str, command: str) -> str:
    """Run one command on a router over SSH, checking its host key."""

    async def play() -> str:
        port = next(r.port for r in lab.status(folder).routers if r.name == name)
        async with asyncssh.connect(
            "127.0.0.1",
            port,
            username="admin",
            password=Folder(folder).password(),
            known_hosts=str(folder / "known_hosts"),
            client_keys=[],
            agent_path=None,
            config=None,
        ) as connection:
            return str((await connection.run(command)).stdout)

    return asyncio.run(play())


def test_a_lab_answers_and_describes_itself(home: Path) -> None:
    known = lab.status(home)
    assert (known.name, known.rate, known.started) == ("pair", "manual", False)
    assert [row.name for row in known.routers] == ["r1", "r2"]
    assert {row.attachment for row in known.routers} == {"oob"}
    assert "r2 uptime is" in ask(home, "r2", "show version")
    assert "100 percent" in ask(home, "r1", "ping 192.0.2.2")


def test_the_same_lab_twice_is_one(home: Path) -> None:
    before = lab.status(home)
    again = lab.up(PAIR, home)
    assert (again.pid, again.started, again.routers) == (before.pid, False, before.routers)
    with pytest.raises(LabError, match="another lab"):
        lab.up(replace(PAIR, rate=5.0), home)
    assert lab.status(home).pid == before.pid


def test_what_is_secret_is_private_and_nowhere_else(home: Path) -> None:
    password = Folder(home).password()
    assert len(password) >= 12
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("control", "credentials.yaml", "spec.json", "log", "hosts.yaml"):
        assert (home / name).stat().st_mode & 0o777 == 0o600, name
    others = [p for p in home.rglob("*") if p.is_file() and p.name != "credentials.yaml"]
    assert all(password.encode() not in place.read_bytes() for place in others)
    assert password not in repr(lab.status(home))
    assert (home / "log").read_text() == ""


def test_the_inventory_refers_to_the_password(home: Path) -> None:
    hosts = yaml.safe_load((home / "hosts.yaml").read_text())
    assert hosts["r1"] == {
        "hostname": "127.0.0.1",
        "port": lab.status(home).routers[0].port,
        "platform": "ios",
        "username": "admin",
        "password": "secret:lab",
        "groups": [],
        "data": {"lab": "pair"},
    }


def test_a_manual_clock_moves_by_hand_and_by_commands(home: Path) -> None:
    start = lab.status(home).now_s
    assert lab.status(home).now_s == start
    assert lab.run_for(home, 3600) == pytest.approx(start + 3600)
    ask(home, "r1", "ping 192.0.2.77 repeat 1")
    assert lab.status(home).now_s == pytest.approx(start + 3602)
    with pytest.raises(LabError, match="cannot run"):
        lab.run_for(home, -1)


def test_the_rate_can_be_changed(home: Path) -> None:
    lab.set_rate(home, 100.0)
    assert lab.status(home).rate == "100"
    lab.set_rate(home, None)
    assert lab.status(home).rate == "manual"


def test_a_pulled_cable(home: Path) -> None:
    lab.set_link(home, "r2", "GigabitEthernet2", connected=False)
    assert " 0 percent" in ask(home, "r1", "ping 192.0.2.2 repeat 1")
    lab.set_link(home, "r2", "GigabitEthernet2", connected=True)
    assert "percent (5/5)" in ask(home, "r1", "ping 192.0.2.2")
    with pytest.raises(LabError, match="no interface Nowhere1"):
        lab.set_link(home, "r2", "Nowhere1", connected=False)


def test_sessions_can_be_attached_in_another_way(home: Path) -> None:
    port = lab.status(home).routers[0].port
    near = Attachment.parse("via 192.0.2.99 to 192.0.2.1")
    lab.attach(home, "r1", near)
    row = lab.status(home).routers[0]
    assert (row.port, row.attachment) == (port, str(near))
    assert "192.0.2.99" in ask(home, "r1", "show users")
    lab.attach(home, "r1", Attachment())
    assert "127.0.0.1" in ask(home, "r1", "show users")
    with pytest.raises(LabError, match="no router 'r9'"):
        lab.attach(home, "r9", Attachment())


def test_the_command_of_an_interactive_session(home: Path) -> None:
    command = lab.ssh_command(home, "r1")
    assert command[0] == "ssh"
    assert command[-1] == "admin@127.0.0.1"
    assert f"UserKnownHostsFile={home / 'known_hosts'}" in command
    with pytest.raises(LabError, match="there are r1, r2"):
        lab.ssh_command(home, "r9")


def test_save_end_and_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    assert lab.up(PAIR, folder).started
    key, password = (folder / "keys" / "r1").read_bytes(), Folder(folder).password()
    lab.run_for(folder, 500)
    assert lab.save(folder) == folder / "state"
    assert lab.down(folder)
    assert not Folder(folder).running()
    assert not (folder / "pid").exists()
    assert not (folder / "control").exists()
    assert not lab.down(folder)
    with pytest.raises(LabError, match="lab up"):
        lab.status(folder)
    try:
        assert lab.up(PAIR, folder).now_s == pytest.approx(500)
        assert (folder / "keys" / "r1").read_bytes() == key
        assert Folder(folder).password() == password
        assert "r1 uptime is 8 minutes" in ask(folder, "r1", "show version")
    finally:
        lab.down(folder)
    assert {p.relative_to(tmp_path).parts[0] for p in tmp_path.rglob("*")} == {"kept"}


def test_only_a_pid_that_is_really_the_labs_counts(tmp_path: Path) -> None:
    folder = tmp_path / "stale"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (folder / "pid").write_text(f"{other.pid}\n")
        assert not lab.down(folder)
        (folder / "pid").write_text(f"{other.pid}\n")
        pid = lab.up(PAIR, folder).pid
        assert pid != other.pid
        os.kill(pid, signal.SIGKILL)
        while Folder(folder).running():
            pass
        with pytest.raises(LabError, match="no lab runs"):
            lab.status(folder)
        (folder / "pid").write_text(f"{other.pid}\n")
        assert not lab.down(folder)
        assert other.poll() is None
        other.communicate(b"\n")


def test_a_lab_that_hangs_is_ended_by_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hung"
    pid = lab.up(PAIR, folder).pid
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(lifecycle, "STOP_TIMEOUT_S", 0.1)
    assert lab.down(folder)
    assert not Folder(folder).running()


def test_a_lab_whose_folder_is_deleted_ends_itself(tmp_path: Path) -> None:
    folder = tmp_path / "deleted"
    lab.up(PAIR, folder)
    with (folder / "pid").open("r+") as claim:
        shutil.rmtree(folder)
        # Granted when the process that holds it is gone.
        fcntl.flock(claim, fcntl.LOCK_EX)
    assert not folder.exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        spec = replace(PAIR, nodes=(router(1, port=port),))
        with pytest.raises(LabError, match=f"{port}"):
            lab.up(spec, folder)
    assert not Folder(folder).running()
    assert not (folder / "pid").exists()


HUB_LAN = """\
interface GigabitEthernet3
 ip address 10.0.0.1 255.255.255.0
"""
TUNNEL = """\
interface Tunnel0
 ip address 10.9.0.{number} 255.255.255.0
 ip nhrp network-id 1
{nhrp} tunnel source GigabitEthernet2
 tunnel mode gre multipoint
"""
MANAGED = LabSpec(
    name="managed",
    nodes=(
        router(1, HUB_LAN + TUNNEL.format(number=1, nhrp="")),
        router(
            2,
            TUNNEL.format(number=2, nhrp=" ip nhrp nhs 10.9.0.1 nbma 192.0.2.1 multicast\n")
            + "ip route 10.0.0.0 255.255.255.0 10.9.0.1\n",
            attachment=Attachment.parse("via 10.0.0.50 to 10.9.0.2"),
        ),
    ),
    rate=None,
)


def test_a_lab_with_management_over_the_tunnel(tmp_path: Path) -> None:
    folder = tmp_path / "managed"
    known = lab.up(MANAGED, folder)
    try:
        assert known.routers[1].attachment == "via 10.0.0.50 to 10.9.0.2"
        lab.run_for(folder, 30)
        assert "10.0.0.50" in ask(folder, "r2", "show users")
        assert "127.0.0.1" in ask(folder, "r1", "show users")
    finally:
        lab.down(folder)
    assert (folder / "log").read_text() == ""


class Screen:
    """What a client has seen of a session so far."""

    def __init__(self, reader: asyncssh.SSHReader[bytes]) -> None:
        self.reader = reader
        self.text = b""

    async def until(self, mark: bytes) -> bytes:
        """Read up to a mark; give what came."""
        while mark not in self.text:
            chunk = await self.reader.read(4096)
            assert chunk, self.text
            self.text += chunk
        seen, _, self.text = self.text.partition(mark)
        return seen + mark


def test_a_session_over_the_tunnel_stalls_with_it_and_comes_back(tmp_path: Path) -> None:
    world = build(MANAGED, "x")
    world.run_until(30.0)
    node = MANAGED.nodes[1]

    async def play() -> None:
        driver = Driver(Pacer(world, None))
        listener = Listener(world.hosts["r2"], driver, host_key(tmp_path / "key"))
        path = NetworkPath(world.network, "r2", node.attachment)
        port = await listener.listen(None, node.attachment, path)
        async with asyncssh.connect(
            "127.0.0.1",
            port,
            username="admin",
            password="x",
            known_hosts=None,
            client_keys=[],
            agent_path=None,
            config=None,
        ) as connection:
            writer, reader, _ = await connection.open_session(encoding=None)
            screen = Screen(reader)
            await screen.until(b"r2#")
            writer.write(b"show users\n")
            assert b"10.0.0.50" in await screen.until(b"r2#")
            writer.write(b"configure terminal revert timer 1\n")
            await screen.until(b"r2(config)#")
            writer.write(b"interface Tunnel0\n")
            await screen.until(b"r2(config-if)#")
            assert path.inbound(100)
            assert path.outbound(100)
            writer.write(b"shutdown\n")
            while path.inbound(100):
                await asyncio.sleep(0)
            assert world.network.routers["r2"].config.interfaces["Tunnel0"].shutdown
            driver.run_for(30)
            assert not path.outbound(100)
            answer = asyncio.ensure_future(screen.until(b"r2(config-if)#"))
            await asyncio.sleep(0)
            assert not answer.done()
            driver.run_for(150)
            assert not world.network.routers["r2"].config.interfaces["Tunnel0"].shutdown
            assert b"shutdown" in await answer
        driver.stop()
        await listener.close()

    asyncio.run(play())


def test_a_client_that_vanishes_takes_its_command_along(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = build(PAIR, "x")
    console = world.consoles["r1"]

    async def play() -> None:
        driver = Driver(Pacer(world, 1.0))
        listener = Listener(world.hosts["r1"], driver, host_key(tmp_path / "key"))
        port = await listener.listen(None)
        async with asyncssh.connect(
            "127.0.0.1",
            port,
            username="admin",
            password="x",
            known_hosts=None,
            client_keys=[],
            agent_path=None,
            config=None,
        ) as connection:
            writer, reader, _ = await connection.open_session(encoding=None)
            screen = Screen(reader)
            writer.write(b"ping 192.0.2.77 repeat 1000\n")
            await screen.until(b"seconds:")
            assert console.sessions[0].pending is not None
            connection.abort()
        while console.sessions:
            await asyncio.sleep(0)
        driver.stop()
        await listener.close()

    asyncio.run(play())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_dead_path_ends_the_connection_in_the_end(tmp_path: Path) -> None:
    world = build(MANAGED, "x")
    world.run_until(30.0)
    world.network.set_link(("r2", "GigabitEthernet2"), up=False)
    node = MANAGED.nodes[1]

    async def play() -> None:
        driver = Driver(Pacer(world, None))
        listener = Listener(world.hosts["r2"], driver, host_key(tmp_path / "key"))
        path = NetworkPath(world.network, "r2", node.attachment)
        port = await listener.listen(None, node.attachment, path)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"SSH-2.0-test\r\n")
        reading = asyncio.ensure_future(reader.read())
        while not driver.watching:
            await asyncio.sleep(0)
        for _ in range(40):
            driver.run_for(10)
            await asyncio.sleep(0)
        assert await reading == b""
        writer.close()
        driver.stop()
        await listener.close()

    asyncio.run(play())


def test_a_station_on_no_lan_reaches_nobody() -> None:
    world = build(MANAGED, "x")
    world.run_until(30.0)
    nowhere = NetworkPath(world.network, "r2", Attachment.parse("via 172.31.0.9"))
    assert not nowhere.inbound(100)
    assert not nowhere.outbound(100)
    near = NetworkPath(world.network, "r1", Attachment.parse("via 10.0.0.50"))
    assert near.inbound(100)
    assert near.outbound(100)


def test_a_path_inside_a_vrf() -> None:
    inside = "vrf definition IN\n address-family ipv4\n exit-address-family\n"
    lan = HUB_LAN.replace("GigabitEthernet3\n", "GigabitEthernet3\n vrf forwarding IN\n")
    node = router(1, lan)
    spec = LabSpec(
        name="vrf",
        nodes=(replace(node, config=node.config.replace("archive\n", f"{inside}archive\n", 1)),),
        rate=None,
    )
    world = build(spec, "x")
    world.run_until(5.0)
    path = NetworkPath(world.network, "r1", Attachment.parse("via 10.0.0.50 to 10.0.0.1"))
    assert path.inbound(100)
    assert path.outbound(100)
    other = NetworkPath(world.network, "r1", Attachment.parse("via 10.0.0.50 to 192.0.2.1"))
    assert not other.inbound(100)
