"""The pages and the JSON beside the WebSocket: web client, lobby, health, metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from gameserver.metrics import Metrics
from gameserver.rooms import Rooms

_encoder = msgspec.json.Encoder()


def web_root() -> Path:
    """Find the web client: inside an installed package, or beside the package in a checkout.

    Raises:
        FileNotFoundError: it is in neither place.

    """
    package = Path(__file__).parent
    for root in (package / "_web", package.parent / "clients" / "web"):
        if (root / "index.html").is_file():
            return root
    raise FileNotFoundError("the web client is missing from this installation")


class Pages:
    """Everything that plain HTTP answers."""

    def __init__(self, rooms: Rooms, metrics: Metrics, is_ready: Callable[[], bool]) -> None:
        self._rooms = rooms
        self._metrics = metrics
        self._is_ready = is_ready
        self._root = web_root()
        # Games don't change while the server runs.
        self._games = _encoder.encode([spec.describe() for spec in rooms.specs.values()])

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.index)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
        app.router.add_get("/api/rooms", self.rooms)
        app.router.add_get("/api/games", self.games)
        app.router.add_static("/", self._root)

    async def index(self, _: web.Request) -> web.StreamResponse:
        """Give the web client's page."""
        return web.FileResponse(self._root / "index.html")

    async def healthz(self, _: web.Request) -> web.Response:
        """Say that the process lives."""
        return _json(b'{"status":"ok"}')

    async def readyz(self, _: web.Request) -> web.Response:
        """Say whether new players are welcome: 503 once the server is told to stop."""
        ready = self._is_ready()
        return _json(b'{"status":"ready"}' if ready else b'{"status":"closing"}', status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Give all counters in Prometheus's text format."""
        return web.Response(body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def rooms(self, _: web.Request) -> web.Response:
        """List the rooms, oldest first."""
        return _json(_encoder.encode(self._rooms.infos()))

    async def games(self, _: web.Request) -> web.Response:
        """List the games with all that a generic client needs."""
        return _json(self._games)


@web.middleware
async def revalidate(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Let browsers keep files, but ask each time: a page and its modules must be of one version."""
    response = await handler(request)
    if not response.prepared:
        response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")
