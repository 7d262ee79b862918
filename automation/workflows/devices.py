"""The seam between workflows and devices: what a workflow may ask of one device, and of many.

`Fleet` is what workflows are written against; `NornirFleet` is the real one, where each method
of a device is one Nornir task in that device's session. Tests use a fleet in memory. What an
answer means for a change is not decided here.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Protocol, TypeVar

from nornir.core import Nornir
from nornir.core.task import Result, Task

from tasks.backup import Backup, backup
from tasks.collect import Capture, collect
from tasks.facts import Facts, facts
from tasks.preflight import Preflight, preflight
from tasks.probe import PingResult, TraceResult, ping, traceroute
from tasks.push import PushResult, push, save, tidy
from tasks.timer import Armed, PendingTimer, arm, confirm, extend, pending, revert

T = TypeVar("T")
LOG = logging.getLogger(__name__)


class Device(Protocol):
    """One device in its session; every method may raise a TaskError."""

    name: str

    def backup(self) -> Backup:
        """Read both configurations."""

    def collect(self, commands: Sequence[str]) -> tuple[Capture, ...]:
        """Run show commands in one go."""

    def preflight(self, *, allow_unsaved: bool = False) -> Preflight:
        """Look whether the device can undo a change by itself."""

    def arm(self, minutes: int, *, user: str = "") -> Armed:
        """Arm the device's own undo."""

    def extend(self, minutes: int) -> Armed:
        """Start the countdown of the undo again."""

    def pending(self) -> PendingTimer | None:
        """Read the pending undo."""

    def push(
        self, lines: Sequence[str], shown: Sequence[str], *, in_band: bool, deadline_s: float
    ) -> PushResult:
        """Send configuration lines."""

    def confirm(self) -> None:
        """Cancel the undo and keep the change."""

    def revert(self) -> None:
        """Undo the change now."""

    def save(self) -> None:
        """Write the running configuration to startup."""

    def tidy(self) -> tuple[str, ...]:
        """Delete files that a lost session left on the device; give their names."""

    def facts(self) -> Facts:
        """Tell what the device is."""

    def ping(self, destination: IPv4Address, source: str, count: int) -> PingResult:
        """Ping from the device."""

    def traceroute(self, destination: IPv4Address, source: str) -> TraceResult:
        """Trace from the device."""


class Fleet(Protocol):
    """Many devices, worked on at the same time."""

    def each(self, names: Iterable[str], job: Callable[[Device], T]) -> dict[str, T | Exception]:
        """Do a job on each device; the result of a job that failed is its error."""


class NornirDevice:
    """A device by way of the tasks, inside a running Nornir task."""

    def __init__(self, task: Task) -> None:
        """Take the Nornir task whose host this is."""
        self.name: str = task.host.name
        self._task = task

    def backup(self) -> Backup:
        """Read both configurations."""
        found: Backup = backup(self._task).result
        return found

    def collect(self, commands: Sequence[str]) -> tuple[Capture, ...]:
        """Run show commands in one go."""
        found: tuple[Capture, ...] = collect(self._task, commands).result
        return found

    def preflight(self, *, allow_unsaved: bool = False) -> Preflight:
        """Look whether the device can undo a change by itself."""
        found: Preflight = preflight(self._task, allow_unsaved=allow_unsaved).result
        return found

    def arm(self, minutes: int, *, user: str = "") -> Armed:
        """Arm the device's own undo."""
        found: Armed = arm(self._task, minutes, user=user).result
        return found

    def extend(self, minutes: int) -> Armed:
        """Start the countdown of the undo again."""
        found: Armed = extend(self._task, minutes).result
        return found

    def pending(self) -> PendingTimer | None:
        """Read the pending undo."""
        found: PendingTimer | None = pending(self._task).result
        return found

    def push(
        self, lines: Sequence[str], shown: Sequence[str], *, in_band: bool, deadline_s: float
    ) -> PushResult:
        """Send configuration lines."""
        found: PushResult = push(
            self._task, lines, shown=shown, in_band=in_band, deadline_s=deadline_s
        ).result
        return found

    def confirm(self) -> None:
        """Cancel the undo and keep the change."""
        confirm(self._task)

    def revert(self) -> None:
        """Undo the change now."""
        revert(self._task)

    def save(self) -> None:
        """Write the running configuration to startup."""
        save(self._task)

    def tidy(self) -> tuple[str, ...]:
        """Delete files that a lost session left on the device; give their names."""
        found: tuple[str, ...] = tidy(self._task).result
        return found

    def facts(self) -> Facts:
        """Tell what the device is."""
        found: Facts = facts(self._task).result
        return found

    def ping(self, destination: IPv4Address, source: str, count: int) -> PingResult:
        """Ping from the device."""
        found: PingResult = ping(self._task, destination, source=source, count=count).result
        return found

    def traceroute(self, destination: IPv4Address, source: str) -> TraceResult:
        """Trace from the device."""
        found: TraceResult = traceroute(self._task, destination, source=source).result
        return found


@dataclass(frozen=True, slots=True)
class NornirFleet:
    """The devices of a Nornir inventory; sessions stay open until `close`."""

    nornir: Nornir

    def each(self, names: Iterable[str], job: Callable[[Device], T]) -> dict[str, T | Exception]:
        """Do a job on each device at the same time."""
        wanted = list(names)
        if not wanted:
            return {}
        chosen = self.nornir.filter(filter_func=lambda host: host.name in wanted)
        found = chosen.run(task=_do, job=job, on_failed=True)
        self.nornir.data.reset_failed_hosts()
        results: dict[str, Any] = {
            name: KeyError(f"{name} is not in the inventory") for name in wanted
        }
        for name in wanted:
            if name in found:
                results[name] = found[name][0].result
        return results

    def close(self) -> None:
        """End all sessions."""
        self.nornir.close_connections(on_good=True, on_failed=True)


def _do(task: Task, job: Callable[[Device], Any]) -> Result:
    """Run a job; its error is a value, because Nornir would log it as a traceback."""
    try:
        return Result(host=task.host, result=job(NornirDevice(task)))
    except Exception as error:  # the fence around one device
        LOG.debug("job failed", exc_info=True, extra={"device": task.host.name})
        return Result(host=task.host, result=error)
