"""The arena's map, movement and flight: what must hold at any place, speed and angle."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver import View
from gameserver.games.arena.combat import BULLET_RADIUS, Body, first_hit, hash_bodies, is_stopped, meets, shots
from gameserver.games.arena.layout import GAP, MARGIN, Layout, layout_of
from gameserver.games.arena.movement import DASH_EVERY_TICKS, DASH_SPEED, DASH_TICKS, RADIUS, SPEED, move, settle
from gameserver.games.arena.rows import PODIUM, PULSE, RAIL, SCATTER, SUB, Bullet, Fighter, Round, Steer

seeds = st.integers(0, 2**32 - 1)
sides = st.sampled_from([1400, 1717, 2600, 4095])


@given(seeds, sides)
@settings(max_examples=40, deadline=None)
def test_a_map_leaves_room_everywhere(seed: int, side: int) -> None:
    """Between any two obstacles, and between an obstacle and the wall, fighters fit through; pickups can be reached."""
    layout = Layout(seed, side)
    assert len(layout.obstacles) >= side * side // 200_000
    for i, one in enumerate(layout.obstacles):
        for edge in (one.x - one.radius, one.y - one.radius, layout.side - one.x - one.radius):
            assert edge >= MARGIN * SUB - SUB
        for other in layout.obstacles[:i]:
            apart = (one.x - other.x) ** 2 + (one.y - other.y) ** 2
            assert apart >= (one.radius + other.radius + GAP * SUB) ** 2
    assert len(layout.spots) >= 4
    assert all(layout.is_free(spot.x, spot.y, RADIUS) for spot in layout.spots)


def test_a_map_is_its_seed_s() -> None:
    """The same seed gives the same map, another seed another."""
    assert Layout(7, 1400).obstacles == Layout(7, 1400).obstacles
    assert Layout(7, 1400).obstacles != Layout(8, 1400).obstacles


@given(seeds, st.integers(0, 22_400), st.integers(0, 22_400))
@settings(max_examples=60, deadline=None)
def test_near_finds_every_obstacle_that_could_be_touched(seed: int, x: int, y: int) -> None:
    """The grid gives no fewer than a look at all of them."""
    layout = layout_of(seed % 16, 1400)
    touching = [o for o in layout.obstacles if (o.x - x) ** 2 + (o.y - y) ** 2 < (o.radius + RADIUS) ** 2]
    assert set(touching) <= set(layout.near(x, y))


@given(seeds, st.integers(-3000, 25_000), st.integers(-3000, 25_000))
@settings(max_examples=150, deadline=None)
def test_settled_is_inside_the_walls_and_outside_the_obstacles(seed: int, x: int, y: int) -> None:
    """From anywhere, the middle of an obstacle included."""
    layout = layout_of(seed % 16, 1400)
    x, y = settle(x, y, layout)
    assert layout.is_free(x, y, RADIUS)
    middle = layout.obstacles[seed % len(layout.obstacles)]
    assert layout.is_free(*settle(middle.x, middle.y, layout), RADIUS)


def world(now: int, seed: int = 3, **changes: int) -> View:
    """Make what a move may look at."""
    return View({Round: {0: Round(map_seed=seed, side=1400, **changes)}}, now)


steers = st.builds(
    Steer, dx=st.integers(-1, 1), dy=st.integers(-1, 1), aim=st.integers(0, 255), fire=st.booleans(), dash=st.booleans()
)


@given(st.lists(steers, min_size=1, max_size=60), st.integers(0, 15))
@settings(max_examples=60, deadline=None)
def test_nobody_ever_moves_into_anything_or_too_fast(given_steers: list[Steer], seed: int) -> None:
    """Whatever is pressed: inside the field, outside the obstacles, at most at dash speed."""
    layout = layout_of(seed, 1400)
    me = Fighter(hp=100)
    me.x, me.y = settle(11_000, 11_000, layout)
    for now, steer in enumerate(given_steers, start=1):
        for _ in range(3):
            x, y = me.x, me.y
            move(me, steer, world(now, seed))
            assert layout.is_free(me.x, me.y, RADIUS)
            most = DASH_SPEED + 4
            assert me.vx**2 + me.vy**2 <= most**2
            assert (me.x - x) ** 2 + (me.y - y) ** 2 <= (most + 4 * SUB) ** 2


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1)])
def test_top_speed_is_the_same_in_every_direction(dx: int, dy: int) -> None:
    """Reached with a little inertia, and lost again when the keys are let go."""
    me = Fighter(x=11_000, y=11_000, hp=100)
    move(me, Steer(dx=dx, dy=dy), world(1))
    assert 0 < me.vx**2 + me.vy**2 < SPEED**2
    for now in range(2, 9):
        me.x = me.y = 11_000
        move(me, Steer(dx=dx, dy=dy), world(now))
    assert abs(me.vx**2 + me.vy**2 - SPEED**2) < 400
    for now in range(9, 17):
        me.x = me.y = 11_000
        move(me, Steer(), world(now))
    assert (me.vx, me.vy) == (0, 0)


def test_a_dash_has_its_time_and_its_pause() -> None:
    """Where the keys point, or the gun; again only after the cooldown, however long the button is held."""
    me = Fighter(x=11_000, y=11_000, hp=100)
    move(me, Steer(dx=-1, dash=True), world(100))
    assert (me.vx, me.vy) == (-DASH_SPEED, 0)
    assert (me.dash_until, me.dash_at) == (100 + DASH_TICKS, 100 + DASH_EVERY_TICKS)
    dashes = 0
    for now in range(101, 100 + DASH_EVERY_TICKS + 1):
        me.x = me.y = 11_000
        before = me.dash_at
        move(me, Steer(dx=-1, dash=True), world(now))
        dashes += me.dash_at != before
    assert dashes == 1
    still = Fighter(x=11_000, y=11_000, hp=100)
    move(still, Steer(aim=64, dash=True), world(100))
    assert (still.vx, still.vy) == (0, DASH_SPEED)


def test_the_dead_and_the_podium_stand_still() -> None:
    """A dead fighter doesn't even turn."""
    dead = Fighter(x=500, y=500, vx=9, hp=0, aim=3)
    move(dead, Steer(dx=1, aim=99, dash=True), world(5))
    assert (dead.x, dead.aim, dead.dash_at) == (500, 3, 0)
    winner = Fighter(x=500, y=500, vx=9, hp=100)
    move(winner, Steer(dx=1, aim=99), world(5, phase=PODIUM))
    assert (winner.x, winner.vx, winner.aim) == (500, 0, 99)


