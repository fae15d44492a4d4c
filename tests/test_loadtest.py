"""The load test itself: its parts, and small runs of `loadtest/run.py` as its user starts it. No time is judged."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import os
import re
import signal
import socket
import sys
from argparse import ArgumentTypeError, Namespace
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, WSMsgType, web
from aiohttp.test_utils import TestServer

from gameserver.errors import SnapshotError
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.snapshot import FrameHead, State
from loadtest.heads import Heads
from loadtest.measures import MAX_SLICES, MEASURES, Collected, Histogram, Timeline, percentile
from loadtest.mix import Mix, Rhythm
from loadtest.player import PROTOCOL_CODES
from loadtest.report import page
from loadtest.steering import Game, Steering
from loadtest.thresholds import figure, missed, threshold, verdicts

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60


# Its parts.


def test_a_histogram_gives_what_the_sorted_samples_give() -> None:
    """Percentiles are those of the samples, rounded to 10 us."""
    random = Random(1)
    samples = [random.expovariate(1 / 20) for _ in range(999)]
    histogram = Histogram()
    for sample in samples:
        histogram.add(sample)
    shares = [0.0, 0.5, 0.9, 0.99, 1.0]
    ordered = [round(sample, 2) for sample in sorted(samples)]
    assert histogram.percentiles(shares) == [percentile(ordered, share) for share in shares]
    assert histogram.summary()["max_ms"] == ordered[-1]
    assert [nines for nines, _ in histogram.curve()] == [round(i / 10, 1) for i in range(30)]


def test_a_long_run_is_kept_in_few_slices() -> None:
    """Where slices get too many, each two become one; nothing is lost, and a gap stays one."""
    timeline = Timeline()
    for second in range(10 * MAX_SLICES):
        if second // 100 != 5:
            timeline.add(float(second), second + 0.5)
    report = timeline.report()
    assert report["slice_s"] == 16
    assert len(report["p99_ms"]) == math.ceil(10 * MAX_SLICES / 16)
    assert report["p99_ms"][0] == 15.0
    assert report["p99_ms"][-1] == 10.0 * MAX_SLICES - 1
    assert report["median_ms"][33] is None


def test_a_client_s_bytes_and_time_are_those_of_its_intervals() -> None:
    """Per second of a client, not of the run; and not those that come while the clients leave."""
    collected = Collected(0.0)
    collected.take("snapshot interval", 40.0, 100, now_s=1.0)
    collected.take("snapshot interval", 60.0, 200, now_s=1.1)
    collected.take("join", 60.0, 5000, now_s=1.1)
    collected.measuring = False
    collected.take("snapshot interval", 900.0, 9000, now_s=2.0)
    collected.fail("close: oops")
    report = collected.report()
    assert report["per_client"] == {"snapshots_per_s": 20.0, "bytes_per_s": 3000.0}
    assert report["measures"]["join"]["count"] == 1
    assert report["failures"] == {"count": 1, "of": {"close: oops": 1}}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_watchers_come_evenly_and_in_their_share(share: float) -> None:
    """Of any number of clients, the share that watches is met to less than one."""
    mix = Mix(watchers=share)
    for clients in range(1, 100):
        watching = sum(mix.watches(number) for number in range(1, clients + 1))
        assert watching == mix.spectators(clients)
        assert abs(watching - share * clients) < 1


def test_a_mix_is_read_from_flags() -> None:
    """What isn't among them is as by default, and what isn't a mix's is left."""
    assert Mix.of(Namespace(game="tag", num_users=3)) == Mix(game="tag")
    assert Mix.of(None) == Mix()


