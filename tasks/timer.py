"""The undo that a device holds by itself: armed, extended, confirmed, or done now.

RELIABILITY sections A and D. The order of the steps belongs to the workflow engine; each step
here ends in an error unless the device says the words that prove it.
"""

from dataclasses import dataclass

from nornir.core.task import Result, Task


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
class Armed:
    """An undo of ours is pending on the device."""

    minutes: int
    user: str
    backup: str = ""
    """File the device will return to, where it named one."""


def arm(task: Task, minutes: int, *, user: str = "") -> Result:
    """Arm the undo and read it back; the result is Armed, else TimerNotArmed is raised."""
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
