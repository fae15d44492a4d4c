"""A room: who comes and goes, what they are told and in which order, what they may do."""

from __future__ import annotations

import json

import pytest

from gameserver import BotAction, Player
from gameserver.errors import Refused, RoomFailed
from gameserver.settings import Settings
from tests.games import Break, Kitchen, Look, Quiet, Setup, Steer, Throw
from tests.support import JSON, Guest, Party


def kinds(guest: Guest) -> list[str]:
    """Give the types of everything that a guest heard."""
    return [kind for kind, _ in guest.inbox]


def test_join_is_answered_by_the_next_step() -> None:
    """`joined` carries what a client needs, and the keyframe is of the same tick."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    assert ann.inbox == []
    party.step()
    joined = ann.hears("joined")[0]
    assert joined["protocol"] == 1
    assert (joined["room"], joined["game"], joined["role"], joined["handle"]) == ("test", "kitchen", "player", 1)
    assert (joined["player"], joined["tick"], joined["tick_rate"], joined["token"]) == (1, 1, 20.0, "1.1")
    assert joined["players"] == [{"player": 1, "name": "Ann", "bot": False}]
    assert joined["audience"] == {"players": 1, "spectators": 0}
    assert joined["schema"] == Kitchen.spec.schema()
    keyframe = json.loads(ann.frames[0])["payload"]
    assert (keyframe["tick"], keyframe["base"], keyframe["ack"]) == (1, None, None)
    assert set(keyframe["tables"]) == {"bodies", "purses", "score"}


def test_nameless_players_are_named_by_number() -> None:
    """A join without a name still gives something to show."""
    party = Party(Kitchen)
    party.join()
    party.step()
    assert party.room.engine.players[1].name == "Player 1"


def test_others_hear_of_a_player_but_not_he_himself() -> None:
    """`player_joined` goes to those who were here; the newcomer finds himself in `joined`."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    bob = party.join("Bob")
    party.step()
    assert ann.hears("player_joined") == [{"player": 2, "name": "Bob", "bot": False}]
    assert bob.hears("player_joined") == []
    assert [p["name"] for p in bob.hears("joined")[0]["players"]] == ["Ann", "Bob"]
    assert ann.hears("audience") == [{"players": 2, "spectators": 0}]
    assert bob.hears("audience") == []


def test_two_who_come_in_one_tick_both_end_with_the_right_audience() -> None:
    """The first of two newcomers is told that there is one more by now."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    assert ann.hears("joined")[0]["audience"]["players"] == 1
    assert ann.hears("audience") == [{"players": 2, "spectators": 0}]
    assert bob.hears("audience") == []


def test_leaving_is_not_disconnecting() -> None:
    """Who leaves is told so; who stays hears why; the row goes after on_leave."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    party.leave(bob)
    party.step()
    assert bob.inbox[-1] == ("left", {"reason": "left"})
    assert ann.hears("player_left") == [{"player": 2, "reason": "left"}]
    assert 2 not in ann.table("bodies")
    assert party.game.log == ["start", "leave Bob True"]


def test_a_lost_connection_tells_the_game_first() -> None:
    """on_disconnect comes before on_leave, and the vanished are told nothing."""
    party = Party(Kitchen, settings=Settings(resume_s=0))
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    before = len(bob.inbox)
    party.leave(bob, lost=True)
    party.step()
    assert len(bob.inbox) == before
    assert ann.hears("player_left") == [{"player": 2, "reason": "disconnected"}]
    assert party.game.log == ["start", "lost Bob", "leave Bob False"]


def test_leaving_twice_or_before_the_first_step_is_harmless() -> None:
    """A join and a leave in one tick come and go, in that order."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.leave(bob)
    party.leave(bob)
    party.step()
    assert kinds(bob) == ["joined", "left"]
    assert [k for k in kinds(ann) if k.startswith("player")] == ["player_joined", "player_left"]


def test_the_game_can_turn_a_player_away() -> None:
    """A Refused from on_join is the joiner's error, and leaves no trace in the game."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    mallory = party.join("Mallory")
    party.room.chat(mallory.member.id, "let me in")
    party.room.input(mallory.player, Steer(dx=1))
    party.room.command(mallory.player, Throw())
    party.step()
    assert mallory.inbox == [("error", {"code": "not_you", "message": "Anyone but Mallory."})]
    assert party.gone[mallory.member.id] is mallory
    assert kinds(ann) == ["joined"]
    assert set(party.room.engine.seats) == set(party.room.engine.players) == {1}
    assert set(party.game.bodies) == {1}


