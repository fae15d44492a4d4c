"""How should rows be stored, compared and written? The spike behind `docs/architecture.md`.

100 rows of 6 fields, of which 2 move in every row each tick (players running about). Each way of storing them is
timed at what a tick asks of it: the game's own reads and writes, finding what changed, and writing a frame.

    python loadtest/bench_rows.py            # prints the median of 9 runs, in microseconds
"""

from __future__ import annotations

import statistics
import struct
import timeit
from array import array
from collections.abc import Callable
from operator import attrgetter
from typing import Annotated

import msgspec

ROWS, FIELDS, RUNS = 100, ("x", "y", "vx", "vy", "hp", "score"), 9
TYPECODES = "HHbbHH"
_U16 = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
_I8 = Annotated[int, msgspec.Meta(ge=-128, le=127)]
_VALUES = tuple[_U16, _U16, _I8, _I8, _U16, _U16]


class Plain(msgspec.Struct, eq=False, gc=False):
    """A mutable object with slots: what a rules author would write anyway."""

    x: int = 0
    y: int = 0
    vx: int = 1
    vy: int = 2
    hp: int = 100
    score: int = 0


class Hooked(Plain):
    """The same object, noting each write as it happens."""

    def __setattr__(self, name: str, value: object) -> None:
        dirty.add((id(self), name))
        super().__setattr__(name, value)


dirty: set[tuple[int, str]] = set()


class Columns:
    """One list per field; a `ColumnView` makes one index of them look like an object."""

    def __init__(self) -> None:
        self.x, self.y = [0] * ROWS, [0] * ROWS
        self.vx, self.vy = [1] * ROWS, [2] * ROWS
        self.hp, self.score = [100] * ROWS, [0] * ROWS


class ColumnView:
    __slots__ = ("columns", "index")

    def __init__(self, columns: Columns, index: int) -> None:
        self.columns, self.index = columns, index


def _view_property(field: str) -> property:
    def read(view: ColumnView) -> int:
        return getattr(view.columns, field)[view.index]  # type: ignore[no-any-return]

    def write(view: ColumnView, value: int) -> None:
        getattr(view.columns, field)[view.index] = value

    return property(read, write)


for _field in FIELDS:
    setattr(ColumnView, _field, _view_property(_field))


def move(rows: list[Plain]) -> None:
    """The rules' part of a tick: four reads and two writes a row."""
    for row in rows:
        row.x = (row.x + row.vx) & 2047
        row.y = (row.y + row.vy) & 2047


def _median_us(work: Callable[[], object]) -> float:
    number = 200
    return statistics.median(timeit.repeat(work, number=number, repeat=RUNS)) / number * 1e6


def main() -> None:
    plain = [Plain() for _ in range(ROWS)]
    hooked: list[Plain] = [Hooked() for _ in range(ROWS)]
    views: list[Plain] = [ColumnView(Columns(), i) for i in range(ROWS)]  # type: ignore[misc]
    columns = Columns()
    getters = [attrgetter(f) for f in FIELDS]
    row_getter = attrgetter(*FIELDS)

    def move_hooked() -> None:
        move(hooked)
        dirty.clear()

    def by_list() -> list[list[int]]:
        return [[getattr(row, f) for row in plain] for f in FIELDS]

    def by_getter() -> list[list[int]]:
        return [list(map(get, plain)) for get in getters]

    def by_array() -> list[array[int]]:
        return [array(code, map(get, plain)) for code, get in zip(TYPECODES, getters, strict=True)]

    def by_row() -> list[tuple[int, ...]]:
        return list(map(row_getter, plain))

    def by_astuple() -> list[tuple[int, ...]]:
        return list(map(msgspec.structs.astuple, plain))

    def capture() -> list[tuple[int, ...]]:
        return list(map(msgspec.structs.astuple, plain))

    def bounds(built: list[list[int]]) -> bool:
        return all(type(min(c)) is int and min(c) >= 0 and max(c) <= 65535 for c in built)

    def changed(build: Callable[[], list[object]]) -> Callable[[], object]:
        before = build()

        def compare() -> object:
            return [a == b for a, b in zip(build(), before, strict=True)]

        return compare

    before, before_rows = by_getter(), capture()
    move(plain)
    moved = by_getter()
    row_format = struct.Struct("<HHbbHH")
    rows = list(zip(*moved, strict=True))

    def changed_rows() -> set[int]:
        found: set[int] = set()
        for old, new in zip(before, moved, strict=True):
            if old != new:
                found.update(i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
        return found

    def json_frame() -> bytes:
        return msgspec.json.encode(dict(enumerate(zip(*moved, strict=True))))

    def struct_rows() -> bytes:
        return b"".join(row_format.pack(*row) for row in rows)

    def array_columns() -> bytes:
        return b"".join(array(c, col).tobytes() for c, col in zip(TYPECODES, moved, strict=True))

    def struct_columns() -> bytes:
        return b"".join(struct.pack(f"<{ROWS}{c}", *col) for c, col in zip(TYPECODES, moved, strict=True))

    sections: list[tuple[str, list[tuple[str, Callable[[], object]]]]] = [
        (
            "rules: 400 reads, 200 writes",
            [
                ("objects with slots", lambda: move(plain)),
                ("objects, __setattr__ notes each write", move_hooked),
                ("columns under a view", lambda: move(views)),
            ],
        ),
        (
            "build the columns",
            [
                ("getattr in a comprehension", by_list),
                ("list(map(attrgetter, rows))", by_getter),
                ("array(code, map(attrgetter, rows))", by_array),
                ("rows: map(attrgetter(*fields))", by_row),
                ("rows: msgspec astuple", by_astuple),
            ],
        ),
        (
            "check every value's type and bounds",
            [
                ("columns, by min/max", lambda: bounds(moved)),
                ("rows, by msgspec.convert", lambda: msgspec.convert(rows, list[_VALUES])),
            ],
        ),
        (
            "build and compare with the tick before",
            [
                ("lists by attrgetter", changed(by_getter)),  # type: ignore[arg-type]
                ("arrays by attrgetter", changed(by_array)),  # type: ignore[arg-type]
                ("rows by attrgetter(*fields)", changed(by_row)),  # type: ignore[arg-type]
                ("rows by msgspec astuple (what was built)", lambda: capture() == before_rows),
                (
                    "... and which of them changed",
                    lambda: [a != b for a, b in zip(capture(), before_rows, strict=True)],
                ),
                ("... and turned into columns", lambda: list(zip(*capture(), strict=True))),
                ("columns stored as columns (copy + compare)", lambda: [list(c) == c for c in vars(columns).values()]),
                ("then: which rows of 2 changed columns", changed_rows),
            ],
        ),
        (
            "write a frame of all 100 rows",
            [
                (f"JSON, rows whole ({len(json_frame())} bytes)", json_frame),
                (f"struct.pack a row ({len(struct_rows())} bytes)", struct_rows),
                (f"struct.pack a column ({len(struct_columns())} bytes)", struct_columns),
                (f"array.tobytes a column ({len(array_columns())} bytes)", array_columns),
                (
                    f"msgpack of columns ({len(msgspec.msgpack.encode(moved))} bytes)",
                    lambda: msgspec.msgpack.encode(moved),
                ),
            ],
        ),
    ]
    for title, ways in sections:
        print(f"\n{title}")
        for name, way in ways:
            print(f"  {name:<46} {_median_us(way):8.1f} us")


if __name__ == "__main__":
    main()
