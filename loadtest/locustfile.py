"""Clients for locust: most play as a person does, some watch; all chat, lose their connection, and come back.

    make loadtest                                                  # a server and 50 clients, closing table, report
    WEB=1 make loadtest                                            # the same from locust's own page
    locust -f loadtest/locustfile.py --host http://127.0.0.1:8080  # locust's own command line, reports and workers

Reported as locust's requests, of type `WS`, in milliseconds: the measures that `loadtest/measures.py` names, each with
what it means. Three of them need a word more.

- `join`, `spectate`, `resume` and `chat round trip` hold the wait for the room's next tick.
- `command to ack` does too, half a tick on average: a server without any delay still shows that. Each input waits for
  its tick, and one is taken per tick, so changes are sent at a person's rate: 2 to 5 a second.
- `snapshot jitter` is how far an interval is from the ticks that it spans, |D| of RFC 3550, section 6.4.1.

All times are taken in this process when it gets to run, so they include the generator's own lateness: gevent serves
one client after the other, and a frame that lies in the kernel meanwhile is late. Keep this process well below one
core, and on a core of its own, or it is measured along. For the same reason only one client in ten reads the tables
of its snapshots; the others check all but these.

The size of a request is the WebSocket payload received since the one before it, events and chat included, without the
framing of WebSocket and TCP. A failure is an `error` message, a close that the client didn't ask for, a snapshot that
can't be applied, a seat that can't be resumed, and 10 s of silence; after one it comes back a second later.
"""

from __future__ import annotations

import itertools
from argparse import ArgumentParser
from functools import partial
from random import Random
from time import perf_counter
from typing import ClassVar

import gevent
from locust import User, between, events, task
from locust.env import Environment
from locust.event import EventHook
from locust.exception import StopTest

from loadtest.mix import Mix, Rhythm, add_mix_options
from loadtest.player import Player
from loadtest.steering import Game, NoGame, Steering, fetch_game

DEFAULT_HOST = "http://127.0.0.1:8080"
COME_BACK_AFTER_S = 1.0
AWAY_S = 0.5, 3.0
"""How long a client whose connection broke is away; well within the 20 s that its seat waits."""
READS_TABLES_EVERY = 10


noted = EventHook()
"""Fired with `what` happened that is neither a request nor a failure, for whoever counts it."""


class LoadTestFailure(Exception):
    """What a client reports as failed."""


def add_options(parser: ArgumentParser) -> None:
    """Add this file's own options to locust's command line; `loadtest/run.py` has one of its own."""
    add_mix_options(parser)


events.init_command_line_parser.add_listener(add_options)


class GamePlayer(User):
    """A person at a keyboard, or one who looks over a shoulder."""

    host = DEFAULT_HOST
    wait_time = between(0.2, 0.5)
    _numbers: ClassVar = itertools.count(1)
    _games: ClassVar[dict[tuple[str, str], Game]] = {}

    def __init__(self, environment: Environment) -> None:
        """Find out what there is to do; the first task connects.

        Raises:
            StopTest: there is no such game to play.

        """
        super().__init__(environment)
        mix = Mix.of(environment.parsed_options)
        number = next(self._numbers)
        self._random = Random(number)
        self._drops = Rhythm(mix.drops_per_minute, self._random, now_s=perf_counter())
        self._chats = Rhythm(mix.chats_per_minute, self._random, now_s=perf_counter())
        self._watches = mix.watches(number)
        # Not in on_start: raised from here, StopTest ends the whole test with one line.
        self._steering = Steering(self._find_game(mix.game), seed=number)
        self._player = Player(
            str(self.host),
            mix.game,
            f"Load {number}",
            watches=self._watches,
            reads_tables=number % READS_TABLES_EVERY == 1,
            measured=partial(_report, environment),
            failed=partial(_report_failure, environment),
            noted=lambda what: noted.fire(what=what),
        )

    def on_stop(self) -> None:
        """Leave as a person does, so that the server is clean when the test is over."""
        self._player.leave()

    @task
    def live(self) -> None:
        """Do one thing; where there is no place in a room (any more), get one."""
        player, now_s = self._player, perf_counter()
        if not player.connected:
            player.connect()
        elif not player.seated:
            player.enter()
        elif self._drops.due(now_s):
            player.drop()
            gevent.sleep(self._random.uniform(*AWAY_S))
            return
        elif self._chats.due(now_s):
            player.say()
        elif not self._watches and (change := self._steering.change()):
            player.act(*change)
        if not player.connected:
            gevent.sleep(COME_BACK_AFTER_S)

    def _find_game(self, name: str) -> Game:
        """Ask the server, once for all clients: locust makes one after the other."""
        host = str(self.host).rstrip("/")
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
