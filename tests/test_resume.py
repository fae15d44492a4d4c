"""Coming back to one's seat, as a room sees it: tokens, deadlines, takeovers."""

from __future__ import annotations

import pytest

from gameserver.errors import Refused
from gameserver.settings import Settings
from tests.games import Kitchen, Steer, Throw
from tests.support import Guest, Party

TICKS = 10
"""How long a seat waits in these tests: half a second at 20 Hz."""


@pytest.fixture
def party() -> Party:
    """A room whose seats wait half a second."""
    return Party(Kitchen, settings=Settings(resume_s=0.5))


@pytest.fixture
def ann(party: Party) -> Guest:
    """Who is lost."""
    guest = party.join("Ann")
    party.step()
    return guest


@pytest.fixture
def bob(party: Party) -> Guest:
    """Who stays."""
    guest = party.join("Bob")
    party.step()
    return guest


def test_a_seat_waits_and_is_found_as_it_was_left(party: Party, ann: Guest, bob: Guest) -> None:
    """Same player, same row, same secret; the others hear that he is away, and back."""
    party.room.command(ann.player, Throw(count=2), seq=7)
    party.step()
    row, purse = bob.table("bodies")[ann.player], ann.table("purses")[ann.player]
    party.leave(ann, lost=True)
    party.step(TICKS)
    assert bob.hears("player_away") == [{"player": ann.player}]
    assert (bob.hears("player_back"), bob.hears("player_left")) == ([], [])
    again = party.resume(ann)
    party.step()
    assert bob.hears("player_back") == [{"player": ann.player}]
    joined = again.hears("joined")[0]
    assert (joined["player"], joined["role"], joined["room"]) == (ann.player, "player", "test")
    assert {p["name"] for p in joined["players"]} == {"Ann", "Bob"}
    assert (again.table("bodies")[ann.player], again.table("purses")[ann.player]) == (row, purse)
    assert party.game.log == ["start", "lost Ann", "back Ann"]
    assert party.room.people == 2


def test_a_seat_is_lost_when_its_time_is_up(party: Party, ann: Guest, bob: Guest) -> None:
    """Counted from the disconnect; then on_leave, and the token is worth nothing."""
    party.leave(ann, lost=True)
    party.step(TICKS)
    assert party.game.players[ann.player].connected is False
    party.step()
    assert bob.hears("player_left") == [{"player": ann.player, "reason": "disconnected"}]
    assert party.game.log == ["start", "lost Ann", "leave Ann False"]
    with pytest.raises(Refused, match="bad_token"):
        party.resume(ann)
    assert (party.room.people, party.room.attended) == (1, True)


def test_a_seat_that_was_left_is_not_held(party: Party, ann: Guest, bob: Guest) -> None:
    """Leaving is not disconnecting: from the moment it is asked for."""
    party.leave(ann)
    with pytest.raises(Refused, match="bad_token"):
        party.resume(ann)
    party.step()
    with pytest.raises(Refused, match="bad_token"):
        party.resume(ann)
    assert bob.hears("player_away") == []


def test_each_resume_brings_a_newer_token(party: Party, ann: Guest) -> None:
    """Once somebody speaks on the new connection, only the newest counts."""
    party.leave(ann, lost=True)
    party.step()
    second = party.resume(ann)
    party.step()
    assert second.token != ann.token
    assert party.room.confirm(second.member.id)
    party.leave(second, lost=True)
    party.step()
    with pytest.raises(Refused, match="bad_token"):
        party.resume(ann)
    assert party.resume(second).player == ann.player


def test_a_lost_reply_does_not_cost_the_seat(party: Party, ann: Guest) -> None:
    """As long as nobody speaks on the new connection, the token before it counts; the lost one doesn't any more."""
    party.leave(ann, lost=True)
    party.step()
    unheard = party.resume(ann)
    assert not party.room.confirm(unheard.member.id), "what he says before he was let in proves nothing"
    party.step()
    party.leave(unheard, lost=True)
    party.step()
    third = party.resume(ann)
    party.step()
    assert third.player == ann.player
    assert third.token not in {ann.token, unheard.token}
    with pytest.raises(Refused, match="bad_token"):
        party.resume(unheard)


def test_a_drop_and_a_resume_within_one_tick_go_unnoticed(party: Party, ann: Guest, bob: Guest) -> None:
    """Nobody was ever away."""
    party.leave(ann, lost=True)
    again = party.resume(ann)
    party.step()
    assert (bob.hears("player_away"), bob.hears("player_back")) == ([], [])
    assert party.game.log == ["start", "back Ann"]
    assert again.table("bodies").keys() == {ann.player, bob.player}


def test_a_second_connection_takes_the_seat_over(party: Party, ann: Guest, bob: Guest) -> None:
    """The first is told; what it did before counts, what it says after doesn't."""
    party.room.command(ann.player, Throw(count=99), seq=500)
    again = party.resume(ann)
    party.room.command(again.player, Throw(count=1), seq=1)
    outcome = party.room.step()
    assert outcome.replaced == {ann.member.id}
    party.deliver(outcome)
    assert ann.hears("left") == [{"reason": "replaced"}]
    assert (ann.hears("error"), again.hears("error")) == ([], []), "a seq of the other connection means nothing here"
    assert again.events("thrown") == [{"by": ann.player, "count": 1}]
    assert ann.member.id not in party.room.members
    assert (bob.hears("player_away"), bob.hears("player_left")) == ([], [])
    party.step()
    assert again.ack == 1


def test_leaving_by_the_old_connection_does_not_cost_the_new_one_its_seat(party: Party, ann: Guest) -> None:
    """Whoever was replaced has no seat to give up."""
    again = party.resume(ann)
    party.leave(ann)
    party.step()
    assert (again.hears("left"), party.room.people) == ([], 1)
    assert again.player in party.room.engine.players


