"""How far a server can be filled: the rule that a size has to keep, and the order in which sizes are tried."""

from __future__ import annotations

from loadtest.bench.results import GAMESERVER, Run

LATE_P99_MS = 5.0
"""The 99th percentile of the snapshots' lateness must be below."""
DELIVERED = 0.995
"""The least share of the snapshots due that must have come: the window's edges cut off part of a tick."""
GENERATOR_FULL = 0.9
"""Share of its core from which on the swarm, not the server, may be what is late."""


def keeps_up(run: Run, *, nominal_ms: float) -> bool:
    """Tell whether a server kept the rule: on time, nothing skipped, nobody lost.

    Args:
        run: the window.
        nominal_ms: the server's own interval between snapshots.

    """
    measured = run.measured
    due = run.clients * measured.seconds * 1000 / nominal_ms
    skipped = measured.missed if run.contender == GAMESERVER else 0
    return (
        late_p99_ms(run, nominal_ms=nominal_ms) < LATE_P99_MS
        and measured.snapshots >= DELIVERED * due
        and not (skipped or measured.lost or measured.errors)
    )


def late_p99_ms(run: Run, *, nominal_ms: float) -> float:
    """Give the 99th percentile of the snapshots' lateness against an interval other than the one asked for.

    The swarm counts lateness from 1000/rate; shifting every interval by the same time shifts the percentile by as much.
    """
    return max(0.0, run.measured.interval_ms.p99 - nominal_ms)


def first_size(cost_us: float | None, rate_hz: float, *, share: float, step: int, otherwise: int) -> int:
    """Give the clients to begin with: a share of what the CPU time per client-tick allows, in whole steps."""
    if not cost_us:
        return otherwise
    return max(step, int(share * 1e6 / (cost_us * rate_hz)) // step * step)


class Climb:
    """Says which size comes next. A size that fails is tried once more; two sizes in a row that fail both times end it.

    Where the very first ones fail, the server can't be emptied again: `capacity` is 0 then, and another climb may start
    lower.
    """

    def __init__(self, *, first: int, step: int, most: int) -> None:
        self.capacity = 0
        """The largest size at which the rule held."""
        self.size: int | None = first
        """What to try now; None: it is over."""
        self._step = step
        self._most = most
        self._tries = 0
        self._failed_sizes = 0

    def add(self, fits: bool) -> None:
        """Take what the current size gave."""
        if self.size is None:
            raise ValueError("The climb is over.")
        self._tries += 1
        if fits:
            self.capacity = self.size
            self._failed_sizes = 0
        elif self._tries == 1:
            return
        else:
            self._failed_sizes += 1
        self._tries = 0
        self.size += self._step
        if self._failed_sizes == 2 or self.size > self._most:
            self.size = None

    def stop(self) -> None:
        """End it, whatever comes next."""
        self.size = None
