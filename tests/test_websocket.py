"""The endpoint over real sockets: everything that a stranger may send, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from gameserver.connection import Wire
from gameserver.errors import SnapshotError
from gameserver.protocol.json_snapshots import JsonSnapshots
from gameserver.protocol.snapshot import State
from gameserver.room import Room
from gameserver.settings import Settings
from tests.conftest import Connect, Serve
from tests.games import Kitchen, Quiet
from tests.peer import Peer

DEEP = "[" * 2000 + "]" * 2000

BEFORE_JOINING: list[tuple[str, str, str]] = [
    ("not JSON", "hello", "bad_json"),
    ("nothing", "", "bad_json"),
    ("half of JSON", '{"type": "ping"', "bad_json"),
    ("two of JSON", '{"type": "ping"} {}', "bad_json"),
    ("NaN", '{"type": "ping", "payload": {"t": NaN}}', "bad_json"),
    ("a list", "[1, 2]", "bad_message"),
    ("a string", '"ping"', "bad_message"),
    ("a number", "7", "bad_message"),
    ("null", "null", "bad_message"),
    ("a broken list", "[1, 2", "bad_json"),
    ("no type", '{"payload": {}}', "bad_message"),
    ("a type that is a number", '{"type": 7}', "bad_message"),
    ("an unknown field beside the type", '{"type": "ping", "who": "me"}', "bad_message"),
    ("a negative seq", '{"type": "ping", "seq": -1}', "bad_message"),
    ("a seq of 33 bits", '{"type": "ping", "seq": 4294967296}', "bad_message"),
    ("a handle that is text", '{"type": "ping", "handle": "1"}', "bad_message"),
    ("an unknown type", '{"type": "fly"}', "unknown_type"),
    ("a server's type", '{"type": "joined"}', "unknown_type"),
    ("a missing field", '{"type": "spectate"}', "bad_payload"),
    ("an unknown field", '{"type": "ping", "payload": {"t": 1, "u": 2}}', "bad_payload"),
    ("a mistyped field", '{"type": "spectate", "payload": {"room": 7}}', "bad_payload"),
    ("a payload that is a list", '{"type": "ping", "payload": [1]}', "bad_payload"),
    ("a payload that is null", '{"type": "ping", "payload": null}', "bad_payload"),
    ("a 3,000-digit int", '{"type": "ping", "payload": {"t": ' + "9" * 3000 + "}}", "bad_payload"),
    ("1e999", '{"type": "ping", "payload": {"t": 1e999}}', "bad_payload"),
    ("deep nesting", DEEP, "bad_json|bad_message"),  # how deep is too deep is up to the version of Python
    (
        "deep nesting in the payload",
        '{"type": "ping", "payload": {"t": ' + DEEP[1000:3000] + "}}",
        "bad_json|bad_payload",
    ),
    ("half of a surrogate pair", r'{"type": "ping", "payload": {"t": "\ud800"}}', "bad_json"),
    ("a game's command before joining", '{"type": "throw", "payload": {"count": 1}}', "not_joined"),
    ("a game's input before joining", '{"type": "steer"}', "not_joined"),
    ("a handle that isn't there", '{"type": "throw", "handle": 3}', "not_joined"),
    ("chat before joining", '{"type": "chat", "payload": {"text": "hi"}}', "not_joined"),
    ("leave before joining", '{"type": "leave"}', "not_joined"),
    ("a long unknown type", json.dumps({"type": "x" * 100}), "unknown_type"),
    ("a long unknown room", json.dumps({"type": "spectate", "payload": {"room": "x" * 100}}), "unknown_room"),
    ("an invisible name", '{"type": "join", "payload": {"game": "kitchen", "name": "\\u3164"}}', "bad_name"),
    ("an unknown game", '{"type": "join", "payload": {"game": "chess"}}', "unknown_game"),
    ("no game where there are two", '{"type": "join"}', "unknown_game"),
    ("an unknown room", '{"type": "join", "payload": {"room": "nowhere"}}', "unknown_room"),
    ("an unknown room to watch", '{"type": "spectate", "payload": {"room": "nowhere"}}', "unknown_room"),
    ("an unknown game to watch", '{"type": "spectate", "payload": {"game": "chess"}}', "unknown_game"),
    (
        "a room and a game to watch",
        '{"type": "spectate", "payload": {"room": "nowhere", "game": "kitchen"}}',
        "bad_payload",
    ),
    ("an unknown code", '{"type": "join", "payload": {"code": "ABCD"}}', "unknown_room"),
    ("unknown options", '{"type": "join", "payload": {"game": "kitchen", "options": {"x": 1}}}', "bad_payload"),
    (
        "options out of bounds",
        '{"type": "join", "payload": {"game": "kitchen", "options": {"coins": -1}}}',
        "bad_payload",
    ),
    ("an empty name", '{"type": "join", "payload": {"game": "kitchen", "name": ""}}', "bad_name"),
    ("a blank name", '{"type": "join", "payload": {"game": "kitchen", "name": "  \\u00a0 "}}', "bad_name"),
    ("a long name", json.dumps({"type": "join", "payload": {"game": "kitchen", "name": "x" * 25}}), "bad_name"),
    ("a control character", '{"type": "join", "payload": {"game": "kitchen", "name": "a\\u0007b"}}', "bad_name"),
    ("a line break", '{"type": "join", "payload": {"game": "kitchen", "name": "a\\n"}}', "bad_name"),
    ("a right-to-left override", '{"type": "join", "payload": {"game": "kitchen", "name": "a\\u202eb"}}', "bad_name"),
    ("a name that is a number", '{"type": "join", "payload": {"game": "kitchen", "name": 7}}', "bad_payload"),
    ("a token that is none", '{"type": "resume", "payload": {"token": "x"}}', "bad_token"),
]

WHILE_PLAYING: list[tuple[str, str, str]] = [
    ("out of bounds", '{"type": "throw", "payload": {"count": 256}}', "bad_payload"),
    ("below bounds", '{"type": "throw", "payload": {"count": -1}}', "bad_payload"),
    ("an axis of 2", '{"type": "steer", "payload": {"dx": 2}}', "bad_payload"),
    ("an axis of 0.5", '{"type": "steer", "payload": {"dx": 0.5}}', "bad_payload"),
    ("an axis that is true", '{"type": "steer", "payload": {"dx": true}}', "bad_payload"),
    ("an unknown field of a command", '{"type": "throw", "payload": {"counts": 1}}', "bad_payload"),
    ("a mistyped field of a command", '{"type": "throw", "payload": {"count": "1"}}', "bad_payload"),
    ("a 3,000-digit count", '{"type": "throw", "payload": {"count": ' + "9" * 3000 + "}}", "bad_payload"),
    ("an unknown command", '{"type": "jump"}', "unknown_type"),
    ("a command for another handle", '{"type": "throw", "handle": 9}', "not_joined"),
    ("empty chat", '{"type": "chat", "payload": {"text": ""}}', "bad_payload"),
    ("blank chat", '{"type": "chat", "payload": {"text": "   "}}', "bad_payload"),
    ("long chat", json.dumps({"type": "chat", "payload": {"text": "x" * 201}}), "bad_payload"),
    ("chat with a control character", '{"type": "chat", "payload": {"text": "a\\u0000"}}', "bad_payload"),
    ("joining the same game again", '{"type": "join", "payload": {"game": "kitchen"}}', "already_joined"),
]


async def play_on(peer: Peer) -> None:
    """Show that a client is unaffected: no snapshot missing, and its command is answered."""
    await peer.snapshots(3)
    await peer.send("ping", {"t": 5})
    assert (await peer.expect("pong"))["payload"]["t"] == 5


@pytest.mark.parametrize(("frame", "code"), [c[1:] for c in BEFORE_JOINING], ids=[c[0] for c in BEFORE_JOINING])
async def test_bad_input_gets_an_error_and_nothing_else(serve: Serve, connect: Connect, frame: str, code: str) -> None:
    """The one who sent it can go on, and a second client misses nothing."""
    running = await serve()
    other, peer = await connect(running), await connect(running)
    await other.join(game="kitchen", name="Other")
    await peer.ws.send_str(frame)
    assert (await peer.error())["code"] in code.split("|")
    await play_on(other)
    assert [m["type"] for m in other.seen if m["type"] in {"error", "closing", "left", "player_left"}] == []
    joined = await peer.join(game="kitchen", name="Peer")
    assert joined["player"] == 2
    await play_on(peer)


async def test_bad_input_while_playing_gets_an_error_and_nothing_else(serve: Serve, connect: Connect) -> None:
    """Each line in turn, in one game: the sender plays on, and the other misses no snapshot."""
    running = await serve()
    other, peer = await connect(running), await connect(running)
    await other.join(game="kitchen", name="Other")
    await peer.join(game="kitchen", name="Peer")
    for what, frame, code in WHILE_PLAYING:
        await peer.ws.send_str(frame)
        assert (await peer.error())["code"] == code, what
    await play_on(peer)
    await play_on(other)
    ticks = other.snapshot_ticks
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    assert not [m for m in other.seen if m["type"] == "error"]


async def test_an_error_names_the_seq_and_the_room_of_what_it_answers(serve: Serve, connect: Connect) -> None:
    """A client can tell which of its messages failed."""
    running = await serve()
    peer = await connect(running)
    await peer.join(game="kitchen")
    await peer.send("throw", {"count": "x"}, handle=1, seq=41)
    message = await peer.expect("error")
    assert (message["payload"]["seq"], message["handle"]) == (41, 1)
    await peer.send("throw", {"count": 99}, seq=42)
    message = await peer.expect("error", code="too_poor")
    assert (message["payload"]["seq"], message["handle"]) == (42, 1)
    await peer.send("nonsense")
    assert "seq" not in await peer.error()


async def test_what_is_refused_on_its_way_is_acknowledged_too(serve: Serve, connect: Connect) -> None:
    """A client that predicts doesn't wait for what will never come, and the error tells it first."""
    running = await serve()
    peer = await connect(running)
    await peer.join(game="kitchen")
    await peer.send("steer", {"dx": 1}, seq=3)
    await peer.send("steer", {"dx": 7}, seq=8)
    message = await peer.expect("error")
    assert (message["payload"]["code"], message["payload"]["seq"], message["handle"]) == ("bad_payload", 8, 1)
    while peer.replicas[1].ack != 8:
        await peer.snapshot()


