"""How long to wait before trying again, and what a close code means for that."""

from __future__ import annotations

from typing import NamedTuple

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 15.0
SPREAD = 0.5
"""The part by which a wait that the server asked for is drawn out, at most: it asks everybody for the same."""
LONGEST_ASKED_S = 3600.0
"""A server that asks for more doesn't mean it."""


class FinalClose(NamedTuple):
    """A close after which it makes no sense to come back by oneself."""

    reason: str
    """For programs; what `left` says of rooms."""
    text: str
    """A sentence for people."""


_FINAL = {
    1008: FinalClose("refused", "The server refused the connection: it broke one of the server's rules."),
    4001: FinalClose("replaced", "You went on playing elsewhere."),
    4003: FinalClose("kicked", "The operator of the server ended this visit."),
}
_BUSY = frozenset({1001, 1013})
"""The server is closing, or full: who comes back at once is only refused."""


def backoff_delay_s(attempt: int, random: float, retry_after_s: float | None = None) -> float:
    """Give the wait before the next try, in seconds.

    None before the first: a connection that was lost as such is often to be had again. Then doubling, with the upper
    half of each delay left to chance, so that the clients of a restarted server don't all come back at the same moment.

    Args:
        attempt: how many tries have failed in a row, from 0.
        random: in [0, 1).
        retry_after_s: what the server asked for; never undercut.

    """
    ceiling: float = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(max(0, attempt - 1), 16))
    if retry_after_s is not None:
        asked_s = min(LONGEST_ASKED_S, max(0.0, retry_after_s))
        return asked_s + random * max(ceiling, SPREAD * asked_s)
    return ceiling * (0.5 + 0.5 * random) if attempt else 0.0


def final_close(close_code: int | None) -> FinalClose | None:
    """Say why it makes no sense to come back by oneself after this close code; None where it does."""
    return None if close_code is None else _FINAL.get(close_code)


def is_busy(close_code: int | None) -> bool:
    """Tell whether a server that closes with this code is in no state to take anyone back at once."""
    return close_code in _BUSY
