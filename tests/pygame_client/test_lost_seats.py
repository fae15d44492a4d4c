"""Lost connections, away players and seats that others took over, as the window shows them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pygame
import pytest

from gameserver.games.arena import Arena
from gameserver.games.tag import Tag
from gameserver.settings import Settings
from gameserver_client import Client, Room, connect
from gameserver_pygame import session
from gameserver_pygame.generic.entities import entities_of
from gameserver_pygame.generic.generic_view import GenericView
from gameserver_pygame.generic.tables import listings_of
from gameserver_pygame.people import colour_of
from gameserver_pygame.screens import room as room_module
from gameserver_pygame.screens.start import StartScreen
from gameserver_pygame.screens.start_layout import Key
from gameserver_pygame.text import TextPainter
from gameserver_pygame.theme import player_colour
from loadtest.hands import Hands
from tests.client.cable import Cable
from tests.conftest import Connect, Running, Serve
from tests.pygame_client.conftest import Open
from tests.pygame_client.test_play import into_room, on_start, room_screen, said, state_of

KEPT = Settings(resume_s=600.0)
"""No seat is lost because the machine is busy."""

Lay = Callable[[Running], Awaitable[Cable]]


@pytest.fixture
async def lay() -> AsyncIterator[Lay]:
    """Lay cables to servers."""
    cables: list[Cable] = []

    async def to(running: Running) -> Cable:
        cables.append(await Cable.to(running.url))
        return cables[-1]

    yield to
    for cable in cables:
        await cable.close()


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Note all that is written into the window."""
    written: set[str] = set()
    draw = TextPainter.draw

    def note(self: TextPainter, target: pygame.Surface, text: str, *args: Any, **options: Any) -> pygame.Rect:
        written.add(text)
        return draw(self, target, text, *args, **options)

    monkeypatch.setattr(TextPainter, "draw", note)
    return written


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every loss for one that comes back unnoticed."""
    _notice_after(monkeypatch, 60.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice every loss."""
    _notice_after(monkeypatch, 0.0)


