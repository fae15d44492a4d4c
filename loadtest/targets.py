"""Whom a load test may load."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


class Refused(Exception):
    """This test is not going to be run, and why."""


def checked(url: str, *, anywhere: bool) -> str:
    """Give an address without its path.

    Raises:
        Refused: it isn't an address, or it is of another machine and not `anywhere` is allowed.

    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"{url!r} is not an address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise Refused(f"{url!r} is not an address such as http://127.0.0.1:8080.")
    if not anywhere and not is_loopback(host):
        raise Refused(f"{host} is not this machine; if the server is yours to load, add --i-own-this-server.")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host is surely this machine."""
    # A name could mean any machine, so only the one that always means this one is taken.
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
