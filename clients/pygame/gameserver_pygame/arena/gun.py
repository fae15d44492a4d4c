"""Knows when one's own gun goes off, without waiting for the server."""

from __future__ import annotations

from gameserver.games.arena.combat import WEAPONS
from gameserver.games.arena.rows import PODIUM, Fighter


class LocalGun:
    """The trigger, the client's tick and the deadline in the predicted row say so; that deadline sets the rhythm."""

    def __init__(self) -> None:
        self._next_tick = 0

    def goes_off(self, own: Fighter, phase: int, tick: int, *, trigger: bool) -> bool:
        """Tell whether a shot goes off now; `tick` is the one in which the trigger will count."""
        if not trigger or own.hp == 0 or phase == PODIUM or own.weapon not in WEAPONS:
            return False
        every_ticks = WEAPONS[own.weapon].every_ticks
        # A clock that was set back (another room) must not silence the gun.
        if self._next_tick > tick + every_ticks:
            self._next_tick = 0
        if tick < own.fire_at or tick < self._next_tick:
            return False
        self._next_tick = tick + every_ticks
        return True
