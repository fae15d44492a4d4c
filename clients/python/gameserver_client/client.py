"""A way to a game server: any number of rooms over one connection, which comes back by itself."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

import msgspec

from gameserver.protocol.messages import Closing, Error, Joined, Left, ServerMessage
from gameserver_client import wire
from gameserver_client.addresses import api_url, checked_ticket, socket_url
from gameserver_client.connection import Connection, ConnectionState, WireFrame
from gameserver_client.emitter import Emitter
from gameserver_client.entrances import Entrances
from gameserver_client.entry_queue import EntryMessage
from gameserver_client.errors import ClientError, ConnectionLost, Refused, RoomLeft, ServerError
from gameserver_client.lag_lab import LagLab
from gameserver_client.lobby import GameInfo, RoomInfo, read_games, read_rooms
from gameserver_client.pinger import Pinger
from gameserver_client.room import Link, Room
from gameserver_client.snapshots import Format, handle_of

log = logging.getLogger(__name__)

GOING_AWAY = frozenset({"closing", "closed"})
"""Reasons of `left` by which a server that is closing empties its rooms."""
SETTLE_TURNS = 4
"""Turns of the loop between `joined` and what follows it: whoever awaits the room hears all of it from the start, also
through a `wait_for` or two."""


class Client(Emitter):
    """A connection to one server and the rooms entered over it. Made by `connect`."""

    def __init__(
        self,
        address: str,
        *,
        reconnect: bool = True,
        ticket: str | None = None,
        lag: LagLab | None = None,
        format: Format = "binary",  # noqa: A002
    ) -> None:
        super().__init__("state", "error", "closing")
        self._address = address
        self._connection = Connection(
            socket_url(address, format),
            where=address,
            reconnect=reconnect,
            ticket=checked_ticket(ticket),
            lag=lag,
            receive=self._received,
            changed=self._changed,
        )
        self._entrances = Entrances(Link(self._connection.send, self._next_seq))
        self._rooms = self._entrances.rooms
        self._seq = 0
        self._closing = False
        """Whether the server said that it is about to close."""
        self._pinger = Pinger(
            rooms=self._rooms, entering=self._entrances.is_waiting, send=self._connection.send, dead=self._dead
        )

    @property
    def state(self) -> ConnectionState:
        """How the connection is."""
        return self._connection.state

    @property
    def retry_at_s(self) -> float:
        """When the next try is due, on `time.perf_counter`, while `state` is `waiting`."""
        return self._connection.retry_at_s

    @property
    def closed_reason(self) -> str:
        """Why the connection doesn't come back by itself, in a sentence; empty unless `state` is `closed`."""
        return self._connection.ended.text if self.state == "closed" else ""

    @property
    def ticket(self) -> str | None:
        """What vouches for us, as of the next connection: one that runs out may be replaced by a fresh one.

        Raises:
            ConnectError: when set to what is no ticket.

        """
        return self._connection.ticket

    @ticket.setter
    def ticket(self, ticket: str | None) -> None:
        self._connection.ticket = checked_ticket(ticket)

    @property
    def joined(self) -> list[Room]:
        """The rooms that aren't left, also while the connection is down."""
        return self._entrances.entered

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            ConnectError: nothing answers, or nobody is let in.

        """
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave everything and hang up."""
        await self.close()

    async def open(self) -> None:
        """Connect.

        Raises:
            ConnectError: nothing answers, or nobody is let in.

        """
        await self._connection.open()

    async def close(self) -> None:
        """Leave everything and hang up."""
        # Said, not just done: a connection that merely ends may be coming back.
        for handle in self._rooms:
            self._connection.send(wire.encode("leave", handle=handle))
        self._entrances.end("left", ConnectionLost("The client was closed."))
        await self._connection.close()

    async def games(self) -> list[GameInfo]:
        """Ask which games are served.

        Raises:
            ConnectError: nothing answers.

        """
        return read_games(await self._connection.get_json(api_url(self._address, "games")))

    async def rooms(self) -> list[RoomInfo]:
        """Ask which rooms there are, oldest first.

        Raises:
            ConnectError: nothing answers.

        """
        return read_rooms(await self._connection.get_json(api_url(self._address, "rooms")))

    async def join(
        self,
        game: str | None = None,
        *,
        name: str | None = None,
        room: str | None = None,
        code: str | None = None,
        options: Any = None,
    ) -> Room:
        """Take a seat: in the room named, or by quick match. Waits as long as the connection is down.

        Args:
            game: may be left out where one game is served, or with `room`.
            name: how others see the player.
            room: a room's id.
            code: an invitation.
            options: how the room should be set up, as a dict or the game's own struct.

        Raises:
            Refused: by the server or the game.
            RoomLeft: the room ended before it let the player in.

        """
        given = {"game": game, "name": name, "room": room, "code": code, "options": options}
        return await self._enter(EntryMessage("join", {k: v for k, v in given.items() if v is not None}))

    async def spectate(self, room: str | None = None, *, game: str | None = None) -> Room:
        """Watch a room by its id, or some room of a game; as `join`."""
        given = {"room": room, "game": game}
        return await self._enter(EntryMessage("spectate", {k: v for k, v in given.items() if v is not None}))

    async def resume(self, token: str) -> Room:
        """Take over a seat by its `room.token`, from another connection or another run of this program; as `join`.

        Whoever has the seat now leaves the room with the reason `replaced`.
        """
        return await self._enter(EntryMessage("resume", {"token": token}))

    async def _enter(self, message: EntryMessage) -> Room:
        if self.state in {"idle", "closed"}:
            raise ConnectionLost(self.closed_reason or "There is no connection; open it first.")
        return await self._entrances.enter(message)

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    # The connection.

    def _changed(self, state: ConnectionState) -> None:
        if state == "open":
            self._closing = False
            self._entrances.connected()
            self._pinger.start()
        else:
            self._pinger.stop()
            self._entrances.lost()
        if state == "closed":
            ended = self._connection.ended
            self._entrances.end(ended.reason, ConnectionLost(ended.text))
        self.emit("state", state)

    def _dead(self) -> None:
        log.info("nothing was heard from %s for too long", self._address)
        self._connection.restart()

    # Messages.

    async def _received(self, frame: WireFrame, now_s: float) -> None:
        self._pinger.heard(now_s)
        try:
            if isinstance(frame, bytes):
                self._snapshot(handle_of(frame), frame, now_s)
            elif self._text(frame, now_s):
                for _ in range(SETTLE_TURNS):
                    await asyncio.sleep(0)
        except ClientError as error:
            # What this client has is no longer what the server thinks it has; a new connection begins with a keyframe.
            log.warning("%s", error)
            self._connection.restart()

    def _text(self, frame: str, now_s: float) -> bool:
        """Take in a text frame; tells whether it let us in somewhere."""
        envelope = wire.decode_envelope(frame)
        if envelope.type == wire.SNAPSHOT:
            self._snapshot(envelope.handle, envelope.payload, now_s)
            return False
        message = wire.decode_payload(envelope)
        match message:
            case None:
                pass  # of a later version
            case Joined():
                room = self._entrances.let_in(message)
                if room is not None:
                    self._pinger.ping(room)
                return True
            case Error():
                self._refused(envelope.handle, message)
            case Closing():
                self._closing = True
                self._connection.retry_after_s = message.retry_after_s
                self.emit("closing", message)
            case _:
                self._deliver(envelope.handle, message, len(frame), now_s)
        return False

    def _refused(self, handle: int | None, message: Error) -> None:
        """Find whom an error is for: the room it names, the command or the request to enter that it answers, or the
        only room.
        """
        seq = None if message.seq is msgspec.UNSET else message.seq
        error = ServerError(message.code, message.message, seq)
        rooms = list(self._rooms.values())
        room = None if handle is None else self._rooms.get(handle)
        if room is None and seq is not None:
            room = next((each for each in rooms if each.waits_for(seq)), None)
        if room is not None:
            room.refuse(error)
        elif self._entrances.is_answer(handle, seq):
            self._entrances.turned_away(Refused(error.code, error.message, seq))
        # What was still said to a room that the server has let us go from is no news there: its `left` is.
        elif len(rooms) == 1 and handle is None and error.code != "not_joined":
            rooms[0].refuse(error)
        else:
            self.emit("error", error)

    def _snapshot(self, handle: int | None, snapshot: bytes | msgspec.Raw, now_s: float) -> None:
        room = None if handle is None else self._rooms.get(handle)
        if room is not None:
            room.snapshot(snapshot, now_s)

    def _deliver(self, handle: int | None, message: ServerMessage, size: int, now_s: float) -> None:
        room = None if handle is None else self._rooms.get(handle)
        if room is None:
            # Messages of a room just left are still under way: nobody wants them. A room that was over before it let us
            # in says so with its end alone.
            if isinstance(message, Left) and self._entrances.is_answer(handle):
                self._entrances.turned_away(RoomLeft(message.reason))
            return
        # A server that goes away empties its rooms first. Nobody wanted to leave: come back with the next connection.
        if isinstance(message, Left) and self._closing and message.reason in GOING_AWAY:
            return
        room.receive(message, size, now_s)


def connect(
    address: str,
    *,
    reconnect: bool = True,
    ticket: str | None = None,
    lag: LagLab | None = None,
    format: Format = "binary",  # noqa: A002
) -> Client:
    """Connect to a game server: `async with connect("http://127.0.0.1:8080") as client:`.

    Args:
        address: `http(s)://` or `ws(s)://`, with a proxy's prefix where there is one.
        reconnect: come back by itself after a lost connection: into the same seats, or else into the rooms again.
        ticket: what vouches for us, where the server asks for that; sent as `Authorization: Bearer`.
        lag: a bad connection for the laboratory; its figures may be changed at any time.
        format: of the snapshots; `json` to read along.

    Raises:
        ConnectError: the address isn't one, or the ticket. (Whether somebody answers there shows when the client is
            opened.)

    """
    return Client(address, reconnect=reconnect, ticket=ticket, lag=lag, format=format)
