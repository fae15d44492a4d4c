"""Where on the screen the field is."""

from __future__ import annotations

from math import hypot

import pytest

from gameserver_pygame.arena.camera import BEYOND, MOST_SHAKE_PX, Camera

SIDE = 2000.0


def camera_at(x: float, y: float) -> Camera:
    """Give a camera that looks at a point."""
    camera = Camera()
    camera.resize(1280, 720)
    camera.follow((x, y), (0, 0), SIDE, 0.016)
    return camera


def test_the_followed_point_is_in_the_middle() -> None:
    """And the others where the scale puts them."""
    camera = camera_at(1000, 900)
    assert camera.to_screen(1000, 900) == (640, 360)
    assert camera.to_screen(1100, 900)[0] == pytest.approx(640 + 100 * camera.scale)
    assert camera.to_screen(1000, 800)[1] == pytest.approx(360 - 100 * camera.scale)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (2560, 1440)])
def test_every_window_shows_about_as_much(size: tuple[int, int]) -> None:
    """A larger one shows it larger."""
    camera = Camera()
    camera.resize(*size)
    assert size[0] * size[1] / camera.scale**2 <= 1060 * 660 * 1.001


def test_it_stays_on_the_field() -> None:
    """But for a little beyond the wall."""
    camera = camera_at(0, 0)
    assert camera.to_screen(-BEYOND, -BEYOND) == pytest.approx((0, 0))
    assert camera_at(SIDE, SIDE).to_screen(SIDE + BEYOND, SIDE + BEYOND) == pytest.approx((1280, 720))


def test_the_lead_is_followed_slowly_and_a_step_at_once() -> None:
    """What one steers must not lag behind."""
    camera = camera_at(1000, 1000)
    camera.follow((1005, 1000), (0, 0), SIDE, 0.016)
    assert camera.x == 1005
    camera.follow((1005, 1000), (100, 0), SIDE, 0.016)
    assert 1005 < camera.x < 1030
    for _ in range(200):
        camera.follow((1005, 1000), (100, 0), SIDE, 0.016)
    assert camera.x == pytest.approx(1105)


def test_a_far_jump_becomes_a_flight() -> None:
    """Unless it is told to jump."""
    camera = camera_at(500, 1000)
    camera.follow((1500, 1000), (0, 0), SIDE, 0.016)
    assert camera.x == pytest.approx(500)
    camera.follow((1500, 1000), (0, 0), SIDE, 0.1)
    assert 500 < camera.x < 1500
    camera.jump()
    camera.follow((600, 1000), (0, 0), SIDE, 0.016)
    assert camera.x == 600


def test_shaking_ends() -> None:
    """And is never more than one can bear."""
    camera = camera_at(1000, 1000)
    camera.shake(100)
    camera.follow((1000, 1000), (0, 0), SIDE, 0.0)
    assert 0 < hypot(camera.shake_x, camera.shake_y) <= MOST_SHAKE_PX * 1.42
    camera.follow((1000, 1000), (0, 0), SIDE, 5.0)
    assert hypot(camera.shake_x, camera.shake_y) < 1e-9
    assert camera.to_screen(1000, 1000) == (640, 360)


def test_what_it_sees() -> None:
    """By size, too."""
    camera = camera_at(1000, 1000)
    assert camera.sees(1000, 1000, 1)
    assert not camera.sees(1700, 1000, 10)
    assert camera.sees(1700, 1000, 300)
