"""The whole client, steered by posted events, against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygame
import pytest

from gameserver.games.arena import Arena
from gameserver.games.highcard import Highcard
from gameserver.games.tag import Tag
from gameserver_client import Room, State, connect
from gameserver_pygame.arena.arena_view import ArenaView
from gameserver_pygame.chat import Chat
from gameserver_pygame.generic.generic_view import GenericView
from gameserver_pygame.screens.room import RoomScreen
from gameserver_pygame.screens.start import StartScreen
from gameserver_pygame.screens.start_layout import Key
from loadtest.hands import Hands, WindowClosed
from tests.conftest import Serve
from tests.pygame_client.conftest import SIZE, Open


def room_screen(hands: Hands) -> RoomScreen:
    """Give the screen of the room that is shown."""
    assert isinstance(hands.app.screen, RoomScreen)
    return hands.app.screen


async def into_room(hands: Hands) -> Room:
    """Wait until a room is shown, and its first snapshot is there."""
    await hands.until(lambda: hands.app.frames and hands.app.room is not None and hands.app.room.state is not None)
    return room_screen(hands).room


async def on_start(hands: Hands) -> StartScreen:
    """Wait until the start screen lists games."""
    await hands.until(
        lambda: hands.app.frames and isinstance(hands.app.screen, StartScreen) and hands.app.session.games
    )
    assert isinstance(hands.app.screen, StartScreen)
    return hands.app.screen


def state_of(room: Room) -> State:
    """Give the newest state, which is there once one is in a room."""
    assert room.state is not None
    return room.state


def said(chat: Chat) -> str:
    """Give all that was said in a room."""
    return "\n".join("".join(text for text, _ in line.parts) for line in chat.log.lines)


async def test_a_quick_match_of_arena_from_start_to_esc(serve: Serve, open_window: Open) -> None:
    """One moves, fires, looks at the network, talks, and leaves; the server agrees."""
    hands = open_window((await serve(Arena, tick_rate=None, bots=2)).url)
    await on_start(hands)
    await hands.click_item(Key("play", "arena"))
    room = await into_room(hands)
    screen = room_screen(hands)
    view = screen.view
    assert isinstance(view, ArenaView)
    await hands.until(lambda: view.world.own is not None and room.own is not None)
    start = room.own
    left = start.x > 8 * view.world.side  # to where there is room
    hands.hold({pygame.KSCAN_A if left else pygame.KSCAN_D})
    await hands.until(lambda: room.own.vx != 0 and room.own.x != start.x)
    hands.hold(set())
    hands.fire((SIZE[0] - 40, 40), on=True)
    await hands.until(lambda: view.world.shots.flights)
    await hands.until(lambda: any(b.owner == room.player for b in state_of(room).tables["bullets"].values()))
    hands.fire((0, 0), on=False)

    hands.tap(pygame.KSCAN_F3)
    await hands.until(lambda: screen.net.shown and room.stats.samples)
    toggle, track = screen.net.layout().toggles[3], screen.net.layout().tracks[0]
    hands.click(toggle.center)
    hands.click((track.centerx, track.centery))
    await hands.until(lambda: room.toggles.ghost and hands.app.session.lag.latency_ms == 150)
    await hands.until(lambda: view.world.moment is not None and view.world.moment.frame.ghost is not None)
    hands.click((track.left, track.centery))
    hands.tap(pygame.KSCAN_N, letter="n")
    await hands.until(lambda: not screen.net.shown and hands.app.session.lag.idle)

    hands.tap(pygame.KSCAN_RETURN)
    hands.type("hello there")
    hands.tap(pygame.KSCAN_RETURN)
    await hands.until(lambda: "Ada  hello there" in said(screen.chat))
    hands.tap(pygame.KSCAN_ESCAPE)
    await on_start(hands)
    await hands.until(lambda: room.status == "left")


async def test_keys_typed_into_the_chat_steer_nothing(serve: Serve, open_window: Open) -> None:
    """What is held is let go of when the box opens; Esc closes the box first."""
    hands = open_window((await serve(Tag)).url, game="tag")
    room = await into_room(hands)
    screen = room_screen(hands)
    hands.press(pygame.KSCAN_D)
    await hands.until(lambda: room.own.x == 800)
    hands.tap(pygame.KSCAN_RETURN)
    hands.press(pygame.KSCAN_A, letter="a")
    hands.tap(pygame.KSCAN_N, letter="n")
    await hands.frames()
    assert isinstance(screen.view, GenericView)
    assert screen.view.held.read() == {"steer": {"dx": 0, "dy": 0}}
    assert not screen.net.shown
    hands.tap(pygame.KSCAN_ESCAPE)
    await hands.frames()
    assert hands.app.room is room
    assert screen.chat.box is None


async def test_watching_follows_somebody_or_roams(serve: Serve, open_window: Open) -> None:
    """Q and E go from player to player; the keys that move otherwise let go of him."""
    running = await serve(Arena, tick_rate=None, bots=3)
    async with connect(running.url) as other:
        played = await other.join("arena", name="Bob")
        hands = open_window(running.url, spectate=True, game="arena")
        room = await into_room(hands)
        view = room_screen(hands).view
        assert isinstance(view, ArenaView)
        await hands.until(lambda: view.watcher.target is not None)
        assert (room.id, room.spectating) == (played.id, True)
        seen = set()
        for _ in range(3):
            hands.tap(pygame.KSCAN_E)
            await hands.frames()
            seen.add(view.watcher.target)
        assert len(seen) == 3
        hands.hold({pygame.KSCAN_S})
        await hands.until(lambda: view.watcher.target is None)


async def test_without_a_server_it_says_so_and_goes_on_trying(serve: Serve, open_window: Open) -> None:
    """Then there are games, as soon as it is started."""
    running = await serve(Tag)
    await running.server.stop()
    hands = open_window(running.url)
    session = hands.app.session
    await hands.until(lambda: hands.app.frames and session.trouble is not None and session.trouble.retry_at_s)
    assert session.trouble is not None
    assert "Nothing answers" in session.trouble.text
    await hands.click_item(Key("retry"))
    await serve(Tag, port=int(running.url.rpartition(":")[2]))
    await on_start(hands)
    await hands.until(lambda: hands.app.session.trouble is None)


async def test_a_server_that_comes_back_is_played_on(serve: Serve, open_window: Open) -> None:
    """The room is shown all the while, under an overlay."""
    running = await serve(Tag)
    hands = open_window(running.url, game="tag")
    room = await into_room(hands)
    await running.server.stop()
    await hands.until(lambda: room.status == "lost" and hands.app.session.trouble is not None)
    await hands.frames()
    assert hands.app.room is room
    await serve(Tag, port=int(running.url.rpartition(":")[2]))
    await hands.until(lambda: room.status == "joined" and room.own is not None)
    hands.hold({pygame.KSCAN_D})
    await hands.until(lambda: room.own.x == 800)
    assert "You are back, in another seat." in said(room_screen(hands).chat)


async def test_a_game_without_a_view_of_its_own_is_played(serve: Serve, open_window: Open) -> None:
    """The arrows drive its axes, its own movement is predicted, and its events are told."""
    hands = open_window((await serve(Tag)).url)
    await on_start(hands)
    await hands.click_item(Key("play", "tag"))
    room = await into_room(hands)
    await hands.until(lambda: room.stats.predicting)
    hands.hold({pygame.KSCAN_LEFT, pygame.KSCAN_UP})
    await hands.until(lambda: (room.own.x, room.own.y) == (0, 0))
    assert "Tagged: who Ada" in said(room_screen(hands).chat)


async def test_commands_are_buttons_and_a_prompt(serve: Serve, open_window: Open) -> None:
    """A refusal is told; what can't be meant isn't even sent."""
    running = await serve(Highcard)
    async with connect(running.url) as other:
        friend = await other.join("highcard", name="Bob")
        hands = open_window(running.url)
        await on_start(hands)
        await hands.until(lambda: hands.app.session.rooms)
        await hands.click_item(Key("join", friend.id))
        room = await into_room(hands)
        screen = room_screen(hands)
        view: Any = screen.view
        play = view.commands.rects(view.command_area(SIZE))[1]
        hands.click(play.center)
        await hands.until(lambda: view.commands.prompt is not None)
        hands.type("99")
        hands.tap(pygame.KSCAN_RETURN)
        await hands.until(lambda: view.commands.prompt.problem == "2 to 14, please.")
        hands.tap(pygame.KSCAN_BACKSPACE)
        hands.tap(pygame.KSCAN_RETURN)
        await hands.until(lambda: "No cards are dealt yet." in said(screen.chat))
        hands.tap(pygame.KSCAN_1)
        await hands.until(lambda: state_of(room).one("turn").trick == 1)
        await hands.until(lambda: "Dealt: cards 5, first Ada" in said(screen.chat))
        card = state_of(room).tables["hands"][room.player].cards.split()[0]
        hands.tap(pygame.KSCAN_2)
        hands.type(card)
        hands.tap(pygame.KSCAN_RETURN)
        await hands.until(lambda: state_of(room).tables["places"][room.player].played == int(card))


async def test_the_start_screen_by_keyboard(serve: Serve, open_window: Open) -> None:
    """The name is typed, kept for the next time, and Tab and Enter lead into a game."""
    running = await serve(Arena, Tag, tick_rate=None)
    hands = open_window(running.url)
    screen = await on_start(hands)
    hands.tap(pygame.KSCAN_BACKSPACE)
    hands.type("am")
    for _ in range(3):
        hands.tap(pygame.KSCAN_TAB)
    hands.tap(pygame.KSCAN_TAB, mod=pygame.KMOD_LSHIFT)
    hands.tap(pygame.KSCAN_TAB)
    await hands.frames()
    assert (screen.name.text, screen.focus) == ("Adam", Key("play", "tag"))
    hands.tap(pygame.KSCAN_RETURN)
    room = await into_room(hands)
    assert (room.game, room.name_of(room.player or 0)) == ("tag", "Adam")
    hands.tap(pygame.KSCAN_ESCAPE)
    assert (await on_start(hands)).name.text == "Adam"


async def test_a_refusal_to_let_in_is_told_on_the_start_screen(serve: Serve, open_window: Open) -> None:
    """As the server words it."""
    hands = open_window((await serve(Tag)).url, game="chess")
    screen = await on_start(hands)
    await hands.until(lambda: "chess" in screen.message)


async def test_volume_and_mute(serve: Serve, open_window: Open, tmp_path: Path) -> None:
    """The keys are kept for the next time."""
    hands = open_window((await serve(Tag)).url, game="tag")
    await into_room(hands)
    sound = hands.app.kit.sound
    before = sound.volume
    hands.tap(pygame.KSCAN_SLASH, letter="-")  # as on a German keyboard
    hands.tap(pygame.KSCAN_M, letter="m")
    await hands.until(lambda: sound.muted)
    assert sound.volume == pytest.approx(before - 0.1)
    assert b'"muted":true' in (tmp_path / "play.json").read_bytes()


async def test_it_plays_without_an_audio_device(
    serve: Serve, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In silence."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "no such driver")
    hands = open_window((await serve(Arena, tick_rate=None)).url, game="arena")
    await into_room(hands)
    assert not hands.app.kit.sound.works
    hands.fire((0, 0), on=True)
    hands.tap(pygame.KSCAN_KP_PLUS, letter="+")
    await hands.frames(5)


async def test_closing_the_window_leaves_the_room(serve: Serve, open_window: Open) -> None:
    """At once: the seat doesn't wait for somebody who has lost his connection."""
    running = await serve(Tag)
    async with connect(running.url) as other:
        room = await other.join("tag", name="Bob")
        gone: list[str] = []
        room.on("presence", lambda presence: gone.append(presence.change))
        hands = open_window(running.url, game="tag")
        await into_room(hands)
        pygame.event.post(pygame.Event(pygame.QUIT))
        with pytest.raises(WindowClosed):
            await hands.until(lambda: False)
        while "left" not in gone:
            await room.next_snapshot()
    assert gone == ["joined", "left"]


async def test_a_small_window_is_drawn_too(serve: Serve, open_window: Open) -> None:
    """And one that changes its size while one plays."""
    hands = open_window((await serve(Arena, tick_rate=None)).url, game="arena")
    await into_room(hands)
    hands.tap(pygame.KSCAN_F3)
    hands.press(pygame.KSCAN_TAB)
    for size in ((420, 300), (1600, 1000)):
        pygame.display.set_mode(size, pygame.RESIZABLE)
        await hands.frames(3)
    hands.tap(pygame.KSCAN_ESCAPE)
    await on_start(hands)
    pygame.display.set_mode((420, 300), pygame.RESIZABLE)
    await hands.frames(3)
