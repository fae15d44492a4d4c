"""What the connection of one room is like: figures for a display, and the last ten seconds for a graph."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

KEPT_S = 10.0
RATE_WINDOW_S = 1.0


class StatsSample(NamedTuple):
    """One snapshot."""

    at_s: float
    """When it came."""
    tick: int
    lateness_ms: float
    """How far the server's clock was past its tick by then."""
    bytes: int
    margin: int | None
    """How many inputs still waited at the server (-1: none was there); None: JSON doesn't tell."""
    correction: float
    """How far the prediction was off, in units of the rows."""
    step_ms: float | None
    """How long the room's turn took on the server; None: JSON doesn't tell."""
    skipped: int
    """Snapshots that were left out before it."""


class NetStats:
    """Brought up to date by each snapshot and each frame."""

    def __init__(self) -> None:
        self.rtt_ms: float | None = None
        """The lowest of the recent round trips; None before the first."""
        self.jitter_ms: float | None = None
        """The deviation of the recent round trips."""
        self.delay_ms: float | None = None
        """How far behind the server's clock everyone else is drawn; None as long as nothing is drawn."""
        self.lead_ticks: float | None = None
        """How far ahead of it inputs are made; None without prediction."""
        self.predicting = False
        """Whether the own row is predicted."""
        self.note = ""
        """Why it isn't, in words; empty while it is, and before the first frame."""
        self.skipped = 0
        """Snapshots that were left out since the beginning."""
        self.samples: deque[StatsSample] = deque()
        """The last ten seconds, oldest first."""
        self._received: deque[tuple[float, int]] = deque()

    @property
    def latest(self) -> StatsSample | None:
        """The newest snapshot; None before the first."""
        return self.samples[-1] if self.samples else None

    @property
    def margin(self) -> int | None:
        """Of the newest snapshot, as `StatsSample.margin`."""
        return self.samples[-1].margin if self.samples else None

    @property
    def correction(self) -> float:
        """Of the newest snapshot, as `StatsSample.correction`."""
        return self.samples[-1].correction if self.samples else 0.0

    @property
    def step_ms(self) -> float | None:
        """Of the newest snapshot, as `StatsSample.step_ms`."""
        return self.samples[-1].step_ms if self.samples else None

    def bytes_per_s(self, now_s: float) -> float:
        """Give what came in the last second, all messages of the room."""
        self._forget(now_s)
        return sum(size for _, size in self._received) / RATE_WINDOW_S

    def received(self, size: int, now_s: float) -> None:
        """Count a message of the room."""
        self._received.append((now_s, size))
        self._forget(now_s)

    def add(self, sample: StatsSample) -> None:
        """Take in a snapshot."""
        self.skipped += sample.skipped
        self.samples.append(sample)
        while self.samples[0].at_s < sample.at_s - KEPT_S:
            self.samples.popleft()

    def correct(self, size: float) -> None:
        """Note by how much the prediction was corrected by the newest snapshot and those that came with it."""
        if self.samples:
            self.samples[-1] = self.samples[-1]._replace(correction=size)

    def _forget(self, now_s: float) -> None:
        while self._received and self._received[0][0] <= now_s - RATE_WINDOW_S:
            self._received.popleft()
