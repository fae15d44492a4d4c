"""Back into the same seat, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gameserver.games.tag import Steer, Tag
from gameserver_client import (
    Client,
    ConnectError,
    ConnectionLost,
    Presence,
    Refused,
    Room,
    RoomLeft,
    ServerError,
    connect,
)
from tests.client.conftest import patient
from tests.client.scripted import Script

ANN = {"player": 2, "name": "Ann", "bot": False}
BOB = {"player": 3, "name": "Bob", "bot": False}
CAT = {"player": 4, "name": "Cat", "bot": False}
RUNNER = [400, 300, False, 0, 0]


def heard(room: Room) -> list[str]:
    """Note what becomes of a room."""
    news: list[str] = []
    room.on("lost", lambda _: news.append("lost"))
    room.on("joined", lambda _: news.append("resumed" if room.resumed else "joined"))
    room.on("left", lambda reason: news.append(f"left: {reason}"))
    return news


async def test_a_lost_connection_comes_back_into_the_seat(script: Script) -> None:
    """The same `Room` and player; the state stays until the keyframe comes, and whoever waits for one gets that."""
    room = await script.join()
    news, before = heard(room), room.state
    waiting = await script.begin(room.next_snapshot())
    script.lose()
    assert (room.status, room.lost_at_s is not None) == ("lost", True)
    script.connect()
    assert script.sent() == [("resume", {"token": "t1"})]
    await script.let_in(1, "t2", tick=30)
    assert (room.status, room.resumed, room.lost_at_s, room.player) == ("joined", True, None, 2)
    assert room.state is before
    assert room.ack is None
    await script.snapshot(1, 31, runners={"set": {"2": RUNNER}})
    assert (await waiting).tick == 31
    assert room.own.x == 400
    assert news == ["lost", "resumed"]


async def test_the_newest_token_wins(script: Script) -> None:
    """Each time the seat is taken back there is another."""
    room = await script.join()
    for number in range(2, 5):
        script.lose()
        script.connect()
        assert script.sent() == [("resume", {"token": f"t{number - 1}"})]
        await script.let_in(1, f"t{number}", tick=10 * number)
        assert room.token == f"t{number}"


@pytest.mark.parametrize("code", ["bad_token", "room_full", "rate_limited", "what_a_later_version_says"])
async def test_a_refusal_falls_back_to_a_seat_in_the_same_room(script: Script, code: str) -> None:
    """Whatever it was refused for; then in another room of the game, and then it is over."""
    room = await script.join()
    news = heard(room)
    script.lose()
    script.connect()
    await script.refuse(code)
    await script.refuse("unknown_room")
    await script.let_in(1, "t9", room="r2", player=1)
    assert script.sent() == [
        ("resume", {"token": "t1"}),
        ("join", {"name": "Ann", "room": "r1"}),
        ("join", {"name": "Ann", "game": "tag"}),
    ]
    assert (room.id, room.player, room.token, room.state) == ("r2", 1, "t9", None)
    assert news == ["lost", "joined"]
    script.lose()
    script.connect()
    for refusal in (code, "room_full", "unknown_game"):
        await script.refuse(refusal)
    assert news == ["lost", "joined", "lost", "left: unknown_game"]


async def test_a_server_that_keeps_no_seats_is_asked_for_none(script: Script) -> None:
    """Its token is null."""
    await script.join(1, None)
    script.lose()
    script.connect()
    assert script.sent() == [("join", {"name": "Ann", "room": "r1"})]


async def test_a_room_that_ended_meanwhile_is_over(script: Script) -> None:
    """It says so with `left` alone; no other is looked for."""
    room = await script.join()
    script.lose()
    script.connect()
    await script.say("left", {"reason": "ended"}, 1)
    assert (room.status, room.left_reason) == ("left", "ended")
    assert script.sent() == [("resume", {"token": "t1"})]


async def test_spectators_come_back_as_spectators(script: Script) -> None:
    """They have no seat to be kept."""
    watching = await script.begin(script.client.spectate("r1"))
    await script.let_in(1, None, role="spectator", player=None)
    room = await watching
    script.sent()
    script.lose()
    script.connect()
    assert script.sent() == [("spectate", {"room": "r1"})]
    await script.let_in(1, None, role="spectator", player=None)
    assert (room.status, room.resumed) == ("joined", False)


async def test_two_rooms_each_by_its_own_token(script: Script) -> None:
    """One after the other, since an answer doesn't say which request it belongs to. Each is answered for itself."""
    one = await script.join(1, "a1", room="r1")
    other = await script.join(2, "b1", room="r2", player=5)
    script.lose()
    script.connect()
    assert script.sent() == [("resume", {"token": "a1"})]
    await script.refuse("bad_token")
    await script.let_in(1, "a2", room="r1", player=9)
    assert script.sent() == [("join", {"name": "Ann", "room": "r1"}), ("resume", {"token": "b1"})]
    await script.let_in(2, "b2", room="r2", player=5, tick=50)
    assert [(room.handle, room.token, room.player, room.resumed) for room in (one, other)] == [
        (1, "a2", 9, False),
        (2, "b2", 5, True),
    ]
    await script.snapshot(2, 51)
    assert (one.state, other.state.tick if other.state else None) == (None, 51)


