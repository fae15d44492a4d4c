"""The only owner of sockets: who is connected, who listens to which room, and what is written to whom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from itertools import count

from gameserver.connection import Connection, Membership, Wire
from gameserver.errors import GameServerError, PolicyViolation, TooSlow
from gameserver.identity import Identity
from gameserver.observe import Observer
from gameserver.posts import Outcome
from gameserver.protocol.codec import encode, envelope
from gameserver.protocol.messages import ServerMessage
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings

log = logging.getLogger(__name__)

_ROUND_S = 0.5
"""Every connection is looked after this often."""
_AT_ONCE = 200
"""Connections looked after before others have their turn: a round must not hold up a tick."""

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
        self._audiences: dict[str, dict[int, _Listener]] = {}
        self._behind: list[tuple[Connection, Awaitable[None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        """Closings and flushes under way."""
        self._caretaker: asyncio.Task[None] | None = None

    # Connections.

    def __len__(self) -> int:
        """How many are connected."""
        return len(self._connections)

    def connect(
        self, wire: Wire, *, address: str, snapshots: SnapshotFormat, identity: Identity | None = None
    ) -> Connection:
        """Take a new peer in."""
        connection = Connection(
            next(self._ids),
            wire,
            address=address,
            identity=identity,
            snapshots=snapshots,
            settings=self._settings,
            clock=self._clock,
        )
        self._connections[connection.id] = connection
        self._observer.connected()
        if self._caretaker is None:
            self._caretaker = asyncio.create_task(self._look_after())
        return connection

    def get(self, connection_id: int) -> Connection:
        """Give a connection."""
        return self._connections[connection_id]

    def disconnect(self, connection_id: int) -> list[Membership]:
        """Forget a peer that is gone; gives the rooms that have to be told."""
        connection = self._connections.pop(connection_id)
        connection.closed = True
        connection.gone.set()
        if not self._connections and self._caretaker is not None:
            self._caretaker.cancel()
            self._caretaker = None
        memberships = list(connection.memberships.values())
        for room, member in list(connection.hears):
            self.detach(room, member)
        self._observer.disconnected()
        return memberships

    def close(self, connection: Connection, code: int, reason: str) -> None:
        """Say goodbye, in a task of its own; who hasn't answered in `close_s` is cut."""
        if not connection.closed:
            connection.closed = True
            connection.goodbye = self._start(connection.close(code, reason))

    async def close_all(self, code: int, reason: str) -> None:
        """Close every connection at once; who hasn't answered in `close_s` is cut."""
        for task in self._tasks - {connection.goodbye for connection in self._connections.values()}:
            task.cancel()  # who is behind is waited for no longer
        for connection in self._connections.values():
            self.close(connection, code, reason)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # an aborted transport closes its socket in the loop's next turn

    async def _look_after(self) -> None:
        """Find the silent and the dead, as long as anybody is connected."""
        while True:
            await asyncio.sleep(_ROUND_S)
            for n, connection in enumerate(list(self._connections.values()), start=1):
                if not connection.closed:
                    self._check(connection)
                if n % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _check(self, connection: Connection) -> None:
        try:
            connection.check()
        except PolicyViolation as violation:
            self.expel(connection, violation)
        except GameServerError as error:
            self._evict(connection, error)
        except Exception:  # our own bug: the others are looked after all the same
            log.exception("looking after connection %d failed", connection.id)

    def expel(self, connection: Connection, why: PolicyViolation) -> None:
        """Close with 1008, once."""
        if connection.closed:
            return
        log.info("connection %d from %s is closed: %s", connection.id, connection.address, why)
        self._observer.evicted("policy")
        connection.expelled = True
        self.close(connection, 1008, str(why))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

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

    def mute_member(self, room: str, member: int) -> None:
        """Stop taking a member's messages: his seat is somebody else's."""
        listener = self._audiences.get(room, {}).get(member)
        if listener is not None:
            listener.connection.memberships.pop(listener.handle, None)

    def detach(self, room: str, member: int) -> Connection | None:
        """Take a member out of a room's audience; the connection stays, and is given if there is one."""
        audience = self._audiences.get(room, {})
        listener = audience.pop(member, None)
        if listener is not None:
            listener.connection.memberships.pop(listener.handle, None)
            listener.connection.hears.discard((room, member))
            listener.connection.unconfirmed.discard((room, member))
        if not audience:
            self._audiences.pop(room, None)
        return None if listener is None else listener.connection

    # Writing.

    def send(self, connection_id: int, message: ServerMessage, handle: int | None = None) -> None:
        """Send one message to one connection."""
        self._write(self._connections[connection_id], encode(message, handle))
        self.flush()

    def pong(self, connection_id: int, data: bytes) -> None:
        """Answer a ping of the WebSocket protocol."""
        connection = self._connections[connection_id]
        self._note(connection, connection.pong(data))
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
            connection = self.detach(room, member)
            # Not as long as it hears another room, be it for the last time.
            if member in outcome.replaced and connection is not None and not connection.hears:
                self.close(connection, 4001, "replaced by a newer connection")

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
            self._start(self._flush(behind))

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
