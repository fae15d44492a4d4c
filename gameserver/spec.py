"""What the server knows about a game's class, once it has been read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from gameserver.declarations import Command, Event, Input, Options, Predict, json_schema
from gameserver.protocol.rows import Kind, Row, table_schema

T = TypeVar("T")
DERIVED_MARK = "gameserver.derived"
Derived = Annotated[T, DERIVED_MARK]
"""Marks an attribute as a cache: never saved, so `derive` must be able to build it from the rest."""

HOOKS: dict[str, int] = {
    "setup": 0, "on_start": 0, "on_join": 1, "on_leave": 1, "on_disconnect": 1, "on_reconnect": 1, "derive": 0,
    "bot": 1, "tick": 0,
}  # fmt: skip
"""The hooks that a game may define, with how many arguments each is given besides `self`."""

CONFIGURATION = frozenset({
    "title", "tick_rate", "max_players", "snapshot_every", "fill_with_bots", "resume_s", "predict", "inputs", "events",
})  # fmt: skip


class TableSpec(msgspec.Struct, frozen=True):
    """A table that the class annotates."""

    kind: Kind
    row: type[Row]


class AttributeSpec(msgspec.Struct, frozen=True):
    """A plain attribute: saved, never sent."""

    annotation: Any
    accepts: tuple[type, ...]
    """What `isinstance` must find at an assignment."""
    initial: Callable[[], Any]


class CommandSpec(msgspec.Struct, frozen=True):
    """A command and the method that handles it."""

    type: type[Command]
    method: str


class InputSpec(msgspec.Struct, frozen=True):
    """An input, and the method that is called with it each tick (None: `Predict`, or the game reads it itself)."""

    type: type[Input]
    method: str | None


class GameSpec(msgspec.Struct, frozen=True, kw_only=True):
    """All that the server knows about a game's class."""

    cls: type[Any]
    name: str
    title: str
    tick_rate: float
    max_players: int
    snapshot_every: int
    fill_with_bots: int
    resume_s: float | None
    tables: dict[str, TableSpec]
    attributes: dict[str, AttributeSpec]
    derived: frozenset[str]
    commands: dict[str, CommandSpec]
    inputs: dict[str, InputSpec]
    playable: dict[str, type[Command | Input]]
    """What a player may send, by name."""
    events: dict[str, type[Event]]
    options: type[Options]
    predict: Predict[Any, Any] | None
    predict_table: str | None
    hooks: frozenset[str]
    """The optional hooks that the class defines."""

    def schema(self) -> dict[str, Any]:
        """Give the tables as clients see them."""
        return {name: table_schema(table.kind, table.row) for name, table in self.tables.items()}

    def describe(self) -> dict[str, Any]:
        """Give the game's entry in `/api/games`."""
        return {
            "name": self.name,
            "title": self.title,
            "tick_rate": self.tick_rate,
            "max_players": self.max_players,
            "schema": self.schema(),
            "inputs": {name: json_schema(spec.type) for name, spec in self.inputs.items()},
            "commands": {name: json_schema(spec.type) for name, spec in self.commands.items()},
            "events": {name: json_schema(event) for name, event in self.events.items()},
            "options": json_schema(self.options),
        }
