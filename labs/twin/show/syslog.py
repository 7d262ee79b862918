"""Syslog lines as the router prints them: stamps, numbers, levels; and `show logging`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.twin.commands.system import LEVELS
from labs.twin.router import Router
from labs.twin.show.times import DAY, age, hms
from labs.twin.show.view import View
from labs.twin.storage import Storage
from labs.twin.storage.calendar import UTC, Calendar

LEAST = len(LEVELS) - 1
BUFFER_BYTES = 4096
_SEVERITY = re.compile(r"%[A-Z0-9_]+-(?:[A-Z0-9_]+-)?([0-7])-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What stands before the text of a line."""

    calendar: Calendar
    booted: float
    kind: str
    """datetime, uptime, or nothing."""
    options: frozenset[str]
    numbered: bool

    def line(self, number: int, at: float, text: str) -> str:
        """Print a line."""
        count = f"{number:06d}: " if self.numbered else ""
        stamp = {"datetime": self._date, "uptime": self._uptime}.get(self.kind)
        return f"{count}{stamp(at)}: {text}" if stamp else f"{count}{text}"

    def _uptime(self, at: float) -> str:
        up = at - self.booted
        return hms(up) if up < DAY else age(up)

    def _date(self, at: float) -> str:
        local = "localtime" in self.options
        moment = self.calendar.local(at) if local else self.calendar.utc(at)
        year = f" {moment.year}" if "year" in self.options else ""
        fraction = f".{moment.microsecond // 1000:03d}" if "msec" in self.options else ""
        zone = f" {self.calendar.zone if local else UTC}" if "show-timezone" in self.options else ""
        day = f"{moment:%b} {moment.day:>2}{year}"
        return f"{self.calendar.mark}{day} {moment:%H:%M:%S}{fraction}{zone}"


def layout(storage: Storage, router: Router) -> Layout:
    """Read from the configuration how lines are stamped; unsaid, with date and milliseconds."""
    said = storage.tree.get("service timestamps log")
    kind, options = "datetime", frozenset({"msec"})
    if said is not None:
        args = {} if said.line.negated else said.line.args
        kind = "" if said.line.negated else str(args.get("kind", "uptime"))
        options = frozenset(args.get("options", ()))
    return Layout(
        calendar=storage.calendar,
        booted=router.booted,
        kind=kind,
        options=options,
        numbered="service sequence-numbers" in storage.tree.children,
    )


def severity(text: str) -> int:
    """Give the level of a line, the number in its name."""
    found = _SEVERITY.match(text)
    return int(found[1]) if found else LEAST


def level_of(storage: Storage, where: str) -> int | None:
    """Give the least severe level that a place takes: buffered, monitor, console; None is off."""
    said = storage.tree.get(f"logging {where}")
    if said is None:
        return LEAST
    if said.line.negated:
        return None
    args = said.line.args
    return int(args.get("severity", LEVELS.index(args.get("level", LEVELS[LEAST]))))


def lines(storage: Storage, router: Router, since: int, where: str) -> Iterator[str]:
    """Print the lines behind the first `since` ones that a place takes."""
    level = level_of(storage, where)
    if level is None:
        return
    made = layout(storage, router)
    first = router.logged - len(router.log)
    for place in range(max(since - first, 0), len(router.log)):
        at, text = router.log[place]
        if severity(text) <= level:
            yield made.line(first + place + 1, at, text)


def show_logging(view: View, args: Mapping[str, Any]) -> str:
    """Print the logging buffer and what is logged where."""
    storage, count = view.storage, view.router.logged
    said = storage.tree.args("logging buffered") or {}
    size = said.get("bytes", BUFFER_BYTES)
    buffered = list(lines(storage, view.router, 0, "buffered"))
    head = f"""\
Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, \
xml disabled, filtering disabled)

No Active Message Discriminator.

No Inactive Message Discriminator.

{_place(storage, "Console logging:", "console", count, 21)}\
{_place(storage, "Monitor logging:", "monitor", 0, 21)}\
{_place(storage, "Buffer logging: ", "buffered", len(buffered), 20)}\
    Exception Logging: size (4096 bytes)
    Count and timestamp logging messages: disabled
    Persistent logging: disabled

No active filter modules.

    Trap logging: level {_trap(storage)}, {count} message lines logged
"""
    if level_of(storage, "buffered") is None:
        return head
    kept = _last(buffered, size)
    return f"{head}\nLog Buffer ({size} bytes):\n\n" + "".join(f"{line}\n" for line in kept)


def _place(storage: Storage, name: str, where: str, count: int, margin: int) -> str:
    level = level_of(storage, where)
    if level is None:
        return f"    {name.rstrip()} disabled\n"
    return (
        f"    {name} level {LEVELS[level]}, {count} messages logged, xml disabled,\n"
        f"{' ' * margin}filtering disabled\n"
    )


def _trap(storage: Storage) -> str:
    level = level_of(storage, "trap") if "logging trap" in storage.tree.children else 6
    return LEVELS[LEAST if level is None else level]


def _last(buffered: list[str], size: int) -> list[str]:
    """Give the newest lines that fit the buffer."""
    room, kept = size, 0
    for line in reversed(buffered):
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    return buffered[len(buffered) - kept :]
