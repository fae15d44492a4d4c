"""Draws listings, one under the other."""

from __future__ import annotations

import pygame

from gameserver_pygame.generic.tables import Listing
from gameserver_pygame.kit import Kit
from gameserver_pygame.theme import MUTED, TEXT, WHITE

LINE = 23
NAME_PART = 0.36
"""How much of the width names get."""


def draw_listings(target: pygame.Surface, kit: Kit, rect: pygame.Rect, listings: list[Listing]) -> None:
    """Draw as many as fit into a rectangle, from its top."""
    y = rect.top
    for listing in listings:
        if y + 3 * LINE > rect.bottom:
            return
        kit.text.draw(target, listing.title, (rect.left, y), 16, TEXT, bold=True)
        y = _draw_lines(target, kit, listing, pygame.Rect(rect.left, y + 24, rect.width, rect.bottom - y - 24)) + 14


def _draw_lines(target: pygame.Surface, kit: Kit, listing: Listing, rect: pygame.Rect) -> int:
    text, y = kit.text, rect.top
    names = round(rect.width * (NAME_PART if listing.heads else 0.5))
    column = (rect.width - names) / max(1, len(listing.heads) or 1)
    for index, head in enumerate(listing.heads):
        at = rect.left + names + (index + 1) * column, y
        text.draw(target, head, at, 12, MUTED, anchor="topright", most=round(column) - 6)
    y += 18 if listing.heads else 0
    for line in listing.lines:
        if y + LINE > rect.bottom:
            break
        if line.own:
            plate = kit.shapes.panel((rect.width + 12, LINE), WHITE, 0.1, radius=7, edge=None)
            target.blit(plate, (rect.left - 6, y))
        middle = y + LINE / 2
        colour = line.colour if listing.heads else MUTED
        begin, bold = (rect.left, middle), bool(listing.heads)
        text.draw(target, line.title, begin, 14, colour, anchor="midleft", bold=bold, most=names - 6)
        for index, value in enumerate(line.values):
            end = rect.left + names + (index + 1) * column, middle
            text.draw(target, value, end, 14, TEXT, anchor="midright", most=round(column) - 6)
        y += LINE
    if listing.left_out:
        text.draw(target, f"and {listing.left_out} more", (rect.left, y), 13, MUTED)
        y += LINE
    return y