async def test_a_connection_that_is_lost_again_during_the_resume(script: Script) -> None:
    """The token that wasn't answered is still good; one that was is the newest, keyframe or not."""
    room = await script.join()
    news = heard(room)
    script.lose()
    for _ in range(3):
        script.connect()
        assert script.sent() == [("resume", {"token": "t1"})]
        script.lose()
    script.connect()
    await script.let_in(1, "t2", tick=40)
    script.lose()
    script.sent()
    script.connect()
    assert script.sent() == [("resume", {"token": "t2"})]
    await script.let_in(1, "t3", tick=45)
    await script.snapshot(1, 46)
    assert (room.status, room.state.tick if room.state else None) == ("joined", 46)
    assert news == ["lost", "resumed", "lost", "resumed"]


async def test_nothing_is_said_between_a_resume_and_its_answer(script: Script) -> None:
    """A ping after the server's answer would tell it that the answer arrived, and use up the old token."""
    await script.join()
    script.lose()
    script.connect()
    script.client._pinger._check()
    assert [m["type"] for m in script.connection.sent] == ["resume"]
    await script.refuse("bad_token")
    await script.refuse("bad_name")
    script.client._pinger._check()
    assert script.connection.sent[-1]["type"] == "ping"


@pytest.mark.parametrize("answer", ["joined", "bad_token"])
async def test_a_room_left_while_its_resume_is_under_way(script: Script, answer: str) -> None:
    """The seat is given up as soon as it is there; nothing else is entered instead."""
    room = await script.join()
    script.lose()
    script.connect()
    await room.leave()
    assert room.left_reason == "left"
    if answer == "joined":
        await script.let_in(7, "t2", tick=30)
        assert script.connection.sent[-1] == {"type": "leave", "handle": 7}
    else:
        await script.refuse(answer)
    assert [kind for kind, _ in script.sent() if kind != "leave"] == ["resume"]
    assert (room.status, script.client.joined) == ("left", [])


@patient
async def test_a_room_that_is_being_left_when_the_connection_goes_down(script: Script) -> None:
    """It is left, and not come back to, though nobody knows whether the server heard of it; other rooms are."""
    left = await script.join(1, "a1", room="r1")
    kept = await script.join(2, "b1", room="r2")
    news = heard(left)
    leaving = await script.begin(left.leave())
    assert (script.sent(), left.status, leaving.done()) == ([("leave", {})], "joined", False)
    script.lose()
    await leaving
    assert (left.status, left.left_reason, news) == ("left", "left", ["left: left"])
    assert script.client.joined == [kept]
    script.connect()
    await script.let_in(1, "b2", room="r2", tick=30)
    assert script.sent() == [("resume", {"token": "b1"})]
    assert (kept.status, left.status) == ("joined", "left")


async def test_a_room_is_left_though_nobody_waits_for_it_any_more(script: Script) -> None:
    """Whoever gave up waiting has asked for it all the same."""
    room = await script.join()
    leaving = await script.begin(room.leave())
    leaving.cancel()
    await asyncio.wait([leaving])
    script.lose()
    assert (room.status, room.left_reason) == ("left", "left")


@pytest.mark.parametrize("code", [4001, 4003])
@patient
async def test_a_room_that_is_being_left_when_the_connection_is_closed_for_good(script: Script, code: int) -> None:
    """It was left; whatever the connection was closed for."""
    room = await script.join()
    leaving = await script.begin(room.leave())
    script.close(code)
    await leaving
    assert (room.left_reason, script.client.state) == ("left", "closed")


async def test_a_seat_taken_over_by_another_connection(script: Script) -> None:
    """That room is over, for this client; another on the same connection goes on."""
    taken = await script.join(1, room="r1")
    other = await script.join(2, room="r2")
    waiting = await script.begin(taken.next_snapshot())
    await script.say("left", {"reason": "replaced"}, 1)
    with pytest.raises(RoomLeft, match="replaced"):
        await waiting
    assert (taken.status, taken.left_reason, other.status) == ("left", "replaced", "joined")
    script.lose()
    script.connect()
    assert script.sent() == [("resume", {"token": "t1"})]
    assert script.client.joined == [other]


