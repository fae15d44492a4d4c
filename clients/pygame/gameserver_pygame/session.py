"""The way to the server: connects, says plainly how it stands, and goes on trying."""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec

from gameserver_client import (
    Client,
    ClientError,
    ConnectError,
    ConnectionState,
    GameInfo,
    LagLab,
    RoomInfo,
    connect,
)

log = logging.getLogger(__name__)

POLL_S = 2.0
RETRY_S = (1.0, 2.0, 3.0, 5.0)
"""How long to wait after the first failed try, the second and so on; the last of these for all others."""
UNNOTICED_S = 1.0
"""A connection that comes back within this time was never gone, as far as anybody shall see."""


class Trouble(msgspec.Struct, frozen=True):
    """Why there is nothing to play on."""

    text: str
    retry_at_s: float | None
    """When the next try is due, on `time.perf_counter`; None: it is under way."""

    def countdown(self, now_s: float) -> str:
        """Say when, in words."""
        if self.retry_at_s is None:
            return "Trying now …"
        return f"Next try in {max(1, round(self.retry_at_s - now_s + 0.49))} s"


class Session:
    """One connection at a time to one server, for as long as the window is open."""

    def __init__(self, url: str, ticket: str | None = None) -> None:
        """Connect to nothing yet.

        Raises:
            ConnectError: that is no address, or no ticket.

        """
        connect(url, ticket=ticket)  # not opened
        self.url = url
        self._ticket = ticket
        self.lag = LagLab()
        """Between us and the server; the network panel sets it."""
        self.client: Client | None = None
        """None until the server answered."""
        self.games: list[GameInfo] = []
        self.rooms: list[RoomInfo] = []
        self.browsing = True
        """Whether somebody looks at the list of rooms."""
        self.connected = asyncio.Event()
        """Set from when the server answered until it hung up."""
        self._failure = ""
        self._lost_at_s: float | None = None
        """Since when the connection is down and comes back by itself; None: it is not."""
        self._retry_at_s: float | None = None
        self._hurry = asyncio.Event()

    @property
    def trouble(self) -> Trouble | None:
        """How it stands; None: all is well."""
        client = self.client
        if client is None:
            text = self._failure or f"Looking for a game server at {self.url} …"
            return Trouble(text, self._retry_at_s)
        if client.state == "open" or not self._is_noticed():
            return None
        retry_at_s = client.retry_at_s if client.state == "waiting" else None
        return Trouble(f"The connection to {self.url} is lost.", retry_at_s)

    async def ready(self) -> Client:
        """Give the connection, as soon as there is one."""
        if self.client is None or self.client.state == "closed":
            self.hurry()
        while self.client is None or self.client.state == "closed":
            self.connected.clear()
            await self.connected.wait()
        return self.client

    def hurry(self) -> None:
        """Try now, not when it is due."""
        self._hurry.set()

    def game(self, name: str) -> GameInfo | None:
        """Give what is known of a game."""
        return next((game for game in self.games if game.name == name), None)

    async def keep(self) -> None:
        """Connect, as often as it takes, and look around; until cancelled."""
        failures = 0
        while True:
            client = connect(self.url, ticket=self._ticket, lag=self.lag)
            try:
                await client.open()
                self.games = await client.games()
                self.rooms = await client.rooms()
            except ConnectError as error:
                await client.close()
                self._failure = str(error)
                await self._wait(max(error.retry_after_s or 0.0, RETRY_S[min(failures, len(RETRY_S) - 1)]))
                failures += 1
                continue
            failures = 0
            self.client, self._failure = client, ""
            self.connected.set()
            try:
                await self._look_around(client)
            finally:
                self.client = None
                self.connected.clear()
                self._failure = client.closed_reason
                await client.close()
            await self._wait(RETRY_S[-1])

    async def _look_around(self, client: Client) -> None:
        """Keep the lists up to date until the connection is over for good."""
        closed = asyncio.Event()

        def changed(state: ConnectionState) -> None:
            if state == "closed":
                closed.set()
            if state == "open":
                self._lost_at_s = None
            elif self._lost_at_s is None:
                self._lost_at_s = time.perf_counter()

        self._lost_at_s = None
        client.on("state", changed)
        while client.state != "closed":
            if self.browsing and client.state == "open":
                try:
                    self.games = await client.games()
                    self.rooms = await client.rooms()
                except ClientError as error:  # the connection tells of itself
                    log.info("%s", error)
            try:
                async with asyncio.timeout(POLL_S):
                    await closed.wait()
            except TimeoutError:
                pass

    def _is_noticed(self) -> bool:
        return self._lost_at_s is None or time.perf_counter() - self._lost_at_s >= UNNOTICED_S

    async def _wait(self, seconds: float) -> None:
        self._retry_at_s = time.perf_counter() + seconds
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()
        self._retry_at_s = None
