"""A game's state to bytes and back."""

from __future__ import annotations

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta
from msgspec.structs import astuple

from gameserver import (
    F64,
    I32,
    U8,
    U16,
    Derived,
    Game,
    Input,
    PerPlayer,
    Player,
    PlayerId,
    Row,
    Secret,
    StateError,
    Table,
)
from gameserver.game import Host
from gameserver.saving import SavedGame, load_game, save_game


class Steer(Input):
    """An input."""

    dx: U8 = 0
    label: str = ""
    data: bytes = b""


class Look(Input):
    """Another."""

    angle: U8 = 0


class Body(Row):
    """Every type of field."""

    x: U16 = 0
    big: I32 = 0
    heat: F64 = 0.0
    hot: bool = False
    name: str = ""
    data: bytes = b""


class Named(Row, kw_only=True):
    """A row that is made by keywords only."""

    a: U8
    b: U8 = 2


class Turn(Row):
    """A bare row."""

    who: PlayerId = 0


class Bare(Row):
    """A bare row without defaults."""

    n: U8


class Phase(enum.Enum):
    """A phase."""

    DEAL = "deal"
    PLAY = "play"


class Point(msgspec.Struct):
    """A struct."""

    x: int = 0
    inner: list[int] = []


class Fixed(msgspec.Struct, frozen=True):
    """A struct that can't change."""

    x: int = 0


@dataclasses.dataclass
class Data:
    """A dataclass."""

    x: int = 0
    inner: list[int] = dataclasses.field(default_factory=list)


class Everything(Game):
    """Every kind of state."""

    inputs = (Steer, Look)
    bodies: PerPlayer[Body]
    hands: Secret[Body]
    shots: Table[Named]
    turn: Turn
    bare: Bare
    count: int
    flag: bool
    ratio: float
    label: str
    blob: bytes
    maybe: int | None
    phase: Phase = Phase.DEAL
    side: Literal["left", "right"] = "left"
    price: Decimal = Decimal("1.50")
    bounded: Annotated[list[U8], Meta(max_length=3)]
    order: list[int]
    other: list[int]
    floats: list[float]
    grid: dict[tuple[int, int], list[str]]
    nested: list[dict[str, list[int]]]
    pair: tuple[int, str] = (1, "a")
    point: Point = Point()
    points: list[Point]
    fixed: list[Fixed]
    data: Data = Data()
    cache: Derived[set[int]]

    def derive(self) -> None:
        """Rebuild the cache."""
        self.cache = {body.x for body in self.bodies.values()}


def make_host(seed: int = 1) -> Host:
    """Make a host."""
    return Host(Everything.spec, seed=seed, options=Everything.spec.options(), tick_rate=20)


def filled() -> Host:
    """Make a host with something of every kind."""
    host = make_host()
    game: Any = host.game
    host.players.update({2: Player(2, "Bob"), 1: Player(1, "Ann", bot=True, connected=False)})
    for player in (2, 1):
        game.bodies[player] = Body(x=player, big=-5, heat=1 / 3, hot=True, name="é\n", data=b"\x00\xff")
        game.hands[player] = Body(heat=float(player))
    for number in range(5):
        game.shots.add(Named(a=number))
    del game.shots[2]
    del game.shots[5]
    game.turn.who = 2
    game.bare = Bare(n=7)
    game.count, game.flag, game.ratio, game.label, game.blob, game.maybe = -(2**62), True, 1 / 3, "é", b"\xff", 5
    game.phase, game.side, game.price = Phase.PLAY, "right", Decimal("0.1")
    game.bounded, game.order, game.floats = [1, 2], [3, 1, 2], [0.5, float("inf")]
    game.grid = {(2, 1): ["b"], (1, 2): ["a", "c"]}
    game.nested = [{"z": [1], "a": []}, {}]
    game.pair, game.point, game.data = (5, "x"), Point(x=1, inner=[2]), Data(x=3, inner=[4])
    game.points, game.fixed = [Point(x=1), Point(x=1)], [Fixed(x=2)] * 3
    host.hold_nothing(1)
    host.held[Steer][2], host.held[Look][2] = Steer(dx=3, label="x", data=b"\xff"), Look(angle=9)
    host.locked = True
    host.random.gauss(0, 1)
    host.bot_random.random()
    game.derive()
    return host


def bytes_of(host: Host) -> bytes:
    """Save a host as bytes."""
    return msgspec.msgpack.encode(save_game(host))


