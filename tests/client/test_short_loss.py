"""What is seen of a lost connection, when the seat is there again: 100 ms round trip, 20 ms more each way at times."""

from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest

from gameserver.games.tag import Steer
from gameserver_client.drawing import Frame
from gameserver_client.predictor import ALONE_S
from tests.client.link import FRAME_S, ME, RATE_HZ, TOP_SPEED, World

SETTLE_S = 3.0
"""Until the clock, the lead and the delay are what they will be."""
SHORT_S = 0.2
"""Until the server has let the client in again; he hears of it some 50 ms later."""
RUN = 7 * RATE_HZ
"""Units per second of whoever runs straight, and isn't it."""

BLENDED = 0.2
"""What is left of a visual error two seconds later, in units."""


class Watch:
    """What is drawn, frame by frame."""

    def __init__(self, world: World) -> None:
        self.ticks: list[float] = []
        self.own: list[tuple[float, float]] = []
        self.other: list[tuple[float, float]] = []
        self._world = world

    def see(self, frame: Frame) -> None:
        """Note a frame."""
        assert frame.own_xy is not None
        assert self._world.place_of_other is not None
        self.ticks.append(frame.tick)
        self.own.append(frame.own_xy)
        self.other.append(self._world.place_of_other)


def steps(places: list[tuple[float, float]]) -> list[float]:
    """Give how far something moved from frame to frame."""
    return [hypot(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(places)]


@pytest.fixture(params=range(5))
def world(request: pytest.FixtureRequest) -> World:
    """Run to the left, so that there is room for two seconds to the right; another moment of a tick each time."""
    world = World(seed=request.param)
    world.pressed = Steer(dx=-1)
    world.run(SETTLE_S)
    world.pressed = Steer(dx=1)
    world.run(0.5 + 0.013 * request.param)
    return world


def test_oneself_runs_on_without_a_leap(world: World) -> None:
    """In every frame of the loss as before; then back, smoothly, by what the server didn't hear."""
    watch = Watch(world)
    world.lose()
    world.run(SHORT_S, watch.see)
    assert steps(watch.own) == pytest.approx([RUN * FRAME_S] * (len(watch.own) - 1), abs=0.2)
    world.resume()
    world.run(1.0, watch.see)
    unheard = RUN * (SHORT_S + 0.2)
    assert max(steps(watch.own)) < 0.2 * unheard
    world.run(0.5, watch.see)
    assert steps(watch.own)[-10:] == pytest.approx([RUN * FRAME_S] * 10, abs=0.2)


def test_both_sides_agree_again(world: World) -> None:
    """No correction is left to be made, and whoever stops is where the server has him."""
    world.lose()
    world.run(SHORT_S)
    world.resume()
    world.run(0.6)
    ticks = {sample.tick for sample in world.drawing.stats.samples}
    world.run(0.4)
    later = [sample for sample in world.drawing.stats.samples if sample.tick not in ticks]
    assert len(later) >= 7
    assert [sample.correction for sample in later] == [0] * len(later)
    assert all(sample.margin in {0, 1, 2} for sample in later), "inputs come in time, and don't pile up"
    world.pressed = Steer()
    world.run(2.0)
    assert world.frames[-1][1].own_xy == pytest.approx((world.runners[ME].x, world.runners[ME].y), abs=BLENDED)


def test_drawn_time_runs_on(world: World) -> None:
    """Never backward; the clock doesn't even notice, and no snapshots count as skipped."""
    clock, stats, watch = world.drawing.clock, world.drawing.stats, Watch(world)
    jumped, skipped = clock.jumped, stats.skipped
    world.lose()
    world.run(SHORT_S, watch.see)
    world.resume()
    world.run(1.0, watch.see)
    assert all(before <= after for before, after in pairwise(watch.ticks))
    assert abs(clock.tick(world.now_s) - world.server_tick()) / RATE_HZ < 0.010
    assert (clock.jumped, stats.skipped) == (jumped, skipped)
    assert stats.delay_ms is not None
    assert stats.delay_ms < 250


def test_the_others_slide_to_where_they_are(world: World) -> None:
    """What they did meanwhile is made up for: never more than three times the top speed."""
    watch = Watch(world)
    world.lose()
    world.run(SHORT_S, watch.see)
    world.resume()
    world.run(1.0, watch.see)
    assert max(steps(watch.other)) < 3 * TOP_SPEED * FRAME_S


def test_in_a_long_loss_one_stops(world: World) -> None:
    """Nobody runs for long where he may not be. Back again, one starts from where the server has him."""
    world.lose()
    world.run(ALONE_S + 0.1)
    watch = Watch(world)
    world.run(3.0, watch.see)
    assert max(steps(watch.own)) < 0.01, "what is left of a blend"
    world.pressed = Steer()
    world.resume()
    world.run(2.0)
    there = world.runners[ME].x, world.runners[ME].y
    assert world.frames[-1][1].own_xy == pytest.approx(there, abs=BLENDED)
    world.pressed = Steer(dy=1)
    world.run(0.5)
    assert world.runners[ME].y > there[1]
    assert world.drawing.stats.correction == 0


def test_a_loss_right_after_a_loss(world: World) -> None:
    """Before the keyframe came: one doesn't run alone any longer for that."""
    world.lose()
    world.run(ALONE_S)
    world.resume()
    while not world.online:
        world.run(0.001)
    world.lose()
    watch = Watch(world)
    world.run(0.4, watch.see)
    assert sum(steps(watch.own)) < 2.5 * RUN / RATE_HZ
    world.resume()
    world.pressed = Steer()
    world.run(2.0)
    assert world.frames[-1][1].own_xy == pytest.approx((world.runners[ME].x, world.runners[ME].y), abs=BLENDED)
