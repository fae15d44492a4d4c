"""Who is let in, and what the others are told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import make_mocked_request

from gameserver.door import Door, Visitor
from gameserver.errors import Forbidden, NotAuthenticated
from gameserver.identity import Identity
from gameserver.settings import Settings
from tests.conftest import Connect, Serve

ADA = Identity("user-7", "Ada")


def knock(remote: str = "203.0.113.7", **headers: str) -> web.Request:
    """Make a request for the WebSocket; underscores stand for hyphens."""
    given = {"Host": "play.example"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/ws", headers=given).clone(remote=remote)


async def refused(door: Door, request: web.Request | None = None) -> web.HTTPException:
    """Give the answer to somebody who isn't let in."""
    with pytest.raises(web.HTTPException) as answer:
        await door.admit(request or knock())
    return answer.value


@asynccontextmanager
async def admitted(door: Door, request: web.Request) -> AsyncIterator[Visitor]:
    """Let somebody in, for as long as the block lasts."""
    visitor = await door.admit(request)
    try:
        yield visitor
    finally:
        door.release(visitor)


@asynccontextmanager
async def inside(door: Door, *requests: web.Request) -> AsyncIterator[list[Visitor]]:
    """Let these in, for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(admitted(door, request)) for request in requests]


async def test_anybody_is_let_in_by_default() -> None:
    """With his address, and as nobody in particular."""
    async with admitted(Door(Settings()), knock()) as visitor:
        assert visitor == Visitor("203.0.113.7", None)


async def test_a_full_server_says_when_to_come_back() -> None:
    """503; a place that is left is free at once."""
    door = Door(Settings(max_connections=2))
    async with inside(door, knock("192.0.2.1"), knock("192.0.2.2")):
        answer = await refused(door)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    async with inside(door, knock("192.0.2.1"), knock("192.0.2.2")):
        assert (await refused(door)).status == 503


async def test_one_address_can_t_take_all_places() -> None:
    """429 for it, and nothing for others; an IPv6 customer counts once."""
    door = Door(Settings(max_connections_per_address=2))
    async with inside(door, knock(), knock(), knock("2001:db8::1"), knock("2001:db8::2")):
        for remote in ("203.0.113.7", "2001:db8::3"):
            answer = await refused(door, knock(remote))
            assert (answer.status, answer.headers["Retry-After"]) == (429, "10")
        async with inside(door, knock("192.0.2.1")) as (visitor,):
            assert visitor.address == "192.0.2.1"
    async with inside(door, knock(), knock()):
        pass


async def test_behind_a_trusted_proxy_each_client_is_counted_by_himself() -> None:
    """And only there is the header believed."""
    door = Door(Settings(max_connections_per_address=1), trusted_proxies=["10.0.0.0/8"])
    first, second = (knock("10.0.0.1", X_Forwarded_For=f"192.0.2.{n}") for n in (1, 2))
    async with inside(door, first, second) as visitors:
        assert [visitor.address for visitor in visitors] == ["192.0.2.1", "192.0.2.2"]
        assert (await refused(door, first)).status == 429
    async with inside(door, knock(X_Forwarded_For="192.0.2.1")):
        assert (await refused(door, knock(X_Forwarded_For="192.0.2.2"))).status == 429


async def test_a_closed_door_lets_nobody_in() -> None:
    """With the time that `closing` tells, in whole seconds."""
    door = Door(Settings(retry_after_s=2.5))
    door.open = False
    answer = await refused(door)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "3")


async def test_pages_of_others_are_kept_out() -> None:
    """403, before anybody is asked who he is."""
    asked: list[web.Request] = []
    door = Door(Settings(), allow_origins=["https://site.example"], authenticate=asked.append)
    assert (await refused(door, knock(Origin="https://evil.example"))).status == 403
    assert (await refused(door, knock(Origin="null"))).status == 403
    assert asked == []
    async with inside(door, knock(Origin="https://site.example"), knock(Origin="http://play.example"), knock()):
        assert len(asked) == 3


async def test_authenticate_says_who_it_is() -> None:
    """As a function or a coroutine."""

    async def later(request: web.Request) -> Identity:
        await asyncio.sleep(0)
        return ADA

    for authenticate in (lambda request: ADA, later):
        async with admitted(Door(Settings(), authenticate=authenticate), knock()) as visitor:
            assert visitor.identity == ADA


@pytest.mark.parametrize(
    ("raised", "status", "text"),
    [
        (NotAuthenticated("Who are you?"), 401, "Who are you?\n"),
        (Forbidden("Not you."), 403, "Not you.\n"),
        (web.HTTPGone(text="Over."), 410, "Over."),
    ],
)
async def test_authenticate_may_refuse(raised: Exception, status: int, text: str) -> None:
    """With its own words; and whoever is refused takes no place."""

    async def authenticate(request: web.Request) -> None:
        raise raised

    door = Door(Settings(max_connections=1), authenticate=authenticate)
    for _ in range(3):
        answer = await refused(door)
        assert (answer.status, answer.text) == (status, text)
        assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)


@pytest.mark.parametrize("answer", [ZeroDivisionError("a secret"), TimeoutError("a secret"), "user-7"])
async def test_a_bug_in_authenticate_lets_nobody_in(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    """500 without a word about it, and the log has it."""

    def authenticate(request: web.Request) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    told = await refused(Door(Settings(), authenticate=authenticate))
    assert (told.status, told.text) == (500, "It can't be found out who you are.\n")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "authenticate" in record.message


async def test_an_authenticate_that_hangs_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """503 after `handshake_s`; meanwhile it takes a place, so that nobody can pile them up."""
    asked = asyncio.Event()

    async def authenticate(request: web.Request) -> None:
        asked.set()
        await asyncio.Event().wait()

    door = Door(Settings(handshake_s=0.05, max_connections=1), authenticate=authenticate)
    hanging = asyncio.create_task(refused(door))
    await asked.wait()
    assert (await refused(door)).text == "The server is full.\n"
    answer = await hanging
    assert (answer.status, answer.text) == (503, "It took too long to find out who you are.\n")
    assert "authenticate took longer than 0.05 s for 203.0.113.7" in caplog.text


async def test_who_is_asked_while_the_door_closes_is_not_let_in() -> None:
    """The server may have told everybody inside already."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def authenticate(request: web.Request) -> Identity:
        asked.set()
        await go_on.wait()
        return ADA

    door = Door(Settings(), authenticate=authenticate)
    waiting = asyncio.create_task(refused(door))
    await asked.wait()
    door.open = False
    go_on.set()
    assert (await waiting).status == 503


