"""What a tick of the arena costs: 100 players who all move and fire, and whole rounds of 20 bots against real time.

python loadtest/bench_arena.py           # the median of 5 runs of each; takes about a minute
"""

from __future__ import annotations

import argparse
import statistics
import time
from random import Random

from gameserver.games.arena import Arena
from gameserver.games.arena.rows import Steer
from gameserver.room import Room


def crowd(players: int, ticks: int, seed: int) -> tuple[float, float, float]:
    """Run a room where everybody runs, turns and holds the trigger; gives mean and p99 of a step, and bullets."""
    room, random = Room(Arena.spec, room_id="bench", seed=seed), Random(seed)
    members = [room.join(name=f"P{i}", handle=1) for i in range(players)]
    room.step()
    game = room.engine.game
    assert isinstance(game, Arena)
    game._begin_round()  # noqa: SLF001  # the field fits as many as came
    steps, bullets = [], 0
    for _ in range(ticks):
        for member in members:
            if random.random() < 0.1 and member.player is not None:
                dx, dy = random.randrange(3) - 1, random.randrange(3) - 1
                room.input(member.player, Steer(dx=dx, dy=dy, aim=random.randrange(256), fire=True))
        began = time.perf_counter()
        room.step()
        steps.append(time.perf_counter() - began)
        bullets += len(game.bullets)
    return statistics.mean(steps) * 1e3, statistics.quantiles(steps, n=100)[98] * 1e3, bullets / ticks


def rounds(bots: int, ticks: int, seed: int) -> float:
    """Run a room of bots; gives how many times faster than real time it went."""
    room = Room(Arena.spec, room_id="bench", seed=seed, bots=bots)
    began = time.perf_counter()
    for _ in range(ticks):
        room.step()
    return ticks / Arena.spec.tick_rate / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, of which the median is printed (default: 5)")
    runs = parser.parse_args().runs
    crowds = []
    for run in range(runs):
        crowds.append(crowd(100, 600, run))
        print(f"  crowd {run + 1}/{runs}: {crowds[-1][0]:.2f} ms", flush=True)
    speeds = []
    for run in range(runs):
        speeds.append(rounds(20, 1800, run))
        print(f"  rounds {run + 1}/{runs}: {speeds[-1]:.0f}x", flush=True)
    mean, p99, bullets = (statistics.median(column) for column in zip(*crowds, strict=True))
    print(f"100 players, all firing ({bullets:.0f} bullets in flight): step {mean:.2f} ms on average, p99 {p99:.2f} ms")
    print(f"20 bots: {statistics.median(speeds):.0f} times real time")


if __name__ == "__main__":
    main()
