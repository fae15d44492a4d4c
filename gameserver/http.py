"""The pages and the JSON beside the WebSocket: web client, lobby, health, metrics."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from aiohttp import web

from gameserver.door import Door
from gameserver.metrics import Metrics
from gameserver.origins import AllowedOrigins
from gameserver.rooms import Rooms

_encoder = msgspec.json.Encoder()

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?", re.ASCII)
_NO_FRAMES = "frame-ancestors 'none'"
_PERMISSIONS = ", ".join(f"{name}=()" for name in ("camera", "geolocation", "microphone", "payment", "serial", "usb"))
"""What no game here asks for; gamepads, full screen and sound stay as browsers have them."""


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

    def __init__(self, rooms: Rooms, metrics: Metrics, door: Door) -> None:
        self._rooms = rooms
        self._metrics = metrics
        self._door = door
        self._frame_ancestors = _frame_ancestors(door.origins)
        self._root = web_root()
        # Games don't change while the server runs.
        self._games = _encoder.encode([spec.describe() for spec in rooms.specs.values()])

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and the headers of every answer."""
        app.on_response_prepare.append(self._add_headers)
        for path, page in {
            "/": self.index,
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
            "/api/rooms": self.rooms,
            "/api/games": self.games,
        }.items():
            app.router.add_get(path, page, expect_handler=expect_nothing)
        app.router.add_static("/", self._root, expect_handler=expect_nothing)
        _take_all(app)

    async def index(self, _: web.Request) -> web.StreamResponse:
        """Give the web client's page."""
        return web.FileResponse(self._root / "index.html")

    async def healthz(self, _: web.Request) -> web.Response:
        """Say that the process lives."""
        return _json(b'{"status":"ok"}')

    async def readyz(self, _: web.Request) -> web.Response:
        """Say whether new players are welcome: 503 once the server is told to stop."""
        if self._door.open:
            return _json(b'{"status":"ready"}')
        return _json(b'{"status":"closing"}', status=503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Give all counters in Prometheus's text format."""
        return web.Response(body=self._metrics.text(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def rooms(self, _: web.Request) -> web.Response:
        """List the rooms, oldest first."""
        return _json(_encoder.encode(self._rooms.infos()))

    async def games(self, _: web.Request) -> web.Response:
        """List the games with all that a generic client needs."""
        return _json(self._games)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        if isinstance(response, web.WebSocketResponse):  # no page
            return
        headers = response.headers
        # Browsers keep files, but ask each time: a page and its modules must be of one version.
        headers.setdefault("Cache-Control", "no-cache")
        headers["Content-Security-Policy"] = (
            f"{_content_policy(request.headers.get('Host', ''))}; {self._frame_ancestors}"
        )
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _PERMISSIONS
        # The page's address may hold a ticket.
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        if self._frame_ancestors == _NO_FRAMES:  # the older header can't name several
            headers["X-Frame-Options"] = "DENY"


def _take_all(app: web.Application) -> None:
    """Answer what no route takes by ourselves, be it no path at all (`OPTIONS *`).

    aiohttp's own answer heeds `Expect`: it goes on with "100 Continue", or fails on bytes in it that aren't text.
    """
    rest, resolve = (
        app.router.add_route("*", "/{path:.*}", _only_get, expect_handler=expect_nothing),
        app.router.resolve,
    )

    async def resolve_all(request: web.Request) -> web.UrlMappingMatchInfo:
        found = await resolve(request)
        return found if found.http_exception is None else web.UrlMappingMatchInfo({}, rest)

    app.router.resolve = resolve_all  # type: ignore[method-assign]  # aiohttp has no other way to say so


async def expect_nothing(_: web.Request) -> web.StreamResponse | None:
    """Refuse `Expect`: nothing here takes a body, so there is nothing to go on with.

    Raises:
        web.HTTPExpectationFailed: always.

    """
    raise web.HTTPExpectationFailed(text="This server takes no bodies.\n")


async def _only_get(request: web.Request) -> web.StreamResponse:
    raise web.HTTPMethodNotAllowed(request.method, ["GET", "HEAD"])


def _content_policy(host: str) -> str:
    """Say what the web client may load: its own files, and the WebSocket of its own host.

    Not every browser counts a WebSocket as `'self'`, so it is named.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'"
    )


def _frame_ancestors(origins: AllowedOrigins) -> str:
    """Say which pages may show this one in a frame: those that may connect by themselves."""
    if origins.any:
        return "frame-ancestors *"
    if not origins.named:
        return _NO_FRAMES
    return " ".join(["frame-ancestors 'self'", *map(str, origins.named)])


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")
