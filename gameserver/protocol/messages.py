"""Every message of the protocol, both ways, as typed structs (version 1, see `docs/protocol.md`).

A text frame is `{"type": ..., "payload": {...}}`; `type` is the struct's name in snake_case. A game adds its own
commands, inputs and events; those are declared with `gameserver.declarations`.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from gameserver.errors import ProtocolError
from gameserver.protocol.names import snake_case

PROTOCOL = 1
MAX_NAME = 24
"""Characters of a player's name."""
MAX_CHAT = 200
"""Characters of a chat line."""

Handle = Annotated[int, Meta(ge=0, le=4_294_967_295)]
"""A connection's own small number for a room that it is in."""
Seq = Annotated[int, Meta(ge=0, le=4_294_967_295)]
"""The client's number of a command or input; rises."""
Stamp = Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[float, Meta(ge=-1e300, le=1e300)]
"""A client's own time, in whatever unit it likes."""
Role = Literal["player", "spectator"]


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The outside of every message that comes in; the payload stays undecoded until its type is known."""

    type: str
    payload: Raw = Raw(b"{}")
    handle: Handle | None = None
    seq: Seq | None = None


class ClientMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What any client may send, whatever the game."""


class Join(ClientMessage, frozen=True):
    """Take a seat: in a room by id, or in the fullest open room of a game, or in a new one."""

    game: str | None = None
    room: str | None = None
    code: str | None = None
    name: str | None = None
    options: Raw = Raw(b"null")
    """Undecoded until the game is known; null where none are given."""


class Spectate(ClientMessage, frozen=True):
    """Watch a room without a seat: one by id, or the fullest of a game, or a new one."""

    room: str | None = None
    game: str | None = None

    def __post_init__(self) -> None:
        """Check that one of both is given: msgspec tells a ValueError as it tells a mistyped field."""
        if (self.room is None) == (self.game is None):
            raise ValueError("Expected either `room` or `game`")


class Resume(ClientMessage, frozen=True):
    """Come back to a seat after a lost connection."""

    token: str


class Leave(ClientMessage, frozen=True):
    """Leave a room; the connection stays."""


class Chat(ClientMessage, frozen=True):
    """Say something to everyone in a room."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_CHAT)]


class Ping(ClientMessage, frozen=True):
    """Ask for a `pong` with the same `t`."""

    t: Stamp = 0


class ServerMessage(msgspec.Struct, frozen=True):
    """What the server sends."""


class PlayerInfo(msgspec.Struct, frozen=True):
    """A player as other clients see him."""

    player: int
    name: str
    bot: bool


class AudienceInfo(msgspec.Struct, frozen=True):
    """How many people are in the room (bots not counted)."""

    players: int
    spectators: int


class Joined(ServerMessage, frozen=True, kw_only=True):
    """The room took this client; a keyframe follows."""

    protocol: int = PROTOCOL
    room: str
    game: str
    handle: int
    role: Role
    player: int | None
    tick: int
    tick_rate: float
    token: str | None
    schema: dict[str, Any]
    players: list[PlayerInfo]
    audience: AudienceInfo


class PlayerJoined(ServerMessage, frozen=True):
    """Somebody else took a seat."""

    player: int
    name: str
    bot: bool


class PlayerLeft(ServerMessage, frozen=True):
    """A seat is free again."""

    player: int
    reason: str


class PlayerAway(ServerMessage, frozen=True):
    """A player's connection is lost; his seat waits for him."""

    player: int


class PlayerBack(ServerMessage, frozen=True):
    """A player who was away is back."""

    player: int


class Audience(ServerMessage, frozen=True):
    """The number of people in the room changed."""

    players: int
    spectators: int


class Left(ServerMessage, frozen=True):
    """This client is not in the room any more."""

    reason: str


class EventMessage(ServerMessage, frozen=True):
    """Something happened in the game."""

    name: str
    tick: int
    data: Any


class ChatLine(ServerMessage, frozen=True):
    """Somebody said something; `player` is null for a spectator."""

    player: int | None
    name: str
    text: str


class Pong(ServerMessage, frozen=True):
    """The answer to `ping`; `tick` is the room's time with its fraction, null where no one room is meant."""

    t: int | float
    tick: float | None


class Error(ServerMessage, frozen=True):
    """A request was refused; nothing else changed."""

    code: str
    message: str
    seq: int | UnsetType = UNSET


class Closing(ServerMessage, frozen=True):
    """The server is about to close this connection."""

    reason: str
    retry_after_s: float | None


CLIENT_MESSAGES: dict[str, type[ClientMessage]] = {
    snake_case(message.__name__): message for message in (Join, Spectate, Resume, Leave, Chat, Ping)
}
"""What any client may send, by its name on the wire."""

_WIRE_NAMES: dict[type[ServerMessage], str] = {EventMessage: "event", ChatLine: "chat"}


def wire_name(message: type[ServerMessage]) -> str:
    """Give a server message's `type`."""
    found = _WIRE_NAMES.get(message)
    if found is None:
        found = _WIRE_NAMES[message] = snake_case(message.__name__)
    return found


def clean_name(name: str) -> str:
    """Check a player's name and trim its ends.

    Raises:
        ProtocolError: `bad_name`, when it is empty or blank, too long, or has characters that can't be shown.

    """
    trimmed = name.strip()
    if is_blank(name):
        raise ProtocolError("bad_name", "A name can't be empty.")
    if len(trimmed) > MAX_NAME:
        raise ProtocolError("bad_name", f"A name has at most {MAX_NAME} characters; this one has {len(trimmed)}.")
    # Checked before trimming too: "\n" at an end is a control character, not a blank.
    if not is_showable(name):
        raise ProtocolError("bad_name", "A name can't have control characters.")
    return trimmed


def is_blank(text: str) -> bool:
    """Tell whether text has nothing to see: spaces and joiners only."""
    return all(c.isspace() or c in _JOINERS or c in _FILLERS for c in text)


def is_showable(text: str) -> bool:
    """Tell whether text is free of control characters, line breaks, direction overrides and lone surrogates."""
    return not any(unicodedata.category(c) in _UNSHOWABLE and c not in _JOINERS for c in text)


_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and a symbol that look like nothing: the Hangul fillers, and Braille without a dot.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Zero-width (non-)joiners hold emoji families and several scripts together.
_JOINERS = frozenset("\u200c\u200d")
