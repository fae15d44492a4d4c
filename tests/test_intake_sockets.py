"""Both ways in over real sockets, with aiohttp behind them: order, ends, and that neither differs from the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from random import Random
from typing import Any, NamedTuple

import pytest
from aiohttp import WSMsgType

from gameserver.connection import Connection
from gameserver.errors import PolicyViolation
from gameserver.settings import Settings
from tests.conftest import Connect, Running, Serve, settle
from tests.faults.raw import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Gone,
    RawPeer,
    flood,
    frame,
    handshake,
    message,
)

GENEROUS = Settings(messages_per_s=100_000, max_bad_messages=1000)


class Ways:
    """Notes which way each message took that a server was sent."""

    def __init__(self, running: Running) -> None:
        self.at_once: list[str] = []
        """Taken the short way."""
        self.handled: list[tuple[WSMsgType, Any]] = []
        """Taken either way, in order."""
        endpoint = running.server.endpoint
        self._take_at_once, self._take = endpoint._take_at_once, endpoint._take
        endpoint._take_message = self._note_at_once
        endpoint._take = self._note  # type: ignore[method-assign]

    def _note_at_once(self, connection: Connection, text: str) -> bool:
        if not connection.conduct.flooded and not connection.closed:
            self.handled.append((WSMsgType.TEXT, text))
        taken = self._take_at_once(connection, text)
        if taken:
            self.at_once.append(text)
        return taken

    def _note(self, connection: Connection, kind: WSMsgType, data: Any) -> None:
        self.handled.append((kind, bytes(data) if isinstance(data, bytearray) else data))
        self._take(connection, kind, data)


Dial = Callable[[Running], Awaitable[RawPeer]]


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Make connections that hang up when the test is over."""
    async with AsyncExitStack() as peers:

        async def connect(running: Running) -> RawPeer:
            return await peers.enter_async_context(await RawPeer.dial(running.url))

        yield connect
    await settle()


def ping(t: float) -> str:
    """Make the message whose answer tells which one it answers."""
    return message("ping", {"t": t})


async def answer(peer: RawPeer) -> str:
    """Read the next answer; gives what it answers."""
    opcode, data = await peer.frame()
    if opcode == PONG:
        return f"ping {data.decode()}"
    assert opcode == TEXT, data
    payload = json.loads(data)["payload"]
    return f"text {payload['t']:g}" if "t" in payload else str(payload["code"])


async def test_the_usual_client_takes_the_short_way(serve: Serve, connect: Connect) -> None:
    """All its messages but the first, with aiohttp's own client; `joined` and snapshots come as ever."""
    running = await serve()
    ways = Ways(running)
    peer = await connect(running)
    for t in range(5):
        await peer.send("ping", {"t": t})
        await peer.expect("pong", t=t)
    await peer.join(game="kitchen")
    await peer.send("steer", {"dx": 1}, seq=1)
    while peer.replicas[1].ack != 1:
        await peer.snapshot()
    sent = [data for _, data in ways.handled]
    assert len(sent) == 7
    assert ways.at_once == sent[1:]


