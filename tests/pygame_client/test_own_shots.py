"""One's own bullets: from one's own time into everyone else's."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.rows import PULSE, SCATTER, SUB, Bullet, Fighter
from gameserver_pygame.arena.own_shots import OwnShots, Pillar

ME = 4
SPEED = WEAPONS[PULSE].speed / SUB
LEAD = 6
"""Ticks that one is ahead of the others."""
NONE: Mapping[int, Any] = {}


class Clock:
    """Draws frames."""

    def __init__(self, shots: OwnShots) -> None:
        self.shots = shots
        self.others: list[tuple[float, float]] = []
        self.pillars: list[Pillar] = []

    def draw(self, own_tick: float, newest: Mapping[int, Any] = NONE, played: Mapping[int, Any] = NONE) -> None:
        """Draw one in which oneself is at this tick."""
        frame: Any = SimpleNamespace(tick=own_tick - LEAD, own_tick=own_tick)
        self.shots.advance(frame, ME, newest, played, self.others, self.pillars, 2000)


@pytest.fixture
def clock() -> Clock:
    """Give a clock on which a shot to the right is fired from (500, 500) at tick 100."""
    made = Clock(OwnShots())
    made.draw(100)
    made.shots.fire(Fighter(hp=100, weapon=PULSE), (500, 500), aim=0)
    return made


def bullet(born: int = 100) -> Bullet:
    """Give what the server makes of that shot."""
    return Bullet(x=515 * SUB, y=500 * SUB, vx=WEAPONS[PULSE].speed, vy=0, born=born, owner=ME, weapon=PULSE)


def test_it_leaves_the_muzzle_at_once(clock: Clock) -> None:
    """Slower than it will fly, until the lead is used up."""
    clock.draw(100)
    (flight,) = clock.shots.flights
    assert flight.place() == (515, 500)
    clock.draw(102)
    assert clock.shots.flights[0].place() == pytest.approx((515 + 2 * 0.6 * SPEED, 500))


def test_it_becomes_the_servers_bullet(clock: Clock) -> None:
    """To the pixel, when the lead is used up; that one isn't drawn besides."""
    server = {9: bullet(born=101)}
    for own_tick in range(103, 122):
        clock.draw(own_tick, server, server if own_tick - LEAD >= 101 else NONE)
    assert clock.shots.known == {9}
    x = 515 + SPEED * (121 - LEAD - 101)
    assert clock.shots.flights[0].place() == pytest.approx((x, 500))
    clock.draw(122, {}, {})
    assert (clock.shots.flights, clock.shots.known) == ([], set())


def test_what_the_server_never_fired_goes(clock: Clock) -> None:
    """Nobody has to wait for it long."""
    clock.draw(112)
    assert clock.shots.flights
    clock.draw(113)
    assert not clock.shots.flights


@pytest.mark.parametrize("what", ["pillar", "fighter"])
def test_what_it_meets_before_the_server_speaks_hides_it(clock: Clock, what: str) -> None:
    """It doesn't fly through."""
    if what == "pillar":
        clock.pillars = [Pillar(580, 500, 40)]
    else:
        clock.others = [(580, 500)]
    clock.draw(101)
    assert clock.shots.flights
    clock.draw(104)
    assert not clock.shots.flights


def test_a_fan_has_all_its_bullets() -> None:
    """Each is known as the server's own."""
    clock = Clock(OwnShots())
    clock.draw(100)
    clock.shots.fire(Fighter(hp=100, weapon=SCATTER), (500, 500), aim=64)
    clock.draw(101)
    assert len(clock.shots.flights) == len(WEAPONS[SCATTER].fan)
    server = {row_id: Bullet(x=1, y=1, vx=0, vy=0, born=100, owner=ME, weapon=SCATTER) for row_id in range(5)}
    clock.draw(102, {row_id + 1: each for row_id, each in server.items()})
    assert clock.shots.known == {1, 2, 3, 4, 5}


def test_without_prediction_there_are_none(clock: Clock) -> None:
    """Bullets are the server's then."""
    frame: Any = SimpleNamespace(tick=100.0, own_tick=None)
    clock.shots.advance(frame, ME, {}, {}, [], [], 2000)
    assert clock.shots.flights == []
