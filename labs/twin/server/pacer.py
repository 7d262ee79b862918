"""Wall time to virtual time: runs a network up to now, and says how long until its next event.

The wall clock is a function that the caller hands in. `Driver` owns the one timer of the event
loop that drives a network; nothing polls.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

MAX_LAG_S = 2.0
"""Wall seconds of arrears that are worked off; the rest (a suspended laptop) is dropped."""
BUDGET_S = 0.25
"""Wall seconds one catch-up may compute; then the virtual clock slips instead of the answers."""
COALESCE_S = 0.01
"""Shortest wall sleep: events nearer to each other are run in one go."""
COMMAND_EVENTS = 200_000
"""Events that one command may take from a manual clock."""


class Timeline(Protocol):
    """The part of a network that the clock driver needs."""

    @property
    def now(self) -> float:
        """Give the virtual time in seconds."""

    def run_until(self, t: float) -> None:
        """Run all events up to and including t."""

    def next_event(self) -> float | None:
        """Tell when something happens next."""


class Watcher(Protocol):
    """Something that has output, or something to try again, as virtual time passes."""

    def advance(self) -> None:
        """Look at what the new time brings."""

    def waiting(self) -> bool:
        """Tell whether a command is running."""

    def next_due(self) -> float | None:
        """Tell the virtual time at which this wants to be looked at, None when it does not."""


class Pacer:
    """Maps wall time to the virtual time of a network at a rate (None: only commands move it)."""

    def __init__(
        self, network: Timeline, rate: float | None, wall: Callable[[], float] = time.monotonic
    ) -> None:
        self.network = network
        self.rate = rate
        self._wall = wall
        self._anchor()

    def _anchor(self) -> None:
        self._wall_zero = self._wall()
        self._virtual_zero = self.network.now

    def set_rate(self, rate: float | None) -> None:
        """Change the rate from now on."""
        self.catch_up()
        self.rate = rate
        self._anchor()

    def target(self) -> float:
        """Tell the virtual time that belongs to this moment."""
        if self.rate is None:
            return self.network.now
        return self._virtual_zero + (self._wall() - self._wall_zero) * self.rate

    def catch_up(self) -> None:
        """Run the network up to now, or as far as the bounds allow and call that now."""
        if self.rate is None:
            return
        target = self.target()
        limit = self.network.now + MAX_LAG_S * self.rate
        deadline = self._wall() + BUDGET_S
        if self._run(min(target, limit), deadline) and target <= limit:
            return
        self._anchor()

    def _run(self, target: float, deadline: float) -> bool:
        while (event := self.network.next_event()) is not None and event <= target:
            self.network.run_until(event)
            if self._wall() > deadline:
                return False
        if target > self.network.now:
            self.network.run_until(target)
        return True

    def delay(self, due: float | None) -> float | None:
        """Tell the wall seconds until the next event of the network or `due`."""
        if self.rate is None:
            return None
        times = [t for t in (self.network.next_event(), due) if t is not None]
        if not times:
            return None
        return max((min(times) - self.target()) / self.rate, COALESCE_S)


class Driver:
    """Drives one network on an event loop and tells its watchers when time has passed.

    A watcher that waits for nothing sleeps until it is stirred: most of 400 open sessions stand
    at a prompt, and a key in one of them must not cost a look at all.
    """

    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self._watchers: dict[Watcher, None] = {}
        self._awake: dict[Watcher, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, watcher: Watcher) -> None:
        """Tell a watcher from now on, for as long as it waits for something."""
        self._watchers[watcher] = None
        self._awake[watcher] = None

    def stir(self, watcher: Watcher) -> None:
        """Look at a sleeping watcher again at the next pump; no error if it is gone."""
        if watcher in self._watchers:
            self._awake[watcher] = None

    def forget(self, watcher: Watcher) -> None:
        """Tell a watcher no more; no error if it never was."""
        self._watchers.pop(watcher, None)
        self._awake.pop(watcher, None)

    @property
    def watching(self) -> int:
        """Count the watchers."""
        return len(self._watchers)

    def pump(self) -> None:
        """Bring the network up to now, let everybody look, and sleep until the next event."""
        self.pacer.catch_up()
        self._advance()
        if self.pacer.rate is None:
            self._take_from_clock()
        self._arm()

    def run_for(self, seconds: float) -> None:
        """Move the clock by hand, whatever its rate."""
        network = self.pacer.network
        network.run_until(network.now + seconds)
        self.pacer.set_rate(self.pacer.rate)
        self.pump()

    def stop(self) -> None:
        """End the driving."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _advance(self) -> None:
        for watcher in list(self._awake):
            if not watcher.waiting() and watcher.next_due() is None:
                del self._awake[watcher]  # unless it stirs itself
            watcher.advance()

    def _take_from_clock(self) -> None:
        """Give running commands the time they take (a manual clock moves only for them)."""
        network = self.pacer.network
        for _ in range(COMMAND_EVENTS):
            if not any(watcher.waiting() for watcher in self._awake):
                return
            event = network.next_event()
            if event is None:
                return
            network.run_until(event)
            self._advance()

    def _arm(self) -> None:
        """Set the timer; one that goes off too early only looks again."""
        dues = [t for w in self._awake if (t := w.next_due()) is not None]
        delay = self.pacer.delay(min(dues, default=None))
        if delay is None:
            self.stop()
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + delay
        if self._timer is not None and loop.time() < self._timer.when() <= due:
            return
        self.stop()
        self._timer = loop.call_at(due, self.pump)
