"""What a simulated player can steer, read from what the server says of its games (`GET /api/games`)."""

from __future__ import annotations

import random
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

FETCH_TIMEOUT_S = 5.0


class Game(msgspec.Struct, frozen=True):
    """A game's entry in `/api/games`, as far as a load test reads it."""

    name: str
    title: str
    tick_rate: float
    inputs: dict[str, dict[str, Any]]
    """The JSON Schema of each input, by its name on the wire."""


class NoGame(Exception):
    """The server can't be asked for its games, or doesn't serve the one that was asked for."""


def fetch_game(host: str, name: str) -> Game:
    """Ask a server (`http://address:port`) for one of its games.

    Raises:
        NoGame: in one sentence, why it can't be had.

    """
    try:
        # A proxy in the environment is not meant for the server that is being tested.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{host}/api/games", timeout=FETCH_TIMEOUT_S) as response:
            games = msgspec.json.decode(response.read(), type=list[Game])
    except OSError as error:
        raise NoGame(f"No game server answers at {host}: {getattr(error, 'reason', error)}.") from error
    except ValueError as error:
        raise NoGame(f"What {host} answers isn't a list of games: {error}.") from error
    for game in games:
        if game.name == name:
            return game
    raise NoGame(f"No game {name!r} is served at {host}, but {', '.join(game.name for game in games)}.")


class Steering:
    """Changes of a player's held keys: the `Axis` fields of a game's inputs, everything else at its default."""

    def __init__(self, inputs: Mapping[str, Mapping[str, Any]], *, seed: int) -> None:
        self._random = random.Random(seed)
        self._axes = {name: axes for name, schema in inputs.items() if (axes := _axes(schema))}
        self._held = {name: dict.fromkeys(axes, 0) for name, axes in self._axes.items()}

    @property
    def possible(self) -> bool:
        """Whether there is anything to steer."""
        return bool(self._axes)

    def change(self) -> tuple[str, dict[str, int]] | None:
        """Press or release something: gives an input's name and payload, or None where there is nothing to steer."""
        if not self._axes:
            return None
        name = self._random.choice(list(self._axes))
        held = self._held[name]
        while held == self._held[name]:
            held = {axis: self._random.choice((-1, 0, 1)) for axis in self._axes[name]}
        self._held[name] = held
        return name, held


def _axes(schema: Mapping[str, Any]) -> Sequence[str]:
    """Find the axes of an input that can be sent with its axes alone."""
    properties = schema.get("properties", {})
    axes = [field for field, kind in properties.items() if kind.get("format") == "axis"]
    return axes if set(schema.get("required", ())) <= set(axes) else ()
