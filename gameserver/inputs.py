"""One player's inputs on their way into ticks: in order, one per tick, bounded; and what has been consumed."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gameserver.declarations import Input
from gameserver.errors import Refused

Bundle: TypeAlias = dict[type[Input], Input]
"""What one tick applies: usually one input; several after a merge of different kinds."""


class InputQueue:
    """Inputs that wait for their tick.

    At most one bundle is taken per tick, so that nobody moves twice in one. When more than `limit` wait, the oldest is
    merged into the next: nothing that was pressed is lost, and a client that hurries gains nothing.
    """

    __slots__ = (
        "_consumed", "_first", "_first_seq", "_fresh", "_later", "_limit", "ack", "last_seq", "margin", "player"
    )  # fmt: skip

    def __init__(self, limit: int, player: int, fresh: dict[int, InputQueue]) -> None:
        """Begin empty. Whenever something is put in, the queue notes itself in `fresh`, under the player's id."""
        self._limit = limit
        self.player = player
        self._fresh = fresh
        # Mostly one waits and none later: a list for each player would be one more thing to touch for each input.
        self._first: Input | Bundle | None = None
        self._first_seq: int | None = None
        self._later: list[tuple[int | None, Input | Bundle]] | None = None
        self.last_seq: int | None = None
        """The highest `seq` that arrived, of commands too; the next must be higher."""
        self.ack: int | None = None
        """The highest `seq` consumed such that no earlier input still waits.

        A client replays what comes after it, so a command's number must not overtake an input that is yet to run.
        """
        self.margin = -1
        """How many inputs still waited when the last tick had taken one; -1: there was none to take."""
        self._consumed: list[int] | None = None
        """Numbers that are done with, as long as an earlier input waits."""

    @property
    def waiting(self) -> list[tuple[int | None, Input | Bundle]]:
        """Sequence number and input (or what came of a merge), oldest first."""
        return [] if self._first is None else [(self._first_seq, self._first), *(self._later or ())]

    def _wait(self, waiting: list[tuple[int | None, Input | Bundle]]) -> None:
        self._later = None
        self._first_seq, self._first = waiting[0] if waiting else (None, None)
        if len(waiting) > 1:
            self._later = waiting[1:]

    def clear(self) -> None:
        """Start afresh, as for a new connection."""
        self._wait([])
        self.last_seq = self.ack = None
        self.margin = -1
        self._consumed = None

    def number(self, seq: int | None) -> None:
        """Note the number of a command or input that arrives.

        Raises:
            Refused: `bad_message`, when it doesn't rise.

        """
        if seq is None:
            return
        if self.last_seq is not None and seq <= self.last_seq:
            raise Refused("bad_message", f"seq must rise: {seq} came after {self.last_seq}.")
        self.last_seq = seq

    def put(self, seq: int | None, given: Input) -> None:
        """Queue an input; beyond the limit the two oldest become one.

        Raises:
            Refused: as `number` does.

        """
        if seq is not None:
            if self.last_seq is not None and seq <= self.last_seq:
                self.number(seq)  # which refuses it
            self.last_seq = seq
        if self._first is None:
            self._first, self._first_seq = given, seq
        else:
            waiting = [*self.waiting, (seq, given)]
            if len(waiting) > self._limit:
                (older_seq, older), (newer_seq, newer) = waiting[:2]
                both = _merge(_bundle(older), _bundle(newer))
                waiting[:2] = [(older_seq if newer_seq is None else newer_seq, both)]
            self._wait(waiting)
        self._fresh[self.player] = self

    def take(self) -> Input | Bundle | None:
        """Take what the next tick applies; None where nothing new came."""
        given, seq = self._first, self._first_seq
        if given is None:
            self.margin = -1
            return None
        if self._later is None:
            self.margin, self._first = 0, None
        else:
            self.margin = len(self._later)
            self._wait(self._later)
        if self._consumed is not None:
            self.consume(seq)
        elif seq is not None:  # numbers rise: it is the highest, and what waits comes after it
            self.ack = seq
        return given

    def consume(self, seq: int | None) -> None:
        """Note that the command or input with this number is done with."""
        consumed = self._consumed or []
        if seq is not None:
            consumed.append(seq)
        next_waiting = next((s for s, _ in self.waiting if s is not None), None)
        ready = [s for s in consumed if next_waiting is None or s < next_waiting]
        if ready:
            self.ack = max(ready)
        self._consumed = [s for s in consumed if s not in ready] or None

    def bundles(self) -> list[tuple[int | None, Bundle]]:
        """Give what waits, by type."""
        return [(seq, _bundle(given)) for seq, given in self.waiting]

    def save(self) -> SavedQueue:
        """Give the queue in a form that can be encoded."""
        waiting = [(s, {kind.__name__: msgspec.to_builtins(i) for kind, i in b.items()}) for s, b in self.bundles()]
        return SavedQueue(waiting, self.ack, list(self._consumed or ()))

    def load(self, saved: SavedQueue, kinds: dict[str, type[Input]]) -> None:
        """Become what was saved; `kinds` are the game's inputs by class name."""
        waiting = [
            (s, {kinds[name]: msgspec.convert(fields, kinds[name]) for name, fields in bundle.items()})
            for s, bundle in saved.waiting
        ]
        self._wait(list(waiting))
        self.ack, self._consumed = saved.ack, list(saved.consumed) or None


class SavedQueue(msgspec.Struct, frozen=True, array_like=True):
    """An `InputQueue` as it is saved."""

    waiting: list[tuple[int | None, dict[str, dict[str, bool | int | float | str]]]]
    ack: int | None
    consumed: list[int]


def _bundle(given: Input | Bundle) -> Bundle:
    return {type(given): given} if isinstance(given, Input) else given


def _merge(older: Bundle, newer: Bundle) -> Bundle:
    """The newer input counts, but a button pressed in the older stays pressed."""
    merged = dict(older)
    for kind, given in newer.items():
        before = older.get(kind)
        if before is not None:
            pressed = {f: True for f in kind.__struct_fields__ if getattr(before, f) is True}
            merged[kind] = msgspec.structs.replace(given, **pressed) if pressed else given
        else:
            merged[kind] = given
    return merged
