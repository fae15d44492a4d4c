"""How a table's fields become columns of integers on the wire, from the schema that every client has.

Every column is a list of integers from 0 to 2^bits - 1: a number less its least value, a bool as 0 or 1, a float by the
bits that it is stored as. Text has columns of its own kind.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from gameserver.errors import SnapshotError

INTEGER_BOUNDS: dict[str, tuple[int, int]] = {
    "bool": (0, 1),
    "u8": (0, 255),
    "i8": (-128, 127),
    "u16": (0, 65_535),
    "i16": (-32_768, 32_767),
    "u32": (0, 4_294_967_295),
    "i32": (-2_147_483_648, 2_147_483_647),
}

Part = Literal["int", "bool", "f32", "f64 low", "f64 high", "str", "bytes"]


class Column(msgspec.Struct, frozen=True):
    """One column as it travels."""

    field: int
    """Index of the field in its row."""
    part: Part
    least: int
    most: int
    bits: int
    """Width of `most - least`."""
    speed: int | None = None
    """Index of the field that says how much this one moves in a tick: `vx` for `x`."""
    text: bool = False
    """Whether it holds text or bytes rather than integers."""

    @property
    def may_be_tick(self) -> bool:
        """Whether it can hold a tick, and so may be told against the snapshot's own."""
        return self.bits == 32 and self.part == "int" and self.least == 0

    def integers(self, values: Sequence[Any]) -> Sequence[int]:
        """Give a field's values as the integers of this column, `least` not yet taken off."""
        match self.part:
            case "int" | "bool":
                return values
            case "f32":
                return struct.unpack(f"<{len(values)}I", struct.pack(f"<{len(values)}f", *values))
            case "f64 low":
                return struct.unpack(f"<{2 * len(values)}I", struct.pack(f"<{len(values)}d", *values))[::2]
            case _:
                return struct.unpack(f"<{2 * len(values)}I", struct.pack(f"<{len(values)}d", *values))[1::2]


class Layout(msgspec.Struct, frozen=True):
    """A table's columns, in the order in which they travel."""

    fields: int
    columns: tuple[Column, ...]

    def values(self, columns: Mapping[int, Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Put the rows together from what each column (by its place in `columns`) holds."""
        fields: list[Sequence[Any]] = [()] * self.fields
        low: Sequence[int] = ()
        for place, column in enumerate(self.columns):
            found = columns[place]
            match column.part:
                case "bool":
                    fields[column.field] = [value == 1 for value in found]
                case "f32":
                    fields[column.field] = _floats("f", found)
                case "f64 low":
                    low = found
                case "f64 high":
                    pairs = [half for pair in zip(low, found, strict=True) for half in pair]
                    fields[column.field] = _floats("d", pairs)
                case _:
                    fields[column.field] = found
        return list(zip(*fields, strict=True))


def _floats(code: str, halves: Sequence[int]) -> Sequence[float]:
    data = struct.pack(f"<{len(halves)}I", *halves)
    return struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)


def layout_of(schema: Mapping[str, Any]) -> Layout:
    """Work out the columns of a table from its entry in a room's `schema`.

    Raises:
        SnapshotError: it has a type that this version doesn't know.

    """
    fields: Sequence[Sequence[Any]] = schema["fields"]
    wires = {field[0]: (index, field[1]) for index, field in enumerate(fields)}
    first: list[Column] = []
    last: list[Column] = []
    for index, (name, wire, *bounds) in enumerate(fields):
        if wire in INTEGER_BOUNDS:
            least, most = (bounds[0]["min"], bounds[0]["max"]) if bounds else INTEGER_BOUNDS[wire]
            part: Part = "bool" if wire == "bool" else "int"
            speed = _speed_of(name, wires) if part == "int" else None
            column = Column(index, part, least, most, (most - least).bit_length(), speed)
            # What moves is told last, when the reader knows by how much it should have moved.
            (first if speed is None else last).append(column)
        elif wire == "f32":
            first.append(Column(index, "f32", 0, 0xFFFFFFFF, 32))
        elif wire == "f64":
            first.append(Column(index, "f64 low", 0, 0xFFFFFFFF, 32))
            first.append(Column(index, "f64 high", 0, 0xFFFFFFFF, 32))
        elif wire in ("str", "bytes"):
            first.append(Column(index, "str" if wire == "str" else "bytes", 0, 0, 0, text=True))
        else:
            raise SnapshotError(f"a field of type {wire!r}, which this version doesn't know")
    return Layout(len(fields), tuple(first + last))


def _speed_of(name: str, wires: Mapping[str, tuple[int, str]]) -> int | None:
    index, wire = wires.get("v" + name, (None, ""))
    # A speed that has a speed itself would have to wait, too.
    return index if wire in INTEGER_BOUNDS and wire != "bool" and "vv" + name not in wires else None
