"""The bad connection of the laboratory."""

from random import Random

import pytest

from gameserver_client.lag_lab import LagLab, Lane


def test_all_zero_is_not_there() -> None:
    """What is handed in comes out at once."""
    lab = LagLab()
    assert lab.idle
    assert Lane(lab).due_s(12.5) == 12.5


def test_latency_is_that_of_the_round_trip() -> None:
    """Half of it each way."""
    assert Lane(LagLab(latency_ms=100)).due_s(12.5) == pytest.approx(12.55)


def test_jitter_never_lets_anything_overtake() -> None:
    """Up to so much more each way, always in order."""
    lane, random = Lane(LagLab(latency_ms=100, jitter_ms=40), Random(1).random), Random(2)
    sent_s = sorted(11 + 3 * random.random() for _ in range(500))
    due_s = [lane.due_s(at) for at in sent_s]
    assert due_s == sorted(due_s)
    took_s = [due - sent for due, sent in zip(due_s, sent_s, strict=True)]
    assert min(took_s) >= 0.05
    assert max(took_s) <= 0.09 + 1e-9
    assert max(took_s) - min(took_s) > 0.03


@pytest.mark.parametrize(("sent_s", "due_s"), [(14.9, 14.95), (14.96, 15.2), (15.1, 15.2), (15.16, 15.21)])
def test_a_stall_holds_what_would_pass(sent_s: float, due_s: float) -> None:
    """For 200 ms every five seconds."""
    assert Lane(LagLab(latency_ms=100, stall_ms=200)).due_s(sent_s) == pytest.approx(due_s)


def test_its_figures_can_be_changed_while_it_runs() -> None:
    """What is on its way stays in order all the same."""
    lab = LagLab(latency_ms=400)
    lane = Lane(lab)
    assert lane.due_s(11.0) == pytest.approx(11.2)
    lab.latency_ms = 0
    assert lane.due_s(11.1) == pytest.approx(11.2)
    assert lane.due_s(11.3) == 11.3
