"""The benchmark: what it makes of what it measured, the order in which it goes about it, and the page."""

from __future__ import annotations

import io
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest

from loadtest import native
from loadtest.bench import __main__ as cli
from loadtest.bench import observing, timer_noise
from loadtest.bench import plan as sizes
from loadtest.bench.crowd import Cores
from loadtest.bench.jobs import jobs
from loadtest.bench.page import page, write_page
from loadtest.bench.pairing import in_turn, paired_ratio, summary, unevenness
from loadtest.bench.plan import FULL, QUICK
from loadtest.bench.progress import Progress
from loadtest.bench.ramp import Climb, first_size, keeps_up, late_p99_ms
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
    SCENARIOS,
    SNAPSHOTS,
    SOCKETIO,
    SPECTATORS,
    Failure,
    Garbage,
    Machine,
    Observed,
    Ramp,
    Report,
    Run,
    load,
    save,
)
from loadtest.bench.runner import Runner, nominal_interval_ms
from loadtest.bench.targets import any_missed, verdicts
from loadtest.dialect import BINARY, Dialect
from loadtest.footprint import stolen_s
from loadtest.games import MOVERS
from loadtest.peers import Load, PeerFailed, PeerMissing, Running
from loadtest.swarm import Measured, Spread

EVERYONE = (GAMESERVER, COLYSEUS, FASTAPI, SOCKETIO, FLOOR)
COSTS = {GAMESERVER: 8.0, COLYSEUS: 16.0, FASTAPI: 21.0, SOCKETIO: 74.0, FLOOR: 6.5}
"""Microseconds of a client-tick in the canned report."""


def spread(p50: float = 0.1, p95: float = 0.4, p99: float = 0.9, most: float = 2.0, count: int = 1000) -> Spread:
    return Spread(count, p50, p95, p99, most)


def measured(clients: int = 500, cost_us: float = 8.0, rate_hz: float = 20.0, **changes: Any) -> Measured:
    """Make a window of four seconds in which nothing went wrong."""
    snapshots = int(clients * rate_hz * 4)
    window = Measured(
        seconds=4.0, clients=clients, snapshots=snapshots, bytes=snapshots * 420, inputs=0, missed=0, lost=0, errors=0,
        interval_ms=spread(1000 / rate_hz, 1000 / rate_hz + 0.4, 1000 / rate_hz + 1.5, 1000 / rate_hz + 3),
        late_ms=spread(), ack_ms=spread(26, 47, 51, 54), cpu_s=cost_us * snapshots / 1e6, generator_share=0.3,
        rss_bytes=48_000_000,
    )  # fmt: skip
    return msgspec.structs.replace(window, **changes)


def run(
    scenario: str = SNAPSHOTS, number: int = 1, name: str = GAMESERVER, *, clients: int = 500, rooms: int = 10,
    rate_hz: float = 20.0, cost_us: float | None = None, fits: bool | None = None, **changes: Any,
) -> Run:  # fmt: skip
    """Make a run; `changes` are of what was measured."""
    ours = name == GAMESERVER
    return Run(
        scenario=scenario, round=number, contender=name, clients=clients, rooms=rooms, rate_hz=rate_hz,
        rss_before_bytes=40_000_000, fits=fits,
        measured=measured(clients, COSTS[name] if cost_us is None else cost_us, rate_hz, **changes),
        observed=observed() if ours else None, noise=spread(0.06, 0.1, 0.2, 0.9) if ours and scenario == BOTH else None,
    )  # fmt: skip


def observed(**changes: Any) -> Observed:
    seen = Observed(
        seconds=4.0, ticks=800, late_ms=spread(0.2, 0.7, 1.4, 3.0), busy_ms=spread(2.0, 3.0, 5.1, 7.0), skipped=0,
        sent=40_000, slipped=0, overruns=0, gc=Garbage((0, 0, 0), 0.0),
    )  # fmt: skip
    return msgspec.structs.replace(seen, **changes)


def empty_report(**changes: Any) -> Report:
    report = Report(
        at="2026-01-02T03:04:05+00:00", quick=False, commit="0123456789 with changes",
        machine=Machine(cpu="A <fast> CPU", cores=2, memory_bytes=8 << 30, kernel="Linux 6.1"),
        versions={"Python": "3.11.7", "aiohttp": "3.14.5"}, titles={name: f"{name} 1.0" for name in EVERYONE},
        scenarios=list(SCENARIOS),
    )  # fmt: skip
    return msgspec.structs.replace(report, **changes)


