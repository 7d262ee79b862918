"""Skip-ahead: a network to which nothing new happens does the same again and again.

Theory of operation. Hellos, keepalives and registrations come at equal steps. So after a while a
quiet network is in a state that it was in before, only later: some times in it have moved by one
and the same period, the others not at all, counters have grown, and the rest is the same. No
machine asks what o'clock it is or how much it has counted, so what followed the earlier state will
follow this one, a period later. When the state has come back twice, in the same way, whole periods
are skipped: times move on by so many periods, and counters grow by so many times what they grew in
one. The clock counts in fractions of a second that add up without rounding, so the result is that
of the long way, to the last bit.

What ends a skip is the first moment ahead that does not move with the rest, be it a timer (a rekey,
a planned reload) or a time in the state. So a machine that is to do something else from some moment
on keeps that moment, not the one it counts from; or it keeps a timer, which may be moved late: that
the state has to come back twice is for those. Nothing is skipped while a ping runs, somebody
captures, or a packet is on its way, and nothing when anything changed that is neither a time nor
a counter. What only counts (it is printed or told, and nothing is decided by it) a class names in
`COUNTERS`: who adds a counter that moves in quiet times adds it there, or nothing is skipped.

The period is found by comparing: a reading of the state is taken now and then, at growing
distances, and the present is held against the readings every second. Nearly all comparisons end
at the first timer.
"""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import sub
from typing import TYPE_CHECKING, Any

from labs.twin.chance import Chance
from labs.twin.clock import TICKS, Moment, Name
from labs.twin.crypto.values import IkeMessage
from labs.twin.fork import WAYS, attributes

if TYPE_CHECKING:
    from labs.twin.network.network import Network

LONG_S = 60.0
"""Shorter waits are not worth looking for a period."""
STEP_S = 1.0
"""How often the present is held against the readings."""
NARROWEST_S, WIDEST_S = 4.0, 64.0
"""Distance between two readings: it doubles as long as nothing recurs."""
KEPT = 24
"""Readings that are kept."""

Place = tuple[Any, Any]
"""Where a number stands: an object and an attribute, or a container and a key."""


@dataclass(slots=True)
class Reading:
    """The state of a network at a moment, taken apart."""

    at: float
    armed: dict[Name, Moment]
    shape: list[Any] = field(default_factory=list)
    """All that has to be the same."""
    times: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    doubt: Name | None = None
    """The timer that told this reading from the present last time."""
    echoes: dict[float, tuple["Reading", set[Name]]] = field(default_factory=dict)
    """By period: the earlier state that came back with this one, and the timers that moved."""

    def moving(self, network: "Network") -> set[Name] | None:
        """List the timers that moved on by what passed since; None if one did otherwise."""
        armed, before = network.clock.armed, self.armed
        period = network.now - self.at
        if len(armed) != len(before):
            return None
        doubts = (self.doubt,) if self.doubt in armed else ()
        moving = set()
        for name in chain(doubts, armed):
            was, now_is = before.get(name), armed[name]
            if was is not None and was[:2] == now_is[:2]:
                continue
            if was is None or now_is[0] - was[0] != period or name[0] not in network.routers:
                self.doubt = name
                return None
            moving.add(name)
        same_order = sorted(moving, key=armed.__getitem__) == sorted(moving, key=before.__getitem__)
        return moving if same_order else None

    def recurs(self, present: "Reading") -> bool:
        """Tell whether the present is this state again, only later."""
        steps = (0.0, present.at - self.at)
        return (
            self.shape == present.shape
            and len(self.counts) == len(present.counts)
            and len(self.times) == len(present.times)
            and all(map(steps.__contains__, map(sub, present.times, self.times)))
        )

    def steps_like(self, before: "Reading", after: "Reading") -> bool:
        """Tell whether the step from one reading to this is that from this to the next."""
        return list(map(sub, after.counts, self.counts)) == list(
            map(sub, self.counts, before.counts)
        ) and list(map(sub, after.times, self.times)) == list(map(sub, self.times, before.times))

    def limit(self, earlier: "Reading", moving: set[Name]) -> float:
        """Give the first moment ahead that did not move since an earlier reading."""
        timers = (moment[0] for name, moment in self.armed.items() if name not in moving)
        times = (new for old, new in zip(earlier.times, self.times, strict=True) if new == old)
        return min((at for at in chain(timers, times) if at > self.at), default=math.inf)