def reloaded(host: Host) -> Host:
    """Load a host's bytes into a new one, made from another seed."""
    again = make_host(seed=99)
    load_game(again, msgspec.msgpack.decode(bytes_of(host), type=SavedGame))
    return again


def test_all_of_the_state_comes_back() -> None:
    """Every table, attribute, input, player and random number is as it was, with types and order."""
    host = filled()
    again = reloaded(host)
    for name, table in host.tables.items():
        loaded = again.tables[name]
        assert [(i, astuple(row)) for i, row in table.items()] == [(i, astuple(row)) for i, row in loaded.items()]
        assert loaded.next_id == table.next_id
        assert again.owners.keys() >= {id(row) for row in loaded.values()}
    for name in Everything.spec.attributes:
        before, after = getattr(host.game, name), getattr(again.game, name)
        assert repr(before) == repr(after), name
    assert list(again.players.items()) == list(host.players.items())
    assert again.held == host.held
    assert again.locked
    game: Any = again.game
    assert game.turn is again.tables["turn"][0]
    assert game.cache == {1, 2}
    assert [again.random.random(), again.random.gauss(0, 1)] == [host.random.random(), host.random.gauss(0, 1)]
    assert again.bot_random.random() == host.bot_random.random()
    assert game.shots.add(Named(a=1)) == 6


def test_what_is_saved_again_is_the_same_bytes() -> None:
    """A save of what was loaded is byte for byte the save that it was loaded from."""
    host = filled()
    assert bytes_of(reloaded(host)) == bytes_of(host)
    assert bytes_of(reloaded(make_host())) == bytes_of(make_host())


def test_a_save_is_a_copy() -> None:
    """The game going on doesn't change what was saved."""
    host = filled()
    saved = save_game(host)
    before = msgspec.msgpack.encode(saved)
    game: Any = host.game
    game.bodies[1].x = 500
    game.order.append(5)
    game.point.inner.append(5)
    host.random.random()
    assert msgspec.msgpack.encode(saved) == before


def test_a_float_that_was_given_an_int() -> None:
    """It saves to the same bytes before a load and after."""
    host = make_host()
    game: Any = host.game
    game.ratio = 3
    assert bytes_of(reloaded(host)) == bytes_of(host)


rows = st.builds(
    Body,
    x=st.integers(0, 65_535),
    big=st.integers(-(2**31), 2**31 - 1),
    heat=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    hot=st.booleans(),
    name=st.text(max_size=20),
    data=st.binary(max_size=20),
)