def canned_report() -> Report:
    """Make a report of five rounds that meets every target."""
    report = empty_report(seconds=777.0)
    for number in range(1, 6):
        wobble = 1 + number / 100
        report.runs += [run(FANOUT, number, name, cost_us=COSTS[name] * wobble) for name in (GAMESERVER, FLOOR)]
        for scenario, dearer in ((SNAPSHOTS, 1.0), (BOTH, 2.0)):
            for name in EVERYONE[: 4 if number < 3 else 2]:
                report.runs.append(run(scenario, number, name, cost_us=COSTS[name] * dearer * wobble))
        for name, most in ((GAMESERVER, 1600), (COLYSEUS, 900)):
            late = {most - 50: 2.0, most: 4.1, most + 50: 6.5 + number, most + 100: 14.0 + number}
            for clients, ms in late.items():
                interval = spread(33.3, 34.0, 1000 / 30 + ms, 60.0)
                report.runs.append(
                    run(CAPACITY, number, name, clients=clients, rate_hz=30, interval_ms=interval, fits=ms < 5)
                )
            report.ramps.append(Ramp(round=number, contender=name, capacity=most, nominal_ms=1000 / 30))
        report.runs.append(run(ARENA, number, clients=100, rooms=1, rate_hz=30))
    report.runs.append(run(SPECTATORS, clients=5000, rooms=25, rss_bytes=115_000_000))
    for number in range(1, 4):
        report.runs += [run(GROW_CLIENTS, number, clients=n, rooms=n // 50, cost_us=8 + n / 2000) for n in FULL.clients]
        report.runs += [run(GROW_ROOMS, number, clients=10 * n, rooms=n, cost_us=9 - n / 200) for n in FULL.rooms]
        report.runs += [run(GROW_ROOMS, number, FLOOR, clients=10 * n, rooms=1, cost_us=6 - n / 25) for n in FULL.rooms]
    report.runs += [run(GROW_SEATS, clients=500, rooms=500 // n, cost_us=5 + n / 10) for n in FULL.seats]
    return report


# How rounds are compared.


def test_each_round_begins_with_the_next_contender() -> None:
    """Nobody always has the machine at its warmest."""
    assert [in_turn(["a", "b", "c"], number) for number in (1, 2, 3, 4)] == [
        ["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"],
    ]  # fmt: skip
    assert in_turn([], 1) == []


def test_ratios_are_taken_within_rounds() -> None:
    """The median of the ratios, which isn't the ratio of the medians; rounds of one contender alone don't count."""
    found = paired_ratio({1: 10.0, 2: 40.0, 3: 3.0, 4: 7.0}, {1: 20.0, 2: 40.0, 3: 10.0, 5: 1.0})
    assert found is not None
    assert (found.median, found.min, found.max, found.count) == (0.5, 0.3, 1.0, 3)
    assert paired_ratio({1: 1.0}, {2: 1.0}) is None
    assert paired_ratio({1: 1.0}, {1: 0.0}) is None


def test_nothing_has_no_summary() -> None:
    """Neither has one point an unevenness."""
    assert summary([]) is None
    assert unevenness({100: [8.0]}) is None
    assert unevenness({}) is None


def test_unevenness_compares_medians_so_that_one_bad_round_is_none() -> None:
    """Highest over lowest, of all points."""
    assert unevenness({100: [8.0, 8.0, 80.0], 500: [10.0, 9.0, 10.0], 1000: [9.0]}) == pytest.approx(1.25)


# How far a server can be filled.


def climbed(answers: dict[int, list[bool]], *, first: int = 100, most: int = 1000) -> tuple[list[int], int]:
    """Climb by 50 with these answers for each size, the last one for good; gives the sizes tried, and the capacity."""
    climb, tried = Climb(first=first, step=50, most=most), []
    while climb.size is not None:
        tried.append(climb.size)
        given = answers.get(climb.size, [True])
        climb.add(given[min(tried.count(climb.size), len(given)) - 1])
    return tried, climb.capacity


def test_a_size_that_fails_once_is_tried_again() -> None:
    """A machine's hiccup is no limit of the server's."""
    tried, capacity = climbed({150: [False, True], 200: [False], 250: [False]})
    assert tried == [100, 150, 150, 200, 200, 250, 250]
    assert capacity == 150


def test_one_size_may_fail_if_the_next_holds() -> None:
    """Only two in a row end the climb, and the larger one counts."""
    tried, capacity = climbed({150: [False], 250: [False], 300: [False]})
    assert tried == [100, 150, 150, 200, 250, 250, 300, 300]
    assert capacity == 200


def test_a_climb_ends_at_the_top_and_at_the_bottom() -> None:
    """With the most that was asked for, or with nothing."""
    assert climbed({}, most=250) == ([100, 150, 200, 250], 250)
    assert climbed({100: [False], 150: [False]}) == ([100, 100, 150, 150], 0)


def test_a_climb_that_is_over_takes_nothing_more() -> None:
    """Stopped from outside, too."""
    climb = Climb(first=100, step=50, most=1000)
    climb.add(True)
    climb.stop()
    assert (climb.size, climb.capacity) == (None, 100)
    with pytest.raises(ValueError, match="over"):
        climb.add(True)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"interval_ms": spread(50, 51, 55.0, 60)}, GAMESERVER),
        ({"snapshots": int(500 * 20 * 4 * 0.994)}, GAMESERVER),
        ({"snapshots": int(500 * 20 * 4 * 0.994)}, COLYSEUS),
        ({"missed": 1}, GAMESERVER),
        ({"lost": 1}, COLYSEUS),
        ({"errors": 1}, GAMESERVER),
    ],
)
def test_whatever_breaks_the_rule_ends_a_size(changes: dict[str, Any], name: str) -> None:
    """Late, incomplete, skipped, lost or refused."""
    assert keeps_up(run(name=name), nominal_ms=50.0)
    assert not keeps_up(run(name=name, **changes), nominal_ms=50.0)