def test_a_rhythm_keeps_its_rate_and_never_hurries() -> None:
    """As often as asked on average, and never sooner than half a period after the time before."""
    rhythm = Rhythm(30, Random(2), now_s=0.0)
    times = [now / 100 for now in range(60 * 100 * 10) if rhythm.due(now / 100)]
    assert 270 <= len(times) <= 330
    assert min(later - sooner for sooner, later in itertools.pairwise(times)) >= 1.0
    never = Rhythm(0, Random(2), now_s=0.0)
    assert not never.due(1e12)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("snapshot-interval-p99=60", ("snapshot interval p99", 60.0)),
        ("snapshot interval p99=60.5", ("snapshot interval p99", 60.5)),
        ("chat-round-trip-max=1e3", ("chat round trip max", 1000.0)),
        ("bytes/s=4000", ("bytes/s", 4000.0)),
        ("failures=0", ("failures", 0.0)),
    ],
)
def test_a_threshold_is_read(text: str, read: tuple[str, float]) -> None:
    """Blanks and hyphens are the same."""
    assert threshold(text) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ping-p99=60", "name one of snapshot-interval"),
        ("snapshot-interval-p98=60", "-median, -p95, -p99, -max"),
        ("snapshot-interval-p99", "not NAME=LIMIT"),
        ("join-p95=soon", "not a number"),
        ("join-p95=-1", "not a number"),
        ("join-p95=nan", "not a number"),
        ("join-p95=inf", "not a number"),
    ],
)
def test_a_threshold_that_makes_no_sense_is_refused(text: str, why: str) -> None:
    """With what there is."""
    with pytest.raises(ArgumentTypeError, match=re.escape(why)):
        threshold(text)


def test_what_was_missed_is_said_in_a_line_each() -> None:
    """A limit that is just met is kept; what wasn't measured can't keep one."""
    limits = {"join p95": 10.0, "resume max": 5.0, "snapshot interval p99": 33.33, "bytes/s": 100.0, "failures": 1.0}
    found = missed(verdicts(limits, small_report()))
    assert found == [
        "join p95: 12.50 ms, at most 10.00 ms allowed",
        "resume max: nothing was measured, at most 5.00 ms allowed",
        "bytes/s: 3,000, at most 100 allowed",
    ]
    assert figure("failures", 3) == "3"


def test_the_page_stands_alone_and_shows_a_stranger_s_words_as_text() -> None:
    """Nothing is fetched, there is no script, and what a server said doesn't become one."""
    report = small_report()
    report["failures"] = {"count": 2, "of": {"error message: oops: <script>alert(1)</script>": 2}}
    report["problems"] = ["failures: 2, at most 0 allowed"]
    report["thresholds"] = verdicts({"failures": 0.0, "resume max": 5.0}, report)
    html = page(report)
    assert not re.search(r"<script|https?://|<link|<img|@import|url\(", html)
    assert "&lt;script&gt;" in html
    assert "nothing measured" in html
    assert html.count("<svg") == 2 * len(report["curves"]) > 0
    assert 'class="verdict failed"' in html


def test_heads_check_the_order_of_snapshots_and_their_checksums() -> None:
    """As a replica does, of a game whose tables they never read."""
    heads = Heads()
    assert heads.apply_frame(snapshot(5, None)) == 1
    heads.apply_frame(snapshot(7, 5))
    assert heads.tick == 7
    with pytest.raises(SnapshotError, match="a delta from tick 5 doesn't fit a client at tick 7"):
        heads.apply_frame(snapshot(8, 5))
    damaged = bytearray(snapshot(8, 7))
    damaged[-1] ^= 1
    with pytest.raises(SnapshotError, match="damaged"):
        heads.apply_frame(bytes(damaged))


def small_report() -> dict[str, Any]:
    """Give the report of a run of few samples."""
    collected = Collected(0.0)
    collected.take("snapshot interval", 33.33, 100, now_s=1.0)
    collected.take("join", 12.5, 900, now_s=3.0)
    mix: dict[str, Any] = msgspec.to_builtins(Mix())
    report = {"at": "2026-01-01", "gameserver": "0", "python": "3", "machine": "m", "server": "s", "tick_rate_hz": 30.0}
    report |= {"users": 2, "seconds": 3, **mix, **collected.report()}
    report |= {"generator": {"late": {"count": 0}, "cores": 0.1}, "thresholds": [], "problems": []}
    return report | {"curves": collected.curves()}


