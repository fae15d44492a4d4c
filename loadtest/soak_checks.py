"""What must hold for a client of the ledger, checked with everything that its SDK tells."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from gameserver_client import Room, State
from loadtest.ledger import RESUME_S

MAX_SHOWN = 20
SURELY_KEPT_S = RESUME_S / 2
"""A seat must be had again after so long. The rest of the time is for clients that notice late that they were cut."""
CATCH_UP_S = 1.0
"""From reading again to having heard all that the kernel kept."""


class Findings:
    """What was counted, and what was broken, by everybody together."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        """How often each invariant was broken."""
        self.examples: list[str] = []
        """The first ones, in full, with the seconds since the beginning."""
        self._began_s = time.monotonic()

    def breaks(self, what: str, example: str) -> None:
        """Note a broken invariant."""
        self.broken[what] += 1
        if len(self.examples) < MAX_SHOWN:
            self.examples.append(f"{time.monotonic() - self._began_s:.1f} s: {what}: {example}")


class SeatCheck:
    """Watches one place in one room, as player or spectator, for as long as the SDK keeps it."""

    def __init__(self, who: str, room: Room, findings: Findings) -> None:
        self.who = who
        self.room = room
        self.payments_sent = 0
        """Since this seat was given."""
        self.payments_taken = 0
        """Of those, how many the SDK said were taken."""
        self.mark: int | None = None
        """What the own row was signed with; None before that is known to be done."""
        self._unheard_since_s: float | None = None
        """When this client stopped hearing, by its own doing or since it was cut; None while it hears."""
        self._hears_from_s = 0.0
        """When it reads again for certain."""
        self._findings = findings
        self._seat = room.id, room.player
        self._entered()
        room.on("event", self._event)
        room.on("snapshot", self._snapshot)
        room.on("chat", self._chat)
        room.on("lost", lambda _: self._lost())
        room.on("joined", lambda _: self._back())
        room.on("error", lambda error: findings.counts.update([f"error {error.code}"]))

    def deaf(self, seconds: float) -> None:
        """Expect nothing for so long: the client stops reading."""
        self._unheard_since_s = time.perf_counter()
        self._hears_from_s = self._unheard_since_s + seconds + CATCH_UP_S

    def _entered(self) -> None:
        """Begin afresh: what was missed while away is not sent again."""
        self._noted: int | None = None
        self._told: int | None = None
        self._tick = -1
        self._said: dict[str, int] = {}

    def _lost(self) -> None:
        self._findings.counts["lost connections"] += 1
        if self._unheard_since_s is None:
            self._unheard_since_s = time.perf_counter()

    def _back(self) -> None:
        self._entered()
        away_s = 0.0 if self._unheard_since_s is None else time.perf_counter() - self._unheard_since_s
        self._unheard_since_s = None
        before, self._seat = self._seat, (self.room.id, self.room.player)
        if before == self._seat:
            self._findings.counts["seats resumed" if self.room.player is not None else "places watched again"] += 1
            return
        self._findings.counts["seats taken anew"] += 1
        self.payments_sent = self.payments_taken = 0
        self.mark = None
        if before[0] == self._seat[0] and away_s < SURELY_KEPT_S:
            self._break("a seat was lost though its player was back in time", f"{before} {self._seat} {away_s:.1f} s")

    def _event(self, event: Any) -> None:
        self._findings.counts["events"] += 1
        number = event.data["number"]
        if event.name == "noted":
            self._follows("noted", self._noted, number)
            self._noted = number
        elif event.name == "told":
            self._follows("told", self._told, number)
            self._told = number

    def _follows(self, name: str, before: int | None, number: int) -> None:
        if before is not None and number != before + 1:
            self._break("an event was lost or doubled", f"{name} {number} after {before}")

    def _chat(self, line: Any) -> None:
        self._findings.counts["chat lines"] += 1
        speaker, _, number = line.text.partition(" ")
        if int(number) <= self._said.get(speaker, 0):
            self._break("a chat line was doubled", line.text)
        self._said[speaker] = int(number)

    def _snapshot(self, state: State) -> None:
        self._findings.counts["snapshots"] += 1
        if time.perf_counter() > self._hears_from_s:
            self._unheard_since_s = None
        book, purses = state.one("book"), state.tables["purses"]
        if state.tick <= self._tick:
            self._break("ticks don't rise", f"{state.tick} after {self._tick}")
        if self._tick >= 0:
            self._findings.counts["snapshots skipped"] += state.tick - self._tick - 1
        self._tick = state.tick
        if sum(purse.coins for purse in purses.values()) + book.bank != book.minted:
            self._break("coins don't add up", f"{purses} {book}")
        if purses.keys() != self.room.players.keys():
            self._break("rows aren't those of the players", f"{[*purses]} {[*self.room.players]}")
        away = {player.id for player in self.room.players.values() if player.away}
        if away != {player for player, purse in purses.items() if purse.away}:
            self._break("who is away isn't told rightly", f"{away} {purses}")
        self._noted = self._agrees("noted", self._noted, book.noted)
        if self.room.player is not None:
            self._own(state)

    def _own(self, state: State) -> None:
        purse = state.tables["purses"].get(self.room.player)
        boxes = state.tables["letterboxes"]
        if purse is None or boxes.keys() != {self.room.player}:
            self._break("the own rows aren't there", f"{purse} {[*boxes]}")
            return
        self._told = self._agrees("told", self._told, boxes[self.room.player].told)
        if self.mark is not None and purse.mark != self.mark:
            self._break("a seat is somebody else's", f"mark {purse.mark}, not {self.mark}")
        if not self.payments_taken <= purse.paid <= self.payments_sent:
            self._break(
                "a command was lost or doubled",
                f"{self.payments_taken} to {self.payments_sent} sent, {purse.paid} taken",
            )

    def _agrees(self, name: str, heard: int | None, number: int) -> int:
        """Check that all events up to a snapshot's were heard before it; gives where the next must follow."""
        if heard is not None and heard != number:
            self._break("an event is missing at its snapshot", f"{name} {heard} heard, {number} in the book")
        return number

    def _break(self, what: str, example: str) -> None:
        room = f"{self.who} in {self.room.id} as {self.room.player}, tick {self._tick}"
        self._findings.breaks(what, f"{room}: {example}")
