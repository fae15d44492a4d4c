"""Events as an async iterator."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Self

from gameserver.protocol.messages import EventMessage

log = logging.getLogger(__name__)

MAX_WAITING = 10_000


class EventStream:
    """What happens from now on, until the room is left. Ten thousand may wait to be read; then the oldest goes, and
    the log says so once.
    """

    def __init__(self) -> None:
        self._waiting: deque[EventMessage] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self._warned = False

    def put(self, event: EventMessage) -> None:
        """Add an event."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            if not self._warned:
                self._warned = True
                log.warning("nobody reads a room's events(): the oldest of %d that wait are lost", MAX_WAITING)
        self._waiting.append(event)
        self._news.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._news.set()

    def __aiter__(self) -> Self:
        """Iterate over itself."""
        return self

    async def __anext__(self) -> EventMessage:
        """Wait for the next event."""
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()
