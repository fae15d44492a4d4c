"""What a load test's clients do: the shares and rates that its flags set, and the rhythm that keeps to a rate."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from random import Random

import msgspec

from gameserver.arguments import number

DEFAULT_GAME = "arena"
"""The one of the sample games in which there is something to fire."""
MAX_CHATS_PER_MINUTE = 30.0
"""Half of what a server lets a connection say by default (`--chat-per-s 1`): a rhythm is not even."""
MAX_DROPS_PER_MINUTE = 20.0


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """What the clients are, and what they do beside playing."""

    game: str = DEFAULT_GAME
    watchers: float = 0.1
    """The share of them that watch, 0 to 1."""
    drops_per_minute: float = 1.0
    """How often each loses its connection, on average."""
    chats_per_minute: float = 4.0
    """How often each says something, on average."""

    @classmethod
    def of(cls, options: Namespace | None) -> Mix:
        """Read it from parsed flags; what isn't among them is as by default."""
        given = {} if options is None else vars(options)
        return cls(**{name: given[name] for name in cls.__struct_fields__ if name in given})

    def watches(self, client: int) -> bool:
        """Whether the n-th client (from 1) is a spectator: they come evenly among the players."""
        return self.spectators(client) > self.spectators(client - 1)

    def spectators(self, clients: int) -> int:
        """Give how many of the first so many clients watch."""
        return math.floor(clients * self.watchers)


def add_mix_options(parser: ArgumentParser) -> None:
    """Add the flags of a mix to locust's command line, or to our own."""
    # Not argparse's `%(default)s`, which locust's page would show as it is.
    default = Mix()
    add = parser.add_argument
    add("--game", default=default.game, metavar="NAME", help=f"name of the game to play (default: {default.game})")
    add("--watchers", type=number(0, 1), default=default.watchers, metavar="SHARE",
        help=f"share of the clients that watch instead of playing, 0 to 1 (default: {default.watchers})")  # fmt: skip
    add("--drops-per-minute", type=number(0, MAX_DROPS_PER_MINUTE), default=default.drops_per_minute, metavar="N",
        help="how often each client's connection breaks, to be resumed within 4 s "
        f"(default: {default.drops_per_minute})")  # fmt: skip
    add("--chats-per-minute", type=number(0, MAX_CHATS_PER_MINUTE), default=default.chats_per_minute, metavar="N",
        help=f"how often each client says something (default: {default.chats_per_minute})")  # fmt: skip


class Rhythm:
    """Something that happens so often a minute on average, half to one and a half periods apart."""

    def __init__(self, per_minute: float, random: Random, *, now_s: float) -> None:
        self._period_s = 60 / per_minute if per_minute else math.inf
        self._random = random
        # From the start on as often as later, and not with everybody at once.
        self._next_s = now_s + (random.random() * self._period_s if per_minute else math.inf)

    def due(self, now_s: float) -> bool:
        """Whether it is time; then it isn't again for a while."""
        if now_s < self._next_s:
            return False
        self._next_s = now_s + self._random.uniform(0.5, 1.5) * self._period_s
        return True