def test_a_full_room_refuses_and_a_leaver_makes_room_at_once() -> None:
    """Seats on their way out count as free."""
    party = Party(Quiet)
    ann, _ = party.join("Ann"), party.join("Bob")
    with pytest.raises(Refused, match="room_full"):
        party.join("Cid")
    party.step()
    party.leave(ann)
    party.join("Cid")
    party.step()
    assert [p.name for p in party.room.engine.players.values()] == ["Bob", "Cid"]


def test_lock_keeps_players_out_but_not_spectators() -> None:
    """A locked room is closed to players until the game unlocks it."""
    party = Party(Quiet)
    ann = party.join("Ann")
    party.step()
    party.room.command(ann.player, Throw(count=1))
    party.step()
    assert party.room.open is False
    with pytest.raises(Refused, match="locked"):
        party.join("Bob")
    party.spectate()
    party.room.command(ann.player, Throw(count=2))
    party.step()
    party.join("Bob")
    party.step()
    assert len(party.room.engine.players) == 2


def test_a_lock_holds_for_those_who_asked_already() -> None:
    """Four ask in one tick for a duel that locks itself with two."""

    class Duel(Quiet):
        max_players = 8

        def on_join(self, player: Player) -> None:
            if len(self.players) == 2:
                self.lock()

    party = Party(Duel)
    guests = [party.join(name) for name in ("Ann", "Bob", "Cid", "Dan")]
    party.step()
    assert [p.name for p in party.room.engine.players.values()] == ["Ann", "Bob"]
    assert [kinds(g)[0] for g in guests] == ["joined", "joined", "error", "error"]
    assert guests[2].hears("error")[0]["code"] == "room_full"
    assert party.room.people == 2
    assert set(party.room.engine.seats) == {1, 2}


def test_the_refusal_of_a_join_says_which_one_it_answers() -> None:
    """It comes with the step, under a handle that the client never heard of; its `seq` tells."""
    party = Party(Kitchen)
    for seq in (7, None):
        member = party.room.join(name="Mallory", handle=1, seq=seq)
        posts = [json.loads(post.payload) for post in party.room.step().posts if post.to == [member.id]]
        assert [(p["code"], p.get("seq")) for p in posts] == [("not_you", seq)]


def test_spectators_have_a_cap_of_their_own() -> None:
    """Players don't take spectators' places, nor the other way round."""
    party = Party(Quiet, settings=Settings(max_spectators=2))
    party.spectate()
    party.spectate()
    with pytest.raises(Refused, match="room_full"):
        party.spectate()
    party.join("Ann")
    party.join("Bob")
    party.step()
    assert (party.room.people, party.room.spectators) == (2, 2)


def test_a_room_is_watchable_until_it_has_enough_spectators_or_ends() -> None:
    """Full seats and a locked door are no reason; a full audience and the end are."""
    party = Party(Quiet, settings=Settings(max_spectators=1))
    ann = party.join("Ann")
    party.join("Bob")
    party.step()
    party.room.command(ann.player, Throw(count=1))
    party.step()
    seen = [party.room.watchable]
    eve = party.spectate()
    seen.append(party.room.watchable)
    party.room.leave(eve.member.id, reason="left")
    seen.append(party.room.watchable)
    assert not party.room.open
    party.room.command(ann.player, Throw(count=0))
    party.step()
    seen.append(party.room.watchable)
    assert seen == [True, False, True, False]


def test_bots_play_for_spectators_alone() -> None:
    """A room that nobody has ever played in is filled with bots, and they move."""
    party = Party(Kitchen, bots=3)
    eve = party.spectate()
    party.step()
    before = dict(eve.table("bodies"))
    assert (set(before), party.room.people) == ({1, 2, 3}, 0)
    party.step(20)
    after = eve.table("bodies")
    assert all(after[n] != before[n] for n in before)


