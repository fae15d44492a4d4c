"""A world, drawn into a part of the window."""

from __future__ import annotations

import pygame

from gameserver_pygame.generic.bounds import World, nice_step
from gameserver_pygame.generic.entities import Entity
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import Point, blit_middle
from gameserver_pygame.theme import ACCENT, BLACK, EDGE, FIELD, FLOOR, TEXT, WARM, WHITE, mix

PADDING = 48
"""Around the world: room for the names of those at its edges."""
LEAST_RADIUS_PX = 4
GRID_LINES = 16
LINE = mix(FLOOR, EDGE, 0.1)
CORNERS: dict[str, tuple[Point, ...]] = {
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "triangle": ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
}


class Fit:
    """All of a world, as large as it fits into a rectangle of the window."""

    def __init__(self, world: World, rect: pygame.Rect) -> None:
        wide, high = max(1e-9, world.right - world.left), max(1e-9, world.bottom - world.top)
        inner = rect.inflate(-2 * PADDING, -2 * PADDING)
        self.scale = max(1e-9, min(inner.width / wide, inner.height / high))
        """Pixels to the unit."""
        self._left = inner.centerx - wide / 2 * self.scale - world.left * self.scale
        self._top = inner.centery - high / 2 * self.scale - world.top * self.scale

    def to_screen(self, x: float, y: float) -> Point:
        """Give the pixel of a place."""
        return self._left + x * self.scale, self._top + y * self.scale


def draw_stage(target: pygame.Surface, kit: Kit, rect: pygame.Rect, world: World, entities: list[Entity]) -> None:
    """Draw the world and everything in it."""
    target.fill(FIELD, rect)
    fit = Fit(world, rect)
    _draw_floor(target, fit, world)
    for entity in entities:
        _draw_entity(target, kit, fit, entity)
    for entity in entities:
        if entity.name:
            x, y = fit.to_screen(entity.x, entity.y)
            below = y + max(LEAST_RADIUS_PX, entity.radius * fit.scale) + 3
            half = kit.text.width(entity.name, 14) / 2 + 4
            x = min(rect.right - half, max(rect.left + half, x))
            colour = WHITE if entity.own else TEXT
            kit.text.draw(target, entity.name, (x, below), 14, colour, anchor="midtop", outlined=True)
            if entity.tags:
                above = 2 * y - below
                tags = ", ".join(entity.tags)
                kit.text.draw(
                    target, tags, (x, above), 14, WARM, anchor="midbottom", bold=True, outlined=True,
                )  # fmt: skip


def _draw_floor(target: pygame.Surface, fit: Fit, world: World) -> None:
    left, top = fit.to_screen(world.left, world.top)
    right, bottom = fit.to_screen(world.right, world.bottom)
    floor = pygame.Rect(round(left), round(top), round(right - left), round(bottom - top))
    target.fill(FLOOR, floor)
    step = nice_step(world.longer / GRID_LINES)
    for number in range(1, int((world.right - world.left) / step) + 1):
        x = round(left + number * step * fit.scale)
        pygame.draw.line(target, LINE, (x, floor.top), (x, floor.bottom - 1))
    for number in range(1, int((world.bottom - world.top) / step) + 1):
        y = round(top + number * step * fit.scale)
        pygame.draw.line(target, LINE, (floor.left, y), (floor.right - 1, y))
    pygame.draw.rect(target, mix(FIELD, ACCENT, 0.16), floor.inflate(20, 20), 9)
    pygame.draw.rect(target, ACCENT, floor.inflate(4, 4), 2)


def _draw_entity(target: pygame.Surface, kit: Kit, fit: Fit, entity: Entity) -> None:
    x, y = fit.to_screen(entity.x, entity.y)
    shapes, alpha = kit.shapes, 0.4 if entity.faded else 1.0
    radius = max(LEAST_RADIUS_PX, round(entity.radius * fit.scale * 2) / 2)
    if entity.shape != "disc":
        points = [(px * radius, py * radius) for px, py in CORNERS[entity.shape]]
        blit_middle(target, shapes.polygon((entity.shape, radius), 3 * radius, entity.colour, points), x, y)
        return
    blit_middle(target, shapes.disc(radius, BLACK, 0.35), x + 2, y + 4)
    light = shapes.glow(WARM if entity.tags else entity.colour, radius * 2.6, 0.45 if entity.tags else 0.22)
    blit_middle(target, light, x, y, pygame.BLEND_RGB_ADD)
    blit_middle(target, shapes.disc(radius, entity.colour, alpha), x, y)
    blit_middle(target, shapes.disc(radius * 0.72, mix(entity.colour, FIELD, 0.35), alpha), x, y)
    if entity.own:
        blit_middle(target, shapes.ring(radius, 2.5, WHITE), x, y)
    elif entity.tags:
        blit_middle(target, shapes.ring(radius + 3, 2.5, WARM), x, y)
