"""WebSocket frames as a server sends them: a few bytes before a message (RFC 6455, 5.2).

Never masked, compressed or in fragments, so a message that many clients get is one object, framed once.
"""

from __future__ import annotations

import struct

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
MAX_CONTROL_BYTES = 125
"""What a close, a ping or a pong can carry (RFC 6455, 5.5)."""

_FINAL = 0x80
_head16, _head64 = struct.Struct(">BBH").pack, struct.Struct(">BBQ").pack
_TEXT_HEADS = [bytes((_FINAL | TEXT, size)) for size in range(126)]
_BINARY_HEADS = [bytes((_FINAL | BINARY, size)) for size in range(126)]


def text(message: bytes) -> bytes:
    """Frame a message of UTF-8."""
    size = len(message)
    return _TEXT_HEADS[size] + message if size < 126 else _long(TEXT, size) + message


def binary(message: bytes) -> bytes:
    """Frame a message of bytes."""
    size = len(message)
    return _BINARY_HEADS[size] + message if size < 126 else _long(BINARY, size) + message


def head(opcode: int, size: int) -> bytes:
    """Give what stands before a message of so many bytes."""
    return bytes((_FINAL | opcode, size)) if size < 126 else _long(opcode, size)


def control(opcode: int, data: bytes | bytearray) -> bytes:
    """Frame a ping, a pong or a close; what is too long for one is cut off."""
    told = bytes(data[:MAX_CONTROL_BYTES])
    return bytes((_FINAL | opcode, len(told))) + told


def close(code: int, reason: str) -> bytes:
    """Frame a close; a reason that is too long is cut off between two characters."""
    told = reason.encode()[: MAX_CONTROL_BYTES - 2].decode(errors="ignore")
    return control(CLOSE, code.to_bytes(2, "big") + told.encode())


def _long(opcode: int, size: int) -> bytes:
    return _head16(_FINAL | opcode, 126, size) if size <= 0xFFFF else _head64(_FINAL | opcode, 127, size)
