"""Time, points, health, weapon, and what is said in the middle."""

from __future__ import annotations

from typing import Any

import pygame

from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.movement import DASH_EVERY_TICKS
from gameserver.games.arena.rows import PODIUM
from gameserver_pygame.arena.look import MAX_HP, MAX_SHIELD, weapon_look
from gameserver_pygame.arena.shout import Shout
from gameserver_pygame.arena.standings import clock_text
from gameserver_pygame.arena.world import Body
from gameserver_pygame.kit import Kit
from gameserver_pygame.shapes import blit_middle
from gameserver_pygame.theme import ACCENT, MUTED, TEXT, WARM, WHITE, mix

LAST_S = 10
"""The last seconds of a round are counted aloud."""
LOW_HP = 30
VITALS = (320, 76)
TROUGH = (26, 36, 49)


class LastSeconds:
    """Notices the last seconds of a round."""

    def __init__(self) -> None:
        self._second = 0

    def passed(self, left_s: float, *, fighting: bool) -> bool:
        """Tell whether another one has just passed."""
        second = -(-int(left_s * 1000) // 1000) if fighting else -1
        before, self._second = self._second, second
        return 0 < second <= LAST_S and second < before


def draw_head(
    target: pygame.Surface, kit: Kit, arena: Any, shown: Body | None, left_s: float, *, mine: bool, double: bool
) -> None:
    """Draw the time left, and the points of oneself or of whom one follows."""
    clock = clock_text(left_s)
    colour = (255, 122, 122) if arena.phase != PODIUM and left_s <= LAST_S else TEXT
    points = ""
    if shown is not None:
        count = shown.row.points
        points = "1 point" if count == 1 else f"{count} points"
        points = points if mine else f"{shown.name}: {points}"
    wide = kit.text.width("0:00", 25, bold=True) + (kit.text.width(points, 16) + 14 if points else 0) + 36
    plate = kit.shapes.panel((wide, 42), radius=21)
    rect = plate.get_rect(midtop=(target.get_width() // 2, 12))
    target.blit(plate, rect)
    at = kit.text.draw(target, clock, (rect.left + 18, rect.centery), 25, colour, anchor="midleft", bold=True)
    if points:
        kit.text.draw(target, points, (at.right + 13, rect.centery + 1), 16, MUTED, anchor="midleft")
    if double:
        banner = kit.shapes.panel((158, 28), WARM, 1.0, radius=14, edge=None)
        at = banner.get_rect(midtop=(target.get_width() // 2, rect.bottom + 7))
        target.blit(banner, at)
        kit.text.draw(target, "DOUBLE POINTS", at.center, 14, (43, 31, 0), anchor="center", bold=True)


def draw_vitals(target: pygame.Surface, kit: Kit, body: Body) -> None:
    """Draw health, shield, weapon and dash, below."""
    row, text = body.row, kit.text
    plate = kit.shapes.panel(VITALS, radius=14)
    rect = plate.get_rect(midbottom=(target.get_width() // 2, target.get_height() - 16))
    target.blit(plate, rect)
    bar = pygame.Rect(rect.left + 14, rect.top + 11, rect.width - 28, 22)
    low = 0 < row.hp <= LOW_HP
    target.blit(kit.shapes.panel(bar.size, TROUGH, 1.0, radius=7, edge=None), bar)
    if row.hp > 0:
        fill = _bar(kit, bar.size, (209, 60, 75) if low else (47, 174, 104))
        target.blit(fill, bar, (0, 0, round(bar.width * min(1.0, row.hp / MAX_HP)), bar.height))
    if row.shield > 0:
        target.fill(
            (111, 182, 255), (bar.left + 3, bar.bottom - 5, round((bar.width - 6) * row.shield / MAX_SHIELD), 4)
        )
    text.draw(target, str(row.hp), bar.center, 15, TEXT, anchor="center", bold=True, outlined=True)
    look = weapon_look(row.weapon)
    y = rect.bottom - 21
    at = text.draw(target, look.name, (bar.left, y), 17, look.colour, anchor="midleft", bold=True)
    endless = row.weapon not in WEAPONS or WEAPONS[row.weapon].ammo == 0
    _draw_ammo(target, kit, (at.right + 12, y), 0 if endless else row.ammo)
    _draw_dash(target, kit, (bar.right - 8, y), body)


def draw_respawn(target: pygame.Surface, kit: Kit, wait_s: float) -> None:
    """Say when one is back."""
    said = f"Back in {max(0.0, wait_s):.1f} s"
    plate = kit.shapes.panel((178, 44), alpha=0.82, radius=12)
    rect = plate.get_rect(center=(target.get_width() // 2, round(target.get_height() * 0.44)))
    target.blit(plate, rect)
    kit.text.draw(target, said, rect.center, 20, TEXT, anchor="center", bold=True)


def draw_shout(target: pygame.Surface, kit: Kit, shout: Shout, now_s: float) -> None:
    """Say something large."""
    alpha = shout.strength(now_s)
    if alpha <= 0:
        return
    size = round(34 * shout.size(now_s) / 2) * 2
    gap = size // 4 if shout.name else 0
    wide = kit.text.width(shout.text, size, bold=True) + gap + kit.text.width(shout.name, size, bold=True)
    x, y = (target.get_width() - wide) / 2, target.get_height() * 0.27
    at = kit.text.draw(
        target, shout.text, (x, y), size, TEXT, anchor="midleft", bold=True, outlined=True, alpha=alpha
    )  # fmt: skip
    if shout.name:
        kit.text.draw(
            target, shout.name, (at.right + gap, y), size, shout.colour,
            anchor="midleft", bold=True, outlined=True, alpha=alpha,
        )  # fmt: skip


def _bar(kit: Kit, size: tuple[int, int], colour: tuple[int, int, int]) -> pygame.Surface:
    """Give a full bar with a light upper edge."""

    def make() -> pygame.Surface:
        made = kit.shapes.panel(size, colour, 1.0, radius=7, edge=None).copy()
        shine = pygame.Surface(size)
        for y in range(size[1]):
            shine.fill(mix((58, 58, 58), (0, 0, 0), y / size[1]), (0, y, size[0], 1))
        made.blit(shine, (0, 0), special_flags=pygame.BLEND_RGB_ADD)
        return made

    return kit.shapes.kept(("bar", size, colour), make)


def _draw_ammo(target: pygame.Surface, kit: Kit, at: tuple[float, float], count: int) -> None:
    if count:
        kit.text.draw(target, str(count), at, 17, TEXT, anchor="midleft", bold=True)
        return
    x, y = at  # endless: not every font has the sign
    for side in (0, 9):
        blit_middle(target, kit.shapes.ring(4.5, 2, MUTED), x + 5 + side, y)


def _draw_dash(target: pygame.Surface, kit: Kit, at: tuple[float, float], body: Body) -> None:
    ready = min(1.0, max(0.0, 1 - (body.row.dash_at - body.tick) / DASH_EVERY_TICKS)) if body.row.hp > 0 else 0.0
    x, y = at
    colour = ACCENT if ready == 1 else (102, 120, 138)
    blit_middle(target, kit.shapes.ring(8, 3.5, TROUGH), x, y)
    if ready > 0:
        part = round(ready * 64) / 64
        blit_middle(target, kit.shapes.ring(8, 3.5, colour, 1.0, -0.25, part - 0.25), x, y)
    kit.text.draw(target, "Dash", (x - 18, y), 15, colour, anchor="midright", bold=True)


def draw_hint_keys(target: pygame.Surface, kit: Kit, hints: list[tuple[str, str]], bottom: int) -> None:
    """Say which keys do what, on the left."""
    for key, meaning in reversed(hints):
        wide = kit.text.width(key, 14, bold=True) + kit.text.width(meaning, 14) + 40
        plate = kit.shapes.panel((wide, 28), alpha=0.66, radius=9)
        rect = plate.get_rect(bottomleft=(12, bottom))
        target.blit(plate, rect)
        at = kit.text.draw(target, key, (rect.left + 12, rect.centery), 14, WHITE, anchor="midleft", bold=True)
        kit.text.draw(target, meaning, (at.right + 10, rect.centery), 14, MUTED, anchor="midleft")
        bottom -= 34
