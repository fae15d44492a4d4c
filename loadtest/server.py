"""A server of one's own to test: started on a free port of the loopback interface, and stopped again."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from urllib.request import urlopen

START_S = 15.0
STOP_S = 10.0
SPARE_CONNECTIONS = 16
"""For players who come back before the server has noticed that they were gone, and for a browser that looks on."""
_ERROR = re.compile(r" (ERROR|CRITICAL) |^Traceback|was never (awaited|retrieved)|Error in sys|Exception ignored")


class ServerFailed(Exception):
    """The server didn't start."""


class ServerProcess(NamedTuple):
    """A server that runs."""

    url: str
    pid: int


@contextmanager
def own_server(*, clients: int, log: Path, arguments: Sequence[str] = ()) -> Iterator[str]:
    """Run a server for so many clients; gives its address, and keeps its log in a file.

    It serves the sample games, or what `arguments` of `gameserver serve` say.

    Raises:
        ServerFailed: it ended, or said nothing, before it served.

    """
    with server_process(clients=clients, log=log, arguments=arguments) as server:
        yield server.url


@contextmanager
def server_process(
    *, clients: int, log: Path, arguments: Sequence[str] = (), module: str = "gameserver"
) -> Iterator[ServerProcess]:
    """Run a server as `own_server` does; gives its process too. `module` has the server's command line.

    Raises:
        ServerFailed: it ended, or said nothing, before it served.

    """
    command = [sys.executable, "-m", module, "serve", "--host", "127.0.0.1", "--port", "0"]
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
            yield ServerProcess(_address(process, log), process.pid)
        finally:
            _stop(process, output)


def stop_with_server() -> None:
    """Take SIGTERM as Ctrl-C: however a load test ends, the server that it started must end too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def counted(url: str) -> Counter[str]:
    """Give what a server counts: the sum of each of its Prometheus series, over all labels."""
    with urlopen(f"{url}/metrics") as answer:  # noqa: S310  # our own server's
        lines = answer.read().decode().splitlines()
    found: Counter[str] = Counter()
    for line in lines:
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name.partition("{")[0]] += int(float(value))
    return found


def logged_errors(text: str) -> list[str]:
    """Give the lines of a server's log that tell of an exception, or that something was never awaited or collected."""
    return [line for line in text.splitlines() if _ERROR.search(line)]


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
