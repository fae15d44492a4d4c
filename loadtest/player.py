"""One simulated client: a connection, a seat or a place to watch from, and the times that it measures.

It knows nothing of locust. Times are taken with `perf_counter` when this process gets to run: after a frame has
arrived and gevent has come round to the client it is for. So they hold the server, the network, *and* this process's
own lateness, which grows with the number of clients in it.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Literal
from uuid import uuid4

import gevent
import msgspec
from gevent.event import Event
from websocket import WebSocketException

from gameserver.errors import SnapshotError
from gameserver.protocol.messages import ChatLine, Error, Joined, Left
from gameserver.protocol.replica import Replica
from loadtest.heads import Heads
from loadtest.link import Link
from loadtest.steering import room_lives

PATIENCE_S = 10.0
"""A server that says nothing for this long, or takes longer to give a seat, has failed."""
GOODBYE_S = 2.0
"""How long a client that leaves waits for the server's answer, and then once more for it to close."""
TRIES, RACE_PAUSE_S = 5, 0.2
"""How often a client asks for a seat when others take the last one before it, and how long it waits in between."""
PROTOCOL_CODES = frozenset({
    "bad_json", "bad_message", "unknown_type", "bad_payload", "no_binary", "not_joined", "which_room", "spectator",
    "unknown_game", "unknown_room", "room_full", "already_joined", "bad_name", "bad_token", "rate_limited",
})  # fmt: skip
"""The errors of `docs/protocol.md`; any other code is a game's own, which refused a command."""

Entry = Literal["join", "spectate", "resume"]
Measured = Callable[[str, float, int], None]
"""Takes a measure, its milliseconds, and the bytes that came with it."""
Failed = Callable[[str, str], None]
"""Takes what failed (`connect`, `join`, `snapshot`, `error message`, `close`, ...) and why."""
Noted = Callable[[str], None]
"""Takes what happened that is no failure."""


class Incoming(msgspec.Struct, frozen=True):
    """The outside of what a server sends."""

    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    handle: int | None = None


