"""Text on a surface: rendered once, then kept."""

from __future__ import annotations

from typing import Literal, TypeAlias

import pygame

from gameserver_pygame.theme import TEXT, Colour

Anchor: TypeAlias = Literal["topleft", "midtop", "topright", "midleft", "center", "midright", "bottomleft", "midbottom"]

FAMILIES = "segoeui,helveticaneue,inter,notosans,dejavusans,liberationsans,ubuntu,arial"
"""The first of these that is installed; else the one that comes with pygame."""
KEPT = 800
SHADE = (6, 10, 15)
ELLIPSIS = "…"


class TextPainter:
    """Draws text of any size; sizes are of the letters, in pixels."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[int, bool], pygame.font.Font] = {}
        self._made: dict[tuple[str, int, Colour, bool, bool], pygame.Surface] = {}

    def draw(
        self,
        target: pygame.Surface,
        text: str,
        at: tuple[float, float],
        size: int = 16,
        colour: Colour = TEXT,
        *,
        anchor: Anchor = "topleft",
        bold: bool = False,
        outlined: bool = False,
        alpha: float = 1.0,
        most: int | None = None,
    ) -> pygame.Rect:
        """Draw a line of text, at most `most` pixels wide; gives where it is."""
        if most is not None:
            text = self.fitted(text, most, size, bold=bold)
        made = self.render(text, size, colour, bold=bold, outlined=outlined)
        rect = made.get_rect(**{anchor: (round(at[0]), round(at[1]))})
        made.set_alpha(round(255 * alpha))
        target.blit(made, rect)
        return rect

    def render(
        self, text: str, size: int, colour: Colour = TEXT, *, bold: bool = False, outlined: bool = False
    ) -> pygame.Surface:
        """Give a line of text; not to be changed, since it is kept."""
        key = (text, size, colour, bold, outlined)
        made = self._made.pop(key, None)
        if made is None:
            made = self._render(text, size, colour, bold=bold, outlined=outlined)
            while len(self._made) >= KEPT:
                del self._made[next(iter(self._made))]
        self._made[key] = made  # the latest last
        return made

    def width(self, text: str, size: int = 16, *, bold: bool = False) -> int:
        """Measure a line, in pixels."""
        return self._font(size, bold=bold).size(text)[0]

    def fitted(self, text: str, most: int, size: int = 16, *, bold: bool = False) -> str:
        """Shorten a line so that it is at most so wide."""
        if self.width(text, size, bold=bold) <= most:
            return text
        fits, fails = 0, len(text)
        while fits + 1 < fails:
            middle = (fits + fails) // 2
            if self.width(text[:middle] + ELLIPSIS, size, bold=bold) <= most:
                fits = middle
            else:
                fails = middle
        return text[:fits].rstrip() + ELLIPSIS

    def wrapped(self, text: str, most: int, size: int = 16) -> list[str]:
        """Break a text into lines that are at most so wide."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size) <= most:
                lines[-1] = longer
            else:
                lines.append(self.fitted(word, most, size))
        return lines

    def height(self, size: int) -> int:
        """Give the distance of lines, in pixels."""
        return self._font(size, bold=False).get_linesize()

    def _render(self, text: str, size: int, colour: Colour, *, bold: bool, outlined: bool) -> pygame.Surface:
        font = self._font(size, bold=bold)
        text = text.replace("\0", "")  # a font can't draw it, and a name may hold it
        inner = font.render(text, True, colour)
        if not outlined:
            return inner
        shade = font.render(text, True, SHADE)
        made = pygame.Surface((inner.get_width() + 4, inner.get_height() + 4), pygame.SRCALPHA)
        shade.set_alpha(150)
        for x, y in ((1, 1), (3, 1), (1, 3), (3, 3), (2, 0), (2, 4), (0, 2), (4, 2)):
            made.blit(shade, (x, y))
        made.blit(inner, (2, 2))
        return made

    def _font(self, size: int, *, bold: bool) -> pygame.font.Font:
        font = self._fonts.get((size, bold))
        if font is None:
            font = self._fonts[size, bold] = pygame.font.SysFont(FAMILIES, size, bold=bold)
        return font
