"""Interpolation: drawn time behind the server's clock."""

import pytest

from gameserver_client.playback import BEND, Playback, Sample
from gameserver_client.server_clock import ServerClock
from gameserver_client.states import State

RATE = 20.0
TICK_S = 1 / RATE
AGE_S = 0.05
"""How old a snapshot is when it comes."""


class Watcher:
    """Snapshots that come evenly, unless told otherwise; tick n is made at n / RATE."""

    def __init__(self) -> None:
        self.clock = ServerClock(RATE)
        self.clock.pong(0.0, 0.05 * RATE, 0.1)
        self.playback = Playback(self.clock)
        self.tick = 10

    def arrive(self, late_s: float = 0.0, *, step: int = 1) -> float:
        """Let the next snapshot come; gives when."""
        self.tick += step
        now_s = self.tick * TICK_S + AGE_S + late_s
        self.playback.push(State(self.tick, {}), now_s)
        return now_s

    def sample(self, now_s: float) -> Sample:
        """Draw."""
        sample = self.playback.sample(now_s)
        assert sample is not None
        return sample

    def settled(self, snapshots: int = 70) -> float:
        """Watch evenly for a while; gives when the last snapshot came."""
        now_s = 0.0
        for _ in range(snapshots):
            now_s = self.arrive()
            self.sample(now_s)
        return now_s


def test_nothing_is_drawn_before_the_first_state() -> None:
    """And nothing to see without interpolation either."""
    watcher = Watcher()
    assert watcher.playback.sample(1.0) is None
    assert watcher.playback.latest() is None
    assert watcher.playback.newest is None


def test_it_stays_two_intervals_behind_what_comes() -> None:
    """With even arrivals: the age of snapshots, and two of their intervals."""
    watcher = Watcher()
    now_s = watcher.settled()
    assert watcher.playback.delay_s(now_s) == pytest.approx(AGE_S + 2 * TICK_S)
    sample = watcher.sample(now_s)
    assert sample.tick == pytest.approx(watcher.tick - 2)


def test_the_two_states_around_the_drawn_tick() -> None:
    """And how far it is from one to the other."""
    watcher = Watcher()
    now_s = watcher.settled()
    sample = watcher.sample(now_s + 0.3 * TICK_S)
    assert (sample.from_state.tick, sample.to_state.tick) == (watcher.tick - 2, watcher.tick - 1)
    assert sample.alpha == pytest.approx(0.3)
    assert not sample.jumped


def test_uneven_arrivals_keep_it_farther_behind() -> None:
    """Two deviations more, and no more than 250 ms in all."""
    watcher = Watcher()
    for n in range(70):
        now_s = watcher.arrive(0.02 * (n % 3))
        watcher.sample(now_s)
    assert AGE_S + 2 * TICK_S + 0.03 < watcher.playback.delay_s(now_s) < AGE_S + 0.25 + 0.02


def test_one_late_snapshot_changes_nothing() -> None:
    """A stall is no jitter."""
    watcher = Watcher()
    watcher.settled()
    watcher.arrive(0.4)
    now_s = watcher.settled(8)
    assert watcher.playback.delay_s(now_s) == pytest.approx(AGE_S + 2 * TICK_S)


def test_drawn_time_bends() -> None:
    """When everything comes 100 ms later from now on, drawn time goes slower by a tenth at the most."""
    watcher = Watcher()
    now_s = watcher.settled()
    last, last_s = watcher.sample(now_s).tick, now_s
    for _ in range(70):
        now_s = watcher.arrive(0.1)
        tick = watcher.sample(now_s).tick
        passed = (now_s - last_s) * RATE
        assert passed * (1 - BEND) - 1e-6 <= tick - last <= passed * (1 + BEND) + 1e-6
        last, last_s = tick, now_s
    assert watcher.playback.delay_s(now_s) == pytest.approx(AGE_S + 0.1 + 2 * TICK_S, abs=0.01)


def test_beyond_the_newest_state_things_go_on_for_100_ms_and_hold() -> None:
    """By the last two states; and what was guessed is no jump until the truth is known."""
    watcher = Watcher()
    now_s = watcher.settled()
    samples = [watcher.sample(now_s + 0.01 * n) for n in range(1, 40)]
    assert max(s.tick for s in samples) == watcher.tick + 0.1 * RATE
    assert samples[-1].alpha == pytest.approx(1 + 0.1 * RATE)
    assert samples[-1].from_state.tick == watcher.tick - 1
    assert not any(s.jumped for s in samples)
    for _ in range(8):
        watcher.arrive()
    landed = watcher.sample(now_s + 0.40)
    assert landed.jumped
    assert landed.tick == pytest.approx(RATE * (now_s + 0.4) - RATE * (AGE_S + 2 * TICK_S), abs=0.1)


def test_it_never_runs_backward() -> None:
    """Though the clock does, when the server slipped."""
    watcher = Watcher()
    now_s = watcher.settled()
    last = watcher.sample(now_s).tick
    for n in range(100):
        now_s += 0.016
        watcher.clock.pong(now_s - 0.1, RATE * (now_s - 0.05) - 20, now_s)
        if n % 3 == 0:
            watcher.tick += 1
            watcher.playback.push(State(watcher.tick, {}), now_s)
        tick = watcher.sample(now_s).tick
        assert tick >= last
        last = tick
    assert watcher.clock.jumped < 0


def test_every_third_snapshot_is_interpolated_too() -> None:
    """A game may send less often than it ticks, and clients are skipped."""
    watcher = Watcher()
    for _ in range(40):
        now_s = watcher.arrive(step=3)
        watcher.sample(now_s)
    assert watcher.playback.interval_ticks == 3
    sample = watcher.sample(now_s)
    assert sample.to_state.tick - sample.from_state.tick == 3


def test_only_recent_states_are_kept() -> None:
    """Half a second, and a few."""
    watcher = Watcher()
    watcher.settled(200)
    assert len(watcher.playback._states) == 15


def test_without_interpolation_the_newest_state_is_drawn() -> None:
    """As it is."""
    watcher = Watcher()
    watcher.settled()
    latest = watcher.playback.latest()
    assert latest is not None
    assert (latest.tick, latest.to_state.tick, latest.alpha) == (watcher.tick, watcher.tick, 1.0)
