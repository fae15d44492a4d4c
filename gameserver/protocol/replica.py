"""A client's copy of a room, kept up to date by snapshots in either format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from gameserver.errors import SnapshotError
from gameserver.protocol.binary import MAX_ID
from gameserver.protocol.binary_reader import read_frame, read_tables
from gameserver.protocol.layout import INTEGER_BOUNDS, layout_of
from gameserver.protocol.snapshot import TableDelta

Rows = dict[int, tuple[Any, ...]]
RowId = Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)]


class _Change(msgspec.Struct, forbid_unknown_fields=True):
    set: msgspec.Raw = msgspec.Raw(b"{}")
    gone: list[int] = []


class Snapshot(msgspec.Struct, frozen=True):
    """A JSON snapshot's payload as a client reads it."""

    tick: int
    base: int | None
    ack: int | None
    tables: dict[str, _Change]


def _rows_decoder(table: Mapping[str, Any]) -> msgspec.json.Decoder[Rows]:
    """Make a decoder of `{id: [values]}` that checks lengths, types and bounds."""
    fields: list[Any] = []
    for _, wire, *bounds in table["fields"]:
        if wire in INTEGER_BOUNDS and wire != "bool":
            least, most = (bounds[0]["min"], bounds[0]["max"]) if bounds else INTEGER_BOUNDS[wire]
            fields.append(Annotated[int, msgspec.Meta(ge=least, le=most)])
        else:
            fields.append({"bool": bool, "str": str, "bytes": bytes}.get(wire, float))
    return msgspec.json.Decoder(dict[RowId, tuple[tuple(fields)]])  # type: ignore[misc]


class Replica:
    """The tables of one room as of the last snapshot.

    A snapshot is applied whole or not at all. Rows and tables that it doesn't change stay the very same objects, and
    what `tables` held before is left as it was, so a client can keep earlier states at no cost.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Start empty; `schema` is that of `joined`."""
        self.tick: int | None = None
        """The tick of the last snapshot applied; None before the first keyframe."""
        self.ack: int | None = None
        self.margin: int | None = None
        """Inputs that waited when the tick had taken one (-1: none was there); None where the format doesn't tell."""
        self.busy_ms: float | None = None
        """How long the room's previous turn took on the server; None where the format doesn't tell."""
        self.tables: dict[str, Rows] = {name: {} for name in schema}
        """Values in the schema's order, by table and row id, in the order of ids."""
        self._decoders = {name: _rows_decoder(table) for name, table in schema.items()}
        self._public = {n: layout_of(t) for n, t in schema.items() if t["kind"] != "secret"}
        self._secret = {n: layout_of(t) for n, t in schema.items() if t["kind"] == "secret"}

    def apply_json(self, payload: bytes | msgspec.Raw) -> None:
        """Apply the payload of a JSON snapshot.

        Raises:
            SnapshotError: it isn't a snapshot, doesn't fit the schema, or its base isn't what is here.

        """
        try:
            snapshot = msgspec.json.decode(payload, type=Snapshot)
        except (ValueError, RecursionError) as error:
            raise SnapshotError(f"not a snapshot: {error}") from None
        unknown = snapshot.tables.keys() - self.tables.keys()
        if unknown:
            raise SnapshotError(f"tables that the schema lacks: {', '.join(sorted(unknown))}")
        have = self._base(snapshot.base)
        changes = {}
        for name, change in snapshot.tables.items():
            try:
                rows = self._decoders[name].decode(change.set)
            except (ValueError, RecursionError) as error:
                raise SnapshotError(f"rows of {name} that don't fit the schema: {error}") from None
            changes[name] = TableDelta(rows, change.gone)
        self._enter(have, changes)
        self.tick, self.ack, self.margin, self.busy_ms = snapshot.tick, snapshot.ack, None, None

    def apply_frame(self, frame: bytes) -> int:
        """Apply a binary snapshot; gives the handle of the room that it is for.

        Raises:
            SnapshotError: it isn't a whole, undamaged snapshot, or its base isn't what is here.

        """
        head = read_frame(frame)
        have = self._base(head.base)
        since = 0 if head.base is None else head.tick - head.base
        changes = read_tables(head.tables, self._public, have, tick=head.tick, since=since)
        if head.secrets:
            changes |= read_tables(head.secrets, self._secret, have, tick=head.tick, since=since)
        self._enter(have, changes)
        self.tick, self.ack, self.margin, self.busy_ms = head.tick, head.ack, head.margin, head.busy_ms
        return head.handle

    def _base(self, base: int | None) -> dict[str, Rows]:
        """Give the tables that a snapshot builds on."""
        if base is None:
            return {name: {} for name in self.tables}
        if base != self.tick:
            raise SnapshotError(f"a delta from tick {base} doesn't fit a client at tick {self.tick}")
        return self.tables

    def _enter(self, have: dict[str, Rows], changes: dict[str, TableDelta]) -> None:
        tables = dict(have)
        for name, change in changes.items():
            rows = {**have[name], **change.set}
            for row_id in change.gone:
                rows.pop(row_id, None)
            # Clients name rows by their place, so every client keeps them in the same order.
            tables[name] = dict(sorted(rows.items())) if list(rows) != sorted(rows) else rows
        self.tables = tables
