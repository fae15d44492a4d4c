"""Bullets and everything short-lived: light, added to what is below it."""

from __future__ import annotations

from math import atan2, degrees, hypot, pi

import pygame

from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.effects import Effects, Particle
from gameserver_pygame.arena.look import BULLET_RADIUS, weapon_look
from gameserver_pygame.arena.own_shots import Flight
from gameserver_pygame.arena.world import World
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import FINER, Shapes, blit_middle
from gameserver_pygame.theme import Colour, mix

ADD = pygame.BLEND_RGB_ADD
TURNS = 128
"""Directions that a trail is painted in."""
LENGTH_PX = 12
"""Trails are painted in lengths of so many pixels, not of every one."""
TRAIL_STRENGTH = 0.55
SPARK_S = 0.038
"""A spark's line covers what it flew in so long."""


def paint_bullets(target: pygame.Surface, shapes: Shapes, camera: Camera, world: World) -> None:
    """Paint all bullets: straight lines, so their places follow from tick and birth alone."""
    if world.moment is None:
        return
    tick, known = world.moment.frame.tick, world.shots.known
    for row_id, bullet in world.moment.bullets.items():
        if row_id not in known and tick >= bullet.born:
            flight = Flight(bullet, bullet.born)
            flight.tick = tick
            _paint_flight(target, shapes, camera, flight)
    for flight in world.shots.flights:
        _paint_flight(target, shapes, camera, flight)


def _paint_flight(target: pygame.Surface, shapes: Shapes, camera: Camera, flight: Flight) -> None:
    x, y = flight.place()
    if not camera.sees(x, y, 120):
        return
    look = weapon_look(flight.weapon)
    shown_ticks = min(max(0.0, flight.tick - flight.born), look.trail_ticks)
    length = hypot(flight.vx, flight.vy) / 16 * shown_ticks * camera.scale
    at_x, at_y = camera.shaken(x, y)
    if length >= LENGTH_PX:
        turn = round(atan2(flight.vy, flight.vx) / (2 * pi) * TURNS) % TURNS
        trail = _trail(shapes, look.colour, look.trail_width * camera.scale, round(length / LENGTH_PX), turn)
        blit_middle(target, trail, at_x, at_y, ADD)
    light = shapes.glow(look.colour, BULLET_RADIUS * look.glow * camera.scale)
    blit_middle(target, light, at_x, at_y, ADD)


def _trail(shapes: Shapes, colour: Colour, width: float, length: int, turn: int) -> pygame.Surface:
    """Give a light that fades from the middle of the surface backward."""

    def make() -> pygame.Surface:
        long, wide = length * LENGTH_PX, max(2, round(width))
        large = pygame.Surface((2 * long + wide, wide * FINER))
        middle, half = long + wide / 2, wide * FINER / 2
        for x in range(long):
            left = 1 - x / long
            shade = mix((0, 0, 0), colour, TRAIL_STRENGTH * left)
            tall = max(1.0, half * (0.35 + 0.65 * left))
            pygame.draw.line(large, shade, (middle - x, half - tall), (middle - x, half + tall))
        small = pygame.transform.smoothscale(large, (large.get_width(), wide))
        return pygame.transform.rotozoom(small, -degrees(turn / TURNS * 2 * pi), 1.0)

    return shapes.kept(("trail", colour, round(width * 2), length, turn), make)


def paint_below(target: pygame.Surface, shapes: Shapes, camera: Camera, effects: Effects) -> None:
    """Paint what lies on the floor."""
    for particle in effects.live:
        if particle.kind not in {"stain", "ghost"} or not camera.sees(particle.x, particle.y, particle.size):
            continue
        x, y = camera.shaken(particle.x, particle.y)
        left, size = particle.left, particle.size * camera.scale
        if particle.kind == "stain":
            blit_middle(target, shapes.glow(particle.colour, size, 0.28 * left), x, y, ADD)
        else:
            image = shapes.disc(round(size * (0.6 + 0.4 * left)), particle.colour, round(0.4 * left * 10) / 10)
            blit_middle(target, image, x, y)


def paint_above(target: pygame.Surface, shapes: Shapes, camera: Camera, effects: Effects) -> None:
    """Paint sparks, rings and flashes."""
    for particle in effects.live:
        if not camera.sees(particle.x, particle.y, particle.size):
            continue
        x, y = camera.shaken(particle.x, particle.y)
        left, size = particle.left, particle.size * camera.scale
        if particle.kind == "spark":
            _paint_spark(target, particle, x, y, camera.scale)
        elif particle.kind == "flash":
            light = shapes.glow(particle.colour, round(size * (0.6 + 0.4 * left) / 4) * 4, left)
            blit_middle(target, light, x, y, ADD)
        elif particle.kind == "ring":
            radius = round(size * (1 - left * left) / 2) * 2
            if radius > 2:
                ring = shapes.ring(radius, round(1 + 5 * left), particle.colour, round(left * 10) / 10)
                blit_middle(target, ring, x, y)


def paint_words(target: pygame.Surface, kit: Kit, camera: Camera, effects: Effects) -> None:
    """Paint words, over everything; their size doesn't follow the field's."""
    for particle in effects.live:
        if particle.kind == "text":
            at, alpha = camera.to_screen(particle.x, particle.y), min(1.0, 2 * particle.left)
            kit.text.draw(
                target, particle.text, at, 18, particle.colour, anchor="center", bold=True, outlined=True, alpha=alpha
            )


def _paint_spark(target: pygame.Surface, spark: Particle, x: float, y: float, scale: float) -> None:
    reach = SPARK_S * scale
    shade = mix((14, 21, 32), spark.colour, spark.left)
    tail = x - spark.vx * reach, y - spark.vy * reach
    width = round((spark.size * spark.left + 0.5) * scale)
    if width > 1:
        pygame.draw.line(target, shade, (x, y), tail, width)
    else:
        pygame.draw.aaline(target, shade, (x, y), tail)
