"""Binary snapshots: small, exact, and refused when they are damaged."""

from __future__ import annotations

import copy
from binascii import crc_hqx
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gameserver.errors import SnapshotError
from gameserver.protocol.binary import MAX_ROWS, _zigzag, varint
from gameserver.protocol.binary_reader import read_frame
from gameserver.protocol.bits import BitReader, BitWriter, plan
from gameserver.protocol.layout import layout_of
from gameserver.protocol.replica import Replica
from gameserver.protocol.rows import Row
from gameserver.protocol.snapshot import Snapshots
from gameserver.protocol.tables import Capture, Table
from gameserver.protocol.types import F32, F64, U8
from tests.protocol.world import BINARY, Body, Hand, World, message

columns = st.one_of(
    st.lists(st.integers(0, 2**32 - 1), max_size=40),
    st.lists(st.integers(0, 3), max_size=40),
    st.lists(st.one_of(st.just(0), st.just(0), st.just(0), st.just(0), st.integers(0, 5000)), max_size=200),
    st.lists(st.one_of(st.integers(0, 7), st.integers(0, 7), st.integers(0, 100_000)), max_size=100),
)


@given(st.lists(columns, max_size=4), st.integers(0, 2**32 - 1), st.binary(max_size=9))
@example([[0], [1], [2**32 - 1], [0] * 99 + [1]], 0, b"")
@example([list(range(300)), [7] * 50], 2**32 - 1, b"\xff\x00")
def test_bits_come_back(lists: list[list[int]], number: int, data: bytes) -> None:
    """Whatever is written is read, in the same order, and nothing is left."""
    writer = BitWriter()
    for values in lists:
        writer.ints(values)
        writer.uint(number)
        writer.flag(True)
        writer.octets(data)
    reader = BitReader(writer.take())
    for values in lists:
        assert reader.ints(len(values)) == values
        assert reader.uint(2**32 - 1) == number
        assert reader.flag()
        assert reader.octets(len(data)) == data
    reader.end()


@given(columns)
def test_a_plan_is_never_worse_than_a_plain_column(values: list[int]) -> None:
    """What a column costs on the wire is at most its widest value for each, and the heads."""
    writer = BitWriter()
    writer.ints(values)
    plain = len(values) * max(values, default=0).bit_length()
    assert len(writer.take()) * 8 < 10 + plain + 8


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ([0] * 50, (0, 0)),  # nothing but the heads
        ([5, 6, 7, 4] * 10, (0, 3)),  # a plain column
        ([0] * 99 + [9000], (15, 14)),  # a list of what differs
        ([1] * 98 + [9000] * 2, (2, 14)),  # codes, with patches
        ([0, 9000, 0] * 20, (1, 14)),  # a map of what differs
    ],
)
def test_the_cheapest_way_is_found(values: list[int], way: tuple[int, int]) -> None:
    """Columns of each kind are written in the way that suits them."""
    assert plan(values) == way


def test_what_moves_by_its_own_speed_costs_nothing() -> None:
    """A thousand ticks of straight movement are told in as many bytes as none."""
    world = World()
    for player in range(1, 51):
        world.players[player] = None
        world.bodies[player] = Body(x=player, vx=player % 3)
    replica = Replica(world.schema)
    world.take()
    world.catch_up(replica, None, BINARY)
    for gap in (1, 5, 60):
        for _ in range(gap):
            world.take()
        assert len(world.catch_up(replica, None, BINARY)) < 20
        assert replica.tables == world.visible(None)


def busy_world() -> tuple[World, Replica, bytes]:
    """Give a world after some ticks, a replica of it, and the delta that it would get next."""
    random, world = Random(5), World()
    replica = Replica(world.schema)
    for _ in range(30):
        for _ in range(4):
            world.change(random)
        world.take()
        world.catch_up(replica, 1, BINARY)
    for _ in range(6):
        world.change(random)
    world.take()
    return world, replica, world.frame(replica.tick, 1, ack=77, fmt=BINARY)


WORLD, REPLICA, FRAME = busy_world()


