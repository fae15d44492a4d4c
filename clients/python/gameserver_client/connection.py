"""One WebSocket that comes back by itself; it knows nothing of rooms."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import isfinite
from random import random
from typing import Literal, TypeAlias

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
    hdrs,
)

from gameserver_client.backoff import LONGEST_ASKED_S, FinalClose, backoff_delay_s, final_close, is_busy
from gameserver_client.errors import ConnectError
from gameserver_client.lag_lab import LagLab, Lane

log = logging.getLogger(__name__)

ConnectionState: TypeAlias = Literal["idle", "connecting", "open", "waiting", "closed"]
"""`idle`: not wanted. `connecting`: a socket is being opened. `open`: messages flow. `waiting`: lost; the next try is
due at `retry_at_s`. `closed`: ended in a way that only a person should answer, or without `reconnect`."""
WireFrame: TypeAlias = str | bytes
Receive: TypeAlias = Callable[[WireFrame, float], Awaitable[None]]

CONNECT_TIMEOUT_S = 8.0
STABLE_AFTER_S = 5.0
"""Only a connection that held this long counts as a success and starts the backoff afresh."""
GOODBYE_S = 1.0
"""How long a close may take."""
MAX_UNSENT = 4096
"""Messages that wait to be sent. The link is dead for practical purposes when they are more: it is given up."""

_HTTP_REASONS = {
    400: "It doesn't know this format of snapshots; it is of another version.",
    401: "It wants a ticket, and a valid one.",
    403: "It doesn't admit this one.",
    404: "What answers there is no game server.",
    429: "It has too many connections from this address.",
    503: "It is full, or shutting down.",
}
_FORBIDDING = frozenset({401, 403})
"""With these, coming back as the same is of no use."""


class Connection:
    """A connection to one address, until `close`."""

    def __init__(
        self,
        url: str,
        *,
        where: str,
        reconnect: bool,
        ticket: str | None,
        lag: LagLab | None,
        receive: Receive,
        changed: Callable[[ConnectionState], None],
    ) -> None:
        self.state: ConnectionState = "idle"
        self.retry_at_s = 0.0
        """When the next try is due, on `time.perf_counter`; set while `waiting`."""
        self.retry_after_s: float | None = None
        """What the server asked for before its close, or when it let nobody in; set from outside too. It is waited for
        once."""
        self.ended = FinalClose("", "")
        """Why it is `closed`."""
        self.ticket = ticket
        """What vouches for us, as of the next connection."""
        self._url = url
        self._where = where
        self._reconnect = reconnect
        self._receive = receive
        self._changed = changed
        self._lag = lag
        self._attempt = 0
        self._session: ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._outbox: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self._outward = Lane(lag or LagLab())
        self._inward = Lane(lag or LagLab())
        self._give_up = asyncio.Event()

    async def open(self) -> None:
        """Connect.

        Raises:
            ConnectError: nothing answers, or nobody is let in.

        """
        self._enter("connecting")
        self._session = ClientSession()
        try:
            ws = await self._connect(self._session)
        except BaseException:
            await self._session.close()
            self._session = None
            self._enter("idle")
            raise
        self._task = asyncio.create_task(self._keep(self._session, ws), name=f"connection to {self._where}")

    async def close(self) -> None:
        """Send what waits, and hang up."""
        if self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._sent()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._session is not None:
            await self._session.close()
            self._session = None
        self._enter("idle")

    def send(self, text: str) -> bool:
        """Hand over a message; False: there is no connection, so it won't be sent."""
        if self.state != "open":
            return False
        if self._outbox.qsize() >= MAX_UNSENT:
            self.restart()
            return False
        self._outbox.put_nowait((self._outward.due_s(time.perf_counter()), text))
        return True

    def restart(self) -> None:
        """Give up on a socket that looks open but is of no use, and start over."""
        self._give_up.set()

    async def get_json(self, url: str) -> bytes:
        """Fetch what the server says over HTTP, which is the same for everybody.

        Raises:
            ConnectError: nothing answers, or not with what was asked for.

        """
        session = self._session or ClientSession()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S), session.get(url) as response:
                if response.status != 200:
                    raise ConnectError(f"{url} answers {response.status}.")
                return await response.read()
        except (ClientError, TimeoutError, OSError) as error:
            raise ConnectError(f"Nothing answers at {url}: {_why(error)}.") from error
        finally:
            if session is not self._session:
                await session.close()

    async def _connect(self, session: ClientSession) -> ClientWebSocketResponse:
        where = self._where
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                timeout = ClientWSTimeout(ws_close=GOODBYE_S)
                return await session.ws_connect(
                    self._url, max_msg_size=0, compress=0, timeout=timeout, headers=_vouched(self.ticket)
                )
        except WSServerHandshakeError as error:
            reason = _HTTP_REASONS.get(error.status, f"It answers with the HTTP status {error.status}.")
            raise ConnectError(
                f"The server at {where} lets nobody in: {reason}",
                retry_after_s=_retry_after_s(error),
                final=error.status in _FORBIDDING,
            ) from error
        except (ClientError, TimeoutError, OSError) as error:
            raise ConnectError(f"Nothing answers at {where}: {_why(error)}.") from error

    async def _keep(self, session: ClientSession, ws: ClientWebSocketResponse) -> None:
        """Let messages flow, and come back as often as it takes."""
        back: ClientWebSocketResponse | None = ws
        while back is not None:
            began_s = time.perf_counter()
            code = await self._flow(back)
            if time.perf_counter() - began_s >= STABLE_AFTER_S:
                self._attempt = 0
            if is_busy(code):
                self._attempt = max(1, self._attempt)
            end = final_close(code)
            if end is None and not self._reconnect:
                end = FinalClose("disconnected", "The connection is lost, and is not to come back.")
            if end is not None:
                self._close_for_good(end)
                return
            back = await self._come_back(session)

    async def _come_back(self, session: ClientSession) -> ClientWebSocketResponse | None:
        """Try until it works; None: the server forbids it."""
        while True:
            delay_s = backoff_delay_s(self._attempt, random(), self.retry_after_s)
            self._attempt, self.retry_after_s = self._attempt + 1, None
            self.retry_at_s = time.perf_counter() + delay_s
            self._enter("waiting")
            await asyncio.sleep(delay_s)
            self._enter("connecting")
            try:
                return await self._connect(session)
            except ConnectError as error:
                log.info("%s", error)
                if error.final:
                    self._close_for_good(FinalClose("forbidden", str(error)))
                    return None
                self.retry_after_s = error.retry_after_s

    def _close_for_good(self, end: FinalClose) -> None:
        log.info("the connection to %s is closed: %s", self._where, end.text)
        self.ended = end
        self._enter("closed")

    async def _flow(self, ws: ClientWebSocketResponse) -> int | None:
        """Send and receive until the connection ends; gives its close code, None where there is none."""
        self.retry_after_s = None
        self._give_up.clear()
        self._outbox = asyncio.Queue()
        self._outward, self._inward = Lane(self._lag or LagLab()), Lane(self._lag or LagLab())
        tasks = [asyncio.create_task(part) for part in (self._read(ws), self._write(ws), self._give_up.wait())]
        self._enter("open")
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    log.error("the connection to %s failed", self._where, exc_info=outcome)
            await ws.close()
        return None if self._give_up.is_set() else ws.close_code

    async def _read(self, ws: ClientWebSocketResponse) -> None:
        if self._lag is None:
            while (frame := await _next_frame(ws)) is not None:
                await self._receive(frame, time.perf_counter())
            return
        held: asyncio.Queue[tuple[float, WireFrame] | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(held))
            while (frame := await _next_frame(ws)) is not None:
                held.put_nowait((self._inward.due_s(time.perf_counter()), frame))
            held.put_nowait(None)

    async def _pass_on(self, held: asyncio.Queue[tuple[float, WireFrame] | None]) -> None:
        while (item := await held.get()) is not None:
            await _until(item[0])
            await self._receive(item[1], time.perf_counter())

    async def _write(self, ws: ClientWebSocketResponse) -> None:
        outbox = self._outbox
        while True:
            due_s, text = await outbox.get()
            await _until(due_s)
            try:
                await ws.send_str(text)
            except ClientConnectionError:
                return  # what ended it is for the reader to tell
            finally:
                outbox.task_done()

    async def _sent(self) -> None:
        if self.state == "open":
            await self._outbox.join()

    def _enter(self, state: ConnectionState) -> None:
        if state != self.state:
            self.state = state
            self._changed(state)


