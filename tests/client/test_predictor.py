"""Prediction of the own row."""

from __future__ import annotations

from itertools import count, pairwise
from typing import Any

import pytest

from gameserver import U16, Axis, Game, Input, PerPlayer, Predict, Row, View
from gameserver_client.predictor import ALONE_S, MOST_DUE, MOST_PENDING, Correction, Predictor
from gameserver_client.server_clock import ServerClock
from gameserver_client.states import State, StateBuilder
from gameserver_client.twin import Twin

RATE = 20.0
TICK_S = 1 / RATE
ME = 3


class Push(Input):
    """A stick and a button."""

    dx: Axis = 0
    dash: bool = False


class Puck(Row):
    """Of a player."""

    x: U16 = 1000
    y: U16 = 1000
    moved_at: U16 = 0


def move(me: Puck, push: Push, world: View) -> None:
    """Ten units, thirty with a dash; bumps into anyone."""
    ahead = me.x + (30 if push.dash else 10) * push.dx
    if all(other is me or other.x != ahead for other in world.rows(Puck).values()):
        me.x = ahead
    me.moved_at = world.now


class Rink(Game):
    """Nothing but movement."""

    pucks: PerPlayer[Puck]
    predict = Predict(Push, Puck, move)


class Bench:
    """A predictor, with a server 50 ms away whose tick is `RATE * now`."""

    def __init__(self, *, predict: Any = Rink.predict, snap_distance: float | None = None) -> None:
        self.clock = ServerClock(RATE)
        self.sent: list[Push] = []
        self.connected = True
        self.seqs = count(1)
        schema = Rink.spec.schema()
        self.builder = StateBuilder(schema)
        self.predictor = Predictor(Twin(predict, schema), self.clock, ME, self.send, snap_distance=snap_distance)
        self.now_s = 100.0

    def send(self, given: Push) -> int | None:
        """Take an input."""
        if not self.connected:
            return None
        self.sent.append(given)
        return next(self.seqs)

    def sync(self) -> None:
        """Answer a ping."""
        self.clock.pong(self.now_s - 0.1, RATE * (self.now_s - 0.05), self.now_s)

    def state(self, tick: int, x: int | None, **others: int) -> State:
        """Make a state in which the own puck is at x (None: it isn't there)."""
        rows = {} if x is None else {ME: (x, 1000, 0)}
        rows |= {int(name[1:]): (at, 1000, 0) for name, at in others.items()}
        return self.builder.build(tick, {"pucks": rows})

    def snapshot(self, tick: int, x: int | None, ack: int | None = None, margin: int | None = None) -> Correction:
        """Take in a snapshot."""
        return self.predictor.reconcile(self.state(tick, x), ack, margin, self.now_s)

    def begin(self) -> None:
        """Be where ticks are made: the first snapshot is there, and the clock is known."""
        self.sync()
        self.snapshot(2000, 1000)
        self.predictor.advance(self.now_s)
        # A little into a tick, so that from here on each tick's length makes exactly one input.
        self.now_s += TICK_S * 0.05
        self.predictor.advance(self.now_s)
        self.sent.clear()
        self.predictor.pending.clear()
        self.snapshot(2000, 1000)

    def pass_ticks(self, ticks: float, held: Push | None = None) -> int:
        """Let time pass in one frame."""
        self.now_s += ticks * TICK_S
        return self.predictor.advance(self.now_s, held)


def test_nothing_is_sent_before_the_clock_is_known() -> None:
    """Inputs need a tick to be for."""
    bench = Bench()
    bench.snapshot(2000, 1000)
    assert bench.pass_ticks(5, Push(dx=1)) == 0
    assert bench.sent == []
    assert bench.predictor.drawn() == (1000, 1000)


def test_one_input_for_each_tick_changed_or_not() -> None:
    """That is what makes replaying exact."""
    bench = Bench()
    bench.begin()
    for _ in range(5):
        bench.pass_ticks(1, Push(dx=1))
    assert bench.sent == [Push(dx=1)] * 5
    assert bench.predictor.row.x == 1050
    assert bench.predictor.row.moved_at == 2005


def test_frames_faster_than_ticks() -> None:
    """Make no more inputs."""
    bench = Bench()
    bench.begin()
    assert sum(bench.pass_ticks(0.25, Push(dx=1)) for _ in range(20)) == 5
    assert len(bench.sent) == 5


def test_a_tap_between_two_ticks_is_not_lost() -> None:
    """Buttons are or-ed, axes are as they are last."""
    bench = Bench()
    bench.begin()
    bench.pass_ticks(0.25, Push(dx=-1, dash=True))
    bench.pass_ticks(0.25, Push(dx=1))
    bench.pass_ticks(0.5, Push(dx=1))
    bench.pass_ticks(1, Push(dx=1))
    assert bench.sent == [Push(dx=1, dash=True), Push(dx=1)]


