"""What a load test measured: histograms of times, over the whole run and through it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

MEASURES = {
    "snapshot interval": "between the arrivals of two snapshots",
    "snapshot jitter": "how much longer or shorter an interval was than the ticks that it spans",
    "command to ack": "from sending an input or a command to the first snapshot that acknowledges it",
    "chat round trip": "from saying something to hearing it oneself",
    "join": "from sending <code>join</code> to the seat's keyframe",
    "spectate": "from sending <code>spectate</code> to the room's keyframe",
    "resume": "from sending <code>resume</code> on a new connection to the seat's keyframe",
}
"""Each measure's name, as locust's statistics have it too, and what it is, as HTML. All are in milliseconds."""
PERCENTILES = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
BUCKETS_PER_MS = 100
"""Times are kept to 10 us; locust itself keeps two digits, too few to see a tick's jitter."""
MAX_SLICES = 120
NINES_STEP = 0.1


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the nearest-rank percentile: the least value that so many of all are not above."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Histogram:
    """Times in buckets: its size, and the work to read it, don't grow with the run."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.sum_ms = 0.0

    def add(self, time_ms: float) -> None:
        """Take one."""
        self._buckets[round(time_ms * BUCKETS_PER_MS)] += 1
        self.count += 1
        self.sum_ms += time_ms

    def merge(self, other: Histogram) -> None:
        """Take all of another's."""
        self._buckets.update(other._buckets)
        self.count += other.count
        self.sum_ms += other.sum_ms

    def percentiles(self, shares: Sequence[float]) -> list[float]:
        """Give the nearest-rank percentiles of rising shares, in milliseconds; there must be a sample."""
        found: list[float] = []
        seen = 0
        for bucket, count in sorted(self._buckets.items()):
            seen += count
            while len(found) < len(shares) and seen >= max(1, math.ceil(shares[len(found)] * self.count)):
                found.append(bucket / BUCKETS_PER_MS)
        return found

    def summary(self) -> dict[str, float]:
        """Give the count, and where there are any, median, 95th and 99th percentile and maximum in milliseconds."""
        if not self.count:
            return {"count": 0}
        times = self.percentiles(list(PERCENTILES.values()))
        return {"count": self.count} | {f"{name}_ms": time for name, time in zip(PERCENTILES, times, strict=True)}

    def curve(self) -> list[tuple[float, float]]:
        """Give points of the percentile curve: how many nines (2 is the 99th percentile), and milliseconds."""
        nines = [step * NINES_STEP for step in range(math.floor(math.log10(max(1, self.count)) / NINES_STEP) + 1)]
        times = self.percentiles([1 - 10**-nine for nine in nines])
        return [(round(nine, 2), time) for nine, time in zip(nines, times, strict=False)]


class Timeline:
    """A measure through the run, in equal slices; where they would get too many, each two are merged into one."""

    def __init__(self) -> None:
        self.slice_s = 1.0
        self._slices: list[Histogram] = []

    def add(self, time_ms: float, at_s: float) -> None:
        """Take one, which came so long after the beginning."""
        while at_s >= MAX_SLICES * self.slice_s:
            self._merge()
        while len(self._slices) <= at_s / self.slice_s:
            self._slices.append(Histogram())
        self._slices[int(at_s / self.slice_s)].add(time_ms)

    def _merge(self) -> None:
        self.slice_s *= 2
        evens, odds = self._slices[::2], self._slices[1::2]
        for even, odd in zip_longest(evens, odds):
            if odd is not None:
                even.merge(odd)
        self._slices = evens

    def report(self) -> dict[str, Any]:
        """Give median and 99th percentile of each slice, null where there was nothing."""
        none: list[float | None] = [None, None]
        both = [one.percentiles([0.5, 0.99]) if one.count else none for one in self._slices]
        return {"slice_s": self.slice_s, "median_ms": [m for m, _ in both], "p99_ms": [p for _, p in both]}


class Collected:
    """All that the clients of one run report."""

    def __init__(self, began_s: float) -> None:
        """Begin at a time of `time.perf_counter`."""
        self._began_s = began_s
        self._histograms = {name: Histogram() for name in MEASURES}
        self._timelines = {name: Timeline() for name in MEASURES}
        self._bytes = 0
        self._failures: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        """What is no failure, but worth saying: drops, races for a last seat, commands that a game refused."""
        self.lateness = Histogram()
        """How late the generator's own timer was."""
        self.measuring = True
        """Until the clients are told to leave: locust's own work to stop them would be measured along."""

    def take(self, name: str, time_ms: float, size_bytes: int, *, now_s: float) -> None:
        """Take one sample, and the bytes that came with it."""
        if self.measuring and name in self._histograms:
            self._histograms[name].add(time_ms)
            self._timelines[name].add(time_ms, now_s - self._began_s)
            if name == "snapshot interval":
                self._bytes += size_bytes

    def fail(self, what: str) -> None:
        """Take a failure, also while the clients leave."""
        self._failures[what] += 1

    def count(self, name: str) -> int:
        """Give how many samples there are of one measure."""
        return self._histograms[name].count

    @property
    def failures(self) -> int:
        """How many there were."""
        return self._failures.total()

    def report(self) -> dict[str, Any]:
        """Give what the tables need, as JSON can hold it."""
        return {
            "measures": {name: samples.summary() for name, samples in self._histograms.items()},
            "per_client": self._per_client(),
            "failures": {"count": self._failures.total(), "of": dict(self._failures.most_common())},
            "noted": dict(self.noted),
        }

    def curves(self) -> dict[str, Any]:
        """Give what the plots need, for each measure that has samples."""
        return {
            name: {"percentiles": samples.curve(), "timeline": self._timelines[name].report()}
            for name, samples in self._histograms.items()
            if samples.count
        }

    def _per_client(self) -> dict[str, float]:
        """Give what a client got per second; a client's time is the sum of the intervals between its snapshots."""
        intervals = self._histograms["snapshot interval"]
        seconds = intervals.sum_ms / 1000
        if not seconds:
            return {"snapshots_per_s": 0.0, "bytes_per_s": 0.0}
        return {
            "snapshots_per_s": round(intervals.count / seconds, 2),
            "bytes_per_s": round(self._bytes / seconds, 1),
        }
