"""The clock driver, SCP, paths through the network, and SSH itself, on routers of straw."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncssh
import pytest

from labs.twin.cli.console import Console
from labs.twin.network import Network
from labs.twin.server.pacer import MAX_LAG_S, Driver, Pacer
from labs.twin.server.path import FIRST_RETRY_S, GIVE_UP_S, LONGEST_RETRY_S, Stream
from labs.twin.server.scp import OK, Sink, Source, sink_target, source_file
from labs.twin.server.ssh import KEX, Listener, host_key


class Timeline:
    """A network whose events are a list of times."""

    def __init__(self, *events: float) -> None:
        self.now = 0.0
        self.events = list(events)
        self.stops: list[float] = []

    def next_event(self) -> float | None:
        return self.events[0] if self.events else None

    def run_until(self, t: float) -> None:
        self.stops.append(t)
        self.events = [event for event in self.events if event > t]
        self.now = max(self.now, t)


class Wall:
    """A wall clock set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_wall_time_becomes_virtual_time_at_the_rate() -> None:
    wall, network = Wall(), Timeline(4.0, 11.0)
    pacer = Pacer(network, 10.0, wall)
    wall.now += 0.5
    pacer.catch_up()
    assert network.now == pytest.approx(5.0)
    assert network.stops == pytest.approx([4.0, 5.0])
    assert pacer.delay(None) == pytest.approx(0.6)
    assert pacer.delay(8.0) == pytest.approx(0.3)


def test_arrears_beyond_the_bound_are_dropped() -> None:
    wall, network = Wall(), Timeline()
    pacer = Pacer(network, 2.0, wall)
    wall.now += 3600
    pacer.catch_up()
    assert network.now == pytest.approx(MAX_LAG_S * 2)
    wall.now += 1
    pacer.catch_up()
    assert network.now == pytest.approx(MAX_LAG_S * 2 + 2)


def test_a_network_that_is_too_slow_slips_instead_of_hanging() -> None:
    wall = Wall()

    class Slow(Timeline):
        def run_until(self, t: float) -> None:
            super().run_until(t)
            wall.now += 0.2

    network = Slow(*[0.1 * n for n in range(1, 100)])
    pacer = Pacer(network, 1.0, wall)
    wall.now += 1.9
    pacer.catch_up()
    assert network.now == pytest.approx(0.2)
    assert pacer.target() == pytest.approx(0.2)


def test_a_manual_clock_stands_still() -> None:
    wall, network = Wall(), Timeline(4.0)
    pacer = Pacer(network, None, wall)
    wall.now += 100
    pacer.catch_up()
    assert network.now == 0.0
    assert pacer.delay(1.0) is None
    pacer.set_rate(1.0)
    wall.now += 1
    pacer.catch_up()
    assert network.now == pytest.approx(1.0)


class Job:
    """A command that is done at a time."""

    def __init__(self, network: Timeline, end: float) -> None:
        self.network, self.end = network, end

    def advance(self) -> None:
        return

    def waiting(self) -> bool:
        return self.network.now < self.end

    def next_due(self) -> float | None:
        return None


def test_a_command_takes_its_time_from_a_manual_clock() -> None:
    network = Timeline(1.0, 2.0, 30.0)
    driver = Driver(Pacer(network, None, Wall()))
    driver.watch(Job(network, 2.0))

    async def pump() -> None:
        driver.pump()

    asyncio.run(pump())
    assert network.now == 2.0


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("scp -t flash:/merge_config.txt", "flash:/merge_config.txt"),
        ("scp -v -t flash:x", "flash:x"),
        ("scp -f flash:x", None),
        ("show version", None),
        ("scp -t 'open", None),
    ],
)
def test_only_scp_to_us_is_a_copy(command: str, target: str | None) -> None:
    assert source_file(command) == ("flash:x" if "-f" in command else None)
    assert sink_target(command) == target


