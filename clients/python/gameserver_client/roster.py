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
        self._unsure: set[int] = set()
        """Those who were away when this client lost its connection, and haven't been told to be since."""

    def renew(self, players: Iterable[PlayerInfo]) -> None:
        """Take in who is here after a loss, and tell what came of those who were; `settle` follows."""
        here = {p.player: p for p in players}
        for player in [player for player in self.players if player not in here]:
            self._tell(Presence("left", self.players.pop(player)))
        for player, info in here.items():
            if player not in self.players:
                self.receive(PlayerJoined(info.player, info.name, info.bot))
        self._unsure = {player.id for player in self.players.values() if player.away}

    def settle(self) -> None:
        """Who is still away has been told by now: the others are back."""
        for player in sorted(self._unsure):
            self._set_away(player, away=False)
        self._unsure.clear()

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
        self._unsure.discard(player)
        known = self.players.get(player)
        if known is not None and known.away != away:
            self._put("away" if away else "back", msgspec.structs.replace(known, away=away))
