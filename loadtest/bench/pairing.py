"""How runs are compared: in rounds, each contender once per round, its place within the round moving on.

What a machine does to one contender, it does to the next one half a minute later; so ratios are taken within a round,
and their median speaks for all of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec


class Summary(msgspec.Struct, frozen=True):
    """The middle and the ends of what the rounds gave."""

    median: float
    min: float
    max: float
    count: int


def in_turn(contenders: Sequence[str], round_number: int) -> list[str]:
    """Give the order of a round (from 1 on): each round begins with the next contender."""
    if not contenders:
        return []
    first = (round_number - 1) % len(contenders)
    return [*contenders[first:], *contenders[:first]]


def summary(values: Iterable[float]) -> Summary | None:
    """Sum up values; None where there are none."""
    found = list(values)
    if not found:
        return None
    return Summary(statistics.median(found), min(found), max(found), len(found))


def paired_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Summary | None:
    """Sum up the ratios of those rounds in which both were measured; None where there are none."""
    return summary(ours[number] / theirs[number] for number in sorted(ours) if theirs.get(number))


def unevenness(points: Mapping[int, Sequence[float]]) -> float | None:
    """Give the highest of the points' medians over the lowest; None with fewer than two points."""
    medians = [statistics.median(values) for values in points.values() if values]
    return max(medians) / min(medians) if len(medians) > 1 and min(medians) > 0 else None
