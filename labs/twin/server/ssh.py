"""SSH listeners on loopback, one a router (asyncssh).

What clients ask of them is listed in reference/CLIENTS.md: `none` probes, password and
keyboard-interactive, any terminal size, environment ignored, every character echoed at once,
and connections that vanish at any point.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

import asyncssh

from labs.topology import OOB, Attachment
from labs.twin.server import LOOPBACK
from labs.twin.server.pacer import Driver
from labs.twin.server.path import NetworkPath
from labs.twin.server.relay import Relay
from labs.twin.server.scp import Sink, Source, sink_target, source_file

# paramiko knows curve25519 only by its @libssh.org name (CLIENTS.md item 2).
KEX = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "diffie-hellman-group14-sha256",
)
KEY_BITS = 2048
LOGIN_TIMEOUT_S = 120
TURN = 32
"""Lines and keys of one session that are worked off before other sessions have their turn."""
SOFTWARE = "Cisco-1.25"


class Shell(Protocol):
    """A command line of a router."""

    closed: bool
    woken: Callable[[], None]
    """Called when there is something to print that no key asked for."""
    turn: int | None
    """How many lines and keys with an answer `feed` works off at once."""

    @property
    def pending(self) -> object | None:
        """The command that is running, None at a prompt."""

    @property
    def listening(self) -> bool:
        """Tell whether it has something to print whenever time passes."""

    @property
    def busy(self) -> bool:
        """Tell whether `feed(b"")` would go on with what was typed."""

    def greeting(self) -> bytes:
        """Give what stands on the screen before the first key."""

    def feed(self, data: bytes) -> bytes:
        """Take typed bytes and give echo and output."""

    def poll(self) -> bytes:
        """Give what a running command has printed since."""


class Host(Protocol):
    """A router, as its SSH server sees it."""

    name: str

    def privilege(self, user: str, password: str) -> int | None:
        """Check a login; give its privilege level, None to refuse."""

    def privilege_of(self, user: str) -> int | None:
        """Give the privilege level of a user whose key was accepted, None to refuse."""

    def open(self, user: str, privilege: int, peer: str, *, paged: bool) -> Shell:
        """Start a command line."""

    def hang_up(self, shell: Shell) -> None:
        """Tell that the connection of a command line is gone."""

    def receive_file(self, target: str, content: bytes, privilege: int) -> str | None:
        """Store a copied file, or say why not."""

    def send_file(self, url: str, privilege: int) -> bytes | str:
        """Give a file to be copied, or say why not."""


class Login(asyncssh.SSHServer):
    """One connection: authenticates a user and opens its sessions."""

    def __init__(
        self, host: Host, driver: Driver, peer: str, authorized: Path | None = None
    ) -> None:
        self._host = host
        self._driver = driver
        self._peer = peer
        self._authorized = authorized
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user = ""
        self._privilege = 1

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection."""
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        """Require a login; also answers the `none` probe."""
        self._user = username
        self._allow_keys(username)
        return True

    def _allow_keys(self, user: str) -> None:
        """Accept the keys of the authorized file for a user that the router knows."""
        level = self._host.privilege_of(user)
        place = self._authorized
        if self._connection is not None and level is not None and place and place.is_file():
            self._privilege = level
            self._connection.set_authorized_keys(str(place))

    def password_auth_supported(self) -> bool:
        """Offer `password`."""
        return True

    def kbdint_auth_supported(self) -> bool:
        """Offer `keyboard-interactive`."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Check a password against the users of the router.

        Hashing is slow by design; done in a thread, it does not hold up the other sessions.
        """
        self._driver.pump()
        loop = asyncio.get_running_loop()
        level = await loop.run_in_executor(None, self._host.privilege, username, password)
        if level is not None:
            self._user, self._privilege = username, level
        return level is not None

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        """Ask for the password, as IOS does."""
        return "", "", "", [("Password: ", False)]

    async def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        """Check the answer to the challenge."""
        return len(responses) == 1 and await self.validate_password(username, responses[0])

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Open a session."""
        return RouterSession(self._host, self._driver, self._user, self._privilege, self._peer)


class RouterSession(asyncssh.SSHServerSession[bytes]):
    """One session: a shell, one command, or one copied file."""

    def __init__(self, host: Host, driver: Driver, user: str, privilege: int, peer: str) -> None:
        self._host = host
        self._driver = driver
        self._user = user
        self._privilege = privilege
        self._peer = peer
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._command: str | None = None
        self._printed = bytearray()
        """What one command has printed so far."""
        self._shell: Shell | None = None
        self._copy: Sink | Source | None = None
        self._ended = False
        """The client has said all it will."""
        self._next: asyncio.Handle | None = None
        """The next turn."""
        self._held = False
        """Keys of the client are left in the channel."""
        self._full = False
        """The client does not read what is printed."""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        """Accept any terminal."""
        return True

    def shell_requested(self) -> bool:
        """Accept a shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Accept one command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Begin: prompt, command, or the invitation of a file."""
        self._copy = self._copy_of(self._command or "")
        if self._copy is not None:
            self._write(self._copy.start())
            self._end_copy()
            return
        self._driver.pump()
        paged = self._command is None
        self._shell = self._host.open(self._user, self._privilege, self._peer, paged=paged)
        self._shell.woken = self._stir
        self._shell.turn = TURN
        self._driver.watch(self)
        greeting = self._shell.greeting()
        if self._command is None:
            self._write(greeting)
            return
        # The command runs as if typed; echo and prompts are what exec does not print.
        self._printed += self._shell.feed(self._command.encode("utf-8", "replace") + b"\n")
        self._driver.pump()
        self._settle()

    def _copy_of(self, command: str) -> Sink | Source | None:
        """Give the machine of a command that copies a file, None for any other command."""
        target, wanted = sink_target(command), source_file(command)
        if target is not None:
            return Sink(lambda content: self._host.receive_file(target, content, self._privilege))
        if wanted is not None:
            self._driver.pump()
            return Source(wanted, self._host.send_file(wanted, self._privilege))
        return None

    def _end_copy(self) -> None:
        if self._copy is not None and (self._copy.failed or self._copy.over):
            self._leave(int(self._copy.failed))

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Pass typed bytes to the shell, or bytes of a copy to its machine."""
        if self._copy is not None:
            self._write(self._copy.receive(data))
            self._end_copy()
        elif self._shell is not None and self._command is None:
            self._type(data)

    def _type(self, data: bytes) -> None:
        """Work on what was typed, one turn; the rest waits until the others had theirs."""
        self._next = None
        if self._shell is None:
            return
        self._driver.pump()
        self._write(self._shell.feed(data))
        self._stir()
        self._driver.pump()
        self._settle()
        self._pace()

    def _pace(self) -> None:
        """Take no more keys before those that are there are worked off, and no faster than read."""
        if self._channel is None or self._shell is None:
            return
        if not self._shell.busy:
            if self._held:
                self._held = False
                self._channel.resume_reading()
            return
        if not self._held:
            self._held = True
            self._channel.pause_reading()
        if not self._full and self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._type, b"")

    def pause_writing(self) -> None:
        """Print no more for now."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        if self._held:
            self._pace()

    def _stir(self) -> None:
        self._driver.stir(self)

    def advance(self) -> None:
        """Print what a running command has to say."""
        if self._shell is None:
            return
        if self._command is None:
            self._write(self._shell.poll())
        else:
            self._printed += self._shell.poll()
        if self._shell.listening:
            self._stir()
        self._settle()
        if not self._held:
            self._pace()

    def waiting(self) -> bool:
        """Tell whether a command is running."""
        return self._shell is not None and self._shell.pending is not None

    def next_due(self) -> float | None:
        """Wait for events of the network only."""
        return None

    def _settle(self) -> None:
        """Leave when the shell was left, or the one command has ended."""
        shell = self._shell
        if shell is None:
            return
        if self._command is not None:
            if shell.closed or shell.pending is None:
                output = bytes(self._printed).partition(b"\n")[2]
                self._write(output[: output.rfind(b"\n") + 1])
                self._leave(0)
        elif shell.closed or (self._ended and shell.pending is None):
            self._leave(0)

    def _write(self, data: bytes) -> None:
        if data and self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    def _leave(self, status: int) -> None:
        channel, self._channel = self._channel, None
        self._forget()
        if channel is not None and not channel.is_closing():
            channel.exit(status)

    def _forget(self) -> None:
        self._driver.forget(self)
        shell, self._shell = self._shell, None
        if shell is not None:
            self._host.hang_up(shell)

    def eof_received(self) -> bool:
        """End when the command that runs has ended: nobody can type any more."""
        self._ended = True
        if not self.waiting():
            self._leave(0)
        return True

    def break_received(self, msec: int) -> bool:
        """Ignore a break."""
        return True

    def signal_received(self, signal: str) -> None:
        """Ignore signals."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the session, however it ended."""
        self._channel = None
        self._forget()


