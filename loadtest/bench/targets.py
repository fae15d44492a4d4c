"""What the benchmark must show, and whether it did."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from loadtest.bench import plan as sizes
from loadtest.bench.pairing import Summary, paired_ratio, summary, unevenness
from loadtest.bench.results import (
    ARENA,
    BOTH,
    CAPACITY,
    COLYSEUS,
    FANOUT,
    FLOOR,
    GAMESERVER,
    GROW_CLIENTS,
    GROW_ROOMS,
    SNAPSHOTS,
    SPECTATORS,
    Observed,
    Report,
    Run,
)

FANOUT_RATIO, SNAPSHOTS_RATIO, BOTH_RATIO, BOTH_AIM, CAPACITY_RATIO = 1.4, 0.7, 0.8, 0.6, 1.3
ARENA_P99_MS = 8.0
LATE_P50_MS, LATE_P99_ABOVE_NOISE_MS = 0.5, 2.0
CLIENT_KB = 20.0
UNEVENNESS = 1.2
ACK_P99_EXTRA_MS = 5.0
KB = 1000

Judgement = Literal["met", "missed", "not measured"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A target, and what came of it."""

    scenario: str
    what: str
    target: str
    measured: str
    range: str
    """The lowest and the highest round, and how many there were."""
    judgement: Judgement
    note: str = ""


def verdicts(report: Report) -> list[Verdict]:
    """Judge everything; what wasn't measured is listed as that."""
    return list(_all(report))


def asked_for(report: Report) -> list[Verdict]:
    """Judge what the benchmark was asked to measure."""
    return [verdict for verdict in verdicts(report) if verdict.scenario in report.scenarios]


def any_missed(found: list[Verdict]) -> bool:
    """Tell whether a target wasn't shown to be met."""
    return any(verdict.judgement != "met" for verdict in found)


def _all(report: Report) -> Iterator[Verdict]:
    yield _ratio(report, FANOUT, FLOOR, FANOUT_RATIO, "Fan-out alone: CPU per delivered snapshot against the C floor")
    yield _ratio(report, SNAPSHOTS, COLYSEUS, SNAPSHOTS_RATIO, "Snapshots only: CPU per client-tick against Colyseus")
    both = _ratio(report, BOTH, COLYSEUS, BOTH_RATIO, "Both ways: CPU per client-tick against Colyseus")
    yield msgspec.structs.replace(both, note=f"the aim is {BOTH_AIM:g}x")
    yield _capacity(report)
    yield from _arena(report)
    yield from _lateness(report)
    yield from _memory(report)
    yield _spectators(report)
    yield _flat(report, GROW_CLIENTS, "clients")
    yield _flat(report, GROW_ROOMS, "rooms")
    yield from _acks(report)


def _verdict(
    scenario: str,
    what: str,
    target: str,
    found: Summary | None,
    text: Callable[[float], str],
    met: Callable[[float], bool],
    note: str = "",
) -> Verdict:
    """Judge a median."""
    if found is None:
        return Verdict(
            scenario=scenario, what=what, target=target, measured="-", range="", judgement="not measured", note=note
        )
    return Verdict(
        scenario=scenario,
        what=what,
        target=target,
        measured=text(found.median),
        range="1 round" if found.count == 1 else f"{text(found.min)} - {text(found.max)}, {found.count} rounds",
        judgement="met" if met(found.median) else "missed",
        note=note,
    )


def _ratio(report: Report, scenario: str, other: str, most: float, what: str) -> Verdict:
    ours, theirs = (report.by_round(scenario, name, lambda run: run.cost_us) for name in (GAMESERVER, other))
    found = paired_ratio(ours, theirs)
    return _verdict(
        scenario, what, f"at most {most:g}x", found, lambda value: f"{value:.2f}x", lambda value: value <= most
    )


def _capacity(report: Report) -> Verdict:
    ours, theirs = ({ramp.round: float(ramp.capacity) for ramp in report.ramps if ramp.contender == name}
                    for name in (GAMESERVER, COLYSEUS))  # fmt: skip
    notes = []
    for name, capacities in ((GAMESERVER, ours), (COLYSEUS, theirs)):
        if found := summary(capacities.values()):
            notes.append(f"{name} {found.median:,.0f} clients")
    if any(ramp.generator_limited for ramp in report.ramps):
        notes.append("some ramps ended because the swarm's core was full")
    notes += _stolen(report.of(CAPACITY))
    return _verdict(
        CAPACITY,
        f"Capacity: clients both ways at {sizes.CAPACITY_HZ:g} Hz, against Colyseus",
        f"at least {CAPACITY_RATIO:g}x",
        paired_ratio(ours, theirs),
        lambda value: f"{value:.2f}x",
        lambda value: value >= CAPACITY_RATIO,
        "; ".join(notes),
    )


def _arena(report: Report) -> Iterator[Verdict]:
    yield _verdict(
        ARENA,
        f"Arena, {sizes.ARENA_PLAYERS} players at {sizes.ARENA_HZ:g} Hz: step, snapshot and fan-out, p99",
        f"under {ARENA_P99_MS:g} ms",
        summary(run.observed.busy_ms.p99 for run in report.of(ARENA) if run.observed),
        _ms,
        lambda value: value < ARENA_P99_MS,
        "; ".join(_stolen(report.of(ARENA))),
    )


