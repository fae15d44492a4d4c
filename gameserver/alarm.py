"""Wakes tasks at their times, one after the other, with one timer of the event loop for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf

GRAIN_S = 0.0005
"""uvloop's timers count whole milliseconds, and fire up to half of one early; asleep for the rest of it, the loop would
not sleep but turn. What is due within that is due."""


class Alarm:
    """Wakes who is due; who is due next is woken when that one sleeps again, and what came in meanwhile was read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = count()
        self._asleep: list[tuple[float, int, asyncio.Future[None], Sleeper]] = []
        """A heap: until when, in which order, what wakes, and whom."""
        self._awake: Sleeper | None = None
        """Whose turn it is; there is no timer meanwhile."""
        self._rang_s = 0.0
        """When that one was woken."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_s = inf
        """What the timer is for."""

    def sleeper(self, took: Callable[[float], None]) -> Sleeper:
        """Take in a task that sleeps from turn to turn, and waits for nothing else in a turn.

        `took` is told how long (seconds) each turn, and what was read before it, then kept all others waiting.
        """
        return Sleeper(took)

    def sleep(self, sleeper: Sleeper, until_s: float) -> asyncio.Future[None]:
        """End this one's turn, and give a future that is done when its next one has come.

        That is when it is time (or will be within `GRAIN_S`), and all who were due before have had their turns.
        """
        future = sleeper.loop.create_future()
        heappush(self._asleep, (until_s, next(self._numbers), future, sleeper))
        if self._awake is sleeper:
            now_s = self._clock()
            sleeper.took(now_s - self._rang_s)
            self._wake_next(now_s)
        elif self._awake is None and until_s < self._timer_s:
            self._set_timer(self._clock())
        return future

    def leave(self, sleeper: Sleeper) -> None:
        """End this one's last turn. Who was woken and neither sleeps again nor leaves keeps all others asleep."""
        if self._awake is sleeper:
            now_s = self._clock()
            sleeper.took(now_s - self._rang_s)
            self._wake_next(now_s)

    def _wake_next(self, now_s: float) -> None:
        asleep = self._asleep
        while asleep and asleep[0][0] <= now_s + GRAIN_S:
            _, _, future, sleeper = heappop(asleep)
            if not future.done():
                self._awake, self._rang_s = sleeper, now_s
                future.set_result(None)  # its task goes on after the loop has looked at its sockets
                return
        self._awake = None
        if asleep:
            self._set_timer(now_s)

    def _set_timer(self, now_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_s, _, _, sleeper = self._asleep[0]
        self._timer = sleeper.loop.call_later(max(0.0, self._timer_s - now_s), self._ring)

    def _ring(self) -> None:
        self._timer, self._timer_s = None, inf
        self._wake_next(self._clock())


class Sleeper:
    """One whom the alarm wakes."""

    __slots__ = ("loop", "took")

    def __init__(self, took: Callable[[float], None]) -> None:
        self.took = took
        self.loop = asyncio.get_running_loop()  # asked once: it looks for a forked process each time
