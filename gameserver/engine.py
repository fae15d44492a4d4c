"""Running the rules: hooks, seats, bots, commands, inputs and events of one game.

`Engine` is the half of a room that faces the game; `Room` is the half that faces people. Whatever the game raises comes
out of here as `RoomFailed`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Protocol

import msgspec

from gameserver.declarations import Command, Input, Options, Player
from gameserver.errors import Refused, RoomFailed, StateError
from gameserver.game import Host, default_row
from gameserver.inputs import InputQueue
from gameserver.saving import SavedRoom, SavedSeat, load_game, save_game
from gameserver.seats import Seat
from gameserver.settings import Settings
from gameserver.spec import GameSpec

_BOT_NAMES = (
    "Ada",
    "Bohr",
    "Curie",
    "Dirac",
    "Euler",
    "Fermi",
    "Gauss",
    "Hopper",
    "Ising",
    "Joule",
    "Kepler",
    "Lamarr",
)


class News(Protocol):
    """What the engine tells the room while a step runs."""

    def player_joined(self, player: Player) -> None:
        """A player has his place in the game."""

    def player_left(self, player: int, reason: str) -> None:
        """A player is out of the game."""

    def command_refused(self, member: int | None, refusal: Refused, seq: int | None) -> None:
        """The game declined a command of this member."""

    def report(self, hook: str, tick: int) -> str:
        """Tell all that is known of how the room came to a failure in this hook."""


class Guard:
    """The context in which the game's code runs: ends in `RoomFailed` where that raises.

    A class, not a generator: each step enters several.
    """

    __slots__ = ("_engine", "_hook", "_refusable")

    def __init__(self, engine: Engine, hook: str, *, refusable: bool) -> None:
        self._engine = engine
        self._hook = hook
        self._refusable = refusable

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Judge what was raised, if anything was.

        Raises:
            RoomFailed: the game raised.

        """
        if error is not None and not (self._refusable and isinstance(error, Refused)):
            raise self._engine.blame(self._hook, error) from error


