"""How late an empty loop's timers are on a core: what a server's lateness is held against.

    python -m loadtest.bench.timer_noise --core 0

The deadlines of rooms full of players, on the event loop that serves them, and nothing to do at any of them. Prints a
line of JSON: a `Spread` in ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

import msgspec

from gameserver.serving import loop_factory
from loadtest.swarm import Spread


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure how late an empty event loop's timers are.")
    parser.add_argument("--core", type=int, default=None, help="core to run on")
    parser.add_argument("--rooms", type=int, default=10, help="deadlines per tick, evenly apart (default: 10)")
    parser.add_argument("--rate-hz", type=float, default=20.0, help="ticks per second (default: 20)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long (default: 3)")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        late_ms = runner.run(lateness_ms(options.rooms, options.rate_hz, options.seconds))
    print(msgspec.json.encode(spread(late_ms)).decode())


async def lateness_ms(rooms: int, rate_hz: float, seconds: float) -> list[float]:
    """Sleep to the deadlines of so many rooms; gives by how much each was missed."""
    began_s = time.perf_counter()
    found: list[float] = []
    await asyncio.gather(*(_keep(began_s + room / rooms / rate_hz, rate_hz, seconds, found) for room in range(rooms)))
    return found


async def _keep(began_s: float, rate_hz: float, seconds: float, found: list[float]) -> None:
    for tick in range(1, int(seconds * rate_hz) + 1):
        deadline_s = began_s + tick / rate_hz
        # uvloop's clock has steps of 1 ms, so a sleep may end early; a room goes back to sleep then, and so does this.
        while (left_s := deadline_s - time.perf_counter()) > 0:  # noqa: ASYNC110  # a time is no event
            await asyncio.sleep(left_s)
        found.append((time.perf_counter() - deadline_s) * 1000)


def spread(values: list[float]) -> Spread:
    """Give count and percentiles (nearest rank)."""
    ordered = sorted(values)
    last = len(ordered) - 1
    if last < 0:
        return Spread(count=0, p50=0.0, p95=0.0, p99=0.0, max=0.0)
    p50, p95, p99 = (ordered[round(share * last)] for share in (0.50, 0.95, 0.99))
    return Spread(count=len(ordered), p50=p50, p95=p95, p99=p99, max=ordered[-1])


if __name__ == "__main__":
    main()
