"""Writes tests/vectors/snapshots.json: binary frames with what they say, for the tests of every client.

python -m tools.snapshot_vectors

The frames are of one small world that changes at random (tests/protocol/world.py), as a player and as a spectator get
them, with skipped ticks in between; then frames that must be refused. A change of the file is a change of the format.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from gameserver.protocol.replica import Replica
from tests.protocol.world import BINARY, World

PATH = Path(__file__).parent.parent / "tests" / "vectors" / "snapshots.json"
SEED = 7
GAPS = (1, 1, 1, 2, 1, 10, 1, 1, 63, 1, 64, 1, 65, 1, 1)


def stream(player: int | None) -> dict[str, Any]:
    """Give one client's frames, each with what the client then holds (bytes as base64)."""
    random, world = Random(SEED), World()
    replica = Replica(world.schema)
    steps = []
    for number, gap in enumerate(GAPS):
        for _ in range(gap):
            for _ in range(random.randrange(6)):
                world.change(random)
            world.tick += 1
            for body in world.bodies.values():
                body.x += body.vx
            world.snapshots.take(world.tick, world.tables, busy_ms=number / 3)
        ack = None if player is None or number == 0 else number * 1000
        frame = world.snapshots.frame(
            BINARY,
            handle=number * 50,
            base_tick=replica.tick,
            player=player,
            ack=ack,
            margin=None if player is None else number % 4 - 1,
        )
        base = replica.tick if gap <= 64 else None
        replica.apply_frame(frame)
        holds = {
            "handle": number * 50,
            "tick": replica.tick,
            "base": base,
            "ack": replica.ack,
            "margin": replica.margin,
            "busy_ms": replica.busy_ms,
            "tables": json.loads(msgspec.json.encode(replica.tables)),
        }
        steps.append({"frame": frame.hex(), "holds": holds})
    return {"schema": world.schema, "steps": steps}


def damaged(frame: bytes) -> list[str]:
    """Give frames that no client may take, made from one that fits."""
    flipped = [bytes(b ^ (1 << bit if i == at else 0) for i, b in enumerate(frame)) for at, bit in ((0, 0), (9, 3))]
    return [data.hex() for data in (b"", frame[:2], frame[: len(frame) // 2], frame[:-1], frame + b"\0", *flipped)]


def vectors() -> dict[str, Any]:
    """Give all there is in the file."""
    player, spectator = stream(1), stream(None)
    last = bytes.fromhex(player["steps"][-1]["frame"])
    return {"streams": {"player": player, "spectator": spectator}, "refused_after_player": damaged(last)}


def main() -> None:
    """Write the file."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(vectors(), separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
