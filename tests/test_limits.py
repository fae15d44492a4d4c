"""Rates and conduct, on a clock that tests move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameserver.errors import PolicyViolation, Refused
from gameserver.limits import Conduct, TokenBucket
from gameserver.settings import Settings

LIMITS = Settings()


def test_the_defaults_are_those_of_the_contract() -> None:
    """60 messages a second, 120 at once; 5 s of flood; 50 bad ones."""
    assert (LIMITS.messages_per_s, LIMITS.message_burst) == (60, 120)
    assert (LIMITS.max_flood_s, LIMITS.max_bad_messages, LIMITS.max_message_bytes) == (5, 50, 4096)
    assert (LIMITS.max_connections_per_address, LIMITS.max_connections) == (64, 10_000)
    assert (LIMITS.handshake_s, LIMITS.first_message_s, LIMITS.resume_s) == (5, 10, 20)
    assert (LIMITS.max_behind_s, LIMITS.max_unsent_bytes, LIMITS.drain_s) == (5, 262_144, 0)


def test_a_burst_is_free_and_the_rate_is_kept() -> None:
    """120 at once, not one more; a second later 60 more."""
    conduct = Conduct(LIMITS, 0.0)
    assert [conduct.message(0.0) for _ in range(121)] == [True] * 120 + [False]
    assert [conduct.message(1.0) for _ in range(61)] == [True] * 60 + [False]


@given(rate=st.floats(0.1, 1000), burst=st.integers(1, 500), gaps=st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_nobody_gets_more_than_the_bucket_holds(rate: float, burst: int, gaps: list[float]) -> None:
    """Over any time, at most the burst and what flowed in; and never less than the rate when asked slowly."""
    bucket, now, taken = TokenBucket(rate, burst, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
    assert taken <= burst + rate * now + 1e-6
    assert bucket.take(now + 1 / rate + 1e-6)


def test_a_flood_that_lasts_is_the_end() -> None:
    """Refusals without a calm second between them, for five."""
    conduct = Conduct(LIMITS, 0.0)
    with pytest.raises(PolicyViolation):  # a client that sends 100 a second
        for n in range(1000):
            conduct.message(n / 100)
    assert n / 100 == pytest.approx(3 + 5, abs=0.1), "burst for three seconds, flood for five"


def test_a_flood_that_ends_in_time_is_forgiven() -> None:
    """After a calm second it counts afresh."""
    conduct = Conduct(LIMITS, 0.0)
    for round_s in (0, 10, 20):
        for n in range(400):
            conduct.message(round_s + n / 100)
        assert conduct.flooding(round_s + 4)
        assert not conduct.flooding(round_s + 5.1)


def test_ten_thousand_at_once_is_a_burst_not_a_flood() -> None:
    """They are refused, and that is all."""
    conduct = Conduct(LIMITS, 0.0)
    assert sum(conduct.message(n * 1e-4) for n in range(10_000)) == pytest.approx(180, abs=1)


def test_fifty_bad_messages_in_ten_seconds_are_one_too_few() -> None:
    """The next closes; spread out, they may be as many as they like."""
    conduct = Conduct(LIMITS, 0.0)
    for n in range(500):
        conduct.bad(n * 0.21)
    at_once = Conduct(LIMITS, 0.0)
    for _ in range(50):
        at_once.bad(1.0)
    with pytest.raises(PolicyViolation):
        at_once.bad(10.9)


def test_chat_has_a_rate_of_its_own() -> None:
    """Eight lines at once, then one a second."""
    conduct = Conduct(LIMITS, 0.0)
    for _ in range(8):
        conduct.chat(0.0)
    with pytest.raises(Refused, match="rate_limited"):
        conduct.chat(0.5)
    conduct.chat(1.6)


def test_who_was_refused_floods_until_it_says_something_in_calm() -> None:
    """That is known without asking for the time: it is looked at for each message that comes in."""
    conduct = Conduct(LIMITS, 0.0)
    states = []
    for now_s in [*[0.0] * 120, 0.0, 0.5, 1.1]:  # a burst is free; refused; answered; answered in calm
        conduct.message(now_s)
        states.append(conduct.flooded)
    assert states == [False] * 120 + [True, True, False]
