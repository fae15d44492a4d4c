"""The map of a round: obstacles and places for pickups, from a public seed.

Both sides build it, so it costs no bytes. It uses 32-bit integers only, for twins in other languages.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from gameserver.games.arena.rows import GET_RAIL, GET_SCATTER, HEAL, SHIELD, SUB

CELL_BITS = 11
"""Cells of the grids are 128 units (2048 sixteenths) wide."""
MARGIN = 120
"""Units between the wall and an obstacle's edge."""
GAP = 90
"""Units between two obstacles' edges: wide enough for two fighters."""
_KINDS = (HEAL, SHIELD, GET_SCATTER, HEAL, GET_RAIL)
_TRIES = 12


class Circle(NamedTuple):
    """An obstacle, in sixteenths."""

    x: int
    y: int
    radius: int


class Spot(NamedTuple):
    """A place where a pickup appears, in sixteenths."""

    x: int
    y: int
    kind: int


class Layout:
    """A map; the same for the same seed and side, so it can be shared and is never changed."""

    def __init__(self, map_seed: int, side: int) -> None:
        self.side = side * SUB
        """The field's side in sixteenths."""
        self.obstacles: list[Circle] = []
        self.spots: list[Spot] = []
        self._cells: dict[int, list[Circle]] = {}
        dice = Dice(map_seed)
        for _ in range(side * side // 72_000):
            self._place_obstacle(dice, side)
        for number in range(max(4, side * side // 160_000)):
            self._place_spot(dice, side, _KINDS[number % len(_KINDS)])

    def near(self, x: int, y: int) -> list[Circle]:
        """Give the obstacles that a fighter or bullet at this point could touch."""
        return self._cells.get((x >> CELL_BITS) << 6 | (y >> CELL_BITS), _NONE)

    def is_free(self, x: int, y: int, clearance: int) -> bool:
        """Tell whether a circle of this radius fits here, between obstacles and walls (sixteenths)."""
        if not clearance <= x <= self.side - clearance or not clearance <= y <= self.side - clearance:
            return False
        return all((o.x - x) ** 2 + (o.y - y) ** 2 >= (o.radius + clearance) ** 2 for o in self.obstacles)

    def _place_obstacle(self, dice: Dice, side: int) -> None:
        for _ in range(_TRIES):
            radius = 34 + dice.below(52)
            room = side - 2 * (MARGIN + radius)
            x, y = MARGIN + radius + dice.below(room), MARGIN + radius + dice.below(room)
            if self.is_free(x * SUB, y * SUB, (radius + GAP) * SUB):
                self._add(Circle(x * SUB, y * SUB, radius * SUB))
                return

    def _add(self, circle: Circle) -> None:
        self.obstacles.append(circle)
        reach = circle.radius + 40 * SUB  # a fighter's radius, and what it or a bullet moves in a tick
        for cx in range(max(0, circle.x - reach) >> CELL_BITS, ((circle.x + reach) >> CELL_BITS) + 1):
            for cy in range(max(0, circle.y - reach) >> CELL_BITS, ((circle.y + reach) >> CELL_BITS) + 1):
                self._cells.setdefault(cx << 6 | cy, []).append(circle)

    def _place_spot(self, dice: Dice, side: int, kind: int) -> None:
        for _ in range(_TRIES):
            x, y = 60 + dice.below(side - 120), 60 + dice.below(side - 120)
            if self.is_free(x * SUB, y * SUB, 30 * SUB):
                self.spots.append(Spot(x * SUB, y * SUB, kind))
                return


class Dice:
    """Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003): shifts and xors of 32 bits."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ 0x9E3779B9) & 0xFFFFFFFF or 1

    def below(self, limit: int) -> int:
        """Give a number from 0 up to, not including, `limit`."""
        state = self._state
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        self._state = state
        return state % limit


@lru_cache(maxsize=64)
def layout_of(map_seed: int, side: int) -> Layout:
    """Give the map of a seed and side (units); built once, since a map never changes."""
    return Layout(map_seed, side)


_NONE: list[Circle] = []
