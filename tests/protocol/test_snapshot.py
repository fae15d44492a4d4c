"""Snapshots: whatever a client missed, one frame makes it whole, and it never sees another's secrets."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gameserver import StateError
from gameserver.errors import SnapshotError
from gameserver.protocol.binary_reader import read_frame
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.replica import Replica
from gameserver.protocol.snapshot import MAX_QUICK_HANDLE, History, SnapshotFormat, State
from tests.frames import Opcode, payload_in
from tests.protocol.world import BINARY, HISTORY, JSON, Hand, Thing, World, message, payload_of, secret


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([1, 1, 2, 10, 62, 63, 64, 65]), min_size=1, max_size=5),
    st.sampled_from([1, 2, 3, None]),
    st.sampled_from([0.1, 0.5, 3.0]),
    st.sampled_from([JSON, BINARY]),
)
@example(1, [1000], 1, 1.0, BINARY)
@example(2, [1000, 63, 64, 10, 1], None, 0.2, BINARY)
@example(3, [63, 64, 63, 64, 1000], 2, 0.05, BINARY)
@example(3, [63, 64, 63, 64, 1000], 2, 0.05, JSON)
def test_one_frame_makes_up_for_all_that_were_skipped(
    seed: int, gaps: list[int], player: int | None, changes_per_tick: float, fmt: SnapshotFormat
) -> None:
    """A client that skipped ticks holds, after its next frame, exactly what one that skipped none holds."""
    random, world = Random(seed), World()
    steady, skipping = Replica(world.schema), Replica(world.schema)
    for gap in [1, *gaps]:
        for _ in range(gap):
            for _ in range(int(changes_per_tick) + (random.random() < changes_per_tick % 1)):
                world.change(random)
            world.take()
            world.catch_up(steady, player, fmt)
        base = skipping.tick
        frame = world.catch_up(skipping, player, fmt)
        told = json.loads(payload_of(frame))["base"] if fmt.text else read_frame(frame).base
        assert told == (base if base is not None and gap <= HISTORY else None)
        assert skipping.tables == steady.tables == world.visible(player)
        assert skipping.tick == steady.tick == world.tick


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 80))
def test_a_secret_reaches_its_owner_alone(seed: int, ticks: int) -> None:
    """No frame, delta or keyframe, to another player, to a stranger or to a spectator has a word of a secret."""
    random, world = Random(seed), World(history_size=8)
    for _ in range(ticks):
        for _ in range(3):
            world.change(random)
        world.take()
        for base in (None, world.tick - 1, world.tick - random.randrange(1, 12)):
            for viewer in (1, 2, 3, 99, None):
                frame = world.frame(base, viewer)
                assert frame.count(b"<hidden of ") == frame.count(b"<hidden of %d:" % (viewer or 0))
                # In bits text can stand at any offset: what is private must be the viewer's, what is shared nobody's.
                head = read_frame(world.frame(base, viewer, fmt=BINARY))
                assert not any(has_text(head.tables, secret(other, 0)[:12]) for other in (1, 2, 3))
                assert not any(has_text(head.secrets, secret(o, 0)[:12]) for o in (1, 2, 3) if o != viewer)
        for owner, hand in world.hands.items():
            assert hand.cards.encode() in world.frame(None, owner)
            assert has_text(read_frame(world.frame(None, owner, fmt=BINARY)).secrets, hand.cards)


def has_text(data: bytes, text: str) -> bool:
    """Tell whether text stands anywhere in a stream of bits."""
    return "".join(f"{byte:08b}" for byte in text.encode()) in "".join(f"{byte:08b}" for byte in data)


def test_a_bad_value_leaves_the_last_snapshot() -> None:
    """When a value breaks its bounds nothing is taken, and frames of the last snapshot can still be had."""
    world = World()
    world.things.add(Thing())
    world.take()
    world.things[1].x = 70_000
    with pytest.raises(StateError, match=r"things\[1\]\.x is 70000"):
        world.take()
    assert json.loads(world.frame(None))["payload"]["tick"] == 1


def test_no_frame_before_the_first_snapshot() -> None:
    """There is nothing to send yet."""
    with pytest.raises(SnapshotError, match="no snapshot has been taken"):
        World().frame(None)


class CountingFormat(JsonSnapshots):
    """Counts what it encodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.shared_bases: list[int | None] = []
        self.private_players: list[int | None] = []

    def shared(self, base: State | None, now: State) -> bytes:
        self.shared_bases.append(None if base is None else base.tick)
        return super().shared(base, now)

    def private(self, base: State | None, now: State, player: int | None) -> bytes:
        self.private_players.append(player)
        return super().private(base, now, player)


