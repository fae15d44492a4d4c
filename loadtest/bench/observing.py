"""The other end of `loadtest.bench.observed`: marks a window in the running server, and reads what it saw there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from loadtest.bench.results import Observed

VARIABLE = "GAMESERVER_OBSERVED"
"""Names the file that the server writes to."""
PATIENCE_S = 5.0
"""How long the server may take to answer a signal."""


class ObservationFailed(Exception):
    """The server didn't say what it saw."""


class _Edge(msgspec.Struct):
    edge: str


class Observation:
    """Windows of one server."""

    def __init__(self, path: Path, pid: int) -> None:
        self._path = path
        self._pid = pid

    def begin(self) -> None:
        """Begin a window.

        Raises:
            ObservationFailed: the server didn't answer.

        """
        self._signal(signal.SIGUSR1, "begin")

    def end(self) -> Observed:
        """End the window; gives what the server saw in it.

        Raises:
            ObservationFailed: the server didn't answer.

        """
        return msgspec.json.decode(self._signal(signal.SIGUSR2, "end"), type=Observed)

    def _signal(self, number: signal.Signals, edge: str) -> bytes:
        before = len(self._lines())
        os.kill(self._pid, number)
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            lines = self._lines()
            if len(lines) > before and msgspec.json.decode(lines[-1], type=_Edge).edge == edge:
                return lines[-1]
            time.sleep(0.01)
        raise ObservationFailed(f"The server didn't answer {number.name} within {PATIENCE_S:g} s.")

    def _lines(self) -> list[bytes]:
        """Give the lines that are there whole."""
        if not self._path.exists():
            return []
        return self._path.read_bytes().split(b"\n")[:-1]


@contextmanager
def observed_file(path: Path) -> Iterator[Path]:
    """Have servers started meanwhile write to this file, emptied first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(path)
    try:
        yield path
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
