"""What players see of others who stop reading: a fifth of the arena's hundred stalls at once, and stays stalled.

Runs come in pairs, one with the stall and one without, in alternating order. Each has a server of its own in a process
of its own, and all players in this one. Half of the stalled have small receive buffers, half go on sending; whoever is
cut comes back to his seat and stalls again.

    python -m loadtest.stalled                # five pairs of 2 x 30 s
    python -m loadtest.stalled --pairs 1 --seconds 10

The exit code is 1 when a goal is missed: the others' p99 interval between snapshots may move by less than 5 ms (the
median of the pairs), no snapshot that the room sent may be missed, nobody else may lose his connection, and a stalled
client may cost the server at most 160 KiB, its kernel's buffers included.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import msgspec
import uvloop

from gameserver.arguments import integer
from loadtest.crowd import Crowd, Fighter
from loadtest.footprint import rss_bytes, socket_memory
from loadtest.measures import percentile
from loadtest.server import ServerProcess, server_process, stop_with_server

MAX_DIFFERENCE_MS = 5.0
MAX_HELD_KIB = 160.0
SETTLE_S = 5.0
"""From the last arrival to the beginning of what is measured."""
SAMPLE_S = 0.25
LOG = Path(__file__).parent / "results" / "stalled-server.log"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run measured."""

    p99_ms: float
    """Interval between snapshots of those who read."""
    missed: int
    """Snapshots that somebody else in the room was sent, and a reader was not."""
    late: int
    """Ticks that the room sent nobody a snapshot of: the server was late, and ran several at once."""
    lost: int
    """Connections of readers that ended."""
    cut: int
    """How often a stalled one was cut."""
    kernel_kib: float
    """The most that the kernel held for a stalled client's socket."""
    grown_kib: float
    """How much the server's own memory grew at most while it was measured."""


