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
from gameserver.protocol.snapshot import History, SnapshotFormat, State
from tests.protocol.world import BINARY, HISTORY, JSON, Thing, World, payload_of, secret


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
        world.snapshots.frame(fmt, handle=1, base_tick=base, player=player)

    world.take()
    world.take()
    world.take()
    for player in (1, 2, 3, None):
        send(one, 2, player)
        send(one, 1, player)
        send(one, None, player)
        send(one, 1000, player)
    assert one.shared_bases == [2, 1, None]
    assert one.private_players == [1] * 4 + [2] * 4 + [3] * 4 + [None] * 4
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
