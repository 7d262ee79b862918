"""The state folder of a lab: what stands where, the lock that tells whether it runs, secrets.

pid            pid of the lab process; locked (flock) as long as that process lives
control        unix socket, mode 0600, JSON lines
spec.json      what was started
credentials.yaml  the generated password, mode 0600
keys/          one RSA host key a router
hosts.yaml     Nornir inventory, credentials by reference
known_hosts    host keys of the listeners
state          the network as `save` left it
log            what the process had to say
"""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Any

import yaml

CONTROL_TIMEOUT_S = 60.0
LONGEST_SOCKET_PATH = 100
"""sockaddr_un holds 104 to 108 bytes, by system."""
PASSWORD_BYTES = 12


class LabError(Exception):
    """A lab that cannot be started, asked or stopped; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The places inside one state folder."""

    root: Path

    @property
    def pid(self) -> Path:
        """The pid file."""
        return self.root / "pid"

    @property
    def control(self) -> Path:
        """The control socket."""
        return self.root / "control"

    @property
    def spec(self) -> Path:
        """The description of the lab."""
        return self.root / "spec.json"

    @property
    def credentials(self) -> Path:
        """The generated password."""
        return self.root / "credentials.yaml"

    @property
    def keys(self) -> Path:
        """The host keys."""
        return self.root / "keys"

    @property
    def hosts(self) -> Path:
        """The generated inventory."""
        return self.root / "hosts.yaml"

    @property
    def known_hosts(self) -> Path:
        """The public host keys."""
        return self.root / "known_hosts"

    @property
    def state(self) -> Path:
        """The saved network."""
        return self.root / "state"

    @property
    def log(self) -> Path:
        """The log of the process."""
        return self.root / "log"

    def prepare(self) -> None:
        """Make the folder."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        self.keys.mkdir(exist_ok=True)
        self.keys.chmod(0o700)

    def password(self) -> str:
        """Give the password of the lab, generated on first use."""
        if self.credentials.exists():
            return str(yaml.safe_load(self.credentials.read_text())["lab"])
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        # A leading dash would read as an option wherever it is typed.
        password = "x" + password[1:] if password.startswith("-") else password
        write_private(self.credentials, yaml.safe_dump({"lab": password}))
        return password

    def running(self) -> bool:
        """Tell whether the process of this lab lives: it holds the lock on its pid file."""
        try:
            with self.pid.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(file, fcntl.LOCK_UN)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def claim(self) -> TextIOWrapper:
        """Take the lock and write our pid; keep the file open as long as the lab lives."""
        descriptor = os.open(self.pid, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise LabError(f"a lab runs in {self.root} already") from error
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        return file

    def clean(self) -> None:
        """Remove what a process that is gone left behind."""
        for place in (self.pid, self.control):
            place.unlink(missing_ok=True)

    def ask(
        self, request: Mapping[str, Any], timeout_s: float = CONTROL_TIMEOUT_S
    ) -> dict[str, Any]:
        """Send one request to the lab process and give its answer.

        Raises:
            LabError: No lab runs there, or it refused.
        """
        with self._asking(request, timeout_s) as (_, stream):
            return self._reply(stream.readline())

    def follow(
        self, request: Mapping[str, Any], started: Callable[[Mapping[str, Any]], None]
    ) -> dict[str, Any]:
        """Send a request that goes on until it is done or broken off by Ctrl-C; give its result.

        Raises:
            LabError: No lab runs there, or it refused.
        """
        with self._asking(request, CONTROL_TIMEOUT_S) as (sock, stream):
            begun = self._reply(stream.readline())
            try:
                # Whoever is told that it began may press Ctrl-C at once.
                started(begun)
                sock.settimeout(None)
                answer = stream.readline()
            except KeyboardInterrupt:
                sock.settimeout(CONTROL_TIMEOUT_S)
                sock.shutdown(socket.SHUT_WR)
                answer = stream.readline()
            return self._reply(answer)

    def _reply(self, answer: bytes) -> dict[str, Any]:
        if not answer:
            raise LabError(f"the lab in {self.root} ended: see {self.log}")
        reply: dict[str, Any] = json.loads(answer)
        if "error" in reply:
            raise LabError(str(reply["error"]))
        return reply

    @contextmanager
    def _asking(
        self, request: Mapping[str, Any], timeout_s: float
    ) -> Iterator[tuple[socket.socket, BufferedReader]]:
        """Connect and send a request; what goes wrong with the connection is a LabError."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
                sock.settimeout(timeout_s)
                _connect(sock, self.control)
                sock.sendall(json.dumps(request).encode() + b"\n")
                with sock.makefile("rb") as stream:
                    yield sock, stream
        except (FileNotFoundError, ConnectionError) as error:
            raise LabError(f"no lab runs in {self.root}: start one with `dmvpn lab up`") from error
        except TimeoutError as error:
            raise LabError(f"the lab in {self.root} does not answer: see {self.log}") from error


def _connect(sock: socket.socket, place: Path) -> None:
    """Connect to a socket whose path may be longer than a socket address can be."""
    absolute = place.absolute()
    for path in (str(absolute), os.path.relpath(absolute)):
        if len(path.encode()) <= LONGEST_SOCKET_PATH:
            sock.connect(path)
            return
    descriptor = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sock.connect(f"/proc/self/fd/{descriptor}/{place.name}")
    finally:
        os.close(descriptor)


def write_private(place: Path, text: str) -> None:
    """Write a file that only its owner may read, never leaving half of it."""
    temporary = place.with_name(place.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(place)
