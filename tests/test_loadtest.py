"""The load test itself: small runs of `loadtest/run.py`, as its user starts it. Nothing here judges a time."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.snapshot import FrameHead, State

ROOT = Path(__file__).parent.parent


MEASURES = {"join", "snapshot interval", "command to ack"}


async def run(*arguments: str) -> tuple[int | None, str, str]:
    """Run a load test; gives exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "loadtest/run.py",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), 60)
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode, output.decode(), errors.decode()


async def test_players_play_and_all_three_measures_come_out(tmp_path: Path) -> None:
    """Five players play for a few seconds, nothing fails, and the table and the file say so."""
    result = tmp_path / "results" / "loadtest.json"
    code, output, errors = await run("--users", "5", "--seconds", "4", "--output", str(result))
    assert (code, errors) == (0, ""), output
    report = json.loads(result.read_text())
    assert report["failures"] == {"count": 0, "of": {}}
    counts = {name: summary["count"] for name, summary in report["measures"].items()}
    assert counts.keys() == MEASURES
    assert counts["join"] == 5
    # A busy machine plays fewer ticks, never more: 5 players x 4 s x 20 Hz, and 2 to 5 inputs a second.
    assert 20 <= counts["snapshot interval"] <= 400
    assert 5 <= counts["command to ack"] <= 100
    assert report["per_client"]["bytes_per_s"] > 0
    for name in MEASURES:
        summary = report["measures"][name]
        assert 0 < summary["median_ms"] <= summary["p95_ms"] <= summary["p99_ms"] <= summary["max_ms"]
        assert name in output
    assert (tmp_path / "results" / "server.log").read_text().rstrip().endswith("Stopped.")


async def test_what_goes_wrong_is_a_failure(tmp_path: Path) -> None:
    """A delta that doesn't fit, an error message and a close are each reported, and the run exits with 1."""
    result = tmp_path / "loadtest.json"
    async with TestServer(misbehaving_server()) as server:
        code, output, _ = await run(
            "--url", str(server.make_url("/")), "--users", "3", "--seconds", "3", "--output", str(result)
        )
    assert code == 1, output
    failures = json.loads(result.read_text())["failures"]["of"]
    assert "snapshot: a delta from tick 7 doesn't fit a client at tick 5" in failures
    assert "error message: room_full: No." in failures
    assert "close: closed by the server with 1011 (oops)" in failures
    assert "FAILED" in output
    assert "room_full: No." in output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--url", "http://192.0.2.1:8080"], "--i-own-this-server"),
        (["--url", "http://127.0.0.1.example.org"], "--i-own-this-server"),
        (["--url", "127.0.0.1:8080"], "not an address"),
    ],
)
async def test_a_bad_address_is_refused_in_one_line(arguments: list[str], why: str) -> None:
    """Nobody's server but this machine's is loaded by accident."""
    code, output, errors = await run(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("loadtest: ")
    assert errors.count("\n") == 1
    assert why in errors


def misbehaving_server() -> web.Application:
    """Build a server of which each connection in turn does something else wrong, once its player has joined."""
    connections = 0

    async def games(_: web.Request) -> web.Response:
        return web.json_response([{"name": "tag", "title": "Tag", "tick_rate": 20, "inputs": {}}])

    async def play(request: web.Request) -> web.WebSocketResponse:
        nonlocal connections
        wrong = connections % 3
        connections += 1
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.receive()
        await ws.send_json({"type": "joined", "handle": 1, "payload": JOINED})
        await ws.send_bytes(snapshot(5, None))
        if wrong == 0:
            await ws.send_bytes(snapshot(8, 7))
        elif wrong == 1:
            await ws.send_json({"type": "error", "payload": {"code": "room_full", "message": "No."}})
        else:
            await ws.close(code=1011, message=b"oops")
        async for _ in ws:
            pass
        return ws

    application = web.Application()
    application.router.add_get("/api/games", games)
    application.router.add_get("/ws", play)
    return application


JOINED: dict[str, Any] = {
    "room": "r", "game": "tag", "handle": 1, "role": "player", "player": 1, "tick": 4, "tick_rate": 20, "token": None,
    "schema": {}, "players": [], "audience": {"players": 1, "spectators": 0},
}  # fmt: skip


def snapshot(tick: int, base: int | None) -> bytes:
    """Build a snapshot of a room without tables."""
    fmt, now = BinarySnapshots(), State(tick, {}, {}, {})
    head = FrameHead(handle=1, tick=tick, base=base, ack=None, margin=None)
    before = None if base is None else State(base, {}, {}, {})
    return fmt.frame(head, shared=fmt.shared(before, now), private=b"")
