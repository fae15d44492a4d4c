"""Tokens that aren't good, and seats that two connections want."""

from __future__ import annotations

import jwt

from gameserver.settings import Settings
from gameserver.tickets import SeatToken, SeatTokens
from tests.conftest import Running, Serve
from tests.faults.conftest import Dial
from tests.faults.games import Chronicle
from tests.faults.raw import RawPeer
from tests.faults.witness import eventually, watched


async def refuse(peer: RawPeer, token: str) -> None:
    """Show that a token is worth nothing."""
    await peer.say("resume", {"token": token})
    assert (await peer.expect("error"))["code"] == "bad_token"


async def come_back(dial: Dial, running: Running, token: str) -> tuple[RawPeer, str]:
    """Resume on a new connection; gives it, and its token."""
    peer = await dial(running)
    await peer.say("resume", {"token": token})
    newer: str = (await peer.expect("joined"))["token"]
    return peer, newer


async def test_forged_tokens_are_refused(serve: Serve, dial: Dial) -> None:
    """Signed with another key, or not at all, changed, cut, or never a token: `bad_token`, and all goes on."""
    running = await serve(Chronicle, settings=Settings(max_bad_messages=1000))
    async with watched(running) as witness:
        victim, thief = await dial(running), await dial(running)
        await victim.say("join", {"room": witness.room})
        joined = await victim.expect("joined")
        token: str = joined["token"]
        claims = {"room": witness.room, "player": joined["player"], "generation": 1}
        head, body, signature = token.split(".")
        others = SeatTokens(b"k" * 32).sign(SeatToken(**claims))
        forged = [
            others,
            jwt.encode(claims, "", algorithm="none"),
            jwt.encode({**claims, "exp": 1 << 40}, b"k" * 32),
            f"{head}.{others.split('.')[1]}x.{signature}",
            f"{head}.{body}.",
            f"{head}.{body}",
            token[:-2],
            "",
            "x" * 3000,
        ]
        for text in forged:
            await refuse(thief, text)
        await victim.say("ping", {"t": 3})
        await victim.expect("pong", t=3)
        await thief.say("join", {"room": witness.room})
        await thief.expect("joined")


async def test_a_token_expires_with_its_seat(serve: Serve, dial: Dial) -> None:
    """Counted from the disconnect, not from when it was given."""
    running = await serve(Chronicle, settings=Settings(resume_s=0.1))
    async with watched(running) as witness:
        peer, thief = await dial(running), await dial(running)
        await peer.say("join", {"room": witness.room})
        token = (await peer.expect("joined"))["token"]
        await witness.see(20)  # twice as long
        peer.reset()
        await witness.hear("player_away")
        await witness.hear("player_left")
        await refuse(thief, token)
        await witness.counts()


async def test_a_token_is_good_once(serve: Serve, dial: Dial) -> None:
    """Once its new connection has spoken, a replayed one is refused: while the seat is held, and when it waits."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        first, thief = await dial(running), await dial(running)
        await first.say("join", {"room": witness.room})
        old = (await first.expect("joined"))["token"]
        first.reset()
        second, newer = await come_back(dial, running, old)
        await second.say("ping", {"t": 1})
        await second.expect("pong")
        await refuse(thief, old)
        second.reset()
        await witness.until(lambda: witness.heard["player_away"] == 1)
        await refuse(thief, old)
        await come_back(dial, running, newer)
        await witness.hear("player_back")


async def test_a_token_of_a_room_that_is_over_is_refused(serve: Serve, dial: Dial) -> None:
    """It opens nothing else."""
    running = await serve(Chronicle, settings=Settings(resume_s=0.1, empty_room_grace_s=0.1))
    async with watched(running):
        peer = await dial(running)
        await peer.say("join", {"game": "chronicle", "options": {"noise_bytes": 1}})
        token = (await peer.expect("joined"))["token"]
        peer.reset()
        await eventually(lambda: len(running.server.rooms) == 1)
        await refuse(await dial(running), token)


async def test_a_takeover_closes_the_first_connection(serve: Serve, dial: Dial) -> None:
    """It hears `left`, `replaced`, and is closed with 4001; the others hear nothing at all."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        first = await dial(running)
        await first.say("join", {"room": witness.room})
        token = (await first.expect("joined"))["token"]
        await witness.counts(players=2)
        await come_back(dial, running, token)
        assert await first.expect("left") == {"reason": "replaced"}
        assert await first.close_code() == 4001
        await witness.see(5)
        assert not {"player_away", "player_back", "player_left"} & witness.heard.keys()
        assert witness.people == (2, 1)


async def test_a_takeover_leaves_a_connection_that_is_elsewhere_too(serve: Serve, dial: Dial) -> None:
    """It is told, and goes on in its other room."""
    running = await serve(Chronicle)
    async with watched(running) as witness:
        first = await dial(running)
        await first.say("join", {"room": witness.room})
        token = (await first.expect("joined"))["token"]
        await first.say("join", {"game": "chronicle", "options": {"noise_bytes": 1}})
        other = await first.expect("joined")
        await come_back(dial, running, token)
        assert await first.expect("left") == {"reason": "replaced"}
        await first.say("ping", {"t": 2}, handle=other["handle"])
        assert (await first.expect("pong"))["tick"] is not None
