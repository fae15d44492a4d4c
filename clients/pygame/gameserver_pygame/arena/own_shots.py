"""One's own bullets, from the frame of the trigger on.

Oneself is drawn ahead of the server, everyone else behind it. A bullet that flew in one's own time would be through its
target before the server decides that it hit; one that flew in everyone else's would leave the gun a fifth of a second
after the trigger, where one doesn't stand any more. So it begins in one's own time, at the muzzle as it is drawn, and
goes over into everyone else's: at 60 % of its speed until the lead is used up. From there on it is the server's bullet,
to the pixel, and what it hits is hit where it is seen. If that is closer than where both times meet, it waits there,
unseen, for the server's word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gameserver.games.arena.combat import shots
from gameserver.games.arena.rows import SUB, Bullet, Fighter
from gameserver_client import Frame
from gameserver_pygame.arena.look import BULLET_RADIUS, FIGHTER_RADIUS

BLEND_TICKS = 4.5
"""Ticks in which a bullet goes over from the line that was predicted to the server's."""
SLOWED = 0.6
"""An own bullet flies at this part of its speed until it is where everyone else is drawn."""
FARTHEST_TICKS = 6
"""A bullet of the server's that was born so many ticks from when it was fired here is not the same."""
MET_TICKS = 0.01
"""So near to everyone else's time, the server's word is what is drawn."""


class Pillar(NamedTuple):
    """An obstacle, in units."""

    x: float
    y: float
    radius: float


class Flight:
    """A bullet's straight line as it is drawn, at a tick of its own; in the rows' units."""

    def __init__(self, bullet: Any, born: float) -> None:
        self.x = float(bullet.x)
        self.y = float(bullet.y)
        self.vx = float(bullet.vx)
        self.vy = float(bullet.vy)
        self.born = born
        self.weapon: int = bullet.weapon
        self.tick = born

    def place(self) -> tuple[float, float]:
        """Give where it is, in units of the field."""
        age = self.tick - self.born
        return (self.x + self.vx * age) / SUB, (self.y + self.vy * age) / SUB


class Shot:
    """One bullet that one fired."""

    def __init__(self, fired: Bullet, born: float) -> None:
        self.fired = fired
        """As it left the muzzle here."""
        self.born = born
        self.id: int | None = None
        """The server's bullet; None until it is known."""
        self.played = False
        """Whether drawn time has come to the server's bullet."""
        self.matched_tick = 0.0
        """When it was known, on the own count of ticks."""
        self.flight = Flight(fired, born)


class OwnShots:
    """Those in the air."""

    def __init__(self) -> None:
        self.flights: list[Flight] = []
        """To be painted."""
        self.known: set[int] = set()
        """The server's bullets that are painted as one of these."""
        self._shots: list[Shot] = []
        """Oldest first."""
        self._seen_id = 0
        """The newest of the server's own bullets that was looked at."""
        self._own_tick = 0.0

    def clear(self) -> None:
        """Forget everything."""
        self._shots, self.flights = [], []
        self.known.clear()
        self._seen_id = 0

    def fire(self, own: Fighter, place: tuple[float, float], aim: int) -> None:
        """Add one shot's bullets; `place` is where one is drawn, in units."""
        me = Fighter(x=round(place[0] * SUB), y=round(place[1] * SUB), aim=aim, weapon=own.weapon)
        self._shots += [Shot(bullet, self._own_tick) for bullet in shots(me, 0, round(self._own_tick))]

    def advance(
        self,
        frame: Frame,
        player: int | None,
        newest: Mapping[int, Any],
        played: Mapping[int, Any],
        others: Sequence[tuple[float, float]],
        pillars: Sequence[Pillar],
        side: float,
    ) -> None:
        """Go on to a frame.

        Args:
            frame: what is drawn now.
            player: oneself.
            newest: the bullets of the newest snapshot.
            played: the bullets of the state that is drawn.
            others: where everyone else is, in units.
            pillars: what bullets end at.
            side: of the field, in units.

        """
        self.flights = []
        if frame.own_tick is None:
            self.clear()
            return
        self._own_tick = frame.own_tick
        self._match(newest, player)
        kept = []
        for shot in self._shots:
            if _is_over(shot, frame.tick, played):
                self.known.discard(-1 if shot.id is None else shot.id)
                continue
            kept.append(shot)
            bullet = None if shot.id is None else newest.get(shot.id) or played.get(shot.id)
            _place(shot, frame.tick, frame.own_tick, bullet)
            ahead = shot.flight.tick - frame.tick >= MET_TICKS
            if not (ahead and _is_stopped(shot.flight.place(), others, pillars, side)):
                self.flights.append(shot.flight)
        self._shots = kept

    def _match(self, newest: Mapping[int, Any], player: int | None) -> None:
        """Find the server's bullets for those that were fired here: both come in the same order."""
        for row_id, bullet in newest.items():
            if row_id <= self._seen_id or bullet.owner != player:
                continue
            self._seen_id = row_id
            for shot in self._shots:
                same = shot.fired.weapon == bullet.weapon and abs(shot.born - bullet.born) <= FARTHEST_TICKS
                if shot.id is None and same:
                    shot.id, shot.matched_tick = row_id, self._own_tick
                    self.known.add(row_id)
                    break


def _is_over(shot: Shot, tick: float, played: Mapping[int, Any]) -> bool:
    there = shot.id in played
    shot.played = shot.played or there
    # The server's may have ended in the tick in which it began; or there was none.
    return not there if shot.played else tick > shot.born + FARTHEST_TICKS


def _place(shot: Shot, tick: float, own_tick: float, bullet: Any) -> None:
    fired, flight = shot.fired, shot.flight
    # What is left of the lead, if it is used up at the rate by which the bullet is slowed.
    left = max(0.0, max(0.0, own_tick - tick) - (own_tick - shot.born) * (1 - SLOWED))
    flight.tick = tick + left
    if bullet is None:
        return
    part = min(1.0, (own_tick - shot.matched_tick) / BLEND_TICKS)
    flight.vx = fired.vx + (bullet.vx - fired.vx) * part
    flight.vy = fired.vy + (bullet.vy - fired.vy) * part
    # Both are lines, so anything between them is one, too.
    here_x, here_y = fired.x - fired.vx * shot.born, fired.y - fired.vy * shot.born
    there_x, there_y = bullet.x - bullet.vx * bullet.born, bullet.y - bullet.vy * bullet.born
    flight.x = here_x + (there_x - here_x) * part + flight.vx * flight.born
    flight.y = here_y + (there_y - here_y) * part + flight.vy * flight.born


def _is_stopped(
    at: tuple[float, float], others: Sequence[tuple[float, float]], pillars: Sequence[Pillar], side: float
) -> bool:
    """Tell whether it has met something, as far as can be seen, on which the server hasn't spoken yet."""
    x, y = at
    if not (0 <= x <= side and 0 <= y <= side):
        return True
    if any((p.x - x) ** 2 + (p.y - y) ** 2 < p.radius**2 for p in pillars):
        return True
    reach = FIGHTER_RADIUS + BULLET_RADIUS
    return any((other[0] - x) ** 2 + (other[1] - y) ** 2 < reach**2 for other in others)
