"""Keys, mouse and gamepad, as what the player wants right now."""

from __future__ import annotations

from math import atan2, cos, pi, sin
from typing import Literal, TypeAlias

import pygame

from gameserver.games.arena.rows import Steer
from gameserver_pygame import keys
from gameserver_pygame.arena.pads import Pads, PadState
from gameserver_pygame.keys import HeldKeys

Device: TypeAlias = Literal["mouse", "pad"]

DASH = (*keys.SPACE, *keys.SHIFTS)
STEERING = frozenset({*keys.LEFT, *keys.RIGHT, *keys.UP, *keys.DOWN, *DASH})
LEAD = 0.24
"""The part of the pointer's distance from the middle that the camera moves ahead."""
STICK_LEAD_PX = 90


class Controls:
    """Both sticks and the two buttons, from whatever is at hand."""

    def __init__(self, pads: Pads) -> None:
        self.pointer = (0, 0)
        """Where the mouse is, in pixels of the window."""
        self.device: Device = "mouse"
        """What was aimed with last."""
        self.angle = 0.0
        """The direction aimed at, in radians."""
        self._keys = HeldKeys()
        self._pads = pads
        self._fires = False
        self._clicked = False
        """Whether the trigger was pulled since it was last read: a click between two frames counts."""

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it steers."""
        match event.type:
            case pygame.KEYDOWN if event.scancode in STEERING:
                self._keys.press(event.scancode)
            case pygame.KEYUP if event.scancode in STEERING:
                self._keys.release(event.scancode)
            case pygame.MOUSEMOTION:
                self.pointer, self.device = event.pos, "mouse"
            case pygame.MOUSEBUTTONDOWN if event.button in {1, 3}:
                self.pointer, self.device = event.pos, "mouse"
                self._fires = self._clicked = True
            case pygame.MOUSEBUTTONUP if event.button in {1, 3}:
                self._fires = False
            case _:
                return False
        return True

    def release(self) -> None:
        """Let go of everything."""
        self._keys.clear()
        self._fires = self._clicked = False

    def read(self, own: tuple[float, float]) -> Steer:
        """Give what is held, once per frame; `own` is where one's own fighter is, in pixels of the window."""
        pad = self._pads.read()
        if pad.used:
            self.device = "pad"
        dx, dy = self.direction(pad)
        self.angle = self._aim(own, pad.angle, dx, dy)
        steer = Steer(
            dx=dx,
            dy=dy,
            aim=aim_of(self.angle),
            fire=self._fires or self._clicked or pad.fire,
            dash=self._keys.any(DASH) or pad.dash,
        )
        self._keys.read()
        self._clicked = False
        return steer

    def direction(self, pad: PadState) -> tuple[int, int]:
        """Give where to: -1, 0 or 1 across and down."""
        return self._keys.axis(keys.LEFT, keys.RIGHT) or pad.dx, self._keys.axis(keys.UP, keys.DOWN) or pad.dy

    def lead(self, size: tuple[int, int]) -> tuple[float, float]:
        """Give how far the camera looks ahead, in pixels, in a window of this size."""
        if self.device == "pad":
            return cos(self.angle) * STICK_LEAD_PX, sin(self.angle) * STICK_LEAD_PX
        return (self.pointer[0] - size[0] / 2) * LEAD, (self.pointer[1] - size[1] / 2) * LEAD

    def _aim(self, own: tuple[float, float], stick: float | None, dx: int, dy: int) -> float:
        if self.device == "mouse":
            return atan2(self.pointer[1] - own[1], self.pointer[0] - own[0])
        if stick is not None:
            return stick
        # Whoever aims with nothing looks where he goes.
        return atan2(dy, dx) if dx or dy else self.angle


def aim_of(angle: float) -> int:
    """Give an angle (radians) in the game's 256 steps."""
    return round(angle * 128 / pi) & 255


def radians(aim: float) -> float:
    """Give the game's steps as an angle."""
    return aim * pi / 128
