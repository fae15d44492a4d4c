"""One socket: what may be written to it now, what is skipped, and when it is let go.

A healthy connection is written to at once. One whose peer reads slowly gets no snapshots until it has caught up (they
would be stale when they arrive), still gets everything else, and is let go when it stays behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from secrets import token_bytes
from typing import Protocol

import msgspec

from gameserver.errors import PolicyViolation, SendFailed, TooSlow
from gameserver.identity import Identity
from gameserver.inputs import InputQueue
from gameserver.limits import Conduct
from gameserver.protocol import framing
from gameserver.protocol.codec import Given, given_reader
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.room import Room
from gameserver.settings import Settings

_POLL_S = 0.05
_NONE: frozenset[tuple[str, int]] = frozenset()


class Wire(Protocol):
    """A socket, as far as a connection needs one."""

    @property
    def quick(self) -> bool:
        """Whether frames may go to `send` directly, as long as it takes them whole; the rest of one is for `write`."""

    def send(self, frame: bytes, /) -> int:
        """Send without blocking, and give how many bytes were taken.

        Raises:
            OSError: none were.

        """

    def write(self, frame: bytes) -> None:
        """Hand WebSocket frames to the transport, without waiting; nothing may follow a close.

        Raises:
            SendFailed: the peer is gone.

        """

    def unsent_bytes(self) -> int:
        """Tell how much the transport holds that the kernel hasn't taken."""

    def abort(self) -> None:
        """Cut the connection now; what is unsent is lost."""


class Membership(msgspec.Struct, frozen=True, eq=False):
    """A connection's place in a room."""

    handle: int
    room: str
    game: str
    member: int
    player: int | None
    """None: as spectator."""
    place: Room | None = None
    """The room itself, as long as it is one: its end ends every membership."""


class Playing:
    """Where a connection plays that is in one room only: all that its commands and inputs need."""

    __slots__ = ("conduct", "connection", "handle", "place", "player", "queue", "read")

    def __init__(self, connection: Connection, handle: int, player: int, queue: InputQueue, place: Room) -> None:
        self.connection = connection.id
        """Whose."""
        self.conduct = connection.conduct
        self.handle = handle
        self.player = player
        self.place = place
        self.queue = queue
        self.read: Callable[[str], Given] = given_reader(tuple(place.spec.playable.items()))
        """Decodes the game's commands and inputs."""


