"""Backup of one device: running and startup configuration as text, and a digest."""

from dataclasses import dataclass

from nornir.core.task import Result, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Both configurations of a device at one moment."""

    running: str
    """Configuration text without the volatile header lines."""
    startup: str
    startup_differs: bool
    digest: str
    """SHA-256 of `running`, hexadecimal."""


def normalise(text: str) -> str:
    """Drop what changes without a change: headers, timestamps, byte counts."""
    raise NotImplementedError


def digest(text: str) -> str:
    """Give the SHA-256 of a configuration, volatile lines left out."""
    raise NotImplementedError


def backup(task: Task) -> Result:
    """Read running and startup configuration; the result is a Backup."""
    raise NotImplementedError