def test_hands_draw_what_the_schemas_take() -> None:
    """Inputs change each time, commands are mixed in, and what can't surely be filled is left alone."""
    bounded = {"type": "integer", "minimum": 0, "maximum": 255}
    steer = schema(dx={"type": "integer", "format": "axis"}, aim=bounded, fire={"type": "boolean"})
    code = schema(code={"type": "string", "pattern": "^[A-Z]{4}$"})
    game = Game("g", "G", 20, {"steer": steer, "dial": code}, {"play": schema(card=bounded), "unlock": code})
    steering = Steering(game, seed=3)
    seen: Counter[str] = Counter()
    before: Any = None
    for _ in range(300):
        change = steering.change()
        assert change is not None
        name, payload = change
        seen[name] += 1
        if name == "steer":
            assert payload != before
            before = payload
            assert payload["dx"] in {-1, 0, 1}
            assert 0 <= payload["aim"] <= 255
            assert isinstance(payload["fire"], bool)
        else:
            assert 0 <= payload["card"] <= 255
    assert seen.keys() == {"steer", "play"}
    assert seen["steer"] > seen["play"]
    nothing = Steering(Game("g", "G", 20, {"dial": code}, {}), seed=3)
    assert not nothing.possible
    assert nothing.change() is None


def test_the_protocol_s_errors_are_told_from_a_game_s() -> None:
    """The load test knows the codes that the protocol's page lists."""
    errors = (ROOT / "docs" / "protocol.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", errors, re.MULTILINE)) == PROTOCOL_CODES


def schema(**properties: Any) -> dict[str, Any]:
    """Build the schema of a message whose fields are all required."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


# Runs of it.


async def test_clients_do_all_that_they_can_and_all_measures_come_out(tmp_path: Path) -> None:
    """Four play and fire, two watch; they chat, drop out and resume, nothing fails, and table, file and page say so."""
    result = tmp_path / "results" / "loadtest.json"
    busy = ["--watchers", "0.34", "--drops-per-minute", "20", "--chats-per-minute", "30"]
    limits = ["--max", "snapshot-interval-p99=60000", "--max", "bytes/s=1e6"]
    code, output, errors = await run("--users", "6", "--seconds", "8", *busy, *limits, "--output", str(result))
    assert (code, errors) == (0, ""), output
    report = json.loads(result.read_text())
    assert report["failures"] == {"count": 0, "of": {}}
    assert report["game"] == "arena"
    assert [one["kept"] for one in report["thresholds"]] == [True, True, True]
    assert report["noted"]["drops"] >= 1
    counts = {name: summary["count"] for name, summary in report["measures"].items()}
    assert counts.keys() == MEASURES.keys() == report["curves"].keys()
    assert counts["join"] == 4
    assert counts["spectate"] >= 2
    # A busy machine plays fewer ticks, never more: 6 clients x 8 s x 30 Hz.
    assert 20 <= counts["snapshot interval"] == counts["snapshot jitter"] <= 1440
    assert report["per_client"]["bytes_per_s"] > 0
    for name, summary in report["measures"].items():
        assert 0 <= summary["median_ms"] <= summary["p95_ms"] <= summary["p99_ms"] <= summary["max_ms"]
        assert name in output
    assert (tmp_path / "results" / "server.log").read_text().rstrip().endswith("Stopped.")
    assert 'class="verdict passed"' in result.with_suffix(".html").read_text()


@pytest.mark.slow
async def test_commands_are_played_and_a_missed_threshold_ends_with_1(tmp_path: Path) -> None:
    """A game of commands alone refuses most of what it is sent at random, which is its right."""
    result = tmp_path / "loadtest.json"
    code, output, errors = await run(
        "--game", "highcard", "--users", "3", "--seconds", "4", "--max", "join-max=0", "--output", str(result)
    )
    assert (code, errors) == (1, ""), output
    report = json.loads(result.read_text())
    assert report["failures"]["count"] == 0, report["failures"]
    assert report["measures"]["command to ack"]["count"] >= 1
    assert len(report["problems"]) == 1
    assert re.search(r"^  join max: .* ms, at most 0\.00 ms allowed$", output, re.MULTILINE)
    assert 'class="verdict failed"' in result.with_suffix(".html").read_text()


async def test_what_goes_wrong_is_a_failure(tmp_path: Path) -> None:
    """A delta that doesn't fit, an error message and a close are each reported, and the run exits with 1."""
    result = tmp_path / "loadtest.json"
    async with TestServer(application(misbehave)) as server:
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