def test_spectators_see_public_tables_only() -> None:
    """A watcher's keyframe has no secret table, and joins no game."""
    party = Party(Kitchen)
    party.join("Ann")
    eve = party.spectate()
    party.step()
    joined = eve.hears("joined")[0]
    assert (joined["role"], joined["player"]) == ("spectator", None)
    assert joined["audience"] == {"players": 1, "spectators": 1}
    assert eve.table("purses") == {}
    assert set(eve.table("bodies")) == {1}
    assert json.loads(eve.frames[-1])["payload"]["ack"] is None


def test_chat_reaches_everyone_with_its_speaker() -> None:
    """A spectator has a name but no player id."""
    party = Party(Kitchen)
    ann, eve = party.join("Ann"), party.spectate()
    party.step()
    party.room.chat(ann.member.id, "hello")
    party.room.chat(eve.member.id, "hi")
    party.step()
    said = [{"player": 1, "name": "Ann", "text": "hello"}, {"player": None, "name": "Eve", "text": "hi"}]
    assert ann.hears("chat") == eve.hears("chat") == said


def test_what_one_member_may_pile_up_in_a_tick_is_bounded() -> None:
    """Beyond it he is told, others are not affected, and the next tick starts afresh."""
    party = Party(Kitchen, settings=Settings(max_commands_per_tick=3))
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    party.room.chat(ann.member.id, "one")
    party.room.command(ann.player, Throw())
    party.room.command(ann.player, Throw())
    with pytest.raises(Refused, match="rate_limited"):
        party.room.command(ann.player, Throw())
    with pytest.raises(Refused, match="rate_limited"):
        party.room.chat(ann.member.id, "two")
    party.room.command(bob.player, Throw())
    party.step()
    assert party.game.throws == {1: 2, 2: 1}
    party.room.command(ann.player, Throw())
    party.step()
    assert party.game.throws == {1: 3, 2: 1}


def test_commands_run_in_the_order_of_arrival_before_the_tick() -> None:
    """Each is told to all in order, and its event carries the tick that it happened in."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    for who, count in ((bob, 2), (ann, 1), (bob, 3)):
        party.room.command(who.player, Throw(count=count))
    party.step()
    thrown = [e for e in ann.hears("event") if e["name"] == "thrown"]
    assert [(e["data"]["by"], e["data"]["count"], e["tick"]) for e in thrown] == [(2, 2, 2), (1, 1, 2), (2, 3, 2)]


def test_an_event_can_be_for_one_player() -> None:
    """`tell` reaches nobody else."""
    party = Party(Kitchen)
    ann, bob, eve = party.join("Ann"), party.join("Bob"), party.spectate()
    party.step()
    party.room.command(ann.player, Throw(count=4))
    party.step()
    assert ann.events("whisper") == [{"coins": 6}]
    assert bob.events("whisper") == eve.events("whisper") == []
    assert bob.events("thrown") == eve.events("thrown") == [{"by": 1, "count": 4}]


def test_a_refused_command_is_its_sender_s_error_and_is_acknowledged() -> None:
    """The error names the seq; nothing else in the game changed."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    party.room.command(ann.player, Throw(count=200), seq=7)
    party.step()
    assert ann.hears("error") == [{"code": "too_poor", "message": "You have 10 coins.", "seq": 7}]
    assert bob.hears("error") == []
    assert ann.replica is not None
    assert ann.replica.ack == 7
    assert ann.table("purses")[1][0] == 10


