"""Pings: they keep each room's clock, and notice when answers stop coming."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from gameserver_client import wire
from gameserver_client.room import Room

CHECK_S = 2.0
DEAD_AFTER_S = 8.0
"""Nothing heard for so long, though pings were sent, means that the connection is dead: the socket may take minutes."""


class Pinger:
    """Sends pings while the connection is open: to each room at its clock's pace, and to none if there is none."""

    def __init__(
        self,
        *,
        rooms: Mapping[int, Room],
        entering: Callable[[], bool],
        send: Callable[[str], bool],
        dead: Callable[[], None],
    ) -> None:
        self._rooms = rooms
        self._entering = entering
        """Whether an answer is awaited to a request to enter: then that will show whether the server lives."""
        self._send = send
        self._dead = dead
        self._heard_s = 0.0
        self._checks: asyncio.TimerHandle | None = None
        self._pings: dict[int, asyncio.TimerHandle] = {}
        """The next ping of each room, by handle."""

    def start(self) -> None:
        """The connection is open."""
        self.stop()
        self._heard_s = time.perf_counter()
        self._checks = asyncio.get_running_loop().call_later(CHECK_S, self._check)

    def stop(self) -> None:
        """The connection is down."""
        for timer in [self._checks, *self._pings.values()]:
            if timer is not None:
                timer.cancel()
        self._checks = None
        self._pings.clear()

    def heard(self, now_s: float) -> None:
        """Anything at all arrived."""
        self._heard_s = now_s

    def ping(self, room: Room) -> None:
        """Ping a room from now on, as long as it is joined."""
        if room.status != "joined":
            return
        now_s, handle = time.perf_counter(), room.handle
        if not self._send(wire.encode("ping", {"t": now_s}, handle=handle)):
            return
        loop = asyncio.get_running_loop()
        self._pings[handle] = loop.call_later(room.ping_interval_s(now_s), self._again, handle, room)

    def _again(self, handle: int, room: Room) -> None:
        self._pings.pop(handle, None)
        if room.handle == handle:  # else it was entered again, and is pinged under its new one
            self.ping(room)

    def _check(self) -> None:
        now_s = time.perf_counter()
        if now_s - self._heard_s >= DEAD_AFTER_S:
            self._dead()
            return
        # What comes after a `resume` tells the server that its answer has arrived, and the old token is used up.
        if not self._rooms and not self._entering():
            self._send(wire.encode("ping", {"t": now_s}))
        self._checks = asyncio.get_running_loop().call_later(CHECK_S, self._check)
