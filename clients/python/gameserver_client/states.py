"""The tables of a room at one tick, as named tuples."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

Schema: TypeAlias = Mapping[str, Mapping[str, Any]]
"""As `joined` and `/api/games` give it."""
TableRow: TypeAlias = Any
"""A named tuple of the table's fields, in the schema's order."""
RawTables: TypeAlias = Mapping[str, Mapping[int, Sequence[Any]]]
"""Rows as sequences of values in the schema's order, by table and id."""


class State(msgspec.Struct, frozen=True, eq=False):
    """A room at one tick. It never changes; a row or table that didn't change is the same object in the next state."""

    tick: int
    tables: Mapping[str, Mapping[Any, TableRow]]
    """`tables["runners"][3].x`. Ids are ints; typed so that `room.player` will do, which a spectator doesn't have."""

    def one(self, table: str) -> TableRow:
        """Give the only row of a table of the kind `one`; None before the game makes it."""
        return next(iter(self.tables[table].values()), None)


class StateBuilder:
    """Makes a room's states out of raw tables; what didn't change is not converted again."""

    def __init__(self, schema: Schema) -> None:
        self._row_types: dict[str, Any] = {name: row_class(name, table) for name, table in schema.items()}
        self._raw: dict[str, Mapping[int, Sequence[Any]]] = {name: {} for name in schema}
        self._tables: dict[str, dict[int, TableRow]] = {name: {} for name in schema}

    def build(self, tick: int, raw: RawTables) -> State:
        """Make the state of a tick. Raw rows and tables that are the same object as last time count as unchanged."""
        tables = dict(self._tables)
        for name, rows in raw.items():
            if rows is not self._raw[name]:
                tables[name] = self._convert(name, rows)
                self._raw[name] = rows
        self._tables = tables
        return State(tick, tables)

    def _convert(self, name: str, rows: Mapping[int, Sequence[Any]]) -> dict[int, TableRow]:
        make, before, converted = self._row_types[name]._make, self._raw[name], self._tables[name]
        return {
            row_id: converted[row_id] if before.get(row_id) is values else make(values)
            for row_id, values in rows.items()
        }


def row_class(name: str, table: Mapping[str, Any]) -> Any:
    """Make the named tuple of a table: `runners` gives `RunnersRow`; a field that Python forbids is `_1`, by place."""
    fields = [field[0] for field in table["fields"]]
    return namedtuple(f"{name.title().replace('_', '')}Row", fields, rename=True)  # noqa: PYI024  # known at run time only


def table_of_kind(schema: Schema, kind: str) -> str | None:
    """Give the name of the first table of a kind."""
    return next((name for name, table in schema.items() if table["kind"] == kind), None)
