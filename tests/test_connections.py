"""All connections: audiences, skipping, eviction; and that one failure stays one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gameserver.connection import Connection, Membership
from gameserver.connections import ConnectionManager
from gameserver.observe import Observer
from gameserver.posts import Outcome, Post
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.messages import Error
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings
from tests.test_connection import FakeClock, FakeWire


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


def enter(manager: ConnectionManager, room: str, member: int) -> tuple[Connection, FakeWire]:
    """Connect somebody and let him into a room."""
    wire = FakeWire()
    connection = manager.connect(wire, address="here", snapshots=JsonSnapshots())
    handle = connection.new_handle()
    manager.attach(connection.id, Membership(handle=handle, room=room, game="g", member=member, player=member))
    return connection, wire


def frame_of(member: int, base: int | None, fmt: SnapshotFormat) -> bytes:
    """Make a frame that tells what it was made for."""
    return json.dumps({"member": member, "base": base}).encode()


def read(wire: FakeWire) -> list[Any]:
    """Give what was written, decoded."""
    return [json.loads(frame) for frame in wire.written]


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
    manager.post("s", Outcome([Post([1], "c", b"{}")], []))
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
    assert manager.broadcast("r", 10, [1, 2], frame_of) == (2, 0)
    slow.unsent = 5
    assert manager.broadcast("r", 11, [1, 2], frame_of) == (1, 1)
    assert manager.broadcast("r", 12, [1, 2], frame_of) == (1, 1)
    slow.unsent = 0
    assert manager.broadcast("r", 13, [1, 2], frame_of) == (2, 0)
    assert [f["base"] for f in read(fast)] == [None, 10, 11, 12]
    assert [f["base"] for f in read(slow)] == [None, 10]
    manager.flush()
    await settle()


async def test_a_failed_send_evicts_that_connection_alone(manager: ConnectionManager, notes: Notes) -> None:
    """The tick doesn't wait, nothing is raised, and the others get theirs."""
    (_, good), (bad_connection, bad), (_, other) = (enter(manager, "r", n) for n in (1, 2, 3))
    bad.broken = True
    manager.broadcast("r", 1, [1, 2, 3], frame_of)
    manager.flush()
    await settle()
    assert bad.aborted
    assert bad_connection.closed
    assert notes.evictions == ["send_failed"]
    assert len(good.written) == len(other.written) == 1
    assert not good.aborted
    assert not other.aborted


async def test_one_that_stays_behind_is_evicted(manager: ConnectionManager, notes: Notes) -> None:
    """Too much unsent: too slow; and it is evicted once."""
    _, wire = enter(manager, "r", 1)
    wire.unsent = 5000
    for tick in range(3):
        manager.broadcast("r", tick, [1], frame_of)
        manager.flush()
        await settle()
    assert wire.aborted
    assert wire.written == []
    assert notes.evictions == ["too_slow"]


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
    assert (wire.closed_with, stuck.closed_with) == (1001, 1001)
    assert stuck.aborted
    assert broken.aborted
