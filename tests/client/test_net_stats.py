"""Figures for a display."""

from gameserver_client.net_stats import NetStats, StatsSample


def sample(at_s: float, *, margin: int | None = 1, skipped: int = 0) -> StatsSample:
    """Make what one snapshot says."""
    return StatsSample(at_s, int(at_s * 20), 50.0, 100, margin, 0.5, 0.25, skipped)


def test_before_anything_is_known() -> None:
    """There are no figures, and nothing fails."""
    stats = NetStats()
    assert (stats.rtt_ms, stats.margin, stats.step_ms, stats.latest) == (None, None, None, None)
    assert (stats.correction, stats.bytes_per_s(1.0)) == (0.0, 0.0)


def test_the_newest_snapshot_counts_and_ten_seconds_are_kept() -> None:
    """For a graph."""
    stats = NetStats()
    for n in range(400):
        stats.add(sample(100 + n / 20, margin=n % 3, skipped=n % 2))
    assert stats.margin == 0
    assert (stats.correction, stats.step_ms) == (0.5, 0.25)
    assert stats.skipped == 200
    assert len(stats.samples) == 201


def test_bytes_per_second() -> None:
    """Of the last second."""
    stats = NetStats()
    for n in range(60):
        stats.received(100, 100 + n / 20)
    assert stats.bytes_per_s(102.95) == 2000
    assert stats.bytes_per_s(110) == 0
