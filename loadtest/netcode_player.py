"""One headless player of the arena over a bad network, in Python: writes what a player would see to standard output.

Started by `python -m loadtest.netcode`; `netcode_player.mjs` does the same with the JavaScript SDK.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from random import Random
from typing import Any

from gameserver.games.arena import Arena
from gameserver.games.arena.rows import SUB, Steer
from gameserver_client import connect

FRAME_S = 1 / 60
REST = 0.01
"""Units a frame: whoever moves less stands still."""
SETTLE_S = 4.0
"""Clocks and delays find their values first."""


async def play(through: str, direct: str, seconds: float, seed: int) -> dict[str, Any]:
    """Run about, and record every frame."""
    random = Random(seed)
    frames, presses, corrections, clock_errors = [], [], [], []
    async with connect(through) as client, connect(direct) as witness:
        room = await client.join("arena", name="Python")
        # The same room without the bad network: what the server's clock really says.
        watched = await witness.spectate(room.id)
        predict = Arena.spec.predict
        assert predict is not None
        room.predict(predict)
        steer, change_at, since_rest = Steer(), 0.0, 0
        seen_s = 0.0
        began, last = time.perf_counter(), None
        next_frame = began
        while (now := time.perf_counter()) < began + SETTLE_S + seconds:
            pressed = False
            if now >= change_at:
                change_at = now + random.uniform(0.5, 1.2)
                # Every other time it stands still, so that a press from rest can be told.
                resting = (steer.dx, steer.dy) == (0, 0)
                directions = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
                dx, dy = random.choice(directions) if resting or random.random() < 0.5 else (0, 0)
                pressed = resting and since_rest > 20
                steer = Steer(dx=dx, dy=dy, aim=random.randrange(256))
            frame = room.frame(now, held=steer)
            settled = now >= began + SETTLE_S
            if frame is None or frame.own_xy is None:
                await asyncio.sleep(FRAME_S)
                continue
            x, y = frame.own_xy[0] / SUB, frame.own_xy[1] / SUB
            others = {
                str(i): [p[0] / SUB, p[1] / SUB]
                for i in frame.to_state.tables["fighters"]
                if i != room.player and (p := frame.position("fighters", i)) is not None
            }
            moved = 0.0 if last is None else math.hypot(x - last[0], y - last[1])
            since_rest = since_rest + 1 if moved < REST and (steer.dx, steer.dy) == (0, 0) else 0
            nearest = min((math.hypot(x - ox, y - oy) for ox, oy in others.values()), default=math.inf)
            if settled:
                frames.append([now, x, y, frame.tick, room.state.tick if room.state else 0, others])
                clock_errors.append([now, (room.clock.tick(now) - watched.clock.tick(now)) / room.tick_rate * 1000])
                if pressed:
                    presses.append([now, moved])
                new = [sample for sample in room.stats.samples if sample.at_s > seen_s]
                corrections += [[sample.at_s, sample.correction / SUB, min(nearest, 1e9)] for sample in new]
            seen_s = now
            last = (x, y)
            next_frame = max(next_frame + FRAME_S, time.perf_counter())
            await asyncio.sleep(max(0.0, next_frame - time.perf_counter()))
        return {
            "frames": frames,
            "presses": presses,
            "corrections": corrections,
            "clock_errors": clock_errors,
            "delay_ms": room.stats.delay_ms,
            "rtt_ms": room.stats.rtt_ms,
            "bytes_per_s": room.stats.bytes_per_s(time.perf_counter()),
        }


def main() -> None:
    """Play by the arguments: two addresses, seconds, seed."""
    through, direct, seconds, seed = sys.argv[1:]
    json.dump(asyncio.run(play(through, direct, float(seconds), int(seed))), sys.stdout)


if __name__ == "__main__":
    main()