@pytest.mark.parametrize("told", [True, False])
async def test_a_close_for_a_newer_connection_is_for_good(script: Script, *, told: bool) -> None:
    """It says why, whether or not `left` came before."""
    room = await script.join()
    if told:
        await script.say("left", {"reason": "replaced"}, 1)
    script.close(4001)
    assert (room.left_reason, script.client.state) == ("replaced", "closed")
    assert script.client.closed_reason == "You went on playing elsewhere."
    with pytest.raises(ConnectionLost, match="You went on playing elsewhere"):
        await script.client.join("tag")


async def test_a_server_that_closes_is_come_back_to_with_the_token(script: Script) -> None:
    """When it said; rooms that it empties as it goes aren't over."""
    room = await script.join()
    told: list[Any] = []
    script.client.on("closing", told.append)
    await script.say("closing", {"reason": "Bye.", "retry_after_s": 3.5})
    await script.say("left", {"reason": "closing"}, 1)
    assert (room.status, script.connection.retry_after_s, told[0].retry_after_s) == ("joined", 3.5, 3.5)
    script.lose()
    script.connect()
    assert script.sent() == [("resume", {"token": "t1"})]


async def test_what_is_held_is_held_on(script: Script) -> None:
    """The newest of each input is sent again, also one that changed meanwhile; not into another seat."""
    room = await script.join()
    room.input("steer", dx=1)
    script.lose()
    assert room.input(Steer(dy=1)) is None
    script.connect()
    script.sent()
    await script.let_in(3, "t2", tick=30)
    assert script.connection.sent[0] == {
        "type": "steer", "handle": 3, "seq": room._link.next_seq() - 1, "payload": {"dx": 0, "dy": 1},
    }  # fmt: skip
    script.lose()
    script.connect()
    await script.refuse("bad_token")
    script.sent()
    await script.let_in(1, player=8, tick=40)
    assert script.sent() == []


async def test_commands_do_not_outlive_the_connection(script: Script) -> None:
    """Nobody knows whether they arrived, so they aren't sent again."""
    room = await script.join()
    command = await script.begin(room.command("tag"))
    script.lose()
    with pytest.raises(ConnectionLost):
        await command
    script.connect()
    script.sent()
    await script.let_in(1, "t2", tick=30)
    assert script.sent() == []


async def test_who_came_and_went_and_is_away_meanwhile_is_told(script: Script) -> None:
    """Each once: who was away before and still is, is no news; who isn't mentioned again is back."""
    room = await script.join(players=[ANN, BOB, CAT, {"player": 5, "name": "Dan", "bot": False}])
    for away in (3, 4):
        await script.say("player_away", {"player": away}, 1)
    changes: list[tuple[str, str]] = []

    def note(presence: Presence) -> None:
        changes.append((presence.change, presence.player.name))

    room.on("presence", note)
    script.lose()
    script.connect()
    eve = {"player": 6, "name": "Eve", "bot": False}
    await script.let_in(1, "t2", tick=30, players=[ANN, BOB, CAT, eve])
    await script.say("player_away", {"player": 3}, 1)
    await script.say("player_away", {"player": 6}, 1)
    assert changes == [("left", "Dan"), ("joined", "Eve"), ("away", "Eve")]
    await script.snapshot(1, 31)
    assert changes[3:] == [("back", "Cat")]
    assert {p.name: p.away for p in room.players.values()} == {"Ann": False, "Bob": True, "Cat": False, "Eve": True}
    assert room.name_of(5) == "Dan"
    await script.say("player_back", {"player": 3}, 1)
    assert changes[4:] == [("back", "Bob")]


async def test_a_newcomer_is_told_who_is_away(script: Script) -> None:
    """Right after his `joined`."""
    room = await script.join(players=[ANN, BOB])
    await script.say("player_away", {"player": 3}, 1)
    assert [player.away for player in room.players.values()] == [False, True]


async def test_a_room_that_went_back_in_time_is_begun_anew(script: Script) -> None:
    """As after a crash of the server: its clock and all that was drawn are of another time. The seat is the same."""
    room = await script.join(tick=100)
    room.predict(Tag.predict)
    drawing = room._drawing
    script.lose()
    script.connect()
    await script.let_in(1, "t2", tick=60)
    assert (room.resumed, room.state) == (True, None)
    assert room._drawing is not drawing
    assert room._drawing.predictor is not None
    await script.snapshot(1, 60, runners={"set": {"2": RUNNER}})
    assert room.own.x == 400


