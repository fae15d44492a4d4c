"""Which keys do what, until each was used once."""

from __future__ import annotations

from typing import Literal, TypeAlias

Hint: TypeAlias = Literal["move", "fire", "dash", "follow", "roam"]

PLAYING: dict[Hint, tuple[str, str]] = {
    "move": ("W A S D", "move"),
    "fire": ("Mouse", "aim and fire"),
    "dash": ("Space", "dash"),
}
WATCHING: dict[Hint, tuple[str, str]] = {
    "follow": ("Q  E", "or click: follow a player"),
    "roam": ("W A S D", "roam"),
}


class Hints:
    """Those that are still of use."""

    def __init__(self, *, watching: bool) -> None:
        self._left = dict(WATCHING if watching else PLAYING)

    def used(self, hint: Hint) -> None:
        """Say that somebody knows."""
        self._left.pop(hint, None)

    def lines(self) -> list[tuple[str, str]]:
        """Give keys and meanings."""
        return list(self._left.values())
