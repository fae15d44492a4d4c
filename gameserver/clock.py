"""The fixed-step schedule of a room; time is an argument, so tests need no clock."""

from __future__ import annotations

# The golden ratio's fraction spreads any number of points over a circle about evenly (Knuth, TAOCP 3, 6.4).
_GOLDEN = 0.618033988749895


class Schedule:
    """Deadlines at `start + n / rate` on a monotonic clock: lateness of one never moves the next."""

    def __init__(self, *, rate_hz: float, start_s: float, max_late_steps: int) -> None:
        self.rate_hz = rate_hz
        self.max_late_steps = max_late_steps
        self.slipped_ticks = 0
        """Ticks of the schedule given up so far."""
        self._start_s = start_s
        self._steps = 0

    def deadline_s(self) -> float:
        """Give when the next step is due."""
        return self._deadline_s(self._steps + 1)

    def due(self, now_s: float) -> tuple[int, int]:
        """Take the steps that are due, and give how many to run and how many ticks slipped.

        Late by up to `max_late_steps`: all of them. Later: that many, and the rest of the schedule slips.
        """
        due = int((now_s - self._start_s) * self.rate_hz) - self._steps
        # The product rounds otherwise than the deadlines do; a call exactly at one must find its step due.
        if now_s >= self._deadline_s(self._steps + due + 1):
            due += 1
        if due <= 0:
            return 0, 0
        slipped = max(0, due - self.max_late_steps)
        steps = due - slipped
        self._steps += steps
        self._start_s += slipped / self.rate_hz
        self.slipped_ticks += slipped
        return steps, slipped

    def _deadline_s(self, step: int) -> float:
        return self._start_s + step / self.rate_hz

    def fraction(self, now_s: float) -> float:
        """Give how much of the current tick has passed, 0 to 1."""
        passed = (now_s - self._start_s) * self.rate_hz - self._steps
        return min(1.0, max(0.0, passed))


def phase_s(index: int, rate_hz: float) -> float:
    """Give the offset of the `index`-th room's schedule, so that many rooms don't wake at once."""
    return (index * _GOLDEN % 1.0) / rate_hz
