"""When to draw: up to so many times a second, without keeping the loop from the network."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

FPS = 60
KEPT = 240


class Pace:
    """Even steps of time; late ones aren't made up for."""

    def __init__(self, fps: float = FPS, clock: Callable[[], float] = time.perf_counter) -> None:
        self._step_s = 1 / fps
        self._clock = clock
        self._due_s = clock()
        self._begins_s: deque[float] = deque(maxlen=KEPT)
        self.work_s: deque[float] = deque(maxlen=KEPT)
        """How long the latest frames took, waiting left out."""

    @property
    def fps(self) -> float:
        """How many frames a second begin, of late."""
        began_s = self._begins_s
        return 0.0 if len(began_s) < 2 else (len(began_s) - 1) / max(1e-9, began_s[-1] - began_s[0])

    def begin(self) -> float:
        """Say that a frame begins; gives the time."""
        self._begins_s.append(self._clock())
        return self._begins_s[-1]

    async def rest(self) -> None:
        """Say that it is done, and wait for the next; others always get a turn."""
        now_s = self._clock()
        self.work_s.append(now_s - self._begins_s[-1])
        self._due_s = max(self._due_s + self._step_s, now_s)
        await asyncio.sleep(max(0.0, self._due_s - now_s))