class Pair(msgspec.Struct, frozen=True):
    """A run without the stall and one with it."""

    without: Run
    stalled: Run

    @property
    def difference_ms(self) -> float:
        """How much the stall moved p99."""
        return self.stalled.p99_ms - self.without.p99_ms

    def held_kib(self, stalled: int) -> float:
        """What the server held for a stalled client: the kernel's share, and its own memory beyond the other run's."""
        own = max(0.0, self.stalled.grown_kib - self.without.grown_kib)
        return self.stalled.kernel_kib + own / stalled


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives 1 when a goal is missed."""
    options = _parser().parse_args(arguments)
    stop_with_server()
    if options.stalled >= options.clients:
        print("stalled: --stalled must be less than --clients, so that somebody can be measured.", file=sys.stderr)
        return 2
    print(
        f"\n  arena at 30 Hz, {options.clients} players, {options.stalled} of them stalled;"
        f" {options.pairs} pairs of 2 x {options.seconds} s\n\n{_head()}",
        flush=True,
    )
    pairs: list[Pair] = []
    for number in range(options.pairs):
        runs = {}
        # Alternating: what warms up or wears out over a pair falls on either side in turn.
        for stall in (number % 2 == 1, number % 2 == 0):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runs[stall] = runner.run(_run(options, stall=stall, seed=number))
        pairs.append(Pair(runs[False], runs[True]))
        print(_line(str(number + 1), [pairs[-1]], options.stalled), flush=True)
    if len(pairs) > 1:
        print(_line("median", pairs, options.stalled))
    problems = _problems(pairs, options.stalled)
    print("\n" + "\n".join(f"  FAILED. {problem}" for problem in problems) if problems else "\n  All goals are met.")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.stalled", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--pairs", type=integer(1, 100), default=5, metavar="N", help="pairs of runs (default: %(default)s)")
    add("--seconds", type=integer(2, 3600), default=30, metavar="S",
        help="seconds measured in each run, after 5 s to settle (default: %(default)s)")  # fmt: skip
    add("--clients", type=integer(2, 100), default=100, metavar="N", help="players (default: %(default)s)")
    add("--stalled", type=integer(1, 99), default=20, metavar="N",
        help="how many of them stall (default: %(default)s)")  # fmt: skip
    return parser


async def _run(options: argparse.Namespace, *, stall: bool, seed: int) -> Run:
    arguments = ("gameserver.games.arena", "--bots", "0", "--seed", str(seed))
    # A collection in this process would look like a late snapshot.
    gc.collect()
    gc.disable()
    try:
        with server_process(clients=2 * options.clients, log=LOG, arguments=arguments) as server:
            async with Crowd(server.url, clients=options.clients, stalled=options.stalled, seed=seed) as crowd:
                await asyncio.sleep(SETTLE_S)
                return await _measure(crowd, server, options.seconds, stall=stall)
    finally:
        gc.enable()


async def _measure(crowd: Crowd, server: ServerProcess, seconds: float, *, stall: bool) -> Run:
    since_s, before = perf_counter(), rss_bytes(server.pid)
    lost_before, cut_before = _losses(crowd.readers), _losses(crowd.stallers)
    kernel = grown = 0
    if stall:
        for staller in crowd.stallers:
            staller.stall()
    while perf_counter() - since_s < seconds:
        await asyncio.sleep(SAMPLE_S)
        grown = max(grown, rss_bytes(server.pid) - before)
        held = socket_memory(urlsplit(server.url).port or 0)
        for staller in crowd.stallers:
            port = staller.port
            if port in held:
                kernel = max(kernel, held[port].total)
            elif port is not None:
                staller.cut()
    missed, late = _gaps(crowd.readers, since_s)
    return Run(
        p99_ms=percentile(sorted(_intervals_ms(crowd.readers, since_s)), 0.99),
        missed=missed,
        late=late,
        lost=_losses(crowd.readers) - lost_before,
        cut=_losses(crowd.stallers) - cut_before,
        kernel_kib=kernel / 1024,
        grown_kib=grown / 1024,
    )


def _losses(group: Sequence[Fighter]) -> int:
    return sum(fighter.losses for fighter in group)


def _intervals_ms(readers: Sequence[Fighter], since_s: float) -> list[float]:
    """Give the times between one snapshot and the next, from when the measuring began."""
    found: list[float] = []
    for reader in readers:
        times = [time_s for time_s in reader.times_s if time_s >= since_s]
        found += [(after - before) * 1000 for before, after in pairwise(times)]
    return found


def _gaps(readers: Sequence[Fighter], since_s: float) -> tuple[int, int]:
    """Count the snapshots that some reader missed while another of his room had them, and those that nobody had."""
    missed = late = 0
    for room in {reader.room for reader in readers}:
        seen = [
            {tick for tick, time_s in zip(r.ticks, r.times_s, strict=True) if time_s >= since_s}
            for r in readers
            if r.room == room
        ]
        sent = set().union(*seen)
        for ticks in seen:
            # What came before the first and after the last may fall outside of the measured time.
            first, last = min(ticks, default=0), max(ticks, default=2**32)
            missed += sum(1 for tick in sent - ticks if first < tick < last)
        late += max(sent, default=0) - min(sent, default=1) + 1 - len(sent)
    return missed, late


def _head() -> str:
    columns = ("p99 without", "p99 with", "difference", "missed", "late", "lost", "cut", "kernel", "in all")
    return f"  {'pair':<8}" + "".join(f"{name:>13}" for name in columns)


def _line(name: str, pairs: Sequence[Pair], stalled: int) -> str:
    def median(of: Callable[[Pair], float]) -> float:
        return statistics.median(of(pair) for pair in pairs)

    cells = [
        f"{median(lambda p: p.without.p99_ms):.2f} ms",
        f"{median(lambda p: p.stalled.p99_ms):.2f} ms",
        f"{median(lambda p: p.difference_ms):+.2f} ms",
        f"{median(lambda p: p.stalled.missed):g}",
        f"{median(lambda p: p.without.late):g}/{median(lambda p: p.stalled.late):g}",
        f"{median(lambda p: p.stalled.lost):g}",
        f"{median(lambda p: p.stalled.cut):g}",
        f"{median(lambda p: p.stalled.kernel_kib):.0f} KiB",
        f"{median(lambda p: p.held_kib(stalled)):.0f} KiB",
    ]
    return f"  {name:<8}" + "".join(f"{cell:>13}" for cell in cells)


def _problems(pairs: Sequence[Pair], stalled: int) -> list[str]:
    """Name the goals that were missed."""
    found = []
    difference = statistics.median(pair.difference_ms for pair in pairs)
    if difference >= MAX_DIFFERENCE_MS:
        found.append(f"The stall moved the others' p99 by {difference:.2f} ms; the goal is less than 5 ms.")
    missed = sum(pair.stalled.missed for pair in pairs)
    if missed:
        found.append(f"Readers missed {missed} snapshots that others in their room were sent.")
    lost = sum(run.lost for pair in pairs for run in (pair.without, pair.stalled))
    if lost:
        found.append(f"{lost} readers lost their connections.")
    held = statistics.median(pair.held_kib(stalled) for pair in pairs)
    if held > MAX_HELD_KIB:
        found.append(f"A stalled client cost the server {held:.0f} KiB; the goal is 160.")
    return found


if __name__ == "__main__":
    sys.exit(main())
