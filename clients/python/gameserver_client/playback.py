"""Interpolation: what everyone else looks like now, a little behind the server, where two states are known."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple

from gameserver_client.server_clock import JUMP_S, MAD_TO_SIGMA, ServerClock
from gameserver_client.states import State

KEPT_ARRIVALS = 64
BEND = 0.1
"""Drawn time goes at most this much faster or slower than time."""
LEAST_BUFFER_S, MOST_BUFFER_S = 0.05, 0.25
EXTRAPOLATE_S = 0.1
"""How far past the newest state things go on as they moved; then they hold."""
NOTICED_S = 0.05
"""Drawn time that gains so much in one sample was held up: what is drawn jumps."""
KEPT_S = 0.5
"""States of so long are kept, and a few more."""
SPARE_STATES = 4


class Sample(NamedTuple):
    """What to draw: `alpha` of the way from one state to another (more than 1: beyond what is known)."""

    tick: float
    from_state: State
    to_state: State
    alpha: float
    jumped: bool
    """Whether drawn time, or what was known of it, didn't just run on: places may differ by more than things move."""


class Playback:
    """The latest states of a room, and the moving point between them that is drawn.

    Drawn time is the clock's tick less a delay, which follows how late snapshots come and how unevenly. It bends to
    where it should be, and never runs backward.
    """

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._rate_hz = clock.rate_hz
        self._states: deque[State] = deque()
        self._arrivals: deque[float] = deque(maxlen=KEPT_ARRIVALS)
        """Of each snapshot: how far its tick was ahead of `rate * now`; so the clock's own bends don't blur them."""
        self._gaps: deque[int] = deque(maxlen=KEPT_ARRIVALS)
        self._goal: float | None = None
        self._offset = 0.0
        """Drawn tick less `rate * now`; goes towards the goal."""
        self._sampled_s = 0.0
        self._tick = 0.0
        """The latest drawn tick."""
        self._beyond: State | None = None
        """The newest state as of the last sample, if that went beyond it."""

    @property
    def newest(self) -> State | None:
        """The latest state; None before the first."""
        return self._states[-1] if self._states else None

    @property
    def interval_ticks(self) -> float:
        """The usual distance of snapshots."""
        return median(self._gaps) if self._gaps else 1.0

    def delay_s(self, now_s: float) -> float:
        """Give how far drawn time is behind the server's clock."""
        return (self._clock.tick(now_s) - self._rate_hz * now_s - self._offset) / self._rate_hz

    def push(self, state: State, now_s: float) -> float:
        """Take in a state as it arrives, newer than all before; gives how late it is by the server's clock (s)."""
        self._clock.start(state.tick, now_s)
        first = not self._states
        if not first:
            self._gaps.append(state.tick - self._states[-1].tick)
        self._arrivals.append(state.tick - self._rate_hz * now_s)
        self._states.append(state)
        oldest = state.tick - KEPT_S * self._rate_hz
        while len(self._states) > SPARE_STATES and self._states[SPARE_STATES].tick < oldest:
            self._states.popleft()
        self._aim()
        if first:
            self._sampled_s = now_s
            self._tick = state.tick - self.interval_ticks
        return (self._clock.tick(now_s) - state.tick) / self._rate_hz

    def sample(self, now_s: float) -> Sample | None:
        """Advance drawn time; gives what to draw, or None before the first state."""
        if self._goal is None:
            return None
        jumped = self._advance(now_s, self._goal)
        states, tick = self._states, self._tick
        after = next((i for i, state in enumerate(states) if state.tick >= tick), len(states) - 1)
        to_state, from_state = states[after], states[max(0, after - 1)]
        span = to_state.tick - from_state.tick
        alpha = (tick - from_state.tick) / span if span else 1.0
        landed = self._beyond is not None and self._beyond is not states[-1]
        self._beyond = states[-1] if tick > states[-1].tick else None
        return Sample(tick, from_state, to_state, max(0.0, alpha), jumped or landed)

    def latest(self) -> Sample | None:
        """Give the newest state as it is: what there is to see without interpolation."""
        newest = self.newest
        return None if newest is None else Sample(newest.tick, newest, newest, 1.0, jumped=False)

    def _aim(self) -> None:
        middle = median(self._arrivals)
        deviation = MAD_TO_SIGMA * median(abs(a - middle) for a in self._arrivals)
        buffer_s = (2 * self.interval_ticks + 2 * deviation) / self._rate_hz
        goal = middle - self._rate_hz * min(MOST_BUFFER_S, max(LEAST_BUFFER_S, buffer_s))
        if self._goal is None or abs(goal - self._offset) > JUMP_S * self._rate_hz:
            self._offset = goal
        self._goal = goal

    def _advance(self, now_s: float, goal: float) -> bool:
        """Move drawn time; tells whether it jumped."""
        elapsed_s = max(0.0, now_s - self._sampled_s)
        self._sampled_s = max(now_s, self._sampled_s)
        most = BEND * self._rate_hz * elapsed_s
        self._offset += min(most, max(-most, goal - self._offset))
        held = self._states[-1].tick + EXTRAPOLATE_S * self._rate_hz
        last = self._tick
        self._tick = max(last, min(held, self._rate_hz * self._sampled_s + self._offset))
        return self._tick - last > (elapsed_s + NOTICED_S) * self._rate_hz
