"""What snapshots weigh and what encoding them costs: 50 movers, and an arena of 100 players who all move and fire.

python -m loadtest.bench_snapshots           # the median of 5 runs of each; takes about a minute and a half

Bytes are those of a client's whole frames, of one client who misses none. For the arena the events that this client is
told count, too. Times are those of one `Snapshots.frame` on the usual base, everything included but the capture, which
is printed beside it.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from random import Random

import msgspec

from gameserver.games.arena import Arena
from gameserver.games.arena.rows import Steer
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.replica import Replica
from gameserver.room import Room
from gameserver.seats import Member
from loadtest.games import TOP_SPEED, Movers, Push

BINARY, JSON = BinarySnapshots(), JsonSnapshots()
ENVELOPE_BYTES = len(b'{"type":"event","handle":1,"payload":}')


class Run(msgspec.Struct):
    """One run's figures."""

    snapshot_bytes: float
    json_bytes: float
    keyframe_bytes: float
    bytes_per_s: float
    capture_us: float
    encode_us: float
    encode_p99_us: float
    decode_us: float


def run(room: Room, members: list[Member], ticks: int, act: Callable[[], None]) -> Run:
    """Step a room with its clients' inputs, and weigh what the first of them is sent."""
    client = members[0]
    replica = Replica(room.spec.schema())
    sizes, texts, told, captures, encodings, decodings = [], [], 0, [], [], []
    room.snapshot()
    keyframe = room.frame(client.id, None, BINARY)
    replica.apply_frame(keyframe)
    for _ in range(ticks):
        act()
        outcome = room.step()
        told += sum(len(post.payload) + ENVELOPE_BYTES for post in outcome.posts if client.id in post.to)
        began = time.perf_counter()
        room.snapshot()
        captured = time.perf_counter()
        frame = room.frame(client.id, replica.tick, BINARY)
        encoded = time.perf_counter()
        texts.append(len(room.frame(client.id, replica.tick, JSON)))
        decoding = time.perf_counter()
        replica.apply_frame(frame)
        decodings.append(time.perf_counter() - decoding)
        captures.append(captured - began)
        encodings.append(encoded - captured)
        sizes.append(len(frame))
    return Run(
        snapshot_bytes=statistics.mean(sizes),
        json_bytes=statistics.mean(texts),
        keyframe_bytes=max(len(keyframe), len(room.frame(client.id, None, BINARY))),
        bytes_per_s=(sum(sizes) + told) / ticks * room.spec.tick_rate,
        capture_us=statistics.median(captures) * 1e6,
        encode_us=statistics.median(encodings) * 1e6,
        encode_p99_us=statistics.quantiles(encodings, n=100)[98] * 1e6,
        decode_us=statistics.median(decodings) * 1e6,
    )


def movers(seed: int, ticks: int, *, steering: bool) -> Run:
    """Fifty players; with `steering`, each sends another speed in each tick."""
    room, random = Room(Movers.spec, room_id="bench", seed=seed), Random(seed)
    members = [room.join(name=f"P{i}", handle=1) for i in range(50)]
    room.step()

    def act() -> None:
        for member in members if steering else ():
            assert member.player is not None
            vx, vy = (random.randint(-TOP_SPEED, TOP_SPEED) for _ in range(2))
            room.input(member.player, Push(vx=vx, vy=vy))

    return run(room, members, ticks, act)


def arena(seed: int, ticks: int) -> Run:
    """A hundred players who run, turn their guns a little in every tick, and hold the trigger."""
    room, random = Room(Arena.spec, room_id="bench", seed=seed), Random(seed)
    members = [room.join(name=f"P{i}", handle=1) for i in range(100)]
    room.step()
    game = room.engine.game
    assert isinstance(game, Arena)
    game._begin_round()  # noqa: SLF001  # the field fits as many as came
    held = {m.player: Steer(aim=random.randrange(256), fire=True) for m in members if m.player is not None}

    def act() -> None:
        for player, steer in held.items():
            dx, dy = steer.dx, steer.dy
            if random.random() < 0.1:
                dx, dy = random.randrange(3) - 1, random.randrange(3) - 1
            turned = (steer.aim + random.randint(-6, 6)) & 255
            held[player] = Steer(dx=dx, dy=dy, aim=turned, fire=True, dash=random.random() < 0.02)
            room.input(player, held[player], None)

    for _ in range(60):  # until as many bullets fly as will
        act()
        room.step()
    return run(room, members, ticks, act)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, of which the median is printed (default: 5)")
    runs = parser.parse_args().runs
    cases: dict[str, Callable[[int], Run]] = {
        "50 movers": lambda seed: movers(seed, 1200, steering=False),
        "50 movers, all steering in every tick": lambda seed: movers(seed, 1200, steering=True),
        "arena, 100 players firing": lambda seed: arena(seed, 900),
    }
    for name, case in cases.items():
        print(f"\n{name}", flush=True)
        results = []
        for seed in range(runs):
            results.append(case(seed + 1))
            print(f"  run {seed + 1}/{runs}: {results[-1].snapshot_bytes:.1f} bytes a snapshot", flush=True)
        median = {f: statistics.median(getattr(r, f) for r in results) for f in Run.__struct_fields__}
        print(
            f"  snapshot {median['snapshot_bytes']:.1f} bytes (as JSON {median['json_bytes']:,.0f}), "
            f"keyframe {median['keyframe_bytes']:,.0f} bytes, with events {median['bytes_per_s'] / 1000:.2f} kB/s\n"
            f"  encode {median['encode_us']:.0f} us (p99 {median['encode_p99_us']:.0f}), "
            f"capture {median['capture_us']:.0f} us, decode in Python {median['decode_us']:.0f} us"
        )
    entropy = 2 * 50 * math.log2(2 * TOP_SPEED + 1) / 8
    print(
        "\nFloors: what moves by a speed that the client knows says nothing new, so 50 movers cost nothing but their\n"
        f"bounces and the head of a frame; all of them steering at random cost {entropy:.0f} bytes, the entropy of it."
    )


if __name__ == "__main__":
    main()