def test_seq_must_rise() -> None:
    """A number that was used, or a lower one, is refused and does nothing."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    party.room.input(ann.player, Steer(dx=1), seq=5)
    with pytest.raises(Refused, match="bad_message"):
        party.room.command(ann.player, Throw(), seq=5)
    with pytest.raises(Refused, match="bad_message"):
        party.room.input(ann.player, Steer(dx=-1), seq=4)
    party.room.command(ann.player, Throw(), seq=6)
    party.step()
    assert ann.replica is not None
    assert ann.replica.ack == 6


def test_inputs_hold_and_move_runs_once_a_tick() -> None:
    """One input moves the player every tick until another comes; ack follows the one applied."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    party.game.bodies[1].x = 100
    party.room.input(ann.player, Steer(dx=1, fire=True), seq=1)
    party.step(3)
    assert party.game.bodies[1].x == 109
    assert party.game.bodies[1].fired == 3
    party.room.input(ann.player, Steer(dx=-1), seq=2)
    party.room.input(ann.player, Steer(), seq=3)
    party.step()
    assert ann.replica is not None
    assert (party.game.bodies[1].x, ann.replica.ack) == (106, 2)
    party.step()
    assert (party.game.bodies[1].x, ann.replica.ack) == (106, 3)


def test_an_input_can_be_the_game_s_own() -> None:
    """`on_<input>` is called each tick with what is held."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    assert party.game.bodies[1].angle == 0
    party.room.input(ann.player, Look(angle=77))
    party.step(2)
    assert party.game.bodies[1].angle == 77


def test_unchanged_state_costs_an_empty_delta() -> None:
    """A snapshot is sent each tick, changed or not."""
    party = Party(Quiet)
    ann = party.join("Ann")
    party.step(3)
    deltas = [json.loads(frame)["payload"] for frame in ann.frames]
    assert [d["tick"] for d in deltas] == [1, 2, 3]
    assert [d["base"] for d in deltas] == [None, 1, 2]
    assert deltas[1]["tables"] == deltas[2]["tables"] == {}


@pytest.mark.parametrize("skipped", [1, 10, 63, 64, 65, 200])
def test_a_slow_member_is_caught_up_by_one_snapshot(skipped: int) -> None:
    """Who missed snapshots ends with the same state as who missed none, by a delta or a keyframe."""
    party = Party(Kitchen, bots=3)
    ann = party.join("Ann")
    party.step(5)
    slow = party.spectate()
    fast = party.spectate()
    party.step()
    slow.slow = True
    party.step(skipped - 1)
    party.room.command(ann.player, Throw(count=3))
    party.step()
    slow.slow = False
    party.step()
    assert slow.replica is not None
    assert fast.replica is not None
    assert slow.replica.tables == fast.replica.tables
    base = json.loads(slow.frames[-1])["payload"]["base"]
    assert (base is None) == (skipped >= 64)


def test_bots_fill_and_make_room() -> None:
    """Bots make up the number, are announced, act, and go as people come; they count as no people."""
    party = Party(Kitchen, bots=3)
    ann = party.join("Ann")
    party.step()
    assert (party.room.people, party.room.bot_count) == (1, 2)
    assert [p["bot"] for p in ann.hears("player_joined")] == [True, True]
    assert ann.hears("joined")[0]["audience"] == {"players": 1, "spectators": 0}
    party.step(200)
    assert {e["by"] for e in ann.events("thrown")} == {2, 3}
    for name in ("Bob", "Cid", "Dan"):
        party.join(name)
    party.step()
    assert (party.room.people, party.room.bot_count) == (4, 0)
    assert [p["reason"] for p in ann.hears("player_left")] == ["made_room", "made_room"]


def test_bots_never_take_a_seat_that_a_person_wants() -> None:
    """With bots in every seat, a person still gets in: the last bot goes first."""
    party = Party(Kitchen, bots=4)
    party.join("Ann")
    party.step()
    assert party.room.bot_count == 3
    party.join("Bob")
    party.step()
    assert (party.room.people, party.room.bot_count) == (2, 2)
    assert len(party.room.engine.players) == 4


def test_a_bot_s_values_are_checked_like_anyone_s() -> None:
    """What no player could send, no bot can either: it ends the room, and says what was wrong."""

    class Cheat(Kitchen):
        def bot(self, player: Player) -> BotAction:
            return Steer(dx=5)

    party = Party(Cheat, bots=1)
    with pytest.raises(RoomFailed) as failure:
        party.step()
    assert failure.value.hook == "bot"
    assert "<= 1 - at `$.dx`" in str(failure.value.__cause__)


def test_a_bot_plays_its_own_game_only() -> None:
    """A command of another game ends the room with a report, like any other mistake of the game."""

    class Lost(Quiet):
        def bot(self, player: Player) -> BotAction:
            return Break()

    party = Party(Lost, bots=1)
    with pytest.raises(RoomFailed) as failure:
        party.step()
    assert failure.value.hook == "bot"


def test_a_loaded_room_keeps_its_players_seats() -> None:
    """They are taken, though nobody is connected to them."""
    party = Party(Quiet)
    party.join("Ann")
    party.step()
    again = Party(Quiet, saved=party.room.save())
    again.join("Bob")
    with pytest.raises(Refused, match="is full"):
        again.join("Cid")


def test_what_was_refused_on_its_way_leaves_the_state_as_it_was() -> None:
    """Its number is acknowledged, but it is no part of the game."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    before = party.room.state_hash()
    party.room.skip(ann.player, 5)
    party.room.skip(ann.player, 3)
    assert party.room.state_hash() == before
    party.step()
    assert ann.replica is not None
    assert ann.replica.ack == 5


