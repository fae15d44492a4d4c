"""A well-behaved player beside the fuzzer, who must not notice it."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol.messages import Error, Joined, Left
from gameserver.protocol.replica import Replica
from loadtest.fuzz_messages import GameMessages
from loadtest.fuzz_values import valid
from loadtest.lean import BINARY, TEXT, Lean

PLAYS_EVERY_S = 0.25
JOINS_EVERY_S = 0.25
PATIENCE_S = 20.0
"""Between two snapshots."""
BLAMES = frozenset({"bad_json", "bad_message", "bad_payload", "unknown_type", "no_binary", "rate_limited", "bad_token"})
"""Errors that a client which does everything right never gets."""


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")


_envelopes = msgspec.json.Decoder(_Envelope)


class Witness:
    """Plays one game by its rules, room after room, and notes all that is amiss."""

    def __init__(self, url: str, game: GameMessages, seed: int) -> None:
        self.game = game.name
        self.snapshots = 0
        self.problems: list[str] = []
        self._url = url
        self._playable = game.playable
        self._random = Random(f"{seed}:{game.name}")
        self._lean: Lean | None = None
        self._replica: Replica | None = None
        self._handle: int | None = None
        self._seq = 0
        self._seated = asyncio.Event()
        self._playing: asyncio.Task[None] | None = None
        self._leaving = False

    async def arrive(self) -> None:
        """Connect, and wait for the first snapshot."""
        self._lean = await Lean.connect(self._url, self._received, self._lost)
        self._playing = asyncio.create_task(self._play(self._lean), name=f"witness of {self.game}")
        await asyncio.wait_for(self._seated.wait(), PATIENCE_S)

    async def leave(self) -> None:
        """Wait for one more snapshot, and hang up."""
        self._seated.clear()
        try:
            await asyncio.wait_for(self._seated.wait(), PATIENCE_S)
        except TimeoutError:
            self.problems.append(f"{self.game}: the witness gets no snapshots any more")
        self._leaving = True
        if self._playing is not None:
            self._playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._playing
        if self._lean is not None:
            self._lean.abort()

    async def _play(self, lean: Lean) -> None:
        while True:
            if self._handle is None:
                lean.send("join", {"game": self.game, "name": "Witness"})
                await asyncio.sleep(JOINS_EVERY_S)
                continue
            if self._playable and self._replica is not None:
                name = self._random.choice([*self._playable])
                self._seq += 1
                lean.send(name, valid(self._playable[name], self._random), seq=self._seq, handle=self._handle)
            await asyncio.sleep(PLAYS_EVERY_S)

    def _lost(self) -> None:
        if not self._leaving:
            code = None if self._lean is None else self._lean.close_code
            self.problems.append(f"{self.game}: the witness lost its connection ({code})")

    def _received(self, opcode: int, data: bytes) -> None:
        if opcode == BINARY:
            self._snapshot(data)
        elif opcode == TEXT:
            message = _envelopes.decode(data)
            match message.type:
                case "joined":
                    joined = msgspec.json.decode(message.payload, type=Joined)
                    self._handle, self._replica, self._seq = joined.handle, Replica(joined.schema), 0
                case "left":
                    self._left(msgspec.json.decode(message.payload, type=Left).reason)
                case "error":
                    error = msgspec.json.decode(message.payload, type=Error)
                    if error.code in BLAMES:
                        self.problems.append(f"{self.game}: the witness was told {error.code}: {error.message}")
                case _:
                    pass

    def _left(self, reason: str) -> None:
        self._handle = self._replica = None
        if reason != "ended":
            self.problems.append(f"{self.game}: the witness was put out of its room: {reason}")

    def _snapshot(self, data: bytes) -> None:
        if self._replica is None:
            self.problems.append(f"{self.game}: the witness got a snapshot of no room")
            return
        before = self._replica.tick
        try:
            self._replica.apply_frame(data)
        except SnapshotError as error:
            self.problems.append(f"{self.game}: {error}")
            return
        self.snapshots += 1
        if before is not None and self._replica.tick != before + 1:
            self.problems.append(f"{self.game}: tick {self._replica.tick} came after {before}")
        self._seated.set()
