"""Fixtures for tests that talk to a running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from gameserver.app import Server
from gameserver.game import Game
from gameserver.settings import Settings
from tests.games import Kitchen, Quiet
from tests.peer import Peer

Connect = Callable[..., Awaitable[Peer]]


class Running:
    """A server on a free port of the loopback interface."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{port}"


Serve = Callable[..., Awaitable[Running]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests of a file in one process, with one Chromium, where tests are spread over several.

    The longest test comes first: begun last, it would be waited for.
    """
    items.sort(key=lambda item: item.path.stem != "test_soak")
    for item in items:
        if item.get_closest_marker("browser") is not None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start servers that stop when the test is over."""
    started: list[Running] = []

    async def start(*games: type[Game], port: int = 0, **options: Any) -> Running:
        options.setdefault("tick_rate", 100)  # five times as fast as the games' own: tests wait for ticks
        # A late room then slips, rather than run several steps and send once: no tick goes unsent, however busy the
        # machine that runs the tests.
        settings = options.get("settings", Settings())
        if settings.max_late_steps == Settings().max_late_steps:  # else the test has something else in mind
            settings = msgspec.structs.replace(settings, max_late_steps=1)
        options["settings"] = settings
        server = Server([g.spec for g in games or (Kitchen, Quiet)], **options)
        running = Running(server, await server.start("127.0.0.1", port))
        started.append(running)
        return running

    yield start
    for running in started:
        await running.server.stop()
    await settle()


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connect peers that hang up when the test is over."""
    peers: list[Peer] = []

    async def open_peer(running: Running, **options: Any) -> Peer:
        peer = await Peer.connect(running.url, **options)
        peers.append(peer)
        return peer

    yield open_peer
    for peer in peers:
        await peer.close()
    await settle()


async def settle() -> None:
    """Let transports that were closed or aborted close their sockets, which takes a turn or two of the loop."""
    for _ in range(5):
        await asyncio.sleep(0)
