"""Writes tests/vectors/snapshots.json: binary frames with what they say, for the tests of every client.

python -m tools.snapshot_vectors

The frames are of one small world that changes at random (tests/protocol/world.py), as a player and as a spectator get
them, with skipped ticks in between, and of rows at the edges of what fields can hold; then frames that must be refused,
also such as no server writes behind a right checksum. A change of the file is a change of the format.
"""

from __future__ import annotations

import json
import struct
from binascii import crc_hqx
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Annotated, Any

import msgspec

from gameserver import F32, F64, I8, I32, U8, U32, Meta, Row
from gameserver.protocol.binary import varint
from gameserver.protocol.bits import BitWriter
from gameserver.protocol.replica import Replica
from gameserver.protocol.snapshot import Snapshots
from gameserver.protocol.tables import Table
from tests.protocol.world import BINARY, World

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "snapshots.json"
SEED = 7
Write = Callable[[BitWriter], None]
GAPS = (1, 1, 1, 2, 1, 10, 1, 1, 63, 1, 64, 1, 65, 1, 1)


def stream(player: int | None) -> dict[str, Any]:
    """Give one client's frames, each with what the client then holds (bytes as base64)."""
    random, world = Random(SEED), World()
    replica = Replica(world.schema)
    steps = []
    for number, gap in enumerate(GAPS):
        for _ in range(gap):
            for _ in range(random.randrange(6)):
                world.change(random)
            world.tick += 1
            for body in world.bodies.values():
                body.x += body.vx
            world.snapshots.take(world.tick, world.tables, busy_ms=number / 3)
        ack = None if player is None or number == 0 else number * 1000
        frames = world.snapshots.frames(replica.tick, BINARY)
        frame = frames.payload(number * 50, player, ack, None if player is None else number % 4 - 1)
        base = replica.tick if gap <= 64 else None
        replica.apply_frame(frame)
        holds = {
            "handle": number * 50,
            "tick": replica.tick,
            "base": base,
            "ack": replica.ack,
            "margin": replica.margin,
            "busy_ms": replica.busy_ms,
            "tables": json.loads(msgspec.json.encode(replica.tables)),
        }
        steps.append({"frame": frame.hex(), "holds": holds})
    return {"schema": world.schema, "steps": steps}


class Edge(Row):
    """Fields at their ends, and names that look like speeds."""

    x: I32 = 0
    vx: I32 = 0
    vvx: I8 = 0  # so vx is the speed of nothing, but has one
    y: U32 = 0
    vy: bool = False  # no speed
    z: U8 = 0
    vz: F32 = 0.0  # no speed, either
    fixed: Annotated[int, Meta(ge=7, le=7)] = 7
    wide: F64 = 0.0


def edges() -> dict[str, Any]:
    """Give frames of rows that jump from end to end."""
    random, table, snapshots = Random(SEED), Table("edges", Edge, {}), Snapshots(64)
    replica = Replica({"edges": table.schema()})
    steps = []
    for tick in range(1, 13):
        if tick % 4 == 1:
            table.add(Edge())
        for row in table.values():
            row.x = random.choice((-(2**31), 2**31 - 1, row.x, 0))
            row.vx, row.vvx = random.choice((-(2**31), 2**31 - 1, 3)), random.choice((-128, 127))
            row.y, row.vy = random.choice((0, 2**32 - 1, row.y)), random.random() < 0.5
            row.z, row.vz = random.randrange(256), random.choice((0.0, -0.0, 1.5, 3.4028234663852886e38))
            row.wide = random.choice((0.0, -0.0, 5e-324, 1.7976931348623157e308, -2.5))
        base = replica.tick
        snapshots.take(tick, {"edges": table})
        frame = snapshots.frames(base, BINARY).payload(2**32 - 1, None, None, None)
        replica.apply_frame(frame)
        holds = {
            "handle": 2**32 - 1,
            "tick": tick,
            "base": base,
            "ack": None,
            "margin": None,
            "busy_ms": 0.0,
            "tables": json.loads(msgspec.json.encode(replica.tables)),
        }
        steps.append({"frame": frame.hex(), "holds": holds})
    return {"schema": {"edges": table.schema()}, "steps": steps}


