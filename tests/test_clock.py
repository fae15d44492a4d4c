"""The schedule of a room: no drift, bounded catching up, spread phases."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver.clock import Schedule, phase_s

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


@pytest.mark.parametrize("rooms", [1, 2, 10, 100, 1000])
def test_phases_are_spread(rooms: int) -> None:
    """Any number of rooms divides the tick about evenly: no gap is three times what it would ideally be."""
    tick_s = 1 / 20
    phases = sorted(phase_s(index, 20) for index in range(rooms))
    assert phases[0] >= 0
    assert phases[-1] < tick_s
    gaps = [b - a for a, b in zip(phases, [*phases[1:], phases[0] + tick_s], strict=True)]
    assert max(gaps) < 3 * tick_s / rooms
    assert min(gaps) > tick_s / rooms / 3
