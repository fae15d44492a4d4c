"""A server on one core and its clients on another, while windows of them are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from loadtest.bench.observing import Observation, observed_file
from loadtest.bench.results import GAMESERVER, Run
from loadtest.footprint import rss_bytes, stolen_s
from loadtest.peers import Load, Peer, Running
from loadtest.swarm import Spread, Swarm

GROW_AT_ONCE = 100
"""Newcomers between two looks at whether all is well: Colyseus keeps a newcomer's seat for a few seconds only."""


class Cores(NamedTuple):
    """Who runs where."""

    server: int
    swarm: int


class Label(NamedTuple):
    """What a run is part of."""

    scenario: str
    round: int


NewSwarm = Callable[..., Swarm]
"""Makes a swarm: `Swarm`, or a test's."""


class Crowd:
    """The clients of one server."""

    def __init__(
        self,
        *,
        peer: Peer,
        load: Load,
        running: Running,
        core: int,
        swarm: Swarm,
        observation: Observation | None,
        label: Label,
    ) -> None:
        self.running = running
        self.clients = 0
        self._peer = peer
        self._load = load
        self._core = core
        self._swarm = swarm
        self._observation = observation
        self._label = label
        self._rss_before_bytes = rss_bytes(running.pid)

    def grow(self, clients: int) -> None:
        """Let clients connect until there are so many."""
        while self.clients < clients:
            there = min(clients, self.clients + GROW_AT_ONCE)
            self._swarm.grow(there, self._peer.paths(self.running, there - self.clients))
            self.clients = there

    def measure(self, seconds: float, *, noise: Spread | None = None) -> Run:
        """Measure a window."""
        return self._measured(seconds, self._swarm, self.clients, self._rss_before_bytes, noise)

    def measure_watching(self, seconds: float, watching: Swarm, clients: int, *, rss_before_bytes: int) -> Run:
        """Measure a window of another swarm's clients, over and above what the server took before they came."""
        return self._measured(seconds, watching, clients, rss_before_bytes, None)

    def _measured(self, seconds: float, swarm: Swarm, clients: int, rss_before_bytes: int, noise: Spread | None) -> Run:
        if self._observation is not None:
            self._observation.begin()
        stolen_before_s = stolen_s(self._core)
        measured = swarm.measure(seconds, [self.running.pid])
        stolen_after_s = stolen_s(self._core)
        observed = None if self._observation is None else self._observation.end()
        return Run(
            scenario=self._label.scenario,
            round=self._label.round,
            contender=self._peer.name,
            clients=clients,
            rooms=1 if self._load.frame_bytes else -(-self.clients // self._load.room_size),
            rate_hz=self._load.rate_hz,
            rss_before_bytes=rss_before_bytes,
            measured=measured,
            observed=observed,
            noise=noise,
            stolen_s=stolen_after_s - stolen_before_s,
        )


@contextmanager
def crowd(peer: Peer, load: Load, *, label: Label, cores: Cores, logs: Path, new_swarm: NewSwarm) -> Iterator[Crowd]:
    """Start a server, and a swarm with nobody in it; both end with the context."""
    with ExitStack() as stack:
        file = stack.enter_context(observed_file(logs / "bench-observed.jsonl"))
        running = stack.enter_context(peer.start(load, core=cores.server, log=logs / f"bench-{peer.name}.log"))
        swarm = stack.enter_context(
            new_swarm(
                running.host,
                running.port,
                peer.dialect(load),
                inputs_hz=load.rate_hz if load.inputs else 0,
                rate_hz=load.rate_hz,
                core=cores.swarm,
            )
        )
        observation = Observation(file, running.pid) if peer.name == GAMESERVER else None
        yield Crowd(
            peer=peer,
            load=load,
            running=running,
            core=cores.server,
            swarm=swarm,
            observation=observation,
            label=label,
        )
