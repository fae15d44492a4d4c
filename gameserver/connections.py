"""The only owner of sockets: who is connected, who listens to which room, and what is written to whom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import TypeAlias

from gameserver.connection import Connection, Membership, Wire
from gameserver.errors import GameServerError, PolicyViolation, SendFailed, TooSlow
from gameserver.identity import Identity
from gameserver.inputs import InputQueue
from gameserver.observe import Observer
from gameserver.posts import Outcome
from gameserver.protocol import framing
from gameserver.protocol.codec import encode, envelope
from gameserver.protocol.messages import ServerMessage
from gameserver.protocol.snapshot import MAX_QUICK_HANDLE, Frames, SnapshotFormat
from gameserver.settings import Settings

log = logging.getLogger(__name__)

_ROUND_S = 0.5
"""So often those are looked after whose time has come."""
_AT_ONCE = 200
"""Connections looked after before others have their turn: a round must not hold up a tick."""

FramesOn = Callable[[int | None, SnapshotFormat], Frames]
"""Gives a room's last snapshot for everyone on a base tick, in a format."""


class _Listener:
    """A connection in a room's audience.

    It holds all that a broadcast looks at. Between two ticks of a room the processor's caches forget its clients, so
    what a tick costs is counted in objects touched per client more than in instructions.
    """

    __slots__ = ("base_tick", "connection", "format", "handle", "open", "player", "posted", "queue", "wire")

    def __init__(self, connection: Connection, membership: Membership, queue: InputQueue | None) -> None:
        self.connection = connection
        self.wire = connection.wire
        self.format = connection.snapshots
        self.handle = membership.handle
        self.player = membership.player
        self.queue = queue
        """The player's inputs, which know what a snapshot acknowledges."""
        self.base_tick: int | None = None
        """The snapshot last sent: the stream is reliable, so it is what the peer has."""
        self.posted: list[bytes] | None = None
        """Frames that wait for the end of the room's turn, to leave together and with the snapshot."""
        self.open = False
        """Whether it gets snapshots: it was let in, and the connection wasn't let go."""


Broadcast: TypeAlias = tuple[int, list[int | None]]
"""What came of a snapshot: to how many it went, and for each peer that was behind, the tick that it is still on."""