def lies() -> dict[str, Any]:
    """Give a keyframe, and frames with right checksums that a client which has it must refuse, each with the reason."""
    schema = {"t": {"kind": "table", "fields": [["n", "u8", {"min": 0, "max": 5}], ["s", "str"]]}}

    def frame(write: Write, *, own: bytes = b"\x01\x00\x00", tick: int = 2, since: int = 1) -> str:
        bits = BitWriter()
        write(bits)
        shared = struct.pack("<I", tick) + varint(since) + b"\x00" + bits.take()
        return (crc_hqx(own, crc_hqx(shared, 0)).to_bytes(2, "little") + own + shared).hex()

    def table(*, gone: bool = False, new: bool = False, changed: bool = False) -> Write:
        def write(bits: BitWriter) -> None:
            for value in (True, gone, new, changed):
                bits.flag(value)

        return write

    def then(*writes: Write) -> Write:
        def write(bits: BitWriter) -> None:
            for each in writes:
                each(bits)

        return write

    def nothing(bits: BitWriter) -> None:
        bits.flag(False)

    def rows(bits: BitWriter) -> None:
        """Rows 3 and 4, with 1 and 2 as `n` and a letter each."""
        bits.uint(2)
        bits.uint(3)
        bits.ints([0])
        bits.ints([1, 2])
        bits.ints([1, 1])
        bits.octets(b"ab")

    def raw(text: str) -> Write:
        def write(bits: BitWriter) -> None:
            for digit in text:
                bits.flag(digit == "1")

        return write

    new, gone, changed = table(new=True), table(gone=True), table(changed=True)
    frames = {
        "a base that the client doesn't have": frame(nothing, since=2),
        "a base before the first tick": frame(nothing, since=3),
        "another kind of frame": frame(nothing, own=b"\x02\x00\x00"),
        "an unknown flag": frame(nothing, own=b"\x01\x00\x08"),
        "bits that aren't zero after the end": frame(raw("01")),
        "a byte too many": frame(raw("0" * 9)),
        "no bits at all": frame(raw("")),
        "new rows without any": frame(then(new, lambda b: b.uint(0), lambda b: b.uint(9))),
        "more new rows than a table holds": frame(then(new, lambda b: b.uint(65_536), lambda b: b.uint(9))),
        "a new row that is there": frame(then(new, rows)),
        "a row gone that isn't there": frame(then(gone, lambda b: b.uint(1), lambda b: b.ints([2]))),
        "more rows gone than there are": frame(then(gone, lambda b: b.uint(3))),
        "a value above the most": frame(then(changed, raw("1"), lambda b: b.ints([10, 0]), raw("0"))),
        "a text that isn't UTF-8": frame(
            then(changed, raw("01"), lambda b: b.ints([1, 0]), lambda b: b.ints([1]), lambda b: b.octets(b"\xff"))
        ),
        "a text that is cut off": frame(then(changed, raw("01"), lambda b: b.ints([1, 0]), lambda b: b.ints([99]))),
        "a width of 33": frame(then(changed, raw("1" + "0000" + "100001"))),
        "a list whose indexes don't rise": frame(
            then(changed, raw("1" + "1111" + "000001" + "10" + "1" + "1" + "11" + "0"))
        ),
    }
    return {
        "schema": schema,
        "keyframe": frame(then(new, rows), tick=1, since=0),
        "frames": [{"why": why, "frame": frame} for why, frame in frames.items()],
    }


def damaged(frame: bytes) -> list[str]:
    """Give frames that no client may take, made from one that fits."""
    flipped = [bytes(b ^ (1 << bit if i == at else 0) for i, b in enumerate(frame)) for at, bit in ((0, 0), (9, 3))]
    return [data.hex() for data in (b"", frame[:2], frame[: len(frame) // 2], frame[:-1], frame + b"\0", *flipped)]


def vectors() -> dict[str, Any]:
    """Give all there is in the file."""
    player, spectator = stream(1), stream(None)
    last = bytes.fromhex(player["steps"][-1]["frame"])
    streams = {"player": player, "spectator": spectator, "edges": edges()}
    return {"streams": streams, "refused_after_player": damaged(last), "lies": lies()}


def main() -> None:
    """Write the file."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(vectors(), separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
