"""Scores, kills, the map, and the podium."""

from __future__ import annotations

from math import ceil
from typing import Any

import pygame

from gameserver.games.arena.rows import RAIL, SCATTER, SUB
from gameserver_client import Room
from gameserver_pygame.arena.camera import Camera
from gameserver_pygame.arena.kill_feed import Kill
from gameserver_pygame.arena.look import pickup_look, weapon_look
from gameserver_pygame.arena.paint_fighters import paint_crown
from gameserver_pygame.arena.standings import Standing, first_and_own
from gameserver_pygame.arena.world import World
from gameserver_pygame.kit import Kit
from gameserver_pygame.people import colour_of, is_away, name_of
from gameserver_pygame.shapes import blit_middle
from gameserver_pygame.theme import ACCENT, MUTED, TEXT, WARM, WHITE, Colour, mix, player_colour

FIRST = 5
LINE = 24
SCORES_WIDTH, FULL_WIDTH = 206, 520
MAP_PX = 148
PODIUM_HEIGHTS = {1: 168, 2: 126, 3: 96}
RISE_S = 0.45
DIM = 72
"""What is left of the picture's brightness behind the podium, of 255."""


def draw_scores(target: pygame.Surface, kit: Kit, everyone: list[Standing], room: Room, leader: int) -> None:
    """Draw the first few and oneself, in the upper left."""
    lines = first_and_own(everyone, FIRST, room.player)
    plate = kit.shapes.panel((SCORES_WIDTH, LINE * len(lines) + 14), alpha=0.66)
    target.blit(plate, (12, 12))
    for index, standing in enumerate(lines):
        rect = pygame.Rect(18, 19 + index * LINE, SCORES_WIDTH - 12, LINE)
        _draw_line(target, kit, rect, standing, room, leader, full=False)