async def test_a_seat_is_taken_over_by_its_token(script: Script) -> None:
    """From another connection, or by another run of a program; the way back knows the name in that seat."""
    taking = await script.begin(script.client.resume("t5"))
    assert script.sent() == [("resume", {"token": "t5"})]
    await script.let_in(1, "t6")
    room = await taking
    assert (room.resumed, room.player, script.client.joined) == (True, 2, [room])
    script.lose()
    script.connect()
    await script.refuse("bad_token")
    assert script.sent() == [("resume", {"token": "t6"}), ("join", {"name": "Ann", "room": "r1"})]


async def test_a_token_that_is_not_valid_is_refused(script: Script) -> None:
    """In words, and nothing else is entered."""
    taking = await script.begin(script.client.resume("forged"))
    await script.refuse("bad_token")
    with pytest.raises(Refused) as refused:
        await taking
    assert refused.value.code == "bad_token"
    assert script.sent() == [("resume", {"token": "forged"})]


async def test_what_was_asked_for_while_away_comes_after_the_ways_back(script: Script) -> None:
    """First the seats that wait."""
    await script.join()
    script.lose()
    joining = await script.begin(script.client.join("tag", name="Zoe"))
    script.connect()
    await script.let_in(1, "t2", tick=30)
    await script.let_in(2, "z1", room="r3")
    assert script.sent() == [("resume", {"token": "t1"}), ("join", {"game": "tag", "name": "Zoe"})]
    assert (await joining).id == "r3"


Enter = Callable[[Client], Coroutine[Any, Any, Room]]
each_way_in = pytest.mark.parametrize(
    "enter",
    [
        pytest.param(lambda client: client.join("tag"), id="join"),
        pytest.param(lambda client: client.spectate(game="tag"), id="spectate"),
        pytest.param(lambda client: client.resume("t5"), id="resume"),
    ],
)


@each_way_in
@pytest.mark.parametrize("handle", [None, 1])
@pytest.mark.parametrize("answers", [{}, {"seq": 4_000_000_000}])
@patient
async def test_an_error_about_something_else_is_not_the_answer(
    script: Script,
    enter: Enter,
    answers: dict[str, int],
    handle: int | None,
) -> None:
    """As when a ping, or an input, of a room crossed its `left`: the server knows no such room any more."""
    room = await script.join()
    leaving = await script.begin(room.leave())
    await script.say("left", {"reason": "left"}, 1)
    await leaving
    errors: list[ServerError] = []
    script.client.on("error", errors.append)
    entering = await script.begin(enter(script.client))
    await script.say("error", {"code": "not_joined", "message": "No such room.", **answers}, handle)
    assert not entering.done()
    assert [error.code for error in errors] == ["not_joined"]
    await script.let_in(2)
    assert (await entering).handle == 2


@each_way_in
@patient
async def test_a_refusal_has_the_number_of_what_it_refuses(script: Script, enter: Enter) -> None:
    """Another for each request, out of the same count as those of commands."""
    room = await script.join()
    for _ in range(2):
        before = room._link.next_seq()
        entering = await script.begin(enter(script.client))
        assert script.connection.sent[-1]["seq"] == before + 1
        await script.refuse("room_full")
        with pytest.raises(Refused) as refused:
            await entering
        assert (refused.value.code, refused.value.seq) == ("room_full", before + 1)
    assert room.status == "joined"


@each_way_in
@patient
async def test_a_room_turns_somebody_away_under_the_handle_of_his_own(script: Script, enter: Enter) -> None:
    """Without a number: it was the game that refused him, a tick later."""
    room = await script.join()
    entering = await script.begin(enter(script.client))
    await script.say("error", {"code": "not_you", "message": "Anyone but Ann."}, 2)
    with pytest.raises(Refused, match="Anyone but Ann"):
        await entering
    assert room.status == "joined"


@pytest.mark.parametrize("ticket", ["", "two words", "line\nbreak", "Zürich"])
def test_what_is_no_ticket(ticket: str) -> None:
    """A header couldn't hold it."""
    with pytest.raises(ConnectError, match="no ticket"):
        connect("http://127.0.0.1:1", ticket=ticket)


async def test_a_ticket_can_be_replaced(script: Script) -> None:
    """As of the next connection; it is checked like the first."""
    script.client.ticket = "fresh"
    assert (script.connection.ticket, script.client.ticket) == ("fresh", "fresh")
    with pytest.raises(ConnectError):
        script.client.ticket = "not this one"
