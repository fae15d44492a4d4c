"""The floor, the pillars on it, and what lies around."""

from __future__ import annotations

from math import atan2, ceil, cos, floor, hypot, pi, sin

import pygame

from gameserver.games.arena.rows import GET_RAIL, GET_SCATTER, SHIELD, SUB
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.look import PickupLook, pickup_look
from gameserver_pygame.arena.own_shots import Pillar
from gameserver_pygame.arena.world import Moment
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import Shapes, blit_middle
from gameserver_pygame.theme import ACCENT, BLACK, EDGE, FIELD, FLOOR, Colour, mix

TILE = 70
TILE_COLOUR = (17, 26, 39)
LINE_COLOUR = mix(FLOOR, EDGE, 0.09)
WALL_GLOW = mix(FIELD, ACCENT, 0.16)
HEIGHT = 0.065
"""How much nearer to the eye the top of a pillar is than the floor."""
PELLETS = ((-6, 0), (4, -6), (6, 1), (2, 7))
BOLT = ((3, -10), (-7, 2), (-1, 2), (-3, 10), (7, -2), (1, -2))
INSIDE = (11, 18, 27)
SIDE_COLOUR = (20, 31, 46)
SHADOW = (5, 9)
"""How far a pillar's shadow falls, in pixels."""


def paint_floor(target: pygame.Surface, camera: Camera, side: float) -> None:
    """Paint the floor within its walls."""
    scale = camera.scale
    left, top = camera.shaken(0, 0)
    right, bottom = left + side * scale, top + side * scale
    field = pygame.Rect(round(left), round(top), round(right - left), round(bottom - top))
    if not field.contains(target.get_rect()):
        target.fill(FIELD)
    target.fill(FLOOR, field)
    step, width, height = TILE * scale, *target.get_size()
    first_x, last_x = max(0, floor(-left / step)), ceil(min(right, width) / step - left / step)
    first_y, last_y = max(0, floor(-top / step)), ceil(min(bottom, height) / step - top / step)
    for x in range(first_x, last_x):
        for y in range(first_y, last_y):
            if ((x * 7 + y * 13) ^ (x * y)) % 5 == 0:
                x0, y0 = round(left + x * step), round(top + y * step)
                tile = pygame.Rect(x0, y0, round(left + (x + 1) * step) - x0, round(top + (y + 1) * step) - y0)
                target.fill(TILE_COLOUR, tile.clip(field))
    for x in range(max(1, first_x), last_x + 1):
        at = round(left + x * step)
        if at < field.right:
            target.fill(LINE_COLOUR, (at, max(0, field.top), 1, min(height, field.bottom) - max(0, field.top)))
    for y in range(max(1, first_y), last_y + 1):
        at = round(top + y * step)
        if at < field.bottom:
            target.fill(LINE_COLOUR, (max(0, field.left), at, min(width, field.right) - max(0, field.left), 1))
    pygame.draw.rect(target, WALL_GLOW, field.inflate(28 * scale, 28 * scale), round(13 * scale))
    pygame.draw.rect(target, ACCENT, field.inflate(6, 6), 3)


def paint_pillars(target: pygame.Surface, shapes: Shapes, camera: Camera, pillars: list[Pillar]) -> None:
    """Paint pillars: their tops lean away from the middle of the picture, as seen from above."""
    scale = camera.scale
    for pillar in pillars:
        if not camera.sees(pillar.x, pillar.y, pillar.radius + 40):
            continue
        x, y = camera.shaken(pillar.x, pillar.y)
        radius = pillar.radius * scale
        lean_x, lean_y = (pillar.x - camera.x) * HEIGHT * scale, (pillar.y - camera.y) * HEIGHT * scale
        blit_middle(target, _pillar_foot(shapes, radius), x, y)
        _paint_side(target, (x, y), radius, (lean_x, lean_y))
        blit_middle(target, _pillar_top(shapes, radius * (1 + HEIGHT)), x + lean_x, y + lean_y)


def _paint_side(target: pygame.Surface, at: tuple[float, float], radius: float, lean: tuple[float, float]) -> None:
    """Paint what lies between the two circles."""
    if hypot(*lean) < 1:
        return
    across = atan2(lean[1], lean[0]) + pi / 2
    dx, dy = cos(across), sin(across)
    (x, y), top = at, radius * (1 + HEIGHT)
    top_x, top_y = x + lean[0], y + lean[1]
    corners = [
        (x + dx * radius, y + dy * radius), (top_x + dx * top, top_y + dy * top),
        (top_x - dx * top, top_y - dy * top), (x - dx * radius, y - dy * radius),
    ]  # fmt: skip
    pygame.draw.polygon(target, SIDE_COLOUR, corners)


