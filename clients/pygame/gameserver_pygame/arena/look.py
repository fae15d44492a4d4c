"""How the things of the arena look; their rules are the game's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gameserver.games.arena.combat import BULLET_RADIUS as BULLET_RADIUS_SUB
from gameserver.games.arena.movement import RADIUS
from gameserver.games.arena.rows import (
    DROP,
    GET_RAIL,
    GET_SCATTER,
    HEAL,
    PULSE,
    RAIL,
    SCATTER,
    SHIELD,
    SUB,
    Bullet,
    Fighter,
    Pickup,
    Round,
)
from gameserver_pygame.sound import Name
from gameserver_pygame.theme import Colour

FIGHTER_RADIUS = RADIUS / SUB
"""In units, as everything that is drawn; rows are in sixteenths."""
BULLET_RADIUS = BULLET_RADIUS_SUB / SUB
MAX_HP, MAX_SHIELD = 100, 50

FIGHTERS, BULLETS, PICKUPS_TABLE, ROUND = "fighters", "bullets", "pickups", "arena"
_ROWS = {FIGHTERS: Fighter, BULLETS: Bullet, PICKUPS_TABLE: Pickup, ROUND: Round}


class WeaponLook(NamedTuple):
    """Of a weapon."""

    name: str
    colour: Colour
    """Of its bullets' glow, and of its pickup."""
    kick: float
    """How far a shot pushes the gun back, in units."""
    sound: Name
    trail_ticks: float
    """How much of its flight a bullet's trail shows."""
    trail_width: float
    glow: float
    """A bullet's light, in radii of the bullet."""


WEAPON_LOOKS = {
    PULSE: WeaponLook("Pulse", (124, 232, 255), 5, "pulse", 2.4, 5, 3.2),
    SCATTER: WeaponLook("Scatter", (255, 180, 84), 10, "scatter", 2.4, 4, 2.4),
    RAIL: WeaponLook("Rail", (208, 139, 255), 14, "rail", 3.8, 6, 3.2),
}


class PickupLook(NamedTuple):
    """Of a pickup."""

    name: str
    colour: Colour
    size: float = 1.0


PICKUP_LOOKS = {
    HEAL: PickupLook("Health", (109, 242, 154)),
    SHIELD: PickupLook("Shield", (111, 182, 255)),
    GET_SCATTER: PickupLook("Scatter gun", (255, 180, 84)),
    GET_RAIL: PickupLook("Rail gun", (208, 139, 255)),
    DROP: PickupLook("Health", (109, 242, 154), 0.7),
}


def weapon_look(weapon: int) -> WeaponLook:
    """Give a weapon's look; of one that a later version has, the first's."""
    return WEAPON_LOOKS.get(weapon, WEAPON_LOOKS[PULSE])


def pickup_look(kind: int) -> PickupLook:
    """Give a pickup's look; as above."""
    return PICKUP_LOOKS.get(kind, PICKUP_LOOKS[HEAL])


def is_arena(game: str, schema: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a room is the arena that this client knows: by its name, and by what its tables hold."""
    return game == "arena" and all(
        name in schema and {field[0] for field in schema[name]["fields"]}.issuperset(row.__struct_fields__)
        for name, row in _ROWS.items()
    )
