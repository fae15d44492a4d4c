"""Peers that go without a word, or in the middle of one."""

from __future__ import annotations

import sys

import pytest

from gameserver.settings import Settings
from tests.conftest import Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.leaks import descriptors
from tests.faults.raw import CLOSE, TEXT, RawPeer, frame, message
from tests.faults.witness import eventually, watched

SEATS_WAIT = 0.2
"""Seconds."""
CHATTY = 16_000
"""Bytes of an event per tick: a few ticks fill the kernel's buffers."""


async def join(peer: RawPeer, room: str) -> str:
    """Take a seat; gives the token."""
    await peer.say("join", {"room": room})
    token: str = (await peer.expect("joined"))["token"]
    return token


@pytest.mark.skipif(sys.platform != "linux", reason="a peer is unplugged by a socket filter, which only Linux has")
@pytest.mark.parametrize(
    ("settings", "noise_bytes", "why"),
    [
        (Settings(resume_s=SEATS_WAIT, heartbeat_s=0.8), 0, "a ping went unanswered"),
        (
            Settings(resume_s=SEATS_WAIT, max_behind_s=0.3, max_unsent_bytes=100_000_000),
            CHATTY,
            "bytes unsent for 0.3 s",
        ),
    ],
    ids=["quiet", "chatty"],
)
async def test_a_half_open_peer_is_found(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture, settings: Settings, noise_bytes: int, why: str
) -> None:
    """Unplugged, it sends neither FIN nor RST: the heartbeat finds it, or what stays unsent, and its seat goes."""
    caplog.set_level("INFO", "gameserver")
    running = await serve(Chronicle, settings=settings)
    async with watched(running, noise_bytes=noise_bytes) as witness:
        peer = await dial(running)
        await join(peer, witness.room)
        await witness.counts(players=2)
        peer.vanish()
        await witness.hear("player_away")
        await witness.counts()
        assert len(running.server.connections) == 2
    assert why in caplog.text


@pytest.mark.parametrize("way", ["reset", "close"])
async def test_a_connection_cut_in_the_middle_of_a_frame_is_forgotten(serve: Serve, dial: Dial, way: str) -> None:
    """By RST or by FIN: the half message does nothing, the seat waits and goes."""
    running = await serve(Chronicle, settings=Settings(resume_s=SEATS_WAIT))
    async with watched(running) as witness:
        peer = await dial(running)
        await join(peer, witness.room)
        await witness.counts(players=2)
        await peer.send(frame(TEXT, message("chat", {"text": "never said"}))[:-5])
        await witness.see(2)
        getattr(peer, way)()
        await witness.hear("player_away")
        await witness.counts()
        assert len(running.server.connections) == 2
        assert witness.heard["chat"] == 0


async def test_one_that_says_goodbye_and_never_reads_the_answer_is_cut(serve: Serve, dial: Dial) -> None:
    """The server's close frame waits behind unread bytes: after `close_s` nothing of the connection is kept."""
    settings = Settings(max_behind_s=60, max_unsent_bytes=100_000_000, close_s=0.2)
    running = await serve(Chronicle, settings=settings)
    async with watched(running, noise_bytes=CHATTY) as witness:
        before = descriptors()
        peer = await dial(running, receive_buffer_bytes=4096)
        assert descriptors() == before + 3, "one of its own, two of the server"
        await peer.say("spectate", {"room": witness.room})
        await witness.see(30)  # 480 KB: more than all buffers of the kernel hold
        await peer.send(frame(CLOSE, b"\x03\xe8"))
        await witness.counts()
        await eventually(lambda: descriptors() == before + 1)
