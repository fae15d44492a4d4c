"""The interface that authors implement: subclass `Game`, annotate the state, write the rules.

Rules are plain synchronous Python and deterministic: the same seed and the same inputs at the same ticks give the same
state. Keep out the wall clock, input and output, `random` (use `self.random`), and state outside the game.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn, TypeAlias, TypeVar

import msgspec

from gameserver.declarations import Command, Event, Input, Options, Player, Predict, name_of
from gameserver.errors import StateError
from gameserver.protocol import intmath
from gameserver.protocol.rows import Owners, Row
from gameserver.protocol.tables import One, PerPlayer, Secret, Table, View
from gameserver.reading import read_spec
from gameserver.spec import GameSpec
from gameserver.values import can_change, encode_value, holds_set, refuse_shared

AnyInput = TypeVar("AnyInput", bound=Input)
BotAction: TypeAlias = Input | Command | Iterable[Input | Command] | None
"""What a bot does in a tick."""
_SCALARS = frozenset({bool, int, float, str, bytes})


class _Unset:
    """Stands for a declared row as long as it has no value, and says what to do about it.

    A `__getattr__` could say so, too, but makes every attribute that rules look up twice as slow.
    """

    def __init__(self, place: str) -> None:
        self._place = place

    def __get__(self, game: object, cls: type) -> NoReturn:
        raise AttributeError(f"{self._place} has fields without defaults; set it in setup()")


class Game:
    """The rules of a game; the engine makes one for each room.

    State is what the class annotates: `Table[R]`, `PerPlayer[R]`, `Secret[R]`, a bare row type `R` (one row), and plain
    attributes (saved, never sent). `docs/games.md` is the guide.
    """

    title: str = ""
    """The name for people; made from the class's name where empty."""
    tick_rate: float = 20
    """Steps per second (Hz)."""
    max_players: int = 16
    """Seats of a room."""
    snapshot_every: int = 1
    """Send a snapshot every n-th tick."""
    fill_with_bots: int = 0
    """Players that bots make up for while fewer people are here, unless the command line says otherwise."""
    resume_s: float | None = None
    """How long (s) a lost player's seat waits for him; None: as the server is set (20 s). 0: not at all."""
    predict: Predict[Any, Any] | None = None
    """The movement that clients may predict."""
    inputs: tuple[type[Input], ...] = ()
    """Inputs that are neither predicted nor handled by an `on_<input>` method, but read with `self.input`."""
    events: tuple[type[Event], ...] = ()
    """Events that are neither in the game's module nor imported there."""
    spec: ClassVar[GameSpec]

    now: int
    """The current tick, from 1; 0 in `setup`."""
    random: Random
    """The room's own seeded random numbers; in `bot`, the bots' own."""
    players: Mapping[int, Player]
    """Who plays, by id, in the order of joining. During `on_leave` the leaver is still here."""
    options: Options
    host: Host

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read the class, and refuse what can't work (see `DefinitionError`)."""
        super().__init_subclass__(**kwargs)
        cls.spec = read_spec(cls, Game)
        for name, table in cls.spec.tables.items():
            if table.kind == "one" and default_row(table.row) is None:
                setattr(cls, name, _Unset(f"{cls.__name__}.{name}"))

    # Hooks, all optional.

    def setup(self) -> None:
        """Build the first state, before anyone is here."""

    def on_start(self) -> None:
        """Run once, in the step in which the first player comes, right before his `on_join`."""

    def on_join(self, player: Player) -> None:
        """A player has taken a seat; raise `Refused` to turn him away."""

    def on_leave(self, player: Player) -> None:
        """A player is leaving; his rows go after this."""

    def on_disconnect(self, player: Player) -> None:
        """A player's connection is lost; his seat waits for `resume_s`, then comes `on_leave`."""

    def on_reconnect(self, player: Player) -> None:
        """A player is back on a new connection; what he was told since the old one broke, he didn't hear.

        It comes without `on_disconnect` where the new connection was there before the old one was missed.
        """

    def derive(self) -> None:
        """Rebuild `Derived` attributes from the rest; runs after `setup` and after a load."""

    def bot(self, player: Player) -> BotAction:
        """Decide what a bot does this tick: nothing, an input, a command, or several. Change no state here."""

    def tick(self) -> None:
        """Advance the game by one step, after all commands and moves of this tick."""

    # Given to a game.

    def emit(self, event: Event) -> None:
        """Tell everyone in the room, spectators too."""
        self.host.tell(None, event)

    def tell(self, player: Player | int, event: Event) -> None:
        """Tell one player; a bot, or somebody who left, hears nothing."""
        self.host.tell(player.id if isinstance(player, Player) else player, event)

    def lock(self) -> None:
        """Let no more players in."""
        self.host.locked = True

    def unlock(self) -> None:
        """Let players in again."""
        self.host.locked = False

    def end(self, result: object = None) -> None:
        """End the room after this step.

        `result` is told to everyone: an `Event` as itself, anything else that JSON can hold as an event `end` with
        `{"result": result}`.
        """
        self.host.end(result)

    def seconds(self, seconds: float) -> int:
        """Give a duration in ticks, at least one: `self.now + self.seconds(3)` is a deadline."""
        return max(1, round(seconds * self.host.tick_rate))

    def input(self, player: Player | int, kind: type[AnyInput]) -> AnyInput:
        """Give the input that a player holds; its defaults before the first one came."""
        held: AnyInput | None
        try:
            held = self.host.held[kind][player if player.__class__ is int else player.id]  # type: ignore[union-attr, assignment]
        except KeyError:  # nobody who plays here
            held = self.host.defaults.get(kind)
        if held is None:
            cls = type(self).__name__
            raise StateError(
                f"{kind.__name__} isn't an input of {cls}; list it in the class: `inputs = ({kind.__name__},)`"
            )
        return held

    sin256 = staticmethod(intmath.sin256)
    cos256 = staticmethod(intmath.cos256)
    atan256 = staticmethod(intmath.atan256)
    isqrt = staticmethod(intmath.isqrt)

    def __setattr__(self, name: str, value: object) -> None:
        """Let declared state be set, and nothing else.

        Raises:
            StateError: the attribute isn't declared, belongs to the engine, or can't hold the value.

        """
        self.host.set(name, value)

    def __delattr__(self, name: str) -> None:
        """Refuse: state is declared for as long as the game runs.

        Raises:
            StateError: always.

        """
        raise StateError(f"{type(self).__name__}.{name} can't be deleted; give it another value")


