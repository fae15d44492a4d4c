"""Into rooms, and back into them after a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gameserver.protocol.messages import Joined
from gameserver_client import wire
from gameserver_client.entry_queue import Entry, EntryMessage, EntryQueue
from gameserver_client.errors import ClientError, RoomLeft, ServerError
from gameserver_client.room import Link, Room

ROOM_IS_GONE = frozenset({"unknown_room", "room_full"})
"""With these the old room is no longer to be had, but the same game may be."""


class Entrances:
    """The rooms of a client: how each was entered, and under which handle it is known now."""

    def __init__(self, link: Link) -> None:
        self.rooms: dict[int, Room] = {}
        """Rooms of the current connection, by handle."""
        self._link = link
        self._entered: dict[Room, EntryMessage] = {}
        """How each room that isn't left was entered."""
        self._known: set[int] = set()
        """Every handle of this connection so far; what comes under another one answers the request to enter."""
        self._entries = EntryQueue()
        self._open = False

    @property
    def entered(self) -> list[Room]:
        """The rooms that aren't left, also while the connection is down."""
        return list(self._entered)

    async def enter(self, message: EntryMessage) -> Room:
        """Enter a room; waits as long as the connection is down.

        Raises:
            ClientError: whatever the request failed with.

        """
        entered: asyncio.Future[Room] = asyncio.get_running_loop().create_future()

        def done(joined: Joined) -> None:
            if entered.done():  # whoever asked gave up meanwhile
                self._turn_down(joined)
                return
            try:
                room = Room(self._link, joined, resumed=message.type == "resume")
            except ClientError as error:
                self._turn_down(joined)
                entered.set_exception(error)
                return
            room.on("left", lambda _: self._forget(room))
            self._entered[room] = message
            self.rooms[joined.handle] = room
            entered.set_result(room)

        def failed(error: ClientError) -> None:
            if not entered.done():
                entered.set_exception(error)

        self._entries.push(Entry(message, again=False, done=done, failed=failed))
        self._send_next()
        return await entered

    def connected(self) -> None:
        """There is a new connection: enter all rooms again, then whatever was asked for meanwhile."""
        self._open = True
        self._known.clear()
        self._entries.put_first([self._way_back(room) for room in self.entered])
        self._send_next()

    def lost(self) -> None:
        """The connection is down."""
        self._open = False
        self._entries.lost()
        self.rooms.clear()
        for room in self.entered:
            if room.status == "joined":
                room.lose()

    def end(self, reason: str, error: ClientError) -> None:
        """Nothing is to be entered any more: rooms end for this reason, and requests fail with this error."""
        entries = self._entries.clear()
        rooms = self.entered
        self.rooms.clear()
        for room in rooms:
            room.end(reason)
        for entry in entries:
            entry.failed(error)

    def let_in(self, joined: Joined) -> Room | None:
        """A request was granted; gives the room, unless nobody wants it any more."""
        self._known.add(joined.handle)
        entry = self._entries.answered()
        if entry is None:
            self._turn_down(joined)
        else:
            entry.done(joined)
        self._send_next()
        return self.rooms.get(joined.handle)

    def is_waiting(self) -> bool:
        """Tell whether an answer is awaited."""
        return self._entries.in_flight

    def is_answer(self, handle: int | None, seq: int | None = None) -> bool:
        """Tell whether an `error` or `left` that is for no room answers the request that is under way.

        A room that turns somebody away says so under the handle that he would have had, without `seq`.
        """
        of_new_room = handle is not None and handle not in self._known
        return self._entries.waits_for(seq) or (self._entries.in_flight and of_new_room)

    def turned_away(self, error: ClientError) -> None:
        """A request was declined."""
        entry = self._entries.answered()
        if entry is not None:
            entry.failed(error)
        self._send_next()

    def _way_back(self, room: Room) -> Entry:
        """Into the same seat; else the same room, under the same name; else any of the game, if that will do."""

        def try_in_turn(ways: list[EntryMessage]) -> Entry:
            way, *others = ways

            def failed(error: ClientError) -> None:
                goes_on = way.type == "resume" or (isinstance(error, ServerError) and error.code in ROOM_IS_GONE)
                if room.status == "left":  # while the answer was under way
                    return
                if others and goes_on and not isinstance(error, RoomLeft):
                    self._entries.put_first([try_in_turn(others)])
                else:
                    room.end(_reason(error))

            return self._reentry(room, way, failed)

        return try_in_turn(_ways_back(room, self._entered[room]))

    def _reentry(self, room: Room, message: EntryMessage, failed: Callable[[ClientError], None]) -> Entry:
        def done(joined: Joined) -> None:
            if room.status == "left":  # while the answer was under way
                self._turn_down(joined)
                return
            self.rooms[joined.handle] = room
            try:
                room.enter(joined, resumed=message.type == "resume")
            except ClientError as error:  # the game has changed meanwhile
                del self.rooms[joined.handle]
                self._turn_down(joined)
                room.end(str(error))

        return Entry(message, again=True, done=done, failed=failed)

    def _turn_down(self, joined: Joined) -> None:
        self._link.send(wire.encode("leave", handle=joined.handle))

    def _forget(self, room: Room) -> None:
        self._entered.pop(room, None)
        if self.rooms.get(room.handle) is room:
            del self.rooms[room.handle]

    def _send_next(self) -> None:
        asked = self._entries.next(self._link.next_seq) if self._open else None
        if asked is not None:
            message = asked.entry.message
            self._link.send(wire.encode(message.type, message.payload, seq=asked.seq))


def _ways_back(room: Room, entered: EntryMessage) -> list[EntryMessage]:
    """Give how to get back: into the same seat, the same room, another one; as far as there is such a way."""
    if room.spectating:
        same = EntryMessage("spectate", {"room": room.id})
        return [same, entered] if "game" in entered.payload else [same]
    kept = {k: v for k, v in entered.payload.items() if k in {"name", "options"}}
    if entered.type == "resume" and room.player is not None:
        kept["name"] = room.name_of(room.player)
    who = {k: v for k, v in kept.items() if k == "name"}
    seat = [] if room.token is None else [EntryMessage("resume", {"token": room.token})]
    return [*seat, EntryMessage("join", {**who, "room": room.id}), EntryMessage("join", {**kept, "game": room.game})]


def _reason(error: ClientError) -> str:
    match error:
        case ServerError():
            return error.code
        case RoomLeft():
            return error.reason
        case _:
            return str(error)
