"""Where somebody really comes from: behind proxies that are trusted, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from gameserver.errors import StartupError

Network = IPv4Network | IPv6Network

_HOME_PREFIX = 64
"""One IPv6 customer gets at least so much of the address space, and may use any address in it."""


def parse_network(text: str) -> Network:
    """Read a network such as `10.0.0.0/8`, or a single address.

    Raises:
        StartupError: it is neither.

    """
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise StartupError(f"{text!r} is no network such as 10.0.0.0/8 or fd00::/8: {error}") from error


def client_address(peer: str | None, forwarded_for: Iterable[str], trusted: Sequence[Network]) -> str:
    """Tell the client's address: the peer's own, or what trusted proxies say about it.

    Each proxy appends to `X-Forwarded-For` (here: its lines) the address that it was called from, so it is read from
    its right end, and no further than trust reaches. What a client put into it himself is to the left of that. Where
    an entry can't be read, whoever passed it on is counted instead.
    """
    nearest = _parse(peer or "")
    if nearest is None:
        return peer or "?"
    entries = [entry for line in forwarded_for for entry in line.split(",")] if trusted else []
    while entries and any(nearest in network for network in trusted):
        previous = _parse(_without_port(entries.pop().strip()))
        if previous is None:
            break
        nearest = previous
    return str(nearest)


def home(address: str) -> str:
    """Give what an address is counted as: itself, or for IPv6 its /64, which is one customer's."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed.packed[: _HOME_PREFIX // 8].ljust(16, b"\0"), _HOME_PREFIX)))
    return address


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # ::ffff:192.0.2.1 is how an IPv6 socket shows an IPv4 peer; both are one client.
        return address.ipv4_mapped or address
    return address


def _without_port(entry: str) -> str:
    """Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if entry.startswith("["):
        address, bracket, _ = entry[1:].partition("]")
        return address if bracket else ""
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