def _notice_after(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for module in (session, room_module):
        monkeypatch.setattr(module, "UNNOTICED_S", seconds)


async def lost_and_back(hands: Hands, cable: Cable, room: Room) -> None:
    """Lose the connection for a few frames."""
    cable.torn = True
    cable.cut()
    await hands.until(lambda: room.status == "lost")
    await hands.frames(5)
    cable.torn = False
    await hands.until(lambda: room.status == "joined")


@pytest.mark.usefixtures("patient")
async def test_a_short_loss_is_not_seen(serve: Serve, open_window: Open, lay: Lay, texts: set[str]) -> None:
    """No panel, no word; what is held goes on, in the same seat, and nothing seen is forgotten."""
    cable = await lay(await serve(Tag, settings=KEPT))
    hands = open_window(cable.url, game="tag")
    room = await into_room(hands)
    view, player = room_screen(hands).view, room.player
    assert isinstance(view, GenericView)
    hands.hold({pygame.KSCAN_D})
    await hands.until(lambda: room.own.x > 400)
    await lost_and_back(hands, cable, room)
    await hands.until(lambda: room.own.x == 800)
    await hands.frames()
    assert (room.player, hands.app.session.trouble) == (player, None)
    assert not {text for text in texts if "lost" in text or "seat" in text}
    assert "back" not in said(room_screen(hands).chat)


@pytest.mark.usefixtures("impatient")
async def test_a_longer_loss_is_told(serve: Serve, open_window: Open, lay: Lay, texts: set[str]) -> None:
    """By a panel over the room, and by a line once one is back."""
    cable = await lay(await serve(Arena, tick_rate=None, settings=KEPT))
    hands = open_window(cable.url, game="arena")
    room = await into_room(hands)
    player = room.player
    await lost_and_back(hands, cable, room)
    assert "Connection lost" in texts
    assert said(room_screen(hands).chat).endswith("You are back.")
    assert (room.player, room.resumed) == (player, True)
    await hands.frames()


async def away(hands: Hands, friend: Client, cable: Cable) -> None:
    """Have a friend drop out, and wait until the window has heard."""
    cable.torn = True
    cable.cut()
    room = room_screen(hands).room
    await hands.until(lambda: any(player.away for player in room.players.values()))
    await hands.frames()


async def test_who_is_away_is_dimmed(serve: Serve, open_window: Open, lay: Lay) -> None:
    """In the world and in the list; the feed tells of it, and of the return."""
    running = await serve(Tag, settings=KEPT)
    cable = await lay(running)
    async with connect(cable.url) as friend:
        played = await friend.join("tag", name="Bob")
        hands = open_window(running.url, game="tag")
        room = await into_room(hands)
        bob = played.player or 0
        assert colour_of(room, bob) == player_colour(bob)
        await away(hands, friend, cable)
        chat, view = room_screen(hands).chat, room_screen(hands).view
        assert "Bob  has lost the connection" in said(chat)
        (listing,) = listings_of(room, state_of(room))
        line = next(line for line in listing.lines if not line.own)
        assert (line.title, line.colour) == ("Bob (away)", colour_of(room, bob))
        assert colour_of(room, bob) != player_colour(bob)
        assert isinstance(view, GenericView)
        frame = room.frame()
        assert frame is not None
        assert [(e.name, e.faded) for e in entities_of(room, frame, view._bounds)] == [
            ("Bob (away)", True),
            ("Ada", False),
        ]
        cable.torn = False
        await hands.until(lambda: "Bob  is back" in said(chat))
        assert colour_of(room, bob) == player_colour(bob)


async def test_the_scores_say_who_is_away(serve: Serve, open_window: Open, lay: Lay, texts: set[str]) -> None:
    """Whoever comes in later isn't told as news, but sees it."""
    running = await serve(Arena, tick_rate=None, settings=KEPT)
    cable = await lay(running)
    async with connect(cable.url) as friend, connect(running.url) as other:
        await friend.join("arena", name="Bob")
        await other.join("arena", name="Cat")
        hands = open_window(running.url, game="arena")
        room = await into_room(hands)
        await hands.until(lambda: "Bob" in texts)
        assert "away" not in texts
        await away(hands, friend, cable)
        await hands.until(lambda: "away" in texts)
        hands.tap(pygame.KSCAN_ESCAPE)
        await on_start(hands)
        await hands.until(lambda: room.status == "left")
        texts.clear()
        await hands.click_item(next(i.key for i in _items(hands) if i.key.action == "join"))
        await into_room(hands)
        await hands.until(lambda: "away" in texts)
        assert "lost the connection" not in said(room_screen(hands).chat)


def _items(hands: Hands) -> Any:
    assert isinstance(hands.app.screen, StartScreen)
    return hands.app.screen.layout().items


async def replaced(hands: Hands, room: Room, client: Client | None) -> None:
    """Wait until somebody else has the seat, and the client's connection is closed for that."""
    await hands.until(lambda: room.left_reason == "replaced" and (client is None or client.state != "open"))


async def test_a_seat_taken_over_can_be_taken_back(
    serve: Serve, open_window: Open, connect: Connect, texts: set[str]
) -> None:
    """As long as nobody has played from the other place; it is the same player again."""
    running = await serve(Tag, settings=KEPT)
    hands = open_window(running.url, game="tag")
    room, client = await into_room(hands), hands.app.session.client
    elsewhere = await connect(running)
    await elsewhere.send("resume", {"token": room.token})
    await replaced(hands, room, client)
    await hands.until(lambda: "You went on playing elsewhere." in texts)
    assert hands.app.room is room
    hands.tap(pygame.KSCAN_RETURN)
    await hands.until(lambda: hands.app.room not in {room, None})
    again = await into_room(hands)
    assert (again.player, again.resumed, again.id) == (room.player, True, room.id)
    assert (await elsewhere.expect("left"))["payload"]["reason"] == "replaced"
    hands.hold({pygame.KSCAN_D})
    await hands.until(lambda: again.own.x == 800)


async def test_a_seat_that_somebody_plays_on_is_his(serve: Serve, open_window: Open) -> None:
    """One plays beside him, then."""
    running = await serve(Tag, settings=KEPT)
    hands = open_window(running.url, game="tag")
    room, client = await into_room(hands), hands.app.session.client
    async with connect(running.url) as other:
        assert room.token is not None
        played = await other.resume(room.token)
        played.chat("It's me.")
        await played.next_snapshot()
        await replaced(hands, room, client)
        hands.tap(pygame.KSCAN_RETURN)
        await hands.until(lambda: hands.app.room not in {room, None})
        again = await into_room(hands)
        assert (again.id, again.resumed, played.status) == (room.id, False, "joined")
        assert again.player != room.player


async def test_a_server_that_asks_to_wait_is_not_pestered(serve: Serve, open_window: Open, connect: Connect) -> None:
    """It says when to come again; one may still try sooner by hand."""
    running = await serve(Tag, settings=Settings(max_connections_per_address=1))
    only = await connect(running)
    hands = open_window(running.url)
    await hands.until(lambda: hands.app.frames and hands.app.session.trouble and hands.app.session.trouble.retry_at_s)
    trouble = hands.app.session.trouble
    assert trouble is not None
    assert "too many connections" in trouble.text
    assert (trouble.retry_at_s or 0) - time.perf_counter() > session.RETRY_S[-1]
    await only.close()
    await hands.click_item(Key("retry"))
    await on_start(hands)


async def test_the_way_back_from_a_replaced_seat_to_the_start(
    serve: Serve, open_window: Open, connect: Connect
) -> None:
    """By Esc, as from any room; nothing else is taken for anything."""
    running = await serve(Tag, settings=KEPT)
    hands = open_window(running.url, game="tag")
    room, client = await into_room(hands), hands.app.session.client
    elsewhere = await connect(running)
    await elsewhere.send("resume", {"token": room.token})
    await replaced(hands, room, client)
    hands.tap(pygame.KSCAN_A, letter="a")
    await hands.frames()
    assert hands.app.room is room
    hands.tap(pygame.KSCAN_ESCAPE)
    await on_start(hands)
    await hands.until(lambda: hands.app.session.trouble is None)
