"""Keys, mouse and gamepad."""

from __future__ import annotations

from math import pi

import pygame
import pytest

from gameserver_pygame import keys
from gameserver_pygame.arena.controls import Controls, aim_of, radians
from gameserver_pygame.arena.pads import Pads, PadState, read_pad
from gameserver_pygame.keys import HeldKeys


class FakePads(Pads):
    """A gamepad that says what it is told to."""

    state = PadState()

    def read(self) -> PadState:
        """Give that."""
        return self.state


def key(kind: int, code: int) -> pygame.Event:
    """Make an event of a key."""
    return pygame.Event(kind, scancode=code)


def test_of_two_opposite_keys_the_later_wins() -> None:
    """And the earlier again, when the later is let go of."""
    held = HeldKeys()
    held.press(pygame.KSCAN_A)
    held.press(pygame.KSCAN_RIGHT)
    held.read()
    assert held.axis(keys.LEFT, keys.RIGHT) == 1
    held.release(pygame.KSCAN_RIGHT)
    assert held.axis(keys.LEFT, keys.RIGHT) == -1
    held.clear()
    assert held.axis(keys.LEFT, keys.RIGHT) == 0


def test_a_tap_between_two_frames_counts_once() -> None:
    """However short it is."""
    controls = Controls(FakePads())
    for kind in (pygame.KEYDOWN, pygame.KEYUP):
        assert controls.handle(key(kind, pygame.KSCAN_SPACE))
        assert controls.handle(key(kind, pygame.KSCAN_W))
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        controls.handle(pygame.Event(kind, button=1, pos=(0, 0)))
    first, second = controls.read((0, 0)), controls.read((0, 0))
    assert (first.dy, first.dash, first.fire) == (-1, True, True)
    assert (second.dy, second.dash, second.fire) == (0, False, False)


def test_the_mouse_aims_from_oneself() -> None:
    """Right is 0, down is 64."""
    controls = Controls(FakePads())
    controls.handle(pygame.Event(pygame.MOUSEMOTION, pos=(100, 300)))
    assert controls.read((100, 100)).aim == 64
    assert controls.read((50, 300)).aim == 0
    assert controls.lead((200, 200)) == pytest.approx((0, 48))


def test_releasing_lets_go_of_everything() -> None:
    """As when the window loses the keyboard."""
    controls = Controls(FakePads())
    controls.handle(key(pygame.KEYDOWN, pygame.KSCAN_D))
    controls.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(5, 0)))
    controls.release()
    steer = controls.read((0, 0))
    assert (steer.dx, steer.fire) == (0, False)


def test_a_gamepad_takes_over_and_gives_back() -> None:
    """Whatever was aimed with last."""
    pads = FakePads()
    controls = Controls(pads)
    pads.state = PadState(dx=1, angle=pi / 2, fire=True)
    steer = controls.read((0, 0))
    assert (steer.dx, steer.aim, steer.fire, controls.device) == (1, 64, True, "pad")
    pads.state = PadState(dy=-1)
    assert controls.read((0, 0)).aim == 192  # nothing is aimed with: where one goes
    pads.state = PadState()
    controls.handle(pygame.Event(pygame.MOUSEMOTION, pos=(10, 0)))
    assert (controls.read((0, 0)).aim, controls.device) == (0, "mouse")


def test_sticks_and_triggers() -> None:
    """With triggers among the axes, and without."""
    still = [0.0, 0.0, -1.0, 0.0, 0.0, -1.0]
    assert not read_pad(still, [False] * 11).used
    assert read_pad([0.9, 0.1, -1.0, 0.0, 0.8, 0.5], []) == PadState(1, 0, pi / 2, fire=True)
    assert read_pad([-0.7, 0.7, 0.0, -0.9], [True]) == PadState(-1, 1, -pi / 2, dash=True)
    assert read_pad([], []) == PadState()


@pytest.mark.parametrize("aim", [0, 1, 64, 128, 200, 255])
def test_steps_and_radians(aim: int) -> None:
    """There and back."""
    assert aim_of(radians(aim)) == aim