class Player:
    """Plays, or watches, in one room at a time; what arrives is read in a greenlet of its own."""

    def __init__(
        self,
        host: str,
        game: str,
        name: str,
        *,
        watches: bool = False,
        reads_tables: bool = True,
        measured: Measured,
        failed: Failed,
        noted: Noted,
    ) -> None:
        """Prepare; nothing is connected. Without `reads_tables`, snapshots are checked but for their tables."""
        self._host = host.rstrip("/")
        self._game = game
        self._name = name
        self._watches = watches
        self._reads_tables = reads_tables
        self._measured = measured
        self._failed = failed
        self._noted = noted
        self._link: Link | None = None
        self._leaving = False
        self._seq = 0
        self._bytes = 0
        """Received since the last measure that was given them."""
        self._token: str | None = None
        """What to resume with; None where there is no seat to come back to."""
        self._lines = itertools.count(1)
        self._voice = uuid4().hex[:8]
        """Makes this client's chat lines unlike any other's."""
        # Of the answer that `enter` waits for:
        self._entry: Entry = "join"
        self._asked_at: float | None = None
        """When it was asked for; None once it is there."""
        self._refusal: Error | None = None
        self._answered = Event()
        # Per room, from `joined` on:
        self._joined: Joined | None = None
        self._view: Replica | Heads = Heads()
        self._snapshot_at: float | None = None
        self._unacknowledged: deque[tuple[int, float]] = deque()
        """Inputs and commands on their way: seq, and when it was sent; oldest first."""
        self._unheard: dict[str, float] = {}
        """Chat lines on their way, and when they were said."""
        self._seated = False
        self._gone = Event()

    @property
    def connected(self) -> bool:
        """Whether the connection is up, as far as this side knows."""
        return self._link is not None

    @property
    def seated(self) -> bool:
        """Whether there is a seat, or a place to watch from, with its keyframe."""
        return self._seated

    def connect(self) -> None:
        """Open the connection; on failure it is reported, and there is none."""
        link = Link("ws" + self._host.removeprefix("http") + "/ws", patience_s=PATIENCE_S)
        try:
            link.open()
        except (WebSocketException, OSError) as error:
            self._failed("connect", str(error) or type(error).__name__)
            return
        self._link = link
        link.listen(self._take_frame, lambda why: self._lost("close", why))

    def enter(self) -> None:
        """Resume the seat that was lost, or quick match one, or a room to watch; wait for its keyframe.

        Between the match and the step that seats, another may take the last seat, or the room may end. A quick match
        then finds another room, so it asks again, as a person would.
        """
        for _ in range(TRIES):
            self._ask()
            if not self._answered.wait(PATIENCE_S) and self.connected:
                self._lost(self._entry, f"no keyframe within {PATIENCE_S:g} s")
            if self.seated or not self.connected:
                return
            if self._refusal is not None and not self._may_ask_again(self._refusal):
                self._lost(self._entry, f"refused with {self._refusal.code}: {self._refusal.message}")
                return
            gevent.sleep(RACE_PAUSE_S)
        self._lost(self._entry, f"no seat in {TRIES} tries")

    def act(self, name: str, payload: Mapping[str, Any]) -> None:
        """Send an input or command with the next `seq`; its time runs until a snapshot acknowledges it."""
        self._seq += 1
        self._unacknowledged.append((self._seq, perf_counter()))
        self._send(name, payload, seq=self._seq)

    def say(self) -> None:
        """Say something in the chat; its time runs until it is heard."""
        if any(perf_counter() - said_at > PATIENCE_S for said_at in self._unheard.values()):
            self._unheard.clear()
            self._failed("chat", f"not heard within {PATIENCE_S:g} s")
        text = f"line {next(self._lines)} of {self._voice}"
        self._unheard[text] = perf_counter()
        self._send("chat", {"text": text})

    def drop(self) -> None:
        """Cut the connection as a broken network does, without a goodbye; `connect` and `enter` bring it back."""
        link, self._link = self._link, None
        self._unseat()
        if link is not None:
            link.cut()
            self._noted("drops")

    def leave(self) -> None:
        """Leave the room, close the connection, and wait for both to be answered."""
        link, self._leaving = self._link, True
        if link is None:
            return
        if self.seated:
            self._send("leave", {})
            if not self._gone.wait(GOODBYE_S):
                self._failed("leave", f"no answer within {GOODBYE_S:g} s")
        link.close(GOODBYE_S)
        self._link = None

    def _ask(self) -> None:
        payload: dict[str, Any] = {"game": self._game}
        if self._watches:
            self._entry = "spectate"
        elif self._token is not None:
            self._entry, payload = "resume", {"token": self._token}
        else:
            self._entry, payload["name"] = "join", self._name
        self._refusal = None
        self._answered.clear()
        self._seq += 1  # by which an error says that it answers this
        self._asked_at = perf_counter()
        self._send(self._entry, payload, seq=self._seq)

    def _may_ask_again(self, refusal: Error) -> bool:
        if refusal.code == "room_full" and self._entry != "resume":
            self._noted("races for a place")
            return True
        # A seat that the server forgot is a failure; one whose game was over meanwhile isn't.
        if refusal.code == "bad_token" and self._joined is not None and not room_lives(self._host, self._joined.room):
            self._token = None
            self._noted("games that were over meanwhile")
            return True
        return False

    def _send(self, kind: str, payload: Mapping[str, Any], *, seq: int | None = None) -> None:
        if self._link is None:
            return
        message: dict[str, Any] = {"type": kind, "payload": payload}
        if seq is not None:
            message["seq"] = seq
        try:
            self._link.send(msgspec.json.encode(message).decode())
        except (WebSocketException, OSError) as error:
            self._lost("close", f"sending failed: {str(error) or type(error).__name__}")

    def _lost(self, what: str, why: str) -> None:
        """Report a failure that ends the connection, and end it; nothing where it has ended already, or was to."""
        link, self._link = self._link, None
        self._unseat()
        self._token = None
        if link is None or self._leaving:
            return
        self._failed(what, why)
        link.abandon()

    # The reader's side.

    def _take_frame(self, frame: bytes, binary: bool) -> None:
        arrived_at = perf_counter()
        self._bytes += len(frame)
        try:
            if binary:
                self._take_snapshot(frame, arrived_at)
            else:
                self._receive(frame, arrived_at)
        except SnapshotError as error:
            self._lost("snapshot", str(error))
        except msgspec.MsgspecError as error:
            self._lost("close", f"a message that isn't one of the protocol's: {error}")

    def _receive(self, frame: bytes, arrived_at: float) -> None:
        message = msgspec.json.decode(frame, type=Incoming)
        match message.type:
            case "joined":
                self._take_joined(msgspec.json.decode(message.payload, type=Joined))
            case "left":
                self._take_left(msgspec.json.decode(message.payload, type=Left).reason)
            case "error":
                self._take_error(msgspec.json.decode(message.payload, type=Error))
            case "chat":
                said_at = self._unheard.pop(msgspec.json.decode(message.payload, type=ChatLine).text, None)
                if said_at is not None:
                    self._measured("chat round trip", (arrived_at - said_at) * 1000, 0)
            case _:  # players, audience, events: their bytes count
                pass

    def _take_joined(self, joined: Joined) -> None:
        self._joined, self._token = joined, joined.token
        self._view = Replica(joined.schema) if self._reads_tables else Heads()
        self._snapshot_at = None
        self._unacknowledged.clear()

    def _take_snapshot(self, frame: bytes, arrived_at: float) -> None:
        if self._joined is None:
            raise SnapshotError("a snapshot for a client that is in no room")
        before = self._view.tick
        handle = self._view.apply_frame(frame)
        if handle != self._joined.handle:
            raise SnapshotError(f"a snapshot of handle {handle}, but this client's is {self._joined.handle}")
        if self._asked_at is not None:
            self._measure(self._entry, self._asked_at, arrived_at)
            self._asked_at = None
            self._gone.clear()
            self._seated = True
            self._answered.set()
        elif self._snapshot_at is not None and before is not None and self._view.tick is not None:
            interval_ms = self._measure("snapshot interval", self._snapshot_at, arrived_at)
            # The interarrival jitter of RFC 3550 (section 6.4.1), before it is smoothed.
            spans_ms = (self._view.tick - before) * 1000 / self._joined.tick_rate
            self._measured("snapshot jitter", abs(interval_ms - spans_ms), 0)
        self._snapshot_at = arrived_at
        ack = self._view.ack
        while ack is not None and self._unacknowledged and self._unacknowledged[0][0] <= ack:
            self._measured("command to ack", (arrived_at - self._unacknowledged.popleft()[1]) * 1000, 0)

    def _take_left(self, reason: str) -> None:
        self._unseat()
        self._token = None
        # A game may come to its end, and the client then looks for the next one.
        if not self._leaving and reason != "ended":
            self._failed("leave", f"put out of the room: {reason}")

    def _take_error(self, error: Error) -> None:
        if self._asked_at is not None and error.seq == self._seq:
            self._refusal = error
            self._answered.set()
        elif error.code not in PROTOCOL_CODES:
            self._noted("commands that the game refused")
        # An input may cross the end of its room on the wire.
        elif error.code != "not_joined" or self.seated:
            self._failed("error message", f"{error.code}: {error.message}")

    def _measure(self, measure: str, since: float, now: float) -> float:
        """Report a time, and all bytes since the one before; gives its milliseconds."""
        received, self._bytes = self._bytes, 0
        time_ms = (now - since) * 1000
        self._measured(measure, time_ms, received)
        return time_ms

    def _unseat(self) -> None:
        self._seated = False
        self._snapshot_at = self._asked_at = None
        self._unacknowledged.clear()
        self._unheard.clear()
        self._gone.set()
        self._answered.set()
