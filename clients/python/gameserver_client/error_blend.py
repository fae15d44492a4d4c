"""Hiding jumps: what is drawn stays where it was and glides to where it should be."""

from __future__ import annotations

from math import hypot

FRAME_S = 1 / 60
LARGE_KEPT, SMALL_KEPT = 0.85, 0.95
"""What is left of an error after a 60th of a second: a large one goes quickly, a small one so that nobody sees it."""
NOTHING = 0.01
"""Less than this, in units of the rows, is nothing."""


class ErrorBlend:
    """The visual error (x, y): how far from its true place something is drawn. It decays by itself."""

    def __init__(self) -> None:
        self.x = 0.0
        self.y = 0.0

    @property
    def size(self) -> float:
        """The distance from the true place."""
        return hypot(self.x, self.y)

    def add(self, dx: float, dy: float) -> None:
        """Keep the drawn place though the true one moved; (dx, dy) leads from the new true place to the old one."""
        self.x += dx
        self.y += dy

    def clear(self) -> None:
        """Draw what is true."""
        self.x = self.y = 0.0

    def advance(self, elapsed_s: float, large: float) -> None:
        """Let the error shrink; from the size `large` on it goes quickly."""
        if self.size < NOTHING:
            self.clear()
            return
        kept = (LARGE_KEPT if self.size > large else SMALL_KEPT) ** (elapsed_s / FRAME_S)
        self.x *= kept
        self.y *= kept


class _Drawn:
    def __init__(self, x: float, y: float, frame: int) -> None:
        self.x, self.y, self.frame = x, y, frame
        self.blend = ErrorBlend()


class PlaceBlend:
    """Hides the jumps of what is interpolated: after a stall everyone else is somewhere else at once, and slides there.

    `begin` once per frame, then `place` for each thing.
    """

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, int], _Drawn] = {}
        self._frame = 0
        self._jumped = False
        self._elapsed_s = 0.0

    def begin(self, elapsed_s: float, *, jumped: bool) -> None:
        """Begin a frame; `jumped`: places may differ by more than anything moves."""
        # Ids are never used again, so what is gone would pile up.
        self._drawn = {key: drawn for key, drawn in self._drawn.items() if drawn.frame == self._frame}
        self._frame += 1
        self._elapsed_s, self._jumped = elapsed_s, jumped

    def place(self, key: tuple[str, int], x: float, y: float, farthest: float) -> tuple[float, float]:
        """Give where to draw what is at (x, y); a jump longer than `farthest` is one to be seen."""
        drawn = self._drawn.get(key)
        if drawn is None:  # what wasn't there in the last frame has nowhere to come from
            self._drawn[key] = _Drawn(x, y, self._frame)
            return x, y
        if drawn.frame == self._frame:
            return drawn.x, drawn.y
        blend = drawn.blend
        if hypot(drawn.x - x, drawn.y - y) > farthest:
            blend.clear()
        elif self._jumped:
            blend.x, blend.y = drawn.x - x, drawn.y - y
        blend.advance(self._elapsed_s, 0)
        drawn.x, drawn.y, drawn.frame = x + blend.x, y + blend.y, self._frame
        return drawn.x, drawn.y
