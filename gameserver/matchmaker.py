"""Which room somebody who names none is put into: pure, over what is known of each room."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gameserver.declarations import Options


class RoomInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A room as the lobby and the matchmaker see it."""

    id: str
    game: str
    players: int
    """People in seats; bots not counted."""
    bots: int
    max_players: int
    spectators: int
    tick: int
    open: bool
    """Whether another player may come in."""


def quick_match(rooms: Iterable[tuple[RoomInfo, Options]], game: str, options: Options) -> str | None:
    """Give the id of the fullest open room of the game with the same options; the oldest of equals; None if none is."""
    return fullest(info for info, theirs in rooms if info.game == game and info.open and theirs == options)


def fullest(rooms: Iterable[RoomInfo]) -> str | None:
    """Give the id of the room with the most people in seats; the first of equals; None if there is none."""
    most = max(rooms, key=lambda info: info.players, default=None)
    return None if most is None else most.id
