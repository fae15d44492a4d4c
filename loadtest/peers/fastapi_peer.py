"""FastAPI on uvicorn, the server of many a tutorial; see `fastapi_server.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from loadtest.dialect import MOVERS_INPUTS, TEXT, Dialect
from loadtest.peers import interpreter, pinned, process
from loadtest.peers.peer import HERE, ROOT, Load, Running


class FastAPI:
    """One process; JSON text both ways."""

    name = "fastapi"
    title = f"FastAPI {pinned.version('fastapi')} (uvicorn {pinned.version('uvicorn')})"

    def install(self, say: Callable[[str], None]) -> None:
        """Install what the lock says."""
        pinned.install(say, interpreter.best())

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run the server in the peers' own environment."""
        command: list[str | Path] = [pinned.PYTHON, HERE / "fastapi_server.py", *process.load_flags(load)]
        return process.server(command, core=core, log=log, environment={"PYTHONPATH": str(ROOT)})

    def dialect(self, load: Load) -> Dialect:
        """Speak JSON; a connection is a player at once."""
        pushes = (msgspec.json.encode({"type": name, **payload}) for name, payload in MOVERS_INPUTS)
        return Dialect(snapshot=(TEXT, b'{"tick":'), inputs=tuple(pushes) if load.inputs else ())

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Ask for the same, all of them."""
        return ["/ws"]
