"""A thousand clients that come and go, in every way there is: nothing of them may be left."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gameserver.connection import Connection
from gameserver.room import Room
from gameserver.seats import Member, Seat
from gameserver.settings import Settings
from tests.conftest import Running, Serve
from tests.faults.games import Chronicle, Hasty
from tests.faults.leaks import alive, descriptors, tasks
from tests.faults.raw import CLOSE, TEXT, RawPeer, frame, handshake, message
from tests.faults.witness import Witness, eventually, watched

AT_ONCE = 25
"""Visitors at a time."""
MEASURED = 200
"""Of the thousand, how many come in each of the last two groups, whose memory is compared."""
MOST_LEFT_BYTES = 100_000
"""What such a group may leave in memory: a thirtieth of what as many connections take while they are open."""

GOODBYE = frame(CLOSE, b"\x03\xe8")
Visit = Callable[[Running, RawPeer, str], Awaitable[None]]


async def knocks_only(running: Running, peer: RawPeer, room: str) -> None:
    """Connect, and no more."""


async def breaks_off(running: Running, peer: RawPeer, room: str) -> None:
    """Break off in the middle of the handshake."""
    await peer.send(handshake()[:50])
    peer.reset()


async def is_kept_out(running: Running, peer: RawPeer, room: str) -> None:
    """Come from the wrong page."""
    assert await peer.upgrade({"Origin": "https://evil.example"}) == 403


async def says_goodbye_at_once(running: Running, peer: RawPeer, room: str) -> None:
    """Come in, say goodbye."""
    assert await peer.upgrade() == 101
    await peer.send(GOODBYE)
    await peer.ended()


async def vanishes_at_once(running: Running, peer: RawPeer, room: str) -> None:
    """Don't even wait for the answer to the handshake."""
    await peer.send(handshake())
    peer.reset()


async def joins_in_vain(running: Running, peer: RawPeer, room: str) -> None:
    """Be gone before the join is done, or just after: then the seat waits, in vain."""
    await peer.upgrade()
    await peer.say("join", {"game": "hasty"})
    peer.reset()


async def opens_a_room(running: Running, peer: RawPeer, room: str) -> None:
    """Leave behind a room with a seat that waits, in the middle of a word."""
    await peer.upgrade()
    await peer.say("join", {"game": "hasty"})
    await peer.expect("joined")
    await peer.send(frame(TEXT, message("chat", {"text": "anybody here?"}))[:-3])
    peer.reset()


async def watches_and_leaves(running: Running, peer: RawPeer, room: str) -> None:
    """Watch for a moment."""
    await peer.upgrade()
    await peer.say("spectate", {"room": room})
    await peer.expect("joined")
    await peer.say("leave")
    await peer.expect("left")
    await peer.send(GOODBYE)
    await peer.ended()


async def misbehaves(running: Running, peer: RawPeer, room: str) -> None:
    """Be thrown out."""
    await peer.upgrade()
    await peer.send(frame(TEXT, b" " * 5000))
    assert await peer.close_code() == 1009


async def resumes(running: Running, peer: RawPeer, room: str) -> None:
    """Drop out, come back, leave for good."""
    await peer.upgrade()
    await peer.say("join", {"room": room})
    token = (await peer.expect("joined"))["token"]
    peer.reset()
    async with await RawPeer.dial(running.url) as again:
        await again.upgrade()
        await again.say("resume", {"token": token})
        await again.expect("joined")
        await again.say("leave")
        await again.expect("left")


VISITS: list[Visit] = [
    knocks_only, breaks_off, is_kept_out, says_goodbye_at_once, vanishes_at_once, joins_in_vain, opens_a_room,
    watches_and_leaves, misbehaves, resumes,
]  # fmt: skip


async def test_a_thousand_visits_leave_nothing_behind(serve: Serve) -> None:
    """No task, no descriptor, no connection, room, seat or member, and no memory."""
    settings = Settings(empty_room_grace_s=0.05, max_connections_per_address=1000)
    running = await serve(Chronicle, Hasty, settings=settings)
    async with watched(running) as witness:
        before = left_over(running)
        await visits(running, witness, 1000 - 2 * MEASURED)
        await nothing_left(running, before)
        tracemalloc.start()
        try:
            first, second = [await measured_bytes(running, witness, before) for _ in range(2)]
        finally:
            tracemalloc.stop()
        assert second - first < MOST_LEFT_BYTES


async def measured_bytes(running: Running, witness: Witness, before: dict[str, int]) -> int:
    """Let a group come and go; gives the memory in use then."""
    await visits(running, witness, MEASURED)
    await nothing_left(running, before)
    return tracemalloc.get_traced_memory()[0]


async def nothing_left(running: Running, before: dict[str, int]) -> None:
    """Wait until there is as little as before: sockets and timers take a moment to end."""
    with suppress(TimeoutError):
        await eventually(lambda: left_over(running) == before, every_s=0.2)
    assert left_over(running) == before


async def visits(running: Running, witness: Witness, count: int) -> None:
    """Let so many come and go, each in another way, and wait until the server has seen them off."""
    ways = [VISITS[n % len(VISITS)] for n in range(count)]
    for first in range(0, count, AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for way in ways[first : first + AT_ONCE]:
                group.create_task(visit(way, running, witness.room))
    await eventually(lambda: len(running.server.connections) == 2 and len(running.server.rooms) == 1)
    await witness.counts()


async def visit(way: Visit, running: Running, room: str) -> None:
    """Come and go."""
    async with await RawPeer.dial(running.url) as peer:
        await way(running, peer, room)


def left_over(running: Running) -> dict[str, int]:
    """Count what there is."""
    counts = {"tasks": tasks(), "descriptors": descriptors(), "rooms": len(running.server.rooms)}
    return counts | alive(Connection, Room, Seat, Member)
