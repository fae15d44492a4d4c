"""What a stranger may send: a message or a `ProtocolError`, never anything else."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from gameserver import U8, Axis, Command, Input
from gameserver.errors import ProtocolError
from gameserver.protocol.codec import (
    UNDECODABLE,
    decode_envelope,
    decode_payload,
    encode,
    encode_payload,
    envelope,
    given_reader,
)
from gameserver.protocol.messages import (
    CLIENT_MESSAGES,
    Chat,
    ChatLine,
    Envelope,
    Error,
    EventMessage,
    Join,
    Leave,
    Ping,
    PlayerJoined,
    Pong,
    Resume,
    Spectate,
)


class Steer(Input):
    """A game's input."""

    dx: Axis = 0
    fire: bool = False


class Play(Command):
    """A game's command."""

    card: U8
    weight: float = 0.0
    note: str = ""


KINDS: list[type[Any]] = [*CLIENT_MESSAGES.values(), Steer, Play]
DEEP = "[" * 200_000 + "]" * 200_000
SHALLOWER = "[" * 2000 + "]" * 2000
"""Whether an interpreter still reads this depends on its version; a frame has room for it."""
HUGE = "9" * 3000


def code_of(frame: str | bytes, kind: type[Any] | None = None) -> str:
    """Decode what must be refused, and give the code."""

    def decode() -> None:
        message = decode_envelope(frame)
        if kind is not None:
            decode_payload(message.payload, kind)

    with pytest.raises(ProtocolError) as caught:
        decode()
    error = caught.value
    assert error.message.endswith(".")
    assert error.message[0].isupper()
    assert encode(Error(error.code, error.message))
    return error.code


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "hello",
        "{",
        '{"type":"ping"',
        '{"type":"ping"}}',
        '{"type":"ping"} x',
        "{'type':'ping'}",
        '{"type":"ping",}',
        '{"type":"ping","payload":{"t":NaN}}',
        '{"type":"ping","payload":{"t":Infinity}}',
        '{"type":"ping","payload":{"t":01}}',
        '{"type":"\\ud800"}',
        '{"type":"\\ud800\\ud800"}',
        '{"type":"\ud800"}',
        '{"type":"pi\nng"}',
        b'{"type":"\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        DEEP,
        '{"type":"ping","payload":' + DEEP + "}",
        '{"a":' * 200_000 + "1" + "}" * 200_000,
        "[" * 4000,
    ],
)
def test_what_is_not_json(frame: str | bytes) -> None:
    """Anything that is no JSON text, or nested too deeply to read, is `bad_json`."""
    assert code_of(frame) == "bad_json"


