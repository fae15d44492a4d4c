"""The window, and the loop in which everything happens: asyncio and pygame in one thread."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pygame

from gameserver_client import Client, ClientError, ConnectError, Refused, Room
from gameserver_pygame import keys
from gameserver_pygame.kit import Kit
from gameserver_pygame.notices import Notices
from gameserver_pygame.pace import Pace
from gameserver_pygame.screens import Screen, Wish
from gameserver_pygame.screens.room import RoomScreen
from gameserver_pygame.screens.start import StartScreen
from gameserver_pygame.session import Session
from gameserver_pygame.settings import LONGEST_NAME, load_settings, settings_path

log = logging.getLogger(__name__)

SIZE = (1280, 720)
KEY_REPEAT_MS = (400, 35)
"""While one types, a key that is held repeats: after so long, and every so often."""
GOODBYE_S = 2.0
"""How long leaving may take when the window closes."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    url: str = "http://127.0.0.1:8080"
    spectate: bool = False
    """Watch, rather than play."""
    game: str | None = None
    """Begin with this one at once."""
    name: str | None = None
    ticket: str | None = None
    """What vouches for the player, where the server asks for that."""


def play(options: Options) -> int:
    """Open the window, and play until it is closed; gives the exit code."""
    try:
        return asyncio.run(App(options).run())
    except (NoWindow, ConnectError) as error:  # ConnectError: that isn't even an address, or a ticket
        print(f"gameserver: {error}", file=sys.stderr)
        return 1


class NoWindow(Exception):
    """There is no screen to open a window on."""


class App:
    """One window on one server."""

    def __init__(self, options: Options, *, settings_file: Path | None = None, size: tuple[int, int] = SIZE) -> None:
        self.options = options
        self.session = Session(options.url, options.ticket)
        self.pace = Pace()
        self.screen: Screen
        """What is shown; set by `run`."""
        self.frames = 0
        """How many were drawn."""
        self._settings_file = settings_file or settings_path()
        self._size = size
        self._running = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._entering: asyncio.Task[None] | None = None
        self._notices = Notices()

    @property
    def room(self) -> Room | None:
        """The room that is shown; None on the start screen."""
        return self.screen.room if isinstance(self.screen, RoomScreen) else None

    async def run(self) -> int:
        """Play until the window is closed; gives the exit code."""
        _open_window(self._size)
        self.kit = self._make_kit()
        self.screen = StartScreen(self)
        keeper = asyncio.create_task(self.session.keep(), name="session")
        self._running = True
        try:
            if self.options.game is not None or self.options.spectate:
                self._spawn(self._enter_at_once())
            while self._running and not keeper.done():
                self._frame()
                await self.pace.rest()
            if keeper.done():
                await keeper  # raises what went wrong
        finally:
            await self._close(keeper)
        return 0

    def quit(self) -> None:
        """Close the window."""
        self._running = False

    # For screens.

    def enter(self, wish: Wish) -> None:
        """Take a seat, or a place to watch; the start screen says so until then."""
        if self._entering is not None:
            return
        self._entering = asyncio.create_task(self._enter(wish))
        self._entering.add_done_callback(self._entered)

    @property
    def is_entering(self) -> bool:
        """Whether a wish is being granted."""
        return self._entering is not None

    def give_up_entering(self) -> None:
        """Stay here after all."""
        if self._entering is not None:
            self._entering.cancel()

    def show_start(self, message: str = "") -> None:
        """Go back to the start screen."""
        self.screen.dispose()
        self.session.browsing = True
        self.screen = StartScreen(self, message)

    def leave(self, room: Room) -> None:
        """Leave a room, and show the start screen at once."""
        self.show_start()
        self._spawn(room.leave())

    def notify(self, text: str) -> None:
        """Say something for a moment."""
        self._notices.add(text, time.perf_counter())

    # Inside.

    def _make_kit(self) -> Kit:
        settings = load_settings(self._settings_file)
        if self.options.name is not None:
            settings.name = self.options.name[:LONGEST_NAME]
        kit = Kit(settings, self._settings_file)
        kit.sound.open()
        return kit

    def _frame(self) -> None:
        now_s = self.pace.begin()
        pygame.key.set_repeat(*(KEY_REPEAT_MS if self.screen.typing else (0, 0)))
        for event in pygame.event.get():
            self._handle(event)
        target = pygame.display.get_surface()
        if target is None or not self._running:
            return
        self.screen.draw(target, now_s)
        self._notices.draw(target, self.kit, now_s)
        pygame.display.flip()
        self.frames += 1

    def _handle(self, event: pygame.Event) -> None:
        if event.type == pygame.QUIT:
            self.quit()
        elif not self.screen.handle(event) and event.type == pygame.KEYDOWN:
            self._key(event)

    def _key(self, event: pygame.Event) -> None:
        """Take in a key that nothing on the screen wanted."""
        sound = self.kit.sound
        if keys.types(event, keys.LOUDER + keys.QUIETER):
            sound.louder(1 if keys.types(event, keys.LOUDER) else -1)
        elif keys.types(event, keys.MUTE):
            sound.muted = not sound.muted
        elif event.scancode == pygame.KSCAN_F11:
            pygame.display.toggle_fullscreen()
            return
        else:
            return
        self.kit.keep_settings()
        self.notify(_volume_text(sound.volume, muted=sound.muted, works=sound.works))

    async def _enter(self, wish: Wish) -> None:
        room = await self._find_place(await self.session.ready(), wish)
        self.screen.dispose()
        self.session.browsing = False
        self.screen = RoomScreen(self, room)

    async def _find_place(self, client: Client, wish: Wish) -> Room:
        name = self.kit.settings.name or None
        if wish.watch:
            return await client.spectate(wish.room, game=None if wish.room else wish.game)
        if wish.token is not None:
            with suppress(Refused):  # whoever plays on has a newer token: then another seat beside him
                return await client.resume(wish.token)
        return await client.join(wish.game, name=name, room=wish.room)

    def _entered(self, task: asyncio.Task[None]) -> None:
        self._entering = None
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        if not isinstance(error, ClientError):
            log.error("entering failed", exc_info=error)
        if isinstance(self.screen, StartScreen):
            self.screen.message = str(error)
        else:
            self.show_start(str(error))

    async def _enter_at_once(self) -> None:
        """Do what the command line asks for, as soon as the server answers."""
        await self.session.connected.wait()
        game = self.options.game or next((room.game for room in self.session.rooms), None)
        if game is None and self.session.games:
            game = self.session.games[0].name
        self.enter(Wish(game=game, watch=self.options.spectate))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("something failed", exc_info=task.exception())

    async def _close(self, keeper: asyncio.Task[None]) -> None:
        """Leave everything; the window is gone at once, whatever the server does."""
        self.screen.dispose()
        self.kit.keep_settings()
        pygame.quit()
        tasks = [*self._tasks, keeper, *([self._entering] if self._entering else [])]
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                if self.session.client is not None:
                    await self.session.client.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _open_window(size: tuple[int, int]) -> None:
    """Open it.

    Raises:
        NoWindow: the system has no screen for it.

    """
    try:
        pygame.display.init()
        pygame.display.set_mode(size, pygame.RESIZABLE)
    except pygame.error as error:
        raise NoWindow(f"no window can be opened: {error}") from error
    pygame.display.set_caption("gameserver")
    pygame.font.init()
    pygame.joystick.init()


def _volume_text(volume: float, *, muted: bool, works: bool) -> str:
    if not works:
        return "There is no audio device"
    return "Sound off" if muted else f"Volume {volume:.0%}"
