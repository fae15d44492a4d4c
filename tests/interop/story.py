"""What every client goes through, and what both sides see of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from gameserver.connection import Connection
from gameserver.games.tag import Tag
from gameserver.intake import Intake
from gameserver.settings import Settings
from tests.conftest import Running, Serve
from tests.frames import Opcode, read_frames
from tests.interop.clients import Binary, Client, Closed, Opened, Text
from tests.interop.visitor import Visitor
from tests.peer import PATIENCE_S, Peer

Dial = Callable[[str], Awaitable[Client]]
"""Connects a client to an address."""

SEED = 4
"""With this one the host, who is it, begins far from the visitor: nobody is touched and stopped while he plays."""
PLAIN = Opened(extensions="", protocol="")


class Inn:
    """A server of tag with a host in it, who is not the client that is looked at."""

    def __init__(self, running: Running, host: Peer, room: str, offers: list[str | None]) -> None:
        self.running, self.host, self.room = running, host, room
        self.offers = offers
        """The extensions that each client offered."""
        self.close_codes: dict[int, int | None] = {}
        """What the close frame said by which a peer began the closing, by connection."""
        self._receive = running.server.endpoint._receive
        running.server.endpoint._receive = self._note_close_code  # type: ignore[method-assign]

    @classmethod
    async def open(cls, serve: Serve, heartbeat_s: float = 20) -> Inn:
        """Start it; the host joins."""
        offers: list[str | None] = []

        def note(request: web.Request) -> None:
            offers.append(request.headers.get("Sec-WebSocket-Extensions"))

        # Whoever doesn't answer a close frame is waited for longer than a test waits.
        settings = Settings(heartbeat_s=heartbeat_s, close_s=10 * PATIENCE_S)
        running = await serve(Tag, seed=SEED, authenticate=note, settings=settings)
        host = await Peer.connect(running.url)
        joined = await host.join()
        offers.clear()
        return cls(running, host, joined["room"], offers)

    async def receive(self, dial: Dial, *, snapshots: str, deflate: bool) -> tuple[Visitor, Connection]:
        """Let a visitor in; gives both ends of his connection."""
        before = set(self.connections())
        visitor = Visitor(await dial(f"{self.running.url.replace('http', 'ws', 1)}/ws?snapshots={snapshots}"))
        await visitor.until(lambda: visitor.opened, "the handshake")
        assert visitor.opened == PLAIN
        assert ("permessage-deflate" in (self.offers[-1] or "")) is deflate
        (connection,) = (mine for id_, mine in self.connections().items() if id_ not in before)
        return visitor, connection

    async def _note_close_code(self, ws: web.WebSocketResponse, connection: Connection, intake: Intake) -> None:
        await self._receive(ws, connection, intake)
        self.close_codes[connection.id] = ws.close_code

    def connections(self) -> dict[int, Connection]:
        """Give those that the server knows."""
        return dict(self.running.server.connections._connections)

    async def forgets(self, connection: Connection) -> None:
        """Wait until the server has nothing of a connection any more."""
        async with asyncio.timeout(PATIENCE_S):
            while connection.id in self.connections():
                await asyncio.sleep(0.001)


async def play(serve: Serve, dial: Dial, *, deflate: bool) -> None:
    """Join, move, ping; be replaced by a second connection, lose that, come back by a third; leave."""
    inn = await Inn.open(serve)
    async with inn.host:
        first, server_side = await inn.receive(dial, snapshots="json", deflate=deflate)
        joined = await first.enter("join", {"room": inn.room, "name": "Visitor"})
        assert joined["player"] == 2
        assert isinstance(first.snapshots[0], Text)
        await move(first, joined["player"], seq=7)
        await first.send("ping", {"t": 12.5})
        assert (await first.expect("pong"))["t"] == 12.5
        if await first.client.ping("are you there?"):
            await first.until(lambda: first.pongs, "a pong")
            assert first.pongs == [b"are you there?"]

        second, second_side = await inn.receive(dial, snapshots="binary", deflate=deflate)
        resumed = await second.enter("resume", {"token": joined["token"]})
        assert (resumed["player"], resumed["room"]) == (joined["player"], inn.room)
        assert await first.expect("left") == {"reason": "replaced"}
        assert await first.end() == Closed(4001, "replaced by a newer connection", clean=True)
        await inn.forgets(server_side)

        await move(second, joined["player"], seq=1)
        count = len(second.ticks) + 10
        await second.until(lambda: len(second.ticks) >= count, "ten snapshots more")
        assert second.ticks == list(range(second.ticks[0], second.ticks[0] + len(second.ticks))), "a frame per tick"
        assert all(isinstance(frame, Binary) and frame.data[2] == 1 for frame in second.snapshots)

        await hang_up(inn, second, second_side, "back soon")
        await inn.host.expect("player_away", player=joined["player"])

        third, third_side = await inn.receive(dial, snapshots="binary", deflate=deflate)
        await third.enter("resume", {"token": resumed["token"]})
        await inn.host.expect("player_back", player=joined["player"])
        await third.send("leave")
        assert await third.expect("left") == {"reason": "left"}
        await inn.host.expect("player_left", player=joined["player"], reason="left")
        await hang_up(inn, third, third_side, "good game")
        assert evictions(inn) == {}


async def stay(serve: Serve, dials: Iterable[tuple[Dial, bool]]) -> None:
    """Clients that say nothing, but answer the server's pings, stay."""
    inn = await Inn.open(serve, heartbeat_s=0.5)
    async with inn.host:
        # The host's pongs are sent as he reads.
        reading = asyncio.create_task(inn.host.closed())
        guests = [await inn.receive(dial, snapshots="binary", deflate=deflate) for dial, deflate in dials]
        for visitor, _ in guests:
            await visitor.enter("spectate", {"room": inn.room})
        pings = [CountPings(connection) for _, connection in guests]
        for (visitor, _), sent in zip(guests, pings, strict=True):
            await visitor.until(partial(sent.reached, 3), "a third ping, the others answered")
        for visitor, connection in guests:
            await hang_up(inn, visitor, connection, "enough seen")
        assert evictions(inn) == {}
        reading.cancel()


