"""Plays half a minute of arena with the pygame client under SDL's dummy drivers, against a server of its own.

Prints frame times, kills and deaths, and saves pictures of every screen into `test-artifacts/`.

    python -m loadtest.pygame_play
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from math import hypot
from pathlib import Path

import pygame

from gameserver.games.arena import Arena as RealArena
from gameserver_client import connect
from gameserver_pygame import App, Options, keys
from gameserver_pygame.arena.arena_view import ArenaView
from gameserver_pygame.screens.room import RoomScreen
from gameserver_pygame.screens.start import StartScreen
from gameserver_pygame.screens.start_layout import Key
from loadtest.hands import Hands

PICTURES = Path(__file__).parent.parent / "test-artifacts"
SERVED = ("loadtest/pygame_play.py:Arena", "gameserver.games.tag", "gameserver.games.highcard")
ROUND_S = 38
FRIENDS = ("Swift Heron", "Lucky Lemur", "Sly Puffin", "Zesty Yak")
STEER_S = 0.03
NEAR = 260
"""Units from which on one rather keeps away."""


class Arena(RealArena):
    """The arena with short rounds, so that the podium comes soon; named as the real one: its client draws it."""

    def _begin_round(self) -> None:
        super()._begin_round()
        self.arena.ends_at = self.now + self.seconds(ROUND_S)
        self.arena.double_at = self.arena.ends_at - self.seconds(12)


class OwnServer:
    """A server process that can go away and come back at the same port."""

    def __init__(self) -> None:
        self.url = "http://127.0.0.1:0"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        command = [sys.executable, "-m", "gameserver", "serve", *SERVED, "--port", self.url.rpartition(":")[2]]
        self._process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line.decode()):
                self.url = found[0]
                return
        raise SystemExit("The server ended before it served.")

    async def stop(self) -> None:
        """End it at once, without a goodbye."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


class Player:
    """Plays the arena by what is on the screen: aims at the nearest, circles him, and fires."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.kills = 0
        self.deaths = 0

    def watch(self, view: ArenaView) -> None:
        """Note the own row's counts; they begin anew with each round."""
        own = view.world.own
        if own is not None:
            self.kills, self.deaths = max(self.kills, own.row.kills), max(self.deaths, own.row.deaths)

    def act(self, view: ArenaView, now_s: float) -> None:
        """Move, aim and fire."""
        self.watch(view)
        own, camera = view.world.own, view.camera
        others = [body for body in view.world.bodies.values() if body.alive and body is not own]
        if own is None or not own.alive or not others:
            self._hands.hold(set())
            return
        target = min(others, key=lambda body: hypot(body.x - own.x, body.y - own.y))
        distance = hypot(target.x - own.x, target.y - own.y)
        ahead = distance / 28
        at = camera.to_screen(target.x + target.row.vx / 16 * ahead, target.y + target.row.vy / 16 * ahead)
        at = min(camera.width - 2, max(1, at[0])), min(camera.height - 2, max(1, at[1]))
        self._hands.point(at)
        self._hands.fire(at, on=distance < 560)
        toward = 1 if distance > NEAR else -1
        held = {keys.RIGHT[1] if (target.x - own.x) * toward > 0 else keys.LEFT[1]}
        held.add(keys.DOWN[1] if int(now_s) % 2 else keys.UP[1])
        if now_s % 3 < STEER_S:
            held.add(pygame.KSCAN_SPACE)
        self._hands.hold(held)


async def fight(hands: Hands, player: Player, view: ArenaView, seconds: float) -> None:
    """Play for some time."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds
    while (now_s := loop.time()) < end_s:
        player.act(view, now_s)
        await asyncio.sleep(STEER_S)
    hands.hold(set())
    hands.fire((0, 0), on=False)


def view_of(app: App) -> ArenaView:
    """Give the arena's view."""
    assert isinstance(app.screen, RoomScreen)
    assert isinstance(app.screen.view, ArenaView)
    return app.screen.view


