"""The seam to the formats of snapshots: frames in, raw tables out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from gameserver.protocol.binary_reader import read_frame
from gameserver.protocol.replica import Replica
from gameserver_client.errors import ClientError
from gameserver_client.states import RawTables

Format: TypeAlias = Literal["binary", "json"]
"""How the server writes snapshots; `json` is for debugging, and says neither margin nor step time."""


class Applied(NamedTuple):
    """What one snapshot says."""

    tick: int
    ack: int | None
    """The highest `seq` that the server consumed."""
    margin: int | None
    """How many inputs still waited after the step took one; -1: none was there; None: the format doesn't say."""
    step_ms: float | None
    """How long the room's turn took on the server; None: the format doesn't say."""
    bytes: int
    """The size of what came."""
    tables: RawTables


class SnapshotReader:
    """Applies a room's snapshots, one after the other."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Begin with nothing.

        Raises:
            ClientError: the schema has something that this version can't read.

        """
        try:
            self._replica = Replica(schema)
        except Exception as error:  # whatever a server of another version may say
            raise ClientError(f"The room's tables can't be read: {error}.") from error

    def read(self, snapshot: bytes | msgspec.Raw) -> Applied:
        """Apply a snapshot: a binary frame, or the payload of a text one.

        Raises:
            ClientError: it doesn't fit what came before.

        """
        replica = self._replica
        try:
            if isinstance(snapshot, msgspec.Raw):
                replica.apply_json(snapshot)
            else:
                replica.apply_frame(snapshot)
        # Whatever is wrong with it: what is here is no longer what the server thinks is here.
        except Exception as error:
            raise ClientError(f"A snapshot can't be applied: {error}.") from error
        size = memoryview(snapshot).nbytes
        return Applied(replica.tick or 0, replica.ack, replica.margin, replica.busy_ms, size, replica.tables)


def handle_of(frame: bytes) -> int:
    """Give the handle of the room that a binary snapshot is for.

    Raises:
        ClientError: it is no snapshot.

    """
    try:
        return read_frame(frame).handle
    except Exception as error:  # as above
        raise ClientError(f"The server sent something that is no snapshot: {error}.") from error
