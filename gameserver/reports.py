"""What came into a room lately, kept for the report of a failure.

A room is deterministic: its seed, its options and what came in at which tick make everything that happened in it. So a
report that reaches back to the room's beginning plays the failure again (`gameserver.reproducing`), and one that
doesn't still shows what led to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from gameserver.errors import ReportError

_MAX_BYTES = 65_536
"""Of a report's deeds: whoever knows how to make a game fail mustn't be able to fill a disk with it."""

JOIN, RESUME, LEAVE, LOST = "@join", "@resume", "@leave", "@lost"
"""What people do besides playing; no command can be called so."""


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """One thing that came in."""

    tick: int
    """The last tick that had run."""
    player: int
    what: str
    """One of the above, or the name of a command or an input."""
    data: Any = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a room came to its failure."""

    game: str
    room: str
    seed: int
    options: Any
    bots: int
    tick_rate: float
    settings: dict[str, Any]
    """Limits other than the defaults."""
    tick: int
    """The tick in which it failed; 0: in `setup`."""
    hook: str
    """What raised."""
    complete: bool
    """Whether `deeds` reaches back to the room's beginning."""
    deeds: list[Deed]
    """Oldest first."""

    def encode(self) -> str:
        """Give it as one line of JSON, of about 64 KiB at most: the oldest deeds go first."""
        size, kept = 0, 0
        for deed in reversed(self.deeds):
            size += len(msgspec.json.encode(deed, enc_hook=repr))
            if size > _MAX_BYTES:
                break
            kept += 1
        deeds, complete = self.deeds[len(self.deeds) - kept :], self.complete and kept == len(self.deeds)
        clipped = msgspec.structs.replace(self, deeds=deeds, complete=complete)
        return msgspec.json.encode(clipped, enc_hook=repr).decode()


def read_report(text: str | bytes) -> Report:
    """Read a report as a log holds it.

    Raises:
        ReportError: it isn't one.

    """
    try:
        return msgspec.json.decode(text, type=Report)
    except (ValueError, RecursionError) as error:
        raise ReportError(f"this is not a report: {error}") from None


_Noted: TypeAlias = tuple[int, int, str | None, object]
_BEGINNING: _Noted = (0, 0, "", None)


class Recent:
    """The last deeds of a room. Notes references only, since it runs for each input; the report encodes them."""

    def __init__(self, limit: int, name_of: Callable[[type], str]) -> None:
        """Keep so many; `name_of` gives the name of a command or an input by its class."""
        # What stands first as long as nothing has gone.
        self._deeds: deque[_Noted] = deque([_BEGINNING], maxlen=limit + 1)
        self._name_of = name_of
        self.note: Callable[[_Noted], None] = self._deeds.append
        """Keeps one: tick, player, what (None: a command or an input), data. The oldest goes where that is too many."""

    @property
    def complete(self) -> bool:
        """Whether none has gone yet."""
        return self._deeds[0] is _BEGINNING

    def deeds(self) -> list[Deed]:
        """Give what is kept, oldest first."""
        kept = [deed for deed in self._deeds if deed is not _BEGINNING]
        surplus = max(0, len(kept) - (self._deeds.maxlen or 0) + 1)
        return [
            Deed(tick, player, self._name_of(type(data)) if what is None else what, data)
            for tick, player, what, data in kept[surplus:]
        ]
