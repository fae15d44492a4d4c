"""A hundred players of the arena in one lean process, some of whom stop reading."""

from __future__ import annotations

import asyncio
from array import array
from random import Random
from time import perf_counter
from typing import Any, Self

import msgspec

from gameserver.protocol.binary_reader import read_frame
from loadtest.lean import BINARY, TEXT, HandshakeFailed, Lean

ARRIVAL_S = 30.0
"""Time for everybody to get a seat."""
STEERS_PER_S = 3.0
"""How often each player turns."""
SMALL_BUFFER_BYTES = 4096
COME_BACK_S = 0.2


class _Incoming(msgspec.Struct, frozen=True):
    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")


class _Joined(msgspec.Struct, frozen=True):
    room: str
    token: str | None = None


_incoming = msgspec.json.Decoder(_Incoming)
_joined = msgspec.json.Decoder(_Joined)


class Fighter:
    """A player who reads all that comes, and notes when each snapshot did."""

    def __init__(self, url: str, random: Random) -> None:
        self.random = random
        self.ticks = array("L")
        """Of the snapshots received, oldest first."""
        self.times_s = array("d")
        """When each came, on `perf_counter`."""
        self.seated = asyncio.Event()
        self.losses = 0
        """Connections that ended."""
        self.room = ""
        self.lean: Lean | None = None
        self._url = url
        self._seq = 0

    async def arrive(self, *, receive_buffer_bytes: int | None = None) -> None:
        """Connect and take a seat."""
        self.lean = await Lean.connect(self._url, self._received, self._lost, receive_buffer_bytes=receive_buffer_bytes)
        self._enter(self.lean)
        await self.seated.wait()

    def steer(self) -> None:
        """Turn, run somewhere, and hold the trigger."""
        self._seq += 1
        dx, dy = self.random.randrange(3) - 1, self.random.randrange(3) - 1
        self.say("steer", {"dx": dx, "dy": dy, "aim": self.random.randrange(256), "fire": True}, seq=self._seq)

    def say(self, kind: str, payload: dict[str, Any], *, seq: int | None = None) -> None:
        """Send a message, if there is a connection."""
        if self.lean is not None:
            self.lean.send(kind, payload, seq=seq)

    def leave(self) -> None:
        """Hang up."""
        if self.lean is not None:
            self.lean.abort()

    def _enter(self, lean: Lean) -> None:
        lean.send("join", {"game": "arena"})

    def _received(self, opcode: int, data: bytes) -> None:
        now_s = perf_counter()
        if opcode == BINARY:
            self.ticks.append(read_frame(data).tick)
            self.times_s.append(now_s)
            self.seated.set()
        elif opcode == TEXT:
            message = _incoming.decode(data)
            if message.type in {"joined", "error"}:
                self._answered(message)

    def _answered(self, message: _Incoming) -> None:
        if message.type == "joined":
            self.room = _joined.decode(message.payload).room

    def _lost(self) -> None:
        self.losses += 1


class Staller(Fighter):
    """A player who stops reading; when he is cut he comes back to his seat and stops again."""

    def __init__(self, url: str, random: Random, *, small: bool, talks: bool) -> None:
        super().__init__(url, random)
        self.talks = talks
        """Whether he goes on sending."""
        self.stalling = False
        self._buffer_bytes = SMALL_BUFFER_BYTES if small else None
        self._token: str | None = None
        self._returning: asyncio.Task[None] | None = None

    async def arrive(self, *, receive_buffer_bytes: int | None = None) -> None:
        """Connect and take a seat."""
        await super().arrive(receive_buffer_bytes=receive_buffer_bytes or self._buffer_bytes)

    def stall(self) -> None:
        """Read nothing any more."""
        self.stalling = True
        if self.lean is not None:
            self.lean.stop_reading()

    @property
    def port(self) -> int | None:
        """By which the server's socket can be found; None while there is no connection."""
        return self.lean.local_port if self.lean is not None and self.lean.open else None

    def cut(self) -> None:
        """Notice that the server has let go: who neither reads nor sends wouldn't."""
        if self.lean is not None:
            self.lean.abort()

    def leave(self) -> None:
        """Hang up for good."""
        self.stalling = False
        if self._returning is not None:
            self._returning.cancel()
        super().leave()

    def _enter(self, lean: Lean) -> None:
        if self._token is None:
            super()._enter(lean)
        else:
            lean.send("resume", {"token": self._token})

    def _answered(self, message: _Incoming) -> None:
        super()._answered(message)
        if message.type == "joined":
            self._token = _joined.decode(message.payload).token
            if self.stalling:
                self.stall()
        elif self.lean is not None and self._token is not None:
            self._token = None  # the seat was given up
            self._enter(self.lean)

    def _lost(self) -> None:
        super()._lost()
        if self.stalling:
            self._returning = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        while True:
            await asyncio.sleep(COME_BACK_S)
            try:
                await self.arrive()
            except (OSError, HandshakeFailed, TimeoutError):
                continue
            return


class Crowd:
    """All players of a run; use it as an asynchronous context."""

    def __init__(self, url: str, *, clients: int, stalled: int, seed: int) -> None:
        randoms = [Random(f"{seed}:{number}") for number in range(clients)]
        self.readers = [Fighter(url, random) for random in randoms[stalled:]]
        """Those who are measured."""
        self.stallers = [
            Staller(url, random, small=number % 2 == 0, talks=number % 4 < 2)
            for number, random in enumerate(randoms[:stalled])
        ]
        self._random = Random(seed)
        self._steering: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Bring everybody in, a few at a time."""
        everybody: list[Fighter] = [*self.stallers, *self.readers]
        async with asyncio.timeout(ARRIVAL_S):
            for first in range(0, len(everybody), 10):
                await asyncio.gather(*(fighter.arrive() for fighter in everybody[first : first + 10]))
        self._steering = asyncio.create_task(self._steer(everybody))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up everybody."""
        if self._steering is not None:
            self._steering.cancel()
        for fighter in (*self.stallers, *self.readers):
            fighter.leave()
        await asyncio.sleep(0)

    async def _steer(self, everybody: list[Fighter]) -> None:
        pause_s = 1 / (STEERS_PER_S * len(everybody))
        while True:
            fighter = self._random.choice(everybody)
            if not isinstance(fighter, Staller) or fighter.talks or not fighter.stalling:
                fighter.steer()
            await asyncio.sleep(pause_s)
