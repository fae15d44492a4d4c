"""Reports of failed rooms: what they tell, and that they bring the failure back."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import msgspec
import pytest

from gameserver import Command, Event, Game, Input, Player, Refused, Row
from gameserver.declarations import Options
from gameserver.errors import ReportError, RoomFailed
from gameserver.game import BotAction
from gameserver.protocol.tables import PerPlayer
from gameserver.protocol.types import U16, Axis
from gameserver.reports import Recent, read_report
from gameserver.reproducing import reproduce
from gameserver.settings import Settings
from tests.games import Break, Kitchen, Steer
from tests.support import Guest, Party


class Nudge(Input):
    """Moves."""

    dx: Axis = 0


class Roll(Command):
    """Throws a die."""

    sides: U16 = 6


class Rolled(Event):
    """What came."""

    by: int
    value: int


class Pawn(Row):
    """A place on a line."""

    x: U16 = 10


class Limit(Options):
    """How far is too far."""

    edge: U16 = 40


class Brittle(Game):
    """Fails as soon as somebody is at the edge: a matter of random numbers, bots, inputs and who is there."""

    tick_rate, max_players = 10, 4
    options: Limit
    pawns: PerPlayer[Pawn]
    inputs = (Nudge,)

    def on_join(self, player: Player) -> None:
        """Turn some away, after a random number was drawn."""
        if self.random.random() < 0.2:
            raise Refused("not_now", "Not now.")

    def on_disconnect(self, player: Player) -> None:
        """Jump."""
        self.pawns[player.id].x += self.random.randrange(3)

    def on_reconnect(self, player: Player) -> None:
        """Jump further."""
        self.pawns[player.id].x += self.random.randrange(5)

    def on_roll(self, player: Player, command: Roll) -> None:
        """Move by a die."""
        value = self.random.randrange(command.sides + 1)
        self.pawns[player.id].x += value
        self.emit(Rolled(by=player.id, value=value))

    def bot(self, player: Player) -> BotAction:
        """Drift."""
        return Nudge(dx=self.random.choice((-1, 0, 1)))

    def tick(self) -> None:
        """Move everybody, and fall over the edge."""
        for player_id, pawn in self.pawns.items():
            pawn.x = max(0, pawn.x + self.input(player_id, Nudge).dx)
            if pawn.x >= self.options.edge:
                raise ArithmeticError(f"player {player_id} fell at {self.now}")


def play_until_it_fails(seed: int, settings: Settings) -> RoomFailed:
    """Let people do at random whatever people do."""
    choose = random.Random(seed)
    party = Party(Brittle, seed=seed, bots=2, options=Limit(edge=60), settings=settings)
    known: list[Guest] = []
    with pytest.raises(RoomFailed) as failed:
        while True:
            _act(party, known, choose)
            party.step()
    return failed.value


def _act(party: Party, known: list[Guest], choose: random.Random) -> None:
    if choose.random() < 0.2:
        with contextlib.suppress(Refused):
            known.append(party.join(choose.choice(["Ann", "Bob", None])))
    here = [g for g in known if g.member.id in party.room.members and g.member.joined and not g.member.leaving]
    for guest in here:
        match choose.randrange(12):
            case 0:
                party.leave(guest, lost=choose.random() < 0.7)
            case 1:
                party.room.command(guest.player, Roll(sides=choose.randrange(10)))
            case 2 | 3 | 4:
                party.room.input(guest.player, Nudge(dx=choose.choice((-1, 1))))
    for guest in known:
        if guest not in here and guest.hears("joined") and choose.random() < 0.2:
            with contextlib.suppress(Refused):
                known.append(party.resume(guest))


@pytest.mark.parametrize("seed", range(12))
def test_a_report_brings_the_failure_back(seed: int) -> None:
    """The same exception in the same tick, from the one line in the log."""
    failure = play_until_it_fails(seed, Settings(resume_s=1, max_waiting_inputs=2, report_inputs=100_000))
    with pytest.raises(RoomFailed) as again:
        reproduce(failure.report, Brittle)
    assert (again.value.tick, again.value.hook) == (failure.tick, failure.hook)
    assert str(again.value.__cause__) == str(failure.__cause__)


def test_a_corrected_game_plays_through() -> None:
    """What one does with a report: fix it, and see."""
    failure = play_until_it_fails(1, Settings(report_inputs=100_000))

    class Fixed(Brittle):
        def tick(self) -> None:
            """Stop at the edge."""
            for pawn in self.pawns.values():
                pawn.x = min(self.options.edge, pawn.x)

    report = msgspec.json.decode(failure.report)
    report["game"] = "fixed"
    room = reproduce(msgspec.json.encode(report), Fixed)
    assert room.tick == failure.tick


def test_a_report_says_what_led_to_it() -> None:
    """Game, seed, options, tick, hook, and what came in last, each by its name on the wire."""
    party = Party(Kitchen, seed=77)
    ann = party.join("Ann")
    party.step(3)
    party.room.input(ann.player, Steer(dx=1), seq=1)
    party.step()
    party.room.command(ann.player, Break(how="boom"))
    with pytest.raises(RoomFailed) as failed:
        party.step()
    report = read_report(failed.value.report)
    assert (report.game, report.room, report.seed, report.tick, report.hook) == ("kitchen", "test", 77, 5, "on_break")
    assert report.complete
    assert [(d.tick, d.player, d.what) for d in report.deeds] == [(0, 1, "@join"), (3, 1, "steer"), (4, 1, "break")]
    assert report.deeds[1].data["dx"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"complete": False}, "too much came in"),
        ({"game": "tag"}, "a report of tag"),
        ({"seed": "x"}, "not a report"),
    ],
)
def test_what_is_no_report_of_this_game_is_refused(change: dict[str, Any], message: str) -> None:
    """With one clear line."""
    report = msgspec.json.decode(play_until_it_fails(1, Settings(report_inputs=100_000)).report)
    with pytest.raises(ReportError, match=message):
        reproduce(msgspec.json.encode(report | change), Brittle)


def test_the_end_of_a_connection_whose_seat_was_taken_over_is_no_deed() -> None:
    """Played again, it would take the new member out."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    again = party.resume(ann)
    party.leave(ann, lost=True)
    party.step()
    party.room.command(again.player, Break(how="boom"))
    with pytest.raises(RoomFailed) as failed:
        party.step()
    with pytest.raises(RoomFailed, match="on_break"):
        reproduce(failed.value.report, Kitchen)
    assert [d.what for d in read_report(failed.value.report).deeds] == ["@join", "@resume", "break"]


def test_a_report_is_bounded_in_size() -> None:
    """Whoever knows how to make a game fail doesn't fill a disk with it."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    for _ in range(150):
        party.step()
        party.room.command(ann.player, Break(how="bounds" + "x" * 3000))
        party.room.engine._commands.clear()
    party.room.command(ann.player, Break(how="boom"))
    with pytest.raises(RoomFailed) as failed:
        party.step()
    report = read_report(failed.value.report)
    assert len(failed.value.report) < 70_000
    assert (report.complete, report.deeds[-1].data) == (False, {"how": "boom"})


def test_only_the_last_deeds_are_kept() -> None:
    """A room may run for weeks."""
    recent = Recent(3, str)
    for n in range(5):
        recent.note((n, 1, "roll", None))
    assert ([d.tick for d in recent.deeds()], recent.complete) == ([2, 3, 4], False)
