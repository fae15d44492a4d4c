"""One connection: when it is written to, when it is watched, when its sends are given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gameserver.connection import Connection, Membership
from gameserver.errors import PolicyViolation, SendFailed, TooSlow
from gameserver.protocol import framing
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.room import Room
from gameserver.settings import Settings
from tests.frames import Close, Opcode, read_frames
from tests.games import Kitchen


class FakeWire:
    """A socket that takes everything, or nothing, or fails; it reads each frame as a client would."""

    def __init__(self) -> None:
        self.quick = False
        self.written: list[bytes] = []
        """Messages, without the frames around them."""
        self.frames: list[bytes] = []
        """Everything, as it was handed over."""
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.unsent = 0
        self.broken = False
        self.aborted = False
        self.closed_with: Close | None = None

    def send(self, frame: bytes, /) -> int:
        """Take nothing: `write` takes it all."""
        return 0

    def write(self, frame: bytes) -> None:
        """Take a frame."""
        if self.broken:
            raise SendFailed("gone")
        self.frames.append(frame)
        for read in read_frames(frame):
            assert read.fin
            assert self.closed_with is None, "nothing may follow a close"
            self._take(read.opcode, bytes(read.data))

    def _take(self, opcode: Opcode, data: bytes) -> None:
        match opcode:
            case Opcode.TEXT | Opcode.BINARY:
                self.written.append(data)
            case Opcode.PING:
                self.pings.append(data)
            case Opcode.PONG:
                self.pongs.append(data)
            case Opcode.CLOSE:
                self.closed_with = Close.parse(data)
            case _:
                raise AssertionError(opcode)

    def unsent_bytes(self) -> int:
        """Tell what the test set."""
        return self.unsent

    def abort(self) -> None:
        """Note it."""
        self.aborted = True


A = framing.text(b"a")


class FakeClock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now_s


@pytest.fixture
def wire() -> FakeWire:
    """A healthy wire."""
    return FakeWire()


@pytest.fixture
def clock() -> FakeClock:
    """A clock at zero."""
    return FakeClock()


@pytest.fixture
def connection(wire: FakeWire, clock: FakeClock) -> Connection:
    """A connection over them, with small limits."""
    settings = Settings(max_behind_s=5, max_unsent_bytes=1000)
    return Connection(1, wire, address="here", identity=None, snapshots=JsonSnapshots(), settings=settings, clock=clock)


def test_a_healthy_connection_is_written_to_at_once(connection: Connection, wire: FakeWire) -> None:
    """Nothing is handed back: there is nothing to wait for."""
    first, second = framing.text(b"a"), framing.binary(b"b")
    assert connection.send(first) is None
    assert connection.send(second) is None
    assert wire.written == [b"a", b"b"]
    assert wire.frames[0] is first, "the very object: many connections may share it"
    assert connection.watch() is None


def test_the_short_way_is_for_who_plays_in_one_room(connection: Connection) -> None:
    """It is closed to who watches, plays in two, may not know of his seat yet, or was let go."""
    room = Room(Kitchen.spec, room_id="a", seed=1)
    ann, eve = room.join(name="Ann", handle=1), room.spectate(name="Eve", handle=2)
    playing = Membership(1, "a", "kitchen", ann.id, ann.player, room)
    watching = Membership(2, "a", "kitchen", eve.id, None, room)
    steps: list[tuple[Callable[[], None], bool]] = [
        (lambda: connection.enter(watching), False),
        (lambda: connection.enter(playing), False),
        (lambda: connection.leave(2), True),
        (lambda: connection.resumed(("a", ann.id)), False),
        (lambda: connection.heard_from(("b", ann.id)), False),
        (lambda: connection.heard_from(("a", ann.id)), True),
        (connection.let_go, False),
        (lambda: connection.leave(2), False),
    ]
    for step, is_open in steps:
        step()
        assert (connection.playing is not None) == is_open
        assert connection.playing is None or connection.playing.queue is room.queue(ann.player)


async def test_one_that_is_behind_is_watched_until_it_has_caught_up(connection: Connection, wire: FakeWire) -> None:
    """Messages are still written; there is one watch at a time, and a new one the next time it falls behind."""
    wire.unsent = 10
    watch = connection.send(A)
    assert watch is not None
    assert connection.send(framing.text(b"b")) is None
    assert connection.watch() is None
    assert wire.written == [b"a", b"b"]
    waiting = asyncio.ensure_future(watch)
    await asyncio.sleep(0)
    assert not waiting.done()
    wire.unsent = 0
    await waiting
    assert connection.watch() is None
    assert connection.send(A) is None
    wire.unsent = 10
    again = connection.watch()
    assert again is not None
    wire.unsent = 0
    await again


async def test_unsent_for_too_long_is_too_slow(connection: Connection, wire: FakeWire, clock: FakeClock) -> None:
    """The watch fails once the time is up."""
    wire.unsent = 10
    watch = connection.watch()
    assert watch is not None
    waiting = asyncio.ensure_future(watch)
    await asyncio.sleep(0)
    clock.now_s = 5.0
    with pytest.raises(TooSlow, match="for 5"):
        await waiting


async def test_too_much_unsent_is_too_slow(connection: Connection, wire: FakeWire) -> None:
    """The bound holds at once, whatever the time."""
    wire.unsent = 1001
    watch = connection.send(A)
    assert watch is not None
    with pytest.raises(TooSlow, match="1001 bytes"):
        await watch


async def test_a_failed_send_is_handed_back(connection: Connection, wire: FakeWire) -> None:
    """Writing to a peer that is gone raises nothing here; who awaits the result learns of it."""
    wire.broken = True
    failed = connection.send(A)
    assert failed is not None
    with pytest.raises(SendFailed):
        await failed


async def test_nothing_is_written_after_letting_go(connection: Connection, wire: FakeWire) -> None:
    """Neither after an abort nor after a close."""
    connection.note_gone()
    await connection.close(1001, "bye")
    assert wire.closed_with == Close(1001, "bye")
    wire.unsent = 10
    assert connection.send(A) is None
    assert connection.watch() is None
    connection.abort()
    assert wire.aborted
    assert connection.send(A) is None
    assert wire.written == []


async def test_a_peer_that_is_gone_is_not_said_goodbye_to(connection: Connection, wire: FakeWire) -> None:
    """It is cut at once: there is nobody to wait for."""
    wire.broken = True
    await connection.close(1001, "bye")
    assert wire.aborted
    assert connection.closed


def test_handles_are_never_used_twice(connection: Connection) -> None:
    """A late message for a room that was left can't reach another."""
    assert [connection.new_handle() for _ in range(3)] == [1, 2, 3]


