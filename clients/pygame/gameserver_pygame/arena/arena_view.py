"""The arena, played or watched."""

from __future__ import annotations

from contextlib import suppress
from math import floor, hypot

import pygame

from gameserver.games.arena.rows import PODIUM, Steer
from gameserver_client import Room
from gameserver_pygame.arena import boards, hud
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.controls import Controls, aim_of
from gameserver_pygame.arena.feedback import Feedback
from gameserver_pygame.arena.gun import LocalGun
from gameserver_pygame.arena.hints import Hints
from gameserver_pygame.arena.look import FIGHTERS
from gameserver_pygame.arena.pads import Pads
from gameserver_pygame.arena.paint_marks import crosshair, paint_crosshair, paint_hit_mark
from gameserver_pygame.arena.scene import Scene
from gameserver_pygame.arena.standings import standings
from gameserver_pygame.arena.watcher import Watcher
from gameserver_pygame.arena.world import Body, World
from gameserver_pygame.kit import Kit
from gameserver_pygame.theme import FIELD, MUTED

PICK_PX = 44
"""A click this near to a fighter means him."""
LONGEST_FRAME_S = 0.1


class ArenaView:
    """The client of the arena."""

    def __init__(self, room: Room, kit: Kit) -> None:
        self.camera = Camera()
        self.controls = Controls(Pads())
        self.watcher = Watcher()
        self.feedback = Feedback(room, self.camera, kit.sound)
        self.world = World(room, self.feedback)
        self.feedback.world = self.world
        self._room = room
        self._kit = kit
        self._scene = Scene(kit, self.camera)
        self._minimap = boards.Minimap(kit)
        self._podium = boards.Podium(kit)
        self._gun = LocalGun()
        self._hints = Hints(watching=room.spectating)
        self._seconds = hud.LastSeconds()
        self._drawn_s: float | None = None
        self._full = False
        """Whether everybody's score is asked for."""
        self._stop = room.on("event", lambda event: self.feedback.event(event.name, event.data))
        self._cursor = False
        if not room.spectating:
            self._cursor = _set_cursor(crosshair(kit.shapes))
            pygame.mouse.set_visible(self._cursor)

    @property
    def typing(self) -> bool:
        """Nothing is typed here."""
        return False

    def dispose(self) -> None:
        """Stop listening, and give the usual pointer back."""
        self._stop()
        if pygame.display.get_init():
            pygame.mouse.set_visible(True)
            if self._cursor:
                with suppress(pygame.error):  # where there are no cursors of the system's
                    pygame.mouse.set_cursor(pygame.SYSTEM_CURSOR_ARROW)

    def entered(self) -> None:
        """Another seat, perhaps in another room: nothing seen so far counts."""
        self.world.clear()
        self.feedback.clear()
        self.camera.jump()

    def release(self) -> None:
        """Let go of everything."""
        self.controls.release()
        self._full = False

    def chat_rect(self, size: tuple[int, int]) -> pygame.Rect:
        """Say where people talk: on the left, over the hints."""
        top = 190
        bottom = size[1] - 22 - 34 * len(self._hints.lines())
        return pygame.Rect(12, top, min(380, size[0] // 2 - 180), max(60, bottom - top))

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""
        if event.type in {pygame.KEYDOWN, pygame.KEYUP} and event.scancode == pygame.KSCAN_TAB:
            self._full = event.type == pygame.KEYDOWN
            return True
        if self._room.spectating and self._handle_watching(event):
            return True
        return self.controls.handle(event)

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw everything, once per frame."""
        elapsed_s = 0.0 if self._drawn_s is None else min(LONGEST_FRAME_S, max(0.0, now_s - self._drawn_s))
        self._drawn_s = now_s
        self.camera.resize(*target.get_size())
        steer = None if self._room.spectating else self._steer()
        frame = self._room.frame(now_s, held=steer)
        if frame is None or not frame.to_state.tables["arena"]:
            target.fill(FIELD)
            self._kit.text.draw(target, "Going in …", target.get_rect().center, 20, MUTED, anchor="center")
            return
        self.world.advance(frame, elapsed_s)
        self._look(elapsed_s)
        if steer is not None:
            self._act(steer)
        self.feedback.advance(now_s, elapsed_s)
        shown = self.world.own or self.world.bodies.get(self.watcher.target or 0)
        self._scene.paint(target, self.world, self.feedback.effects, shown, now_s)
        self._scene.paint_marks(target, self.world, self.feedback.effects, self.feedback.marks, shown)
        self._draw_over(target, shown, now_s)

    # What one does.

    def _steer(self) -> Steer:
        own = self.world.own
        at = (self.camera.x, self.camera.y) if own is None else (own.x, own.y)
        return self.controls.read(self.camera.to_screen(*at))

    def _act(self, steer: Steer) -> None:
        """Fire one's own gun, and note what was used."""
        if steer.dx or steer.dy:
            self._hints.used("move")
        if steer.dash:
            self._hints.used("dash")
        own, moment = self.world.own, self.world.moment
        if own is None or moment is None or moment.frame.own is None or self._room.status != "joined":
            return
        if own.alive:
            own.aim = self.controls.angle
        # What is pressed now counts in the tick after the one that is drawn.
        tick = floor(own.tick) + 1
        if self._gun.goes_off(own.row, moment.arena.phase, tick, trigger=steer.fire):
            self.feedback.own_shot(own, own.aim)
            self.world.shots.fire(own.row, (own.x, own.y), aim_of(own.aim))
            self._hints.used("fire")

    def _look(self, elapsed_s: float) -> None:
        own, side, camera = self.world.own, self.world.side, self.camera
        if own is not None:
            lead = self.controls.lead((camera.width, camera.height))
            camera.follow((own.x, own.y), (lead[0] / camera.scale, lead[1] / camera.scale), side, elapsed_s)
            return
        way = self.controls.read((0, 0))
        if way.dx or way.dy:
            self._hints.used("roam")
        leader = 0 if self.world.moment is None else self.world.moment.arena.leader
        self.watcher.advance(self.world.bodies, leader, side, (way.dx, way.dy), elapsed_s)
        camera.follow((self.watcher.x, self.watcher.y), (0, 0), side, elapsed_s)

    def _handle_watching(self, event: pygame.Event) -> bool:
        if event.type == pygame.KEYDOWN and event.scancode in {pygame.KSCAN_Q, pygame.KSCAN_E}:
            self.watcher.step(self.world.bodies, 1 if event.scancode == pygame.KSCAN_E else -1)
            self._hints.used("follow")
            return True
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            for body in self.world.bodies.values():
                x, y = self.camera.to_screen(body.x, body.y)
                if body.alive and hypot(x - event.pos[0], y - event.pos[1]) <= PICK_PX:
                    self.watcher.follow(body.id)
                    self._hints.used("follow")
            return True
        return False

    # What lies over the picture.

    def _draw_over(self, target: pygame.Surface, shown: Body | None, now_s: float) -> None:
        moment, kit, room = self.world.moment, self._kit, self._room
        if moment is None:
            return
        arena, tick, mine = moment.arena, moment.frame.tick, not room.spectating
        left_s = (arena.ends_at - tick) / room.tick_rate
        fighting = arena.phase != PODIUM
        if self._seconds.passed(left_s, fighting=fighting):
            self.feedback.second()
        fighters = moment.frame.to_state.tables[FIGHTERS]
        if not fighting:
            points = {player: row.points for player, row in fighters.items()}
            self._podium.draw(target, room, arena, points, left_s, now_s)
        else:
            double = tick >= arena.double_at
            hud.draw_head(target, kit, arena, shown, left_s, mine=mine, double=double)
            boards.draw_kills(target, kit, self.feedback.kills.shown(now_s), room, now_s)
            self._minimap.draw(target, self.world, self.camera, None if shown is None else shown.id)
            hud.draw_hint_keys(target, kit, self._hints.lines(), target.get_height() - 16)
            if shown is not None:
                self._draw_vitals(target, shown, tick, now_s, mine=mine)
        everyone = standings(fighters)
        if self._full:
            boards.draw_all_scores(target, kit, everyone, room, arena.leader)
        elif fighting:
            boards.draw_scores(target, kit, everyone, room, arena.leader)
        if mine and self.controls.device == "mouse":
            if not self._cursor:
                paint_crosshair(target, kit.shapes, self.controls.pointer)
            paint_hit_mark(target, self.feedback.marks, self.controls.pointer)
        elif mine and shown is not None:
            x, y = self.camera.to_screen(shown.x, shown.y)
            paint_hit_mark(target, self.feedback.marks, (x, y))

    def _draw_vitals(self, target: pygame.Surface, shown: Body, tick: float, now_s: float, *, mine: bool) -> None:
        hud.draw_vitals(target, self._kit, shown)
        if not shown.alive:
            hud.draw_respawn(target, self._kit, (shown.row.respawn_at - tick) / self._room.tick_rate)
        if mine:
            hud.draw_shout(target, self._kit, self.feedback.shout, now_s)


def _set_cursor(image: pygame.Surface) -> bool:
    """Make the crosshair the system's own pointer, which is never late; False: this system can't."""
    try:
        pygame.mouse.set_cursor(pygame.Cursor((image.get_width() // 2, image.get_height() // 2), image))
    except pygame.error:
        return False
    return True
