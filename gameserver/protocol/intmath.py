"""Trigonometry in integers, the same to the bit in every language.

An angle is a step of 256 to the full turn: 0 points along +x, 64 along +y (down on a screen). Sines are scaled by 4096,
so `x += speed * cos256(a) >> 12` moves along `a`. There is no libm here: its last digit differs between platforms.
"""

from __future__ import annotations

from bisect import bisect_right
from math import isqrt

__all__ = ["ONE", "atan256", "cos256", "isqrt", "sin256"]

ONE = 4096
"""What `sin256(64)` is: the scale of sines and cosines."""

# A quarter of round(4096 * sin(2 pi a / 256)); the rest follows by symmetry.
_QUARTER = (
    0, 101, 201, 301, 401, 501, 601, 700, 799, 897, 995, 1092, 1189, 1285, 1380, 1474, 1567, 1660, 1751, 1842, 1931,
    2019, 2106, 2191, 2276, 2359, 2440, 2520, 2598, 2675, 2751, 2824, 2896, 2967, 3035, 3102, 3166, 3229, 3290, 3349,
    3406, 3461, 3513, 3564, 3612, 3659, 3703, 3745, 3784, 3822, 3857, 3889, 3920, 3948, 3973, 3996, 4017, 4036, 4052,
    4065, 4076, 4085, 4091, 4095, 4096,
)  # fmt: skip
_HALF = _QUARTER + _QUARTER[-2::-1]
SINES: tuple[int, ...] = _HALF[:-1] + tuple(-s for s in _HALF[:-1])
"""`sin256` of each of the 256 steps, for those who would rather index."""

# Where step k ends and k + 1 begins within the first eighth of a turn: round(65536 * tan(2 pi (k + 0.5) / 256)).
_BOUNDARIES = (
    804, 2414, 4026, 5644, 7268, 8901, 10545, 12202, 13874, 15564, 17273, 19005, 20762, 22546, 24360, 26208, 28093,
    30018, 31986, 34002, 36071, 38196, 40382, 42636, 44963, 47369, 49863, 52451, 55144, 57950, 60880, 63947,
)  # fmt: skip


def sin256(angle: int) -> int:
    """The sine of `angle` (any integer; 256 to the turn), -4096 to 4096."""
    return SINES[angle & 255]


def cos256(angle: int) -> int:
    """The cosine of `angle` (any integer; 256 to the turn), -4096 to 4096."""
    return SINES[(angle + 64) & 255]


def atan256(dy: int, dx: int) -> int:
    """The direction of the vector (dx, dy) as a step 0 to 255, rounded to the nearest; 0 for the null vector."""
    ax, ay = abs(dx), abs(dy)
    steep = ay > ax
    if steep:
        ax, ay = ay, ax
    angle = bisect_right(_BOUNDARIES, ay * 65536 // ax) if ax else 0
    if steep:
        angle = 64 - angle
    if dx < 0:
        angle = 128 - angle
    if dy < 0:
        angle = -angle
    return angle & 255
