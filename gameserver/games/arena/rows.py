"""What an arena's room holds, what comes in, and what is told.

Positions and speeds are in sixteenths of a unit, so that integers are fine enough to move smoothly.
"""

from __future__ import annotations

from typing import Annotated

from gameserver import I16, U8, U16, U32, Axis, Event, Input, Meta, PlayerId, Row, Tick

SUB = 16
"""Sixteenths to the unit."""

PULSE, SCATTER, RAIL = 0, 1, 2
HEAL, SHIELD, GET_SCATTER, GET_RAIL, DROP = 0, 1, 2, 3, 4
"""Kinds of pickups; a DROP is the little health that a kill leaves behind."""
FIGHT, PODIUM = 0, 1


class Steer(Input):
    """Both sticks and the two buttons."""

    dx: Axis = 0
    dy: Axis = 0
    aim: U8 = 0
    """Direction in 256 steps: 0 is right, 64 is down."""
    fire: bool = False
    dash: bool = False


class Fighter(Row):
    """A player's body. All `Tick` fields are deadlines; 0 or the past means that nothing holds."""

    x: U16 = 0
    y: U16 = 0
    vx: I16 = 0
    vy: I16 = 0
    aim: U8 = 0
    hp: Annotated[int, Meta(ge=0, le=100)] = 0
    """0: dead until `respawn_at`."""
    shield: Annotated[int, Meta(ge=0, le=50)] = 0
    """Takes damage before hp does."""
    weapon: Annotated[int, Meta(ge=0, le=2)] = PULSE
    ammo: U8 = 0
    """Shots left of a weapon other than the pulse gun."""
    fire_at: Tick = 0
    """When it may fire again."""
    dash_at: Tick = 0
    """When it may dash again."""
    dash_until: Tick = 0
    """While it dashes nothing hurts it."""
    safe_until: Tick = 0
    """While its spawn shield holds nothing hurts it; firing drops the shield."""
    respawn_at: Tick = 0
    points: U16 = 0
    """In this round: one for a kill, two in the last twenty seconds."""
    kills: U16 = 0
    deaths: U16 = 0


class Bullet(Row, linear=True):
    """In flight: at tick t it is at `x + vx * (t - born)`. Its row goes when it hits or has flown its time."""

    x: U16
    y: U16
    vx: I16
    vy: I16
    born: Tick
    owner: PlayerId
    weapon: Annotated[int, Meta(ge=0, le=2)]


class Pickup(Row):
    """Lies there until somebody walks over it."""

    x: U16
    y: U16
    kind: Annotated[int, Meta(ge=0, le=4)]


class Round(Row):
    """How the round stands, and the map that everybody builds for himself from `map_seed` and `side`."""

    map_seed: U32 = 0
    side: Annotated[int, Meta(ge=0, le=4096)] = 1400
    """Of the square field, in units."""
    round: U16 = 0
    phase: Annotated[int, Meta(ge=0, le=1)] = FIGHT
    ends_at: Tick = 0
    """When this phase is over."""
    double_at: Tick = 0
    """From when on kills count double."""
    leader: PlayerId = 0
    """Who wears the crown; 0 while nobody has a point."""
    first: PlayerId = 0
    second: PlayerId = 0
    third: PlayerId = 0


class Hit(Event):
    """Told to the shooter and to the one who was hit."""

    by: PlayerId
    who: PlayerId
    damage: U8
    x: U16
    y: U16


class Killed(Event):
    """Told to everyone."""

    by: PlayerId
    who: PlayerId
    weapon: U8
    points: U8
    streak: U8


class Picked(Event):
    """Told to the one who picked it up."""

    kind: U8


class RoundBegan(Event):
    """A new map, and everybody at zero."""

    round: U16


class RoundEnded(Event):
    """The podium; 0 where there are fewer players."""

    first: PlayerId
    second: PlayerId
    third: PlayerId
