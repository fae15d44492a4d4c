"""A well-behaved client that notices whatever is missing."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from gameserver.protocol.replica import Replica
from tests.conftest import Running
from tests.faults.raw import PATIENCE_S

_TICKS_AFTER = 5
"""How many ticks witnesses see after a fault, before they are asked what was missing."""
_UNWELCOME = frozenset({"error", "left", "closing"})


class Witness:
    """Sits in a room of `Chronicle` and reads as fast as it can, in a task of its own.

    It fails at the first snapshot that doesn't follow the last, or doesn't hold what the game's event of that tick
    said before; at an event missing or twice; at any message that tells of trouble; and when the connection ends.
    """

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.heard: Counter[str] = Counter()
        """Types of messages so far: a witness of a long fault must not keep them all."""
        self.room = ""
        self.ticks = 0
        """Snapshots so far."""
        self.people = (0, 0)
        """Players and spectators in the room, as told last."""
        self._ws = ws
        self._replica: Replica | None = None
        self._tick: int | None = None
        """Of the last snapshot."""
        self._number: int | None = None
        """Of the last event."""
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._reading.add_done_callback(lambda _: self._news.set())

    @classmethod
    async def enter(cls, session: ClientSession, url: str, kind: str, payload: Any) -> Self:
        """Connect and join or spectate; gives a witness who sees."""
        witness = cls(await session.ws_connect(url))
        await witness._ws.send_json({"type": kind, "payload": payload})
        await witness.see(2)
        return witness

    async def see(self, ticks: int) -> None:
        """Wait for so many more ticks."""
        enough = self.ticks + ticks
        await self.until(lambda: self.ticks >= enough)

    async def hear(self, kind: str) -> None:
        """Wait until a type of message has come, now or before."""
        await self.until(lambda: self.heard[kind] > 0)

    async def counts(self, *, players: int = 1, spectators: int = 1) -> None:
        """Wait until so many are said to be in the room; by default the witnesses alone."""
        await self.until(lambda: self.people == (players, spectators))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that messages bring about; raises what the witness has to object."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                if self._reading.done():
                    self._reading.result()
                    raise AssertionError("the witness reads no more")
                self._news.clear()
                await self._news.wait()

    async def testify(self) -> None:
        """See a little more, be answered once more, and go; raises what was amiss."""
        await self.see(_TICKS_AFTER)
        await self._ws.send_json({"type": "ping", "payload": {"t": 1}})
        await self.hear("pong")
        await self.go()

    async def go(self) -> None:
        """Hang up."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._ws.close()

    async def _read(self) -> None:
        while True:
            frame = await self._ws.receive()
            if frame.type is WSMsgType.BINARY:
                assert self._replica is not None
                self._replica.apply_frame(frame.data)
                self._check_snapshot()
            else:
                assert frame.type is WSMsgType.TEXT, f"the witness's connection ended: {self._ws.close_code}"
                self._take(json.loads(frame.data))
            self._news.set()

    def _take(self, message: dict[str, Any]) -> None:
        kind, payload = message["type"], message["payload"]
        assert kind not in _UNWELCOME, message
        self.heard[kind] += 1
        if kind == "joined":
            self.room = payload["room"]
            self._replica = Replica(payload["schema"])
            self._count(payload["audience"])
        elif kind == "audience":
            self._count(payload)
        elif kind == "snapshot":
            assert self._replica is not None
            self._replica.apply_json(json.dumps(payload).encode())
            self._check_snapshot()
        elif kind == "event":
            number = payload["data"]["number"]
            assert self._number in {None, number - 1}, f"event {number} came after {self._number}"
            self._number = number

    def _count(self, audience: dict[str, int]) -> None:
        self.people = audience["players"], audience["spectators"]

    def _check_snapshot(self) -> None:
        assert self._replica is not None
        tick, (number,) = self._replica.tick, self._replica.tables["page"].values()
        assert tick is not None
        assert self._tick in {None, tick - 1}, f"snapshot {tick} came after {self._tick}"
        # The game tells a number in each tick and shows the same in its state.
        assert number == (tick,), f"snapshot {tick} holds the state of tick {number}"
        assert self._number in {None, tick}, f"snapshot {tick} came when {self._number} was the last event told"
        self._tick = self._number = tick
        self.ticks += 1


@asynccontextmanager
async def watched(
    running: Running, *, noise_bytes: int = 0, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Witness]:
    """Open a room with a player and a spectator in it who must miss nothing for as long as the block lasts.

    Each gets another format of snapshots. Gives the player.
    """
    join = {"game": "chronicle", "options": {"noise_bytes": noise_bytes}}
    async with ClientSession(headers=headers) as session:
        player = await Witness.enter(session, f"{running.url}/ws?snapshots=json", "join", join)
        spectator = await Witness.enter(session, f"{running.url}/ws", "spectate", {"room": player.room})
        try:
            yield player
            await asyncio.gather(player.testify(), spectator.testify())
        finally:
            await player.go()
            await spectator.go()


async def eventually(condition: Callable[[], bool], *, every_s: float = 0.005) -> None:
    """Wait for something on the server that no message tells of."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(every_s)
