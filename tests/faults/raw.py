"""A WebSocket client made by hand: it can do everything that a library would never do."""

from __future__ import annotations

import asyncio
import ctypes
import json
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

PATIENCE_S = 20.0
"""How long what must come is waited for; long enough to never be luck, however busy the machine."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
"""Opcodes (RFC 6455, section 5.2)."""

WS_PATH = "/ws?snapshots=json"
_RECEIVE_BYTES = 65_536
_SO_ATTACH_FILTER = 26
"""Linux, asm-generic/socket.h; Python's socket module doesn't have it."""


class Gone(Exception):
    """The server has cut the connection."""


class Frame(NamedTuple):
    """What the server sent: its frames are never fragments."""

    opcode: int
    payload: bytes


def frame(opcode: int, payload: bytes | str = b"", *, fin: bool = True, length: int | None = None) -> bytes:
    """Make a client's frame; the mask of zeros leaves the bytes as they are.

    Args:
        opcode: the kind of frame.
        payload: what it carries.
        fin: whether the message ends with it.
        length: what the header says, where that isn't the truth.

    """
    data = payload.encode() if isinstance(payload, str) else payload
    said = len(data) if length is None else length
    if said < 126:
        size = bytes([0x80 | said])
    elif said < 65_536:
        size = struct.pack("!BH", 0x80 | 126, said)
    else:
        size = struct.pack("!BQ", 0x80 | 127, said)
    return bytes([(0x80 if fin else 0) | opcode]) + size + b"\0\0\0\0" + data


def message(kind: str, payload: Any = None, *, handle: int | None = None) -> str:
    """Make a message of the protocol."""
    fields = {"type": kind, "payload": payload, "handle": handle}
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def handshake(headers: Mapping[str, str] | None = None, *, path: str = WS_PATH) -> bytes:
    """Make the request for an upgrade."""
    fields = {
        "Host": "game.example:8080",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **(headers or {}),
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class RawPeer:
    """One TCP connection to the server. It reads when it is told to, and answers nothing by itself."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._read = bytearray()
        """What was read and not yet looked at."""

    @classmethod
    async def dial(cls, url: str, *, receive_buffer_bytes: int | None = None) -> Self:
        """Connect; a small receive buffer lets the server soon notice that nobody reads."""
        sock = socket.socket()
        if receive_buffer_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        sock.setblocking(False)
        host, port = url.removeprefix("http://").split(":")
        peer = cls(sock)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        except BaseException:
            sock.close()
            raise
        return peer

    async def __aenter__(self) -> Self:
        """Use as a context: closed at the end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    # Ways to go.

    def close(self) -> None:
        """Close the socket, without a word of the WebSocket protocol."""
        self.sock.close()

    def reset(self) -> None:
        """Cut the connection: the server gets an RST, not a FIN (socket(7), SO_LINGER)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def vanish(self) -> None:
        """Be unplugged: from now on the kernel drops every packet that comes for this socket, and acknowledges none.

        A classic BPF program of one instruction, `ret #0`, does it (Linux, Documentation/networking/filter.rst). It
        needs no privilege, and the server gets neither FIN nor RST for as long as the socket is open.
        """
        program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))

    # Sending.

    async def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            Gone: nobody is there any more.

        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.get_running_loop().sock_sendall(self.sock, data)
        except ConnectionError as error:
            raise Gone from error

    async def say(self, kind: str, payload: Any = None, *, handle: int | None = None) -> None:
        """Send a message of the protocol."""
        await self.send(frame(TEXT, message(kind, payload, handle=handle)))

    # Reading.

    async def upgrade(self, headers: Mapping[str, str] | None = None, *, path: str = WS_PATH) -> int:
        """Ask for the upgrade; gives the HTTP status."""
        await self.send(handshake(headers, path=path))
        return await self.status()

    async def status(self) -> int:
        """Read the head of an HTTP answer; gives its status.

        Raises:
            Gone: the connection was cut before it came.

        """
        while (end := self._read.find(b"\r\n\r\n")) < 0:
            await self._receive()
        head = bytes(self._read[:end])
        del self._read[: end + 4]
        return int(head.split(b" ", 2)[1])

    async def frame(self) -> Frame:
        """Give the next frame.

        Raises:
            Gone: the connection was cut before it came.

        """
        opcode, length = await self._take(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._take(8))
        return Frame(opcode & 0x0F, await self._take(length))

    async def expect(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read on to the next message of a type whose payload has these fields; gives its payload.

        An `error` that isn't expected fails.
        """
        while True:
            opcode, data = await self.frame()
            assert opcode != CLOSE, f"closed while waiting for {kind}: {data!r}"
            if opcode == TEXT:
                came = json.loads(data)
                payload: dict[str, Any] = came.get("payload", {})
                if came["type"] == kind and all(payload.get(name) == value for name, value in fields.items()):
                    return payload
                assert came["type"] != "error", came

    async def close_code(self, *, answer: bool = True) -> int | None:
        """Read on to the server's close frame, and answer it; gives its code.

        None when the connection was cut without one. Whoever is sending at the same time can't answer: the frame would
        come in the middle of another.
        """
        try:
            while (got := await self.frame()).opcode != CLOSE:
                pass
        except Gone:
            return None
        if answer:
            with suppress(Gone):  # the server has said its last word, and need not wait for ours
                await self.send(frame(CLOSE, got.payload[:2]))
        return int.from_bytes(got.payload[:2], "big")

    async def ended(self) -> None:
        """Read on until the server has cut the connection."""
        try:
            while True:
                await self._receive()
        except Gone:
            return

    async def read_some(self, most: int) -> int:
        """Read up to so many bytes and forget them; gives how many there were.

        Raises:
            Gone: the connection was cut.

        """
        self._read.clear()
        await self._receive(most)
        return len(self._read)

    async def _take(self, count: int) -> bytes:
        while len(self._read) < count:
            await self._receive()
        taken = bytes(self._read[:count])
        del self._read[:count]
        return taken

    async def _receive(self, most: int = _RECEIVE_BYTES) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                data = await asyncio.get_running_loop().sock_recv(self.sock, most)
        except ConnectionError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._read += data


async def flood(peer: RawPeer, data: bytes) -> None:
    """Send until the connection is cut."""
    with suppress(Gone):
        while True:
            await peer.send(data)
            await asyncio.sleep(0)
