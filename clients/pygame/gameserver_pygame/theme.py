"""Colours, the same as in the browser client."""

from __future__ import annotations

from colorsys import hls_to_rgb
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

GROUND = (11, 15, 20)
FIELD = (7, 11, 16)
"""Beyond the walls of a world."""
FLOOR = (14, 21, 32)
SURFACE = (19, 26, 34)
RAISED = (27, 37, 48)
PANEL = (9, 14, 21)
LINE = (38, 50, 63)
EDGE = (126, 160, 200)
"""Of panels that lie over a picture; drawn faintly."""
TEXT = (233, 239, 245)
MUTED = (154, 169, 184)
ACCENT = (94, 242, 184)
ON_ACCENT = (5, 33, 23)
WARM = (255, 209, 102)
BAD = (255, 128, 128)
WHITE = (255, 255, 255)
BLACK = (0, 0, 0)

GOLDEN_ANGLE = 137.508
"""Neighbouring ids get hues far apart, and no two of the first dozens the same."""
TABLE_COLOURS = ((255, 209, 102), (142, 202, 230), (244, 151, 142), (184, 242, 160), (205, 180, 255), (255, 184, 119))


def hsl(hue: float, saturation: float, lightness: float) -> Colour:
    """Give a colour by hue (degrees), saturation and lightness (0 to 1)."""
    red, green, blue = hls_to_rgb(hue % 360 / 360, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def player_colour(player: int) -> Colour:
    """Give a player's colour, readable on the dark ground."""
    hue = (player * GOLDEN_ANGLE + 20) % 360
    return hsl(hue, 0.82, 0.72 if 220 < hue < 290 else 0.62)  # blues look darker than they are


def table_colour(index: int) -> Colour:
    """Give the colour of the rows of a schema's table, by its place there."""
    return TABLE_COLOURS[index % len(TABLE_COLOURS)]


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """Give the colour that is `part` (0 to 1) of the way from one to the other."""
    return (
        round(one[0] + (other[0] - one[0]) * part),
        round(one[1] + (other[1] - one[1]) * part),
        round(one[2] + (other[2] - one[2]) * part),
    )
