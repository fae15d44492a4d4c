"""Frames that are too big, in too many pieces, or not as they should be."""

from __future__ import annotations

import asyncio
import struct

import pytest

from gameserver.settings import Settings
from tests.conftest import Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.raw import CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, Gone, flood, frame, message
from tests.faults.witness import watched

MIB = 1 << 20


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b" " * MIB),
        frame(TEXT, b" " * 1024, fin=False) + frame(CONTINUATION, b" " * 1024, fin=False) * 1023,
        frame(TEXT, b"", length=1 << 62),
    ],
    ids=["whole", "fragments", "announced"],
)
async def test_a_message_of_1_mib_closes_with_1009(serve: Serve, dial: Dial, data: bytes) -> None:
    """As soon as it is seen to be too long, whole or in pieces, come or only announced."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        peer = await dial(running)
        await peer.say("spectate", {"room": witness.room})
        await witness.counts(spectators=2)
        sending = asyncio.create_task(peer.send(data))
        assert await peer.close_code(answer=False) == 1009
        await asyncio.wait([sending])
        assert isinstance(sending.exception(), Gone | None)
        await witness.counts()


async def test_a_message_in_many_fragments_is_one_message(serve: Serve, dial: Dial) -> None:
    """A fragment per byte, empty ones, and pings between them, which are answered at once (RFC 6455, section 5.4)."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        peer = await dial(running)
        text = message("spectate", {"room": witness.room})
        await peer.send(frame(TEXT, text[:1], fin=False))
        for byte in text[1:]:
            await peer.send(frame(CONTINUATION, fin=False) + frame(CONTINUATION, byte, fin=False))
        await peer.send(frame(PING, b"between"))
        assert await peer.frame() == Frame(PONG, b"between")
        await peer.send(frame(CONTINUATION))
        await peer.expect("joined")


async def test_fragments_without_end_close_with_1008(serve: Serve, dial: Dial) -> None:
    """Empty ones never make a message too long, so what comes without ever being a message is bounded itself."""
    running = await serve(Chronicle, settings=Settings(close_s=0.1))
    async with watched(running) as witness:
        peer = await dial(running)
        await peer.say("spectate", {"room": witness.room})
        await witness.counts(spectators=2)
        await peer.send(frame(TEXT, fin=False))
        flooding = asyncio.create_task(flood(peer, frame(CONTINUATION, fin=False) * 1000))
        assert await peer.close_code(answer=False) == 1008
        await witness.counts()
        await flooding


async def test_a_message_that_trickles_in_is_one_message(serve: Serve, dial: Dial) -> None:
    """Byte by byte, headers included: nobody waits for it but who sends it."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        peer = await dial(running)
        text = message("spectate", {"room": witness.room})
        for byte in frame(TEXT, text[:9], fin=False) + frame(CONTINUATION, text[9:]):
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.002)
        await peer.expect("joined")


BAD_CLOSES = {
    "a payload of one byte": (b"\x03", 1002),
    "a code that is none (999)": (struct.pack("!H", 999), 1002),
    "a code that is never sent (1005)": (struct.pack("!H", 1005), 1002),
    "a code that is never sent (1015)": (struct.pack("!H", 1015), 1002),
    "a code that nobody has defined (1016)": (struct.pack("!H", 1016), 1002),
    "a reason that isn't UTF-8": (struct.pack("!H", 1000) + b"\xff\xfe", 1007),
}


@pytest.mark.parametrize(("payload", "code"), BAD_CLOSES.values(), ids=BAD_CLOSES.keys())
async def test_a_bad_close_frame_closes(serve: Serve, dial: Dial, payload: bytes, code: int) -> None:
    """With the code that says what is wrong with it (RFC 6455, section 7.4)."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        peer = await dial(running)
        await peer.say("spectate", {"room": witness.room})
        await witness.counts(spectators=2)
        await peer.send(frame(CLOSE, payload))
        assert await peer.close_code() == code
        await peer.ended()
        await witness.counts()


async def test_a_good_close_frame_is_answered(serve: Serve, dial: Dial) -> None:
    """Also one without a code, and one with a code of somebody's own."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        for payload in (b"", struct.pack("!H", 1000), struct.pack("!H", 4321) + "schön".encode()):
            peer = await dial(running)
            await peer.say("spectate", {"room": witness.room})
            await witness.counts(spectators=2)
            await peer.send(frame(CLOSE, payload))
            assert await peer.close_code() == 1000
            await peer.ended()
            await witness.counts()
