"""Prediction: the own row, run ahead of the server by the inputs that it hasn't answered yet.

The row is run up to a certain *tick* of the server, by the inputs in flight as far as they go, rather than by all of
them. That is the same as long as each input is there in time. When the network stalls, the server goes on with the last
input, and what comes late is run later: the row has then gone as many steps as predicted, and there is nothing to
correct unless something else was pressed meanwhile. What the inputs are late by is made up by leaving some out.
"""

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
SURE_SNAPSHOTS = 6
"""So many running must agree that inputs are run too late, or too early, before anything is done about it."""
ALONE_S = 0.5
"""So long the own row goes on as it is steered without a connection; then it waits to be told where it is."""
SNAP_STEPS = 10
"""A correction of more than so many of the longest steps is a teleport."""

Send = Callable[[Any], int | None]
"""Sends an input; gives its number, or None while the connection is down."""


UNSENT = 2**32
"""The number of an input that nobody heard, beyond all that are acknowledged."""


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
        """The predicted row, of the game's class, `_ahead` ticks after the latest snapshot."""
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
        self._ahead = 0
        self._heard = False
        """Whether there is a snapshot that the row doesn't follow from yet."""
        self._answered = False
        """Whether the server has consumed any input since the last pause: what flies can be told from what is late."""
        self._late: deque[int] = deque(maxlen=SURE_SNAPSHOTS)
        """By how many ticks the inputs in flight are late, as of the latest snapshots."""
        self._catch_up = 0
        """Client ticks to come without an input, to make up for that ..."""
        self._wait = 0
        """... and such in which the row waits."""
        self._alone: int | None = None
        """How many ticks were run without a connection; None: there is one."""
        self._strayed = 0
        """Those of the latest loss, until the server has said where the row is."""
        self._pressed: set[str] = set()
        """Buttons pressed since the last input: a tap isn't lost."""
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
        return self._state.tick + self._ahead + self._part

    def lose(self) -> None:
        """The connection is down: for a while the row goes on alone."""
        if self._alone is None:
            self._alone = self._strayed

    def resume(self) -> None:
        """The seat is kept. What was in flight is lost: the next snapshot shows where that has left the row."""
        self._strayed, self._alone = self._alone or 0, None
        self.pending.clear()
        self._answered = False
        self._late.clear()
        self._catch_up = self._wait = 0

    def advance(self, now_s: float, held: Any = None) -> int:
        """Go on to `now_s` with this input held (None: nothing is); gives how many inputs were due."""
        before, self._held = self._held, self._twin.input() if held is None else held
        # A button that is held all the time needs no remembering, and must not outlive its release.
        self._pressed |= _buttons(self._held) - _buttons(before)
        if not self._clock.synced:
            return 0
        due = self._run(now_s)
        for _ in range(min(due, MOST_DUE)):
            self._client_tick()
        return due

    def reconcile(self, state: State, ack: int | None, margin: int | None, now_s: float) -> Correction:
        """Take in a snapshot, and correct what is predicted at once."""
        self.hear(state, ack, margin, now_s)
        return self.settle() or NO_CORRECTION

    def hear(self, state: State, ack: int | None, margin: int | None, now_s: float) -> None:
        """Take in a snapshot.

        What is predicted changes with the next `settle`, which has to come before anything else: several snapshots that
        come between two frames are corrected by at once.
        """
        passed, self._state = state.tick - self._state.tick, state
        while self.pending and ack is not None and self.pending[0].seq <= ack:
            self.pending.popleft()
            self._answered = True
        self._answered = self._answered and bool(self.pending)
        self._ahead = max(0, self._ahead - passed) if self._answered else len(self.pending)
        self._judge(margin, now_s)
        self._heard = True

    def settle(self) -> Correction | None:
        """Run the own row again, from the latest snapshot on; None when there is no new one."""
        if not self._heard:
            return None
        self._heard = False
        state, strayed = self._state, self._strayed
        self._strayed = 0
        before, self.row = self.row, None
        values: TableRow = state.tables[self._twin.table].get(self._player)
        if values is None:
            self._part = 0.0
            return NO_CORRECTION
        self.row = self._twin.row(values)
        for step in range(self._ahead):
            self._move(self.row, self._input_at(step), state.tick + step + 1)
        return self._correction(before, strayed)

    def _judge(self, margin: int | None, now_s: float) -> None:
        """Learn from a snapshot whether inputs are there in time."""
        late = len(self.pending) - self._ahead
        # What the server has merged meanwhile needs no making up for.
        self._catch_up, self._wait = min(self._catch_up, max(0, late)), min(self._wait, max(0, -late))
        # With nothing under way the server can't but starve, and no lead is long enough for a stall.
        telling = bool(self.pending) and (margin is None or margin >= 0 or late <= 1)
        if margin is not None and self.lead is not None and telling:
            # What waits because it came late is made up for here.
            self._dropped += self.lead.report(max(0, margin - max(0, late)) if margin > 0 else margin, now_s)
        self._late.append(late)
        if len(self._late) < SURE_SNAPSHOTS or min(self._late) <= 0 <= max(self._late):
            return
        self._catch_up, self._wait = max(0, min(self._late)), max(0, -max(self._late))
        self._late.clear()
        if self._catch_up and margin is None and self.lead is not None:
            self.lead.late()

    def drawn(self) -> tuple[float, float] | None:
        """Give where the own row is between the latest client tick and the next, by the input held now."""
        if self.row is None or not self._twin.has_place:
            return None
        if self.lead is None:
            return float(self.row.x), float(self.row.y)
        peek = copy(self.row)
        given = self.pending[self._ahead].input if self._ahead < len(self.pending) else self._next_input()
        self._move(peek, given, self._state.tick + self._ahead + 1)
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
            self._answered = False
            return 0
        self._time = max(self._time, time)
        return floor(self._time) - before

    def _client_tick(self) -> None:
        """Make an input and one step of the row, as a rule."""
        self._stuck = False
        if self._catch_up:
            self._catch_up -= 1
        elif not self._produce() or self._wait:
            self._wait = max(0, self._wait - 1)
            self._stuck = True
            return
        self._forward()

    def _produce(self) -> bool:
        """Send what is held; False when it can't be."""
        if self._alone is not None:
            return self._produce_alone()
        given = self._next_input()
        seq = self._send(given) if len(self.pending) < MOST_PENDING else None
        if seq is None:
            return False
        self._pressed.clear()
        self.pending.append(Pending(seq, given))
        return True

    def _produce_alone(self) -> bool:
        """Go on as if what is held were sent. A tap waits to be, but not for long: it would come as a surprise."""
        if self._alone is None or self._alone >= ALONE_S * self._clock.rate_hz:
            self._pressed.clear()
            return False
        self._alone += 1
        self.pending.append(Pending(UNSENT, self._held))
        return True

    def _forward(self) -> None:
        self._ahead += 1
        if self.row is None:
            return
        x, y = self._place()
        self._move(self.row, self._input_at(self._ahead - 1), self._state.tick + self._ahead)
        new_x, new_y = self._place()
        self._turn(new_x - x, new_y - y)
        self._part = 0.0
        self._longest_step = max(self._longest_step, hypot(new_x - x, new_y - y))

    def _next_input(self) -> Any:
        return replace(self._held, **dict.fromkeys(self._pressed, True)) if self._pressed else self._held

    def _input_at(self, step: int) -> Any:
        """What the server will run so many ticks after the next one: beyond what is in flight the last holds."""
        if not self.pending:
            return self._next_input()
        return self.pending[min(step, len(self.pending) - 1)].input

    def _move(self, row: Any, given: Any, tick: int) -> None:
        self._twin.move(row, given, self._twin.view(self._state, tick, self._player, row))

    def _place(self) -> tuple[float, float]:
        return (self.row.x, self.row.y) if self._twin.has_place else (0.0, 0.0)

    def _correction(self, before: Any, strayed: int) -> Correction:
        if before is None or not self._twin.has_place:
            return Correction(0.0, 0.0, teleported=before is None)
        x, y = before.x - self.row.x, before.y - self.row.y
        far = hypot(x, y) > self.snap_distance + strayed * self._longest_step
        teleported = far or (self._twin.teleported is not None and self._twin.teleported(before, self.row))
        if teleported:
            self._part = 0.0
            self._swerve.clear()
        return Correction(x, y, teleported)


def _buttons(held: Any) -> set[str]:
    """Give the names of the buttons that are down."""
    return {field for field in held.__struct_fields__ if getattr(held, field) is True}