async def test_all_is_answered_in_the_order_in_which_it_was_sent(serve: Serve, dial: Dial) -> None:
    """Messages short and long, pings, binary frames and fragments between them, in packets as they fall.

    Both ways are taken.
    """
    running = await serve(settings=GENEROUS)
    ways, random = Ways(running), Random(7)
    for fragments in (False, True):
        peer = await dial(running)
        assert await peer.upgrade() == 101
        expected = ["text 0", "text 1"]
        await peer.send(frame(TEXT, ping(0)))
        await peer.send(frame(TEXT, ping(1)))
        before, burst = len(ways.at_once), b""
        for n in range(2, 300):
            match random.choice(["short"] * 6 + ["long", "ping", "binary"] + ["fragments"] * (fragments and n > 150)):
                case "short":
                    burst += frame(TEXT, ping(n))
                    expected.append(f"text {n}")
                case "long":
                    burst += frame(TEXT, ping(n).ljust(random.choice([126, 130, 4096])))
                    expected.append(f"text {n}")
                case "ping":
                    burst += frame(PING, f"{n}")
                    expected.append(f"ping {n}")
                case "binary":
                    burst += frame(BINARY, b"x")
                    expected.append("no_binary")
                case "fragments":
                    burst += frame(TEXT, ping(n)[:5], fin=False) + frame(CONTINUATION, ping(n)[5:])
                    expected.append(f"text {n}")
            if random.random() < 0.8:
                await peer.send(burst)
                burst = b""
            if random.random() < 0.5:  # wait for the answers now and then, so that the short way opens again
                await peer.send(burst)
                burst = b""
                assert [await answer(peer) for _ in expected] == expected
                expected.clear()
        await peer.send(burst)
        assert [await answer(peer) for _ in expected] == expected
        assert len(ways.at_once) - before > 30


@pytest.mark.parametrize("cut", [0, 1, 7, None], ids=["whole", "half a head", "half a text", "and a half"])
async def test_what_comes_with_the_handshake_is_answered_first(serve: Serve, dial: Dial, cut: int | None) -> None:
    """A client that doesn't wait for the answer to its handshake is slower, but served."""
    running = await serve()
    ways = Ways(running)
    peer = await dial(running)
    first, second = frame(TEXT, ping(0)), frame(TEXT, ping(1))
    together = first + second
    size = len(first) + 9 if cut is None else cut or len(first)
    await peer.send(handshake() + together[:size])
    assert await peer.status() == 101
    if cut in {0, None}:
        assert await answer(peer) == "text 0"
    await peer.send(together[size:])
    for t in range(2, 6):
        await peer.send(frame(TEXT, ping(t)))
    answers = [await answer(peer) for _ in range(5 if cut in {0, None} else 6)]
    assert answers == [f"text {t}" for t in range(6 - len(answers), 6)]
    for t in range(6, 9):
        await peer.send(frame(TEXT, ping(t)))
        assert await answer(peer) == f"text {t}"
    assert ways.at_once == []


async def enter_short_way(serve: Serve, dial: Dial, **options: Any) -> tuple[Running, Ways, RawPeer]:
    """Connect somebody whose next short message takes the short way."""
    running = await serve(**options)
    ways = Ways(running)
    peer = await dial(running)
    assert await peer.upgrade() == 101
    await peer.send(frame(TEXT, ping(0)))
    assert await answer(peer) == "text 0"
    return running, ways, peer


async def test_a_ping_is_answered_and_the_short_way_opens_again(serve: Serve, dial: Dial) -> None:
    """Also an empty one, and the longest."""
    _, ways, peer = await enter_short_way(serve, dial)
    for n, data in enumerate(["", "x", "y" * 125], start=1):
        await peer.send(frame(PING, data))
        assert await answer(peer) == f"ping {data}"
        await peer.send(frame(TEXT, ping(n)))
        assert await answer(peer) == f"text {n}"
    assert ways.at_once == [ping(1), ping(2), ping(3)]


async def test_a_pong_is_taken_and_the_short_way_opens_again(serve: Serve, dial: Dial) -> None:
    """Whoever answers the server's pings stays; so does who sends one unasked (RFC 6455, 5.5.3)."""
    running, ways, peer = await enter_short_way(serve, dial, settings=Settings(heartbeat_s=0.1))
    connection = running.server.connections.get(1)
    for n in (1, 2):
        opcode, data = await peer.frame()
        assert opcode == PING
        await peer.send(frame(PONG, data))
        await peer.send(frame(PONG, b"unasked"))
        await peer.send(frame(TEXT, ping(n)))
        assert await answer(peer) == f"text {n}"
    assert not connection.closed
    assert [kind for kind, _ in ways.handled].count(WSMsgType.PONG) == 4


