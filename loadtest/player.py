"""One simulated player: a connection, a seat, and the times that he measures.

It knows nothing of locust. Times are taken with `perf_counter` when this process gets to run: after a frame has
arrived and gevent has come round to the player it is for. So they hold the server, the network, *and* this process's
own lateness, which grows with the number of players in it.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Literal

import gevent
import msgspec
from gevent.event import Event
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException

from gameserver.errors import SnapshotError
from gameserver.protocol.messages import Error, Joined, Left
from gameserver.protocol.replica import Replica

PATIENCE_S = 10.0
"""A server that says nothing for this long, or takes longer to give a seat, has failed."""
GOODBYE_S = 2.0
"""How long a player who leaves waits for the server's answer, and then once more for it to close."""

Measure = Literal["join", "snapshot interval", "command to ack"]
Measured = Callable[[Measure, float, int], None]
"""Takes a measure, its milliseconds, and the bytes received since the last one."""
Failed = Callable[[str, str], None]
"""Takes what failed (`connect`, `join`, `snapshot`, `error message`, `close`, `leave`) and why."""


class Incoming(msgspec.Struct, frozen=True):
    """The outside of what a server sends."""

    type: str
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    handle: int | None = None


class Player:
    """Plays in one room at a time; its reader runs in a greenlet of its own from `connect` to the end."""

    def __init__(self, host: str, game: str, name: str, *, measured: Measured, failed: Failed) -> None:
        self._url = "ws" + host.removeprefix("http").rstrip("/") + "/ws"
        self._game = game
        self._name = name
        self._measured = measured
        self._failed = failed
        self._ws: WebSocket | None = None
        self._reader: gevent.Greenlet | None = None
        self._leaving = False
        self._seq = 0
        self._bytes = 0
        """Received since the last measure that was given them."""
        self._unacknowledged: deque[tuple[int, float]] = deque()
        """Inputs on their way: seq, and when it was sent; oldest first."""
        # Per seat, from `joined` on:
        self._handle: int | None = None
        self._replica: Replica | None = None
        self._asked_at: float | None = None
        """When `join` was sent; None once it is answered."""
        self._snapshot_at: float | None = None
        self._seated = Event()
        self._gone = Event()

    @property
    def connected(self) -> bool:
        """Whether the connection is up, as far as this side knows."""
        return self._ws is not None

    @property
    def seated(self) -> bool:
        """Whether there is a seat, with its keyframe."""
        seated: bool = self._seated.is_set()
        return seated

    def connect(self) -> None:
        """Open the connection; on failure it is reported, and there is none."""
        # UTF-8 is checked by the JSON decoder; doing it here, in Python, too would only make the generator late.
        ws = WebSocket(skip_utf8_validation=True)
        ws.settimeout(PATIENCE_S)
        try:
            ws.connect(self._url, http_no_proxy=["*"], suppress_origin=True)
        except (WebSocketException, OSError) as error:
            ws.shutdown()
            self._failed("connect", _words(error))
            return
        self._ws = ws
        self._reader = gevent.spawn(self._read, ws)

    def join(self) -> None:
        """Quick match, and wait for the seat's keyframe."""
        self._seated.clear()
        self._asked_at = perf_counter()
        self._send("join", {"game": self._game, "name": self._name})
        if not self._seated.wait(PATIENCE_S) and self.connected:
            self._lost("join", f"no keyframe within {PATIENCE_S:g} s")

    def send_input(self, name: str, payload: Mapping[str, Any]) -> None:
        """Send an input with the next `seq`; its time runs until a snapshot acknowledges it."""
        self._seq += 1
        self._unacknowledged.append((self._seq, perf_counter()))
        self._send(name, payload, seq=self._seq)

    def leave(self) -> None:
        """Leave the room, close the connection, and wait for both to be answered."""
        ws, self._leaving = self._ws, True
        if ws is None or self._reader is None:
            return
        if self.seated:
            self._send("leave", {})
            if not self._gone.wait(GOODBYE_S):
                self._failed("leave", f"no answer within {GOODBYE_S:g} s")
        with contextlib.suppress(WebSocketException, OSError):
            ws.send_close()
        self._reader.join(GOODBYE_S)
        self._reader.kill()
        ws.shutdown()
        self._ws = None

    def _send(self, kind: str, payload: Mapping[str, Any], *, seq: int | None = None) -> None:
        if self._ws is None:
            return
        message: dict[str, Any] = {"type": kind, "payload": payload}
        if seq is not None:
            message["seq"] = seq
        try:
            self._ws.send(json.dumps(message))
        except (WebSocketException, OSError) as error:
            self._lost("close", f"sending failed: {_words(error)}")

    def _lost(self, what: str, why: str) -> None:
        """Report a failure that ends the connection, and end it; nothing where it has ended already, or was to."""
        ws, self._ws = self._ws, None
        self._unseat()
        if ws is None or self._leaving:
            return
        self._failed(what, why)
        ws.shutdown()

    # The reader's side.

    def _read(self, ws: WebSocket) -> None:
        """Take frames until the connection ends, in whatever way."""
        try:
            while ws is self._ws:
                opcode, frame = ws.recv_data_frame()
                arrived_at = perf_counter()
                if opcode == ABNF.OPCODE_CLOSE:
                    self._lost("close", _close_reason(frame.data))
                    return
                self._bytes += len(frame.data)
                if opcode == ABNF.OPCODE_BINARY:
                    self._take_snapshot(frame.data, arrived_at)
                else:
                    self._receive(frame.data, arrived_at)
        except WebSocketTimeoutException:
            self._lost("close", f"the server said nothing for {PATIENCE_S:g} s")
        except (WebSocketException, OSError) as error:
            self._lost("close", f"the connection broke: {_words(error)}")
        except SnapshotError as error:
            self._lost("snapshot", str(error))
        except msgspec.MsgspecError as error:
            self._lost("close", f"a message that isn't one of the protocol's: {error}")

    def _receive(self, frame: bytes, arrived_at: float) -> None:
        message = msgspec.json.decode(frame, type=Incoming)
        match message.type:
            case "joined":
                joined = msgspec.json.decode(message.payload, type=Joined)
                self._handle, self._replica = joined.handle, Replica(joined.schema)
                self._snapshot_at = None
                self._unacknowledged.clear()
            case "left":
                self._take_left(msgspec.json.decode(message.payload, type=Left).reason)
            case "error":
                self._take_error(msgspec.json.decode(message.payload, type=Error))
            case _:  # players, audience, events, chat: their bytes count
                pass

    def _take_snapshot(self, frame: bytes, arrived_at: float) -> None:
        if self._replica is None:
            raise SnapshotError("a snapshot for a player without a seat")
        handle = self._replica.apply_frame(frame)
        if handle != self._handle:
            raise SnapshotError(f"a snapshot of handle {handle}, but this player's is {self._handle}")
        if self._asked_at is not None:
            self._measure("join", self._asked_at, arrived_at)
            self._asked_at = None
            self._gone.clear()
            self._seated.set()
        elif self._snapshot_at is not None:
            self._measure("snapshot interval", self._snapshot_at, arrived_at)
        self._snapshot_at = arrived_at
        ack = self._replica.ack
        while ack is not None and self._unacknowledged and self._unacknowledged[0][0] <= ack:
            self._measure("command to ack", self._unacknowledged.popleft()[1], arrived_at)

    def _take_left(self, reason: str) -> None:
        self._unseat()
        # A game may come to its end, and the player then looks for the next one.
        if not self._leaving and reason != "ended":
            self._failed("leave", f"put out of the room: {reason}")

    def _take_error(self, error: Error) -> None:
        # An input may cross the end of its room on the wire.
        if error.code == "not_joined" and not self.seated:
            return
        self._failed("error message", f"{error.code}: {error.message}")
        if self._asked_at is not None:
            self._lost("join", f"refused with {error.code}")

    def _measure(self, measure: Measure, since: float, now: float) -> None:
        received, self._bytes = self._bytes, 0
        self._measured(measure, (now - since) * 1000, received)

    def _unseat(self) -> None:
        self._handle = self._replica = self._snapshot_at = None
        self._seated.clear()
        self._unacknowledged.clear()
        self._gone.set()


def _close_reason(data: bytes) -> str:
    """Put a close frame into words: its code, and its reason where it gives one."""
    if len(data) < 2:
        return "closed by the server without a code"
    reason = data[2:].decode(errors="replace")
    return f"closed by the server with {int.from_bytes(data[:2])}" + (f" ({reason})" if reason else "")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
