"""Wiring: one object that holds a whole server, and starts and stops it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from aiohttp import web

from gameserver.connections import ConnectionManager
from gameserver.errors import StartupError
from gameserver.handlers import Handlers
from gameserver.http import Pages, revalidate
from gameserver.metrics import Metrics
from gameserver.protocol.messages import Closing
from gameserver.rooms import Rooms
from gameserver.settings import Settings
from gameserver.spec import GameSpec
from gameserver.websocket import WebSocketEndpoint

log = logging.getLogger(__name__)


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
    ) -> None:
        """Wire everything; nothing runs before `start` (or before aiohttp starts the application).

        Raises:
            StartupError: two games have the same name.

        """
        self.settings = settings or Settings()
        self.specs: dict[str, GameSpec] = {}
        for spec in specs:
            if spec.name in self.specs:
                raise StartupError(f"two games are called {spec.name!r}; rename one of the classes")
            self.specs[spec.name] = spec
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
        self.handlers = Handlers(self.rooms, self.connections, self.metrics)
        self.endpoint = WebSocketEndpoint(self.handlers, self.connections, self.settings)
        self.application = web.Application(middlewares=[revalidate])
        self.application.router.add_get("/ws", self.endpoint.serve)
        Pages(self.rooms, self.metrics, lambda: self.endpoint.admitting).add_to(self.application)
        self.application.on_shutdown.append(self._on_shutdown)
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and give the port (which `port=0` leaves to the system).

        Raises:
            StartupError: the address can't be had.

        """
        self._runner = web.AppRunner(
            self.application,
            access_log=None,
            # Without it a handshake that stops half-way is kept for an hour.
            keepalive_timeout=15.0,
            shutdown_timeout=self.settings.shutdown_s,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            if "in use" in reason.lower():
                reason = "it is in use; is another server running? (--port chooses another)"
            raise StartupError(f"can't listen on {host} port {port}: {reason}") from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let nobody in, tell everybody, give rooms their time to end, close everything."""
        await self._close_down()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _on_shutdown(self, _: web.Application) -> None:
        await self._close_down()

    async def _close_down(self) -> None:
        if not self.endpoint.admitting:
            return
        self.endpoint.admitting = False
        self.connections.send_all(Closing("The server is shutting down.", self.settings.drain_s or None))
        await self.rooms.stop(self.settings.drain_s)
        await self.connections.close_all(1001, "shutting down")