async def play_arena(app: App, hands: Hands, seconds: float) -> None:
    """Play a round, with pictures of the fight, the network panel and the podium."""
    await enter(app, hands, Key("play", "arena"))
    view, player = view_of(app), Player(hands)
    await hands.until(lambda: view.world.own is not None)
    app.pace.work_s.clear()
    room = app.screen
    assert isinstance(room, RoomScreen)
    await fight(hands, player, view, seconds * 0.3)
    hands.save(PICTURES / "pygame-fight.png")
    await fight(hands, player, view, seconds * 0.2)
    hands.save(PICTURES / "pygame-fight-2.png")
    await fight(hands, player, view, seconds * 0.2)
    work_ms = [1000 * each for each in app.pace.work_s]
    hands.tap(pygame.KSCAN_F3)
    app.session.lag.latency_ms, app.session.lag.jitter_ms = 80, 10
    room.room.toggles.ghost = True
    await fight(hands, player, view, seconds * 0.3)
    hands.save(PICTURES / "pygame-net.png")
    hands.tap(pygame.KSCAN_RETURN)
    hands.type("Good fight, everyone!")
    await hands.frames()
    hands.save(PICTURES / "pygame-chat.png")
    hands.tap(pygame.KSCAN_RETURN)
    hands.press(pygame.KSCAN_TAB)
    await asyncio.sleep(0.2)
    hands.save(PICTURES / "pygame-scores.png")
    hands.release(pygame.KSCAN_TAB)
    app.session.lag.latency_ms = app.session.lag.jitter_ms = 0
    hands.tap(pygame.KSCAN_F3)
    await hands.until(lambda: view.world.moment is not None and view.world.moment.arena.phase == 1)
    player.watch(view)
    await asyncio.sleep(2)
    hands.save(PICTURES / "pygame-podium.png")
    await leave(app, hands)
    median, p95 = statistics.median(work_ms), statistics.quantiles(work_ms, n=20)[-1]
    print(f"frame: median {median:.1f} ms, 95 % under {p95:.1f} ms of work, at {app.pace.fps:.0f} fps")
    print(f"kills: {player.kills}, deaths: {player.deaths}")


async def enter(app: App, hands: Hands, key: Key) -> None:
    """Go into a room from the start screen."""
    await hands.click_item(key)
    await hands.until(lambda: isinstance(app.screen, RoomScreen))


async def leave(app: App, hands: Hands) -> None:
    """Go back to the start screen."""
    hands.hold(set())
    hands.tap(pygame.KSCAN_ESCAPE)
    await hands.until(lambda: isinstance(app.screen, StartScreen))


async def show_rooms(app: App, hands: Hands, url: str) -> None:
    """Take pictures of the start screen, of a spectator's view, and of games without a view of their own."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connect(url)) for _ in FRIENDS]
        arena = await clients[0].join("arena", name="Cosmic Otter")
        cards = await clients[0].join("highcard", name="Calm Moth")
        for index, (client, name) in enumerate(zip(clients, FRIENDS, strict=True)):
            (await client.join("tag", name=name)).input("steer", dx=index % 3 - 1, dy=index % 2)
        await hands.until(lambda: len(app.session.rooms) >= 3)
        await hands.frames()
        hands.save(PICTURES / "pygame-start.png")
        await enter(app, hands, Key("watch", arena.id))
        await asyncio.sleep(4)
        hands.tap(pygame.KSCAN_E)
        await asyncio.sleep(2)
        hands.save(PICTURES / "pygame-watch.png")
        await leave(app, hands)
        await enter(app, hands, Key("play", "tag"))
        hands.hold({pygame.KSCAN_D, pygame.KSCAN_S})
        await asyncio.sleep(2)
        hands.save(PICTURES / "pygame-tag.png")
        await leave(app, hands)
        await enter(app, hands, Key("join", cards.id))
        hands.tap(pygame.KSCAN_1)
        await asyncio.sleep(0.5)
        hands.tap(pygame.KSCAN_2)
        hands.type("99")
        hands.tap(pygame.KSCAN_RETURN)
        await asyncio.sleep(0.3)
        hands.save(PICTURES / "pygame-cards.png")
        hands.tap(pygame.KSCAN_ESCAPE)
        await leave(app, hands)


async def lose_the_server(app: App, hands: Hands, server: OwnServer) -> None:
    """Take pictures of a lost connection, and of coming back."""
    await enter(app, hands, Key("play", "arena"))
    await fight(hands, Player(hands), view_of(app), 3)
    await server.stop()
    await hands.until(lambda: app.session.trouble is not None)
    await asyncio.sleep(0.4)
    hands.save(PICTURES / "pygame-lost.png")
    await server.start()
    room = app.room
    assert room is not None
    await hands.until(lambda: room.status == "joined")
    await fight(hands, Player(hands), view_of(app), 2)
    hands.save(PICTURES / "pygame-back.png")


async def run(seconds: float) -> None:
    """Do all of it; fails when the window closes before that."""
    server = OwnServer()
    await server.start()
    await server.stop()
    settings = Path(tempfile.mkdtemp()) / "play.json"
    app = App(Options(url=server.url, name="Ada"), settings_file=settings)
    window = asyncio.create_task(app.run())
    hands = Hands(app, window)
    try:
        await hands.until(lambda: app.session.trouble is not None and app.session.trouble.retry_at_s)
        await hands.frames()
        hands.save(PICTURES / "pygame-no-server.png")
        await server.start()
        await hands.until(lambda: app.session.games)
        await play_arena(app, hands, seconds)
        await show_rooms(app, hands, server.url)
        await lose_the_server(app, hands, server)
        app.quit()
        await window
    finally:
        window.cancel()
        await asyncio.gather(window, return_exceptions=True)
        await server.stop()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="how long to play the arena")
    options = parser.parse_args()
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    asyncio.run(run(options.seconds))
    print(f"pictures: {PICTURES}")


if __name__ == "__main__":
    main()
