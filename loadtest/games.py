"""Games that exist to be measured."""

from __future__ import annotations

import os
from typing import Annotated

from gameserver import U8, U16, Game, Input, Meta, PerPlayer, Player, Row

SIDE = 2000
TOP_SPEED = 5

Coordinate = Annotated[int, Meta(ge=0, le=SIDE)]
Speed = Annotated[int, Meta(ge=-TOP_SPEED, le=TOP_SPEED)]

FRAME_BYTES = "LOADTEST_FRAME_BYTES"
"""The variable of the environment that says how many bytes each snapshot frame of `Fanout` has."""
FRAME_HEAD_BYTES = 16
"""What a spectator's snapshot of `Fanout` has around the filling; see docs/protocol.md, "The frame" and "A table"."""


class Push(Input):
    """A new speed."""

    vx: Speed = 0
    vy: Speed = 0


class Mover(Row):
    """A player's body."""

    x: Coordinate = 0
    y: Coordinate = 0
    vx: Speed = 0
    vy: Speed = 0
    hp: U8 = 100
    score: U16 = 0


class Movers(Game):
    """Fifty players who all move in every tick, bouncing off the walls: nothing but state to send."""

    tick_rate, max_players = 20, 50
    inputs = (Push,)
    movers: PerPlayer[Mover]
    pushed: dict[int, Push]
    """What each player last asked for: a push is one, however long it is held."""

    def on_join(self, player: Player) -> None:
        """Put the player anywhere, going anywhere."""
        me = self.movers[player.id]
        me.x, me.y = self.random.randint(0, SIDE), self.random.randint(0, SIDE)
        while not (me.vx and me.vy):
            me.vx, me.vy = (self.random.randint(-TOP_SPEED, TOP_SPEED) for _ in range(2))
        self.pushed[player.id] = self.input(player, Push)

    def on_leave(self, player: Player) -> None:
        """Forget what was asked."""
        del self.pushed[player.id]

    def tick(self) -> None:
        """Move everybody by one step."""
        pushed = self.pushed
        for player, me in self.movers.items():
            push = self.input(player, Push)
            if push is not pushed[player] and push != pushed[player]:
                pushed[player] = push
                me.vx, me.vy = push.vx, push.vy
            x, y = me.x + me.vx, me.y + me.vy
            if not 0 <= x <= SIDE:
                x, me.vx = _bounced(x), -me.vx
            if not 0 <= y <= SIDE:
                y, me.vy = _bounced(y), -me.vy
            me.x, me.y = x, y


def _bounced(at: int) -> int:
    """Give where somebody is who went through a wall."""
    return -at if at < 0 else 2 * SIDE - at


class Movers5(Movers):
    """Rooms of 5."""

    max_players = 5


class Movers10(Movers):
    """Rooms of 10."""

    max_players = 10


class Movers20(Movers):
    """Rooms of 20."""

    max_players = 20


class Movers100(Movers):
    """Rooms of 100."""

    max_players = 100


class Movers250(Movers):
    """Rooms of 250."""

    max_players = 250


class Movers500(Movers):
    """Rooms of 500."""

    max_players = 500


MOVERS: dict[int, type[Movers]] = {
    game.max_players: game for game in (Movers, Movers5, Movers10, Movers20, Movers100, Movers250, Movers500)
}
"""By players per room."""


class Filling(Row):
    """Bytes that nothing can make fewer."""

    data: bytes = b""


class Fanout(Game):
    """A room to be watched, where nothing happens but new bytes in every tick: frames of one size to send.

    The size is that which `FRAME_BYTES` says, 512 without it. A frame has exactly so many if that is 80 to 4112.
    """

    tick_rate, max_players = 20, 1
    filling: Filling
    size: int

    def setup(self) -> None:
        """Read the size."""
        self.size = int(os.environ.get(FRAME_BYTES, "512")) - FRAME_HEAD_BYTES

    def tick(self) -> None:
        """Fill the frame anew."""
        self.filling.data = self.random.randbytes(self.size)
