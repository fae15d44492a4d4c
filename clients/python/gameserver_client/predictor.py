"""Prediction: the own row, run ahead of the server by the inputs that it hasn't answered yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import copy
from math import floor, hypot
from typing import Any, NamedTuple

from msgspec.structs import replace

from gameserver_client.error_blend import ErrorBlend
from gameserver_client.lead import Lead
from gameserver_client.server_clock import ServerClock
from gameserver_client.states import State, TableRow
from gameserver_client.twin import Twin

MOST_PENDING = 64
"""Inputs in flight beyond which nothing more is made: the server doesn't answer."""
MOST_DUE = 4
"""Client ticks that one frame makes up for; the rest is skipped."""
SNAP_STEPS = 10
"""A correction of more than so many of the longest steps is a teleport."""

Send = Callable[[Any], int | None]
"""Sends an input; gives its number, or None while the connection is down."""


class Pending(NamedTuple):
    """An input that the server hasn't answered."""

    seq: int
    input: Any


class Correction(NamedTuple):
    """From where the own row is now to where it was predicted to be, at the same pending input."""

    x: float
    y: float
    teleported: bool
    """A jump to be seen, not blended."""

    @property
    def size(self) -> float:
        """The distance; 0 for what isn't an error of the prediction."""
        return 0.0 if self.teleported else hypot(self.x, self.y)


NO_CORRECTION = Correction(0.0, 0.0, teleported=False)


