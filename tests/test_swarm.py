"""The swarm and the floor: what they say, what they survive, and what they count. Nothing here judges a time."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pytest

from loadtest.dialect import ARENA_INPUTS, MOVERS_INPUTS, Dialect, Reply, gameserver_dialect
from loadtest.native import BuildFailed, NoCompiler, build, find_compiler
from loadtest.server import server_process
from loadtest.swarm import Measured, Spread, Swarm, SwarmFailed
from tests.scripted_server import (
    BINARY,
    CLOSE,
    PATIENCE_S,
    PING,
    PONG,
    TEXT,
    UPGRADED,
    Connection,
    frame,
    scripted_server,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or find_compiler() is None, reason="the swarm needs Linux and a C compiler"
)

ROOT = Path(__file__).parent.parent
COUNTED = Dialect(snapshot=(TEXT, b"S"))
SNAPSHOT = frame(TEXT, b"S")
ERROR = b'{"type":"error","payload":{"code":"room_full"}}'


def until(swarm: Swarm, reached: Callable[[Measured], bool]) -> Measured:
    """Wait for the window to hold something."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not reached(measured := swarm.end()):
        assert time.monotonic() < deadline_s, measured
        time.sleep(0.01)
    return measured


# The program against the real server.


def test_players_of_a_real_server(tmp_path: Path) -> None:
    """Twenty players get their snapshots, and each input is acknowledged; five more join them."""
    dialect = gameserver_dialect("movers", MOVERS_INPUTS)
    movers = str(ROOT / "loadtest" / "games.py:Movers")
    with server_process(clients=30, log=tmp_path / "server.log", arguments=[movers]) as server:
        port = int(server.url.rpartition(":")[2])
        with Swarm("127.0.0.1", port, dialect, inputs_hz=20, rate_hz=20) as swarm:
            swarm.grow(20)
            swarm.begin([server.pid])
            measured = until(swarm, lambda measured: measured.ack_ms.count >= 100)
            assert (measured.clients, measured.lost, measured.errors) == (20, 0, 0)
            assert measured.snapshots == measured.interval_ms.count > 0
            assert measured.bytes > measured.snapshots * 8
            assert measured.inputs >= 100
            ack, late, interval = measured.ack_ms, measured.late_ms, measured.interval_ms
            assert 0 < ack.p50 <= ack.p95 <= ack.p99 <= ack.max
            assert late.count == interval.count
            assert late.max == pytest.approx(max(0, interval.max - 50))
            assert measured.seconds > 0
            assert measured.cpu_s > 0
            assert measured.generator_share > 0
            assert measured.rss_bytes > 1_000_000
            swarm.grow(25)
            assert swarm.measure(0.01).clients == 25


def test_spectators_of_a_real_server(tmp_path: Path) -> None:
    """They watch, and say nothing."""
    dialect = gameserver_dialect("tag", role="spectator")
    with server_process(clients=5, log=tmp_path / "server.log") as server:
        port = int(server.url.rpartition(":")[2])
        with Swarm("localhost", port, dialect, inputs_hz=20, rate_hz=20) as swarm:
            swarm.grow(5)
            swarm.begin()
            measured = until(swarm, lambda measured: measured.snapshots >= 20)
            assert (measured.clients, measured.inputs, measured.ack_ms.count, measured.cpu_s) == (5, 0, 0, 0)


# What it says.


