"""A server, a link and a client on one fake clock: tag's rules, a bad connection, and a seat that is drawn 60 times a
second.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

from gameserver.games.tag import Runner, Steer, Tag, move
from gameserver.inputs import InputQueue
from gameserver.protocol.messages import EventMessage
from gameserver.protocol.tables import View
from gameserver_client.drawing import Drawing, Frame, Toggles
from gameserver_client.lag_lab import LagLab, Lane
from gameserver_client.snapshots import Applied
from gameserver_client.states import StateBuilder
from gameserver_client.twin import Twin

SCHEMA = Tag.spec.schema()
RATE_HZ = 20.0
FRAME_S = 1 / 60
ME, OTHER = 1, 2
TOP_SPEED = 8 * RATE_HZ
"""Units per second of whoever is it."""


class World:
    """Everything, one moment after the other. `latency_ms` is that of the round trip, `jitter_ms` that of each way."""

    def __init__(self, *, latency_ms: float = 100, jitter_ms: float = 20, stall_ms: float = 0, seed: int = 1) -> None:
        # The client's clock shows another time than the server's, as it does in life.
        self.now_s = 1000.0
        self.server_began_s = 937.0
        self.random = Random(seed)
        self.runners = {ME: Runner(x=400, y=300), OTHER: Runner(x=100, y=100)}
        self.tick = int((self.now_s - self.server_began_s) * RATE_HZ)
        self.queue = InputQueue(4, 1, {})
        self.held = Steer()
        self.others_way = 1
        self.pressed = Steer()
        """What the player's fingers do."""
        lab = LagLab(latency_ms=latency_ms, jitter_ms=jitter_ms, stall_ms=stall_ms)
        self.lab = lab
        self.up, self.down = Lane(lab, self.random.random), Lane(lab, self.random.random)
        self.events: list[EventMessage] = []
        self.drawing = Drawing(SCHEMA, RATE_HZ, Toggles(), self.events.append)
        self.builder = StateBuilder(SCHEMA)
        self.seqs = count(1)
        self.frames: list[tuple[float, Frame]] = []
        self.place_of_other: tuple[float, float] | None = None
        self.online = True
        """Whether the client has a connection."""
        self._heard = True
        """Whether the server has one to the client."""
        self._connection = 0
        """How many were lost."""
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.drawing.predict(Twin(Tag.predict, SCHEMA), ME, self._send_input, None)
        self._at(self._tick_s(self.tick + 1), self._step)
        self._at(self.now_s, self._ping)
        self._at(self.now_s, self._draw)

    def server_tick(self) -> float:
        """The server's time in ticks, with fraction, as `pong` tells it."""
        return (self.now_s - self.server_began_s) * RATE_HZ

    def run(self, seconds: float, each_frame: Callable[[Frame], None] | None = None) -> None:
        """Let time pass."""
        self._each_frame = each_frame
        until_s = self.now_s + seconds
        while self._agenda[0][0] <= until_s:
            self.now_s, _, happen = heapq.heappop(self._agenda)
            happen()
        self.now_s = until_s

    def lose(self) -> None:
        """Break the connection, which both ends notice at once: what is under way is lost, and the seat holds still."""
        self._connection += 1
        self.online = self._heard = False
        self.queue.clear()
        self.held = Steer()
        self.drawing.lose()

    def resume(self) -> None:
        """Let the client back into his seat: he hears of it after a while, and then gets a keyframe."""
        self._heard = True
        self._send(self.down, self._resumed)

    def _resumed(self) -> None:
        self.online = True
        self.drawing.resume()

    def _send(self, lane: Lane, arrive: Callable[[], None]) -> None:
        """Have something arrive at the other end, if the connection holds so long."""
        connection = self._connection

        def arrived() -> None:
            if connection == self._connection:
                arrive()

        self._at(lane.due_s(self.now_s), arrived)

    def _at(self, when_s: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when_s, next(self._order), happen))

    def _tick_s(self, tick: int) -> float:
        return self.server_began_s + tick / RATE_HZ

    # The server.

    def _step(self) -> None:
        self.tick += 1
        self._at(self._tick_s(self.tick + 1), self._step)
        given = self.queue.take()
        if isinstance(given, dict):
            given = given[Steer]
        if given is not None:
            assert isinstance(given, Steer)
            self.held = given
        view = View({Runner: self.runners}, self.tick)
        move(self.runners[ME], self.held, view)
        if not 100 <= self.runners[OTHER].x <= 700 or self.random.random() < 0.02:
            self.others_way = 1 if self.runners[OTHER].x < 400 else -1
        move(self.runners[OTHER], Steer(dx=self.others_way), view)
        tables = {"runners": {i: (r.x, r.y, r.it, r.frozen_until, r.score) for i, r in self.runners.items()}}
        applied = Applied(self.tick, self.queue.ack, self.queue.margin, 0.5, 50, tables)
        if self._heard:
            self._send(self.down, lambda: self._arrived(applied))

    def _put_input(self, seq: int, given: Steer) -> None:
        self.queue.put(seq, given)

    def _pong(self, sent_s: float) -> None:
        tick = self.server_tick()
        self._send(self.down, lambda: self.drawing.clock.pong(sent_s, tick, self.now_s))

    # The client.

    def _send_input(self, given: Any) -> int | None:
        if not self.online:
            return None
        seq = next(self.seqs)
        self._send(self.up, lambda: self._put_input(seq, given))
        return seq

    def _ping(self) -> None:
        sent_s = self.now_s
        if self.online:
            self._send(self.up, lambda: self._pong(sent_s))
        self._at(sent_s + self.drawing.clock.ping_interval_s(sent_s), self._ping)

    def _arrived(self, applied: Applied) -> None:
        self.drawing.snapshot(self.builder.build(applied.tick, applied.tables), applied, self.now_s)

    def _draw(self) -> None:
        self._at(self.now_s + FRAME_S, self._draw)
        frame = self.drawing.frame(self.now_s, self.pressed)
        if frame is not None:
            self.frames.append((self.now_s, frame))
            # Where things are drawn is asked for in the frame itself, as a view does.
            self.place_of_other = frame.position("runners", OTHER)
            if self._each_frame is not None:
                self._each_frame(frame)
