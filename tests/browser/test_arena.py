"""The arena in browsers: people, a watcher and bots in one room see the same fight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Page, Route, expect

from gameserver.games.arena import Arena
from gameserver.games.arena.rows import PODIUM
from gameserver.games.tag import Tag
from tests.browser.conftest import PATIENCE_MS, OpenPage
from tests.conftest import Running, Serve


def game_of(running: Running) -> Arena:
    """Give the game of the only room."""
    (info,) = running.server.rooms.infos()
    game = running.server.rooms.get(info.id).engine.game
    assert isinstance(game, Arena)
    return game


async def enter(page: Page, button: str) -> None:
    """Go in, and wait for the arena."""
    await page.get_by_test_id(button).click()
    await expect(page.get_by_test_id("arena-canvas")).to_be_visible()
    await expect(page.locator("body")).to_have_attribute("data-state", "open")


async def kills_shown(page: Page) -> list[str]:
    """Read the kill feed, newest first: who shot whom."""
    return await page.get_by_test_id("arena-killfeed").locator("li").all_inner_texts()


async def scores_shown(page: Page) -> str:
    """Read the scoreboard."""
    return await page.get_by_test_id("arena-scoreboard").locator("ol").inner_text()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not condition():
            await asyncio.sleep(0.02)


async def test_everyone_sees_the_same_fight(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """Two people, a watcher and bots: keys steer, shots hit, kill feeds and scores agree."""
    running = await serve(Arena, tick_rate=None, seed=3)
    ann = await open_page(running.url, name="Ann")
    await enter(ann, "play-arena")
    bob = await open_page(running.url, name="Bob")
    room = running.server.rooms.infos()[0].id
    await enter(bob, f"join-{room}")
    eve = await open_page(running.url, name="Eve")
    await enter(eve, f"watch-{room}")
    await expect(eve.get_by_test_id("spectator-badge")).to_be_visible()
    game = game_of(running)
    assert len(game.players) == 6

    # Keys and the mouse do what they should, on the server and so on every screen.
    (own,) = (player.id for player in game.players.values() if player.name == "Ann")
    me = game.fighters[own]
    await ann.mouse.move(900, 400)
    await until(lambda: me.aim != 0)
    # She may be dead at the moment, or have a wall beside her: the keys stay down until they have done something.
    await ann.keyboard.down("d")
    await ann.keyboard.down("s")
    await until(lambda: me.vx > 0 or me.vy > 0)
    await ann.keyboard.up("d")
    await ann.keyboard.up("s")
    await ann.mouse.down()
    await until(lambda: any(b.owner == own for b in game.bullets.values()))
    await ann.mouse.up()

    # The fight goes on by itself; the same kill stands at the top of all three feeds.
    async with asyncio.timeout(PATIENCE_MS / 1000):
        feeds: list[list[str]] = [[]]
        while not all(feeds) or len({feed[0] for feed in feeds}) > 1:
            feeds = [await kills_shown(page) for page in (ann, bob, eve)]
    await ann.screenshot(path=artifacts / "arena-ann.png")
    await eve.screenshot(path=artifacts / "arena-watcher.png")

    # The podium freezes the scores: all three show the same.
    game.arena.ends_at = game.now + 1
    await until(lambda: game.arena.phase == PODIUM)
    game.arena.ends_at += game.seconds(PATIENCE_MS / 1000)  # it stands until everybody has been looked at
    for page in (ann, bob, eve):
        await expect(page.get_by_test_id("arena-podium")).to_be_visible()
    winner = game.players[game.arena.first].name
    for page in (ann, bob, eve):
        await expect(page.get_by_test_id("arena-podium")).to_contain_text(winner)
    points = {p: f.points for p, f in game.fighters.items()}
    assert sum(points.values()) > 0
    boards = [await scores_shown(page) for page in (bob, eve)]
    top = boards[1].split("\n")[:6]
    assert all(board.split("\n")[:6] == top for board in boards)
    await ann.wait_for_timeout(1_500)  # its steps rise, for the picture
    await ann.screenshot(path=artifacts / "arena-podium.png")


async def test_a_phone_has_sticks(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """At phone size with touch, the sticks are there and everything fits."""
    running = await serve(Arena, tick_rate=None, seed=3)
    options = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}
    page = await open_page(running.url, name="Pia", **options)
    await enter(page, "play-arena")
    await expect(page.locator('[data-testid^="arena-stick-"]').first).to_be_visible()
    overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    await page.screenshot(path=artifacts / "arena-phone.png")


async def test_the_fight_goes_on_behind_the_name_box(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """A newcomer sees bots fight before he has done anything; Play takes him into that very fight."""
    running = await serve(Arena, Tag, tick_rate=None, seed=3)
    page = await open_page(running.url, name="Ann")
    picture = page.get_by_test_id("arena-backdrop")
    await expect(page.get_by_test_id("backdrop")).to_have_css("opacity", "1")
    (room,) = running.server.rooms.infos()
    assert (room.game, room.players, room.bots, room.spectators) == ("arena", 0, 6, 1)
    # It is drawn, and moves.
    seen = {await picture.evaluate("canvas => canvas.toDataURL()")}
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while len(seen) < 3:
            seen.add(await picture.evaluate("canvas => canvas.toDataURL()"))
    await page.screenshot(path=artifacts / "lobby-backdrop.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.screenshot(path=artifacts / "lobby-backdrop-phone.png")

    await enter(page, "play-arena")
    await expect(page.locator("body")).to_have_attribute("data-room", room.id)
    await expect(picture).to_have_count(0)
    await until(lambda: [(r.id, r.players, r.spectators) for r in running.server.rooms.infos()] == [(room.id, 1, 0)])


async def test_nothing_moves_away_when_the_games_arrive(serve: Serve, open_page: OpenPage) -> None:
    """What one aims at in the lobby stays where it is, before and after there is a fight behind it."""
    running = await serve(Arena, tick_rate=None)
    page = await open_page(running.url, name="Ann")
    told = asyncio.Event()

    async def hold_back(route: Route) -> None:
        await told.wait()
        await route.continue_()

    await page.route("**/api/games", hold_back)
    await page.reload()
    place = await page.get_by_test_id("name").bounding_box()
    await expect(page.get_by_test_id("backdrop")).to_have_count(0)
    told.set()
    await expect(page.get_by_test_id("backdrop")).to_have_css("opacity", "1")
    assert await page.get_by_test_id("name").bounding_box() == place


async def test_nothing_moves_behind_the_name_box_for_those_who_want_it_still(serve: Serve, open_page: OpenPage) -> None:
    """With reduced motion nobody watches; it counts at once when it is turned off and on."""
    running = await serve(Arena, tick_rate=None)
    page = await open_page(running.url, name="Ann", reduced_motion="reduce")
    picture = page.get_by_test_id("arena-backdrop")
    await expect(page.get_by_test_id("backdrop")).to_be_attached()
    await expect(page.get_by_text("No one is playing yet.")).to_be_visible()
    await expect(picture).to_have_count(0)
    await page.emulate_media(reduced_motion="no-preference")
    await expect(picture).to_be_visible()
    await page.emulate_media(reduced_motion="reduce")
    await expect(picture).to_have_count(0)
    await until(lambda: [r.spectators for r in running.server.rooms.infos()] == [0])
