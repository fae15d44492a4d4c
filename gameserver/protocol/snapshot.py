"""States of a room, and the seam to the formats in which clients get them.

What is public between two states is encoded once and shared by every client on the same base; what is private to one
client (ack, margin, secrets) is put beside it. `binary.py` and `json_snapshots.py` are the formats.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol import framing
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
    """The newest state of a room, and those before it that somebody is still on.

    A client is caught up by one delta from whatever it last got, as long as that is among the `size` newest. Who isn't
    behind is on the newest, so mostly there is no other: what is kept without need is memory that every tick turns
    over.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._states: dict[int, State] = {}

    def add(self, state: State) -> None:
        """Keep a state; the oldest goes where it is one too many."""
        self._states[state.tick] = state
        if len(self._states) > self._size + 1:
            del self._states[next(iter(self._states))]

    def keep(self, ticks: Collection[int | None]) -> None:
        """Let go of all but the newest and these."""
        states = self._states
        if len(states) > 1:
            newest = next(reversed(states))
            kept = {tick: state for tick, state in states.items() if tick in ticks} if ticks else {}
            kept[newest] = states[newest]
            self._states = kept

    def get(self, tick: int | None) -> State | None:
        """Give the state of that tick, or None when it isn't kept any more."""
        return None if tick is None else self._states.get(tick)


class TableDelta(msgspec.Struct, frozen=True):
    """What makes one table out of another: rows set (whole) and rows gone."""

    set: dict[int, tuple[Any, ...]]
    gone: list[int]


class FrameHead(msgspec.Struct, frozen=True, gc=False):
    """What stands at the head of one client's frame."""

    handle: int
    tick: int
    base: int | None
    """The tick of the state that this one is told against; None: a keyframe."""
    ack: int | None
    """The highest `seq` consumed for the client's seat, no earlier input waiting; None before the first."""
    margin: int | None
    """Inputs that still waited when the tick had taken one; -1: there was none to take. None for spectators."""


QuickMessage = Callable[[int, int | None, int | None], bytes]
"""Makes the WebSocket message of a client without secrets from handle, ack and margin."""
MAX_QUICK_HANDLE = 127
"""The highest handle that a `QuickMessage` knows how to write; hardly any connection comes to a higher one."""


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

    def quick_messages(self, shared: bytes) -> QuickMessage | None:
        """Give a quick way to do the same for nearly all, if there is one: a room does it for each player and tick."""


class Frames:
    """What everyone on one base is sent of a state: the public part encoded once, and each one's own beside it."""

    __slots__ = ("_alike", "_base", "_base_tick", "_fmt", "_framed", "_now", "_shared", "quick_message", "secrets")

    def __init__(self, fmt: SnapshotFormat, base: State | None, now: State) -> None:
        self._fmt = fmt
        self._framed = framing.text if fmt.text else framing.binary
        self._base, self._now = base, now
        self._base_tick = None if base is None else base.tick
        self.secrets = bool(now.secret)
        """Whether there is something that clients are told alone."""
        self._shared = fmt.shared(base, now)
        self.quick_message = None if self.secrets else fmt.quick_messages(self._shared)
        """The quick way of `message` for handles up to `MAX_QUICK_HANDLE`; None: there is none."""
        self._alike: dict[tuple[int, int | None], bytes] = {}

    def message(
        self, handle: int, player: int | None = None, ack: int | None = None, margin: int | None = None
    ) -> bytes:
        """Give a client's snapshot as a WebSocket message; those who are told the same share one.

        Raises:
            SnapshotError: his secrets can't be told.

        """
        if self.secrets:
            return self._framed(self.payload(handle, player, ack, margin))
        message = self._alike.get((handle, margin)) if ack is None else None
        if message is None:
            if self.quick_message is not None and handle <= MAX_QUICK_HANDLE:
                message = self.quick_message(handle, ack, margin)
            else:
                message = self._framed(self.payload(handle, None, ack, margin))
            if ack is None:
                self._alike[handle, margin] = message
        return message

    def payload(self, handle: int, player: int | None, ack: int | None, margin: int | None) -> bytes:
        """Give a client's snapshot without a WebSocket frame around it."""
        private = self._fmt.private(self._base, self._now, player) if self.secrets else b""
        head = FrameHead(handle, self._now.tick, self._base_tick, ack, margin)
        return self._fmt.frame(head, shared=self._shared, private=private)


class Snapshots:
    """A room's states as its clients see them: each captured once, each delta encoded once per base and format."""

    def __init__(self, history_size: int) -> None:
        self._history = History(history_size)
        self._now: State | None = None
        self._row_types: dict[str, type[Row]] = {}
        self._frames: dict[tuple[str, int | None], Frames] = {}

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
        if self._row_types.keys() != tables.keys():
            self._row_types = {name: table.row_type for name, table in tables.items()}
        self._now = State(tick, public, secret, self._row_types, busy_ms)
        self._history.add(self._now)
        self._frames.clear()
        return self._now

    def keep(self, base_ticks: Collection[int | None]) -> None:
        """Let go of every state that is neither the newest nor one of these."""
        self._history.keep(base_ticks)

    def frames(self, base_tick: int | None, fmt: SnapshotFormat) -> Frames:
        """Give the newest state's frames: deltas where the base is still known, else keyframes.

        Raises:
            SnapshotError: there is no state yet, or the state can't be told.

        """
        if self._now is None:
            raise SnapshotError("no snapshot has been taken yet")
        base = self._history.get(base_tick)
        key = (fmt.name, None if base is None else base_tick)
        frames = self._frames.get(key)
        if frames is None:
            frames = self._frames[key] = Frames(fmt, base, self._now)
        return frames
