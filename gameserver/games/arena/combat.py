"""Shots, flights and hits: swept collision, so that nothing passes through anything at any speed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gameserver import cos256, sin256
from gameserver.games.arena.layout import CELL_BITS, Layout
from gameserver.games.arena.movement import RADIUS
from gameserver.games.arena.rows import PULSE, RAIL, SCATTER, SUB, Bullet, Fighter

BULLET_RADIUS = 6 * SUB
MUZZLE = RADIUS - SUB
"""How far from the middle of a fighter a bullet starts: within him, so that it can't start beyond a wall or another."""


class Weapon(NamedTuple):
    """How a weapon shoots."""

    speed: int
    """Sixteenths a tick."""
    life_ticks: int
    damage: int
    every_ticks: int
    fan: tuple[int, ...]
    """Directions of its bullets, in steps from the aim."""
    ammo: int
    """Shots in a pickup; 0: endless."""


WEAPONS = {
    PULSE: Weapon(28 * SUB, 24, 20, 6, (0,), 0),
    SCATTER: Weapon(26 * SUB, 14, 11, 18, (-12, -6, 0, 6, 12), 12),
    RAIL: Weapon(72 * SUB, 12, 55, 40, (0,), 6),
}


def shots(me: Fighter, owner: int, now: int) -> list[Bullet]:
    """Make the bullets of one shot."""
    weapon = WEAPONS[me.weapon]
    bullets = []
    for step in weapon.fan:
        cosine, sine = cos256(me.aim + step), sin256(me.aim + step)
        bullets.append(
            Bullet(
                x=me.x + (MUZZLE * cosine >> 12),
                y=me.y + (MUZZLE * sine >> 12),
                vx=weapon.speed * cosine >> 12,
                vy=weapon.speed * sine >> 12,
                born=now,
                owner=owner,
                weapon=me.weapon,
            )
        )
    return bullets


class Body(NamedTuple):
    """A fighter as bullets see him in one tick: from where to where he moved."""

    player: int
    x0: int
    y0: int
    x1: int
    y1: int


def hash_bodies(bodies: Iterable[Body]) -> dict[int, list[Body]]:
    """Note each body in every cell where a bullet's path could meet it (a spatial hash)."""
    cells: dict[int, list[Body]] = {}
    reach = RADIUS + BULLET_RADIUS
    for body in bodies:
        left, right = min(body.x0, body.x1) - reach >> CELL_BITS, max(body.x0, body.x1) + reach >> CELL_BITS
        top, bottom = min(body.y0, body.y1) - reach >> CELL_BITS, max(body.y0, body.y1) + reach >> CELL_BITS
        for cx in range(left, right + 1):
            for cy in range(top, bottom + 1):
                cells.setdefault(cx << 8 | cy & 255, []).append(body)
    return cells


def first_hit(bullet: Bullet, now: int, cells: dict[int, list[Body]]) -> Body | None:
    """Give the body that the bullet meets first in the tick that ends at `now`; its owner doesn't count."""
    age = now - bullet.born
    x1, y1 = bullet.x + bullet.vx * age, bullet.y + bullet.vy * age
    x0, y0 = x1 - bullet.vx, y1 - bullet.vy
    best, best_at = None, 1 << 60
    seen: set[int] = set()
    for cx in range(min(x0, x1) >> CELL_BITS, (max(x0, x1) >> CELL_BITS) + 1):
        for cy in range(min(y0, y1) >> CELL_BITS, (max(y0, y1) >> CELL_BITS) + 1):
            for body in cells.get(cx << 8 | cy & 255, ()):
                if body.player == bullet.owner or body.player in seen:
                    continue
                seen.add(body.player)
                at = meets(x0 - body.x0, y0 - body.y0, x1 - body.x1, y1 - body.y1, RADIUS + BULLET_RADIUS)
                if at is not None and at < best_at:
                    best, best_at = body, at
    return best


def meets(x0: int, y0: int, x1: int, y1: int, radius: int) -> int | None:
    """Tell when a point that moves from (x0, y0) to (x1, y1) is within `radius` of the origin.

    Gives 0 to 4096 for the moment of the closest approach (0 where it begins within), or None. Relative movement of two
    circles is a point against one circle of both radii (Ericson, Real-Time Collision Detection, 5.5.5).
    """
    if x0 * x0 + y0 * y0 <= radius * radius:
        return 0
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    along = -(x0 * dx + y0 * dy)
    if along <= 0:
        return None
    if along >= length2:
        return 4096 if x1 * x1 + y1 * y1 <= radius * radius else None
    # Distance of the line from the origin is |cross| / length; compared squared, so that nothing is rounded.
    cross = x0 * dy - y0 * dx
    return along * 4096 // length2 if cross * cross <= radius * radius * length2 else None


def is_stopped(bullet: Bullet, now: int, layout: Layout) -> bool:
    """Tell whether the bullet has flown its time, or met a wall or an obstacle in this tick."""
    age = now - bullet.born
    if age > WEAPONS[bullet.weapon].life_ticks:
        return True
    x1, y1 = bullet.x + bullet.vx * age, bullet.y + bullet.vy * age
    if not (0 <= x1 <= layout.side and 0 <= y1 <= layout.side):
        return True
    x0, y0 = x1 - bullet.vx, y1 - bullet.vy
    for cx in range(min(x0, x1) >> CELL_BITS, (max(x0, x1) >> CELL_BITS) + 1):
        for cy in range(min(y0, y1) >> CELL_BITS, (max(y0, y1) >> CELL_BITS) + 1):
            for o in layout.near(cx << CELL_BITS, cy << CELL_BITS):
                if meets(x0 - o.x, y0 - o.y, x1 - o.x, y1 - o.y, o.radius) is not None:
                    return True
    return False
