"""All connections: audiences, skipping, eviction; and that one failure stays one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver.connection import Connection, Membership
from gameserver.connections import ConnectionManager
from gameserver.errors import PolicyViolation, SendFailed
from gameserver.inputs import InputQueue
from gameserver.observe import Observer
from gameserver.posts import Outcome, Post
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.messages import Error
from gameserver.protocol.rows import Row
from gameserver.protocol.snapshot import Frames, SnapshotFormat, Snapshots
from gameserver.protocol.tables import Secret, Table
from gameserver.protocol.types import U8
from gameserver.settings import Settings
from tests.frames import Close, read_frames
from tests.test_connection import FakeClock, FakeWire
from tests.virtual_time import VirtualLoop

JSON, BINARY = JsonSnapshots(), BinarySnapshots()


class Dot(Row):
    """As little as a row can be."""

    n: U8 = 0


class Attendance(NamedTuple):
    """Somebody in a room's audience."""

    connection: Connection
    wire: FakeWire
    queue: InputQueue | None


class Notes(Observer):
    """Notes evictions."""

    def __init__(self) -> None:
        self.evictions: list[str] = []

    def evicted(self, reason: str) -> None:
        """Note it."""
        self.evictions.append(reason)


@pytest.fixture
def notes() -> Notes:
    """Nothing noted yet."""
    return Notes()


@pytest.fixture
def manager(notes: Notes) -> ConnectionManager:
    """Nobody connected yet."""
    return ConnectionManager(Settings(max_unsent_bytes=1000, close_s=0.05), notes, FakeClock())


def attend(manager: ConnectionManager, room: str, member: int, *, player: int | None = None) -> Attendance:
    """Connect somebody who asks into a room; as a spectator, unless he is said to play."""
    wire = FakeWire()
    connection = manager.connect(wire, address="here", snapshots=JSON)
    handle = connection.new_handle()
    queue = None if player is None else InputQueue(4, 1, {})
    manager.attach(connection.id, Membership(handle, room, "g", member, player), queue)
    return Attendance(connection, wire, queue)


def enter(manager: ConnectionManager, room: str, member: int) -> tuple[Connection, FakeWire]:
    """Connect somebody and let him into a room."""
    connection, wire, _ = attend(manager, room, member)
    manager.post(room, Outcome([], [], arrived=[member]))
    return connection, wire


class Studio:
    """A room's snapshots, and what was asked for."""

    def __init__(self, *, secrets: bool = False) -> None:
        dot = Table("dots", Dot, {})
        dot.add(Dot())
        self._tables: dict[str, Table[Any]] = {"dots": dot}
        if secrets:
            self._tables["hands"] = Secret("hands", Dot, {}, {1: None, 2: None})
            self._tables["hands"][1], self._tables["hands"][2] = Dot(n=101), Dot(n=102)
        self._snapshots = Snapshots(64)
        self.asked: list[tuple[int | None, str]] = []

    def take(self, tick: int) -> Callable[[int | None, SnapshotFormat], Frames]:
        """Take the snapshot of a tick; gives its frames for those on a base."""
        self._tables["dots"][1].n = tick
        self._snapshots.take(tick, self._tables)
        self.asked.clear()

        def frames_on(base: int | None, fmt: SnapshotFormat) -> Frames:
            self.asked.append((base, fmt.name))
            return self._snapshots.frames(base, fmt)

        return frames_on


def broadcast(manager: ConnectionManager, studio: Studio, tick: int) -> tuple[int, list[int | None]]:
    """Take and broadcast the snapshot of a tick in the room "r"."""
    return manager.broadcast("r", tick, studio.take(tick))


def read(wire: FakeWire) -> list[Any]:
    """Give what was written, decoded."""
    return [json.loads(frame) for frame in wire.written]


def bases(wire: FakeWire) -> list[int | None]:
    """Give what the snapshots that were written are told against."""
    return [message["payload"]["base"] for message in read(wire) if message["type"] == "snapshot"]


