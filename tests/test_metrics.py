"""What is counted for turns is there as soon as somebody asks, however many it was."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gameserver.metrics import Metrics

TURNS = [1, 63, 64, 65, 200]


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Give what the page says: by name, game and bucket."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("turns", TURNS)
def test_turns_are_in_the_numbers_at_once(turns: int) -> None:
    """None is missing and none is there twice, asked once or again."""
    metrics = Metrics()
    for _ in range(turns):
        metrics.ticked("tag", 0.003, -0.0001, 9, 1)
        metrics.ticked("arena", 0.25, 0.006, 5, 0)
    for _ in range(2):
        found = samples(metrics)
        assert found["gameserver_snapshots_sent_total", "tag"] == 9 * turns
        assert found["gameserver_snapshots_skipped_total", "tag"] == turns
        assert found["gameserver_snapshots_sent_total", "arena"] == 5 * turns
        assert found["gameserver_step_seconds_bucket", "tag", "0.002"] == 0
        assert found["gameserver_step_seconds_bucket", "tag", "0.004"] == turns
        assert found["gameserver_step_seconds_bucket", "arena", "0.132"] == 0
        assert found["gameserver_step_seconds_count", "arena"] == turns
        assert found["gameserver_step_seconds_sum", "arena"] == pytest.approx(0.25 * turns)
        assert found["gameserver_late_seconds_bucket", "tag", "0.0005"] == turns
        assert found["gameserver_late_seconds_sum", "tag"] == 0
        assert found["gameserver_late_seconds_bucket", "arena", "0.01"] == turns
    metrics.ticked("tag", 0.003, 0.0, 1, 0)
    assert samples(metrics)["gameserver_snapshots_sent_total", "tag"] == 9 * turns + 1
