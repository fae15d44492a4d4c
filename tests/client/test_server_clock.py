"""The server's clock, from pings that take their time."""

from random import Random

import pytest

from gameserver_client.server_clock import BEND, ServerClock

RATE = 20.0


def ping(clock: ServerClock, at_s: float, *, up_s: float = 0.05, down_s: float = 0.05, ahead: float = 7.0) -> float:
    """Answer one ping; the server's tick is `RATE * now + ahead`. Gives when the answer came."""
    clock.pong(at_s, RATE * (at_s + up_s) + ahead, at_s + up_s + down_s)
    return at_s + up_s + down_s


def off(clock: ServerClock, now_s: float, ahead: float = 7.0) -> float:
    """Give how wrong the clock is, in ticks."""
    return clock.tick(now_s) - (RATE * now_s + ahead)


def test_it_begins_with_the_first_snapshot() -> None:
    """Before any ping was answered, its tick counts; a later one doesn't."""
    clock = ServerClock(RATE)
    clock.start(100, 5.0)
    clock.start(300, 6.0)
    assert (clock.started, clock.synced) == (True, False)
    assert clock.tick(6.0) == pytest.approx(120)
    assert (clock.rtt_s, clock.jitter_s) == (0, 0)


def test_the_first_answer_sets_it() -> None:
    """However far it is off: half the round trip is what a snapshot's age was."""
    clock = ServerClock(RATE)
    clock.start(100, 5.0)
    now_s = ping(clock, 5.0)
    assert clock.synced
    assert off(clock, now_s) == pytest.approx(0)
    assert clock.rtt_s == pytest.approx(0.1)
    assert clock.jumped == 0


def test_low_round_trips_are_trusted() -> None:
    """Answers that were held up on one of their ways don't move it."""
    clock, random, now_s = ServerClock(RATE), Random(1), 5.0
    for n in range(60):
        late_s = random.choice([0.0, 0.0, 0.08])
        now_s = ping(clock, now_s + 0.1, up_s=0.03 + late_s, down_s=0.03)
        if n > 8:
            assert abs(off(clock, now_s)) < 0.1
    assert clock.rtt_s == pytest.approx(0.06)


def test_it_bends() -> None:
    """A small error is made up for by five per cent of the time that passes, not at once."""
    clock = ServerClock(RATE)
    now_s = ping(clock, 5.0)
    for _ in range(16):
        now_s = ping(clock, now_s, up_s=0.001, down_s=0.001, ahead=7.5)
    before = clock.tick(now_s)
    assert clock.tick(now_s + 0.1) - before == pytest.approx(RATE * 0.1 * (1 + BEND))
    assert off(clock, now_s + 0.1, ahead=7.5) < -0.3
    assert off(clock, now_s + 1.0, ahead=7.5) == pytest.approx(0)


def test_it_never_runs_backward_while_it_bends() -> None:
    """Too far ahead, it goes slower."""
    clock = ServerClock(RATE)
    now_s = ping(clock, 5.0, ahead=8.0)
    last = clock.tick(now_s)
    for _ in range(40):
        now_s = ping(clock, now_s + 0.1, up_s=0.01, down_s=0.01)
        assert clock.tick(now_s) > last
        last = clock.tick(now_s)
    assert off(clock, now_s) == pytest.approx(0, abs=0.01)


def test_it_does_not_run_back_for_a_time_before_the_last() -> None:
    """A frame's time may lie a little before that of what came meanwhile."""
    clock = ServerClock(RATE)
    now_s = ping(clock, 5.0)
    assert clock.tick(now_s - 0.001) == pytest.approx(clock.tick(now_s) - 0.02)


def test_a_server_that_slipped_is_followed_after_three_answers() -> None:
    """One or two are taken for chance; three that agree replace what was known."""
    clock, now_s = ServerClock(RATE), 5.0
    for _ in range(16):
        now_s = ping(clock, now_s + 0.1)
    for _ in range(2):
        now_s = ping(clock, now_s + 0.1, ahead=-3.0)
        assert off(clock, now_s) == pytest.approx(0)
    now_s = ping(clock, now_s + 0.1, ahead=-3.0)
    assert off(clock, now_s, ahead=-3.0) == pytest.approx(0)
    assert clock.jumped == pytest.approx(-10.0)


def test_strays_that_disagree_are_no_slip() -> None:
    """Off to one side, then to the other: that is noise, and low round trips are believed as ever."""
    clock, now_s = ServerClock(RATE), 5.0
    for _ in range(16):
        now_s = ping(clock, now_s + 0.1)
    for ahead in (12.0, 2.0, 12.0, 2.0):
        now_s = ping(clock, now_s + 0.1, up_s=0.06, ahead=ahead)
    assert clock.jumped == 0
    assert off(clock, now_s) == pytest.approx(0)


def test_pings_are_frequent_at_first() -> None:
    """Ten a second for two seconds, then one a second."""
    clock = ServerClock(RATE)
    assert [clock.ping_interval_s(t) for t in (5.0, 6.9, 7.1, 9.0)] == [0.1, 0.1, 1.0, 1.0]


def test_one_stall_does_not_count_as_jitter() -> None:
    """The deviation is a median's."""
    clock, now_s = ServerClock(RATE), 5.0
    for n in range(16):
        now_s = ping(clock, now_s + 0.1, up_s=0.4 if n == 8 else 0.05)
    assert clock.jitter_s == pytest.approx(0, abs=1e-9)
