"""How far the client runs ahead."""

import pytest

from gameserver_client.lead import MOST_TICKS, Lead
from gameserver_client.server_clock import ServerClock

RATE = 20.0
TICK_S = 1 / RATE


def lead(rtt_s: float = 0.1) -> Lead:
    """Make a lead over a clock with this round trip."""
    clock = ServerClock(RATE)
    for n in range(16):
        clock.pong(n, RATE * (n + rtt_s / 2), n + rtt_s)
    return Lead(clock)


def report(lead: Lead, margins: list[int], now_s: float) -> int:
    """Hand in a snapshot's margin each tick; gives the client ticks to drop, all in all."""
    return sum(lead.report(margin, now_s + n * TICK_S) for n, margin in enumerate(margins))


def settle(lead: Lead) -> float:
    """Let it bend to what is wanted."""
    lead.advance(10.0)
    return lead.ticks


def test_it_starts_with_half_the_round_trip_and_a_tick() -> None:
    """Where there is no jitter."""
    assert settle(lead()) == pytest.approx(2.0)


def test_a_starved_step_raises_it_once_per_round_trip() -> None:
    """Half a tick; two starved steps within 100 ms are one."""
    one = lead()
    report(one, [-1, -1], 100.0)
    assert settle(one) == pytest.approx(2.5)
    report(one, [-1], 100.3)
    assert settle(one) == pytest.approx(3.0)


def test_plenty_lowers_it() -> None:
    """A quarter of a tick for two seconds in which an input always waited."""
    one = lead()
    report(one, [1] * 42, 100.0)
    assert settle(one) == pytest.approx(1.75)


def test_a_margin_of_nothing_is_right() -> None:
    """Within two seconds of plenty, one step that found just one input."""
    one = lead()
    report(one, [1] * 20 + [0] + [1] * 21, 100.0)
    assert settle(one) == pytest.approx(2.0)


def test_a_backlog_is_dropped_at_once() -> None:
    """All but one of what waited in six snapshots; what comes within a round trip tells of before."""
    one = lead()
    assert report(one, [3] * 5, 100.0) == 0
    assert one.report(3, 100.3) == 2
    assert report(one, [3] * 3, 100.35) == 0
    assert report(one, [1] * 30, 100.6) == 0


def test_bounds() -> None:
    """From half the round trip to six ticks more."""
    one = lead()
    report(one, [-1] * 400, 100.0)
    assert settle(one) == pytest.approx(1 + MOST_TICKS)
    report(one, [1] * 4000, 200.0)
    assert settle(one) == pytest.approx(1.0)


def test_it_bends() -> None:
    """A quarter of the time that passes at the most: half a tick in two, without a jump."""
    one = lead()
    settle(one)
    report(one, [-1], 100.0)
    one.advance(TICK_S)
    assert one.ticks == pytest.approx(2.25)
    one.advance(10 * TICK_S)
    assert one.ticks == pytest.approx(2.5)


def test_without_margins_it_follows_the_round_trip() -> None:
    """As with JSON snapshots, which don't tell them."""
    clock = ServerClock(RATE)
    clock.pong(0, RATE * 0.05, 0.1)
    one = Lead(clock)
    for n in range(1, 20):
        clock.pong(n, RATE * (n + 0.1), n + 0.2)
    one.advance(10.0)
    assert one.ticks == pytest.approx(3.0)
