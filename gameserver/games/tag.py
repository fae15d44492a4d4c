"""Tag: touch somebody and he is it. He counts to two, then runs a little faster. Each second you are not is a point."""

from gameserver import U16, U32, Axis, Event, Game, Input, PerPlayer, Player, PlayerId, Predict, Row, Tick, View


class Steer(Input):
    dx: Axis = 0
    dy: Axis = 0


class Tagged(Event):
    who: PlayerId


class Runner(Row):
    x: U16 = 400
    y: U16 = 300
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
        it = next((runner for runner in self.runners.values() if runner.it), None)
        for player_id, runner in self.runners.items():
            runner.score += not runner.it and self.now % self.seconds(1) == 0
            near = it is not None and max(abs(runner.x - it.x), abs(runner.y - it.y)) < 30 and not runner.it
            if it is None or (near and self.now >= it.frozen_until):
                if it is not None:
                    it.it = False
                runner.it, runner.frozen_until, it = True, self.now + self.seconds(2), runner
                self.emit(Tagged(who=player_id))
