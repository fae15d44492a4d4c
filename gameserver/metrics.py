"""What the server counts, as Prometheus series."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from gameserver.observe import Observer

_STEP_BUCKETS_S = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.132)
_LATE_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)


# A second series per counter, with the time of its first sample, would double the page for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it unannotated


class Metrics(Observer):
    """Keeps the series of one server; `text()` is what `/metrics` answers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        by_game = ["game"]
        r = self._registry
        self._connections = Gauge("gameserver_connections", "Open WebSocket connections.", registry=r)
        self._evictions = Counter("gameserver_evictions", "Connections cut.", ["reason"], registry=r)
        self._messages = Counter("gameserver_messages_received", "Messages from clients.", registry=r)
        self._bytes = Counter("gameserver_received_characters", "Characters of those messages.", registry=r)
        self._errors = Counter("gameserver_errors", "Errors answered.", ["code"], registry=r)
        self._rooms = Gauge("gameserver_rooms", "Open rooms.", by_game, registry=r)
        self._closed = Counter("gameserver_rooms_closed", "Rooms gone.", ["game", "reason"], registry=r)
        self._slipped = Counter("gameserver_slipped_ticks", "Ticks given up since late.", by_game, registry=r)
        self._overruns = Counter("gameserver_overruns", "Turns longer than a tick.", by_game, registry=r)
        self._sent = Counter("gameserver_snapshots_sent", "Snapshots written.", by_game, registry=r)
        self._skipped = Counter("gameserver_snapshots_skipped", "Snapshots not sent, the peer being behind.", by_game,
                                registry=r)  # fmt: skip
        self._step = Histogram("gameserver_step_seconds", "Running the due steps and sending.", by_game,
                               buckets=_STEP_BUCKETS_S, registry=r)  # fmt: skip
        self._late = Histogram("gameserver_late_seconds", "Start of a step after its deadline.", by_game,
                               buckets=_LATE_BUCKETS_S, registry=r)  # fmt: skip

    def text(self) -> bytes:
        """Give all series in Prometheus's text format."""
        return generate_latest(self._registry)

    def connected(self) -> None:
        """Count one more."""
        self._connections.inc()

    def disconnected(self) -> None:
        """Count one less."""
        self._connections.dec()

    def evicted(self, reason: str) -> None:
        """Count by reason."""
        self._evictions.labels(reason).inc()

    def received(self, characters: int) -> None:
        """Count the message and its size."""
        self._messages.inc()
        self._bytes.inc(characters)

    def refused(self, code: str) -> None:
        """Count by code."""
        self._errors.labels(code).inc()

    def room_opened(self, game: str) -> None:
        """Count one more."""
        self._rooms.labels(game).inc()

    def room_closed(self, game: str, reason: str) -> None:
        """Count one less, by reason."""
        self._rooms.labels(game).dec()
        self._closed.labels(game, reason).inc()

    def ticked(self, game: str, step_s: float, late_s: float) -> None:
        """Note duration and lateness."""
        self._step.labels(game).observe(step_s)
        self._late.labels(game).observe(max(0.0, late_s))

    def overran(self, game: str) -> None:
        """Count it."""
        self._overruns.labels(game).inc()

    def slipped(self, game: str, ticks: int) -> None:
        """Count the ticks."""
        self._slipped.labels(game).inc(ticks)

    def snapshots(self, game: str, sent: int, skipped: int) -> None:
        """Count both."""
        self._sent.labels(game).inc(sent)
        if skipped:
            self._skipped.labels(game).inc(skipped)
