"""Snapshots: whatever a client missed, one frame makes it whole, and it never sees another's secrets."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gameserver import F64, U8, U16, Row, StateError
from gameserver.errors import SnapshotError
from gameserver.protocol.rows import Owners
from gameserver.protocol.snapshot import History, JsonSnapshots, Replica, Snapshots, State, TableDelta, delta
from gameserver.protocol.tables import EMPTY, Capture, One, PerPlayer, Secret, Table

JSON = JsonSnapshots()
HISTORY = 64


class Thing(Row):
    """A row that comes and goes."""

    x: U16 = 0
    heat: F64 = 0.0
    name: str = ""
    data: bytes = b""


class Body(Row):
    """A player's."""

    x: U16 = 0
    it: bool = False


class Hand(Row):
    """What only its owner may see."""

    cards: str = ""
    count: U8 = 0


class World:
    """Tables that change, and the snapshots of them."""

    def __init__(self, history_size: int = HISTORY) -> None:
        owners: Owners = {}
        self.players: dict[int, None] = {}
        self.things = Table("things", Thing, owners)
        self.bodies = PerPlayer("bodies", Body, owners, self.players)
        self.hands = Secret("hands", Hand, owners, self.players)
        self.turn = One("turn", Body, owners)
        self.tables: dict[str, Table[Any]] = {
            table.name: table for table in (self.things, self.bodies, self.hands, self.turn)
        }
        self.schema = {name: table.schema() for name, table in self.tables.items()}
        self.snapshots = Snapshots(history_size)
        self.tick = 0
        self.turn.put(Body())

    def take(self) -> State:
        """Capture the next tick."""
        self.tick += 1
        return self.snapshots.take(self.tick, self.tables)

    def frame(self, base: int | None, player: int | None = None, ack: int | None = None) -> bytes:
        """Give a frame's text."""
        return self.snapshots.frame(JSON, handle=7, base_tick=base, player=player, ack=ack)

    def catch_up(self, replica: Replica, player: int | None = None) -> None:
        """Send a replica what it lacks."""
        replica.apply(payload_of(self.frame(replica.tick, player)))

    def visible(self, player: int | None) -> dict[str, dict[int, list[Any]]]:
        """Give what a replica of this player must hold, from the tables themselves."""
        seen = {}
        for name, table in self.tables.items():
            rows = {i: row for i, row in table.items() if table.kind != "secret" or i == player}
            seen[name] = {i: json.loads(msgspec.json.encode(msgspec.structs.astuple(row))) for i, row in rows.items()}
        return seen

    def change(self, random: Random) -> None:
        """Do something to some table."""
        player, number = random.randrange(1, 4), random.randrange(200)
        match random.randrange(10):
            case 0 | 1:
                self.things.add(Thing(x=number, heat=number / 7, name='é"\\\n\u2028', data=b"\x00\xff"))
            case 2 if self.things:
                del self.things[random.choice(list(self.things))]
            case 3 if self.things:
                thing = self.things[random.choice(list(self.things))]
                thing.x, thing.name = number, str(number)
            case 4:
                self.players[player] = None
                self.bodies[player] = Body(x=number)
                self.hands[player] = Hand(cards=secret(player, number), count=number)
            case 5 if player in self.bodies:
                self.bodies[player].it = not self.bodies[player].it
            case 6 if player in self.hands:
                self.hands[player].cards = secret(player, number)
            case 7:
                self.bodies.pop(player, None)
            case 8:
                self.hands.pop(player, None)
            case 9:
                self.turn.put(Body(x=number))
            case _:
                pass


def secret(player: int, number: int) -> str:
    """Give text that can be found in no frame by chance."""
    return f"<hidden of {player}: {number}>"


def payload_of(frame: bytes) -> bytes:
    """Take the payload out of a frame, checking its envelope."""
    envelope = msgspec.json.decode(frame, type=dict[str, msgspec.Raw])
    assert set(envelope) == {"type", "handle", "payload"}
    assert bytes(envelope["type"]) == b'"snapshot"'
    return bytes(envelope["payload"])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([1, 1, 2, 10, 62, 63, 64, 65]), min_size=1, max_size=5),
    st.sampled_from([1, 2, 3, None]),
    st.sampled_from([0.1, 0.5, 3.0]),
)
@example(1, [1000], 1, 1.0)
@example(2, [1000, 63, 64, 10, 1], None, 0.2)
@example(3, [63, 64, 63, 64, 1000], 2, 0.05)
def test_one_frame_makes_up_for_all_that_were_skipped(
    seed: int, gaps: list[int], player: int | None, changes_per_tick: float
) -> None:
    """A client that skipped ticks holds, after its next frame, exactly what one that skipped none holds."""
    random, world = Random(seed), World()
    steady, skipping = Replica(world.schema), Replica(world.schema)
    for gap in [1, *gaps]:
        for _ in range(gap):
            for _ in range(int(changes_per_tick) + (random.random() < changes_per_tick % 1)):
                world.change(random)
            world.take()
            world.catch_up(steady, player)
        base = skipping.tick
        payload = json.loads(payload_of(world.frame(base, player)))
        assert payload["base"] == (base if base is not None and gap <= HISTORY else None)
        world.catch_up(skipping, player)
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
        for owner, hand in world.hands.items():
            assert hand.cards.encode() in world.frame(None, owner)


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


