"""How a server is spoken to: what its clients say, and which of its frames are snapshots. Data alone.

A frame is named by its opcode (`TEXT`, `BINARY`) and the bytes that it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

TEXT, BINARY = 1, 2
"""The opcodes of RFC 6455 that carry messages."""
SEQ = b"{seq}"
"""Where a template of an input has the client's next number."""

Inputs = Sequence[tuple[str, Mapping[str, Any]]]
"""Names of inputs, each with a payload."""


class Reply(msgspec.Struct, frozen=True):
    """What a client answers: each frame that begins so, by this one."""

    opcode: int
    prefix: bytes
    answer_opcode: int
    answer: bytes


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """All that a client has to know of a server."""

    hello: tuple[bytes, ...] = ()
    """Text frames, sent as soon as the upgrade is through."""
    replies: tuple[Reply, ...] = ()
    """The first one that fits a frame answers it."""
    snapshot: tuple[int, bytes]
    """Opcode and prefix of a frame that is a snapshot."""
    input_opcode: int = TEXT
    inputs: tuple[bytes, ...] = ()
    """Templates of an input. `{seq}` becomes the client's next number, in decimal, from 1 on.

    A client keeps to one for 0.3 to 0.6 s before it takes another, as a person holds keys.
    """
    reads: Literal["count", "gameserver"] = "count"
    """Whether snapshots are only counted, or tick and ack are read from them as docs/protocol.md has them.

    With "gameserver" gaps between ticks, and the time from an input to its acknowledgement, can be measured.
    """


MOVERS_INPUTS: Inputs = tuple(("push", {"vx": vx, "vy": vy}) for vx in (-5, -3, -1, 2, 4) for vy in (-4, -2, 1, 3, 5))
"""Speeds for `loadtest.games.Movers`."""

ARENA_INPUTS: Inputs = tuple(
    ("steer", {"dx": dx, "dy": dy, "aim": aim, "fire": True})
    for dx, dy in ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
    for aim in (0, 40, 85, 128, 170, 213)
)
"""Ways to steer in the arena: always running, the trigger always held."""


def gameserver_dialect(game: str, inputs: Inputs = (), *, role: Literal["player", "spectator"] = "player") -> Dialect:
    """Speak to this project's own server: quick match into a game, or watch it."""
    hello = {"type": "join" if role == "player" else "spectate", "payload": {"game": game}}
    return Dialect(
        hello=(msgspec.json.encode(hello),),
        snapshot=(BINARY, b""),
        inputs=tuple(_input(name, payload) for name, payload in inputs),
        reads="gameserver",
    )


def _input(name: str, payload: Mapping[str, Any]) -> bytes:
    head = msgspec.json.encode({"type": name})
    return head[:-1] + b',"seq":' + SEQ + b',"payload":' + msgspec.json.encode(payload) + b"}"
