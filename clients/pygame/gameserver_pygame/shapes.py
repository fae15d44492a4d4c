"""Shapes with smooth edges, painted once and kept: drawing them afresh in each frame would be slow."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import cos, pi, sin

import pygame

from gameserver_pygame.theme import EDGE, PANEL, Colour, mix

KEPT = 3000
FINER = 4
"""Shapes are painted so many times as large, and scaled down: that makes their edges smooth."""
GLOW_PX = 128
LEVELS = 10
"""Steps of brightness; finer ones nobody sees."""

Point = tuple[float, float]


class Shapes:
    """Keeps what was painted, by what it is; the oldest go when it is too much."""

    def __init__(self) -> None:
        self._made: dict[Hashable, pygame.Surface] = {}
        self._light = _radial_light()

    def kept(self, key: Hashable, make: Callable[[], pygame.Surface]) -> pygame.Surface:
        """Give what is kept under a key; made, if it isn't there."""
        made = self._made.get(key)
        if made is None:
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
            made = self._made[key] = make()
        return made

    def clear(self) -> None:
        """Forget everything: the scale changed."""
        self._made.clear()

    def smooth(
        self, key: Hashable, size: tuple[float, float], under: Colour, paint: Callable[[pygame.Surface, float], None]
    ) -> pygame.Surface:
        """Give a shape with smooth edges.

        Args:
            key: what it is kept under.
            size: in pixels.
            under: the colour that its edges fade from; the surface is transparent where nothing is painted.
            paint: paints it on a surface that is `FINER` times as large.

        """

        def make() -> pygame.Surface:
            width, height = max(1, round(size[0])), max(1, round(size[1]))
            large = pygame.Surface((width * FINER, height * FINER), pygame.SRCALPHA)
            large.fill((*under, 0))
            paint(large, FINER)
            return pygame.transform.smoothscale(large, (width, height))

        return self.kept(key, make)

    def disc(self, radius: float, colour: Colour, alpha: float = 1.0) -> pygame.Surface:
        """Give a disc; radius in pixels."""
        radius, shade = round(radius * 2) / 2, (*colour, round(255 * alpha))

        def paint(large: pygame.Surface, finer: float) -> None:
            middle = large.get_width() / 2, large.get_height() / 2
            pygame.draw.circle(large, shade, middle, radius * finer)

        side = 2 * radius + 2
        return self.smooth(("disc", radius, shade), (side, side), colour, paint)

    def ring(
        self, radius: float, width: float, colour: Colour, alpha: float = 1.0, begin: float = 0.0, end: float = 1.0
    ) -> pygame.Surface:
        """Give a ring, or its part from `begin` to `end` (turns, clockwise from the right); lengths in pixels."""
        key = (
            "ring",
            round(radius * 2),
            round(width * 4),
            colour,
            round(alpha * 50),
            round(begin * 64),
            round(end * 64),
        )
        outer = radius + width / 2
        shade = (*colour, round(255 * alpha))

        def paint(large: pygame.Surface, finer: float) -> None:
            middle = large.get_width() / 2
            if end - begin >= 1:
                pygame.draw.circle(large, shade, (middle, middle), outer * finer, max(1, round(width * finer)))
                return
            if end - begin < 1 / 128:
                return
            outside = arc_points(middle, middle, outer * finer, begin, end)
            inside = arc_points(middle, middle, (outer - width) * finer, begin, end)
            pygame.draw.polygon(large, shade, [*outside, *reversed(inside)])

        side = 2 * outer + 2
        return self.smooth(key, (side, side), colour, paint)

    def polygon(self, key: Hashable, size: float, colour: Colour, points: Sequence[Point]) -> pygame.Surface:
        """Give a filled polygon in a square of `size` pixels; points in pixels from its middle."""

        def paint(large: pygame.Surface, finer: float) -> None:
            middle = large.get_width() / 2
            pygame.draw.polygon(large, colour, [(middle + x * finer, middle + y * finer) for x, y in points])

        return self.smooth((key, round(size), colour), (size, size), colour, paint)

    def glow(self, colour: Colour, radius: float, strength: float = 1.0) -> pygame.Surface:
        """Give a soft light, to be added (`BLEND_RGB_ADD`); radius in pixels, strength 0 to 1."""
        side = max(2, round(radius) * 2)
        level = min(LEVELS, max(0, round(strength * LEVELS)))

        def make() -> pygame.Surface:
            made = pygame.transform.smoothscale(self._light, (side, side))
            made.fill(mix((0, 0, 0), colour, level / LEVELS), special_flags=pygame.BLEND_RGB_MULT)
            return made

        return self.kept(("glow", colour, side, level), make)

    def panel(
        self,
        size: tuple[int, int],
        fill: Colour = PANEL,
        alpha: float = 0.74,
        *,
        radius: int = 12,
        edge: Colour | None = EDGE,
        edge_alpha: float = 0.22,
    ) -> pygame.Surface:
        """Give a rounded plate; sizes in pixels."""
        width, height = max(1, size[0]), max(1, size[1])
        key = ("panel", width, height, fill, round(alpha * 255), radius, edge, round(edge_alpha * 255))

        def make() -> pygame.Surface:
            large = pygame.Surface((width * 2, height * 2), pygame.SRCALPHA)
            large.fill((*fill, 0))
            rect = large.get_rect()
            if edge is None:
                pygame.draw.rect(large, (*fill, round(255 * alpha)), rect, border_radius=radius * 2)
            else:
                rim = (*mix(fill, edge, edge_alpha), round(255 * max(alpha, 0.5)))
                pygame.draw.rect(large, rim, rect, border_radius=radius * 2)
                inner = rect.inflate(-4, -4)
                pygame.draw.rect(large, (*fill, round(255 * alpha)), inner, border_radius=radius * 2 - 2)
            return pygame.transform.smoothscale(large, (width, height))

        return self.kept(key, make)


def blit_middle(target: pygame.Surface, made: pygame.Surface, x: float, y: float, flags: int = 0) -> None:
    """Draw a surface with its middle at a point."""
    at = (round(x - made.get_width() / 2), round(y - made.get_height() / 2))
    target.blit(made, at, special_flags=flags)


def arc_points(x: float, y: float, radius: float, begin: float, end: float) -> list[Point]:
    """Give points along an arc from `begin` to `end`, in turns, clockwise from the right."""
    steps = max(2, round((end - begin) * 72))
    angles = [2 * pi * (begin + (end - begin) * step / steps) for step in range(steps + 1)]
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in angles]


def star_points(corners: int, radius: float, inner: float | None = None) -> list[Point]:
    """Give the corners of a regular polygon that stands on its base, or of a star, around (0, 0)."""
    count = corners if inner is None else corners * 2
    radii = [radius if inner is None or i % 2 == 0 else inner for i in range(count)]
    angles = [2 * pi * i / count - pi / 2 for i in range(count)]
    return [(r * cos(angle), r * sin(angle)) for r, angle in zip(radii, angles, strict=True)]


def _radial_light() -> pygame.Surface:
    """Paint a white light that fades to nothing at the edge of its square."""
    light = pygame.Surface((GLOW_PX, GLOW_PX))
    half = GLOW_PX // 2
    for radius in range(half, 0, -1):
        part = radius / half
        # As the browser's gradient: 1 in the middle, 0.5 at a quarter of the way, 0 at the edge.
        value = 1 - 2 * part if part < 0.25 else 0.5 * (1 - part) / 0.75
        shade = round(255 * value)
        pygame.draw.circle(light, (shade, shade, shade), (half, half), radius)
    return light
