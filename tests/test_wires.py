"""How frames leave, and what is said when they can't."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from gameserver.errors import SendFailed
from gameserver.wires import SPARE_DESCRIPTORS, SocketWire, TransportWire, Wires, descriptor_limit


class FakeTransport(asyncio.Transport):
    """Takes bytes until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[object] = []
        self.unsent = 0
        self.closing = False
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take it."""
        self.taken.append(data)

    def is_closing(self) -> bool:
        """Tell what the test set."""
        return self.closing

    def get_write_buffer_size(self) -> int:
        """Tell how much wasn't sent."""
        return self.unsent

    def abort(self) -> None:
        """Note it."""
        self.aborted = True


class Encrypted(FakeTransport):
    """Has a socket, whose bytes are not the messages'."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self.extra = {"socket": sock, "sslcontext": object()}

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Give what TLS gives."""
        return self.extra.get(name, default)


def test_a_wire_hands_over_what_it_is_given_and_fails_when_the_peer_is_gone() -> None:
    """The very bytes, which others may share; a transport that is closing would swallow them, and nobody would know."""
    transport, frame = FakeTransport(), b"\x81\x01a"
    wire = TransportWire(transport)
    assert not wire.quick
    assert not wire.send(frame), "it has no socket to send to"
    wire.write(frame)
    transport.unsent = 7
    assert wire.unsent_bytes() == 7
    transport.closing = True
    with pytest.raises(SendFailed, match="closing"):
        wire.write(frame)
    assert len(transport.taken) == 1
    assert transport.taken[0] is frame
    wire.abort()
    assert transport.aborted


def test_a_socket_takes_what_it_can_and_the_transport_the_rest() -> None:
    """In order: as long as the transport holds something, all goes through it."""
    transport = FakeTransport()
    own, peer = socket.socketpair()
    with peer:
        wire = SocketWire(transport, own.detach())
        wire.write(b"first")
        assert peer.recv(100) == b"first"
        assert transport.taken == []
        big = bytes(10_000_000)
        wire.write(big)
        (rest,) = transport.taken
        assert isinstance(rest, bytes)
        assert 0 < len(rest) < len(big)
        left = len(big) - len(rest)
        while left:
            left -= len(peer.recv(min(left, 65_536)))
        transport.unsent = len(rest)
        assert wire.unsent_bytes() == len(rest)
        wire.write(b"second")
        assert transport.taken[1:] == [b"second"], "although the kernel had room again"
        transport.unsent = 0
        wire.write(b"third")
        assert peer.recv(100) == b"third"
        transport.closing, transport.unsent = True, 5
        wire.release()
        with pytest.raises(SendFailed):
            wire.write(b"late")


def test_a_socket_whose_peer_is_gone_fails() -> None:
    """Cutting it closes the wire's own descriptor, too."""
    transport = FakeTransport()
    own, peer = socket.socketpair()
    peer.close()
    wire = SocketWire(transport, own.detach())
    with pytest.raises(SendFailed):
        wire.write(b"late")
    wire.abort()
    assert transport.aborted
    assert wire.fileno() == -1


async def test_plain_sockets_are_written_to_directly_and_all_others_through_their_transport() -> None:
    """A transport of TLS has to encrypt; one without a socket, or of a process without descriptors, has to do."""
    wires = Wires(max_connections=100)
    own, peer = socket.socketpair()
    with peer:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=own)
        wire = wires.over(transport)
        assert isinstance(wire, SocketWire)
        wire.write(b"abc")
        assert peer.recv(10) == b"abc"
        wire.release()
        transport.abort()
        await asyncio.sleep(0)
        assert peer.recv(10) == b"", "the peer sees the end once both descriptors are closed"
        assert isinstance(wires.over(transport), TransportWire)
    assert isinstance(wires.over(FakeTransport()), TransportWire)
    with socket.socket() as sock:
        assert isinstance(wires.over(Encrypted(sock)), TransportWire)


def test_what_turns_out_to_be_no_socket_costs_no_descriptor() -> None:
    """Its transport does, and the descriptor that was to be the wire's is closed."""
    wires, (reading, writing) = Wires(max_connections=100), os.pipe()
    transport = FakeTransport()
    with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb"):
        transport.get_extra_info = {"socket": pipe}.get  # type: ignore[assignment, method-assign]
        os.close(lowest := os.dup(reading))
        assert isinstance(wires.over(transport), TransportWire)
        os.close(after := os.dup(reading))
    assert after == lowest


async def test_a_process_without_descriptors_to_spare_does_with_one_for_each() -> None:
    """What a connection needs at least isn't taken from another; what one gives back is there for the next."""
    wires = Wires(descriptor_limit() - SPARE_DESCRIPTORS - 1)
    pairs = [socket.socketpair() for _ in range(2)]
    transports = []
    for own, _ in pairs:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=own)
        transports.append(transport)
    first, second = map(wires.over, transports)
    assert isinstance(first, SocketWire)
    assert isinstance(second, TransportWire)
    first.release()
    first.release()
    third = wires.over(transports[1])
    assert isinstance(third, SocketWire)
    assert isinstance(wires.over(transports[1]), TransportWire)
    third.release()
    for transport, (_, peer) in zip(transports, pairs, strict=True):
        transport.abort()
        peer.close()
    await asyncio.sleep(0)
