"""Reading binary snapshots: what `binary.py` writes, and nothing that it doesn't."""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol.binary import (
    BUSY_STEPS_PER_MS,
    HAS_ACK,
    HAS_MARGIN,
    HAS_SECRETS,
    MAX_ID,
    MAX_ROWS,
    SNAPSHOT,
    checksum,
)
from gameserver.protocol.bits import BitReader
from gameserver.protocol.layout import Column, Layout
from gameserver.protocol.snapshot import TableDelta


class BinaryFrame(msgspec.Struct, frozen=True, kw_only=True):
    """The outside of a frame; its tables need what the client has, and are read by `read_tables`."""

    handle: int
    tick: int
    base: int | None
    ack: int | None
    margin: int | None
    busy_ms: float
    """How long the room's previous turn took on the server; 63.75 stands for that or more."""
    secrets: bytes
    tables: bytes


def read_frame(data: bytes) -> BinaryFrame:
    """Read the outside of a binary frame.

    Raises:
        SnapshotError: it isn't a whole, undamaged snapshot.

    """
    try:
        return _read_frame(data)
    except (IndexError, struct.error):
        raise SnapshotError("a snapshot that is cut off") from None


def _read_frame(data: bytes) -> BinaryFrame:
    if data[2] != SNAPSHOT:
        raise SnapshotError(f"a frame of kind {data[2]}, where {SNAPSHOT} is a snapshot")
    handle, at = _read_varint(data, 3)
    flags, at = data[at], at + 1
    ack = margin = None
    secrets = b""
    if flags & HAS_ACK:
        (ack,), at = struct.unpack_from("<I", data, at), at + 4
    if flags & HAS_MARGIN:
        (margin,), at = struct.unpack_from("b", data, at), at + 1
    if flags & HAS_SECRETS:
        size, at = _read_varint(data, at)
        secrets, at = data[at : at + size], at + size
    own, shared = data[2:at], data[at:]
    if flags & ~(HAS_ACK | HAS_MARGIN | HAS_SECRETS) or data[:2] != checksum(own, crc_hqx(shared, 0)):
        raise SnapshotError("a snapshot that was damaged on its way")
    (tick,) = struct.unpack_from("<I", data, at)
    since, at = _read_varint(data, at + 4)
    if since > tick:
        raise SnapshotError(f"tick {tick} can't build on one {since} ticks before")
    return BinaryFrame(
        handle=handle,
        tick=tick,
        base=tick - since if since else None,
        ack=ack,
        margin=margin,
        busy_ms=data[at] / BUSY_STEPS_PER_MS,
        secrets=secrets,
        tables=data[at + 1 :],
    )


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if value > MAX_ID:
            raise SnapshotError(f"a number beyond {MAX_ID}")
        if byte < 0x80:
            return value, at
        if shift > 28:
            raise SnapshotError("a number of more than 5 bytes")


def read_tables(
    data: bytes,
    layouts: Mapping[str, Layout],
    have: Mapping[str, Mapping[int, tuple[Any, ...]]],
    *,
    tick: int,
    since: int,
) -> dict[str, TableDelta]:
    """Read what changed in some tables; `have` are the base's rows, in the order of their ids, and stay as they are.

    Raises:
        SnapshotError: the bits don't fit the tables.

    """
    bits = BitReader(data)
    changes = {}
    for name, layout in layouts.items():
        if bits.flag():
            changes[name] = _read_table(bits, layout, have[name], tick=tick, since=since)
    bits.end()
    return changes


def _read_table(
    bits: BitReader, layout: Layout, have: Mapping[int, tuple[Any, ...]], *, tick: int, since: int
) -> TableDelta:
    has_gone, has_fresh, has_changes = bits.flag(), bits.flag(), bits.flag()
    ids = list(have)
    gone: list[int] = []
    rows: dict[int, tuple[Any, ...]] = {}
    if has_gone:
        places = _rising(bits.ints(bits.uint(len(ids))), len(ids) - 1)
        gone = [ids[place] for place in places]
    kept = sorted(set(ids).difference(gone)) if gone else ids
    if has_fresh:
        count, first = bits.uint(MAX_ROWS), bits.uint(MAX_ID)
        if not count or len(kept) + count > MAX_ROWS:
            raise SnapshotError(f"{count} new rows, where a table holds {MAX_ROWS}")
        fresh = _rising([first, *bits.ints(count - 1)], MAX_ID)
        if not have.keys().isdisjoint(fresh):
            raise SnapshotError("new rows that are there already")
        rows = dict(zip(fresh, _read_rows(bits, layout, count, tick), strict=True))
    if has_changes:
        before = [have[row_id] for row_id in kept]
        after = _read_changes(bits, layout, before, since)
        rows |= {i: new for i, new, old in zip(kept, after, before, strict=True) if new != old}
    return TableDelta(rows, gone)


def _rising(gaps: Sequence[int], most: int) -> list[int]:
    """Add up gaps between numbers that rise."""
    found, last = [], -1
    for gap in gaps:
        last += gap + 1
        found.append(last)
    if last > most:
        raise SnapshotError(f"a row of {last}, where {most} is the most")
    return found


def _read_rows(bits: BitReader, layout: Layout, count: int, tick: int) -> list[tuple[Any, ...]]:
    columns: dict[int, Sequence[Any]] = {}
    for place, column in enumerate(layout.columns):
        if column.text:
            columns[place] = _read_texts(bits, column, count)
        elif column.may_be_tick and bits.flag():
            columns[place] = _unfold(bits.ints(count), [tick] * count, column)
        else:
            columns[place] = _bounded([value + column.least for value in bits.ints(count)], column)
    return layout.values(columns)


def _read_changes(
    bits: BitReader, layout: Layout, before: Sequence[tuple[Any, ...]], since: int
) -> list[tuple[Any, ...]]:
    count = len(before)
    old = list(zip(*before, strict=True)) or [()] * layout.fields
    columns: dict[int, Sequence[Any]] = {}
    by_field: dict[int, Sequence[int]] = {}
    for place, column in enumerate(layout.columns):
        values = old[column.field]
        if not bits.flag():
            columns[place] = values if column.text else column.integers(values)
        elif column.text:
            flags = bits.ints(count)
            texts = iter(_read_texts(bits, column, sum(1 for flag in flags if flag)))
            columns[place] = [next(texts) if flag else value for flag, value in zip(flags, values, strict=True)]
        else:
            start = column.integers(values)
            if column.speed is not None and bits.flag():
                start = [value + v * since for value, v in zip(start, by_field[column.speed], strict=True)]
            columns[place] = _unfold(bits.ints(count), start, column)
        by_field[column.field] = columns[place]
    return layout.values(columns) if count else []


def _unfold(folded: Sequence[int], start: Sequence[int], column: Column) -> list[int]:
    mask, least = (1 << column.bits) - 1, column.least
    unfolded = [
        least + (value - least + ((f + 1) // -2 if f & 1 else f >> 1) & mask)
        for f, value in zip(folded, start, strict=True)
    ]
    return _bounded(unfolded, column)


def _bounded(values: list[int], column: Column) -> list[int]:
    if max(values, default=column.least) > column.most:
        raise SnapshotError(f"a value of {max(values)}, where the schema allows {column.most}")
    return values


def _read_texts(bits: BitReader, column: Column, count: int) -> list[Any]:
    data = [bits.octets(length) for length in bits.ints(count)]
    if column.part == "bytes":
        return data
    try:
        return [each.decode() for each in data]
    except UnicodeDecodeError as error:
        raise SnapshotError(f"a text that isn't UTF-8: {error}") from None
