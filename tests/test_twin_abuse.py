"""What nobody should send: any bytes, half commands, endless lines, sessions that vanish."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncssh
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.twin.cli import Console
from labs.twin.cli.assist import explain
from labs.twin.cli.table import exec_grammar
from labs.twin.commands import TABLES
from labs.twin.grammar import INTERFACE_KINDS, Grammar
from labs.twin.lab.world import ConsoleHost, World
from labs.twin.network import Network
from labs.twin.server.pacer import Driver, Pacer
from labs.twin.server.ssh import Listener, host_key

CONFIG = """\
version 17.3
hostname R1
username u privilege 15 secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp network-id 1
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
router eigrp 5
 network 10.0.0.0
router bgp 65000
 neighbor 192.0.2.2 remote-as 65001
archive
 path bootflash:$h-
end
"""
PRIVILEGE = "Current privilege level is 15"
VALUES = {
    "A.B.C.D": ("10.0.0.1", "255.255.255.0", "0.0.0.255"),
    "A.B.C.D/nn": ("10.0.0.0/24",),
    "WORD": ("R1", "bootflash:x", "running-config", "x"),
    "LINE": ("a line of text",),
}
BYTES = [
    *(bytes([n]) for n in range(32)),
    *(word.encode() + b" " for word in ("show", "ip", "nhrp", "configure", "terminal", "no", "do")),
    *(word.encode() + b" " for word in ("interface", "Tunnel0", "exit", "archive", "|", "include")),
    *(b"?", b"\t", b"\r\n", b"\r", b"\x1b[A", b"\x1b[", b"\x1bO", b"\xff", b"\xc3", b"tclsh", b"{"),
]


def console() -> Console:
    return Console.boot(Network(1), "r1", CONFIG)


def works(console: Console) -> bool:
    """Tell whether a new session does what it should, time passes, and the listing is whole."""
    console.network.run_for(1.0)
    session = console.open("u", 15, length=0)
    alive = PRIVILEGE in session.execute("show privilege")
    whole = session.execute("show running-config").endswith("end\n\n")
    console.close(session)
    return alive and whole


@given(st.lists(st.sampled_from(BYTES), max_size=60))
def test_any_keys_leave_the_router_working(keys: list[bytes]) -> None:
    router = console()
    session = router.open("u", 15)
    for key in keys:
        session.feed(key)
        session.poll()
    router.close(session)
    assert works(router)


@given(st.binary(max_size=300), st.integers(1, 40))
def test_bytes_mean_the_same_in_any_pieces(data: bytes, size: int) -> None:
    data = data.replace(b"\n", b"").replace(b"\x1e", b"")
    ends = []
    for step in (size, len(data) or 1):
        session = console().open("u", 15)
        for at in range(0, len(data), step):
            session.feed(data[at : at + step])
        ends.append((session.keys.text.replace("\ufffd", ""), session.prompt, session.closed))
    assert ends[0] == ends[1]


def random_line(grammar: Grammar[Any], chance: random.Random, *, head: str = "") -> str:
    """Follow hints from word to word; sometimes stop half way, or say nonsense."""
    line = head
    for _ in range(14):
        words = [word for word in grammar.hints(line).words if word != "|"]
        if not words or chance.random() < 0.05:
            break
        word = chance.choice(words)
        if word == "<cr>":
            break
        line += _typed(word, chance) + " "
    return line


def _typed(word: str, chance: random.Random) -> str:
    if word in INTERFACE_KINDS:
        return word + chance.choice(("0", "1", "0/0", ""))
    if word.startswith("<") and "-" in word:
        low, _, high = word.strip("<>").rpartition("-")
        return chance.choice((low, high, "5"))
    if word in VALUES:
        return chance.choice(VALUES[word])
    return word[: chance.randint(1, len(word))] if chance.random() < 0.1 else word


@pytest.mark.parametrize("seed", range(8))
def test_no_exec_command_breaks_the_router(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    router = console()
    grammar = exec_grammar(enabled=True)
    session = router.open("u", 15, length=0)
    for _ in range(150):
        if session.closed or session.config is not None or session.tcl is not None:
            router.close(session)
            session = router.open("u", 15, length=0)
        line = random_line(grammar, chance)
        explain(session, line)
        session.feed(line.encode() + b"\r")
        # A ping may be told to go on for years.
        session.feed(b"\x1e")
        while session.question is not None:
            session.feed(chance.choice((b"\r", b"y\r", b"n\r", b"yes\r", b"x\r")))
    assert works(router)


@pytest.mark.parametrize("seed", range(8))
def test_no_configuration_command_breaks_the_router(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    router = console()
    session = router.open("u", 15, length=0)
    session.execute("configure terminal")
    for _ in range(250):
        if session.config is None:
            session.execute("configure terminal")
        mode = session.config.mode if session.config is not None else TABLES.modes["global"]
        if chance.random() < 0.15:
            mode = TABLES.modes["global"]
        line = random_line(mode.grammar, chance)
        verb = chance.choice(("", "", "", "no ", "default "))
        explain(session, verb + line)
        session.execute(verb + line)
        if session.question is not None:  # the text of a banner
            session.feed(b"\x03")
        router.network.run_for(chance.choice((0.0, 0.5)))
    text = router.storage.running_text()
    assert works(router)
    again = Console.boot(Network(1), "r2", text)
    assert not again.storage.unknown, text
    assert again.storage.running_text().splitlines()[-1] == "end"


def test_keys_in_the_middle_of_an_endless_line_cost_little() -> None:
    session = console().open("u", 15)
    session.feed(b"x" * 1_000_000 + b"\x01")
    shown = session.feed(b"a\x08" * 500)
    assert len(shown) < 4_000_000
    assert session.feed(b"\x15show privilege\n").decode().count(PRIVILEGE) == 1


# On the wire of SSH


@asynccontextmanager
async def served(key: asyncssh.SSHKey, router: Console) -> AsyncIterator[tuple[int, Driver]]:
    driver = Driver(Pacer(World(router.network, {"r1": router}), 1.0))
    listener = Listener(ConsoleHost(router), driver, key)
    yield await listener.listen(None), driver
    driver.stop()
    await listener.close()


def connect(port: int) -> "asyncssh.misc._ACMWrapper[asyncssh.SSHClientConnection]":
    return asyncssh.connect(
        "127.0.0.1",
        port,
        username="u",
        password="cisco",
        known_hosts=None,
        client_keys=[],
        agent_path=None,
        config=None,
    )


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> asyncssh.SSHKey:
    return host_key(tmp_path_factory.mktemp("keys") / "r1")


async def ask(connection: asyncssh.SSHClientConnection) -> bytes:
    writer, reader, _ = await connection.open_session(encoding=None)
    writer.write(b"show privilege\n")
    said = await reader.readuntil(PRIVILEGE.encode())
    writer.close()
    return bytes(said)


DIALOGUE = (
    b"configure terminal\ninterface Tunnel1\ndescription x\nend\nping 10.9.9.9 repeat 9\nshow ?\t"
)


def test_a_session_may_vanish_at_any_point(
    key: asyncssh.SSHKey, caplog: pytest.LogCaptureFixture
) -> None:
    router = console()

    async def play() -> None:
        async with served(key, router) as (port, driver), connect(port) as stable:
            for at in range(0, len(DIALOGUE), 3):
                channel, _ = await stable.create_session(asyncssh.SSHClientSession, encoding=None)
                channel.write(DIALOGUE[:at])
                channel.abort()
            for at in range(0, len(DIALOGUE), 25):
                async with connect(port) as dying:
                    writer, _, _ = await dying.open_session(encoding=None)
                    writer.write(DIALOGUE[:at])
                    dying.abort()
            assert PRIVILEGE.encode() in await ask(stable)
            while driver.watching or router.sessions:
                await asyncio.sleep(0)

    asyncio.run(play())
    assert works(router)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_others_do_not_notice_megabytes_of_noise(
    key: asyncssh.SSHKey, caplog: pytest.LogCaptureFixture
) -> None:
    router = console()
    noise = random.Random(1).randbytes(300_000).replace(b"\x04", b"")  # noqa: S311

    async def play() -> None:
        async with served(key, router) as (port, _), connect(port) as noisy, connect(port) as quiet:
            writer, _, _ = await noisy.open_session(encoding=None)
            writer.write(b"x" * 1_000_000)
            assert PRIVILEGE.encode() in await ask(quiet)
            writer.write(noise)
            assert PRIVILEGE.encode() in await ask(quiet)

    asyncio.run(play())
    assert works(router)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


_LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            (
                "interface Tunnel0",
                " ip address 10.0.0.1 255.255.255.0",
                "no interface Tunnel0",
                "banner motd ^C",
                "^C",
                "end",
                "crypto pki certificate chain X",
                " certificate ca 01",
                "  30820321 30820209",
                "  \tquit",
                "exit-address-family",
                "router eigrp X",
                " address-family ipv4 unicast autonomous-system 1",
                "  af-interface Tunnel0",
                "hostname \x07",
                "archive",
                " path flash:",
                "line vty 0 4",
                "username u privilege 15 secret 9 x",
            )
        ),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(_LINES, st.sampled_from(("copy flash:x running-config", "configure replace flash:x force")))
def test_no_file_breaks_the_router(lines: list[str], command: str) -> None:
    router = console()
    session = router.open("u", 15, length=0)
    router.storage.files.write("x", "\n".join([*lines, "end"]), 0.0)
    for line in (command, "", "more flash:x", "show running-config", "show archive config diff"):
        session.execute(line)
    again = Console.boot(Network(1), "r2", router.storage.running_text())
    assert again.storage.running_text().splitlines()[-1] == "end"
    assert router.storage.tree.children
