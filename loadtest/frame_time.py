"""What a frame of the arena costs the browser: script time with 100 fighters and 600 bullets in about one screen.

Starts a server with a crowded room, watches it in a real Chromium, and reads the time of each animation frame's script
from the browser's own trace (the DevTools protocol).

    python -m loadtest.frame_time            # five runs of ten seconds; takes about two minutes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys

from playwright.async_api import async_playwright

from gameserver.app import Server
from gameserver.games.arena import Arena as RealArena
from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.rows import PULSE, Bullet
from tools.chromium import find_chromium

PLAYERS, BULLETS = 100, 600
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


class Arena(RealArena):
    """The arena with so many bullets in the air; named as the real one, so that its client draws it."""

    fill_with_bots = PLAYERS

    def side_for(self, people: int) -> int:
        """Crowd them all into about what a screen shows."""
        return 900

    def tick(self) -> None:
        """Top up the bullets."""
        super().tick()
        shooters = list(self.fighters)
        while shooters and len(self.bullets) < BULLETS:
            owner = self.random.choice(shooters)
            x, y = self.random.randrange(self.arena.side * 16), self.random.randrange(self.arena.side * 16)
            speed, angle = WEAPONS[PULSE].speed, self.random.randrange(256)
            vx, vy = speed * self.cos256(angle) >> 12, speed * self.sin256(angle) >> 12
            self.bullets.add(Bullet(x=x, y=y, vx=vx, vy=vy, born=self.now, owner=owner, weapon=PULSE))


async def one_run(seconds: float, seed: int) -> list[float]:
    """Watch for some seconds; gives each frame's script time in ms."""
    server = Server([Arena.spec], seed=seed)
    port = await server.start("127.0.0.1", 0)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": 1280, "height": 800})
            await page.goto(f"http://127.0.0.1:{port}/")
            await page.get_by_test_id("play-arena").click()
            await page.locator("body[data-player]").wait_for()
            await page.wait_for_timeout(3000)
            await browser.start_tracing(page=page, categories=["devtools.timeline"])
            await page.wait_for_timeout(seconds * 1000)
            trace = json.loads(await browser.stop_tracing())
            await browser.close()
    finally:
        await server.stop()
    frames = [e["dur"] / 1000 for e in trace["traceEvents"] if e.get("name") == "FireAnimationFrame" and "dur" in e]
    if len(frames) < seconds:
        raise SystemExit("the trace has no animation frames: has Chromium renamed them?")
    return frames


async def main() -> int:
    """Measure and print; gives 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs (default: 5)")
    parser.add_argument("--seconds", type=float, default=10, help="length of a run in seconds (default: 10)")
    options = parser.parse_args()
    medians = []
    for run in range(options.runs):
        frames = await one_run(options.seconds, run)
        medians.append(statistics.median(frames))
        p99 = statistics.quantiles(frames, n=100)[98]
        print(f"  run {run + 1}/{options.runs}: {len(frames) / options.seconds:.0f} frames/s, "
              f"script {medians[-1]:.2f} ms (median), {p99:.2f} ms (p99)", flush=True)  # fmt: skip
    print(f"{PLAYERS} players, {BULLETS} bullets: {statistics.median(medians):.2f} ms of script a frame (median)")
    return 0 if statistics.median(medians) < 8 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
