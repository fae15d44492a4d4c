"""Keys by their place on the keyboard (scancodes): WASD is in the same spot on every layout."""

from __future__ import annotations

from collections.abc import Collection

import pygame

LEFT = (pygame.KSCAN_LEFT, pygame.KSCAN_A)
RIGHT = (pygame.KSCAN_RIGHT, pygame.KSCAN_D)
UP = (pygame.KSCAN_UP, pygame.KSCAN_W)
DOWN = (pygame.KSCAN_DOWN, pygame.KSCAN_S)
SPACE = (pygame.KSCAN_SPACE,)
SHIFTS = (pygame.KSCAN_LSHIFT, pygame.KSCAN_RSHIFT)
ENTER = (pygame.KSCAN_RETURN, pygame.KSCAN_KP_ENTER)

# Those that are known by what is printed on them.
LOUDER, QUIETER = "+=", "-"
MUTE, NETWORK = "m", "n"


def types(event: pygame.Event, letters: str) -> bool:
    """Tell whether a key that went down is one of those with these letters, on this keyboard's layout."""
    letter: str = event.unicode.lower()
    return letter != "" and letter in letters


class HeldKeys:
    """Which keys are down, and which were since they were last read: a tap between two frames counts."""

    def __init__(self) -> None:
        self._held: list[int] = []
        """The latest last."""
        self._tapped: set[int] = set()

    def press(self, code: int) -> None:
        """Note that a key went down."""
        if code not in self._held:
            self._held.append(code)
        self._tapped.add(code)

    def release(self, code: int) -> None:
        """Note that a key went up."""
        if code in self._held:
            self._held.remove(code)

    def clear(self) -> None:
        """Let go of everything."""
        self._held.clear()
        self._tapped.clear()

    def read(self) -> None:
        """Forget the taps: they have been seen."""
        self._tapped.clear()

    def any(self, codes: Collection[int]) -> bool:
        """Tell whether one of these is down, or was tapped."""
        return any(code in self._tapped or code in self._held for code in codes)

    def axis(self, negative: Collection[int], positive: Collection[int]) -> int:
        """Give -1, 0 or 1. Of two opposite keys the later wins, so that changing direction never stops a player."""
        for code in (*reversed(self._held), *self._tapped):
            if code in positive:
                return 1
            if code in negative:
                return -1
        return 0
