"""The gameserver's command line, with exact numbers for each tick instead of buckets.

`SIGUSR1` begins a window and `SIGUSR2` ends it; each is answered by a line of JSON at the end of the file that
`GAMESERVER_OBSERVED` names.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

import msgspec

from gameserver import app
from gameserver.cli import main
from gameserver.metrics import Metrics, Turn
from loadtest.measures import percentile

FILE = "GAMESERVER_OBSERVED"


class Window(Metrics):
    """Counts as a server does, and remembers every turn of every room since the window began."""

    def __init__(self) -> None:
        super().__init__()
        self._out = Path(os.environ[FILE])
        self._began_s = self._collecting_s = perf_counter()
        self._forget()
        gc.callbacks.append(self._collected)
        signal.signal(signal.SIGUSR1, lambda *_: self.begin())
        signal.signal(signal.SIGUSR2, lambda *_: self.end())

    def begin(self) -> None:
        """Forget what was."""
        self.count_turns()
        self._forget()
        self._began_s = perf_counter()
        self._say({"edge": "begin"})

    def end(self) -> None:
        """Say what was since."""
        seconds = perf_counter() - self._began_s
        self.count_turns()
        turns = self._turns_seen
        self._say(
            {
                "edge": "end",
                "seconds": seconds,
                "ticks": len(turns),
                "late_ms": spread([max(0.0, late_s * 1000) for _, _, late_s, _, _ in turns]),
                "busy_ms": spread([busy_s * 1000 for _, busy_s, _, _, _ in turns]),
                "sent": sum(sent for _, _, _, sent, _ in turns),
                "skipped": sum(skipped for _, _, _, _, skipped in turns),
                "slipped": self._slips,
                "overruns": self._overran,
                "gc": {"collections": list(self._collections), "ms_max": self._collection_ms},
            }
        )

    def count_turns(self) -> list[Turn]:
        """Remember them; what is done here is measured as if the server did it."""
        turns = super().count_turns()
        self._turns_seen += turns
        return turns

    def slipped(self, game: str, ticks: int) -> None:
        """Count the ticks."""
        super().slipped(game, ticks)
        self._slips += ticks

    def overran(self, game: str) -> None:
        """Count it."""
        super().overran(game)
        self._overran += 1

    def _forget(self) -> None:
        self._turns_seen: list[Turn] = []
        self._slips = self._overran = 0
        self._collections, self._collection_ms = [0, 0, 0], 0.0

    def _collected(self, phase: str, info: Mapping[str, int]) -> None:
        if phase == "start":
            self._collecting_s = perf_counter()
            return
        self._collections[info["generation"]] += 1
        self._collection_ms = max(self._collection_ms, (perf_counter() - self._collecting_s) * 1000)

    def _say(self, line: object) -> None:
        with self._out.open("ab") as out:
            out.write(msgspec.json.encode(line) + b"\n")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Give count, median, 95th and 99th percentile and maximum."""
    ordered = sorted(values)
    if not ordered:
        return {"count": 0, "p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0}
    shares = {"p50": percentile(ordered, 0.5), "p95": percentile(ordered, 0.95), "p99": percentile(ordered, 0.99)}
    return {"count": len(ordered), **shares, "max": ordered[-1]}


if __name__ == "__main__":
    app.Metrics = Window  # type: ignore[attr-defined]  # the one place where a server gets what it counts by
    sys.exit(main())