@pytest.mark.parametrize(
    "frame",
    [
        "null",
        "true",
        "7",
        '"ping"',
        "[]",
        '["type","ping"]',
        HUGE,
        "{}",
        '{"payload":{}}',
        '{"type":null}',
        '{"type":7}',
        '{"type":["ping"]}',
        '{"type":"ping","extra":1}',
        '{"type":"ping","handle":-1}',
        '{"type":"ping","handle":4294967296}',
        '{"type":"ping","handle":1.0}',
        '{"type":"ping","handle":"1"}',
        '{"type":"ping","handle":true}',
        '{"type":"ping","seq":-1}',
        '{"type":"ping","seq":4294967296}',
        '{"type":"ping","seq":1e3}',
        '{"type":"ping","seq":1e999}',
        '{"type":"ping","seq":' + HUGE + "}",
        '{"type":"ping","seq":[]}',
    ],
)
def test_what_is_json_but_no_message(frame: str) -> None:
    """JSON that is not an envelope (no object, no type, other fields, other types) is `bad_message`."""
    assert code_of(frame) == "bad_message"


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Ping, "null"),
        (Ping, "[]"),
        (Ping, '"x"'),
        (Ping, '{"t":null}'),
        (Ping, '{"t":"1"}'),
        (Ping, '{"t":true}'),
        (Ping, '{"t":1e999}'),
        (Ping, '{"t":-1e999}'),
        (Ping, '{"t":1e301}'),
        (Ping, '{"t":' + HUGE + "}"),
        (Ping, '{"t":-' + HUGE + "}"),
        (Ping, '{"t":' + HUGE + ".5}"),
        (Ping, '{"t":9007199254740993}'),
        (Ping, '{"t":0,"u":0}'),
        (Ping, '{"t":[[[[[[]]]]]]}'),
        (Chat, "{}"),
        (Chat, '{"text":""}'),
        (Chat, '{"text":"' + "x" * 201 + '"}'),
        (Chat, '{"text":7}'),
        (Spectate, "{}"),
        (Spectate, '{"room":7}'),
        (Spectate, '{"room":null}'),
        (Spectate, '{"game":7}'),
        (Spectate, '{"game":null}'),
        (Spectate, '{"room":"x","game":"tag"}'),
        (Resume, "{}"),
        (Resume, '{"token":7}'),
        (Leave, '{"room":"x"}'),
        (Join, '{"game":7}'),
        (Join, '{"game":["tag"]}'),
        (Join, '{"name":7}'),
        (Join, '{"code":{}}'),
        (Join, '{"rooom":"x"}'),
        (Steer, '{"dx":2}'),
        (Steer, '{"dx":-2}'),
        (Steer, '{"dx":1.0}'),
        (Steer, '{"dx":true}'),
        (Steer, '{"dx":null}'),
        (Steer, '{"fire":1}'),
        (Steer, '{"dy":1}'),
        (Play, "{}"),
        (Play, '{"card":256}'),
        (Play, '{"card":-1}'),
        (Play, '{"card":"7"}'),
        (Play, '{"card":' + HUGE + "}"),
        (Play, '{"card":1,"weight":1e999}'),
        (Play, '{"card":1,"weight":' + HUGE + "}"),
        (Play, '{"card":1,"note":7}'),
        (Play, '{"card":1,"\\u0000":7}'),
    ],
)
def test_a_payload_that_does_not_fit(kind: type[Any], payload: str) -> None:
    """Missing, unknown, mistyped fields and values out of bounds are `bad_payload`."""
    assert code_of(f'{{"type":"any","payload":{payload}}}', kind) == "bad_payload"


def test_the_field_is_named() -> None:
    """Whoever wrote the client reads which field is wrong, and how."""
    with pytest.raises(ProtocolError, match=r"Expected 'int' <= 1 at '\.dx'\.$"):
        decode_payload(Raw(b'{"dx":2}'), Steer)
    with pytest.raises(ProtocolError, match=r"missing required field 'text'\.$"):
        decode_payload(Raw(b"{}"), Chat)
    with pytest.raises(ProtocolError, match=r"Expected 'object', got 'array'\.$"):
        decode_payload(Raw(b"[]"), Chat)
    with pytest.raises(ProtocolError, match=r"at '\.seq'\.$"):
        decode_envelope('{"type":"x","seq":-1}')


def test_deep_payloads() -> None:
    """Nesting that only the payload's decoder meets is refused as well."""
    assert code_of(SHALLOWER) in {"bad_json", "bad_message"}
    assert code_of('{"type":"x","payload":{"t":' + SHALLOWER + "}}", Ping) in {"bad_json", "bad_payload"}
    with pytest.raises(ProtocolError) as caught:
        decode_payload(Raw(b'{"options":' + DEEP.encode() + b"}"), Join)
    assert caught.value.code == "bad_payload"


def test_bad_text_within_a_payload() -> None:
    """The payload is kept raw by the envelope; what is no UTF-8 in it is refused there or here."""
    for frame in (b'{"type":"chat","payload":{"text":"\xff"}}', b'{"type":"chat","payload":{"\xff":"x"}}'):
        assert code_of(frame, Chat) in {"bad_json", "bad_payload"}
    for text in (r"\ud800", r"\ud800x", r"\udc00", r"\ud800\ud800", r"\u12", r"\x"):
        assert code_of(f'{{"type":"chat","payload":{{"text":"{text}"}}}}', Chat) in {"bad_json", "bad_payload"}


