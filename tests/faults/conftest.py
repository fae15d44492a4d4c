"""Fixtures of the tests of faults."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from gameserver.serving import loop_factory
from tests.conftest import Running, settle
from tests.faults.raw import RawPeer

Dial = Callable[..., Awaitable[RawPeer]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on the loop that the server runs on: much of what happens to a broken connection is the loop's doing."""
    return {"server": loop_factory() or asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def no_surprises(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """See to it that no fault makes the server log an error, except one that the test has looked at and cleared."""
    yield
    assert [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR] == []


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Open TCP connections that are closed when the test is over."""
    peers: list[RawPeer] = []

    async def open_peer(running: Running, *, upgrade: bool = True, **options: Any) -> RawPeer:
        peer = await RawPeer.dial(running.url, **options)
        peers.append(peer)
        if upgrade:
            assert await peer.upgrade() == 101
        return peer

    yield open_peer
    for peer in peers:
        peer.close()
    await settle()
