"""What a process on this machine takes: memory, descriptors, and what the kernel holds for its sockets. Linux only."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import NamedTuple

_DUMP_REQUEST = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_SOCK_DIAG_BY_FAMILY = 20
_DONE, _ERROR = 3, 2
_SKMEMINFO = 7
_ALL_STATES = 0xFFFFFFFF
_NETLINK_HEAD = struct.Struct("=IHHII")
_NETLINK_SOCK_DIAG = 4
_STOLEN = 7
"""Of a core's times in /proc/stat, in the order of proc(5)."""
_MESSAGE_BYTES = 72  # struct inet_diag_msg, before its attributes


class SocketMemory(NamedTuple):
    """What the kernel holds for one socket, in bytes, its own overhead included (SO_MEMINFO)."""

    unread: int
    """Arrived, and not read by the process."""
    unsent: int
    """Written by the process, and not acknowledged by the peer."""
    reserved: int
    """Set aside for the next packets, and options."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.unread + self.unsent + self.reserved


def rss_bytes(pid: int) -> int:
    """Give a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def stolen_s(core: int, stat: Path = Path("/proc/stat")) -> float:
    """Give how long a core of this virtual machine had work but didn't run, as the machine's own host had other work.

    Since it started; 0 on a machine that isn't virtual, or whose host doesn't tell.
    """
    for line in stat.read_text(encoding="ascii").splitlines():
        name, *times = line.split()
        if name == f"cpu{core}":
            return int(times[_STOLEN]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def open_descriptors(pid: int) -> int:
    """Count a process's open descriptors."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def socket_memory(port: int) -> dict[int, SocketMemory]:
    """Give what each IPv4 socket on this local port holds, by the port of its peer (0: it listens).

    Asked of the kernel's socket diagnostics, as `ss -tmn` does.
    """
    request = struct.pack("=BBBBI48x", socket.AF_INET, socket.IPPROTO_TCP, 1 << (_SKMEMINFO - 1), 0, _ALL_STATES)
    head = _NETLINK_HEAD.pack(_NETLINK_HEAD.size + len(request), _SOCK_DIAG_BY_FAMILY, _DUMP_REQUEST, 1, 0)
    found: dict[int, SocketMemory] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
        netlink.send(head + request)
        while _take(netlink.recv(1 << 18), port, found):
            pass
    return found


def _take(data: bytes, port: int, found: dict[int, SocketMemory]) -> bool:
    """Read the messages of one datagram; tells whether more will come."""
    at = 0
    while at < len(data):
        size, kind, *_ = _NETLINK_HEAD.unpack_from(data, at)
        if kind == _DONE:
            return False
        if kind == _ERROR:
            (number,) = struct.unpack_from("=i", data, at + _NETLINK_HEAD.size)
            raise OSError(-number, os.strerror(-number))
        message = data[at + _NETLINK_HEAD.size : at + size]
        own, peer = struct.unpack_from(">HH", message, 4)
        if own == port:
            found[peer] = _memory(message)
        at += size + 3 & ~3
    return True


def _memory(message: bytes) -> SocketMemory:
    at = _MESSAGE_BYTES
    while at + 4 <= len(message):
        size, kind = struct.unpack_from("=HH", message, at)
        if kind == _SKMEMINFO:
            unread, _, _, _, forward, queued, options, backlog, *_ = struct.unpack_from("=9I", message, at + 4)
            return SocketMemory(unread + backlog, queued, forward + options)
        at += size + 3 & ~3
    return SocketMemory(0, 0, 0)
