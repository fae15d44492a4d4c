"""Fighters, and what is painted around them."""

from __future__ import annotations

from math import cos, degrees, pi, sin

import pygame

from gameserver.games.arena.movement import DASH_EVERY_TICKS
from gameserver.games.arena.rows import RAIL, SCATTER
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.look import FIGHTER_RADIUS, MAX_HP, MAX_SHIELD, weapon_look
from gameserver_pygame.arena.world import Body
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import FINER, Shapes, blit_middle, star_points
from gameserver_pygame.theme import ACCENT, BLACK, WARM, WHITE, Colour, mix

R = FIGHTER_RADIUS
SIGNS = (3, 4, 0, 5, 6, -5)
"""Corners of the sign on a body, by player: what tells players apart besides colours. 0: a disc; below 0: a star."""
RIM = (13, 20, 29)
STEEL = (207, 219, 232)
TURNS = 96
"""Directions that a gun is painted in."""
AWAY_ALPHA = 105
BAR_PX = 40
CROWN = ((-10, 6), (-11, -5), (-5, 0), (0, -8), (5, 0), (11, -5), (10, 6))
GHOST = (200, 210, 222)


def paint_fighter(
    target: pygame.Surface, shapes: Shapes, camera: Camera, body: Body, now_s: float, *, own: bool, crowned: bool
) -> None:
    """Paint a fighter; `own`: oneself, or the one who is followed."""
    x, y = camera.shaken(body.x, body.y)
    scale, row = camera.scale, body.row
    blit_middle(target, shapes.disc((R + 1) * scale, BLACK, 0.4), x + 3 * scale, y + 6 * scale)
    if own:
        _paint_dash_ring(target, shapes, x, y, scale, row.dash_at - body.tick)
    gun = _gun(shapes, row.weapon, body.aim, scale)
    kick = body.recoil * weapon_look(row.weapon).kick * scale
    _blit(target, gun, x - cos(body.aim) * kick, y - sin(body.aim) * kick, faded=body.away)
    push = body.recoil * 2.5 * scale
    mid_x, mid_y = x - cos(body.aim) * push, y - sin(body.aim) * push
    _blit(target, _torso(shapes, body, scale, own=own), mid_x, mid_y, faded=body.away)
    if row.shield > 0:
        half = row.shield / MAX_SHIELD / 2
        blue = shapes.ring((R + 3.5) * scale, 3 * scale, (111, 182, 255), 0.9, 0.25 - half, 0.25 + half)
        blit_middle(target, blue, mid_x, mid_y)
    if row.safe_until > body.tick:
        _paint_spawn_shield(target, shapes, mid_x, mid_y, scale, now_s)
    if body.flash > 0:
        white = shapes.disc(R * scale, WHITE, round(min(1.0, body.flash) * 8) / 8)
        blit_middle(target, white, mid_x, mid_y)
    if crowned:
        paint_crown(target, shapes, x, y - (R + 15) * scale, scale)


def paint_ghost(target: pygame.Surface, shapes: Shapes, x: float, y: float, scale: float) -> None:
    """Paint where the server last said that one was; at a pixel."""
    blit_middle(target, shapes.disc(R * scale, GHOST, 0.12), x, y)
    blit_middle(target, shapes.ring((R - 0.5) * scale, 2, GHOST, 0.75), x, y)


def paint_crown(target: pygame.Surface, shapes: Shapes, x: float, y: float, scale: float) -> None:
    """Paint the leader's crown; at a pixel."""

    def paint(large: pygame.Surface, finer: float) -> None:
        middle, one = large.get_width() / 2, finer * scale
        corners = [(middle + px * one, middle + py * one) for px, py in CROWN]
        pygame.draw.polygon(large, (58, 42, 5), corners)
        pygame.draw.polygon(large, WARM, corners)
        pygame.draw.lines(large, (58, 42, 5), True, corners, max(1, round(1.5 * one)))

    blit_middle(target, shapes.smooth(("crown", scale), (28 * scale, 28 * scale), (58, 42, 5), paint), x, y)


def paint_tag(target: pygame.Surface, kit: Kit, camera: Camera, body: Body, *, own: bool) -> None:
    """Paint name and health, on top of all bodies; their size doesn't follow the field's."""
    x, y = camera.to_screen(body.x, body.y)
    top = round(y + (R + 13) * camera.scale)
    left = round(x - BAR_PX / 2)
    target.fill((6, 9, 14), (left - 1, top - 1, BAR_PX + 2, 6))
    part = body.row.hp / MAX_HP
    colour = (109, 242, 154) if part > 0.6 else WARM if part > 0.3 else (255, 107, 107)
    target.fill(colour, (left, top, max(1, round(BAR_PX * part)), 4))
    name = f"{body.name} (away)" if body.away else body.name
    shade: Colour = WHITE if own else (215, 226, 238)
    kit.text.draw(target, name, (x, top + 5), 13, shade, anchor="midtop", outlined=True)