async def settle() -> None:
    """Let every task that is ready run to where it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_posts_go_to_whom_they_are_for_in_order(manager: ConnectionManager) -> None:
    """Each gets his own handle; a member who is gone is passed over."""
    (first, first_wire), (_, second_wire) = enter(manager, "r", 1), enter(manager, "r", 2)
    second = first.new_handle()
    manager.attach(first.id, Membership(handle=second, room="s", game="g", member=1, player=None))
    manager.post("r", Outcome([Post([1, 2, 9], "a", b"{}"), Post([2], "b", b"{}")], []))
    manager.flush()
    manager.post("s", Outcome([Post([1], "c", b"{}")], []))
    manager.flush()
    assert len(second_wire.frames) == 1, "what is posted in one turn leaves together"
    assert read(first_wire) == [
        {"type": "a", "handle": 1, "payload": {}},
        {"type": "c", "handle": 2, "payload": {}},
    ]
    assert [m["type"] for m in read(second_wire)] == ["a", "b"]


async def test_who_departs_hears_his_last_post_and_nothing_after(manager: ConnectionManager) -> None:
    """The connection itself stays."""
    connection, wire = enter(manager, "r", 1)
    manager.post("r", Outcome([Post([1], "left", b"{}")], [1]))
    manager.post("r", Outcome([Post([1], "late", b"{}")], []))
    assert [m["type"] for m in read(wire)] == ["left"]
    assert connection.memberships == {}
    assert len(manager) == 1
    manager.send(connection.id, Error("x", "y."))
    assert read(wire)[-1]["type"] == "error"


async def test_the_base_is_what_was_last_sent(manager: ConnectionManager) -> None:
    """A skipped snapshot doesn't move it: the next is a delta from the last that went out."""
    (_, fast), (_, slow) = enter(manager, "r", 1), enter(manager, "r", 2)
    (_, new) = enter(manager, "r", 3)
    studio = Studio()
    new.unsent = 1
    assert broadcast(manager, studio, 10) == (2, [None])
    slow.unsent = 5
    assert broadcast(manager, studio, 11) == (1, [10, None])
    new.unsent = 0
    assert broadcast(manager, studio, 12) == (2, [10])
    slow.unsent = 0
    assert broadcast(manager, studio, 13) == (3, [])
    assert bases(fast) == [None, 10, 11, 12]
    assert bases(slow) == [None, 10]
    assert bases(new) == [None, 12]
    manager.flush()
    await settle()


async def test_a_failed_send_evicts_that_connection_alone(manager: ConnectionManager, notes: Notes) -> None:
    """The tick doesn't wait, nothing is raised, and the others get theirs."""
    (_, good), (bad_connection, bad), (_, other) = (enter(manager, "r", n) for n in (1, 2, 3))
    bad.broken = True
    broadcast(manager, Studio(), 1)
    manager.flush()
    await settle()
    assert bad.aborted
    assert bad_connection.closed
    assert notes.evictions == ["send_failed"]
    assert len(good.written) == len(other.written) == 1
    assert not good.aborted
    assert not other.aborted


class DirectWire(FakeWire):
    """A socket that takes so many bytes at once; the rest, and all after it, waits in order."""

    def __init__(self) -> None:
        super().__init__()
        self.quick = True
        self.room = 1_000_000
        self.taken: list[int] = []
        """How much each direct send took."""
        self.stream = b""

    def send(self, frame: bytes, /) -> int:
        """Take as much as there is room for."""
        if self.broken:
            raise BrokenPipeError
        if not self.room:
            raise BlockingIOError
        self.taken.append(min(self.room, len(frame)))
        self.stream += frame[: self.taken[-1]]
        return self.taken[-1]

    def write(self, frame: bytes) -> None:
        """Keep what finds no room."""
        if self.broken:
            raise SendFailed("gone")
        self.stream += frame
        self.unsent, self.quick = len(frame), False