@settings(deadline=None)
@given(
    st.lists(rows, max_size=4),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    st.dictionaries(
        st.tuples(st.integers(0, 9), st.integers(0, 9)), st.lists(st.text(max_size=5), max_size=2), max_size=4
    ),
    st.floats(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_any_state_comes_back(
    bodies: list[Body], order: list[int], grid: dict[tuple[int, int], list[str]], ratio: float, maybe: int | None
) -> None:
    """Whatever values a state holds within its declarations, a load gives them back to the bit."""
    host = make_host()
    game: Any = host.game
    host.players.update((i, Player(i, "x")) for i in range(len(bodies)))
    for i, body in enumerate(bodies):
        host.hold_nothing(i)
        game.bodies[i] = body
    game.order, game.grid, game.ratio, game.maybe = order, grid, ratio, maybe
    again = reloaded(host)
    assert bytes_of(again) == bytes_of(host)
    loaded: Any = again.game
    assert list(map(repr, map(astuple, loaded.bodies.values()))) == list(map(repr, map(astuple, bodies)))
    assert repr((loaded.order, loaded.grid, loaded.ratio, loaded.maybe)) == repr((order, grid, ratio, maybe))


def share_across(game: Any) -> None:
    shared = [1]
    game.nested = [{"a": shared}]
    game.points = [Point(inner=shared)]


def share_within(game: Any) -> None:
    shared = [1]
    game.nested = [{"a": shared, "b": shared}]


def share_rows_of_a_grid(game: Any) -> None:
    shared = ["x"]
    game.grid = {(0, 0): shared, (0, 1): shared}


def share_a_struct(game: Any) -> None:
    game.points = [Point()] * 2


def share_with_a_dataclass(game: Any) -> None:
    game.order = [1]
    game.data.inner = game.order


def share_by_appending(game: Any) -> None:
    game.point = Point()
    game.points.append(game.point)


@pytest.mark.parametrize(
    ("share", "places"),
    [
        (share_across, r"Everything\.points\[0\]\.inner and Everything\.nested\[0\]\['a'\] are the same object"),
        (share_within, r"Everything\.nested\[0\]\['b'\] and Everything\.nested\[0\]\['a'\] are the same"),
        (share_rows_of_a_grid, r"Everything\.grid\[\(0, 1\)\] and Everything\.grid\[\(0, 0\)\] are the same"),
        (share_a_struct, r"Everything\.points\[1\] and Everything\.points\[0\] are the same"),
        (share_with_a_dataclass, r"Everything\.data\.inner and Everything\.order are the same"),
        (share_by_appending, r"Everything\.points\[0\] and Everything\.point are the same"),
    ],
)
def test_what_can_be_reached_in_two_ways_is_refused(share: Callable[[Any], None], places: str) -> None:
    """A load would make it two; both places are named."""
    host = make_host()
    # At the assignment where there is one; what is changed in place is found when it is saved.
    with pytest.raises(StateError, match=places + r".*; make a copy"):
        share(host.game)
        save_game(host)


def put(name: str, value: object) -> Callable[[Any], None]:
    """Make a change that assigns."""
    return lambda game: setattr(game, name, value)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (put("order", ["x"]), r"Everything\.order can't be saved: Expected `int`, got `str`"),
        (put("order", [True]), r"Everything\.order can't be saved: Expected `int`, got `bool`"),
        (put("order", [None]), r"Everything\.order can't be saved"),
        (put("order", [2**70]), r"Everything\.order can't be saved"),
        (put("count", 2**70), r"Everything\.count can't be saved"),
        (put("order", [object()]), r"Everything\.order can't be saved"),
        (put("bounded", [1, 2, 3, 4]), r"Everything\.bounded can't be saved: Expected `array` of length <= 3"),
        (put("bounded", [256]), r"Everything\.bounded can't be saved: Expected `int` <= 255"),
        (put("grid", {1: ["a"]}), r"Everything\.grid can't be saved"),
        (put("side", "up"), r"Everything\.side is 'up': Invalid enum value 'up'"),
        (put("nested", [{"a": (1, 2)}]), r"Everything\.nested\[0\]\['a'\] holds tuple, but a load would make it list"),
        (put("nested", [{"a": {1, 2}}]), r"Everything\.nested\[0\]\['a'\] holds set, but a load would make it list"),
        (
            put("nested", [defaultdict(list)]),
            r"Everything\.nested\[0\] holds defaultdict, but a load would make it dict",
        ),
        (put("floats", [1]), r"Everything\.floats\[0\] holds int, but a load would make it float"),
        (put("pair", (1, 2)), r"Everything\.pair can't be saved"),
        (lambda game: setattr(game.turn, "who", -1), r"turn\[0\]\.who is -1"),
        (lambda game: setattr(game.shots[game.shots.add(Named(a=1))], "a", 1.0), r"shots\[1\]\.a is 1\.0"),
    ],
)
def test_what_would_not_come_back_is_refused(spoil: Callable[[Any], None], problem: str) -> None:
    """A value of another type than declared, however deep, is named when the state is saved."""
    host = make_host()
    with pytest.raises(StateError, match=problem):
        save_spoiled(host, spoil)


def save_spoiled(host: Host, spoil: Callable[[Any], None]) -> None:
    """Spoil the state and save it: some of it is refused at the assignment already."""
    spoil(host.game)
    save_game(host)


def test_lists_that_hold_themselves_are_refused() -> None:
    """A loop ends in a refusal, not in a crash."""
    host = make_host()
    game: Any = host.game
    game.order.append(game.order)
    with pytest.raises(StateError, match=r"Everything\.order"):
        save_game(host)


def test_the_state_of_another_version_is_refused() -> None:
    """Tables or attributes that came or went since are told, not guessed."""
    saved = save_game(filled())
    for changed in (
        msgspec.structs.replace(saved, tables={**saved.tables, "more": saved.tables["turn"]}),
        msgspec.structs.replace(saved, attributes={k: v for k, v in saved.attributes.items() if k != "count"}),
    ):
        with pytest.raises(StateError, match="saved by another version of everything: its tables or attributes differ"):
            load_game(make_host(), changed)


def test_values_that_do_not_fit_any_more_are_refused() -> None:
    """A saved row is checked against the fields as they are declared now."""
    saved = save_game(filled())
    turn = msgspec.structs.replace(saved.tables["turn"], rows=[(-1,)])
    with pytest.raises(StateError, match=r"turn\[0\]\.who is -1"):
        load_game(make_host(), msgspec.structs.replace(saved, tables={**saved.tables, "turn": turn}))
