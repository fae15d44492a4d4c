"""States of a room, and the seam to the formats in which clients get them.

What is public between two states is encoded once and shared by every client on the same base; what is private to one
client (ack, margin, secrets) is put beside it. `binary.py` and `json_snapshots.py` are the formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol.rows import Row
from gameserver.protocol.tables import Capture, Table


class State(msgspec.Struct, frozen=True):
    """All tables of a room at one tick."""

    tick: int
    public: dict[str, Capture]
    secret: dict[str, Capture]
    """Per-player tables of which each client may see its own row only."""
    row_types: dict[str, type[Row]]
    """Of all tables, public and secret."""
    busy_ms: float = 0.0
    """How long the room's previous turn took on the server: steps, snapshot, sending."""


class History:
    """The newest state of a room and `size` before it: a client is caught up by one delta from whatever it last got."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._states: dict[int, State] = {}

    def add(self, state: State) -> None:
        """Keep a state; the oldest goes where it is one too many."""
        self._states[state.tick] = state
        if len(self._states) > self._size + 1:
            del self._states[next(iter(self._states))]

    def get(self, tick: int | None) -> State | None:
        """Give the state of that tick, or None when it isn't kept any more."""
        return None if tick is None else self._states.get(tick)


class TableDelta(msgspec.Struct, frozen=True):
    """What makes one table out of another: rows set (whole) and rows gone."""

    set: dict[int, tuple[Any, ...]]
    gone: list[int]


class FrameHead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What stands at the head of one client's frame."""

    handle: int
    tick: int
    base: int | None
    """The tick of the state that this one is told against; None: a keyframe."""
    ack: int | None
    """The highest `seq` consumed for the client's seat, no earlier input waiting; None before the first."""
    margin: int | None
    """Inputs that still waited when the tick had taken one; -1: there was none to take. None for spectators."""


class SnapshotFormat(Protocol):
    """How snapshots are written; one object serves every room."""

    name: str
    text: bool
    """Whether frames are WebSocket text."""

    def shared(self, base: State | None, now: State) -> bytes:
        """Encode what everyone on this base may see; None as base makes a keyframe."""

    def private(self, base: State | None, now: State, player: int | None) -> bytes:
        """Encode the secrets of one player (None: a spectator, who has none)."""

    def frame(self, head: FrameHead, *, shared: bytes, private: bytes) -> bytes:
        """Put a client's frame together."""


class Snapshots:
    """A room's states as its clients see them: each captured once, each delta encoded once per base and format."""

    def __init__(self, history_size: int) -> None:
        self._history = History(history_size)
        self._now: State | None = None
        self._shared: dict[tuple[str, int | None], bytes] = {}

    def take(self, tick: int, tables: Mapping[str, Table[Any]], *, busy_ms: float = 0.0) -> State:
        """Capture the tables as the newest state.

        Raises:
            StateError: a value breaks its field's bounds or type.

        """
        before = self._now
        public, secret = {}, {}
        for name, table in tables.items():
            if table.kind == "secret":
                secret[name] = table.capture(before.secret[name] if before else None)
            else:
                public[name] = table.capture(before.public[name] if before else None)
        self._now = State(tick, public, secret, {name: table.row_type for name, table in tables.items()}, busy_ms)
        self._history.add(self._now)
        self._shared.clear()
        return self._now

    def frame(
        self,
        fmt: SnapshotFormat,
        *,
        handle: int,
        base_tick: int | None,
        player: int | None = None,
        ack: int | None = None,
        margin: int | None = None,
    ) -> bytes:
        """Give a client's frame of the newest state: a delta where its base is still known, else a keyframe."""
        now = self._now
        if now is None:
            raise SnapshotError("no snapshot has been taken yet")
        base = self._history.get(base_tick)
        key = (fmt.name, None if base is None else base.tick)
        shared = self._shared.get(key)
        if shared is None:
            shared = self._shared[key] = fmt.shared(base, now)
        private = fmt.private(base, now, player)
        head = FrameHead(handle=handle, tick=now.tick, base=key[1], ack=ack, margin=margin)
        return fmt.frame(head, shared=shared, private=private)
