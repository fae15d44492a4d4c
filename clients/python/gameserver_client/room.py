"""One place in one room, as player or spectator."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, overload
from weakref import WeakSet

import msgspec

from gameserver.protocol.messages import (
    Audience,
    ChatLine,
    EventMessage,
    Joined,
    Left,
    PlayerAway,
    PlayerBack,
    PlayerJoined,
    PlayerLeft,
    Pong,
    ServerMessage,
)
from gameserver.protocol.rows import Row
from gameserver_client import wire
from gameserver_client.drawing import Drawing, Frame, Toggles
from gameserver_client.emitter import Emitter
from gameserver_client.errors import ClientError, ConnectionLost, Refused, RoomLeft, ServerError
from gameserver_client.net_stats import NetStats
from gameserver_client.roster import Presence, RoomPlayer, Roster
from gameserver_client.server_clock import ServerClock
from gameserver_client.snapshots import SnapshotReader
from gameserver_client.states import Schema, State, StateBuilder, TableRow, table_of_kind
from gameserver_client.streams import EventStream
from gameserver_client.twin import Predicted, Twin
from gameserver_client.waiting import Waiting

log = logging.getLogger(__name__)

RoomStatus: TypeAlias = Literal["joined", "lost", "left"]
"""`joined`: messages flow. `lost`: the connection is down; the client comes back by itself, into the same seat where it
can. `left`: over."""


class Link(msgspec.Struct, frozen=True):
    """What a room needs of the client that it belongs to."""

    send: Callable[[str], bool]
    """False: not connected."""
    next_seq: Callable[[], int]


class Room(Emitter):
    """A place in a room. Made by `client.join` and `client.spectate`; survives lost connections."""

    def __init__(self, link: Link, joined: Joined, *, resumed: bool = False) -> None:
        super().__init__("event", "snapshot", "chat", "presence", "audience", "error", "lost", "joined", "left")
        self._link = link
        self._commands: Waiting[None] = Waiting()
        """Those not answered yet, by `seq`."""
        self._next_states: Waiting[State] = Waiting()
        self._ends: Waiting[None] = Waiting()
        self._streams: WeakSet[EventStream] = WeakSet()
        self._prediction: tuple[Predicted, Mapping[type[Row], str] | None, float | None] | None = None
        self._sent_input: object = None
        """What `frame` sent last without prediction."""
        self._held: dict[str, object] = {}
        """The latest payload of each input, by name, but for those that `frame` makes."""
        self.toggles = Toggles()
        """Parts of the netcode that can be switched off."""
        self._leaving = False
        """Whether the server was asked to let go."""
        self.left_reason = ""
        """Why it is over, once it is."""
        self.lost_at_s: float | None = None
        """When the connection was lost, on `time.perf_counter`; None as long as it is there."""
        self.resumed = resumed
        """Whether the place was the same before the latest `joined`: told by `on("joined")`."""
        self._begin(joined)
        self.emit("joined", self)

    # What it is.

    @property
    def id(self) -> str:
        """The room's id; another one after a reconnection that found the old room gone."""
        return self._joined.room

    @property
    def game(self) -> str:
        """The game's name."""
        return self._joined.game

    @property
    def handle(self) -> int:
        """The connection's number for this room."""
        return self._joined.handle

    @property
    def schema(self) -> Schema:
        """The tables, as in the protocol's `joined`."""
        return self._joined.schema

    @property
    def tick_rate(self) -> float:
        """Ticks per second."""
        return self._joined.tick_rate

    @property
    def player(self) -> int | None:
        """The own player id; None for a spectator."""
        return self._joined.player

    @property
    def token(self) -> str | None:
        """What the seat is taken back with after a lost connection: a new one each time; None where none is kept."""
        return self._joined.token

    @property
    def spectating(self) -> bool:
        """Whether this is a spectator's place."""
        return self._joined.role == "spectator"

    @property
    def own(self) -> TableRow:
        """The own row as of the newest snapshot: of the predicted table, or of the first with a row per player.

        None for a spectator, before the first snapshot, and as long as the player has no row.
        """
        if self.state is None or self.player is None or self._own_table is None:
            return None
        return self.state.tables[self._own_table].get(self.player)

    @property
    def players(self) -> Mapping[int, RoomPlayer]:
        """Everyone with a seat, by id."""
        return self._roster.players

    @property
    def clock(self) -> ServerClock:
        """The room's clock, as far as this side knows it: `clock.tick(now_s)`."""
        return self._drawing.clock

    @property
    def stats(self) -> NetStats:
        """What the connection is like."""
        return self._drawing.stats

    def name_of(self, player: int) -> str | None:
        """Give the name of somebody who is or was here."""
        return self._roster.names.get(player)

    # What one does.

    @overload
    def input(self, name: str, /, **fields: Any) -> int | None: ...
    @overload
    def input(self, given: msgspec.Struct, /) -> int | None: ...
    def input(self, given: str | msgspec.Struct, /, **fields: Any) -> int | None:
        """Hold an input until the next one: `input("steer", dx=1)`, or the game's own `input(Steer(dx=1))`.

        Gives its number, which `ack` reaches when the server has taken it. None: the connection is down. What is held
        when the same seat is there again is sent then; a new seat begins with nothing held.
        """
        name, payload = wire.name_and_payload(given, fields)
        self._held[name] = payload
        return self._send_input(name, payload)

    @overload
    async def command(self, name: str, /, **fields: Any) -> None: ...
    @overload
    async def command(self, given: msgspec.Struct, /) -> None: ...
    async def command(self, given: str | msgspec.Struct, /, **fields: Any) -> None:
        """Do something once: `await command("play", card=3)`. Done when the game has taken it.

        Raises:
            Refused: by the game or the server.
            ConnectionLost: the connection is or goes down; nobody knows whether the command arrived.
            RoomLeft: the room is over.

        """
        self._check_open()
        seq = self._link.next_seq()
        name, payload = wire.name_and_payload(given, fields)
        with self._commands.future(seq) as answer:
            if not self._send(name, payload, seq=seq):
                raise ConnectionLost("The connection is down.")
            await answer

    def chat(self, text: str) -> None:
        """Say something to everyone in the room.

        Raises:
            ConnectionLost: the connection is down.
            RoomLeft: the room is over.

        """
        self._check_open()
        if not self._send("chat", {"text": text}):
            raise ConnectionLost("The connection is down.")

    async def leave(self) -> None:
        """Leave, and wait until the server has let go, or until the connection is down."""
        if self.status == "left":
            return
        if not self._send("leave"):
            self.end("left")
            return
        self._leaving = True
        with self._ends.future() as gone:
            await gone

    # What one sees.

    async def next_snapshot(self) -> State:
        """Wait for the next snapshot.

        Raises:
            RoomLeft: the room is over.

        """
        self._check_open()
        with self._next_states.future() as state:
            return await state

    def events(self) -> EventStream:
        """Give the room's events from now on: `async for event in room.events()`. Ends when the room is left."""
        stream = EventStream()
        if self.status == "left":
            stream.end()
        else:
            self._streams.add(stream)
        return stream

    def predict(
        self, predict: Predicted, *, tables: Mapping[type[Row], str] | None = None, snap_distance: float | None = None
    ) -> None:
        """Run the own row ahead by the game's own movement, in this and every later seat of this room.

        From then on `frame` makes the inputs, one each tick.

        Args:
            predict: the game's `Predict`.
            tables: which table holds a row class, where that can't be told by its fields.
            snap_distance: corrections beyond it are teleports, not blended; ten times the longest step by default.

        Raises:
            ClientError: the room's tables don't have what is moved.

        """
        self._prediction = predict, tables, snap_distance
        self._begin_prediction()

    def frame(self, now_s: float | None = None, *, held: msgspec.Struct | None = None) -> Frame | None:
        """Give what to draw now, once per drawn frame; None before the first snapshot.

        Delivers the events that are due. With prediction it makes and sends the inputs; else it sends `held` whenever
        that changes.

        Args:
            now_s: on `time.perf_counter`; now, where it is left out.
            held: what the player holds; None: nothing.

        """
        now_s = time.perf_counter() if now_s is None else now_s
        if self._drawing.predictor is None and held is not None and held != self._sent_input:
            self._sent_input = held
            self.input(held)
        return self._drawing.frame(now_s, held)

    # What the client tells it.

    def enter(self, joined: Joined, *, resumed: bool = False) -> None:
        """Take a place again after a lost connection: with `resumed` the same, else another."""
        self.resumed, self.lost_at_s = resumed, None
        # A room that was brought back from a record may have gone back in time.
        if resumed and self.state is not None and joined.tick > self.state.tick and joined.schema == self.schema:
            self._go_on(joined)
        else:
            self._begin(joined)
        if not resumed:
            self._held.clear()
        for name, payload in self._held.items():
            self._send_input(name, payload)
        self.emit("joined", self)

    def _begin(self, joined: Joined) -> None:
        """Begin with nothing known."""
        self._joined = joined
        self.status: RoomStatus = "joined"
        self.state: State | None = None
        """As of the newest snapshot; None before the first."""
        self.ack: int | None = None
        """The highest number of an input or command that the server consumed."""
        self.audience = joined.audience
        """How many people are here, bots not counted: `.players`, `.spectators`."""
        self._roster = Roster(joined.players, self._tell_presence)
        self._reader = SnapshotReader(joined.schema)
        self._builder = StateBuilder(joined.schema)
        self._sent_input = None
        self._own_table = table_of_kind(joined.schema, "per_player")
        self._drawing = Drawing(joined.schema, joined.tick_rate, self.toggles, self._tell_event)
        if self._own_table is not None and joined.player is not None:
            self._drawing.set_own(self._own_table, joined.player)
        try:
            self._begin_prediction()
        except ClientError as error:  # a room of another version of the game, after a reconnection
            log.warning("the own row isn't predicted: %s", error)

    def _go_on(self, joined: Joined) -> None:
        """Go on with all that is known, until the keyframe corrects it."""
        self._joined, self.status = joined, "joined"
        self.ack, self.audience = None, joined.audience
        self._reader = SnapshotReader(joined.schema)
        self._roster.renew(joined.players)
        self._drawing.resume()

    def lose(self) -> None:
        """The connection is down."""
        if self.status == "left":
            return
        if self._leaving:  # the answer won't come, and there is nothing to come back to
            self.end("left")
            return
        self._drawing.lose()
        self.status, self.lost_at_s = "lost", time.perf_counter()
        self._commands.fail(ConnectionLost("The connection went down before the answer came."))
        self.emit("lost", self)

    def end(self, reason: str) -> None:
        """It is over."""
        if self.status == "left":
            return
        self._drawing.release_all()
        self.status, self.left_reason = "left", reason
        self._commands.fail(RoomLeft(reason))
        self._next_states.fail(RoomLeft(reason))
        self._ends.resolve(None)
        for stream in self._streams:
            stream.end()
        self.emit("left", reason)

    def waits_for(self, seq: int) -> bool:
        """Whether a command of this room waits for its answer under this number."""
        return seq in self._commands

    def refuse(self, error: ServerError) -> None:
        """Take in an error: the answer to a command, or else news."""
        if error.seq is not None and error.seq in self._commands:
            self._commands.fail(Refused(error.code, error.message, error.seq), number=error.seq)
        else:
            self.emit("error", error)

    def ping_interval_s(self, now_s: float) -> float:
        """Give how long to wait from this ping to the next."""
        return self._drawing.clock.ping_interval_s(now_s)

    def snapshot(self, snapshot: bytes | msgspec.Raw, now_s: float) -> None:
        """Apply a snapshot, binary or JSON.

        Raises:
            ClientError: it doesn't fit what came before.

        """
        applied = self._reader.read(snapshot)
        state = self.state = self._builder.build(applied.tick, applied.tables)
        self.ack = applied.ack
        self._drawing.stats.received(applied.bytes, now_s)
        self._drawing.snapshot(state, applied, now_s)
        # A refusal goes out before the snapshot that counts its command, so what still waits was taken.
        if applied.ack is not None:
            self._commands.resolve(None, up_to=applied.ack)
        self._roster.settle()
        self._next_states.resolve(state)
        self.emit("snapshot", state)

    def receive(self, message: ServerMessage, size: int, now_s: float) -> None:
        """Take in any other message of this room."""
        self._drawing.stats.received(size, now_s)
        match message:
            case EventMessage():
                self._drawing.event(message, now_s)
            case ChatLine():
                self.emit("chat", message)
            case Audience():
                self.audience = msgspec.convert(message, type(self.audience), from_attributes=True)
                self.emit("audience", self.audience)
            case PlayerJoined() | PlayerLeft() | PlayerAway() | PlayerBack():
                self._roster.receive(message)
            case Pong(t=t, tick=tick) if tick is not None:
                self._drawing.clock.pong(t, tick, now_s)
            case Left(reason=reason):
                self.end(reason)
            case _:
                pass  # of a later version

    # Inside.

    def _begin_prediction(self) -> None:
        if self._prediction is None or self.player is None:
            return
        predict, tables, snap_distance = self._prediction
        twin = Twin(predict, self.schema, tables)
        self._own_table = twin.table
        self._drawing.predict(twin, self.player, self._send_predicted, snap_distance)

    def _send_predicted(self, given: msgspec.Struct) -> int | None:
        return self._send_input(*wire.name_and_payload(given, {}))

    def _send_input(self, name: str, payload: object) -> int | None:
        seq = self._link.next_seq()
        return seq if self._send(name, payload, seq=seq) else None

    def _tell_event(self, event: EventMessage) -> None:
        for stream in self._streams:
            stream.put(event)
        self.emit("event", event)

    def _tell_presence(self, presence: Presence) -> None:
        self.emit("presence", presence)

    def _check_open(self) -> None:
        if self.status == "left":
            raise RoomLeft(self.left_reason)

    def _send(self, kind: str, payload: object = None, *, seq: int | None = None) -> bool:
        return self.status == "joined" and self._link.send(wire.encode(kind, payload, handle=self.handle, seq=seq))
