"""How long to wait before trying again, and what a close code means for that."""

from __future__ import annotations

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 15.0

_FINAL = {
    1008: "The server refused the connection: it broke one of the server's rules.",
    4001: "A newer connection took over this seat.",
    4003: "The operator of the server ended this visit.",
}


def backoff_delay_s(attempt: int, random: float, retry_after_s: float | None = None) -> float:
    """Give the wait before the next try, in seconds.

    Doubling, with the upper half of each delay left to chance, so that the clients of a restarted server don't all
    come back at the same moment.

    Args:
        attempt: how many tries have failed in a row, from 0.
        random: in [0, 1).
        retry_after_s: what the server asked for; never undercut.

    """
    ceiling: float = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** min(attempt, 16))
    delay = ceiling * (0.5 + 0.5 * random)
    return delay if retry_after_s is None else max(0.0, retry_after_s) + delay * 0.5


def final_reason(close_code: int | None) -> str | None:
    """Say why it makes no sense to come back by oneself after this close code; None where it does."""
    return None if close_code is None else _FINAL.get(close_code)
