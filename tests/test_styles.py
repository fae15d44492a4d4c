"""Ways of writing a game that authors may think of: they work, or one line says what to write instead."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import pytest

from gameserver import (
    U8,
    Axis,
    DefinitionError,
    Event,
    Game,
    Input,
    Options,
    PerPlayer,
    Player,
    Predict,
    Row,
    Table,
    View,
)
from gameserver.errors import RoomFailed, StateError
from tests.support import Party


class Body(Row):
    """A player's."""

    x: U8 = 0


class Demanding(Row):
    """A row without a default."""

    x: U8


class Push(Input):
    """An input."""

    dx: Axis = 0


class Scored(Event):
    """An event with a bound."""

    points: U8


def game_of(game: type[Game]) -> Any:
    """Start a room; gives the game in it."""
    return Party(game).game


def test_constants_may_be_final() -> None:
    """With or without a type; they are no state."""

    class Constant(Game):
        SPEED: Final = 6
        SIZE: Final[int] = 7
        max_players: int = 4
        bodies: PerPlayer[Body]

    assert Constant.spec.attributes == {}
    assert Constant.spec.max_players == 4


def test_move_may_stand_in_the_class() -> None:
    """As a static method."""

    class Inside(Game):
        bodies: PerPlayer[Body]

        @staticmethod
        def move(me: Body, push: Push, world: View) -> None:
            me.x = min(255, me.x + 1)

        predict = Predict(Push, Body, move)

    party = Party(Inside)
    party.join("Ann")
    party.step(2)
    assert party.game.bodies[1].x == 2


def test_a_property_with_a_setter_can_be_set() -> None:
    """It stands for state that is declared."""

    class Proper(Game):
        _leader: int = 0

        @property
        def leader(self) -> int:
            return self._leader

        @leader.setter
        def leader(self, player: int) -> None:
            self._leader = player

    game = game_of(Proper)
    game.leader = 4
    assert game._leader == 4


def test_a_row_without_defaults_is_asked_for() -> None:
    """Reading it before it is set says where to set it."""

    class Late(Game):
        one: Demanding

    with pytest.raises(AttributeError, match=r"Late\.one has fields without defaults; set it in setup\(\)"):
        _ = game_of(Late).one
    assert not hasattr(game_of(Late), "two")

    class Later(Late):
        def setup(self) -> None:
            self.one = Demanding(x=3)

    game = game_of(Later)
    game.one.x += 1
    assert (game.one.x, game.host.tables["one"][0].x) == (4, 4)


def test_an_input_that_is_not_listed_is_no_silent_default() -> None:
    """It names the line to write."""

    class Deaf(Game):
        def tick(self) -> None:
            self.input(1, Push)

    with pytest.raises(RoomFailed) as failure:
        Party(Deaf).step()
    assert "`inputs = (Push,)`" in str(failure.value.__cause__)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("numbers", [Body()], "can't be saved"),
        ("numbers", [{1}], "can't be saved"),
        ("numbers", [1, 300], "can't be saved: Expected `int` <= 255"),
        ("big", 2**70, "can't be saved"),
        ("lists", [[1]] * 2, r"lists\[1\] and Holder\.lists\[0\] are the same object"),
    ],
)
def test_what_cannot_be_saved_is_refused_at_the_assignment(name: str, value: object, problem: str) -> None:
    """Not when somebody saves, an hour later."""

    class Holder(Game):
        numbers: list[U8]
        lists: list[list[U8]]
        big: int = 0

    with pytest.raises(StateError, match=problem):
        setattr(game_of(Holder), name, value)


def test_hidden_state_is_refused_when_the_class_loads() -> None:
    """A cached property, a row that computes itself, options that can change."""
    with pytest.raises(DefinitionError, match="a cached property is state that nobody saves"):

        class Caching(Game):
            @cached_property
            def total(self) -> int:
                return 1

    with pytest.raises(DefinitionError, match="a load would run it again"):

        class Computed(Row):
            x: U8 = 0

            def __post_init__(self) -> None:
                self.x += 1

    with pytest.raises(DefinitionError, match="use a tuple"):

        class Growing(Options):
            maps: list[str] = []

    with pytest.raises(DefinitionError, match="keys of a dict"):

        class Odd(Event):
            cells: dict[tuple[int, int], int]


def test_what_is_told_keeps_to_its_schema() -> None:
    """An event out of bounds, a result that JSON can't hold or a set: refused where it is told."""

    class Talker(Game):
        events = (Scored,)

    game = game_of(Talker)
    with pytest.raises(StateError, match=r"points=999.* can't be told: Expected `int` <= 255"):
        game.emit(Scored(points=999))
    with pytest.raises(StateError, match="can't be told"):
        game.end({(1, 2): 3})
    with pytest.raises(StateError, match="a set has no stable order"):
        game.end({"winners": {1, 2}})
    assert not game.host.ended


def test_move_sees_the_predicted_table_where_two_hold_the_type() -> None:
    """And any other type that two tables hold is refused rather than guessed."""
    seen = []

    def move(me: Body, push: Push, world: View) -> None:
        seen.append(len(world.rows(Body)))
        with pytest.raises(StateError, match="none or several"):
            world.rows(Demanding)

    class Twofold(Game):
        bodies: PerPlayer[Body]
        ghosts: Table[Body]
        some: Table[Demanding]
        others: Table[Demanding]
        predict = Predict(Push, Body, move)

        def on_join(self, player: Player) -> None:
            self.ghosts.add(Body())
            self.ghosts.add(Body())

    party = Party(Twofold)
    party.join("Ann")
    party.step()
    assert seen == [1]