class Reader:
    """Takes a state apart, and remembers where its numbers stand."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.time_places: list[Place] = []
        self.count_places: list[Place] = []
        self.seen: dict[int, int] = {}
        """By identity: the how manieth a thing is that was met."""

    def visit(self, item: Any) -> None:
        """Take something apart that can change."""
        place = len(self.seen)
        known = self.seen.setdefault(id(item), place)
        if known != place:
            self.reading.shape.append(known)
            return
        kind = type(item)
        if kind is dict:
            self.reading.shape += item
            self.take(item, item.items())
        elif kind is list:
            self.reading.shape.append(len(item))
            self.take(item, enumerate(item))
        elif kind is set:
            self.reading.shape.append(item.copy())
        elif isinstance(item, tuple):
            self._tuple(item)
        elif kind is Chance:
            self.reading.shape.append(item.state)
        elif hasattr(kind, "COUNTERS"):
            self._counting(item, kind.COUNTERS)
        else:
            self.take(item, attributes(item))

    def take(self, owner: Any, items: Iterable[tuple[Any, Any]]) -> None:
        """Take the parts of something: times, what can change, and the rest."""
        shape, times, places = self.reading.shape, self.reading.times, self.time_places
        for name, value in items:
            kind = type(value)
            if kind is float:
                times.append(value)
                places.append((owner, name))
            elif WAYS[kind] is not None:
                self.visit(value)
            elif kind is IkeMessage:
                shape.append(replace(value, number=0))
                self._count((owner, name), value.number)
            else:
                shape.append(value)

    def _tuple(self, item: tuple[Any, ...]) -> None:
        """Take a tuple: nothing in it can be moved on, so its numbers have to stay."""
        shape = self.reading.shape
        shape.append(len(item))
        for value in item:
            if WAYS[type(value)] is None:
                shape.append(value)
            else:
                self.visit(value)

    def _counting(self, item: Any, counters: Collection[str]) -> None:
        """Take something that counts."""
        others = []
        for name, value in attributes(item):
            if name not in counters:
                others.append((name, value))
            elif isinstance(value, dict):  # by kind of packet
                self.reading.shape += value
                for key, number in value.items():
                    self._count((value, key), number)
            elif value is None:
                self.reading.shape.append(None)
            else:
                self._count((item, name), value)
        self.take(item, others)

    def _count(self, place: Place, number: int) -> None:
        self.reading.counts.append(number)
        self.count_places.append(place)


def read(network: "Network") -> Reader:
    """Take the state of a network apart, without its clock."""
    reader = Reader(Reading(network.now, dict(network.clock.armed)))
    reader.seen[id(network.clock)] = -1
    for router in network.routers.values():
        # What routers know of each other goes over wires, so each is a tree of its own.
        reader.visit(router)
    reader.reading.shape.append(network.chance.state)
    return reader


def pass_time(network: "Network", until: float, plainly: Callable[[float], None]) -> None:
    """Let time pass, `plainly` where something happens, else whole periods at once."""
    if network.jobs or any(router.taps for router in network.routers.values()):
        plainly(until)
        return
    readings: list[Reading] = []
    gap = NARROWEST_S
    tick = wanted = float(math.ceil(network.now))
    while tick <= until:
        plainly(tick)
        if not network.clock.flying:
            if _skip(network, readings, until):
                gap, wanted = NARROWEST_S, network.now
            elif tick >= wanted:
                readings.append(read(network).reading)
                gap, wanted = min(2 * gap, WIDEST_S), tick + gap
            del readings[:-KEPT]
        tick = network.now + STEP_S
        event = network.next_event()
        if event is None:
            break
        tick += max(0.0, math.ceil(event - tick) * STEP_S)
    plainly(until)


def _skip(network: "Network", readings: list[Reading], until: float) -> bool:
    """Skip as many periods as can be; tell if there were any."""
    present: Reader | None = None
    for earlier in list(readings):
        moving = earlier.moving(network)
        if not moving:
            continue
        if present is None:
            present = read(network)
            readings.append(present.reading)
        if not earlier.recurs(present.reading):
            readings.remove(earlier)  # something else changed since: it would only be held up
            continue
        period = network.now - earlier.at
        first, moved = earlier.echoes.get(period, (None, None))
        present.reading.echoes[period] = earlier, moving
        if first is None or moved != moving or not earlier.steps_like(first, present.reading):
            continue
        limit = min(until, _before(present.reading.limit(earlier, moving)))
        periods = math.floor((limit - network.now) / period)
        if periods > 0:
            _grow(present, earlier, periods)
            network.clock.skip(moving, periods * period)
            return True
    return False


def _before(moment: float) -> float:
    return moment - 1 / TICKS


def _grow(present: Reader, past: Reading, periods: int) -> None:
    """Move times and counters on as often as periods are skipped."""
    reading = present.reading
    for place, old, new in zip(present.time_places, past.times, reading.times, strict=True):
        if new != old:
            _write(place, new + periods * (new - old))
    for place, was, count in zip(present.count_places, past.counts, reading.counts, strict=True):
        if count != was:
            _write(place, count + periods * (count - was))


def _write(place: Place, number: float) -> None:
    owner, name = place
    if isinstance(owner, (dict, list)):
        owner[name] = number
    elif isinstance(getattr(owner, name), IkeMessage):
        setattr(owner, name, replace(getattr(owner, name), number=int(number)))
    else:
        setattr(owner, name, number)
