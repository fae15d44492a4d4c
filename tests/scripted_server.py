"""A WebSocket server that does to each connection what a script says, down to the byte."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
PATIENCE_S = 30.0


class Gone(Exception):
    """The client has hung up, or the test is over."""


class Connection:
    """One connection, from the server's side."""

    def __init__(self, taken: socket.socket) -> None:
        self.socket = taken
        self._unread = b""

    def read_path(self) -> str:
        """Read the request; gives what it asks for."""
        while b"\r\n\r\n" not in self._unread:
            self._read()
        request, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return request.split()[1].decode()

    def upgrade(self) -> str:
        """Let the client in; gives what it asked for."""
        path = self.read_path()
        self.send(UPGRADED)
        return path

    def send(self, *parts: bytes) -> None:
        """Send bytes, one part per packet."""
        for part in parts:
            try:
                self.socket.sendall(part)
            except OSError as error:
                raise Gone from error

    def read_frame(self) -> tuple[int, bytes]:
        """Read a frame; gives opcode and payload. It must be whole, and masked as a client's are."""
        first, second = self._take(2)
        assert first & 0x80
        assert second & 0x80
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(self._take(2))
        elif length == 127:
            length = int.from_bytes(self._take(8))
        mask = self._take(4)
        return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(self._take(length)))

    def stay(self) -> None:
        """Read and drop everything, until the client hangs up."""
        with suppress(Gone):
            while True:
                self._read()

    def _take(self, length: int) -> bytes:
        while len(self._unread) < length:
            self._read()
        taken, self._unread = self._unread[:length], self._unread[length:]
        return taken

    def _read(self) -> None:
        try:
            some = self.socket.recv(65536)
        except OSError as error:
            raise Gone from error
        if not some:
            raise Gone
        self._unread += some


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """Build a server's frame."""
    length = len(payload)
    if length < 126:
        size = bytes([length])
    elif length < 65536:
        size = b"\x7e" + length.to_bytes(2)
    else:
        size = b"\x7f" + length.to_bytes(8)
    return bytes([(0x80 if final else 0) | opcode]) + size + payload


@contextmanager
def scripted_server(script: Callable[[Connection], None]) -> Iterator[int]:
    """Run a script for each connection, in a thread of its own; gives the port. What a script raises is raised here."""
    connections: list[Connection] = []
    threads: list[Thread] = []
    failures: list[BaseException] = []

    def run(connection: Connection) -> None:
        try:
            with connection.socket:
                script(connection)
        except Gone:
            pass
        except BaseException as failure:  # noqa: BLE001  # it is the test's
            failures.append(failure)

    def accept() -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            taken.settimeout(PATIENCE_S)
            connections.append(Connection(taken))
            threads.append(Thread(target=run, args=(connections[-1],)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = Thread(target=accept)
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in connections:
                with suppress(OSError):
                    connection.socket.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
    if failures:
        raise failures[0]