def test_what_a_client_says() -> None:
    """Its path, its hello, an answer to what it has one for, a pong to a ping; all in frames that a server takes."""
    paths: SimpleQueue[str] = SimpleQueue()
    dialect = Dialect(
        hello=(b"hello", b"x" * 300),
        replies=(Reply(TEXT, b"ask", BINARY, b"y" * 70_000), Reply(TEXT, b"a", TEXT, b"second")),
        snapshot=(BINARY, b"\x07"),
    )

    def script(connection: Connection) -> None:
        paths.put(connection.upgrade())
        assert connection.read_frame() == (TEXT, b"hello")
        assert connection.read_frame() == (TEXT, b"x" * 300)
        connection.send(frame(TEXT, b"ask me"))
        assert connection.read_frame() == (BINARY, b"y" * 70_000)
        connection.send(frame(BINARY, b"ask") + frame(TEXT, b"about") + frame(PING, b"there?"))
        assert connection.read_frame() == (TEXT, b"second")
        assert connection.read_frame() == (PONG, b"there?")
        connection.send(frame(BINARY, b"\x07..."))
        connection.stay()

    with scripted_server(script) as port, Swarm("127.0.0.1", port, dialect, rate_hz=20) as swarm:
        swarm.grow(3, ["/a", "/b?c=d"])
        swarm.grow(3)  # they are there
        assert sorted(paths.get() for _ in range(3)) == ["/a", "/a", "/b?c=d"]
        assert paths.empty()


def test_inputs_are_numbered_and_held() -> None:
    """Each client counts for itself, and keeps to a template for a while before it takes another."""
    said: SimpleQueue[list[bytes]] = SimpleQueue()
    dialect = Dialect(snapshot=(TEXT, b"S"), input_opcode=BINARY, inputs=(b"a{seq}!", b"{seq}", b"c{seq}"))

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.send(SNAPSHOT)
        frames = [connection.read_frame() for _ in range(150)]
        assert {opcode for opcode, _ in frames} == {BINARY}
        said.put([text for _, text in frames])
        connection.stay()

    with scripted_server(script) as port, Swarm("127.0.0.1", port, dialect, inputs_hz=100, rate_hz=20) as swarm:
        swarm.grow(2)
        digits = b"0123456789"
        for texts in (said.get(timeout=PATIENCE_S), said.get(timeout=PATIENCE_S)):
            assert [int(text.strip(b"ac!")) for text in texts] == list(range(1, 151))
            holds = [form for form, _ in groupby(texts, lambda text: text.translate(None, digits))]
            assert set(holds) <= {b"a!", b"", b"c"}
            # 1.5 s, and one form for at least 0.3 s.
            assert 1 < len(holds) < 50


@pytest.mark.parametrize(("game", "inputs"), [("movers", MOVERS_INPUTS), ("arena", ARENA_INPUTS)])
def test_inputs_are_messages_of_the_protocol(game: str, inputs: list[tuple[str, dict[str, object]]]) -> None:
    """With the number in its place, each template is the input that it was made of; all differ."""
    dialect = gameserver_dialect(game, inputs)
    said = [json.loads(template.replace(b"{seq}", b"17")) for template in dialect.inputs]
    assert said == [{"type": name, "seq": 17, "payload": payload} for name, payload in inputs]
    assert len(set(dialect.inputs)) == len(inputs)
    assert [json.loads(text) for text in dialect.hello] == [{"type": "join", "payload": {"game": game}}]


# What it survives.


