"""Those who don't get in, and those who get in and then say nothing."""

from __future__ import annotations

import asyncio
import time

import jwt
import pytest

from gameserver.jwt_tickets import JwtTickets
from gameserver.settings import Settings
from tests.conftest import Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.leaks import descriptors
from tests.faults.raw import PING, TEXT, WS_PATH, Gone, frame, handshake
from tests.faults.witness import eventually, watched

SOON = Settings(handshake_s=0.3)
KEY = b"the secret of a site that vouches for its players, and long enough for HS512"
TOMORROW = time.time() + 86_400


@pytest.mark.parametrize(
    "sent",
    [b"", handshake()[:40], handshake()[:-2], b"GET " + b"/" * 4000],
    ids=["nothing", "half", "all but the end", "an endless line"],
)
async def test_half_a_handshake_is_cut(serve: Serve, dial: Dial, sent: bytes) -> None:
    """After `handshake_s`, however far it came."""
    running = await serve(Chronicle, settings=SOON)
    async with watched(running):
        before = descriptors()
        peer = await dial(running, upgrade=False)
        await peer.send(sent)
        await peer.ended()
        await eventually(lambda: descriptors() == before + 1)  # its own


async def test_slow_headers_are_cut(serve: Serve, dial: Dial) -> None:
    """After `handshake_s` from the connect: no byte that trickles in puts it off."""
    running = await serve(Chronicle, settings=SOON)
    async with watched(running):
        peer = await dial(running, upgrade=False)
        with pytest.raises(Gone):
            for byte in handshake({f"X-{n}": "slow" for n in range(1000)}):
                await peer.send(bytes([byte]))
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://game.example", "https://game.example:8080.evil.example", "null", "file://", "x"],
)
async def test_a_page_of_another_origin_gets_403(serve: Serve, dial: Dial, origin: str) -> None:
    """Before the upgrade; so no other site can play in a visitor's name."""
    running = await serve(Chronicle)
    async with watched(running):
        peer = await dial(running, upgrade=False)
        assert await peer.upgrade({"Origin": origin}) == 403
        assert len(running.server.connections) == 2


def ticket(key: bytes = KEY, algorithm: str = "HS256", **claims: object) -> str:
    """Make a ticket."""
    return jwt.encode({"sub": "ann", "exp": TOMORROW, **claims}, key, algorithm=algorithm)


BAD_TICKETS = {
    "none at all": "",
    "garbage": "garbage",
    "another's": ticket(b"k" * 64),
    "unsigned": jwt.encode({"sub": "ann", "exp": TOMORROW}, "", algorithm="none"),
    "of another algorithm": ticket(algorithm="HS512"),
    "expired": ticket(exp=1),
    "for ever": jwt.encode({"sub": "ann"}, KEY),
    "for nobody": jwt.encode({"exp": TOMORROW}, KEY),
    "for a number": ticket(sub=7),
    "not good yet": ticket(nbf=time.time() + 3600),
}


@pytest.mark.parametrize("bad", BAD_TICKETS.values(), ids=BAD_TICKETS.keys())
async def test_a_bad_ticket_gets_401(serve: Serve, dial: Dial, bad: str) -> None:
    """Before the upgrade, whatever is wrong with it."""
    running = await serve(Chronicle, authenticate=JwtTickets(KEY))
    async with watched(running, headers={"Authorization": f"Bearer {ticket()}"}):
        peer = await dial(running, upgrade=False)
        assert await peer.upgrade(path=f"{WS_PATH}&ticket={bad}") == 401
        assert len(running.server.connections) == 2


@pytest.mark.parametrize(
    "said", [b"", frame(PING, b"?"), frame(TEXT, "nonsense")], ids=["nothing", "pings", "nonsense"]
)
async def test_a_client_that_says_nothing_is_closed_with_1008(serve: Serve, dial: Dial, said: bytes) -> None:
    """No valid message in `first_message_s`: neither pings nor nonsense count."""
    running = await serve(Chronicle, settings=Settings(first_message_s=0.4))
    async with watched(running):
        peer = await dial(running)
        await peer.send(said)
        assert await peer.close_code() == 1008
        await peer.ended()