async def see_it_close(serve: Serve, dial: Dial, *, deflate: bool) -> None:
    """A server that stops says so, says goodbye, and hears goodbye."""
    inn = await Inn.open(serve)
    async with inn.host:
        visitor, _ = await inn.receive(dial, snapshots="json", deflate=deflate)
        await visitor.enter("join", {"room": inn.room})
        hosting = asyncio.create_task(inn.host.closed())
        stopping = asyncio.create_task(inn.running.server.stop())
        await visitor.expect("closing")
        assert await visitor.expect("left") == {"reason": "closing"}
        assert await visitor.end() == Closed(1001, "shutting down", clean=True)
        await asyncio.wait_for(stopping, PATIENCE_S)
        assert await hosting == 1001
        assert inn.connections() == {}


class CountPings:
    """Counts the pings that the server sends to one connection; the next one needs an answer to the last.

    It stands before the connection's wire.
    """

    quick = False

    def __init__(self, connection: Connection) -> None:
        self.count = 0
        self._wire = connection.wire
        self.send, self.unsent_bytes, self.abort = self._wire.send, self._wire.unsent_bytes, self._wire.abort
        connection.wire = self

    def write(self, frame: bytes) -> None:
        """Count, and send."""
        self.count += sum(read.opcode is Opcode.PING for read in read_frames(frame))
        self._wire.write(frame)

    def reached(self, times: int) -> bool:
        """Tell whether it was sent so many."""
        return self.count >= times


async def move(visitor: Visitor, player: int, *, seq: int) -> None:
    """Run to the middle of the field, and wait until that is acknowledged and seen."""
    x = visitor.replica.tables["runners"][player][0]
    dx = 1 if x < 400 else -1
    await visitor.send("steer", {"dx": dx}, seq=seq)
    await visitor.until(lambda: visitor.replica.ack == seq, f"ack {seq}")
    await visitor.until(lambda: (visitor.replica.tables["runners"][player][0] - x) * dx > 0, "a step")


async def hang_up(inn: Inn, visitor: Visitor, server_side: Connection, reason: str) -> None:
    """Close from the client's side; both sides see a clean end."""
    await visitor.client.close(1000, reason)
    end = await visitor.end()
    assert (end.code, end.clean) == (1000, True)
    await inn.forgets(server_side)
    assert inn.close_codes[server_side.id] == 1000


def evictions(inn: Inn) -> dict[str, float]:
    """Give how many connections were cut, by reason."""
    return {
        sample.labels["reason"]: sample.value
        for family in text_string_to_metric_families(inn.running.server.metrics.text().decode())
        for sample in family.samples
        if sample.name == "gameserver_evictions_total"
    }
