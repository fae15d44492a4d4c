"""Games for tests, each showing some part of the interface."""

from gameserver import (
    U8,
    U16,
    Axis,
    BotAction,
    Command,
    Derived,
    Event,
    Game,
    Input,
    Options,
    PerPlayer,
    Player,
    PlayerId,
    Predict,
    Refused,
    Row,
    Secret,
    Table,
    Tick,
    View,
)


class Steer(Input):
    """Where to, and whether the button is down."""

    dx: Axis = 0
    dy: Axis = 0
    fire: bool = False


class Look(Input):
    """An input that the game handles itself."""

    angle: U8 = 0


class Body(Row):
    """A player's."""

    x: U16 = 1000
    y: U16 = 1000
    angle: U8 = 0
    fired: U16 = 0


class Purse(Row):
    """What only its owner sees."""

    coins: U16 = 10
    note: str = "nothing"


class Ball(Row):
    """It flies in a straight line."""

    x: U16 = 0
    y: U16 = 0
    owner: PlayerId = 0


class Score(Row):
    """The room's."""

    balls: U16 = 0
    joins: U16 = 0


class Throw(Command):
    """Throw balls."""

    count: U8 = 1


class Break(Command):
    """Make the game fail."""

    how: str = "raise"


class Thrown(Event):
    """Somebody threw."""

    by: PlayerId
    count: U8


class Whisper(Event):
    """For one player."""

    coins: U16


class Setup(Options):
    """Of the kitchen."""

    coins: U16 = 10
    greedy: bool = False


def move(me: Body, steer: Steer, world: View) -> None:
    """Run, not through the walls."""
    me.x = min(2000, max(0, me.x + 3 * steer.dx))
    me.y = min(2000, max(0, me.y + 3 * steer.dy))


class Kitchen(Game):
    """Everything at once."""

    tick_rate, max_players = 20, 4
    options: Setup
    bodies: PerPlayer[Body]
    purses: Secret[Purse]
    balls: Table[Ball]
    score: Score
    log: list[str]
    throws: dict[int, int]
    last_throw: Tick = 0
    occupied: Derived[set[int]]
    predict = Predict(Steer, Body, move)

    def derive(self) -> None:
        """Rebuild the cache."""
        self.occupied = {ball.x for ball in self.balls.values()}

    def on_start(self) -> None:
        """Note it."""
        self.log.append("start")

    def on_join(self, player: Player) -> None:
        """Refuse one name, give the others a random place."""
        if player.name == "Mallory":
            raise Refused("not_you", "Anyone but Mallory.")
        self.bodies[player.id].x = self.random.randrange(2000)
        self.purses[player.id].coins = self.options.coins
        self.score.joins += 1
        self.throws[player.id] = 0

    def on_leave(self, player: Player) -> None:
        """Note who; he is still here."""
        assert player.id in self.players
        assert player.id in self.bodies
        self.log.append(f"leave {player.name} {player.connected}")
        del self.throws[player.id]

    def on_disconnect(self, player: Player) -> None:
        """Note it."""
        self.log.append(f"lost {player.name}")

    def on_reconnect(self, player: Player) -> None:
        """Note it."""
        self.log.append(f"back {player.name}")

    def on_look(self, player: Player, look: Look) -> None:
        """Turn."""
        self.bodies[player.id].angle = look.angle

    def on_throw(self, player: Player, command: Throw) -> None:
        """Pay a coin for each ball."""
        purse = self.purses[player.id]
        if purse.coins < command.count:
            raise Refused("too_poor", f"You have {purse.coins} coins.")
        purse.coins -= command.count
        purse.note = f"threw {command.count} for {player.name}"
        for _ in range(command.count):
            ball = Ball(x=self.random.randrange(50), y=self.bodies[player.id].y, owner=player.id)
            self.balls.add(ball)
            self.occupied.add(ball.x)
        self.throws[player.id] += command.count
        self.last_throw = self.now
        self.emit(Thrown(by=player.id, count=command.count))
        self.tell(player, Whisper(coins=purse.coins))

    def on_break(self, player: Player, command: Break) -> None:
        """Fail as asked."""
        match command.how:
            case "bounds":
                self.bodies[player.id].fired = 70_000
            case "exit":
                raise SystemExit(3)
            case "share":
                self.balls.add(self.balls[self.balls.add(Ball())])
            case _:
                raise RuntimeError(command.how)

    def bot(self, player: Player) -> BotAction:
        """Wander, and throw now and then."""
        steer = Steer(dx=self.random.randrange(3) - 1, dy=self.random.randrange(3) - 1)
        return [steer, Throw()] if self.random.randrange(40) == 0 else steer

    def tick(self) -> None:
        """Let balls fly and vanish."""
        for ball_id, ball in list(self.balls.items()):
            ball.x += 7
            if ball.x > 300:
                del self.balls[ball_id]
                self.score.balls += 1
        self.occupied = {ball.x for ball in self.balls.values()}
        for player_id in self.players:
            if self.input(player_id, Steer).fire:
                self.bodies[player_id].fired += 1


class Quiet(Game):
    """Nothing ever changes; it ends or locks when told."""

    max_players = 2
    score: Score

    def on_throw(self, player: Player, command: Throw) -> None:
        """End with 0, lock with 1, unlock with 2, tell a winner with more."""
        match command.count:
            case 0:
                self.end()
            case 1:
                self.lock()
            case 2:
                self.unlock()
            case _:
                self.end({"winner": player.id})