def test_bytes_come_as_they_like() -> None:
    """The upgrade and frames in single bytes, many at once, long ones, messages in fragments with a ping between."""
    go = Event()
    fragmented = [
        frame(TEXT, b"S", final=False),
        frame(PING, b""),
        frame(0, b"and", final=False),
        frame(0, b"more"),
    ]
    medium, long = frame(TEXT, b"S" + b"m" * 999), frame(TEXT, b"S" + b"l" * 400_000)

    def script(connection: Connection) -> None:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.read_path()
        connection.send(*(bytes([byte]) for byte in UPGRADED + SNAPSHOT))
        assert go.wait(PATIENCE_S)
        connection.send(*(bytes([byte]) for byte in medium + SNAPSHOT))
        connection.send(SNAPSHOT * 500 + medium[:3], medium[3:] + long[:7], long[7:])
        connection.send(*fragmented)
        connection.send(frame(TEXT, b"no snapshot") + frame(BINARY, b"S") + frame(PONG, b"unasked"))
        connection.stay()

    with scripted_server(script) as port, Swarm("127.0.0.1", port, COUNTED, rate_hz=20) as swarm:
        swarm.grow(2)
        swarm.begin()
        go.set()
        each = 1 + 1 + 500 + 1 + 1 + 1
        of_bytes = 1000 + 1 + 500 + 1000 + 400_001 + len(b"Sandmore") + len(b"no snapshot") + 1 + len(b"unasked")
        measured = until(swarm, lambda measured: measured.bytes >= 2 * of_bytes)
        assert (measured.snapshots, measured.bytes) == (2 * each, 2 * of_bytes)
        assert (measured.clients, measured.lost, measured.errors) == (2, 0, 0)


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (frame(CLOSE, b"\x03\xe9bye"), "closed by the server with 1001: bye"),
        (frame(CLOSE, b""), "closed by the server without a code"),
        (b"", "the connection broke: the server hung up"),
        (b"\x81\x80\0\0\0\0", "a masked frame from a server"),
        (b"\x81\x7f" + (1 << 40).to_bytes(8), "a frame of more than 1048576 bytes"),
        (frame(TEXT, b"S", final=False) + 11 * frame(0, b"x" * 100_000, final=False), "a message of more than"),
    ],
)
def test_a_connection_that_ends_is_lost(last: bytes, why: str, capfd: pytest.CaptureFixture[str]) -> None:
    """It is counted and told, and the others play on."""
    others, go = Event(), Event()

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.send(SNAPSHOT)
        if others.is_set():
            connection.stay()
        else:
            assert go.wait(PATIENCE_S)
            connection.send(last)

    with scripted_server(script) as port, Swarm("127.0.0.1", port, COUNTED, rate_hz=20) as swarm:
        swarm.grow(1)
        swarm.begin()
        go.set()
        until(swarm, lambda measured: measured.lost == 1)
        others.set()
        swarm.grow(2)
        swarm.begin()
        measured = swarm.end()
        assert (measured.clients, measured.lost) == (1, 1)
    assert f"swarm: client 0: {why}" in capfd.readouterr().err


ANSWER = bytes(range(256)) * 1200
ANSWERING = Dialect(snapshot=(TEXT, b"S"), replies=(Reply(TEXT, b"ask", BINARY, ANSWER),))


def test_a_server_that_reads_later() -> None:
    """What it doesn't take is kept, and arrives whole."""
    asked, go, read = 8, Event(), Event()

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.send(frame(TEXT, b"ask") * asked, SNAPSHOT)
        assert go.wait(PATIENCE_S)
        for _ in range(asked):
            assert connection.read_frame() == (BINARY, ANSWER)
        read.set()
        connection.stay()

    with scripted_server(script) as port, Swarm("127.0.0.1", port, ANSWERING, rate_hz=20) as swarm:
        swarm.grow(1)
        go.set()
        assert read.wait(PATIENCE_S)
        swarm.begin()
        assert swarm.end().lost == 0


def test_a_server_that_never_reads(capfd: pytest.CaptureFixture[str]) -> None:
    """No more is kept for it than there is room for."""
    over = Event()

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.send(SNAPSHOT, frame(TEXT, b"ask") * 60)
        assert over.wait(PATIENCE_S)

    with scripted_server(script) as port, Swarm("127.0.0.1", port, ANSWERING, rate_hz=20) as swarm:
        swarm.grow(1)
        swarm.begin()
        until(swarm, lambda measured: measured.lost == 1)
        over.set()
    assert "swarm: client 0: the server doesn't read" in capfd.readouterr().err


# What it counts.


def snapshot_of(tick: int, *, ack: int | None = None, secrets: bytes = b"", margin: bool = False) -> bytes:
    """Build the head of a binary snapshot, for handle 300, as docs/protocol.md has it; the rest is made up."""
    flags = (ack is not None) | margin << 1 | bool(secrets) << 2
    own = b"??\x01\xac\x02" + bytes([flags])
    own += b"" if ack is None else ack.to_bytes(4, "little")
    own += b"\xff" * margin + (bytes([len(secrets)]) + secrets if secrets else b"")
    return frame(BINARY, own + tick.to_bytes(4, "little") + b"\x01\x00tables")


