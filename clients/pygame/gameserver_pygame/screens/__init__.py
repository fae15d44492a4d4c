"""What fills the window: the start screen, or a room."""

from __future__ import annotations

from typing import Protocol

import msgspec
import pygame


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What someone wants to enter: a room, or some room of a game."""

    game: str | None = None
    room: str | None = None
    watch: bool = False
    token: str | None = None
    """Of the seat in it that one had."""


class Screen(Protocol):
    """Takes events, and draws itself."""

    @property
    def typing(self) -> bool:
        """Whether somebody types into it: then every key is its."""

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw everything, once per frame."""

    def dispose(self) -> None:
        """Stop everything that it started."""
