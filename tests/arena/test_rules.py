"""The arena's rules, in synchronous rooms: fights, pickups, rounds, bots."""

from __future__ import annotations

from typing import Any

import pytest

from gameserver import Player
from gameserver.games.arena import Arena
from gameserver.games.arena.bots import EASY, HARD, MEDIUM, skill_of
from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.layout import layout_of
from gameserver.games.arena.movement import RADIUS
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
    Pickup,
    Steer,
)
from gameserver.games.arena.rules import RESPAWN_TICKS
from tests.support import Guest, Party


class Duel:
    """Two fighters facing each other, 200 units apart, in the open; the second stands still."""

    def __init__(self, seed: int = 1) -> None:
        self.party = Party(Arena, seed=seed)
        self.ann, self.bob = self.party.join("Ann"), self.party.join("Bob")
        self.party.step()
        self.game: Any = self.party.game
        self.game.pickups.clear()
        self.game.filled, self.game.refill_at = {}, {}
        layout = layout_of(self.game.arena.map_seed, self.game.arena.side)
        lane = next(
            (x * 160, y * 160)
            for x in range(5, 120)
            for y in range(5, 130)
            if all(layout.is_free(x * 160 + d * SUB, y * 160, RADIUS + 40 * SUB) for d in range(-40, 260, 20))
        )
        self.one, self.two = self.game.fighters[1], self.game.fighters[2]
        self.one.x, self.one.y = lane
        self.two.x, self.two.y = lane[0] + 200 * SUB, lane[1]
        self.one.safe_until = self.two.safe_until = 0
        self.game.derive()

    def hold(self, guest: Guest, **steer: Any) -> None:
        """Hold this from now on."""
        self.party.room.input(guest.player, Steer(**steer))

    def until(self, condition: Any, ticks: int = 300) -> None:
        """Step until it holds."""
        for _ in range(ticks):
            if condition():
                return
            self.party.step()
        pytest.fail("it never happened")


def test_a_pulse_hurts_and_five_kill() -> None:
    """20 of 100 each; both are told of a hit, everyone of a kill; the killed drops health."""
    duel = Duel()
    duel.hold(duel.ann, fire=True)
    duel.until(lambda: duel.two.hp < 100)
    assert duel.two.hp == 80
    (hit,) = duel.ann.events("hit")
    assert hit == duel.bob.events("hit")[0]
    assert (hit["by"], hit["who"], hit["damage"]) == (1, 2, 20)
    duel.until(lambda: duel.two.hp == 0)
    assert len(duel.ann.events("hit")) == 5
    assert duel.bob.events("killed") == [{"by": 1, "who": 2, "weapon": PULSE, "points": 1, "streak": 1}]
    assert (duel.one.points, duel.one.kills, duel.two.deaths) == (1, 1, 1)
    assert duel.game.arena.leader == 1
    assert [p.kind for p in duel.game.pickups.values()] == [DROP]


def test_the_pulse_gun_fires_once_in_six_ticks() -> None:
    """However long the trigger is held."""
    duel = Duel()
    duel.hold(duel.ann, fire=True, aim=128)
    duel.party.step(30)
    assert duel.game.bullets.next_id - 1 == 5


def test_the_dead_come_back_with_a_shield_that_drops_on_firing() -> None:
    """After 45 ticks, whole, and not to be hurt until they shoot."""
    duel = Duel()
    duel.hold(duel.ann, fire=True)
    duel.until(lambda: duel.two.hp == 0)
    duel.hold(duel.ann)
    died = duel.party.room.tick
    duel.until(lambda: duel.two.hp > 0)
    assert duel.party.room.tick - died == RESPAWN_TICKS
    assert (duel.two.hp, duel.two.weapon) == (100, PULSE)
    assert duel.two.safe_until > duel.game.now
    duel.hold(duel.bob, fire=True)
    duel.party.step()
    assert duel.two.safe_until == 0