def test_ticks_and_acks_are_read() -> None:
    """Gaps between ticks are missed, an ack counts for every input up to it, whatever stands in the head."""

    def script(connection: Connection) -> None:
        connection.upgrade()
        assert json.loads(connection.read_frame()[1])["type"] == "join"
        connection.send(snapshot_of(2**32 - 100))
        for seq in range(1, 6):
            assert json.loads(connection.read_frame()[1])["seq"] == seq
        connection.send(snapshot_of(2**32 - 99, ack=2, margin=True), snapshot_of(2**32 - 95, secrets=b"abc"))
        connection.send(snapshot_of(2**32 - 94, ack=5, margin=True, secrets=b"d"), snapshot_of(2**32 - 93, ack=5))
        connection.stay()

    dialect = gameserver_dialect("movers", MOVERS_INPUTS)
    with scripted_server(script) as port, Swarm("127.0.0.1", port, dialect, inputs_hz=50, rate_hz=20) as swarm:
        swarm.begin()
        swarm.grow(1)
        measured = until(swarm, lambda measured: measured.snapshots == 5)
        assert (measured.missed, measured.ack_ms.count, measured.interval_ms.count) == (3, 5, 4)
        assert (measured.errors, measured.lost) == (0, 0)


@pytest.mark.parametrize(
    ("last", "errors", "lost"),
    [
        (frame(TEXT, ERROR), 1, 0),
        (frame(TEXT, b'{"type":"event","payload":{}}'), 0, 0),
        (frame(TEXT, b'{"type":"left","payload":{"reason":"ended"}}'), 0, 1),
        (frame(BINARY, b"??\x02\x01"), 0, 1),
        (frame(BINARY, b""), 0, 1),
        (frame(BINARY, b"??\x01\x01\x04\xff\xff\xff\xff\x0f"), 0, 1),
        (frame(BINARY, b"??\x01\xac\x02\x01\x01\0\0\0"), 0, 1),
    ],
)
def test_what_goes_wrong_in_a_room(last: bytes, errors: int, lost: int) -> None:
    """Errors are counted; who is put out, or can't read what comes, is lost."""
    go = Event()

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.send(snapshot_of(1))
        assert go.wait(PATIENCE_S)
        connection.send(last + frame(PING, b"the end"))
        if not lost:
            while connection.read_frame() != (PONG, b"the end"):
                pass
            connection.send(snapshot_of(2))
        connection.stay()

    dialect = gameserver_dialect("movers")
    with scripted_server(script) as port, Swarm("127.0.0.1", port, dialect, rate_hz=20) as swarm:
        swarm.grow(1)
        swarm.begin()
        go.set()
        measured = until(swarm, lambda measured: measured.snapshots + measured.lost == 1)
        assert (measured.errors, measured.lost, measured.clients) == (errors, lost, 1 - lost)


def test_lateness_is_what_an_interval_is_too_long() -> None:
    """Never less than nothing."""
    assert Spread(4, 49.0, 50.0, 52.0, 80.0).beyond(50) == Spread(4, 0.0, 0.0, 2.0, 30.0)


# What it refuses.


def refusing(answer: bytes) -> Callable[[Connection], None]:
    """Give a script that answers the handshake so, and hangs up."""

    def script(connection: Connection) -> None:
        connection.read_path()
        connection.send(answer)

    return script


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            b"HTTP/1.1 403 Forbidden\r\nA: b\r\n\r\nNot from there.\nAt all.",
            r"refused: HTTP/1.1 403 Forbidden: Not from",
        ),
        (b"HTTP/1.1 429 Too Many Requests\r\n\r\n", r"refused: HTTP/1.1 429 Too Many Requests\."),
        (b"", "the connection broke"),
        (UPGRADED + frame(TEXT, ERROR), "room_full"),
        (UPGRADED + frame(CLOSE, b"\x03\xf0no"), "closed by the server with 1008: no"),
    ],
)
def test_a_client_that_does_not_get_in(answer: bytes, why: str) -> None:
    """`grow` says why, in one line."""
    with scripted_server(refusing(answer)) as port, Swarm("127.0.0.1", port, COUNTED, rate_hz=20) as swarm:
        with pytest.raises(SwarmFailed, match=why) as failed:
            swarm.grow(1)
        assert "\n" not in str(failed.value)


