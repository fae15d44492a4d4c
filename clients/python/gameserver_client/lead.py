"""How far the client runs ahead of the server's clock, so that inputs are there when their tick comes."""

from __future__ import annotations

from collections import deque

from gameserver_client.server_clock import ServerClock

STARVED_TICKS = 0.5
"""What a step without an input raises the lead by, at most once per round trip."""
PLENTY_TICKS = 0.25
"""What two seconds in which an input always waited lower it by."""
PLENTY_S = 2.0
BACKLOG_SNAPSHOTS = 6
BACKLOG = 2
"""So many inputs waiting over so many snapshots are a backlog, after a stall: the rest is dropped at once."""
MOST_TICKS = 6
"""The lead is at most so much more than half the round trip."""
BEND = 0.25
"""The client's time goes at most this much faster or slower for it: half a tick in two, without a jump."""


class Lead:
    """The client's lead over the server's clock, in ticks."""

    def __init__(self, clock: ServerClock) -> None:
        self._clock = clock
        self._added = 0.0
        """What late inputs have added, where there are no margins."""
        self._wanted = self._guess()
        self.ticks = self._wanted
        """What is applied; bends to what is wanted."""
        self.measured = False
        """Whether the server tells margins; without them the lead follows the round trip alone."""
        self._raised_s = float("-inf")
        self._since_s: float | None = None
        self._least = MOST_TICKS
        """The lowest margin since then."""
        self._recent: deque[int] = deque(maxlen=BACKLOG_SNAPSHOTS)
        self._settled_s = float("-inf")
        """Until then margins tell of before the last drop."""

    def advance(self, elapsed_s: float) -> None:
        """Bend towards what is wanted."""
        if not self.measured:
            self._wanted = self._guess()
        least = self._clock.rtt_s / 2 * self._clock.rate_hz
        self._wanted = min(least + MOST_TICKS, max(least, self._wanted))
        most = BEND * self._clock.rate_hz * elapsed_s
        self.ticks += min(most, max(-most, self._wanted - self.ticks))

    def report(self, margin: int, now_s: float) -> int:
        """Take in how many inputs waited at the server (-1: none was there); gives how many client ticks to drop."""
        self.measured = True
        if self._since_s is None:
            self._since_s = now_s
        self._least = min(self._least, margin)
        if margin < 0:
            if now_s - self._raised_s >= self._clock.rtt_s:
                self._raised_s = now_s
                self._wanted += STARVED_TICKS
            self._begin(now_s)
        elif now_s - self._since_s >= PLENTY_S:
            if self._least >= 1:
                self._wanted -= PLENTY_TICKS
            self._begin(now_s)
        return self._backlog(margin, now_s)

    def late(self) -> None:
        """Inputs were late, as far as one can tell without margins. It stays: nothing says when it is too much."""
        self._added = min(MOST_TICKS - 1.0, self._added + STARVED_TICKS)

    def _begin(self, now_s: float) -> None:
        self._since_s, self._least = now_s, MOST_TICKS

    def _backlog(self, margin: int, now_s: float) -> int:
        if now_s < self._settled_s:
            return 0
        self._recent.append(margin)
        if len(self._recent) < BACKLOG_SNAPSHOTS or min(self._recent) < BACKLOG:
            return 0
        surplus = min(self._recent) - 1
        self._recent.clear()
        self._settled_s = now_s + self._clock.rtt_s + surplus / self._clock.rate_hz
        return surplus

    def _guess(self) -> float:
        clock = self._clock
        return (clock.rtt_s / 2 + 2 * clock.jitter_s) * clock.rate_hz + 1 + self._added
