"""The SDK against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import pytest

from gameserver.games.tag import Steer, Tag
from gameserver.settings import Settings
from gameserver.spec import GameSpec
from gameserver_client import (
    Client,
    ClientError,
    ConnectError,
    LagLab,
    Presence,
    Refused,
    Room,
    RoomLeft,
    ServerError,
    State,
    connect,
)
from tests.client.conftest import OpenClient, patient
from tests.conftest import Serve
from tests.games import Kitchen, Quiet, Throw
from tests.peer import PATIENCE_S


async def until(room: Room, true: Callable[[State], bool]) -> State:
    """Watch snapshots until one shows it."""
    while True:
        state = await room.next_snapshot()
        if true(state):
            return state


async def news(room: Room, name: str, act: Callable[[], object]) -> Any:
    """Do something and wait for the callback that it brings; gives what it was handed."""
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    stop = room.on(name, heard.set_result)
    act()
    try:
        return await heard
    finally:
        stop()


@pytest.mark.parametrize("format", ["json", "binary"])
@patient
async def test_join_and_run(serve: Serve, client_of: OpenClient, format: Literal["json", "binary"]) -> None:  # noqa: A002
    """An input is held, its number is acknowledged, and the row moves in one's own named tuple."""
    client = await client_of(await serve(Tag), format=format)
    room = await client.join("tag", name="Ann")
    assert (room.game, room.status, room.spectating) == ("tag", "joined", False)
    assert room.tick_rate == 100
    assert room.schema == Tag.spec.schema()
    assert room.player is not None
    assert room.players[room.player].name == room.name_of(room.player) == "Ann"
    await room.next_snapshot()
    seq = room.input("steer", dx=1)
    assert seq is not None
    state = await until(room, lambda s: s.tables["runners"][room.player].x == 800)
    assert room.own == state.tables["runners"][room.player]
    assert room.ack == seq
    room.input(Steer(dy=1))
    await until(room, lambda s: s.tables["runners"][room.player].y == 600)


@patient
async def test_events_from_the_first_tick_on(serve: Serve, client_of: OpenClient) -> None:
    """Whoever listens right after the join hears what the join itself brought about."""
    client = await client_of(await serve(Tag))
    room = await asyncio.wait_for(client.join("tag"), PATIENCE_S)
    heard: list[Any] = []
    room.on("event", heard.append)
    async for event in room.events():
        assert (event.name, event.data) == ("tagged", {"who": room.player})
        assert event.tick >= 1
        break
    assert heard == [event]


@patient
async def test_chat_presence_and_audience(serve: Serve, client_of: OpenClient) -> None:
    """Who comes, what they say, and who goes."""
    running = await serve(Tag)
    ann = await (await client_of(running)).join("tag", name="Ann")
    presence: list[Presence] = []
    ann.on("presence", presence.append)
    bob = await (await client_of(running)).join(room=ann.id, name="Bob")
    line = await news(ann, "chat", lambda: bob.chat("hi"))
    assert (line.player, line.name, line.text) == (bob.player, "Bob", "hi")
    assert (presence[0].change, presence[0].player.name) == ("joined", "Bob")
    assert set(ann.players) == {ann.player, bob.player}
    assert ann.audience.players == 2
    audience: list[Any] = []
    ann.on("audience", audience.append)
    await bob.leave()
    assert bob.status == "left"
    await until(ann, lambda s: bob.player not in s.tables["runners"])
    assert (presence[1].change, presence[1].reason) == ("left", "left")
    assert set(ann.players) == {ann.player}
    assert ann.name_of(bob.player or 0) == "Bob"
    assert [a.players for a in audience] == [1]


@patient
async def test_commands_are_done_when_they_are_acknowledged(serve: Serve, client_of: OpenClient) -> None:
    """By name or as the game's own struct; the state shows what came of them."""
    room = await (await client_of(await serve(Kitchen))).join("kitchen")
    whispers = room.events()
    await room.command("throw", count=2)
    await room.command(Throw(count=3))
    assert room.state is not None
    assert room.state.tables["purses"][room.player].coins == 5
    told = [e.data async for e in limited(whispers, 4) if e.name == "whisper"]
    assert told == [{"coins": 8}, {"coins": 5}]


async def limited(stream: Any, count: int) -> Any:
    """Give so many of a stream."""
    for _ in range(count):
        yield await anext(stream)


@patient
async def test_a_refused_command_raises(serve: Serve, client_of: OpenClient) -> None:
    """By the game, or by the server; everything goes on."""
    room = await (await client_of(await serve(Kitchen))).join("kitchen")
    with pytest.raises(Refused, match=r"You have 10 coins\.") as refused:
        await room.command("throw", count=11)
    assert refused.value.code == "too_poor"
    with pytest.raises(Refused) as refused:
        await room.command("throw", count=1000)
    assert refused.value.code == "bad_payload"
    await room.command("throw")