async def test_a_short_frame_of_invalid_utf8_closes_with_1007(serve: Serve, dial: Dial) -> None:
    """On a connection whose messages take the short way; what it sends afterwards isn't read."""
    _, ways, peer = await enter_short_way(serve, dial)
    await peer.send(frame(TEXT, ping(1)))
    assert await answer(peer) == "text 1"
    await peer.send(frame(TEXT, b'{"type": "\xff\xfe"}'))
    await peer.send(frame(TEXT, ping(2)))
    assert await peer.close_code() == 1007
    await peer.ended()
    assert ping(2) not in [data for _, data in ways.handled]
    assert ways.at_once == [ping(1)]


async def test_nothing_follows_the_close_frame_after_an_error(serve: Serve, dial: Dial, connect: Connect) -> None:
    """Neither snapshots nor what others say, however long the peer leaves it unanswered (RFC 6455, 5.5.1)."""
    running, _, peer = await enter_short_way(serve, dial)
    other = await connect(running)
    await other.join(game="kitchen")
    await peer.say("join", {"game": "kitchen"})
    await peer.expect("joined")
    await peer.send(frame(TEXT, b"\xff"))
    while (got := await peer.frame()).opcode != CLOSE:
        pass
    assert got.payload[:2] == (1007).to_bytes(2, "big")
    await other.send("chat", {"text": "still there?"})
    await other.expect("chat")
    await other.snapshots(5)
    await peer.send(frame(CLOSE, got.payload[:2]))
    late = []
    with suppress(Gone):
        while True:
            late.append(await peer.frame())
    assert late == []


@pytest.mark.parametrize("together", [True, False], ids=["in one packet", "in packets of their own"])
async def test_nothing_is_handled_behind_the_peer_s_close_frame(serve: Serve, dial: Dial, together: bool) -> None:
    """He has said his last word, whatever comes after it (RFC 6455, 5.5.1)."""
    running, ways, peer = await enter_short_way(serve, dial)
    close, late = frame(CLOSE, b"\x03\xe8"), frame(TEXT, ping(1))
    for data in [close + late] if together else [close, late]:
        await peer.send(data)
    assert await peer.close_code(answer=False) == 1000
    await peer.ended()
    async with asyncio.timeout(5):
        while len(running.server.connections):
            await asyncio.sleep(0.001)
    assert [data for _, data in ways.handled] == [ping(0)]
    assert ways.at_once == []


# What a message does, it does on both ways.


class Deed(NamedTuple):
    """A message, what the server's handler makes of it, and what the sender sees."""

    text: str
    raises: Exception | None
    """What the handler is made to raise; None: it does what it does."""
    answers: list[str]
    ends: tuple[int, str] | None
    """Code and reason of the close frame."""


DEEDS: dict[str, Deed] = {
    "answered": Deed(ping(1), None, ["text 1"], None),
    "refused": Deed('{"type":"fly"}', None, ["unknown_type"], None),
    "no JSON": Deed("hello", None, ["bad_json"], None),
    "one too many": Deed(ping(1), PolicyViolation("enough"), [], (1008, "enough")),
    "a bug": Deed(ping(1), RuntimeError("ours"), [], (1011, "internal error")),
    "a bug that knows no text": Deed(ping(1), KeyError(), [], (1011, "internal error")),
}


def in_fragments(text: str) -> bytes:
    """Frame a message such that it takes the long way."""
    return frame(TEXT, text[:3], fin=False) + frame(CONTINUATION, text[3:])