def test_a_long_frame_makes_four_inputs_at_most() -> None:
    """The rest is skipped."""
    bench = Bench()
    bench.begin()
    assert bench.pass_ticks(10, Push(dx=1)) == 10
    assert len(bench.sent) == MOST_DUE
    assert bench.pass_ticks(1, Push(dx=1)) == 1


def test_what_is_held_counts_at_once() -> None:
    """The drawn place is a part of a step further, before any input was made of it."""
    bench = Bench()
    bench.begin()
    bench.pass_ticks(0.25)
    assert bench.predictor.drawn() == (1000, 1000)
    bench.pass_ticks(0.25, Push(dx=1))
    assert bench.predictor.drawn() == pytest.approx((1005.5, 1000))
    assert bench.predictor.row.x == 1000


def test_drawn_movement_has_no_steps() -> None:
    """At ten frames per tick, each goes a tenth of a step."""
    bench = Bench()
    bench.begin()
    places = []
    for _ in range(40):
        bench.pass_ticks(0.1, Push(dx=1))
        drawn = bench.predictor.drawn()
        assert drawn is not None
        places.append(drawn[0])
    ways = [b - a for a, b in pairwise(places)]
    assert ways == pytest.approx([1.0] * 39)


def test_a_turn_within_a_tick_is_told_as_swerve() -> None:
    """The place jumps to the new way; what it takes to draw it where it was comes beside it."""
    bench = Bench()
    bench.begin()
    bench.pass_ticks(0.9, Push(dx=1))
    before = bench.predictor.drawn()
    bench.predictor.take_swerve()
    bench.pass_ticks(0.0, Push(dx=-1))
    after = bench.predictor.drawn()
    assert before is not None
    assert after is not None
    assert after[0] < before[0]
    assert after[0] + bench.predictor.take_swerve()[0] == pytest.approx(before[0])
    assert bench.predictor.take_swerve() == (0, 0)


def test_a_snapshot_that_agrees_corrects_nothing() -> None:
    """What it acknowledges is dropped, the rest is run again on top."""
    bench = Bench()
    bench.begin()
    for _ in range(5):
        bench.pass_ticks(1, Push(dx=1))
    correction = bench.snapshot(2002, 1020, ack=bench.predictor.pending[1].seq)
    assert (correction.x, correction.y, correction.size) == (0, 0, 0)
    assert len(bench.predictor.pending) == 3
    assert (bench.predictor.row.x, bench.predictor.row.moved_at) == (1050, 2005)


def test_a_correction_leads_from_the_new_place_to_the_old() -> None:
    """At the same pending input."""
    bench = Bench()
    bench.begin()
    for _ in range(5):
        bench.pass_ticks(1, Push(dx=1))
    correction = bench.snapshot(2002, 1014, ack=bench.predictor.pending[1].seq)
    assert (correction.x, correction.y, correction.size) == (6, 0, 6)
    assert bench.predictor.row.x == 1044


def test_others_are_in_the_way_and_the_own_row_is_not() -> None:
    """The world is the latest state, in which one meets oneself as one is now."""
    bench = Bench()
    bench.begin()
    bench.predictor.reconcile(bench.state(2000, 1000, p7=1020), None, None, bench.now_s)
    for _ in range(3):
        bench.pass_ticks(1, Push(dx=1))
    assert bench.predictor.row.x == 1010


def test_without_a_row_inputs_go_on_and_nothing_is_predicted() -> None:
    """A player who is out for now may still press; when the row comes back, it is at a new place."""
    bench = Bench()
    bench.begin()
    assert bench.snapshot(2001, None).size == 0
    bench.pass_ticks(1, Push(dx=1))
    assert len(bench.sent) == 1
    assert bench.predictor.row is None
    assert bench.predictor.drawn() is None
    assert bench.snapshot(2003, 500, ack=10).teleported


def test_a_leap_is_a_teleport() -> None:
    """Ten of the longest steps, if nothing else is said."""
    bench = Bench()
    bench.begin()
    bench.pass_ticks(1, Push(dx=1))
    ack = bench.predictor.pending[-1].seq
    assert not bench.snapshot(2001, 1100, ack=ack).teleported
    leap = bench.snapshot(2002, 1300, ack=ack)
    assert leap.teleported
    assert leap.size == 0


def test_the_snap_distance_can_be_said() -> None:
    """In units of the rows."""
    bench = Bench(snap_distance=5)
    bench.begin()
    assert bench.snapshot(2001, 1006).teleported


