"""What tick it is at the server, worked out from pings."""

from __future__ import annotations

from collections import deque
from statistics import mean, median
from typing import NamedTuple

KEPT_SAMPLES = 16
BEND = 0.05
"""The clock goes at most this much faster or slower than time: too little to be seen."""
JUMP_S = 0.25
"""Farther off than this it jumps: bending would take too long."""
SLIP_SLACK_S = 0.02
SLIPPED_AFTER = 3
"""Samples running that must agree that the server is elsewhere."""
EAGER_S = 2.0
"""How long after the start pings are frequent."""
EAGER_INTERVAL_S = 0.1
CALM_INTERVAL_S = 1.0
MAD_TO_SIGMA = 1.4826
"""A median absolute deviation times this is the standard deviation of normal noise; one stall doesn't disturb it."""


class Sample(NamedTuple):
    """One answered ping."""

    rtt_s: float
    offset: float
    """What `rate * now` is short of the server's tick."""


class ServerClock:
    """The server's fractional tick by the client's time; `now_s` is an argument everywhere.

    The low round trips are trusted: a ping that took long was held up on one of its ways, and nobody knows on which.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._samples: deque[Sample] = deque(maxlen=KEPT_SAMPLES)
        self._strays: list[Sample] = []
        """The latest samples, as long as all of them lie off on one side."""
        self._estimate: float | None = None
        self.jumped = 0.0
        """Ticks that it jumped by so far, all added up; the first answer to a ping doesn't count."""
        self._offset = 0.0
        """What is applied; goes towards the estimate."""
        self._bent_s: float | None = None
        """When the applied offset was last brought up to date; None before anything is known."""
        self._started_s: float | None = None

    @property
    def started(self) -> bool:
        """Whether anything is known yet."""
        return self._bent_s is not None

    @property
    def synced(self) -> bool:
        """Whether a ping was answered yet."""
        return self._estimate is not None

    @property
    def rtt_s(self) -> float:
        """The lowest of the recent round trips; 0 before the first."""
        return min((s.rtt_s for s in self._recent()), default=0.0)

    @property
    def jitter_s(self) -> float:
        """The deviation of the recent round trips."""
        recent = [s.rtt_s for s in self._recent()]
        if not recent:
            return 0.0
        middle = median(recent)
        return MAD_TO_SIGMA * median(abs(rtt - middle) for rtt in recent)

    def start(self, tick: float, now_s: float) -> None:
        """Begin with a snapshot's tick, until the first ping is answered."""
        if self._bent_s is None:
            self._offset = tick - self.rate_hz * now_s
            self._bent_s = now_s

    def ping_interval_s(self, now_s: float) -> float:
        """Give how long to wait from this ping to the next; the first call starts the eager phase."""
        if self._started_s is None:
            self._started_s = now_s
        return EAGER_INTERVAL_S if now_s - self._started_s < EAGER_S else CALM_INTERVAL_S

    def hurry(self) -> None:
        """Ping eagerly again: the way to the server may be another one."""
        self._started_s = None

    def pong(self, sent_s: float, tick: float, now_s: float) -> None:
        """Take in the answer to a ping that was sent at `sent_s`."""
        rtt_s = max(0.0, now_s - sent_s)
        sample = Sample(rtt_s, tick - self.rate_hz * (now_s - rtt_s / 2))
        first = self._estimate is None
        self._bend(now_s)
        self._sort_in(sample)
        self._estimate = self._best()
        off = self._estimate - self._offset
        if first or abs(off) > JUMP_S * self.rate_hz:
            self.jumped += 0.0 if first else off
            self._offset = self._estimate

    def tick(self, now_s: float) -> float:
        """Give the server's tick."""
        self._bend(now_s)
        return self.rate_hz * now_s + self._offset

    def _sort_in(self, sample: Sample) -> None:
        """Add a sample; strays that agree replace everything before them (the server slipped, or the path changed)."""
        if self._estimate is None:
            self._samples.append(sample)
            return
        off = sample.offset - self._estimate
        if abs(off) <= (sample.rtt_s / 2 + SLIP_SLACK_S) * self.rate_hz:
            self._samples.extend([*self._strays, sample])
            self._strays.clear()
            return
        if self._strays and (self._strays[0].offset > self._estimate) != (off > 0):
            self._samples.extend(self._strays)
            self._strays.clear()
        self._strays.append(sample)
        if len(self._strays) == SLIPPED_AFTER:
            self._samples.clear()
            self._samples.extend(self._strays)
            self._strays.clear()

    def _best(self) -> float:
        """Give the mean offset of the quarter with the lowest round trips."""
        ranked = sorted(self._samples)
        return mean(s.offset for s in ranked[: max(1, len(ranked) // 4)])

    def _recent(self) -> list[Sample]:
        return [*self._samples, *self._strays]

    def _bend(self, now_s: float) -> None:
        if self._bent_s is None:
            self._bent_s = now_s
        elapsed_s = max(0.0, now_s - self._bent_s)
        self._bent_s = max(now_s, self._bent_s)
        if self._estimate is not None:
            most = BEND * self.rate_hz * elapsed_s
            self._offset += min(most, max(-most, self._estimate - self._offset))