def test_a_server_is_held_to_its_own_interval() -> None:
    """33 ms instead of 33.3 sends more than is due, and lateness is counted from 33."""
    slow = run(name=COLYSEUS, rate_hz=30, interval_ms=spread(33.0, 34.0, 38.2, 40.0))
    assert nominal_interval_ms(slow) == 33.0
    assert late_p99_ms(slow, nominal_ms=33.0) == pytest.approx(5.2)
    assert not keeps_up(slow, nominal_ms=33.0)
    assert nominal_interval_ms(run(rate_hz=30, interval_ms=spread(33.0))) == pytest.approx(33.333, abs=0.001)


def test_a_climb_begins_where_the_cost_says() -> None:
    """In whole steps; at a fixed size where no cost is known."""
    assert first_size(20.0, 30.0, share=0.7, step=50, otherwise=500) == 1150  # 70 % of 1,667
    assert first_size(5000.0, 30.0, share=0.7, step=50, otherwise=500) == 50
    assert first_size(None, 30.0, share=0.7, step=50, otherwise=500) == 500


# Targets.


def test_a_good_report_meets_every_target() -> None:
    """Nothing is left unmeasured in it."""
    found = verdicts(canned_report())
    assert {verdict.judgement for verdict in found} == {"met"}, [v for v in found if v.judgement != "met"]
    assert not any_missed(found)


def test_an_empty_report_meets_none() -> None:
    """And says that nothing was measured, target by target."""
    found = verdicts(empty_report())
    assert len(found) == len(verdicts(canned_report()))
    assert {verdict.judgement for verdict in found} == {"not measured"}
    assert any_missed(found)


def _dearer(scenario: str) -> Callable[[Run], Run]:
    def change(of: Run) -> Run:
        if (of.scenario, of.contender) != (scenario, GAMESERVER):
            return of
        return msgspec.structs.replace(of, measured=msgspec.structs.replace(of.measured, cpu_s=of.measured.cpu_s * 1.8))

    return change


def _measured(scenario: str, **changes: Any) -> Callable[[Run], Run]:
    def change(of: Run) -> Run:
        if of.scenario != scenario:
            return of
        return msgspec.structs.replace(of, measured=msgspec.structs.replace(of.measured, **changes))

    return change


def _seen(scenario: str, **changes: Any) -> Callable[[Run], Run]:
    def change(of: Run) -> Run:
        return msgspec.structs.replace(of, observed=observed(**changes)) if of.scenario == scenario else of

    return change