@pytest.mark.parametrize("short", [True, False], ids=["short way", "long way"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_a_message_does_the_same_on_both_ways(
    serve: Serve,
    dial: Dial,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    short: bool,
    deed: Deed,
) -> None:
    """Answers, expels, or ends this connection alone; what is sent after that isn't handled."""
    running, ways, peer = await enter_short_way(serve, dial, settings=Settings(close_s=60))
    other = await dial(running)
    assert await other.upgrade() == 101
    receive = running.server.handlers.receive

    def fail(connection_id: int, text: str) -> None:
        if connection_id == 1 and text == deed.text and deed.raises is not None:
            raise deed.raises
        receive(connection_id, text)

    monkeypatch.setattr(running.server.handlers, "receive", fail)
    await peer.send(frame(TEXT, deed.text) if short else in_fragments(deed.text))
    for expected in deed.answers:
        assert await answer(peer) == expected
    if deed.ends is not None:
        await peer.send(frame(TEXT, ping(2)))
        closing = await peer.frame()
        assert (int.from_bytes(closing.payload[:2], "big"), closing.payload[2:].decode()) == deed.ends
        await peer.send(frame(TEXT, ping(3)))
        await peer.send(frame(CLOSE, closing.payload[:2]))
        await peer.ended()
    handled = [data for _, data in ways.handled]
    assert handled == [ping(0), deed.text]
    taken_at_once = ways.at_once[: 1 if deed.ends else None]  # what follows a goodbye is taken, and thrown away
    assert taken_at_once == ([deed.text] if short else [])
    bugs = [r.exc_info[1] for r in caplog.records if r.levelname == "ERROR" and r.exc_info]
    assert bugs == ([deed.raises] if deed.ends and deed.ends[0] == 1011 else [])
    await other.send(frame(TEXT, ping(9)))
    assert await answer(other) == "text 9"


@pytest.mark.parametrize("short", [True, False], ids=["short way", "long way"])
async def test_nonsense_is_counted_on_both_ways(serve: Serve, dial: Dial, short: bool) -> None:
    """One too many closes with 1008."""
    _, ways, peer = await enter_short_way(serve, dial, settings=Settings(max_bad_messages=3))
    for _ in range(3):
        await peer.send(frame(TEXT, "no") if short else in_fragments("no"))
        assert await answer(peer) == "bad_json"
    await peer.send(frame(TEXT, "no") if short else in_fragments("no"))
    assert await answer(peer) == "bad_json"
    assert await peer.close_code() == 1008
    await peer.ended()
    assert ways.at_once == ["no"] * 4 * short


async def test_who_floods_takes_the_long_way_until_he_is_calm(serve: Serve, dial: Dial) -> None:
    """Where the receive loop can hold him back; in the same order, and refused the same."""
    running, ways, peer = await enter_short_way(serve, dial, settings=GENEROUS)
    conduct = running.server.connections.get(1).conduct
    await peer.send(frame(TEXT, ping(1)))
    assert await answer(peer) == "text 1"
    conduct.flooded, conduct._calm_from_s = True, float("inf")
    for n in (2, 3):
        await peer.send(frame(TEXT, ping(n)))
        assert await answer(peer) == f"text {n}"
    conduct._calm_from_s = 0.0
    for n in (4, 5, 6):
        await peer.send(frame(TEXT, ping(n)))
        assert await answer(peer) == f"text {n}"
    assert ways.at_once == [ping(1), ping(5), ping(6)]


async def test_a_flood_of_short_messages_is_refused_and_ends(serve: Serve, dial: Dial) -> None:
    """It begins on the short way; the first that is refused is the last there."""
    settings = Settings(message_burst=1, messages_per_s=1, max_flood_s=0.05)
    running, ways, peer = await enter_short_way(serve, dial, settings=settings, tick_rate=1)
    other = await dial(running)
    assert await other.upgrade() == 101
    flooding = asyncio.create_task(flood(peer, frame(TEXT, ping(5))))
    answers = []
    while (got := await peer.frame()).opcode != CLOSE:
        answers.append(got.payload)
    assert int.from_bytes(got.payload[:2], "big") == 1008
    await asyncio.wait([flooding])
    refused = [b"rate_limited" in data for data in answers]
    assert len(ways.at_once) <= refused.index(True) + 1
    await other.send(frame(TEXT, ping(9)))
    assert await answer(other) == "text 9"
