"""The ground behind the start screen: a dark floor, and lights that drift over it."""

from __future__ import annotations

from math import cos, sin

import pygame

from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import blit_middle
from gameserver_pygame.theme import GROUND, hsl, mix

TILE = 72
LIGHTS = ((160, 0.11, 0.17, 0.0), (200, 0.07, 0.1, 2.1), (290, 0.05, 0.13, 4.0), (30, 0.09, 0.06, 5.2))
"""Of each: its hue, how fast it goes (radians a second) across and down, and where it begins."""
LIGHT_PX = 190
STRENGTH = 0.2


def draw_backdrop(target: pygame.Surface, kit: Kit, now_s: float) -> None:
    """Draw it over everything."""
    width, height = target.get_size()
    target.blit(kit.shapes.kept(("floor", width, height), lambda: _floor(width, height)), (0, 0))
    for hue, across, down, begin in LIGHTS:
        light = kit.shapes.glow(hsl(hue, 0.8, 0.55), LIGHT_PX, STRENGTH)
        x = width * (0.5 + 0.46 * sin(begin + across * now_s))
        y = height * (0.5 + 0.44 * cos(begin * 1.7 + down * now_s))
        blit_middle(target, light, x, y, pygame.BLEND_RGB_ADD)


def _floor(width: int, height: int) -> pygame.Surface:
    made = pygame.Surface((width, height))
    made.fill(GROUND)
    line = mix(GROUND, (126, 160, 200), 0.07)
    for x in range(width // 2 % TILE, width, TILE):
        pygame.draw.line(made, line, (x, 0), (x, height))
    for y in range(height // 2 % TILE, height, TILE):
        pygame.draw.line(made, line, (0, y), (width, y))
    return made
