"""A change under the device's own undo timer (reference: RELIABILITY section D).

Order: preflight, arm, push, (extend), confirm or revert, save. The order itself belongs to the
workflow engine; each step here refuses to do its part when the device does not say the words
that prove the step before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from nornir.core.task import Result, Task

from tasks.facts import ArchiveSettings, FileSystem


class PathKind(StrEnum):
    """Which way the management session takes into the device."""

    OOB = "oob"
    UNDERLAY = "underlay"
    TUNNEL = "tunnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementPath:
    """Where our own session comes from, as the device sees it."""

    kind: PathKind
    source: str = ""
    """Address of our end in `show users`."""
    interface: str = ""
    """Interface the device uses towards that address."""

    def __str__(self) -> str:
        """Format as `oob`, `underlay` or `via:Tunnel100`."""
        return f"via:{self.interface}" if self.kind is PathKind.TUNNEL else self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTimer:
    """A rollback the device will do by itself (`show archive config rollback timer`)."""

    user: str
    minutes: int
    kind: str
    """`absolute timer` or `idle timer`, as printed."""
    configured: str
    """Date and time as printed by the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What must hold before a change; `problems` is empty when it holds."""

    user: str
    """Our user name as the device writes it in `show users`."""
    path: ManagementPath
    archive: ArchiveSettings
    filesystem: FileSystem | None
    config_bytes: int
    unsaved: bool
    """Running and startup configuration differ."""
    pending: PendingTimer | None
    digest: str
    """Digest of the running configuration, as in Backup.digest."""
    problems: tuple[str, ...] = ()
    """One sentence each, with the remedy; any of them means: refuse (exit 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """An undo of ours is pending on the device."""

    minutes: int
    user: str
    backup: str = ""
    """File the device will return to, where it named one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVerdict:
    """One line that was sent, secrets as tokens, and what the device said to it."""

    line: str
    answer: str = ""
    """Empty, or a known notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """A push that was accepted whole."""

    lines: tuple[LineVerdict, ...]
    payload: str = ""
    """File the lines were applied from, where they went as one payload."""
    reconnected: bool = False
    """The session dropped during the push and came back."""


def preflight(task: Task, *, allow_unsaved: bool = False) -> Result:
    """Look whether the device can undo a change by itself; the result is a Preflight."""
    raise NotImplementedError


def arm(task: Task, minutes: int, *, user: str = "") -> Result:
    """Arm the undo and read it back; the result is Armed, else TimerNotArmed is raised."""
    raise NotImplementedError


def push(
    task: Task,
    lines: Sequence[str],
    *,
    shown: Sequence[str] | None = None,
    in_band: bool = False,
    deadline_s: float = 300.0,
) -> Result:
    """Send configuration lines; the result is a PushResult.

    Args:
        task: the Nornir task.
        lines: configuration lines, secrets in clear.
        shown: the same lines with secrets as tokens; only these appear in results and errors.
        in_band: our session runs through what is being changed: send one payload that the
            device finishes alone, and reconnect.
        deadline_s: how long to try to reconnect after a drop.

    Raises:
        LineRejected: at the first refused line; later lines were not sent.
        SessionLost: the session died and did not come back in time.
        TimerNotArmed: no undo of ours is pending; nothing was sent.
    """
    raise NotImplementedError


def extend(task: Task, minutes: int) -> Result:
    """Start the countdown again with `minutes`; the result is Armed."""
    raise NotImplementedError


def pending(task: Task) -> Result:
    """Read the pending undo; the result is a PendingTimer or None."""
    raise NotImplementedError


def confirm(task: Task) -> Result:
    """Keep the change: cancel the undo and prove that none is pending."""
    raise NotImplementedError


def revert(task: Task) -> Result:
    """Undo the change now and wait until the device says that it is done."""
    raise NotImplementedError


def save(task: Task) -> Result:
    """Write the running configuration to startup and check the answer."""
    raise NotImplementedError
