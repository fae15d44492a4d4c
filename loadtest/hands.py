"""A player's hands on the pygame client: keys, mouse and text as posted events, so that no display is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pygame

from gameserver_pygame import App
from gameserver_pygame.screens.start import StartScreen
from gameserver_pygame.screens.start_layout import Key

TURN_S = 0.01


class WindowClosed(Exception):
    """There is nothing to steer any more; the cause says why, if it wasn't closed on purpose."""


class Hands:
    """Steers one window, for as long as it is open."""

    def __init__(self, app: App, window: asyncio.Task[int], *, patience_s: float = 60.0) -> None:
        self.app = app
        self._window = window
        self._patience_s = patience_s
        self._down: set[int] = set()
        self._fires = False

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so.

        Raises:
            TimeoutError: it takes longer than one has patience.
            WindowClosed: the window was closed.

        """
        async with asyncio.timeout(self._patience_s):
            while not true():
                if self._window.done():
                    raise WindowClosed from self._window.exception()
                await asyncio.sleep(TURN_S)

    async def frames(self, count: int = 2) -> None:
        """Wait until so many more frames are drawn: what was posted has been seen."""
        drawn = self.app.frames + count
        await self.until(lambda: self.app.frames >= drawn)

    def press(self, code: int, *, mod: int = 0, letter: str = "") -> None:
        """Push a key down; by its place on the keyboard, and by what it types."""
        pygame.event.post(pygame.Event(pygame.KEYDOWN, key=0, mod=mod, unicode=letter, scancode=code))
        self._down.add(code)

    def release(self, code: int) -> None:
        """Let a key up."""
        pygame.event.post(pygame.Event(pygame.KEYUP, key=0, mod=0, unicode="", scancode=code))
        self._down.discard(code)

    def tap(self, code: int, *, mod: int = 0, letter: str = "") -> None:
        """Push a key down and let it up."""
        self.press(code, mod=mod, letter=letter)
        self.release(code)

    def hold(self, codes: set[int]) -> None:
        """Hold these keys and no others."""
        for code in self._down - codes:
            self.release(code)
        for code in codes - self._down:
            self.press(code)

    def type(self, text: str) -> None:
        """Type letters."""
        for letter in text:
            pygame.event.post(pygame.Event(pygame.TEXTINPUT, text=letter))

    def point(self, at: tuple[float, float]) -> None:
        """Move the mouse."""
        x, y = round(at[0]), round(at[1])
        pygame.event.post(pygame.Event(pygame.MOUSEMOTION, pos=(x, y), rel=(0, 0), buttons=(self._fires, False, False)))

    def fire(self, at: tuple[float, float], *, on: bool) -> None:
        """Hold the mouse's button, or let go of it."""
        if on != self._fires:
            self._fires = on
            kind = pygame.MOUSEBUTTONDOWN if on else pygame.MOUSEBUTTONUP
            pygame.event.post(pygame.Event(kind, pos=(round(at[0]), round(at[1])), button=1))

    def click(self, at: tuple[float, float]) -> None:
        """Click."""
        self.point(at)
        self.fire(at, on=True)
        self.fire(at, on=False)

    async def click_item(self, key: Key) -> None:
        """Click something on the start screen, as soon as it is there."""
        places: list[pygame.Rect] = []

        def found() -> bool:
            screen = self.app.screen
            rect = screen.layout().rect_of(key) if isinstance(screen, StartScreen) else None
            places[:] = [] if rect is None else [rect]
            return rect is not None

        await self.until(found)
        self.click(places[0].center)

    def save(self, path: Path) -> None:
        """Keep a picture of the window."""
        surface = pygame.display.get_surface()
        assert surface is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        pygame.image.save(surface, path)