def test_what_is_shared_is_encoded_once_per_base() -> None:
    """Any number of clients on a base cost one encoding; each base, format and tick costs its own."""
    world, one, other = World(), CountingFormat("one"), CountingFormat("other")

    def send(fmt: CountingFormat, base: int | None, player: int | None) -> None:
        message(world.snapshots, base, fmt, player=player)

    world.take()
    world.take()
    world.take()
    for player in (1, 2, 3, None):
        send(one, 2, player)
        send(one, 1, player)
        send(one, None, player)
        send(one, 1000, player)
    assert one.shared_bases == [2, 1, None]
    assert one.private_players == [1] * 4 + [2] * 4 + [3] * 4 + [None] * 4, "secrets are looked for on each base"
    send(other, 2, 1)
    assert other.shared_bases == [2]
    world.take()
    send(one, 2, 1)
    assert one.shared_bases == [2, 1, None, 2]


def test_history_keeps_the_newest() -> None:
    """The newest state and as many before it as asked for are kept; None is no tick."""
    history = History(2)
    states = [State(tick, {}, {}, {}) for tick in range(1, 6)]
    for state in states:
        history.add(state)
    assert [history.get(tick) for tick in range(1, 6)] == [None, None, *states[2:]]
    assert history.get(None) is None


def test_a_healthy_room_keeps_one_state() -> None:
    """Everybody is on the newest: what came before is let go at every tick."""
    history = History(64)
    for tick in range(1, 200):
        history.add(State(tick, {}, {}, {}))
        history.keep([])
        assert [t for t in range(200) if history.get(t)] == [tick]


def test_history_keeps_those_that_somebody_is_still_on() -> None:
    """As long as they are named and among the newest; who has nothing yet, or is on what is gone, changes nothing."""
    history = History(3)
    states = {tick: State(tick, {}, {}, {}) for tick in range(1, 10)}
    kept: list[list[int]] = []
    for tick, state in states.items():
        history.add(state)
        history.keep([1, 3, 3, None, 1000] if tick < 8 else [3])
        kept.append([t for t in states if history.get(t) is states[t]])
    assert kept == [[1], [1, 2], [1, 3], [1, 3, 4], [1, 3, 5], [1, 3, 6], [1, 3, 7], [3, 8], [3, 9]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.sampled_from([1, 1, 2, 5, 7, 8, 9]), min_size=1, max_size=6))
@example(1, [1, 8, 9, 8])
def test_who_was_behind_gets_a_delta_from_what_it_has(seed: int, gaps: list[int]) -> None:
    """Let go of all states but the newest and those of peers that were skipped: nobody loses his delta by it.

    However long he was behind: as many others' bases are what the history's size bounds.
    """
    random, world = Random(seed), World(history_size=8)
    steady, behind = Replica(world.schema), Replica(world.schema)
    for gap in [1, *gaps]:
        for left in reversed(range(gap)):
            for _ in range(3):
                world.change(random)
            world.take()
            world.catch_up(steady, 1, BINARY)
            if left:  # skipped
                world.snapshots.keep([behind.tick])
        base = behind.tick
        frame = world.catch_up(behind, 1, BINARY)
        world.snapshots.keep([])
        assert read_frame(frame).base == base
        assert behind.tables == steady.tables == world.visible(1)