def _blit(target: pygame.Surface, made: pygame.Surface, x: float, y: float, *, faded: bool) -> None:
    if faded:
        made.set_alpha(AWAY_ALPHA)
    blit_middle(target, made, x, y)
    if faded:
        made.set_alpha(255)


def _torso(shapes: Shapes, body: Body, scale: float, *, own: bool) -> pygame.Surface:
    corners, colour = SIGNS[body.id % len(SIGNS)], body.colour

    def paint(large: pygame.Surface, finer: float) -> None:
        one, middle = finer * scale, (large.get_width() / 2, large.get_height() / 2)
        pygame.draw.circle(large, WHITE if own else colour, middle, R * one)
        pygame.draw.circle(large, RIM, middle, (R - (2.5 if own else 2)) * one)
        pygame.draw.circle(large, colour, middle, (R - 3) * one)
        pygame.draw.circle(large, mix(colour, (8, 13, 20), 0.55), middle, (R - 6) * one)
        if corners == 0:
            pygame.draw.circle(large, colour, middle, 4.5 * one)
            return
        points = star_points(abs(corners), 6.8 * one, 3 * one if corners < 0 else None)
        pygame.draw.polygon(large, colour, [(middle[0] + x, middle[1] + y) for x, y in points])

    key = ("torso", colour, corners, own, scale)
    return shapes.smooth(key, (2 * R * scale + 2, 2 * R * scale + 2), WHITE if own else colour, paint)


def _gun(shapes: Shapes, weapon: int, aim: float, scale: float) -> pygame.Surface:
    turn = round(aim / (2 * pi) * TURNS) % TURNS
    look = weapon_look(weapon)

    def make() -> pygame.Surface:
        one = FINER * scale
        large = pygame.Surface((round(80 * one), round(80 * one)), pygame.SRCALPHA)
        large.fill((*RIM, 0))
        middle = large.get_width() / 2
        long, wide = (17, 14) if weapon == SCATTER else (29, 7) if weapon == RAIL else (20, 9)
        barrel = pygame.Rect(middle + 8 * one, middle - wide / 2 * one, long * one, wide * one)
        pygame.draw.rect(large, RIM, barrel.inflate(3 * one, 3 * one), border_radius=round(3 * one))
        pygame.draw.rect(large, STEEL, barrel, border_radius=round(2 * one))
        if weapon == RAIL:
            band = pygame.Rect(middle + 14 * one, middle - 1.2 * one, 20 * one, 2.4 * one)
        else:
            high = 10 if weapon == SCATTER else 5
            band = pygame.Rect(middle + 20 * one, middle - high / 2 * one, 4 * one, high * one)
        pygame.draw.rect(large, look.colour, band)
        return pygame.transform.rotozoom(large, -degrees(turn / TURNS * 2 * pi), 1 / FINER)

    return shapes.kept(("gun", weapon, turn, scale), make)


def _paint_dash_ring(
    target: pygame.Surface, shapes: Shapes, x: float, y: float, scale: float, wait_ticks: float
) -> None:
    ready = min(1.0, max(0.0, 1 - wait_ticks / DASH_EVERY_TICKS))
    blit_middle(target, shapes.ring((R + 8) * scale, 3, WHITE, 0.12), x, y)
    if ready == 1:
        ring = shapes.ring((R + 8) * scale, 3, ACCENT, 0.75)
    else:
        ring = shapes.ring((R + 8) * scale, 3, WHITE, 0.5, -0.25, -0.25 + ready)
    blit_middle(target, ring, x, y)


def _paint_spawn_shield(target: pygame.Surface, shapes: Shapes, x: float, y: float, scale: float, now_s: float) -> None:
    swing = sin(now_s * 9)
    light = shapes.glow((191, 234, 255), R * 2.5 * scale, 0.35)
    blit_middle(target, light, x, y, pygame.BLEND_RGB_ADD)
    ring = shapes.ring(round((R + 7 + swing) * scale * 2) / 2, 2, (214, 243, 255), 0.8)
    blit_middle(target, ring, x, y)