def test_a_long_name_is_for_the_name_check() -> None:
    """However long a name is, it decodes, so that it is refused as a name."""
    assert decode_payload(Raw(b'{"name":"%b"}' % (b"x" * 3000)), Join).name == "x" * 3000


def test_good_messages() -> None:
    """What may be left out is left out, and what is at its bound passes."""
    assert decode_envelope('{"type":"leave"}') == Envelope("leave")
    assert decode_payload(decode_envelope('{"type":"leave"}').payload, Leave) == Leave()
    whole = decode_envelope('{"type":"play","payload":{"card":255},"handle":65535,"seq":4294967295}')
    assert (whole.type, whole.handle, whole.seq) == ("play", 65_535, 4_294_967_295)
    assert decode_payload(whole.payload, Play) == Play(card=255)
    assert decode_envelope('{"type":"leave","handle":null,"seq":null}').handle is None
    assert decode_payload(Raw(b'{"t":1.5}'), Ping) == Ping(1.5)
    assert decode_payload(Raw(b'{"t":-9007199254740992}'), Ping) == Ping(-(2**53))
    assert decode_payload(Raw(b'{"text":"\\u00e9"}'), Chat) == Chat("é")
    assert decode_payload(Raw(b'{"text":"%b"}' % (b"x" * 200)), Chat) == Chat("x" * 200)
    join = decode_payload(Raw(b'{"game":"tag","options":{"a":[1]}}'), Join)
    assert join.game == "tag"
    assert bytes(Join().options) == bytes(decode_payload(Raw(b'{"options":null}'), Join).options) == b"null"
    assert bytes(join.options) == b'{"a":[1]}'


def test_encoding() -> None:
    """A message goes out as `type`, `handle` where it concerns one room, and `payload`."""
    assert encode(Error("bad_json", "No.")) == b'{"type":"error","payload":{"code":"bad_json","message":"No."}}'
    assert json.loads(encode(Error("x", "No.", 7), 3)) == {
        "type": "error",
        "handle": 3,
        "payload": {"code": "x", "message": "No.", "seq": 7},
    }
    assert json.loads(encode(EventMessage("hit", 4, {"by": 1}), 0)) == {
        "type": "event",
        "handle": 0,
        "payload": {"name": "hit", "tick": 4, "data": {"by": 1}},
    }
    assert json.loads(encode(ChatLine(None, "Ann", '"é')))["payload"] == {"player": None, "name": "Ann", "text": '"é'}
    assert encode(Pong(1, 2.5)) == b'{"type":"pong","payload":{"t":1,"tick":2.5}}'
    assert encode(PlayerJoined(1, "A", bot=False)) == envelope(
        "player_joined", encode_payload(PlayerJoined(1, "A", bot=False))
    )


def survive(frame: str | bytes) -> None:
    """Decode a frame in every way; only a `ProtocolError` that can be told may come out."""
    try:
        message = decode_envelope(frame)
    except ProtocolError as error:
        assert error.code in {"bad_json", "bad_message"}
        assert encode(Error(error.code, error.message))
        return
    assert isinstance(message, Envelope)
    for kind in KINDS:
        try:
            assert isinstance(decode_payload(message.payload, kind), kind)
        except ProtocolError as error:
            assert error.code == "bad_payload"
            assert encode(Error(error.code, error.message))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(frame: bytes) -> None:
    """Arbitrary bytes give a message or a `ProtocolError`."""
    survive(frame)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200))
def test_any_text(frame: str) -> None:
    """Arbitrary text, lone surrogates included, gives a message or a `ProtocolError`."""
    survive(frame)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = sorted({field for kind in KINDS for field in kind.__struct_fields__})
payloads = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)
envelopes = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(CLIENT_MESSAGES)) | values},
    optional={"payload": payloads | values, "handle": values, "seq": values, "other": values},
)


