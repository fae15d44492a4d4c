"""The numbers of the network panel: what is shown of each, and where its line goes. Nothing is drawn here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gameserver_client import NetStats

SHOWN_S = 10.0
EVERY_S = 0.1
HEADROOM = 1.15
"""Room above the highest value, as a part of it."""


class Moment(NamedTuple):
    """The figures that aren't of a single snapshot, ten times a second."""

    at_s: float
    rtt_ms: float | None
    jitter_ms: float | None
    delay_ms: float | None
    bytes_per_s: float


class History:
    """The moments of the last ten seconds."""

    def __init__(self) -> None:
        self.moments: deque[Moment] = deque()

    def note(self, stats: NetStats, now_s: float) -> None:
        """Take a moment down, if it is time."""
        if self.moments and now_s - self.moments[-1].at_s < EVERY_S:
            return
        self.moments.append(
            Moment(now_s, stats.rtt_ms, stats.jitter_ms, stats.delay_ms, stats.bytes_per_s(now_s)),
        )
        while self.moments[0].at_s < now_s - SHOWN_S:
            self.moments.popleft()


class Value(NamedTuple):
    """A number, and when it was so."""

    at_s: float
    value: float


class Graph(NamedTuple):
    """One of the small multiples."""

    label: str
    values: Callable[[History, NetStats], list[Value]]
    text: Callable[[float], str]
    top: float
    """Where the scale ends, unless there are larger values."""
    bad: Callable[[float], bool]
    bars: bool = False
    """What happens now and then, instead of a line."""


def _of_moments(name: str) -> Callable[[History, NetStats], list[Value]]:
    def values(history: History, _: NetStats) -> list[Value]:
        pairs = [(moment.at_s, getattr(moment, name)) for moment in history.moments]
        return [Value(at_s, value) for at_s, value in pairs if value is not None]

    return values


def _of_snapshots(name: str) -> Callable[[History, NetStats], list[Value]]:
    def values(_: History, stats: NetStats) -> list[Value]:
        pairs = [(sample.at_s, getattr(sample, name)) for sample in stats.samples]
        return [Value(at_s, value) for at_s, value in pairs if value is not None]

    return values


def _ms(value: float) -> str:
    return f"{value:.0f} ms"


GRAPHS = (
    Graph("Round trip", _of_moments("rtt_ms"), _ms, 60, lambda v: v > 200),
    Graph("Jitter", _of_moments("jitter_ms"), _ms, 20, lambda v: v > 40),
    Graph("Interpolation", _of_moments("delay_ms"), _ms, 120, lambda v: v > 300),
    Graph("Input margin", _of_snapshots("margin"), lambda v: f"{v:.0f}", 3, lambda v: v < 0),
    Graph("Received", _of_moments("bytes_per_s"), lambda v: f"{v / 1000:.1f} kB/s", 5_000, lambda _: False),
    Graph("Skipped", _of_snapshots("skipped"), lambda v: f"{v:.0f}", 2, lambda v: v > 0, bars=True),
    Graph("Correction", _of_snapshots("correction"), lambda v: f"{v:.1f}", 8, lambda v: v > 4, bars=True),
    Graph("Server step", _of_snapshots("step_ms"), lambda v: f"{v:.1f} ms", 4, lambda v: v > 20),
)


class Scale(NamedTuple):
    """From values to the pixels of a graph's rectangle."""

    low: float
    high: float
    width: int
    height: int

    def x(self, at_s: float, now_s: float) -> float:
        """Give how far from the left edge: now is at the right."""
        return self.width * (1 - (now_s - at_s) / SHOWN_S)

    def y(self, value: float) -> float:
        """Give how far below the upper edge."""
        return (self.height - 1) * (1 - (value - self.low) / (self.high - self.low))


def scale_of(graph: Graph, values: Sequence[Value], size: tuple[int, int]) -> Scale:
    """Fit what is shown into the rectangle."""
    known = [each.value for each in values]
    return Scale(min([0.0, *known]), max([graph.top, *(HEADROOM * value for value in known)]), *size)


def points_of(values: Sequence[Value], scale: Scale, now_s: float) -> list[tuple[float, float]]:
    """Give a line's points, in pixels of the rectangle; of several in one pixel's width, the first."""
    points: list[tuple[float, float]] = []
    for each in values:
        x = scale.x(each.at_s, now_s)
        if x >= 0 and (not points or x - points[-1][0] >= 1):
            points.append((x, scale.y(each.value)))
    return points
