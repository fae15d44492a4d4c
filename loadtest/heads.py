"""A client's place in a room's stream of snapshots, without the room's tables."""

from __future__ import annotations

from gameserver.errors import SnapshotError
from gameserver.protocol.binary_reader import read_frame


class Heads:
    """Checks of a binary snapshot all that `Replica` does, but for its tables, which it leaves unread.

    Reading the tables is most of a client's work, and everyone in a room is sent the same bytes of them. Where many
    clients share one process, that work would be measured along as if the server were late.
    """

    def __init__(self) -> None:
        self.tick: int | None = None
        """The tick of the last snapshot; None before the first keyframe."""
        self.ack: int | None = None

    def apply_frame(self, frame: bytes) -> int:
        """Take a binary snapshot; gives the handle of the room that it is for.

        Raises:
            SnapshotError: it is damaged, or its base isn't the last snapshot.

        """
        head = read_frame(frame)
        if head.base is not None and head.base != self.tick:
            raise SnapshotError(f"a delta from tick {head.base} doesn't fit a client at tick {self.tick}")
        self.tick, self.ack = head.tick, head.ack
        return head.handle