# Over real sockets.


async def test_a_refusal_is_plain_http_before_the_upgrade(serve: Serve) -> None:
    """Whoever wrote the client reads why; and no ticket is ever repeated."""

    def authenticate(request: web.Request) -> Identity:
        if request.query.get("ticket") != "good":
            raise NotAuthenticated("A ticket is needed.")
        return ADA

    running = await serve(authenticate=authenticate)
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as handshake:
            await session.ws_connect(f"{running.url}/ws")
        assert handshake.value.status == 401
        async with session.get(f"{running.url}/ws?ticket=stolen-and-old") as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
            assert await response.text() == "A ticket is needed.\n"
        headers = {"Origin": "https://evil.example"}
        async with session.get(f"{running.url}/ws?ticket=good", headers=headers) as response:
            assert response.status == 403
        async with session.ws_connect(f"{running.url}/ws?ticket=good", origin=running.url) as ws:
            await ws.send_json({"type": "ping"})
            assert (await ws.receive()).type is WSMsgType.TEXT


async def test_a_connection_that_is_over_takes_no_place(serve: Serve, connect: Connect) -> None:
    """However it ended."""
    running = await serve(settings=Settings(max_connections=1))
    for _ in range(3):
        peer = await connect(running)
        async with ClientSession() as session:
            with pytest.raises(WSServerHandshakeError) as handshake:
                await session.ws_connect(f"{running.url}/ws")
        assert handshake.value.status == 503
        await peer.close()
        while running.server.door.inside:
            await asyncio.sleep(0)