class ConnectionManager:
    """Connections by id, and the audience of each room."""

    def __init__(self, settings: Settings, observer: Observer, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._observer = observer
        self._clock = clock
        self._ids = count(1)
        self._connections: dict[int, Connection] = {}
        self._audiences: dict[str, dict[int, _Listener]] = {}
        self._posted: list[_Listener] = []
        """Those for whom something was posted in this turn."""
        self._behind: list[tuple[Connection, Awaitable[None]]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        """Closings and flushes under way."""
        self._caretaker: asyncio.Task[None] | None = None
        self._checks: list[tuple[float, int]] = []
        """A heap of when to look after whom: it keeps those gone until then."""

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
        heappush(self._checks, (self._clock(), connection.id))
        if self._caretaker is None:
            self._caretaker = asyncio.create_task(self._look_after())
        return connection

    def get(self, connection_id: int) -> Connection:
        """Give a connection."""
        return self._connections[connection_id]

    def disconnect(self, connection_id: int) -> list[Membership]:
        """Forget a peer that is gone; gives the rooms that have to be told."""
        connection = self._connections.pop(connection_id)
        self._let_go(connection)
        connection.note_gone()
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
            self._let_go(connection)
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
            now_s, checked = self._clock(), 0
            while self._checks and self._checks[0][0] <= now_s:
                _, connection_id = heappop(self._checks)
                connection = self._connections.get(connection_id)
                if connection is not None and not connection.closed:
                    again_s = self._check(connection)
                    if again_s < inf:
                        heappush(self._checks, (again_s, connection_id))
                checked += 1
                if checked % _AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _check(self, connection: Connection) -> float:
        """Look after one; gives when to do so next."""
        try:
            return connection.check()
        except PolicyViolation as violation:
            self.expel(connection, violation)
        except GameServerError as error:
            self._evict(connection, error)
        except Exception:  # our own bug: the others are looked after all the same
            log.exception("looking after connection %d failed", connection.id)
        return self._clock() + _ROUND_S

    def _let_go(self, connection: Connection) -> None:
        """See to it that nothing more is written to a connection."""
        connection.let_go()
        for room, member in connection.hears:
            self._audiences[room][member].open = False

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

    def attach(self, connection_id: int, membership: Membership, queue: InputQueue | None = None) -> None:
        """Let a connection hear a room, and speak in it; a player's inputs say what his snapshots acknowledge."""
        connection = self._connections[connection_id]
        connection.enter(membership)
        audience = self._audiences.setdefault(membership.room, {})
        audience[membership.member] = _Listener(connection, membership, queue)
        connection.hears.append((membership.room, membership.member))

    def mute(self, connection_id: int, handle: int) -> None:
        """Stop taking messages for a room; what it still has to say is heard."""
        self._connections[connection_id].leave(handle)

    def mute_member(self, room: str, member: int) -> None:
        """Stop taking a member's messages: his seat is somebody else's."""
        listener = self._audiences.get(room, {}).get(member)
        if listener is not None:
            listener.connection.leave(listener.handle)

    def detach(self, room: str, member: int) -> Connection | None:
        """Take a member out of a room's audience; the connection stays, and is given if there is one."""
        audience = self._audiences.get(room, {})
        listener = audience.pop(member, None)
        if listener is not None:
            listener.connection.leave(listener.handle)
            listener.connection.hears.remove((room, member))
            listener.connection.heard_from((room, member))
        if not audience:
            self._audiences.pop(room, None)
        return None if listener is None else listener.connection

    # Writing.

    def send(self, connection_id: int, message: ServerMessage, handle: int | None = None) -> None:
        """Send one message to one connection."""
        self._write(self._connections[connection_id], framing.text(encode(message, handle)))
        self.flush()

    def pong(self, connection_id: int, data: bytes | bytearray) -> None:
        """Answer a ping of the WebSocket protocol."""
        self._write(self._connections[connection_id], framing.control(framing.PONG, data))
        self.flush()

    def send_all(self, message: ServerMessage) -> None:
        """Send one message to every connection."""
        frame = framing.text(encode(message))
        for connection in self._connections.values():
            self._write(connection, frame)
        self.flush()

    def post(self, room: str, outcome: Outcome) -> None:
        """Take what a step of the room wants told, and take out those who left it; `broadcast` or `flush` sends it."""
        audience = self._audiences.get(room, {})
        for post in outcome.posts:
            frames: dict[int, bytes] = {}
            for member in post.to:
                listener = audience.get(member)
                if listener is None:
                    continue
                frame = frames.get(listener.handle)
                if frame is None:
                    frame = framing.text(envelope(post.type, post.payload, listener.handle))
                    frames[listener.handle] = frame
                if listener.posted is None:
                    listener.posted = []
                    self._posted.append(listener)
                listener.posted.append(frame)
        for member in outcome.arrived:
            listener = audience.get(member)
            if listener is not None:
                listener.open = not listener.connection.closed
        if outcome.departed:
            self._send_posted()
        for member in outcome.departed:
            connection = self.detach(room, member)
            # Not as long as it hears another room, be it for the last time.
            if member in outcome.replaced and connection is not None and not connection.hears:
                self.close(connection, 4001, "replaced by a newer connection")

    def broadcast(self, room: str, tick: int, frames_on: FramesOn) -> Broadcast:
        """Write everyone who was let in his snapshot of this tick, unless his peer is behind.

        Skipping is what the bound of a slow peer's queue means: it is caught up by one delta once it has read.
        """
        sent = 0
        skipped: list[int | None] = []
        frames, quick_message, base, fmt, message = None, None, None, None, b""
        # Of whom `message` was for, as long as all with these are told the same.
        last_handle: int | None = None
        last_margin: int | None = None
        for listener in self._audiences.get(room, {}).values():
            if not listener.open:
                continue
            wire = listener.wire
            quick = wire.quick
            if not quick and wire.unsent_bytes():
                skipped.append(listener.base_tick)
                self._note(listener.connection, listener.connection.watch())
                continue
            if frames is None or listener.base_tick != base or listener.format is not fmt:
                base, fmt = listener.base_tick, listener.format
                frames, last_handle = frames_on(base, fmt), None
                quick_message = frames.quick_message
            handle, queue, ack, margin = listener.handle, listener.queue, None, None
            if queue is not None:
                ack, margin = queue.ack, queue.margin
            if ack is not None:
                last_handle = None
                if quick_message is not None and handle <= MAX_QUICK_HANDLE:
                    message = quick_message(handle, ack, margin)
                else:
                    message = frames.message(handle, listener.player, ack, margin)
            elif handle != last_handle or margin != last_margin:
                message = frames.message(handle, listener.player, None, margin)
                last_handle, last_margin = (None if frames.secrets else handle), margin
            posted = listener.posted
            if posted is not None:
                posted.append(message)
                message = b"".join(posted)
                listener.posted = last_handle = None
            try:
                # As the wire's `write` begins, without its calls: they cost a 20th of a send.
                taken = wire.send(message) if quick else 0
            except OSError:
                taken = 0  # `write` finds out what it is
            if taken != len(message):
                self._write_rest(listener, message[taken:])
            listener.base_tick = tick
            sent += 1
        return sent, skipped

    def _write_rest(self, listener: _Listener, frame: bytes) -> None:
        try:
            listener.wire.write(frame)
        except SendFailed as error:
            self._behind.append((listener.connection, listener.connection.failed(error)))

    def flush(self) -> None:
        """Send what is still posted. Wait for those behind, in a task that nobody waits for, and evict who fails."""
        if self._posted:
            self._send_posted()
        if self._behind:
            behind, self._behind = self._behind, []
            self._start(self._flush(behind))

    def _send_posted(self) -> None:
        """Send what no snapshot took along: nobody's turn, somebody behind, or a room at its end."""
        posted, self._posted = self._posted, []
        for listener in posted:
            if listener.posted is not None:
                frames = b"".join(listener.posted)
                listener.posted = None
                self._write(listener.connection, frames)

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
        self._let_go(connection)
        connection.abort()

    def _write(self, connection: Connection, frame: bytes) -> None:
        self._note(connection, connection.send(frame))

    def _note(self, connection: Connection, waiting: Awaitable[None] | None) -> None:
        if waiting is not None:
            self._behind.append((connection, waiting))
