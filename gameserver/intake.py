"""What comes in on an upgraded connection, before aiohttp reads it: a bound on what never ends, and a short way.

Nearly all that clients send is one small text frame per packet. Through aiohttp it takes a parser, a queue, a future, a
turn of the loop, and a task that resumes seven coroutines; read here, it is handled in the very call in which it came.
Everything else goes to aiohttp, and reaches the receive loop: what is split, long, binary or broken, control frames,
several frames at once, and whatever a connection sends that sends too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

Whose = TypeVar("Whose")

_TEXT = 0x81
"""The first byte of a text message in one frame, without extensions (RFC 6455, 5.2)."""
_FINAL = _MASKED = 0x80
_LONGEST = 125
"""Longer frames have longer heads; clients of games send few."""
_HEAD = 6
"""Two bytes, and the mask."""
_number = int.from_bytes
# By the size of a payload: what repeats a mask of four bytes as a number, and what cuts it to size.
_REPEATS = [sum(1 << 32 * word for word in range((size + 3) // 4)) for size in range(_LONGEST + 1)]
_CUTS = [(1 << 8 * size) - 1 for size in range(_LONGEST + 1)]


def plain_text(data: bytes) -> str | None:
    """Give the text, where the data is exactly one short, whole, masked text frame of UTF-8; else None."""
    size = len(data) - _HEAD
    if not 0 < size <= _LONGEST or data[0] != _TEXT or data[1] != _MASKED | size:
        return None
    # The exclusive or of two large numbers is the one way to mask in Python that doesn't go byte by byte.
    mask = _number(data[2:_HEAD], "little") * _REPEATS[size] & _CUTS[size]
    try:
        return (_number(data[_HEAD:], "little") ^ mask).to_bytes(size, "little").decode()
    except UnicodeDecodeError:
        return None


def whole_frames(data: bytes) -> int | None:
    """Count the frames, where the data is nothing but whole frames, none of which is part of a longer message."""
    at, count = 0, 0
    while at < len(data):
        head = data[at : at + 10]
        if len(head) < 2 or head[0] & 0xF0 != _FINAL or not head[0] & 0x0F or not head[1] & _MASKED:
            return None
        size, extra = head[1] & 0x7F, 0
        if size > _LONGEST:
            extra = 2 if size == _LONGEST + 1 else 8
            size = int.from_bytes(head[2 : 2 + extra], "big")
        at += _HEAD + extra + size
        count += 1
    return count if at == len(data) else None


class Intake(asyncio.Protocol):
    """Stands before aiohttp's protocol.

    The short way is open while aiohttp holds nothing, or messages would overtake each other: as many as went to it must
    have come out of it. Whether a part of a frame came along with the handshake can't be asked, so both have to read
    the same message first. Frames that straddle packets, or messages that straddle frames, close it for good.
    """

    __slots__ = (
        "_connection", "_expected", "_inner", "_inside", "_limit_bytes", "_take", "_transport", "_trusted",
        "_unfinished_bytes", "on_excess", "on_lost",
    )  # fmt: skip

    def __init__(self, inner: asyncio.Protocol, transport: asyncio.Transport, limit_bytes: int) -> None:
        self.on_excess: Callable[[Any], object] = _ignore_excess
        """Called with whose it is when too much came in without becoming a message; nothing more is read."""
        self.on_lost: Callable[[], None] = _ignore_it
        """Called when the transport is closed."""
        self._connection: Any = None
        self._take: Callable[[Any, str], bool] = _leave_it
        self._inner = inner
        self._transport = transport
        self._limit_bytes = limit_bytes
        self._unfinished_bytes = 0
        """What came since a message was last taken."""
        self._inside: int | None = 0
        """Messages that aiohttp was given and has yet to give; None: there is no telling."""
        self._trusted = False
        """Whether aiohttp was seen to read what was read here."""
        self._expected: str | None = None
        """The message that it should give next, if it is to be trusted."""

    def use(self, connection: Whose, take: Callable[[Whose, str], bool]) -> None:
        """Say whose messages these are, and who takes one; he leaves it to the receive loop by giving False.

        They are two since one `take` can then serve every connection: a closure of its own for each would be one more
        thing to touch for each message.
        """
        self._connection, self._take = connection, take

    def data_received(self, data: bytes) -> None:
        """Take the short way or the long one."""
        if self._inside == 0:
            text = plain_text(data)
            if text is not None:
                if self._trusted and self._take(self._connection, text):
                    return
                self._expected = text
        self._pass_on(data)

    def came_out(self, message: object) -> None:
        """Note what the receive loop got from aiohttp."""
        self._unfinished_bytes = 0
        if self._inside is None:
            return
        self._inside -= 1
        if self._inside < 0 or (self._expected is not None and self._expected != message):
            self._inside = None  # something came along with the handshake
        elif self._expected is not None:
            self._trusted, self._expected = True, None

    def _pass_on(self, data: bytes) -> None:
        if self._inside is not None:
            count = whole_frames(data)
            self._inside = None if count is None else self._inside + count
        self._unfinished_bytes += len(data)
        if self._unfinished_bytes > self._limit_bytes:
            self._transport.pause_reading()
            self.on_excess(self._connection)
        else:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self.on_lost()
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()


def _leave_it(_: object, __: str) -> bool:
    return False


def _ignore_excess(_: object) -> None:
    pass


def _ignore_it() -> None:
    pass