def _uneven(scenario: str) -> Callable[[Run], Run]:
    def change(of: Run) -> Run:
        if (of.scenario, of.clients) != (scenario, 1000):
            return of
        return msgspec.structs.replace(of, measured=msgspec.structs.replace(of.measured, cpu_s=of.measured.cpu_s * 1.5))

    return change


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (_dearer(FANOUT), ["Fan-out alone"]),
        (_dearer(SNAPSHOTS), ["Snapshots only"]),
        (_dearer(BOTH), ["Both ways"]),
        (_seen(ARENA, busy_ms=spread(2.0, 4.0, 8.0, 9.0)), ["Arena"]),
        (_seen(BOTH, late_ms=spread(0.5, 0.7, 1.4, 3.0)), ["Tick lateness"]),
        (_seen(BOTH, late_ms=spread(0.2, 0.7, 2.3, 3.0)), ["Tick lateness"]),
        (_measured(BOTH, rss_bytes=50_100_000), ["Resident memory"]),
        (_measured(SPECTATORS, lost=1), ["Idle spectators"]),
        (_measured(SPECTATORS, clients=4999), ["Idle spectators"]),
        (_uneven(GROW_CLIENTS), ["Cost per client-tick, 100 to 1000 clients"]),
        (_uneven(GROW_ROOMS), ["Cost per client-tick, 1 to 100 rooms"]),
        (_measured(BOTH, ack_ms=spread(50.1, 51, 54, 60)), ["Command to acknowledgement"]),
        (_measured(BOTH, ack_ms=spread(26, 51, 55.1, 60)), ["Command to acknowledgement"]),
    ],
)
def test_each_target_can_be_missed(change: Callable[[Run], Run], names: list[str]) -> None:
    """Each by its own measure, and by no other's."""
    report = canned_report()
    report.runs = [change(of) for of in report.runs]
    missed = [verdict.what for verdict in verdicts(report) if verdict.judgement == "missed"]
    assert len(missed) == len(names)
    assert all(what.startswith(name) for what, name in zip(missed, names, strict=True)), missed


def test_a_tail_tells_what_was_stolen() -> None:
    """Where it was worth it."""
    report = canned_report()
    notes = {verdict.note for verdict in verdicts(report)}
    assert not any("stolen" in note for note in notes)
    report.runs = [msgspec.structs.replace(of, stolen_s=0.1 if of.round == 2 else 0.04) for of in report.runs]
    told = [verdict.scenario for verdict in verdicts(report) if "core: 1.0% of a window, up to 2.5%" in verdict.note]
    assert told == [CAPACITY, ARENA, BOTH]


def test_stolen_time_is_the_kernel_s_own(tmp_path: Path) -> None:
    """Of one core; what isn't told is none."""
    stat = tmp_path / "stat"
    stat.write_text("cpu  9 9 9 9 9 9 9 99 9 9\ncpu0 1 2 3 4 5 6 7 250 9 10\ncpu1 1 2 3 4 5 6 7 0 9 10\nintr 5 6\n")
    ticks = os.sysconf("SC_CLK_TCK")
    assert [stolen_s(core, stat) * ticks for core in (0, 1, 2)] == [250, 0, 0]


def test_growth_is_judged_by_our_own_and_tells_of_the_floor_s() -> None:
    """What the machine itself does with few clients is no excuse: it is said beside it."""
    clients, rooms = [verdict for verdict in verdicts(canned_report()) if verdict.what.startswith("Cost per client")]
    ends = "9.0 us at the small end, 8.5 at the large one"
    assert (rooms.measured, rooms.judgement, rooms.note) == ("1.06x", "met", f"{ends}; the C loop's own: 2.98x")
    assert re.fullmatch(r"[\d.]+ us at the small end, [\d.]+ at the large one", clients.note)


def test_capacity_can_be_missed() -> None:
    """By the ratio of the ramps."""
    report = canned_report()
    report.ramps = [msgspec.structs.replace(ramp, capacity=1000) for ramp in report.ramps]
    (missed,) = [verdict for verdict in verdicts(report) if verdict.judgement == "missed"]
    assert missed.what.startswith("Capacity")
    assert missed.measured == "1.00x"


# The order of the work.


def test_a_plan_has_each_contender_once_in_each_round() -> None:
    """Those of the targets in all rounds, the others in the first ones."""
    both = [(job.round, job.contender) for job in jobs(FULL, EVERYONE, [BOTH])]
    assert len(both) == len(set(both)) == 5 * 2 + FULL.peer_rounds * 2
    assert {name for number, name in both if number > FULL.peer_rounds} == {GAMESERVER, COLYSEUS}
    assert [number for number, _ in both] == sorted(number for number, _ in both)
    first = [next(name for turn, name in both if turn == number) for number in range(1, 6)]
    assert first == [GAMESERVER, COLYSEUS, GAMESERVER, COLYSEUS, GAMESERVER]


def test_a_round_goes_through_all_scenarios() -> None:
    """So a machine's bad minutes cost a round of each, not each round of one."""
    todo = [(job.round, SCENARIOS.index(job.scenario)) for job in jobs(FULL, EVERYONE, SCENARIOS)]
    assert todo == sorted(todo)
    assert {scenario for number, scenario in todo if number == 1} == set(range(len(SCENARIOS)))


