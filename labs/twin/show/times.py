"""How IOS prints times: ages, uptimes, dates."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The date at virtual time 0, when a network boots."""
MINUTE = 60
HOUR = 3600
DAY = 86400
WEEK = 7 * DAY
YEAR = 52 * WEEK + DAY
"""IOS counts a year as 365 days."""


def hms(seconds: float) -> str:
    """Write HH:MM:SS, whatever the size."""
    return _hms(max(int(seconds), 0))


@lru_cache  # the peers of a hub came up in the same few seconds
def _hms(whole: int) -> str:
    return f"{whole // HOUR:02}:{whole % HOUR // MINUTE:02}:{whole % MINUTE:02}"


def age(seconds: float) -> str:
    """Write an age: 00:12:34, 3d01h, 1w0d, 1y2w (reference/FORMATS.md section 0)."""
    whole = max(int(seconds), 0)
    if whole < DAY:
        return hms(whole)
    if whole < WEEK:
        return f"{whole // DAY}d{whole % DAY // HOUR:02}h"
    if whole < YEAR:
        return f"{whole // WEEK}w{whole % WEEK // DAY}d"
    return f"{whole // YEAR}y{whole % YEAR // WEEK}w"


def since(moment: float | None, now: float) -> str:
    """Write the age of something that began at a moment; None is `never`."""
    return "never" if moment is None else age(now - moment)


def uptime(seconds: float) -> str:
    """Write an uptime in words: `1 week, 3 days, 16 hours, 11 minutes`."""
    whole = max(int(seconds), 0)
    parts = []
    for unit, size in (("year", YEAR), ("week", WEEK), ("day", DAY), ("hour", HOUR)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(_counted(count, unit))
    minutes = whole // MINUTE
    if minutes or not parts:
        parts.append(_counted(minutes, "minute"))
    return ", ".join(parts)


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" + ("" if count == 1 else "s")


def date(now: float) -> datetime:
    """Give the calendar time of a moment."""
    return EPOCH + timedelta(seconds=now)