def test_the_form_of_a_frame() -> None:
    """A keyframe has all there is, a delta only rows that changed, and both are as the protocol shows them."""
    world = World()
    world.things.add(Thing(x=5, heat=0.5, name="a", data=b"\x00"))
    world.take()
    assert world.frame(None, ack=None) == (
        b'{"type":"snapshot","handle":7,"payload":{"tick":1,"base":null,"ack":null,"tables":{'
        b'"things":{"set":{"1":[5,0.5,"a","AA=="]}},"turn":{"set":{"0":[0,false]}}}}}'
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
        world.snapshots.frame(fmt, handle=1, base_tick=base, player=player, ack=None)

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
    states = [State(tick, {}, {}) for tick in range(1, 6)]
    for state in states:
        history.add(state)
    assert [history.get(tick) for tick in range(1, 6)] == [None, None, *states[2:]]
    assert history.get(None) is None


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


@pytest.fixture
def replica() -> Replica:
    """A client's copy at tick 5."""
    copied = Replica({"a": {}, "b": {}})
    copied.apply(b'{"tick":5,"base":null,"ack":3,"tables":{"a":{"set":{"1":[1],"2":[2]}},"b":{"set":{"9":[9]}}}}')
    return copied


def contents(replica: Replica) -> Any:
    """Copy all that a replica holds."""
    return copy.deepcopy((replica.tick, replica.ack, replica.tables))


def test_a_keyframe_replaces_everything(replica: Replica) -> None:
    """Rows that a keyframe doesn't have are gone, also from tables that it doesn't name."""
    replica.apply(b'{"tick":2,"base":null,"ack":null,"tables":{"a":{"set":{"7":[7]}}}}')
    assert contents(replica) == (2, None, {"a": {7: [7]}, "b": {}})


def test_a_delta_changes_what_it_names(replica: Replica) -> None:
    """Rows are set whole and taken out, also one that isn't there, and the rest stays."""
    given_back = replica.apply(b'{"tick":9,"base":5,"ack":4,"tables":{"a":{"set":{"1":[8]},"gone":[2,77]}}}')
    assert contents(replica) == (9, 4, {"a": {1: [8]}, "b": {9: [9]}})
    assert (given_back.tick, given_back.base) == (9, 5)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (b'{"tick":6,"base":4,"ack":null,"tables":{}}', "a delta from tick 4 doesn't fit a client at tick 5"),
        (b'{"tick":6,"base":6,"ack":null,"tables":{}}', "doesn't fit"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"gone":[1]},"x":{},"c":{}}}', "schema lacks: c, x"),
        (b'{"tick":6,"base":null,"ack":null,"tables":{"c":{}}}', "schema lacks: c"),
        (b'{"tick":6,"base":5,"ack":null}', "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"sett":{}}}}', "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"set":{"x":[1]}}}}', "not a snapshot"),
        (b'{"tick":6,"base":5,"ack":null,"tables":{"a":{"gone":[1]},"b":{"set":{"1":7}}}}', "not a snapshot"),
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
        replica.apply(payload)
    assert contents(replica) == before


def test_a_delta_before_the_first_keyframe() -> None:
    """A client that has nothing can't take a delta."""
    with pytest.raises(SnapshotError, match="tick None"):
        Replica({}).apply(b'{"tick":6,"base":5,"ack":null,"tables":{}}')


def attack(payload: bytes) -> None:
    """Apply what may be anything: it fits, or the replica is as before."""
    replica = Replica({"a": {}, "b": {}})
    replica.apply(b'{"tick":5,"base":null,"ack":3,"tables":{"a":{"set":{"1":[1],"2":[2]}}}}')
    before = contents(replica)
    try:
        replica.apply(payload)
    except SnapshotError:
        assert contents(replica) == before


GOOD = b'{"tick":6,"base":5,"ack":4,"tables":{"a":{"set":{"1":[8,"x",0.5,null]},"gone":[2]},"b":{"gone":[1]}}}'


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