class Engine:
    """One game and those who play it."""

    def __init__(
        self,
        spec: GameSpec,
        news: News,
        *,
        room_id: str,
        seed: int,
        options: Options,
        bots: int,
        tick_rate: float,
        settings: Settings,
        saved: bytes | None,
    ) -> None:
        self.spec = spec
        self.tick = 0
        self.seats: dict[int, Seat] = {}
        """By player id; a seat is there from the moment somebody asks for it."""
        self.host = Host(spec, seed=seed, options=options, tick_rate=tick_rate)
        self.game = self.host.game
        self.players = self.host.players
        """Who is in the game: whoever had his `on_join`."""
        self.bots = bots if "bot" in spec.hooks else 0
        """How many players bots make up for when fewer people are here."""
        self._news = news
        self._room_id = room_id
        self._settings = settings
        self._next_player = 1
        self._bot_ids: set[int] = set()
        """Ids of those players that are bots, only ever counted: a set has no stable order."""
        self._started = False
        self._commands: list[tuple[int, int | None, Command, int | None]] = []
        """Player, the member that he was then, what he does, and its number."""
        self._playable = frozenset(spec.playable.values())
        self._handled = [(i.type, i.method) for i in spec.inputs.values() if i.method]
        """Inputs that the game has a method for, and its name."""
        self._fresh: dict[int, InputQueue] = {}
        """Whose inputs wait, by player, or were taken by the last tick."""
        self._command_methods = {c.type: c.method for c in spec.commands.values()}
        if saved is None:
            with self.guard("setup"):
                self.game.setup()
            with self.guard("derive"):
                self.game.derive()
        else:
            with self.guard("load"):
                self._load(saved)

    @property
    def bot_count(self) -> int:
        """Bots in seats."""
        return len(self._bot_ids)

    def guard(self, hook: str, *, refusable: bool = False) -> Guard:
        """Turn whatever the game raises into `RoomFailed`; let a `Refused` pass where somebody can be told."""
        return Guard(self, hook, refusable=refusable)

    def blame(self, hook: str, error: BaseException) -> RoomFailed:
        """Make the error that ends the room out of what the game raised.

        `guard` does it for a whole block; what runs in every turn catches by itself, which costs nothing until then.

        Raises:
            KeyboardInterrupt: it is the operator's, not the game's.

        """
        if isinstance(error, KeyboardInterrupt):
            raise error
        # Rules are a stranger's code to the engine: whatever they raise, even exit(), ends their room alone.
        return self.failure(hook)

    def failure(self, hook: str) -> RoomFailed:
        """Make the error that ends the room."""
        return RoomFailed(
            room=self._room_id,
            game=self.spec.name,
            seed=self.host.seed,
            tick=self.tick,
            hook=hook,
            report=self._news.report(hook, self.tick),
        )

    # Coming and going.

    def reserve(self, member: int | None, identity: str | None = None) -> Seat:
        """Give a new player's seat; he isn't in the game before `admit`."""
        player_id = self._next_player
        self._next_player += 1
        return self._seat(player_id, member, identity)

    def _seat(self, player: int, member: int | None, identity: str | None) -> Seat:
        queue = InputQueue(self._settings.max_waiting_inputs, player, self._fresh)
        seat = self.seats[player] = Seat(player, member, queue, identity)
        return seat

    def release(self, player: int) -> None:
        """Give up a reserved seat whose player was turned away."""
        self.seats.pop(player, None)

    def admit(self, player: Player) -> None:
        """Give a player with a seat his place in the game; a bot makes room for him where it must.

        Raises:
            Refused: by the game.

        """
        if len(self.players) >= self.spec.max_players:
            self._remove_last_bot()
        self.players[player.id] = player
        self.host.hold_nothing(player.id)
        if player.bot:
            self._bot_ids.add(player.id)
        for name, table in self.spec.tables.items():
            row = default_row(table.row) if table.kind in {"per_player", "secret"} else None
            if row is not None:
                self.host.tables[name][player.id] = row
        try:
            if not self._started:
                self._started = True
                with self.guard("on_start"):
                    self.game.on_start()
            with self.guard("on_join", refusable=True):
                self.game.on_join(player)
        except Refused:
            self._remove(player.id)
            raise
        self._news.player_joined(player)

    def disconnect(self, player_id: int) -> None:
        """Note that a player's connection is lost; he keeps his place, and holds nothing down."""
        player = self.players[player_id] = msgspec.structs.replace(self.players[player_id], connected=False)
        self.host.hold_nothing(player_id)
        self.seats[player_id].restart()
        with self.guard("on_disconnect"):
            self.game.on_disconnect(player)

    def reconnect(self, player_id: int) -> None:
        """Note that a player has a new connection."""
        player = self.players[player_id] = msgspec.structs.replace(self.players[player_id], connected=True)
        self.host.hold_nothing(player_id)
        with self.guard("on_reconnect"):
            self.game.on_reconnect(player)

    def dismiss(self, player_id: int, reason: str) -> None:
        """Take a player out of the game."""
        player = self.players.get(player_id)
        if player is None:  # turned away by the game
            return
        with self.guard("on_leave"):
            self.game.on_leave(player)
        self._remove(player_id)
        self._news.player_left(player_id, reason)

    def _remove(self, player_id: int) -> None:
        self._bot_ids.discard(player_id)
        for name, table in self.spec.tables.items():
            if table.kind in {"per_player", "secret"}:
                self.host.tables[name].pop(player_id, None)
        self.host.forget(player_id)
        for by_player in (self.players, self.seats):
            by_player.pop(player_id, None)

    def balance_bots(self) -> None:
        """Let bots in while people are few, and out as people come."""
        if not self.bots or self.host.locked:
            return
        people = len(self.players) - self.bot_count
        wanted = max(0, min(self.bots, self.spec.max_players) - people)
        while self.bot_count > wanted:
            self._remove_last_bot()
        while self.bot_count < wanted:
            seat = self.reserve(None)
            name = f"Bot {_BOT_NAMES[seat.player % len(_BOT_NAMES)]}"
            try:
                self.admit(Player(seat.player, name, bot=True))
            except Refused:  # a game that takes no bots now; asked again next tick
                return

    def _remove_last_bot(self) -> None:
        last = next((p.id for p in reversed(self.players.values()) if p.bot), None)
        if last is not None:
            self.dismiss(last, "made_room")

    # The parts of a step.

    def begin(self, tick: int) -> None:
        """Move the game's clock."""
        self.tick = tick
        self.host.begin_tick(tick)

    def command(self, player: int, command: Command, seq: int | None = None) -> None:
        """Queue a command for the next step.

        Raises:
            Refused: `bad_message` when `seq` doesn't rise.

        """
        seat = self.seats[player]
        seat.queue.number(seq)
        self._commands.append((player, seat.member, command, seq))

    def skip(self, player: int, seq: int | None) -> None:
        """Take a number whose command or input was refused on its way: `ack` must not wait for it."""
        queue = self.seats[player].queue
        if seq is not None and (queue.last_seq is None or seq > queue.last_seq):
            queue.number(seq)
            queue.consume(seq)

    def run(self) -> None:
        """Run the rules of a tick: bots, commands, inputs, and the game's own `tick`.

        Raises:
            RoomFailed: the game raised.

        """
        if self._bot_ids:
            self._run_bots()
        if self._commands:
            self._run_commands()
        if self._fresh:
            self._take_inputs()
        if self._handled or self.spec.predict is not None:
            self._run_inputs()
        try:
            self.game.tick()
        except BaseException as error:
            raise self.blame("tick", error) from error

    def _run_bots(self) -> None:
        """Ask each bot what it does this tick."""
        bots = [player for player in self.players.values() if player.bot]
        with self.guard("bot"):
            self.host.use_bot_random(on=True)
            for player in bots:
                done = self.game.bot(player)
                for action in [done] if isinstance(done, Input | Command) else done or ():
                    self._act(player.id, action)
            self.host.use_bot_random(on=False)

    def _act(self, player: int, action: object) -> None:
        if isinstance(action, Input | Command):
            try:
                # Nobody's values reach the game out of bounds, and constructors don't check them.
                msgspec.convert(msgspec.to_builtins(action), type(action))
            except msgspec.ValidationError as error:
                raise StateError(f"a bot gives {action!r:.80}: {error}") from None
        match action:
            case Input() if type(action) in self._playable:
                self.seats[player].queue.put(None, action)
            case Command() if type(action) in self._playable:
                self.command(player, action)
            case _:
                raise StateError(f"a bot gives this game's inputs and commands, not {type(action).__name__}")

    def _run_commands(self) -> None:
        """Hand every waiting command to its method, in the order of arrival."""
        commands, self._commands = self._commands, []
        for player_id, member, command, seq in commands:
            player = self.players.get(player_id)
            if player is None:  # left before his command was due
                continue
            seat = self.seats[player_id]
            method = self._command_methods[type(command)]
            try:
                with self.guard(method, refusable=True):
                    getattr(self.game, method)(player, command)
            except Refused as refusal:
                self._news.command_refused(member, refusal, seq)
            if seat.member == member:  # the numbers of a connection before mean nothing on the next
                seat.queue.consume(seq)

    def _run_inputs(self) -> None:
        """Apply each player's input of this tick: through `Predict`'s move, and the game's own `on_<input>`."""
        predict, table = self.spec.predict, self.spec.predict_table
        held = self.host.held
        handled = [(held[kind], getattr(self.game, method)) for kind, method in self._handled]
        rows = self.host.tables[table] if table is not None else {}
        predicted = held[predict.input] if predict is not None else {}
        with self.guard("move"):
            for player_id, player in list(self.players.items()):
                if predict is not None and (row := rows.get(player_id)) is not None:
                    predict.move(row, predicted[player_id], self.host.view)
                for given, method in handled:
                    method(player, given[player_id])

    def _take_inputs(self) -> None:
        """Let each player hold his next input; who sent none lately isn't even looked at."""
        players, held = self.players, self.host.held
        stale = []
        for player, queue in self._fresh.items():
            if player not in players:
                if player not in self.seats:  # else he asked in, and isn't in yet
                    stale.append(player)
                continue
            given = queue.take()
            if given is None:  # else it is looked at once more, since its margin falls
                stale.append(player)
            elif isinstance(given, dict):
                for kind, each in given.items():
                    held[kind][player] = each
            else:
                held[type(given)][player] = given
        for player in stale:
            del self._fresh[player]

    def take_events(self) -> list[tuple[int | None, str, Any]]:
        """Give what the game told since the last call: player id (None: everyone), name, data."""
        outbox, self.host.outbox = self.host.outbox, []
        return outbox

    # Saving.

    @property
    def unattended(self) -> int:
        """Players without a connection: away, or of a loaded room. Their seats are taken all the same."""
        return sum(1 for player in self.players.values() if not player.bot and self.seats[player.id].member is None)

    def save(self) -> bytes:
        """Give the state as of the last step, people's connections aside.

        Raises:
            StateError: the state can't be saved.

        """
        return msgspec.msgpack.encode(self._saved())

    def digest(self) -> str:
        """Give a digest of the state: equal where everything that the rules can see is equal.

        Sequence numbers are left out: they tell what was sent, not what came of it.

        Raises:
            StateError: the state can't be saved.

        """
        saved = self._saved()
        seats = {p: ([bundle for _, bundle in s.queue.waiting], s.away_until) for p, s in saved.seats.items()}
        return blake2b(
            msgspec.msgpack.encode((msgspec.structs.replace(saved, seats={}), seats)), digest_size=16
        ).hexdigest()

    def _saved(self) -> SavedRoom:
        return SavedRoom(
            game=self.spec.name,
            tick=self.tick,
            started=self._started,
            next_player=self._next_player,
            seats={player: _saved_seat(self.seats[player]) for player in self.players},
            state=save_game(self.host),
        )

    def _load(self, data: bytes) -> None:
        saved = msgspec.msgpack.decode(data, type=SavedRoom)
        if saved.game != self.spec.name:
            raise StateError(f"this is a room of {saved.game}")
        self._started, self._next_player = saved.started, saved.next_player
        self.begin(saved.tick)
        load_game(self.host, saved.state)
        self._bot_ids.update(player.id for player in self.players.values() if player.bot)
        kinds = {i.type.__name__: i.type for i in self.spec.inputs.values()}
        for player, saved_seat in saved.seats.items():
            seat = self._seat(player, None, saved_seat.identity)
            seat.queue.load(saved_seat.queue, kinds)
            seat.queue.last_seq, seat.away_until = saved_seat.last_seq, saved_seat.away_until
            seat.generation, seat.unconfirmed = saved_seat.generation, saved_seat.unconfirmed
            self._fresh[player] = seat.queue


def _saved_seat(seat: Seat) -> SavedSeat:
    queue = seat.queue.save()
    return SavedSeat(queue, seat.queue.last_seq, seat.identity, seat.generation, seat.unconfirmed, seat.away_until)
