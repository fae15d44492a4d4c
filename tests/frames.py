"""WebSocket frames as another implementation reads them: what the server writes is measured against that."""

from __future__ import annotations

from websockets.frames import Close, Frame, Opcode
from websockets.streams import StreamReader

__all__ = ["Close", "Frame", "Opcode", "only_frame", "payload_in", "read_frames"]


def read_frames(data: bytes, *, masked: bool = False) -> list[Frame]:
    """Read frames, of a server unless they are said to be masked.

    Raises:
        EOFError: the last one isn't whole.
        ProtocolError: RFC 6455 doesn't allow one.

    """
    stream = StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    frames = []
    while stream.buffer:
        reading = Frame.parse(stream.read_exact, mask=masked)
        try:
            while True:
                next(reading)
        except StopIteration as done:
            frames.append(done.value)
    return frames


def only_frame(data: bytes) -> Frame:
    """Read data that is exactly one final frame."""
    (frame,) = read_frames(data)
    assert frame.fin
    return frame


def payload_in(data: bytes, opcode: Opcode) -> bytes:
    """Read a frame of one kind; gives what it carries."""
    frame = only_frame(data)
    assert frame.opcode is opcode
    return bytes(frame.data)
