"""States of a room, what changed between two of them, and the bytes that say so.

`SnapshotFormat` is the seam: what is public between two states is encoded once and shared by every client on the same
base; what is private to one client (ack, secrets) is put beside it. `JsonSnapshots` is the readable format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol.tables import EMPTY, Capture, Table

_encode = msgspec.json.Encoder().encode


class State(msgspec.Struct, frozen=True):
    """All tables of a room at one tick."""

    tick: int
    public: dict[str, Capture]
    secret: dict[str, Capture]
    """Per-player tables of which each client may see its own row only."""


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


def delta(base: Capture, now: Capture) -> TableDelta | None:
    """Find what changed; None when nothing did."""
    if base is now:
        return None
    if base.ids == now.ids:
        pairs = zip(now.ids, now.rows, base.rows, strict=True)
        changed = {row_id: row for row_id, row, old in pairs if row != old}
        return TableDelta(changed, []) if changed else None
    old_rows, new_rows = base.by_id(), now.by_id()
    changed = {row_id: row for row_id, row in new_rows.items() if old_rows.get(row_id) != row}
    gone = [row_id for row_id in base.ids if row_id not in new_rows]
    return TableDelta(changed, gone) if changed or gone else None


class SnapshotFormat(Protocol):
    """How snapshots are written; one object serves every room."""

    name: str
    text: bool
    """Whether frames are WebSocket text."""

    def shared(self, base: State | None, now: State) -> bytes:
        """Encode what everyone on this base may see; None as base makes a keyframe."""

    def private(self, base: State | None, now: State, player: int | None) -> bytes:
        """Encode the secrets of one player (None: a spectator, who has none)."""

    def frame(
        self, *, handle: int, tick: int, base: int | None, ack: int | None, shared: bytes, private: bytes
    ) -> bytes:
        """Put a client's frame together."""


class JsonSnapshots:
    """Snapshots as JSON text, each changed row whole: for debugging and simple clients."""

    name = "json"
    text = True

    def shared(self, base: State | None, now: State) -> bytes:
        """Encode the public tables' changes as the inside of the `tables` object."""
        changes = {}
        for name, capture in now.public.items():
            change = delta(EMPTY if base is None else base.public[name], capture)
            if change is not None:
                changes[name] = change
        return b",".join(_table(name, change) for name, change in changes.items())

    def private(self, base: State | None, now: State, player: int | None) -> bytes:
        """Encode the player's own secret rows in the same way."""
        if player is None or not now.secret:
            return b""
        parts = []
        for name, capture in now.secret.items():
            old = EMPTY if base is None else base.secret[name].only(player)
            change = delta(old, capture.only(player))
            if change is not None:
                parts.append(_table(name, change))
        return b",".join(parts)

    def frame(
        self, *, handle: int, tick: int, base: int | None, ack: int | None, shared: bytes, private: bytes
    ) -> bytes:
        """Put the text together; nothing shared is encoded again."""
        return b'{"type":"snapshot","handle":%d,"payload":{"tick":%d,"base":%b,"ack":%b,"tables":{%b%b%b}}}' % (
            handle,
            tick,
            b"null" if base is None else b"%d" % base,
            b"null" if ack is None else b"%d" % ack,
            shared,
            b"," if shared and private else b"",
            private,
        )


class Snapshots:
    """A room's states as its clients see them: each captured once, each delta encoded once per base and format."""

    def __init__(self, history_size: int) -> None:
        self._history = History(history_size)
        self._now: State | None = None
        self._shared: dict[tuple[str, int | None], bytes] = {}

    def take(self, tick: int, tables: Mapping[str, Table[Any]]) -> State:
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
        self._now = State(tick, public, secret)
        self._history.add(self._now)
        self._shared.clear()
        return self._now

    def frame(
        self, fmt: SnapshotFormat, *, handle: int, base_tick: int | None, player: int | None, ack: int | None
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
        return fmt.frame(handle=handle, tick=now.tick, base=key[1], ack=ack, shared=shared, private=private)


def _table(name: str, change: TableDelta) -> bytes:
    parts: dict[str, Any] = {}
    if change.set:
        parts["set"] = change.set
    if change.gone:
        parts["gone"] = change.gone
    return b"%b:%b" % (_encode(name), _encode(parts))


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    set: dict[int, list[Any]] = {}
    gone: list[int] = []


class Snapshot(msgspec.Struct, frozen=True):
    """A snapshot's payload as a client reads it."""

    tick: int
    base: int | None
    ack: int | None
    tables: dict[str, _Change]


class Replica:
    """A client's copy of a room's tables, kept up to date by snapshots."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.tick: int | None = None
        """The tick of the last snapshot applied; None before the first keyframe."""
        self.ack: int | None = None
        self.tables: dict[str, dict[int, list[Any]]] = {name: {} for name in schema}

    def apply(self, payload: bytes | msgspec.Raw) -> Snapshot:
        """Apply a JSON snapshot's payload, whole or not at all.

        Raises:
            SnapshotError: it isn't a snapshot, names tables that the schema lacks, or its base isn't what is here.

        """
        try:
            snapshot = msgspec.json.decode(payload, type=Snapshot)
        except (ValueError, RecursionError) as error:
            raise SnapshotError(f"not a snapshot: {error}") from None
        if snapshot.base is not None and snapshot.base != self.tick:
            raise SnapshotError(f"a delta from tick {snapshot.base} doesn't fit a client at tick {self.tick}")
        unknown = snapshot.tables.keys() - self.tables.keys()
        if unknown:
            raise SnapshotError(f"tables that the schema lacks: {', '.join(sorted(unknown))}")
        if snapshot.base is None:
            for table in self.tables.values():
                table.clear()
        for name, change in snapshot.tables.items():
            table = self.tables[name]
            table.update(change.set)
            for row_id in change.gone:
                table.pop(row_id, None)
        self.tick, self.ack = snapshot.tick, snapshot.ack
        return snapshot
