"""The WebSocket endpoint: checks before the upgrade, the receive loop, cleanup that always runs."""

from __future__ import annotations

import asyncio
import logging
import sys

from aiohttp import WSMsgType, web

from gameserver.connections import ConnectionManager
from gameserver.errors import ProtocolError, SendFailed
from gameserver.handlers import Handlers
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings

log = logging.getLogger(__name__)

FORMATS: dict[str, SnapshotFormat] = {"binary": BinarySnapshots(), "json": JsonSnapshots()}
"""Snapshot formats by the name that `?snapshots=` asks for."""
DEFAULT_FORMAT = "binary"


class AiohttpWire:
    """A `Wire` over aiohttp's public API."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._ws = ws
        self._transport = transport

    def write(self, frame: bytes, *, text: bool) -> None:
        """Run aiohttp's send to its end at once: uncompressed and without a write limit, it has nothing to wait for.

        Raises:
            SendFailed: the peer is gone.

        """
        sending = self._ws.send_frame(frame, WSMsgType.TEXT if text else WSMsgType.BINARY)
        try:
            sending.send(None)
        except StopIteration:
            return
        except (ConnectionError, RuntimeError) as error:
            raise SendFailed(str(error) or type(error).__name__) from error
        sending.close()
        raise AssertionError("aiohttp's send_frame waits, which this server's settings should rule out")

    def unsent_bytes(self) -> int:
        """Tell how much the transport holds."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    async def close(self, code: int, reason: str) -> None:
        """Close without draining: a stuck peer must not hold the server."""
        await self._ws.close(code=code, message=reason.encode(), drain=False)


class WebSocketEndpoint:
    """`GET /ws`: one call per connection, and as long as it."""

    def __init__(self, handlers: Handlers, connections: ConnectionManager, settings: Settings) -> None:
        self._handlers = handlers
        self._connections = connections
        self._settings = settings
        self.admitting = True
        """Whether new connections are let in."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Check, upgrade, receive until the peer is gone, clean up."""
        address = request.remote or "?"
        format_name = request.query.get("snapshots", DEFAULT_FORMAT)
        if not self.admitting:
            return _refusal(503, "The server is shutting down.", {"Retry-After": "5"})
        if format_name not in FORMATS:
            return _refusal(400, f"No snapshot format {format_name[:32]!r}; there is {', '.join(FORMATS)}.")
        if self._connections.from_address(address) >= self._settings.max_connections_per_address:
            return _refusal(429, "Too many connections from this address.", {"Retry-After": "10"})
        ws = web.WebSocketResponse(
            compress=False,
            # aiohttp refuses a message that reaches the size it is given.
            max_msg_size=self._settings.max_message_bytes + 1,
            writer_limit=sys.maxsize,
        )
        if not ws.can_prepare(request):
            return _refusal(426, "This address speaks WebSocket only.", {"Upgrade": "websocket"})
        await ws.prepare(request)
        if request.transport is None:  # gone while it was upgraded
            return ws
        wire = AiohttpWire(ws, request.transport)
        connection = self._connections.connect(wire, address=address, snapshots=FORMATS[format_name])
        try:
            await self._receive(ws, connection.id)
        except Exception:  # our own bug: it ends this connection alone
            log.exception("connection %d ended by a bug in the server", connection.id)
            await ws.close(code=1011, message=b"internal error", drain=False)
        finally:
            self._handlers.lost(connection.id)
        return ws

    async def _receive(self, ws: web.WebSocketResponse, connection_id: int) -> None:
        """Take messages until the connection closes: the only way in, and as long as the connection lives."""
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                self._handlers.receive(connection_id, message.data)
            elif message.type is WSMsgType.BINARY:
                refusal = ProtocolError("no_binary", "Messages are JSON text; binary frames are not read.")
                self._handlers.refuse(connection_id, refusal)


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=why + "\n", headers=headers)
