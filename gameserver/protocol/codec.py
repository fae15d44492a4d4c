"""The only place that decodes what a stranger sent: bytes to envelope, payload to struct; and structs to bytes.

Every failure to decode is a `ProtocolError` with a code of the protocol, and nothing else ever gets out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from gameserver.errors import ProtocolError
from gameserver.protocol.messages import Envelope, ServerMessage, wire_name

T = TypeVar("T")

_envelopes = msgspec.json.Decoder(Envelope)
_anything = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_readers: dict[type, Callable[[msgspec.Raw], Any]] = {}

# Deep nesting ends in RecursionError, bad UTF-8 in UnicodeDecodeError (a ValueError, as msgspec's own errors are).
UNDECODABLE = (ValueError, RecursionError)

read_envelope: Callable[[str | bytes], Envelope] = _envelopes.decode
"""`decode_envelope` without its care: raises what is in `UNDECODABLE`, for `envelope_error` to put into words."""


def decode_envelope(frame: str | bytes) -> Envelope:
    """Decode a text frame as far as its envelope.

    Raises:
        ProtocolError: `bad_json` when it isn't JSON, `bad_message` when it isn't an envelope.

    """
    try:
        return read_envelope(frame)
    except UNDECODABLE as error:
        raise envelope_error(frame, error) from None


def envelope_error(frame: str | bytes, error: BaseException) -> ProtocolError:
    """Say why a frame is no message: `bad_json` or `bad_message`."""
    # The typed decoder stops at the first wrong type; whether the rest is JSON decides between the two codes.
    try:
        _anything.decode(frame)
    except RecursionError:
        return ProtocolError("bad_json", "This JSON is nested too deeply.")
    except msgspec.ValidationError:
        pass  # a number beyond all bounds, as 1e999, is JSON all the same
    except ValueError as why:
        return ProtocolError("bad_json", f"This is not JSON: {_sentence(why)}")
    return ProtocolError("bad_message", f"This is not a message: {_sentence(error)}")


def decode_payload(payload: msgspec.Raw, kind: type[T]) -> T:
    """Decode a payload, checking its fields' types and bounds.

    Raises:
        ProtocolError: `bad_payload`, naming the field.

    """
    try:
        return payload_reader(kind)(payload)
    except UNDECODABLE as error:
        raise payload_error(error) from None


def payload_reader(kind: type[T]) -> Callable[[msgspec.Raw], T]:
    """Give what decodes such payloads; it raises what is in `UNDECODABLE`, for `payload_error` to put into words."""
    reader = _readers.get(kind)
    if reader is None:
        reader = _readers[kind] = msgspec.json.Decoder(kind).decode
    return reader


def payload_error(error: BaseException) -> ProtocolError:
    """Say why a payload doesn't fit: `bad_payload`, naming the field."""
    if isinstance(error, RecursionError):
        return ProtocolError("bad_payload", "The payload is nested too deeply.")
    return ProtocolError("bad_payload", f"The payload does not fit: {_sentence(error)}")


def encode_payload(message: ServerMessage) -> bytes:
    """Encode what goes under `payload`."""
    return _encoder.encode(message)


def envelope(kind: str, payload: bytes, handle: int | None = None) -> bytes:
    """Wrap an encoded payload; `handle` goes in where the message concerns one room."""
    if handle is None:
        return b'{"type":"%b","payload":%b}' % (kind.encode(), payload)
    return b'{"type":"%b","handle":%d,"payload":%b}' % (kind.encode(), handle, payload)


def encode(message: ServerMessage, handle: int | None = None) -> bytes:
    """Encode a whole message."""
    return envelope(wire_name(type(message)), encode_payload(message), handle)


def _sentence(error: BaseException) -> str:
    text = str(error).replace("`", "'").replace(" - at '$", " at '").replace("''", "'payload'")
    return text if text.endswith(".") else f"{text}."
