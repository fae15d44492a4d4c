"""Requests to enter rooms, of which one at a time is under way: `joined` doesn't say which of them it answers.

An `error` does, for it may as well be about something else: by the request's `seq`, or by the handle of the new room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from gameserver.protocol.messages import Joined
from gameserver_client.errors import ClientError


class EntryMessage(msgspec.Struct, frozen=True):
    """What to say to get into a room."""

    type: Literal["join", "spectate", "resume"]
    payload: dict[str, Any]


class Entry(msgspec.Struct, frozen=True):
    """A request, and what to do with its answer."""

    message: EntryMessage
    again: bool
    """Whether it leads back into a room after a lost connection."""
    done: Callable[[Joined], None]
    failed: Callable[[ClientError], None]


class Asked(msgspec.Struct, frozen=True):
    """A request that is under way."""

    entry: Entry
    seq: int
    """The number that an `error` in answer to it has."""


class EntryQueue:
    """Requests in order."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._in_flight: Asked | None = None
        """Sent and not answered yet."""

    @property
    def in_flight(self) -> bool:
        """Whether an answer is awaited."""
        return self._in_flight is not None

    def waits_for(self, seq: int | None) -> bool:
        """Whether an error with this `seq` answers the request under way."""
        return self._in_flight is not None and self._in_flight.seq == seq

    def push(self, entry: Entry) -> None:
        """Put a request at the end."""
        self._waiting.append(entry)

    def put_first(self, entries: Iterable[Entry]) -> None:
        """Put requests before all others, in their order."""
        self._waiting.extendleft(reversed(list(entries)))

    def next(self, next_seq: Callable[[], int]) -> Asked | None:
        """Give the request to send now, if any; it takes its `seq` from `next_seq`."""
        if self._in_flight is not None or not self._waiting:
            return None
        self._in_flight = Asked(self._waiting.popleft(), next_seq())
        return self._in_flight

    def answered(self) -> Entry | None:
        """Give the request that was just answered."""
        asked, self._in_flight = self._in_flight, None
        return None if asked is None else asked.entry

    def lost(self) -> None:
        """The connection is down: what was not answered is asked again, except ways back, which are made anew."""
        self._waiting.extend(entry for entry in self.clear() if not entry.again)

    def clear(self) -> list[Entry]:
        """Give all that were in it."""
        entries = [*([] if self._in_flight is None else [self._in_flight.entry]), *self._waiting]
        self._in_flight = None
        self._waiting.clear()
        return entries
