"""The WebSocket endpoint: checks before the upgrade, the receive loop, cleanup that always runs."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from typing import Any, NamedTuple

from aiohttp import WSMsgType, web

from gameserver.connection import Connection
from gameserver.connections import ConnectionManager
from gameserver.door import Door, Visitor
from gameserver.errors import PolicyViolation
from gameserver.handlers import Handlers
from gameserver.intake import Intake
from gameserver.limits import TokenBucket
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.snapshot import SnapshotFormat
from gameserver.settings import Settings
from gameserver.wires import Wires

log = logging.getLogger(__name__)

FORMATS: dict[str, SnapshotFormat] = {"binary": BinarySnapshots(), "json": JsonSnapshots()}
"""Snapshot formats by the name that `?snapshots=` asks for."""
DEFAULT_FORMAT = "binary"


_BUG = "connection %d ended by a bug in the server"
_FLOOD_PAUSE_S = 0.005
"""How long the messages of a connection that sends too much wait after each turn; TCP then holds back what follows."""
_FLOOD_PER_S = 4000
"""How many messages a second those who send too much get answered, all together."""
_FLOOD_WAIT_S = 0.1
"""How long they wait when those are used up."""
_UNFINISHED = 64
"""A peer may send as many times the largest message without finishing one: what came before is still being answered."""
_CLOSING = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)
_NOTSENT_SHARE = 4
"""A quarter of the send buffer may wait in the kernel unsent; the rest is for what is under way."""


class _Upgraded(NamedTuple):
    """A connection that was let in."""

    ws: web.WebSocketResponse
    connection: Connection
    intake: Intake
    transport: asyncio.Transport


class WebSocketEndpoint:
    """`GET /ws`: one call per connection, and as long as it."""

    def __init__(self, handlers: Handlers, connections: ConnectionManager, door: Door, settings: Settings) -> None:
        self._handlers = handlers
        self._connections = connections
        self._door = door
        self._settings = settings
        self._wires = Wires(settings.max_connections)
        # One bound method for all connections.
        self._take_message, self._expel_for_excess = self._take_at_once, self._expel
        self._flood = TokenBucket(_FLOOD_PER_S, _FLOOD_PER_S, time.monotonic())

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Check, upgrade, receive until the peer is gone, clean up."""
        visitor = await self._door.admit(request)
        try:
            # Not received in there: a coroutine that waits is memory, for as long as the connection lives.
            upgraded = await self._upgrade(request, visitor)
            if isinstance(upgraded, web.StreamResponse):
                return upgraded
            ws, connection, intake, transport = upgraded
            try:
                await self._receive(ws, connection, intake)
                if connection.goodbye is None:
                    await ws.close(drain=False)  # the peer's goodbye is answered
            finally:
                await self._clean_up(connection, transport)
            return ws
        finally:
            self._door.release(visitor)

    async def _upgrade(self, request: web.Request, visitor: Visitor) -> _Upgraded | web.StreamResponse:
        """Make a WebSocket of a request, or an answer why not."""
        # Looked into only where there is one: what a request has worked out, it keeps as long as the connection lives.
        format_name = request.query.get("snapshots", DEFAULT_FORMAT) if request.query_string else DEFAULT_FORMAT
        if format_name not in FORMATS:
            return _refusal(400, f"No snapshot format {format_name[:32]!r}; there is {', '.join(FORMATS)}.")
        ws = web.WebSocketResponse(
            compress=False,
            # Pings count as messages, and pongs prove that the peer reads: both are ours to see.
            autoping=False,
            autoclose=False,
            # aiohttp refuses a message that reaches the size it is given.
            max_msg_size=self._settings.max_message_bytes + 1,
            writer_limit=sys.maxsize,
        )
        if not _is_handshake(ws, request):
            return _refusal(426, "This address speaks WebSocket only.", {"Upgrade": "websocket"})
        try:
            await ws.prepare(request)
        except ConnectionError:
            return _refusal(400, "Gone while it was upgraded.")
        transport = request.transport
        if transport is None:  # gone while it was upgraded
            return ws
        self._tune(transport)
        wire = self._wires.over(transport)
        intake = Intake(request.protocol, transport, _UNFINISHED * self._settings.max_message_bytes)
        intake.on_lost = wire.release
        transport.set_protocol(intake)
        connection = self._connections.connect(
            wire,
            address=visitor.address,
            snapshots=FORMATS[format_name],
            identity=visitor.identity,
        )
        intake.use(connection, self._take_message)
        intake.on_excess = self._expel_for_excess
        return _Upgraded(ws, connection, intake, transport)

    async def _clean_up(self, connection: Connection, transport: asyncio.Transport) -> None:
        self._handlers.lost(connection.id)
        if connection.goodbye is not None:
            await asyncio.wait([connection.goodbye])
        if transport.get_write_buffer_size():
            # Closing waits for what is unsent, and a peer that doesn't read would be waited for without end.
            asyncio.get_running_loop().call_later(self._settings.close_s, transport.abort)

    async def _receive(self, ws: web.WebSocketResponse, connection: Connection, intake: Intake) -> None:
        """Take messages until the connection closes, all but those that could be taken as they came."""
        taken, per_turn = 0, self._settings.messages_per_turn
        while (message := await ws.receive()).type not in _CLOSING:
            intake.came_out(message.data)
            if not connection.closed:  # else it has been told goodbye, and only its answer counts
                self._take(connection, message.type, message.data)
            taken += 1
            if taken >= per_turn:
                # aiohttp's receive() doesn't let others have their turn as long as there is something to give.
                taken = 0
                if not connection.closed and self._handlers.floods(connection.id):
                    await self._hold_back()
                else:
                    await asyncio.sleep(0)

    async def _hold_back(self) -> None:
        await asyncio.sleep(_FLOOD_PAUSE_S)
        turn = min(self._settings.messages_per_turn, _FLOOD_PER_S)
        while not self._flood.take(time.monotonic(), turn):  # noqa: ASYNC110  # time fills it
            await asyncio.sleep(_FLOOD_WAIT_S)

    def _take_at_once(self, connection: Connection, text: str) -> bool:
        """Take a message without the receive loop, unless that has to hold the connection back."""
        playing, handlers = connection.playing, self._handlers
        try:
            if playing is not None and handlers.play(playing, text):
                return True
            if connection.conduct.flooded:
                return False
            if not connection.closed:
                handlers.receive(connection.id, text)
        except PolicyViolation as violation:
            self._connections.expel(connection, violation)
        except Exception:  # our own bug: it ends this connection alone
            log.exception(_BUG, connection.id)
            self._connections.close(connection, 1011, "internal error")
        return True

    def _expel(self, connection: Connection) -> None:
        self._connections.expel(connection, PolicyViolation("data without end"))

    def _take(self, connection: Connection, kind: WSMsgType, data: Any) -> None:
        """Hand what the receive loop got to its handler."""
        try:
            if kind is WSMsgType.TEXT:
                self._handlers.receive(connection.id, data)
            elif kind is WSMsgType.BINARY:
                self._handlers.receive_binary(connection.id)
            elif kind is WSMsgType.PING:
                self._handlers.pinged(connection.id, data)
            elif kind is WSMsgType.PONG:
                self._handlers.ponged(connection.id, data)
        except PolicyViolation as violation:
            self._connections.expel(connection, violation)
        except Exception:  # as above
            log.exception(_BUG, connection.id)
            self._connections.close(connection, 1011, "internal error")

    def _tune(self, transport: asyncio.Transport) -> None:
        """Keep the kernel from hiding that a peer doesn't read, or isn't there any more.

        By default it takes megabytes for a peer that reads nothing (tcp(7): SO_SNDBUF, TCP_NOTSENT_LOWAT), and waits
        for a quarter of an hour for one that was unplugged (TCP_USER_TIMEOUT).
        """
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is None:
            return
        settings = self._settings
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, settings.send_buffer_bytes)
        for option, value in (
            ("TCP_NOTSENT_LOWAT", settings.send_buffer_bytes // _NOTSENT_SHARE),
            ("TCP_USER_TIMEOUT", int(2000 * settings.max_behind_s)),
        ):
            if hasattr(socket, option):  # Linux has both, macOS the first
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _is_handshake(ws: web.WebSocketResponse, request: web.Request) -> bool:
    try:
        return bool(ws.can_prepare(request))
    except ValueError:  # bytes in a header that aiohttp can't encode
        return False


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=why + "\n", headers=headers)
