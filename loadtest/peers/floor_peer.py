"""The floor: what the kernel charges, and no more. A C program that only sends (`loadtest/native/floor.c`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from loadtest import native
from loadtest.dialect import BINARY, Dialect
from loadtest.peers import process
from loadtest.peers.peer import Load, PeerMissing, Running

PROGRAM = "floor"
USUAL_FRAME_BYTES = 512


class Floor:
    """One frame, made once, to each connection in turn; there are no rooms and no players."""

    name = "floor"
    title = "C send() loop"

    def install(self, say: Callable[[str], None]) -> None:
        """Build it."""
        say("building the C send() loop")
        try:
            native.build(PROGRAM)
        except (native.NoCompiler, native.BuildFailed) as error:
            raise PeerMissing(" ".join(str(error).split())) from error

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run it; what isn't said is sent in frames of the usual size."""
        command: list[str | Path] = [
            native.build(PROGRAM),
            "0",
            f"{load.rate_hz:g}",
            str(load.frame_bytes or USUAL_FRAME_BYTES),
        ]
        return process.server(command, core=core, log=log)

    def dialect(self, load: Load) -> Dialect:
        """Listen; it reads nothing."""
        return Dialect(snapshot=(BINARY, b""))

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Ask for the same, all of them."""
        return ["/ws"]
