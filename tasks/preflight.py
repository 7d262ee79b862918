"""What must hold on a device before a change may begin (RELIABILITY section D, step 1)."""

from dataclasses import dataclass
from enum import StrEnum

from nornir.core.task import Result, Task

from tasks.facts import ArchiveSettings, FileSystem
from tasks.timer import PendingTimer


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


def preflight(task: Task, *, allow_unsaved: bool = False) -> Result:
    """Look whether the device can undo a change by itself; the result is a Preflight."""
    raise NotImplementedError
