"""One socket: what may be written to it now, what is skipped, and when it is let go.

A healthy connection is written to at once. One whose peer reads slowly gets no snapshots until it has caught up (they
would be stale when they arrive), still gets everything else, and is let go when it stays behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from gameserver.errors import SendFailed, TooSlow
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings

_POLL_S = 0.05


class Wire(Protocol):
    """A socket, as far as a connection needs one."""

    def write(self, frame: bytes, *, text: bool) -> None:
        """Hand a frame to the transport, without waiting.

        Raises:
            SendFailed: the peer is gone.

        """

    def unsent_bytes(self) -> int:
        """Tell how much the transport holds that the kernel hasn't taken."""

    def abort(self) -> None:
        """Cut the connection now; what is unsent is lost."""

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye and wait for the peer's answer."""


class Membership(msgspec.Struct, frozen=True):
    """A connection's place in a room."""

    handle: int
    room: str
    game: str
    member: int
    player: int | None
    """None: as spectator."""


class Connection:
    """A peer that the server accepted."""

    def __init__(
        self,
        connection_id: int,
        wire: Wire,
        *,
        address: str,
        snapshots: SnapshotFormat,
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self.id = connection_id
        self.address = address
        self.snapshots = snapshots
        """The format that this peer asked for."""
        self.name: str | None = None
        """The name last used to join, for chat as a spectator."""
        self.memberships: dict[int, Membership] = {}
        """Rooms whose messages it may send, by handle."""
        self.hears: set[tuple[str, int]] = set()
        """Rooms that it is in the audience of, with its member id there."""
        self.closed = False
        """Whether it was let go; nothing is written any more."""
        self._wire = wire
        self._settings = settings
        self._clock = clock
        self._next_handle = 1
        self._watched = False

    def new_handle(self) -> int:
        """Give a handle that this connection never had before."""
        handle = self._next_handle
        self._next_handle += 1
        return handle

    def ready(self) -> bool:
        """Whether a snapshot written now would leave at once."""
        return not self.closed and self._wire.unsent_bytes() == 0

    def send(self, frame: bytes, *, text: bool = True) -> Awaitable[None] | None:
        """Write a frame, whatever is unsent.

        Gives None when all is well, or an awaitable that ends when the peer has caught up, or raises `SendFailed` when
        it failed or stayed behind. There is at most one such awaitable at a time.
        """
        if self.closed:
            return None
        try:
            self._wire.write(frame, text=text)
        except SendFailed as error:
            return self._failed(error)
        return self.watch()

    def watch(self) -> Awaitable[None] | None:
        """Give an awaitable as `send` does, without writing anything."""
        if self.closed or self._watched or self._wire.unsent_bytes() == 0:
            return None
        self._watched = True
        return self._drained()

    def abort(self) -> None:
        """Let go now: a close frame behind unread data would never arrive."""
        self.closed = True
        self._wire.abort()

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye and wait for the answer."""
        self.closed = True
        await self._wire.close(code, reason)

    async def _failed(self, error: SendFailed) -> None:
        raise error

    async def _drained(self) -> None:
        # Polling needs nothing private of the transport, and only connections that are behind pay for it.
        deadline_s = self._clock() + self._settings.max_behind_s
        try:
            while unsent := self._wire.unsent_bytes():
                if unsent > self._settings.max_unsent_bytes:
                    raise TooSlow(f"{unsent} bytes unsent")
                if self._clock() >= deadline_s:
                    raise TooSlow(f"{unsent} bytes unsent for {self._settings.max_behind_s} s")
                await asyncio.sleep(_POLL_S)
        finally:
            self._watched = False
