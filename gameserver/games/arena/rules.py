"""The arena: twin-stick shooting from above, in rounds of three minutes."""

from __future__ import annotations

from math import isqrt

from gameserver import BotAction, Derived, Game, PerPlayer, Player, PlayerId, Predict, Table, Tick
from gameserver.games.arena.bots import EASY, Mind, skill_of, think
from gameserver.games.arena.combat import WEAPONS, Body, first_hit, hash_bodies, is_stopped, shots
from gameserver.games.arena.layout import CELL_BITS, Layout, layout_of
from gameserver.games.arena.movement import RADIUS, move, scaled, settle
from gameserver.games.arena.rows import (
    DROP,
    FIGHT,
    GET_RAIL,
    GET_SCATTER,
    HEAL,
    PODIUM,
    PULSE,
    RAIL,
    SCATTER,
    SHIELD,
    SUB,
    Bullet,
    Fighter,
    Hit,
    Killed,
    Picked,
    Pickup,
    Round,
    RoundBegan,
    RoundEnded,
    Steer,
)

ROUND_S, DOUBLE_S, PODIUM_S = 180, 20, 8
RESPAWN_TICKS = 45
SAFE_S, PICKUP_S, DROP_S = 2, 12, 10
HEALTH, SHIELD_MOST, HEAL_BY, DROP_BY = 100, 50, 40, 15
PICK_REACH = 30 * SUB
SPAWN_TRIES = 10
_NEIGHBOURS = (-65, -64, -63, -1, 0, 1, 63, 64, 65)
"""From a cell to itself and those around it, 64 cells to the column."""