def open_world() -> World:
    """Give a world without secrets, after two ticks."""
    world = World()
    del world.tables["hands"]
    world.things.add(Thing(x=1, name="one"))
    world.take()
    world.take()
    return world


@pytest.mark.parametrize("fmt", [JSON, BINARY], ids=["json", "binary"])
def test_spectators_on_one_base_share_one_message(fmt: SnapshotFormat) -> None:
    """The very same bytes are written to all of them, whoever asks and how often; the handle is in it."""
    frames = open_world().snapshots.frames(1, fmt)
    first = frames.message(1)
    assert frames.message(1) is first
    assert frames.message(2) is frames.message(2)
    assert frames.message(2) != first
    assert frames.message(1) is first
    opcode = Opcode.TEXT if fmt.text else Opcode.BINARY
    assert payload_in(first, opcode) == frames.payload(1, None, None, None)
    assert payload_in(frames.message(2), opcode) == frames.payload(2, None, None, None)


def test_players_are_told_their_own() -> None:
    """What is acknowledged and how many inputs wait is one's own; who has sent nothing yet differs in the latter alone.

    JSON snapshots don't tell the latter.
    """
    world = open_world()
    binary, text = world.snapshots.frames(1, BINARY), world.snapshots.frames(1, JSON)
    assert binary.message(1, 1, None, -1) is binary.message(1, 2, None, -1)
    heads = [(ack, margin) for ack in (None, 0, 7) for margin in (-1, 0, 2)] + [(None, None)]
    assert len({binary.message(1, 1, ack, margin) for ack, margin in heads}) == len(heads)
    for ack, margin in heads:
        assert json.loads(payload_in(text.message(1, 1, ack, margin), Opcode.TEXT))["payload"].get("ack") == ack


@pytest.mark.parametrize("handle", [1, MAX_QUICK_HANDLE, MAX_QUICK_HANDLE + 1])
@pytest.mark.parametrize("ack", [None, 0, 7, 2**32 - 1])
@pytest.mark.parametrize("margin", [None, -1, 0, 127, 5000])
def test_the_quick_way_writes_the_same(handle: int, ack: int | None, margin: int | None) -> None:
    """Whatever a client is told, and whichever part of it there is."""
    frames = open_world().snapshots.frames(1, BINARY)
    told = frames.message(handle, 1, ack, margin)
    assert payload_in(told, Opcode.BINARY) == frames.payload(handle, 1, ack, margin)
    if handle <= MAX_QUICK_HANDLE:
        assert frames.quick_message is not None
        assert frames.quick_message(handle, ack, margin) == told


@pytest.mark.parametrize("fmt", [JSON, BINARY], ids=["json", "binary"])
def test_nothing_is_shared_where_there_are_secrets(fmt: SnapshotFormat) -> None:
    """What was made for one player is never given to another, nor to a spectator."""
    world = World()
    for player in (1, 2):
        world.players[player] = None
        world.hands[player] = Hand(cards=secret(player, 0), count=player)
    world.take()
    frames = world.snapshots.frames(None, fmt)
    told = [frames.message(1, player, None, -1) for player in (1, 2, None, 1)]
    assert told[0] == told[3]
    assert len(set(told)) == 3


def test_frames_outlive_the_next_tick() -> None:
    """What was got for one state tells that state."""
    world = open_world()
    frames = world.snapshots.frames(1, JSON)
    world.things[1].x = 9
    world.take()
    world.snapshots.keep([])
    told = json.loads(payload_in(frames.message(1), Opcode.TEXT))["payload"]
    assert (told["tick"], told["base"]) == (2, 1)
    assert json.loads(world.frame(1))["payload"]["base"] is None, "the state it was told against is gone"
