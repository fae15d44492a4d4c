"""The command line as a user meets it: what it prints, how it stops, how it fails."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
import trustme
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

GAME = """
from gameserver import U8, Game, Row, Player

class Score(Row):
    points: U8 = 0

class Mine(Game):
    title = "My own game"
    score: Score
"""
STUCK = """
from gameserver import Game

class Stuck(Game):
    def tick(self):
        print("stuck")
        while True:
            pass
"""
SLOW = """
import asyncio, time

async def ask(request):
    print("asked")
    await asyncio.to_thread(time.sleep, 60)
"""


class Process:
    """A server started from the command line."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        command = [sys.executable, "-u", "-m", "gameserver", *arguments]
        self.popen = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.output = ""

    def greeting(self) -> str:
        """Read up to the greeting's end; gives the address to open."""
        assert self.popen.stdout is not None
        while "Ctrl-C" not in self.output:
            line = self.popen.stdout.readline()
            assert line, f"it ended: {self.output}"
            self.output += line
        found = re.search(r"Open\s+(https?://\S+/)", self.output)
        assert found
        return found[1]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal; gives the exit code, which must come soon."""
        self.popen.send_signal(number)
        code = self.popen.wait(timeout=5)
        assert self.popen.stdout is not None
        self.output += self.popen.stdout.read()
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers in an empty folder; none outlives its test."""
    started: list[Process] = []

    def launch(*arguments: str) -> Process:
        started.append(Process([*arguments], tmp_path))
        return started[-1]

    yield launch
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
        process.popen.wait()
        if process.popen.stdout is not None:
            process.popen.stdout.close()


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command that must fail or end by itself."""
    command = [sys.executable, "-m", "gameserver", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=cwd, check=False)


def test_a_bare_start_serves_the_samples(start: Start) -> None:
    """`gameserver` prints the address, the games and how to stop; the address works."""
    process = start("--port", "0")
    address = process.greeting()
    assert "Tag" in process.output
    assert "High Card" in process.output
    with urllib.request.urlopen(address) as response:
        assert b"<html" in response.read()
    assert process.stop() == 0
    assert "Stopped" in process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_stopping_tells_the_clients(start: Start, number: int) -> None:
    """`closing`, then close code 1001, all within two seconds."""
    process = start("serve", "--port", "0")
    address = await asyncio.to_thread(process.greeting)
    async with ClientSession() as session, session.ws_connect(f"{address}ws?snapshots=json") as ws:
        await join_tag(ws)
        stopping = asyncio.create_task(asyncio.to_thread(process.stop, number))
        seen = []
        async for message in ws:
            assert message.type is WSMsgType.TEXT
            seen.append(message.json()["type"])
        assert "closing" in seen
        assert ws.close_code == 1001
        assert await stopping == 0
    assert "Traceback" not in process.output


def knock(address: str) -> socket.socket:
    """Open a WebSocket that nobody reads from any more."""
    peer = socket.create_connection(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2])))
    peer.sendall(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    return peer


@pytest.mark.parametrize("drain_s", [0.0, 0.5])
def test_stopping_takes_no_longer_for_peers_that_don_t_read(start: Start, drain_s: float) -> None:
    """A hundred of them, mute and deaf, are out of the way within a second after the rooms had their time."""
    process = start("serve", "--port", "0", "--max-connections-per-address", "200", "--drain-s", str(drain_s))
    address = process.greeting()
    peers = [knock(address) for _ in range(100)]
    for peer in peers:
        assert peer.recv(12) == b"HTTP/1.1 101"
    peers[0].sendall(_frame(b'{"type":"join","payload":{"game":"tag"}}'))
    while b'"joined"' not in peers[0].recv(65536):
        pass
    began = time.monotonic()
    assert process.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < drain_s + 2  # one second is promised; the other is for a busy machine
    for peer in peers:
        peer.close()


def _frame(text: bytes) -> bytes:
    """Make a short WebSocket frame as clients send it, masked with zeros."""
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


async def join_tag(ws: ClientWebSocketResponse) -> None:
    """Take a seat."""
    await ws.send_json({"type": "join", "payload": {"game": "tag"}})
    while (await ws.receive_json())["type"] != "joined":
        pass


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_second_signal_ends_it_at_once(start: Start, number: int, code: int) -> None:
    """While rooms have their time to end, of which clients were told when to come back."""
    process = start("serve", "--port", "0", "--drain-s", "600", "--retry-after-s", "7")
    address = await asyncio.to_thread(process.greeting)
    async with ClientSession() as session, session.ws_connect(f"{address}ws?snapshots=json") as ws:
        await join_tag(ws)
        process.popen.send_signal(number)
        while (message := await ws.receive_json())["type"] != "closing":
            pass
        assert message["payload"]["retry_after_s"] == 7
        async with session.get(f"{address}ws") as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "7"
        assert (await ws.receive_json())["type"] == "snapshot"  # the round goes on
        assert await asyncio.to_thread(process.stop, number) == code
    assert "Traceback" not in process.output


async def test_a_second_signal_ends_a_game_that_never_returns(start: Start, tmp_path: Path) -> None:
    """The loop hears nothing any more; the process does."""
    (tmp_path / "stuck.py").write_text(STUCK)
    process = start("serve", "stuck.py", "--port", "0")
    address = await asyncio.to_thread(process.greeting)
    async with ClientSession() as session, session.ws_connect(f"{address}ws") as ws:
        await ws.send_json({"type": "join", "payload": {}})
        assert process.popen.stdout is not None
        while await asyncio.to_thread(process.popen.stdout.readline) != "stuck\n":
            pass
        # Of two signals at the same moment, CPython 3.11 may see neither before a third one comes: when they arrive in
        # different threads, the second clears the mark that the first left for the interpreter.
        async with asyncio.timeout(5):
            while process.popen.poll() is None:
                process.popen.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.05)
        assert process.popen.returncode == 143


async def test_stopping_waits_for_no_authenticate(start: Start, tmp_path: Path) -> None:
    """Nor for the thread that one waits for."""
    (tmp_path / "slow.py").write_text(SLOW)
    process = start("serve", "--port", "0", "--authenticate", "slow:ask")
    peer = knock(await asyncio.to_thread(process.greeting))
    assert process.popen.stdout is not None
    while await asyncio.to_thread(process.popen.stdout.readline) != "asked\n":
        pass
    assert await asyncio.to_thread(process.stop, signal.SIGTERM) == 0
    assert "Stopped." in process.output
    assert "Traceback" not in process.output
    peer.close()


async def test_stopping_works_when_nobody_reads_the_output(start: Start) -> None:
    """Behind `| head` the pipe is gone; the clients are told all the same."""
    process = start("serve", "--port", "0")
    address = await asyncio.to_thread(process.greeting)
    assert process.popen.stdout is not None
    process.popen.stdout.close()
    async with ClientSession() as session, session.ws_connect(f"{address}ws") as ws:
        process.popen.send_signal(signal.SIGINT)
        assert (await ws.receive_json())["type"] == "closing"
        assert (await ws.receive()).type is WSMsgType.CLOSE
        assert ws.close_code == 1001
    await asyncio.to_thread(process.popen.wait, 2)


def test_a_file_of_a_package_is_served_by_its_path(start: Start, tmp_path: Path) -> None:
    """Its relative imports work."""
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "rows.py").write_text("from gameserver import U8, Row\n\nclass Score(Row):\n    points: U8 = 0\n")
    (package / "rules.py").write_text(
        "from gameserver import Game\nfrom .rows import Score\n\nclass Packed(Game):\n    score: Score\n"
    )
    process = start("serve", "pack/rules.py", "--port", "0")
    process.greeting()
    assert "Packed" in process.output


def test_a_game_of_one_s_own_is_served_from_its_file(start: Start, tmp_path: Path) -> None:
    """By path, with its own title; options of the command line show in the greeting."""
    (tmp_path / "mine.py").write_text(GAME)
    process = start("serve", "mine.py:Mine", "--port", "0", "--tick-rate", "7")
    address = process.greeting()
    assert re.search(r"My own game\s+7 Hz", process.output)
    with urllib.request.urlopen(f"{address}api/games") as response:
        assert b'"name":"mine"' in response.read()


def test_every_network_shows_an_address_to_share(start: Start) -> None:
    """With --host 0.0.0.0 the address to open is one that works here."""
    process = start("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    with urllib.request.urlopen(f"{process.greeting()}healthz") as response:
        assert response.status == 200


async def test_tls_and_tickets_by_flags(start: Start, tmp_path: Path) -> None:
    """The greeting shows https; a silent peer is cut; only who has a ticket plays, under the name it gives."""
    authority = trustme.CA()
    certificate, secret = tmp_path / "server.pem", tmp_path / "secret"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    secret.write_text("a secret that both of the machines know\n")
    files = ["--tls-cert", str(certificate), "--ticket-key-file", str(secret), "--ticket-audience", "tag"]
    process = start("serve", "--port", "0", "--handshake-s", "1", *files)
    address = await asyncio.to_thread(process.greeting)
    assert address.startswith("https://127.0.0.1:")
    silent = socket.create_connection(("127.0.0.1", int(address.rstrip("/").rpartition(":")[2])))
    silent.settimeout(10)
    assert await asyncio.to_thread(silent.recv, 1) == b""
    silent.close()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    claims = {"sub": "7", "name": "Ada", "aud": "tag", "exp": time.time() + 60}
    ticket = jwt.encode(claims, "a secret that both of the machines know", algorithm="HS256")
    async with ClientSession() as session:
        async with session.get(f"{address}ws", ssl=trusting) as response:
            assert response.status == 401
        async with session.ws_connect(f"{address}ws?ticket={ticket}", ssl=trusting) as ws:
            await ws.send_json({"type": "ping"})
            assert (await ws.receive_json())["type"] == "pong"
    assert await asyncio.to_thread(process.stop) == 0
    assert ticket not in process.output


def test_a_taken_port_is_one_clear_line() -> None:
    """It names the port and the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert f"port {port}" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["no_such_module"], "no module 'no_such_module'"),
        (["nowhere.py"], "no file nowhere.py"),
        (["mine.py:Nobody"], "no game 'Nobody'; it has Mine"),
        (["empty.py"], "defines no game"),
        (["broken.py"], "broken.py:4: NameError"),
        (["syntax.py"], "syntax.py:2:"),
        (["refused.py"], "refused.py:5: Bad.seen: a set has no stable order"),
        (["mine.py", "mine.py"], "two games are called 'mine'"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_what_can_t_be_served_is_one_clear_line(tmp_path: Path, arguments: list[str], wanted: str) -> None:
    """With the place in the author's file, and an exit code."""
    (tmp_path / "mine.py").write_text(GAME)
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "broken.py").write_text("from gameserver import Game\n\ndef f():\n    return oops\n\nf()\n")
    (tmp_path / "syntax.py").write_text("x = 1\ndef f(:\n")
    (tmp_path / "refused.py").write_text(
        "from gameserver import Game\n\nclass Bad(Game):\n    fine: int = 0\n    seen: set[int]\n"
    )
    result = run("serve", *arguments, "--port", "0", cwd=tmp_path)
    assert result.returncode == 1
    assert wanted in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--allow-origin", "site.example"], "'site.example' is no origin such as https://example.com"),
        (["--trusted-proxy", "10.0.0.1/8"], "'10.0.0.1/8' is no network such as 10.0.0.0/8"),
        (["--ticket-key-file", "missing"], "can't read missing: No such file"),
        (["--ticket-key-file", "short"], "short: a ticket's secret needs at least 32 bytes; this one has 5"),
        (["--ticket-audience", "tag"], "--ticket-audience needs --ticket-key-file"),
        (["--authenticate", "who"], "'who' names no function; write who:FUNCTION"),
        (["--authenticate", "who:ask"], "who has no function 'ask'"),
        (["--authenticate", "nobody:ask"], "no module 'nobody'"),
        (["--tls-cert", "missing.pem"], "there is no file missing.pem"),
        (["--tls-cert", "short"], "can't serve TLS with short and the key in it"),
        (["--tls-key", "short"], "--tls-key needs --tls-cert"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_door_that_can_t_be_built_is_one_clear_line(tmp_path: Path, arguments: list[str], wanted: str) -> None:
    """Before anything listens."""
    (tmp_path / "short").write_text("short\n")
    (tmp_path / "who.py").write_text("")
    result = run("serve", *arguments, "--port", "0", cwd=tmp_path)
    assert result.returncode == 1
    assert wanted in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--port", "99999"], "whole number from 0 to 65535"),
        (["--tick-rate", "0"], "number from 1 to 240"),
        (["--bots", "x"], "whole number from 0 to 10000"),
        (["--ticket-key-file", "a", "--authenticate", "b:c"], "not allowed with argument"),
        (["--max-message", "300"], "unrecognized arguments"),
    ],
)
def test_flags_say_what_they_take(arguments: list[str], wanted: str) -> None:
    """A value that makes no sense is refused with the range."""
    result = run("serve", *arguments)
    assert result.returncode == 2
    assert wanted in result.stderr


def test_help_explains_every_flag() -> None:
    """Those of the limits are in test_flags.py; these are the others."""
    text = run("serve", "--help").stdout
    flags = ["--host", "--port", "--bots", "--tick-rate", "--seed", "--log-level", "--tls-cert", "--tls-key"]
    flags += ["--allow-origin", "--trusted-proxy", "--ticket-key-file", "--ticket-audience", "--authenticate"]
    assert [flag for flag in flags if flag not in text] == []
    assert "the door:" in text
    assert "--ticket TICKET" in run("play", "--help").stdout
