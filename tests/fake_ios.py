"""A small IOS for nasty cases: half answers, drops, wrong prompts, odd errors, old algorithms.

It is not the twin and models nothing: it says what a script tells it to say. Character echo,
type-ahead and prompts are IOS's (reference/CLIENTS.md). One server, one thread, one event loop.
"""

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

INVALID = "              ^\n% Invalid input detected at '^' marker.\n"
DROP = "\0drop"
"""An answer that ends the connection instead."""
HANG = "\0hang"
"""An answer that never comes."""

Answer = str | Callable[["Shell", str], str]


@dataclass
class FakeIos:
    """What one fake router says; tests change it while it runs."""

    name: str = "R1"
    user: str = "admin"
    password: str = "Pa55-word"
    enable_secret: str = ""
    banner: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    config_answers: dict[str, Answer] = field(default_factory=dict)
    echoes: bool = True
    early_echo: bool = False
    """Echo all type-ahead before any output, as a device out of step does."""
    files: dict[str, bytes] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    """Every line that reached the command line, in order."""
    config: list[str] = field(default_factory=list)
    logins: int = 0
    connections: list[Any] = field(default_factory=list)
    scp: bool = True
    port: int = 0
    key: Any = None
    authorized: str = ""

    def answer(self, shell: "Shell", line: str) -> str:
        """Find what to say to an exec line."""
        said = self.answers.get(line, INVALID)
        return said(shell, line) if callable(said) else said


