"""Coming back over a real socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gameserver.settings import Settings
from tests.conftest import Connect, Running, Serve
from tests.games import Kitchen, Quiet, Setup
from tests.peer import Peer


async def drop(peer: Peer) -> None:
    """Let a peer's connection break without a word."""
    transport = peer.ws._response.connection.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.abort()


async def resume(peer: Peer, token: str) -> dict[str, Any]:
    """Come back; gives the payload of `joined`."""
    await peer.send("resume", {"token": token})
    joined: dict[str, Any] = (await peer.expect("joined"))["payload"]
    return joined


@pytest.fixture
async def running(serve: Serve) -> Running:
    """A server whose seats wait long enough."""
    return await serve(Kitchen, Quiet, settings=Settings(resume_s=30))


async def test_a_lost_connection_costs_nothing(running: Running, connect: Connect) -> None:
    """Same room, same player, same name, new token; a keyframe follows; the others hear away and back."""
    ann, bob = await connect(running), await connect(running)
    before = await ann.join(game="kitchen", name="Ann")
    await bob.join(game="kitchen", name="Bob")
    await drop(ann)
    await bob.expect("player_away", player=before["player"])
    again = await connect(running)
    joined = await resume(again, before["token"])
    for field in ("room", "game", "role", "player", "schema"):
        assert joined[field] == before[field]
    assert joined["token"] != before["token"]
    assert (await again.snapshot(joined["handle"]))["base"] is None
    await bob.expect("player_back", player=before["player"])
    await again.send("steer", {"dx": 1}, seq=0)
    while (await again.snapshot())["ack"] != 0:
        pass
    await again.send("chat", {"text": "I am back"})
    assert (await bob.expect("chat"))["payload"]["name"] == "Ann"


async def test_one_connection_resumes_several_seats(running: Running, connect: Connect) -> None:
    """Each by its own token, as `join` does it."""
    ann = await connect(running)
    kitchen, quiet = await ann.join(game="kitchen"), await ann.join(game="quiet")
    await drop(ann)
    again = await connect(running)
    await again.send("resume", {"token": quiet["token"]})
    await again.send("resume", {"token": kitchen["token"]})
    joined = [(await again.expect("joined"))["payload"] for _ in range(2)]
    assert {j["room"] for j in joined} == {kitchen["room"], quiet["room"]}
    assert {j["handle"] for j in joined} == {1, 2}


async def test_a_takeover_leaves_the_rest_of_the_first_connection(running: Running, connect: Connect) -> None:
    """It is told, and closed with 4001 only if it has nothing else to do here."""
    first, second, third = [await connect(running) for _ in range(3)]
    kitchen, quiet = await first.join(game="kitchen"), await first.join(game="quiet")
    await resume(second, kitchen["token"])
    left = await first.expect("left", reason="replaced")
    assert left["handle"] == kitchen["handle"]
    await first.send("steer", {"dx": 1}, handle=kitchen["handle"])
    assert (await first.error())["code"] == "not_joined"
    await first.snapshot(quiet["handle"])
    await resume(third, quiet["token"])
    await first.expect("left", reason="replaced")
    assert await first.closed() == 4001


async def test_the_own_seat_can_t_be_resumed_where_it_is_held(running: Running, connect: Connect) -> None:
    """Nothing is lost by asking."""
    ann = await connect(running)
    joined = await ann.join(game="kitchen")
    await ann.send("resume", {"token": joined["token"]})
    assert (await ann.error())["code"] == "already_joined"
    await ann.snapshots(3)


async def test_a_word_on_the_new_connection_ends_the_old_token(running: Running, connect: Connect) -> None:
    """Any message will do; before it, a lost reply costs nothing."""
    first = await connect(running)
    token = (await first.join(game="kitchen"))["token"]
    for _ in range(2):
        peer = await connect(running)
        newer = (await resume(peer, token))["token"]
        await drop(peer)
    speaker = await connect(running)
    newest = (await resume(speaker, token))["token"]
    await speaker.send("ping", {})
    await speaker.expect("pong")
    await drop(speaker)
    stranger = await connect(running)
    for old in (token, newer):
        await stranger.send("resume", {"token": old})
        assert (await stranger.error())["code"] == "bad_token"
    assert (await resume(stranger, newest))["player"] == 1


