"""Where on the screen the field is. In units of the field, and pixels."""

from __future__ import annotations

from math import exp, hypot, sqrt
from random import Random

VIEW_AREA = 1060 * 660
"""Units that a window of usual size shows, as an area: everybody sees about as much."""
SMALLEST_SCALE = 0.62
BEYOND = 130
"""Units beyond the wall that may be seen."""
EASE_S = 0.14
"""How fast the lead of the aim, and a move to another player, are followed."""
SHAKE_S = 0.09
MOST_SHAKE_PX = 16
FLIGHT = 60
"""Farther than this in one frame is no movement."""


class Camera:
    """Follows a point, leads it by the aim, and shakes."""

    def __init__(self) -> None:
        self.x = 0.0
        self.y = 0.0
        self.scale = 1.0
        """Pixels to the unit."""
        self.width = 1
        self.height = 1
        self.shake_x = 0.0
        self.shake_y = 0.0
        self._lead = (0.0, 0.0)
        self._shake = 0.0
        self._to = (0.0, 0.0)
        self._flight = (0.0, 0.0)
        self._set = False
        self._random = Random()

    def resize(self, width: int, height: int) -> None:
        """Take in the window's size."""
        self.width, self.height = max(1, width), max(1, height)
        self.scale = max(SMALLEST_SCALE, sqrt(self.width * self.height / VIEW_AREA))

    def jump(self) -> None:
        """Say that the next move has no way to go."""
        self._set = False

    def follow(self, at: tuple[float, float], lead: tuple[float, float], side: float, elapsed_s: float) -> None:
        """Look at a point, and `lead` units beyond it, in a field with sides of so many units."""
        part = 1 - exp(-elapsed_s / EASE_S) if self._set else 1.0
        self._lead = (
            self._lead[0] + (lead[0] - self._lead[0]) * part,
            self._lead[1] + (lead[1] - self._lead[1]) * part,
        )
        to_x = _within(at[0] + self._lead[0], self.width / self.scale, side)
        to_y = _within(at[1] + self._lead[1], self.height / self.scale, side)
        # A step is followed at once; a far jump (a new life, another player) becomes a flight.
        if self._set and hypot(to_x - self._to[0], to_y - self._to[1]) > FLIGHT:
            self._flight = self.x - to_x, self.y - to_y
        else:
            self._flight = self._flight[0] * (1 - part), self._flight[1] * (1 - part)
        self._to = to_x, to_y
        self.x, self.y = to_x + self._flight[0], to_y + self._flight[1]
        self._set = True
        self._shake *= exp(-elapsed_s / SHAKE_S)
        self.shake_x = self._random.uniform(-1, 1) * self._shake
        self.shake_y = self._random.uniform(-1, 1) * self._shake

    def shake(self, strength: float) -> None:
        """Shake by so many pixels at first."""
        self._shake = min(MOST_SHAKE_PX, max(self._shake, strength))

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """Give where a point of the field is, in pixels; without the shaking."""
        return self.width / 2 + (x - self.x) * self.scale, self.height / 2 + (y - self.y) * self.scale

    def shaken(self, x: float, y: float) -> tuple[float, float]:
        """Give where to draw what is on the field."""
        at_x, at_y = self.to_screen(x, y)
        return at_x + self.shake_x, at_y + self.shake_y

    def sees(self, x: float, y: float, radius: float) -> bool:
        """Tell whether any of a thing of this size (units) can be seen."""
        return (
            abs(x - self.x) < self.width / self.scale / 2 + radius
            and abs(y - self.y) < self.height / self.scale / 2 + radius
        )


def _within(at: float, view: float, side: float) -> float:
    """Keep the view (units that are seen) on the field, and a little beyond."""
    low = view / 2 - BEYOND
    high = side - low
    return side / 2 if low > high else min(high, max(low, at))
