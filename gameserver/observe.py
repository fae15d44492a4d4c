"""What the server counts, as calls that do nothing unless somebody listens.

The core reports through this class and knows no metrics library; `metrics.py` turns the calls into Prometheus series.
"""

from __future__ import annotations


class Observer:
    """Override what you want to know. Calls come from hot paths: return quickly, never raise."""

    messages = 0
    """Messages that arrived. Counted in place, as `characters` is: a call for each would take longer than the count."""
    characters = 0
    """What those messages were long, all together."""

    def connected(self) -> None:
        """A connection was accepted."""

    def disconnected(self) -> None:
        """A connection is gone."""

    def evicted(self, reason: str) -> None:
        """A connection was let go.

        Sending to it failed (`send_failed`), it read too slowly or not at all (`too_slow`), or it behaved badly
        (`policy`).
        """

    def refused(self, code: str) -> None:
        """An `error` was answered."""

    def room_opened(self, game: str) -> None:
        """A room was created."""

    def room_closed(self, game: str, reason: str) -> None:
        """A room is gone: `ended`, `empty`, `crashed` or `closing`."""

    def ticked(self, game: str, step_s: float, late_s: float, sent: int, skipped: int) -> None:
        """A room ran its due steps in `step_s` seconds, starting `late_s` after their deadline.

        Its snapshot, if there was one, went to `sent` connections and was skipped for `skipped` that were behind.
        """

    def overran(self, game: str) -> None:
        """A room's turn took longer than its tick lasts."""

    def slipped(self, game: str, ticks: int) -> None:
        """A room was too late to catch up; `ticks` of its schedule were given up."""