def test_growth_has_the_floor_beside_it() -> None:
    """In the first rounds, with frames of a size that it knows."""
    for scenario in (GROW_CLIENTS, GROW_ROOMS):
        turns = [(job.round, job.contender) for job in jobs(FULL, EVERYONE, [scenario])]
        floor = [(number, FLOOR) for number in (1, 2)]
        assert sorted(turns) == sorted([*floor, *((number, GAMESERVER) for number in range(1, 6))])


def test_whoever_is_missing_has_no_turn() -> None:
    """And the others have theirs."""
    todo = jobs(FULL, [GAMESERVER, FASTAPI], SCENARIOS)
    assert {job.contender for job in todo} == {GAMESERVER, FASTAPI}
    assert {job.scenario for job in todo} == set(SCENARIOS)


@pytest.mark.parametrize(("plan", "most_s"), [(FULL, 15 * 60), (QUICK, 3 * 60)])
def test_a_plan_fits_its_budget(plan: sizes.Plan, most_s: float) -> None:
    """By its own estimate."""
    assert sum(job.seconds for job in jobs(plan, EVERYONE, SCENARIOS)) < most_s


def test_the_swarm_of_peers_knows_every_room_size_asked_for() -> None:
    """A sweep over sizes that no game has would fail in the last minutes."""
    assert {*FULL.seats, *QUICK.seats, sizes.SEATS, sizes.GROW_ROOM_SEATS} <= MOVERS.keys()


# The runs themselves, with a server and a swarm that are none.


class FakePeer:
    """Runs nothing; its clients cost what `COSTS` says."""

    def __init__(self, name: str) -> None:
        self.name = self.title = name
        self.loads: list[Load] = []

    def install(self, say: Callable[[str], None]) -> None:
        """Do nothing."""

    def start(self, load: Load, *, core: int | None, log: Path) -> AbstractContextManager[Running]:
        self.loads.append(load)
        return self._running()

    @contextmanager
    def _running(self) -> Iterator[Running]:
        yield Running("127.0.0.1", 1, os.getpid())

    def dialect(self, load: Load) -> Dialect:
        return Dialect(snapshot=(BINARY, self.name.encode()))

    def paths(self, running: Running, clients: int) -> Sequence[str]:
        return [f"/{i}" for i in range(clients)]


class FakeSwarm:
    """Clients that are on time until there are too many."""

    grown: list[int]
    hold = 700

    def __init__(
        self, host: str, port: int, dialect: Dialect, *, inputs_hz: float = 0, rate_hz: float, core: int
    ) -> None:
        self.rate_hz = rate_hz
        self.clients = 0
        self.grown = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def grow(self, clients: int, paths: Sequence[str] = ("/ws",)) -> None:
        assert len(paths) == clients - self.clients
        self.clients = clients

    def measure(self, seconds: float, pids: Sequence[int] = ()) -> Measured:
        late_ms = 1.0 if self.clients <= self.hold else 9.0
        nominal_ms = 1000 / self.rate_hz
        interval = spread(nominal_ms, nominal_ms, nominal_ms + late_ms, nominal_ms + 20)
        return measured(self.clients, 20.0, self.rate_hz, interval_ms=interval)


