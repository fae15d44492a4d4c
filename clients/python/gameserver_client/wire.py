"""Text frames to messages and back.

Client to server the SDK may send games' own messages, so payloads are any struct or dict. Unknown types and fields are
ignored, as the protocol asks of clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gameserver.protocol.messages import (
    Audience,
    ChatLine,
    Closing,
    Error,
    EventMessage,
    Joined,
    Left,
    PlayerAway,
    PlayerBack,
    PlayerJoined,
    PlayerLeft,
    Pong,
    ServerMessage,
    wire_name,
)
from gameserver.protocol.names import snake_case
from gameserver_client.errors import ClientError

_KINDS: tuple[type[ServerMessage], ...] = (
    Audience, ChatLine, Closing, Error, EventMessage, Joined, Left, PlayerAway, PlayerBack, PlayerJoined, PlayerLeft,
    Pong,
)  # fmt: skip
_PAYLOADS: dict[str, msgspec.json.Decoder[ServerMessage]] = {
    wire_name(kind): msgspec.json.Decoder(kind) for kind in _KINDS
}

SNAPSHOT = "snapshot"
"""The one type whose payload the replica decodes itself."""


class Envelope(msgspec.Struct, frozen=True):
    """The outside of a message from the server."""

    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    handle: int | None = None


_envelopes = msgspec.json.Decoder(Envelope)
_encode = msgspec.json.Encoder().encode


def decode_envelope(frame: str) -> Envelope:
    """Decode a text frame as far as its envelope.

    Raises:
        ClientError: it isn't one.

    """
    try:
        return _envelopes.decode(frame)
    except (ValueError, RecursionError) as error:
        raise ClientError(f"The server sent something that is no message: {error}.") from error


def decode_payload(envelope: Envelope) -> ServerMessage | None:
    """Decode what an envelope holds; None for a type that this SDK doesn't know.

    Raises:
        ClientError: it doesn't fit its type.

    """
    decoder = _PAYLOADS.get(envelope.type)
    if decoder is None:
        return None
    try:
        return decoder.decode(envelope.payload)
    except (ValueError, RecursionError) as error:
        raise ClientError(f"The server sent a {envelope.type} that doesn't fit: {error}.") from error


def encode(kind: str, payload: object = None, *, handle: int | None = None, seq: int | None = None) -> str:
    """Encode a message to the server; fields that are None are left out of the envelope."""
    message: dict[str, Any] = {"type": kind}
    if handle is not None:
        message["handle"] = handle
    if seq is not None:
        message["seq"] = seq
    if payload is not None:
        message["payload"] = payload
    return _encode(message).decode()


def name_and_payload(message: str | msgspec.Struct, fields: Mapping[str, Any]) -> tuple[str, object]:
    """Give type and payload of a game's command or input: a name and its fields, or the game's own struct.

    Raises:
        TypeError: a struct and fields beside it.

    """
    if isinstance(message, str):
        return message, fields
    if fields:
        raise TypeError(f"{type(message).__name__} has its fields already; give fields with a name only")
    return snake_case(type(message).__name__), message
