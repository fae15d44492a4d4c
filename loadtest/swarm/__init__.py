"""A crowd of lean WebSocket clients, for more of them than locust can be: a C program, driven from here.

    python -m loadtest.swarm --clients 500 --seconds 10 --inputs-hz 20
    python -m loadtest.swarm --url http://127.0.0.1:8080 --game arena --clients 100 --spectators

One thread plays them all (`loadtest/native/swarm.c`). Times are taken when it reads, so they hold its own lateness too:
look at `generator_share`, and don't believe what a generator measured that was busy for most of the time.
"""

from __future__ import annotations

import math
import os
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Self

import msgspec

from loadtest.dialect import SEQ, Dialect
from loadtest.footprint import rss_bytes
from loadtest.native import build

ANSWER_S = 10.0
"""The program answers at once; after so long it has failed."""
_MS_PER_NS = 1e-6


class SwarmFailed(Exception):
    """The clients couldn't do what they were to do; says why in one line."""


class Spread(msgspec.Struct, frozen=True):
    """How times spread: nearest-rank percentiles, exact to 10 us. All are 0 where there is nothing (`count` 0)."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float

    def beyond(self, least: float) -> Spread:
        """Give the spread of what each time is more than `least`, or 0 where it isn't."""
        return Spread(self.count, *(max(0.0, time - least) for time in (self.p50, self.p95, self.p99, self.max)))


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a window of time held."""

    seconds: float
    clients: int
    """Connected, at the end."""
    snapshots: int
    bytes: int
    """Payload of all WebSocket frames received."""
    inputs: int
    """Sent."""
    missed: int
    """Ticks of which a client never got a snapshot, summed over clients; 0 where the dialect only counts."""
    lost: int
    """Connections lost since the beginning of the swarm."""
    errors: int
    """Frames that begin with `{"type":"error"`."""
    interval_ms: Spread
    """Between two snapshots of a client."""
    late_ms: Spread
    """By how much an interval was longer than it should be."""
    ack_ms: Spread
    """From sending an input to the snapshot that acknowledges it; nothing where the dialect only counts."""
    cpu_s: float
    """User and system time of the processes asked for, with all their threads, between the window's two ends."""
    generator_share: float
    """The swarm's own CPU time in relation to the window."""
    rss_bytes: int
    """Resident memory of the processes asked for, at the end."""


