"""Facts about one device: what it is, and what it offers for a safe change."""

from dataclasses import dataclass

from nornir.core.task import Result, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem:
    """One local file system."""

    prefix: str
    """As IOS writes it, colon included: flash:, bootflash:, unix:."""
    size_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """What `show archive` says."""

    enabled: bool
    path: str = ""
    """Prefix of the archive files, empty where it is not known."""
    maximum: int = 0
    saved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Identity of a device and its means of undoing a change."""

    hostname: str
    vendor: str
    model: str
    os_version: str
    """Release as in `show version`, e.g. 17.3.4a or 15.9(3)M."""
    serial_number: str
    uptime_s: float
    interfaces: tuple[str, ...]
    filesystem: FileSystem | None
    archive: ArchiveSettings


def facts(task: Task) -> Result:
    """Read identity, file system and archive settings; the result is a Facts."""
    raise NotImplementedError