async def test_what_a_socket_does_not_take_at_once_follows(manager: ConnectionManager, notes: Notes) -> None:
    """Not a byte of a snapshot is lost or sent twice, and the others get theirs; one that fails is evicted."""
    wires = [DirectWire() for _ in range(4)]
    for member, wire in enumerate(wires):
        connection = manager.connect(wire, address="here", snapshots=JSON)
        manager.attach(connection.id, Membership(connection.new_handle(), "r", "g", member, None))
        manager.post("r", Outcome([], [], arrived=[member]))
    wires[0].room, wires[1].room, wires[2].broken = 0, 7, True
    studio = Studio()
    assert broadcast(manager, studio, 1) == (4, [])
    assert [wire.taken for wire in wires[:3]] == [[], [7], []]
    assert wires[3].taken == [len(wires[3].stream)]
    (frame,) = read_frames(wires[3].stream)
    assert json.loads(bytes(frame.data))["payload"]["tick"] == 1
    assert wires[0].stream == wires[1].stream == wires[3].stream
    manager.flush()
    await settle()
    assert [wire.aborted for wire in wires] == [False, False, True, False]
    assert notes.evictions == ["send_failed"]
    assert broadcast(manager, studio, 2) == (1, [1, 1]), "two are still behind"
    for wire in wires[:2]:
        wire.unsent, wire.room, wire.quick = 0, 1_000_000, True
    assert broadcast(manager, studio, 3) == (3, [])
    manager.flush()
    await settle()
    assert wires[0].stream.endswith(wires[1].stream[-50:])


async def test_one_that_stays_behind_is_evicted(manager: ConnectionManager, notes: Notes) -> None:
    """Too much unsent: too slow; and it is evicted once."""
    _, wire = enter(manager, "r", 1)
    wire.unsent = 5000
    studio = Studio()
    for tick in range(1, 4):
        broadcast(manager, studio, tick)
        manager.flush()
        await settle()
    assert wire.aborted
    assert wire.written == []
    assert notes.evictions == ["too_slow"]


