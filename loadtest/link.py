"""A WebSocket connection of a simulated client, read in a greenlet of its own; and the ways in which it can end."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable

import gevent
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""`struct linger`: closing then sends RST, and nothing that was still unsent."""


class Link:
    """Opened, listened to, and ended in one of three ways: `close`, `cut`, `abandon`."""

    def __init__(self, url: str, *, patience_s: float) -> None:
        self._url = url
        self._patience_s = patience_s
        # UTF-8 is checked by the JSON decoder; doing it here, in Python, too would only make the generator late.
        self._ws = WebSocket(skip_utf8_validation=True)
        self._reader: gevent.Greenlet | None = None
        self._over = False

    def open(self) -> None:
        """Connect.

        Raises:
            WebSocketException | OSError: it can't be, or not in time.

        """
        self._ws.settimeout(self._patience_s)
        try:
            self._ws.connect(self._url, http_no_proxy=["*"], suppress_origin=True)
        except (WebSocketException, OSError):
            self._ws.shutdown()
            raise

    def listen(self, take: Callable[[bytes, bool], None], ended: Callable[[str], None]) -> None:
        """Give each frame to `take` (and whether it is binary), and in the end say why, unless this side ended it."""
        self._reader = gevent.spawn(self._read, take, ended)

    def send(self, text: str) -> None:
        """Send a text frame.

        Raises:
            WebSocketException | OSError: the connection is broken.

        """
        self._ws.send(text)

    def close(self, patience_s: float) -> None:
        """Say goodbye, and wait for the answer."""
        with contextlib.suppress(WebSocketException, OSError):
            self._ws.send_close()
        if self._reader is not None:
            self._reader.join(patience_s)
        self._end()

    def cut(self) -> None:
        """End it at once, without a goodbye of WebSocket or of TCP."""
        if self._ws.sock is not None:
            with contextlib.suppress(OSError):
                self._ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._end()

    def abandon(self) -> None:
        """End it, from within its reader or not; what was received and not yet read is lost."""
        self._over = True
        self._ws.shutdown()

    def _end(self) -> None:
        self._over = True
        if self._reader is not None:
            self._reader.kill()
        self._ws.shutdown()

    def _read(self, take: Callable[[bytes, bool], None], ended: Callable[[str], None]) -> None:
        why = self._read_on(take)
        if not self._over:
            ended(why)

    def _read_on(self, take: Callable[[bytes, bool], None]) -> str:
        """Take frames until the connection ends, in whatever way; gives the reason."""
        try:
            while not self._over:
                opcode, frame = self._ws.recv_data_frame()
                if opcode == ABNF.OPCODE_CLOSE:
                    return _close_reason(frame.data)
                take(frame.data, opcode == ABNF.OPCODE_BINARY)
        except WebSocketTimeoutException:
            return f"the server said nothing for {self._patience_s:g} s"
        except (WebSocketException, OSError) as error:
            return f"the connection broke: {str(error) or type(error).__name__}"
        return "ended by this side"


def _close_reason(data: bytes) -> str:
    """Put a close frame into words: its code, and its reason where it gives one."""
    if len(data) < 2:
        return "closed by the server without a code"
    reason = data[2:].decode(errors="replace")
    return f"closed by the server with {int.from_bytes(data[:2])}" + (f" ({reason})" if reason else "")
