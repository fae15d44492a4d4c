"""What the terminal shows: a line per run, and the time left below it, in place where there is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

_CLEAR = "\r\x1b[2K"
"""Goes back to the line's beginning, and empties it."""


class Progress:
    """Tells what goes on, and estimates how long it will.

    What is left is what was planned, stretched by what the work so far took against its own plan.
    """

    def __init__(
        self, planned_s: float, *, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._clock = clock
        self._began_s = clock()
        self._planned_s = planned_s
        self._done_s = 0.0
        self._passed_s = 0.0
        """What the work that is done took."""
        self._heading = ""
        self._what = ""

    @property
    def left_s(self) -> float:
        """How long it will still take, by what it took so far."""
        pace = self._passed_s / self._done_s if self._done_s else 1.0
        return max(0.0, self._planned_s - self._done_s) * pace

    def now(self, heading: str, what: str) -> None:
        """Say what is being measured; a new heading gets a line of its own."""
        if heading != self._heading:
            self._heading = heading
            self.line(f"\n  {heading}")
        self._what = what
        self._show_status()

    def line(self, text: str) -> None:
        """Print a line for good, above what is being measured."""
        self._write(f"{_CLEAR}{text}\n" if self._live else f"{text}\n")
        self._show_status()

    def result(self, who: str, text: str) -> None:
        """Print what came out of a run."""
        left = "" if self._live else f"   [{_minutes(self.left_s)} left]"
        self.line(f"    {who:<40} {text}{left}")

    def done(self, planned_s: float) -> None:
        """Take it that a piece of the plan is over, however long it took."""
        self._what = ""
        self._done_s += planned_s
        self._passed_s = self._clock() - self._began_s

    def end(self) -> None:
        """Leave the terminal clean."""
        self._what = ""
        if self._live:
            self._write(_CLEAR)

    def _show_status(self) -> None:
        if self._live and self._what:
            self._write(f"{_CLEAR}    {self._what} ...   {_minutes(self.left_s)} left")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
