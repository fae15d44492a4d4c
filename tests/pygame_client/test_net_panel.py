"""Graphs and sliders of the network panel."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gameserver_client import LagLab, NetStats, StatsSample
from gameserver_pygame.net.graphs import EVERY_S, GRAPHS, SHOWN_S, History, Scale, Value, points_of, scale_of
from gameserver_pygame.net.panel_layout import SLIDERS, lay_out_panel

BY_LABEL = {graph.label: graph for graph in GRAPHS}


def sample(at_s: float, margin: int | None) -> StatsSample:
    """Make a snapshot's figures."""
    return StatsSample(at_s, 1, 0, 100, margin, 0.0, 0.5, 0)


def test_moments_are_noted_ten_times_a_second_and_kept_for_ten() -> None:
    """However often one draws."""
    history, stats = History(), NetStats()
    for frame in range(1200):
        stats.rtt_ms = frame
        history.note(stats, frame / 60)
    times = [moment.at_s for moment in history.moments]
    assert times[-1] - times[0] <= SHOWN_S
    assert all(later - earlier >= EVERY_S for earlier, later in pairwise(times))
    assert [value.at_s for value in BY_LABEL["Round trip"].values(history, stats)] == times
    assert BY_LABEL["Jitter"].values(history, stats) == []


def test_snapshots_without_a_figure_leave_a_gap() -> None:
    """JSON doesn't tell how many inputs waited."""
    stats = NetStats()
    stats.add(sample(1, margin=None))
    stats.add(sample(2, margin=-1))
    assert BY_LABEL["Input margin"].values(History(), stats) == [Value(2, -1)]
    assert BY_LABEL["Input margin"].bad(-1)


def test_the_scale_holds_everything() -> None:
    """Below zero, too; and doesn't magnify noise."""
    graph = BY_LABEL["Input margin"]
    assert scale_of(graph, [Value(0, 0.5)], (100, 41)) == Scale(0, 3, 100, 41)
    scale = scale_of(graph, [Value(0, -1), Value(1, 10)], (100, 41))
    assert scale.y(-1) == 40
    assert 0 < scale.y(10) < scale.y(0) < 40


def test_points_run_from_left_to_right() -> None:
    """Now is at the right edge; what is too old is left out, and what is too dense."""
    scale = Scale(0, 10, 100, 11)
    values = [Value(at_s, 5) for at_s in (-1.0, 0.0, 0.001, 5.0, 10.0)]
    assert points_of(values, scale, 10.0) == [(0, 5), (50, 5), (100, 5)]


def test_sliders_go_in_steps_within_their_bounds() -> None:
    """And set what they are named after."""
    lag = LagLab()
    for slider in SLIDERS:
        slider.set_part(lag, 0.51)
        assert slider.value(lag) % slider.step == 0
        assert slider.value(lag) == pytest.approx(slider.most / 2, abs=slider.step)
        slider.set_part(lag, 7)
        assert slider.value(lag) == slider.most
        slider.set_part(lag, -1)
    assert lag.idle


@pytest.mark.parametrize("size", [(1280, 720), (800, 500), (1920, 1080)])
def test_nothing_on_the_panel_lies_over_anything_else(size: tuple[int, int]) -> None:
    """And all is on its plate."""
    layout = lay_out_panel(size)
    rects = [*layout.graphs, *layout.toggles, layout.note, *layout.tracks]
    assert len(layout.graphs) == len(GRAPHS)
    for index, rect in enumerate(rects):
        assert layout.plate.contains(rect)
        assert rect.collidelist(rects[index + 1 :]) == -1
