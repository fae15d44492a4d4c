"""How much a connection may send: rates, floods, nonsense. Time is an argument, so tests need no clock."""

from __future__ import annotations

from functools import cache

from gameserver.errors import PolicyViolation, Refused
from gameserver.settings import Settings

_BAD_WINDOW_S = 10.0
_SLACK_S = 1e-6
_CALM_S = 1.0
"""A flood is over when nothing was refused for so long."""


class TokenBucket:
    """An allowance that fills by `rate_hz` up to `burst`: the long-term rate is bounded, a short burst is free."""

    __slots__ = ("_at_s", "_burst", "_left", "_rate_hz")

    def __init__(self, rate_hz: float, burst: float, now_s: float) -> None:
        self._rate_hz = rate_hz
        self._burst = burst
        self._left = burst
        self._at_s = now_s

    def take(self, now_s: float, count: int = 1) -> bool:
        """Take so many; tells whether there were as many."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._rate_hz)
        self._at_s = now_s
        if self._left < count:
            return False
        self._left -= count
        return True


@cache  # two numbers for all connections, which stay in the processor's caches
def _pace(messages_per_s: float, message_burst: int) -> tuple[float, float]:
    """Give the time between messages, and by how much they may be ahead of it."""
    interval_s = 1 / messages_per_s
    # What a float loses at each step must not cost the last message of a burst.
    return interval_s, (max(message_burst, 2 * messages_per_s) - 1) * interval_s + _SLACK_S


class Conduct:
    """How one connection behaves.

    Its messages have a `TokenBucket` in one number: the time at which that will be full again (GCRA). Every message of
    every client touches it, so it is no object of its own.
    """

    __slots__ = (
        "_bad_at_s", "_burst_s", "_calm_from_s", "_chat", "_entries", "_flooding_since_s", "_full_at_s", "_interval_s",
        "_settings", "flooded", "spoke",
    )  # fmt: skip

    def __init__(self, settings: Settings, now_s: float) -> None:
        self._settings = settings
        self._interval_s, self._burst_s = _pace(settings.messages_per_s, settings.message_burst)
        self._full_at_s = now_s
        self._chat: TokenBucket | None = None  # made for whoever says something: most never do
        self._entries = TokenBucket(settings.entries_per_s, settings.entry_burst, now_s)
        self._flooding_since_s = 0.0
        self._calm_from_s = float("-inf")
        self._bad_at_s: list[float] | None = None
        self.flooded = False
        """Whether messages were refused, and it hasn't been calm since when it last said something."""
        self.spoke = False
        """Whether a valid message came."""

    def message(self, now_s: float) -> bool:
        """Note a message or a ping; tells whether it may be answered.

        Raises:
            PolicyViolation: it has been too many for too long.

        """
        full_at_s = self._full_at_s
        if full_at_s - now_s <= self._burst_s:
            self._full_at_s = (full_at_s if full_at_s > now_s else now_s) + self._interval_s  # noqa: FURB136  # hot
            if self.flooded:
                self.flooded = self.flooding(now_s)
            return True
        self.flooded = True
        if now_s >= self._calm_from_s:
            self._flooding_since_s = now_s
        self._calm_from_s = now_s + _CALM_S
        if now_s - self._flooding_since_s >= self._settings.max_flood_s:
            raise PolicyViolation("too many messages for too long")
        return False

    def flooding(self, now_s: float) -> bool:
        """Tell whether messages were refused lately."""
        return now_s < self._calm_from_s

    def enter(self, now_s: float) -> None:
        """Note that it asks into a room.

        Raises:
            Refused: `rate_limited`.

        """
        if not self._entries.take(now_s):
            raise Refused("rate_limited", "Too many rooms asked for; wait a moment.")

    def chat(self, now_s: float) -> None:
        """Note a chat line.

        Raises:
            Refused: `rate_limited`.

        """
        if self._chat is None:
            self._chat = TokenBucket(self._settings.chat_per_s, self._settings.chat_burst, now_s)
        if not self._chat.take(now_s):
            raise Refused("rate_limited", "Too many chat lines; wait a moment.")

    def bad(self, now_s: float) -> None:
        """Note a message that isn't one of the protocol.

        Raises:
            PolicyViolation: it was one too many.

        """
        lately = [at_s for at_s in self._bad_at_s or () if at_s > now_s - _BAD_WINDOW_S]
        self._bad_at_s = [*lately, now_s]
        if len(self._bad_at_s) > self._settings.max_bad_messages:
            raise PolicyViolation("too many malformed messages")
