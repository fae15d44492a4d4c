"""What is painted over the field in pixels: marks of hits and of being hit, the way to the leader, the crosshair."""

from __future__ import annotations

from math import atan2, cos, pi, sin

import pygame

from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.marks import Marks
from gameserver_pygame.arena.paint_fighters import paint_crown
from gameserver_pygame.arena.world import Body
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import Shapes, blit_middle
from gameserver_pygame.theme import ACCENT, TEXT, WARM, WHITE, mix

EDGE_X_PX, EDGE_Y_PX = 46, 140
"""From the screen's edges: below and above there are panels."""
RED = (255, 90, 102)
VEIL_PX = 110
"""How far the red of a fresh wound reaches in from the window's edges."""
CORNERS = ((-0.7, -0.7), (0.7, -0.7), (-0.7, 0.7), (0.7, 0.7))


def paint_hit_mark(target: pygame.Surface, marks: Marks, at: tuple[float, float]) -> None:
    """Paint that one's shot hit, around the pointer."""
    left = marks.hit
    if left <= 0:
        return
    near = 8 + 5 * (1 - left)
    far = near + (14 if marks.fatal else 10)
    colour = mix((20, 26, 34), (255, 107, 107) if marks.fatal else WHITE, 0.3 + 0.7 * left)
    for x, y in CORNERS:
        begin, end = (at[0] + x * near, at[1] + y * near), (at[0] + x * far, at[1] + y * far)
        pygame.draw.line(target, colour, begin, end, 4 if marks.fatal else 3)


def paint_wounds(target: pygame.Surface, shapes: Shapes, camera: Camera, marks: Marks, own: Body) -> None:
    """Paint where damage came from, and a red veil along the window's edges."""
    wounds = marks.wounds
    if not wounds:
        return
    _paint_veil(target, shapes, wounds[-1].left)
    x, y = camera.to_screen(own.x, own.y)
    for wound in wounds:
        middle = round(wound.angle / (2 * pi) * 64) / 64
        arc = shapes.ring(78, 7, RED, round(wound.left * 10) / 10, middle - 0.0625, middle + 0.0625)
        blit_middle(target, arc, x, y)


def _paint_veil(target: pygame.Surface, shapes: Shapes, strength: float) -> None:
    """Add red along the edges: four strips, since a veil as large as the window would be slow."""
    level = round(strength * 8)
    if level == 0:
        return
    width, height = target.get_size()
    for flat, far in ((True, False), (True, True), (False, False), (False, True)):
        long = width if flat else height

        def make(long: int = long, *, flat: bool = flat, far: bool = far) -> pygame.Surface:
            strip = pygame.Surface((1, VEIL_PX) if flat else (VEIL_PX, 1))
            for step in range(VEIL_PX):
                depth = VEIL_PX - 1 - step if far else step
                part = 0.34 * level / 8 * (1 - depth / VEIL_PX) ** 2
                strip.set_at((0, step) if flat else (step, 0), mix((0, 0, 0), (255, 60, 70), part))
            return pygame.transform.scale(strip, (long, VEIL_PX) if flat else (VEIL_PX, long))

        made = shapes.kept(("veil", flat, far, long, level), make)
        at = (0, height - VEIL_PX if far else 0) if flat else (width - VEIL_PX if far else 0, 0)
        target.blit(made, at, special_flags=pygame.BLEND_RGB_ADD)


def paint_leader_arrow(target: pygame.Surface, kit: Kit, camera: Camera, leader: Body | None) -> None:
    """Paint the way to a leader who can't be seen."""
    if leader is None or not leader.alive or camera.sees(leader.x, leader.y, 10):
        return
    half_x, half_y = camera.width / 2, camera.height / 2
    at_x, at_y = camera.to_screen(leader.x, leader.y)
    dx, dy = at_x - half_x, at_y - half_y
    inside_x = max(20.0, half_x - EDGE_X_PX)
    inside_y = max(20.0, half_y - min(EDGE_Y_PX, half_y / 2))
    fit = min(inside_x / max(1e-6, abs(dx)), inside_y / max(1e-6, abs(dy)))
    x, y = half_x + dx * fit, half_y + dy * fit
    paint_crown(target, kit.shapes, x, y, 1.0)
    angle = round(atan2(dy, dx) / (2 * pi) * 64) / 64 * 2 * pi
    points = [
        (cos(angle + turn) * reach, sin(angle + turn) * reach) for reach, turn in ((30, 0), (20, -0.4), (20, 0.4))
    ]
    blit_middle(target, kit.shapes.polygon(("arrow", round(angle, 3)), 64, WARM, points), x, y)


def paint_crosshair(target: pygame.Surface, shapes: Shapes, at: tuple[float, float]) -> None:
    """Paint where one aims."""
    blit_middle(target, crosshair(shapes), *at)


def crosshair(shapes: Shapes) -> pygame.Surface:
    """Give the mouse's pointer."""

    def paint(large: pygame.Surface, finer: float) -> None:
        middle = large.get_width() / 2
        pygame.draw.circle(large, (0, 0, 0, 128), (middle, middle), 11 * finer, round(4 * finer))
        pygame.draw.circle(large, TEXT, (middle, middle), 10 * finer, round(2 * finer))
        for x, y in ((0, -1), (0, 1), (-1, 0), (1, 0)):
            begin = middle + x * 7 * finer, middle + y * 7 * finer
            end = middle + x * 13 * finer, middle + y * 13 * finer
            pygame.draw.line(large, ACCENT, begin, end, round(2 * finer))
        pygame.draw.circle(large, TEXT, (middle, middle), 1.2 * finer)

    return shapes.smooth("crosshair", (32, 32), TEXT, paint)
