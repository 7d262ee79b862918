"""Raw output of show commands, as evidence for the checks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nornir.core.task import Result, Task

from tasks.connect import session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one device answered to one command.

    A `%` answer of the CLI is kept as it came: `parsers` turns it into a CliError.
    """

    device: str
    command: str
    text: str = field(repr=False)
    at: datetime


def collect(task: Task, commands: Sequence[str]) -> Result:
    """Run show commands in one session; the result is a tuple of Capture, in order."""
    said = session_of(task).show(commands)
    at = datetime.now(UTC)
    return Result(
        host=task.host,
        result=tuple(
            Capture(device=task.host.name, command=command, text=said[command.strip()], at=at)
            for command in commands
        ),
    )
