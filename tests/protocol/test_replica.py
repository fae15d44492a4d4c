"""A client's copy: a snapshot is applied whole or not at all."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver.errors import SnapshotError
from gameserver.protocol.replica import Replica

SCHEMA = {name: {"kind": "table", "fields": [["n", "u8"]]} for name in ("a", "b")}


@pytest.fixture
def replica() -> Replica:
    """A client's copy at tick 5."""
    copied = Replica(SCHEMA)
    copied.apply_json(b'{"tick":5,"base":null,"ack":3,"tables":{"a":{"set":{"1":[1],"2":[2]}},"b":{"set":{"9":[9]}}}}')
    return copied


def contents(replica: Replica) -> Any:
    """Copy all that a replica holds."""
    return copy.deepcopy((replica.tick, replica.ack, replica.tables))


def test_a_keyframe_replaces_everything(replica: Replica) -> None:
    """Rows that a keyframe doesn't have are gone, also from tables that it doesn't name."""
    replica.apply_json(b'{"tick":2,"base":null,"ack":null,"tables":{"a":{"set":{"7":[7]}}}}')
    assert contents(replica) == (2, None, {"a": {7: (7,)}, "b": {}})


def test_a_delta_changes_what_it_names(replica: Replica) -> None:
    """Rows are set whole and taken out, also one that isn't there, and the rest stays."""
    replica.apply_json(b'{"tick":9,"base":5,"ack":4,"tables":{"a":{"set":{"1":[8]},"gone":[2,77]}}}')
    assert contents(replica) == (9, 4, {"a": {1: (8,)}, "b": {9: (9,)}})


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b'{"tick":6,"base":4,"ack":null,"tables":{}}', "a delta from tick 4 doesn't fit a client at tick 5"),
        (b'{"tick":6,"base":6,"ack":null,"tables":{}}', "doesn't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"gone":[1]},"x":{},"c":{}}}', "schema lacks: c, x"),
        (b'{"tick":6,"base":null,"ack":null,"tables":{"c":{}}}', "schema lacks: c"),
        (b'{"tick":6,"base":5,"ack":null}', "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"sett":{}}}}', "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"x":[1]}}}}', "rows of a that don't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"gone":[1]},"b":{"set":{"1":7}}}}', "rows of b that don't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"1":[1,2]}}}}', "rows of a that don't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"1":[256]}}}}', "rows of a that don't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"1":[true]}}}}', "rows of a that don't fit"),
        (b"[" * 200_000, "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"1":' + b"[" * 200_000, "not a snapshot"),
        (b"", "not a snapshot"),
        (b"\xff", "not a snapshot"),
    ],
)
def test_what_does_not_fit_changes_nothing(replica: Replica, payload: bytes, problem: str) -> None:
    """A snapshot is applied whole or not at all."""
    before = contents(replica)
    with pytest.raises(SnapshotError, match=problem):
        replica.apply_json(payload)
    assert contents(replica) == before


def test_a_delta_before_the_first_keyframe() -> None:
    """A client that has nothing can't take a delta."""
    with pytest.raises(SnapshotError, match="tick None"):
        Replica({}).apply_json(b'{"tick":6,"base":5,"ack":null,"tables":{}}')


def attack(payload: bytes) -> None:
    """Apply what may be anything: it fits, or the replica is as before."""
    replica = Replica(SCHEMA)
    replica.apply_json(b'{"tick":5,"base":null,"ack":3,"tables":{"a":{"set":{"1":[1],"2":[2]}}}}')
    before = contents(replica)
    try:
        replica.apply_json(payload)
    except SnapshotError:
        assert contents(replica) == before


GOOD = b'{"tick":6,"base":5,"ack":4,"tables":{"a":{"set":{"1":[8]},"gone":[2]},"b":{"gone":[1]}}}'


@settings(deadline=None)
@given(st.integers(0, len(GOOD)), st.binary(max_size=4), st.integers(0, 4))
def test_a_damaged_snapshot(at: int, put: bytes, cut: int) -> None:
    """A payload that is cut off or altered anywhere raises nothing but `SnapshotError`."""
    attack(GOOD[:at])
    attack(GOOD[:at] + put + GOOD[at + cut :])


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["1", "x", ""]), inner, max_size=3),
    max_leaves=6,
)
changes = st.fixed_dictionaries({}, optional={"set": anything, "gone": anything, "other": anything})
payloads = st.fixed_dictionaries(
    {"tick": st.just(6) | anything, "base": st.just(5) | st.none() | anything, "ack": st.just(1) | anything},
    optional={"tables": st.dictionaries(st.sampled_from(["a", "b", "c"]), changes | anything, max_size=3) | anything},
)


@settings(deadline=None)
@given(st.binary(max_size=60) | (payloads | anything).map(lambda value: json.dumps(value).encode()))
def test_any_payload(payload: bytes) -> None:
    """Random bytes and random JSON near a snapshot raise nothing but `SnapshotError`."""
    attack(payload)