class Swarm:
    """Clients of one server; a context manager that owns the process they live in.

    `inputs_hz` is how often each client sends one of the dialect's inputs: all of them evenly spread, from the end of
    `grow` on. `rate_hz` is how often the server should send snapshots. With `core` the process stays on that CPU.

    Raises:
        NoCompiler, BuildFailed: there is no program.

    """

    def __init__(
        self,
        host: str,
        port: int,
        dialect: Dialect,
        *,
        inputs_hz: float = 0,
        rate_hz: float,
        core: int | None = None,
        seed: int = 1,
    ) -> None:
        self._period_ms = 1000 / rate_hz
        self._clients = 0
        self._pids: tuple[int, ...] = ()
        self._unread = b""
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [str(build("swarm"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        lines = [f"server {host} {port}", f"seed {seed}", *_described(dialect, inputs_hz)]
        if core is not None:
            lines.append(f"core {core}")
        try:
            self._write(lines)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process that the clients live in."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, all of them at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def grow(self, clients: int, paths: Sequence[str] = ("/ws",), *, patience_s: float = 60) -> None:
        """Connect until there are so many in all, and wait until each has had its first snapshot.

        The newcomers ask for these paths in turn. After a failure there is nothing more to do but to close.

        Raises:
            SwarmFailed: one couldn't come in, or it takes too long.

        """
        newcomers = clients - self._clients
        if newcomers <= 0:
            return
        self._clients = clients
        self._write([*(f"client {paths[i % len(paths)]}" for i in range(newcomers)), "grow"])
        answer = self._answer(patience_s)
        if answer is None:
            waiting = self._ask("status").removeprefix("status ")
            raise SwarmFailed(f"Not all of {clients} clients had a snapshot within {patience_s:g} s: {waiting}.")
        if answer != "grown":
            raise SwarmFailed(f"Not all of {clients} clients got in: {answer.removeprefix('failed ')}.")

    def measure(self, seconds: float, pids: Sequence[int] = ()) -> Measured:
        """Measure for a while, and what these processes take meanwhile.

        Raises:
            SwarmFailed: the program ended, or one of the processes isn't there.

        """
        self.begin(pids)
        time.sleep(seconds)
        return self.end()

    def begin(self, pids: Sequence[int] = ()) -> None:
        """Begin to measure, for as long as the caller likes; see `measure`."""
        self._pids = tuple(pids)
        self._ask(" ".join(["begin", *map(str, pids)]))

    def end(self) -> Measured:
        """Tell what was measured since `begin`. Can be asked again, for more."""
        found = dict(pair.split("=") for pair in self._ask("end").split()[1:])
        try:
            resident_bytes = sum(map(rss_bytes, self._pids))
        except OSError as error:
            raise SwarmFailed(f"A process that was measured has ended: {error}.") from error
        window_ns = int(found["ns"])
        interval_ms = _spread(found["interval"])
        counts = ("clients", "snapshots", "bytes", "inputs", "missed", "lost", "errors")
        return Measured(
            seconds=window_ns / 1e9,
            **{name: int(found[name]) for name in counts},
            interval_ms=interval_ms,
            late_ms=interval_ms.beyond(self._period_ms),
            ack_ms=_spread(found["ack"]),
            cpu_s=int(found["cpu_ns"]) / 1e9,
            generator_share=int(found["own_cpu_ns"]) / window_ns,
            rss_bytes=resident_bytes,
        )

    def _ask(self, line: str) -> str:
        self._write([line])
        answer = self._answer(ANSWER_S)
        if answer is None:
            raise SwarmFailed(f"The swarm doesn't answer {line.partition(' ')[0]!r} within {ANSWER_S:g} s.")
        return answer

    def _write(self, lines: Sequence[str]) -> None:
        assert self._process.stdin is not None
        unsent = memoryview("".join(f"{line}\n" for line in lines).encode())
        try:
            while unsent:
                unsent = unsent[self._process.stdin.write(unsent) :]
        except BrokenPipeError as error:
            raise self._ended() from error

    def _answer(self, patience_s: float) -> str | None:
        """Wait for a line; gives None where there was none in time."""
        assert self._process.stdout is not None
        deadline_s = time.monotonic() + patience_s
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline_s - time.monotonic()))
            if not ready:
                return None
            some = os.read(self._process.stdout.fileno(), 65536)
            if not some:
                raise self._ended()
            self._unread += some
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode(errors="replace")

    def _ended(self) -> SwarmFailed:
        return SwarmFailed(f"The swarm ended with {self._process.wait()}; what it said stands above.")


def _described(dialect: Dialect, inputs_hz: float) -> Iterator[str]:
    """Put a dialect into the program's commands."""
    yield f"reads {dialect.reads}"
    yield f"snapshot {dialect.snapshot[0]} {_hex(dialect.snapshot[1])}"
    for text in dialect.hello:
        yield f"hello {_hex(text)}"
    for reply in dialect.replies:
        yield f"reply {reply.opcode} {_hex(reply.prefix)} {reply.answer_opcode} {_hex(reply.answer)}"
    if inputs_hz:
        yield f"inputs {dialect.input_opcode} {math.ceil(1e9 / inputs_hz)}"
    for template in dialect.inputs:
        head, seq, tail = template.partition(SEQ)
        yield f"input {_hex(head)} {_hex(tail) if seq else 'none'}"


def _hex(data: bytes) -> str:
    return data.hex() or "-"


def _spread(text: str) -> Spread:
    count, *times_ns = map(int, text.split(","))
    return Spread(count, *(time_ns * _MS_PER_NS for time_ns in times_ns))