def attack(frame: bytes) -> str | None:
    """Apply what may be anything: it fits, or the replica is as before; gives why it was refused."""
    replica = Replica(WORLD.schema)
    before = copy.deepcopy(REPLICA.tables)
    replica.tick, replica.ack, replica.tables = REPLICA.tick, REPLICA.ack, copy.deepcopy(before)
    try:
        replica.apply_frame(frame)
    except SnapshotError as error:
        assert (replica.tables, replica.tick, replica.ack) == (before, REPLICA.tick, REPLICA.ack)
        return str(error)
    return None


def test_the_frame_itself_fits() -> None:
    """What the attacks below start from is good."""
    assert attack(FRAME) is None


def test_every_truncated_frame_is_refused() -> None:
    """However much is missing at the end, nothing is applied."""
    for size in range(len(FRAME)):
        assert attack(FRAME[:size]) is not None


def test_every_flipped_bit_is_noticed() -> None:
    """A single wrong bit anywhere, and any two within 16, never pass for a snapshot."""
    for bit in range(len(FRAME) * 8):
        for other in (bit, bit + 1, bit + 11):
            damaged = bytearray(FRAME)
            damaged[bit // 8] ^= 1 << bit % 8
            if other != bit and other < len(FRAME) * 8:
                damaged[other // 8] ^= 1 << other % 8
            assert attack(bytes(damaged)) is not None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_frames_are_refused(data: bytes) -> None:
    """Noise raises `SnapshotError` and nothing else."""
    attack(data)


def sealed(own: bytes, shared: bytes) -> bytes:
    """Put a right checksum before what may be anything."""
    return crc_hqx(own, crc_hqx(shared, 0)).to_bytes(2, "little") + own + shared


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32), st.integers(1, 12), st.booleans())
def test_bits_that_no_writer_wrote(seed: int, flips: int, cut: bool) -> None:
    """Behind a right checksum, too, a hostile server can only be refused, or tell what the schema allows."""
    random, at = Random(seed), 2 + len(own_part(FRAME))
    shared = bytearray(FRAME[at:])
    for _ in range(flips):
        shared[random.randrange(5, len(shared))] ^= 1 << random.randrange(8)
    attack(sealed(own_part(FRAME), bytes(shared[: random.randrange(6, len(shared))] if cut else shared)))


def own_part(frame: bytes) -> bytes:
    """Give what stands between the checksum and the shared part."""
    return frame[2 : len(frame) - shared_size(frame)]


def shared_size(frame: bytes) -> int:
    """Give the size of the shared part."""
    tables = read_frame(frame).tables
    since = read_frame(frame).tick - (read_frame(frame).base or 0)
    return 4 + len(varint(since)) + 1 + len(tables)


def refuse(own: bytes, shared: bytes) -> str:
    """Give why this frame is refused."""
    why = attack(sealed(own, shared))
    assert why is not None
    return why


def test_frames_that_lie() -> None:
    """Each kind of nonsense has its own words."""
    own, tick = b"\x01\x07\x00", (5).to_bytes(4, "little")
    assert "kind 2" in refuse(b"\x02\x07\x00", tick + b"\x00\x00")
    assert "damaged" in refuse(b"\x01\x07\x80", tick + b"\x00\x00")
    assert "can't build on" in refuse(own, tick + b"\x06\x00")
    assert "doesn't fit a client" in refuse(own, tick + b"\x01\x00\x00")
    assert "cut off" in refuse(own, tick + b"\x00")
    assert "beyond" in refuse(b"\x01\xff\xff\xff\xff\xff\x01\x00", tick + b"\x00\x00")
    assert "after the end" in refuse(own, tick + b"\x00\x00\x00\x00")


class Dot(Row):
    """As little as a row can be."""

    n: U8 = 0


def test_more_rows_than_the_format_can_tell() -> None:
    """The writer refuses what a reader would, before anybody is sent it."""
    table = Table("dots", Dot, {})
    snapshots = Snapshots(64)
    for _ in range(MAX_ROWS + 1):
        table.add(Dot())
    snapshots.take(1, {"dots": table})
    with pytest.raises(SnapshotError, match="65537 rows"):
        message(snapshots, None)
    table.popitem()
    snapshots.take(2, {"dots": table})
    replica = Replica({"dots": table.schema()})
    replica.apply_frame(message(snapshots, None))
    assert len(replica.tables["dots"]) == MAX_ROWS