@patient
async def test_errors_that_nothing_waits_for_are_news(serve: Serve, client_of: OpenClient) -> None:
    """As for an input, which nobody awaits."""
    room = await (await client_of(await serve(Kitchen))).join("kitchen")
    error = await news(room, "error", lambda: room.input("steer", dx=2))
    assert isinstance(error, ServerError)
    assert error.code == "bad_payload"
    assert error.seq is not None
    error = await news(room, "error", lambda: room.chat(" "))
    assert error.code == "bad_payload"


@pytest.mark.parametrize(
    ("join", "code"),
    [
        ({"game": "chess"}, "unknown_game"),
        ({"game": "kitchen", "name": "Mallory"}, "not_you"),
        ({"game": "kitchen", "name": "\n"}, "bad_name"),
        ({"game": "kitchen", "options": {"forks": 2}}, "bad_payload"),
        ({"room": "nowhere"}, "unknown_room"),
    ],
)
@patient
async def test_a_refused_join_raises(serve: Serve, client_of: OpenClient, join: dict[str, Any], code: str) -> None:
    """And the next one is answered all the same."""
    client = await client_of(await serve())
    refused = asyncio.create_task(client.join(**join))
    room = await client.join("quiet")
    with pytest.raises(Refused) as error:
        await refused
    assert error.value.code == code
    assert room.game == "quiet"
    assert client.joined == [room]


@patient
async def test_spectators_see_and_chat(serve: Serve, client_of: OpenClient) -> None:
    """By a room's id or by a game; they have no row, and no say."""
    running = await serve(Kitchen, Tag)
    played = await (await client_of(running)).join("kitchen")
    client = await client_of(running)
    room = await client.spectate(played.id)
    assert (room.id, room.spectating, room.player) == (played.id, True, None)
    state = await room.next_snapshot()
    assert room.own is None
    assert state.tables["purses"] == {}
    with pytest.raises(Refused) as refused:
        await room.command("throw")
    assert refused.value.code == "spectator"
    line = await news(played, "chat", lambda: room.chat("hello"))
    assert (line.player, line.name) == (None, "Spectator")
    assert (await client.spectate(game="tag")).game == "tag"


@patient
async def test_two_rooms_over_one_connection(serve: Serve, client_of: OpenClient) -> None:
    """Each has its own tables, inputs and end."""
    client = await client_of(await serve(Tag, Kitchen))
    tag, kitchen = await asyncio.gather(client.join("tag"), client.join("kitchen", options={"coins": 3}))
    assert tag.handle != kitchen.handle
    tag.input("steer", dx=-1)
    kitchen.input("steer", dx=-1)
    await until(tag, lambda s: s.tables["runners"][tag.player].x == 0)
    await until(kitchen, lambda s: s.tables["bodies"][kitchen.player].x == 0)
    with pytest.raises(Refused, match="3 coins"):
        await kitchen.command("throw", count=4)
    await tag.leave()
    assert client.joined == [kitchen]
    await kitchen.next_snapshot()


@patient
async def test_what_is_left_is_over(serve: Serve, client_of: OpenClient) -> None:
    """Nothing waits any more, and nothing can be asked."""
    room = await (await client_of(await serve(Tag))).join("tag")
    waiting = asyncio.create_task(room.next_snapshot())
    events = room.events()
    reasons: list[str] = []
    room.on("left", reasons.append)
    await room.leave()
    await room.leave()
    assert (room.status, room.left_reason, reasons) == ("left", "left", ["left"])
    assert [e async for e in events if e.name != "tagged"] == []
    assert [e async for e in room.events()] == []
    await asyncio.wait([waiting])
    assert waiting.exception() is None or isinstance(waiting.exception(), RoomLeft)
    for act in (room.next_snapshot, lambda: room.command("tag")):
        with pytest.raises(RoomLeft):
            await act()
    with pytest.raises(RoomLeft):
        room.chat("anyone?")
    assert room.input("steer", dx=1) is None


@patient
async def test_a_game_that_ends_tells_its_result_and_lets_go(serve: Serve, client_of: OpenClient) -> None:
    """The last events come, then the end; also while somebody draws, for whom events wait."""
    room = await (await client_of(await serve(Quiet))).join("quiet")
    await room.next_snapshot()
    room.frame()
    events = room.events()
    reason = await news(room, "left", lambda: room.input("throw", count=9))
    assert reason == room.left_reason == "ended"
    assert [(e.name, e.data) async for e in events] == [("end", {"result": {"winner": room.player}})]


@patient
async def test_the_lobby(serve: Serve, client_of: OpenClient) -> None:
    """What is served, and what is open."""
    client = await client_of(await serve(Tag, Kitchen))
    assert [g.name for g in await client.games()] == ["tag", "kitchen"]
    assert await client.rooms() == []
    room = await client.join("tag")
    (info,) = await client.rooms()
    assert (info.id, info.game, info.players) == (room.id, "tag", 1)


