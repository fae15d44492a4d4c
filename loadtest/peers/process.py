"""Servers as processes of their own, on a core of their own."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from loadtest.peers.peer import ROOT, Load, PeerFailed, Running

START_S = 20.0
STOP_S = 10.0
TRIES_PER_S = 20
LOOPBACK = "127.0.0.1"
_PORT = re.compile(r"^.*http://127\.0\.0\.1:(\d+)|^listening (\d+)$", re.MULTILINE)


@contextmanager
def server(
    command: Sequence[str | Path],
    *,
    core: int | None,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Run a server on the loopback interface; stop it when the context ends.

    It prints `http://127.0.0.1:PORT` or `listening PORT` when it can be reached.

    Args:
        command: what to run, from the project's folder.
        core: the only core that it may run on; None leaves that to the kernel.
        log: takes what it prints.
        environment: variables beside our own.

    Raises:
        PeerFailed: it ended, or said nothing, before it served.

    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w+", encoding="utf-8") as output:
        process = _started(command, core, output, {**os.environ, **(environment or {})})
        try:
            yield Running(LOOPBACK, _port(process, log), process.pid)
        finally:
            _stop(process)


def load_flags(load: Load) -> list[str]:
    """Say a load on the command line of a peer's server."""
    return [f"--rate-hz={load.rate_hz:g}", f"--room-size={load.room_size}", f"--frame-bytes={load.frame_bytes}"]


def _started(
    command: Sequence[str | Path], core: int | None, output: IO[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start the process; it inherits its core from this thread, so that it never runs on another one."""
    ours = None if core is None else os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        return subprocess.Popen(  # noqa: S603  # servers of this folder
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the bench; it stops its servers by itself.
            start_new_session=True,
        )
    finally:
        if ours is not None:
            os.sched_setaffinity(0, ours)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait for the server to print where it serves."""
    for _ in range(int(START_S * TRIES_PER_S)):
        text = log.read_text(encoding="utf-8")
        if found := _PORT.search(text):
            return int(found[1] or found[2])
        if process.poll() is not None:
            raise PeerFailed(f"The server ended before it served: {text.strip() or 'it said nothing'}")
        try:
            process.wait(1 / TRIES_PER_S)
        except subprocess.TimeoutExpired:
            continue
    raise PeerFailed(f"The server didn't start within {START_S:g} s; see {log}.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