class Listener:
    """The SSH server of one router."""

    def __init__(
        self, host: Host, driver: Driver, key: asyncssh.SSHKey, authorized: Path | None = None
    ) -> None:
        self._host = host
        self._driver = driver
        self._key = key
        self._authorized = authorized
        self._server: asyncio.Server | asyncssh.SSHAcceptor | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.attachment = OOB

    async def listen(
        self, port: int | None, attachment: Attachment = OOB, path: NetworkPath | None = None
    ) -> int:
        """Listen on a port of loopback (None or 0: a free one); give the port."""
        self.attachment = attachment
        if path is None or attachment.source is None:
            self._server = await asyncssh.listen(
                LOOPBACK, port or 0, options=self.options(LOOPBACK)
            )
        else:
            relay_peer = str(attachment.source)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: Relay(self, path, relay_peer), LOOPBACK, port or 0
            )
        sockets = cast("asyncio.Server", self._server).sockets
        self.port = sockets[0].getsockname()[1]
        return self.port

    async def attach(self, attachment: Attachment, path: NetworkPath) -> None:
        """Attach new sessions in another way, on the same port; open ones stay as they are."""
        if self._server is not None:
            self._server.close()
        await self.listen(self.port, attachment, path)

    def options(self, peer: str) -> asyncssh.SSHServerConnectionOptions:
        """Give what the SSH server offers; no configuration of this machine is read."""
        return asyncssh.SSHServerConnectionOptions(
            config=None,
            server_factory=lambda: Login(self._host, self._driver, peer, self._authorized),
            server_host_keys=[self._key],
            server_version=SOFTWARE,
            kex_algs=KEX,
            encoding=None,
            line_editor=False,
            gss_host=None,
            login_timeout=LOGIN_TIMEOUT_S,
        )

    @property
    def driver(self) -> Driver:
        """The driver of the network."""
        return self._driver

    def adopt(self, sock: socket.socket, peer: str) -> None:
        """Run the SSH server on a connected socket."""
        task = asyncio.get_running_loop().create_task(self._serve(sock, peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, sock: socket.socket, peer: str) -> None:
        try:
            connection = await asyncssh.run_server(sock, options=self.options(peer))
            await connection.wait_closed()
        except (asyncssh.Error, OSError):
            # A client that left during the handshake is no event of ours.
            logging.getLogger(__name__).debug("connection of %s ended early", self._host.name)

    async def close(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        if self._server is not None:
            self._server.close()


def host_key(place: Path) -> asyncssh.SSHKey:
    """Give the RSA host key kept at a place, made on first use (mode 0600)."""
    if place.exists():
        return asyncssh.read_private_key(place)
    key = asyncssh.generate_private_key("ssh-rsa", key_size=KEY_BITS)
    place.touch(mode=0o600)
    place.write_bytes(key.export_private_key("openssh"))
    return key
