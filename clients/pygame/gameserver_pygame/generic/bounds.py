"""The part of a world worth drawing: what the schema promises, or else what has been seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor, log10
from typing import Any, NamedTuple

TYPE_RANGES = {(0, 255), (0, 65535), (0, 4294967295), (-128, 127), (-32768, 32767), (-2147483648, 2147483647)}
"""The ranges that the integer types have anyway: as limits they say nothing about the world."""


class World(NamedTuple):
    """A rectangle, in the game's units."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def longer(self) -> float:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)


def has_place(table: Mapping[str, Any]) -> bool:
    """Tell whether a table's rows are somewhere."""
    return {"x", "y"}.issubset(field[0] for field in table["fields"])


class Bounds:
    """It only ever grows, in few large steps, since a world that breathes is hard to look at."""

    def __init__(self, schema: Mapping[str, Mapping[str, Any]]) -> None:
        tables = [table for table in schema.values() if has_place(table)]
        self._x = _Range(tables, "x")
        self._y = _Range(tables, "y")

    def include(self, x: float, y: float) -> None:
        """Count a place where something is."""
        self._x.include(x)
        self._y.include(y)

    def world(self) -> World:
        """Give the rectangle."""
        (left, right), (top, bottom) = self._x.padded(), self._y.padded()
        return World(left, top, right, bottom)


class _Range:
    """One direction."""

    def __init__(self, tables: Iterable[Mapping[str, Any]], name: str) -> None:
        # Seen places count from the origin on, where nearly every world begins or has its middle.
        self._low = self._high = 0.0
        limits = [field[2] for table in tables for field in table["fields"] if field[0] == name and len(field) > 2]
        pairs = [(limit["min"], limit["max"]) for limit in limits if "min" in limit and "max" in limit]
        pairs = [pair for pair in pairs if pair not in TYPE_RANGES and pair[1] > pair[0]]
        self._given = bool(pairs)
        """Whether the schema gives this direction's limits."""
        if pairs:
            self._low, self._high = min(low for low, _ in pairs), max(high for _, high in pairs)

    def include(self, value: float) -> None:
        if not self._given:
            self._low, self._high = min(self._low, value), max(self._high, value)

    def padded(self) -> tuple[float, float]:
        if self._given:
            return self._low, self._high
        step = nice_step(((self._high - self._low) or 10) / 4)
        low = floor(self._low / step) * step
        return low, max(-floor(-self._high / step) * step, low + step)


def nice_step(least: float) -> float:
    """Give the smallest of 1, 2, 5 times a power of ten that is at least so much."""
    power = 10.0 ** floor(log10(least))
    return power * next((factor for factor in (1, 2, 5) if factor * power >= least), 10)
