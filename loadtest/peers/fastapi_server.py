"""The usual room on FastAPI: a task that steps the game, encodes it once, and sends it to one client after the other.

It runs in the peers' own environment; see `fastapi_peer.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from random import Random
from typing import Any

import uvicorn  # type: ignore[import-not-found]  # not installed where types are checked
from fastapi import FastAPI, WebSocket, WebSocketDisconnect  # type: ignore[import-not-found]  # the same

from loadtest.movers import Mover, filler, flags

FLAGS = flags()
app = FastAPI()
rooms: list[Room] = []
player_ids = itertools.count(1)


class Room:
    """Players, and the task that moves them."""

    def __init__(self) -> None:
        self.tick = 0
        self.random = Random()
        self.movers: dict[int, Mover] = {}
        self.sockets: dict[int, Any] = {}
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Step at the rate, until the task is cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / FLAGS.rate_hz
            await asyncio.sleep(due - loop.time())
            self.tick += 1
            for mover in self.movers.values():
                mover.move()
            await self.broadcast(self.snapshot())

    async def broadcast(self, text: str) -> None:
        """Send to everyone; who is gone is taken out by his own handler."""
        for ws in list(self.sockets.values()):
            try:
                await ws.send_text(text)
            except (WebSocketDisconnect, RuntimeError):  # Starlette's, of a connection that is gone
                continue

    def snapshot(self) -> str:
        """Give the state as JSON; or, for fan-out alone, a text of the size that is asked for."""
        if FLAGS.frame_bytes:
            head = f'{{"tick":{self.tick},"data":"'
            return head + filler(FLAGS.frame_bytes - len(head) - 2) + '"}'
        state = {"tick": self.tick, "players": {player: mover.state() for player, mover in self.movers.items()}}
        return json.dumps(state, separators=(",", ":"))


def open_room() -> Room:
    """Give the oldest room with a free place, or a new one."""
    for room in rooms:
        if len(room.movers) < FLAGS.room_size:
            return room
    rooms.append(Room())
    return rooms[-1]


@app.websocket("/ws")  # type: ignore[untyped-decorator]  # as the imports
async def play(ws: WebSocket) -> None:
    """Give a connection a seat for as long as it lasts."""
    await ws.accept()
    room, player = open_room(), next(player_ids)
    mover = room.movers[player] = Mover(room.random)
    room.sockets[player] = ws
    try:
        async for text in ws.iter_text():
            message = json.loads(text)
            if message["type"] == "push":
                mover.push(message["vx"], message["vy"])
    finally:
        del room.movers[player], room.sockets[player]
        if not room.movers:
            rooms.remove(room)
            room.task.cancel()


def main() -> None:
    """Serve on a free port of the loopback interface."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        app,
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
