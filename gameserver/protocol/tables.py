"""Tables of rows, and their captured state.

A row is a mutable object with slots. Nothing hooks its writes: after each tick a table is captured as one tuple per row
(`msgspec.structs.astuple`, in C) or per field, and changes are found by comparing captures. `docs/architecture.md` has
the figures that decided this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, cast

from msgspec.structs import astuple

from gameserver.errors import StateError
from gameserver.protocol.rows import AnyRow, Kind, Owners, R, Row, check_columns, check_rows, claim, table_schema

ONE_ID = 0
"""The id of the only row of a table that is a bare row."""


class Table(dict[int, R]):
    """Rows by id. The engine gives the ids, from 1 up, and never uses one again.

    Read it like any dict. `add(row)` puts a row in; `del table[id]`, `pop`, `clear` take rows out.
    """

    kind: ClassVar[Kind] = "table"

    def __init__(self, name: str, row_type: type[R], owners: Owners) -> None:
        super().__init__()
        self.name = name
        self.row_type = row_type
        self.next_id = 1
        self._owners = owners

    def add(self, row: R) -> int:
        """Put a row in and give its new id.

        Raises:
            StateError: the row is of another type, or lives somewhere already.

        """
        row_id = self.next_id
        self._put(row_id, row)
        self.next_id += 1
        return row_id

    def __setitem__(self, row_id: int, row: R) -> None:
        """Replace the row that has this id."""
        if row_id not in self:
            raise StateError(f"{self.name}[{row_id}]: the engine gives the ids of a Table; use {self.name}.add(row)")
        self._put(row_id, row)

    def __delitem__(self, row_id: int) -> None:
        """Take the row out."""
        self._forget(self[row_id])
        super().__delitem__(row_id)

    def pop(self, row_id: int, default: Any = ...) -> Any:
        """Take the row out and give it; `default`, if there is one, when there is no such row."""
        if row_id not in self:
            if default is ...:
                raise KeyError(row_id)
            return default
        row = self[row_id]
        del self[row_id]
        return row

    def popitem(self) -> tuple[int, R]:
        """Take out the last row."""
        row_id, row = super().popitem()
        self._forget(row)
        return row_id, row

    def clear(self) -> None:
        """Take out every row."""
        for row in self.values():
            self._forget(row)
        super().clear()

    def update(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: rows go in one at a time."""
        raise StateError(f"{self.name}: put rows in one at a time")

    def __ior__(self, other: Any) -> NoReturn:  # type: ignore[misc]
        """Refuse: rows go in one at a time."""
        self.update(other)

    def setdefault(self, row_id: int, default: Any = None) -> R:
        """Give the row with this id, or put `default` there first."""
        if row_id not in self:
            self[row_id] = default
        return self[row_id]

    def load(self, rows: Iterable[tuple[int, R]], next_id: int) -> None:
        """Replace everything by saved rows (the engine's; games don't need it)."""
        self.clear()
        for row_id, row in rows:
            self._put(row_id, row)
        self.next_id = next_id

    def capture(self, before: Capture | None) -> Capture:
        """Copy the rows' values, checking those that are not as `before`.

        Raises:
            StateError: a value breaks its field's bounds or type; the text names row, field and value.

        """
        ids = tuple(self)
        rows = list(map(astuple, self.values()))
        if before is None:
            self.check(ids, rows)
            return Capture(ids, rows)
        if ids == before.ids:
            return self._capture_columns(before, rows)
        old_rows = before.by_id()
        changed = []
        for place, (row_id, row) in enumerate(zip(ids, rows, strict=True)):
            old = old_rows.get(row_id)
            if row == old:
                rows[place] = old  # shared, so that it is found equal at a glance
            else:
                changed.append(place)
        self.check([ids[place] for place in changed], [rows[place] for place in changed])
        return Capture(ids, rows)

    def _capture_columns(self, before: Capture, rows: list[tuple[Any, ...]]) -> Capture:
        """Do it where rows neither came nor went: by columns, since few of them change, and snapshots go by them."""
        olds = before.columns()
        columns = list(zip(*rows, strict=True))
        changed: list[tuple[Any, ...] | None] = [*columns]
        for place, (old, new) in enumerate(zip(olds, columns, strict=True)):
            if old == new:
                columns[place] = old  # as above
                changed[place] = None
        if not any(changed):
            return before
        check_columns(self.name, self.row_type, before.ids, changed)
        return before.moved_on(columns)

    def check(self, ids: Sequence[int], rows: list[tuple[Any, ...]]) -> None:
        """Check values against the fields' types and bounds.

        Raises:
            StateError: names row, field and value.

        """
        check_rows(self.name, self.row_type, ids, rows)

    def schema(self) -> dict[str, Any]:
        """Give the table as clients see it declared."""
        return table_schema(self.kind, self.row_type)

    def _put(self, row_id: int, row: R) -> None:
        place = f"{self.name}[{row_id}]"
        claim(self._owners, place, self.row_type, row)
        old = self.get(row_id)
        if old is not None and old is not row:
            self._forget(old)
        super().__setitem__(row_id, row)

    def _forget(self, row: R) -> None:
        self._owners.pop(id(row), None)