def test_no_server() -> None:
    """Nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Swarm("127.0.0.1", port, COUNTED, rate_hz=20) as swarm, pytest.raises(SwarmFailed, match="Connection refused"):
        swarm.grow(1)


def test_no_snapshot_in_time() -> None:
    """It says where the clients stand."""

    def script(connection: Connection) -> None:
        connection.upgrade()
        connection.stay()

    told = pytest.raises(SwarmFailed, match=r"within 0\.5 s: queued=36 .* playing=0 lost=0")
    with scripted_server(script) as port, Swarm("127.0.0.1", port, COUNTED, rate_hz=20) as swarm, told:
        swarm.grow(100, patience_s=0.5)


def test_no_such_process(capfd: pytest.CaptureFixture[str]) -> None:
    """What isn't there can't be measured."""
    child = subprocess.Popen(["true"])
    child.wait()
    with Swarm("127.0.0.1", 1, COUNTED, rate_hz=20) as swarm, pytest.raises(SwarmFailed, match="ended with 1"):
        swarm.measure(0, [child.pid])
    assert f"there is no process {child.pid}" in capfd.readouterr().err


def test_core() -> None:
    """The process stays where it was put."""
    core = max(os.sched_getaffinity(0))
    with Swarm("127.0.0.1", 1, COUNTED, rate_hz=20, core=core) as swarm:
        swarm.begin()
        assert os.sched_getaffinity(swarm.pid) == {core}


# The floor.


@contextmanager
def floor(rate_hz: float, frame_bytes: int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run one; gives its port."""
    command = [str(build("floor")), "0", str(rate_hz), str(frame_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        word, port = process.stdout.readline().split()
        assert word == "listening"
        try:
            yield int(port), process
        finally:
            process.terminate()


@pytest.mark.parametrize("frame_bytes", [1, 125, 126, 65_535, 65_536, 300_000])
def test_the_floor_sends_frames(frame_bytes: int) -> None:
    """Everybody gets them whole, of the length asked for, whatever he says; at its end it tells how many it sent."""
    dialect = Dialect(snapshot=(BINARY, b""), inputs=(b"{seq}",))
    with floor(100, frame_bytes) as (port, process):
        with Swarm("127.0.0.1", port, dialect, inputs_hz=50, rate_hz=100) as swarm:
            swarm.grow(3)
            swarm.begin()
            measured = until(swarm, lambda measured: measured.snapshots >= 30)
            assert measured.bytes == measured.snapshots * frame_bytes
            assert (measured.clients, measured.lost) == (3, 0)
        process.terminate()
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    told = dict(pair.split("=") for pair in output.split())
    assert told.keys() == {"sent", "skipped", "late"}
    assert int(told["sent"]) + int(told["skipped"]) >= 33


def test_the_floor_skips_who_does_not_read() -> None:
    """He costs the others nothing, and gets whole frames when he reads again."""
    with floor(200, 100_000) as (port, process), socket.create_connection(("127.0.0.1", port)) as stalled:
        stalled.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with Swarm("127.0.0.1", port, Dialect(snapshot=(BINARY, b"")), rate_hz=200) as swarm:
            swarm.grow(1)
            swarm.begin()
            until(swarm, lambda measured: measured.snapshots >= 300)
        head, _, received = b"", b"", b""
        stalled.settimeout(PATIENCE_S)
        while len(received) < 100 * 100_010:
            received += stalled.recv(1 << 20)
            if not head and b"\r\n\r\n" in received:
                head, _, received = received.partition(b"\r\n\r\n")
        one = frame(BINARY, bytes(100_000))
        assert received[: 100 * len(one)] == 100 * one
        process.terminate()
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert "skipped=0" not in output


def test_the_floor_ends_with_its_parent() -> None:
    """Nothing is left behind by a benchmark that was killed."""
    start = "import subprocess, sys; child = subprocess.Popen(sys.argv[1:]); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", start, str(build("floor")), "0", "20", "100"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening")
        process.kill()
        # Only the floor still has the other end of the pipe.
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert "sent=0" in output


@pytest.mark.parametrize("arguments", [[], ["0", "0", "100"], ["0", "20", "0"], ["0", "20", "2000000"]])
def test_the_floor_says_how_it_is_used(arguments: list[str]) -> None:
    """Without a rate and a length that make sense."""
    done = subprocess.run([str(build("floor")), *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: floor PORT RATE_HZ FRAME_BYTES\n")


# Building.


def test_a_program_is_built_once_and_after_each_change(tmp_path: Path) -> None:
    """Of its main file, the parts beside it and their headers."""
    (tmp_path / "one.h").write_text("int part(void);\n")
    (tmp_path / "one.c").write_text('#include "one.h"\nint main(void) { return part(); }\n')
    (tmp_path / "one_part.c").write_text('#include "one.h"\nint part(void) { return 3; }\n')
    into = tmp_path / "build"
    program = build("one", sources=tmp_path, into=into)
    assert subprocess.run([str(program)], check=False).returncode == 3
    built = program.stat()
    assert build("one", sources=tmp_path, into=into) == program
    assert program.stat().st_ino == built.st_ino
    (tmp_path / "one_part.c").write_text('#include "one.h"\nint part(void) { return 4; }\n')
    assert subprocess.run([str(build("one", sources=tmp_path, into=into))], check=False).returncode == 4
    assert list(into.iterdir()) == [program]


def test_two_processes_build_at_once(tmp_path: Path) -> None:
    """Both have a program afterwards."""
    (tmp_path / "one.c").write_text("int main(void) { return 0; }\n")
    code = "import sys; from loadtest.native import *; to = Path(sys.argv[1]); print(build('one', sources=to, into=to))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    for process in both:
        output, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert subprocess.run([output.decode().strip()], check=False).returncode == 0


def test_a_program_that_is_wrong(tmp_path: Path) -> None:
    """The compiler's words are told, and nothing is left."""
    (tmp_path / "one.c").write_text("int main(void) { return nothing; }\n")
    with pytest.raises(BuildFailed, match="nothing"):
        build("one", sources=tmp_path, into=tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


def test_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none can be installed, one line says what to install."""
    (tmp_path / "one.c").write_text("int main(void) { return 0; }\n")
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(NoCompiler, match="install one") as missing:
        build("one", sources=tmp_path, into=tmp_path / "build")
    assert "\n" not in str(missing.value)


# The command line.


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    return subprocess.run(
        [sys.executable, "-m", "loadtest.swarm", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_S,
    )


def test_the_command_line_measures_a_server_of_its_own() -> None:
    """A table says what came of it."""
    done = command("--clients", "5", "--seconds", "1", "--inputs-hz", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Movers at http://127.0.0.1:" in done.stdout
    assert "lost: 0      errors: 0" in done.stdout
    assert "us per snapshot" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--url", "http://192.0.2.1:8080"], "--i-own-this-server"),
        (["--url", "http://127.0.0.1:1"], "No game server answers"),
        (["--game", "tag", "--inputs-hz", "20"], "leave out --inputs-hz"),
        (["--game", "chess"], "No game 'chess' is served"),
    ],
)
def test_the_command_line_refuses(arguments: list[str], why: str) -> None:
    """What can't be, or mustn't be, is said in one line."""
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("swarm: ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
