"""Peers that send too much."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

import pytest

from gameserver.settings import Settings
from tests.conftest import Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.raw import BINARY, PING, PONG, TEXT, flood, frame, message
from tests.faults.witness import watched

PATIENT = Settings(max_flood_s=60, messages_per_turn=50)
SHORT = Settings(max_flood_s=0.3, close_s=0.1)
TINY = frame(TEXT, message("ping"))


async def test_10_000_tiny_messages_at_once_are_all_answered(serve: Serve, dial: Dial) -> None:
    """What is within the rate is served, the rest is refused one by one, and the connection lives on."""
    running = await serve(Chronicle, settings=PATIENT)
    async with watched(running) as witness:
        peer = await dial(running)
        sending = asyncio.create_task(peer.send(TINY * 10_000))
        answers: Counter[str] = Counter()
        while answers.total() < 10_000:
            opcode, data = await peer.frame()
            assert opcode == TEXT
            answer = json.loads(data)
            answers[answer["payload"].get("code", answer["type"])] += 1
        await sending
        assert answers.keys() == {"pong", "rate_limited"}
        await witness.see(10)
        await peer.say("spectate", {"room": witness.room})
        await peer.expect("joined")


FLOODS = {
    "messages": TINY,
    "pings": frame(PING, b"?"),
    "pongs": frame(PONG, b"!"),
    "fragments": frame(TEXT, '{"type":', fin=False) + frame(0, ' "ping"}'),
}


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.parametrize("reads", [True, False], ids=["reading", "deaf"])
async def test_a_flood_is_closed_with_1008(serve: Serve, dial: Dial, kind: str, reads: bool) -> None:
    """Whoever stays over the rate for `max_flood_s` is out, whatever kind of frame he sends, read or not."""
    running = await serve(Chronicle, settings=SHORT)
    async with watched(running) as witness:
        peer = await dial(running)
        await peer.say("spectate", {"room": witness.room})
        await witness.counts(spectators=2)
        flooding = asyncio.create_task(flood(peer, FLOODS[kind] * 20))
        if reads:
            assert await peer.close_code(answer=False) == 1008
        await witness.counts()
        await flooding


@pytest.mark.parametrize(
    "nonsense",
    [frame(TEXT, "nonsense"), frame(BINARY, b"\0"), frame(TEXT, message("fly"))],
    ids=["JSON", "binary", "type"],
)
async def test_more_than_50_malformed_messages_close_with_1008(serve: Serve, dial: Dial, nonsense: bytes) -> None:
    """Fifty get their `error` each, the next one is one too many."""
    running = await serve(Chronicle)
    async with watched(running):
        peer = await dial(running)
        for _ in range(50):
            await peer.send(nonsense)
            await peer.expect("error")
        await peer.say("ping", {"t": 7})
        await peer.expect("pong", t=7)
        await peer.send(nonsense)
        assert await peer.close_code() == 1008
