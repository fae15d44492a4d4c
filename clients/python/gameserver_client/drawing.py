"""A seat as it is drawn: the room's clock, everyone else interpolated, the own row predicted, events in time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from copy import copy
from typing import Any

import msgspec

from gameserver.protocol.messages import EventMessage
from gameserver_client.error_blend import ErrorBlend, PlaceBlend
from gameserver_client.net_stats import NetStats, StatsSample
from gameserver_client.playback import Playback, Sample
from gameserver_client.predictor import Correction, Predictor, Send
from gameserver_client.server_clock import ServerClock
from gameserver_client.snapshots import Applied
from gameserver_client.states import Schema, State, TableRow
from gameserver_client.twin import Twin

log = logging.getLogger(__name__)

LARGE_PART = 0.25
"""Errors beyond this part of the snap distance are large, and go quickly."""
UNDRAWN_S = 1.0
"""Nobody draws any more when the last frame is so long ago: events don't wait for the next."""


class Toggles(msgspec.Struct):
    """Parts of the netcode, to be switched off to see what they do."""

    prediction: bool = True
    """Off: the own row is drawn like everyone else's."""
    interpolation: bool = True
    """Off: the newest state is drawn as soon as it is there."""
    smoothing: bool = True
    """Off: corrections and jumps are seen."""
    ghost: bool = False
    """On: `frame.ghost` is the own row as the server has it."""


class Frame:
    """What to draw now. Positions are floats, in units of the rows."""

    def __init__(
        self, sample: Sample, schema: Schema, own: tuple[str, int] | None, places: PlaceBlend | None, farthest: float
    ) -> None:
        self.tick = sample.tick
        """The drawn tick, fractional; events up to it have been delivered."""
        self.from_state: State = sample.from_state
        self.to_state: State = sample.to_state
        self.alpha = sample.alpha
        """How far from `from_state` to `to_state`; more than 1: how things may go on."""
        self.own: Any = None
        """The predicted own row, of the game's class, as of the latest input; None without prediction."""
        self.own_tick: float | None = None
        """The drawn tick of the predicted own row, fractional, on the server's count; ahead of `tick`."""
        self.own_xy: tuple[float, float] | None = None
        """Where to draw the own row, predicted or not; None without one, or one without `x` and `y`."""
        self.ghost: TableRow | None = None
        """The own row as of the newest snapshot, where `toggles.ghost` asks for it."""
        self._schema = schema
        self._own = own
        self._places = places
        self._farthest = farthest

    def row(self, table: str, row_id: int) -> TableRow | None:
        """Give a row as of the later state, or of the earlier one where it is gone by then."""
        later: TableRow | None = self.to_state.tables[table].get(row_id)
        return later if later is not None else self.from_state.tables[table].get(row_id)

    def position(self, table: str, row_id: int) -> tuple[float, float] | None:
        """Give where to draw a row that has `x` and `y`; None for one that isn't there."""
        if self.own_xy is not None and (table, row_id) == self._own:
            return self.own_xy
        return self.interpolated(table, row_id)

    def interpolated(self, table: str, row_id: int) -> tuple[float, float] | None:
        """Give the same, also for the own row from the snapshots alone."""
        row = self.row(table, row_id)
        if row is None:
            return None
        if self._schema[table].get("linear"):
            age = max(0.0, self.tick - row.born)
            return row.x + row.vx * age, row.y + row.vy * age
        before = self.from_state.tables[table].get(row_id, row)
        x, y = before.x + (row.x - before.x) * self.alpha, before.y + (row.y - before.y) * self.alpha
        if self._places is None:
            return x, y
        return self._places.place((table, row_id), x, y, self._farthest)