class Host:
    """The engine's side of one game: its tables, its random numbers, what it wants told."""

    def __init__(self, spec: GameSpec, *, seed: int, options: Options, tick_rate: float) -> None:
        self.spec = spec
        self.seed = seed
        self.tick_rate = tick_rate
        self.owners: Owners = {}
        self.players: dict[int, Player] = {}
        self.defaults: dict[Any, Any] = {found.type: found.type() for found in spec.inputs.values()}
        """What is held before the first input came, by type."""
        self.held: dict[type[Input], dict[int, Input]] = {kind: {} for kind in self.defaults}
        """The inputs that each player holds, by type and player id: those of one type lie close together in memory."""
        self.random = Random(seed)
        # A string seed goes through SHA-512, never through hash(): the same in every process.
        self.bot_random = Random(f"{seed}:bots")
        self.outbox: list[tuple[int | None, str, object]] = []
        """What the game told since the last step: player id (None: everyone), event name, event or data."""
        self.locked = False
        self.ended = False
        self.tables: dict[str, Table[Any]] = {}
        self.game: Game = object.__new__(spec.cls)
        self._own: dict[str, Any] = self.game.__dict__
        self._own.update(host=self, now=0, random=self.random, players=MappingProxyType(self.players), options=options)
        self._make_state()
        self.view = View(self._visible_tables())

    def _visible_tables(self) -> dict[type[Row], Table[Any]]:
        """Find the public table of each row type: the predicted one, or the only one."""
        public = [(t.row, self.tables[name]) for name, t in self.spec.tables.items() if t.kind != "secret"]
        visible = {row: table for row, table in public if sum(1 for other, _ in public if other is row) == 1}
        if self.spec.predict is not None and self.spec.predict_table is not None:
            visible[self.spec.predict.row] = self.tables[self.spec.predict_table]
        return visible

    def _make_state(self) -> None:
        for name, table in self.spec.tables.items():
            match table.kind:
                case "table":
                    self._own[name] = self.tables[name] = Table(name, table.row, self.owners)
                case "per_player":
                    self._own[name] = self.tables[name] = PerPlayer(name, table.row, self.owners, self.players)
                case "secret":
                    self._own[name] = self.tables[name] = Secret(name, table.row, self.owners, self.players)
                case "one":
                    self.tables[name] = One(name, table.row, self.owners)
                    row = default_row(table.row)
                    if row is not None:
                        self.put_one(name, row)
        for name, attribute in self.spec.attributes.items():
            self._own[name] = attribute.initial()

    def hold_nothing(self, player: int) -> None:
        """Let a player hold what is held before the first input."""
        for kind, default in self.defaults.items():
            self.held[kind][player] = default

    def forget(self, player: int) -> None:
        """Note that a player is gone, and holds nothing at all."""
        for held in self.held.values():
            held.pop(player, None)

    def put_one(self, name: str, row: Row) -> None:
        """Set the row behind a bare-row attribute."""
        table = self.tables[name]
        assert isinstance(table, One)  # noqa: S101  # for the type checker
        table.put(row)
        self._own[name] = row

    def load_attribute(self, name: str, value: object) -> None:
        """Set a plain attribute as it was saved."""
        self._own[name] = value

    def set(self, name: str, value: object) -> None:
        """Do what an assignment in the rules asks for.

        Raises:
            StateError: the attribute isn't declared, belongs to the engine, or can't hold the value.

        """
        game = self.spec.cls.__name__
        if name in self.spec.attributes:
            self._set_attribute(name, value)
        elif name in self.spec.derived:
            self._own[name] = value
        elif name in self.spec.tables and self.spec.tables[name].kind == "one" and isinstance(value, Row):
            self.put_one(name, value)
        elif isinstance(getattr(self.spec.cls, name, None), property):
            object.__setattr__(self.game, name, value)
        elif name in self.spec.tables:
            raise StateError(f"{game}.{name} is a table; change its rows, or clear() it")
        elif hasattr(Game, name) or name in self._own:
            raise StateError(f"{game}.{name} belongs to the engine and can't be set")
        else:
            raise StateError(f"{game}.{name} isn't declared; write `{name}: <type> = <value>` in the class")

    def _set_attribute(self, name: str, value: object) -> None:
        game, attribute = self.spec.cls.__name__, self.spec.attributes[name]
        if not isinstance(value, attribute.accepts):
            wanted = " or ".join(t.__name__ for t in attribute.accepts)
            raise StateError(f"{game}.{name} holds {wanted}, not {type(value).__name__} ({value!r:.60})")
        place = f"{game}.{name}"
        if type(value) in _SCALARS:
            try:
                # Converted: an int in a float would come back from a save as a float, and divide otherwise.
                value = msgspec.convert(value, attribute.annotation)
            except msgspec.ValidationError as error:
                raise StateError(f"{place} is {value!r:.60}: {error}") from None
        encode_value(place, value, attribute.annotation)
        others = {n: self._own[n] for n in self.spec.attributes if n != name and can_change(self._own.get(n))}
        seen = {id(other): f"{game}.{n}" for n, other in others.items()}
        refuse_shared(place, value, seen)
        self._own[name] = value

    def begin_tick(self, tick: int) -> None:
        """Move the game's clock."""
        self._own["now"] = self.view.now = tick

    def use_bot_random(self, on: bool) -> None:
        """Let `self.random` be the bots' stream, or the game's again."""
        self._own["random"] = self.bot_random if on else self.random

    def tell(self, player: int | None, event: Event) -> None:
        """Queue an event for the end of this step.

        Raises:
            StateError: it isn't an Event, or one that `/api/games` can't list.

        """
        if not isinstance(event, Event):
            raise StateError(f"only an Event can be told, not {type(event).__name__}")
        name = name_of(type(event))
        if self.spec.events.get(name) is not type(event):
            kind, cls = type(event).__name__, self.spec.cls.__name__
            raise StateError(f"{kind} isn't an event of {cls}; import it where the game is, or list it in `events`")
        try:
            msgspec.convert(msgspec.to_builtins(event), type(event))
        except (TypeError, ValueError) as error:
            raise StateError(f"{event!r:.80} can't be told: {error}") from None
        self.outbox.append((player, name, event))

    def end(self, result: object) -> None:
        """Note that the room is over; only the first call counts.

        Raises:
            StateError: the result can't be told.

        """
        if self.ended:
            return
        if isinstance(result, Event):
            self.tell(None, result)
        elif result is not None:
            try:
                data = msgspec.json.encode({"result": result})
            except (TypeError, ValueError, RecursionError) as error:
                raise StateError(f"this result can't be told: {error}; use an Event, or dict, list, str, int") from None
            if holds_set(result):
                raise StateError("this result can't be told: a set has no stable order; use a list")
            self.outbox.append((None, "end", msgspec.json.decode(data)))
        self.ended = True


def default_row(row_type: type[Row]) -> Row | None:
    """Make a row of defaults; None where a field has none."""
    fields: tuple[str, ...] = row_type.__struct_fields__
    defaults: tuple[Any, ...] = row_type.__struct_defaults__
    return row_type() if len(fields) == len(defaults) and msgspec.NODEFAULT not in defaults else None
