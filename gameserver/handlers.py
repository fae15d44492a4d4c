"""What each message does: ids in, ids out, never a socket."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn

from msgspec import UNSET, Raw

from gameserver.addresses import home
from gameserver.connection import Connection, Membership, Playing
from gameserver.connections import ConnectionManager
from gameserver.declarations import Input
from gameserver.errors import ProtocolError, Refused
from gameserver.observe import Observer
from gameserver.protocol.codec import UNDECODABLE, decode_envelope, decode_payload
from gameserver.protocol.messages import (
    CLIENT_MESSAGES,
    Chat,
    ClientMessage,
    Envelope,
    Error,
    Join,
    Leave,
    Ping,
    Pong,
    Resume,
    Spectate,
    clean_name,
    is_blank,
    is_showable,
)
from gameserver.room import Room
from gameserver.rooms import Rooms
from gameserver.seats import Member
from gameserver.spec import GameSpec

log = logging.getLogger(__name__)

_CHEAP = 512
"""A message that is too much is read for its `seq` if it has no more characters than this; longer ones are not read."""


class Handlers:
    """The meaning of every message; `play` is a short way to what `receive` does for nearly all of them."""

    def __init__(
        self, rooms: Rooms, connections: ConnectionManager, observer: Observer, clock: Callable[[], float]
    ) -> None:
        self._rooms = rooms
        self._connections = connections
        self._observer = observer
        self._clock = clock

    def receive(self, connection_id: int, frame: str) -> None:
        """Do what a text frame asks for; whoever asked for what can't be done gets an `error`, and that is all.

        Raises:
            PolicyViolation: it was one too many.

        """
        self._observer.messages += 1
        self._observer.characters += len(frame)
        connection, now_s = self._connections.get(connection_id), self._clock()
        allowed = connection.conduct.message(now_s)
        if not allowed and len(frame) > _CHEAP:
            self._refuse(connection, _too_many())
            return
        message: Envelope | None = None
        try:
            message = decode_envelope(frame)
            if connection.unconfirmed and message.type != "resume":  # several may be asked for in one breath
                self._confirm(connection, message.handle)
            self._dispatch(connection, message, allowed=allowed)
            connection.conduct.spoke = True
        except ProtocolError as refusal:
            self._refuse(connection, refusal, message)
            connection.conduct.bad(now_s)
        except Refused as refusal:
            connection.conduct.spoke = True
            self._refuse(connection, refusal, message)

    def play(self, playing: Playing, frame: str) -> bool:
        """Take what nearly every frame is: something for the one room that a connection plays in.

        All else is left to `receive` by giving False: other messages, bad ones, and what is too much. None of the
        protocol's own messages is called as one of a game's: games that try are refused.

        Raises:
            PolicyViolation: it was one too many.

        """
        conduct = playing.conduct
        if conduct.flooded:
            return False
        try:
            given = playing.read(frame)
        except UNDECODABLE:
            return False
        handle, seq = given.handle, given.seq
        if (handle is not None and handle != playing.handle) or not conduct.message(self._clock()):
            return False
        observer = self._observer
        observer.messages += 1
        observer.characters += len(frame)
        conduct.spoke = True
        try:
            payload = given.payload
            if isinstance(payload, Input):
                playing.place.put(playing.queue, payload, seq)
            else:
                playing.place.command(playing.player, payload, seq)
        except Refused as refusal:
            connection = self._connections.get(playing.connection)
            self._refuse(connection, refusal, Envelope("", handle=handle, seq=seq))
        return True

    def receive_binary(self, connection_id: int) -> None:
        """Refuse a binary frame.

        Raises:
            PolicyViolation: it was one too many.

        """
        connection, now_s = self._connections.get(connection_id), self._clock()
        connection.conduct.message(now_s)
        self._refuse(connection, ProtocolError("no_binary", "Messages are JSON text; binary frames are not read."))
        connection.conduct.bad(now_s)

    def pinged(self, connection_id: int, data: bytes | bytearray) -> None:
        """Answer a ping of the WebSocket protocol, as long as there aren't too many.

        Raises:
            PolicyViolation: it was one too many.

        """
        if self._connections.get(connection_id).conduct.message(self._clock()):
            self._connections.pong(connection_id, data)

    def ponged(self, connection_id: int, data: bytes | bytearray) -> None:
        """Note a pong.

        Raises:
            PolicyViolation: it was one too many.

        """
        connection = self._connections.get(connection_id)
        connection.conduct.message(self._clock())
        connection.ponged(data)

    def floods(self, connection_id: int) -> bool:
        """Tell whether a connection has sent too much lately."""
        return self._connections.get(connection_id).conduct.flooding(self._clock())

    def _refuse(self, connection: Connection, refusal: Refused, message: Envelope | None = None) -> None:
        self._observer.refused(refusal.code)
        seq = handle = None
        if message is not None:
            seq, handle = message.seq, _room_meant(connection, message)
        self._connections.send(
            connection.id, Error(refusal.code, refusal.message, UNSET if seq is None else seq), handle
        )

    def _confirm(self, connection: Connection, handle: int | None) -> None:
        """Take a message for a sign that `joined` arrived; one with a handle tells only of its own room."""
        about = connection.memberships.get(handle) if handle is not None else None
        for room_id, member in connection.unconfirmed:
            if handle is not None and (about is None or (about.room, about.member) != (room_id, member)):
                continue
            room = self._rooms.find(room_id)
            if room is None or room.confirm(member):
                connection.heard_from((room_id, member))

    def _turn_down(self, connection: Connection, message: Envelope) -> NoReturn:
        """Refuse what is too much; `ack` doesn't wait for it."""
        membership = connection.memberships.get(_room_meant(connection, message) or 0)
        if membership is not None and membership.player is not None and message.type not in CLIENT_MESSAGES:
            self._rooms.get(membership.room).skip(membership.player, message.seq)
        raise _too_many()

    def lost(self, connection_id: int) -> None:
        """A peer is gone: tell its rooms, which hold its seats.

        As many as one address may have connections: whoever drops out on purpose can't fill rooms with empty seats.
        """
        connection, most = self._connections.get(connection_id), self._rooms.settings.max_connections_per_address
        whom = home(connection.address)
        for membership in self._connections.disconnect(connection_id):
            room = self._rooms.find(membership.room)
            if room is not None:  # it may have ended at the same moment
                held = not connection.expelled and self._rooms.held[whom] < most
                room.lose(membership.member, held_for=whom if held else None)

    def _dispatch(self, connection: Connection, message: Envelope, *, allowed: bool) -> None:
        if not allowed:
            self._turn_down(connection, message)
        kind = CLIENT_MESSAGES.get(message.type)
        if kind is None:
            self._play(connection, message)
            return
        self._serve(connection, message, decode_payload(message.payload, kind))

    def _serve(self, connection: Connection, message: Envelope, payload: ClientMessage) -> None:
        match payload:
            case Join():
                self._join(connection, payload, message.seq)
            case Spectate():
                connection.conduct.enter(self._clock())
                self._spectate(connection, payload)
            case Resume(token=token):
                connection.conduct.enter(self._clock())
                self._resume(connection, token)
            case Leave():
                membership = _only_room(connection, message.handle)
                self._connections.mute(connection.id, membership.handle)
                self._rooms.get(membership.room).leave(membership.member, reason="left")
            case Chat(text=text):
                if is_blank(text) or not is_showable(text):
                    raise ProtocolError("bad_payload", "A chat line can't be blank or have control characters.")
                membership = _only_room(connection, message.handle)
                connection.conduct.chat(self._clock())
                self._rooms.get(membership.room).chat(membership.member, text)
            case Ping(t=t):
                self._pong(connection, message.handle, t)
            case _:  # pragma: no cover
                # The base class is open, so the type checker can't see that all of CLIENT_MESSAGES is above.
                raise NotImplementedError(message.type)

    def _join(self, connection: Connection, join: Join, seq: int | None) -> None:
        self._refuse_when_closing()
        name = None if join.name is None else clean_name(join.name)
        if join.code is not None:
            raise Refused("unknown_room", "There is no room with this code.")
        connection.conduct.enter(self._clock())
        given = Raw(b"{}") if bytes(join.options) == b"null" else join.options
        if join.room is not None:
            room = self._rooms.get(join.room)
            if join.game is not None and self._game(join.game) is not room.spec:
                raise Refused("unknown_room", f"Room {room.id} plays {room.spec.name}, not {join.game}.")
            decode_payload(given, room.spec.options)  # the room keeps its own, but nonsense is told
        else:
            spec = self._game(join.game)
            options = decode_payload(given, spec.options)
            room = self._rooms.match(spec.name, options, opener=home(connection.address))
        identity = connection.identity
        if identity is not None:
            name = identity.name or name
        connection.name = name or connection.name
        subject = None if identity is None else identity.subject
        self._enter(connection, room, lambda handle: room.join(name=name, handle=handle, identity=subject, seq=seq))

    def _resume(self, connection: Connection, token: str) -> None:
        seat = self._rooms.tokens.read(token)
        room = self._rooms.find(seat.room)
        if room is None:
            raise ProtocolError("bad_token", "The room of this token is over; join again.")
        subject = None if connection.identity is None else connection.identity.subject
        replaced: int | None = None

        def enter(handle: int) -> Member:
            nonlocal replaced
            member, replaced = room.resume(seat.player, seat.generation, handle=handle, identity=subject)
            return member

        member = self._enter(connection, room, enter)
        connection.name = member.name
        connection.resumed((room.id, member.id))
        if replaced is not None:
            self._connections.mute_member(room.id, replaced)

    def _spectate(self, connection: Connection, spectate: Spectate) -> None:
        self._refuse_when_closing()
        if spectate.room is not None:
            room = self._rooms.get(spectate.room)
        else:
            game = self._game(spectate.game).name
            room = self._rooms.watch(game, opener=home(connection.address))
        name = connection.name or "Spectator"
        self._enter(connection, room, lambda handle: room.spectate(name=name, handle=handle))

    def _enter(self, connection: Connection, room: Room, enter: Callable[[int], Member]) -> Member:
        if any(m.room == room.id for m in connection.memberships.values()):
            raise Refused("already_joined", f"This connection is in room {room.id} already.")
        if any(heard == room.id for heard, _ in connection.hears):
            raise Refused("rate_limited", f"This connection is still leaving room {room.id}; wait for `left`.")
        most = self._rooms.settings.max_rooms_per_connection
        if len(connection.hears) >= most:
            raise Refused("rate_limited", f"A connection may be in {most} rooms; leave one first.")
        member = enter(connection.new_handle())
        self._connections.attach(
            connection.id,
            Membership(member.handle, room.id, room.spec.name, member.id, member.player, room),
            room.queue(member.player),
        )
        return member

    def _refuse_when_closing(self) -> None:
        if self._rooms.closing:
            raise Refused("room_full", "The server is closing and lets nobody in.")

    def _game(self, name: str | None) -> GameSpec:
        specs = self._rooms.specs
        if name is None and len(specs) == 1:
            return next(iter(specs.values()))
        if name is None:
            raise Refused("unknown_game", f"Say which game: {', '.join(specs)}.")
        if name not in specs:
            raise Refused("unknown_game", f"No game {name[:64]!r} is served here, but {', '.join(specs)}.")
        return specs[name]

    def _pong(self, connection: Connection, handle: int | None, t: float) -> None:
        memberships = list(connection.memberships.values())
        if handle is not None:
            memberships = [_membership(connection, handle)]
        if len(memberships) == 1:
            tick = self._rooms.tick_now(memberships[0].room)
            self._connections.send(connection.id, Pong(t, tick), memberships[0].handle)
        else:
            self._connections.send(connection.id, Pong(t, None))

    # A game's own commands and inputs.

    def _play(self, connection: Connection, message: Envelope) -> None:
        membership = self._seat(connection, message)
        room, player = self._rooms.get(membership.room), membership.player
        kind = room.spec.playable.get(message.type)
        if kind is None:
            raise ProtocolError("unknown_type", f"{room.spec.title} has no {message.type[:64]!r}.")
        if player is None:
            raise Refused("spectator", "Spectators may chat and leave; join to play.")
        try:
            given = decode_payload(message.payload, kind)
        except ProtocolError:
            room.skip(player, message.seq)
            raise
        if isinstance(given, Input):
            room.input(player, given, message.seq)
        else:
            room.command(player, given, message.seq)

    def _seat(self, connection: Connection, message: Envelope) -> Membership:
        """Find the room that a game's message is for.

        Raises:
            Refused: `not_joined`, `which_room`, `spectator`, or `unknown_type` where no game knows the message.

        """
        if message.handle is not None:
            return _membership(connection, message.handle)
        seats = [m for m in connection.memberships.values() if m.player is not None]
        if len(seats) == 1:
            return seats[0]
        known = {name for name, spec in self._rooms.specs.items() if message.type in spec.playable}
        if not known:
            raise ProtocolError("unknown_type", f"There is no message {message.type[:64]!r}.")
        if seats:
            raise Refused("which_room", "You play in several rooms; put the room's handle beside the type.")
        if any(m.game in known for m in connection.memberships.values()):
            raise Refused("spectator", "Spectators may chat and leave; join to play.")
        raise Refused("not_joined", "Join a room first.")