class Connection:
    """A peer that the server accepted."""

    __slots__ = (
        "_clock", "_gone", "_next_handle", "_parting", "_pinged_at_s", "_settings", "_since_s", "_unanswered",
        "_watched", "address", "closed", "conduct", "expelled", "goodbye", "hears", "id", "identity",
        "memberships", "name", "playing", "snapshots", "unconfirmed", "wire",
    )  # fmt: skip

    def __init__(
        self,
        connection_id: int,
        wire: Wire,
        *,
        address: str,
        identity: Identity | None,
        snapshots: SnapshotFormat,
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self.id = connection_id
        self.address = address
        self.identity = identity
        """Who it is, where somebody vouches for him."""
        self.snapshots = snapshots
        """The format that this peer asked for."""
        self.name: str | None = None
        """The name last used to join, for chat as a spectator."""
        self.memberships: dict[int, Membership] = {}
        """Rooms whose messages it may send, by handle; changed by `enter` and `leave` alone."""
        self.playing: Playing | None = None
        """Its only room, if it plays there, nothing is unconfirmed, and it wasn't let go."""
        # Mostly one and none: sets of their own would take as much memory as all the rest.
        self.hears: list[tuple[str, int]] = []
        """Rooms that it is in the audience of, with its member id there."""
        self.unconfirmed: frozenset[tuple[str, int]] = _NONE
        """Seats resumed (room and member id) that it may not know of yet; see `resumed` and `heard_from`."""
        self.conduct = Conduct(settings, clock())
        """How it behaves."""
        self.closed = False
        """Whether it was let go (by `let_go` alone); nothing is written any more."""
        self.expelled = False
        """Whether it was for its conduct: its seats don't wait."""
        self.goodbye: asyncio.Task[None] | None = None
        """The closing, once it is under way."""
        self._gone = False
        self._parting: asyncio.Future[None] | None = None
        """Waits for the peer to be gone, once there is a goodbye to wait for."""
        self.wire = wire
        self._settings = settings
        self._clock = clock
        self._next_handle = 1
        self._watched = False
        self._since_s = self._pinged_at_s = clock()
        self._unanswered: bytes | None = None
        """What a ping asked for whose pong hasn't come."""

    def enter(self, membership: Membership) -> None:
        """Let it send messages to a room."""
        self.memberships[membership.handle] = membership
        self._find_playing()

    def leave(self, handle: int) -> None:
        """Let it send no more, if it could."""
        self.memberships.pop(handle, None)
        self._find_playing()

    def resumed(self, seat: tuple[str, int]) -> None:
        """Note that the peer may not know yet that it has this seat."""
        self.unconfirmed |= {seat}
        self._find_playing()

    def heard_from(self, seat: tuple[str, int]) -> None:
        """Note that it knows, or that the seat is gone."""
        if seat in self.unconfirmed:
            self.unconfirmed -= {seat}
            self._find_playing()

    def _find_playing(self) -> None:
        self.playing = None
        if len(self.memberships) == 1 and not self.unconfirmed and not self.closed:
            (only,) = self.memberships.values()
            queue = None if only.place is None else only.place.queue(only.player)
            if only.player is not None and only.place is not None and queue is not None:
                self.playing = Playing(self, only.handle, only.player, queue, only.place)

    def new_handle(self) -> int:
        """Give a handle that this connection never had before."""
        handle = self._next_handle
        self._next_handle += 1
        return handle

    def send(self, frame: bytes) -> Awaitable[None] | None:
        """Write a WebSocket frame, whatever is unsent.

        Gives None when all is well, or an awaitable that ends when the peer has caught up, or raises `SendFailed` when
        it failed or stayed behind. There is at most one such awaitable at a time.
        """
        if self.closed:
            return None
        try:
            self.wire.write(frame)
        except SendFailed as error:
            return self.failed(error)
        return self.watch() if self.wire.unsent_bytes() else None

    def watch(self) -> Awaitable[None] | None:
        """Give an awaitable as `send` does, without writing anything."""
        if self.closed or self._watched or not self.wire.unsent_bytes():
            return None
        self._watched = True
        return self._drained()

    def ponged(self, data: bytes | bytearray) -> None:
        """Note the answer to a ping: the peer has read everything up to there."""
        if data == self._unanswered:
            self._unanswered = None

    def check(self) -> float:
        """Look after a peer that may be gone or silent; gives when to do so next, by the clock (never: infinity).

        Only an answered ping proves that somebody reads: neither the kernel, which takes what nobody reads, nor what
        the peer sends tell it.

        Raises:
            TooSlow: it left a ping unanswered for too long.
            PolicyViolation: it never said anything valid.
            SendFailed: it is gone.

        """
        now_s, settings = self._clock(), self._settings
        silent_s = inf if self.conduct.spoke else self._since_s + settings.first_message_s
        if now_s >= silent_s:
            raise PolicyViolation(f"no valid message in the first {settings.first_message_s:g} s")
        if not settings.heartbeat_s:
            return silent_s
        if now_s >= self._pinged_at_s + settings.heartbeat_s:
            if self._unanswered is not None:
                raise TooSlow(f"a ping went unanswered for {settings.heartbeat_s:g} s")
            # Nobody can guess it who hasn't read it.
            self._pinged_at_s, self._unanswered = now_s, token_bytes(8)
            self.wire.write(framing.control(framing.PING, self._unanswered))
        return min(silent_s, self._pinged_at_s + settings.heartbeat_s)

    def note_gone(self) -> None:
        """Note that nothing comes from the peer any more."""
        self._gone = True
        if self._parting is not None and not self._parting.done():
            self._parting.set_result(None)

    async def _until_gone(self) -> None:
        if not self._gone:
            self._parting = asyncio.get_running_loop().create_future()
            await self._parting

    def let_go(self) -> None:
        """See to it that nothing more is written, nor taken on the short way."""
        self.closed, self.playing = True, None

    def abort(self) -> None:
        """Let go now: a close frame behind unread data would never arrive."""
        self.let_go()
        self.wire.abort()

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye, wait until the peer has gone, and cut the connection if it hasn't in `close_s`."""
        self.let_go()
        try:
            self.wire.write(framing.close(code, reason))
            async with asyncio.timeout(self._settings.close_s):
                await self._until_gone()
        except (SendFailed, TimeoutError):
            pass
        finally:
            self.wire.abort()

    async def failed(self, error: SendFailed) -> None:
        """Be the awaitable of a send that failed.

        Raises:
            SendFailed: always.

        """
        raise error

    async def _drained(self) -> None:
        # Polling needs nothing private of the transport, and only connections that are behind pay for it.
        deadline_s = self._clock() + self._settings.max_behind_s
        try:
            while unsent := self.wire.unsent_bytes():
                if unsent > self._settings.max_unsent_bytes:
                    raise TooSlow(f"{unsent} bytes unsent")
                if self._clock() >= deadline_s:
                    raise TooSlow(f"{unsent} bytes unsent for {self._settings.max_behind_s} s")
                await asyncio.sleep(_POLL_S)
        finally:
            self._watched = False
