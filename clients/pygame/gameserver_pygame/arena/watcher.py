"""Where a spectator looks: at a player, or wherever he goes by himself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

ROAM_PER_S = 750.0
"""Units a second."""


class Seen(Protocol):
    """A fighter, as far as looking at him goes."""

    x: float
    y: float

    @property
    def alive(self) -> bool:
        """Whether there is anything to look at."""


class Watcher:
    """Follows the leader first; then whom it is told to."""

    def __init__(self) -> None:
        self.target: int | None = None
        """Whom he follows; None: he roams."""
        self.x = 0.0
        self.y = 0.0
        self._roaming = False

    def advance(
        self, bodies: Mapping[int, Seen], leader: int, side: float, way: tuple[int, int], elapsed_s: float
    ) -> None:
        """Look on, once per frame; `way` is where the keys want to go: -1, 0 or 1 across and down."""
        if way != (0, 0):
            self._roaming, self.target = True, None
            self.x = min(side, max(0.0, self.x + way[0] * elapsed_s * ROAM_PER_S))
            self.y = min(side, max(0.0, self.y + way[1] * elapsed_s * ROAM_PER_S))
        if not self._roaming and self.target not in bodies:
            self.target = _whom_to_follow(bodies, leader)
        body = None if self.target is None else bodies.get(self.target)
        if body is not None:
            self.x, self.y = body.x, body.y
        elif not self._roaming:
            self.x = self.y = side / 2

    def follow(self, player: int) -> None:
        """Look at a player from now on."""
        self._roaming, self.target = False, player

    def step(self, bodies: Mapping[int, Seen], step: int) -> None:
        """Go to the next player (1), or to the one before (-1)."""
        ids = sorted(bodies)
        if not ids:
            return
        at = ids.index(self.target) if self.target in bodies and self.target is not None else -1 if step > 0 else 0
        self.follow(ids[(at + step) % len(ids)])


def _whom_to_follow(bodies: Mapping[int, Seen], leader: int) -> int | None:
    if leader in bodies and bodies[leader].alive:
        return leader
    return next((player for player, body in bodies.items() if body.alive), None)
