"""Peers that don't read what they are sent, or not fast enough."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from gameserver.settings import Settings
from tests.conftest import Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.raw import TEXT, Gone, RawPeer
from tests.faults.witness import watched

CHATTY = 16_000
"""Bytes of an event per tick: a few ticks fill the kernel's buffers."""
SMALL = 4096
"""The receive buffer (bytes) of a peer that won't read."""
ROOMY = Settings(max_behind_s=60, max_unsent_bytes=100_000_000, snapshot_history=1000)
"""Bounds that nobody reaches."""


async def watch(peer: RawPeer, room: str) -> None:
    """Let a raw peer into a room."""
    await peer.say("spectate", {"room": room})
    await peer.expect("joined")


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        (Settings(max_behind_s=0.3, max_unsent_bytes=100_000_000), r"bytes unsent for 0\.3 s"),
        (Settings(max_behind_s=60, max_unsent_bytes=50_000), r"bytes unsent\n"),
    ],
    ids=["time", "bytes"],
)
async def test_a_reader_that_stops_in_a_chatty_room_is_cut(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture, bounds: Settings, why: str
) -> None:
    """Once its window is shut, bytes stay unsent for too long, or grow too many."""
    caplog.set_level("INFO", "gameserver")
    running = await serve(Chronicle, settings=bounds)
    async with watched(running, noise_bytes=CHATTY) as witness:
        deaf = await dial(running, receive_buffer_bytes=SMALL)
        await watch(deaf, witness.room)
        await witness.counts(spectators=2)
        await witness.counts()
        assert len(running.server.connections) == 2
    assert re.search(why, caplog.text)


async def test_a_reader_that_stops_in_a_quiet_room_is_cut(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel takes all that is said there, so only a ping that nobody answers tells."""
    caplog.set_level("INFO", "gameserver")
    running = await serve(Chronicle, settings=Settings(heartbeat_s=0.8))
    async with watched(running) as witness:
        deaf = await dial(running)
        await watch(deaf, witness.room)
        await witness.counts(spectators=2)
        await witness.counts()
    assert "a ping went unanswered" in caplog.text


async def test_one_that_goes_on_sending_but_never_reads_is_cut(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    """What it says proves nothing: only an answered ping shows that somebody reads."""
    caplog.set_level("INFO", "gameserver")
    running = await serve(Chronicle, settings=Settings(heartbeat_s=0.8))
    async with watched(running) as witness:
        chatterbox = await dial(running)
        await watch(chatterbox, witness.room)
        await witness.counts(spectators=2)
        with pytest.raises(Gone):
            while True:
                await chatterbox.say("ping", {"t": 1})
                await asyncio.sleep(0.05)
        await witness.counts()
    assert "a ping went unanswered" in caplog.text


async def test_a_reader_at_1_kb_per_second_is_cut(serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture) -> None:
    """It reads all the time and is behind all the time."""
    caplog.set_level("INFO", "gameserver")
    running = await serve(Chronicle, settings=Settings(max_behind_s=0.5, max_unsent_bytes=100_000_000))
    async with watched(running, noise_bytes=CHATTY) as witness:
        slow = await dial(running, receive_buffer_bytes=SMALL)
        await watch(slow, witness.room)
        await witness.counts(spectators=2)
        while witness.people != (1, 1):
            await slow.read_some(50)
            await asyncio.sleep(0.05)
            await witness.see(1)
    assert "bytes unsent for 0.5 s" in caplog.text


async def test_a_reader_that_comes_back_in_time_is_caught_up_by_one_delta(serve: Serve, dial: Dial) -> None:
    """The snapshots that it couldn't take are skipped for good; the events are not."""
    running = await serve(Chronicle, settings=ROOMY)
    async with watched(running, noise_bytes=CHATTY) as witness:
        sleeper = await dial(running, receive_buffer_bytes=SMALL)
        await watch(sleeper, witness.room)
        await witness.see(30)  # 480 KB: more than all buffers of the kernel hold
        snapshots, numbers = await read_past_gap(sleeper)
    gap = next(i for i in range(1, len(snapshots)) if snapshots[i]["tick"] > snapshots[i - 1]["tick"] + 1)
    assert [s["base"] for s in snapshots[1:]] == [s["tick"] for s in snapshots[:-1]], "each builds on the one before"
    assert snapshots[gap]["tick"] - snapshots[gap]["base"] > 10
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def read_past_gap(peer: RawPeer) -> tuple[list[dict[str, Any]], list[int]]:
    """Read until snapshots come tick by tick again; gives the snapshots and the events' numbers."""
    snapshots: list[dict[str, Any]] = []
    numbers: list[int] = []
    missed = 0
    while not missed or len(snapshots) < 10 or snapshots[-1]["tick"] - snapshots[-10]["tick"] != 9:
        opcode, data = await peer.frame()
        assert opcode == TEXT
        message = json.loads(data)
        if message["type"] == "event":
            numbers.append(message["payload"]["data"]["number"])
        elif message["type"] == "snapshot":
            snapshots.append(message["payload"])
            missed = snapshots[-1]["tick"] - snapshots[0]["tick"] + 1 - len(snapshots)
    return snapshots, numbers
