"""Players for locust: each quick matches a game, holds keys as a person does, and reports what he sees of the server.

    make loadtest                                                  # a server and 50 players, closing table
    locust -f loadtest/locustfile.py --host http://127.0.0.1:8080  # locust's own page and reports

Reported as locust's requests, of type `WS`, in milliseconds:

- `join`: from sending `join` to the keyframe in hand. At least the time to the room's next tick.
- `snapshot interval`: between two snapshots of the player's room. Its middle is the tick; what matters is the tail.
- `command to ack`: from sending an input to the first snapshot that acknowledges it. It holds the wait for the next
  tick, half a tick on average: a server without any delay still shows that.

Each input waits for its tick, and one is taken per tick, so changes are sent at a person's rate: 2 to 5 a second.

All times are taken in this process when it gets to run, so they include the generator's own lateness: gevent serves
one player after the other, and a frame that lies in the kernel meanwhile is late. Keep this process well below one
core, and on a core of its own, or it is measured along.

The size of a request is the WebSocket payload received since the one before it, events and chat included, without the
framing of WebSocket and TCP. A failure is an `error` message, a close that the player didn't ask for, a snapshot that
can't be applied, and 10 s of silence; after one he comes back a second later.
"""

from __future__ import annotations

import itertools
from argparse import ArgumentParser
from functools import partial
from typing import ClassVar

import gevent
from locust import User, between, events, task
from locust.env import Environment
from locust.exception import StopTest

from loadtest.player import Player
from loadtest.steering import Game, NoGame, Steering, fetch_game

DEFAULT_HOST = "http://127.0.0.1:8080"
DEFAULT_GAME = "tag"
COME_BACK_AFTER_S = 1.0


class LoadTestFailure(Exception):
    """What a player reports as failed."""


def add_options(parser: ArgumentParser) -> None:
    """Add this file's own options to locust's."""
    parser.add_argument("--game", default=DEFAULT_GAME, help=f"name of the game to play (default: {DEFAULT_GAME})")


events.init_command_line_parser.add_listener(add_options)


class GamePlayer(User):
    """A person at a keyboard."""

    host = DEFAULT_HOST
    wait_time = between(0.2, 0.5)
    _numbers: ClassVar = itertools.count(1)
    _games: ClassVar[dict[tuple[str, str], Game]] = {}

    def __init__(self, environment: Environment) -> None:
        """Find out what there is to steer; the first task connects.

        Raises:
            StopTest: there is no such game to play.

        """
        super().__init__(environment)
        # Not in on_start: raised from here, StopTest ends the whole test with one line.
        game = self._find_game()
        number = next(self._numbers)
        self._steering = Steering(game.inputs, seed=number)
        self._player = Player(
            str(self.host),
            game.name,
            f"Load {number}",
            measured=partial(_report, environment),
            failed=partial(_report_failure, environment),
        )

    def on_stop(self) -> None:
        """Leave as a person does, so that the server is clean when the test is over."""
        self._player.leave()

    @task
    def play(self) -> None:
        """Press or release a key; where there is no seat (any more), get one."""
        player = self._player
        if not player.connected:
            player.connect()
        elif not player.seated:
            player.join()
        elif change := self._steering.change():
            player.send_input(*change)
        if not player.connected:
            gevent.sleep(COME_BACK_AFTER_S)

    def _find_game(self) -> Game:
        """Ask the server, once for all players: locust makes one after the other."""
        host = str(self.host).rstrip("/")
        name = getattr(self.environment.parsed_options, "game", DEFAULT_GAME)
        if (host, name) not in self._games:
            try:
                self._games[host, name] = fetch_game(host, name)
            except NoGame as error:
                _report_failure(self.environment, "game", str(error))
                raise StopTest(str(error)) from error
        return self._games[host, name]


def _report_failure(environment: Environment, what: str, why: str) -> None:
    _report(environment, what, failure=LoadTestFailure(why))


def _report(
    environment: Environment,
    name: str,
    time_ms: float | None = None,
    size_bytes: int = 0,
    *,
    failure: LoadTestFailure | None = None,
) -> None:
    environment.events.request.fire(
        request_type="WS",
        name=name,
        response_time=time_ms,
        response_length=size_bytes,
        exception=failure,
        context={},
    )
