"""Marks over the field: of hits, and of being hit."""

from __future__ import annotations

from typing import NamedTuple

HIT_S = 0.17
HURT_S = 0.9
KEPT = 6


class Wound(NamedTuple):
    """Damage that one took lately."""

    angle: float
    """Where it came from, in radians."""
    left: float
    """From 1 to 0."""


class Marks:
    """How fresh they are."""

    def __init__(self) -> None:
        self.fatal = False
        """Whether the latest hit killed."""
        self._hit_s = HIT_S
        self._wounds: list[tuple[float, float]] = []

    def clear(self) -> None:
        """Remove all."""
        self._wounds, self._hit_s = [], HIT_S

    def mark_hit(self, *, fatal: bool) -> None:
        """Say that one's shot hit."""
        self._hit_s, self.fatal = 0.0, fatal

    def wound(self, angle: float) -> None:
        """Say where damage came from."""
        self._wounds = [*self._wounds, (angle, 0.0)][-KEPT:]

    def advance(self, elapsed_s: float) -> None:
        """Go on."""
        self._hit_s += elapsed_s
        self._wounds = [(angle, age + elapsed_s) for angle, age in self._wounds if age + elapsed_s < HURT_S]

    @property
    def hit(self) -> float:
        """How much of the hit mark is left, from 1 to 0."""
        return max(0.0, 1 - self._hit_s / HIT_S)

    @property
    def wounds(self) -> list[Wound]:
        """Give all, oldest first."""
        return [Wound(angle, 1 - age / HURT_S) for angle, age in self._wounds]
