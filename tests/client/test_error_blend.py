"""Visual errors that decay."""

import pytest

from gameserver_client.error_blend import FRAME_S, ErrorBlend, PlaceBlend


@pytest.mark.parametrize(("error", "kept"), [(10.0, 0.85), (4.0, 0.95)])
def test_large_errors_go_faster(error: float, kept: float) -> None:
    """Per sixtieth of a second, however it is cut."""
    whole, halves = ErrorBlend(), ErrorBlend()
    for blend in (whole, halves):
        blend.add(error, 0)
    whole.advance(FRAME_S, large=5)
    halves.advance(FRAME_S / 2, large=5)
    halves.advance(FRAME_S / 2, large=5)
    assert whole.x == pytest.approx(error * kept)
    assert halves.x == pytest.approx(whole.x)


def test_errors_add_up_and_end() -> None:
    """In both directions, down to nothing."""
    blend = ErrorBlend()
    blend.add(3, 4)
    blend.add(3, 4)
    assert blend.size == 10
    for _ in range(300):
        blend.advance(FRAME_S, large=5)
    assert (blend.x, blend.y) == (0, 0)


class TestPlaces:
    """Of everyone else."""

    def frame(self, places: PlaceBlend, x: float, *, jumped: bool = False) -> float:
        """Draw one thing at (x, 0)."""
        places.begin(FRAME_S, jumped=jumped)
        drawn_x, _ = places.place(("runners", 1), x, 0, farthest=100)
        return drawn_x

    def test_what_moves_is_drawn_where_it_is(self) -> None:
        """Without a jump nothing is blended."""
        places = PlaceBlend()
        assert [self.frame(places, x) for x in (0, 5, 10)] == [0, 5, 10]

    def test_a_jump_is_blended(self) -> None:
        """Most of it within 150 ms."""
        places = PlaceBlend()
        self.frame(places, 0)
        drawn = [self.frame(places, 50, jumped=True)] + [self.frame(places, 50) for _ in range(20)]
        assert drawn[0] == pytest.approx(50 * 0.15)
        assert drawn == sorted(drawn)
        assert drawn[9] > 40
        assert drawn[-1] > 48

    def test_a_leap_is_seen(self) -> None:
        """Farther than anything moves: a respawn."""
        places = PlaceBlend()
        self.frame(places, 0)
        assert self.frame(places, 150, jumped=True) == 150

    def test_what_comes_back_into_view_starts_where_it_is(self) -> None:
        """It wasn't drawn in the frame before."""
        places = PlaceBlend()
        self.frame(places, 0)
        places.begin(FRAME_S, jumped=False)
        assert self.frame(places, 50, jumped=True) == 50

    def test_asking_twice_gives_the_same(self) -> None:
        """Within a frame."""
        places = PlaceBlend()
        self.frame(places, 0)
        first = self.frame(places, 50, jumped=True)
        assert places.place(("runners", 1), 50, 0, farthest=100) == (first, 0)
