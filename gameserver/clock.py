"""The fixed-step schedule of a room; time is an argument, so tests need no clock."""

from __future__ import annotations

from math import ulp

CONVOYS = (0.0, 0.5)
"""Where in a tick convoys begin; a later one is begun when those before it are long enough."""
LONGEST = 0.75
"""How much of the time until the next convoy begins one takes up before another is begun."""
SHORTEST_S = 0.0005
"""Turns get so much time at least: rooms with little to do yet don't pile up."""
SLACK = 1.35
"""Turns get so many times the time that they take, so that one which takes longer doesn't make all later ones late."""
CHANGED = 1.2
"""Turns get another time when theirs has become so many times longer or shorter than when they were given it."""
_TURNS = 8
"""Over about so many turns goes the average of what they take."""
_HICCUP = 2
"""What takes so many times longer than the average says more of the machine than of the room, and counts as that."""


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
        return self._start_s + (self._steps + 1) / self.rate_hz

    def due(self, now_s: float) -> tuple[int, int]:
        """Take the steps that are due, and give how many to run and how many ticks slipped.

        Late by up to `max_late_steps`: all of them. Later: that many, and the rest of the schedule slips.
        """
        due = int((now_s - self._start_s) * self.rate_hz) - self._steps
        # The product rounds otherwise than the deadlines do; a call exactly at one must find its step due.
        if now_s >= self._start_s + (self._steps + due + 1) / self.rate_hz:
            due += 1
        if due <= 0:
            return 0, 0
        slipped = max(0, due - self.max_late_steps)
        steps = due - slipped
        self._steps += steps
        self._start_s += slipped / self.rate_hz
        while slipped and self.deadline_s() <= now_s:  # by rounding alone
            self._start_s += ulp(now_s)
        self.slipped_ticks += slipped
        return steps, slipped

    def shift(self, by_s: float) -> None:
        """Have all deadlines to come later by so much; earlier, if it is negative."""
        self._start_s += by_s

    def fraction(self, now_s: float) -> float:
        """Give how much of the current tick has passed, 0 to 1."""
        passed = (now_s - self._start_s) * self.rate_hz - self._steps
        return min(1.0, max(0.0, passed))


class Place:
    """A room's place in a `Timetable`."""

    __slots__ = ("_given_s", "convoy", "phase_s", "turn_s")

    def __init__(self, convoy: Convoy, turn_s: float) -> None:
        self.convoy = convoy
        self.turn_s = self._given_s = turn_s
        """What a turn took on average lately, with the messages that were read for it; at first, what is expected."""
        self.phase_s = 0.0
        """How long after each whole tick of the clock its turns are due."""

    def took(self, turn_s: float) -> None:
        """Note how long a turn kept all others waiting; where that has changed much, the turns after it move."""
        self.turn_s += (min(turn_s, _HICCUP * self.turn_s) - self.turn_s) / _TURNS
        if not self._given_s < CHANGED * self.turn_s < CHANGED * CHANGED * self._given_s:
            self.convoy.settle()

    def settle(self, phase_s: float) -> None:
        """Have turns from now on at this phase, long as they are now."""
        self._given_s = self.turn_s
        self.phase_s = phase_s


class Convoy:
    """Turns that follow closely on each other: each finds code and caches as the one before left them."""

    def __init__(self, start_s: float, span_s: float) -> None:
        self._start_s = start_s
        self._span_s = span_s
        self._places: list[Place] = []

    @property
    def length_s(self) -> float:
        """How much time its turns need, their slack included."""
        return SLACK * sum(max(SHORTEST_S, place.turn_s) for place in self._places)

    def join(self, turn_s: float) -> Place:
        """Add a turn at the end."""
        place = Place(self, turn_s)
        self._places.append(place)
        self.settle()
        return place

    def leave(self, place: Place) -> None:
        """Take a turn out; those after it move up."""
        self._places.remove(place)
        self.settle()

    def settle(self) -> None:
        """Give each turn its time after the one before; where there is too little for all, each gets its share."""
        share = SLACK * self._span_s / max(self._span_s, self.length_s)
        phase_s = self._start_s
        for place in self._places:
            place.settle(phase_s)
            phase_s += share * max(SHORTEST_S, place.turn_s)


class Timetable:
    """Gives rooms of one rate their phases, so that no two are due at once."""

    def __init__(self) -> None:
        self._convoys: dict[float, list[Convoy]] = {}
        """By rate."""

    def take(self, rate_hz: float, turn_s: float) -> Place:
        """Find a place for turns of about this length."""
        span_s = 1 / rate_hz / len(CONVOYS)
        convoys = self._convoys.setdefault(rate_hz, [Convoy(start / rate_hz, span_s) for start in CONVOYS])
        short = (convoy for convoy in convoys if convoy.length_s + SLACK * turn_s <= LONGEST * span_s)
        return (next(short, None) or min(convoys, key=lambda convoy: convoy.length_s)).join(turn_s)

    def give_back(self, place: Place) -> None:
        """Take a place out."""
        place.convoy.leave(place)


def last_start_s(now_s: float, rate_hz: float, phase_s: float) -> float:
    """Give the last time before (or at) `now_s` at which turns of this rate and phase were due."""
    return now_s - (now_s - phase_s) % (1 / rate_hz)