def draw_all_scores(target: pygame.Surface, kit: Kit, everyone: list[Standing], room: Room, leader: int) -> None:
    """Draw everybody, in the middle; as many as fit."""
    height = target.get_height() - 80
    lines = first_and_own(everyone, max(1, (height - 60) // LINE), room.player)
    width = min(FULL_WIDTH, target.get_width() - 24)
    plate = kit.shapes.panel((width, LINE * len(lines) + 62), alpha=0.94, radius=16)
    rect = plate.get_rect(center=target.get_rect().center)
    target.blit(plate, rect)
    kit.text.draw(target, "Everyone", (rect.left + 20, rect.top + 14), 19, TEXT, bold=True)
    for index, standing in enumerate(lines):
        line = pygame.Rect(rect.left + 12, rect.top + 48 + index * LINE, rect.width - 24, LINE)
        _draw_line(target, kit, line, standing, room, leader, full=True)


def _draw_line(
    target: pygame.Surface, kit: Kit, rect: pygame.Rect, standing: Standing, room: Room, leader: int, *, full: bool
) -> None:
    text, y = kit.text, rect.centery
    if standing.player == room.player:
        target.blit(kit.shapes.panel(rect.size, WHITE, 0.1, radius=7, edge=None), rect)
    text.draw(target, str(standing.rank), (rect.left + 18, y), 13, MUTED, anchor="midright")
    at = text.draw(target, str(standing.points), (rect.right - 8, y), 15, TEXT, anchor="midright", bold=True)
    right = at.left
    if full:
        detail = f"{standing.kills} kills · {standing.deaths} deaths"
        right = text.draw(target, detail, (rect.right - 56, y), 14, MUTED, anchor="midright").left
    if is_away(room, standing.player):
        right = text.draw(target, "away", (right - 8, y), 13, MUTED, anchor="midright").left
    crowned = standing.player == leader
    most = right - rect.left - 34 - (22 if crowned else 0)
    name, colour = name_of(room, standing.player), colour_of(room, standing.player)
    at = text.draw(target, name, (rect.left + 26, y), 15, colour, anchor="midleft", bold=True, most=most)
    if crowned:
        paint_crown(target, kit.shapes, at.right + 14, y, 0.72)


def draw_kills(target: pygame.Surface, kit: Kit, kills: list[Kill], room: Room, now_s: float) -> None:
    """Draw who shot whom, in the upper right."""
    for index, kill in enumerate(kills):
        by, who = name_of(room, kill.by) if kill.by else "nobody", name_of(room, kill.who)
        parts: list[tuple[str, Colour]] = [(by, player_colour(kill.by)), ("", WHITE), (who, player_colour(kill.who))]
        if kill.streak > 2:
            parts.append((f"\N{MULTIPLICATION SIGN}{kill.streak}", WARM))
        widths = [kit.text.width(part, 14, bold=True) if part else 22 for part, _ in parts]
        wide = sum(widths) + 8 * (len(parts) - 1) + 22
        alpha = kill.strength(now_s)
        own = room.player in {kill.by, kill.who}
        plate = kit.shapes.panel((wide, 25), alpha=0.7, radius=8, edge=WHITE if own else None, edge_alpha=0.4)
        rect = plate.get_rect(topright=(target.get_width() - 12 + round(30 * kill.slide(now_s)), 12 + index * 29))
        plate.set_alpha(round(255 * alpha))
        target.blit(plate, rect)
        plate.set_alpha(255)
        x = rect.left + 11
        for (part, colour), width in zip(parts, widths, strict=True):
            if part:
                kit.text.draw(target, part, (x, rect.centery), 14, colour, anchor="midleft", bold=True, alpha=alpha)
            elif alpha > 0.4:
                _draw_weapon(target, kit, (x + 11, rect.centery), kill.weapon)
            x += width + 8


def _draw_weapon(target: pygame.Surface, kit: Kit, at: tuple[int, int], weapon: int) -> None:
    """Draw a mark for what one was shot with: pellets in a row, a fan of them, a bolt."""
    colour, (x, y) = weapon_look(weapon).colour, at
    if weapon == RAIL:
        target.fill(colour, (x - 11, y - 1, 22, 3))
        return
    dots = ((-5, 0), (5, -6), (7, 0), (5, 6)) if weapon == SCATTER else ((-8, 0), (0, 0), (8, 0))
    for dx, dy in dots:
        blit_middle(target, kit.shapes.disc(2.5, colour), x + dx, y + dy)


class Minimap:
    """The whole field, small; the pillars are painted once for each map."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._ground: pygame.Surface | None = None
        self._painted: object = None

    def draw(self, target: pygame.Surface, world: World, camera: Camera, shown: int | None) -> None:
        """Draw it in the lower right; `shown`: whom the camera follows."""
        moment, side = world.moment, world.side
        if moment is None or side == 0:
            return
        rect = pygame.Rect(target.get_width() - MAP_PX - 12, target.get_height() - MAP_PX - 16, MAP_PX, MAP_PX)
        scale = MAP_PX / side
        target.blit(self._paint_ground(world, scale), rect)
        for pickup in moment.pickups.values():
            at = rect.left + pickup.x / SUB * scale, rect.top + pickup.y / SUB * scale
            target.fill(pickup_look(pickup.kind).colour, (round(at[0]) - 1, round(at[1]) - 1, 2, 2))
        leader = moment.arena.leader
        for body in world.bodies.values():
            if body.alive:
                mine = body.id == shown
                colour = WARM if body.id == leader else WHITE if mine else (255, 122, 122)
                dot = self._kit.shapes.disc(3.5 if mine or body.id == leader else 2.5, colour)
                blit_middle(target, dot, rect.left + body.x * scale, rect.top + body.y * scale)
        seen = pygame.Rect(
            0, 0, round(camera.width / camera.scale * scale), round(camera.height / camera.scale * scale)
        )
        seen.center = round(rect.left + camera.x * scale), round(rect.top + camera.y * scale)
        pygame.draw.rect(target, (110, 122, 138), seen.clip(rect), 1)

    def _paint_ground(self, world: World, scale: float) -> pygame.Surface:
        if self._ground is None or self._painted is not world.pillars:
            self._painted = world.pillars
            self._ground = self._kit.shapes.panel(
                (MAP_PX, MAP_PX), alpha=0.8, radius=10, edge=ACCENT, edge_alpha=0.4
            ).copy()
            for pillar in world.pillars:
                dot = self._kit.shapes.disc(round(pillar.radius * scale * 2) / 2, (58, 80, 112))
                blit_middle(self._ground, dot, pillar.x * scale, pillar.y * scale)
        return self._ground


class Podium:
    """The three best of a round, between rounds."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._round = -1
        self._began_s = 0.0

    def draw(
        self, target: pygame.Surface, room: Room, arena: Any, points: dict[int, int], left_s: float, now_s: float
    ) -> None:
        """Draw it over the picture; `left_s` until the next round."""
        if self._round != arena.round:
            self._round, self._began_s = arena.round, now_s
        target.fill((DIM, DIM, DIM), special_flags=pygame.BLEND_RGB_MULT)
        text, (width, height) = self._kit.text, target.get_size()
        best = [player for player in (arena.first, arena.second, arena.third) if player]
        winner = name_of(room, best[0]) if best else "Nobody"
        title = "You win the round!" if best and best[0] == room.player else f"{winner} wins the round"
        floor = round(height * 0.5) + 140
        text.draw(target, title, (width / 2, floor - 330), 42, TEXT, anchor="center", bold=True, outlined=True)
        step = min(184, (width - 40) // 3)
        for place, player in enumerate(best, 1):
            middle = width / 2 + (0, -1, 1)[place - 1] * (step + 10)
            begin_s = self._began_s + (0.5, 0.25, 0.0)[place - 1]
            risen = min(1.0, max(0.0, (now_s - begin_s) / RISE_S))
            if risen > 0:
                at = middle, floor + 50 * (1 - risen) ** 2
                self._draw_step(target, at, step, place, name_of(room, player), player, points.get(player, 0))
        said = f"The next round begins in {max(0, ceil(left_s))} s"
        text.draw(target, said, (width / 2, floor + 34), 17, MUTED, anchor="center")

    def _draw_step(
        self,
        target: pygame.Surface,
        at: tuple[float, float],
        width: int,
        place: int,
        name: str,
        player: int,
        points: int,
    ) -> None:
        kit, colour, height = self._kit, player_colour(player), PODIUM_HEIGHTS[place]

        def make() -> pygame.Surface:
            block = pygame.Surface((width, height))
            for y in range(height):
                block.fill(mix((34, 49, 68), (17, 26, 38), y / height), (0, y, width, 1))
            block.fill(colour, (0, 0, width, 4))
            return block

        block = kit.shapes.kept(("step", width, height, colour), make)
        rect = block.get_rect(midbottom=(round(at[0]), round(at[1])))
        light = kit.shapes.glow(colour, width * 0.62, 0.34)
        blit_middle(target, light, rect.centerx, rect.top - 10, pygame.BLEND_RGB_ADD)
        target.blit(block, rect)
        kit.text.draw(target, str(place), (rect.centerx, rect.top + 16), 32, TEXT, anchor="midtop", bold=True)
        said = "1 point" if points == 1 else f"{points} points"
        kit.text.draw(target, said, (rect.centerx, rect.top + 62), 16, MUTED, anchor="midtop")
        kit.text.draw(
            target, name, (rect.centerx, rect.top - 12), 20, colour,
            anchor="midbottom", bold=True, outlined=True, most=width,
        )  # fmt: skip
        if place == 1:
            paint_crown(target, kit.shapes, rect.centerx, rect.top - 56, 1.8)
