"""Routers in memory that obey the contract of a change: an armed undo, confirm, save, death.

Nothing of IOS is here: only running and startup lines, and the timer. `Fault` makes one call of
one router fail, or kills the program before or after it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Address
from typing import TypeVar

from automation.workflows.devices import Device
from tasks.backup import Backup
from tasks.collect import Capture
from tasks.facts import ArchiveSettings, Facts
from tasks.preflight import ManagementPath, PathKind, Preflight
from tasks.probe import PingResult, TraceResult
from tasks.push import PushResult
from tasks.timer import Armed, PendingTimer

T = TypeVar("T")
USER = "admin"


class Killed(BaseException):
    """The program died here (kill -9)."""


@dataclass
class Fault:
    """What goes wrong at one call, counted over all routers."""

    at: int
    after: bool = False
    """The call took effect before it went wrong."""
    error: BaseException = field(default_factory=Killed)


@dataclass
class MemoryRouter:
    """One router; its lines are an ordered set."""

    name: str
    running: list[str] = field(default_factory=lambda: ["hostname r"])
    startup: list[str] = field(default_factory=lambda: ["hostname r"])
    backup_lines: list[str] | None = None
    left: tuple[str, ...] = ()
    """Files that a lost session left."""
    """Where an armed undo leads back to."""
    problems: tuple[str, ...] = ()
    refuses: str = ""
    """A line that push stops at, after those before it."""
    broken: Exception | None = None
    """What every call answers."""
    answers: dict[str, str] = field(default_factory=dict)
    in_band: bool = False
    owner: str = USER
    """Whose undo is pending."""
    pushes: int = 0

    def digest(self) -> str:
        """Give the digest of the running lines."""
        return sha256("\n".join(self.running).encode()).hexdigest()

    def timer_expires(self) -> None:
        """Let the device's own undo happen."""
        if self.backup_lines is not None:
            self.running = self.backup_lines
            self.backup_lines = None


class MemoryDevice:
    """The seam to a router in memory."""

    def __init__(self, router: MemoryRouter, fleet: "MemoryFleet") -> None:
        self.router = router
        self.name = router.name
        self.fleet = fleet

    def _call(self, effect: Callable[[], T], what: str) -> T:
        self.fleet.calls.append((self.name, what))
        fault = self.fleet.fault
        hit = fault is not None and len(self.fleet.calls) == fault.at
        if self.router.broken:
            raise self.router.broken
        if fault and hit and not fault.after:
            raise fault.error
        found = effect()
        if fault and hit:
            raise fault.error
        return found

    def backup(self) -> Backup:
        return self._call(self._backup, "backup")

    def _backup(self) -> Backup:
        router = self.router
        return Backup(
            running="\n".join(router.running),
            startup="\n".join(router.startup),
            startup_differs=router.running != router.startup,
            digest=router.digest(),
        )

    def collect(self, commands: Sequence[str]) -> tuple[Capture, ...]:
        return self._call(
            lambda: tuple(
                Capture(
                    device=self.name,
                    command=command,
                    text=self.router.answers.get(command, ""),
                    at=datetime(2026, 11, 22, tzinfo=UTC),
                )
                for command in commands
            ),
            "collect",
        )

    def preflight(self, *, allow_unsaved: bool = False) -> Preflight:
        kind = PathKind.TUNNEL if self.router.in_band else PathKind.OOB
        return self._call(
            lambda: Preflight(
                user=USER,
                path=ManagementPath(kind=kind),
                archive=ArchiveSettings(enabled=True, path="flash:"),
                filesystem=None,
                config_bytes=10,
                unsaved=self.router.running != self.router.startup,
                pending=None,
                digest=self.router.digest(),
                problems=self.router.problems,
                backup=self._backup(),
            ),
            "preflight",
        )

    def arm(self, minutes: int, *, user: str = "") -> Armed:
        def effect() -> Armed:
            self.router.backup_lines = list(self.router.running)
            return Armed(minutes=minutes, user=user or USER)

        return self._call(effect, "arm")

    def extend(self, minutes: int) -> Armed:
        return self._call(lambda: Armed(minutes=minutes, user=USER), "extend")

    def pending(self) -> PendingTimer | None:
        def effect() -> PendingTimer | None:
            if self.router.backup_lines is None:
                return None
            return PendingTimer(
                user=self.router.owner, minutes=5, kind="absolute timer", configured="now"
            )

        return self._call(effect, "pending")

    def push(
        self, lines: Sequence[str], shown: Sequence[str], *, in_band: bool, deadline_s: float
    ) -> PushResult:
        def effect() -> PushResult:
            assert self.router.backup_lines is not None, "pushed without an armed undo"
            self.router.pushes += 1
            for line in lines:
                if line == self.router.refuses:
                    raise self.fleet.rejection(self.name, line)
                self.router.running = [*self.router.running, line]
            return PushResult(lines=())

        return self._call(effect, "push")

    def confirm(self) -> None:
        def effect() -> None:
            self.router.backup_lines = None

        self._call(effect, "confirm")

    def revert(self) -> None:
        self._call(self.router.timer_expires, "revert")

    def save(self) -> None:
        def effect() -> None:
            assert self.router.backup_lines is None, "saved while an undo was pending"
            self.router.startup = list(self.router.running)

        self._call(effect, "save")

    def tidy(self) -> tuple[str, ...]:
        left, self.router.left = self.router.left, ()
        return left

    def facts(self) -> Facts:
        raise NotImplementedError

    def ping(self, destination: IPv4Address, source: str, count: int) -> PingResult:
        raise NotImplementedError

    def traceroute(self, destination: IPv4Address, source: str) -> TraceResult:
        raise NotImplementedError


@dataclass
class MemoryFleet:
    """Routers in memory, asked one after the other."""

    routers: dict[str, MemoryRouter]
    fault: Fault | None = None
    calls: list[tuple[str, str]] = field(default_factory=list)

    @staticmethod
    def rejection(name: str, line: str) -> Exception:
        """Give the error of a refused line."""
        from tasks.errors import LineRejected

        return LineRejected(name, f"`{line}` was refused", "correct it", line, "% Invalid input")

    def each(self, names: Iterable[str], job: Callable[[Device], T]) -> dict[str, T | Exception]:
        """Do a job on each router."""
        results: dict[str, T | Exception] = {}
        for name in names:
            try:
                results[name] = job(MemoryDevice(self.routers[name], self))
            except Exception as error:
                results[name] = error
        return results


def fleet(*names: str) -> MemoryFleet:
    """Make a fleet of these routers."""
    return MemoryFleet({name: MemoryRouter(name) for name in names})
