"""Errors of the orchestrator.

DmvpnError
|- UsageError          what was asked cannot be done as asked        exit 2
|- InvalidFabric       the intent is wrong; carries every problem    exit 2
|- CouldNotLook        a device or a file could not be read          exit 5
|- Refused             a safety rule says no                         exit 6
|- PartlyApplied       some devices changed, the rest untouched      exit 7
|- Reverted            the change was undone and proven undone       exit 8
`- StateUnknown        somebody must look at a device                exit 9

Wrong networks are findings (exit 4), not errors. Exit codes: reference/UX.md section 3.
"""

from typing import ClassVar


class DmvpnError(Exception):
    """Something the user must hear about, in one message with place and remedy."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        """Say what happened, where (device, file:line:column, command) and what to do next."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """Format as `place: message`, with the hint on a line of its own."""
        text = f"{self.place}: {self.message}" if self.place else self.message
        return f"{text}\n   hint: {self.hint}" if self.hint else text


class UsageError(DmvpnError):
    """What was asked cannot be done as asked."""

    exit_code = 2


class CouldNotLook(DmvpnError):
    """A device or a file could not be read."""

    exit_code = 5


class Refused(DmvpnError):
    """A safety rule says no; nothing was sent."""

    exit_code = 6


class PartlyApplied(DmvpnError):
    """Some devices were changed and kept, the rest is untouched."""

    exit_code = 7


class Reverted(DmvpnError):
    """A change was undone and proven undone."""

    exit_code = 8


class StateUnknown(DmvpnError):
    """The state of a device is not known; somebody must look."""

    exit_code = 9