async def test_a_binary_frame_is_refused_and_the_connection_goes_on(serve: Serve, connect: Connect) -> None:
    """Binary is for the server only."""
    running = await serve()
    other, peer = await connect(running), await connect(running)
    await other.join(game="kitchen")
    await peer.ws.send_bytes(b"\x00\x01")
    assert (await peer.error())["code"] == "no_binary"
    await peer.join(game="kitchen")
    await play_on(peer)
    await play_on(other)


async def test_a_frame_of_4_kib_is_read_and_a_longer_one_closes_with_1009(serve: Serve, connect: Connect) -> None:
    """The limit is exact, and only the one who broke it is closed."""
    running = await serve()
    other, peer = await connect(running), await connect(running)
    await other.join(game="kitchen")
    await peer.ws.send_str('{"type": "ping"}'.ljust(4096))
    await peer.expect("pong")
    await peer.ws.send_str('{"type": "ping"}'.ljust(4097))
    assert await peer.closed() == 1009
    await play_on(other)


async def test_invalid_utf8_closes_with_1007(serve: Serve, connect: Connect) -> None:
    """As RFC 6455, section 8.1, says."""
    running = await serve()
    other, peer = await connect(running), await connect(running)
    await other.join(game="kitchen")
    await peer.ws.send_frame(b'{"type": "\xff\xfe"}', WSMsgType.TEXT)
    assert await peer.closed() == 1007
    await play_on(other)


