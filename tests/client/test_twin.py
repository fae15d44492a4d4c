"""The game's own rows and view, made from states."""

from __future__ import annotations

from typing import Any

import pytest

from gameserver import U8, U16, Axis, Game, Input, PerPlayer, Predict, Row, Secret, StateError, Table, View
from gameserver_client.errors import ClientError
from gameserver_client.states import State, StateBuilder
from gameserver_client.twin import Twin


class Go(Input):
    """A stick."""

    dx: Axis = 0


class Mouse(Row):
    """Of a player."""

    x: U16 = 0
    y: U16 = 0


class Stash(Row):
    """Secret."""

    cheese: U8 = 0


class Wall(Row):
    """In the way."""

    x: U16 = 0
    width: U8 = 0


class Trap(Row):
    """Has the same fields as bait."""

    x: U16 = 0
    armed: bool = False


class Bait(Row):
    """Has the same fields as traps."""

    x: U16 = 0
    armed: bool = False


class Weather(Row):
    """There is one."""

    wind: U8 = 0


def move(me: Mouse, go: Go, world: View) -> None:
    """Run."""
    me.x += go.dx


class Maze(Game):
    """Several tables."""

    mice: PerPlayer[Mouse]
    stashes: Secret[Stash]
    walls: Table[Wall]
    traps: Table[Trap]
    baits: Table[Bait]
    weather: Weather
    predict = Predict(Go, Mouse, move)


SCHEMA = Maze.spec.schema()


@pytest.fixture
def builder() -> StateBuilder:
    """Make states of the maze."""
    return StateBuilder(SCHEMA)


def state(builder: StateBuilder, **tables: dict[int, Any]) -> State:
    """Make a state; tables not named are empty."""
    return builder.build(9, {name: tables.get(name, {}) for name in SCHEMA})


def test_its_table_is_found_by_its_fields() -> None:
    """And its rows are of the game's class."""
    twin = Twin(Maze.predict, SCHEMA)
    assert twin.table == "mice"
    assert twin.has_place
    me = twin.row((4, 5))
    assert isinstance(me, Mouse)
    assert (me.x, me.y) == (4, 5)


def test_the_view_holds_the_public_tables(builder: StateBuilder) -> None:
    """By class, the tick beside them."""
    now = state(builder, walls={1: (10, 2)}, weather={0: (7,)}, mice={2: (1, 1)})
    view = Twin(Maze.predict, SCHEMA).view(now, 12, 1, Mouse())
    assert view.now == 12
    wall = view.rows(Wall)[1]
    assert isinstance(wall, Wall)
    assert (wall.x, wall.width) == (10, 2)
    assert view.one(Weather).wind == 7


def test_the_own_row_in_the_view_is_the_one_that_moves(builder: StateBuilder) -> None:
    """As on the server, not its image in the snapshot."""
    me = Mouse(x=50)
    view = Twin(Maze.predict, SCHEMA).view(state(builder, mice={1: (0, 0), 2: (7, 0)}), 12, 1, me)
    assert view.rows(Mouse)[1] is me
    assert view.rows(Mouse)[2].x == 7


def test_secrets_are_no_part_of_it(builder: StateBuilder) -> None:
    """Nobody's movement may depend on them: other clients couldn't know."""
    view = Twin(Maze.predict, SCHEMA).view(state(builder), 12, 1, Mouse())
    with pytest.raises(StateError):
        view.rows(Stash)


def test_rows_that_did_not_change_are_not_made_again(builder: StateBuilder) -> None:
    """From state to state."""
    twin = Twin(Maze.predict, SCHEMA)
    kept = (10, 2)
    first = twin.view(state(builder, walls={1: kept, 2: (20, 2)}), 1, 1, Mouse()).rows(Wall)
    second = twin.view(state(builder, walls={1: kept, 2: (21, 2)}), 2, 1, Mouse()).rows(Wall)
    assert second[1] is first[1]
    assert (first[2].x, second[2].x) == (20, 21)


def test_tables_that_look_alike_need_a_word(builder: StateBuilder) -> None:
    """Which the error says; with it all is well."""
    now = state(builder, traps={1: (1, True)}, baits={1: (2, False)})
    with pytest.raises(ClientError, match=r"traps and baits could hold Trap rows; .* tables=\{Trap: 'traps'\}"):
        Twin(Maze.predict, SCHEMA).view(now, 1, 1, Mouse()).rows(Trap)
    twin = Twin(Maze.predict, SCHEMA, {Trap: "traps", Bait: "baits"})
    view = twin.view(now, 1, 1, Mouse())
    assert (view.rows(Trap)[1].x, view.rows(Bait)[1].x) == (1, 2)


def test_another_game_is_refused() -> None:
    """Its tables don't have what is moved."""
    with pytest.raises(ClientError, match="no table of one Mouse per player"):
        Twin(Maze.predict, {"walls": SCHEMA["walls"]})