@pytest.mark.parametrize("shielded", ["safe_until", "dash_until"])
def test_a_spawn_shield_and_a_dash_stop_everything(shielded: str) -> None:
    """The bullet is gone, and nobody is hurt."""
    duel = Duel()
    setattr(duel.two, shielded, duel.game.now + 1000)
    duel.hold(duel.ann, fire=True)
    duel.party.step(40)
    assert duel.two.hp == 100
    assert duel.ann.events("hit") == []
    assert len(duel.game.bullets) <= 3


def test_a_shield_takes_the_damage_first() -> None:
    """And what it can't take goes on to the health."""
    duel = Duel()
    duel.two.shield = 30
    duel.hold(duel.ann, fire=True)
    duel.until(lambda: len(duel.ann.events("hit")) == 2)
    assert (duel.two.shield, duel.two.hp) == (0, 90)


@pytest.mark.parametrize("kind", [SCATTER, RAIL])
def test_other_weapons_run_out(kind: int) -> None:
    """Then it is the pulse gun again."""
    duel = Duel()
    duel.one.weapon, duel.one.ammo = kind, 2
    duel.hold(duel.ann, fire=True, aim=128)
    duel.party.step(WEAPONS[kind].every_ticks + 1)
    assert duel.game.bullets.next_id - 1 == 2 * len(WEAPONS[kind].fan)
    assert (duel.one.weapon, duel.one.ammo) == (PULSE, 0)


def test_pickups_do_what_they_say_and_stay_where_nobody_needs_them() -> None:
    """Health up to 100, a shield, weapons; and who is whole leaves the health for others."""
    duel = Duel()
    game, one = duel.game, duel.one
    one.hp = 30
    for kind in (HEAL, SHIELD, GET_SCATTER):
        game.pickups.add(Pickup(x=one.x, y=one.y, kind=kind))
    duel.party.step()
    assert (one.hp, one.shield, one.weapon, one.ammo) == (70, 50, SCATTER, WEAPONS[SCATTER].ammo)
    game.pickups.add(Pickup(x=one.x, y=one.y, kind=GET_RAIL))
    duel.party.step()
    assert one.weapon == RAIL
    one.hp = 100
    game.pickups.add(Pickup(x=one.x, y=one.y, kind=HEAL))
    duel.party.step()
    assert len(game.pickups) == 1
    assert [e["kind"] for e in duel.ann.events("picked")] == [HEAL, SHIELD, GET_SCATTER, GET_RAIL]
    assert duel.bob.events("picked") == []


def test_who_overlaps_is_pushed_apart_softly() -> None:
    """Within a second or so they stand beside each other, having never jumped."""
    duel = Duel()
    duel.two.x, duel.two.y = duel.one.x + 3, duel.one.y
    duel.game.derive()
    for _ in range(40):
        x = duel.two.x
        duel.party.step()
        assert abs(duel.two.x - x) <= RADIUS // 2 + 2
    assert (duel.two.x - duel.one.x) ** 2 + (duel.two.y - duel.one.y) ** 2 >= (2 * RADIUS - 8) ** 2


def test_kills_count_double_at_the_end() -> None:
    """In the last twenty seconds."""
    duel = Duel()
    duel.game.arena.double_at = duel.game.now
    duel.hold(duel.ann, fire=True)
    duel.until(lambda: duel.two.hp == 0)
    assert duel.one.points == 2
    assert duel.bob.events("killed")[0]["points"] == 2


def test_a_bullet_outlives_its_shooter() -> None:
    """Who left gets no point, and nothing breaks."""
    duel = Duel()
    duel.two.hp = 20
    duel.hold(duel.ann, fire=True)
    duel.party.step()
    duel.party.leave(duel.ann)
    duel.until(lambda: duel.two.hp == 0, 30)
    assert duel.bob.events("killed")[0]["by"] == 1
    assert duel.game.arena.leader == 0


def test_the_crown_stays_with_equals_and_falls_when_its_wearer_leaves() -> None:
    """Who has the most points wears it."""
    duel = Duel()
    duel.one.points = duel.two.points = 3
    duel.game.arena.leader = 2
    duel.party.step()
    assert duel.game.arena.leader == 2
    duel.one.points = 4
    duel.party.step()
    assert duel.game.arena.leader == 1
    duel.party.leave(duel.ann)
    duel.party.step()
    assert duel.game.arena.leader == 2


