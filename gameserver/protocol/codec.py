"""The only place that decodes what a stranger sent: bytes to envelope, payload to struct; and structs to bytes.

Every failure to decode is a `ProtocolError` with a code of the protocol, and nothing else ever gets out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, TypeVar, Union

import msgspec

from gameserver.errors import ProtocolError
from gameserver.protocol.messages import Envelope, Handle, Seq, ServerMessage, wire_name

T = TypeVar("T")

_envelopes = msgspec.json.Decoder(Envelope)
_anything = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_readers: dict[type, Callable[[msgspec.Raw], Any]] = {}

# Deep nesting ends in RecursionError, bad UTF-8 in UnicodeDecodeError (a ValueError, as msgspec's own errors are).
UNDECODABLE = (ValueError, RecursionError)


def decode_envelope(frame: str | bytes) -> Envelope:
    """Decode a text frame as far as its envelope.

    Raises:
        ProtocolError: `bad_json` when it isn't JSON, `bad_message` when it isn't an envelope.

    """
    try:
        return _envelopes.decode(frame)
    except UNDECODABLE as error:
        raise _envelope_error(frame, error) from None


def _envelope_error(frame: str | bytes, error: BaseException) -> ProtocolError:
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
        return _payload_reader(kind)(payload)
    except UNDECODABLE as error:
        raise _payload_error(error) from None


def _payload_reader(kind: type[T]) -> Callable[[msgspec.Raw], T]:
    reader = _readers.get(kind)
    if reader is None:
        reader = _readers[kind] = msgspec.json.Decoder(kind).decode
    return reader


class Given(Protocol):
    """A command or an input on its way to the only room that its sender is in."""

    payload: Any
    handle: int | None
    seq: int | None


@lru_cache(maxsize=256)
def given_reader(kinds: tuple[tuple[str, type], ...]) -> Callable[[str], Given]:
    """Give what decodes messages of these types at one go, envelope and payload; by name.

    It raises what is in `UNDECODABLE` for all else, which is to be read as an envelope: other messages, bad ones, and
    those without a payload.
    """
    wholes = [
        msgspec.defstruct(
            "Given",
            [("payload", kind), ("handle", Handle | None, None), ("seq", Seq | None, None)],
            tag_field="type", tag=name, forbid_unknown_fields=True, gc=False,
        )
        for name, kind in kinds
    ]  # fmt: skip
    if not wholes:
        return _nothing
    return msgspec.json.Decoder(Union[tuple(wholes)]).decode  # noqa: UP007  # of as many as there are


def _nothing(_: str) -> Given:
    raise ValueError("There is nothing to give.")


def _payload_error(error: BaseException) -> ProtocolError:
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
