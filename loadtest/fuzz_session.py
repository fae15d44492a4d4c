"""One visit of the fuzzer: it connects, throws what its seed says, and notes what becomes of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from urllib.parse import urlsplit

import msgspec

from loadtest.fuzz_frames import GOES_ON, KINDS, LOST, broken_handshake
from loadtest.fuzz_messages import Known, Messages
from loadtest.lean import CLOSE, TEXT, Lean, frame

PATIENCE_S = 20.0
"""A server that says nothing for so long, when an answer is due, has hung."""
ANSWER_S = 0.2
"""What may rightly go without an answer is given so long."""
ASK_AGAIN_S = 1.0
"""A barrier may be refused by a limit; then it is put up again."""
MESSAGES, BATCH = 500, 50
FRAMES = 20
WEIGHTS = {"messages": 32, "frames": 51, "handshakes": 17}
"""Of visits; since one with messages throws 25 times as many, 92 % of all inputs are messages."""
REPLACED, POLICY = 4001, 1008
_BARRIER = 10**12


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    handle: int | None = None


class _Payload(msgspec.Struct, frozen=True):
    code: str = ""
    room: str = ""
    token: str | None = None
    t: float = 0.0


_envelopes = msgspec.json.Decoder(_Envelope)
_payloads = msgspec.json.Decoder(_Payload)


class Tally(msgspec.Struct):
    """What all visits together have seen."""

    inputs: Counter[str] = msgspec.field(default_factory=Counter)
    """Thrown so far, by sort."""
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[str] = []
    tokens: list[str] = []
    """The last ones given to anybody: to be tried by others, and after their seats are gone."""


class Visit:
    """The visit of a number; the same seed and number throw the same, as far as the server answers the same."""

    def __init__(self, url: str, messages: Messages, tally: Tally, *, seed: int, number: int, limits: bool) -> None:
        self.number = number
        self._url = url
        self._messages = messages
        self._tally = tally
        self._random = Random(f"{seed}:{number}")
        self._may_end = {REPLACED, POLICY} if limits else {REPLACED}
        """Close codes that messages may bring on; POLICY is what limits end in."""
        self._known = Known(tokens=tally.tokens)
        self._lean: Lean | None = None
        self._news = asyncio.Event()
        self._passed = 0
        """The last barrier that was answered."""

    async def run(self) -> None:
        """Throw everything."""
        kind = self._random.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        match kind:
            case "messages":
                await self._throw_messages()
            case "frames":
                for _ in range(FRAMES):
                    await self._throw_frame()
            case _:
                for _ in range(FRAMES):
                    await self._throw_handshake()

    def problem(self, what: str) -> None:
        """Note what must not happen."""
        self._tally.problems.append(f"visit {self.number}: {what}")

    # Messages: the connection stays, whatever they are.

    async def _throw_messages(self) -> None:
        lean = await self._connect()
        lean.write(self._messages.joining(self._random))
        if self._random.random() < 0.3:
            lean.write(self._messages.joining(self._random))
        for number in range(1, MESSAGES // BATCH + 1):
            lean.write(b"".join(self._messages.any(self._random, self._known) for _ in range(BATCH)))
            self._tally.inputs["messages"] += BATCH
            if not await self._barrier(lean, number):
                break
        if lean.closed.is_set() or lean.close_code is not None:
            code = lean.close_code or LOST
            self._tally.outcomes[f"messages: {_named(code)}"] += 1
            if code not in self._may_end:
                self.problem(f"messages ended the connection: {_named(code)}")
        elif not self._passed:
            self.problem("messages were never answered")
        else:
            self._tally.outcomes["messages: the connection stayed"] += 1
            lean.write(frame(CLOSE, b"\x03\xe8") if self._random.random() < 0.5 else b"")
        lean.abort()

    async def _barrier(self, lean: Lean, number: int) -> bool:
        """Wait until everything before is answered; False: the connection ended, or the server hangs."""
        for _ in range(int(PATIENCE_S / ASK_AGAIN_S)):
            lean.send("ping", {"t": _BARRIER + number})
            if await self._until(lambda: self._passed >= number or _over(lean), ASK_AGAIN_S):
                return not _over(lean)
        self._passed = 0
        return False

    # Frames: each needs a connection of its own, which mostly ends.

    async def _throw_frame(self) -> None:
        kind = self._random.choice(KINDS)
        lean = await self._connect()
        if self._random.random() < 0.3:
            lean.write(self._messages.joining(self._random))
        self._passed = 0
        lean.write(kind.make(self._random))
        self._tally.inputs["frames"] += 1
        if kind.waits:
            await self._until(lambda: _over(lean), 0.01)
            lean.finish()
        else:
            lean.send("ping", {"t": _BARRIER + 1})
        await self._until(lambda: bool(self._passed) or _over(lean), PATIENCE_S)
        if _over(lean):
            end = lean.close_code or LOST
        elif self._passed:
            end = GOES_ON
        else:
            self.problem(f"{kind.name}: the server hangs")
            lean.abort()
            return
        self._tally.outcomes[f"{kind.name}: {_named(end)}"] += 1
        if end not in kind.ends:
            self.problem(f"{kind.name}: {_named(end)}")
        lean.finish()
        if not await self._until(lean.closed.is_set, PATIENCE_S):
            self.problem(f"{kind.name}: the server doesn't hang up")
        lean.abort()

    # Handshakes: whatever comes is fine, but for a server that fails.

    async def _throw_handshake(self) -> None:
        parts = urlsplit(self._url)
        asker = _Asker()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: asker, parts.hostname or "", parts.port or 80)
        transport.write(broken_handshake(self._random, parts.netloc))
        self._tally.inputs["handshakes"] += 1
        try:
            await asyncio.wait_for(asker.answered.wait(), ANSWER_S)
        except TimeoutError:
            transport.write_eof()
            try:
                await asyncio.wait_for(asker.closed.wait(), PATIENCE_S)
            except TimeoutError:
                self.problem("a handshake: the server doesn't hang up")
        status = asker.status()
        self._tally.outcomes[f"handshake: {status}"] += 1
        if status.startswith("5") and status != "505":
            self.problem(f"a handshake: the server answers {status}")
        transport.abort()

    # The connection.

    async def _connect(self) -> Lean:
        self._lean = await Lean.connect(self._url, self._received, self._news.set)
        return self._lean

    def _received(self, opcode: int, data: bytes) -> None:
        if opcode == TEXT:
            self._read(data)
        elif opcode == CLOSE:
            if self._lean is not None:
                self._lean.finish()
            self._news.set()

    def _read(self, data: bytes) -> None:
        message = _envelopes.decode(data)
        if message.type not in {"error", "joined", "pong"}:
            return
        payload = _payloads.decode(message.payload)
        match message.type:
            case "error":
                self._tally.outcomes[f"error {payload.code}"] += 1
            case "joined":
                self._tally.outcomes["joined"] += 1
                self._known.learn("rooms", payload.room)
                self._known.learn("handles", message.handle)
                if payload.token is not None:
                    self._known.learn("tokens", payload.token)
            case _ if payload.t > _BARRIER:
                self._passed = int(payload.t) - _BARRIER
                self._news.set()

    async def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait for news that make something true; False: none did in time."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return true()
        return True


class _Asker(asyncio.Protocol):
    """Keeps what the server answers to a handshake."""

    def __init__(self) -> None:
        self.answered, self.closed = asyncio.Event(), asyncio.Event()
        self._data = b""

    def data_received(self, data: bytes) -> None:
        """Keep the beginning."""
        self._data = (self._data + data)[:100]
        self.answered.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it."""
        self.answered.set()
        self.closed.set()

    def status(self) -> str:
        """Give the status, or what there was instead."""
        if not self._data:
            return "no answer"
        words = self._data.split(maxsplit=2)
        return words[1].decode(errors="replace") if self._data.startswith(b"HTTP/") and len(words) > 1 else "no HTTP"


def _over(lean: Lean) -> bool:
    return lean.close_code is not None or lean.closed.is_set()


def _named(end: int) -> str:
    return {LOST: "cut without a close frame", GOES_ON: "goes on"}.get(end, f"closed with {end}")
