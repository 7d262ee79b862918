"""A change of one device, written down: lines, inverse, what flaps. A plan is a set of these.

Values only: how a change is found is `diff`, how it is sent is the workflows' business. Nothing
here holds a clear secret; lines carry tokens (`<secret:NAME#digest>`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_SETTINGS = (
    "no shutdown",
    "no ip redirects",
    "no ip split-horizon ",
    "no ip next-hop-self ",
    "no split-horizon",
    "no next-hop-self",
    "no ip nhrp shortcut",
)
"""Lines that start with `no` and stand in a configuration all the same."""


def _takes_away(line: str) -> bool:
    return line.startswith("no ") and not line.startswith(_SETTINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flap:
    """An interface whose traffic stops for a while, and why."""

    interface: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The edits of one device, confirmed or reverted together."""

    device: str
    lines: tuple[str, ...] = ()
    """What to send in configuration mode, in order, indented as a running-config."""
    inverse: tuple[str, ...] = ()
    """What undoes it, in order."""
    flaps: tuple[Flap, ...] = ()
    creates: tuple[str, ...] = ()
    """Tunnel interfaces that the change brings up for the first time."""
    unmanaged: tuple[str, ...] = ()
    """Lines found inside our blocks that we did not write; kept unless pruned."""
    running_digest: str = ""
    """sha256 of the running-config the change was computed from, tokens for secrets."""
    intent_digest: str = ""
    """sha256 of the intended lines."""

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to send."""
        return not self.lines

    @property
    def added(self) -> int:
        """Count the lines that set something (mode lines and exits are not counted)."""
        return sum(1 for line in self._edits() if not _takes_away(line))

    @property
    def removed(self) -> int:
        """Count the lines that negate something."""
        return sum(1 for line in self._edits() if _takes_away(line))

    @property
    def restorable(self) -> bool:
        """Tell whether the inverse holds no secret that only the device itself still knows."""
        return not any("<secret:?#" in line for line in self.inverse)

    @property
    def digest(self) -> str:
        """Give the sha256 of the whole change."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Turn into plain values for a plan file or a journal."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Change":
        """Rebuild from what `to_dict` gave."""
        plain: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        plain["flaps"] = tuple(Flap(**flap) for flap in data.get("flaps", ()))
        return cls(**plain)

    def _edits(self) -> list[str]:
        """List the lines that are edits: no mode lines (something deeper follows), no exits."""
        depth = [len(line) - len(line.lstrip()) for line in self.lines] + [0]
        return [
            line.strip()
            for i, line in enumerate(self.lines)
            if depth[i + 1] <= depth[i] and not line.strip().startswith("exit")
        ]
