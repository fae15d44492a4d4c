"""Snapshots as JSON text, each changed row whole: for debugging and simple clients."""

from __future__ import annotations

from typing import Any

import msgspec

from gameserver.protocol.snapshot import FrameHead, State, TableDelta
from gameserver.protocol.tables import EMPTY, Capture

_encode = msgspec.json.Encoder().encode


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


class JsonSnapshots:
    """Writes snapshots as text."""

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

    def frame(self, head: FrameHead, *, shared: bytes, private: bytes) -> bytes:
        """Put the text together; nothing shared is encoded again."""
        return b'{"type":"snapshot","handle":%d,"payload":{"tick":%d,"base":%b,"ack":%b,"tables":{%b%b%b}}}' % (
            head.handle,
            head.tick,
            b"null" if head.base is None else b"%d" % head.base,
            b"null" if head.ack is None else b"%d" % head.ack,
            shared,
            b"," if shared and private else b"",
            private,
        )

    def quick_messages(self, shared: bytes) -> None:
        """Have no quicker way."""


def _table(name: str, change: TableDelta) -> bytes:
    parts: dict[str, Any] = {}
    if change.set:
        parts["set"] = change.set
    if change.gone:
        parts["gone"] = change.gone
    return b"%b:%b" % (_encode(name), _encode(parts))
