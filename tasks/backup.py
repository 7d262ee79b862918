"""Backup of one device: running and startup configuration as text, and a digest."""

import hashlib
import re
from dataclasses import dataclass, field

from nornir.core.task import Result, Task

from tasks.connect import session_of
from tasks.errors import UnexpectedAnswer
from tasks.session import IosSession

RUNNING = "show running-config"
STARTUP = "show startup-config"

# Lines that change without a change of the configuration.
_VOLATILE = re.compile(
    r"^(?:Building configuration\.\.\."
    r"|Current configuration ?: \d+ bytes"
    r"|Using \d+(?: out of \d+)? bytes.*"
    r"|! Last configuration change at .*"
    r"|! NVRAM config last updated at .*"
    r"|! No configuration change since last restart"
    r"|Uncompressed configuration from \d+ bytes to \d+ bytes"
    r"|Load for five secs.*|Time source is .*"
    r"|ntp clock-period \d+)\s*$"
)
_NO_STARTUP = re.compile(r"^(?:startup-config is not present|%% Non-volatile configuration memory)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Both configurations of a device at one moment."""

    running: str = field(repr=False)
    """Configuration text without the volatile header lines."""
    startup: str = field(repr=False)
    startup_differs: bool
    digest: str
    """SHA-256 of `running`, hexadecimal, comments and blank lines left out."""


def normalise(text: str) -> str:
    """Drop what changes without a change: headers, timestamps, byte counts."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if not _VOLATILE.match(line)]
    body = "\n".join(kept).strip("\n")
    return f"{body}\n" if body else ""


def digest(text: str) -> str:
    """Give the SHA-256 of a configuration, volatile lines, comments and blank lines left out."""
    lines = [line for line in normalise(text).splitlines() if line.strip().strip("!")]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def read_configs(host: str, said: dict[str, str]) -> Backup:
    """Make a backup of the answers to the two commands; refuse half a configuration."""
    running = normalise(said[RUNNING])
    if not running.endswith("\nend\n"):
        last = running.splitlines()[-1:] or ["nothing"]
        raise UnexpectedAnswer(
            host,
            f"`{RUNNING}` does not end in `end` but in {last[0][:80]!r}",
            "the user needs privilege 15 and, with AAA, the right to the whole configuration",
            RUNNING,
            last[0],
        )
    startup = "" if _NO_STARTUP.match(said[STARTUP].strip()) else normalise(said[STARTUP])
    return Backup(
        running=running,
        startup=startup,
        startup_differs=digest(running) != digest(startup),
        digest=digest(running),
    )


def take(session: IosSession) -> Backup:
    """Read both configurations over an open session."""
    return read_configs(session.host, session.show([RUNNING, STARTUP]))


def backup(task: Task) -> Result:
    """Read running and startup configuration; the result is a Backup."""
    return Result(host=task.host, result=take(session_of(task)))