class Shell(asyncssh.SSHServerSession[bytes]):
    """One vty."""

    def __init__(self, router: FakeIos) -> None:
        self.router = router
        self.mode = "#" if not router.enable_secret else ">"
        self.line = ""
        self.ask: Callable[[str], str] | None = None
        self.echoing = router.echoes

    def connection_made(self, chan: Any) -> None:
        self.chan = chan

    def pty_requested(self, *args: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self.say(self.router.banner + self.prompt)

    @property
    def prompt(self) -> str:
        mode = self.mode
        name = self.router.name if mode in "#>" else self.router.name[:20]
        return f"{name}{mode}"

    def say(self, text: str) -> None:
        self.chan.write(text.replace("\n", "\r\n").encode())

    def data_received(self, data: bytes, datatype: object) -> None:
        text = data.decode()
        early = self.router.early_echo and text.count("\n") > 1
        self.echoing = self.router.echoes and not early
        if early:
            self.say(text)
        for letter in text:
            self._typed(letter)

    def _typed(self, letter: str) -> None:
        if letter == "\x03":
            self.ask, self.line = None, ""
            self.say("\n" + self.prompt)
        elif letter in "\r\n":
            self._enter()
        elif letter not in "\0\x16":
            self.line += letter
            if self.ask is None and self.echoing:
                self.say(letter)

    def _enter(self) -> None:
        line, self.line = self.line, ""
        if self.ask is not None:
            ask, self.ask = self.ask, None
            said = ask(line)
        else:
            self.router.typed.append(line)
            said = self._line(line.strip())
            if self.router.echoes:
                self.say("\n")
        self._finish(said)

    def _finish(self, said: str) -> None:
        if said.startswith(DROP):
            self.say(said.removeprefix(DROP))
            self.chan.get_connection().abort()
        elif said.startswith(HANG):
            self.say(said.removeprefix(HANG))
        elif self.ask is not None:
            self.say(said)
        else:
            self.say(said + ("\n" if said and not said.endswith("\n") else "") + self.prompt)

    def _line(self, line: str) -> str:
        if not line or line.startswith(("!", "terminal ")):
            return ""
        if self.mode.startswith("(config"):
            return self._config(line)
        if line == "enable" and self.mode == ">":
            return self.question("Password: ", self._secret)
        if line == "configure terminal":
            self.mode = "(config)#"
            return "Enter configuration commands, one per line.  End with CNTL/Z.\n"
        if line == "exit":
            self.chan.exit(0)
            return HANG
        return self.router.answer(self, line)

    def _secret(self, typed: str) -> str:
        if typed == self.router.enable_secret:
            self.mode = "#"
            return "\n"
        return "\n% Bad secrets\n\n"

    def _config(self, line: str) -> str:
        if line in ("end", "exit"):
            self.mode = "#"
            return ""
        said = self.router.config_answers.get(line, "")
        said = said(self, line) if callable(said) else said
        if "^" not in said and not said.startswith("%"):
            self.router.config.append(line)
        if line.startswith("interface "):
            self.mode = "(config-if)#"
        if line.startswith("hostname "):
            self.router.name = line.split()[1]
        return said

    def question(self, text: str, then: Callable[[str], str]) -> str:
        """Ask, and give the typed line (not echoed) to `then`."""
        self.ask = then
        return text


class Scp(asyncssh.SSHServerSession[bytes]):
    """The sink of `scp -t FILE`, classic protocol."""

    def __init__(self, router: FakeIos) -> None:
        self.router = router
        self.target = ""
        self.data = b""

    def connection_made(self, chan: Any) -> None:
        self.chan = chan

    def exec_requested(self, command: str) -> bool:
        self.target = command.split()[-1].strip("'")
        return self.router.scp

    def session_started(self) -> None:
        self.chan.write(b"\0")

    def data_received(self, data: bytes, datatype: object) -> None:
        self.data += data
        head, newline, body = self.data.partition(b"\n")
        if not newline:
            return
        size = int(head.split()[1])
        if data.endswith(b"\n") and not body:
            self.chan.write(b"\0")
        if len(body) > size:
            self.router.files[self.target] = body[:size]
            self.chan.write(b"\0")

    def eof_received(self) -> bool:
        self.chan.exit(0)
        return False


class Vty(Shell):
    """A session that becomes SCP when the client asks for a command."""

    def exec_requested(self, command: str) -> bool:
        self.scp = Scp(self.router)
        self.scp.connection_made(self.chan)
        return self.scp.exec_requested(command)

    def session_started(self) -> None:
        if hasattr(self, "scp"):
            self.scp.session_started()
        else:
            super().session_started()

    def data_received(self, data: bytes, datatype: object) -> None:
        if hasattr(self, "scp"):
            self.scp.data_received(data, datatype)
        else:
            super().data_received(data, datatype)

    def eof_received(self) -> bool:
        return self.scp.eof_received() if hasattr(self, "scp") else False


class Login(asyncssh.SSHServer):
    """Password and public key."""

    def __init__(self, router: FakeIos) -> None:
        self.router = router

    def connection_made(self, conn: Any) -> None:
        self.router.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return bool(self.router.authorized)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = asyncssh.import_public_key(self.router.authorized)
        return key.public_data == known.public_data

    def validate_password(self, username: str, password: str) -> bool:
        good = username == self.router.user and password == self.router.password
        self.router.logins += good
        return good

    def session_requested(self) -> Vty:
        return Vty(self.router)

    def connection_requested(self, dest_host: str, dest_port: int, *args: object) -> bool:
        return True


def md5_of(router: FakeIos) -> Callable[[Shell, str], str]:
    """Answer `verify /md5 FILE` from the files of the router."""

    def answer(shell: Shell, line: str) -> str:
        name = line.split()[-1]
        digest = hashlib.md5(router.files[name], usedforsecurity=False).hexdigest()
        return f"...Done!\nverify /md5 ({name}) = {digest}\n"

    return answer


_KEY = asyncssh.generate_private_key("ssh-rsa", key_size=2048)


@contextlib.contextmanager
def serve(*routers: FakeIos, **options: Any) -> Iterator[None]:
    """Run fake routers on free ports of the loopback until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> list[asyncssh.SSHAcceptor]:
        return [await _listen(router, options) for router in routers]

    async def stop(listeners: list[asyncssh.SSHAcceptor]) -> None:
        for listener in listeners:
            listener.close()
            await listener.wait_closed()
        for router in routers:
            for connection in router.connections:
                connection.abort()
                await connection.wait_closed()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    listeners = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stop(listeners), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _listen(router: FakeIos, options: dict[str, Any]) -> asyncssh.SSHAcceptor:
    router.key = router.key or _KEY
    listener = await asyncssh.create_server(
        lambda: Login(router),
        "127.0.0.1",
        router.port,
        server_host_keys=[router.key],
        line_editor=False,
        encoding=None,
        **options,
    )
    router.port = listener.get_port()
    return listener


def known_hosts(file: Path, *routers: FakeIos) -> Path:
    """Write the keys of fake routers as known_hosts."""
    lines = [
        f"[127.0.0.1]:{router.port} {router.key.export_public_key().decode().strip()}\n"
        for router in routers
    ]
    file.write_text("".join(lines))
    return file
