"""This project's own server, with default settings: everything that it does for a game is included."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import gameserver
from loadtest.bench.observing import VARIABLE
from loadtest.dialect import MOVERS_INPUTS, Dialect, gameserver_dialect
from loadtest.games import FRAME_BYTES, MOVERS, Fanout, Movers
from loadtest.peers import interpreter, process
from loadtest.peers.peer import Load, Running

PLAIN, OBSERVED = "gameserver", "loadtest.bench.observed"
"""Modules with the server's command line: its own, and the one that tells about each tick of a window."""
CLIENTS = 10_000
"""How many clients one address may bring. All of them come from this machine; a server in the world has other doors."""


class GameServer:
    """Rooms of movers; or, for fan-out alone, spectators of one room."""

    name = "gameserver"
    title = f"gameserver {gameserver.__version__} (Python)"

    def install(self, say: Callable[[str], None]) -> None:
        """Find the Python to run it with; the server is this very project."""
        interpreter.try_install(say)

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run `gameserver serve`, observed where `loadtest.bench.observing.observed_file` asks for that."""
        game = Fanout if load.frame_bytes else _movers(load)
        module = OBSERVED if VARIABLE in os.environ else PLAIN
        command = [
            interpreter.server_python(),
            "-m",
            module,
            "serve",
            f"loadtest/games.py:{game.__name__}",
            "--port",
            "0",
        ]
        command += ["--tick-rate", f"{load.rate_hz:g}"]
        for door in (
            "--max-connections",
            "--max-connections-per-address",
            "--max-spectators",
            "--max-rooms-per-address",
        ):
            command += [door, str(CLIENTS)]
        environment = {FRAME_BYTES: str(load.frame_bytes)} if load.frame_bytes else {}
        return process.server(command, core=core, log=log, environment=environment)

    def dialect(self, load: Load) -> Dialect:
        """Speak as docs/protocol.md has it."""
        if load.frame_bytes:
            return gameserver_dialect(Fanout.spec.name, role="spectator")
        return gameserver_dialect(_movers(load).spec.name, MOVERS_INPUTS if load.inputs else ())

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Ask for the same, all of them."""
        return ["/ws"]


def _movers(load: Load) -> type[Movers]:
    try:
        return MOVERS[load.room_size]
    except KeyError:
        raise ValueError(f"loadtest/games.py has Movers in rooms of {sorted(MOVERS)}, not {load.room_size}") from None