async def test_a_spectator_s_command_is_refused_but_he_may_chat_and_leave(serve: Serve, connect: Connect) -> None:
    """Watching is not playing, with or without the handle."""
    running = await serve()
    player, watcher = await connect(running), await connect(running)
    room = (await player.join(game="kitchen", name="Ann"))["room"]
    joined = await watcher.spectate(room)
    assert (joined["role"], joined["player"], joined["audience"]) == (
        "spectator",
        None,
        {"players": 1, "spectators": 1},
    )
    for handle in (None, joined["handle"]):
        await watcher.send("throw", {"count": 1}, handle=handle)
        assert (await watcher.error())["code"] == "spectator"
    await watcher.send("chat", {"text": "go Ann"})
    assert (await player.expect("chat"))["payload"] == {"player": None, "name": "Spectator", "text": "go Ann"}
    await watcher.send("leave")
    assert (await watcher.expect("left"))["payload"] == {"reason": "left"}
    await play_on(player)


async def test_a_full_room_is_refused_by_id_and_quick_match_opens_another(serve: Serve, connect: Connect) -> None:
    """Two seats: the third is told, and finds a new room when it names none."""
    running = await serve()
    ann, bob, cid = await connect(running), await connect(running), await connect(running)
    room = (await ann.join(game="quiet"))["room"]
    assert (await bob.join(game="quiet"))["room"] == room
    await cid.send("join", {"room": room})
    assert (await cid.error())["code"] == "room_full"
    assert (await cid.join(game="quiet"))["room"] != room
    await play_on(ann)