@pytest.fixture
def theft(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is stolen of the windows that come, in seconds; nothing after the last."""
    coming: list[float] = []
    total_s, before = 0.0, True

    def stolen_s(core: int) -> float:
        nonlocal total_s, before
        assert core == 0
        if not before and coming:
            total_s += coming.pop(0)
        before = not before
        return total_s

    monkeypatch.setattr("loadtest.bench.crowd.stolen_s", stolen_s)
    return coming


def runner(report: Report, tmp_path: Path) -> Runner:
    return Runner(
        report=report, plan=FULL, peers={COLYSEUS: FakePeer(COLYSEUS)}, cores=Cores(0, 1), logs=tmp_path,
        show=lambda _: None, new_swarm=FakeSwarm, sleep=lambda _: None,  # type: ignore[arg-type]
    )  # fmt: skip


def test_one_window_is_one_run(tmp_path: Path) -> None:
    """With all clients in it."""
    report = empty_report()
    runner(report, tmp_path).once(SNAPSHOTS, 3, COLYSEUS, Load(rate_hz=20, room_size=50), 500)
    (only,) = report.runs
    assert (only.scenario, only.round, only.contender, only.clients, only.rooms) == (SNAPSHOTS, 3, COLYSEUS, 500, 10)
    assert only.cost_us == pytest.approx(20.0)
    assert only.snapshot_bytes == pytest.approx(420)


def test_a_server_is_filled_until_it_fails(tmp_path: Path) -> None:
    """From the cost's prediction on; the next round begins close to where this one ended."""
    report = empty_report(runs=[run(BOTH, 1, COLYSEUS, cost_us=50.0)])
    climber = runner(report, tmp_path)
    climber.climb(1, COLYSEUS)
    climber.climb(2, COLYSEUS)
    assert [ramp.capacity for ramp in report.ramps] == [700, 700]
    steps = [(of.round, of.clients, of.fits) for of in report.of(CAPACITY)]
    assert steps[0] == (1, 450, True)  # 70 % of the 667 that 50 us at 30 Hz allow
    assert [size for number, size, _ in steps if number == 2] == [600, 650, 700, 750, 750, 800, 800]


def test_what_was_stolen_is_told_of_each_window(tmp_path: Path, theft: list[float]) -> None:
    """As a share of it."""
    report = empty_report()
    theft += [0.01, 0.0]
    for number in (1, 2):
        runner(report, tmp_path).once(SNAPSHOTS, number, COLYSEUS, Load(rate_hz=20, room_size=50), 500)
    assert [of.stolen for of in report.runs] == [pytest.approx(0.0025), 0.0]


@pytest.mark.parametrize(
    ("stolen", "counts"),
    [([0.01, 0.5], 0.01), ([0.09, 0.01, 0.5], 0.01), ([0.09, 0.05, 0.07, 0.0], 0.05), ([0.05, 0.07, 0.09, 0.0], 0.05)],
)
def test_the_calmest_window_counts(
    tmp_path: Path, theft: list[float], monkeypatch: pytest.MonkeyPatch, stolen: list[float], counts: float
) -> None:
    """The first of which next to nothing was stolen, or else the best of three."""
    monkeypatch.setattr("loadtest.bench.runner.ARENA_SERVER", FakePeer(COLYSEUS))
    report = empty_report()
    theft += stolen * 2
    runner(report, tmp_path).arena(1)
    del theft[: -len(stolen)]
    runner(report, tmp_path).once(SNAPSHOTS, 1, COLYSEUS, Load(rate_hz=20, room_size=50), 500)
    assert [of.stolen_s for of in report.runs] == [pytest.approx(counts)] * 2
    measured = stolen[: 3 if counts == 0.05 else stolen.index(counts) + 1]
    aside = sorted(of.stolen_s for of in report.set_aside)
    assert aside == pytest.approx(sorted([each for each in measured if each != counts] * 2))


def test_a_restless_machine_has_no_more_windows_than_there_are_to_spare(tmp_path: Path, theft: list[float]) -> None:
    """In each scenario."""
    report = empty_report()
    theft += [1.0] * 100
    measuring = runner(report, tmp_path)
    for number in range(1, 6):
        measuring.once(SNAPSHOTS, number, COLYSEUS, Load(rate_hz=20, room_size=50), 500)
    assert len(theft) == 100 - 5 - FULL.spare_windows
    measuring.once(BOTH, 1, COLYSEUS, Load(rate_hz=20, room_size=50), 500)
    assert len(theft) == 100 - 5 - FULL.spare_windows - sizes.CALM_TRIES


def test_a_stolen_step_may_fail_without_counting(tmp_path: Path, theft: list[float]) -> None:
    """Twice in a ramp; a step that holds counts however much was stolen."""
    report = empty_report(runs=[run(BOTH, 1, COLYSEUS, cost_us=30.0)])
    theft += [0.0, 0.1, 0.1, 0.1, 0.1]  # the second and the third don't count
    runner(report, tmp_path).climb(1, COLYSEUS)
    steps = [(of.clients, of.fits, of.stolen_s > 0) for of in report.of(CAPACITY)]
    assert steps[:2] == [(750, False, False), (750, False, True)]
    assert steps[2:4] == [(800, False, True), (800, False, False)]
    assert [(of.clients, of.fits) for of in report.set_aside] == [(750, False)] * 2
    assert not theft


def test_a_climb_that_began_too_high_begins_again(tmp_path: Path) -> None:
    """A server that is full can't be emptied: another one is started."""
    report = empty_report(runs=[run(BOTH, 1, COLYSEUS, cost_us=10.0)])
    runner(report, tmp_path).climb(1, COLYSEUS)
    assert report.ramps[0].capacity == 700
    assert report.of(CAPACITY)[0].clients == 2300


# What the server saw, and how late timers are.


def test_windows_are_marked_by_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that answers is the one that comes after the signal."""
    path = tmp_path / "observed.jsonl"
    path.write_text('{"edge":"begin"}\n')

    def answer(pid: int, number: int) -> None:
        line = {"edge": "begin"} if number == signal.SIGUSR1 else {"edge": "end", **msgspec.to_builtins(observed())}
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    monkeypatch.setattr(os, "kill", answer)
    observation = observing.Observation(path, 1)
    observation.begin()
    assert observation.end() == observed()


def test_a_server_that_does_not_answer_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a window without numbers."""
    monkeypatch.setattr(os, "kill", lambda *_: None)
    monkeypatch.setattr(observing, "PATIENCE_S", 0.02)
    with pytest.raises(observing.ObservationFailed, match="SIGUSR1"):
        observing.Observation(tmp_path / "none", 1).begin()


async def test_timer_noise_has_a_value_for_each_deadline() -> None:
    """None of them before its time."""
    late_ms = await timer_noise.lateness_ms(rooms=4, rate_hz=100.0, seconds=0.05)
    assert len(late_ms) == 4 * 5
    assert min(late_ms) >= 0


def test_percentiles_are_values_that_were_there() -> None:
    """By nearest rank; nothing has only zeros."""
    assert timer_noise.spread([float(value) for value in range(101)]) == Spread(101, 50.0, 95.0, 99.0, 100.0)
    assert timer_noise.spread([]) == Spread(0, 0.0, 0.0, 0.0, 0.0)


# What is shown.


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        return True


def test_the_time_left_follows_the_pace() -> None:
    """Work that takes twice as long as planned will go on so."""
    now = 100.0
    progress = Progress(60.0, out=io.StringIO(), clock=lambda: now)
    assert progress.left_s == 60
    now += 20
    progress.done(10)
    assert progress.left_s == 100


def test_a_log_has_lines_and_a_terminal_has_a_status() -> None:
    """No escape codes in a log; no heading twice."""
    for out in (io.StringIO(), Terminal()):
        progress = Progress(125.0, out=out, clock=lambda: 0.0)
        for number in (1, 2):
            progress.now("[1/2] fan-out", f"round {number}")
            progress.result("floor", "6.5 us")
        text = out.getvalue()
        assert text.count("[1/2] fan-out") == 1
        assert ("\x1b" in text) == out.isatty()
        assert "2:05 left" in text


class Checker(HTMLParser):
    """Notes every tag that isn't closed in its order, every reference to elsewhere, and every id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in {"src", "href", "xlink:href"} and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone() -> None:
    """Well-formed, every plot in it, nothing loaded from elsewhere, every id once."""
    text = page(canned_report())
    found = Checker(text)
    assert text.count("<svg") == 10
    assert all(link.startswith("#") for link in found.links)
    assert not re.search(r"url\((?!#)|@import", text)
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links} <= set(found.ids)


def test_the_page_names_where_it_comes_from() -> None:
    """Machine, versions, commit and time, as text and not as markup."""
    text = page(canned_report())
    for part in ("A &lt;fast&gt; CPU", "Linux 6.1", "Python 3.11.7", "0123456789 with changes", "2026-01-02", "8 GiB"):
        assert part in text
    assert "no medians" not in text


def test_the_page_hides_nothing() -> None:
    """Who is missing, what failed, what was missed, and that it was quick or interrupted."""
    report = canned_report()
    report.quick = report.interrupted = True
    report.missing = {COLYSEUS: "there is no Node.js"}
    report.failures = [Failure(scenario=BOTH, round=2, contender=FASTAPI, why="lost <everyone>")]
    report.runs = [_measured(ARENA, generator_share=0.85)(_dearer(FANOUT)(of)) for of in report.runs]
    text = page(report)
    assert "Busy clients.</b> In arena they took up to 85%" in text
    assert "quick: no medians" in text
    assert "Interrupted" in text
    assert "Missing: colyseus.</b> there is no Node.js" in text
    assert "lost &lt;everyone&gt;" in text
    assert text.count('"badge missed"') == 1


def test_a_page_of_nothing_is_a_page() -> None:
    """Without plots, with all targets."""
    text = page(empty_report(missing={"swarm": "no C compiler"}))
    Checker(text)
    assert text.count("badge not-measured") == len(verdicts(empty_report()))


def test_what_is_written_can_be_read_again(tmp_path: Path) -> None:
    """The JSON holds every run, and makes the same page."""
    report = canned_report()
    save(report, tmp_path / "bench.json")
    again = load(tmp_path / "bench.json")
    assert again == report
    write_page(again, tmp_path / "bench.html")
    assert (tmp_path / "bench.html").read_text(encoding="utf-8") == page(report)


# The command line.


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, Report]]:
    """Give what runs the command line, without cores, compilers and servers; gives the exit code and the JSON."""
    monkeypatch.setattr(cli, "stop_with_server", lambda: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)
    monkeypatch.setattr(native, "build", lambda _: Path("swarm"))
    monkeypatch.setattr(cli, "PEERS", {name: FakePeer(name) for name in (GAMESERVER, FLOOR)})
    monkeypatch.delenv("QUICK", raising=False)

    def run_cli(*arguments: str) -> tuple[int, Report]:
        code = cli.main([*arguments, "--only", FANOUT, "--output", str(tmp_path)])
        Checker((tmp_path / "bench.html").read_text(encoding="utf-8"))
        return code, load(tmp_path / "bench.json")

    return run_cli


def works(self: Runner, scenario: str, number: int, name: str, load: Load, clients: int) -> None:
    self._add(run(scenario, number, name))


def test_missed_targets_are_an_error_only_where_that_is_asked_for(
    bench: Callable[..., tuple[int, Report]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measured is measured."""
    monkeypatch.setattr(Runner, "once", works)
    code, report = bench()
    assert code == 0
    assert [(of.round, of.contender) for of in report.runs[:3]] == [(1, GAMESERVER), (1, FLOOR), (2, FLOOR)]
    assert len(report.runs) == 2 * FULL.rounds
    printed = capsys.readouterr().out
    assert "met           Fan-out alone" in printed
    assert "Capacity" not in printed  # it wasn't asked for
    assert bench("--strict")[0] == 0
    monkeypatch.setitem(COSTS, FLOOR, 1.0)
    assert bench("--strict")[0] == 1
    assert bench()[0] == 0


def test_quick_by_flag_and_by_environment(
    bench: Callable[..., tuple[int, Report]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One round; QUICK=0 is as good as none."""
    monkeypatch.setattr(Runner, "once", works)
    assert bench("--quick")[1].quick
    monkeypatch.setenv("QUICK", "0")
    assert not bench()[1].quick
    monkeypatch.setenv("QUICK", "1")
    report = bench()[1]
    assert report.quick
    assert len(report.runs) == 2


def test_without_a_compiler_there_is_nothing_but_a_page_that_says_so(
    bench: Callable[..., tuple[int, Report]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The swarm is a C program."""

    def build(name: str) -> Path:
        raise native.NoCompiler("install gcc")

    monkeypatch.setattr(native, "build", build)
    code, report = bench()
    assert code == cli.NOT_RUN
    assert report.missing == {"swarm": "install gcc"}
    assert "swarm is missing: install gcc" in capsys.readouterr().out


def test_the_rest_goes_on_without_a_peer(
    bench: Callable[..., tuple[int, Report]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing from the beginning, or failing in a round."""

    class Missing(FakePeer):
        def install(self, say: Callable[[str], None]) -> None:
            raise PeerMissing("no cc")

    def fails_once(self: Runner, scenario: str, number: int, name: str, load: Load, clients: int) -> None:
        if number == 2:
            raise PeerFailed("it  said\nnothing")
        works(self, scenario, number, name, load, clients)

    monkeypatch.setattr(cli, "PEERS", {GAMESERVER: FakePeer(GAMESERVER), FLOOR: Missing(FLOOR)})
    monkeypatch.setattr(Runner, "once", fails_once)
    code, report = bench()
    assert code == 0
    assert report.missing == {FLOOR: "no cc"}
    assert [of.round for of in report.runs] == [1, 3, 4, 5]
    assert report.failures == [Failure(scenario=FANOUT, round=2, contender=GAMESERVER, why="it said nothing")]


def test_what_was_measured_before_an_interrupt_is_written(
    bench: Callable[..., tuple[int, Report]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second round."""

    def interrupted(self: Runner, scenario: str, number: int, name: str, load: Load, clients: int) -> None:
        if number == 2:
            raise KeyboardInterrupt
        works(self, scenario, number, name, load, clients)

    monkeypatch.setattr(Runner, "once", interrupted)
    code, report = bench()
    assert code == cli.INTERRUPTED
    assert report.interrupted
    assert len(report.runs) == 2
