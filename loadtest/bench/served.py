"""This project's own server with games that no peer has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from loadtest.bench.results import GAMESERVER
from loadtest.dialect import ARENA_INPUTS, Dialect, Inputs, gameserver_dialect
from loadtest.games import Movers10
from loadtest.peers import Load, Running, interpreter, process

CONNECTIONS = 10_000
"""All of them come from this machine's one address."""


class Served:
    """A peer that serves one game; rooms have the server's own caps on spectators."""

    name = GAMESERVER
    title = "gameserver"

    def __init__(self, source: str | None, game: str, inputs: Inputs = ()) -> None:
        self.game = game
        self._source = source
        self._inputs = inputs

    def install(self, say: Callable[[str], None]) -> None:
        """Find the Python to run it with; the server is this very project."""
        interpreter.try_install(say)

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run `gameserver serve`."""
        command = [
            interpreter.server_python(),
            "-m",
            "loadtest.bench.observed",
            "serve",
            *([self._source] if self._source else []),
        ]
        command += ["--port", "0", "--tick-rate", f"{load.rate_hz:g}"]
        for door in ("--max-connections", "--max-connections-per-address", "--max-rooms-per-address"):
            command += [door, str(CONNECTIONS)]
        return process.server(command, core=core, log=log)

    def dialect(self, load: Load) -> Dialect:
        """Speak as docs/protocol.md has it."""
        return gameserver_dialect(self.game, self._inputs if load.inputs else ())

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Ask for the same, all of them."""
        return ["/ws"]


ARENA = Served(None, "arena", ARENA_INPUTS)
"""The sample."""
WATCHED = Served("loadtest/games.py:Movers10", Movers10.spec.name)
"""Small rooms with many spectators each."""
