"""Somebody who plays through a client that others wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from gameserver.protocol.replica import Replica
from tests.interop.clients import Binary, Client, Closed, Event, Opened, Pong, Text
from tests.peer import PATIENCE_S


class Visitor:
    """Follows one connection: its messages, its room's tables, its end."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.opened: Opened | None = None
        self.closed: Closed | None = None
        self.pongs: list[bytes] = []
        self.messages: list[dict[str, Any]] = []
        """Every message but snapshots."""
        self.snapshots: list[Text | Binary] = []
        self.ticks: list[int] = []
        """Those of the snapshots."""
        self.replica = Replica({})
        """The room's tables, once it has joined."""

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Follow what happens until a condition holds."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not condition():
                    assert self.closed is None, f"{self.closed} came before {what}"
                    self._take(await self.client.events.get())
        except TimeoutError:
            raise AssertionError(f"{what} never came; the last messages are {self.messages[-5:]}") from None

    async def send(self, kind: str, payload: dict[str, Any] | None = None, **envelope: int) -> None:
        """Send a message."""
        await self.client.send(json.dumps({"type": kind, "payload": payload or {}, **envelope}))

    async def expect(self, kind: str) -> dict[str, Any]:
        """Wait for a message of a type that none came of yet; gives its payload."""
        await self.until(lambda: self.heard(kind), kind)
        return self.heard(kind)[0]

    async def enter(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Join or resume, and wait for the keyframe; gives the payload of `joined`."""
        await self.send(kind, payload)
        joined = await self.expect("joined")
        await self.until(lambda: self.ticks, "a snapshot")
        return joined

    async def end(self) -> Closed:
        """Wait for the end."""
        await self.until(lambda: self.closed, "the end")
        assert self.closed is not None
        return self.closed

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Give the payloads of all messages of a type, oldest first."""
        return [message["payload"] for message in self.messages if message["type"] == kind]

    def _take(self, event: Event) -> None:
        match event:
            case Opened():
                self.opened = event
            case Closed():
                self.closed = event
            case Pong(data=data):
                self.pongs.append(data)
            case Binary(data=data):
                self.replica.apply_frame(data)
                self._note(event)
            case Text(data=data):
                message = json.loads(data)
                if message["type"] == "snapshot":
                    self.replica.apply_json(json.dumps(message["payload"]).encode())
                    self._note(event)
                    return
                self.messages.append(message)
                if message["type"] == "joined":
                    self.replica = Replica(message["payload"]["schema"])

    def _note(self, snapshot: Text | Binary) -> None:
        assert self.replica.tick is not None
        self.snapshots.append(snapshot)
        self.ticks.append(self.replica.tick)
