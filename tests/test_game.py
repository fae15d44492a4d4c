"""What a game is given, and what its assignments may do."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
import pytest

from gameserver import (
    U8,
    U16,
    Axis,
    Derived,
    Event,
    Game,
    Input,
    Options,
    PerPlayer,
    Player,
    Predict,
    Row,
    Secret,
    StateError,
    Table,
    View,
)
from gameserver.game import Host, default_row
from gameserver.values import can_change


class Steer(Input):
    """An input."""

    dx: Axis = 0


class Other(Input):
    """Another."""

    n: U8 = 0


class Hit(Event):
    """An event."""

    by: int = 0


class Body(Row):
    """A row with defaults."""

    x: U16 = 0


class Turn(Row):
    """A bare row."""

    who: U8 = 0


class Bare(Row):
    """A row without defaults."""

    n: U8


class Mixed(Row, kw_only=True):
    """A row with a default, and a field without one after it."""

    a: U8 = 1
    b: U8


class Point(msgspec.Struct):
    """A struct as an attribute."""

    x: int = 0


class Fixed(msgspec.Struct, frozen=True):
    """A struct that can't change."""

    x: int = 0


class Setup(Options):
    """Options."""

    size: U8 = 3


def move(me: Body, steer: Steer, world: View) -> None:
    """Move."""
    me.x += steer.dx


class Arena(Game):
    """Every kind of state."""

    tick_rate = 20
    predict = Predict(Steer, Body, move)
    inputs = (Other,)
    options: Setup
    bodies: PerPlayer[Body]
    hands: Secret[Bare]
    shots: Table[Body]
    turn: Turn
    bare: Bare
    count: int
    start: int = 5
    small: U8
    flag: bool
    ratio: float
    label: str
    blob: bytes
    maybe: int | None
    either: int | str = 0
    order: list[int]
    names: dict[int, str]
    point: Point = Point(x=4)
    other_point: Point = Point()
    fixed: Fixed = Fixed()
    other_fixed: Fixed = Fixed()
    grid: list[list[int]] = [[1, 2], [3]]  # each room gets its own
    cache: Derived[set[int]]
    limit = 9

    def not_state(self) -> int:
        """Do nothing."""
        return self.limit


def make_host(seed: int = 1) -> Host:
    """Make a game with two players."""
    host = Host(Arena.spec, seed=seed, options=Setup(size=7), tick_rate=20)
    host.players.update({1: Player(1, "Ann"), 2: Player(2, "Bob")})
    return host


@pytest.fixture
def host() -> Host:
    """A host."""
    return make_host()


@pytest.fixture
def game(host: Host) -> Any:
    """Its game."""
    return host.game


def test_what_a_game_starts_with(game: Any) -> None:
    """Tables are empty, a bare row is there where it has defaults, attributes have their first values."""
    assert (game.bodies, game.hands, game.shots) == ({}, {}, {})
    assert isinstance(game.turn, Turn)
    assert not hasattr(game, "bare")
    assert not hasattr(game, "cache")
    assert (game.count, game.start, game.flag, game.ratio, game.label, game.blob) == (0, 5, False, 0.0, "", b"")
    assert (game.maybe, game.either, game.order, game.names) == (None, 0, [], {})
    assert (game.point.x, game.grid, game.now, game.options) == (4, [[1, 2], [3]], 0, Setup(size=7))


def test_rooms_share_nothing() -> None:
    """Each game has first values of its own."""
    one: Any = make_host().game
    other: Any = make_host().game
    one.grid[0].append(9)
    one.order.append(1)
    one.point.x = 99
    one.turn.who = 3
    assert (other.grid, other.order, other.point.x, other.turn.who) == ([[1, 2], [3]], [], 4, 0)


def test_players_are_read_only(game: Any) -> None:
    """A game reads who plays and can't change it."""
    assert list(game.players) == [1, 2]
    assert game.players[1].name == "Ann"
    with pytest.raises(TypeError):
        game.players[3] = Player(3, "Eve")
    with pytest.raises(TypeError):
        del game.players[1]
    with pytest.raises(AttributeError):
        game.players[1].name = "Eve"


def test_random_is_seeded() -> None:
    """The same seed gives the same numbers, another seed others, and bots draw from a stream of their own."""

    def draw(host: Host) -> list[float]:
        return [host.game.random.random() for _ in range(5)]

    one, same, other = make_host(1), make_host(1), make_host(2)
    assert draw(one) == draw(same) != draw(other)
    one.use_bot_random(on=True)
    bots = draw(one)
    one.use_bot_random(on=False)
    assert draw(one) == draw(same)
    same.use_bot_random(on=True)
    assert draw(same) == bots


