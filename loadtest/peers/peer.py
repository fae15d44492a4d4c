"""What a peer is: another server of the same game under the same load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from loadtest.dialect import Dialect

ROOT = Path(__file__).resolve().parent.parent.parent
"""The project's folder."""
HERE = Path(__file__).resolve().parent


class PeerMissing(Exception):
    """A peer can't be had here; the text says why, in one line."""


class PeerFailed(Exception):
    """A peer's server didn't start, or refused clients."""


class Running(NamedTuple):
    """A server that runs."""

    host: str
    port: int
    pid: int
    """The process whose CPU and memory count."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a server."""

    rate_hz: float = 20
    """Ticks per second, and snapshots per second to each client."""
    room_size: int = 50
    """Players of a room; rooms are filled one after the other."""
    inputs: bool = False
    """Whether clients send inputs."""
    frame_bytes: int = 0
    """Where it isn't 0: fan-out alone, each snapshot being so many bytes of WebSocket payload, 128 to 4096."""


class Peer(Protocol):
    """A server to compare with."""

    name: str
    title: str
    """With the version, for people."""

    def install(self, say: Callable[[str], None]) -> None:
        """Get all that it needs, once; `say` hears what is being done.

        Raises:
            PeerMissing: that isn't possible.

        """

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        """Run it for a load, on one core alone or wherever there is room; its output goes to `log`.

        Raises:
            PeerFailed: it ended, or said nothing, before it served.

        """

    def dialect(self, load: Load) -> Dialect:
        """Say how it is spoken to."""

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        """Give what so many newcomers ask for: the i-th takes the one at i modulo their number.

        Raises:
            PeerFailed: it refuses so many.

        """