def _too_many() -> Refused:
    return Refused("rate_limited", "Too many messages; this one was not read.")


def _membership(connection: Connection, handle: int) -> Membership:
    membership = connection.memberships.get(handle)
    if membership is None:
        raise Refused("not_joined", f"This connection has no room with handle {handle}.")
    return membership


def _room_meant(connection: Connection, message: Envelope) -> int | None:
    """Give the handle of the one room that a message can only concern, with or without saying so."""
    if message.handle is not None:
        return message.handle if message.handle in connection.memberships else None
    if message.type in {"chat", "leave"}:
        handles = list(connection.memberships)
    elif message.type in CLIENT_MESSAGES:
        return None
    else:
        handles = [m.handle for m in connection.memberships.values() if m.player is not None]
    return handles[0] if len(handles) == 1 else None


def _only_room(connection: Connection, handle: int | None) -> Membership:
    """Find the room that `chat` or `leave` is for.

    Raises:
        Refused: `not_joined` or `which_room`.

    """
    if handle is not None:
        return _membership(connection, handle)
    memberships = list(connection.memberships.values())
    if not memberships:
        raise Refused("not_joined", "Join or watch a room first.")
    if len(memberships) > 1:
        raise Refused("which_room", "You are in several rooms; put the room's handle beside the type.")
    return memberships[0]
