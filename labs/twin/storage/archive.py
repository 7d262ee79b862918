"""The configuration archive and the timer of a change that must be confirmed, as state.

Texts and rules are those of reference/RELIABILITY.md section A.
"""

from dataclasses import dataclass, field

from labs.twin.storage.calendar import Calendar
from labs.twin.storage.files import wall_clock

NOT_ENABLED = " Archive feature not enabled\n"
TURN_ON = "%Please turn config archive on\n"
NONE_PENDING = "%No Rollback Confirmed Change pending\n"
WARNING_S = 60.0
"""The warning comes this long before a rollback."""


@dataclass(slots=True)
class Rollback:
    """An armed undo."""

    file: str
    """Full name of the backup, e.g. flash:archive-Feb-15-15-56-38.517-1."""
    user: str
    minutes: int
    idle: bool
    armed_at: float
    deadline: float
    warned: bool = False

    def next_at(self) -> float:
        """Tell when the warning or the rollback is due."""
        return self.deadline if self.warned else max(self.deadline - WARNING_S, self.armed_at)

    def rearm(self, minutes: int, now: float, *, idle: bool) -> None:
        """Start the countdown anew."""
        self.minutes, self.idle, self.armed_at = minutes, idle, now
        self.deadline, self.warned = now + minutes * 60.0, False

    def status(self, calendar: Calendar) -> str:
        """Print `show archive config rollback timer`."""
        kind = "idle timer" if self.idle else "absolute timer"
        return (
            f"Time configured(or reconfigured): {calendar.text(self.armed_at)}\n"
            f"Timer type: {kind}\nTimer value: {self.minutes} min\nUser: {self.user}\n"
        )


@dataclass(slots=True)
class Archive:
    """The names of archived configurations, oldest first, and the number of the next."""

    names: list[str] = field(default_factory=list)
    number: int = 0

    def next_name(self, path: str, hostname: str, now: float) -> str:
        """Give the name of the next archive file."""
        return f"{expand(path, hostname, _stamp(now))}-{self.number}"

    def added(self, name: str, maximum: int) -> list[str]:
        """Note a new archive file; give the names that fall out."""
        self.names.append(name)
        self.number += 1
        dropped = self.names[:-maximum]
        del self.names[:-maximum]
        return dropped

    def listing(self, path: str, hostname: str, maximum: int) -> str:
        """Print `show archive`."""
        head = (
            f"The maximum archive configurations allowed is {maximum}.\n"
            f"There are currently {len(self.names)} archive configurations saved.\n"
            f"The next archive file will be named "
            f"{expand(path, hostname, '<timestamp>')}-{self.number}\n Archive #  Name\n"
        )
        rows = []
        for number in range(1, maximum + 1):
            name = self.names[number - 1] if number <= len(self.names) else ""
            recent = " <- Most Recent" if number == len(self.names) else ""
            rows.append(f"   {number:<9}{name}{recent}".rstrip() + "\n")
        return head + "".join(rows)


def expand(path: str, hostname: str, stamp: str) -> str:
    """Fill in `$h` and `$t`; a path without `$t` gets the time stamp right behind it."""
    name = path.replace("$h", hostname)
    if "$t" in name:
        return name.replace("$t", stamp)
    return name + stamp


def _stamp(now: float) -> str:
    """Write a time as captures show it: Feb-15-15-56-38.517, the day padded by a dash."""
    moment = wall_clock(now)
    return f"{moment:%b}-{moment.day:->2}-{moment:%H-%M-%S}.{moment.microsecond // 1000:03d}"