def test_bots_are_of_three_kinds_and_one_easy_one_is_near_a_newcomer() -> None:
    """Two easy, two medium, one hard in any five; a person starts within sight of an easy one."""
    for first in range(1, 30):
        five = [skill_of(first + i) for i in range(5)]
        assert (five.count(EASY), five.count(MEDIUM), five.count(HARD)) == (2, 2, 1)
    party = Party(Arena, seed=8, bots=6)
    party.join("Early")
    party.step(60)
    assert party.room.bot_count == 5
    ann = party.join("Ann")
    party.step()
    me = party.game.fighters[ann.player]
    easy = [party.game.fighters[p] for p in party.game.players if party.game.players[p].bot and skill_of(p) is EASY]
    assert min(max(abs(f.x - me.x), abs(f.y - me.y)) for f in easy) <= 340 * SUB
    assert party.room.bot_count == 4


def test_whole_rounds_of_twenty_bots_keep_the_rules() -> None:
    """A round to its podium and the next one's start; every tick is checked."""
    party = Party(Arena, seed=5, bots=20)
    eve = party.spectate()
    room, game = party.room, party.game
    seeds = set()
    podiums = 0
    moved = 0
    told_points = 0
    while game.arena.round < 2 or podiums < 1 or room.tick < 5700:
        before = {p: (f.x, f.y) for p, f in game.fighters.items()}
        party.deliver(room.step())
        arena = game.arena
        seeds.add(arena.map_seed)
        layout = layout_of(arena.map_seed, arena.side)
        for player_id, fighter in game.fighters.items():
            assert 0 <= fighter.hp <= 100
            assert 0 <= fighter.shield <= 50
            assert (fighter.hp == 0) == (fighter.respawn_at > 0), "dead just as long as it waits"
            assert layout.is_free(fighter.x, fighter.y, RADIUS)
            moved += (fighter.x, fighter.y) != before.get(player_id, (0, 0)) and fighter.hp > 0
        told_points += sum(
            p["data"]["points"] for p in eve.hears("event") if p["name"] == "killed" and p["tick"] == room.tick
        )
        if arena.phase == PODIUM:
            assert not game.bullets
        if eve.events("round_ended") and arena.phase == PODIUM and not podiums:
            podiums += 1
            points = [game.fighters[p].points for p in (arena.first, arena.second, arena.third)]
            assert points == sorted((f.points for f in game.fighters.values()), reverse=True)[:3]
            assert sum(f.points for f in game.fighters.values()) == told_points
            assert sum(f.kills for f in game.fighters.values()) == sum(f.deaths for f in game.fighters.values())
            assert eve.events("round_ended") == [{"first": arena.first, "second": arena.second, "third": arena.third}]
    assert len(seeds) == 2, "a new map for each round"
    assert game.arena.phase == FIGHT
    assert game.arena.side == 2057  # 420 * sqrt(20 + 4)
    assert told_points > 100
    assert moved > room.tick * 20 // 2, "bots don't stand at walls"


def test_the_field_fits_its_people() -> None:
    """Fixed when a round starts, from 1,400 up to what 16 bits of sixteenths can hold."""
    for people, side in ((1, 1400), (20, 2057), (100, 4095)):
        game = Party(Arena, bots=people).game
        game.host.players.update({p: Player(p, "x", bot=True) for p in range(1, people + 1)})
        game._begin_round()
        assert game.arena.side == side


def test_a_round_is_saved_and_goes_on() -> None:
    """Bullets in flight, minds of bots, refills due: nothing is forgotten."""
    straight = Party(Arena, seed=2, bots=8)
    for _ in range(400):
        straight.room.step()
    loaded = Party(Arena, seed=2, bots=8, saved=straight.room.save())
    for _ in range(200):
        straight.room.step()
        loaded.room.step()
    assert loaded.room.state_hash() == straight.room.state_hash()
