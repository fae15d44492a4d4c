"""What a server says of itself over HTTP: its games and its rooms."""

from __future__ import annotations

from typing import Any

import msgspec

from gameserver_client.errors import ConnectError


class GameInfo(msgspec.Struct, frozen=True):
    """A game that is served."""

    name: str
    title: str
    tick_rate: float
    max_players: int
    schema: dict[str, Any]
    inputs: dict[str, Any]
    """JSON Schemas of the payloads, by name; so for commands and events."""
    commands: dict[str, Any]
    events: dict[str, Any]
    options: dict[str, Any]


class RoomInfo(msgspec.Struct, frozen=True):
    """A room that is open."""

    id: str
    game: str
    players: int
    """Without bots."""
    bots: int
    max_players: int
    spectators: int
    tick: int


_games = msgspec.json.Decoder(list[GameInfo])
_rooms = msgspec.json.Decoder(list[RoomInfo])


def read_games(body: bytes) -> list[GameInfo]:
    """Read `/api/games`.

    Raises:
        ConnectError: it isn't that.

    """
    try:
        return _games.decode(body)
    except (ValueError, RecursionError) as error:
        raise ConnectError(f"What answers there is no game server: {error}.") from error


def read_rooms(body: bytes) -> list[RoomInfo]:
    """Read `/api/rooms`.

    Raises:
        ConnectError: it isn't that.

    """
    try:
        return _rooms.decode(body)
    except (ValueError, RecursionError) as error:
        raise ConnectError(f"What answers there is no game server: {error}.") from error