def stored() -> tuple[list[bytes], Callable[[bytes], str | None]]:
    files: list[bytes] = []

    def store(content: bytes) -> str | None:
        files.append(content)
        return None

    return files, store


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_copied_file_arrives_in_any_pieces(size: int) -> None:
    files, store = stored()
    sink = Sink(store)
    assert sink.start() == OK
    data = b"T1 0 1 0\nC0644 6 any-name\nhello\n\x00"
    answers = b"".join(sink.receive(data[i : i + size]) for i in range(0, len(data), size))
    assert answers == OK * 3
    assert files == [b"hello\n"]


def test_an_empty_file_and_a_second_one() -> None:
    files, store = stored()
    sink = Sink(store)
    sink.receive(b"C0644 0 a\n\x00C0644 1 b\nx\x00")
    assert files == [b"", b"x"]


def test_a_refused_file_says_why() -> None:
    sink = Sink(lambda content: "no room")
    assert sink.receive(b"C0644 1 a\nx\x00") == OK + b"\x01scp: no room\n"
    assert sink.failed


@pytest.mark.parametrize("header", [b"C0644 x a\n", b"D0755 0 d\n", b"hello\n", b"x" * 2000])
def test_nonsense_ends_a_copy(header: bytes) -> None:
    sink = Sink(lambda content: None)
    assert sink.receive(header)[:1] == b"\x01"
    assert sink.failed
    assert sink.receive(b"C0644 0 a\n\x00") == b""


def test_bytes_wait_while_the_path_is_dead() -> None:
    got: list[bytes] = []
    alive = [False]
    stream = Stream(lambda size: alive[0], got.append)
    stream.offer(b"one", 10.0)
    stream.offer(b"two", 10.5)
    assert got == []
    assert stream.due == 10.0 + FIRST_RETRY_S
    alive[0] = True
    stream.advance(10.9)
    assert got == []
    stream.advance(11.0)
    assert got == [b"one", b"two"]
    assert stream.due is None
    stream.offer(b"three", 12.0)
    assert got[-1] == b"three"


def test_retries_back_off_and_end_with_the_connection() -> None:
    stream = Stream(lambda size: False, lambda data: None)
    stream.offer(b"x", 0.0)
    gaps, now = [], 0.0
    while not stream.dead:
        assert stream.due is not None
        gaps.append(stream.due - now)
        now = stream.due
        stream.advance(now)
    assert gaps[:4] == [1, 2, 4, 8]
    assert max(gaps) == LONGEST_RETRY_S
    assert now >= GIVE_UP_S


class Straw:
    """A shell that echoes and repeats."""

    def __init__(self) -> None:
        self.closed = False
        self.pending: object | None = None
        self.woken: object | None = None
        self.turn: int | None = None
        self.busy = self.listening = False
        self.line = b""

    def greeting(self) -> bytes:
        return b"\r\nr1#"

    def poll(self) -> bytes:
        return b""

    def feed(self, data: bytes) -> bytes:
        out = b""
        for byte in data:
            key = bytes([byte])
            if key not in b"\r\n":
                self.line += key
                out += key
                continue
            line, self.line = self.line, b""
            self.closed = line == b"exit"
            said = b"said " + line + b"\r\n" if line and not self.closed else b""
            out += b"\r\n" + said + (b"" if self.closed else b"r1#")
        return out


class StrawHost:
    """A router whose one user is admin."""

    name = "r1"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.gone = 0

    def privilege(self, user: str, password: str) -> int | None:
        return 15 if (user, password) == ("admin", "right") else None

    def privilege_of(self, user: str) -> int | None:
        return 15 if user == "admin" else None

    def open(self, user: str, privilege: int, peer: str, *, paged: bool) -> Straw:
        return Straw()

    def hang_up(self, shell: object) -> None:
        self.gone += 1

    def receive_file(self, target: str, content: bytes, privilege: int) -> str | None:
        self.files[target] = content
        return None

    def send_file(self, url: str, privilege: int) -> bytes | str:
        return self.files.get(url, "No such file")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> asyncssh.SSHKey:
    return host_key(tmp_path_factory.mktemp("keys") / "r1")


