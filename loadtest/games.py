"""Games that exist to be measured."""

from __future__ import annotations

from typing import Annotated

from gameserver import U8, U16, Game, Input, Meta, PerPlayer, Player, Row

SIDE = 2000
TOP_SPEED = 5

Coordinate = Annotated[int, Meta(ge=0, le=SIDE)]
Speed = Annotated[int, Meta(ge=-TOP_SPEED, le=TOP_SPEED)]


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
    pushed: dict[int, tuple[int, int]]
    """What each player last asked for: a push is one, however long it is held."""

    def on_join(self, player: Player) -> None:
        """Put the player anywhere, going anywhere."""
        me = self.movers[player.id]
        me.x, me.y = self.random.randint(0, SIDE), self.random.randint(0, SIDE)
        while not (me.vx and me.vy):
            me.vx, me.vy = (self.random.randint(-TOP_SPEED, TOP_SPEED) for _ in range(2))
        self.pushed[player.id] = (0, 0)

    def on_leave(self, player: Player) -> None:
        """Forget what was asked."""
        del self.pushed[player.id]

    def tick(self) -> None:
        """Move everybody by one step."""
        for player, me in self.movers.items():
            push = self.input(player, Push)
            if (push.vx, push.vy) != self.pushed[player]:
                self.pushed[player] = me.vx, me.vy = push.vx, push.vy
            me.x, me.vx = _bounced(me.x + me.vx, me.vx)
            me.y, me.vy = _bounced(me.y + me.vy, me.vy)


def _bounced(at: int, speed: int) -> tuple[int, int]:
    if at < 0:
        return -at, -speed
    if at > SIDE:
        return 2 * SIDE - at, -speed
    return at, speed
