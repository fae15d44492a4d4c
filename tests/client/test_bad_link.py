"""All of the netcode together, over a bad link: 100 ms round trip, up to 20 ms more each way, stalls of 200 ms."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from random import Random

import pytest

from gameserver.games.tag import Steer
from gameserver.protocol.messages import EventMessage
from gameserver_client.drawing import Frame
from gameserver_client.lag_lab import STALL_EVERY_S
from tests.client.link import FRAME_S, OTHER, TOP_SPEED, World

STALL_MS = 200
SETTLE_S = 3.0
"""Until the clock, the lead and the delay are what they will be."""
AFTERMATH_S = STALL_MS / 1000 + 0.1 + 0.3
"""From the beginning of a stall: it, what it held until it is there, and 300 ms to get back to normal."""


class Player:
    """Somebody who holds a random direction for a while, then another, and notes what he sees."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.turns_s = 0.0
        self.clock_off_s: list[float] = []
        self.others_speeds: list[tuple[float, float]] = []
        self.own_speeds: list[tuple[float, float]] = []
        self.corrections: dict[int, float] = {}
        """By tick."""
        self._last: tuple[tuple[float, float], tuple[float, float]] | None = None

    def see(self, frame: Frame) -> None:
        """Look at a frame, and turn now and then."""
        world = self.world
        self.clock_off_s.append((world.drawing.clock.tick(world.now_s) - world.server_tick()) / 20)
        other, own = world.place_of_other, frame.own_xy
        assert other is not None
        assert own is not None
        if self._last is not None:
            (other_x, other_y), (own_x, own_y) = self._last
            self.others_speeds.append((world.now_s, hypot(other[0] - other_x, other[1] - other_y) / FRAME_S))
            self.own_speeds.append((world.now_s, hypot(own[0] - own_x, own[1] - own_y) / FRAME_S))
        self._last = other, own
        self.corrections |= {sample.tick: sample.correction for sample in world.drawing.stats.samples}
        if world.now_s >= self.turns_s:
            world.pressed = Steer(dx=self.random.randrange(3) - 1, dy=self.random.randrange(3) - 1)
            self.turns_s = world.now_s + self.random.uniform(0.2, 0.9)


@pytest.fixture(scope="module", params=[0, STALL_MS], ids=["jitter", "stalls"])
def played(request: pytest.FixtureRequest) -> Player:
    """Play for half a minute, after a while to settle."""
    world = World(latency_ms=100, jitter_ms=20, stall_ms=request.param, seed=1)
    world.run(SETTLE_S)
    player = Player(world, seed=2)
    world.run(30, player.see)
    return player


def calm(player: Player, samples: list[tuple[float, float]]) -> Iterator[float]:
    """Give what was seen while no stall was on, nor had just been."""
    for at_s, value in samples:
        if not player.world.lab.stall_ms or at_s % STALL_EVERY_S > AFTERMATH_S:
            yield value


def test_the_clock_is_right_within_10_ms(played: Player) -> None:
    """At every frame, stalls or not."""
    assert len(played.clock_off_s) > 1700
    assert max(map(abs, played.clock_off_s)) < 0.010


def test_others_never_move_faster_than_anyone_can(played: Player) -> None:
    """And 300 ms after a stall it is as if it hadn't been."""
    speeds = list(calm(played, played.others_speeds))
    assert len(speeds) > 1300
    assert 100 < max(speeds) <= TOP_SPEED


def test_even_a_stall_makes_nobody_leap(played: Player) -> None:
    """What it held up is made up for smoothly: never more than twice the top speed."""
    assert max(speed for _, speed in played.others_speeds) < 2 * TOP_SPEED


def test_corrections_are_rare_and_small(played: Player) -> None:
    """None where inputs come in time; in a stall only who turns meanwhile is told better, as this one often does."""
    samples = [s for s in played.world.drawing.stats.samples if s.at_s > 1000 + SETTLE_S]
    calm_sizes = sorted(calm(played, [(s.at_s, s.correction) for s in samples]))
    assert len(calm_sizes) > 150
    assert calm_sizes[int(len(calm_sizes) * 0.99)] < 4
    sizes = sorted(played.corrections.values())
    assert len(sizes) > 550
    assert sizes[int(len(sizes) * 0.98)] < 4


def test_a_long_stall_is_over_when_it_is_over() -> None:
    """The server merges what came late: nothing is left out to make up for it, and the next key arrives in time."""
    world = World(latency_ms=100, stall_ms=2000, seed=4)
    world.run(SETTLE_S)
    world.pressed = Steer(dx=1)
    world.run(STALL_EVERY_S - world.now_s % STALL_EVERY_S + 2.3)
    ticks = {s.tick for s in world.drawing.stats.samples}
    world.pressed = Steer(dx=-1)
    world.run(1.0)
    later = [s for s in world.drawing.stats.samples if s.tick not in ticks]
    assert len(later) >= 18
    assert sum(s.margin == -1 for s in later) < 6


