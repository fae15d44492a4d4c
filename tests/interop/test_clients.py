"""WebSocket clients that others wrote connect, play and close cleanly; aiohttp's own does so in all other tests.

None of them is told not to offer compression where it can't be: browsers and Node.js always do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from playwright.async_api import Page

from tests.browser.conftest import OpenPage
from tests.conftest import Serve, settle
from tests.interop.clients import Browser, Client, Node, NodeWs, Websockets
from tests.interop.story import Dial, play, see_it_close, stay

LIBRARIES: dict[str, tuple[Callable[[str], Awaitable[Client]], bool]] = {
    "websockets": (partial(Websockets.connect, deflate=False), False),
    "websockets-deflate": (partial(Websockets.connect, deflate=True), True),
    "node-ws": (partial(NodeWs.connect, "ws", deflate=False), False),
    "node-ws-deflate": (partial(NodeWs.connect, "ws", deflate=True), True),
    "node-builtin": (partial(Node.connect, "builtin", deflate=True), True),
}
"""What connects, and whether it offers compression."""

FreeLater = Callable[[Callable[[str], Awaitable[Client]]], Dial]


@pytest.fixture
async def freed() -> AsyncIterator[FreeLater]:
    """Free what was dialled when the test is over."""
    clients: list[Client] = []

    def keep(connect: Callable[[str], Awaitable[Client]]) -> Dial:
        async def dial(url: str) -> Client:
            client = await connect(url)
            clients.append(client)
            return client

        return dial

    yield keep
    for client in clients:
        await client.free()
    await settle()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_library_plays_and_closes(serve: Serve, freed: FreeLater, library: str) -> None:
    """It comes back to its seat twice, too."""
    connect, deflate = LIBRARIES[library]
    await play(serve, freed(connect), deflate=deflate)


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_library_sees_the_server_close(serve: Serve, freed: FreeLater, library: str) -> None:
    """It answers the close frame, so nobody is cut."""
    connect, deflate = LIBRARIES[library]
    await see_it_close(serve, freed(connect), deflate=deflate)


async def test_libraries_answer_pings(serve: Serve, freed: FreeLater) -> None:
    """By themselves, while nobody looks."""
    await stay(serve, [(freed(connect), deflate) for connect, deflate in LIBRARIES.values()])


@pytest.mark.browser
class TestBrowser:
    """The same in a page of the server's own origin."""

    @pytest.fixture
    def dial(self, freed: FreeLater, open_page: OpenPage) -> Dial:
        """Connect from a blank page of the server."""
        page: Page | None = None

        async def connect(url: str) -> Client:
            nonlocal page
            if page is None:
                page = await open_page("about:blank")
                await Browser.prepare(page, url)
            return await Browser.connect(page, url)

        return freed(connect)

    async def test_it_plays_and_closes(self, serve: Serve, dial: Dial) -> None:
        """It comes back to its seat twice, too."""
        await play(serve, dial, deflate=True)

    async def test_it_sees_the_server_close(self, serve: Serve, dial: Dial) -> None:
        """It answers the close frame."""
        await see_it_close(serve, dial, deflate=True)

    async def test_it_answers_pings(self, serve: Serve, dial: Dial) -> None:
        """By itself."""
        await stay(serve, [(dial, True)])
