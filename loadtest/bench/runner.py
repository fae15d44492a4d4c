"""How each kind of run goes about it: one server, one swarm, one window or several."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from loadtest.bench import plan as sizes
from loadtest.bench.crowd import Cores, Crowd, Label, NewSwarm, crowd
from loadtest.bench.pairing import summary
from loadtest.bench.plan import Plan
from loadtest.bench.ramp import GENERATOR_FULL, Climb, first_size, keeps_up
from loadtest.bench.results import ARENA, BOTH, CAPACITY, GAMESERVER, SPECTATORS, Ramp, Report, Run
from loadtest.bench.served import ARENA as ARENA_SERVER
from loadtest.bench.served import WATCHED
from loadtest.dialect import gameserver_dialect
from loadtest.footprint import rss_bytes
from loadtest.peers import Load, Peer
from loadtest.swarm import Spread, Swarm

SETTLE_S = 0.5
"""After newcomers, before a window: their keyframes and first allocations are no part of a steady state."""
LOWER = 0.6
"""Where a climb whose first sizes failed begins again, as a share."""


class Runner:
    """Does the runs of a plan, and adds what they give to a report."""

    def __init__(
        self,
        *,
        report: Report,
        plan: Plan,
        peers: Mapping[str, Peer],
        cores: Cores,
        logs: Path,
        show: Callable[[Run], None],
        new_swarm: NewSwarm = Swarm,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._report = report
        self._plan = plan
        self._peers = peers
        self._cores = cores
        self._logs = logs
        self._show = show
        self._new_swarm = new_swarm
        self._sleep = sleep
        self._repeated = Counter[str]()
        """Windows measured again, by scenario."""

    def once(self, scenario: str, round_number: int, name: str, load: Load, clients: int) -> None:
        """Measure one window of one crowd; the gameserver's runs both ways, with the noise of its core just before."""
        noise = None
        if scenario == BOTH and name == GAMESERVER:
            rooms, seconds = clients // load.room_size, self._plan.noise_s
            noise = timer_noise(core=self._cores.server, rooms=rooms, rate_hz=load.rate_hz, seconds=seconds)
        with self._crowd(Label(scenario, round_number), self._peers[name], load) as there:
            there.grow(clients)
            self._sleep(self._plan.warm_s)
            self._add(self._calm(there, scenario, noise))

    def arena(self, round_number: int) -> None:
        """Measure one room of the sample game, full of players who run and fire."""
        load = Load(rate_hz=sizes.ARENA_HZ, room_size=sizes.ARENA_PLAYERS, inputs=True)
        with self._crowd(Label(ARENA, round_number), ARENA_SERVER, load) as there:
            there.grow(sizes.ARENA_PLAYERS)
            self._sleep(self._plan.warm_s)
            self._add(self._calm(there, ARENA))

    def spectators(self, round_number: int) -> None:
        """Measure a crowd that watches rooms of players."""
        load = Load(rate_hz=sizes.SPECTATOR_HZ, room_size=sizes.SPECTATOR_ROOM_PLAYERS)
        with self._crowd(Label(SPECTATORS, round_number), WATCHED, load) as there:
            there.grow(sizes.SPECTATOR_ROOMS * sizes.SPECTATOR_ROOM_PLAYERS)
            self._sleep(self._plan.warm_s)
            before, running = rss_bytes(there.running.pid), there.running
            dialect = gameserver_dialect(WATCHED.game, role="spectator")
            with self._new_swarm(
                running.host, running.port, dialect, rate_hz=load.rate_hz, core=self._cores.swarm
            ) as watching:
                watching.grow(sizes.SPECTATORS)
                self._sleep(self._plan.warm_s)
                self._add(
                    there.measure_watching(self._plan.window_s, watching, sizes.SPECTATORS, rss_before_bytes=before)
                )

    def sweep(self, scenario: str, round_number: int, name: str, load: Load, points: Sequence[int]) -> None:
        """Measure one window at each number of clients, in one server that grows."""
        with self._crowd(Label(scenario, round_number), self._peers[name], load) as there:
            for clients in points:
                there.grow(clients)
                self._sleep(self._plan.warm_s if clients == points[0] else SETTLE_S)
                self._add(there.measure(self._plan.growth_window_s))

    def climb(self, round_number: int, name: str) -> None:
        """Find out how many clients a server keeps up with; where it can't with the first sizes, begin lower."""
        step = self._plan.step_clients
        first = self._first_size(name)
        ramp = self._climb(round_number, name, first)
        while not ramp.capacity and not ramp.generator_limited and first > step:
            first = max(step, int(first * LOWER) // step * step)
            ramp = self._climb(round_number, name, first)
        self._report.ramps.append(ramp)

    def _climb(self, round_number: int, name: str, first: int) -> Ramp:
        climb = Climb(first=first, step=self._plan.step_clients, most=self._plan.most_clients)
        load = Load(rate_hz=sizes.CAPACITY_HZ, room_size=sizes.SEATS, inputs=True)
        nominal_ms, full, spare = 0.0, False, self._plan.spare_steps
        with self._crowd(Label(CAPACITY, round_number), self._peers[name], load) as there:
            while climb.size is not None:
                if climb.size > there.clients:
                    there.grow(climb.size)
                    self._sleep(SETTLE_S if nominal_ms else self._plan.warm_s)
                run = there.measure(self._plan.step_window_s)
                nominal_ms = nominal_ms or nominal_interval_ms(run)
                fits = keeps_up(run, nominal_ms=nominal_ms)
                if not fits and run.stolen > sizes.STOLEN_MOST and spare:
                    spare -= 1
                    self._set_aside(msgspec.structs.replace(run, fits=fits))
                    continue
                self._add(msgspec.structs.replace(run, fits=fits))
                climb.add(fits)
                if not fits and run.measured.generator_share > GENERATOR_FULL:
                    full = True
                    climb.stop()
        return Ramp(
            round=round_number, contender=name, capacity=climb.capacity, nominal_ms=nominal_ms, generator_limited=full
        )

    def _calm(self, there: Crowd, scenario: str, noise: Spread | None = None) -> Run:
        """Measure a window, again while too much of it was stolen and there are some to spare.

        The one of which the least was stolen counts: what the host did decides that, not what the server did.
        """
        best = there.measure(self._plan.window_s, noise=noise)
        for _ in range(sizes.CALM_TRIES - 1):
            if best.stolen <= sizes.STOLEN_MOST or self._repeated[scenario] == self._plan.spare_windows:
                break
            self._repeated[scenario] += 1
            again = there.measure(self._plan.window_s, noise=noise)
            best, other = (again, best) if again.stolen_s < best.stolen_s else (best, again)
            self._set_aside(other)
        return best

    def _set_aside(self, run: Run) -> None:
        self._report.set_aside.append(run)

    def _first_size(self, name: str) -> int:
        """Begin two steps below what the last round found; else, where the CPU time both ways says."""
        step = self._plan.step_clients
        before = [ramp.capacity for ramp in self._report.ramps if ramp.contender == name and ramp.capacity]
        if before:
            return max(step, before[-1] - 2 * step)
        cost = summary(run.cost_us for run in self._report.of(BOTH, name))
        return first_size(
            cost.median if cost else None,
            sizes.CAPACITY_HZ,
            share=self._plan.ramp_share,
            step=step,
            otherwise=sizes.CLIENTS,
        )

    def _crowd(self, label: Label, peer: Peer, load: Load) -> AbstractContextManager[Crowd]:
        return crowd(peer, load, label=label, cores=self._cores, logs=self._logs, new_swarm=self._new_swarm)

    def _add(self, run: Run) -> None:
        self._report.runs.append(run)
        self._show(run)


def timer_noise(*, core: int, rooms: int, rate_hz: float, seconds: float) -> Spread:
    """Measure how late an empty loop's timers are on a core."""
    command = [sys.executable, "-m", "loadtest.bench.timer_noise", "--core", str(core)]
    command += ["--rooms", str(rooms), "--rate-hz", str(rate_hz), "--seconds", str(seconds)]
    told = subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # this very Python, and our own module
    return msgspec.json.decode(told.stdout, type=Spread)


def nominal_interval_ms(run: Run) -> float:
    """Give the interval that a server means to keep: the rate's, or its own, where its timers know whole ms only."""
    if run.contender == GAMESERVER:
        return 1000 / run.rate_hz
    return run.measured.interval_ms.p50
