"""The asyncio task that keeps one room's schedule: run what is due, tell what came of it, send one snapshot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gameserver.alarm import GRAIN_S, Alarm
from gameserver.clock import Place, Schedule, last_start_s
from gameserver.connections import ConnectionManager
from gameserver.errors import RoomFailed, SnapshotError
from gameserver.observe import Observer
from gameserver.posts import NOTHING
from gameserver.room import Room

log = logging.getLogger(__name__)

_LOG_S = 10.0
"""A server that is overloaded has no time for a line per tick: one in so many seconds tells of those between."""


_SHIFT = 0.02
"""By how much of a tick a room's deadlines move per tick, at most, towards a place that has moved. Clients, who follow
a clock that is a little off anyway, don't notice."""


class RoomTask:
    """Runs a room from its creation to its end; nothing that happens in it reaches another room."""

    def __init__(
        self,
        room: Room,
        *,
        connections: ConnectionManager,
        observer: Observer,
        clock: Callable[[], float],
        alarm: Alarm,
        place: Place,
        on_closed: Callable[[Room], None],
    ) -> None:
        self.room = room
        self._connections = connections
        self._observer = observer
        self._clock = clock
        self._on_closed = on_closed
        self._empty_since_s: float | None = None
        self._snapshot_tick = 0
        self._busy_ms = 0.0
        self._alarm, self._sleeper = alarm, alarm.sleeper(place.took)
        self._place, self._phase_s = place, place.phase_s
        self._schedule = Schedule(
            rate_hz=room.tick_rate,
            # It began before now: the first step is due within one tick, not two.
            start_s=last_start_s(clock(), room.tick_rate, place.phase_s),
            max_late_steps=room.settings.max_late_steps,
        )
        self._slip_logged_s, self._slipped_unlogged = -_LOG_S, 0
        self._overrun_logged_s, self._overruns_unlogged, self._worst_s = -_LOG_S, 0, 0.0
        self._closing: str | None = None
        self._task = asyncio.create_task(self._run(), name=f"room {room.id}")

    def tick_now(self) -> float:
        """Give the room's time: the last tick and the fraction that has passed since."""
        return self.room.tick + self._schedule.fraction(self._clock())

    async def stop(self, reason: str) -> None:
        """End the room now, and wait until its members are told."""
        self._closing = reason
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        room, reason = self.room, "crashed"
        try:
            reason = await self._keep_schedule()
        except asyncio.CancelledError:
            reason = self._closing or "closing"
            raise
        except RoomFailed as failure:
            log.exception("a game failed, and its room is over; report: %s", failure.report)
        except Exception:  # our own bug: it, too, ends this room alone
            log.exception("room %s ended by a bug in the server (seed %d)", room.id, room.engine.host.seed)
        finally:
            self._alarm.leave(self._sleeper)
            self._on_closed(room)
            self._connections.post(room.id, room.close(reason))
            self._connections.flush()
            self._observer.room_closed(room.spec.name, reason)
            log.info("room %s (%s) closed: %s after %d ticks", room.id, room.spec.name, reason, room.tick)

    async def _keep_schedule(self) -> str:
        """Run steps until the room is over; gives the reason."""
        while True:
            deadline_s = self._schedule.deadline_s()
            await self._alarm.sleep(self._sleeper, deadline_s)
            now_s = self._clock()
            steps, slipped = self._schedule.due(now_s + GRAIN_S)
            if slipped:
                self._note_slipped(slipped, now_s)
            sent = 0
            if steps:
                sent, skipped = self._run_steps(steps)
                busy_s = self._clock() - now_s
                self._busy_ms = busy_s * 1000
                if self._place.phase_s != self._phase_s:
                    self._move()
                self._observer.ticked(self.room.spec.name, busy_s, now_s - deadline_s, sent, skipped)
                if busy_s > 1 / self.room.tick_rate:
                    self._note_overrun(busy_s, now_s)
            if self.room.ended:
                return "ended"
            if sent:
                self._empty_since_s = None
            elif self._was_empty_too_long(now_s):
                return "empty"

    def _move(self) -> None:
        """Bring the deadlines nearer to where the place is now."""
        most_s = _SHIFT / self.room.tick_rate
        by_s = min(most_s, max(-most_s, self._place.phase_s - self._phase_s))
        self._phase_s += by_s
        self._schedule.shift(by_s)

    def _note_slipped(self, ticks: int, now_s: float) -> None:
        self._observer.slipped(self.room.spec.name, ticks)
        self._slipped_unlogged += ticks
        if now_s - self._slip_logged_s >= _LOG_S:
            room, unlogged = self.room, self._slipped_unlogged
            log.warning("room %s (%s) is late and gave up %d ticks", room.id, room.spec.name, unlogged)
            self._slip_logged_s, self._slipped_unlogged = now_s, 0

    def _note_overrun(self, busy_s: float, now_s: float) -> None:
        """Tell of a turn that took longer than a tick lasts: every other room waited for it."""
        self._observer.overran(self.room.spec.name)
        self._overruns_unlogged += 1
        self._worst_s = max(self._worst_s, busy_s)
        if now_s - self._overrun_logged_s >= _LOG_S:
            room = self.room
            log.warning(
                "room %s (%s) took up to %.0f ms of its %.0f ms for a tick, %d times; now tick %d",
                room.id, room.spec.name, self._worst_s * 1000, 1000 / room.tick_rate, self._overruns_unlogged, room.tick
            )  # fmt: skip
            self._overrun_logged_s, self._overruns_unlogged, self._worst_s = now_s, 0, 0.0

    def _run_steps(self, steps: int) -> tuple[int, int]:
        """Run what is due, however late, and send once; gives to how many, and how many were skipped."""
        room = self.room
        ended = False
        sent, skipped = 0, 0
        for _ in range(steps):
            outcome = room.step()
            if outcome is not NOTHING:
                self._connections.post(room.id, outcome)
            ended = room.ended
            if ended:
                break
        tick = room.tick
        if ended or tick - self._snapshot_tick >= room.spec.snapshot_every:
            self._snapshot_tick = tick
            room.snapshot(busy_ms=self._busy_ms)
            try:
                sent, behind = self._connections.broadcast(room.id, tick, room.frames)
            except SnapshotError as error:
                raise room.unsayable() from error
            room.keep_bases(behind)
            skipped = len(behind)
        self._connections.flush()
        return sent, skipped

    def _was_empty_too_long(self, now_s: float) -> bool:
        if self.room.attended:
            self._empty_since_s = None
            return False
        if self._empty_since_s is None:
            self._empty_since_s = now_s
        return now_s - self._empty_since_s >= self.room.settings.empty_room_grace_s
