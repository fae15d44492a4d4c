"""Something large in the middle of the picture, for a moment."""

from __future__ import annotations

from gameserver_pygame.theme import TEXT, Colour

SHOWN_S = 1.6
POP_S = 0.22
FADE_S = 0.3


class Shout:
    """The latest."""

    def __init__(self) -> None:
        self.text = ""
        self.name = ""
        """Whom it is about."""
        self.colour: Colour = TEXT
        """Of the name."""
        self._said_s = -SHOWN_S

    def say(self, text: str, now_s: float, name: str = "", colour: Colour = TEXT) -> None:
        """Say it; what was said before is gone."""
        self.text, self.name, self.colour, self._said_s = text, name, colour, now_s

    def strength(self, now_s: float) -> float:
        """How much of it is to be seen, 0 to 1."""
        return max(0.0, min(1.0, (SHOWN_S - (now_s - self._said_s)) / FADE_S))

    def size(self, now_s: float) -> float:
        """How large it is; it begins at 1.5."""
        return 1 + 0.5 * max(0.0, 1 - (now_s - self._said_s) / POP_S)
