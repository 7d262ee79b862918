"""Configuration lines into a device that already holds an armed undo."""

from collections.abc import Sequence
from dataclasses import dataclass

from nornir.core.task import Result, Task


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


def save(task: Task) -> Result:
    """Write the running configuration to startup and check the answer."""
    raise NotImplementedError
