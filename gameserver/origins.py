"""Which web pages may connect: a browser lets any page try, and says in `Origin` which one it was (RFC 6454)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import NamedTuple

from gameserver.errors import StartupError

ANY = "*"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = r"(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\[\],;'\"*]+)(?::(?P<port>\d{1,5}))?"
_ORIGIN = re.compile(rf"(?P<scheme>[a-z][a-z0-9+.-]*)://{_HOST}", re.ASCII)
_AUTHORITY = re.compile(_HOST, re.ASCII)


class Origin(NamedTuple):
    """A web page's scheme, host and port, in the one form in which equal ones are equal."""

    scheme: str
    host: str
    port: int | None
    """The scheme's own where none is given; None where the scheme has none."""

    def __str__(self) -> str:
        port = "" if self.port in {None, _DEFAULT_PORTS.get(self.scheme)} else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def parse_origin(text: str) -> Origin | None:
    """Read `SCHEME://HOST[:PORT]`; None for anything else, such as the `null` of files and sandboxed frames."""
    found = _ORIGIN.fullmatch(text.lower())
    return None if found is None else _origin(found["scheme"], found)


class AllowedOrigins:
    """The server's own pages, and those that the operator named."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Take `SCHEME://HOST[:PORT]`, or `*` for any.

        Raises:
            StartupError: one is neither.

        """
        self.any = False
        self.named: list[Origin] = []
        for text in allowed:
            if text == ANY:
                self.any = True
                continue
            origin = parse_origin(text.removesuffix("/"))
            if origin is None or not text.isascii():
                raise StartupError(f"{text!r} is no origin such as https://example.com, nor * for any")
            self.named.append(origin)

    def allow(self, origin: str | None, *, host: str | None, tls: bool) -> bool:
        """Tell whether a page may connect, by the `Origin` and `Host` of its request.

        A request without `Origin` comes from no browser, so nobody's cookies or network are borrowed. `tls` says
        whether the request came encrypted to this very process; then only encrypted pages are its own.
        """
        if origin is None or self.any:
            return True
        page = parse_origin(origin)
        if page is None:
            return False
        return page in self.named or _is_own(page, host or "", tls=tls)


def _is_own(page: Origin, host: str, *, tls: bool) -> bool:
    found = _AUTHORITY.fullmatch(host.lower())
    if found is None or page.scheme not in ({"https"} if tls else _DEFAULT_PORTS):
        return False
    # A proxy may have taken the encryption off: then the page's scheme says which port a bare Host means.
    return page == _origin(page.scheme, found)


def _origin(scheme: str, found: re.Match[str]) -> Origin | None:
    host = found["host"]
    if host.startswith("["):
        try:
            host = f"[{IPv6Address(host[1:-1])}]"
        except ValueError:
            return None
    return Origin(scheme, host, int(found["port"]) if found["port"] else _DEFAULT_PORTS.get(scheme))
