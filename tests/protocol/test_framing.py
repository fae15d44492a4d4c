"""Frames as the server writes them, read by another implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gameserver.protocol import framing
from tests.frames import Close, Opcode, only_frame, payload_in, read_frames

LENGTHS = [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65_534, 65_535, 65_536, 65_537, 1_000_000]
"""About each length at which a frame's head changes (RFC 6455, 5.2)."""
MESSAGES: dict[Opcode, Callable[[bytes], bytes]] = {Opcode.TEXT: framing.text, Opcode.BINARY: framing.binary}


@pytest.mark.parametrize("opcode", MESSAGES, ids=lambda opcode: opcode.name.lower())
@pytest.mark.parametrize("length", LENGTHS)
def test_a_message_of_any_length_is_one_frame(opcode: Opcode, length: int) -> None:
    """Nothing is lost, and the head is as short as it can be, which RFC 6455 demands (5.2)."""
    data = bytes(n % 127 for n in range(length))
    framed = MESSAGES[opcode](data)
    assert payload_in(framed, opcode) == data
    assert len(framed) - length == (2 if length < 126 else 4 if length < 65_536 else 10)


@given(st.lists(st.tuples(st.sampled_from(list(MESSAGES)), st.binary(max_size=300)), max_size=8))
def test_frames_follow_each_other(messages: list[tuple[Opcode, bytes]]) -> None:
    """A reader finds where each ends; none of them is masked, compressed or a fragment."""
    stream = b"".join(MESSAGES[opcode](data) for opcode, data in messages)
    frames = read_frames(stream)
    assert [(frame.opcode, bytes(frame.data)) for frame in frames] == messages
    assert all(frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3) for frame in frames)


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG], ids=lambda opcode: opcode.name.lower())
@pytest.mark.parametrize("length", [0, 1, 8, 124, 125])
def test_a_ping_and_a_pong_carry_what_they_are_given(opcode: Opcode, length: int) -> None:
    """Up to all that a control frame holds."""
    data = bytes(range(length))
    assert payload_in(framing.control(opcode, data), opcode) == data


@pytest.mark.parametrize("length", [126, 127, 1000, 70_000])
def test_what_is_too_long_for_a_control_frame_is_cut_off(length: int) -> None:
    """A longer one would be a protocol error (RFC 6455, 5.5)."""
    data = b"x" * length
    assert payload_in(framing.control(framing.PING, data), Opcode.PING) == data[:125]


def test_a_pong_takes_what_aiohttp_gives_for_a_ping() -> None:
    """That is a bytearray."""
    given: Any = bytearray(b"abc")
    framed = framing.control(framing.PONG, given)
    assert type(framed) is bytes
    assert payload_in(framed, Opcode.PONG) == b"abc"


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 3000, 4001, 4999])
@pytest.mark.parametrize("reason", ["", "bye", "x" * 122, "x" * 123, "é" * 61], ids=len)
def test_a_close_tells_code_and_reason(code: int, reason: str) -> None:
    """Whole, where it fits."""
    assert Close.parse(payload_in(framing.close(code, reason), Opcode.CLOSE)) == Close(code, reason)


@given(st.text(max_size=200))
@example("x" * 124)
@example("x" * 122 + "é")
@example("x" * 121 + "€")
@example("x" * 122 + "€")
@example("x" * 120 + "🎲")
@example("x" * 121 + "🎲")
@example("x" * 122 + "🎲")
@example("🎲" * 50)
def test_a_reason_that_is_too_long_is_cut_between_characters(reason: str) -> None:
    """What is left is UTF-8, as it must be, and not one character shorter than need be."""
    close = Close.parse(payload_in(framing.close(1008, reason), Opcode.CLOSE))
    assert reason.startswith(close.reason)
    left = reason[len(close.reason) :]
    assert not left or len((close.reason + left[0]).encode()) > framing.MAX_CONTROL_BYTES - 2


def test_a_message_is_a_frame_that_many_connections_can_share() -> None:
    """Immutable bytes."""
    assert type(framing.text(b"a")) is type(framing.binary(b"a" * 200)) is bytes
    assert only_frame(framing.text(b"a")).fin
