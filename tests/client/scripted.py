"""A client whose connection and server are played by the test, message by message."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from gameserver.games.tag import Tag
from gameserver_client import Client, Room
from gameserver_client import client as client_module
from gameserver_client.backoff import FinalClose, final_close
from gameserver_client.connection import ConnectionState

SETTLE_TURNS = 6
ENTRIES = {"join", "spectate", "resume"}


class ScriptedConnection:
    """Stands in for `Connection`: open, lost or closed as the test says; what is sent is kept."""

    def __init__(self, url: str, *, receive: Any, changed: Any, ticket: str | None, **_: Any) -> None:
        self.url = url
        self.state: ConnectionState = "idle"
        self.retry_at_s = 0.0
        self.retry_after_s: float | None = None
        self.ended = FinalClose("", "")
        self.ticket = ticket
        self.sent: list[dict[str, Any]] = []
        self.entry_seq: int | None = None
        """The `seq` of the latest request to enter."""
        self.receive = receive
        self._changed = changed

    def send(self, text: str) -> bool:
        """Keep a message, as long as there is a connection."""
        if self.state == "open":
            message = json.loads(text)
            self.sent.append(message)
            if message["type"] in ENTRIES:
                self.entry_seq = message["seq"]
        return self.state == "open"

    def enter(self, state: ConnectionState) -> None:
        """Be in another state."""
        self.state = state
        self._changed(state)


class Script:
    """A client, and all that the other side does."""

    def __init__(self, client: Client, connection: ScriptedConnection) -> None:
        self.client = client
        self.connection = connection

    def connect(self) -> None:
        """Open a new connection."""
        self.connection.enter("open")

    def lose(self) -> None:
        """Break the connection."""
        self.connection.enter("waiting")

    def close(self, code: int) -> None:
        """Close it for good."""
        end = final_close(code)
        assert end is not None
        self.connection.ended = end
        self.connection.enter("closed")

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """Give type and payload of what was sent since the last time, pings left out."""
        messages, self.connection.sent = self.connection.sent, []
        return [(m["type"], m.get("payload", {})) for m in messages if m["type"] != "ping"]

    async def say(self, kind: str, payload: dict[str, Any], handle: int | None = None) -> None:
        """Have the server say something."""
        message = {"type": kind, "payload": payload} | ({} if handle is None else {"handle": handle})
        await self.connection.receive(json.dumps(message), time.perf_counter())

    async def let_in(self, handle: int, key: str | None = "t1", **fields: Any) -> None:
        """Answer a request to enter; `key` is the token."""
        await self.say("joined", joined(handle, token=key, **fields), handle)

    async def refuse(self, code: str) -> None:
        """Refuse the latest request to enter."""
        await self.say("error", {"code": code, "message": "No.", "seq": self.connection.entry_seq})

    async def snapshot(self, handle: int, tick: int, **tables: Any) -> None:
        """Send a keyframe."""
        await self.say("snapshot", {"tick": tick, "base": None, "ack": None, "tables": tables}, handle)

    async def join(self, handle: int = 1, key: str | None = "t1", **fields: Any) -> Room:
        """Have the client join a room, with its first snapshot."""
        entering = asyncio.create_task(self.client.join("tag", name="Ann"))
        await self._settle()
        await self.let_in(handle, key, **fields)
        room = await entering
        await self.snapshot(handle, fields.get("tick", 4))
        self.sent()
        return room

    async def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin something, as far as it gets before it waits."""
        task = asyncio.create_task(work)
        await self._settle()
        return task

    async def _settle(self) -> None:
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)


def joined(handle: int, **fields: Any) -> dict[str, Any]:
    """Give the payload of a `joined` to a room of tag."""
    return {
        "protocol": 1, "room": "r1", "game": "tag", "handle": handle, "role": "player", "player": 2, "tick": 4,
        "tick_rate": 20.0, "schema": Tag.spec.schema(),
        "players": [{"player": 2, "name": "Ann", "bot": False}], "audience": {"players": 1, "spectators": 0},
    } | fields  # fmt: skip


def make_script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Make a client with an open connection, in nobody's room."""
    made: list[ScriptedConnection] = []

    def make(url: str, **options: Any) -> ScriptedConnection:
        made.append(ScriptedConnection(url, **options))
        return made[-1]

    monkeypatch.setattr(client_module, "Connection", make)
    client = Client("http://127.0.0.1:1", format="json")
    script = Script(client, made[-1])
    script.connect()
    return script
