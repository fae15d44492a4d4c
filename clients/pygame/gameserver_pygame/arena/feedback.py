"""What happens, as light, sound and shaking."""

from __future__ import annotations

from math import atan2, hypot
from typing import Any

from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.rows import PULSE, SUB
from gameserver_client import Room
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.effects import Effects
from gameserver_pygame.arena.kill_feed import Kill, KillFeed
from gameserver_pygame.arena.look import pickup_look, weapon_look
from gameserver_pygame.arena.marks import Marks
from gameserver_pygame.arena.shout import Shout
from gameserver_pygame.arena.world import Body, World
from gameserver_pygame.people import name_of
from gameserver_pygame.sound import Place, Sound
from gameserver_pygame.theme import player_colour

COMBO_S = 1.2
"""Hits closer together than this make a rising row of notes."""
HEARING = 900
"""Units from which on nothing is heard."""
DAMAGE = (255, 233, 168)


class Feedback:
    """Told by the world and by the room's events."""

    def __init__(self, room: Room, camera: Camera, sound: Sound) -> None:
        self.effects = Effects()
        self.marks = Marks()
        self.kills = KillFeed()
        self.shout = Shout()
        self.world: World
        """Set right after, since each tells the other."""
        self._room = room
        self._camera = camera
        self._sound = sound
        self._now_s = 0.0
        self._combo = 0
        self._hit_s = 0.0

    def advance(self, now_s: float, elapsed_s: float) -> None:
        """Go on, once per frame."""
        self._now_s = now_s
        self.effects.advance(elapsed_s)
        self.marks.advance(elapsed_s)
        for body in self.world.bodies.values():
            if body.dashing:
                self.effects.ghost((body.x, body.y), body.colour)

    def clear(self) -> None:
        """Start over in another room."""
        self.effects.clear()
        self.marks.clear()

    # By the world.

    def own_shot(self, body: Body, angle: float) -> None:
        """One's own gun, in the same frame as the trigger."""
        look = weapon_look(body.row.weapon)
        body.recoil = 1.0
        self.effects.muzzle((body.x, body.y), angle, look.colour)
        self._sound.play(look.sound)
        self._camera.shake(1.2 if body.row.weapon == PULSE else 4)

    def shot(self, body: Body, bullet: Any) -> None:
        """Somebody's gun."""
        own = body.id == self._room.player
        if own and self._room.toggles.prediction:
            return  # it flashed when the trigger was pulled
        body.recoil = 1.0
        look = weapon_look(bullet.weapon)
        if self._camera.sees(body.x, body.y, 40):
            self.effects.muzzle((body.x, body.y), atan2(bullet.vy, bullet.vx), look.colour)
        place = self._place(body.x, body.y, 1.0 if own else 0.4)
        if place is not None:
            self._sound.play(look.sound, place)

    def hurt(self, body: Body) -> None:
        """Somebody lost health."""
        body.flash = 1.0

    def dashed(self, body: Body) -> None:
        """Somebody began to dash."""
        place = self._place(body.x, body.y, 1.0 if body.id == self._room.player else 0.5)
        if place is not None:
            self._sound.play("dash", place)

    def bullet_gone(self, bullet: Any, at: tuple[float, float], tick: float) -> None:
        """A bullet hit something, or had flown its time."""
        if not self._camera.sees(*at, 30):
            return
        spent = bullet.weapon in WEAPONS and tick - bullet.born >= WEAPONS[bullet.weapon].life_ticks
        self.effects.sparks(at, weapon_look(bullet.weapon).colour, 2 if spent else 7, 80 if spent else 300)

    # By the room.

    def event(self, name: str, data: dict[str, int]) -> None:
        """Take in an event of the game."""
        match name:
            case "hit":
                self._hit(data["by"], data["who"], data["damage"], (data["x"] / SUB, data["y"] / SUB))
            case "killed":
                self._killed(data)
            case "picked":
                self._picked(data["kind"])
            case "round_began":
                self.effects.clear()
                self._camera.jump()
                self.shout.say("Fight!", self._now_s)
                self._sound.play("round")
            case "round_ended":
                self._sound.play("round")

    def second(self) -> None:
        """One of a round's last seconds has passed."""
        self._sound.play("second")

    def _hit(self, by: int, who: int, damage: int, at: tuple[float, float]) -> None:
        """Told to the shooter and to the one who was hit."""
        own = self._room.player
        if by == own and who != by:
            self._combo = self._combo + 1 if self._now_s - self._hit_s < COMBO_S else 0
            self._hit_s = self._now_s
            self.effects.words(at, str(damage), DAMAGE)
            self.marks.mark_hit(fatal=False)
            self._sound.hit(self._combo)
        me = self.world.own
        if who != own or me is None:
            return
        shooter = self.world.bodies.get(by)
        x, y = (shooter.x, shooter.y) if shooter is not None else at
        self.marks.wound(atan2(y - me.y, x - me.x))
        self._sound.play("hurt")
        self._camera.shake(3 + damage / 8)

    def _killed(self, data: dict[str, int]) -> None:
        by, who, streak = data["by"], data["who"], data["streak"]
        self.kills.add(Kill(self._now_s, by, who, data["weapon"], streak))
        own, body = self._room.player, self.world.bodies.get(who)
        if body is not None:
            self.effects.burst((body.x, body.y), body.colour)
            place = self._place(body.x, body.y, 0.7)
            if place is not None:
                self._sound.play("blast", place)
        if who == own:
            self._sound.play("die")
            self._camera.shake(14)
            if by != who:
                self.shout.say("Shot by", self._now_s, self._name(by), player_colour(by))
        elif by == own:
            self.marks.mark_hit(fatal=True)
            self._sound.play("kill")
            self._camera.shake(7)
            points = f"+{data['points']}" + (f" \N{MULTIPLICATION SIGN}{streak}" if streak > 1 else "")
            self.shout.say(points, self._now_s, self._name(who), player_colour(who))

    def _picked(self, kind: int) -> None:
        """Told to the one who picked it up."""
        look, me = pickup_look(kind), self.world.own
        self._sound.play("pickup")
        if me is not None:
            self.effects.words((me.x, me.y - 8), look.name, look.colour)
            self.effects.ring((me.x, me.y), look.colour, 44)

    def _name(self, player: int) -> str:
        return name_of(self._room, player)

    def _place(self, x: float, y: float, gain: float) -> Place | None:
        """Give from where something is heard; None: it is too far away."""
        near = 1 - hypot(x - self._camera.x, y - self._camera.y) / HEARING
        return None if near <= 0 else Place(gain * near * near, (x - self._camera.x) / HEARING * 1.2)
