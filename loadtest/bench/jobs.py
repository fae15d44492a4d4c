"""The order of all runs: round by round, in each of them scenario by scenario, in each of those contender by contender.

A machine's bad minutes then cost a round of this and a round of that, and medians don't mind; not all rounds of one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec

from loadtest.bench import plan as sizes
from loadtest.bench.pairing import in_turn
from loadtest.bench.plan import Plan
from loadtest.bench.results import (
    ARENA,
    BOTH,
    CAPACITY,
    COLYSEUS,
    FANOUT,
    FASTAPI,
    FLOOR,
    GAMESERVER,
    GROW_CLIENTS,
    GROW_ROOMS,
    GROW_SEATS,
    SNAPSHOTS,
    SOCKETIO,
    SPECTATORS,
)
from loadtest.bench.runner import Runner
from loadtest.peers import Load

START_STOP_S = 1.5
"""A server's start and end."""
GROW_S = 0.003
"""A client's coming."""
CLIMB_WINDOWS = 8
"""Of a usual ramp: some that fit, and two sizes that don't, both tried twice."""

TITLES = {
    FANOUT: f"fan-out alone: {sizes.CLIENTS} connections, {sizes.RATE_HZ:g} Hz, {sizes.FRAME_BYTES} bytes",
    SNAPSHOTS: f"snapshots only: {sizes.CLIENTS} movers in rooms of {sizes.SEATS}, {sizes.RATE_HZ:g} Hz",
    BOTH: f"both ways: {sizes.CLIENTS} movers in rooms of {sizes.SEATS}, {sizes.RATE_HZ:g} Hz, an input per tick",
    CAPACITY: f"capacity: rooms of {sizes.SEATS}, {sizes.CAPACITY_HZ:g} Hz both ways, growing",
    ARENA: f"arena: {sizes.ARENA_PLAYERS} players in one room, all firing, {sizes.ARENA_HZ:g} Hz",
    SPECTATORS: f"spectators: {sizes.SPECTATORS:,} who watch {sizes.SPECTATOR_ROOMS} rooms, {sizes.SPECTATOR_HZ:g} Hz",
    GROW_CLIENTS: f"growth with clients, in rooms of {sizes.SEATS}",
    GROW_ROOMS: f"growth with rooms, of {sizes.GROW_ROOM_SEATS}",
    GROW_SEATS: f"growth with players per room, about {sizes.CLIENTS} in all",
}


class Job(NamedTuple):
    """A server's life: one run, or a row of them."""

    scenario: str
    round: int
    contender: str
    seconds: float
    """How long it should take."""
    do: Callable[[Runner], None]


def jobs(plan: Plan, contenders: Collection[str], scenarios: Collection[str]) -> list[Job]:
    """List all that is to be done by those contenders that are there."""
    todo = [job for job in _all(plan, contenders) if job.scenario in scenarios]
    return sorted(todo, key=lambda job: job.round)


def _all(plan: Plan, there: Collection[str]) -> Iterator[Job]:
    fanout = Load(rate_hz=sizes.RATE_HZ, room_size=sizes.SEATS, frame_bytes=sizes.FRAME_BYTES)
    for number, name in _turns(plan.rounds, [GAMESERVER, FLOOR], there):
        yield _once(plan, FANOUT, number, name, fanout)
    for scenario in (SNAPSHOTS, BOTH):
        load = Load(rate_hz=sizes.RATE_HZ, room_size=sizes.SEATS, inputs=scenario == BOTH)
        for number, name in _turns(plan.rounds, [GAMESERVER, COLYSEUS], there, plan.peer_rounds, [FASTAPI, SOCKETIO]):
            yield _once(plan, scenario, number, name, load)
    for number, name in _turns(plan.rounds, [GAMESERVER, COLYSEUS], there):
        yield _climb(plan, number, name)
    for number in range(1, plan.rounds + 1):
        yield _arena(plan, number)
    yield _spectators(plan)
    load = Load(rate_hz=sizes.RATE_HZ, room_size=sizes.SEATS)
    rooms_load = Load(rate_hz=sizes.RATE_HZ, room_size=sizes.GROW_ROOM_SEATS)
    rooms_points = tuple(rooms * sizes.GROW_ROOM_SEATS for rooms in plan.rooms)
    for number, name in _turns(plan.growth_rounds, [GAMESERVER], there, plan.floor_growth_rounds, [FLOOR]):
        yield _sweep(plan, GROW_CLIENTS, number, name, load, plan.clients)
    for number, name in _turns(plan.growth_rounds, [GAMESERVER], there, plan.floor_growth_rounds, [FLOOR]):
        yield _sweep(plan, GROW_ROOMS, number, name, rooms_load, rooms_points)
    for number in range(1, plan.seats_rounds + 1):
        for seats in plan.seats:
            load = Load(rate_hz=sizes.RATE_HZ, room_size=seats)
            yield _sweep(plan, GROW_SEATS, number, GAMESERVER, load, (sizes.CLIENTS // seats * seats,))


def _turns(
    rounds: int, always: list[str], there: Collection[str], first_rounds: int = 0, at_first: Sequence[str] = ()
) -> Iterator[tuple[int, str]]:
    """Give whose turn it is in which round; some have one in the first rounds only."""
    for number in range(1, rounds + 1):
        wanted = [*always, *at_first] if number <= first_rounds else always
        for name in in_turn([name for name in wanted if name in there], number):
            yield number, name


def _once(plan: Plan, scenario: str, number: int, name: str, load: Load) -> Job:
    noise_s = plan.noise_s if scenario == BOTH and name == GAMESERVER else 0
    seconds = noise_s + START_STOP_S + sizes.CLIENTS * GROW_S + plan.warm_s + plan.window_s
    return Job(scenario, number, name, seconds, lambda run: run.once(scenario, number, name, load, sizes.CLIENTS))


def _climb(plan: Plan, number: int, name: str) -> Job:
    seconds = START_STOP_S + 2 * sizes.CLIENTS * GROW_S + plan.warm_s + CLIMB_WINDOWS * (plan.step_window_s + 0.5)
    return Job(CAPACITY, number, name, seconds, lambda run: run.climb(number, name))


def _arena(plan: Plan, number: int) -> Job:
    seconds = START_STOP_S + sizes.ARENA_PLAYERS * GROW_S + plan.warm_s + plan.window_s
    return Job(ARENA, number, GAMESERVER, seconds, lambda run: run.arena(number))


def _spectators(plan: Plan) -> Job:
    seconds = START_STOP_S + sizes.SPECTATORS * GROW_S + 2 * plan.warm_s + plan.window_s
    return Job(SPECTATORS, 1, GAMESERVER, seconds, lambda run: run.spectators(1))


def _sweep(plan: Plan, scenario: str, number: int, name: str, load: Load, points: tuple[int, ...]) -> Job:
    if name == FLOOR:
        load = msgspec.structs.replace(load, frame_bytes=sizes.GROW_FRAME_BYTES)
    seconds = START_STOP_S + points[-1] * GROW_S + plan.warm_s + len(points) * (plan.growth_window_s + 0.5)
    return Job(scenario, number, name, seconds, lambda run: run.sweep(scenario, number, name, load, points))
