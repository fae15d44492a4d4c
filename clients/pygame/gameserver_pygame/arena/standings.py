"""Who has how many points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple


class Standing(NamedTuple):
    """A player's place."""

    rank: int
    player: int
    points: int
    kills: int
    deaths: int


def standings(fighters: Mapping[int, Any]) -> list[Standing]:
    """Order as the podium does: most points, then fewest deaths, then who came first."""
    ordered = sorted(fighters.items(), key=lambda item: (-item[1].points, item[1].deaths, item[0]))
    return [Standing(i, player, row.points, row.kills, row.deaths) for i, (player, row) in enumerate(ordered, 1)]


def first_and_own(everyone: Sequence[Standing], count: int, own: int | None) -> list[Standing]:
    """Give the first few, and oneself wherever that is."""
    first = list(everyone[:count])
    return first + [each for each in everyone[count:] if each.player == own]


def clock_text(seconds: float) -> str:
    """Give a time left like 2:05."""
    whole = max(0, ceil(seconds))
    return f"{whole // 60}:{whole % 60:02}"