class Predictor:
    """Produces one input per client tick, and the own row as it will be when the server has taken them.

    The row is None where there is nothing to predict: before the first snapshot, and as long as the player has no row.
    """

    def __init__(
        self, twin: Twin, clock: ServerClock, player: int, send: Send, *, snap_distance: float | None = None
    ) -> None:
        self.row: Any = None
        """The predicted row, of the game's class, after the latest input."""
        self.pending: deque[Pending] = deque()
        self.lead: Lead | None = None
        """From the first answered ping on."""
        self._twin = twin
        self._clock = clock
        self._player = player
        self._send = send
        self._snap_distance = snap_distance
        self._longest_step = 0.0
        self._state = State(0, {})
        self._pressed: Any = None
        """What was held since the last input, buttons or-ed, so that a tap isn't lost."""
        self._held: Any = twin.input()
        self._time = 0.0
        """Client ticks, fractional; never goes back."""
        self._dropped = 0.0
        self._jumped = 0.0
        """The clock's jumps that are accounted for."""
        self._advanced_s = 0.0
        self._stuck = False
        """Whether the latest input couldn't be made: things hold at the end of its tick."""
        self._part = 0.0
        """The part of a step that was drawn beyond the row, and that whole step."""
        self._step = (0.0, 0.0)
        self._swerve = ErrorBlend()

    @property
    def snap_distance(self) -> float:
        """From here on a correction is a teleport."""
        return SNAP_STEPS * self._longest_step if self._snap_distance is None else self._snap_distance

    @property
    def tick(self) -> float:
        """The tick of the drawn place, on the server's count."""
        return self._state.tick + len(self.pending) + self._part

    def advance(self, now_s: float, held: Any = None) -> int:
        """Go on to `now_s` with this input held (None: nothing is); gives how many inputs were due."""
        self._held = self._twin.input() if held is None else held
        self._pressed = self._held if self._pressed is None else _with_buttons_of(self._pressed, self._held)
        if not self._clock.synced:
            return 0
        due = self._run(now_s)
        for _ in range(min(due, MOST_DUE)):
            self._produce()
        return due

    def reconcile(self, state: State, ack: int | None, margin: int | None, now_s: float) -> Correction:
        """Take in a snapshot: the own row from there, and the inputs that it doesn't show yet on top."""
        self._state = state
        while self.pending and ack is not None and self.pending[0].seq <= ack:
            self.pending.popleft()
        # With nothing under way the server can't but starve: nothing to learn from that.
        if margin is not None and self.lead is not None and self.pending:
            self._dropped += self.lead.report(margin, now_s)
        before, self.row = self.row, None
        values: TableRow = state.tables[self._twin.table].get(self._player)
        if values is None:
            self._part = 0.0
            return NO_CORRECTION
        self.row = self._twin.row(values)
        for step, pending in enumerate(self.pending, 1):
            self._move(self.row, pending.input, state.tick + step)
        return self._correction(before)

    def drawn(self) -> tuple[float, float] | None:
        """Give where the own row is between the latest client tick and the next, by the input held now."""
        if self.row is None or not self._twin.has_place:
            return None
        if self.lead is None:
            return float(self.row.x), float(self.row.y)
        peek = copy(self.row)
        self._move(peek, self._next_input(), self._next_tick())
        self._turn(peek.x - self.row.x, peek.y - self.row.y)
        self._part = 1.0 if self._stuck else self._time - floor(self._time)
        return self.row.x + self._part * self._step[0], self.row.y + self._part * self._step[1]

    def take_swerve(self) -> tuple[float, float]:
        """Give what to add to the visual error, from where the own row is drawn now to where its way led so far.

        Another input within a tick counts for the whole tick. What was drawn of that tick so far isn't taken back at
        once: the difference is blended like any other.
        """
        swerve = self._swerve.x, self._swerve.y
        self._swerve.clear()
        return swerve

    def _turn(self, x: float, y: float) -> None:
        """The step of the tick that is under way is (x, y), whatever was drawn of it."""
        self._swerve.add(self._part * (self._step[0] - x), self._part * (self._step[1] - y))
        self._step = x, y

    def _run(self, now_s: float) -> int:
        """Move the client's time: the server's clock and the lead, less what was dropped; gives the ticks passed."""
        tick = self._clock.tick(now_s)
        before = floor(self._time)
        jumped, self._jumped = self._clock.jumped != self._jumped, self._clock.jumped
        if self.lead is None:
            self.lead = Lead(self._clock)
            jumped = True
        else:
            self.lead.advance(max(0.0, now_s - self._advanced_s))
        self._advanced_s = max(now_s, self._advanced_s)
        time = tick + self.lead.ticks - self._dropped
        if jumped:  # the ticks between are not made up for: their inputs would wait at the server in a heap
            self._time = time
            return 0
        self._time = max(self._time, time)
        return floor(self._time) - before

    def _produce(self) -> None:
        given = self._next_input()
        seq = self._send(given) if len(self.pending) < MOST_PENDING else None
        self._stuck = seq is None
        if seq is None:
            return
        self._pressed = None
        tick = self._next_tick()
        self.pending.append(Pending(seq, given))
        if self.row is None:
            return
        x, y = self._place()
        self._move(self.row, given, tick)
        new_x, new_y = self._place()
        self._turn(new_x - x, new_y - y)
        self._part = 0.0
        self._longest_step = max(self._longest_step, hypot(new_x - x, new_y - y))

    def _next_input(self) -> Any:
        return self._held if self._pressed is None else self._pressed

    def _next_tick(self) -> int:
        """The tick in which the server will take the next input."""
        return self._state.tick + len(self.pending) + 1

    def _move(self, row: Any, given: Any, tick: int) -> None:
        self._twin.move(row, given, self._twin.view(self._state, tick, self._player, row))

    def _place(self) -> tuple[float, float]:
        return (self.row.x, self.row.y) if self._twin.has_place else (0.0, 0.0)

    def _correction(self, before: Any) -> Correction:
        if before is None or not self._twin.has_place:
            return Correction(0.0, 0.0, teleported=before is None)
        x, y = before.x - self.row.x, before.y - self.row.y
        far = hypot(x, y) > self.snap_distance
        teleported = far or (self._twin.teleported is not None and self._twin.teleported(before, self.row))
        if teleported:
            self._part = 0.0
            self._swerve.clear()
        return Correction(x, y, teleported)


def _with_buttons_of(earlier: Any, later: Any) -> Any:
    """The later input counts, but what was pressed in the earlier stays pressed."""
    pressed = {f: True for f in later.__struct_fields__ if getattr(earlier, f) is True}
    return replace(later, **pressed) if pressed else later
