"""python-socketio on uvicorn; see `socketio_server.py`.

Its clients speak Socket.IO 5 on Engine.IO 4, by WebSocket alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from loadtest.dialect import MOVERS_INPUTS, TEXT, Dialect, Reply
from loadtest.peers import interpreter, pinned, process
from loadtest.peers.peer import HERE, ROOT, Load, Running

OPEN, CONNECT, PING, PONG, EVENT = b"0", b"40", b"2", b"3", b"42"
"""The packets that are needed, as texts begin with them: the first digit is Engine.IO's, the second Socket.IO's."""


class SocketIO:
    """One process; JSON text both ways, in Socket.IO's packets."""

    name = "python-socketio"
    title = f"python-socketio {pinned.version('python-socketio')} (uvicorn {pinned.version('uvicorn')})"

    def install(self, say: Callable[[str], None]) -> None:
        """Install what the lock says."""
        pinned.install(say, interpreter.best())

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run the server in the peers' own environment."""
        command: list[str | Path] = [pinned.PYTHON, HERE / "socketio_server.py", *process.load_flags(load)]
        return process.server(command, core=core, log=log, environment={"PYTHONPATH": str(ROOT)})

    def dialect(self, load: Load) -> Dialect:
        """Connect when the server has opened, and answer its pings."""
        pushes = (EVENT + msgspec.json.encode([name, payload]) for name, payload in MOVERS_INPUTS)
        return Dialect(
            replies=(Reply(TEXT, OPEN, TEXT, CONNECT), Reply(TEXT, PING, TEXT, PONG)),
            snapshot=(TEXT, EVENT + b'["snapshot",'),
            inputs=tuple(pushes) if load.inputs else (),
        )

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Ask for the same, all of them."""
        return ["/socket.io/?EIO=4&transport=websocket"]
