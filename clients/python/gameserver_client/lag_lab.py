"""A bad connection for the laboratory: latency, jitter and stalls between the socket and the SDK."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

STALL_EVERY_S = 5.0


class LagLab:
    """What the link is like; may be changed at any time. All zero: it isn't there."""

    def __init__(self, *, latency_ms: float = 0, jitter_ms: float = 0, stall_ms: float = 0) -> None:
        self.latency_ms = latency_ms
        """Added to the round trip, half each way."""
        self.jitter_ms = jitter_ms
        """Up to so much more each way, evenly spread."""
        self.stall_ms = stall_ms
        """Every five seconds both directions are held for so long."""

    @property
    def idle(self) -> bool:
        """Whether everything passes through."""
        return self.latency_ms <= 0 and self.jitter_ms <= 0 and self.stall_ms <= 0


class Lane:
    """One direction of a link: tells when what is handed in now comes out. Always in order."""

    def __init__(self, lab: LagLab, random: Callable[[], float] | None = None) -> None:
        self._lab = lab
        self._random = random or Random().random
        self._last_due_s = 0.0

    def due_s(self, now_s: float) -> float:
        """Give the moment, `now_s` itself where nothing holds it up."""
        lab = self._lab
        due_s = now_s
        if not lab.idle:
            due_s += (lab.latency_ms / 2 + lab.jitter_ms * self._random()) / 1000
            into_s = due_s % STALL_EVERY_S
            if into_s < lab.stall_ms / 1000:
                due_s += lab.stall_ms / 1000 - into_s
        self._last_due_s = max(due_s, self._last_due_s)
        return self._last_due_s
