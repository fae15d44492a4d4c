"""A small world that changes at random, and what its clients must see of it."""

from __future__ import annotations

from random import Random
from typing import Annotated, Any

import msgspec

from gameserver import F32, F64, I8, I16, U8, U16, Meta, Row, Tick
from gameserver.protocol.binary import BinarySnapshots
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.replica import Replica
from gameserver.protocol.rows import Owners
from gameserver.protocol.snapshot import SnapshotFormat, Snapshots, State
from gameserver.protocol.tables import One, PerPlayer, Secret, Table
from tests.frames import Opcode, payload_in

JSON, BINARY = JsonSnapshots(), BinarySnapshots()
HISTORY = 64


class Thing(Row):
    """A row that comes and goes."""

    x: U16 = 0
    heat: F64 = 0.0
    name: str = ""
    data: bytes = b""


class Body(Row):
    """A player's."""

    x: Annotated[int, Meta(ge=-1000, le=3000)] = 0
    it: bool = False
    vx: I8 = 0
    seen: Tick = 0
    warm: F32 = 0.0
    vy: I16 = 0  # a speed without a place


class Hand(Row):
    """What only its owner may see."""

    cards: str = ""
    count: U8 = 0


class World:
    """Tables that change, and the snapshots of them."""

    def __init__(self, history_size: int = HISTORY) -> None:
        owners: Owners = {}
        self.players: dict[int, None] = {}
        self.things = Table("things", Thing, owners)
        self.bodies = PerPlayer("bodies", Body, owners, self.players)
        self.hands = Secret("hands", Hand, owners, self.players)
        self.turn = One("turn", Body, owners)
        self.tables: dict[str, Table[Any]] = {
            table.name: table for table in (self.things, self.bodies, self.hands, self.turn)
        }
        self.schema = {name: table.schema() for name, table in self.tables.items()}
        self.snapshots = Snapshots(history_size)
        self.tick = 0
        self.turn.put(Body())

    def take(self) -> State:
        """Capture the next tick; bodies move on."""
        self.tick += 1
        for body in self.bodies.values():
            body.x += body.vx
        return self.snapshots.take(self.tick, self.tables)

    def frame(
        self, base: int | None, player: int | None = None, ack: int | None = None, fmt: SnapshotFormat = JSON
    ) -> bytes:
        """Give a snapshot, out of the WebSocket frame that it is sent in."""
        return message(self.snapshots, base, fmt, handle=7, player=player, ack=ack)

    def catch_up(self, replica: Replica, player: int | None, fmt: SnapshotFormat) -> bytes:
        """Send a replica what it lacks; gives the frame."""
        frame = self.frame(replica.tick, player, fmt=fmt)
        apply(replica, frame, fmt)
        return frame

    def visible(self, player: int | None) -> dict[str, dict[int, tuple[Any, ...]]]:
        """Give what a replica of this player must hold, from the tables themselves."""
        seen = {}
        for name, table in self.tables.items():
            rows = {i: row for i, row in table.items() if table.kind != "secret" or i == player}
            seen[name] = {i: msgspec.structs.astuple(row) for i, row in rows.items()}
        return seen

    def change(self, random: Random) -> None:
        """Do something to some table."""
        player, number = random.randrange(1, 4), random.randrange(200)
        match random.randrange(10):
            case 0 | 1:
                self.things.add(Thing(x=number, heat=number / 7, name='é"\\\n\u2028', data=b"\x00\xff"))
            case 2 if self.things:
                del self.things[random.choice(list(self.things))]
            case 3 if self.things:
                thing = self.things[random.choice(list(self.things))]
                thing.x, thing.name = number, str(number)
            case 4:
                self.players[player] = None
                self.bodies[player] = Body(x=number, vx=player - 2, seen=self.tick + number, warm=number / 8)
                self.hands[player] = Hand(cards=secret(player, number), count=number)
            case 5 if player in self.bodies:
                body = self.bodies[player]
                body.it, body.seen, body.warm = not body.it, max(0, self.tick - number), -body.warm
            case 6 if player in self.hands:
                self.hands[player].cards = secret(player, number)
            case 7:
                self.bodies.pop(player, None)
            case 8:
                self.hands.pop(player, None)
            case 9:
                self.turn.put(Body(x=number))
            case _:
                pass


def message(
    snapshots: Snapshots,
    base: int | None,
    fmt: SnapshotFormat = BINARY,
    *,
    handle: int = 1,
    player: int | None = None,
    ack: int | None = None,
    margin: int | None = None,
) -> bytes:
    """Give one client's snapshot, out of the WebSocket frame that it is sent in."""
    framed = snapshots.frames(base, fmt).message(handle, player, ack, margin)
    return payload_in(framed, Opcode.TEXT if fmt.text else Opcode.BINARY)


def secret(player: int, number: int) -> str:
    """Give text that can be found in no frame by chance."""
    return f"<hidden of {player}: {number}>"


def apply(replica: Replica, frame: bytes, fmt: SnapshotFormat) -> None:
    """Apply a frame of either format."""
    if fmt.text:
        replica.apply_json(payload_of(frame))
    else:
        assert replica.apply_frame(frame) == 7


def payload_of(frame: bytes) -> bytes:
    """Take the payload out of a frame, checking its envelope."""
    envelope = msgspec.json.decode(frame, type=dict[str, msgspec.Raw])
    assert set(envelope) == {"type", "handle", "payload"}
    assert bytes(envelope["type"]) == b'"snapshot"'
    return bytes(envelope["payload"])