async def test_a_word_about_one_room_tells_nothing_of_another(running: Running, connect: Connect) -> None:
    """Its `joined` may be lost, and the client isn't heard on it."""
    first = await connect(running)
    kitchen, quiet = await first.join(game="kitchen"), await first.join(game="quiet")
    await drop(first)
    second = await connect(running)
    await resume(second, quiet["token"])
    handle = (await resume(second, kitchen["token"]))["handle"]
    await second.send("ping", {}, handle=handle)
    await second.expect("pong")
    await drop(second)
    third = await connect(running)
    assert (await resume(third, quiet["token"]))["room"] == quiet["room"]
    await third.send("resume", {"token": kitchen["token"]})
    assert (await third.error())["code"] == "bad_token"


async def test_an_empty_room_waits_for_its_players(serve: Serve, connect: Connect) -> None:
    """The grace of an empty room begins when its last seat is lost."""
    running = await serve(Kitchen, settings=Settings(resume_s=30, empty_room_grace_s=0.05))
    ann, eve = await connect(running), await connect(running)
    token = (await ann.join())["token"]
    other = (await eve.join(options={"coins": 3}))["room"]
    await drop(ann)
    await eve.send("leave")
    await eve.expect("left")
    while running.server.rooms.find(other) is not None:
        await asyncio.sleep(0.01)
    assert (await resume(eve, token))["player"] == 1


async def test_rooms_have_their_limits(serve: Serve, connect: Connect) -> None:
    """Per connection those that it is in, per address those that were opened from it, and per process."""
    running = await serve(
        Kitchen, settings=Settings(max_rooms=4, max_rooms_per_connection=2, max_rooms_per_address=3, resume_s=0)
    )
    ann, bob = await connect(running), await connect(running)
    for coins in (1, 2):
        await ann.join(options={"coins": coins})
    await ann.send("join", {"options": {"coins": 1}})
    assert (await ann.error())["code"] == "already_joined"
    await ann.send("spectate", {"game": "kitchen"})
    assert (await ann.error())["code"] == "already_joined"
    await bob.join(options={"coins": 3})
    await ann.send("join", {"options": {"coins": 3}})
    assert (await ann.error())["code"] == "rate_limited"
    await bob.send("join", {"options": {"coins": 4}})
    assert "opened from this address" in (await bob.error())["message"]
    running.server.rooms.create("kitchen", Setup(coins=9), opener="elsewhere")
    await bob.send("join", {"options": {"coins": 4}})
    assert (await bob.error())["code"] == "room_full"
    await bob.join(options={"coins": 2})


async def test_an_expelled_client_keeps_no_seat(serve: Serve, connect: Connect) -> None:
    """He didn't lose his connection: it was taken from him."""
    running = await serve(Kitchen, settings=Settings(resume_s=30, max_bad_messages=3))
    ann, bob = await connect(running), await connect(running)
    await ann.join()
    await bob.join()
    for _ in range(4):
        await bob.ws.send_str("{")
    assert await bob.closed() == 1008
    await ann.expect("player_left", player=2)


async def test_asking_into_rooms_has_a_rate(serve: Serve, connect: Connect) -> None:
    """It costs the server more than other messages do."""
    running = await serve(Kitchen, settings=Settings(entries_per_s=0.01, entry_burst=3))
    ann = await connect(running)
    await ann.join()
    for _ in range(2):
        await ann.send("join", {})
        assert (await ann.error())["code"] == "already_joined"
    for kind, payload in (("join", {}), ("spectate", {"game": "kitchen"}), ("resume", {"token": "x"})):
        await ann.send(kind, payload)
        assert (await ann.error())["code"] == "rate_limited"
    await ann.snapshots(2)


async def test_a_player_replaced_in_two_rooms_hears_of_both(serve: Serve, connect: Connect) -> None:
    """The connection is closed after the last word, not after the first."""
    running = await serve(Kitchen, Quiet, settings=Settings(resume_s=30))
    first, second = await connect(running), await connect(running)
    tokens = [(await first.join(game=game))["token"] for game in ("kitchen", "quiet")]
    for token in tokens:
        await second.send("resume", {"token": token})
    for _ in tokens:
        await first.expect("left", reason="replaced")
    assert await first.closed() == 4001


async def test_nobody_fills_rooms_with_empty_seats(serve: Serve, connect: Connect) -> None:
    """An address has at most so many seats held as it may have connections."""
    running = await serve(Kitchen, settings=Settings(resume_s=30, max_connections_per_address=2))
    watcher = await connect(running)
    await watcher.spectate(game="kitchen")
    for _ in range(4):
        ghost = await connect(running)
        player = (await ghost.join())["player"]
        await drop(ghost)
        await watcher.expect("player_left" if player > 2 else "player_away", player=player)
    assert [info.players for info in running.server.rooms.infos()] == [2]
