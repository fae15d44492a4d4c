"""A room on python-socketio: a task that steps the game and emits it to the room.

It runs in the peers' own environment; see `socketio_peer.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from random import Random
from typing import Any

import socketio  # type: ignore[import-untyped]
import uvicorn  # type: ignore[import-not-found]  # not installed where types are checked

from loadtest.movers import Mover, filler, flags

FLAGS = flags()
HEAD_CHARACTERS = len('42["snapshot",{"tick":,"data":""}]')
"""Of a frame for fan-out alone, what stands around its two values."""

# Handlers run in the reader's own task: none of them waits, and a task for each message would cost more than they do.
sio = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], async_handlers=False)
room_ids = itertools.count(1)
rooms: list[Room] = []
seats: dict[str, Room] = {}
"""Who sits where, by session id."""


class Room:
    """Players, and the task that moves them."""

    def __init__(self) -> None:
        self.name = f"room {next(room_ids)}"
        self.tick = 0
        self.random = Random()
        self.movers: dict[str, Mover] = {}
        self.task = sio.start_background_task(self.run)

    async def run(self) -> None:
        """Step at the rate, until the task is cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / FLAGS.rate_hz
            await sio.sleep(max(0, due - loop.time()))
            self.tick += 1
            for mover in self.movers.values():
                mover.move()
            await sio.emit("snapshot", self.snapshot(), room=self.name)

    def snapshot(self) -> dict[str, Any]:
        """Give the state; or, for fan-out alone, as much as makes a frame of the size that is asked for."""
        if FLAGS.frame_bytes:
            return {
                "tick": self.tick,
                "data": filler(FLAGS.frame_bytes - HEAD_CHARACTERS - len(str(self.tick))),
            }
        return {"tick": self.tick, "players": {sid: mover.state() for sid, mover in self.movers.items()}}


@sio.event  # type: ignore[untyped-decorator]  # of a package without types
async def connect(sid: str, _environ: dict[str, Any]) -> None:
    """Seat a newcomer in the oldest room with a free place, or in a new one."""
    room = next((r for r in rooms if len(r.movers) < FLAGS.room_size), None)
    if room is None:
        room = Room()
        rooms.append(room)
    seats[sid] = room
    room.movers[sid] = Mover(room.random)
    await sio.enter_room(sid, room.name)


@sio.event  # type: ignore[untyped-decorator]  # the same
async def disconnect(sid: str, _reason: str) -> None:
    """Free the seat; an empty room ends."""
    room = seats.pop(sid)
    del room.movers[sid]
    if not room.movers:
        rooms.remove(room)
        room.task.cancel()


@sio.event  # type: ignore[untyped-decorator]  # the same
async def push(sid: str, data: dict[str, Any]) -> None:
    """Give a player a new speed."""
    seats[sid].movers[sid].push(data["vx"], data["vy"])


def main() -> None:
    """Serve on a free port of the loopback interface."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        socketio.ASGIApp(sio),
        loop="uvloop",
        http="httptools",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="error",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
