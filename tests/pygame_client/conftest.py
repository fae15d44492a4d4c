"""Windows that nobody sees, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pygame
import pytest

from gameserver_client import backoff
from gameserver_pygame import App, Options, session
from loadtest.hands import Hands
from tests.conftest import settle

SIZE = (960, 600)

Open = Callable[..., Hands]


@pytest.fixture(autouse=True)
def dummy_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a screen nor a loudspeaker is needed."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")


@pytest.fixture
def surface() -> pygame.Surface:
    """Give something to draw on."""
    return pygame.Surface(SIZE)


@pytest.fixture
async def open_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Open windows that are closed when the test is over; they are quick to try again."""
    monkeypatch.setattr(session, "RETRY_S", (0.05,))
    monkeypatch.setattr(session, "POLL_S", 0.05)
    monkeypatch.setattr(backoff, "FIRST_DELAY_S", 0.02)
    monkeypatch.setattr(backoff, "LONGEST_DELAY_S", 0.1)
    opened: list[tuple[App, asyncio.Task[int]]] = []

    def start(url: str, **options: Any) -> Hands:
        app = App(Options(url=url, **{"name": "Ada", **options}), settings_file=tmp_path / "play.json", size=SIZE)
        window = asyncio.create_task(app.run())
        opened.append((app, window))
        return Hands(app, window)

    yield start
    for app, window in opened:
        app.quit()
        assert await window == 0
    await settle()
