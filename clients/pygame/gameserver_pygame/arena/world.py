"""The fighters at the moment that is drawn, and news of what happened since the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from msgspec.structs import replace

from gameserver.games.arena.layout import layout_of
from gameserver.games.arena.rows import SUB, Fighter
from gameserver_client import Frame, Room, State
from gameserver_pygame.arena.controls import radians
from gameserver_pygame.arena.look import BULLETS, FIGHTERS, PICKUPS_TABLE, ROUND
from gameserver_pygame.arena.own_shots import OwnShots, Pillar
from gameserver_pygame.people import is_away, name_of
from gameserver_pygame.theme import Colour, player_colour

JUMP = 160 * SUB
"""Farther than this in one step is a new place, not a movement."""
FADE_S = 0.13


class Body:
    """A fighter as it is drawn; kept from frame to frame."""

    def __init__(self, player: int, row: Any) -> None:
        self.id = player
        self.x = row.x / SUB
        self.y = row.y / SUB
        self.aim = radians(row.aim)
        """In radians."""
        self.recoil = 0.0
        """From 1 to 0 after a shot."""
        self.flash = 0.0
        """From 1 to 0 after a hit."""
        self.dashing = False
        self.away = False
        self.tick = 0.0
        """The tick at which it is drawn, fractional: one's own is ahead of all others."""
        self.row = row
        """What is drawn of it; of one's own fighter, what is predicted."""
        self.played = row
        """As of the state that drawn time is heading for."""
        self.name = ""
        self.colour: Colour = player_colour(player)

    @property
    def alive(self) -> bool:
        """Whether it is on the field."""
        return bool(self.row.hp > 0)


class News(Protocol):
    """Is told when the drawn moment passes what happens."""

    def shot(self, body: Body, bullet: Any) -> None:
        """Somebody's gun went off."""

    def hurt(self, body: Body) -> None:
        """Somebody lost health."""

    def dashed(self, body: Body) -> None:
        """Somebody began to dash."""

    def bullet_gone(self, bullet: Any, at: tuple[float, float], tick: float) -> None:
        """A bullet hit something, or had flown its time; `at` in units."""


class Moment(NamedTuple):
    """What of a frame the painters need."""

    frame: Frame
    arena: Any
    """The row of the round."""
    bullets: Mapping[int, Any]
    pickups: Mapping[int, Any]