def test_everybody_is_looked_after_when_his_time_has_come(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says nothing goes after 10 s, who leaves a ping unanswered after two intervals; in between, nothing."""
    loop, checks = VirtualLoop(start_s=0), list[tuple[int, float]]()
    check = Connection.check

    def noted(self: Connection) -> float:
        checks.append((self.id, loop.time()))
        return check(self)

    monkeypatch.setattr(Connection, "check", noted)

    async def main() -> None:
        manager = ConnectionManager(Settings(heartbeat_s=20, first_message_s=10), notes, loop.time)
        silent, deaf, healthy = (
            manager.connect(wire, address="here", snapshots=JSON) for wire in (FakeWire(), FakeWire(), FakeWire())
        )
        deaf.conduct.spoke = healthy.conduct.spoke = True
        gone = manager.connect(FakeWire(), address="here", snapshots=JSON)
        manager.disconnect(gone.id)
        while loop.time() < 99:
            await asyncio.sleep(1)
            assert isinstance(healthy.wire, FakeWire)
            if healthy.wire.pings:
                healthy.ponged(healthy.wire.pings[-1])
        assert (silent.closed, deaf.closed, healthy.closed) == (True, True, False)
        assert notes.evictions == ["policy", "too_slow"]
        times = {c.id: [round(at_s) for connection_id, at_s in checks if connection_id == c.id] for c in (silent, deaf)}
        assert times == {silent.id: [0, 10], deaf.id: [0, 20, 40]}
        assert len(checks) == 2 + 3 + 5
        await manager.close_all(1001, "over")
        manager.disconnect(healthy.id)

    loop.run(main())


def test_nothing_is_kept_of_who_needs_no_looking_after(notes: Notes) -> None:
    """Without pings there is nothing more to do for who has spoken; who is gone is forgotten by his next time."""
    loop = VirtualLoop(start_s=0)

    async def main() -> None:
        manager = ConnectionManager(Settings(heartbeat_s=0, first_message_s=10), notes, loop.time)
        spoke, mute = (manager.connect(FakeWire(), address="here", snapshots=JSON) for _ in range(2))
        spoke.conduct.spoke = True
        await asyncio.sleep(1)
        assert len(manager._checks) == 1
        manager.disconnect(mute.id)
        await asyncio.sleep(11)
        assert manager._checks == []
        manager.disconnect(spoke.id)

    loop.run(main())


async def test_a_cancelled_send_evicts_too(manager: ConnectionManager, notes: Notes) -> None:
    """A CancelledError comes back from gather as an object that is no Exception."""
    connection, wire = enter(manager, "r", 1)

    async def cancelled() -> None:
        raise asyncio.CancelledError

    manager._behind.append((connection, cancelled()))
    manager.flush()
    await settle()
    assert wire.aborted
    assert notes.evictions == ["send_failed"]


async def test_disconnecting_gives_the_rooms_to_tell_and_forgets_the_rest(manager: ConnectionManager) -> None:
    """Also a room that was left a moment ago."""
    connection, wire = enter(manager, "r", 1)
    second = connection.new_handle()
    manager.attach(connection.id, Membership(handle=second, room="s", game="g", member=7, player=None))
    manager.mute(connection.id, 1)
    assert [m.room for m in manager.disconnect(connection.id)] == ["s"]
    manager.post("r", Outcome([Post([1], "a", b"{}")], []))
    manager.post("s", Outcome([Post([7], "a", b"{}")], []))
    manager.flush()
    assert wire.written == []
    assert len(manager) == 0


async def test_closing_all_is_bounded_whatever_peers_do(manager: ConnectionManager) -> None:
    """Who doesn't answer the close frame is cut, and so is who can't be told."""
    polite, wire = enter(manager, "r", 1)
    _, stuck = enter(manager, "r", 2)
    _, broken = enter(manager, "r", 3)
    broken.broken = True
    asyncio.get_running_loop().call_soon(manager.disconnect, polite.id)
    async with asyncio.timeout(2):
        await manager.close_all(1001, "bye")
    assert wire.closed_with == stuck.closed_with == Close(1001, "bye")
    assert stuck.aborted
    assert broken.aborted


# Who gets snapshots, and which.


async def test_snapshots_begin_when_a_step_lets_somebody_in(manager: ConnectionManager) -> None:
    """Who asked and still waits gets none; the first is a keyframe, and comes after `joined`."""
    _, wire, _ = attend(manager, "r", 1)
    studio = Studio()
    assert broadcast(manager, studio, 1) == (0, [])
    assert wire.written == []
    manager.post("r", Outcome([Post([1], "joined", b"{}")], [], arrived=[1]))
    assert broadcast(manager, studio, 2) == (1, [])
    assert [m["type"] for m in read(wire)] == ["joined", "snapshot"]
    assert len(wire.frames) == 1, "they leave in one write"
    assert bases(wire) == [None]


async def test_arriving_in_one_room_opens_no_other(manager: ConnectionManager) -> None:
    """A connection hears each of its rooms on its own, and a member who isn't there is passed over."""
    connection, wire = enter(manager, "s", 1)
    manager.attach(connection.id, Membership(connection.new_handle(), "r", "g", 1, None))
    manager.post("s", Outcome([], [], arrived=[1, 9]))
    assert broadcast(manager, Studio(), 1) == (0, [])
    manager.post("r", Outcome([], [], arrived=[1]))
    assert broadcast(manager, Studio(), 2) == (1, [])
    assert [m["handle"] for m in read(wire)] == [2]


async def test_who_left_gets_no_more_snapshots(manager: ConnectionManager) -> None:
    """Although he is in the same step's list of those who came."""
    connection, wire = enter(manager, "r", 1)
    manager.attach(connection.id, Membership(connection.new_handle(), "r", "g", 2, None))
    manager.post("r", Outcome([], [1, 2], arrived=[2]))
    assert broadcast(manager, Studio(), 1) == (0, [])
    assert wire.written == []


async def test_who_is_let_go_gets_no_more_snapshots(manager: ConnectionManager) -> None:
    """Closed, expelled, cut for its send that failed, or gone; it isn't counted among those that are behind, either."""
    closed, expelled, broken, gone, staying = (enter(manager, "r", n) for n in range(1, 6))
    studio = Studio()
    broadcast(manager, studio, 1)
    manager.close(closed[0], 1000, "bye")
    manager.expel(expelled[0], PolicyViolation("enough"))
    broken[1].broken = True
    manager.send(broken[0].id, Error("x", "y."))
    manager.disconnect(gone[0].id)
    await settle()
    for _, wire in (closed, expelled, broken, gone):
        wire.unsent, wire.broken = 7, False
    assert broadcast(manager, studio, 2) == (1, [])
    assert bases(staying[1]) == [None, 1]
    for _, wire in (closed, expelled, broken, gone):
        assert bases(wire) == [None]


async def test_who_arrives_as_he_is_let_go_gets_no_snapshot(manager: ConnectionManager) -> None:
    """His close frame is the last that he gets."""
    connection, wire, _ = attend(manager, "r", 1)
    manager.close(connection, 1000, "bye")
    manager.post("r", Outcome([Post([1], "joined", b"{}")], [], arrived=[1]))
    assert broadcast(manager, Studio(), 1) == (0, [])
    await settle()
    assert wire.closed_with == Close(1000, "bye")
    assert wire.written == []


async def test_a_room_s_snapshot_is_asked_for_once_per_base_and_format(manager: ConnectionManager) -> None:
    """And spectators are written the very same bytes."""
    wires = [enter(manager, "r", n)[1] for n in range(1, 6)]
    studio = Studio()
    broadcast(manager, studio, 1)
    assert studio.asked == [(None, "json")]
    broadcast(manager, studio, 2)
    assert studio.asked == [(1, "json")]
    for sent in zip(*(wire.frames for wire in wires), strict=True):
        assert all(frame is sent[0] for frame in sent)


async def test_a_player_is_told_what_his_own_queue_says(manager: ConnectionManager) -> None:
    """Now, not when he came; a spectator is told nothing of the kind."""
    ann, bob, eve = attend(manager, "r", 1, player=1), attend(manager, "r", 2, player=2), attend(manager, "r", 3)
    manager.post("r", Outcome([], [], arrived=[1, 2, 3]))
    assert ann.queue is not None
    assert bob.queue is not None
    studio = Studio()
    broadcast(manager, studio, 1)
    ann.queue.ack, bob.queue.ack = 7, 8
    broadcast(manager, studio, 2)
    ann.queue.clear()
    broadcast(manager, studio, 3)
    acks = [[m["payload"]["ack"] for m in read(wire)] for _, wire, _ in (ann, bob, eve)]
    assert acks == [[None, 7, None], [None, 8, 8], [None, None, None]]


class Seated(NamedTuple):
    """How one of a drawn audience sits there."""

    fmt: SnapshotFormat
    player: int | None
    ack: int | None
    margin: int
    handles_before: int
    behind_at: frozenset[int]
    """Ticks at which he is skipped."""


seated = st.builds(
    Seated,
    fmt=st.sampled_from([JSON, BINARY]),
    player=st.sampled_from([None, None, 1, 2, 3]),
    ack=st.sampled_from([None, 0, 1]),
    margin=st.integers(-1, 1),
    handles_before=st.integers(0, 2),
    behind_at=st.frozensets(st.integers(1, 4)),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(seated, max_size=8), st.booleans())
def test_everybody_is_sent_his_own_snapshot(audience: list[Seated], secrets: bool) -> None:
    """Whoever sits between whom: what neighbours share never reaches somebody else.

    Each gets what would be made for him alone, told against what he was last sent.
    """

    async def run() -> None:
        manager = ConnectionManager(Settings(heartbeat_s=0), Observer(), FakeClock())
        studio = Studio(secrets=secrets)
        people: list[tuple[Seated, FakeWire, int]] = []
        for member, seat in enumerate(audience):
            wire = FakeWire()
            connection = manager.connect(wire, address="here", snapshots=seat.fmt)
            handle = [connection.new_handle() for _ in range(seat.handles_before + 1)][-1]
            queue = None if seat.player is None else InputQueue(4, 1, {})
            if queue is not None:
                queue.ack, queue.margin = seat.ack, seat.margin
            manager.attach(connection.id, Membership(handle, "r", "g", member, seat.player), queue)
            people.append((seat, wire, handle))
        manager.post("r", Outcome([], [], arrived=list(range(len(audience)))))
        on: list[int | None] = [None] * len(people)
        for tick in range(1, 5):
            for seat, wire, _ in people:
                wire.unsent = tick in seat.behind_at
                wire.written.clear()
            frames_on = studio.take(tick)
            sent, skipped = manager.broadcast("r", tick, frames_on)
            behind = [base for (seat, _, _), base in zip(people, on, strict=True) if tick in seat.behind_at]
            assert (sent, skipped) == (len(people) - len(behind), behind)
            for n, (seat, wire, handle) in enumerate(people):
                if tick in seat.behind_at:
                    assert wire.written == []
                    continue
                ack, margin = (None, None) if seat.player is None else (seat.ack, seat.margin)
                assert wire.written == [frames_on(on[n], seat.fmt).payload(handle, seat.player, ack, margin)]
                on[n] = tick
        for connection in list(manager._connections.values()):
            manager.disconnect(connection.id)
        manager.flush()
        await settle()

    asyncio.run(run())
