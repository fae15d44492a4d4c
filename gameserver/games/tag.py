"""Tag: touch somebody and he is it. He counts to two, then runs a little faster. Each second you are not is a point."""

from typing import Annotated

from gameserver import U32, Axis, Event, Game, Input, Meta, PerPlayer, Player, PlayerId, Predict, Row, Tick, View


class Steer(Input):
    dx: Axis = 0
    dy: Axis = 0


class Tagged(Event):
    who: PlayerId


class Runner(Row):
    x: Annotated[int, Meta(ge=0, le=800)] = 400
    y: Annotated[int, Meta(ge=0, le=600)] = 300
    it: bool = False
    frozen_until: Tick = 0
    score: U32 = 0


def move(me: Runner, steer: Steer, world: View) -> None:
    speed = 0 if world.now < me.frozen_until else 8 if me.it else 7
    me.x = min(800, max(0, me.x + speed * steer.dx))
    me.y = min(600, max(0, me.y + speed * steer.dy))


class Tag(Game):
    runners: PerPlayer[Runner]
    predict = Predict(Steer, Runner, move)

    def on_join(self, player: Player) -> None:
        self.runners[player.id] = Runner(x=self.random.randrange(801), y=self.random.randrange(601))

    def tick(self) -> None:
        it = next((me for me in self.runners.values() if me.it), None)
        for player_id, me in self.runners.items():
            me.score += not me.it and self.now % self.seconds(1) == 0
            if it is None or (not me.it and self.now >= it.frozen_until and abs(me.x - it.x) + abs(me.y - it.y) < 40):
                (it or me).it = False
                me.it, me.frozen_until, it = True, self.now + self.seconds(2), me
                self.emit(Tagged(who=player_id))