def _lateness(report: Report) -> Iterator[Verdict]:
    seen = list(_observed(report))
    where = f"Tick lateness, {sizes.CLIENTS} clients in {sizes.CLIENTS // sizes.SEATS} rooms both ways"
    yield _verdict(
        BOTH,
        f"{where}, p50",
        f"under {LATE_P50_MS:g} ms",
        summary(observed.late_ms.p50 for _, observed in seen),
        _ms,
        lambda value: value < LATE_P50_MS,
    )
    above = [max(0.0, observed.late_ms.p99 - run.noise.p99) for run, observed in seen if run.noise]
    noise = summary(run.noise.p99 for run, _ in seen if run.noise)
    notes = [f"the empty loop's p99 is {_ms(noise.median)}"] if noise else []
    notes += _stolen([run for run, _ in seen])
    yield _verdict(
        BOTH,
        f"{where}, p99 above an empty loop's",
        f"under {LATE_P99_ABOVE_NOISE_MS:g} ms",
        summary(above),
        _ms,
        lambda value: value < LATE_P99_ABOVE_NOISE_MS,
        "; ".join(notes),
    )


def _memory(report: Report) -> Iterator[Verdict]:
    yield _verdict(
        BOTH,
        "Resident memory per joined client",
        f"at most {CLIENT_KB:g} KB",
        summary(run.client_bytes / KB for run in report.of(BOTH, GAMESERVER)),
        lambda value: f"{value:.1f} KB",
        lambda value: value <= CLIENT_KB,
    )


def _spectators(report: Report) -> Verdict:
    what = f"Idle spectators on one process, all served at {sizes.SPECTATOR_HZ:g} Hz"
    runs = report.of(SPECTATORS)
    if not runs:
        return _verdict(SPECTATORS, what, f"{sizes.SPECTATORS:,}", None, str, bool)
    run = runs[-1]
    served = run.measured.snapshots / (run.clients * run.rate_hz * run.measured.seconds)
    complete = not (run.measured.lost or run.measured.missed or run.measured.errors)
    return Verdict(
        scenario=SPECTATORS,
        what=what,
        target=f"{sizes.SPECTATORS:,}, nobody lost",
        measured=f"{run.measured.clients:,}",
        range=f"{served:.1%} of the snapshots due; {run.measured.lost} lost, {run.measured.missed} ticks missed",
        judgement="met" if complete and run.measured.clients >= sizes.SPECTATORS else "missed",
        note=f"{run.client_bytes / KB:.1f} KB each; {run.measured.cpu_s / run.measured.seconds:.0%} of the core",
    )


def costs_by_size(report: Report, scenario: str, contender: str = GAMESERVER) -> dict[int, list[float]]:
    """Give the costs that a growth scenario found, by the number that grew in it."""
    points: dict[int, list[float]] = {}
    for run in report.of(scenario, contender):
        points.setdefault(_size(run), []).append(run.cost_us)
    return points


def _size(run: Run) -> int:
    if run.scenario == GROW_CLIENTS:
        return run.clients
    if run.scenario == GROW_ROOMS:  # the C loop has as many clients, and no rooms
        return run.clients // sizes.GROW_ROOM_SEATS
    return run.clients // run.rooms


def _flat(report: Report, scenario: str, along: str) -> Verdict:
    points = costs_by_size(report, scenario)
    found = unevenness(points)
    ends = f"{min(points)} to {max(points)} {along}" if points else along
    what, target = f"Cost per client-tick, {ends}: highest point over lowest", f"at most {UNEVENNESS:g}x"
    counts = [len(values) for values in points.values()]
    if found is None:
        return _verdict(scenario, what, target, None, str, bool)
    first, last = (statistics.median(points[size]) for size in (min(points), max(points)))
    notes = [f"{first:.1f} us at the small end, {last:.1f} at the large one"]  # more clients may well be cheaper
    floor = unevenness(costs_by_size(report, scenario, FLOOR))
    if floor is not None:
        notes.append(f"the C loop's own: {floor:.2f}x")
    return Verdict(
        scenario=scenario,
        what=what,
        target=target,
        measured=f"{found:.2f}x",
        range=f"medians of {min(counts)} at {len(points)} points",
        judgement="met" if found <= UNEVENNESS else "missed",
        note="; ".join(notes),
    )


def _acks(report: Report) -> Iterator[Verdict]:
    tick_ms = 1000 / sizes.RATE_HZ
    runs = [run for run in report.of(BOTH, GAMESERVER) if run.measured.ack_ms.count]
    for name, most_ms in (("p50", tick_ms), ("p99", tick_ms + ACK_P99_EXTRA_MS)):
        yield _verdict(
            BOTH,
            f"Command to acknowledgement, {sizes.CLIENTS} clients, {name}",
            f"at most {most_ms:g} ms",
            summary(getattr(run.measured.ack_ms, name) for run in runs),
            _ms,
            lambda value, most_ms=most_ms: value <= most_ms,  # type: ignore[misc]  # bound now, not when called
        )


def _observed(report: Report) -> Iterator[tuple[Run, Observed]]:
    for run in report.of(BOTH, GAMESERVER):
        if run.observed:
            yield run, run.observed


def _stolen(runs: Sequence[Run]) -> list[str]:
    """Say how much of the windows wasn't the server's, where that is worth saying."""
    found = summary(run.stolen for run in runs)
    if found is None or found.max < sizes.STOLEN_MOST:
        return []
    return [f"stolen from the server's core: {found.median:.1%} of a window, up to {found.max:.1%}"]


def _ms(value: float) -> str:
    return f"{value:.2f} ms"
