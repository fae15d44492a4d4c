"""Who is let in: checked before the upgrade, cheapest first, so that a refusal is plain HTTP and costs little."""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import msgspec
from aiohttp import web

from gameserver.addresses import client_address, home, parse_network
from gameserver.errors import Forbidden, NotAuthenticated
from gameserver.identity import Identity
from gameserver.origins import AllowedOrigins
from gameserver.settings import Settings

log = logging.getLogger(__name__)

Authenticate = Callable[[web.Request], Identity | Awaitable[Identity | None] | None]
"""Says who makes a request; None: nobody in particular. Raises `NotAuthenticated` or `Forbidden` to keep him out."""

_FULL_RETRY_S = 10
"""When somebody shall try again who found no place; places come free as others leave."""


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who was let in."""

    address: str
    """Where he comes from, behind trusted proxies."""
    identity: Identity | None


class Door:
    """Lets visitors in, and knows how many are inside."""

    def __init__(
        self,
        settings: Settings,
        *,
        allow_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        authenticate: Authenticate | None = None,
    ) -> None:
        """Take the rules.

        Raises:
            StartupError: an origin or a network can't be read.

        """
        self.origins = AllowedOrigins(allow_origins)
        self.open = True
        """Whether anybody is let in; not any more once the server is told to stop."""
        self.inside = 0
        """How many are let in, or being asked who they are."""
        self._settings = settings
        self._trusted = [parse_network(text) for text in trusted_proxies]
        self._authenticate = authenticate
        self._by_home: Counter[str] = Counter()

    async def admit(self, request: web.Request) -> Visitor:
        """Let somebody in, and count him until he is let out (`release`).

        Raises:
            web.HTTPException: he isn't let in; aiohttp makes the answer of it.

        """
        address = client_address(request.remote, request.headers.getall("X-Forwarded-For", ()), self._trusted)
        where = home(address)
        self._check_place(where)
        self._check_origin(request)
        # Counted from here: whoever is still being asked who he is takes a place already.
        self.inside += 1
        self._by_home[where] += 1
        try:
            identity = await self._identify(request, address)
            self._check_open()
        except BaseException:
            self._leave(where)
            raise
        return Visitor(address, identity)

    def release(self, visitor: Visitor) -> None:
        """Count him no longer."""
        self._leave(home(visitor.address))

    def _leave(self, where: str) -> None:
        self.inside -= 1
        self._by_home[where] -= 1
        if not self._by_home[where]:
            del self._by_home[where]

    def _check_place(self, where: str) -> None:
        self._check_open()
        if self.inside >= self._settings.max_connections:
            raise _come_back(web.HTTPServiceUnavailable, "The server is full.", _FULL_RETRY_S)
        if self._by_home[where] >= self._settings.max_connections_per_address:
            raise _come_back(web.HTTPTooManyRequests, "Too many connections from this address.", _FULL_RETRY_S)

    def _check_open(self) -> None:
        if not self.open:
            raise _come_back(web.HTTPServiceUnavailable, "The server is shutting down.", self._settings.retry_after_s)

    def _check_origin(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        if not self.origins.allow(origin, host=request.headers.get("Host"), tls=_is_encrypted(request)):
            log.info("refused: a page of %.200r is not of this server (--allow-origin lets it in)", origin)
            raise web.HTTPForbidden(text="Pages of this origin may not connect.\n")

    async def _identify(self, request: web.Request, address: str) -> Identity | None:
        if self._authenticate is None:
            return None
        try:
            async with asyncio.timeout(self._settings.handshake_s) as limit:
                found = self._authenticate(request)
                identity: object = await found if inspect.isawaitable(found) else found
        except NotAuthenticated as refusal:
            headers = {"WWW-Authenticate": "Bearer"}
            raise web.HTTPUnauthorized(text=f"{refusal}\n", headers=headers) from refusal
        except Forbidden as refusal:
            raise web.HTTPForbidden(text=f"{refusal}\n") from refusal
        except web.HTTPException:
            raise
        except Exception as error:  # an operator's own code: whatever it raises, nobody comes in
            if limit.expired():
                log.warning("authenticate took longer than %g s for %s", self._settings.handshake_s, address)
                text = "It took too long to find out who you are."
                raise _come_back(web.HTTPServiceUnavailable, text, _FULL_RETRY_S) from error
            log.exception("authenticate raised for %s", address)
            raise _unknown() from error
        if not isinstance(identity, Identity | None):
            log.error("authenticate returned a %s, not an Identity or None", type(identity).__name__)
            raise _unknown()
        return identity


def _is_encrypted(request: web.Request) -> bool:
    return request.transport is not None and request.transport.get_extra_info("sslcontext") is not None


def _unknown() -> web.HTTPException:
    return web.HTTPInternalServerError(text="It can't be found out who you are.\n")


def _come_back(kind: type[web.HTTPException], why: str, after_s: float) -> web.HTTPException:
    return kind(text=f"{why}\n", headers={"Retry-After": str(max(1, math.ceil(after_s)))})