@patient
async def test_an_input_that_is_held_while_drawing_is_sent_when_it_changes(serve: Serve, client_of: OpenClient) -> None:
    """Without prediction; others' places come from the frame."""
    room = await (await client_of(await serve(Tag))).join("tag")
    assert room.frame() is None
    state = await room.next_snapshot()
    first = room.frame(held=Steer(dx=1))
    assert first is not None
    assert first.own_xy == first.position("runners", room.player or 0) == state.tables["runners"][room.player][:2]
    assert (first.own, room.stats.predicting, room.stats.note) == (None, False, "room.predict() was not called")
    sent = room._link.next_seq()
    room.frame(held=Steer(dx=1))
    assert room._link.next_seq() == sent + 1
    await until(room, lambda s: s.tables["runners"][room.player].x == 800)


@patient
async def test_prediction_over_a_bad_connection(serve: Serve, client_of: OpenClient) -> None:
    """The game's own movement, run ahead: the server agrees with each step."""
    running = await serve(Tag, tick_rate=20)
    room = await (await client_of(running, lag=LagLab(latency_ms=60, jitter_ms=10))).join("tag")
    room.predict(Tag.predict)
    await room.next_snapshot()
    ahead = 0.0
    while ahead == 0 or room.stats.margin in {None, -1}:
        frame = room.frame(held=Steer(dx=1 if room.own.x < 400 else -1))
        assert frame is not None
        assert frame.own_xy is not None
        assert frame.own is not None
        ahead = max(ahead, abs(frame.own_xy[0] - room.own.x))
        await asyncio.sleep(1 / 60)
    assert room.ack is not None
    assert room.stats.predicting
    assert (room.stats.rtt_ms or 0) >= 60
    assert room.stats.lead_ticks is not None


@patient
async def test_a_join_that_nobody_waits_for_is_given_back(serve: Serve, client_of: OpenClient) -> None:
    """Cancelled under way: the seat is free again, and the connection is of use."""
    running = await serve(Tag)
    watcher = await (await client_of(running)).spectate(game="tag")
    changes: list[str] = []
    watcher.on("presence", lambda presence: changes.append(presence.change))
    client = await client_of(running, lag=LagLab(latency_ms=100))
    waiting = asyncio.create_task(client.join(room=watcher.id))
    await asyncio.sleep(0)
    waiting.cancel()
    while changes != ["joined", "left"]:
        await watcher.next_snapshot()
    assert client.joined == []
    assert (await client.join("tag")).id == watcher.id


@patient
async def test_nobody_answers() -> None:
    """One clear sentence says where, and why."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ConnectError, match=rf"^Nothing answers at http://127\.0\.0\.1:{port}: connection refused\.$"):
        async with connect(f"http://127.0.0.1:{port}"):
            pass
    with pytest.raises(ConnectError, match=r"^Nothing answers at"):
        await connect(f"http://127.0.0.1:{port}").rooms()


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://a:port", ""])
def test_what_is_no_address(address: str) -> None:
    """It says what one looks like."""
    with pytest.raises(ConnectError, match="looks like http://127"):
        connect(address)


@patient
async def test_a_server_that_lets_nobody_in(serve: Serve, client_of: OpenClient) -> None:
    """The sentence says why."""
    running = await serve(Tag, settings=msgspec.structs.replace(Settings(), max_connections_per_address=1))
    await client_of(running)
    with pytest.raises(ConnectError, match=r"lets nobody in: It has too many connections from this address\."):
        await client_of(running)


@patient
async def test_what_is_no_game_server(serve: Serve) -> None:
    """Something answers, but not with what was asked for."""
    running = await serve(Tag)
    with pytest.raises(ConnectError, match="no game server"):
        async with connect(f"{running.url}/elsewhere"):
            pass
    with pytest.raises(ConnectError, match="answers 404"):
        await connect(f"{running.url}/elsewhere").games()


@patient
async def test_closing_leaves_everything(serve: Serve, client_of: OpenClient) -> None:
    """Others hear that the player left, not that his connection broke; then nothing can be asked."""
    running = await serve(Tag)
    ann = await (await client_of(running)).join("tag", name="Ann")
    client = await client_of(running)
    bob = await client.join("tag", name="Bob")
    gone: list[Presence] = []
    ann.on("presence", gone.append)
    await client.close()
    assert (bob.status, client.state, client.joined) == ("left", "idle", [])
    await until(ann, lambda s: bob.player not in s.tables["runners"])
    assert [p.reason for p in gone] == ["left"]
    with pytest.raises(Exception, match="no connection"):
        await client.join("tag")


def test_a_client_listens_by_name() -> None:
    """A misspelt one is noticed."""
    client = connect("http://127.0.0.1:1")
    assert isinstance(client, Client)
    with pytest.raises(ValueError, match="nothing is called 'sate', but state, error, closing"):
        client.on("sate", print)


async def test_a_room_whose_tables_cannot_be_read(
    serve: Serve, client_of: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of a later version may have types that this one doesn't know: the join fails, in words."""
    running = await serve(Tag)
    monkeypatch.setattr(GameSpec, "schema", lambda self: {"future": {"kind": "table", "fields": [["x", "u64"]]}})
    client = await client_of(running)
    with pytest.raises(ClientError, match=r"tables can't be read: .*'u64'"):
        await client.join("tag", name="Ann")
    assert client.state == "open"
    assert client.joined == []
