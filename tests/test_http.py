"""Plain HTTP: the page, the lobby's lists, health, metrics."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from gameserver.app import Server
from gameserver.errors import StartupError
from tests.conftest import Connect, Running, Serve
from tests.games import Kitchen, Quiet
from tests.peer import PATIENCE_S


async def get(running: Running, path: str) -> Any:
    """Fetch JSON."""
    async with ClientSession() as session, session.get(running.url + path) as response:
        assert response.status == 200
        assert response.content_type == "application/json"
        return await response.json()


async def test_the_page_and_its_modules_are_served_and_revalidated(serve: Serve) -> None:
    """JavaScript with its own type, or browsers refuse to run it."""
    running = await serve()
    async with ClientSession() as session:
        for path, kind in (("/", "text/html"), ("/main.js", "javascript"), ("/?room=abc", "text/html")):
            async with session.get(running.url + path) as response:
                assert response.status == 200
                assert kind in response.content_type
                assert response.headers["Cache-Control"] == "no-cache"
        for path in ("/nothing.js", "/../pyproject.toml", "/sdk/"):
            async with session.get(running.url + path) as response:
                assert response.status in {403, 404}


@pytest.mark.parametrize("path", ["/", "/main.js", "/api/games", "/healthz", "/nothing", "/ws"])
async def test_every_answer_has_the_headers_that_keep_browsers_careful(serve: Serve, path: str) -> None:
    """Refusals too: whatever an address gives, nobody makes a page of it."""
    running = await serve()
    host = running.url.removeprefix("http://")
    async with ClientSession() as session, session.get(running.url + path) as response:
        headers = response.headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "gamepad" not in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("allow_origins", "ancestors"),
    [
        (["https://site.example/", "http://other.example:8000"],
         "frame-ancestors 'self' https://site.example http://other.example:8000"),
        (["*"], "frame-ancestors *"),
    ],
)  # fmt: skip
async def test_pages_that_may_connect_may_show_the_client_in_a_frame(
    serve: Serve, allow_origins: list[str], ancestors: str
) -> None:
    """Sites for jam games do; the older header can't say so, and is left out."""
    running = await serve(allow_origins=allow_origins)
    async with ClientSession() as session, session.get(running.url) as response:
        assert response.headers["Content-Security-Policy"].endswith(f"; {ancestors}")
        assert "X-Frame-Options" not in response.headers


async def test_a_strange_host_gets_into_no_header(serve: Serve) -> None:
    """It is a stranger's text."""
    running = await serve()
    headers = {"Host": "a; script-src *"}
    async with ClientSession() as session, session.get(running.url, headers=headers) as response:
        assert "connect-src 'self'; " in response.headers["Content-Security-Policy"]
        assert "script-src *" not in response.headers["Content-Security-Policy"]


async def test_rooms_are_listed_with_what_the_lobby_shows(serve: Serve, connect: Connect) -> None:
    """People and bots apart, oldest room first."""
    running = await serve(bots=3)
    assert await get(running, "/api/rooms") == []
    ann, eve = await connect(running), await connect(running)
    room = (await ann.join(game="kitchen"))["room"]
    await eve.spectate(room)
    (listed,) = await get(running, "/api/rooms")
    tick = listed.pop("tick")
    assert tick >= 1
    assert listed == {
        "id": room,
        "game": "kitchen",
        "players": 1,
        "bots": 2,
        "max_players": 4,
        "spectators": 1,
        "open": True,
    }


async def test_games_are_described_well_enough_for_a_generic_client(serve: Serve) -> None:
    """Names, schemas of everything that comes in and goes out, and the tables."""
    kitchen, quiet = await get(await serve(), "/api/games")
    assert set(kitchen) == {
        "name", "title", "tick_rate", "max_players", "schema", "inputs", "commands", "events", "options",
    }  # fmt: skip
    assert (kitchen["name"], kitchen["title"], kitchen["tick_rate"], kitchen["max_players"]) == (
        "kitchen",
        "Kitchen",
        20,
        4,
    )
    assert kitchen["schema"] == Kitchen.spec.schema()
    assert set(kitchen["inputs"]) == {"steer", "look"}
    assert set(kitchen["commands"]) == {"throw", "break"}
    assert set(kitchen["events"]) >= {"thrown", "whisper"}
    assert kitchen["inputs"]["steer"]["properties"]["dx"] == {
        "type": "integer", "minimum": -1, "maximum": 1, "default": 0, "format": "axis",
    }  # fmt: skip
    assert kitchen["commands"]["throw"]["properties"]["count"]["maximum"] == 255
    assert kitchen["options"]["properties"]["greedy"] == {"type": "boolean", "default": False}
    assert quiet["name"] == "quiet"


async def test_health_and_readiness(serve: Serve) -> None:
    """A server that is closing lives, but wants nobody new."""
    running = await serve()
    assert await get(running, "/healthz") == {"status": "ok"}
    assert await get(running, "/readyz") == {"status": "ready"}
    running.server.door.open = False
    async with ClientSession() as session:
        async with session.get(running.url + "/readyz") as response:
            assert response.status == 503
        async with session.get(running.url + "/ws") as response:
            assert response.status == 503
    assert await get(running, "/healthz") == {"status": "ok"}
    running.server.door.open = True


async def test_metrics_count_what_happens(serve: Serve, connect: Connect) -> None:
    """In Prometheus's own format, parsed by its own parser."""
    running = await serve()
    peer = await connect(running)
    await peer.join(game="kitchen")
    await peer.send("nonsense")
    await peer.error()
    await peer.snapshots(3)
    async with ClientSession() as session, session.get(running.url + "/metrics") as response:
        text = await response.text()
    samples = {
        (s.name, *s.labels.values()): s.value for family in text_string_to_metric_families(text) for s in family.samples
    }
    assert samples["gameserver_connections",] == 1
    assert samples["gameserver_rooms", "kitchen"] == 1
    assert samples["gameserver_messages_received_total",] == 2
    assert samples["gameserver_errors_total", "unknown_type"] == 1
    assert samples["gameserver_snapshots_sent_total", "kitchen"] >= 4
    assert samples["gameserver_step_seconds_count", "kitchen"] >= 4
    await peer.close()
    while len(running.server.connections):
        await asyncio.sleep(0)
    assert b"gameserver_connections 0.0" in running.server.metrics.text()


def test_two_games_of_one_name_are_refused() -> None:
    """Before anything listens."""
    with pytest.raises(StartupError, match="two games are called 'quiet'"):
        Server([Quiet.spec, Quiet.spec])


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"x y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\n\r\n", 417),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", 417),
        (b"PUT /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 417),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\n\r\n", 417),
        (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\n\r\n", 417),
        (b"POST /%0A HTTP/1.1\r\nHost: x\r\nExpect: \xff\r\n\r\n", 417),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /api/rooms HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \xff\r\n\r\n",
            426,
        ),
    ],
)
async def test_odd_requests_are_refused_and_leave_no_trace_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture, request_head: bytes, status: int
) -> None:
    """Strangers mustn't be able to fill a disk with tracebacks."""
    running = await serve()
    host, port = running.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_head)
    answer = await asyncio.wait_for(reader.readline(), PATIENCE_S)
    assert answer.split(b" ")[1] == b"%d" % status
    writer.close()
    await writer.wait_closed()
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