def test_own_movement_is_smooth(played: Player) -> None:
    """It turns without a jump: never half again as fast as one can run (7 units a tick each way)."""
    assert max(calm(played, played.own_speeds)) < 1.5 * hypot(7, 7) * 20


def test_inputs_wait_briefly(played: Player) -> None:
    """One or none is left over in nearly every step: they come in time, and not much earlier."""
    margins = [s.margin for s in played.world.drawing.stats.samples]
    assert sum(margin in {0, 1} for margin in margins) / len(margins) > 0.8


@pytest.mark.parametrize("moment", range(12))
def test_own_movement_starts_in_the_frame_of_the_press(moment: int) -> None:
    """Wherever within a tick that is; the server hears of it 50 ms later."""
    world = World(seed=3)
    world.run(SETTLE_S + moment * 0.011)
    before = world.frames[-1][1].own_xy
    assert before == world.frames[-2][1].own_xy
    world.pressed = Steer(dx=1)
    drawn: list[Frame] = []
    world.run(2 * FRAME_S, drawn.append)
    first, second = (frame.own_xy for frame in drawn)
    assert before is not None
    assert first is not None
    assert second is not None
    assert before[0] <= first[0] < second[0]
    part = drawn[0].own_tick % 1 if drawn[0].own_tick is not None else 0.0
    assert first[0] > before[0] or part < 0.01, "only a press at the very beginning of a tick has nothing to show yet"


def test_a_stall_is_over_300_ms_later() -> None:
    """Everyone is drawn as far behind as before, and what one does is answered as before."""
    world = World(stall_ms=STALL_MS, seed=4)
    world.run(9.9 - world.now_s % STALL_EVERY_S)
    delay_ms = world.drawing.stats.delay_ms
    assert delay_ms is not None
    world.run(0.1 + AFTERMATH_S)
    after_ms = world.drawing.stats.delay_ms
    assert after_ms is not None
    assert abs(after_ms - delay_ms) < 20
    newest = world.drawing.playback.newest
    assert newest is not None
    assert world.server_tick() - newest.tick < 3


def test_events_wait_for_the_drawn_tick() -> None:
    """They come with what they belong to; and at once again when nobody draws any more."""
    world = World(seed=5)
    world.run(SETTLE_S)
    event = EventMessage("tagged", world.tick, {"who": 1})
    world.drawing.event(event, world.now_s)
    assert world.events == []
    while not world.events:
        world.run(FRAME_S)
        assert (world.frames[-1][1].tick >= event.tick) == bool(world.events)
    late = EventMessage("tagged", world.tick, {"who": 2})
    world.drawing.event(late, world.now_s + 5)
    assert world.events == [event, late]


def test_toggles() -> None:
    """Each part can be switched off while it runs, and says so."""
    world = World(seed=6)
    world.pressed = Steer(dx=1)
    world.run(1.0)
    toggles, stats = world.drawing._toggles, world.drawing.stats
    assert stats.predicting
    toggles.ghost = True
    world.run(0.1)
    frame = world.frames[-1][1]
    assert frame.own_xy is not None
    assert frame.ghost is not None
    assert frame.ghost.x < frame.own_xy[0]
    toggles.prediction = False
    world.run(0.1)
    frame = world.frames[-1][1]
    assert (frame.own, stats.predicting, stats.note) == (None, False, "switched off")
    assert frame.own_xy is not None
    assert frame.ghost is not None
    assert frame.own_xy[0] < frame.ghost.x
    toggles.interpolation = toggles.smoothing = False
    world.run(0.1)
    frame = world.frames[-1][1]
    newest = world.drawing.playback.newest
    assert newest is not None
    assert frame.tick == newest.tick
    assert frame.position("runners", OTHER) == newest.tables["runners"][OTHER][:2]
    assert stats.delay_ms == 0


def test_a_movement_that_fails_ends_the_prediction_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Once, in the log and in the figures; the own row is then drawn like everyone else's."""
    world = World(seed=7)
    world.run(SETTLE_S)
    predictor = world.drawing.predictor
    assert predictor is not None

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    predictor._twin.move = fail
    newest = world.drawing.playback.newest
    assert newest is not None
    predictor.hear(newest, None, None, world.now_s)
    world.run(1.0)
    frame = world.frames[-1][1]
    assert (frame.own, world.drawing.stats.note) == (None, "the movement failed: oops")
    assert frame.own_xy is not None
    assert caplog.text.count("the movement failed") == 1
