"""The fixed-step schedule of a room; time is an argument, so tests need no clock."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

SLOT_S = 0.00025
"""How finely a `Timetable` divides a tick."""
_SLACK = 2.5
"""Turns get so many times the time that they are expected to take: some take longer, and messages come in between."""
_TURN, _AFTER = 2, 1
"""How much another turn is unwelcome in the time of a turn, and in the rest of what that gets."""


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


class Place(NamedTuple):
    """A room's place in a `Timetable`."""

    rate_hz: float
    slot: int
    weights: tuple[int, ...]
    """How it takes this slot and those after it."""

    @property
    def phase_s(self) -> float:
        """How long after each whole tick of the clock its turns are due."""
        return self.slot * SLOT_S


class Timetable:
    """Gives rooms of one rate their phases: one turn after the other, so that no two are due at once.

    Close to each other, not spread over the tick: the room that follows a turn finds code and caches warm, and its own
    turn takes less. Only when the tick is full from end to end do turns share a time.
    """

    def __init__(self) -> None:
        self._taken: dict[float, list[int]] = {}
        """By rate, how each slot is taken."""

    def take(self, rate_hz: float, turn_s: float) -> Place:
        """Find the earliest place for turns of about this length."""
        slots = self._taken.setdefault(rate_hz, [0] * max(1, int(1 / rate_hz / SLOT_S)))
        turn, with_rest = max(1, ceil(turn_s / SLOT_S)), ceil(_SLACK * turn_s / SLOT_S)
        weights = (*[_TURN] * turn, *[_AFTER] * (with_rest - turn))[: len(slots)]

        def crowding(first: int) -> tuple[int, int]:
            return max(slots[(first + n) % len(slots)] + weight for n, weight in enumerate(weights)), first

        _, slot = min(map(crowding, range(len(slots))))
        place = Place(rate_hz, slot, weights)
        self._add(place, 1)
        return place

    def give_back(self, place: Place) -> None:
        """Take a place out."""
        self._add(place, -1)

    def _add(self, place: Place, sign: int) -> None:
        slots = self._taken[place.rate_hz]
        for n, weight in enumerate(place.weights):
            slots[(place.slot + n) % len(slots)] += sign * weight


def last_start_s(now_s: float, rate_hz: float, phase_s: float) -> float:
    """Give the last time before (or at) `now_s` at which turns of this rate and phase were due."""
    return now_s - (now_s - phase_s) % (1 / rate_hz)