@asynccontextmanager
async def serving(
    host: StrawHost, key: asyncssh.SSHKey, authorized: Path | None = None
) -> AsyncIterator[int]:
    driver = Driver(Pacer(Timeline(), 1.0))
    listener = Listener(host, driver, key, authorized)
    yield await listener.listen(None)
    driver.stop()
    await listener.close()


@asynccontextmanager
async def connected(port: int, **more: object) -> AsyncIterator[asyncssh.SSHClientConnection]:
    options: dict[str, object] = {
        "username": "admin",
        "password": "right",
        "known_hosts": None,
        "client_keys": [],
        "agent_path": None,
        "config": None,
        **more,
    }
    async with asyncssh.connect("127.0.0.1", port, **options) as connection:
        yield connection


def test_a_shell_echoes_every_character_at_once(key: asyncssh.SSHKey) -> None:
    async def play() -> None:
        host = StrawHost()
        async with serving(host, key) as port, connected(port) as connection:
            writer, reader, _ = await connection.open_session(
                term_type="vt100", term_size=(511, 1000), encoding=None, env={"LANG": "C"}
            )
            assert await reader.readexactly(5) == b"\r\nr1#"
            writer.write(b"s")
            assert await reader.readexactly(1) == b"s"
            writer.write(b"how\r")
            assert await reader.readexactly(19) == b"how\r\nsaid show\r\nr1#"
            writer.write(b"exit\n")
            assert await reader.read() == b"exit\r\n"
        assert host.gone == 1

    asyncio.run(play())


@pytest.mark.parametrize("auth", ["password", "keyboard-interactive"])
def test_both_ways_to_give_a_password(auth: str, key: asyncssh.SSHKey) -> None:
    async def play() -> None:
        async with (
            serving(StrawHost(), key) as port,
            connected(port, preferred_auth=auth) as connection,
        ):
            result = await connection.run("show clock", check=True)
            assert result.stdout == "said show clock\r\n"
            assert result.exit_status == 0

    asyncio.run(play())


def test_a_wrong_password_is_refused(key: asyncssh.SSHKey) -> None:
    async def play() -> None:
        async with serving(StrawHost(), key) as port:
            with pytest.raises(asyncssh.PermissionDenied):
                async with connected(port, password="wrong"):
                    pass

    asyncio.run(play())


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize("algorithm", KEX)
def test_the_key_exchanges_of_all_clients(algorithm: str, key: asyncssh.SSHKey) -> None:
    async def play() -> None:
        async with (
            serving(StrawHost(), key) as port,
            connected(port, kex_algs=[algorithm]) as connection,
        ):
            assert connection.get_server_host_key() is not None

    asyncio.run(play())


def test_scp_goes_where_the_command_says(key: asyncssh.SSHKey) -> None:
    async def play() -> None:
        host = StrawHost()
        async with serving(host, key) as port, connected(port) as connection:
            process = await connection.create_process("scp -t flash:/x.txt", encoding=None)
            assert await process.stdout.readexactly(1) == OK
            process.stdin.write(b"C0644 3 other\nabc\x00")
            assert await process.stdout.readexactly(2) == OK * 2
            process.stdin.write_eof()
            await process.wait()
            assert process.exit_status == 0
        assert host.files == {"flash:/x.txt": b"abc"}

    asyncio.run(play())


def test_scp_fetches_what_the_command_says(key: asyncssh.SSHKey) -> None:
    async def fetch(connection: asyncssh.SSHClientConnection, url: str) -> tuple[bytes, int]:
        process = await connection.create_process(f"scp -f {url}", encoding=None)
        with suppress(BrokenPipeError):  # refused already
            process.stdin.write(OK * 3)
        content = await process.stdout.read()
        await process.wait()
        assert process.exit_status is not None
        return content, process.exit_status

    async def play() -> None:
        host = StrawHost()
        host.files["flash:/x.txt"] = b"abc"
        async with serving(host, key) as port, connected(port) as connection:
            assert await fetch(connection, "flash:/x.txt") == (b"C0644 3 x.txt\nabc\x00", 0)
            assert await fetch(connection, "flash:/y") == (b"\x01scp: No such file\n", 1)

    asyncio.run(play())


