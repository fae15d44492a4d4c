"""What the Python between sockets costs: a message on its way in, and a room's turn, with 50 movers and no network.

python -m loadtest.bench_paths           # hot: in a tight loop; and cold: after a rest of 4 ms, as between ticks
"""

from __future__ import annotations

import asyncio
import statistics
import time
from random import Random

from gameserver.app import Server
from gameserver.settings import Settings
from gameserver.websocket import DEFAULT_FORMAT, FORMATS
from loadtest.games import Movers

PLAYERS, TURNS, REST_S = 50, 300, 0.004
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


async def measure(rest_s: float) -> tuple[float, float, float]:
    """Give medians in microseconds: a turn for each player, the first message after a rest, and each that follows."""
    server = Server([Movers.spec], settings=_SETTINGS)
    connections = [
        server.connections.connect(Nowhere(), address=f"198.51.100.{n}", snapshots=FORMATS[DEFAULT_FORMAT])
        for n in range(PLAYERS)
    ]
    for connection in connections:
        server.handlers.receive(connection.id, '{"type":"join"}')
    (membership,) = connections[0].memberships.values()
    seats = [connection.playing for connection in connections if connection.playing is not None]
    room, random = server.rooms.get(membership.room), Random(1)
    turns, firsts, others = [], [], []
    for seq in range(TURNS):
        speeds = [random.randint(-3, 3) if random.random() < 0.1 else 1 for _ in connections]
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
        began = time.perf_counter()
        server.connections.post(room.id, room.step())
        room.snapshot()
        _, skipped = server.connections.broadcast(room.id, room.tick, room.frames)
        room.keep_bases(skipped)
        server.connections.flush()
        turns.append((time.perf_counter() - began) / PLAYERS)
    await server.rooms.stop(0)
    return statistics.median(turns) * 1e6, statistics.median(firsts) * 1e6, statistics.median(others) * 1e6


def main() -> None:
    """Measure and print."""
    for name, rest_s in (("hot", 0.0), ("cold", REST_S)):
        turn, first, other = asyncio.run(measure(rest_s))
        print(
            f"{name:5} a turn {turn:.2f} us for each player, the first message {first:.1f} us, the next {other:.2f} us"
        )


if __name__ == "__main__":
    main()
