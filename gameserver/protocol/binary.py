"""Snapshots as bits: what a client gets unless it asks for another format. `docs/protocol.md` has every byte.

Columns, not rows: a column that didn't change costs one bit, and one that changed is told by differences, each column
as narrow as its values allow. What moves by its own speed differs from where that speed led, which is mostly nothing.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from operator import add, sub
from typing import Any

from gameserver.errors import SnapshotError
from gameserver.protocol import framing
from gameserver.protocol.bits import ZEROS, BitWriter
from gameserver.protocol.layout import Column, Layout, layout_of
from gameserver.protocol.rows import Row, table_schema
from gameserver.protocol.snapshot import FrameHead, QuickMessage, State
from gameserver.protocol.tables import EMPTY, Capture

SNAPSHOT = 1
"""The first byte of a frame after its checksum: a snapshot in the first version of this format."""
HAS_ACK, HAS_MARGIN, HAS_SECRETS = 1, 2, 4
MAX_ROWS = 65_536
"""Rows of a table on the wire; a reader refuses more before it makes room for them."""
MAX_ID = 4_294_967_295
BUSY_STEPS_PER_MS = 4
ALL_AS_EXPECTED = "1" + ZEROS
"""A column of which everything went where its speed led: told against that, and no difference."""
_MAX_MARGIN = 127
_NEAR = 1024
_FOLDED = [*range(0, 2 * _NEAR, 2), *range(2 * _NEAR - 1, 0, -2)]
"""What `_zigzag` gives, by differences from -_NEAR up to _NEAR - 1: negative indexes count from the end."""
_PLAYER = struct.Struct("<BBBIb")
"""Kind, handle, flags, ack and margin."""
_SILENT = struct.Struct("<BBBb")
"""The same of a player who has sent nothing yet."""


class BinarySnapshots:
    """Writes snapshots as bits."""

    name = "binary"
    text = False

    def shared(self, base: State | None, now: State) -> bytes:
        """Encode what is public: its checksum (2 bytes), tick, base, the room's last turn, tables.

        Raises:
            SnapshotError: a table has more rows than the format can tell.

        """
        bits = BitWriter()
        for name, capture in now.public.items():
            _write_table(bits, now, name, base, EMPTY if base is None else base.public[name], capture)
        since = 0 if base is None else now.tick - base.tick
        busy = min(255, round(now.busy_ms * BUSY_STEPS_PER_MS))
        body = struct.pack("<I", now.tick) + varint(since) + bytes((busy,)) + bits.take()
        return checksum(body, 0) + body

    def private(self, base: State | None, now: State, player: int | None) -> bytes:
        """Encode the player's own secret rows."""
        if player is None or not now.secret:
            return b""
        bits = BitWriter()
        for name, capture in now.secret.items():
            old = EMPTY if base is None else base.secret[name].only(player)
            _write_table(bits, now, name, base, old, capture.only(player))
        told = bits.take()
        return told if any(told) else b""

    def frame(self, head: FrameHead, *, shared: bytes, private: bytes) -> bytes:
        """Put a client's own part before what is shared, and the checksum of both before that."""
        own = _own(head, private)
        return checksum(own, int.from_bytes(shared[:2], "little")) + own + shared[2:]

    def quick_messages(self, shared: bytes) -> QuickMessage:
        """Put a player's own part together in one call of `struct`, with what is the same for all worked out before."""
        before, rest = int.from_bytes(shared[:2], "little"), shared[2:]
        player_head = framing.head(framing.BINARY, _PLAYER.size + len(shared))
        pack = _PLAYER.pack

        def message(handle: int, ack: int | None, margin: int | None) -> bytes:
            if ack is not None and margin is not None:
                head, own = player_head, pack(SNAPSHOT, handle, HAS_ACK | HAS_MARGIN, ack, min(_MAX_MARGIN, margin))
            else:
                if margin is None:
                    own = _own(FrameHead(handle, 0, None, ack, None), b"")
                else:
                    own = _SILENT.pack(SNAPSHOT, handle, HAS_MARGIN, min(_MAX_MARGIN, margin))
                head = framing.head(framing.BINARY, len(own) + len(shared))
            return head + crc_hqx(own, before).to_bytes(2, "little") + own + rest

        return message


def _own(head: FrameHead, private: bytes) -> bytes:
    """Put a client's own part together, whatever it holds."""
    flags, parts = 0, []
    if head.ack is not None:
        flags |= HAS_ACK
        parts.append(head.ack.to_bytes(4, "little"))
    if head.margin is not None:
        flags |= HAS_MARGIN
        parts.append(min(_MAX_MARGIN, head.margin).to_bytes(1, signed=True))
    if private:
        flags |= HAS_SECRETS
        parts += varint(len(private)), private
    return b"".join((bytes((SNAPSHOT,)), varint(head.handle), bytes((flags,)), *parts))


def checksum(data: bytes, before: int) -> bytes:
    """CRC-16/XMODEM of `data`, going on from `before`."""
    return crc_hqx(data, before).to_bytes(2, "little")


