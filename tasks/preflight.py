"""What must hold on a device before a change may begin (RELIABILITY section D, step 1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from nornir.core.task import Result, Task

from parsers import parse_as
from parsers.errors import CliError, ParseError
from parsers.records import CefPath
from tasks.backup import RUNNING, STARTUP, Backup, read_configs
from tasks.connect import session_of
from tasks.facts import (
    ARCHIVE,
    FILE_SYSTEMS,
    ArchiveSettings,
    FileSystem,
    find_filesystem,
    read_archive,
)
from tasks.session import IosSession
from tasks.timer import PENDING, USERS, PendingTimer, read_pending, read_users

LOCK = "show configuration lock"
SPACE_FACTOR = 2
"""Free space wanted, in configurations: the timed backup and the payload."""

_LOCKED = re.compile(r"^State\s*: LOCKED", re.MULTILINE)


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
    backup: Backup
    problems: tuple[str, ...] = ()
    """One sentence each, with the remedy; any of them means: refuse (exit 6)."""


def _path(session: IosSession, source: str) -> ManagementPath:
    """Ask the device which way our packets take back."""
    if not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", source) or source.startswith("127."):
        return ManagementPath(kind=PathKind.OOB, source=source)
    command = f"show ip cef {source}"
    try:
        found = parse_as(CefPath, command, session.show([command])[command])
    except (CliError, ParseError):
        found = ()
    interface = next((path.interface for path in found if path.interface), "")
    if not interface:
        # No way back in the global table: the session came in by a management VRF.
        return ManagementPath(kind=PathKind.OOB, source=source)
    kind = PathKind.TUNNEL if interface.startswith("Tu") else PathKind.UNDERLAY
    return ManagementPath(kind=kind, source=source, interface=interface)


def preflight(task: Task, *, allow_unsaved: bool = False) -> Result:
    """Look whether the device can undo a change by itself; the result is a Preflight."""
    session = session_of(task)
    said = session.show([ARCHIVE, PENDING, FILE_SYSTEMS, USERS, LOCK, RUNNING, STARTUP])
    saved = read_configs(session.host, said)
    archive = read_archive(said[ARCHIVE])
    user, source = read_users(said[USERS])
    session.owner = user or session.username
    seen = Preflight(
        user=session.owner,
        path=_path(session, source),
        archive=archive,
        filesystem=find_filesystem(session, said[FILE_SYSTEMS], archive),
        config_bytes=len(said[RUNNING].encode()),
        unsaved=saved.startup_differs,
        pending=read_pending(session.host, said[PENDING]),
        digest=saved.digest,
        backup=saved,
    )
    problems = tuple(
        _problems(seen, locked=bool(_LOCKED.search(said[LOCK])), unsaved=allow_unsaved)
    )
    return Result(host=task.host, result=replace(seen, problems=problems))


def _problems(seen: Preflight, *, locked: bool, unsaved: bool) -> Iterator[str]:
    if not seen.archive.enabled:
        yield "archive is off: configure `archive` with a local `path`"
    elif not seen.archive.local:
        yield (
            f"archive path {seen.archive.path} is remote: a change that cuts the way to it "
            "could not be undone; give a local `path`"
        )
    if seen.filesystem is None:
        yield "no local file system found: see `show file systems`"
    elif seen.filesystem.free_bytes < SPACE_FACTOR * seen.config_bytes:
        yield (
            f"{seen.filesystem.prefix} has {seen.filesystem.free_bytes} bytes free, "
            f"{SPACE_FACTOR * seen.config_bytes} are needed: delete old files"
        )
    if seen.pending is not None:
        yield (
            f"{seen.pending.user} has an undo pending since {seen.pending.configured}: "
            "wait until it is confirmed or reverted"
        )
    if locked:
        yield "the configuration is locked: see `show configuration lock`"
    if seen.unsaved and not unsaved:
        yield (
            "running and startup configuration differ: somebody's work is not saved; "
            "`write memory` on the device, or allow it with --allow-unsaved"
        )