def test_who_is_away_holds_nothing_and_numbers_start_afresh(party: Party, ann: Guest) -> None:
    """A fighter must not run on for twenty seconds; a new connection counts from where it likes."""
    party.room.input(ann.player, Steer(dx=1, fire=True), seq=900)
    party.room.input(ann.player, Steer(dx=1), seq=901)
    party.leave(ann, lost=True)
    party.step()
    x = party.game.bodies[ann.player].x
    party.step(5)
    assert party.game.bodies[ann.player].x == x
    again = party.resume(ann)
    party.step()
    fresh = again.ack
    assert fresh is None
    party.room.input(again.player, Steer(dx=1), seq=3)
    party.step()
    assert (again.ack, party.game.bodies[ann.player].x > x) == (3, True)


def test_a_newcomer_hears_who_is_away(party: Party, ann: Guest) -> None:
    """Players away are players: listed, counted, and told apart."""
    party.leave(ann, lost=True)
    party.step()
    eve = party.spectate()
    party.step()
    joined = eve.hears("joined")[0]
    assert [p["name"] for p in joined["players"]] == ["Ann"]
    assert joined["audience"] == {"players": 1, "spectators": 1}
    assert joined["token"] is None
    assert eve.hears("player_away") == [{"player": ann.player}]


def test_an_absent_player_keeps_his_seat_from_others() -> None:
    """A full room stays full."""

    class Duel(Kitchen):
        max_players = 2

    party = Party(Duel, settings=Settings(resume_s=0.5))
    ann, _ = party.join("Ann"), party.join("Bob")
    party.step()
    party.leave(ann, lost=True)
    party.step()
    assert not party.room.open
    with pytest.raises(Refused, match="room_full"):
        party.join("Cid")


def test_a_game_chooses_how_long_seats_wait() -> None:
    """Its own `resume_s` counts before the server's."""

    class Impatient(Kitchen):
        resume_s = 0.1

    party = Party(Impatient, settings=Settings(resume_s=100))
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    party.leave(ann, lost=True)
    party.step(3)
    assert bob.hears("player_left") == [{"player": ann.player, "reason": "disconnected"}]


def test_an_identity_is_part_of_the_seat(party: Party) -> None:
    """Another one's token, even a stolen one, is worth nothing."""
    guest = party.join("Ann", identity="ann@example.org")
    party.step()
    assert party.game.players[guest.player].identity == "ann@example.org"
    for stranger in (None, "mallory@example.org"):
        with pytest.raises(Refused, match="bad_token"):
            party.room.resume(*guest.token, handle=2, identity=stranger)
    assert party.room.resume(*guest.token, handle=2, identity="ann@example.org")


def test_a_saved_room_knows_its_tokens(party: Party, ann: Guest) -> None:
    """A room that comes back from a save lets its players back in."""
    party.leave(ann, lost=True)
    party.step(3)
    loaded = Party(Kitchen, settings=Settings(resume_s=0.5), saved=party.room.save())
    assert loaded.room.state_hash() == party.room.state_hash()
    loaded.step(TICKS - 3)
    member, replaced = loaded.room.resume(*ann.token, handle=1)
    assert (member.player, replaced) == (ann.player, None)
    party.step(TICKS + 1)
    assert ann.player not in party.room.engine.players


def test_a_return_that_is_lost_before_its_step_leaves_the_seat_waiting(party: Party, ann: Guest) -> None:
    """He was there before, so he may come again."""
    party.leave(ann, lost=True)
    party.step()
    hasty = party.resume(ann)
    party.leave(hasty, lost=True)
    party.step(TICKS)
    assert party.resume(ann).player == ann.player


def test_who_was_lost_before_he_was_let_in_keeps_no_seat(party: Party) -> None:
    """He has no token to come back with."""
    ghost = party.join("Ghost")
    party.leave(ghost, lost=True)
    assert party.room.people == 0
    party.step()
    assert not party.room.engine.players
    assert not party.room.attended


def test_a_seat_that_is_not_to_be_held_is_lost_at_once(party: Party, ann: Guest, bob: Guest) -> None:
    """As with `resume_s` at 0: the game hears of both in the same step."""
    party.room.lose(ann.member.id, held_for=None)
    assert (party.room.people, party.held["here"]) == (1, 0)
    party.step()
    assert party.game.log == ["start", "lost Ann", "leave Ann False"]
    assert bob.hears("player_away") == []


def test_held_seats_are_counted_by_whom_they_are_held_for(party: Party, ann: Guest, bob: Guest) -> None:
    """From the loss until he is back, or his time is up."""
    party.room.lose(ann.member.id, held_for="here")
    party.room.lose(bob.member.id, held_for="there")
    assert party.held == {"here": 1, "there": 1}
    party.step()
    party.resume(ann)
    assert party.held == {"there": 1}
    party.step(TICKS + 1)
    assert party.held == {}
    again = party.join("Cid")
    party.step()
    party.leave(again, lost=True)
    assert party.held == {"here": 1}
    party.room.close("ended")
    assert party.held == {}, "a room that is over holds nothing"


def test_of_two_who_come_with_one_token_the_last_has_the_seat(party: Party, ann: Guest) -> None:
    """In one tick: the first of them is told at once, and gets no token."""
    party.leave(ann, lost=True)
    party.step()
    first, second = party.resume(ann), party.resume(ann)
    party.step()
    assert (first.hears("joined"), first.hears("left")) == ([], [{"reason": "replaced"}])
    assert second.hears("joined")[0]["player"] == ann.player
    assert party.game.log == ["start", "lost Ann", "back Ann"]
