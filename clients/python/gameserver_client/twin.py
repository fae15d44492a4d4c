"""A game's own movement, run by the client on rows of the game's classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from gameserver.protocol.rows import Row, table_schema
from gameserver.protocol.tables import View
from gameserver_client.errors import ClientError
from gameserver_client.states import Schema, State, TableRow


class Predicted(Protocol):
    """What a twin is made of: the game's own `Predict`, or anything like it.

    It may have `teleported(before, after)` besides, which tells of two own rows whether one went to the other's place
    without moving there.
    """

    @property
    def input(self) -> type[Any]:
        """The input that moves."""

    @property
    def row(self) -> type[Any]:
        """The class of the rows that are moved."""

    @property
    def move(self) -> Callable[[Any, Any, View], None]:
        """Changes a copy of the own row by one tick."""


class Twin:
    """The same movement as on the server, on rows of the same classes."""

    def __init__(self, predict: Predicted, schema: Schema, tables: Mapping[type[Row], str] | None = None) -> None:
        """Find the tables; `tables` says which one holds a class where that can't be told by the fields.

        Raises:
            ClientError: the game has no table, or several, for the class that is moved.

        """
        self.input = predict.input
        self.move = predict.move
        self.teleported: Callable[[Any, Any], bool] | None = getattr(predict, "teleported", None)
        self._row_type: type[Row] = predict.row
        self._schema = schema
        self._names: dict[type[Row], str | None] = dict(tables or {})
        self._converted: dict[type[Row], tuple[Mapping[int, TableRow], dict[int, Row]]] = {}
        name = self._names.get(predict.row) or self._match(predict.row, kinds={"per_player"})
        if name is None:
            raise ClientError(
                f"The game has no table of one {predict.row.__name__} per player; it may be of another version."
            )
        self.table = name
        """The table of the rows that are moved."""
        self._names[predict.row] = name
        self.has_place = {"x", "y"}.issubset(predict.row.__struct_fields__)
        """Whether its rows are somewhere: have `x` and `y`."""

    def row(self, values: TableRow) -> Any:
        """Make a row of the game's class."""
        return self._row_type(*values)

    def view(self, state: State, now: int, player: int, me: Row) -> View:
        """Make what the movement may look at: a state's public tables, in which `me` is the own row."""
        return View(_Tables(self, state, player, me), now)

    def rows(self, state: State, row_type: type[Row]) -> dict[int, Row] | None:
        """Give the rows of the public table that holds this class; None where there is none. Read only."""
        if row_type not in self._names:
            self._names[row_type] = self._match(row_type, kinds={"table", "per_player", "one"})
        name = self._names[row_type]
        if name is None:
            return None
        source = state.tables[name]
        before, made = self._converted.get(row_type, ({}, {}))
        if source is not before:
            made = {i: made[i] if before.get(i) is values else row_type(*values) for i, values in source.items()}
            self._converted[row_type] = source, made
        return made

    def _match(self, row_type: type[Row], kinds: set[str]) -> str | None:
        fields = table_schema("table", row_type)["fields"]
        names = [name for name, t in self._schema.items() if t["kind"] in kinds and t["fields"] == fields]
        if len(names) > 1:
            what = row_type.__name__
            raise ClientError(
                f"{' and '.join(names)} could hold {what} rows; say which one with tables={{{what}: {names[0]!r}}}."
            )
        return names[0] if names else None


class _Tables(Mapping[type[Row], Mapping[int, Row]]):
    """A state's tables by class, made when they are asked for."""

    def __init__(self, twin: Twin, state: State, player: int, me: Row) -> None:
        self._twin, self._state, self._player, self._me = twin, state, player, me

    def __getitem__(self, row_type: type[Row]) -> Mapping[int, Row]:
        rows = self._twin.rows(self._state, row_type)
        if rows is None:
            raise KeyError(row_type)
        # As on the server: who looks through the table meets himself, not his image of some ticks ago.
        return {**rows, self._player: self._me} if row_type is type(self._me) else rows

    def __iter__(self) -> Iterator[type[Row]]:
        raise TypeError("tables are asked for by class")

    def __len__(self) -> int:
        raise TypeError("tables are asked for by class")
