"""How the netcode does on a bad network: a player of each SDK in one arena, through a proxy, against what was promised.

python -m loadtest.netcode                   # 5 runs of 30 s each, about three minutes; --runs, --seconds

The proxy (`bad_network.py`) gives 100 ms of round trip, 20 ms of jitter, and every 5 s a stall of 200 ms in which
nothing passes either way. Both players run about at random, starting and stopping, and draw 60 frames a second. What is
measured:

- *starts at once*: presses from rest after which one's own fighter moved in that very frame; those toward a wall that
  it stood at don't count.
- *correction*: how far a snapshot moved the predicted fighter, in units (a fighter is 32 wide and runs 8 a tick); all
  snapshots, those within a stall and after it, too; but none with another fighter within 100 units, whom one could not
  know to push. Those that come between two frames correct it once. p99.
- *speed of others*: the farthest that the other was drawn to move in one frame, as a part of what its top speed allows
  in that time, away from stalls (which count until 300 ms after their end).
- *normal after a stall*: when the other was last drawn faster than its top speed (by a tenth) or without data, or a
  correction of 4 units came, after the end of a stall; the worst stall of a run.
- *clock*: the server's clock as the player knows it, against a connection beside the proxy. The worst frame of a run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import sys
from pathlib import Path
from typing import Any

import msgspec

from loadtest.bad_network import BadNetwork, Conditions
from loadtest.server import own_server

CONDITIONS = Conditions(latency_s=0.05, jitter_s=0.02, stall_s=0.2, stall_every_s=5.0)
ROOT = Path(__file__).parent.parent
AFTERMATH_S = 0.3
STEP = 8
"""Units that a fighter runs in a tick."""
TOP_SPEED = STEP * 30
"""Units a second."""
TOO_FAST = 1.1
ROUNDING = 0.25
"""Units by which a drawn place may be off for no other reason than that rows hold sixteenths."""
NEAR = 100
REST = 0.01
"""Units a frame: whoever moves less stands still."""
PLAYERS = {
    "Python": [sys.executable, "-m", "loadtest.netcode_player"],
    "JavaScript": [sys.executable, "tools/node.py", "node", "loadtest/netcode_player.mjs"],
}


class Figures(msgspec.Struct):
    """One player's run."""

    at_once: float
    presses: int
    correction_p99: float
    correction_p99_calm: float
    speed: float
    normal_ms: float
    clock_ms: float
    delay_ms: float


def judge(record: dict[str, Any], stalls: list[tuple[float, float]]) -> Figures:
    """Work out the figures of what a player saw; times are on one clock with the stalls."""

    def disturbed(at_s: float) -> bool:
        # What a stall does reaches a player half a round trip later.
        return any(begin <= at_s <= end + AFTERMATH_S for begin, end in stalls)

    corrections = [(at, size) for at, size, nearest in record["corrections"] if nearest > NEAR]
    speeds, trouble = [], {end: 0.0 for _, end in stalls}
    for before, after in zip(record["frames"], record["frames"][1:], strict=False):
        elapsed_s = after[0] - before[0]
        allowed = TOP_SPEED * elapsed_s + ROUNDING
        moved = [math.dist(place, before[5][i]) for i, place in after[5].items() if i in before[5]]
        part = max(moved, default=0.0) / allowed
        if not disturbed(after[0]):
            speeds.append(part)
        if part > TOO_FAST or after[3] > after[4]:
            _note_trouble(trouble, after[0])
    for at, size in corrections:
        if size > 4:
            _note_trouble(trouble, at)
    sizes = [size for _, size in corrections]
    free = [moved for at, moved in record["presses"] if _went_somewhere(record["frames"], at)]
    return Figures(
        at_once=sum(moved > REST for moved in free) / max(1, len(free)),
        presses=len(free),
        correction_p99=_p99(sizes),
        correction_p99_calm=_p99([size for at, size in corrections if not disturbed(at)]),
        speed=max(speeds),
        normal_ms=max(trouble.values()) * 1000,
        clock_ms=max(abs(error) for _, error in record["clock_errors"]),
        delay_ms=record["delay_ms"],
    )


def _went_somewhere(frames: list[list[Any]], pressed_s: float) -> bool:
    """Tell a press that could move the fighter from one toward a wall that it stood at."""
    place = next((i for i, frame in enumerate(frames) if frame[0] == pressed_s), 0)
    later = frames[min(place + 15, len(frames) - 1)]
    return math.dist(frames[place][1:3], later[1:3]) > STEP


def _note_trouble(trouble: dict[float, float], at_s: float) -> None:
    for end, latest in trouble.items():
        if 0 <= at_s - end < CONDITIONS.stall_every_s / 2:
            trouble[end] = max(latest, at_s - end)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else 0.0


async def one_run(address: str, seconds: float, seed: int) -> dict[str, Figures]:
    """Let both players play once."""
    port = int(address.rpartition(":")[2])
    async with BadNetwork(port, CONDITIONS, seed=seed) as network:

        async def play(command: list[str], offset: int) -> dict[str, Any]:
            arguments = [f"http://127.0.0.1:{network.port}", address, str(seconds), str(seed * 10 + offset)]
            process = await asyncio.create_subprocess_exec(
                *command, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
            )
            output, _ = await process.communicate()
            if process.returncode != 0:
                raise SystemExit(f"netcode: {command[-1]} ended with {process.returncode}")
            record: dict[str, Any] = json.loads(output)
            return record

        records = await asyncio.gather(*(play(command, i) for i, command in enumerate(PLAYERS.values())))
        stalls = [(network.began_s + a, network.began_s + b) for a, b in CONDITIONS.stalls(seconds + 20)]
    return {name: judge(record, stalls) for name, record in zip(PLAYERS, records, strict=True)}


def line(name: str, figures: Figures) -> str:
    """Put one line of the table together."""
    return (
        f"  {name:<11} {figures.at_once:>7.0%} of {figures.presses:<3} {figures.correction_p99:>8.2f} "
        f"{figures.correction_p99_calm:>9.2f} {figures.speed:>9.0%} {figures.normal_ms:>10.0f} "
        f"{figures.clock_ms:>8.1f} {figures.delay_ms:>8.0f}"
    )


HEAD = (
    "              starts at  correction p99    speed of  normal      clock    drawn\n"
    "              once       all  calm, units  others    after, ms   off, ms  behind, ms"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="of which the medians are printed (default: 5)")
    parser.add_argument("--seconds", type=float, default=30, help="of each run (default: 30)")
    options = parser.parse_args()
    results: dict[str, list[Figures]] = {name: [] for name in PLAYERS}
    log = ROOT / "loadtest" / "results" / "netcode-server.log"
    arguments = ["gameserver.games.arena", "--bots", "0"]
    print(HEAD, flush=True)
    for run in range(options.runs):
        # A server of its own for each run: no round ends in the middle of one.
        with own_server(clients=8, log=log, arguments=arguments) as address:
            for name, figures in asyncio.run(one_run(address, options.seconds, run + 1)).items():
                results[name].append(figures)
                print(line(name, figures), flush=True)
    print("medians")
    for name, runs in results.items():
        median = [statistics.median(getattr(r, f) for r in runs) for f in Figures.__struct_fields__]
        print(line(name, Figures(median[0], int(median[1]), *median[2:])))


if __name__ == "__main__":
    main()
