"""What a simulated player can do in a game, read from what the server says of its games (`GET /api/games`)."""

from __future__ import annotations

import random
import urllib.request
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from loadtest.fuzz_values import valid

T = TypeVar("T")

FETCH_TIMEOUT_S = 5.0
COMMANDS = 0.2
"""Share of commands in what a player does, where a game has inputs too: keys are pressed more often than cards laid."""
TRIES = 8


class Game(msgspec.Struct, frozen=True):
    """A game's entry in `/api/games`, as far as a load test reads it."""

    name: str
    title: str
    tick_rate: float
    inputs: dict[str, dict[str, Any]]
    """The JSON Schema of each input, by its name on the wire."""
    commands: dict[str, dict[str, Any]] = {}
    """The same of each command."""


class _Room(msgspec.Struct, frozen=True):
    id: str


class NoGame(Exception):
    """The server can't be asked for its games, or doesn't serve the one that was asked for."""


def fetch_game(host: str, name: str) -> Game:
    """Ask a server (`http://address:port`) for one of its games.

    Raises:
        NoGame: in one sentence, why it can't be had.

    """
    games = _ask(host, "/api/games", list[Game])
    for game in games:
        if game.name == name:
            return game
    raise NoGame(f"No game {name!r} is served at {host}, but {', '.join(game.name for game in games)}.")


def room_lives(host: str, room: str) -> bool:
    """Ask a server whether one of its rooms is still there; where it doesn't say, it is."""
    try:
        return any(one.id == room for one in _ask(host, "/api/rooms", list[_Room]))
    except NoGame:
        return True


def _ask(host: str, path: str, kind: type[T]) -> T:
    try:
        # A proxy in the environment is not meant for the server that is being tested.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{host}{path}", timeout=FETCH_TIMEOUT_S) as response:
            return msgspec.json.decode(response.read(), type=kind)
    except OSError as error:
        raise NoGame(f"No game server answers at {host}: {getattr(error, 'reason', error)}.") from error
    except ValueError as error:
        raise NoGame(f"What {host} answers isn't what a game server does: {error}.") from error


class Steering:
    """A player's hands: changes of what he holds, and commands, drawn from the schemas of a game."""

    def __init__(self, game: Game, *, seed: int) -> None:
        self._random = random.Random(seed)
        self._inputs = {name: schema for name, schema in game.inputs.items() if _fillable(schema)}
        self._commands = {name: schema for name, schema in game.commands.items() if _fillable(schema)}
        self._held: dict[str, dict[str, Any]] = {}

    @property
    def possible(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._inputs or self._commands)

    def change(self) -> tuple[str, dict[str, Any]] | None:
        """Press, turn, release or play something: gives its name and payload, or None where there is nothing to do."""
        if self._commands and (not self._inputs or self._random.random() < COMMANDS):
            name = self._random.choice(list(self._commands))
            return name, valid(self._commands[name], self._random)
        if self._inputs:
            name = self._random.choice(list(self._inputs))
            return name, self._hold(name)
        return None

    def _hold(self, name: str) -> dict[str, Any]:
        """Draw an input that differs from the one before, unless there is but one value to draw."""
        before = self._held.get(name)
        for _ in range(TRIES):
            self._held[name] = self._draw(self._inputs[name])
            if self._held[name] != before:
                break
        return self._held[name]

    def _draw(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {field: self._value(kind, schema) for field, kind in schema.get("properties", {}).items()}

    def _value(self, kind: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
        # A key is pressed or it isn't; half of an axis is for sticks.
        if kind.get("format") == "axis":
            return self._random.choice((-1, 0, 1))
        return valid(kind, self._random, schema)


def _fillable(schema: Any) -> bool:
    """Whether values can be drawn that surely fit: all but those that must meet a regular expression."""
    if isinstance(schema, Mapping):
        pattern = isinstance(schema.get("pattern"), str)
        return not pattern and all(_fillable(part) for part in schema.values())
    return not isinstance(schema, list) or all(_fillable(part) for part in schema)
