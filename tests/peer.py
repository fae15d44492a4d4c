"""A client over a real socket, for tests that talk to a running server."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from gameserver.protocol.replica import Replica

PATIENCE_S = 5.0
"""How long a test waits for what must come; long enough to never be luck."""


class Peer:
    """One connection; reads frames as they come and keeps its rooms' tables up to date."""

    def __init__(self, session: ClientSession, ws: ClientWebSocketResponse) -> None:
        self._session = session
        self.ws = ws
        self.replicas: dict[int, Replica] = {}
        """By handle."""
        self.seen: list[dict[str, Any]] = []
        """Every message so far."""
        self.snapshot_ticks: list[int] = []
        self.raw: list[str] = []
        """Every frame so far."""

    @classmethod
    async def connect(cls, url: str, **options: Any) -> Peer:
        """Connect to a server's `/ws`."""
        session = ClientSession()
        try:
            return cls(session, await session.ws_connect(f"{url}/ws?snapshots=json", **options))
        except BaseException:
            await session.close()
            raise

    async def __aenter__(self) -> Self:
        """Use as a context: closed at the end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self.ws.close()
        await self._session.close()

    async def send(self, kind: str, payload: Any = None, *, handle: int | None = None, seq: int | None = None) -> None:
        """Send a message."""
        message: dict[str, Any] = {"type": kind}
        if payload is not None:
            message["payload"] = payload
        if handle is not None:
            message["handle"] = handle
        if seq is not None:
            message["seq"] = seq
        await self.ws.send_str(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Give the next message; fails when the connection closes instead."""
        frame = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
        assert frame.type is WSMsgType.TEXT, f"closed with {self.ws.close_code}" if self.ws.closed else repr(frame)
        self.raw.append(frame.data)
        message: dict[str, Any] = json.loads(frame.data)
        self.seen.append(message)
        if message["type"] == "joined":
            self.replicas[message["handle"]] = Replica(message["payload"]["schema"])
        elif message["type"] == "snapshot":
            self.replicas[message["handle"]].apply_json(json.dumps(message["payload"]).encode())
            self.snapshot_ticks.append(message["payload"]["tick"])
        return message

    async def expect(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Read on to the next message of a type whose payload has these fields; gives the whole message."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    message = await self.receive()
                    payload = message.get("payload", {})
                    if message["type"] == kind and all(payload.get(k) == v for k, v in fields.items()):
                        return message
        except TimeoutError:
            rest = [m for m in self.seen if m["type"] != "snapshot"][-5:]
            raise AssertionError(f"no {kind} {fields} came, but {rest}") from None

    async def error(self) -> dict[str, Any]:
        """Read on to the next `error`; gives its payload."""
        payload: dict[str, Any] = (await self.expect("error"))["payload"]
        assert isinstance(payload["message"], str)
        assert payload["message"].endswith((".", "!", "?")), "a sentence"
        return payload

    async def closed(self) -> int | None:
        """Read on until the connection is closed; gives the close code."""
        while True:
            frame = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
            if frame.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
                return self.ws.close_code
            if frame.type is WSMsgType.TEXT:
                self.seen.append(json.loads(frame.data))

    async def join(self, **payload: Any) -> dict[str, Any]:
        """Join and wait for the keyframe; gives the payload of `joined`."""
        await self.send("join", payload)
        return await self._entered()

    async def spectate(self, room: str | None = None, *, game: str | None = None) -> dict[str, Any]:
        """Watch and wait for the keyframe; gives the payload of `joined`."""
        await self.send("spectate", {"room": room} if game is None else {"game": game})
        return await self._entered()

    async def _entered(self) -> dict[str, Any]:
        joined: dict[str, Any] = (await self.expect("joined"))["payload"]
        await self.snapshot(joined["handle"])
        return joined

    async def snapshot(self, handle: int = 1) -> dict[str, Any]:
        """Read on to the next snapshot of a room; gives its payload."""
        while True:
            message = await self.receive()
            if message["type"] == "snapshot" and message["handle"] == handle:
                payload: dict[str, Any] = message["payload"]
                return payload

    async def snapshots(self, count: int) -> None:
        """Read on through so many snapshots, none of which may be missing."""
        first = len(self.snapshot_ticks)
        while len(self.snapshot_ticks) < first + count:
            await self.receive()
        ticks = self.snapshot_ticks[first:]
        assert ticks == list(range(ticks[0], ticks[0] + count)), "a snapshot is missing"