class World:
    """What is drawn, made of the room's frames."""

    def __init__(self, room: Room, news: News) -> None:
        self.bodies: dict[int, Body] = {}
        self.moment: Moment | None = None
        """None before the first frame."""
        self.pillars: list[Pillar] = []
        """The round's obstacles."""
        self.shots = OwnShots()
        self._room = room
        self._news = news
        self._map: tuple[int, int] | None = None
        self._latest: State | None = None
        """The state that drawn time is heading for."""

    def clear(self) -> None:
        """Start over in another room."""
        self.bodies.clear()
        self.shots.clear()
        self.moment = self._latest = None

    @property
    def own(self) -> Body | None:
        """One's own fighter."""
        return None if self._room.player is None else self.bodies.get(self._room.player)

    @property
    def side(self) -> float:
        """Of the square field, in units; 0 before it is known."""
        return 0.0 if self.moment is None else float(self.moment.arena.side)

    def advance(self, frame: Frame, elapsed_s: float) -> None:
        """Go on to a frame."""
        state = frame.to_state
        if state is not self._latest:
            self._enter(state)
        self.moment = Moment(frame, state.one(ROUND), state.tables[BULLETS], state.tables[PICKUPS_TABLE])
        before = frame.from_state.tables[FIGHTERS]
        fade, own = elapsed_s / FADE_S, self.own
        for body in self.bodies.values():
            if body is own and frame.own is not None:
                self._predict(body, frame)
            else:
                _interpolate(body, before.get(body.id, body.played), frame)
            body.dashing = body.alive and body.row.dash_until > body.tick
            body.recoil = max(0.0, body.recoil - fade)
            body.flash = max(0.0, body.flash - fade)
        newest = self._room.state or state
        others = [(body.x, body.y) for body in self.bodies.values() if body is not own and body.alive]
        self.shots.advance(
            frame, self._room.player, newest.tables[BULLETS], self.moment.bullets, others, self.pillars, self.side
        )

    def _predict(self, body: Body, frame: Frame) -> None:
        """Show at once where one goes and how one's gun stands; but wounds, death and points when they can be seen."""
        own: Fighter = frame.own
        seen = body.played
        dashed = body.row.dash_until
        body.tick = frame.tick if frame.own_tick is None else frame.own_tick
        body.row = replace(
            own, hp=seen.hp, shield=seen.shield, points=seen.points, kills=seen.kills, deaths=seen.deaths
        )
        x, y = frame.own_xy or (own.x, own.y)
        body.x, body.y, body.aim = x / SUB, y / SUB, radians(own.aim)
        # A dash that the server begins a tick sooner or later than was predicted is still the same one.
        if own.dash_until > dashed and dashed <= body.tick and body.alive:
            self._news.dashed(body)

    def _enter(self, state: State) -> None:
        last, self._latest = self._latest, state
        arena = state.one(ROUND)
        if self._map != (arena.map_seed, arena.side):
            self._map = arena.map_seed, arena.side
            layout = layout_of(arena.map_seed, arena.side)
            self.pillars = [Pillar(o.x / SUB, o.y / SUB, o.radius / SUB) for o in layout.obstacles]
        fighters = state.tables[FIGHTERS]
        for player, row in fighters.items():
            body = self.bodies.get(player)
            if body is None:
                self.bodies[player] = Body(player, row)
            else:
                self._compare(body, row)
        for player in [player for player in self.bodies if player not in fighters]:
            del self.bodies[player]
        for player, body in self.bodies.items():
            body.name, body.away = name_of(self._room, player), is_away(self._room, player)
        if last is not None and last.tables[BULLETS] is not state.tables[BULLETS]:
            self._compare_bullets(last.tables[BULLETS], state.tables[BULLETS], state.tick)

    def _compare(self, body: Body, row: Any) -> None:
        before, body.played = body.played, row
        if before is row:
            return
        if before.hp + before.shield > row.hp + row.shield:
            self._news.hurt(body)
        predicted = body is self.own and self.moment is not None and self.moment.frame.own is not None
        if row.dash_until > before.dash_until and row.hp > 0 and not predicted:
            self._news.dashed(body)

    def _compare_bullets(self, before: Mapping[int, Any], after: Mapping[int, Any], tick: int) -> None:
        shooter = None
        for row_id, bullet in after.items():
            # The pellets of one shot come one after the other.
            if row_id in before or bullet.owner == shooter:
                continue
            shooter = bullet.owner
            body = self.bodies.get(bullet.owner)
            if body is not None:
                self._news.shot(body, bullet)
        for row_id, bullet in before.items():
            if row_id not in after:
                age = max(0.0, tick - 0.5 - bullet.born)
                at = (bullet.x + bullet.vx * age) / SUB, (bullet.y + bullet.vy * age) / SUB
                self._news.bullet_gone(bullet, at, tick)


def _interpolate(body: Body, start: Any, frame: Frame) -> None:
    to = body.row = body.played
    body.tick = frame.tick
    jumped = abs(to.x - start.x) > JUMP or abs(to.y - start.y) > JUMP or start.hp == 0
    x, y = (to.x, to.y) if jumped else frame.position(FIGHTERS, body.id) or (to.x, to.y)
    body.x, body.y = x / SUB, y / SUB
    turn = ((to.aim - start.aim + 384) & 255) - 128  # the short way round
    body.aim = radians(to.aim - turn * (1 - min(1.0, frame.alpha)))