class PerPlayer(Table[R]):
    """One row per player; its id is the player's id.

    A row of defaults appears before `on_join` (where all fields have defaults), and goes after `on_leave`. Setting
    `table[player.id]` replaces it.
    """

    kind: ClassVar[Kind] = "per_player"

    def __init__(self, name: str, row_type: type[R], owners: Owners, players: Collection[int]) -> None:
        super().__init__(name, row_type, owners)
        self._players = players

    def add(self, row: R) -> NoReturn:  # noqa: ARG002  # the table's signature
        """Refuse: rows of a per-player table have the player's id."""
        raise StateError(f"{self.name}: rows belong to players; use {self.name}[player.id] = row")

    def __setitem__(self, player_id: int, row: R) -> None:
        """Give the player this row."""
        if player_id not in self._players:
            raise StateError(f"{self.name}[{player_id}]: there is no player {player_id} in this room")
        self._put(player_id, row)


class Secret(PerPlayer[R]):
    """One row per player that only he is sent; spectators never are."""

    kind: ClassVar[Kind] = "secret"


class One(Table[R]):
    """The table behind a bare row: one row, with id 0. A game sees the row itself."""

    kind: ClassVar[Kind] = "one"

    def put(self, row: R) -> None:
        """Set or replace the row.

        Raises:
            StateError: it is of another type, or lives somewhere else already.

        """
        self._put(ONE_ID, row)


class Capture:
    """A table at one moment; never changed once made, so it can be shared and compared at leisure."""

    __slots__ = ("_by_id", "_columns", "_rising", "_rows", "ids")

    def __init__(self, ids: tuple[int, ...], rows: list[tuple[Any, ...]]) -> None:
        self.ids = ids
        """Row ids in the table's order."""
        # Either is made of the other when it is asked for; never is neither there.
        self._rows: list[tuple[Any, ...]] | None = rows
        self._columns: list[tuple[Any, ...]] | None = None
        self._by_id: dict[int, tuple[Any, ...]] | None = None
        self._rising: Capture | bool | None = None

    def moved_on(self, columns: list[tuple[Any, ...]]) -> Capture:
        """Give a capture of the same rows with other values, by field."""
        after = Capture(self.ids, [])
        after._rows, after._columns = None, columns
        after._rising = True if self._rising is True else None
        return after

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The values of each row, in the order of `ids` and of the schema."""
        if self._rows is None:
            self._rows = list(zip(*(self._columns or ()), strict=True))
        return self._rows

    def columns(self) -> list[tuple[Any, ...]]:
        """Give the values of each field, in the order of the schema; empty when there are no rows."""
        if self._columns is None:
            self._columns = list(zip(*self.rows, strict=True))
        return self._columns

    def ascending(self) -> Capture:
        """Give the same rows in the order of their ids."""
        if self._rising is None:
            order = sorted(self.ids)
            rising = list(self.ids) == order
            # Not itself where it is in order: a cycle would leave every state to the garbage collector.
            self._rising = True if rising else Capture(tuple(order), list(map(self.by_id().__getitem__, order)))
        return self if self._rising is True else cast("Capture", self._rising)

    def only(self, row_id: int) -> Capture:
        """Give the capture of one row alone; empty when there is no such row."""
        row = self.by_id().get(row_id)
        return EMPTY if row is None else Capture((row_id,), [row])

    def by_id(self) -> dict[int, tuple[Any, ...]]:
        """Give the values by row id."""
        if self._by_id is None:
            self._by_id = dict(zip(self.ids, self.rows, strict=True))
        return self._by_id


EMPTY = Capture((), [])


class View:
    """What `Predict`'s move may look at: the public tables, by row type. Read only: write to nothing but `me`."""

    __slots__ = ("_tables", "now")

    def __init__(self, tables: Mapping[type[Row], Mapping[int, Row]], now: int = 0) -> None:
        self._tables = tables
        self.now = now
        """The tick that this move belongs to."""

    def rows(self, row_type: type[AnyRow]) -> Mapping[int, AnyRow]:
        """Give the rows of the public table that holds this type, by id.

        Raises:
            StateError: no public table holds it.

        """
        rows = self._tables.get(row_type)
        if rows is None:
            raise StateError(f"not one public table holds {row_type.__name__} rows, but none or several")
        return cast("Mapping[int, AnyRow]", rows)

    def one(self, row_type: type[AnyRow]) -> AnyRow:
        """Give the only row of this type (a game's bare `R`)."""
        return next(iter(self.rows(row_type).values()))
