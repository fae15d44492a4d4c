"""The net panel in a browser: a bad network to try things on, and own movement that doesn't feel it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from gameserver.games.arena import Arena
from gameserver.games.tag import Tag
from tests.browser.conftest import OpenPage
from tests.conftest import Serve


async def slide(page: Page, name: str, value: int) -> None:
    """Move a slider, as a hand would."""
    await page.get_by_test_id(f"net-{name}").fill(str(value))
    await page.get_by_test_id(f"net-{name}").blur()


def number(page: Page, graph: str) -> Locator:
    """Give what a graph says that its value is now."""
    return page.get_by_test_id(f"net-{graph}").locator("output")


async def test_the_panel_shows_a_slow_network_and_leaves_the_keys_to_the_game(
    serve: Serve, open_page: OpenPage, artifacts: Path
) -> None:
    """Its keys open and close it, its numbers follow its sliders, and after a click in it WASD still steers."""
    running = await serve(Arena, tick_rate=None, seed=3)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-arena").click()
    panel = page.get_by_test_id("net-panel")
    await expect(page.get_by_test_id("arena-canvas")).to_be_visible()
    await expect(panel).to_be_hidden()
    await page.keyboard.press("n")
    await expect(panel).to_be_visible()
    await expect(page.get_by_test_id("net-prediction")).to_have_text("on")
    await expect(number(page, "margin")).to_have_text(re.compile(r"^-?\d+$"))
    await expect(number(page, "step")).to_have_text(re.compile(r"^[\d.]+ ms$"))

    await slide(page, "latency_ms", 300)
    await expect(number(page, "rtt")).to_have_text(re.compile(r"^(3\d\d|[4-9]\d\d|\d{4,}) ms$"))
    await panel.get_by_text("ghost").click()
    await expect(page.get_by_test_id("net-option-ghost")).to_be_checked()
    view = page.get_by_test_id("arena")
    place = await view.get_attribute("data-x")
    assert place is not None
    await page.keyboard.down("a" if int(place) > 700 * 16 else "d")
    await expect(view).not_to_have_attribute("data-x", place)
    await page.screenshot(path=artifacts / "net-panel-arena.png")

    await page.get_by_test_id("chat-input").fill("")
    await page.get_by_test_id("chat-input").press("n")
    await expect(panel).to_be_visible()
    await expect(page.get_by_test_id("chat-input")).to_have_value("n")
    await page.get_by_test_id("chat-input").press("F3")
    await expect(panel).to_be_hidden()


async def test_its_own_controls_keep_no_key_from_anybody(serve: Serve, open_page: OpenPage) -> None:
    """With a box or a slider focused N closes it; after that, and after a click on its button, Tab shows the scores."""
    running = await serve(Arena, tick_rate=None, seed=3)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-arena").click()
    panel, button = page.get_by_test_id("net-panel"), page.get_by_test_id("net-button")
    scores = page.get_by_test_id("arena-scoreboard")
    for control in ("net-latency_ms", "net-option-ghost"):
        await button.click()
        await page.get_by_test_id(control).press("n")
        await expect(panel).to_be_hidden()
        await page.keyboard.down("Tab")
        await expect(scores).to_have_class(re.compile("full"))
        await page.keyboard.up("Tab")
        await expect(scores).not_to_have_class(re.compile("full"))


async def test_simulated_lag_shows_and_ends_with_the_room(serve: Serve, open_page: OpenPage) -> None:
    """The button says that there is some, also while the panel is closed; nobody takes it along into the lobby."""
    running = await serve(Tag, tick_rate=None)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-tag").click()
    button = page.get_by_test_id("net-button")
    await button.click()
    await expect(button).not_to_have_class(re.compile("lagging"))
    await slide(page, "stall_ms", 100)
    await button.click()
    await expect(button).to_have_class(re.compile("lagging"))
    await page.get_by_test_id("leave").click()
    await page.get_by_test_id("play-tag").click()
    await expect(button).not_to_have_class(re.compile("lagging"))
    await expect(page.get_by_test_id("net-stall_ms")).to_have_value("0")


async def test_the_panel_fits_a_phone(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """Opened by its button, it lies within the picture, and covers neither its middle, nor health, nor a stick."""
    running = await serve(Arena, tick_rate=None, seed=3)
    options = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    page = await open_page(running.url, name="Pia", **options)
    await page.get_by_test_id("play-arena").click()
    await page.get_by_test_id("net-button").tap()
    panel = page.get_by_test_id("net-panel")
    await expect(panel).to_be_visible()
    await expect(number(page, "rtt")).to_have_text(re.compile(r"ms$"))
    box = await panel.bounding_box()
    view = await page.get_by_test_id("arena").bounding_box()
    assert box is not None
    assert view is not None
    assert view["x"] <= box["x"]
    assert box["x"] + box["width"] <= view["x"] + view["width"]
    assert view["y"] <= box["y"]
    assert box["y"] + box["height"] < view["y"] + view["height"] / 2 - 40
    vitals = await page.locator(".arena-vitals").bounding_box()
    assert vitals is not None
    assert vitals["y"] + vitals["height"] <= box["y"]
    await page.screenshot(path=artifacts / "net-panel-phone.png")
    await page.get_by_test_id("net-settings").tap()
    await expect(page.get_by_test_id("net-latency_ms")).to_be_visible()
    box = await panel.bounding_box()
    assert box is not None
    for stick in await page.locator('[data-testid^="arena-stick-"]').all():
        place = await stick.bounding_box()
        assert place is not None
        assert box["y"] + box["height"] <= place["y"]


async def test_the_panel_leaves_the_fight_to_be_seen(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """In windows of any size it covers neither the middle of the picture nor one's health."""
    running = await serve(Arena, tick_rate=None, seed=3)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-arena").click()
    for width, height in ((1280, 800), (1024, 700), (900, 650)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.get_by_test_id("net-button").click()
        box = await page.get_by_test_id("net-panel").bounding_box()
        view = await page.get_by_test_id("arena").bounding_box()
        vitals = await page.locator(".arena-vitals").bounding_box()
        assert box is not None
        assert view is not None
        assert vitals is not None
        right, bottom = box["x"] + box["width"], box["y"] + box["height"]
        assert right <= vitals["x"] or bottom <= vitals["y"]
        assert right < view["x"] + view["width"] / 2 - 40 or bottom < view["y"] + view["height"] / 2 - 40
        await page.screenshot(path=artifacts / f"net-panel-arena-{width}.png")
        await page.get_by_test_id("net-button").click()


async def test_the_generic_view_predicts_tag(serve: Serve, open_page: OpenPage, artifacts: Path) -> None:
    """There it is the same panel, and the twin of the game's movement is known."""
    running = await serve(Tag, tick_rate=None, seed=4)
    page = await open_page(running.url, name="Ann")
    await page.get_by_test_id("play-tag").click()
    await page.get_by_test_id("net-button").click()
    await expect(page.get_by_test_id("net-prediction")).to_have_text("on")
    await slide(page, "latency_ms", 200)
    await slide(page, "jitter_ms", 40)
    x = page.get_by_test_id("rows-runners").locator('[data-row="1"] [data-field="x"]')
    start = await x.get_attribute("data-value")
    assert start is not None
    await page.keyboard.down("d" if int(start) < 400 else "a")
    await expect(x).not_to_have_attribute("data-value", start)
    await page.screenshot(path=artifacts / "net-panel-tag.png")
