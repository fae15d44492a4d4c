"""Messages to throw at a server: what `/api/games` says that it takes, mostly with something wrong."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec

from loadtest.fuzz_values import TEXTS, Schema, anything, dumps, spoilt, spoilt_text, valid
from loadtest.lean import BINARY, PING, PONG, TEXT, frame

MAX_BYTES = 4096
"""What the server takes; more would close the connection, which is for `fuzz_frames` to try."""
AS_IT_IS, SPOILT, TWISTED = 0.3, 0.45, 0.15
"""Shares of messages that fit, with something wrong in them, and damaged as text; the rest are other frames."""

_name: Schema = {"type": "string"}


def _object(required: Sequence[str] = (), **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


OWN: dict[str, Schema] = {
    "join": _object(game=_name, room=_name, code=_name, name=_name, options={"type": "object"}),
    "spectate": _object(room=_name, game=_name),
    "resume": _object(["token"], token=_name),
    "leave": _object(),
    "chat": _object(["text"], text={"type": "string", "maxLength": 200}),
    "ping": _object(t={"type": "number"}),
}
"""The messages that every game has; `/api/games` lists only the games' own."""


class GameMessages(msgspec.Struct, frozen=True):
    """What a game says of itself, as far as a fuzzer needs it."""

    name: str
    inputs: dict[str, Any]
    commands: dict[str, Any]
    options: dict[str, Any]

    @property
    def playable(self) -> dict[str, Any]:
        """Inputs and commands by name."""
        return self.inputs | self.commands


class Known(msgspec.Struct):
    """What one connection has learnt, and may use against the server."""

    handles: list[int] = []
    rooms: list[str] = []
    tokens: list[str] = []
    seq: int = 0

    def learn(self, kind: str, value: Any) -> None:
        """Keep the last few."""
        kept: list[Any] = getattr(self, kind)
        kept.append(value)
        del kept[:-4]


class Messages:
    """Makes inputs, one frame or several that are one message, from a random stream."""

    def __init__(self, games: Sequence[GameMessages]) -> None:
        self.games = games

    def joining(self, random: Random) -> bytes:
        """Make a message that should be let in."""
        game = random.choice(self.games)
        if random.random() < 0.15:
            return _text({"type": "spectate", "payload": {"game": game.name}}, random)
        payload: dict[str, Any] = {"game": game.name, "name": "Fuzz"}
        if random.random() < 0.2:
            payload["options"] = valid(game.options, random)
        return _text({"type": "join", "payload": payload}, random)

    def any(self, random: Random, known: Known) -> bytes:
        """Make an input that must not close its connection."""
        way = random.random()
        if way < AS_IT_IS:
            return _fragmented(dumps(self._message(random, known), random), random)
        if way < AS_IT_IS + SPOILT:
            return _fragmented(dumps(_spoilt_envelope(self._message(random, known), random), random), random)
        if way < AS_IT_IS + SPOILT + TWISTED:
            return _fragmented(spoilt_text(dumps(self._message(random, known), random), random), random)
        opcode = random.choice((BINARY, PING, PONG))
        return frame(opcode, random.randbytes(random.choice((0, 1, 10, 125))))

    def _message(self, random: Random, known: Known) -> dict[str, Any]:
        """Make a message that fits; whether it makes sense is another matter."""
        message: dict[str, Any] = {}
        if random.random() < 0.3:
            kind = random.choice([*OWN])
            # Who leaves at once has nothing to try the games' own messages on.
            kind = "chat" if kind == "leave" and random.random() < 0.9 else kind
            payload = self._payload(kind, random, known)
        else:
            playable = random.choice(self.games).playable
            kind = random.choice([*playable] or ["ping"])
            payload = valid(playable[kind], random) if kind in playable else {}
        message = {"type": kind, "payload": payload}
        if random.random() < 0.7:
            known.seq += random.choice((1, 1, 1, 2, 50))
            message["seq"] = known.seq
        if known.handles and random.random() < 0.5:
            message["handle"] = random.choice(known.handles)
        return message

    def _payload(self, kind: str, random: Random, known: Known) -> Any:
        payload = valid(OWN[kind], random)
        if "room" in payload and known.rooms and random.random() < 0.7:
            payload["room"] = random.choice(known.rooms)
        if "token" in payload and known.tokens and random.random() < 0.8:
            payload["token"] = _forged(random.choice(known.tokens), random)
        if "game" in payload and random.random() < 0.8:
            game = random.choice(self.games)
            payload["game"] = game.name
            if "options" in payload:
                payload["options"] = valid(game.options, random)
        return payload


def _forged(token: str, random: Random) -> str:
    """Give a token as it is, or with a character changed, cut, or added."""
    at = random.randrange(len(token) + 1)
    return random.choice((token, token[:at], token[:at] + "A" + token[at + 1 :], token + "=", token[::-1]))


def _spoilt_envelope(message: dict[str, Any], random: Random) -> Any:
    way = random.randrange(10)
    if way == 0:
        return spoilt(message, random)
    if way == 1:
        return [message]
    names = {2: "seq", 3: "handle", 4: "type", 5: random.choice(TEXTS)}
    if way in names:
        return message | {names[way]: random.choice((anything(random), *_TYPES)) if way == 4 else anything(random)}
    return message | {"payload": spoilt(message["payload"], random)}


_TYPES = ("snapshot", "joined", "closing", "__init__", "x" * 80)


def _text(message: Any, random: Random) -> bytes:
    return frame(TEXT, dumps(message, random).encode())


def _fragmented(text: str, random: Random) -> bytes:
    """Put a text into one frame, or into several with control frames between them."""
    data = text.encode()[:MAX_BYTES].decode(errors="ignore").encode()
    if random.random() < 0.9:
        return frame(TEXT, data)
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.randint(1, 4)))
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    frames = []
    for number, part in enumerate(parts):
        frames.append(frame(0 if number else TEXT, part, first=0x80 if number == len(parts) - 1 else 0))
        if number < len(parts) - 1 and random.random() < 0.3:
            frames.append(frame(random.choice((PING, PONG)), b"between"))
    return b"".join(frames)
