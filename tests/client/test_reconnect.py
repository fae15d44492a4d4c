"""Connections that break, and come back by themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gameserver.games.tag import Tag
from gameserver.settings import Settings
from gameserver_client import Client, ConnectionLost, RoomLeft, backoff
from gameserver_client.backoff import FIRST_DELAY_S, LONGEST_DELAY_S, SPREAD, backoff_delay_s, final_close, is_busy
from tests.client.conftest import OpenClient, patient
from tests.conftest import Running, Serve
from tests.games import Kitchen

AT_ONCE = Settings(retry_after_s=0.0)
"""A server that closes doesn't ask anybody to wait."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be quick to come back."""
    monkeypatch.setattr(backoff, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(backoff, "LONGEST_DELAY_S", 0.1)


async def state(client: Client, wanted: str) -> None:
    """Wait until the connection is in this state."""
    reached = asyncio.Event()

    def changed(now: str) -> None:
        if now == wanted:
            reached.set()

    stop = client.on("state", changed)
    changed(client.state)
    await reached.wait()
    stop()


def port_of(running: Running) -> int:
    """Give where it listened."""
    return int(running.url.rpartition(":")[2])


@patient
async def test_a_server_that_comes_back_is_entered_again(serve: Serve, client_of: OpenClient) -> None:
    """In a room of the same game, under the same name, as the same `Room`."""
    running = await serve(Tag, settings=AT_ONCE)
    client = await client_of(running)
    room = await client.join("tag", name="Ann")
    first = room.id
    news: list[str] = []
    room.on("lost", lambda _: news.append("lost"))
    room.on("joined", lambda _: news.append("joined"))
    room.on("left", lambda _: news.append("left"))
    events = room.events()
    await room.next_snapshot()
    waiting = asyncio.create_task(room.next_snapshot())
    await running.server.stop()
    await state(client, "waiting")
    assert (room.status, client.joined, news) == ("lost", [room], ["lost"])
    assert room.input("steer", dx=1) is None
    with pytest.raises(ConnectionLost):
        room.chat("anyone?")
    with pytest.raises(ConnectionLost):
        await room.command("steer")
    await serve(Tag, port=port_of(running))
    await waiting
    await room.next_snapshot()
    assert (room.status, news) == ("joined", ["lost", "joined"])
    assert room.id != first
    assert room.players[room.player or 0].name == "Ann"
    assert (await anext(events)).name == "tagged"
    assert (await anext(events)).data == {"who": room.player}
    room.input("steer", dx=1)
    while room.own.x < 800:
        await room.next_snapshot()


@patient
async def test_a_spectator_of_one_room_does_not_want_another(serve: Serve, client_of: OpenClient) -> None:
    """It is over; whoever watches a game gets another room of it."""
    running = await serve(Tag, Kitchen, settings=AT_ONCE)
    client = await client_of(running)
    tag = await client.join("tag")
    watcher = await client_of(running)
    this, some = await watcher.spectate(tag.id), await watcher.spectate(game="kitchen")
    ended = asyncio.get_running_loop().create_future()
    this.on("left", ended.set_result)
    await running.server.stop()
    await serve(Tag, Kitchen, port=port_of(running))
    assert await ended == this.left_reason == "unknown_room"
    await some.next_snapshot()
    assert watcher.joined == [some]


@patient
async def test_a_join_waits_for_the_connection(serve: Serve, client_of: OpenClient) -> None:
    """It is asked when the server is back."""
    running = await serve(Tag, settings=AT_ONCE)
    client = await client_of(running)
    await running.server.stop()
    await state(client, "waiting")
    assert client.retry_at_s > 0
    joining = asyncio.create_task(client.join("tag"))
    await serve(Tag, port=port_of(running))
    assert (await joining).status == "joined"


@patient
async def test_a_room_left_while_away_is_not_entered_again(serve: Serve, client_of: OpenClient) -> None:
    """There was nobody to tell, and there is nothing to come back to."""
    running = await serve(Tag, settings=AT_ONCE)
    client = await client_of(running)
    room = await client.join("tag")
    await running.server.stop()
    await state(client, "waiting")
    await room.leave()
    assert (room.status, client.joined) == ("left", [])
    await serve(Tag, port=port_of(running))
    await state(client, "open")
    assert await client.rooms() == []


@patient
async def test_without_reconnect_it_is_over(serve: Serve, client_of: OpenClient) -> None:
    """For every room, and for whoever waits."""
    running = await serve(Tag, settings=AT_ONCE)
    client = await client_of(running, reconnect=False)
    room = await client.join("tag")
    command = asyncio.create_task(room.command("steer"))
    await running.server.stop()
    await state(client, "closed")
    assert (room.status, room.left_reason, client.joined) == ("left", "disconnected", [])
    with pytest.raises(RoomLeft, match="disconnected"):
        await room.next_snapshot()
    await asyncio.wait([command])
    with pytest.raises(ConnectionLost):
        await client.join("tag")


@pytest.mark.parametrize("frame", [b"junk", '{"type": "snapshot", "handle": 1, "payload": {}}', "{", '{"type": 1}'])
@patient
async def test_a_frame_that_makes_no_sense_starts_over(serve: Serve, client_of: OpenClient, frame: bytes | str) -> None:
    """What is here isn't what the server thinks any more; a new connection begins with a keyframe."""
    client = await client_of(await serve(Tag))
    room = await client.join("tag")
    await room.next_snapshot()
    await client._received(frame, 0.0)
    await state(client, "waiting")
    await room.next_snapshot()
    assert room.status == "joined"


@patient
async def test_messages_of_later_versions_are_ignored(serve: Serve, client_of: OpenClient) -> None:
    """Types that aren't known, and fields."""
    client = await client_of(await serve(Tag))
    room = await client.join("tag")
    for text in (
        '{"type": "weather", "handle": 1, "payload": {"rain": true}}',
        '{"type": "audience", "handle": 1, "sent": 3, "payload": {"players": 9, "spectators": 0, "bots": 1}}',
    ):
        await client._received(text, 0.0)
    assert room.audience.players == 9
    await room.next_snapshot()
    assert client.state == "open"


@patient
async def test_a_listener_that_fails_stops_nobody_else(
    serve: Serve, client_of: OpenClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the others are called."""
    room = await (await client_of(await serve(Tag))).join("tag")
    heard: list[Any] = []
    stop = room.on("snapshot", lambda _: 1 / 0)
    room.on("snapshot", heard.append)
    await room.next_snapshot()
    stop()
    stop()
    assert heard
    assert "a listener of 'snapshot' failed" in caplog.text


def test_the_backoff_begins_with_none_and_doubles_up_to_its_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The upper half of each delay is left to chance."""
    monkeypatch.undo()
    assert [backoff_delay_s(n, 1.0) for n in range(5)] == [0, *(FIRST_DELAY_S * 2**n for n in range(4))]
    assert backoff_delay_s(4, 0.0) == 2.0
    assert backoff_delay_s(100, 1.0) == LONGEST_DELAY_S


def test_the_backoff_never_undercuts_the_server() -> None:
    """It asked for so long; everybody else was asked for the same, so chance has its part."""
    assert backoff_delay_s(0, 0.0, 30.0) == 30.0
    assert backoff_delay_s(0, 1.0, 30.0) == 30.0 * (1 + SPREAD)
    assert backoff_delay_s(3, 0.5, 0.0) > 0
    assert backoff_delay_s(0, 0.0, -1.0) == 0


def test_some_closes_are_for_a_person() -> None:
    """Removed by the operator: not to be tried again. A restart is, but not at once."""
    assert {final.reason for final in map(final_close, (1008, 4001, 4003)) if final} == {
        "refused",
        "replaced",
        "kicked",
    }
    assert [final_close(code) for code in (1001, 1006, 4002, None)] == [None] * 4
    assert [is_busy(code) for code in (1001, 1013, 1006, None)] == [True, True, False, False]
