"""Wiring: one object that holds a whole server, and starts and stops it."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterable

import msgspec
from aiohttp import web

from gameserver.connections import ConnectionManager
from gameserver.door import Authenticate, Door
from gameserver.errors import StartupError
from gameserver.handlers import Handlers
from gameserver.http import Pages, expect_nothing
from gameserver.listener import Listener, requests_log
from gameserver.metrics import Metrics
from gameserver.protocol.messages import Closing
from gameserver.rooms import Rooms
from gameserver.settings import Settings
from gameserver.spec import GameSpec
from gameserver.websocket import WebSocketEndpoint

log = logging.getLogger(__name__)

_CUT_S = 0.1
"""When everybody has been told and closed, requests that still hang (a page that isn't read, an `authenticate` that
waits) get this long, twice: aiohttp lets them end, then cancels them."""


class Server:
    """A server for some games; `application` is its aiohttp side."""

    def __init__(
        self,
        specs: Iterable[GameSpec],
        *,
        settings: Settings | None = None,
        seed: int | None = None,
        bots: int | None = None,
        tick_rate: float | None = None,
        allow_origins: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        authenticate: Authenticate | None = None,
    ) -> None:
        """Wire everything; nothing runs before `start` (or before aiohttp starts the application).

        Web pages of `allow_origins` may connect, besides the server's own. What proxies in the networks
        `trusted_proxies` say about a client's address is believed. `authenticate` is asked who a client is.

        Raises:
            StartupError: two games have the same name; an origin or a network can't be read.

        """
        self.specs: dict[str, GameSpec] = {}
        for spec in specs:
            if spec.name in self.specs:
                raise StartupError(f"two games are called {spec.name!r}; rename one of the classes")
            self.specs[spec.name] = spec
        self.settings = _enough_for(self.specs.values(), tick_rate, settings or Settings())
        self.metrics = Metrics()
        self.connections = ConnectionManager(self.settings, self.metrics, time.monotonic)
        self.rooms = Rooms(
            self.specs,
            settings=self.settings,
            connections=self.connections,
            observer=self.metrics,
            clock=time.monotonic,
            seed=seed,
            bots=bots,
            tick_rate=tick_rate,
        )
        self.door = Door(
            self.settings, allow_origins=allow_origins, trusted_proxies=trusted_proxies, authenticate=authenticate
        )
        self.handlers = Handlers(self.rooms, self.connections, self.metrics, time.monotonic)
        self.endpoint = WebSocketEndpoint(self.handlers, self.connections, self.door, self.settings)
        self.application = web.Application()
        self.application.router.add_get("/ws", self.endpoint.serve, expect_handler=expect_nothing)
        Pages(self.rooms, self.metrics, self.door).add_to(self.application)
        self.application.on_shutdown.append(self._on_shutdown)
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> int:
        """Listen, and give the port (which `port=0` leaves to the system).

        Raises:
            StartupError: the address can't be had.

        """
        self._runner = web.AppRunner(
            self.application,
            access_log=None,
            logger=requests_log(),
            # Runs from the moment of connecting, and no byte of a half-sent request puts it off.
            keepalive_timeout=self.settings.handshake_s,
            shutdown_timeout=_CUT_S,
        )
        await self._runner.setup()
        settings = self.settings
        listener = Listener(
            self._runner, host, port, tls=tls, handshake_s=settings.handshake_s, unread_s=2 * settings.max_behind_s
        )
        try:
            await listener.start()
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            if "in use" in reason.lower():
                reason = "it is in use; is another server running? (--port chooses another)"
            raise StartupError(f"can't listen on {host} port {port}: {reason}") from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let nobody in, tell everybody, give rooms their time to end, close everything; `drain_s` + 1 s at most."""
        await self._close_down()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _on_shutdown(self, _: web.Application) -> None:
        await self._close_down()

    async def _close_down(self) -> None:
        if not self.door.open:
            return
        self.door.open = False
        self.connections.send_all(Closing("The server is shutting down.", self.settings.retry_after_s))
        await self.rooms.stop(self.settings.drain_s)
        await self.connections.close_all(1001, "shutting down")


def _enough_for(specs: Iterable[GameSpec], tick_rate: float | None, settings: Settings) -> Settings:
    """Let clients say two things per tick of the fastest game: its input, and all the rest."""
    fastest_hz = max((tick_rate or spec.tick_rate for spec in specs), default=0)
    return msgspec.structs.replace(settings, messages_per_s=max(settings.messages_per_s, 2 * fastest_hz))
