"""What is clicked and typed into, as it looks."""

from __future__ import annotations

import pygame

from gameserver_pygame.kit import Kit
from gameserver_pygame.text_box import TextBox
from gameserver_pygame.theme import ACCENT, BAD, GROUND, LINE, MUTED, ON_ACCENT, RAISED, TEXT, Colour, mix

BLINK_S = 1.06
PADDING = 10


def draw_button(
    target: pygame.Surface,
    kit: Kit,
    rect: pygame.Rect,
    label: str,
    *,
    primary: bool = False,
    focused: bool = False,
    hovered: bool = False,
    enabled: bool = True,
) -> None:
    """Draw a button."""
    fill: Colour = ACCENT if primary else RAISED
    if not enabled:
        fill = mix(fill, GROUND, 0.6)
    elif hovered:
        fill = mix(fill, TEXT, 0.18)
    edge = TEXT if focused else fill if primary else LINE
    target.blit(kit.shapes.panel(rect.size, fill, 1.0, radius=9, edge=edge, edge_alpha=1.0), rect)
    colour = ON_ACCENT if primary else TEXT if enabled else MUTED
    kit.text.draw(target, label, rect.center, 15, colour, anchor="center", bold=True, most=rect.width - 8)


def draw_text_box(
    target: pygame.Surface,
    kit: Kit,
    rect: pygame.Rect,
    box: TextBox,
    now_s: float,
    *,
    focused: bool,
    hint: str = "",
    bad: bool = False,
) -> None:
    """Draw a box to type into, with its cursor where the typing goes."""
    edge = BAD if bad else ACCENT if focused else LINE
    target.blit(kit.shapes.panel(rect.size, GROUND, 0.92, radius=9, edge=edge, edge_alpha=1.0), rect)
    size = 16
    inner = rect.inflate(-2 * PADDING, 0)
    before = kit.text.width(box.text[: box.cursor], size)
    shift = max(0, before - inner.width + 2)
    clip = target.get_clip()
    target.set_clip(inner.clip(clip))
    if box.text:
        kit.text.draw(target, box.text, (inner.left - shift, inner.centery), size, anchor="midleft")
    elif hint:
        kit.text.draw(target, hint, inner.midleft, size, MUTED, anchor="midleft")
    if focused and now_s % BLINK_S < BLINK_S / 2:
        x = inner.left + before - shift
        pygame.draw.line(target, TEXT, (x, rect.centery - 9), (x, rect.centery + 9), 2)
    target.set_clip(clip)


def draw_lines(
    target: pygame.Surface, kit: Kit, lines: list[str], middle: tuple[int, int], size: int, colour: Colour
) -> None:
    """Draw lines of text around a point, one under the other."""
    step = kit.text.height(size)
    top = middle[1] - step * (len(lines) - 1) / 2
    for index, line in enumerate(lines):
        kit.text.draw(target, line, (middle[0], top + index * step), size, colour, anchor="center")