async def test_a_lost_race_for_a_seat_is_no_failure(tmp_path: Path) -> None:
    """Where the last seat went to another, or the room was over, the client asks again, as a quick match may."""
    result = tmp_path / "loadtest.json"
    async with TestServer(application(crowd)) as server:
        url = str(server.make_url("/"))
        code, output, _ = await run("--url", url, "--users", "2", "--seconds", "3", "--output", str(result))
    assert code == 0, output
    report = json.loads(result.read_text())
    assert report["noted"] == {"races for a place": 2}
    assert report["measures"]["join"]["count"] == 2


@pytest.mark.slow
async def test_a_seat_that_the_server_forgot_is_a_failure_and_one_of_a_room_that_ended_is_not(tmp_path: Path) -> None:
    """The lobby tells which it is."""
    result = tmp_path / "loadtest.json"
    async with TestServer(application(forget)) as server:
        url = str(server.make_url("/"))
        options = ["--users", "4", "--seconds", "9", "--drops-per-minute", "20", "--chats-per-minute", "0"]
        code, output, _ = await run("--url", url, *options, "--output", str(result))
    assert code == 1, output
    report = json.loads(result.read_text())
    assert report["failures"]["of"].keys() == {"resume: refused with bad_token: No."}
    assert report["noted"]["games that were over meanwhile"] >= 1


async def test_locust_s_own_page_starts_the_clients_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    """It takes no orders from other pages, and none against other machines; the report comes in the end."""
    result = tmp_path / "loadtest.json"
    arguments = ["--web-port", "0", "--game", "tag", "--watchers", "0", "--output", str(result)]
    async with started(*arguments, environment={"WEB": "1"}) as process, ClientSession() as session:
        url = await address(process)
        async with session.get(url) as answer:
            assert answer.status == 200
            assert '"game"' in await answer.text()
        swarm = {"user_count": "2", "spawn_rate": "2"}
        async with session.post(f"{url}/swarm", data=swarm, headers={"Origin": "http://example.org"}) as answer:
            assert answer.status == 403
        async with session.post(f"{url}/swarm", data=swarm | {"host": "http://192.0.2.1"}) as answer:
            assert answer.status == 403
        async with session.post(f"{url}/swarm", data=swarm, headers={"Origin": url}) as answer:
            assert answer.status == 200
        while "snapshot interval" not in await seen_by(session, url):
            await asyncio.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, output
    assert json.loads(result.read_text())["measures"]["join"]["count"] == 2
    assert result.with_suffix(".html").exists()
    assert (tmp_path / "server.log").read_text().rstrip().endswith("Stopped.")


async def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    """Of locust's page; the server that was started for it stops."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, output, errors = await run("--web", "--web-port", port, "--output", str(tmp_path / "loadtest.json"))
    assert (code, output) == (2, "")
    assert errors.count("\n") == 1
    assert "--web-port" in errors
    assert (tmp_path / "server.log").read_text().rstrip().endswith("Stopped.")


async def test_it_is_an_ordinary_locustfile(tmp_path: Path) -> None:
    """Locust's own command line runs it, and its exit code tells of failures."""
    async with TestServer(application(crowd)) as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--host", str(server.make_url("/"))),
            *("--headless", "--users", "2", "--run-time", "3s", "--game", "tag", "--watchers", "0.5"),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, output.decode()
    for name in ("join", "spectate"):
        assert re.search(rf"WS +{name} +1 +0\(0\.00%\)", output.decode()), output.decode()


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


async def test_an_unknown_threshold_is_refused_before_anything_starts() -> None:
    """With the list of what there is."""
    code, output, errors = await run("--max", "ping-p99=60")
    assert (code, output) == (2, "")
    assert "'ping p99' isn't measured; name one of snapshot-interval, snapshot-jitter, command-to-ack" in errors


@contextlib.asynccontextmanager
async def started(*arguments: str, environment: dict[str, str] | None = None) -> AsyncIterator[Process]:
    """Start a load test; it ends with the block, at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "loadtest/run.py",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def run(*arguments: str) -> tuple[int | None, str, str]:
    """Run a load test; gives exit code, output and errors."""
    async with started(*arguments) as process:
        output, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode, output.decode(), errors.decode()


async def address(process: Process) -> str:
    """Wait for the address of locust's page."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while line := (await process.stdout.readline()).decode():
            if found := re.search(r"http://[\d.:]+", line):
                return found[0]
    raise AssertionError("it ended without an address")


