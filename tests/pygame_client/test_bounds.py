"""The part of a world worth drawing, and where it is on the screen."""

from __future__ import annotations

from typing import Any

import pygame
import pytest

from gameserver_pygame.generic.bounds import Bounds, World, nice_step
from gameserver_pygame.generic.stage import PADDING, Fit


def table(*fields: list[Any]) -> dict[str, Any]:
    """Make a table's schema."""
    return {"kind": "table", "fields": list(fields)}


def test_the_schema_gives_the_limits() -> None:
    """Of the tables with a place; what is seen changes nothing."""
    bounds = Bounds({
        "a": table(["x", "u16", {"min": 0, "max": 800}], ["y", "u16", {"min": 0, "max": 600}]),
        "b": table(["x", "i16", {"min": -50, "max": 10}], ["y", "i16", {"min": 0, "max": 10}]),
        "c": table(["x", "u16", {"min": 0, "max": 9999}]),
    })  # fmt: skip
    bounds.include(5000, 5000)
    assert bounds.world() == World(-50, 0, 800, 600)


def test_a_types_own_range_says_nothing() -> None:
    """What is seen does; it grows in large steps, and doesn't shrink."""
    bounds = Bounds({"a": table(["x", "u16", {"min": 0, "max": 65535}], ["y", "f32"])})
    bounds.include(130, -20)
    world = bounds.world()
    assert world.left <= 0
    assert 130 <= world.right <= 200
    assert world.top <= -20
    bounds.include(1, -1)
    assert bounds.world() == world


@pytest.mark.parametrize(("least", "step"), [(0.3, 0.5), (1, 1), (1.1, 2), (3, 5), (7, 10), (40, 50)])
def test_nice_steps(least: float, step: float) -> None:
    """1, 2, 5 and so on."""
    assert nice_step(least) == pytest.approx(step)


@pytest.mark.parametrize("rect", [pygame.Rect(0, 0, 900, 700), pygame.Rect(50, 20, 300, 900)])
def test_the_world_fits_into_its_rectangle(rect: pygame.Rect) -> None:
    """All of it, with the same scale both ways."""
    world = World(-100, 0, 700, 600)
    fit = Fit(world, rect)
    inner = rect.inflate(-2 * PADDING + 2, -2 * PADDING + 2)
    corners = [fit.to_screen(world.left, world.top), fit.to_screen(world.right, world.bottom)]
    assert all(inner.collidepoint(corner) for corner in corners)
    assert corners[1][0] - corners[0][0] == pytest.approx(800 * fit.scale)
    assert corners[1][1] - corners[0][1] == pytest.approx(600 * fit.scale)
