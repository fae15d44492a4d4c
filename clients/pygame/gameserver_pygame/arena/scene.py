"""One picture of the arena."""

from __future__ import annotations

import pygame

from gameserver.games.arena.rows import SUB
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.effects import Effects
from gameserver_pygame.arena.marks import Marks
from gameserver_pygame.arena.paint_field import paint_floor, paint_pickups, paint_pillars
from gameserver_pygame.arena.paint_fighters import paint_fighter, paint_ghost, paint_tag
from gameserver_pygame.arena.paint_marks import paint_leader_arrow, paint_wounds
from gameserver_pygame.arena.paint_shots import paint_above, paint_below, paint_bullets, paint_words
from gameserver_pygame.arena.world import Body, World
from gameserver_pygame.kit import Kit


class Scene:
    """Paints the field, and the marks over it."""

    def __init__(self, kit: Kit, camera: Camera) -> None:
        self._kit = kit
        self._camera = camera
        self._scale = camera.scale

    def paint(self, target: pygame.Surface, world: World, effects: Effects, shown: Body | None, now_s: float) -> None:
        """Paint everything that is on the field; `shown`: oneself, or the one who is followed."""
        moment, camera, shapes = world.moment, self._camera, self._kit.shapes
        if moment is None:
            return
        if self._scale != camera.scale:
            self._scale = camera.scale
            shapes.clear()
        paint_floor(target, camera, world.side)
        paint_below(target, shapes, camera, effects)
        paint_pickups(target, self._kit, camera, moment, now_s)
        paint_pillars(target, shapes, camera, world.pillars)
        paint_bullets(target, shapes, camera, world)
        if moment.frame.ghost is not None:
            ghost = moment.frame.ghost
            at = camera.shaken(ghost.x / SUB, ghost.y / SUB)
            paint_ghost(target, shapes, *at, camera.scale)
        leader = moment.arena.leader
        for body in world.bodies.values():
            if body is not shown and body.alive and camera.sees(body.x, body.y, 50):
                paint_fighter(target, shapes, camera, body, now_s, own=False, crowned=body.id == leader)
        if shown is not None and shown.alive:
            paint_fighter(target, shapes, camera, shown, now_s, own=True, crowned=shown.id == leader)
        paint_above(target, shapes, camera, effects)

    def paint_marks(
        self, target: pygame.Surface, world: World, effects: Effects, marks: Marks, shown: Body | None
    ) -> None:
        """Paint what is there to be read."""
        moment, camera, kit = world.moment, self._camera, self._kit
        if moment is None:
            return
        for body in world.bodies.values():
            if body.alive and camera.sees(body.x, body.y, 60):
                paint_tag(target, kit, camera, body, own=body is shown)
        paint_words(target, kit, camera, effects)
        if shown is not None:
            paint_wounds(target, kit.shapes, camera, marks, shown)
        leader = world.bodies.get(moment.arena.leader)
        if leader is not shown:
            paint_leader_arrow(target, kit, camera, leader)
