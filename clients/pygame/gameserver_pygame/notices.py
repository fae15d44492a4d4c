"""Short messages at the lower edge, gone by themselves."""

from __future__ import annotations

import pygame

from gameserver_pygame.kit import Kit
from gameserver_pygame.theme import TEXT

SHOWN_S = 2.6
FADE_S = 0.4
KEPT = 3


class Notices:
    """The latest few, the newest lowest."""

    def __init__(self) -> None:
        self._lines: list[tuple[float, str]] = []
        """When each was said, and what."""

    def add(self, text: str, now_s: float) -> None:
        """Say something; it replaces what says the same kind of thing, like an older volume."""
        kind = text.split(" ", 1)[0]
        self._lines = [line for line in self._lines if line[1].split(" ", 1)[0] != kind][-KEPT + 1 :]
        self._lines.append((now_s, text))

    def texts(self, now_s: float) -> list[str]:
        """Give what is shown now."""
        self._lines = [line for line in self._lines if now_s - line[0] < SHOWN_S]
        return [text for _, text in self._lines]

    def draw(self, target: pygame.Surface, kit: Kit, now_s: float) -> None:
        """Draw them."""
        self.texts(now_s)
        bottom = target.get_height() - 120
        for said_s, text in reversed(self._lines):
            alpha = min(1.0, (SHOWN_S - (now_s - said_s)) / FADE_S)
            width = kit.text.width(text, 16, bold=True) + 32
            plate = kit.shapes.panel((width, 34), alpha=0.88, radius=17)
            plate.set_alpha(round(255 * alpha))
            rect = plate.get_rect(midbottom=(target.get_width() // 2, bottom))
            target.blit(plate, rect)
            plate.set_alpha(255)  # it may be kept for others
            kit.text.draw(target, text, rect.center, 16, TEXT, anchor="center", bold=True, alpha=alpha)
            bottom -= 40
