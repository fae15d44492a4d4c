"""Gamepads: the first there is, read once per frame."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, hypot
from typing import NamedTuple

import pygame

DEAD_ZONE = 0.35
DIAGONAL = 0.383
"""sin(22.5°): beyond it from an axis, a direction counts as diagonal."""
PULLED = 0.3
"""A trigger's axis rests at -1 (some say 0 until it is first touched)."""
DASH_BUTTONS = (0, 4)
FIRE_BUTTONS = (5,)


class PadState(NamedTuple):
    """What a gamepad says."""

    dx: int = 0
    dy: int = 0
    angle: float | None = None
    """In radians; None: not aimed."""
    fire: bool = False
    dash: bool = False

    @property
    def used(self) -> bool:
        """Whether anything is pressed or pushed."""
        return self != PadState()


def read_pad(axes: Sequence[float], buttons: Sequence[bool]) -> PadState:
    """Make sense of axes and buttons.

    Six axes: two sticks, each followed by its trigger, as Linux and SDL's XInput give them; four: the sticks alone.
    """
    x, y = (*axes, 0.0, 0.0)[:2]
    with_triggers = len(axes) >= 6
    aim_x, aim_y = (axes[3], axes[4]) if with_triggers else (*axes, 0.0, 0.0, 0.0, 0.0)[2:4]
    length = hypot(x, y)
    pulled = (axes[2] > PULLED, axes[5] > PULLED) if with_triggers else (False, False)
    pressed = {index for index, button in enumerate(buttons) if button}
    return PadState(
        dx=_eighth(x, length),
        dy=_eighth(y, length),
        angle=atan2(aim_y, aim_x) if hypot(aim_x, aim_y) > DEAD_ZONE else None,
        fire=pulled[1] or not pressed.isdisjoint(FIRE_BUTTONS),
        dash=pulled[0] or not pressed.isdisjoint(DASH_BUTTONS),
    )


class Pads:
    """Notices gamepads that come and go."""

    def __init__(self) -> None:
        self._pad: pygame.joystick.JoystickType | None = None

    def read(self) -> PadState:
        """Give what the first gamepad says; nothing, where there is none."""
        if not pygame.joystick.get_init() or pygame.joystick.get_count() == 0:
            self._pad = None
            return PadState()
        if self._pad is None or not self._pad.get_init():
            self._pad = pygame.joystick.Joystick(0)
        pad = self._pad
        axes = [pad.get_axis(index) for index in range(pad.get_numaxes())]
        return read_pad(axes, [bool(pad.get_button(index)) for index in range(pad.get_numbuttons())])


def _eighth(part: float, length: float) -> int:
    """Give a stick's direction along an axis as one of eight: -1, 0 or 1."""
    if length <= DEAD_ZONE or abs(part) <= DIAGONAL * length:
        return 0
    return 1 if part > 0 else -1