def test_the_game_may_know_of_teleports() -> None:
    """Its word counts beside the distance."""

    class Knowing(Predict[Push, Puck]):
        @staticmethod
        def teleported(before: Puck, after: Puck) -> bool:
            return after.x == 1001

    bench = Bench(predict=Knowing(Push, Puck, move), snap_distance=50)
    bench.begin()
    assert bench.snapshot(2001, 1001).teleported
    assert not bench.snapshot(2002, 1003).teleported


def test_while_the_connection_is_down_everything_holds() -> None:
    """No input is made up for later, and the place stays at the end of the step."""
    bench = Bench()
    bench.begin()
    bench.connected = False
    for _ in range(3):
        bench.pass_ticks(1, Push(dx=1))
        assert bench.predictor.drawn() == (1010, 1000)
    bench.connected = True
    bench.pass_ticks(1, Push(dx=1))
    assert len(bench.sent) == 1


def test_a_server_that_does_not_answer_gets_no_more_than_it_could_forget() -> None:
    """64 inputs under way."""
    bench = Bench()
    bench.begin()
    for _ in range(100):
        bench.pass_ticks(1, Push(dx=1))
    assert len(bench.sent) == len(bench.predictor.pending) == MOST_PENDING


def test_a_backlog_at_the_server_holds_the_clients_ticks() -> None:
    """Three waiting over six snapshots: two ticks without an input."""
    bench = Bench()
    bench.begin()
    for n in range(6):
        bench.pass_ticks(1, Push(dx=1))
        bench.snapshot(2001 + n, 1000, ack=None, margin=3)
    before = len(bench.sent)
    due = [bench.pass_ticks(1, Push(dx=1)) for _ in range(4)]
    assert due == [0, 0, 1, 1]
    assert len(bench.sent) - before == 2


def test_a_clock_that_jumps_makes_no_heap_of_inputs() -> None:
    """Neither forward nor back."""
    bench = Bench()
    bench.begin()
    for ahead in (40, -40):
        for _ in range(4):
            tick = RATE * (bench.now_s - 0.05) + ahead
            bench.clock.pong(bench.now_s - 0.1, tick, bench.now_s)
        assert bench.pass_ticks(0.01, Push(dx=1)) == 0
        assert bench.pass_ticks(1, Push(dx=1)) == 1
    assert bench.clock.jumped != 0


def test_alone_the_row_goes_on_for_a_while() -> None:
    """As it is steered, with nobody to hear it; then it holds, until the server says where it is."""
    bench = Bench()
    bench.begin()
    bench.pass_ticks(1, Push(dx=1))
    bench.connected = False
    bench.predictor.lose()
    for _ in range(4):
        bench.pass_ticks(1, Push(dx=1))
    assert bench.predictor.row.x == 1050
    for _ in range(20):
        bench.pass_ticks(1, Push(dx=-1))
    assert bench.predictor.row.x == 1050 - 10 * (ALONE_S * RATE - 4)
    assert len(bench.sent) == 1
    bench.connected = True
    bench.predictor.resume()
    bench.pass_ticks(1, Push(dx=-1))
    assert bench.snapshot(2030, 1010) == Correction(990 - 10 - 1000, 0, teleported=False)
    assert len(bench.predictor.pending) == 1
    assert bench.predictor.row.x == 1000


@pytest.mark.parametrize(("ticks", "sent"), [(3, True), (30, False)])
def test_a_tap_without_a_connection(ticks: int, *, sent: bool) -> None:
    """It is sent as soon as somebody hears it, but for one that nobody remembers."""
    bench = Bench()
    bench.begin()
    bench.connected = False
    bench.predictor.lose()
    bench.predictor.advance(bench.now_s, Push(dash=True))
    for _ in range(ticks):
        bench.pass_ticks(1, Push(dx=1))
    assert bench.predictor.row.x <= 1000 + 10 * ALONE_S * RATE, "nor is it run before"
    bench.connected = True
    bench.predictor.resume()
    bench.pass_ticks(1, Push(dx=1))
    assert bench.sent == [Push(dx=1, dash=sent)]


def test_what_was_run_alone_is_no_teleport() -> None:
    """However much farther that is than the snap distance; what is farther still is one, and so is all later."""
    for x, teleported in ((1000, False), (800, True)):
        bench = Bench(snap_distance=40)
        bench.begin()
        bench.pass_ticks(1, Push(dx=1))
        bench.connected = False
        bench.predictor.lose()
        for _ in range(10):
            bench.pass_ticks(1, Push(dx=1))
        bench.predictor.resume()
        assert bench.snapshot(2012, x).teleported == teleported
        assert bench.snapshot(2013, x + 100).teleported