@settings(deadline=None)
@given(envelopes, st.booleans(), st.data())
def test_any_json_near_a_message(message: dict[str, Any], ascii_only: bool, data: st.DataObject) -> None:
    """JSON in the shape of a message with any values, whole or broken at a byte, does no more harm."""
    frame = json.dumps(message, ensure_ascii=ascii_only)
    survive(frame)
    raw = frame.encode()
    at = data.draw(st.integers(0, len(raw) - 1))
    survive(raw[:at])
    survive(raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :])


@settings(deadline=None)
@given(payloads, st.sampled_from(KINDS))
def test_any_raw_payload(payload: dict[str, Any], kind: type[Any]) -> None:
    """A payload that decodes encodes to JSON that decodes to the same."""
    try:
        decoded = decode_payload(Raw(json.dumps(payload).encode()), kind)
    except ProtocolError as error:
        assert error.code == "bad_payload"
        return
    assert decode_payload(Raw(msgspec.json.encode(decoded)), kind) == decoded


@settings(deadline=None)
@given(st.integers(), st.text(max_size=50), st.none() | st.integers(0, 65_535), st.none() | st.integers(0, 2**32 - 1))
def test_what_is_encoded_is_json(player: int, text: str, handle: int | None, seq: int | None) -> None:
    """Whatever text a message carries, what goes out is one JSON object with the same text."""
    out = json.loads(encode(ChatLine(player, text, text), handle))
    assert out["payload"] == {"player": player, "name": text, "text": text}
    assert out.get("handle") == handle
    again = msgspec.json.encode({"type": "x", "payload": {}, "seq": seq})
    assert decode_envelope(again).seq == seq


GAME: dict[str, type[Any]] = {"steer": Steer, "play": Play}
READ = given_reader(tuple(GAME.items()))
odd_numbers = (
    st.none() | st.integers(-1, 2**33) | st.sampled_from([0, 1, 65_535, 65_536, 2**32 - 1, 2**32, True, 1.0, "1"])
)


@settings(deadline=None, max_examples=500)
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["steer", "play", "ping", "join", "", "Steer"])},
        optional={
            "payload": st.fixed_dictionaries(
                {},
                optional={
                    "card": st.integers(-1, 256),
                    "dx": st.sampled_from([-2, -1, 0, 1, 0.5]),
                    "fire": st.booleans(),
                    "note": st.text(max_size=3),
                    "other": st.none(),
                },
            )
            | st.none()
            | st.lists(st.integers(), max_size=1),
            "handle": odd_numbers,
            "seq": odd_numbers,
            "extra": st.none(),
        },
    ).flatmap(lambda message: st.permutations(list(message.items())).map(dict))
)
def test_what_is_read_at_one_go_is_what_is_read_in_two(message: dict[str, Any]) -> None:
    """The quick way takes nothing that the careful one refuses, and reads the same; what it leaves has no payload."""
    frame = json.dumps(message)
    try:
        envelope = decode_envelope(frame)
        careful = decode_payload(envelope.payload, GAME[envelope.type])
    except (ProtocolError, KeyError):
        with pytest.raises(UNDECODABLE):
            READ(frame)
        return
    try:
        quick = READ(frame)
    except UNDECODABLE:
        assert "payload" not in message
        return
    assert (quick.payload, quick.handle, quick.seq) == (careful, envelope.handle, envelope.seq)
    assert type(quick.payload) is type(careful)


@pytest.mark.parametrize("frame", ["", "{", "null", "[]", DEEP, '{"type":"steer","payload":' + DEEP + "}", "\ud800"])
def test_what_is_no_message_is_left_to_the_careful_way(frame: str) -> None:
    """Nothing but what is `UNDECODABLE` is raised; nor by a game that has neither commands nor inputs."""
    for read in (READ, given_reader(())):
        with pytest.raises(UNDECODABLE):
            read(frame)
