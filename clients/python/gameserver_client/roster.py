"""Who is in a room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from gameserver.protocol.messages import PlayerAway, PlayerBack, PlayerInfo, PlayerJoined, PlayerLeft


class RoomPlayer(msgspec.Struct, frozen=True):
    """Somebody with a seat."""

    id: int
    name: str
    bot: bool
    away: bool = False
    """His connection is lost, and the seat waits."""


class Presence(msgspec.Struct, frozen=True):
    """Who came, went, dropped out or came back."""

    change: Literal["joined", "left", "away", "back"]
    player: RoomPlayer
    reason: str = ""
    """Why he left."""


class Roster:
    """Everyone with a seat, and the names of those who had one."""

    def __init__(self, players: Iterable[PlayerInfo], tell: Callable[[Presence], None]) -> None:
        self.players = {p.player: RoomPlayer(p.player, p.name, p.bot) for p in players}
        """By id."""
        self.names = {player.id: player.name for player in self.players.values()}
        self._tell = tell

    def receive(self, news: PlayerJoined | PlayerLeft | PlayerAway | PlayerBack) -> None:
        """Take in who came or went."""
        match news:
            case PlayerJoined(player=player, name=name, bot=bot):
                self.names[player] = name
                self._put("joined", RoomPlayer(player, name, bot))
            case PlayerLeft(player=player, reason=reason):
                gone = self.players.pop(player, None)
                if gone is not None:
                    self._tell(Presence("left", gone, reason))
            case PlayerAway(player=player):
                self._set_away(player, away=True)
            case PlayerBack(player=player):
                self._set_away(player, away=False)

    def _put(self, change: Literal["joined", "away", "back"], player: RoomPlayer) -> None:
        self.players[player.id] = player
        self._tell(Presence(change, player))

    def _set_away(self, player: int, *, away: bool) -> None:
        known = self.players.get(player)
        if known is not None:
            self._put("away" if away else "back", msgspec.structs.replace(known, away=away))
