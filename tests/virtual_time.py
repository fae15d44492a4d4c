"""An event loop on a clock of its own: what would sleep moves the clock on, so nothing waits and nothing is late."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready; if nothing is, let the time pass for which one would have waited."""
        ready = super().select(0)
        if not ready and timeout:
            self._loop.pass_time(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time passes when it has nothing to do, or when somebody says that it does."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self._now_s = start_s
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Give the time on this loop's clock, in seconds."""
        return self._now_s

    def pass_time(self, seconds: float) -> None:
        """Let time pass, as for somebody who works."""
        self._now_s += seconds

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run a test's coroutine, and close."""
        with asyncio.Runner(loop_factory=lambda: self) as runner:
            runner.run(main)
