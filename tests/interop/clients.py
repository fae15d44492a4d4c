"""WebSocket clients that others wrote, each behind the same few calls."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path
from typing import Self

import msgspec
from playwright.async_api import JSHandle, Page
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.test_docs import node

HERE = Path(__file__).parent


class Event(msgspec.Struct, tag=str.lower):
    """What a client sees happen; `report.mjs` writes the same as JSON."""


class Opened(Event):
    """The handshake is done."""

    extensions: str
    """What the server agreed to of that which the client offered."""
    protocol: str


class Text(Event):
    """A text frame."""

    data: str


class Binary(Event):
    """A binary frame."""

    data: bytes


class Pong(Event):
    """The answer to a ping of the WebSocket protocol."""

    data: bytes


class Closed(Event):
    """The connection is over."""

    code: int
    reason: str
    """As the server's close frame gave it."""
    clean: bool
    """Whether both sides said goodbye."""


_decode = msgspec.json.Decoder(Opened | Text | Binary | Pong | Closed).decode


class Client(ABC):
    """One connection."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        """What happened, oldest first."""

    def heard(self, line: str) -> None:
        """Take a line of `report.mjs`."""
        self.events.put_nowait(_decode(line))

    @abstractmethod
    async def send(self, text: str) -> None:
        """Send a text frame."""

    async def ping(self, data: str) -> bool:
        """Send a ping of the WebSocket protocol; False where the library can't be told to."""
        return False

    @abstractmethod
    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""

    @abstractmethod
    async def free(self) -> None:
        """Give back what is held, closed or not."""


class Websockets(Client):
    """Python's `websockets`."""

    def __init__(self, ws: ClientConnection) -> None:
        super().__init__()
        self._ws = ws
        extensions = ", ".join(extension.name for extension in ws.protocol.extensions)
        self.events.put_nowait(Opened(extensions, ws.subprotocol or ""))
        self._receiving = asyncio.create_task(self._receive())

    @classmethod
    async def connect(cls, url: str, *, deflate: bool) -> Self:
        """Connect."""
        return cls(await connect(url, compression="deflate" if deflate else None, proxy=None))

    async def _receive(self) -> None:
        try:
            while True:
                data = await self._ws.recv()
                self.events.put_nowait(Text(data) if isinstance(data, str) else Binary(data))
        except ConnectionClosed as end:
            code, reason = (end.rcvd.code, end.rcvd.reason) if end.rcvd is not None else (1006, "")
            self.events.put_nowait(Closed(code, reason, clean=end.rcvd is not None and end.sent is not None))

    async def send(self, text: str) -> None:
        """Send a text frame."""
        await self._ws.send(text)

    async def ping(self, data: str) -> bool:
        """Send a ping; the library itself tells its pong from others."""
        await (await self._ws.ping(data))
        self.events.put_nowait(Pong(data.encode()))
        return True

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        await self._ws.close(code, reason)

    async def free(self) -> None:
        """Let go."""
        await self._ws.close()
        await self._receiving


class Node(Client):
    """Node.js, in a process of its own: the library `ws`, or the WebSocket that is built in."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        assert process.stdin is not None
        self._process, self._orders = process, process.stdin
        self._receiving = asyncio.create_task(self._receive())

    @classmethod
    async def connect(cls, library: str, url: str, *, deflate: bool) -> Self:
        """Start the process, which connects."""
        command = [node(), str(HERE / "node_client.mjs"), library, url, "deflate" if deflate else "plain"]
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))

    async def _receive(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.heard(line.decode())

    async def _order(self, **order: object) -> None:
        self._orders.write(json.dumps(order).encode() + b"\n")
        await self._orders.drain()

    async def send(self, text: str) -> None:
        """Send a text frame."""
        await self._order(send=text)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        await self._order(close=[code, reason])

    async def free(self) -> None:
        """End the process."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._receiving
        self._orders.close()


class NodeWs(Node):
    """Node's `ws`, which can ping."""

    async def ping(self, data: str) -> bool:
        """Send a ping."""
        await self._order(ping=data)
        return True


class Browser(Client):
    """A browser's own WebSocket, in a page that has nothing else."""

    _ids = count(1)

    def __init__(self) -> None:
        super().__init__()
        self._socket: JSHandle | None = None

    @staticmethod
    async def prepare(page: Page, url: str) -> None:
        """Go to a blank page of the server whose WebSocket this is the address of."""
        script = HERE / "report.mjs"
        await page.route(f"**/{script.name}", lambda route: route.fulfill(path=script, content_type="text/javascript"))
        await page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        await page.goto(f"{url.replace('ws', 'http', 1).partition('/ws')[0]}/healthz")

    @classmethod
    async def connect(cls, page: Page, url: str) -> Self:
        """Connect from a page that was prepared."""
        client, name = cls(), f"heard{next(cls._ids)}"
        await page.expose_function(name, client.heard)
        client._socket = await page.evaluate_handle(
            """async ([url, heard]) => {
                const { report } = await import("/report.mjs");
                const socket = new WebSocket(url);
                report(socket, window[heard]);
                return socket;
            }""",
            [url, name],
        )
        return client

    async def send(self, text: str) -> None:
        """Send a text frame."""
        assert self._socket is not None
        await self._socket.evaluate("(socket, text) => socket.send(text)", text)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        assert self._socket is not None
        await self._socket.evaluate("(socket, [code, reason]) => socket.close(code, reason)", [code, reason])

    async def free(self) -> None:
        """Leave it to the browser, which ends with the test."""
