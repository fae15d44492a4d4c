"""From the address that people know to those of the WebSocket and of the lobby's JSON; and the ticket for it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from gameserver_client.errors import ConnectError
from gameserver_client.snapshots import Format

_SECURE = {"http": False, "ws": False, "https": True, "wss": True}


def socket_url(address: str, snapshots: Format) -> str:
    """Give the WebSocket's address; a path is kept, since the server may stand behind a proxy's prefix.

    Raises:
        ConnectError: it isn't an address.

    """
    return _join(address, ("ws", "wss"), "/ws", f"snapshots={snapshots}")


def api_url(address: str, name: str) -> str:
    """Give the address of `/api/NAME`.

    Raises:
        ConnectError: it isn't an address.

    """
    return _join(address, ("http", "https"), f"/api/{name}", "")


def checked_ticket(ticket: str | None) -> str | None:
    """Give a ticket as it is, if a header can hold it.

    Raises:
        ConnectError: it can't.

    """
    if ticket is not None and not (ticket and ticket.isascii() and ticket.isprintable() and " " not in ticket):
        raise ConnectError("The ticket is no ticket: it is empty, or has blanks or characters beyond ASCII.")
    return ticket


def _join(address: str, schemes: tuple[str, str], path: str, query: str) -> str:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in _SECURE and parts.hostname
        _ = parts.port  # checked when it is asked for
    except ValueError:
        usable = False
    if not usable:
        raise ConnectError(f"{address!r} is no address of a game server; it looks like http://127.0.0.1:8080.")
    folder = parts.path.rstrip("/").removesuffix("/ws")
    return urlunsplit((schemes[_SECURE[parts.scheme]], parts.netloc, folder + path, query, ""))