class Arena(Game):
    """A free-for-all for up to a hundred."""

    tick_rate, max_players, fill_with_bots = 30, 100, 6
    arena: Round
    fighters: PerPlayer[Fighter]
    bullets: Table[Bullet]
    pickups: Table[Pickup]
    predict = Predict(Steer, Fighter, move)

    filled: dict[int, int]
    """Which pickup (row id) lies on which of the layout's spots."""
    refill_at: dict[int, Tick]
    """When an empty spot gets its pickup back."""
    drops_gone_at: dict[int, Tick]
    """When what a kill dropped (row id) fades."""
    streaks: dict[PlayerId, int]
    """Kills since the last death."""
    minds: dict[PlayerId, Mind]
    was: Derived[dict[PlayerId, tuple[int, int]]]
    """Where everybody stood at the end of the last tick: bullets meet the way, not the place."""

    # Hooks.

    def setup(self) -> None:
        self._begin_round()

    def derive(self) -> None:
        self.was = {player_id: (fighter.x, fighter.y) for player_id, fighter in self.fighters.items()}

    def on_join(self, player: Player) -> None:
        self.streaks[player.id] = 0
        if player.bot:
            self.minds[player.id] = Mind()
        self._spawn(player.id, beside_easy_bot=not player.bot)

    def on_leave(self, player: Player) -> None:
        del self.streaks[player.id]
        self.minds.pop(player.id, None)
        self.was.pop(player.id, None)
        if self.arena.leader == player.id:
            self.arena.leader = 0

    def bot(self, player: Player) -> BotAction:
        me = self.fighters[player.id]
        if me.hp == 0 or self.arena.phase == PODIUM:
            return None
        mind, skill = self.minds[player.id], skill_of(player.id)
        return think(mind, skill, me, self.fighters, self._layout(), self.now, self.random)

    def tick(self) -> None:
        if self.now >= self.arena.ends_at:
            if self.arena.phase == FIGHT:
                self._end_round()
            else:
                self._begin_round()
        if self.arena.phase == FIGHT:
            self._fly()
            self._fire()
            self._push_apart()
            self._pick_up()
            self._refill()
            self._respawn()
            self._crown()
        self.derive()

    # Rounds.

    def side_for(self, people: int) -> int:
        """Give the field's side in units: 420 * sqrt(n + 4), and below 4096, so that a place fits 16 bits."""
        return min(4095, max(1400, isqrt(420 * 420 * (people + 4))))

    def _layout(self) -> Layout:
        return layout_of(self.arena.map_seed, self.arena.side)

    def _begin_round(self) -> None:
        arena = self.arena
        arena.side = self.side_for(max(1, len(self.players)))
        arena.map_seed = self.random.getrandbits(32)
        arena.round += 1
        arena.phase, arena.ends_at = FIGHT, self.now + self.seconds(ROUND_S)
        arena.double_at = arena.ends_at - self.seconds(DOUBLE_S)
        arena.leader = arena.first = arena.second = arena.third = 0
        self.bullets.clear()
        self.pickups.clear()
        self.filled, self.refill_at, self.drops_gone_at = {}, {}, {}
        for spot in range(len(self._layout().spots)):
            self.refill_at[spot] = self.now
        for player_id, fighter in self.fighters.items():
            fighter.points = fighter.kills = fighter.deaths = 0
            self.streaks[player_id] = 0
            self._spawn(player_id)
        self.emit(RoundBegan(round=arena.round))

    def _end_round(self) -> None:
        arena = self.arena
        ranks = sorted(self.fighters, key=lambda p: (-self.fighters[p].points, self.fighters[p].deaths, p))
        arena.first, arena.second, arena.third = (*ranks, 0, 0, 0)[:3]
        arena.phase, arena.ends_at = PODIUM, self.now + self.seconds(PODIUM_S)
        self.bullets.clear()
        self.emit(RoundEnded(first=arena.first, second=arena.second, third=arena.third))

    def _crown(self) -> None:
        """The crown goes to the most points; of equals, whoever wears it keeps it."""
        arena = self.arena
        best = arena.leader
        most = self.fighters[best].points if best else 0
        for player_id, fighter in self.fighters.items():
            if fighter.points > most:
                best, most = player_id, fighter.points
        arena.leader = best

    # Coming to life.

    def _spawn(self, player_id: PlayerId, *, beside_easy_bot: bool = False) -> None:
        x, y = self._free_place(player_id, beside_easy_bot=beside_easy_bot)
        fighter = self.fighters[player_id]
        fighter.x, fighter.y, fighter.vx, fighter.vy = x, y, 0, 0
        fighter.hp, fighter.shield, fighter.weapon, fighter.ammo = HEALTH, 0, PULSE, 0
        fighter.respawn_at, fighter.fire_at, fighter.dash_at, fighter.dash_until = 0, 0, 0, 0
        fighter.safe_until = self.now + self.seconds(SAFE_S)

    def _free_place(self, player_id: PlayerId, *, beside_easy_bot: bool) -> tuple[int, int]:
        """Find a place far from everybody; for a newcomer, within sight of an easy bot if there is one."""
        layout = self._layout()
        others = [(p, f) for p, f in self.fighters.items() if p != player_id and f.hp]
        easy = [f for p, f in others if beside_easy_bot and self.players[p].bot and skill_of(p) is EASY]
        best, best_score = (layout.side // 2, layout.side // 2), -1
        found = 0
        for _ in range(SPAWN_TRIES * 4):
            if easy:
                near, reach = easy[0], 320 * SUB
                x = near.x + self.random.randrange(-reach, reach + 1)
                y = near.y + self.random.randrange(-reach, reach + 1)
            else:
                x, y = self.random.randrange(layout.side), self.random.randrange(layout.side)
            if not layout.is_free(x, y, RADIUS + SUB):
                continue
            found += 1
            score = min((max(abs(f.x - x), abs(f.y - y)) for _, f in others), default=0)
            if score > best_score:
                best, best_score = (x, y), score
            if found == SPAWN_TRIES:
                break
        return settle(*best, layout)

    def _respawn(self) -> None:
        for player_id, fighter in self.fighters.items():
            if fighter.hp == 0 and self.now >= fighter.respawn_at:
                self._spawn(player_id)

    # Fighting.

    def _fire(self) -> None:
        for player_id, fighter in self.fighters.items():
            if fighter.hp == 0 or self.now < fighter.fire_at or not self.input(player_id, Steer).fire:
                continue
            weapon = WEAPONS[fighter.weapon]
            for bullet in shots(fighter, player_id, self.now):
                self.bullets.add(bullet)
            fighter.fire_at = self.now + weapon.every_ticks
            fighter.safe_until = 0
            if weapon.ammo:
                fighter.ammo -= 1
                if fighter.ammo == 0:
                    fighter.weapon = PULSE

    def _fly(self) -> None:
        layout = self._layout()
        bodies = [
            Body(player_id, *self.was.get(player_id, (fighter.x, fighter.y)), fighter.x, fighter.y)
            for player_id, fighter in self.fighters.items()
            if fighter.hp
        ]
        cells = hash_bodies(bodies)
        for bullet_id, bullet in list(self.bullets.items()):
            body = first_hit(bullet, self.now, cells)
            if body is not None and self.fighters[body.player].hp:
                self._hit(bullet, body.player)
            elif not is_stopped(bullet, self.now, layout):
                continue
            del self.bullets[bullet_id]

    def _hit(self, bullet: Bullet, who: PlayerId) -> None:
        fighter = self.fighters[who]
        if self.now < max(fighter.safe_until, fighter.dash_until):
            return
        damage = WEAPONS[bullet.weapon].damage
        absorbed = min(damage, fighter.shield)
        fighter.shield -= absorbed
        fighter.hp = max(0, fighter.hp - (damage - absorbed))
        event = Hit(by=bullet.owner, who=who, damage=damage, x=fighter.x, y=fighter.y)
        for player_id in (bullet.owner, who):
            self.tell(player_id, event)
        if fighter.hp == 0:
            self._kill(bullet.owner, who, bullet.weapon)

    def _kill(self, by: PlayerId, who: PlayerId, weapon: int) -> None:
        victim = self.fighters[who]
        victim.deaths += 1
        victim.vx = victim.vy = 0
        victim.respawn_at = self.now + RESPAWN_TICKS
        self.streaks[who] = 0
        points = 2 if self.now >= self.arena.double_at else 1
        streak = 0
        if by in self.fighters:  # not when the shooter left while the bullet flew
            self.fighters[by].points += points
            self.fighters[by].kills += 1
            streak = self.streaks[by] = min(255, self.streaks[by] + 1)
        drop = self.pickups.add(Pickup(x=victim.x, y=victim.y, kind=DROP))
        self.drops_gone_at[drop] = self.now + self.seconds(DROP_S)
        self.emit(Killed(by=by, who=who, weapon=weapon, points=points, streak=streak))

    def _push_apart(self) -> None:
        """Fighters who overlap push each other away, softly, and never into anything."""
        layout = self._layout()
        cells: dict[int, list[Fighter]] = {}
        for fighter in self.fighters.values():
            if fighter.hp == 0:
                continue
            cx, cy = fighter.x >> CELL_BITS, fighter.y >> CELL_BITS
            for step in _NEIGHBOURS:
                for other in cells.get(cx * 64 + cy + step, ()):
                    _push(fighter, other, layout)
            cells.setdefault(cx * 64 + cy, []).append(fighter)

    # Pickups.

    def _refill(self) -> None:
        spots = self._layout().spots
        for number, at in list(self.refill_at.items()):
            if self.now >= at:
                spot = spots[number]
                self.filled[number] = self.pickups.add(Pickup(x=spot.x, y=spot.y, kind=spot.kind))
                del self.refill_at[number]
        for row_id, at in list(self.drops_gone_at.items()):
            if self.now >= at:
                del self.drops_gone_at[row_id], self.pickups[row_id]

    def _pick_up(self) -> None:
        within_reach = self._pickups_by_cell()
        for player_id, fighter in self.fighters.items():
            if fighter.hp == 0:
                continue
            for row_id in within_reach.get((fighter.x >> CELL_BITS) * 64 + (fighter.y >> CELL_BITS), ()):
                pickup = self.pickups.get(row_id)
                if pickup is None:  # somebody else had it in this very tick
                    continue
                near = abs(pickup.x - fighter.x) < PICK_REACH and abs(pickup.y - fighter.y) < PICK_REACH
                if near and _use(fighter, pickup.kind):
                    self._take(row_id)
                    self.tell(player_id, Picked(kind=pickup.kind))

    def _pickups_by_cell(self) -> dict[int, list[int]]:
        """Note each pickup in every cell from which it can be reached."""
        cells: dict[int, list[int]] = {}
        for row_id, pickup in self.pickups.items():
            for cx in range(pickup.x - PICK_REACH >> CELL_BITS, (pickup.x + PICK_REACH >> CELL_BITS) + 1):
                for cy in range(pickup.y - PICK_REACH >> CELL_BITS, (pickup.y + PICK_REACH >> CELL_BITS) + 1):
                    cells.setdefault(cx * 64 + cy, []).append(row_id)
        return cells

    def _take(self, row_id: int) -> None:
        del self.pickups[row_id]
        if self.drops_gone_at.pop(row_id, None) is None:
            spot = next((number for number, filled in self.filled.items() if filled == row_id), None)
            if spot is not None:
                del self.filled[spot]
                self.refill_at[spot] = self.now + self.seconds(PICKUP_S)


def _use(fighter: Fighter, kind: int) -> bool:
    """Give the fighter what he walked over; False when he has no use for it, and it stays."""
    match kind:
        case k if k in (HEAL, DROP):
            if fighter.hp >= HEALTH:
                return False
            fighter.hp = min(HEALTH, fighter.hp + (HEAL_BY if kind == HEAL else DROP_BY))
        case k if k == SHIELD:
            if fighter.shield >= SHIELD_MOST:
                return False
            fighter.shield = SHIELD_MOST
        case k if k in (GET_SCATTER, GET_RAIL):
            fighter.weapon = SCATTER if kind == GET_SCATTER else RAIL
            fighter.ammo = WEAPONS[fighter.weapon].ammo
        case _:
            return False
    return True


def _push(a: Fighter, b: Fighter, layout: Layout) -> None:
    dx, dy = a.x - b.x, a.y - b.y
    distance2 = dx * dx + dy * dy
    if distance2 >= 4 * RADIUS * RADIUS:
        return
    distance = isqrt(distance2)
    if distance == 0:
        dx = distance = 1
    # A quarter of the overlap for each, so that a crowd settles rather than trembles.
    by = (2 * RADIUS - distance >> 2) + 1
    px, py = scaled(dx, by, distance), scaled(dy, by, distance)
    a.x, a.y = settle(a.x + px, a.y + py, layout)
    b.x, b.y = settle(b.x - px, b.y - py, layout)
