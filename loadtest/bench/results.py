"""What a benchmark measured: every run, as bench.json holds it, and as targets and page are made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from loadtest.swarm import Measured, Spread

GAMESERVER, COLYSEUS, FASTAPI, SOCKETIO, FLOOR = "gameserver", "colyseus", "fastapi", "python-socketio", "floor"
"""Names of the contenders."""
FANOUT, SNAPSHOTS, BOTH, CAPACITY = "fanout", "snapshots", "both", "capacity"
ARENA, SPECTATORS = "arena", "spectators"
GROW_CLIENTS, GROW_ROOMS, GROW_SEATS = "clients", "rooms", "seats"
SCENARIOS = (FANOUT, SNAPSHOTS, BOTH, CAPACITY, ARENA, SPECTATORS, GROW_CLIENTS, GROW_ROOMS, GROW_SEATS)
"""Names of the scenarios, in the order in which they are measured."""


class Garbage(msgspec.Struct, frozen=True):
    """What Python's cycle collector did in a window."""

    collections: tuple[int, int, int]
    ms_max: float


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What the gameserver itself saw in a window: the line that `loadtest.bench.observed` writes at its end."""

    seconds: float
    ticks: int
    late_ms: Spread
    """How long after its deadline a room's turn began."""
    busy_ms: Spread
    """How long it took: step, snapshot, and fan-out."""
    skipped: int
    """Snapshots that weren't sent to a client that was behind."""
    sent: int
    slipped: int
    """Ticks given up."""
    overruns: int
    gc: Garbage


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One window in which one contender was measured."""

    scenario: str
    round: int
    contender: str
    clients: int
    rooms: int
    rate_hz: float
    rss_before_bytes: int
    """The server's resident memory before anyone connected."""
    measured: Measured
    observed: Observed | None = None
    noise: Spread | None = None
    """Lateness in ms of an empty loop's timers on the server's core, just before."""
    stolen_s: float = 0.0
    """How long the server's core had work but didn't run, the host of this virtual machine having other work."""
    fits: bool | None = None
    """Of a step of a capacity ramp: whether the rule held."""

    @property
    def cost_us(self) -> float:
        """CPU time of the server for each snapshot that reached a client."""
        return self.measured.cpu_s * 1e6 / max(1, self.measured.snapshots)

    @property
    def stolen(self) -> float:
        """Share of the window that was stolen from the server's core."""
        return self.stolen_s / self.measured.seconds

    @property
    def snapshot_bytes(self) -> float:
        """Payload bytes for each snapshot that reached a client."""
        return self.measured.bytes / max(1, self.measured.snapshots)

    @property
    def client_bytes(self) -> float:
        """Resident memory that each client added to the server."""
        return (self.measured.rss_bytes - self.rss_before_bytes) / max(1, self.clients)


class Ramp(msgspec.Struct, frozen=True, kw_only=True):
    """How far one server could be filled."""

    round: int
    contender: str
    capacity: int
    """Most clients at which the rule held; 0: it never did."""
    nominal_ms: float
    """The interval that lateness was counted from."""
    generator_limited: bool = False
    """Whether the ramp ended because the swarm's core was full, not the server's."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A run that came to nothing."""

    scenario: str
    round: int
    contender: str
    why: str


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it was measured."""

    cpu: str
    cores: int
    memory_bytes: int
    kernel: str


class Report(msgspec.Struct, kw_only=True):
    """All of a benchmark."""

    at: str
    """When it began, in ISO 8601."""
    quick: bool
    seconds: float = 0.0
    """How long it took, installation not counted."""
    interrupted: bool = False
    commit: str
    machine: Machine
    versions: dict[str, str]
    titles: dict[str, str]
    """What each contender is called, by name."""
    missing: dict[str, str] = {}
    """Why a contender didn't take part, by name."""
    scenarios: list[str]
    """What was asked for."""
    runs: list[Run] = []
    set_aside: list[Run] = []
    """Windows that count for nothing: too much of them was stolen, and another was measured instead."""
    ramps: list[Ramp] = []
    failures: list[Failure] = []

    def of(self, scenario: str, contender: str | None = None) -> list[Run]:
        """Give the runs of a scenario, and of one contender."""
        return [run for run in self.runs if run.scenario == scenario and contender in {None, run.contender}]

    def by_round(self, scenario: str, contender: str, value: Callable[[Run], float]) -> dict[int, float]:
        """Give a value of a contender's run, by round."""
        return {run.round: value(run) for run in self.of(scenario, contender)}

    def contenders(self, scenario: str) -> list[str]:
        """Give who was measured in a scenario, ours first, the floor last, in the order of `titles` between."""
        there = {run.contender for run in self.of(scenario)}
        return sorted(there, key=lambda name: (name == FLOOR, name != GAMESERVER, [*self.titles, name].index(name)))


def rounds(runs: Iterable[Run]) -> int:
    """Count the rounds that runs come from."""
    return len({run.round for run in runs})


def save(report: Report, path: Path) -> None:
    """Write a report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def load(path: Path) -> Report:
    """Read a report again."""
    return msgspec.json.decode(path.read_bytes(), type=Report)
