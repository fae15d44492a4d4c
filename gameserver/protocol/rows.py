"""Rows: one thing of a game's state, its fields, and the checks that its values pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, get_type_hints

import msgspec

from gameserver.errors import StateError
from gameserver.protocol.types import Field, field_of
from gameserver.source import refuse

Kind = Literal["table", "per_player", "secret", "one"]
Owners = dict[int, str]
"""Where each row of a game lives: `id(row)` to a name like `runners[3]`."""


LINEAR_FIELDS = frozenset({"x", "y", "vx", "vy", "born"})


class RowMeta(msgspec.StructMeta):
    """Reads a row's fields when its class loads, and refuses what can't travel."""

    __fields__: tuple[Field, ...]
    __linear__: bool

    def __new__(  # noqa: PYI034  # a metaclass makes its instances, the classes
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, linear: bool = False, **options: Any
    ) -> RowMeta:
        """Make the class; `linear=True` declares that its rows move in a straight line.

        Raises:
            DefinitionError: a field has no wire type, or a linear row lacks one of `x y vx vy born`.

        """
        row = super().__new__(cls, name, bases, namespace, **options)
        module, qualname = row.__module__, row.__qualname__
        fields = []
        names: tuple[str, ...] = row.__struct_fields__
        hints = _hints(row, module, qualname) if names else {}
        for field in names:
            try:
                fields.append(field_of(field, hints[field]))
            except TypeError as problem:
                text, _, fix = str(problem).partition("; ")
                raise refuse(module, qualname, field, text, fix) from None
        if hasattr(row, "__post_init__"):
            fix = "set the fields where the row is made"
            raise refuse(module, qualname, "__post_init__", "a load would run it again", fix)
        row.__fields__ = tuple(fields)
        row.__linear__ = linear
        if linear and not LINEAR_FIELDS.issubset(names):
            missing = ", ".join(sorted(LINEAR_FIELDS.difference(names)))
            raise refuse(module, qualname, None, f"a linear row needs {missing}", "add it, or drop linear=True")
        return row


def _hints(row: type, module: str, qualname: str) -> dict[str, Any]:
    try:
        return get_type_hints(row, include_extras=True)
    except NameError as error:
        raise refuse(module, qualname, None, str(error), "import the type where the row is declared") from None


class Row(msgspec.Struct, metaclass=RowMeta, eq=False, gc=False):
    """One thing of a game's state: a player's body, a ball, the score.

    Fields are declared with types of `gameserver` (`U16`, `bool`, `Tick`, ...) and set like any attribute; their
    bounds are checked once per tick, when the tables are captured. A row lives in one place of one table.
    """

    __fields__: ClassVar[tuple[Field, ...]]
    __linear__: ClassVar[bool]

    if TYPE_CHECKING:

        def __init_subclass__(cls, *, linear: bool = False) -> None:
            """Tell type checkers of the keyword that the metaclass takes."""


R = TypeVar("R", bound=Row)
AnyRow = TypeVar("AnyRow", bound=Row)


def check_rows(table: str, row_type: type[Row], ids: Sequence[int], rows: list[tuple[Any, ...]]) -> None:
    """Check captured values against their fields.

    Raises:
        StateError: names table, row, field and value.

    """
    if rows:
        check_columns(table, row_type, ids, list(zip(*rows, strict=True)))


def check_columns(
    table: str, row_type: type[Row], ids: Sequence[int], columns: Sequence[Sequence[object] | None]
) -> None:
    """Check captured values field by field; where there is None, the field is as it was.

    Raises:
        StateError: names table, row, field and value.

    """
    try:
        msgspec.convert(columns, type=_columns_type(row_type))
    except msgspec.ValidationError as error:
        at = re.search(r"\$\[(\d+)\]\[(\d+)\]", str(error))
        if at is None:  # pragma: no cover  # msgspec always says where
            raise StateError(f"{table}: {error}") from error
        place, row = int(at[1]), int(at[2])
        value = (columns[place] or ())[row]
        problem = str(error).partition(" - at ")[0]
        message = f"{table}[{ids[row]}].{row_type.__fields__[place].name} is {_short(value)}: {problem}"
        raise StateError(message) from None


def claim(owners: Owners, place: str, row_type: type[Row], row: Row) -> None:
    """Note that the row lives at `place`.

    Raises:
        StateError: it is of another type, or lives somewhere else already.

    """
    if type(row) is not row_type:
        raise StateError(f"{place}: a {row_type.__name__} belongs here, not a {type(row).__name__}")
    home = owners.get(id(row))
    if home is not None and home != place:
        raise StateError(f"{place}: this {row_type.__name__} lives in {home} already; make a copy (copy.copy)")
    owners[id(row)] = place


def table_schema(kind: Kind, row_type: type[Row]) -> dict[str, Any]:
    """Give a table's declaration as `joined` and `/api/games` show it."""
    schema: dict[str, Any] = {"kind": kind, "fields": [field.schema() for field in row_type.__fields__]}
    if row_type.__linear__:
        schema["linear"] = True
    return schema


@cache
def _columns_type(row_type: type[Row]) -> type[msgspec.Struct]:
    """Give what holds the values of each field."""
    # A struct around them: msgspec looks through a plain type's annotations anew for each call.
    columns = [
        (f"column{place}", list[field.annotation] | None)  # type: ignore[name-defined]
        for place, field in enumerate(row_type.__fields__)
    ]
    return msgspec.defstruct("Columns", columns, array_like=True)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
