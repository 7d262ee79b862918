"""Virtual time: what is due when, as data.

Theory of operation. One heap holds what will happen, ordered by (time, sequence number), so that
equal times run in the order in which they were asked for and a run can be repeated exactly.
There are two sorts of entries:

* a *timer* is named (owner, kind, key); arming it again replaces it, and it can be cancelled;
* a *post* (a packet on a wire) has no name and can be neither replaced nor cancelled.

Replacing and cancelling are lazy: the table of armed timers is the truth, the heap may hold
entries that the table no longer knows. A timer that is moved to a later time keeps its place in
the heap and is put back when that place is reached, so that a hold timer which every hello pushes
away costs no heap entry a hello.

What is due is due at a tick, a fraction of a second that adds up without rounding: what recurs
every five seconds recurs at exactly equal steps for ever, and a timer never goes off too early.

Nothing here reads the wall clock: `now` moves only in `pop`, `advance` and `skip`.
"""

import heapq
from collections.abc import Collection
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

TICKS = 1 << 20
"""Ticks a second: a power of two, so that a float holds every tick of centuries exactly."""

Name = tuple[str, str, str]
"""Of a timer: owner, kind, key."""
Moment = tuple[float, int, int]
"""Due time, sequence number of the wish, sequence number of its heap entry."""


class Due(NamedTuple):
    """Something that happens: a timer that went off or a post that arrived."""

    at: float
    owner: str
    kind: str
    key: str
    data: object = None


@dataclass(slots=True)
class Clock:
    """The virtual clock of one network."""

    now: float = 0.0
    sequence: int = 0
    heap: list[tuple[float, int, str, str, str, object]] = field(default_factory=list)
    armed: dict[Name, Moment] = field(default_factory=dict)
    """The timers, by name."""

    @property
    def flying(self) -> bool:
        """Tell whether a post is on its way."""
        return any(entry[5] is not None for entry in self.heap)

    def arm(self, at: float, owner: str, kind: str, key: str = "") -> None:
        """Arm a timer; one of the same name is replaced. A time in the past means now."""
        due = self._tick(at)
        self.sequence += 1
        name = (owner, kind, key)
        known = self.armed.get(name)
        if known is not None and known[0] <= due:
            # The old entry comes up first and is put back then (see the head of the file).
            self.armed[name] = (due, self.sequence, known[2])
            return
        heapq.heappush(self.heap, (due, self.sequence, owner, kind, key, None))
        self.armed[name] = (due, self.sequence, self.sequence)

    def cancel(self, owner: str, kind: str, key: str = "") -> None:
        """Forget a timer; no error if it is not armed."""
        self.armed.pop((owner, kind, key), None)
        if len(self.heap) > 64 and len(self.heap) > 4 * (len(self.armed) + 16):
            self._sweep()

    def cancel_owner(self, owner: str) -> None:
        """Forget all timers of one owner."""
        for name in [name for name in self.armed if name[0] == owner]:
            del self.armed[name]

    def cancel_kind(self, owner: str, kind: str) -> None:
        """Forget all timers of one kind of an owner."""
        for name in [name for name in self.armed if name[:2] == (owner, kind)]:
            del self.armed[name]

    def due_at(self, owner: str, kind: str, key: str = "") -> float | None:
        """Tell when a timer goes off, None if it is not armed."""
        known = self.armed.get((owner, kind, key))
        return known[0] if known else None

    def post(self, at: float, owner: str, kind: str, data: object) -> None:
        """Put something on its way that cannot be called back."""
        self.sequence += 1
        heapq.heappush(self.heap, (self._tick(at), self.sequence, owner, kind, "", data))

    def next_at(self) -> float | None:
        """Tell when the next thing happens, None if nothing ever will."""
        self._settle()
        return self.heap[0][0] if self.heap else None

    def pop(self, until: float) -> Due | None:
        """Take the next thing due not later than `until` and move the time to it."""
        self._settle()
        if not self.heap or self.heap[0][0] > until:
            return None
        at, _, owner, kind, key, data = heapq.heappop(self.heap)
        if data is None:
            self.armed.pop((owner, kind, key), None)
        self.now = at
        return Due(at, owner, kind, key, data)

    def advance(self, until: float) -> None:
        """Move the time forward when nothing is due before."""
        self.now = max(self.now, until)

    def skip(self, moving: Collection[Name], by: float) -> None:
        """Move the time on, and with it some timers; nothing else may be due until then."""
        for name, (due, wish, _) in self.armed.items():
            self.armed[name] = (due + by if name in moving else due, wish, wish)
        self.heap = [(due, wish, *name, None) for name, (due, wish, _) in self.armed.items()]
        heapq.heapify(self.heap)
        self.now += by

    def _tick(self, at: float) -> float:
        """Give the first tick that is not before a time, nor in the past."""
        return ceil(max(at, self.now) * TICKS) / TICKS

    def _settle(self) -> None:
        """Make the head of the heap something that really happens then."""
        heap = self.heap
        while heap:
            _, number, owner, kind, key, data = heap[0]
            if data is not None:
                return
            known = self.armed.get((owner, kind, key))
            if known is None or known[2] != number:
                heapq.heappop(heap)
                continue
            due, wish, _ = known
            if wish == number:
                return
            heapq.heapreplace(heap, (due, wish, owner, kind, key, None))
            self.armed[(owner, kind, key)] = (due, wish, wish)

    def _sweep(self) -> None:
        """Drop the entries of cancelled and replaced timers."""
        self.heap = [
            entry
            for entry in self.heap
            if entry[5] is not None
            or ((known := self.armed.get(entry[2:5])) is not None and known[2] == entry[1])
        ]
        heapq.heapify(self.heap)