def test_a_client_that_breaks_off_ends_the_copy() -> None:
    source = Source("flash:/x", b"abc")
    assert source.start() == b""
    assert source.receive(OK) == b"C0644 3 x\n"
    assert source.receive(b"\x01") == b""
    assert source.failed


@pytest.mark.parametrize("sent", [b"", b"SSH-2.0-x\r\n", b"nonsense\r\n\r\n", b"\x00" * 4000])
def test_connections_that_vanish_leave_no_noise(
    sent: bytes, key: asyncssh.SSHKey, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with serving(StrawHost(), key) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.transport.abort()
            async with connected(port) as connection:
                writer, reader, _ = await connection.open_session(encoding=None)
                await reader.readexactly(5)
                connection.abort()

    asyncio.run(play())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_host_key_is_made_once_and_private(tmp_path: Path) -> None:
    place = tmp_path / "r1"
    made = host_key(place)
    assert place.stat().st_mode & 0o777 == 0o600
    assert host_key(place).export_public_key() == made.export_public_key()
    assert made.get_algorithm() == "ssh-rsa"


def test_an_authorized_key_of_a_known_user(key: asyncssh.SSHKey, tmp_path: Path) -> None:
    mine = asyncssh.generate_private_key("ssh-ed25519")
    other = asyncssh.generate_private_key("ssh-ed25519")
    authorized = tmp_path / "authorized_keys"
    authorized.write_bytes(mine.export_public_key())

    async def login(port: int, user: str, with_key: asyncssh.SSHKey) -> str:
        async with connected(
            port, username=user, password=None, client_keys=[with_key]
        ) as connection:
            return str((await connection.run("hello", check=True)).stdout)

    async def play() -> None:
        async with serving(StrawHost(), key, authorized) as port:
            assert await login(port, "admin", mine) == "said hello\r\n"
            for user, wrong in (("admin", other), ("nobody", mine)):
                with pytest.raises(asyncssh.PermissionDenied):
                    await login(port, user, wrong)
        async with serving(StrawHost(), key, tmp_path / "none") as port:
            with pytest.raises(asyncssh.PermissionDenied):
                await login(port, "admin", mine)

    asyncio.run(play())


class Sleeper(Job):
    """A watcher that counts how often it is looked at."""

    def __init__(self, network: Timeline, end: float) -> None:
        super().__init__(network, end)
        self.looks = 0

    def advance(self) -> None:
        self.looks += 1


def test_who_waits_for_nothing_is_left_alone_until_stirred() -> None:
    network = Timeline()
    driver = Driver(Pacer(network, 1.0, Wall()))
    idle, busy = Sleeper(network, 0.0), Sleeper(network, 100.0)

    async def pump() -> None:
        driver.watch(idle)
        driver.watch(busy)
        for _ in range(5):
            driver.pump()
        driver.stop()
        assert (idle.looks, busy.looks) == (1, 5)
        driver.stir(idle)
        driver.pump()
        assert idle.looks == 2
        driver.forget(idle)
        driver.stir(idle)
        driver.pump()
        driver.stop()
        assert idle.looks == 2

    asyncio.run(pump())


def test_a_turn_ends_before_the_input_does_and_loses_nothing() -> None:
    typed = b"".join(b"show clock | count %d\r\n" % number for number in range(9))

    def printed(turn: int | None) -> tuple[bytes, int]:
        session = Console.boot(Network(), "r1", "hostname r1\n").open("test", 15, length=0)
        session.turn = turn
        out, turns = session.feed(typed), 1
        while session.busy:
            out, turns = out + session.feed(b""), turns + 1
        return out, turns

    whole, once = printed(None)
    assert once == 1
    assert whole.count(b"r1#") == 9
    for turn in (1, 2, 5, 9, 50):
        assert printed(turn)[0] == whole
    assert printed(2)[1] == 5
