"""What a load test measured, and the table that says it."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

MEASURES = ("join", "snapshot interval", "command to ack")
MAX_FAILURES_SHOWN = 8


class Samples:
    """Times of one measure, unrounded: locust itself keeps two digits, too few to see a tick's jitter."""

    def __init__(self) -> None:
        self.times_ms = array("d")
        self.bytes = 0

    def add(self, time_ms: float, size_bytes: int = 0) -> None:
        """Take one."""
        self.times_ms.append(time_ms)
        self.bytes += size_bytes

    def summary(self) -> dict[str, float]:
        """Give the count, and where there are any, median, 95th and 99th percentile and maximum in milliseconds."""
        ordered = sorted(self.times_ms)
        if not ordered:
            return {"count": 0}
        times = {"median_ms": percentile(ordered, 0.5), "p95_ms": percentile(ordered, 0.95)}
        times |= {"p99_ms": percentile(ordered, 0.99), "max_ms": ordered[-1]}
        return {"count": len(ordered)} | {name: round(time, 3) for name, time in times.items()}


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the nearest-rank percentile: the least value that so many of all are not above."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Collected:
    """All that the players of one run report."""

    def __init__(self) -> None:
        self.samples = {name: Samples() for name in MEASURES}
        self.failures: Counter[str] = Counter()
        self.lateness = Samples()
        """How late the generator's own timer was."""
        self.measuring = True
        """Until the players are told to leave: locust's own work to stop them would be measured along."""

    def on_request(
        self, *, name: str, response_time: float | None, response_length: int, exception: Exception | None, **_: Any
    ) -> None:
        """Take one of locust's `request` events."""
        if exception is not None:
            self.failures[f"{name}: {exception}"] += 1
        elif self.measuring and response_time is not None and name in self.samples:
            self.samples[name].add(response_time, response_length)

    def per_client(self) -> dict[str, float]:
        """Give what a client got per second; a client's time is the sum of the intervals between its snapshots."""
        intervals = self.samples["snapshot interval"]
        seconds = math.fsum(intervals.times_ms) / 1000
        if not seconds:
            return {"snapshots_per_s": 0.0, "bytes_per_s": 0.0}
        return {
            "snapshots_per_s": round(len(intervals.times_ms) / seconds, 2),
            "bytes_per_s": round(intervals.bytes / seconds, 1),
        }

    def report(self) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return {
            "measures": {name: samples.summary() for name, samples in self.samples.items()},
            "per_client": self.per_client(),
            "failures": {"count": self.failures.total(), "of": dict(self.failures.most_common())},
        }


def table(report: dict[str, Any]) -> list[str]:
    """Put a report into lines for a terminal."""
    lines = [f"  {'':<18}{'count':>9}{'median':>10}{'p95':>10}{'p99':>10}{'max':>10}"]
    for name, summary in report["measures"].items():
        times = [summary.get(key) for key in ("median_ms", "p95_ms", "p99_ms", "max_ms")]
        cells = "".join(f"{'-' if time is None else f'{time:.1f} ms':>10}" for time in times)
        lines.append(f"  {name:<18}{summary['count']:>9,}{cells}")
    client, failures = report["per_client"], report["failures"]["count"]
    lines.append("")
    lines.append(
        f"  each client: {client['snapshots_per_s']:.1f} snapshots/s, {client['bytes_per_s']:,.0f} bytes/s"
        f"      failures: {failures:,}"
    )
    return lines


def failure_lines(report: dict[str, Any]) -> list[str]:
    """Name the failures, the most frequent first."""
    found = list(report["failures"]["of"].items())
    lines = [f"  {count:>6,} x {why}" for why, count in found[:MAX_FAILURES_SHOWN]]
    if len(found) > MAX_FAILURES_SHOWN:
        lines.append(f"           and {len(found) - MAX_FAILURES_SHOWN} other kinds; the JSON file has them all")
    return lines
