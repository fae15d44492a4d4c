"""Inputs, commands, events and options: what they may hold."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest
from msgspec import Meta

from gameserver import U8, Axis, Command, DefinitionError, Event, Input, Options, PlayerId, Row
from gameserver.declarations import json_schema, name_of, problem_in


class Spot(msgspec.Struct):
    """A struct within a command."""

    x: U8
    y: U8 = 0


class Aim(Input):
    """An input with every kind of field."""

    dx: Axis = 0
    fire: bool = False
    angle: Annotated[int, Meta(ge=0, le=63)] = 0
    power: float = 0.0
    label: str = ""


class BuyTower(Command):
    """A command with a struct in it."""

    spot: Spot
    spots: tuple[Spot, ...] = ()
    colour: Literal["red", "blue"] = "red"


class Empty(Command):
    """A command without fields."""


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


class Pair(NamedTuple):
    """A named tuple of what a stranger may choose."""

    a: int


class Typed(TypedDict):
    """A typed dict of what a stranger may choose."""

    a: int


class Loose(msgspec.Struct):
    """A struct with an open integer, deep down."""

    inner: dict[str, list[tuple[U8, int]]]


class Tree(msgspec.Struct):
    """A struct that holds itself."""

    branches: list[Tree] = []


@dataclasses.dataclass
class Data:
    """A dataclass with a set."""

    members: set[int]


class Body(Row):
    """A row."""

    x: U8 = 0


def test_names_on_the_wire() -> None:
    """A declaration's name is its class's in snake_case."""
    assert [name_of(c) for c in (Aim, BuyTower)] == ["aim", "buy_tower"]


def test_declarations_are_values() -> None:
    """They are equal by value, can't be changed, and refuse fields that they don't have."""
    assert Aim(dx=1) == Aim(dx=1) != Aim()
    with pytest.raises(AttributeError):
        Aim().dx = 1  # type: ignore[misc]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"dy": 1}, Aim)


def test_json_schema() -> None:
    """The schema is self-contained, marks axes and players, and shuts unknown fields out."""

    class Join(Command):
        who: PlayerId
        dx: Axis = 0

    schema = json_schema(Join)
    assert schema["properties"]["who"]["format"] == "player"
    assert schema["properties"]["dx"] == {
        "type": "integer",
        "minimum": -1,
        "maximum": 1,
        "default": 0,
        "format": "axis",
    }
    assert schema["required"] == ["who"]
    assert schema["additionalProperties"] is False
    nested = json_schema(BuyTower)
    assert nested["properties"]["spot"] == {"$ref": "#/$defs/Spot"}
    assert nested["$defs"]["Spot"]["required"] == ["x"]
    assert json_schema(Empty)["properties"] == {}


@pytest.mark.parametrize(
    "annotation",
    [
        U8,
        bool,
        float,
        str,
        bytes,
        Literal["a", "b"],
        Literal[1, 2],
        Colour,
        list[U8],
        tuple[U8, ...],
        tuple[U8, str],
        dict[str, list[U8]],
        U8 | None,
        Spot,
        list[Spot] | None,
        Tree,
    ],
)
def test_what_a_command_may_hold(annotation: Any) -> None:
    """Anything that can be saved, has a stable order, and bounds where a stranger chooses."""
    assert problem_in(annotation, bounded=True) is None


@pytest.mark.parametrize(
    "annotation",
    [
        int,
        Annotated[int, Meta(ge=0)],
        list[int],
        tuple[int, ...],
        tuple[U8, int],
        dict[str, int],
        dict[int, str],
        int | None,
        Pair,
        Typed,
        Loose,
        list[Loose],
    ],
)
def test_integers_from_outside_need_bounds(annotation: Any) -> None:
    """An open integer is found wherever it is; where the game itself chooses it is fine."""
    assert "an int from outside needs bounds; use U8" in str(problem_in(annotation, bounded=True))
    assert problem_in(annotation, bounded=False) is None


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        (set[int], "no stable order"),
        (frozenset[str], "no stable order"),
        (list[set[U8]], "no stable order"),
        (dict[str, set[U8]], "no stable order"),
        (tuple[set[U8], ...], "no stable order"),
        (Data, "no stable order"),
        (list[Data], "no stable order"),
        (Body, "a row lives in its table; hold its id"),
        (list[Body], "a row lives in its table; hold its id"),
        (dict[int, Body], "a row lives in its table; hold its id"),
        (Body | None, "a row lives in its table; hold its id"),
        (Any, "can't be saved; use"),
        (list, "can't be saved; use"),
        (dict[str, Any], "can't be saved; use"),
        (object, "can't be saved; use"),
        (Callable[[], None], "can't be saved; use"),
        (msgspec.Raw, "can't be saved; use"),
        (list[int] | tuple[int, ...], "; use int"),
    ],
)
def test_what_nothing_may_hold(annotation: Any, problem: str) -> None:
    """What has no stable order or no form to be saved in is refused with a fix, however deep it is."""
    assert problem in str(problem_in(annotation, bounded=False))
    assert problem_in(annotation, bounded=True) is not None


def test_inputs_need_defaults() -> None:
    """An input holds before the first arrives, also where its fields are keyword-only."""
    with pytest.raises(DefinitionError, match=r"NoDefault\.dx: an Input holds before .*; give the field a default"):

        class NoDefault(Input):
            dx: Axis

    with pytest.raises(DefinitionError, match=r"Late\.dy: an Input holds before"):

        class Late(Input, kw_only=True):
            dx: Axis = 0
            dy: Axis


def test_inputs_hold_what_rows_hold() -> None:
    """Lists, open integers and None have no wire type."""
    with pytest.raises(DefinitionError, match=r"Many\.path: not a type of the wire; use bool"):

        class Many(Input):
            path: tuple[U8, ...] = ()

    with pytest.raises(DefinitionError, match=r"Open\.n: an int needs bounds; use U8"):

        class Open(Input):
            n: int = 0


def test_options_need_defaults_and_bounds() -> None:
    """A room can be made without options, and strangers choose them."""
    with pytest.raises(DefinitionError, match=r"Needy\.size: a room must be possible without options; give"):

        class Needy(Options):
            size: U8

    with pytest.raises(DefinitionError, match=r"Unbounded\.size: an int from outside needs bounds; use U8"):

        class Unbounded(Options):
            size: int = 1


def test_events_may_hold_open_integers_but_no_sets() -> None:
    """The game chooses what it tells, in a stable order."""

    class Scored(Event):
        points: int
        who: list[PlayerId]

    assert Scored(points=2**40, who=[1]).points == 2**40
    with pytest.raises(DefinitionError, match=r"Grouped\.who: a set has no stable order; use a list"):

        class Grouped(Event):
            who: set[PlayerId]


def test_unknown_types_are_named() -> None:
    """A name that can't be resolved is in the refusal, with what to do."""
    with pytest.raises(DefinitionError, match="name 'Missing' is not defined; import the type where the class is"):

        class Lost(Command):
            what: Missing  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(DefinitionError, match="name 'Missing' is not defined; import the type where the row is"):

        class LostRow(Row):
            what: Missing  # type: ignore[name-defined]  # noqa: F821
