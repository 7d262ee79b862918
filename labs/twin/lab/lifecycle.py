"""Start, ask and stop a lab from outside its process."""

import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.topology import Attachment, LabSpec, from_json, to_json
from labs.twin.lab.folder import Folder, LabError, write_private
from labs.twin.lab.inventory import LAB_USER
from labs.twin.server import LOOPBACK

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
LOG_TAIL = 5
STEP_S = 3600.0
"""Device time that passes in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterStatus:
    """One router of a running lab."""

    name: str
    port: int
    attachment: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """One open terminal session."""

    router: str
    user: str
    line: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """A running lab."""

    name: str
    folder: Path
    pid: int
    now_s: float
    """Seconds since the routers booted, by their own clock."""
    rate: str
    """`real`, `manual`, or how many times faster than real."""
    routers: tuple[RouterStatus, ...]
    sessions: tuple[SessionStatus, ...] = ()
    started: bool = False
    """Whether this call started it."""


def up(spec: LabSpec, folder: Path) -> LabStatus:
    """Start a lab and return when all its routers answer; the same lab twice is left alone.

    Raises:
        LabError: It could not start, or another lab runs in this folder.
    """
    place = Folder(folder.absolute())
    place.prepare()
    if place.running():
        if from_json(place.spec.read_text()) != spec:
            raise LabError(f"another lab runs in {folder}: end it with `dmvpn lab down`")
        return status(folder)
    place.clean()
    place.password()
    write_private(place.spec, to_json(spec))
    _start(place)
    return _status(place, started=True)


def _start(place: Folder) -> None:
    ready, told = os.pipe()
    with os.fdopen(os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as log:
        process = subprocess.Popen(  # noqa: S603  # our own module, our own arguments
            [sys.executable, "-m", "labs.twin.lab.process", str(place.root), str(told)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(told,),
            start_new_session=True,
            env=_environment(),
        )
    os.close(told)
    try:
        # It leaves at once and goes on as a child of nobody.
        process.wait(START_TIMEOUT_S)
        message = _read_line(ready, time.monotonic() + START_TIMEOUT_S)
    finally:
        os.close(ready)
    if message != "ready":
        if not place.running():
            place.clean()
        raise LabError(message or f"the lab did not start: {_tail(place.log)}")


def _environment() -> dict[str, str]:
    """Give our environment, with the folder this package was imported from on the path."""
    here = str(Path(__file__).parents[3])
    paths = [here, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}


def _read_line(descriptor: int, deadline: float) -> str:
    text = b""
    while not text.endswith(b"\n"):
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([descriptor], [], [], wait)[0]:
            return "the lab did not answer in time"
        chunk = os.read(descriptor, 4096)
        if not chunk:
            break
        text += chunk
    return text.decode(errors="replace").strip()


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return f"see {log}" + "".join(f"\n  {line}" for line in lines[-LOG_TAIL:])


def status(folder: Path) -> LabStatus:
    """Describe a running lab.

    Raises:
        LabError: None runs there.
    """
    return _status(_running(folder), started=False)


def _running(folder: Path) -> Folder:
    place = Folder(folder.absolute())
    if not place.running():
        place.clean()
        raise LabError(f"no lab runs in {folder}: start one with `dmvpn lab up`")
    return place


def _status(place: Folder, *, started: bool) -> LabStatus:
    reply = place.ask({"do": "status"})
    return LabStatus(
        name=reply["name"],
        folder=place.root,
        pid=reply["pid"],
        now_s=reply["now"],
        rate=reply["rate"],
        routers=tuple(RouterStatus(**row) for row in reply["routers"]),
        sessions=tuple(SessionStatus(**row) for row in reply["sessions"]),
        started=started,
    )


def down(folder: Path) -> bool:
    """End the lab of a folder, and no other process; tell whether one ran."""
    place = Folder(folder.absolute())
    if not place.running():
        place.clean()
        return False
    for end in (_ask_to_stop, _terminate, _kill):
        end(place)
        if _gone(place):
            place.clean()
            return True
    raise LabError(f"the lab in {folder} does not stop: see {place.log}")


def _ask_to_stop(place: Folder) -> None:
    # Who does not answer is ended by signals.
    with suppress(LabError):
        place.ask({"do": "stop"}, STOP_TIMEOUT_S)


def _terminate(place: Folder) -> None:
    _signal(place, signal.SIGTERM)


def _kill(place: Folder) -> None:
    _signal(place, signal.SIGKILL)


def _signal(place: Folder, number: signal.Signals) -> None:
    """Signal the lab process: the pid is its own, as only its owner can hold the lock on it."""
    with suppress(OSError, ValueError):
        os.kill(int(place.pid.read_text()), number)


def _gone(place: Folder) -> bool:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while place.running():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def run_for(folder: Path, seconds: float) -> float:
    """Let device time pass at once; give the new time.

    In steps, between which the lab answers others.
    """
    place = _running(folder)
    now = float(place.ask({"do": "run", "seconds": min(seconds, STEP_S)})["now"])
    for step in range(1, math.ceil(seconds / STEP_S)):
        left = min(seconds - step * STEP_S, STEP_S)
        now = float(place.ask({"do": "run", "seconds": left})["now"])
    return now


def save(folder: Path) -> Path:
    """Keep the whole network in the state folder; the next `up` of the same lab goes on there."""
    return Path(_ask(folder, {"do": "save"})["path"])


def restore(folder: Path) -> LabStatus:
    """Put a lab back to where it was saved, running or not; open sessions end.

    Raises:
        LabError: Nothing was saved, or not of the lab that was started here last.
    """
    place = Folder(folder.absolute())
    if not place.state.exists():
        raise LabError(f"nothing is saved in {folder}: keep a lab with `dmvpn lab save`")
    down(folder)
    return up(read_spec(folder), folder)


def set_link(folder: Path, router: str, interface: str, *, connected: bool) -> str:
    """Plug or pull the cable of an interface; give its full name."""
    reply = _ask(
        folder,
        {"do": "link", "router": router, "interface": interface, "connected": connected},
    )
    return str(reply["interface"])


def attach(folder: Path, router: str, attachment: Attachment) -> None:
    """Attach new sessions of a router in another way: out of band, or through the network."""
    _ask(folder, {"do": "attach", "router": router, "attachment": str(attachment)})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResult:
    """A finished capture."""

    router: str
    interface: str
    file: Path
    frames: int
    left_out: int = 0
    """Packets whose content has no form on the wire yet."""


def capture(
    folder: Path,
    router: str,
    interface: str,
    file: Path,
    *,
    seconds: float | None = None,
    count: int | None = None,
    started: Callable[[str], None] = lambda interface: None,
) -> CaptureResult:
    """Write the packets of an interface to a file until there are enough, or Ctrl-C.

    Args:
        folder: State folder of the lab.
        router: Name of the router.
        interface: Name of the interface, or a short form of it.
        file: A pcap file; one that is there is replaced.
        seconds: Device time after which it ends.
        count: Number of frames after which it ends.
        started: Called with the full name of the interface when packets are being seen.

    Raises:
        LabError: No such lab, router or interface, or the file cannot be written.
    """
    request = {
        "do": "capture",
        "router": router,
        "interface": interface,
        "file": str(file.absolute()),
        "seconds": seconds,
        "count": count,
    }
    names: list[str] = []

    def on_start(reply: Mapping[str, Any]) -> None:
        names.append(str(reply["interface"]))
        started(names[0])

    reply = _running(folder).follow(request, on_start)
    return CaptureResult(
        router=router,
        interface=names[0],
        file=file,
        frames=reply["frames"],
        left_out=reply["left_out"],
    )


def set_rate(folder: Path, rate: float | None) -> None:
    """Change the clock rate (None: only commands move the clock)."""
    _ask(folder, {"do": "rate", "rate": rate})


def _ask(folder: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    return _running(folder).ask(request)


def ssh_command(folder: Path, router: str) -> tuple[str, ...]:
    """Give the command that opens an interactive session on a router with OpenSSH.

    The password is in credentials.yaml of the folder; host keys are checked.
    """
    place = _running(folder)
    ports = {row.name: row.port for row in _status(place, started=False).routers}
    if router not in ports:
        raise LabError(f"no router {router!r} in this lab: there are {', '.join(ports)}")
    return (
        "ssh",
        "-F",
        "none",
        "-o",
        f"UserKnownHostsFile={place.known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "PubkeyAuthentication=no",
        "-p",
        str(ports[router]),
        f"{LAB_USER}@{LOOPBACK}",
    )


def read_spec(folder: Path) -> LabSpec:
    """Give the description a lab was started from."""
    return from_json(Folder(folder.absolute()).spec.read_text())
