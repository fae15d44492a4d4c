"""How a fighter moves: the same function on server and clients, in integers only."""

from __future__ import annotations

from math import isqrt

from gameserver import View, cos256, sin256
from gameserver.games.arena.layout import Layout, layout_of
from gameserver.games.arena.rows import PODIUM, SUB, Fighter, Round, Steer

RADIUS = 16 * SUB
SPEED = 8 * SUB
"""Sixteenths a tick, at the most."""
DIAGONAL = 91
"""SPEED along each axis when both are held: SPEED / sqrt(2)."""
GRIP = 26
"""How much the speed along an axis changes in a tick: a little inertia."""
DASH_SPEED = 24 * SUB
DASH_TICKS = 6
DASH_EVERY_TICKS = 60


def move(me: Fighter, steer: Steer, world: View) -> None:
    """Turn, accelerate, dash, and slide along whatever is in the way."""
    if me.hp == 0:
        return
    me.aim = steer.aim
    arena = world.one(Round)
    if arena.phase == PODIUM:
        me.vx = me.vy = 0
        return
    if steer.dash and world.now >= me.dash_at:
        _start_dash(me, steer, world.now)
    if world.now >= me.dash_until:
        wish = DIAGONAL if steer.dx and steer.dy else SPEED
        me.vx = toward(me.vx, wish * steer.dx)
        me.vy = toward(me.vy, wish * steer.dy)
    me.x, me.y = settle(me.x + me.vx, me.y + me.vy, layout_of(arena.map_seed, arena.side))


def _start_dash(me: Fighter, steer: Steer, now: int) -> None:
    me.dash_at, me.dash_until = now + DASH_EVERY_TICKS, now + DASH_TICKS
    if steer.dx or steer.dy:
        part = DIAGONAL * 3 if steer.dx and steer.dy else DASH_SPEED
        me.vx, me.vy = part * steer.dx, part * steer.dy
    else:  # standing still: where the gun points
        me.vx, me.vy = DASH_SPEED * cos256(me.aim) >> 12, DASH_SPEED * sin256(me.aim) >> 12


def toward(speed: int, wish: int) -> int:
    """Give the speed of the next tick: nearer to what is wished for by GRIP, and faster when it is far above."""
    change = wish - speed
    if change > GRIP:
        return speed + max(GRIP, change >> 2)
    if change < -GRIP:
        return speed - max(GRIP, -change >> 2)
    return wish


def settle(x: int, y: int, layout: Layout) -> tuple[int, int]:
    """Give the nearest place to (x, y) where a fighter fits: inside the walls, outside every obstacle."""
    edge = layout.side - RADIUS
    x, y = min(edge, max(RADIUS, x)), min(edge, max(RADIUS, y))
    for obstacle in layout.near(x, y):
        dx, dy = x - obstacle.x, y - obstacle.y
        reach = obstacle.radius + RADIUS
        if dx * dx + dy * dy < reach * reach:
            # One more than touching, since what is rounded toward the middle must still be outside.
            distance, reach = isqrt(dx * dx + dy * dy), reach + 2
            if distance == 0:
                dx = distance = 1
            x, y = obstacle.x + scaled(dx, reach, distance), obstacle.y + scaled(dy, reach, distance)
    return x, y


def scaled(value: int, by: int, of: int) -> int:
    """Give `value * by / of`, rounded toward zero: the same in languages whose division rounds otherwise."""
    return value * by // of if value >= 0 else -(-value * by // of)