async def test_an_answered_ping_is_all_that_is_asked(connection: Connection, wire: FakeWire, clock: FakeClock) -> None:
    """One per interval; the answer must be to this one."""
    connection.conduct.spoke = True
    clock.now_s = 19.9
    assert connection.check() == 20
    assert wire.pings == []
    for n in range(1, 5):
        clock.now_s = 20.0 * n
        assert connection.check() == 20 * (n + 1)
        assert connection.check() == 20 * (n + 1)
        assert len(wire.pings) == n
        connection.ponged(wire.pings[-1])
    assert len(set(wire.pings)) == 4


async def test_an_unanswered_ping_ends_it(connection: Connection, wire: FakeWire, clock: FakeClock) -> None:
    """Whatever else the peer sends, and whatever it answers: it hasn't read the ping."""
    connection.conduct.spoke = True
    clock.now_s = 20.0
    connection.check()
    for data in (b"", b"0", b"2", wire.pings[0] + b" "):
        connection.ponged(data)
    clock.now_s = 39.9
    connection.check()
    clock.now_s = 40.0
    with pytest.raises(TooSlow):
        connection.check()


async def test_a_client_that_says_nothing_is_not_waited_for(connection: Connection, clock: FakeClock) -> None:
    """Ten seconds, then it goes; who has spoken stays."""
    clock.now_s = 9.9
    assert connection.check() == 10
    clock.now_s = 10.0
    with pytest.raises(PolicyViolation, match="10 s"):
        connection.check()
    connection.conduct.spoke = True
    assert connection.check() == 20