class Drawing:
    """All that one place in a room needs to be drawn; begun anew with each other place. Time is an argument."""

    def __init__(
        self, schema: Schema, tick_rate: float, toggles: Toggles, deliver: Callable[[EventMessage], None]
    ) -> None:
        self.clock = ServerClock(tick_rate)
        self.playback = Playback(self.clock)
        self.predictor: Predictor | None = None
        self.stats = NetStats()
        self._schema = schema
        self._toggles = toggles
        self._deliver = deliver
        self._own: tuple[str, int] | None = None
        self._blend = ErrorBlend()
        self._places = PlaceBlend()
        self._events: deque[EventMessage] = deque()
        """Those that wait for the drawn tick."""
        self._framed_s: float | None = None
        """When the last frame was drawn; None: nobody draws."""
        self._resumed = False
        """Whether the next snapshot is the first after a loss."""
        self._failure = ""
        """Why there is no prediction any more."""

    def set_own(self, table: str, player: int) -> None:
        """Say which row is one's own."""
        self._own = (table, player)

    def predict(self, twin: Twin, player: int, send: Send, snap_distance: float | None) -> None:
        """Predict the own row from now on."""
        self.predictor = Predictor(twin, self.clock, player, send, snap_distance=snap_distance)
        self.set_own(twin.table, player)
        newest = self.playback.newest
        if newest is not None:
            self.predictor.reconcile(newest, None, None, 0.0)

    def lose(self) -> None:
        """The connection is down: the picture goes on by itself for a moment."""
        self.release_all()
        if self.predictor is not None:
            self.predictor.lose()

    def resume(self) -> None:
        """The place is kept: the next snapshot is a keyframe, newer than all before.

        To the picture that is like a stall. So the clock, the states and the lead stay: the room's time has gone on,
        and places are bent to where they should be. Only what was in flight is lost.
        """
        self._resumed = True
        self.clock.hurry()
        if self.predictor is not None:
            self.predictor.resume()

    def event(self, event: EventMessage, now_s: float) -> None:
        """Take in an event: delivered at once, or when its tick is drawn."""
        self._events.append(event)
        if not self._is_drawn(now_s):
            self.release_all()

    def release_all(self) -> None:
        """Deliver every event that waits."""
        self._release(float("inf"))

    def snapshot(self, state: State, applied: Applied, now_s: float) -> None:
        """Take in a snapshot."""
        newest = self.playback.newest
        gap = 0 if newest is None or self._resumed else state.tick - newest.tick
        self._resumed = False
        skipped = max(0, round(gap / self.playback.interval_ticks) - 1)
        lateness_s = self.playback.push(state, now_s)
        if self.predictor is not None:
            self.predictor.hear(state, applied.ack, applied.margin, now_s)
        self.stats.add(
            StatsSample(
                now_s, state.tick, 1000 * lateness_s, applied.bytes, applied.margin, 0.0, applied.step_ms, skipped
            )
        )
        if not self._is_drawn(now_s):
            self._settle(drawn=False)
            self.release_all()

    def _settle(self, *, drawn: bool) -> None:
        """Correct what is predicted by the snapshots since the last time."""
        correction = self._corrected()
        if correction is None:
            return
        # Nobody saw another place when nobody drew; and nothing was predicted then.
        if correction.teleported or not drawn:
            self._blend.clear()
            return
        self._blend.add(correction.x, correction.y)
        self.stats.correct(correction.size)

    def _corrected(self) -> Correction | None:
        if self.predictor is None:
            return None
        try:
            return self.predictor.settle()
        # The movement is the game's own code. Its mistake must not look like one of the connection, which would be
        # given up for it, again and again.
        except Exception as error:
            log.exception("the own row isn't predicted any more: the movement failed")
            self.predictor, self._failure = None, f"the movement failed: {error}"
            return None

    def frame(self, now_s: float, held: Any) -> Frame | None:
        """Go on to `now_s`: produce inputs, deliver events, and give what to draw; None before the first snapshot."""
        elapsed_s = 0.0 if self._framed_s is None else max(0.0, now_s - self._framed_s)
        drawn, self._framed_s = self._is_drawn(now_s), now_s
        self._settle(drawn=drawn)
        if self.predictor is not None:
            self.predictor.advance(now_s, held)
        sample = self.playback.sample(now_s)
        if not self._toggles.interpolation:
            sample = self.playback.latest()
        if sample is None:
            return None
        self._release(sample.tick)
        self._places.begin(elapsed_s, jumped=sample.jumped)
        frame = Frame(sample, self._schema, self._own, self._places if self._blends else None, self._farthest)
        self._draw_own(frame, elapsed_s)
        self._describe(now_s)
        return frame

    @property
    def _blends(self) -> bool:
        return self._toggles.smoothing and self._toggles.interpolation

    @property
    def _farthest(self) -> float:
        """From which distance on a jump is one to be seen: as the own row's, where that is known."""
        snap = self.predictor.snap_distance if self.predictor is not None else 0.0
        return snap or float("inf")

    def _draw_own(self, frame: Frame, elapsed_s: float) -> None:
        if self._own is None:
            return
        newest = self.playback.newest
        table, player = self._own
        if self._toggles.ghost and newest is not None:
            frame.ghost = newest.tables[table].get(player)
        predictor = self.predictor
        if predictor is None or not self._toggles.prediction or predictor.row is None:
            row = frame.row(table, player)
            frame.own_xy = frame.interpolated(table, player) if hasattr(row, "x") and hasattr(row, "y") else None
            return
        frame.own = copy(predictor.row)
        place = predictor.drawn()
        swerve = predictor.take_swerve()
        if self._toggles.smoothing:
            self._blend.add(*swerve)
            self._blend.advance(elapsed_s, LARGE_PART * predictor.snap_distance)
        else:
            self._blend.clear()
        frame.own_tick = predictor.tick
        if place is not None:
            frame.own_xy = place[0] + self._blend.x, place[1] + self._blend.y

    def _describe(self, now_s: float) -> None:
        stats, predictor = self.stats, self.predictor
        if self.clock.synced:
            stats.rtt_ms, stats.jitter_ms = 1000 * self.clock.rtt_s, 1000 * self.clock.jitter_s
        stats.delay_ms = 1000 * self.playback.delay_s(now_s) if self._toggles.interpolation else 0.0
        stats.lead_ticks = predictor.lead.ticks if predictor is not None and predictor.lead is not None else None
        note = self._why_not_predicted()
        if note != stats.note:
            stats.note = note
            if note:
                log.info("the own row isn't predicted: %s", note)
        stats.predicting = not note

    def _why_not_predicted(self) -> str:
        if self._own is None:
            return "watching"
        if self.predictor is None:
            return self._failure or "room.predict() was not called"
        if not self._toggles.prediction:
            return "switched off"
        return "" if self.predictor.row is not None else "the player has no row now"

    def _is_drawn(self, now_s: float) -> bool:
        return self._framed_s is not None and now_s - self._framed_s <= UNDRAWN_S

    def _release(self, tick: float) -> None:
        while self._events and self._events[0].tick <= tick:
            self._deliver(self._events.popleft())