async def seen_by(session: ClientSession, url: str) -> set[str]:
    """Give the names that have requests on locust's page."""
    async with session.get(f"{url}/stats/requests") as answer:
        stats = (await answer.json())["stats"]
    return {one["name"] for one in stats if one["num_requests"]}


# Servers that aren't ours.

Play = Callable[[web.WebSocketResponse, int], Awaitable[None]]
"""Plays a server's part on a connection, given its number from 0."""


def application(play: Play) -> web.Application:
    """Build a server with the games `arena` and `tag`, and one room that lives, `r`."""
    numbers = itertools.count()

    async def games(_: web.Request) -> web.Response:
        game = {"title": "A game", "tick_rate": 20, "inputs": {}, "commands": {}}
        return web.json_response([{"name": name, **game} for name in ("arena", "tag")])

    async def rooms(_: web.Request) -> web.Response:
        return web.json_response([{"id": "r", "game": "arena"}])

    async def serve(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await play(ws, next(numbers))
        async for message in ws:
            if message.type is WSMsgType.TEXT and message.json()["type"] == "leave":
                await ws.send_json({"type": "left", "handle": 1, "payload": {"reason": "left"}})
        return ws

    application = web.Application()
    application.router.add_get("/api/games", games)
    application.router.add_get("/api/rooms", rooms)
    application.router.add_get("/ws", serve)
    return application


async def misbehave(ws: web.WebSocketResponse, number: int) -> None:
    """Do something wrong, on each connection in turn something else, once its client has joined."""
    await ws.receive()
    await seat(ws)
    match number % 3:
        case 0:
            await ws.send_bytes(snapshot(8, 7))
        case 1:
            await ws.send_json({"type": "error", "payload": {"code": "room_full", "message": "No."}})
        case _:
            await ws.close(code=1011, message=b"oops")


async def crowd(ws: web.WebSocketResponse, _: int) -> None:
    """Have no place for a client at first, then a room that is over, and then one."""
    await refuse(ws, (await ws.receive_json())["seq"], "room_full")
    await ws.receive()
    await ws.send_json({"type": "left", "handle": 1, "payload": {"reason": "ended"}})
    await ws.receive()
    await seat(ws, handle=2)
    await ws.send_bytes(snapshot(6, 5, handle=2))


async def forget(ws: web.WebSocketResponse, number: int) -> None:
    """Know nothing of seats that were given; and seat every second client in a room that is over soon."""
    while (asked := await ws.receive_json())["type"] == "resume":
        await refuse(ws, asked["seq"], "bad_token")
    await seat(ws, room=("r", "over")[number % 2], token="t")  # noqa: S106  # of a fake
    await ws.send_bytes(snapshot(6, 5))


async def seat(ws: web.WebSocketResponse, *, handle: int = 1, **joined: Any) -> None:
    """Let a client join, at tick 5."""
    await ws.send_json({"type": "joined", "handle": handle, "payload": JOINED | {"handle": handle} | joined})
    await ws.send_bytes(snapshot(5, None, handle=handle))


async def refuse(ws: web.WebSocketResponse, seq: int, code: str) -> None:
    """Answer a message with an error."""
    await ws.send_json({"type": "error", "payload": {"code": code, "message": "No.", "seq": seq}})


JOINED: dict[str, Any] = {
    "protocol": 1, "room": "r", "game": "tag", "handle": 1, "role": "player", "player": 1, "tick": 4, "tick_rate": 20,
    "token": None, "schema": {}, "players": [], "audience": {"players": 1, "spectators": 0},
}  # fmt: skip


def snapshot(tick: int, base: int | None, *, handle: int = 1) -> bytes:
    """Build a snapshot of a room without tables."""
    fmt, now = BinarySnapshots(), State(tick, {}, {}, {})
    head = FrameHead(handle=handle, tick=tick, base=base, ack=None, margin=None)
    before = None if base is None else State(base, {}, {}, {})
    return fmt.frame(head, shared=fmt.shared(before, now), private=b"")
