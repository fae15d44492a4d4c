"""A WebSocket client with nothing around it, for measuring and for abuse: an asyncio protocol, and frames as bytes.

A frame is handed on in the very call in which its last byte came, so times taken there hold nothing of a library's own
queues; and what is sent is whatever bytes the caller made, right or wrong.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE_S = 20.0
"""How long a server that is busy may take to answer a handshake."""

Received = Callable[[int, bytes], None]
"""Takes opcode and payload of a frame."""


class HandshakeFailed(Exception):
    """The server didn't upgrade; the text is the beginning of what it said."""


class Lean(asyncio.Protocol):
    """One connection; `received` is called with each frame, `lost` once, when it is gone."""

    def __init__(self, received: Received, lost: Callable[[], None] = lambda: None) -> None:
        self.close_code: int | None = None
        """What the server's close frame said; None before it, or where none came."""
        self.open = False
        """Whether frames can be sent and received."""
        self.closed = asyncio.Event()
        self._received = received
        self._lost = lost
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """The server's answer to the handshake."""
        self._transport: Any = None
        self._buffer = bytearray()

    @classmethod
    async def connect(
        cls,
        url: str,
        received: Received,
        lost: Callable[[], None] = lambda: None,
        *,
        query: str = "",
        receive_buffer_bytes: int | None = None,
    ) -> Lean:
        """Connect to a server's `/ws`.

        Args:
            url: the server's, such as `http://127.0.0.1:8080`.
            received: called with every frame.
            lost: called when the connection is gone.
            query: of the handshake, such as `snapshots=json`.
            receive_buffer_bytes: the socket's SO_RCVBUF; None leaves it to the kernel.

        Raises:
            HandshakeFailed: the server answered otherwise.
            OSError: nothing answers.

        """
        parts = urlsplit(url)
        sock = socket.socket()
        sock.setblocking(False)
        try:
            if receive_buffer_bytes is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, (parts.hostname, parts.port))
            _, lean = await loop.create_connection(lambda: cls(received, lost), sock=sock)
        except BaseException:
            sock.close()
            raise
        lean.write(handshake(parts.netloc, query))
        try:
            await asyncio.wait_for(lean.upgraded, PATIENCE_S)
        except BaseException:
            lean.abort()
            raise
        return lean

    @property
    def local_port(self) -> int:
        """The port of this side, by which the server's socket can be found."""
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    def write(self, data: bytes) -> None:
        """Send bytes as they are; nothing when the connection is gone."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def send(self, kind: str, payload: Any = None, *, seq: int | None = None, handle: int | None = None) -> None:
        """Send a message."""
        message = {"type": kind, "payload": payload, "seq": seq, "handle": handle}
        self.write(frame(TEXT, msgspec.json.encode({name: v for name, v in message.items() if v is not None})))

    def stop_reading(self) -> None:
        """Leave everything in the kernel from now on, until its buffers are full and the window is shut."""
        self._transport.pause_reading()

    def finish(self) -> None:
        """Say that nothing more will be sent."""
        if not self._transport.is_closing():
            self._transport.write_eof()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.open = False
        self.closed.set()
        if not self.upgraded.done():
            self.upgraded.set_exception(HandshakeFailed("the connection ended before the upgrade"))
            self.upgraded.exception()  # nobody may be waiting
        self._lost()

    def data_received(self, data: bytes) -> None:
        """Hand on every frame that is complete."""
        buffer = self._buffer
        buffer += data
        if not self.open and not self._upgrade():
            return
        at, size = 0, len(buffer)
        while size - at >= 2:
            opcode, length, head = buffer[at] & 15, buffer[at + 1], 2
            if length == 126:
                length, head = int.from_bytes(buffer[at + 2 : at + 4]), 4
            elif length == 127:
                length, head = int.from_bytes(buffer[at + 2 : at + 10]), 10
            end = at + head + length
            if end > size or head > size - at:
                break
            payload = bytes(buffer[at + head : end])
            at = end
            if opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2]) if len(payload) >= 2 else 1005
            elif opcode == PING:
                self.write(frame(PONG, payload))
            self._received(opcode, payload)
        if at:
            del buffer[:at]

    def _upgrade(self) -> bool:
        """Take the server's answer to the handshake; tells whether frames may follow."""
        head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 101 "):
            if not self.upgraded.done():
                self.upgraded.set_exception(HandshakeFailed(head.partition(b"\r\n")[0].decode(errors="replace")))
            self.abort()
            return False
        self.open = True
        self._buffer[:] = rest
        if not self.upgraded.done():
            self.upgraded.set_result(None)
        return True


def handshake(host: str, query: str = "") -> bytes:
    """Make the request for an upgrade. (The key may be anything of 16 bytes; nobody here checks its echo.)"""
    target = f"/ws?{query}" if query else "/ws"
    return (
        f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def frame(opcode: int, payload: bytes, *, first: int = 0x80, masked: bool = True) -> bytes:
    """Make a frame; `first` is the fin bit and the reserved ones. The mask is zeros, which change nothing."""
    size, bit = len(payload), 0x80 if masked else 0
    if size < 126:
        head = bytes((first | opcode, bit | size))
    elif size < 65_536:
        head = struct.pack(">BBH", first | opcode, bit | 126, size)
    else:
        head = struct.pack(">BBQ", first | opcode, bit | 127, size)
    return head + (b"\0\0\0\0" if masked else b"") + payload
