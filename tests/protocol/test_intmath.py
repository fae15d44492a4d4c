"""Integer trigonometry against the real one."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver.protocol.intmath import ONE, SINES, atan256, cos256, isqrt, sin256

STEP = math.tau / 256


def test_sines_and_cosines_are_rounded_real_ones() -> None:
    """Each of the 256 steps is the nearest integer to 4096 times the sine, the cosine likewise."""
    assert [sin256(a) for a in range(256)] == [round(ONE * math.sin(a * STEP)) for a in range(256)]
    assert [cos256(a) for a in range(256)] == [round(ONE * math.cos(a * STEP)) for a in range(256)]
    assert tuple(sin256(a) for a in range(256)) == SINES


@settings(deadline=None)
@given(st.integers())
def test_an_angle_wraps(angle: int) -> None:
    """Any integer is an angle, and the waves have their symmetries exactly."""
    assert sin256(angle) == sin256(angle % 256) == -sin256(-angle) == -sin256(angle + 128) == cos256(angle - 64)
    assert abs(sin256(angle) ** 2 + cos256(angle) ** 2 - ONE**2) <= 2 * ONE


def test_atan_gives_back_each_step() -> None:
    """The direction of the vector of an angle is that angle, for all 256, at any size of the vector."""
    for angle in range(256):
        assert atan256(sin256(angle), cos256(angle)) == angle
        assert atan256(sin256(angle) * 10**12, cos256(angle) * 10**12) == angle


def test_steps_change_half_way() -> None:
    """Between two steps it is the real tangent of the angle half-way, rounded to 16 bits, that decides."""
    for step in range(32):
        half_way = round(65_536 * math.tan((step + 0.5) * STEP))
        assert atan256(half_way - 1, 65_536) == step
        assert atan256(half_way, 65_536) == step + 1


def test_the_null_vector_points_along_x() -> None:
    """No direction is direction 0, and the four axes are exact."""
    assert atan256(0, 0) == 0
    assert [atan256(0, 7), atan256(7, 0), atan256(0, -7), atan256(-7, 0)] == [0, 64, 128, 192]
    assert [atan256(3, 3), atan256(3, -3), atan256(-3, -3), atan256(-3, 3)] == [32, 96, 160, 224]


@settings(deadline=None)
@given(st.integers(-40_000, 40_000), st.integers(-40_000, 40_000))
def test_atan_is_the_nearest_step(dy: int, dx: int) -> None:
    """It is within half a step of the real direction, give or take the table's 16 bits."""
    if (dy, dx) == (0, 0):
        return
    away = (math.atan2(dy, dx) / STEP - atan256(dy, dx) + 128) % 256 - 128
    assert abs(away) <= 0.5 + 0.001


@settings(deadline=None)
@given(st.integers(), st.integers())
def test_atan_is_symmetric(dy: int, dx: int) -> None:
    """Turning a vector around or mirroring it does the same to its direction, bit for bit."""
    angle = atan256(dy, dx)
    assert 0 <= angle < 256
    if (dy, dx) != (0, 0):
        assert atan256(-dy, dx) == -angle % 256
        assert atan256(dy, -dx) == (128 - angle) % 256
        assert atan256(dx, -dy) == (angle + 64) % 256


@settings(deadline=None)
@given(st.integers(0, 2**200))
def test_isqrt_is_the_floor(n: int) -> None:
    """The integer square root is the greatest whose square fits."""
    assert isqrt(n) ** 2 <= n < (isqrt(n) + 1) ** 2
