"""The journal of a run: what was about to be done, and what was done.

One file a run, `.dmvpn/runs/<run>/journal.jsonl`: append-only JSON lines, flushed to the disk
before the caller goes on, so that a dead run can be understood from the file alone. A torn last
line (the machine died while writing) is dropped; damage anywhere else is an error. Texts pass a
redactor on their way in. The lock that keeps two changes apart stands here too. What to do about
a dead run is not decided here: that is `workflows.resume`.
"""

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from automation.errors import CouldNotLook, Refused

JOURNAL = "journal.jsonl"

Value = str | int | float | bool | None | list[str]


def utc_now() -> datetime:
    """Read the wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a journal."""

    seq: int
    at: str
    event: str
    device: str = ""
    step: str = ""
    data: Mapping[str, Value] = field(default_factory=dict)


class Journal:
    """An append-only journal, open for one run."""

    def __init__(
        self,
        folder: Path,
        *,
        redact: Callable[[str], str] = str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open the journal in a run's folder; an existing one is continued."""
        self.run = folder.name
        self.folder = folder
        self.path = folder / JOURNAL
        self._redact = redact
        self._clock = clock
        self._seq = len(replay(self.path)) if self.path.exists() else 0
        if self.path.exists():
            _cut_torn_line(self.path)
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        _sync_folder(folder)

    def record(self, event: str, *, device: str = "", step: str = "", **data: Value) -> Entry:
        """Write one entry and return only when it is on the disk."""
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            at=self._clock().isoformat(timespec="milliseconds"),
            event=event,
            device=device,
            step=step,
            data={key: self._clean(value) for key, value in data.items()},
        )
        line = json.dumps(
            {
                "seq": entry.seq,
                "at": entry.at,
                "event": event,
                "device": device,
                "step": step,
                "data": dict(entry.data),
            },
            ensure_ascii=False,
        )
        _write_all(self._fd, f"{line}\n".encode())
        os.fsync(self._fd)
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """Read back what was written so far."""
        return replay(self.path)

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _clean(self, value: Value) -> Value:
        if isinstance(value, str):
            return self._redact(value)
        if isinstance(value, list):
            return [self._redact(item) for item in value]
        return value


def replay(path: Path) -> tuple[Entry, ...]:
    """Read a journal; a torn last line is dropped.

    Raises:
        CouldNotLook: A line other than the last one is damaged.
    """
    lines = path.read_bytes().split(b"\n")
    entries: list[Entry] = []
    last = len(lines) - 1  # what follows the final newline; empty unless torn
    for number, line in enumerate(lines):
        if number == last:
            break
        try:
            entries.append(_decode(line))
        except (ValueError, KeyError, TypeError) as error:
            raise CouldNotLook(
                "the journal is damaged here",
                place=f"{path}:{number + 1}",
                hint="keep the file, and look at the devices of this run by hand",
            ) from error
    return tuple(entries)


def new_run(folder: Path, today: datetime) -> Path:
    """Make the folder of a new run, named by day and number, e.g. 2026-11-22-3."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((_number(path.name, today) for path in folder.iterdir()), default=0)
    while True:
        path = folder / f"{today:%Y-%m-%d}-{number}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:  # another process was faster
            number += 1
        else:
            return path


def runs(folder: Path) -> tuple[Path, ...]:
    """List the folders of all runs that have a journal, oldest first."""
    if not folder.is_dir():
        return ()
    return tuple(sorted((p.parent for p in folder.glob(f"*/{JOURNAL}")), key=_order))


@contextmanager
def lock(path: Path, *, operation: str, run: str, now: datetime) -> Iterator[None]:
    """Hold the lock of a project while something changes devices.

    The kernel drops it when its holder dies, so there is never a stale lock to break.

    Raises:
        Refused: Somebody else holds it; the message says who, since when and for what.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(_held(path, now), hint="wait until it ends, then try again") from None
        who = f"{getpass.getuser()}@{socket.gethostname()}"
        text = {"who": who, "run": run, "operation": operation, "pid": os.getpid()}
        os.ftruncate(fd, 0)
        _write_all(fd, json.dumps(text | {"since": now.isoformat(timespec="seconds")}).encode())
        yield
        os.ftruncate(fd, 0)
    finally:
        os.close(fd)


def _held(path: Path, now: datetime) -> str:
    try:
        holder = json.loads(path.read_text())
        since = datetime.fromisoformat(holder["since"])
    except (OSError, ValueError, KeyError):
        return "Refused (E601): another run holds the lock of this project"
    minutes = int((now - since).total_seconds() // 60)
    return (
        f"Refused (E601): this project is locked by {holder['who']}, "
        f'run {holder["run"]} "{holder["operation"]}", '
        f"since {since:%H:%M:%S}Z ({minutes} m), process {holder['pid']}"
    )


def _decode(line: bytes) -> Entry:
    raw = json.loads(line)
    return Entry(
        seq=raw["seq"],
        at=raw["at"],
        event=raw["event"],
        device=raw["device"],
        step=raw["step"],
        data=raw["data"],
    )


def _cut_torn_line(path: Path) -> None:
    """Cut what a dying writer left after the last newline, so that we append whole lines."""
    text = path.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        os.truncate(path, whole)


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable too, not only its bytes."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _number(name: str, today: datetime) -> int:
    day, _, number = name.rpartition("-")
    return int(number) if day == f"{today:%Y-%m-%d}" and number.isdigit() else 0


def _order(path: Path) -> tuple[str, int]:
    day, _, number = path.name.rpartition("-")
    return (day, int(number)) if number.isdigit() else (path.name, 0)


def of_device(entries: Iterable[Entry], device: str) -> tuple[Entry, ...]:
    """Keep the entries about one device."""
    return tuple(entry for entry in entries if entry.device == device)
