"""How much work a client's tick is, whatever the machine: the instructions that the server runs for it.

    python -m loadtest.instructions           # at the sizes of the benchmark's growth; about two minutes

CPU time also tells of caches: a turn takes several times as long when others have emptied them meanwhile. Instructions
don't, and are nearly the same each time. valgrind counts them in two runs of each size, one longer than the other; what
the longer one has more is what its ticks take. Clients take everything without a socket, and send nothing; all else is
there: the event loop, its timers, the rooms and their tasks. What the kernel runs isn't counted.

The exit code is 1 where the highest of a sweep is more than 1.2 times its lowest.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import uvloop

from gameserver import app
from gameserver.metrics import Metrics
from gameserver.settings import Settings
from gameserver.websocket import DEFAULT_FORMAT, FORMATS
from loadtest.bench.plan import FULL, GROW_ROOM_SEATS, SEATS
from loadtest.bench.targets import UNEVENNESS
from loadtest.bench_paths import Nowhere
from loadtest.games import MOVERS
from loadtest.peers import interpreter

MOST_HZ, CLIENT_TICKS_PER_S = 40.0, 4000
"""Slow enough for a server that runs 50 times slower than usual."""
TICKS = 40
"""How long the shorter run is: the interpreter has adapted its code to what it runs before that is over."""
MORE_TICKS, MORE_TURNS = 40, 400
"""How much longer, at least, the other one is: ticks, and turns of all rooms together."""
ROOT = Path(__file__).parent.parent
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


class Size(NamedTuple):
    """How many play."""

    rooms: int
    seats: int
    """Players in each."""


SWEEPS = {
    f"{FULL.clients[0]:,} to {FULL.clients[-1]:,} clients in rooms of {SEATS}": [
        Size(clients // SEATS, SEATS) for clients in FULL.clients
    ],
    f"{FULL.rooms[0]:,} to {FULL.rooms[-1]:,} rooms of {GROW_ROOM_SEATS}": [
        Size(rooms, GROW_ROOM_SEATS) for rooms in FULL.rooms
    ],
}


class Ending(Metrics):
    """Ends the process after so many turns of rooms."""

    turns_left = 0

    def ticked(self, game: str, step_s: float, late_s: float, sent: int, skipped: int) -> None:
        """Count as ever."""
        super().ticked(game, step_s, late_s, sent, skipped)
        self.turns_left -= 1
        if not self.turns_left:
            os._exit(0)


async def play(size: Size, ticks: int) -> None:
    """Let rooms of movers run; the process ends with their last tick."""
    app.Metrics = Ending  # type: ignore[attr-defined]  # the one place where a server gets what it counts by
    everyone = size.rooms * size.seats
    settings = Settings(max_rooms_per_address=size.rooms, heartbeat_s=0, first_message_s=1e6)
    rate_hz = min(MOST_HZ, CLIENT_TICKS_PER_S / everyone)
    server = app.Server([MOVERS[size.seats].spec], settings=settings, tick_rate=rate_hz)
    for _ in range(everyone):
        connection = server.connections.connect(Nowhere(), address="198.51.100.1", snapshots=FORMATS[DEFAULT_FORMAT])
        server.handlers.receive(connection.id, '{"type":"join"}')
    assert isinstance(server.metrics, Ending)
    server.metrics.turns_left = size.rooms * ticks
    gc.freeze()
    await asyncio.Event().wait()


def counted(size: Size, ticks: int) -> int:
    """Count the instructions of a whole run.

    Raises:
        RuntimeError: it failed; says what it said.

    """
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    command += [str(interpreter.server_python()), "-m", "loadtest.instructions"]
    command += ["--play", str(size.rooms), str(size.seats), str(ticks)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # where names lie in dicts would be another each time
    ran = subprocess.run(  # noqa: S603  # our own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    found = _COUNTED.search(ran.stderr)
    if ran.returncode or found is None:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.stderr}")
    return int(found[1].replace(",", ""))


def per_client_tick(size: Size, count: Callable[[Size, int], int] = counted) -> float:
    """Give the instructions that each client's tick takes."""
    more = max(MORE_TICKS, MORE_TURNS // size.rooms)
    return (count(size, TICKS + more) - count(size, TICKS)) / (more * size.rooms * size.seats)


def report(title: str, sizes: Sequence[Size], costs: Iterable[float], say: Callable[[str], None]) -> bool:
    """Say what came of a sweep, line by line as it comes; gives whether it is flat."""
    say(f"\n  {title}\n\n             clients   instructions per client and tick\n")
    found = []
    for size, cost in zip(sizes, costs, strict=True):
        found.append(cost)
        crowd = f"{size.rooms * size.seats:,} in {size.rooms} x {size.seats}"
        say(f"    {crowd:>16} {cost:10,.0f}")
    spread = max(found) / min(found)
    say(f"\n    highest over lowest: {spread:.2f}x")
    return spread <= UNEVENNESS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    description = (__doc__ or "").split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m loadtest.instructions", description=description)
    parser.add_argument("--play", nargs=3, type=int, metavar=("ROOMS", "SEATS", "TICKS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.play:
        rooms, seats, ticks = options.play
        uvloop.run(play(Size(rooms, seats), ticks))
    if shutil.which("valgrind") is None:
        print("valgrind is missing; on Debian: apt install valgrind", file=sys.stderr)
        return 2
    interpreter.try_install(print)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sweeps = [(title, sizes, pool.map(per_client_tick, sizes)) for title, sizes in SWEEPS.items()]
        try:
            flat = [report(title, sizes, costs, lambda line: print(line, flush=True)) for title, sizes, costs in sweeps]
        except RuntimeError as failed:
            print(failed, file=sys.stderr)
            pool.shutdown(cancel_futures=True)
            return 2
    return 0 if all(flat) else 1


if __name__ == "__main__":
    sys.exit(main())