def varint(value: int) -> bytes:
    """Write a number in groups of 7 bits, the lowest first, the top bit telling of more (LEB128)."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


@lru_cache(maxsize=256)
def _layout(row_type: type[Row]) -> Layout:
    return layout_of(table_schema("table", row_type))


def _zigzag(differences: Sequence[int], bits: int) -> list[int]:
    """Fold differences, taken modulo 2^bits as the nearest to 0, into 0, 1, 2, ... for 0, -1, 1, ..."""
    if not differences:
        return []
    least, most, half = min(differences), max(differences), 1 << bits >> 1
    if least < -half or most >= half:
        mask = (1 << bits) - 1
        differences = [(d + half & mask) - half for d in differences]
    elif least >= -_NEAR and most < _NEAR:
        return list(map(_FOLDED.__getitem__, differences))
    return [d + d if d >= 0 else -d - d - 1 for d in differences]


def _cost(values: Sequence[int]) -> int:
    """Estimate what a column costs; enough to choose between two."""
    return sum(map(int.bit_length, values))


def _write_table(bits: BitWriter, now: State, name: str, base: State | None, old: Capture, new: Capture) -> None:
    """Tell one table: nothing, or which rows are gone, which are new, and what changed in the others."""
    if old is new:
        bits.add("0")
        return
    old, new = old.ascending(), new.ascending()
    if len(new.ids) > MAX_ROWS:
        raise SnapshotError(f"{name} has {len(new.ids)} rows; a snapshot can tell of {MAX_ROWS}")
    layout = _layout(now.row_types[name])
    since = 0 if base is None else now.tick - base.tick
    if old.ids == new.ids:
        olds, news = old.columns(), new.columns()
        if olds == news:
            bits.add("0")
        else:
            bits.add("1001")
            _write_changes(bits, layout, olds, news, since)
        return
    before, after = old.by_id(), new.by_id()
    gone = [place for place, row_id in enumerate(old.ids) if row_id not in after]
    fresh = [row_id for row_id in new.ids if row_id not in before]
    kept = [row_id for row_id in old.ids if row_id in after] if gone else old.ids
    kept_old, kept_new = [before[i] for i in kept], [after[i] for i in kept]
    bits.flag(True)
    bits.flag(bool(gone))
    bits.flag(bool(fresh))
    bits.flag(kept_old != kept_new)
    if gone:
        bits.uint(len(gone))
        bits.ints([place - last - 1 for last, place in pairwise([-1, *gone])])
    if fresh:
        bits.uint(len(fresh))
        bits.uint(fresh[0])
        bits.ints([row_id - last - 1 for last, row_id in pairwise(fresh)])
        _write_rows(bits, layout, list(zip(*[after[i] for i in fresh], strict=True)), now.tick)
    if kept_old != kept_new:
        olds, news = list(zip(*kept_old, strict=True)), list(zip(*kept_new, strict=True))
        _write_changes(bits, layout, olds, news, since)


def _write_rows(bits: BitWriter, layout: Layout, fields: list[tuple[Any, ...]], tick: int) -> None:
    """Tell all columns of new rows."""
    for column in layout.columns:
        if column.text:
            _write_texts(bits, column, fields[column.field])
            continue
        values = _integers(column, fields[column.field])
        above = [value - column.least for value in values] if column.least else list(values)
        if column.may_be_tick:
            near = _zigzag([value - tick for value in values], column.bits)
            bits.flag(near_is_less := _cost(near) < _cost(above))
            above = near if near_is_less else above
        bits.ints(above)


def _write_changes(
    bits: BitWriter, layout: Layout, olds: list[tuple[Any, ...]], news: list[tuple[Any, ...]], since: int
) -> None:
    """Tell the columns that changed, by their differences."""
    write = bits.add
    for column in layout.columns:
        old, new = olds[column.field], news[column.field]
        if old is new or old == new:  # a capture shares the columns that didn't change
            write("0")
            continue
        write("1")
        if column.text:
            changed = [place for place, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
            flags = [0] * len(new)
            for place in changed:
                flags[place] = 1
            bits.ints(flags)
            _write_texts(bits, column, [new[place] for place in changed])
            continue
        expected: tuple[int, ...] | None = None
        if column.speed is not None and since == 1:
            expected = tuple(map(add, old, news[column.speed]))
            if expected == new:
                write(ALL_AS_EXPECTED)
                continue
        if column.part == "int":
            differences = list(map(sub, new, old))
        else:
            differences = list(map(sub, _integers(column, new), _integers(column, old)))
        if column.speed is None:
            bits.ints(_zigzag(differences, column.bits))
            continue
        if expected is not None:
            apart = list(map(sub, new, expected))
        else:
            speeds = news[column.speed]
            apart = [difference - speed * since for difference, speed in zip(differences, speeds, strict=True)]
        folded, beside = _zigzag(differences, column.bits), _zigzag(apart, column.bits)
        bits.flag(beside_is_less := _cost(beside) < _cost(folded))
        bits.ints(beside if beside_is_less else folded)


def _integers(column: Column, values: Sequence[Any]) -> Sequence[int]:
    """Give the integers that travel. -0.0 equals 0.0, so a change between them would never be told: both are 0.0."""
    if column.part in ("f32", "f64 low", "f64 high"):
        values = [value + 0.0 for value in values]
    return column.integers(values)


def _write_texts(bits: BitWriter, column: Column, values: Sequence[Any]) -> None:
    data = [value.encode() if column.part == "str" else bytes(value) for value in values]
    bits.ints([len(each) for each in data])
    bits.octets(b"".join(data))
