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
    """Wakes who is due; who is due next is woken when that one waits again, and what came in meanwhile was read."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None], Callable[[float], None]]] = []
        """A heap: when, in which order, who, and whom to tell what it took."""
        self._next: asyncio.Handle | None = None
        """The next call of `_ring`."""
        self._next_s = inf
        """What it is for."""

    def at(self, time_s: float, took: Callable[[float], None]) -> asyncio.Future[None]:
        """Give a future that is done when this time has come (or will within `GRAIN_S`).

        `took` is told how long (seconds) who waits for it, and what was read before, then kept all others waiting.
        """
        future = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (time_s, next(self._numbers), future, took))
        if time_s < self._next_s:
            self._sleep(self._clock())
        return future

    def _sleep(self, now_s: float) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next_s = self._waiting[0][0]
        self._next = asyncio.get_running_loop().call_later(max(0.0, self._next_s - now_s), self._ring)

    def _ring(self, rang_s: float = 0.0, took: Callable[[float], None] | None = None) -> None:
        now_s = self._clock()
        if took is not None:
            took(now_s - rang_s)
        waiting = self._waiting
        while waiting and waiting[0][0] <= now_s + GRAIN_S:
            _, _, future, took = heappop(waiting)
            if not future.done():
                future.set_result(None)
                # Before this call comes the step of who waited, and before that step the loop looks at its sockets.
                self._next = asyncio.get_running_loop().call_soon(self._ring, now_s, took)
                self._next_s = -inf
                return
        self._next, self._next_s = None, inf
        if waiting:
            self._sleep(now_s)
