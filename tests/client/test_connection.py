"""How a connection comes back, and what it is told at the door; against a server that only opens and closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientConnectionResetError, ClientWebSocketResponse, web

from gameserver_client import Client, ConnectError, LagLab, connect, connection
from tests.client.conftest import patient
from tests.conftest import settle

PING = -1


class Doorkeeper:
    """A server whose `/ws` answers as the test says, once each; afterwards it lets everybody in."""

    def __init__(self) -> None:
        self.answers: list[int | tuple[int, str]] = []
        """A close code (from 1000 on), 0 to cut the connection, `PING`, or an HTTP status, with its `Retry-After`."""
        self.tickets: list[str | None] = []
        """What came as `Authorization`, of each request."""
        self.url = ""
        self._runner: web.AppRunner

    async def open(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_get("/ws", self._serve)
        app.router.add_get("/api/rooms", self._rooms)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Let go of everybody."""
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.tickets.append(request.headers.get("Authorization"))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, tuple):
            return web.Response(status=answer[0], headers={"Retry-After": answer[1]})
        if answer is not None and 0 < answer < 1000:
            return web.Response(status=answer)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if answer == 0:
            assert request.transport is not None
            request.transport.abort()
        elif answer == PING:
            await ws.ping()
            await ws.receive()
        elif answer is not None:
            await ws.close(code=answer)
        else:
            await ws.receive()
        return ws

    async def _rooms(self, request: web.Request) -> web.Response:
        self.tickets.append(request.headers.get("Authorization"))
        return web.json_response([])


Tries = list[tuple[int, float | None]]


@pytest.fixture
async def door() -> AsyncIterator[Doorkeeper]:
    """Open a door."""
    doorkeeper = Doorkeeper()
    await doorkeeper.open()
    yield doorkeeper
    await doorkeeper.close()
    await settle()


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> Tries:
    """Wait for nothing, but note how many tries failed before each, and what the server had asked for."""
    noted: Tries = []

    def no_delay(attempt: int, random: float, retry_after_s: float | None = None) -> float:
        assert 0 <= random < 1
        noted.append((attempt, retry_after_s))
        return 0.0

    monkeypatch.setattr(connection, "backoff_delay_s", no_delay)
    return noted


@pytest.fixture
async def client_at() -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """Connect clients that are closed when the test is over."""
    clients: list[Client] = []

    async def start(
        door: Doorkeeper, *answers: int | tuple[int, str], ticket: str | None = None, lag: LagLab | None = None
    ) -> Client:
        door.answers = list(answers)
        clients.append(connect(door.url, ticket=ticket, lag=lag))
        await clients[-1].open()
        return clients[-1]

    yield start
    for client in clients:
        await client.close()


ClientAt = Callable[..., Awaitable[Client]]


async def settled(client: Client, tries: Tries, count: int) -> None:
    """Wait until the client has come back so many times, or has given up."""
    while not (client.state == "closed" or (client.state == "open" and len(tries) >= count)):
        await asyncio.sleep(0.001)


@patient
async def test_a_connection_that_breaks_is_opened_again_at_once(
    door: Doorkeeper, client_at: ClientAt, tries: Tries
) -> None:
    """The first time; one that breaks again and again is waited for longer and longer."""
    client = await client_at(door, 0, 0, 0)
    await settled(client, tries, 3)
    assert tries == [(0, None), (1, None), (2, None)]


@patient
async def test_a_connection_that_held_may_break_again(
    door: Doorkeeper, client_at: ClientAt, tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the next try is a first one."""
    monkeypatch.setattr(connection, "STABLE_AFTER_S", 0.0)
    client = await client_at(door, 0, 0, 503)
    await settled(client, tries, 3)
    assert tries == [(0, None), (0, None), (1, None)]


@pytest.mark.parametrize("lag", [None, LagLab()])
@patient
async def test_a_ping_that_can_not_be_answered_any_more(
    door: Doorkeeper,
    client_at: ClientAt,
    tries: Tries,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lag: LagLab | None,
) -> None:
    """It came just before the connection was lost, which is nothing to be alarmed about."""
    pong, failures = ClientWebSocketResponse.pong, []

    async def too_late(ws: ClientWebSocketResponse, message: bytes = b"") -> None:
        assert ws._conn is not None
        assert ws._conn.transport is not None
        ws._conn.transport.abort()
        try:
            await pong(ws, message)
        except ClientConnectionResetError as error:
            failures.append(error)
            raise

    monkeypatch.setattr(ClientWebSocketResponse, "pong", too_late)
    client = await client_at(door, PING, lag=lag)
    await settled(client, tries, 1)
    assert (len(failures), tries) == (1, [(0, None)])
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("code", [1001, 1013])
@patient
async def test_a_server_that_is_closing_or_full_is_not_tried_at_once(
    door: Doorkeeper, client_at: ClientAt, tries: Tries, code: int
) -> None:
    """It said so."""
    client = await client_at(door, code)
    await settled(client, tries, 1)
    assert tries == [(1, None)]


@patient
async def test_retry_after_of_a_refused_handshake_is_respected(
    door: Doorkeeper, client_at: ClientAt, tries: Tries
) -> None:
    """Once; what is no number of seconds is none."""
    asked = [(429, "7"), (503, "2"), (503, "Fri, 31 Dec 1999 23:59:59 GMT"), (503, "inf"), (503, "1e300")]
    client = await client_at(door, 0, *asked, 503)
    await settled(client, tries, 7)
    assert [after_s for _, after_s in tries] == [None, 7.0, 2.0, None, None, 3600.0, None]


@patient
async def test_what_closing_asked_for_is_waited_for_once(door: Doorkeeper, client_at: ClientAt, tries: Tries) -> None:
    """From then on it is as after any other failure."""
    client = await client_at(door)
    await settled(client, tries, 0)
    await client._received('{"type": "closing", "payload": {"reason": "Bye.", "retry_after_s": 3.5}}', 0.0)
    door.answers = [503]
    client._connection.restart()
    await settled(client, tries, 2)
    assert tries == [(0, 3.5), (1, None)]


@pytest.mark.parametrize(("status", "says"), [(401, "a ticket, and a valid one"), (403, "admit")])
@patient
async def test_who_is_forbidden_to_come_back_does_not_try_again(
    door: Doorkeeper, client_at: ClientAt, tries: Tries, status: int, says: str
) -> None:
    """As when the ticket has run out meanwhile."""
    client = await client_at(door, 0, status)
    await settled(client, tries, 2)
    assert (client.state, len(tries)) == ("closed", 1)
    assert says in client.closed_reason


@patient
async def test_the_first_refusal_is_an_error_that_tells_all(door: Doorkeeper, client_at: ClientAt) -> None:
    """When to come again, and whether that makes sense."""
    with pytest.raises(ConnectError, match=r"lets nobody in: It is full, or shutting down\.") as error:
        await client_at(door, (503, "4"))
    assert (error.value.retry_after_s, error.value.final) == (4.0, False)
    with pytest.raises(ConnectError, match="wants a ticket") as error:
        await client_at(door, 401)
    assert (error.value.retry_after_s, error.value.final) == (None, True)


@patient
async def test_the_ticket_is_shown_at_the_door_alone(door: Doorkeeper, client_at: ClientAt, tries: Tries) -> None:
    """The newest, each time; the lists of games and rooms are for everybody."""
    client = await client_at(door, ticket="one.two.three")
    assert await client.rooms() == []
    client.ticket = "fresh"
    client._connection.restart()
    await settled(client, tries, 1)
    assert door.tickets == ["Bearer one.two.three", None, "Bearer fresh"]