def test_now_is_the_tick(host: Host) -> None:
    """The game and what `move` sees have the same time."""
    host.begin_tick(12)
    assert host.game.now == 12
    assert host.view.now == 12


def test_the_view_is_of_public_tables(host: Host, game: Any) -> None:
    """`move` sees rows of public tables as they are, and no secrets."""
    game.bodies[1] = Body(x=5)
    game.turn = Turn(who=2)
    assert host.view.one(Turn).who == 2
    with pytest.raises(StateError, match="not one public table holds Input"):
        host.view.rows(Input)  # type: ignore[type-var]


def test_seconds_are_ticks(game: Any) -> None:
    """A duration is rounded to ticks, and is never none at all."""
    assert [game.seconds(s) for s in (1, 0.5, 2.26, 0.01, 0, -3)] == [20, 10, 45, 1, 1, 1]
    slow = Host(Arena.spec, seed=1, options=Setup(), tick_rate=7.5)
    assert slow.game.seconds(2) == 15


def test_integer_helpers(game: Any) -> None:
    """The integer mathematics is at hand."""
    assert (game.sin256(64), game.cos256(0), game.atan256(1, 0), game.isqrt(17)) == (4096, 4096, 64, 4)


def test_held_inputs(host: Host, game: Any) -> None:
    """A player's held input by kind, by player or id; the defaults before the first."""
    assert game.input(1, Steer) == Steer()
    host.held[Steer][1] = Steer(dx=1)
    assert game.input(1, Steer) == game.input(Player(1, "Ann"), Steer) == Steer(dx=1)
    assert game.input(1, Other) == Other()
    assert game.input(2, Steer) == game.input(99, Steer) == Steer()


def test_events_wait_in_order(host: Host, game: Any) -> None:
    """What is told waits for the end of the step, with whom it is for."""
    game.emit(Hit(by=1))
    game.tell(2, Hit(by=2))
    game.tell(Player(1, "Ann"), Hit(by=3))
    assert host.outbox == [(None, "hit", Hit(by=1)), (2, "hit", Hit(by=2)), (1, "hit", Hit(by=3))]


def test_only_known_events_are_told(host: Host, game: Any) -> None:
    """What is no event, or one that `/api/games` doesn't list, is refused by name."""

    class Elsewhere(Event):
        pass

    with pytest.raises(StateError, match="only an Event can be told, not Steer"):
        game.emit(Steer())
    with pytest.raises(StateError, match="only an Event can be told, not str"):
        game.tell(1, "hit")
    with pytest.raises(StateError, match=r"Elsewhere isn't an event of Arena; .* list it in `events`"):
        game.emit(Elsewhere())
    impostor = type("Hit", (Event,), {"__module__": __name__})
    with pytest.raises(StateError, match="isn't an event of Arena"):
        game.emit(impostor())
    assert host.outbox == []


def test_locking(host: Host, game: Any) -> None:
    """A game shuts its room and opens it again."""
    seen = [host.locked]
    game.lock()
    seen.append(host.locked)
    game.unlock()
    assert [*seen, host.locked] == [False, True, False]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (None, []),
        ({"winner": 1}, [(None, "end", {"result": {"winner": 1}})]),
        ("draw", [(None, "end", {"result": "draw"})]),
        (0, [(None, "end", {"result": 0})]),
        (Hit(by=4), [(None, "hit", Hit(by=4))]),
        ([Point(x=1)], [(None, "end", {"result": [{"x": 1}]})]),
    ],
)
def test_the_end(host: Host, game: Any, result: object, told: list[Any]) -> None:
    """The result is told as an event of its own or as `end`, and only the first end counts."""
    game.end(result)
    assert host.ended
    assert host.outbox == told
    game.end("again")
    assert host.outbox == told


def test_a_result_that_can_not_be_told(host: Host, game: Any) -> None:
    """It is refused, and the room goes on."""
    with pytest.raises(StateError, match="this result can't be told"):
        game.end(object())
    assert not host.ended


