"""A real Chromium for the tests in this folder, and a place for its screenshots."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tools.chromium import find_chromium

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]
PATIENCE_MS = 30_000
"""How long a test waits for what must come, however busy the machine."""
expect.set_options(timeout=PATIENCE_MS)
OpenPage = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def artifacts() -> Path:
    """Give the folder for screenshots, which several processes share."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start a Chromium; a test without one fails, it is never skipped."""
    path = find_chromium()
    assert path is not None, "install Chromium (Debian: apt install chromium), or set CHROMIUM to its path"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        await started.close()


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Open pages, each in a profile of its own; an error in a page's script fails the test."""
    errors: list[str] = []

    async def open_one(url: str, *, name: str = "", width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{name}: {error}"))
        page.on("console", lambda message: errors.append(f"{name}: {message.text}") if is_ours(message) else None)
        await page.goto(url)
        if name:
            await page.get_by_test_id("name").fill(name)
        return page

    yield open_one
    assert errors == []


def is_ours(message: ConsoleMessage) -> bool:
    """Tell an error of a page's script from what a browser says of connections that a test broke or refused."""
    on_purpose = "WebSocket" in message.text or "ERR_CONNECTION" in message.text
    # Whoever was refused at the door asks there why, and is refused again.
    return message.type == "error" and not on_purpose and urlsplit(message.location["url"]).path != "/ws"
