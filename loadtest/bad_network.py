"""A TCP proxy that makes a bad network of a good one: latency, jitter, stalls. For load tests and tests."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from random import Random
from typing import Self

import msgspec

CHUNK_BYTES = 65_536


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to every byte, in each direction. TCP keeps the order, so what is late holds up what follows."""

    latency_s: float = 0.0
    """One way, on average."""
    jitter_s: float = 0.0
    """The width of the range over which the latency of a chunk varies."""
    stall_s: float = 0.0
    """How long nothing passes, both ways at once ..."""
    stall_every_s: float = 5.0
    """... and how often."""

    def stalled_until(self, since_start_s: float) -> float:
        """Give when what would arrive now may: now, or when the stall is over."""
        if not self.stall_s:
            return since_start_s
        into = since_start_s % self.stall_every_s
        # A stall ends each period, so that the first comes when players have settled.
        left_s = self.stall_every_s - into
        return since_start_s + left_s if left_s <= self.stall_s else since_start_s

    def stalls(self, seconds: float) -> list[tuple[float, float]]:
        """Give begin and end of the stalls in so many seconds from the start."""
        if not self.stall_s:
            return []
        ends = [(n + 1) * self.stall_every_s for n in range(int(seconds / self.stall_every_s) + 1)]
        return [(end - self.stall_s, end) for end in ends]


class BadNetwork:
    """Listens on a port of its own and passes everything on to another, badly.

    Use it as an asynchronous context manager; times are on `time.monotonic()`.
    """

    def __init__(self, target_port: int, conditions: Conditions, *, seed: int = 1) -> None:
        self._target_port = target_port
        self._conditions = conditions
        self._random = Random(seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.began_s = 0.0
        """When stalls began to be counted."""
        self.port = 0

    async def __aenter__(self) -> Self:
        """Start to listen, on the loopback interface."""
        self.began_s = time.monotonic()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # A cancelled handler would be reported by asyncio's own callback.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pass_on(reader, far_writer))
                    group.create_task(self._pass_on(far_reader, writer))
            except* (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                far_writer.close()
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        arrived = asyncio.Event()

        async def deliver() -> None:
            while True:
                while not waiting:
                    arrived.clear()
                    await arrived.wait()
                due_s, data = waiting.popleft()
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                if not data:
                    writer.close()
                    return
                writer.write(data)

        conditions, last_s = self._conditions, 0.0
        async with asyncio.TaskGroup() as group:
            group.create_task(deliver())
            while True:
                data = await reader.read(CHUNK_BYTES)
                jitter_s = (self._random.random() - 0.5) * conditions.jitter_s
                due_s = time.monotonic() - self.began_s + max(0.0, conditions.latency_s + jitter_s)
                last_s = max(last_s, conditions.stalled_until(due_s))
                waiting.append((self.began_s + last_s, data))
                arrived.set()
                if not data:
                    return
