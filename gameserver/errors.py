"""Every exception that this package raises on purpose.

::

    GameServerError
    ├── Refused             the answer is no: becomes an `error` message to whoever asked
    │   └── ProtocolError   ... because the message itself is malformed
    ├── DefinitionError     a game's class can't be served; names file, line and fix
    ├── StateError          a game's state broke its own declaration (bounds, types, sharing)
    ├── RoomFailed          a room ended because its game raised; names game, seed and tick
    ├── ReportError         a report of a failed room can't be played again
    ├── SnapshotError       a snapshot can't be applied to what the client has
    ├── SendFailed          a connection can't be written to any more
    │   └── TooSlow         ... because its peer reads too slowly
    ├── PolicyViolation     a connection breaks the rules of conduct and is closed with 1008
    ├── NotAuthenticated    whoever knocks hasn't shown who he is: HTTP 401
    ├── Forbidden           ... has, and may not come in all the same: HTTP 403
    └── StartupError        the server can't start; one line for the terminal
"""

from __future__ import annotations


class GameServerError(Exception):
    """The root of the tree."""


class Refused(GameServerError):
    """A request is declined; the one who made it gets `error {code, message}` and everything goes on.

    Games raise it from `on_join` and from command hooks; the server raises it for the codes of the protocol.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        """A short snake_case name that a client can act on."""
        self.message = message
        """A sentence for a person."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ProtocolError(Refused):
    """What a stranger sent isn't a message of the protocol."""


class DefinitionError(GameServerError, TypeError):
    """A game's class (or one of its rows, inputs, commands, events) can't work; raised when the class loads."""


class StateError(GameServerError):
    """A game's state holds something that it didn't declare: out of bounds, of another type, in two places."""


class RoomFailed(GameServerError):
    """A hook of the game raised; its room is over, and `__cause__` says why."""

    def __init__(self, *, room: str, game: str, seed: int, tick: int, hook: str, report: str = "") -> None:
        super().__init__(f"game {game!r} raised in {hook} (room {room}, seed {seed}, tick {tick})")
        self.room, self.game, self.seed, self.tick, self.hook = room, game, seed, tick, hook
        self.report = report
        """All that is known of how it came to that, as JSON; see `gameserver.reports`."""


class ReportError(GameServerError):
    """A report isn't one, or doesn't reach back to its room's beginning."""


class SnapshotError(GameServerError):
    """A snapshot doesn't fit what this client has, or isn't one."""


class SendFailed(GameServerError):
    """A frame couldn't be handed to the socket."""


class TooSlow(SendFailed):
    """The peer left too much unread, or left it unread for too long."""


class PolicyViolation(GameServerError):
    """A peer breaks the rules of conduct; `str()` is the reason that its close frame gives."""


class NotAuthenticated(GameServerError):
    """Raised by an `authenticate`: HTTP 401 with `str()` as its text, before the upgrade."""


class Forbidden(GameServerError):
    """Raised by an `authenticate`: HTTP 403 with `str()` as its text, before the upgrade."""


class StartupError(GameServerError):
    """The server can't start; `str()` is the one line to show."""
