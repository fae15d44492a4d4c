"""The listening sockets: TLS, deadlines that begin before HTTP does, and small kernel buffers."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from pathlib import Path
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gameserver.errors import StartupError

RECEIVE_BUFFER_BYTES = 16_384
"""The kernel's receive buffer of a connection: several messages of the largest size. By itself it grows to megabytes,
which a peer who sends faster than he is read would fill."""


def tls_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """Load a certificate, with the chain below it, and its key (from the same file where none is named); PEM.

    Raises:
        StartupError: they can't be read, or don't belong together.

    """
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise StartupError(f"there is no file {path}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        # Without a password of ours, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StartupError(f"can't serve TLS with {certificate} and {key or 'the key in it'}: {reason}") from error
    return context


def requests_log() -> logging.Logger:
    """Give the logger for aiohttp's own errors, which are ours to look into, unless the request wasn't even HTTP."""
    log = logging.getLogger(__name__)
    if not log.filters:
        log.addFilter(_is_ours)
    return log


def _is_ours(record: logging.LogRecord) -> bool:
    # aiohttp logs a traceback for each malformed request: strangers could fill a disk.
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


class Listener(web.BaseSite):
    """Like `web.TCPSite`, with what that can't be told."""

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        handshake_s: float,
        unread_s: float,
    ) -> None:
        """Take the deadlines: for a TLS handshake, and for a peer to take what it asked for (Linux alone has that)."""
        super().__init__(runner, ssl_context=tls)
        self._host = host
        self._port = port
        self._handshake_s = handshake_s
        self._unread_s = unread_s

    @property
    def name(self) -> str:
        """The address to open."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'http' if self._ssl_context is None else 'https'}://{host}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        self._server = await asyncio.get_running_loop().create_server(
            cast("web.Server", self._runner.server),  # BaseSite has checked that there is one
            self._host,
            self._port,
            ssl=self._ssl_context,
            ssl_handshake_timeout=None if self._ssl_context is None else self._handshake_s,
            backlog=self._backlog,
            start_serving=False,
        )
        for listening in self._server.sockets:
            # Connections inherit it; but the window that a client is offered is settled as he connects.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                # aiohttp waits without end for whoever asks for a page and doesn't read it.
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * self._unread_s))
        await self._server.start_serving()