def _pillar_foot(shapes: Shapes, radius: float) -> pygame.Surface:
    """Give a pillar's foot and its shadow; the foot is in the middle."""

    def make() -> pygame.Surface:
        shadow, foot = shapes.disc(radius + 4, BLACK, 0.34), shapes.disc(radius, SIDE_COLOUR)
        middle_x, middle_y = shadow.get_width() / 2 + SHADOW[0], shadow.get_height() / 2 + SHADOW[1]
        made = pygame.Surface((round(2 * middle_x), round(2 * middle_y)), pygame.SRCALPHA)
        blit_middle(made, shadow, middle_x + SHADOW[0], middle_y + SHADOW[1])
        blit_middle(made, foot, middle_x, middle_y)
        return made

    return shapes.kept(("foot", round(radius * 2)), make)


def _pillar_top(shapes: Shapes, radius: float) -> pygame.Surface:
    def paint(large: pygame.Surface, finer: float) -> None:
        middle, size = large.get_width() / 2, radius * finer
        pygame.draw.circle(large, (79, 120, 168), (middle, middle), size)
        pygame.draw.circle(large, (32, 48, 71), (middle, middle), size - 2 * finer)
        pygame.draw.circle(large, (41, 60, 87), (middle - size * 0.08, middle - size * 0.1), size * 0.8)
        pygame.draw.circle(large, (62, 98, 124), (middle, middle), size * 0.5, round(1.5 * finer))

    side = 2 * radius + 2
    return shapes.smooth(("pillar", round(radius)), (side, side), (79, 120, 168), paint)


def paint_pickups(target: pygame.Surface, kit: Kit, camera: Camera, moment: Moment, now_s: float) -> None:
    """Paint what lies around, which swings a little."""
    for row_id, pickup in moment.pickups.items():
        x, y = pickup.x / SUB, pickup.y / SUB
        if not camera.sees(x, y, 50):
            continue
        look = pickup_look(pickup.kind)
        swing = sin(now_s * 2.4 + row_id)
        at_x, at_y = camera.shaken(x, y)
        light = kit.shapes.glow(look.colour, 44 * look.size * camera.scale, 0.3 + 0.08 * swing)
        blit_middle(target, light, at_x, at_y, pygame.BLEND_RGB_ADD)
        blit_middle(target, _icon(kit.shapes, pickup.kind, look, camera.scale), at_x, at_y + 2 * swing * camera.scale)


def _icon(shapes: Shapes, kind: int, look: PickupLook, scale: float) -> pygame.Surface:
    size = look.size * scale

    def paint(large: pygame.Surface, finer: float) -> None:
        one = finer * size  # pixels to the unit
        plate = pygame.Rect(0, 0, round(30 * one), round(30 * one))
        plate.center = large.get_width() // 2, large.get_height() // 2
        pygame.draw.rect(large, look.colour, plate, border_radius=round(9 * one))
        pygame.draw.rect(large, INSIDE, plate.inflate(-4 * one, -4 * one), border_radius=round(7 * one))
        _paint_sign(large, kind, look.colour, plate.center, one)

    return shapes.smooth(("pickup", kind, scale), (32 * size, 32 * size), look.colour, paint)


def _paint_sign(large: pygame.Surface, kind: int, colour: Colour, at: tuple[int, int], one: float) -> None:
    def points(corners: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
        return [(at[0] + x * one, at[1] + y * one) for x, y in corners]

    if kind == SHIELD:
        outline = ((0, -9), (8, -6), (7.6, 0), (5.5, 4.5), (0, 9), (-5.5, 4.5), (-7.6, 0), (-8, -6))
        pygame.draw.polygon(large, colour, points(outline))
    elif kind == GET_SCATTER:
        for pellet in points(PELLETS):
            pygame.draw.circle(large, colour, pellet, 3 * one)
    elif kind == GET_RAIL:
        pygame.draw.polygon(large, colour, points(BOLT))
    else:
        for width, height in ((6, 18), (18, 6)):
            bar = pygame.Rect(0, 0, round(width * one), round(height * one))
            bar.center = at
            pygame.draw.rect(large, colour, bar)
