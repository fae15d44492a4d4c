"""One client of the soak: the SDK, and a seeded will to join, play, stall, drop out, come back and leave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from random import Random
from typing import Any

import uvloop

from gameserver_client import Client, ClientError, ConnectError, Refused, Room, ServerError, connect
from loadtest.soak_checks import Findings, SeatCheck

PATIENCE_S = 30.0
"""An answer that takes longer won't come."""
STAY_S = 2.0, 20.0
PAUSE_S = 1.0
"""Between two things that a client does, on average."""
STALL_S = 0.5, 9.0
"""The long ones are cut by the server or given up by the SDK, the short ones caught up with."""
RECEIVE_BUFFER_BYTES = 4096
CHAT_EVERY_S = 3.0
SPECTATORS, VANISHERS = 0.15, 0.4
MAY_REFUSE = frozenset({"room_full", "unknown_room", "rate_limited"})
"""The last seat may go, or the room end, between the match and the step that seats; and a client may be back in a room
before it has quite left it."""
_ACTIONS = {"walk": 6, "pay": 5, "chat": 1, "stall": 1, "cut": 1}

_takes: ContextVar[Callable[[asyncio.Transport], None]] = ContextVar("takes")


class Loop(uvloop.Loop):
    """An event loop that does to connections what the SDK doesn't offer.

    It tells who asked for a connection which transport he got, and gives all of them small receive buffers, so that a
    client which stops reading is noticed.
    """

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect as always; the window that a client offers is settled then."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        await super().sock_connect(sock, address)

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        """Connect as always."""
        connection: tuple[Any, Any] = await super().create_connection(*args, **options)
        taker = _takes.get(None)
        if taker is not None:
            taker(connection[0])
        return connection


class SoakClient:
    """Lives until it is told that it is time."""

    def __init__(self, number: int, url: str, seed: int, findings: Findings, over: asyncio.Event) -> None:
        self.seated = False
        self._number = number
        self._url = url
        self._random = Random(f"{seed}:{number}")
        self._findings = findings
        self._over = over
        self._transport: asyncio.Transport | None = None
        self._lines = 0
        self._chatted_s = 0.0

    async def live(self) -> None:
        """Come, play in some rooms, go, and come again."""
        _takes.set(self._took)
        while not self._over.is_set():
            await self._rest(self._random.uniform(0, 2 * PAUSE_S))
            try:
                await self._visit()
            except ConnectError as error:
                self._not_connected(error)
                await self._rest(PAUSE_S)
            except TimeoutError:
                self._findings.breaks("an answer never came", f"client {self._number}, in {PATIENCE_S:g} s")

    def _not_connected(self, error: ConnectError) -> None:
        # A busy machine may not answer in time, which is no refusal.
        if "no answer within" in str(error):
            self._findings.counts["connections not answered in time"] += 1
        else:
            self._findings.breaks("nobody was let in", str(error))

    def _took(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    async def _visit(self) -> None:
        client = connect(self._url)
        client.on("error", lambda error: self._findings.counts.update([f"error {error.code}"]))
        async with asyncio.timeout(PATIENCE_S):
            await client.open()
        try:
            for _ in range(self._random.randint(1, 3)):
                if not self._over.is_set():
                    await self._enter(client)
            if self._random.random() < VANISHERS:
                self._findings.counts["vanished"] += 1
                self._cut()
        finally:
            self.seated = False
            await client.close()

    async def _enter(self, client: Client) -> None:
        watches = self._random.random() < SPECTATORS
        try:
            async with asyncio.timeout(PATIENCE_S):
                room = await (
                    client.spectate(game="ledger") if watches else client.join("ledger", name=f"P{self._number}")
                )
        except ServerError as error:
            if error.code not in MAY_REFUSE:
                self._findings.breaks("somebody was turned away", f"client {self._number}: {error.code}: {error}")
            self._findings.counts[f"turned away: {error.code}"] += 1
            return
        except ClientError as error:
            self._findings.counts[f"not let in: {error}"] += 1
            return
        self._findings.counts["watched" if watches else "joined"] += 1
        self.seated = True
        await self._stay(room)
        self.seated = False
        self._findings.counts[f"left: {room.left_reason}"] += 1

    async def _stay(self, room: Room) -> None:
        """Play until it is time to leave, or the room is over."""
        check = SeatCheck(f"client {self._number}", room, self._findings)
        left = asyncio.Event()
        room.on("left", lambda _: left.set())
        until_s = time.perf_counter() + self._random.uniform(*STAY_S)
        names, weights = [*_ACTIONS], [*_ACTIONS.values()]
        while time.perf_counter() < until_s and not left.is_set() and not self._over.is_set():
            await self._rest(self._random.expovariate(1 / PAUSE_S))
            await self._do(self._random.choices(names, weights)[0], check)
        async with asyncio.timeout(PATIENCE_S):
            await room.leave()

    async def _do(self, action: str, check: SeatCheck) -> None:
        room, playing = check.room, check.room.player is not None
        try:
            match action:
                case "walk" if playing:
                    room.input("walk", dx=self._random.randint(-1, 1))
                case "pay" if playing:
                    await self._pay(check)
                case "chat":
                    self._chat(room)
                case "stall":
                    await self._stall(check)
                case "cut":
                    self._findings.counts["cut"] += 1
                    self._cut()
        except Refused as refusal:
            self._findings.counts[f"refused: {refusal.code}"] += 1
        except ClientError:
            self._findings.counts["done while the connection was down"] += 1

    async def _pay(self, check: SeatCheck) -> None:
        room = check.room
        async with asyncio.timeout(PATIENCE_S):
            if check.mark is None:
                mark = self._random.randrange(1, 2**32)
                seat = room.id, room.player
                await room.command("sign", mark=mark)
                if seat == (room.id, room.player):
                    check.mark = mark
            others = [player for player in room.players if player != room.player]
            check.payments_sent += 1
            await room.command("pay", to=self._random.choice([0, *others]), coins=self._random.randrange(20))
            check.payments_taken += 1

    def _chat(self, room: Room) -> None:
        now_s = time.perf_counter()
        if now_s - self._chatted_s >= CHAT_EVERY_S:
            self._chatted_s = now_s
            self._lines += 1
            room.chat(f"{self._number} {self._lines}")

    async def _stall(self, check: SeatCheck) -> None:
        """Read nothing for a while; every other time, go on sending."""
        transport, talks = self._transport, self._random.random() < 0.5
        if transport is None or transport.is_closing() or not transport.is_reading():
            return
        self._findings.counts["stalled"] += 1
        seconds = self._random.uniform(*STALL_S)
        check.deaf(seconds)
        transport.pause_reading()
        until_s = time.perf_counter() + seconds
        while time.perf_counter() < until_s and not transport.is_closing() and not self._over.is_set():
            await self._rest(0.25)
            if talks and check.room.player is not None:
                check.room.input("walk", dx=self._random.randint(-1, 1))
        if not transport.is_closing():
            transport.resume_reading()
            self._findings.counts["stalled and caught up"] += 1

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
