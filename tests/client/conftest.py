"""Fixtures for tests of the SDK against a running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec

import pytest

from gameserver_client import Client, connect
from tests.client.scripted import Script, make_script
from tests.conftest import Running, settle
from tests.peer import PATIENCE_S

OpenClient = Callable[..., Awaitable[Client]]
P = ParamSpec("P")


def patient(test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Let a test fail rather than hang."""

    @wraps(test)
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async with asyncio.timeout(4 * PATIENCE_S):
            await test(*args, **kwargs)

    return run


@pytest.fixture
async def client_of() -> AsyncIterator[OpenClient]:
    """Connect clients that are closed when the test is over."""
    clients: list[Client] = []

    async def start(running: Running, **options: Any) -> Client:
        client = connect(running.url, **options)
        clients.append(client)
        await client.open()
        return client

    yield start
    for client in clients:
        await client.close()
    await settle()


@pytest.fixture
async def script(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Script]:
    """Connect a client to nobody but the test."""
    made = make_script(monkeypatch)
    yield made
    made.client._pinger.stop()