def test_rows_in_any_order() -> None:
    """Places of rows mean the order of their ids, whatever the order in the table."""
    capture = Capture((3, 1, 2), [("c",), ("a",), ("b",)])
    assert (capture.ascending().ids, capture.ascending().rows) == ((1, 2, 3), [("a",), ("b",), ("c",)])
    rising = capture.ascending()
    assert rising.ascending() is rising


@pytest.mark.parametrize("wire", ["u64", "", None])
def test_a_type_of_a_later_version(wire: Any) -> None:
    """A schema that this version can't read is refused when the room is entered."""
    with pytest.raises(SnapshotError, match="this version doesn't know"):
        layout_of({"kind": "table", "fields": [["x", wire]]})


def test_margin_and_the_last_turn_travel() -> None:
    """A frame tells how many inputs waited and how long the room's last turn took."""
    world = World()
    replica = Replica(world.schema)
    world.snapshots.take(1, world.tables, busy_ms=3.26)
    replica.apply_frame(message(world.snapshots, None, handle=300, player=1, ack=2**32 - 1, margin=-1))
    assert (replica.ack, replica.margin, replica.busy_ms) == (2**32 - 1, -1, 3.25)
    world.snapshots.take(2, world.tables, busy_ms=1e9)
    assert replica.apply_frame(message(world.snapshots, 1, handle=300, margin=1000)) == 300
    assert (replica.ack, replica.margin, replica.busy_ms) == (None, 127, 63.75)


@pytest.mark.parametrize("handle", [1, 127, 128, 300])
@pytest.mark.parametrize("secret", [False, True])
def test_a_client_s_own_part_travels_whatever_it_holds(handle: int, secret: bool) -> None:
    """Most players' is written in one stroke, any other piece by piece: a reader can't tell."""
    world = World()
    world.players[1] = None
    if secret:
        world.hands[1] = Hand(cards="ace", count=1)
    world.take()
    for ack in (None, 0, 255, 2**32 - 1):
        for margin in (None, -1, 0, 127, 128, 5000):
            for player in (1, None):
                replica = Replica(world.schema)
                frame = message(world.snapshots, None, handle=handle, player=player, ack=ack, margin=margin)
                assert replica.apply_frame(frame) == handle
                assert (replica.tick, replica.ack) == (1, ack)
                assert replica.margin == (None if margin is None else min(127, margin))
                assert replica.tables["hands"] == ({1: ("ace", 1)} if secret and player == 1 else {})


class Warm(Row):
    """Floats beside something else."""

    single: F32 = 0.0
    double: F64 = 0.0
    n: U8 = 0


def test_minus_zero_is_zero() -> None:
    """A change from 0.0 to -0.0 is none, and what comes after it is right."""
    table = Table("warm", Warm, {})
    table.add(Warm())
    snapshots, replica = Snapshots(64), Replica({"warm": table.schema()})
    for tick, value in enumerate((0.0, -0.0, 5.0, -0.0, 0.0, -2.5, 6.0), 1):
        row = table[1]
        row.single, row.double, row.n = value, value, tick
        snapshots.take(tick, {"warm": table})
        replica.apply_frame(message(snapshots, replica.tick))
        assert replica.tables["warm"] == {1: (value, value, tick)}


@given(st.lists(st.integers(-3000, 3000) | st.integers(-(2**33), 2**33), max_size=8), st.integers(0, 32))
@example([-1025, -1024, -1, 0, 1023, 1024, 2047, 2048], 32)
def test_differences_are_folded_alike_near_and_far(differences: list[int], bits: int) -> None:
    """0, -1, 1, -2 become 0, 1, 2, 3, by a table or not; what doesn't fit goes round."""
    for difference, folded in zip(differences, _zigzag(differences, bits), strict=True):
        assert 0 <= folded < 2**bits or folded == bits == 0
        back = folded // 2 if folded % 2 == 0 else -(folded + 1) // 2
        assert (difference - back) % 2**bits == 0
        assert -(2**bits) <= 2 * back < max(1, 2**bits)
