"""The wall clock of a router: virtual time, moved by `clock set`, in its time zone."""

from dataclasses import dataclass
from datetime import datetime

from labs.twin.storage.files import wall_clock

UTC = "UTC"
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How a router reads its clock."""

    shift_s: float = 0.0
    """How far `clock set` moved it."""
    is_set: bool = False
    """Somebody set it: it is believed, and no star stands before the time."""
    zone: str = UTC
    offset_s: float = 0.0
    """What the time zone is ahead of UTC."""

    @property
    def mark(self) -> str:
        """Give the star of a clock that nobody has set."""
        return "" if self.is_set else "*"

    def local(self, now: float) -> datetime:
        """Give the moment in the time zone."""
        return wall_clock(now + self.shift_s + self.offset_s)

    def utc(self, now: float) -> datetime:
        """Give the moment in UTC."""
        return wall_clock(now + self.shift_s)

    def text(self, now: float) -> str:
        """Print a moment as comments and timers do, without fractions."""
        moment = self.local(now)
        return f"{moment:%H:%M:%S} {self.zone} {moment:%a %b} {moment.day} {moment.year}"

    def clock(self, now: float) -> str:
        """Print a moment as `show clock` does."""
        moment = self.local(now)
        fraction = f"{moment.microsecond // 1000:03d}"
        day = f"{moment:%a %b} {moment.day} {moment.year}"
        return f"{self.mark}{moment:%H:%M:%S}.{fraction} {self.zone} {day}"
