"""The soak: thirty seconds of it, as its user starts it, and that its checks find what they are for."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest

from gameserver_client import Room, State
from gameserver_client.emitter import Emitter
from loadtest.soak_checks import Findings, SeatCheck

ROOT = Path(__file__).parent.parent
PATIENCE_S = 240
"""Thirty seconds, a start, the time for all to leave, and a machine that has other things to do."""


async def test_two_hundred_clients_come_and_go_and_nothing_breaks(tmp_path: Path) -> None:
    """Players join, play, stall, drop out, come back and leave; every event, seat and coin is accounted for."""
    report = await soak(tmp_path, "--seconds", "30", "--clients", "200")
    assert not report["broken"], report["examples"]
    counts = report["counts"]
    # All of it did happen: a check that was never made can't fail.
    for name in (
        "joined", "watched", "events", "snapshots", "snapshots skipped", "chat lines", "cut", "stalled", "vanished",
        "lost connections", "seats resumed", "left: left", "left: ended",
    ):  # fmt: skip
        assert counts.get(name), f"nothing of {name!r}: {counts}"


async def soak(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a soak; gives its report."""
    output = tmp_path / "soak.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtest.soak", *arguments, "--output", str(output),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        text, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except BaseException:
        process.terminate()  # it stops its server
        await process.wait()
        raise
    assert output.exists(), text.decode()
    report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    assert process.returncode == (1 if report["broken"] else 0), text.decode()
    return report


class Book(NamedTuple):
    """The row of the same name, as the SDK shows it."""

    noted: int
    minted: int
    bank: int


class Purse(NamedTuple):
    """The row of the same name."""

    coins: int
    mark: int
    paid: int
    away: bool


class Letterbox(NamedTuple):
    """The row of the same name."""

    told: int


class SeenRoom(Emitter):
    """A room of the ledger as the SDK shows it, in which all is well until a test changes something."""

    def __init__(self) -> None:
        super().__init__("event", "snapshot", "chat", "lost", "joined", "error")
        self.id, self.player = "room", 1
        self.players = {1: SimpleNamespace(id=1, away=False), 2: SimpleNamespace(id=2, away=True)}
        self.tick = 10
        self.book = Book(5, 200, 20)
        self.purses = {1: Purse(80, 7, 3, away=False), 2: Purse(100, 8, 0, away=True)}
        self.letterboxes = {1: Letterbox(2)}

    def show(self) -> None:
        """Tell the next snapshot."""
        self.tick += 1
        tables: dict[str, Any] = {"book": {0: self.book}, "purses": dict(self.purses), "letterboxes": self.letterboxes}
        self.emit("snapshot", State(self.tick, tables))

    def note(self, number: int) -> None:
        """Tell an event."""
        self.emit("event", SimpleNamespace(name="noted", data={"number": number}))


@pytest.fixture
def seen() -> tuple[SeenRoom, SeatCheck, Findings]:
    """Give a room that a check has watched for a snapshot and an event, and found in order."""
    room, findings = SeenRoom(), Findings()
    check = SeatCheck("client 1", cast("Room", room), findings)
    check.payments_sent, check.payments_taken, check.mark = 4, 3, 7
    room.show()
    room.note(6)
    room.book = room.book._replace(noted=6)
    room.show()
    assert not findings.broken, findings.examples
    return room, check, findings


def lose_event(room: SeenRoom) -> None:
    """Leave one out."""
    room.note(8)


def lose_last_event(room: SeenRoom) -> None:
    """Show a snapshot before the event that belongs before it."""
    room.book = room.book._replace(noted=7)


def double_event(room: SeenRoom) -> None:
    """Tell one twice."""
    room.note(6)


def lose_letter(room: SeenRoom) -> None:
    """Don't tell the player what was for him alone."""
    room.letterboxes = {1: Letterbox(3)}


def mint(room: SeenRoom) -> None:
    """Make a coin."""
    room.purses[2] = room.purses[2]._replace(coins=101)


def forget_player(room: SeenRoom) -> None:
    """Have a row without a player."""
    del room.players[2]


def hide_absence(room: SeenRoom) -> None:
    """Don't tell that somebody is away."""
    room.players[2].away = False


def give_away_seat(room: SeenRoom) -> None:
    """Have somebody else in it."""
    room.purses[1] = room.purses[1]._replace(mark=9)


def double_command(room: SeenRoom) -> None:
    """Take more payments than were made."""
    room.purses[1] = room.purses[1]._replace(paid=5)


def lose_command(room: SeenRoom) -> None:
    """Forget a payment that was taken."""
    room.purses[1] = room.purses[1]._replace(paid=2)


def show_secrets(room: SeenRoom) -> None:
    """Show another's letterbox."""
    room.letterboxes = room.letterboxes | {2: Letterbox(0)}


def go_back(room: SeenRoom) -> None:
    """Show an older tick."""
    room.tick -= 3


def reseat(room: SeenRoom) -> None:
    """Give the player another seat after a cut."""
    room.emit("lost", room)
    room.player = 3
    room.emit("joined", room)


@pytest.mark.parametrize(
    "wrong",
    [
        lose_event, lose_last_event, double_event, lose_letter, mint, forget_player, hide_absence, give_away_seat,
        double_command, lose_command, show_secrets, go_back, reseat,
    ],
)  # fmt: skip
def test_a_check_finds(wrong: Any, seen: tuple[SeenRoom, SeatCheck, Findings]) -> None:
    """Each thing that may break is noticed at the next snapshot, or at once."""
    room, _, findings = seen
    wrong(room)
    room.show()
    assert findings.broken


def test_what_was_missed_while_away_is_no_loss(seen: tuple[SeenRoom, SeatCheck, Findings]) -> None:
    """A resumed seat begins afresh, with whatever number comes first."""
    room, _, findings = seen
    room.emit("lost", room)
    room.book = room.book._replace(noted=50)
    room.letterboxes = {1: Letterbox(9)}
    room.emit("joined", room)
    room.show()
    room.note(51)
    room.book = room.book._replace(noted=51)
    room.show()
    assert not findings.broken, findings.examples
    assert findings.counts["seats resumed"] == 1
