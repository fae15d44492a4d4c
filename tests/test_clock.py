"""The schedule of a room: no drift, bounded catching up, phases one after the other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gameserver.clock import CHANGED, SLACK, Place, Schedule, Timetable, last_start_s

RATES = [1, 7.3, 20, 30, 59.94, 60, 128, 144, 240]


def schedule(rate_hz: float = 20, start_s: float = 100.0) -> Schedule:
    """Make a schedule that runs up to 4 late steps."""
    return Schedule(rate_hz=rate_hz, start_s=start_s, max_late_steps=4)


@pytest.mark.parametrize("rate_hz", [7.3, 59.94, 144])
def test_no_drift_over_a_million_steps(rate_hz: float) -> None:
    """After a million steps, each woken a little late, the next deadline is where it was to be from the start."""
    clock = schedule(rate_hz, start_s=12_345.678)
    due = clock.due
    for step in range(1, 1_000_001):
        assert due(12_345.678 + (step + 0.37) / rate_hz) == (1, 0)
    assert clock.deadline_s() == pytest.approx(12_345.678 + 1_000_001 / rate_hz, abs=1e-6)
    assert clock.slipped_ticks == 0


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("start_s", [0.0, 0.1, 1e3, 1_234_567.891, 1e7, 1e8])
def test_a_call_at_a_deadline_finds_its_step_due(rate_hz: float, start_s: float) -> None:
    """Whoever sleeps until exactly the deadline has one step to run, also on a machine that is up for years."""
    clock = schedule(rate_hz, start_s)
    for _ in range(2000):
        assert clock.due(clock.deadline_s()) == (1, 0)


def test_nothing_is_due_before_its_deadline() -> None:
    """A call too early, or a clock that stands still, runs nothing."""
    clock = schedule()
    assert clock.deadline_s() == 100.05
    assert clock.due(0.0) == (0, 0)
    assert clock.due(100.0) == (0, 0)
    assert clock.due(100.049) == (0, 0)
    assert clock.due(100.05) == (1, 0)
    assert clock.due(100.05) == (0, 0)
    assert clock.due(100.0) == (0, 0)
    assert clock.deadline_s() == 100.1


@pytest.mark.parametrize("late", [1, 2, 3, 4])
def test_a_little_late_runs_them_all(late: int) -> None:
    """Up to four missed steps are run at once, and the schedule stays where it was."""
    clock = schedule()
    assert clock.due(100.0 + (late + 0.5) / 20) == (late, 0)
    assert clock.slipped_ticks == 0
    assert clock.deadline_s() == pytest.approx(100.0 + (late + 1) / 20)


@pytest.mark.parametrize("late", [5, 6, 100, 10_000])
def test_too_late_slips_and_counts(late: int) -> None:
    """Beyond four the rest of the schedule moves, is counted, and keeps its phase."""
    clock = schedule()
    assert clock.due(100.0 + (late + 0.5) / 20) == (4, late - 4)
    assert clock.slipped_ticks == late - 4
    assert clock.deadline_s() == pytest.approx(100.0 + (late + 1) / 20)
    assert clock.due(100.0 + (late + 1.5) / 20) == (1, 0)
    assert clock.due(100.0 + (late + 11.5) / 20) == (4, 6)
    assert clock.slipped_ticks == late - 4 + 6


@settings(deadline=None)
@given(st.sampled_from(RATES), st.floats(0, 1e7), st.lists(st.floats(0, 3), max_size=30))
@example(30, 1.15, [1.15, 1.15])  # where a slip rounds the next deadline down to now
def test_every_step_is_run_or_counted(rate_hz: float, start_s: float, waits_s: list[float]) -> None:
    """However the calls come, steps run plus ticks slipped are those that have passed; no call runs more than four."""
    clock, now_s, run = schedule(rate_hz, start_s), start_s, 0
    for wait_s in waits_s:
        now_s += wait_s
        steps, slipped = clock.due(now_s)
        assert 0 <= steps <= 4
        assert slipped == 0 or steps == 4
        run += steps
        assert clock.deadline_s() > now_s
        assert run + clock.slipped_ticks == pytest.approx((now_s - start_s) * rate_hz, abs=1.001)


def test_the_fraction_of_a_tick() -> None:
    """It runs from 0 to 1 between deadlines, and stays in there when called early or late."""
    clock = schedule()
    assert clock.fraction(100.0) == 0
    assert clock.fraction(100.025) == pytest.approx(0.5)
    assert clock.fraction(99.0) == 0
    assert clock.fraction(101.0) == 1
    clock.due(100.05)
    assert clock.fraction(100.0625) == pytest.approx(0.25)


def phases_ms(*places: Place) -> list[object]:
    """Give the phases, in milliseconds."""
    return [pytest.approx(place.phase_s * 1000) for place in places]


def test_turns_follow_each_other() -> None:
    """Each room's turn is due when the one before it should be over; who is behind a leaver moves up."""
    table = Timetable()
    places = [table.take(20, turn_s) for turn_s in (0.002, 0.001, 0.003, 0.001)]
    assert phases_ms(*places) == [0, 2 * SLACK, 3 * SLACK, 6 * SLACK]
    assert table.take(30, 0.004).phase_s == 0  # another rate's ticks don't come in step with these
    table.give_back(places[1])
    assert phases_ms(*places[2:]) == [2 * SLACK, 5 * SLACK]


