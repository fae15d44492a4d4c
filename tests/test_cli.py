"""The command line as a user meets it: what it prints, how it stops, how it fails."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSMsgType

GAME = """
from gameserver import U8, Game, Row, Player

class Score(Row):
    points: U8 = 0

class Mine(Game):
    title = "My own game"
    score: Score
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
        found = re.search(r"Open\s+(http://\S+/)", self.output)
        assert found
        return found[1]

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send a signal; gives the exit code, which must come within two seconds."""
        self.popen.send_signal(number)
        code = self.popen.wait(timeout=2)
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
        await ws.send_json({"type": "join", "payload": {"game": "tag"}})
        while (await ws.receive_json())["type"] != "joined":
            pass
        stopping = asyncio.create_task(asyncio.to_thread(process.stop, number))
        seen = []
        async for message in ws:
            assert message.type is WSMsgType.TEXT
            seen.append(message.json()["type"])
        assert "closing" in seen
        assert ws.close_code == 1001
        assert await stopping == 0
    assert "Traceback" not in process.output


def test_stopping_takes_no_longer_for_peers_that_don_t_read(start: Start) -> None:
    """A hundred of them, mute and deaf, are out of the way within two seconds."""
    process = start("serve", "--port", "0", "--max-connections-per-address", "200")
    port = int(process.greeting().rstrip("/").rpartition(":")[2])
    peers = []
    for _ in range(100):
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert peer.recv(12) == b"HTTP/1.1 101"
        peers.append(peer)
    began = time.monotonic()
    assert process.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < 2
    for peer in peers:
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
        (["--port", "99999"], "whole number from 0 to 65535"),
        (["--tick-rate", "0"], "number from 1 to 240"),
        (["--bots", "x"], "whole number from 0 to 10000"),
    ],
)
def test_flags_say_what_they_take(arguments: list[str], wanted: str) -> None:
    """A value that makes no sense is refused with the range."""
    result = run("serve", *arguments)
    assert result.returncode == 2
    assert wanted in result.stderr


def test_help_explains_every_flag() -> None:
    """Each with a default or its meaning."""
    text = run("serve", "--help").stdout
    flags = ["--host", "--port", "--bots", "--tick-rate", "--seed", "--drain-s", "--log-level"]
    flags.append("--max-connections-per-address")
    assert [flag for flag in flags if flag not in text] == []
    assert text.count("default:") >= 5
