"""Inputs of a game that this client doesn't know, on keys."""

from __future__ import annotations

from typing import Any

import pygame

from gameserver_pygame.generic.held import Held, key_hints

AXIS = {"type": "integer", "format": "axis", "minimum": -1, "maximum": 1, "default": 0}
INPUTS: dict[str, Any] = {
    "steer": {"properties": {"dx": AXIS, "dy": AXIS, "jump": {"type": "boolean", "default": False}}},
    "look": {"properties": {"turn": AXIS, "zoom": {"type": "integer", "minimum": 1, "maximum": 9}}},
    "say": {"properties": {"words": {"type": "string"}}},
}


def press(held: Held, code: int, kind: int = pygame.KEYDOWN) -> bool:
    """Press a key, or let go of it."""
    return held.handle(pygame.Event(kind, scancode=code))


def test_axes_and_buttons_get_keys_in_turn() -> None:
    """The second pair of axes gets J and L; what can't be steered stays as it is, or isn't sent."""
    held = Held(INPUTS)
    assert press(held, pygame.KSCAN_LEFT)
    assert press(held, pygame.KSCAN_S)
    assert press(held, pygame.KSCAN_SPACE)
    assert press(held, pygame.KSCAN_L)
    assert not press(held, pygame.KSCAN_P)
    assert held.read() == {"steer": {"dx": -1, "dy": 1, "jump": True}, "look": {"turn": 1, "zoom": 1}}


def test_only_changes_are_sent() -> None:
    """In a new seat the server holds nothing."""
    held = Held(INPUTS)
    assert held.changed(held.read()) == []
    press(held, pygame.KSCAN_D)
    assert held.changed(held.read()) == ["steer"]
    assert held.changed(held.read()) == []
    held.forget_sent()
    assert held.changed(held.read()) == ["steer"]
    held.release()
    assert held.changed(held.read()) == ["steer"]


def test_hints_say_which_keys_do_what() -> None:
    """Only keys that do something."""
    assert key_hints(Held(INPUTS).controls) == [("Arrows or W A S D", "move"), ("Space", "Jump")]
    assert key_hints(Held({}).controls) == []