_DATA = {WSMsgType.TEXT, WSMsgType.BINARY}


async def _next_frame(ws: ClientWebSocketResponse) -> WireFrame | None:
    """Wait for a frame; None: the connection has ended."""
    # Pings are answered within the read, which fails if the transport has been closed meanwhile.
    with suppress(ClientConnectionError):
        async for message in ws:
            if message.type in _DATA:
                data: WireFrame = message.data
                return data
    return None


def _vouched(ticket: str | None) -> dict[str, str]:
    return {} if ticket is None else {hdrs.AUTHORIZATION: f"Bearer {ticket}"}


def _retry_after_s(error: WSServerHandshakeError) -> float | None:
    """Read `Retry-After` where it is a number of seconds; it may be a date, which servers of games don't send."""
    try:
        seconds = float("" if error.headers is None else error.headers.get(hdrs.RETRY_AFTER, ""))
    except ValueError:
        return None
    return min(seconds, LONGEST_ASKED_S) if isfinite(seconds) else None


async def _until(due_s: float) -> None:
    wait_s = due_s - time.perf_counter()
    if wait_s > 0:
        await asyncio.sleep(wait_s)


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_TIMEOUT_S:.0f} s"
    cause = error.os_error if isinstance(error, ClientConnectorError) else error
    text = str(cause) or type(cause).__name__
    if isinstance(cause, OSError) and cause.errno is not None:
        # asyncio's own text repeats the address, and lists all of them where a name has several; names that can't be
        # looked up have numbers of their own, below 0.
        text = os.strerror(cause.errno) if cause.errno > 0 else cause.strerror or text
    return text[:1].lower() + text[1:].rstrip(".")
