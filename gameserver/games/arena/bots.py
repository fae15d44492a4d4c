"""Those who fill the room: they see, think and press keys like anyone, only not as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gameserver import PlayerId, Tick, atan256
from gameserver.games.arena.layout import Layout
from gameserver.games.arena.movement import RADIUS
from gameserver.games.arena.rows import PULSE, SUB, Fighter, Steer

if TYPE_CHECKING:
    from random import Random

_AHEAD = (0, 1, -1, 2, -2, 3, -3, 4)
"""Eighths of a turn to try, when something is in the way."""
_DIRECTIONS = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))


class Skill(NamedTuple):
    """How good a bot is."""

    reaction_ticks: int
    """From a look to the next."""
    aim_error: int
    """In steps of 256, to either side."""
    range_units: int
    """Beyond which it doesn't shoot."""
    trigger: int
    """Chance in a hundred to shoot at each look."""
    dash: int
    """Chance in a hundred to dash at each look when hurt."""


EASY = Skill(reaction_ticks=16, aim_error=16, range_units=420, trigger=45, dash=4)
MEDIUM = Skill(reaction_ticks=10, aim_error=9, range_units=520, trigger=65, dash=15)
HARD = Skill(reaction_ticks=6, aim_error=4, range_units=620, trigger=85, dash=35)
SKILLS = (EASY, MEDIUM, HARD, EASY, MEDIUM)
"""Of five bots in a row: two easy, two medium, one hard."""


class Mind(msgspec.Struct):
    """What a bot has in its head between looks."""

    look_at: Tick = 0
    """When it looks again."""
    target: PlayerId = 0
    heading: int = 0
    """Eighth of the turn in which it walks."""
    held: tuple[int, int, int, bool, bool] = (0, 0, 0, False, False)


def skill_of(player_id: int) -> Skill:
    """Give the skill of a bot."""
    return SKILLS[player_id % len(SKILLS)]


def think(
    mind: Mind, skill: Skill, me: Fighter, others: dict[int, Fighter], layout: Layout, now: int, random: Random
) -> Steer:
    """Decide what to hold in this tick: what was held before, but for the moments when it looks."""
    if now >= mind.look_at:
        mind.look_at = now + skill.reaction_ticks + random.randrange(4)
        _look(mind, skill, me, others, layout, now, random)
    elif not _is_clear(me, mind.heading, layout):
        mind.heading = _way_around(me, mind.heading, layout)
        mind.held = (*_DIRECTIONS[mind.heading], *mind.held[2:])
    dx, dy, aim, fire, dash = mind.held
    return Steer(dx=dx, dy=dy, aim=aim, fire=fire, dash=dash)


def _look(
    mind: Mind, skill: Skill, me: Fighter, others: dict[int, Fighter], layout: Layout, now: int, random: Random
) -> None:
    target, distance = _nearest(me, others)
    mind.target = target
    if target == 0:
        mind.heading = _way_around(me, random.randrange(8), layout)
        mind.held = (*_DIRECTIONS[mind.heading], mind.held[2], False, False)
        return
    prey = others[target]
    # Where he will be when a pulse gets there, as far as it can tell.
    flight = min(24, distance // (28 * SUB))
    dx, dy = prey.x + prey.vx * flight - me.x, prey.y + prey.vy * flight - me.y
    aim = (atan256(dy, dx) + random.randrange(-skill.aim_error, skill.aim_error + 1)) & 255
    away = distance < 160 * SUB or me.hp < 30
    side = random.randrange(-1, 2)
    heading = (((aim + 16) >> 5) + (4 if away else 0) + side) & 7
    mind.heading = _way_around(me, heading, layout)
    reach = skill.range_units * SUB if me.weapon == PULSE else skill.range_units * SUB * 3 // 4
    fire = distance < reach and random.randrange(100) < skill.trigger and now >= prey.safe_until
    dash = me.hp < 60 and random.randrange(100) < skill.dash
    mind.held = (*_DIRECTIONS[mind.heading], aim, fire, dash)


def _nearest(me: Fighter, others: dict[int, Fighter]) -> tuple[int, int]:
    """Give the nearest living other and how far he is; 0 where there is none."""
    best, best_distance = 0, 1 << 30
    for player_id, other in others.items():
        if other is me or other.hp == 0:
            continue
        distance = max(abs(other.x - me.x), abs(other.y - me.y))
        if distance < best_distance:
            best, best_distance = player_id, distance
    return best, best_distance


def _is_clear(me: Fighter, heading: int, layout: Layout) -> bool:
    """Tell whether a few steps that way lead into neither wall nor obstacle."""
    dx, dy = _DIRECTIONS[heading]
    x, y = me.x + dx * 50 * SUB, me.y + dy * 50 * SUB
    edge = RADIUS + 6 * SUB
    if not (edge <= x <= layout.side - edge and edge <= y <= layout.side - edge):
        return False
    return all((o.x - x) ** 2 + (o.y - y) ** 2 >= (o.radius + edge) ** 2 for o in layout.near(x, y))


def _way_around(me: Fighter, heading: int, layout: Layout) -> int:
    """Give the clear direction nearest to the one wished for."""
    ways = ((heading + turn) & 7 for turn in _AHEAD)
    return next((way for way in ways if _is_clear(me, way, layout)), heading)