async def test_watching_a_game_opens_a_room_that_its_bots_play_in(serve: Serve, connect: Connect) -> None:
    """Nobody has to be there first; whoever then plays comes into the room that is watched."""
    running = await serve(bots=3)
    eve, ann = await connect(running), await connect(running)
    assert len(running.server.rooms) == 0
    watched = await eve.spectate(game="kitchen")
    assert (watched["game"], watched["role"], watched["audience"]) == (
        "kitchen",
        "spectator",
        {"players": 0, "spectators": 1},
    )
    assert len(eve.replicas[watched["handle"]].tables["bodies"]) == 3
    joined = await ann.join(game="kitchen")
    assert joined["room"] == watched["room"]
    assert joined["tick"] > watched["tick"]


async def test_a_game_is_watched_where_most_people_play(serve: Serve, connect: Connect) -> None:
    """The fullest room of that game, whatever its options, and locked or not; full audiences are passed by."""
    running = await serve(settings=Settings(max_spectators=1))
    ann, bob, cid = await connect(running), await connect(running), await connect(running)
    eve, fay, gus = await connect(running), await connect(running), await connect(running)
    alone = (await cid.join(game="kitchen"))["room"]
    special = (await ann.join(game="kitchen", options={"coins": 3}))["room"]
    await bob.join(room=special)
    assert (await eve.spectate(game="kitchen"))["room"] == special
    assert (await fay.spectate(game="kitchen"))["room"] == alone
    quiet = await gus.join(game="quiet")
    await gus.send("throw", {"count": 1})  # locks it
    await gus.snapshots(2)
    assert not running.server.rooms.get(quiet["room"]).open
    assert (await ann.spectate(game="quiet"))["room"] == quiet["room"]
    assert (await bob.spectate(game="quiet"))["room"] not in {quiet["room"], special, alone}


async def test_joining_a_room_twice_is_refused(serve: Serve, connect: Connect) -> None:
    """By id, by quick match, or to watch what one plays."""
    running = await serve()
    peer = await connect(running)
    room = (await peer.join(game="kitchen"))["room"]
    for kind, payload in (("join", {"room": room}), ("join", {"game": "kitchen"}), ("spectate", {"room": room})):
        await peer.send(kind, payload)
        assert (await peer.error())["code"] == "already_joined"
    await play_on(peer)


async def test_a_connection_plays_in_one_room_and_watches_another(serve: Serve, connect: Connect) -> None:
    """Each room has its handle; what needs one and has none is refused, and leaving one keeps the other."""
    running = await serve()
    ann, bob = await connect(running), await connect(running)
    kitchen = await ann.join(game="kitchen", name="Ann")
    quiet = await bob.join(game="quiet", name="Bob")
    watched = await ann.spectate(quiet["room"])
    assert (kitchen["handle"], watched["handle"]) == (1, 2)
    await ann.send("chat", {"text": "where?"})
    assert (await ann.error())["code"] == "which_room"
    await ann.send("leave")
    assert (await ann.error())["code"] == "which_room"
    await ann.send("chat", {"text": "hi Bob"}, handle=2)
    assert (await bob.expect("chat"))["payload"]["name"] == "Ann"
    await ann.send("throw", {"count": 2})  # a command goes to the only seat
    assert (await ann.expect("event", name="thrown"))["handle"] == 1
    assert (await ann.join(game="kitchen", options={"coins": 3}))["handle"] == 3
    await ann.send("throw", {"count": 1})
    assert (await ann.error())["code"] == "which_room"
    await ann.send("leave", handle=1)
    assert (await ann.expect("left"))["handle"] == 1
    assert (await ann.snapshot(2))["tick"] > 0
    await ann.send("throw", {"count": 1}, handle=1)
    assert (await ann.error())["code"] == "not_joined"


