"""Who shot whom, lately."""

from __future__ import annotations

from typing import NamedTuple

KEPT = 5
SHOWN_S = 6.0
FADE_S = 0.6
SLIDE_S = 0.18


class Kill(NamedTuple):
    """A line of the feed."""

    at_s: float
    by: int
    who: int
    weapon: int
    streak: int

    def strength(self, now_s: float) -> float:
        """From 1 to 0 at its end."""
        return max(0.0, min(1.0, (SHOWN_S - (now_s - self.at_s)) / FADE_S))

    def slide(self, now_s: float) -> float:
        """From 1 to 0 at its beginning."""
        return max(0.0, 1 - (now_s - self.at_s) / SLIDE_S)


class KillFeed:
    """The latest at the top."""

    def __init__(self) -> None:
        self._kills: list[Kill] = []

    def add(self, kill: Kill) -> None:
        """Note a kill."""
        self._kills = [kill, *self._kills][:KEPT]

    def shown(self, now_s: float) -> list[Kill]:
        """Give what is to be seen."""
        return [kill for kill in self._kills if now_s - kill.at_s < SHOWN_S]
