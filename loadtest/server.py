"""A server of one's own to test: started on a free port of the loopback interface, and stopped again."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

START_S = 15.0
STOP_S = 10.0
SPARE_CONNECTIONS = 16
"""For players who come back before the server has noticed that they were gone, and for a browser that looks on."""


class ServerFailed(Exception):
    """The server didn't start."""


@contextmanager
def own_server(*, clients: int, log: Path, arguments: Sequence[str] = ()) -> Iterator[str]:
    """Run a server for so many clients; gives its address, and keeps its log in a file.

    It serves the sample games, or what `arguments` of `gameserver serve` say.

    Raises:
        ServerFailed: it ended, or said nothing, before it served.

    """
    command = [sys.executable, "-m", "gameserver", "serve", "--host", "127.0.0.1", "--port", "0"]
    command += ["--max-connections-per-address", str(clients + SPARE_CONNECTIONS), *arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603  # this very Python, and our own package
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for the load test; it stops its server after its players have left.
            start_new_session=True,
        )
        try:
            yield _address(process, log)
        finally:
            _stop(process, output)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the server to print where it serves."""
    tries_per_s = 20
    for _ in range(int(START_S * tries_per_s)):
        text = log.read_text(encoding="utf-8")
        if found := re.search(r"http://127\.0\.0\.1:\d+", text):
            return found[0]
        if process.poll() is not None:
            raise ServerFailed(f"The server ended before it served: {text.strip() or 'it said nothing'}")
        try:
            process.wait(1 / tries_per_s)
        except subprocess.TimeoutExpired:
            continue
    raise ServerFailed(f"The server didn't start within {START_S:g} s; see {log}.")


def _stop(process: subprocess.Popen[bytes], output: IO[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        print(f"loadtest: the server didn't stop within {STOP_S:g} s; killed.", file=output)
        process.kill()
        process.wait()
