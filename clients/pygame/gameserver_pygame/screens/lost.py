"""Over a room that one isn't in any more: what happened, and what comes of it."""

from __future__ import annotations

from math import sin

import pygame

from gameserver_pygame.kit import Kit
from gameserver_pygame.session import Trouble
from gameserver_pygame.theme import MUTED, TEXT, WARM

DIM = 110
"""What is left of the picture's brightness, of 255."""


def draw_lost(target: pygame.Surface, kit: Kit, trouble: Trouble | None, now_s: float) -> None:
    """Dim the picture, and say so; `trouble` is None when the connection is back, but the seat isn't yet."""
    said = "Taking your seat again …" if trouble is None else trouble.countdown(now_s)
    hint = "You come back by yourself.   Esc: to the start screen"
    _draw_panel(target, kit, ("Connection lost", said, hint), now_s, busy=True)


def draw_replaced(target: pygame.Surface, kit: Kit, now_s: float, *, entering: bool) -> None:
    """Say that the same player plays on from another place, and how to come back from there."""
    said = "Going in …" if entering else "Enter: play here"
    _draw_panel(target, kit, ("You went on playing elsewhere.", said, "Esc: to the start screen"), now_s, busy=entering)


def _draw_panel(target: pygame.Surface, kit: Kit, lines: tuple[str, str, str], now_s: float, *, busy: bool) -> None:
    target.fill((DIM, DIM, DIM), special_flags=pygame.BLEND_RGB_MULT)
    middle_x, middle_y = target.get_width() // 2, target.get_height() // 2
    plate = kit.shapes.panel((520, 190), alpha=0.95, radius=18, edge=WARM, edge_alpha=0.6)
    target.blit(plate, plate.get_rect(center=(middle_x, middle_y)))
    title, said, hint = lines
    kit.text.draw(target, title, (middle_x, middle_y - 52), 28, TEXT, anchor="center", bold=True, most=500)
    kit.text.draw(target, said, (middle_x, middle_y - 2), 22, WARM, anchor="center", bold=True)
    kit.text.draw(target, hint, (middle_x, middle_y + 56), 15, MUTED, anchor="center")
    for index in range(3 if busy else 0):  # somebody is at work on it
        radius = 4 + 2 * max(0.0, sin(4 * now_s - index))
        dot = kit.shapes.disc(round(radius * 2) / 2, WARM)
        target.blit(dot, dot.get_rect(center=(middle_x - 18 + 18 * index, middle_y + 30)))
