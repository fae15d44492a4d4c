"""What the Python between sockets costs: a message on its way in, and a room's turn, with 50 movers and no network.

    python -m loadtest.bench_paths           # hot: in a tight loop; and cold: after a rest of 4 ms, as between ticks
    python -m loadtest.bench_paths --rests   # a turn after rests of 0 to 45 ms, asleep and awake

Awake, the core hashes a few bytes again and again: it touches next to no memory. A turn that takes longer after that
finds caches that others have emptied.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import statistics
import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from gameserver.app import Server
from gameserver.connection import Connection
from gameserver.room import Room
from gameserver.settings import Settings
from gameserver.websocket import DEFAULT_FORMAT, FORMATS
from loadtest.games import Movers

PLAYERS, TURNS, REST_S = 50, 300, 0.004
RESTS_S = (0.0, 0.001, 0.002, 0.004, 0.010, 0.045)
_HASHINGS = 1000
_SETTINGS = Settings(messages_per_s=1e9, message_burst=10**9)


class Nowhere:
    """A wire that takes everything."""

    quick = True

    def send(self, frame: bytes, /) -> int:
        """Take it all."""
        return len(frame)

    def write(self, frame: bytes) -> None:
        """Take it."""

    def unsent_bytes(self) -> int:
        """Tell that all was sent."""
        return 0

    def abort(self) -> None:
        """Do nothing."""


class Playing(NamedTuple):
    """A server with one room, full of movers."""

    server: Server
    connections: list[Connection]
    room: Room

    def turn(self) -> float:
        """Run a turn of the room; gives how long (seconds) it took."""
        server, room = self.server, self.room
        began = time.perf_counter()
        server.connections.post(room.id, room.step())
        room.snapshot()
        _, skipped = server.connections.broadcast(room.id, room.tick, room.frames)
        room.keep_bases(skipped)
        server.connections.flush()
        return time.perf_counter() - began


def playing() -> Playing:
    """Start one; an event loop must run."""
    server = Server([Movers.spec], settings=_SETTINGS)
    connections = [
        server.connections.connect(Nowhere(), address=f"198.51.100.{n}", snapshots=FORMATS[DEFAULT_FORMAT])
        for n in range(PLAYERS)
    ]
    for connection in connections:
        server.handlers.receive(connection.id, '{"type":"join"}')
    (membership,) = connections[0].memberships.values()
    return Playing(server, connections, server.rooms.get(membership.room))


async def measure(rest_s: float) -> tuple[float, float, float]:
    """Give medians in microseconds: a turn for each player, the first message after a rest, and each that follows."""
    there, random = playing(), Random(1)
    server, seats = there.server, [c.playing for c in there.connections if c.playing is not None]
    turns, firsts, others = [], [], []
    for seq in range(TURNS):
        speeds = [random.randint(-3, 3) if random.random() < 0.1 else 1 for _ in seats]
        texts = [f'{{"type":"push","seq":{seq},"payload":{{"vx":{vx},"vy":2}}}}' for vx in speeds]
        time.sleep(rest_s)  # noqa: ASYNC251  # nothing else runs
        began = time.perf_counter()
        server.handlers.play(seats[0], texts[0])
        first = time.perf_counter()
        for seat, text in zip(seats[1:], texts[1:], strict=True):
            server.handlers.play(seat, text)
        firsts.append(first - began)
        others.append((time.perf_counter() - first) / (PLAYERS - 1))
        time.sleep(rest_s)  # noqa: ASYNC251
        turns.append(there.turn() / PLAYERS)
    await server.rooms.stop(0)
    return statistics.median(turns) * 1e6, statistics.median(firsts) * 1e6, statistics.median(others) * 1e6


def stay_awake(rest_s: float) -> None:
    """Keep the core busy with what fits into its registers, nearly."""
    until = time.perf_counter() + rest_s
    while time.perf_counter() < until:
        hashlib.pbkdf2_hmac("sha256", b"", b"", _HASHINGS)


async def after(rest_s: float) -> list[float]:
    """Give the medians of turns (microseconds) after rests asleep and awake, by turns; nobody sends anything."""
    there, turns = playing(), dict[Callable[[float], None], list[float]]({time.sleep: [], stay_awake: []})
    for _ in range(TURNS):
        for rest, taken in turns.items():
            there.turn()  # after which both rests are alike
            rest(rest_s)
            taken.append(there.turn())
    await there.server.rooms.stop(0)
    return [statistics.median(taken) * 1e6 for taken in turns.values()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.bench_paths", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--rests", action="store_true", help="a turn after rests of several lengths, asleep and awake")
    if parser.parse_args().rests:
        print(f"a turn for {PLAYERS} players after a rest\n\n   rest     asleep      awake")
        for rest_s in RESTS_S:
            asleep, awake = asyncio.run(after(rest_s))
            print(f"{rest_s * 1000:4.0f} ms {asleep:7.0f} us {awake:7.0f} us", flush=True)
        return
    for name, rest_s in (("hot", 0.0), ("cold", REST_S)):
        turn, first, other = asyncio.run(measure(rest_s))
        print(
            f"{name:5} a turn {turn:.2f} us for each player, the first message {first:.1f} us, the next {other:.2f} us"
        )


if __name__ == "__main__":
    main()