def test_rooms_with_little_to_do_have_time_for_more() -> None:
    """They are not due as close to each other as their turns would allow."""
    table = Timetable()
    assert phases_ms(*(table.take(20, 0.00001) for _ in range(3))) == [0, 0.5 * SLACK, SLACK]


def test_a_turn_of_another_length_moves_those_after_it() -> None:
    """Not for a little more or less, and not for a single turn that took long."""
    table = Timetable()
    first, second = table.take(20, 0.001), table.take(20, 0.001)
    for took_s in (0.0011, 0.0009, 0.0015, 0.001, 0.001, 0.0011):
        first.took(took_s)
    assert phases_ms(first, second) == [0, SLACK]
    first.took(1.0)
    assert phases_ms(first, second) == [0, SLACK]
    for _ in range(50):
        first.took(0.003)
    assert first.phase_s == 0
    assert 3 / CHANGED < second.phase_s * 1000 / SLACK <= 3
    for _ in range(50):
        first.took(0.0006)
    assert 0.6 <= second.phase_s * 1000 / SLACK < 0.6 * CHANGED


def test_a_tick_has_several_convoys() -> None:
    """When one is long enough, the next turn begins another, and when all are, the shortest gets it."""
    table = Timetable()
    phases = [table.take(10, 0.010).phase_s for _ in range(6)]
    assert phases[:5] == pytest.approx([0, 0.010 * SLACK, 0.050, 0.050 + 0.010 * SLACK, 0.020 * SLACK])
    assert phases[5] == pytest.approx(0.050 + 0.020 * SLACK)


def test_a_full_tick_is_shared() -> None:
    """Turns that don't all have the time that they take are spread over what there is, by how long they are."""
    table = Timetable()
    places = [table.take(100, 0.004) for _ in range(8)]
    assert sorted(place.phase_s for place in places) == pytest.approx([n * 0.00125 for n in range(8)])
    assert 0 <= table.take(100, 0.05).phase_s < 0.01  # longer than a tick


@settings(deadline=None)
@given(st.sampled_from(RATES), st.lists(st.tuples(st.floats(0.001, 0.02), st.booleans()), max_size=40))
def test_no_turns_are_due_at_once_while_there_is_room(rate_hz: float, turns: list[tuple[float, bool]]) -> None:
    """As long as a third of the tick is free, none is due in another's time, whoever goes."""
    table = Timetable()
    there: list[Place] = []
    for part, goes in turns:
        turn_s = part / rate_hz
        if goes and there:
            table.give_back(there.pop(0))
        elif goes or sum(max(place.turn_s, 0.0005) for place in there) + max(turn_s, 0.0005) < 0.3 / rate_hz:
            there.append(table.take(rate_hz, turn_s))
    spans = sorted((place.phase_s, place.phase_s + place.turn_s) for place in there)
    for (_, end_s), (begin_s, _) in pairwise(spans):
        assert begin_s >= end_s
    assert all(0 <= place.phase_s < 1 / rate_hz for place in there)


@given(st.floats(0, 1e7), st.sampled_from(RATES), st.floats(0, 1))
def test_the_first_turn_is_due_within_a_tick(now_s: float, rate_hz: float, part: float) -> None:
    """A schedule that begins at the last time its turn was due runs the first one within a tick, at its phase."""
    phase_s = part / rate_hz
    start_s = last_start_s(now_s, rate_hz, phase_s)
    assert now_s - 1 / rate_hz - 1e-6 < start_s <= now_s
    off = (start_s - phase_s) * rate_hz
    assert off == pytest.approx(round(off), abs=1e-4)
