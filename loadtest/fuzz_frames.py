"""Bytes to throw at a server below the messages: frames and handshakes that break the WebSocket protocol, or strain it.

Each kind of frame says with which close codes the server may end the connection. RFC 6455 asks for these ends; a server
that goes on as if nothing were wrong, or ends otherwise, has a bug.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

import msgspec

from loadtest.lean import BINARY, CLOSE, PING, PONG, TEXT, frame, handshake

PROTOCOL_ERROR, BAD_TEXT, TOO_BIG = 1002, 1007, 1009
LOST = 0
"""Stands for a connection that ended without a close frame."""
GOES_ON = -1
"""Stands for a connection that stays as it is."""


class Broken(msgspec.Struct, frozen=True):
    """Frames of one kind."""

    name: str
    make: Callable[[Random], bytes]
    ends: frozenset[int]
    """What may become of the connection: close codes, `LOST`, `GOES_ON`."""
    waits: bool = False
    """Whether the server may rightly wait for more: then nothing is to be had of it but by hanging up."""


def _ends(*codes: int) -> frozenset[int]:
    return frozenset(codes)


def _junk(random: Random, most: int = 125) -> bytes:
    return random.randbytes(random.randint(0, most))


def _bad_utf8(random: Random) -> bytes:
    bad = random.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xe2\x82", b"\xf0\x9f"))
    return b'{"type":"ping"' + bad + (b"}" if random.random() < 0.5 else b"")


def _announced(random: Random) -> bytes:
    """Make a head that promises much more than comes."""
    size = random.choice((126, 4096, 4097, 65_535, 65_536, 2**31, 2**32, 2**63 - 1))
    head = struct.pack(">BBH", 0x81, 0xFE, size) if size < 65_536 else struct.pack(">BBQ", 0x81, 0xFF, size)
    return head + b"\0\0\0\0" + _junk(random)


def _close(random: Random) -> bytes:
    """Make a close frame as it should be."""
    code = random.choice((None, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999))
    body = b"" if code is None else code.to_bytes(2) + b"bye"[: random.randrange(4)]
    return frame(CLOSE, body)


def _bad_close(random: Random) -> bytes:
    """Make one with a code that isn't to be sent, a single byte, or a reason that isn't text."""
    if random.random() < 0.2:
        return frame(CLOSE, b"\x03")
    if random.random() < 0.2:
        return frame(CLOSE, b"\x03\xe8" + b"\xff\xfe")
    return frame(CLOSE, random.choice((0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)).to_bytes(2))


def _too_big(random: Random) -> bytes:
    size = random.choice((4097, 5000, 65_535, 65_536, 200_000))
    if random.random() < 0.5:
        return frame(random.choice((TEXT, BINARY)), b" " * size)
    part = b" " * 2000
    return frame(TEXT, part, first=0) + frame(0, part, first=0) + frame(0, part, first=0) + frame(0, part)


KINDS: tuple[Broken, ...] = (
    Broken(
        "reserved bits",
        lambda r: frame(r.choice((TEXT, BINARY, PING)), _junk(r), first=r.choice((0x90, 0xA0, 0xC0, 0xF0))),
        _ends(PROTOCOL_ERROR),
    ),
    Broken(
        "unknown opcode",
        lambda r: frame(r.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)), _junk(r)),
        _ends(PROTOCOL_ERROR),
    ),
    # aiohttp takes them.
    Broken(
        "unmasked",
        lambda r: frame(r.choice((TEXT, BINARY, PING)), _junk(r), masked=False),
        _ends(PROTOCOL_ERROR, BAD_TEXT, GOES_ON),
    ),
    Broken(
        "long control frame",
        lambda r: frame(r.choice((PING, PONG, CLOSE)), bytes(r.choice((126, 127, 4000)))),
        _ends(PROTOCOL_ERROR),
    ),
    Broken(
        "fragmented control frame",
        lambda r: frame(r.choice((PING, PONG, CLOSE)), b"\x03\xe8", first=0),
        _ends(PROTOCOL_ERROR),
    ),
    Broken("continuation of nothing", lambda r: frame(0, _junk(r), first=r.choice((0, 0x80))), _ends(PROTOCOL_ERROR)),
    Broken(
        "new message within another", lambda _: frame(TEXT, b"{", first=0) + frame(TEXT, b"}"), _ends(PROTOCOL_ERROR)
    ),
    Broken("bad UTF-8", lambda r: frame(TEXT, _bad_utf8(r)), _ends(BAD_TEXT)),
    Broken("bad UTF-8 in pieces", lambda r: frame(TEXT, b'{"a":"', first=0) + frame(0, _bad_utf8(r)), _ends(BAD_TEXT)),
    # A reset, for what wasn't read any more, may overtake the close frame.
    Broken("too big", _too_big, _ends(TOO_BIG, LOST)),
    Broken("promises more than comes", _announced, _ends(TOO_BIG, PROTOCOL_ERROR, LOST), waits=True),
    Broken(
        "cut within a frame", lambda r: frame(TEXT, b'{"type":"ping"}')[: r.randint(1, 20)], _ends(LOST), waits=True
    ),
    Broken(
        "endless fragments",
        lambda r: frame(TEXT, b"", first=0) + frame(0, b"", first=0) * r.randint(1, 300),
        _ends(LOST, PROTOCOL_ERROR, 1008),
        waits=True,
    ),
    Broken("close", _close, _ends(*range(1000, 5000), LOST)),
    # aiohttp takes 1006, and 5000 and more.
    Broken("bad close", _bad_close, _ends(1000, PROTOCOL_ERROR, BAD_TEXT)),
    Broken(
        "messages after a close",
        lambda r: _close(r) + frame(TEXT, b'{"type":"ping"}') * 3,
        _ends(*range(1000, 5000), LOST),
    ),
    Broken("noise", lambda r: r.randbytes(r.randint(1, 600)), _ends(*range(1000, 5000), LOST), waits=True),
    Broken("nothing", lambda _: b"", _ends(LOST), waits=True),
)

_LINES = (
    b"Connection: close", b"Connection: keep-alive, Upgrade", b"Upgrade: h2c", b"Upgrade: websocket, websocket",
    b"Sec-WebSocket-Version: 8", b"Sec-WebSocket-Version: 99999999999999999999", b"Sec-WebSocket-Key: short",
    b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99",
    b"Sec-WebSocket-Protocol: \xff\xfe", b"Origin: null", b"Origin: http://[::1", b"Origin: https://evil.example",
    b"Origin: http://a:99999", b"X-Forwarded-For: 1, 2, ::, ,x", b"Content-Length: -1", b"Content-Length: 5",
    b"Content-Length: 999999999999", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked",
    b"Expect: 100-continue", b"Expect: \xff",
    b"Host: other", b"Host: a:b:c", b"Authorization: Bearer ..", b"Cookie: \x01=\x02", b": empty", b"no colon",
    b"X: " + b"a" * 9000, b" folded", b"X-\xc3\xa9: 1", b"Range: bytes=-1-2,,", b"If-None-Match: \"",
    b"Accept-Encoding: br;q=x", b"Sec-WebSocket-Key: \xff", b"Upgrade: \xff",
)  # fmt: skip
_TARGETS = (
    b"/ws?snapshots=json", b"/ws?snapshots=%ff", b"/ws?snapshots=" + b"x" * 500, b"/ws?snapshots=json&snapshots=binary",
    b"/ws?ticket=a.b.c", b"/ws/", b"/WS", b"//ws", b"/ws#x", b"/%77s", b"/", b"/healthz", b"/api/games",
    b"/api/rooms", b"/metrics", b"/../../etc/passwd", b"/sdk/%2e%2e/%2e%2e/setup.py", b"/sdk/../index.html",
    b"/%00", b"/\xff", b"*", b"",
    b"http://other/ws", b"/" + b"a" * 9000, b"/ws?" + b"&" * 1000,
)  # fmt: skip
_METHODS = (b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"get", b"G\x00T", b"X" * 300, b"PRI", b"")
_VERSIONS = (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1.1", b"http/1.1", b"HTTP/9", b"")


def broken_handshake(random: Random, host: str) -> bytes:
    """Make a request for an upgrade with something wrong in it, or everything."""
    lines = handshake(host).removesuffix(b"\r\n\r\n").split(b"\r\n")
    for _ in range(random.randint(1, 3)):
        match random.randrange(7):
            case 0:
                lines.pop(random.randrange(len(lines)))
            case 1 | 2:
                lines.insert(random.randint(1, max(1, len(lines))), random.choice(_LINES))
            case 3:
                lines.append(random.choice(lines or [b""]))
            case 4:
                lines[:1] = [b"GET " + random.choice(_TARGETS) + b" HTTP/1.1"]
            case 5:
                lines[:1] = [random.choice(_METHODS) + b" /ws HTTP/1.1"]
            case _:
                lines[:1] = [b"GET /ws " + random.choice(_VERSIONS)]
    request = (b"\n" if random.random() < 0.1 else b"\r\n").join(lines) + b"\r\n\r\n"
    match random.randrange(10):
        case 0:
            return request[: random.randrange(len(request))]
        case 1:
            at = random.randrange(len(request))
            return request[:at] + random.randbytes(3) + request[at:]
        case 2:
            return request + request
        case 3:
            return random.randbytes(random.randint(1, 200))
        case _:
            return request
