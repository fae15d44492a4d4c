"""Seats kept over lost connections, against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from gameserver.games.tag import Steer, Tag
from gameserver.settings import Settings
from gameserver_client import Client, Refused, Room, backoff, connect
from tests.client.cable import Cable
from tests.client.conftest import OpenClient, patient
from tests.conftest import Running, Serve, settle
from tests.games import Kitchen

CUTS = 6

Wired = tuple[Client, Cable]
Wire = Callable[[Running], Awaitable[Wired]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be quick to come back."""
    monkeypatch.setattr(backoff, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(backoff, "LONGEST_DELAY_S", 0.1)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """Connect clients by cables of their own."""
    wired: list[Wired] = []

    async def lay(running: Running) -> Wired:
        cable = await Cable.to(running.url)
        client = connect(cable.url)
        wired.append((client, cable))
        await client.open()
        return client, cable

    yield lay
    for client, cable in wired:
        await client.close()
        await cable.close()
    await settle()


def presence_of(room: Room) -> list[str]:
    """Note who comes, goes, and drops out."""
    changes: list[str] = []
    room.on("presence", lambda presence: changes.append(f"{presence.player.name} {presence.change}"))
    return changes


async def until(room: Room, true: Callable[[], object]) -> None:
    """Watch a room until something is so."""
    while not true():
        await room.next_snapshot()


async def news(room: Room, name: str) -> Any:
    """Wait for something to be told once."""
    heard: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    stop = room.on(name, lambda detail: None if heard.done() else heard.set_result(detail))
    try:
        return await heard
    finally:
        stop()


@patient
async def test_a_cut_connection_costs_nothing(serve: Serve, client_of: OpenClient, wire: Wire) -> None:
    """The same player in the same row, whose secrets are kept; the others hear of it, and events go on."""
    running = await serve(Kitchen)
    bob = await (await client_of(running)).join("kitchen", name="Bob")
    changes = presence_of(bob)
    client, cable = await wire(running)
    ann = await client.join("kitchen", name="Ann")
    whispers: list[int] = []
    ann.on("event", lambda event: whispers.append(event.data["coins"]) if event.name == "whisper" else None)
    await ann.command("throw", count=3)
    player, tokens = ann.player, {ann.token}
    for _ in range(3):
        back = asyncio.create_task(news(ann, "joined"))
        cable.torn = True
        cable.cut()
        await until(bob, lambda: changes[-1] == "Ann away")
        assert bob.players[player or 0].away
        cable.torn = False
        await back
        assert (ann.status, ann.resumed, ann.player) == ("joined", True, player)
        await ann.next_snapshot()
        assert ann.state is not None
        assert ann.state.tables["purses"][player].coins == 7
        tokens.add(ann.token)
    await ann.command("throw", count=2)
    await until(ann, lambda: whispers == [7, 5])
    await until(bob, lambda: changes == ["Ann joined", *["Ann away", "Ann back"] * 3])
    assert len(tokens) == 4


@patient
async def test_what_is_held_goes_on_after_it(serve: Serve, wire: Wire) -> None:
    """Nobody has to press the key again."""
    client, cable = await wire(await serve(Tag))
    room = await client.join("tag")
    await room.next_snapshot()
    room.input("steer", dy=1)
    cable.cut()
    await news(room, "joined")
    while room.own.y < 600:
        await room.next_snapshot()
    assert room.resumed


@patient
async def test_two_rooms_come_back(serve: Serve, wire: Wire) -> None:
    """Each into its own seat."""
    client, cable = await wire(await serve(Kitchen, Tag))
    kitchen, tag = await client.join("kitchen"), await client.join("tag")
    players = kitchen.player, tag.player
    await kitchen.command("throw", count=4)
    both = asyncio.gather(news(kitchen, "joined"), news(tag, "joined"))
    await asyncio.sleep(0)
    cable.cut()
    await both
    await tag.next_snapshot()
    await kitchen.next_snapshot()
    assert (kitchen.player, tag.player, kitchen.resumed, tag.resumed) == (*players, True, True)
    assert kitchen.state is not None
    assert kitchen.state.tables["purses"][kitchen.player].coins == 6


@patient
async def test_a_connection_cut_again_while_it_comes_back(serve: Serve, wire: Wire) -> None:
    """Whether or not the server had heard of it: the seat is still ours."""
    client, cable = await wire(await serve(Tag))
    room = await client.join("tag")
    player, opened = room.player, 0

    def changed(state: str) -> None:
        nonlocal opened
        if state == "open":
            opened += 1
            if opened <= CUTS:
                # A little later each time: before the request has left, on its way, with the answer on its way back.
                asyncio.get_running_loop().call_later(0.004 * (opened - 1), cable.cut)

    client.on("state", changed)
    cable.cut()
    while opened <= CUTS or room.status != "joined":
        await asyncio.sleep(0.001)
    await room.next_snapshot()
    assert (room.player, room.status, room.left_reason) == (player, "joined", "")


@patient
async def test_a_room_left_over_a_connection_that_was_just_cut(serve: Serve, client_of: OpenClient, wire: Wire) -> None:
    """The server doesn't hear of it and keeps the seat; the client doesn't come back to that, but may join again."""
    running = await serve(Kitchen)
    bob = await (await client_of(running)).join("kitchen", name="Bob")
    changes = presence_of(bob)
    client, cable = await wire(running)
    ann = await client.join("kitchen", name="Ann")
    cable.cut()
    assert client.state == "open"
    await ann.leave()
    again = await client.join("kitchen", name="Ann again")
    await until(bob, lambda: len(changes) == 3)
    assert (ann.status, ann.left_reason, again.resumed, client.joined) == ("left", "left", False, [again])
    assert sorted(changes) == ["Ann again joined", "Ann away", "Ann joined"]


@patient
async def test_a_connection_that_only_seems_to_live_is_replaced(
    serve: Serve, client_of: OpenClient, wire: Wire
) -> None:
    """The server hasn't noticed anything, so nobody hears that he was away."""
    running = await serve(Kitchen)
    bob = await (await client_of(running)).join("kitchen", name="Bob")
    changes = presence_of(bob)
    client, cable = await wire(running)
    ann = await client.join("kitchen", name="Ann")
    player = ann.player
    back = asyncio.create_task(news(ann, "joined"))
    await ann.next_snapshot()
    cable.unplug()
    client._connection.restart()
    await back
    await ann.next_snapshot()
    assert (ann.player, ann.resumed, ann.status) == (player, True, "joined")
    for _ in range(5):
        await bob.next_snapshot()
    assert changes == ["Ann joined"]


@patient
async def test_a_second_client_takes_the_seat_over(serve: Serve, client_of: OpenClient) -> None:
    """The first is told, and doesn't come back by itself; its token is worth nothing any more."""
    running = await serve(Kitchen)
    first = await client_of(running)
    there = await first.join("kitchen", name="Ann")
    await there.command("throw", count=4)
    events = there.events()
    second = await client_of(running)
    assert there.token is not None
    here = await second.resume(there.token)
    await here.next_snapshot()
    assert [event async for event in events if event.name == "left"] == []
    assert (there.status, there.left_reason) == ("left", "replaced")
    while first.state != "closed":
        await asyncio.sleep(0.001)
    assert first.closed_reason == "You went on playing elsewhere."
    assert (here.player, here.resumed, here.name_of(here.player or 0)) == (there.player, True, "Ann")
    await here.command("throw", count=1)
    assert here.state is not None
    assert here.state.tables["purses"][here.player].coins == 5
    third = await client_of(running)
    with pytest.raises(Refused) as refused:
        await third.resume(there.token)
    assert refused.value.code == "bad_token"


@patient
async def test_a_seat_that_is_gone_is_replaced_by_another(serve: Serve, client_of: OpenClient, wire: Wire) -> None:
    """In the same room, under the same name; the others see who it is."""
    running = await serve(Kitchen, settings=Settings(resume_s=0.0))
    bob = await (await client_of(running)).join("kitchen", name="Bob")
    changes = presence_of(bob)
    client, cable = await wire(running)
    ann = await client.join("kitchen", name="Ann")
    player = ann.player
    await ann.next_snapshot()
    cable.cut()
    await news(ann, "joined")
    await until(ann, lambda: ann.own is not None)
    assert (ann.id, ann.resumed, ann.name_of(ann.player or 0)) == (bob.id, False, "Ann")
    assert ann.player != player
    await until(bob, lambda: changes[-1] == "Ann joined" and len(changes) > 1)


@patient
async def test_prediction_goes_on_over_a_cut(serve: Serve, wire: Wire) -> None:
    """With the inputs that are made each tick: the server takes them again, and agrees."""
    client, cable = await wire(await serve(Tag, tick_rate=20))
    room = await client.join("tag")
    room.predict(Tag.predict)
    drawn: list[float] = []

    async def draw(true: Callable[[], object]) -> None:
        while not true():
            frame = room.frame(held=Steer(dx=1 if room.own is not None and room.own.x < 400 else -1))
            if frame is not None and frame.own_xy is not None:
                drawn.append(frame.own_xy[0])
            await asyncio.sleep(1 / 60)

    await draw(lambda: room.stats.margin not in {None, -1})
    before = len(drawn)
    back = asyncio.create_task(news(room, "joined"))
    await asyncio.sleep(0)
    cable.cut()
    await draw(back.done)
    assert room.resumed
    assert len(drawn) > before
    await draw(lambda: room.ack is not None and room.stats.margin not in {None, -1})
    assert room.stats.predicting
