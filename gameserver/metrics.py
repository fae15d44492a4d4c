"""What the server counts, as Prometheus series."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Metric,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from gameserver.observe import Observer

_STEP_BUCKETS_S = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.132)
_LATE_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)


# A second series per counter, with the time of its first sample, would double the page for nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it unannotated


class _Spread:
    """A histogram's numbers: the first bucket whose upper end isn't below a value counts it; the last has no end."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        """Give how many values were at most each bound, as Prometheus wants it."""
        ends = [*(repr(bound) for bound in self.bounds), "+Inf"]
        return list(zip(ends, accumulate(self.counts), strict=True))


Turn = tuple[str, float, float, int, int]
"""A room's turn: game, seconds it took, seconds it was late, snapshots sent and skipped."""
_AT_ONCE = 64
"""So many turns are counted in one go. Counting each when it was over, between rooms' turns that drive everything else
out of the processor's caches, takes several times as long."""


class _GameNumbers:
    """What is counted for each turn of a game's rooms."""

    def __init__(self) -> None:
        self.step = _Spread(_STEP_BUCKETS_S)
        self.late = _Spread(_LATE_BUCKETS_S)
        self.sent = 0
        self.skipped = 0


class _Hot:
    """What is counted for each message and each turn: plain numbers, made into series when somebody asks.

    A `Counter` takes a lock and looks for a forked process at each `inc()`, and a `Histogram` for each bucket: more
    than it costs to decode the message.
    """

    def __init__(self, counted: Observer) -> None:
        self._counted = counted
        self._games: defaultdict[str, _GameNumbers] = defaultdict(_GameNumbers)

    def count(self, turns: Sequence[Turn]) -> None:
        """Count turns."""
        for game, step_s, late_s, sent, skipped in turns:
            numbers = self._games[game]
            step, late = numbers.step, numbers.late
            step.counts[bisect_left(step.bounds, step_s)] += 1
            step.sum += step_s
            late.counts[bisect_left(late.bounds, late_s)] += 1
            if late_s > 0:
                late.sum += late_s
            numbers.sent += sent
            numbers.skipped += skipped

    def collect(self) -> Iterator[Metric]:
        """Give the series; prometheus_client calls it."""
        yield CounterMetricFamily("gameserver_messages_received", "Messages from clients.", self._counted.messages)
        characters = self._counted.characters
        yield CounterMetricFamily("gameserver_received_characters", "Characters of those messages.", characters)
        by_game = ["game"]
        sent = CounterMetricFamily("gameserver_snapshots_sent", "Snapshots written.", labels=by_game)
        skipped = CounterMetricFamily(
            "gameserver_snapshots_skipped", "Snapshots not sent, the peer being behind.", labels=by_game
        )
        step = HistogramMetricFamily("gameserver_step_seconds", "Running the due steps and sending.", labels=by_game)
        late = HistogramMetricFamily("gameserver_late_seconds", "Start of a step after its deadline.", labels=by_game)
        for game, numbers in self._games.items():
            sent.add_metric([game], numbers.sent)
            skipped.add_metric([game], numbers.skipped)
            step.add_metric([game], numbers.step.buckets(), numbers.step.sum)
            late.add_metric([game], numbers.late.buckets(), numbers.late.sum)
        yield from (sent, skipped, step, late)


class Metrics(Observer):
    """Keeps the series of one server; `text()` is what `/metrics` answers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._hot = _Hot(self)
        self._turns: list[Turn] = []
        self._registry.register(self._hot)
        by_game = ["game"]
        r = self._registry
        self._connections = Gauge("gameserver_connections", "Open WebSocket connections.", registry=r)
        self._evictions = Counter("gameserver_evictions", "Connections cut.", ["reason"], registry=r)
        self._errors = Counter("gameserver_errors", "Errors answered.", ["code"], registry=r)
        self._rooms = Gauge("gameserver_rooms", "Open rooms.", by_game, registry=r)
        self._closed = Counter("gameserver_rooms_closed", "Rooms gone.", ["game", "reason"], registry=r)
        self._slipped = Counter("gameserver_slipped_ticks", "Ticks given up since late.", by_game, registry=r)
        self._overruns = Counter("gameserver_overruns", "Turns longer than a tick.", by_game, registry=r)

    def text(self) -> bytes:
        """Give all series in Prometheus's text format."""
        self.count_turns()
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

    def ticked(self, game: str, step_s: float, late_s: float, sent: int, skipped: int) -> None:
        """Note duration and lateness, and count the snapshots; in a while, or when somebody asks."""
        turns = self._turns
        turns.append((game, step_s, late_s, sent, skipped))
        if len(turns) == _AT_ONCE:
            self.count_turns()

    def count_turns(self) -> list[Turn]:
        """Count the turns that aren't counted yet, and give them."""
        turns, self._turns = self._turns, []
        self._hot.count(turns)
        return turns

    def overran(self, game: str) -> None:
        """Count it."""
        self._overruns.labels(game).inc()

    def slipped(self, game: str, ticks: int) -> None:
        """Count the ticks."""
        self._slipped.labels(game).inc(ticks)
