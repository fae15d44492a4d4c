"""Everything short-lived on the field; as data, on a clock that is handed in."""

from __future__ import annotations

from collections import deque
from math import cos, exp, pi, sin
from random import Random
from typing import Literal, TypeAlias

from gameserver_pygame.arena.look import FIGHTER_RADIUS
from gameserver_pygame.theme import WHITE, Colour

KEPT = 400
"""Beyond it the oldest go: nobody can tell in such a crowd."""
DRAG_S = 0.22

Kind: TypeAlias = Literal["spark", "ring", "ghost", "flash", "stain", "text"]


class Particle:
    """Places in units, speeds in units a second."""

    __slots__ = ("age_s", "colour", "kind", "life_s", "size", "text", "vx", "vy", "x", "y")

    def __init__(self, kind: Kind, x: float, y: float, colour: Colour, life_s: float, size: float) -> None:
        self.kind = kind
        self.x = x
        self.y = y
        self.vx = 0.0
        self.vy = 0.0
        self.size = size
        self.age_s = 0.0
        self.life_s = life_s
        self.colour = colour
        self.text = ""

    @property
    def left(self) -> float:
        """From 1 to 0 over its life."""
        return 1 - self.age_s / self.life_s


class Effects:
    """All particles."""

    def __init__(self) -> None:
        self.live: deque[Particle] = deque(maxlen=KEPT)
        """Oldest first."""
        self._random = Random()

    def clear(self) -> None:
        """Remove everything."""
        self.live.clear()

    def sparks(self, at: tuple[float, float], colour: Colour, count: int, speed: float) -> None:
        """Spray sparks; the fastest at this speed (units a second)."""
        for _ in range(count):
            angle = self._random.uniform(0, 2 * pi)
            fast = speed * self._random.uniform(0.3, 1.0)
            spark = Particle("spark", *at, colour, self._random.uniform(0.18, 0.44), self._random.uniform(1.5, 3.5))
            spark.vx, spark.vy = cos(angle) * fast, sin(angle) * fast
            self.live.append(spark)

    def burst(self, at: tuple[float, float], colour: Colour) -> None:
        """Blow somebody up."""
        self.live.append(Particle("stain", *at, colour, 9.0, 46))
        self.sparks(at, colour, 30, 550)
        self.sparks(at, WHITE, 10, 350)
        self.live.append(Particle("ring", *at, colour, 0.42, 90))
        self.live.append(Particle("flash", *at, WHITE, 0.14, 70))

    def ring(self, at: tuple[float, float], colour: Colour, size: float) -> None:
        """Spread a ring."""
        self.live.append(Particle("ring", *at, colour, 0.38, size))

    def muzzle(self, at: tuple[float, float], angle: float, colour: Colour) -> None:
        """Flash at the muzzle of a shooter whose middle is at a point."""
        reach = FIGHTER_RADIUS + 13
        x, y = at[0] + cos(angle) * reach, at[1] + sin(angle) * reach
        self.live.append(Particle("flash", x, y, colour, 0.08, 24))

    def ghost(self, at: tuple[float, float], colour: Colour) -> None:
        """Leave an image behind, as a dash does."""
        self.live.append(Particle("ghost", *at, colour, 0.24, FIGHTER_RADIUS))

    def words(self, at: tuple[float, float], text: str, colour: Colour) -> None:
        """Let words rise."""
        particle = Particle("text", at[0] + self._random.uniform(-8, 8), at[1] - 22, colour, 0.75, 16)
        particle.text, particle.vy = text, -90.0
        self.live.append(particle)

    def advance(self, elapsed_s: float) -> None:
        """Go on."""
        drag = exp(-elapsed_s / DRAG_S)
        for particle in self.live:
            particle.age_s += elapsed_s
            particle.x += particle.vx * elapsed_s
            particle.y += particle.vy * elapsed_s
            particle.vx *= drag
            particle.vy *= drag
        if any(particle.age_s >= particle.life_s for particle in self.live):
            self.live = deque((p for p in self.live if p.age_s < p.life_s), maxlen=KEPT)
