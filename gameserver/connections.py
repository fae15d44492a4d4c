"""The only owner of sockets: who is connected, who listens to which room, and what is written to whom."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from itertools import count

from gameserver.connection import Connection, Membership, Wire
from gameserver.errors import GameServerError, TooSlow
from gameserver.observe import Observer
from gameserver.posts import Outcome
from gameserver.protocol.codec import encode, envelope
from gameserver.protocol.messages import ServerMessage
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings

log = logging.getLogger(__name__)

FrameOf = Callable[[int, int | None, SnapshotFormat], bytes]
"""Gives the frame of a member (id), as a delta from a base tick, in a format."""


class _Listener:
    """A connection in a room's audience."""

    __slots__ = ("base_tick", "connection", "handle")

    def __init__(self, connection: Connection, handle: int) -> None:
        self.connection = connection
        self.handle = handle
        self.base_tick: int | None = None
        """The snapshot last sent: the stream is reliable, so it is what the peer has."""


class ConnectionManager:
    """Connections by id, and the audience of each room."""

    def __init__(self, settings: Settings, observer: Observer, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._observer = observer
        self._clock = clock
        self._ids = count(1)
        self._connections: dict[int, Connection] = {}
        self._addresses: Counter[str] = Counter()
        self._audiences: dict[str, dict[int, _Listener]] = {}
        self._behind: list[tuple[Connection, Awaitable[None]]] = []
        self._flushes: set[asyncio.Task[None]] = set()

    # Connections.

    def __len__(self) -> int:
        """How many are connected."""
        return len(self._connections)

    def from_address(self, address: str) -> int:
        """Count the connections from one address."""
        return self._addresses[address]

    def connect(self, wire: Wire, *, address: str, snapshots: SnapshotFormat) -> Connection:
        """Take a new peer in."""
        connection = Connection(
            next(self._ids), wire, address=address, snapshots=snapshots, settings=self._settings, clock=self._clock
        )
        self._connections[connection.id] = connection
        self._addresses[address] += 1
        self._observer.connected()
        return connection

    def get(self, connection_id: int) -> Connection:
        """Give a connection."""
        return self._connections[connection_id]

    def disconnect(self, connection_id: int) -> list[Membership]:
        """Forget a peer that is gone; gives the rooms that have to be told."""
        connection = self._connections.pop(connection_id)
        connection.closed = True
        self._addresses[connection.address] -= 1
        if not self._addresses[connection.address]:
            del self._addresses[connection.address]
        memberships = list(connection.memberships.values())
        for room, member in list(connection.hears):
            self.detach(room, member)
        self._observer.disconnected()
        return memberships

    async def close_all(self, code: int, reason: str) -> None:
        """Close every connection at once; who hasn't answered in `shutdown_s` is cut."""
        connections = list(self._connections.values())
        closings = [asyncio.create_task(c.close(code, reason)) for c in connections]
        if closings:
            await asyncio.wait(closings, timeout=self._settings.shutdown_s)
        for connection in connections:
            connection.abort()
        for closing in closings:
            closing.cancel()
        for flush in self._flushes:
            flush.cancel()
        await asyncio.gather(*closings, *self._flushes, return_exceptions=True)
        await asyncio.sleep(0)  # an aborted transport closes its socket in the loop's next turn

    # A room's audience.

    def attach(self, connection_id: int, membership: Membership) -> None:
        """Let a connection hear a room, and speak in it."""
        connection = self._connections[connection_id]
        connection.memberships[membership.handle] = membership
        audience = self._audiences.setdefault(membership.room, {})
        audience[membership.member] = _Listener(connection, membership.handle)
        connection.hears.add((membership.room, membership.member))

    def mute(self, connection_id: int, handle: int) -> None:
        """Stop taking messages for a room; what it still has to say is heard."""
        self._connections[connection_id].memberships.pop(handle, None)

    def detach(self, room: str, member: int) -> None:
        """Take a member out of a room's audience; the connection stays."""
        audience = self._audiences.get(room, {})
        listener = audience.pop(member, None)
        if listener is not None:
            listener.connection.memberships.pop(listener.handle, None)
            listener.connection.hears.discard((room, member))
        if not audience:
            self._audiences.pop(room, None)

    # Writing.

    def send(self, connection_id: int, message: ServerMessage, handle: int | None = None) -> None:
        """Send one message to one connection."""
        self._write(self._connections[connection_id], encode(message, handle))
        self.flush()

    def send_all(self, message: ServerMessage) -> None:
        """Send one message to every connection."""
        frame = encode(message)
        for connection in self._connections.values():
            self._write(connection, frame)
        self.flush()

    def post(self, room: str, outcome: Outcome) -> None:
        """Send what a step of the room wants told, then take out those who left it."""
        audience = self._audiences.get(room, {})
        for post in outcome.posts:
            frames: dict[int, bytes] = {}
            for member in post.to:
                listener = audience.get(member)
                if listener is None:
                    continue
                frame = frames.get(listener.handle)
                if frame is None:
                    frame = frames[listener.handle] = envelope(post.type, post.payload, listener.handle)
                self._write(listener.connection, frame)
        for member in outcome.departed:
            self.detach(room, member)

    def broadcast(self, room: str, tick: int, members: Iterable[int], frame_of: FrameOf) -> tuple[int, int]:
        """Write each member his snapshot of this tick; gives how many were sent, and how many skipped (peers behind).

        Skipping is what the bound of a slow peer's queue means: it is caught up by one delta once it has read.
        """
        sent = skipped = 0
        audience = self._audiences.get(room, {})
        for member in members:
            listener = audience.get(member)
            if listener is None:
                continue
            connection = listener.connection
            if connection.ready():
                frame = frame_of(member, listener.base_tick, connection.snapshots)
                self._write(connection, frame, text=connection.snapshots.text)
                listener.base_tick = tick
                sent += 1
            else:
                self._note(connection, connection.watch())
                skipped += 1
        return sent, skipped

    def flush(self) -> None:
        """Wait for those who are behind, in a task of its own that nobody waits for; evict those who fail."""
        if self._behind:
            behind, self._behind = self._behind, []
            flush = asyncio.create_task(self._flush(behind))
            self._flushes.add(flush)
            flush.add_done_callback(self._flushes.discard)

    async def _flush(self, behind: list[tuple[Connection, Awaitable[None]]]) -> None:
        results = await asyncio.gather(*(waiting for _, waiting in behind), return_exceptions=True)
        for (connection, _), result in zip(behind, results, strict=True):
            # BaseException: a cancelled send comes back as CancelledError, which is no Exception.
            if isinstance(result, BaseException):
                self._evict(connection, result)

    def _evict(self, connection: Connection, why: BaseException) -> None:
        if connection.closed:
            return
        if not isinstance(why, GameServerError):
            log.error("sending to connection %d failed unexpectedly", connection.id, exc_info=why)
        log.info("connection %d from %s is let go: %s", connection.id, connection.address, why)
        self._observer.evicted("too_slow" if isinstance(why, TooSlow) else "send_failed")
        connection.abort()

    def _write(self, connection: Connection, frame: bytes, *, text: bool = True) -> None:
        self._note(connection, connection.send(frame, text=text))

    def _note(self, connection: Connection, waiting: Awaitable[None] | None) -> None:
        if waiting is not None:
            self._behind.append((connection, waiting))