def test_hooks_of_the_base_do_nothing(game: Any) -> None:
    """A game without hooks is a game."""
    ann = game.players[1]
    game.setup()
    game.on_start()
    game.on_join(ann)
    game.on_leave(ann)
    game.on_disconnect(ann)
    game.on_reconnect(ann)
    game.derive()
    game.tick()
    assert game.bot(ann) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", -(2**40)),
        ("small", 255),
        ("flag", True),
        ("ratio", 0.25),
        ("ratio", float("-inf")),
        ("label", "x" * 5000),
        ("blob", b"\x00"),
        ("maybe", 3),
        ("maybe", None),
        ("either", "x"),
        ("either", 4),
        ("order", [1, 2]),
        ("names", {1: "a"}),
        ("point", Point(x=1)),
        ("cache", {1, 2}),
        ("cache", None),
    ],
)
def test_assignments_that_fit(game: Any, name: str, value: object) -> None:
    """Declared attributes take values of their type; derived ones take anything."""
    setattr(game, name, value)
    assert getattr(game, name) == value
    setattr(game, name, getattr(game, name))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("count", "1", "Arena.count holds int, not str ('1')"),
        ("count", 1.0, "Arena.count holds int, not float (1.0)"),
        ("count", True, "Arena.count is True: Expected `int`, got `bool`"),
        ("count", None, "Arena.count holds int, not NoneType (None)"),
        ("small", 256, "Arena.small is 256: Expected `int` <= 255"),
        ("small", -1, "Arena.small is -1: Expected `int` >= 0"),
        ("flag", 1, "Arena.flag holds bool, not int (1)"),
        ("ratio", True, "Arena.ratio is True: Expected `float`, got `bool`"),
        ("ratio", "1", "Arena.ratio holds float or int, not str ('1')"),
        ("label", b"x", "Arena.label holds str, not bytes"),
        ("maybe", "x", "Arena.maybe holds int or NoneType, not str"),
        ("either", 1.5, "Arena.either holds int or str, not float"),
        ("order", (1, 2), "Arena.order holds list, not tuple"),
        ("order", {1, 2}, "Arena.order holds list, not set"),
        ("order", deque([1]), "Arena.order holds list, not deque"),
        ("names", [], "Arena.names holds dict, not list"),
        ("point", Body(), "Arena.point holds Point, not Body"),
        ("bodies", {}, "Arena.bodies is a table; change its rows, or clear() it"),
        ("shots", Body(), "Arena.shots is a table"),
        ("turn", 5, "Arena.turn is a table"),
        ("turn", Body(), "turn[0]: a Turn belongs here, not a Body"),
        ("now", 5, "Arena.now belongs to the engine and can't be set"),
        ("random", None, "belongs to the engine"),
        ("players", {}, "belongs to the engine"),
        ("options", Setup(), "belongs to the engine"),
        ("host", None, "belongs to the engine"),
        ("tick_rate", 5, "belongs to the engine"),
        ("tick", None, "belongs to the engine"),
        ("__class__", Game, "belongs to the engine"),
        ("speed", 5, "Arena.speed isn't declared; write `speed: <type> = <value>` in the class"),
        ("limit", 5, "Arena.limit isn't declared"),
    ],
)
def test_assignments_that_do_not_fit(game: Any, name: str, value: object, problem: str) -> None:
    """Wrong types, tables, what belongs to the engine, and what isn't declared are refused at the assignment."""
    before = dict(game.__dict__)
    with pytest.raises(StateError) as caught:
        setattr(game, name, value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    assert game.__dict__ == before


def test_an_int_becomes_the_float_that_it_is_declared_as(game: Any) -> None:
    """A float holds a float, as it would after a save and a load."""
    game.ratio = 3
    assert type(game.ratio) is float
    game.maybe = 3
    assert type(game.maybe) is int


def test_state_can_not_be_deleted(game: Any) -> None:
    """What is declared stays; another value can be given."""
    with pytest.raises(StateError, match=r"Arena\.count can't be deleted"):
        del game.count
    with pytest.raises(StateError, match=r"Arena\.shots can't be deleted"):
        del game.shots


def test_two_attributes_do_not_share_a_value(game: Any) -> None:
    """A list or struct in two attributes would be two after a load; a frozen one may be shared."""
    game.order = [1]
    with pytest.raises(StateError, match=r"Arena\.point and Arena\.other_point are the same object; make a copy"):
        game.point = game.other_point
    game.fixed = Fixed(x=2)
    game.other_fixed = game.fixed
    game.order = game.order


def test_what_can_change() -> None:
    """Lists, dicts and structs can, and numbers, text, tuples and frozen structs can't."""
    assert all(map(can_change, ([], {}, bytearray(), Point())))
    assert not any(map(can_change, (1, "", (), None, Fixed(), Player(1, "Ann"))))


def test_the_bare_row_is_replaced(host: Host, game: Any) -> None:
    """Assigning a row replaces it in its table; the old one is free; a row of another table is refused."""
    old = game.turn
    game.turn = new = Turn(who=4)
    assert game.turn is new
    assert dict(host.tables["turn"]) == {0: new}
    game.turn = old
    game.bare = Bare(n=3)
    assert game.bare.n == 3
    game.shots.add(Body())
    with pytest.raises(StateError, match=r"lives in shots\[1\] already"):
        game.bodies[1] = game.shots[1]


def test_default_rows() -> None:
    """A row of defaults is there only where every field has one, keyword-only ones too."""
    assert isinstance(default_row(Body), Body)
    assert default_row(Bare) is None
    assert default_row(Mixed) is None
