"""Signed tokens by which a player comes back to his seat after a lost connection."""

from __future__ import annotations

import jwt
import msgspec

from gameserver.errors import ProtocolError

_ALGORITHM = "HS256"


class SeatToken(msgspec.Struct, frozen=True, array_like=True):
    """What a token says: which seat, and the how-many-th token for it this is."""

    room: str
    player: int
    generation: int
    """From 1; each resume makes a newer one."""


class SeatTokens:
    """Signs and reads tokens; who has the key can take any seat."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, seat: SeatToken) -> str:
        """Give the token."""
        claims = {"room": seat.room, "player": seat.player, "generation": seat.generation}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> SeatToken:
        """Read a token that comes from a client.

        Raises:
            ProtocolError: `bad_token`, when it isn't one of ours.

        """
        try:
            return msgspec.convert(jwt.decode(token, self._key, algorithms=[_ALGORITHM]), _Claims).seat()
        # The others, too: what a stranger sends may not even be text that can be encoded, or be nested without end.
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise ProtocolError("bad_token", "This token was not given by this server; join again.") from None


class _Claims(msgspec.Struct, forbid_unknown_fields=True):
    room: str
    player: int
    generation: int

    def seat(self) -> SeatToken:
        return SeatToken(self.room, self.player, self.generation)
