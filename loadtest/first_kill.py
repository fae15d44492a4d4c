"""How soon a newcomer plays and scores in the arena, in a real browser with real mouse and key events.

Starts a fresh server on a free loopback port for each run, opens the page, joins with bots around, and plays as a
person would: aims at the nearest fighter with the mouse, holds the button, runs toward him. Measures the time from page
load to the first movement, and from the first movement to the first kill.

    python -m loadtest.first_kill            # ten runs and their medians; takes two to five minutes
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
import time

from playwright.async_api import Page, async_playwright

from gameserver.app import Server
from gameserver.games.arena import Arena
from gameserver.games.arena.rows import Fighter
from tools.chromium import find_chromium

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
REACTION_S = 0.2
WIDTH, HEIGHT = 1280, 800


async def play(page: Page, me: Fighter, limit_s: float) -> float | None:
    """Aim, shoot and run by what the page shows, five times a second; gives the time to the first kill."""
    began = time.monotonic()
    canvas = await page.get_by_test_id("arena-canvas").bounding_box()
    assert canvas is not None
    held: set[str] = set()
    await page.mouse.down()
    while time.monotonic() - began < limit_s:
        if me.kills:
            return time.monotonic() - began
        seen: dict[str, str] = await page.get_by_test_id("arena").evaluate("element => ({...element.dataset})")
        wanted = set()
        if "nearX" in seen:
            x, y = float(seen["nearX"]), float(seen["nearY"])
            await page.mouse.move(
                canvas["x"] + min(canvas["width"] - 5, max(5, x)), canvas["y"] + min(canvas["height"] - 5, max(5, y))
            )
            dx, dy = x - canvas["width"] / 2, y - canvas["height"] / 2
            if math.hypot(dx, dy) > 250:
                wanted |= {"d"} if dx > 60 else {"a"} if dx < -60 else set()
                wanted |= {"s"} if dy > 60 else {"w"} if dy < -60 else set()
        for key in held - wanted:
            await page.keyboard.up(key)
        for key in wanted - held:
            await page.keyboard.down(key)
        held = wanted
        await asyncio.sleep(REACTION_S)
    return None


async def one_run(seed: int, limit_s: float) -> tuple[float, float]:
    """Run once; gives seconds from page load to steering, and from there to the first kill (infinite if none)."""
    server = Server([Arena.spec], seed=seed)
    port = await server.start("127.0.0.1", 0)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            began = time.monotonic()
            await page.goto(f"http://127.0.0.1:{port}/")
            await page.get_by_test_id("play-arena").click()
            await page.locator("body[data-player]").wait_for()
            room = server.rooms.get(server.rooms.infos()[0].id)
            game = room.engine.game
            assert isinstance(game, Arena)
            player = int(await page.locator("body").get_attribute("data-player") or 0)
            me = game.fighters[player]
            place = me.x, me.y
            await page.keyboard.down("d")
            while (me.x, me.y) == place:
                await asyncio.sleep(0.01)
                if time.monotonic() - began > 1:  # a wall to the right
                    await page.keyboard.down("a")
            steering_s = time.monotonic() - began
            await page.keyboard.up("d")
            await page.keyboard.up("a")
            kill_s = await play(page, me, limit_s)
            await browser.close()
            return steering_s, math.inf if kill_s is None else kill_s
    finally:
        await server.stop()


async def main() -> int:
    """Measure and print; gives 1 when a median misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="runs (default: 10)")
    parser.add_argument("--limit-s", type=float, default=60, help="give a run up after so many seconds (default: 60)")
    options = parser.parse_args()
    results = []
    for run in range(options.runs):
        results.append(await one_run(run, options.limit_s))
        print(
            f"  run {run + 1}/{options.runs}: steering {results[-1][0]:.2f} s, kill {results[-1][1]:.1f} s", flush=True
        )
    steering_s, kill_s = (statistics.median(column) for column in zip(*results, strict=True))
    print(f"page load to steering: {steering_s:.2f} s; first kill after {kill_s:.1f} s (medians of {options.runs})")
    return 0 if steering_s < 3 and kill_s < 30 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