coordinates = st.integers(-3000, 3000)


@given(coordinates, coordinates, coordinates, coordinates, st.integers(1, 500))
@settings(max_examples=400, deadline=None)
def test_meets_is_exact(x0: int, y0: int, x1: int, y1: int, radius: int) -> None:
    """It says yes just when the nearest point of the way is within the radius, by exact fractions."""
    dx, dy = x1 - x0, y1 - y0
    length2 = dx * dx + dy * dy
    at = Fraction(0) if length2 == 0 else min(Fraction(1), max(Fraction(0), Fraction(-(x0 * dx + y0 * dy), length2)))
    nearest2 = (x0 + at * dx) ** 2 + (y0 + at * dy) ** 2
    found = meets(x0, y0, x1, y1, radius)
    assert (found is not None) == (nearest2 <= radius * radius)
    assert found is None or 0 <= found <= 4096


@given(
    angle=st.integers(0, 255),
    reach=st.tuples(st.integers(300, 3500), st.integers(300, 3999)),
    aside=st.integers(-(RADIUS + BULLET_RADIUS - 12), RADIUS + BULLET_RADIUS - 12),
    step=st.tuples(st.integers(-400, 400), st.integers(-400, 400)),
)
@settings(max_examples=300, deadline=None)
def test_no_bullet_passes_through_a_fighter(
    angle: int, reach: tuple[int, int], aside: int, step: tuple[int, int]
) -> None:
    """At any speed and angle, whether he stands or runs: who is in the way is hit in that very tick."""
    from gameserver import cos256, sin256  # noqa: PLC0415  # used here alone

    ahead, speed = min(reach), max(reach) + 1  # it gets there within the tick
    cosine, sine = cos256(angle), sin256(angle)
    bullet = Bullet(x=20_000, y=20_000, vx=speed * cosine >> 12, vy=speed * sine >> 12, born=0, owner=1, weapon=PULSE)
    # Where he is when the bullet comes by, and so where he was at the tick's start and will be at its end.
    x, y = 20_000 + (ahead * cosine - aside * sine >> 12), 20_000 + (ahead * sine + aside * cosine >> 12)
    part = Fraction(ahead, speed)
    x0, y0 = x - int(step[0] * part), y - int(step[1] * part)
    body = Body(2, x0, y0, x0 + step[0], y0 + step[1])
    found = first_hit(bullet, 1, hash_bodies([body]))
    nearest = meets(
        bullet.x - body.x0, bullet.y - body.y0, bullet.x + bullet.vx - body.x1, bullet.y + bullet.vy - body.y1,
        RADIUS + BULLET_RADIUS - 12,
    )  # fmt: skip
    if nearest is not None:
        assert found is body


@given(st.integers(0, 255), st.integers(0, 15), st.sampled_from([PULSE, SCATTER, RAIL]))
@settings(max_examples=80, deadline=None)
def test_no_bullet_passes_through_an_obstacle(angle: int, seed: int, weapon: int) -> None:
    """Shot at from beside it, every obstacle stops the bullet that points at its middle."""
    from gameserver import cos256, sin256  # noqa: PLC0415  # used here alone

    layout = layout_of(seed, 1400)
    obstacle = layout.obstacles[angle % len(layout.obstacles)]
    away = obstacle.radius + RADIUS + 8 * SUB
    me = Fighter(
        x=obstacle.x - (away * cos256(angle) >> 12), y=obstacle.y - (away * sin256(angle) >> 12), aim=angle,
        weapon=weapon, hp=100,
    )  # fmt: skip
    middle = shots(me, 1, 0)[len(shots(me, 1, 0)) // 2]
    for now in range(1, 8):
        if is_stopped(middle, now, layout):
            x, y = middle.x + middle.vx * now, middle.y + middle.vy * now
            beyond = (x - me.x) ** 2 + (y - me.y) ** 2
            assert beyond <= (away + obstacle.radius + abs(middle.vx) + abs(middle.vy)) ** 2
            return
    pytest.fail("it flew through")


def test_the_first_in_the_way_is_hit_and_the_shooter_never() -> None:
    """Two behind each other: the nearer one, whichever has the lower id."""
    bullet = Bullet(x=1000, y=1000, vx=3000, vy=0, born=0, owner=1, weapon=RAIL)
    own = Body(1, 1000, 1000, 1000, 1000)
    far, near = Body(2, 3000, 1000, 3000, 1000), Body(3, 2000, 1000, 2000, 1000)
    assert first_hit(bullet, 1, hash_bodies([own, far, near])) is near
    assert first_hit(bullet, 1, hash_bodies([own])) is None
