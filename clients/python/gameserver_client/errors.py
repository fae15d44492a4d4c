"""Every exception that the SDK raises on purpose.

::

    ClientError
    ├── ConnectError    nothing answers at that address, or what answers lets nobody in
    ├── ConnectionLost  the connection is down, so this can't be said or answered now
    ├── RoomLeft        the room is over for this client; `reason` says why
    └── ServerError     the server said `error`: `code` for programs, `message` for people
        └── Refused     ... in answer to what was just asked: to a command, or to be let in
"""

from __future__ import annotations


class ClientError(Exception):
    """The root of the tree; its text is a sentence for people."""


class ConnectError(ClientError):
    """No connection can be made."""

    def __init__(self, text: str, *, retry_after_s: float | None = None, final: bool = False) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s
        """How long the server asks to stay away, in seconds; None: it doesn't say."""
        self.final = final
        """Whether it forbids this client to come: no use in trying again as the same."""


class ConnectionLost(ClientError):
    """The connection is down; with `reconnect` it comes back by itself."""


class RoomLeft(ClientError):
    """This client isn't in the room any more, and won't be again."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The room was left: {reason}.")
        self.reason = reason
        """As in `left`: `left`, `ended`, `crashed`, `closing`, `replaced`; or why the way back failed, an error's code;
        or why the connection is closed: `disconnected`, `refused`, `kicked`, `forbidden`."""


class ServerError(ClientError):
    """The server refused something."""

    def __init__(self, code: str, message: str, seq: int | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        """What programs act on; the protocol's, or the game's own."""
        self.message = message
        """A sentence for a person."""
        self.seq = seq
        """The number of the message that it answers, if that had one."""

    def __str__(self) -> str:
        return self.message


class Refused(ServerError):
    """What was asked for is declined, and nothing else changed."""
