"""The rules of `loadtest.games.Movers` in plain Python, for the servers of `loadtest/peers/`.

Those run where this project isn't installed: hence the standard library alone.
"""

from __future__ import annotations

import argparse
import base64
import os
from random import Random
from typing import Any, NamedTuple

SIDE = 2000
TOP_SPEED = 5


class Flags(NamedTuple):
    """What a peer's server is told on its command line."""

    rate_hz: float
    room_size: int
    frame_bytes: int


def flags() -> Flags:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate-hz", type=float, default=20)
    parser.add_argument("--room-size", type=int, default=50)
    parser.add_argument("--frame-bytes", type=int, default=0)
    given = parser.parse_args()
    return Flags(given.rate_hz, given.room_size, given.frame_bytes)


def filler(characters: int) -> str:
    """Give ASCII text that nothing can make much shorter, another one each time."""
    return base64.b64encode(os.urandom(characters)).decode()[:characters]


class Mover:
    """A player's body."""

    def __init__(self, random: Random) -> None:
        """Put it anywhere, going anywhere."""
        self.x, self.y = random.randint(0, SIDE), random.randint(0, SIDE)
        self.vx = self.vy = 0
        while not (self.vx and self.vy):
            self.vx, self.vy = random.randint(-TOP_SPEED, TOP_SPEED), random.randint(-TOP_SPEED, TOP_SPEED)
        self.hp, self.score = 100, 0
        self._pushed = (0, 0)

    def push(self, vx: Any, vy: Any) -> None:
        """Take a new speed, if it is one, and another than was asked for before."""
        if not (type(vx) is type(vy) is int and -TOP_SPEED <= vx <= TOP_SPEED and -TOP_SPEED <= vy <= TOP_SPEED):
            return
        if (vx, vy) != self._pushed:
            self._pushed = self.vx, self.vy = vx, vy

    def move(self) -> None:
        """Go one step, and bounce off the walls."""
        self.x += self.vx
        self.y += self.vy
        if not 0 <= self.x <= SIDE:
            self.x, self.vx = _bounced(self.x), -self.vx
        if not 0 <= self.y <= SIDE:
            self.y, self.vy = _bounced(self.y), -self.vy

    def state(self) -> dict[str, int]:
        """Give what clients see of it."""
        return {"x": self.x, "y": self.y, "vx": self.vx, "vy": self.vy, "hp": self.hp, "score": self.score}


def _bounced(at: int) -> int:
    """Give where somebody is who went through a wall."""
    return -at if at < 0 else 2 * SIDE - at
