"""How frames leave: through a connection's transport, or past it as long as the kernel takes all at once.

`transport.write` of uvloop is a `write(2)` behind a few layers; a `send(2)` of one's own costs 1.6 of 10 microseconds
less for each snapshot (`loadtest/bench` measures it as fan-out). What the kernel doesn't take goes to the transport,
which has the machinery for waiting; until that has passed everything on, everything goes through it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable

from gameserver.errors import SendFailed

SPARE_DESCRIPTORS = 256
"""For all that isn't a player: files, pages being fetched, connections at the door."""


class TransportWire:
    """A `Wire` over a transport of any kind."""

    __slots__ = ("_transport",)

    quick = False

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def send(self, frame: bytes, /) -> int:  # noqa: ARG002  # the wire's signature
        """Take nothing: everything goes through `write`."""
        return 0

    def write(self, frame: bytes) -> None:
        """Hand over a frame.

        Raises:
            SendFailed: the peer is gone.

        """
        if self._transport.is_closing():
            raise SendFailed("the connection is closing")
        self._transport.write(frame)

    def unsent_bytes(self) -> int:
        """Tell how much the transport holds."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def release(self) -> None:
        """Note that the transport is closed."""


class SocketWire(socket.SocketType):
    """A `Wire` that sends by itself what the kernel takes at once; for a transport of plain TCP.

    It has a descriptor of its own for the transport's socket: the number of a closed one may be another client's by the
    time that it is written to. The peer sees the end when both are closed, so whoever closes the transport sees to it
    that `release` is called.

    It is a socket, not something that has one: a broadcast finds clients out of the processor's caches, and pays for
    each object of theirs that it touches. The plain type beneath `socket.socket` does all that is needed.
    """

    __slots__ = ("_on_release", "_transport", "quick")

    def __init__(
        self, transport: asyncio.Transport, descriptor: int, on_release: Callable[[], None] = lambda: None
    ) -> None:
        """Take a descriptor over, which `release` closes."""
        super().__init__(fileno=descriptor)
        self.setblocking(False)
        self._on_release = on_release
        self._transport = transport
        self.quick = not transport.get_write_buffer_size()
        """Whether the transport holds nothing, which would have to go first."""

    def write(self, frame: bytes) -> None:
        """Send a frame, and hand over what the kernel doesn't take.

        Raises:
            SendFailed: the peer is gone.

        """
        sent = 0
        if not self.unsent_bytes():
            try:
                sent = self.send(frame)
            except BlockingIOError:
                pass
            except OSError as error:
                raise SendFailed(error.strerror or str(error)) from error
            if sent == len(frame):
                return
            self.quick = False
            frame = frame[sent:]
        if self._transport.is_closing():
            raise SendFailed("the connection is closing")
        self._transport.write(frame)

    def unsent_bytes(self) -> int:
        """Tell how much the transport holds."""
        if self.quick:
            return 0
        unsent = self._transport.get_write_buffer_size()
        self.quick = not unsent
        return unsent

    def abort(self) -> None:
        """Cut the connection."""
        self.release()
        self._transport.abort()

    def release(self) -> None:
        """Close the descriptor; nothing can be written any more."""
        if self.fileno() >= 0:
            self.close()
            self._on_release()


class Wires:
    """Chooses how to write to a connection: past its transport where that is a plain socket's.

    That takes a second descriptor, so it is for as many at a time as the process has to spare: every connection that
    the server takes must find its first.
    """

    def __init__(self, max_connections: int) -> None:
        self._max_connections = max_connections
        self._spare: int | None = None

    def over(self, transport: asyncio.Transport) -> TransportWire | SocketWire:
        """Make a wire."""
        sock = transport.get_extra_info("socket")
        if sock is None or transport.get_extra_info("sslcontext") is not None or os.name != "posix":
            return TransportWire(transport)
        if self._spare is None:  # known once the server runs, which may have raised the limit
            self._spare = descriptor_limit() - self._max_connections - SPARE_DESCRIPTORS
        if self._spare <= 0:
            return TransportWire(transport)
        try:
            own = os.dup(sock.fileno())
        except OSError:  # gone already
            return TransportWire(transport)
        try:
            wire = SocketWire(transport, own, self._take_back)
        except OSError:  # the same, where a socket without a peer can't be asked what it is
            os.close(own)
            return TransportWire(transport)
        self._spare -= 1
        return wire

    def _take_back(self) -> None:
        assert self._spare is not None  # noqa: S101  # for the type checker
        self._spare += 1


def descriptor_limit() -> int:
    """Give how many files this process may have open."""
    if sys.platform == "win32":  # which has no such limit
        return sys.maxsize
    import resource  # noqa: PLC0415  # nor such a module

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
