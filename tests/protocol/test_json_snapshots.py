"""Snapshots as text: their form, to the letter."""

from __future__ import annotations

import json

from gameserver.protocol.json_snapshots import delta
from gameserver.protocol.snapshot import TableDelta
from gameserver.protocol.tables import EMPTY, Capture
from tests.protocol.world import Hand, Thing, World, payload_of


def test_the_form_of_a_frame() -> None:
    """A keyframe has all there is, a delta only rows that changed, and both are as the protocol shows them."""
    world = World()
    world.things.add(Thing(x=5, heat=0.5, name="a", data=b"\x00"))
    world.take()
    assert world.frame(None, ack=None) == (
        b'{"type":"snapshot","handle":7,"payload":{"tick":1,"base":null,"ack":null,"tables":{'
        b'"things":{"set":{"1":[5,0.5,"a","AA=="]}},"turn":{"set":{"0":[0,false,0,0,0.0,0]}}}}}'
    )
    world.take()
    assert json.loads(world.frame(1, ack=17))["payload"] == {"tick": 2, "base": 1, "ack": 17, "tables": {}}
    del world.things[1]
    world.things.add(Thing())
    world.take()
    assert json.loads(world.frame(2, ack=0))["payload"] == {
        "tick": 3,
        "base": 2,
        "ack": 0,
        "tables": {"things": {"set": {"2": [0, 0.0, "", ""]}, "gone": [1]}},
    }
    assert json.loads(world.frame(2))["payload"]["tables"] == {"things": {"set": {"2": [0, 0.0, "", ""]}, "gone": [1]}}


def test_public_and_private_parts_join() -> None:
    """A frame with changes in both parts, or in the private part alone, is JSON."""
    world = World()
    world.take()
    world.players[1] = None
    world.hands[1] = Hand(count=3)
    world.take()
    assert set(json.loads(world.frame(1, 1))["payload"]["tables"]) == {"hands"}
    assert set(json.loads(world.frame(None, 1))["payload"]["tables"]) == {"turn", "hands"}


def test_a_secret_of_an_owner_who_left_goes() -> None:
    """The owner of a row that is gone is told so, and whoever never had it is not."""
    world = World()
    world.players[1] = None
    world.hands[1] = Hand(cards="x")
    world.take()
    del world.hands[1]
    world.take()
    assert json.loads(payload_of(world.frame(1, 1)))["tables"] == {"hands": {"gone": [1]}}
    assert json.loads(payload_of(world.frame(1, 2)))["tables"] == {}
    assert json.loads(payload_of(world.frame(1, None)))["tables"] == {}


def test_delta() -> None:
    """Rows that are new or changed are set whole, rows that are missing are gone, and no change is None."""
    base = Capture((1, 2, 3), [(1, "a"), (2, "b"), (3, "c")])
    assert delta(base, base) is None
    assert delta(base, Capture((1, 2, 3), [(1, "a"), (2, "b"), (3, "c")])) is None
    assert delta(base, Capture((3, 1, 2), [(3, "c"), (1, "a"), (2, "b")])) is None
    assert delta(base, Capture((1, 2, 3), [(1, "a"), (9, "b"), (3, "c")])) == TableDelta({2: (9, "b")}, [])
    assert delta(base, Capture((2, 4), [(2, "b"), (4, "d")])) == TableDelta({4: (4, "d")}, [1, 3])
    assert delta(base, EMPTY) == TableDelta({}, [1, 2, 3])
    assert delta(EMPTY, base) == TableDelta({1: (1, "a"), 2: (2, "b"), 3: (3, "c")}, [])
