"""A cable between a client and a server, that a test can cut or unplug."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

CHUNK = 65_536


class Cable:
    """Passes bytes on, both ways, for any number of connections."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._plugged: dict[asyncio.StreamWriter, asyncio.Event] = {}
        self.torn = False
        """Whether nobody gets through for now."""
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    @classmethod
    async def to(cls, url: str) -> Self:
        """Lay one to a server."""
        port = int(url.rpartition(":")[2])
        laid: list[Self] = []

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await laid[0]._connect(reader, writer, port)

        laid.append(cls(await asyncio.start_server(connected, "127.0.0.1", 0)))
        return laid[0]

    def cut(self) -> None:
        """Reset every connection, at both ends."""
        for writer in self._ends:
            writer.transport.abort()

    def unplug(self) -> None:
        """Pass on nothing more of the connections there are; neither end is told."""
        for plugged in self._plugged.values():
            plugged.clear()

    async def close(self) -> None:
        """Take it away."""
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        if self.torn:
            writer.transport.abort()
            return
        plugged = asyncio.Event()
        plugged.set()
        self._plugged[writer] = plugged
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        self._ends |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pass_on(source, sink, plugged))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, plugged: asyncio.Event) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await plugged.wait()
                sink.write(data)
                await sink.drain()
        sink.close()