def test_end_tells_a_result_and_lets_everyone_go() -> None:
    """A result that is no Event arrives as an event `end`, then `left`."""
    party = Party(Quiet)
    ann, eve = party.join("Ann"), party.spectate()
    party.step()
    party.room.command(ann.player, Throw(count=9))
    party.step()
    assert party.room.ended
    for guest in (ann, eve):
        assert guest.events("end") == [{"result": {"winner": 1}}]
        assert guest.inbox[-1] == ("left", {"reason": "ended"})
    with pytest.raises(Refused, match="has ended"):
        party.join("Late")
    with pytest.raises(Refused, match="has ended"):
        party.spectate()


@pytest.mark.parametrize("how", ["raise", "exit", "share", "bounds"])
def test_a_game_that_fails_ends_its_room_with_a_report(how: str) -> None:
    """The failure names game, seed, tick and hook, keeps its cause, and members can be told."""
    party = Party(Kitchen, seed=99)
    ann = party.join("Ann")
    party.step(2)
    party.room.command(ann.player, Break(how=how))
    with pytest.raises(RoomFailed) as failure:
        party.step()
    assert (failure.value.game, failure.value.seed, failure.value.tick) == ("kitchen", 99, 3)
    assert failure.value.__cause__ is not None
    assert failure.value.hook == ("snapshot" if how == "bounds" else "on_break")
    if how == "bounds":
        assert "bodies[1].fired is 70000" in str(failure.value.__cause__)
    party.deliver(party.room.close("crashed"))
    assert ann.inbox[-1] == ("left", {"reason": "crashed"})


def test_options_reach_the_game() -> None:
    """A room made with options plays by them."""
    party = Party(Kitchen, options=Setup(coins=3))
    ann = party.join("Ann")
    party.step()
    assert ann.table("purses")[1][0] == 3


def test_frames_share_what_is_public_and_keep_apart_what_is_not() -> None:
    """Two players' frames differ in handle, ack and secrets alone."""
    party = Party(Kitchen)
    ann, bob = party.join("Ann"), party.join("Bob")
    party.step()
    a, b = (json.loads(party.room.frame(g.member.id, None, JSON))["payload"] for g in (ann, bob))
    assert a["tables"].pop("purses") == {"set": {"1": [10, "nothing"]}}
    assert b["tables"].pop("purses") == {"set": {"2": [10, "nothing"]}}
    assert a == b


def test_the_hash_sees_every_part_of_the_state() -> None:
    """A row, an attribute, a random number, a waiting input, the tick: each changes the hash."""
    party = Party(Kitchen)
    ann = party.join("Ann")
    party.step()
    seen = {party.room.state_hash()}

    def changed() -> bool:
        before = len(seen)
        seen.add(party.room.state_hash())
        return len(seen) == before + 1

    party.game.bodies[1].x ^= 1
    assert changed()
    party.game.log.append("x")
    assert changed()
    party.game.random.random()
    assert changed()
    party.room.input(ann.player, Steer(dx=1), seq=1)
    assert changed()
    party.step()
    assert changed()
    assert not changed()