async def test_quick_match_fills_the_fullest_open_room(serve: Serve, connect: Connect) -> None:
    """Bots don't count, and other options mean another room."""
    running = await serve(bots=3)
    peers = [await connect(running) for _ in range(4)]
    first = await peers[0].join(game="kitchen")
    other = await peers[1].join(game="kitchen", options={"coins": 3})
    assert other["room"] != first["room"]
    assert (await peers[2].join(game="kitchen", options={"coins": 3}))["room"] == other["room"]
    assert (await peers[3].join(game="kitchen"))["room"] == first["room"]


async def test_joining_by_id_needs_no_game_but_must_not_name_another(serve: Serve, connect: Connect) -> None:
    """A share link carries the room alone."""
    running = await serve()
    ann, bob = await connect(running), await connect(running)
    room = (await ann.join(game="kitchen"))["room"]
    await bob.send("join", {"room": room, "game": "quiet"})
    assert (await bob.error())["code"] == "unknown_room"
    assert (await bob.join(room=room))["room"] == room


async def test_what_a_join_by_id_carries_is_checked_too(serve: Serve, connect: Connect) -> None:
    """A game that isn't there, options that the room's game doesn't know."""
    running = await serve()
    ann, bob = await connect(running), await connect(running)
    room = (await ann.join(game="kitchen"))["room"]
    await bob.send("join", {"room": room, "game": "chess"})
    assert (await bob.error())["code"] == "unknown_game"
    await bob.send("join", {"room": room, "options": {"zzz": 1}})
    assert (await bob.error())["code"] == "bad_payload"
    assert (await bob.join(room=room, game="kitchen", options={"coins": 10}))["room"] == room


async def test_coming_and_going_in_one_tick_is_bounded(serve: Serve, connect: Connect) -> None:
    """Who is still leaving can't come back before he has left: nobody is flooded with joins."""
    running = await serve(tick_rate=5)
    ann, bob = await connect(running), await connect(running)
    room = (await ann.join(game="kitchen"))["room"]
    for _ in range(10):
        await bob.send("join", {"room": room})
        await bob.send("leave")
    assert (await bob.expect("error"))["payload"]["code"] == "rate_limited"
    await bob.expect("left")
    await ann.snapshots(1)
    assert len([m for m in ann.seen if m["type"] == "player_joined"]) == 1


async def test_the_only_game_needs_no_name(serve: Serve, connect: Connect) -> None:
    """`join {}` on a server of one game."""
    running = await serve(Kitchen)
    assert (await (await connect(running)).join())["game"] == "kitchen"


async def test_a_dropped_connection_is_seen_by_the_others(serve: Serve, connect: Connect) -> None:
    """Cleanup always runs: also when the peer doesn't say goodbye. His seat waits, then goes."""
    running = await serve(settings=Settings(resume_s=0.1))
    ann, bob = await connect(running), await connect(running)
    await ann.join(game="kitchen")
    await bob.join(game="kitchen")
    transport = bob.ws._response.connection.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.abort()
    assert (await ann.expect("player_away"))["payload"] == {"player": 2}
    assert (await ann.expect("player_left"))["payload"] == {"player": 2, "reason": "disconnected"}
    assert len(running.server.connections) == 1


async def test_pong_tells_the_room_s_time(serve: Serve, connect: Connect) -> None:
    """With its fraction where one room is meant; null before joining."""
    running = await serve()
    peer = await connect(running)
    await peer.send("ping", {"t": 1.25})
    assert (await peer.expect("pong"))["payload"] == {"t": 1.25, "tick": None}
    await peer.join(game="kitchen")
    tick = (await peer.snapshot())["tick"]
    await peer.send("ping", {"t": 17})
    pong = (await peer.expect("pong"))["payload"]
    assert pong["t"] == 17
    assert tick <= pong["tick"] < tick + 20


async def test_a_hook_that_raises_ends_its_room_only(serve: Serve, connect: Connect) -> None:
    """Its members are told and stay connected; another room of the same game doesn't notice."""
    running = await serve()
    ann, bob = await connect(running), await connect(running)
    broken = (await ann.join(game="kitchen"))["room"]
    await bob.join(game="kitchen", options={"coins": 1})
    await ann.send("break")
    assert (await ann.expect("left"))["payload"] == {"reason": "crashed"}
    await play_on(bob)
    await ann.send("throw", {"count": 1})
    assert (await ann.error())["code"] == "not_joined"
    again = await ann.join(game="kitchen")
    assert again["room"] != broken
    await play_on(ann)


async def test_secrets_that_cannot_be_told_end_their_room_only(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found out as late as when one member's part is made, between those of the others."""
    running = await serve()
    ann, bob, cid = await connect(running), await connect(running), await connect(running)
    await ann.join(game="kitchen")
    await bob.join(game="kitchen")
    await cid.join(game="kitchen", options={"coins": 1})
    private = JsonSnapshots.private

    def fail(self: JsonSnapshots, base: State | None, now: State, player: int | None) -> bytes:
        if player == 2:
            raise SnapshotError("no words for it")
        return private(self, base, now, player)

    monkeypatch.setattr(JsonSnapshots, "private", fail)
    for peer in (ann, bob):
        assert (await peer.expect("left"))["payload"] == {"reason": "crashed"}
    await play_on(cid)


async def test_a_room_keeps_what_somebody_is_still_on(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One state as long as all keep up; who was behind, for however long, is caught up by a delta."""
    running = await serve(settings=Settings(snapshot_history=4))
    ann, bob = await connect(running), await connect(running)
    room = running.server.rooms.get((await ann.join(game="kitchen"))["room"])
    await bob.join(game="kitchen")
    keep_bases = Room.keep_bases
    bases: list[tuple[list[int | None], list[int], int]] = []

    def note(self: Room, base_ticks: Collection[int | None]) -> None:
        keep_bases(self, base_ticks)
        bases.append((list(base_ticks), sorted(self._snapshots._history._states), self.tick))

    monkeypatch.setattr(Room, "keep_bases", note)
    await ann.snapshots(5)
    assert all((base_ticks, kept) == ([], [tick]) for base_ticks, kept, tick in bases)
    listener = next(a for a in running.server.connections._audiences[room.id].values() if a.player == 2)
    listener.wire = stuck = StuckWire(listener.wire)
    bases.clear()
    await ann.snapshots(12)
    base = listener.base_tick
    assert base is not None
    listener.wire = stuck.wire
    assert bases[-1] == ([base], [base, room.tick], room.tick)
    while (await bob.snapshot())["base"] != base:
        pass
    assert bob.snapshot_ticks[-1] >= base + 10
    bases.clear()
    await play_on(bob)
    assert all((base_ticks, kept) == ([], [tick]) for base_ticks, kept, tick in bases)


class StuckWire:
    """Has something unsent for as long as it stands before a wire."""

    quick = False

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.send, self.write, self.abort = wire.send, wire.write, wire.abort

    def unsent_bytes(self) -> int:
        """Tell that the kernel takes nothing."""
        return 1


async def test_the_end_of_a_game_frees_its_members(serve: Serve, connect: Connect) -> None:
    """The result, the last snapshot, `left`; then a new room can be joined on the same connection."""
    running = await serve()
    peer = await connect(running)
    first = await peer.join(game="quiet")
    await peer.send("throw", {"count": 9})
    await peer.expect("left", reason="ended")
    last = [m["type"] for m in peer.seen[-3:]]
    assert last == ["event", "snapshot", "left"]
    second = await peer.join(game="quiet")
    assert second["room"] != first["room"]
    assert second["handle"] == 2


async def test_secrets_never_reach_another_client(serve: Serve, connect: Connect) -> None:
    """Not in keyframes, deltas or events: what Ann's purse says is in nobody else's bytes."""
    running = await serve()
    ann, bob, eve = await connect(running), await connect(running), await connect(running)
    room = (await ann.join(game="kitchen", name="Ann"))["room"]
    await bob.join(room=room, name="Bob")
    await ann.send("throw", {"count": 3}, seq=1)
    await ann.expect("event", name="whisper")
    while ann.replicas[1].tables["purses"][1] != (7, "threw 3 for Ann"):
        await ann.snapshot()
    await eve.spectate(room)
    late = await connect(running)
    await late.join(room=room, name="Late")
    for peer in (bob, eve, late):
        await peer.snapshots(3)
        assert "for Ann" not in "".join(peer.raw)
        assert "whisper" not in "".join(peer.raw)
    assert eve.replicas[1].tables["purses"] == {}
    assert set(bob.replicas[1].tables["purses"]) == {2}


async def test_connections_from_one_address_are_bounded(serve: Serve, connect: Connect) -> None:
    """The next gets 429 before the upgrade, until one hangs up."""
    running = await serve(settings=Settings(max_connections_per_address=2))
    first, _ = await connect(running), await connect(running)
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(running)
    assert refused.value.status == 429
    await first.close()
    while len(running.server.connections) > 1:
        await asyncio.sleep(0)
    await connect(running)


async def test_snapshot_formats(serve: Serve, connect: Connect) -> None:
    """`?snapshots=json` is text; what is no format is refused before the upgrade."""
    running = await serve()
    async with ClientSession() as session:
        async with session.ws_connect(f"{running.url}/ws?snapshots=json") as ws:
            await ws.send_json({"type": "join", "payload": {"game": "quiet"}})
            while (await ws.receive_json())["type"] != "snapshot":
                pass
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"{running.url}/ws?snapshots=morse")
        assert refused.value.status == 400
        async with session.get(f"{running.url}/ws") as plain:
            assert plain.status == 426


async def test_the_server_says_goodbye(serve: Serve, connect: Connect) -> None:
    """`closing`, `left`, and close code 1001; afterwards nobody is let in."""
    running = await serve()
    peer = await connect(running)
    await peer.join(game="kitchen")
    stopping = asyncio.create_task(running.server.stop())
    assert (await peer.expect("closing"))["payload"]["reason"]
    await peer.expect("left", reason="closing")
    assert await peer.closed() == 1001
    await stopping
    assert len(running.server.connections) == 0
    with pytest.raises(OSError, match=r".+"):
        await connect(running)


async def test_a_draining_server_lets_games_go_on_but_nobody_in(serve: Serve, connect: Connect) -> None:
    """Rooms end by themselves within the time given; then everybody is closed at once."""
    running = await serve(settings=Settings(drain_s=30, retry_after_s=7))
    ann, bob = await connect(running), await connect(running)
    room = (await ann.join(game="quiet"))["room"]
    stopping = asyncio.create_task(running.server.stop())
    assert (await ann.expect("closing"))["payload"]["retry_after_s"] == 7
    await bob.expect("closing")
    await bob.send("join", {"room": room})
    assert (await bob.error())["code"] == "room_full"
    await bob.send("spectate", {"room": room})
    assert (await bob.error())["code"] == "room_full"
    await ann.snapshots(5)
    await ann.send("throw", {"count": 9})
    await ann.expect("left", reason="ended")
    assert await bob.closed() == 1001
    await ann.close()
    async with asyncio.timeout(5):
        await stopping


async def test_an_empty_room_ends_after_its_grace(serve: Serve, connect: Connect) -> None:
    """Nobody left, nobody watching: the room goes; a watcher keeps it."""
    running = await serve(Quiet, settings=Settings(empty_room_grace_s=0.1))
    ann, eve = await connect(running), await connect(running)
    room = (await ann.join())["room"]
    await eve.spectate(room)
    await ann.send("leave")
    await ann.expect("left")
    await eve.snapshots(10)
    assert [r.id for r in running.server.rooms.infos()] == [room]
    await eve.send("leave")
    await eve.expect("left")
    async with asyncio.timeout(5):
        while len(running.server.rooms):
            await asyncio.sleep(0.01)


def test_the_table_of_bad_input_is_whole() -> None:
    """Every error code of the protocol that a client can provoke without a game's help is in the tables above."""
    provoked = {code for *_, codes in BEFORE_JOINING + WHILE_PLAYING for code in codes.split("|")}
    elsewhere = {"no_binary", "which_room", "spectator", "room_full", "rate_limited"}
    codes = """bad_json bad_message unknown_type bad_payload no_binary not_joined which_room spectator unknown_game
        unknown_room room_full already_joined bad_name bad_token rate_limited"""
    assert provoked | elsewhere == set(codes.split())
