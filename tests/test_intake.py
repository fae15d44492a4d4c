"""What comes in, before aiohttp reads it: whichever way a message takes, it comes once, and in its order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator
from itertools import chain
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from gameserver.intake import Intake, plain_text, whole_frames
from tests.frames import read_frames

MASK = b"\x12\xf4\x56\x81"
LIMIT_BYTES = 100_000


def sent(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
) -> bytes:
    """Make a client's frame; without a mask, one that no client may send."""
    data = payload.encode() if isinstance(payload, str) else payload
    size, masked = len(data), 0x80 if mask else 0
    if size < 126:
        head = bytes((masked | size,))
    elif size < 65_536:
        head = bytes((masked | 126,)) + size.to_bytes(2, "big")
    else:
        head = bytes((masked | 127,)) + size.to_bytes(8, "big")
    if mask:
        data = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
    return bytes((fin << 7 | rsv << 4 | opcode,)) + head + (mask or b"") + data


def text(message: str) -> bytes:
    """Make what nearly every client sends: a short message in a frame of its own."""
    return sent(Opcode.TEXT, message)


# What a packet is.


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 124, 125])
@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", MASK, b"\0\0\0\1", b"\1\0\0\0"])
def test_a_short_text_frame_is_read(length: int, mask: bytes) -> None:
    """Of any length that fits a short head, with any mask."""
    message = ("ab\0cdé" * 30).encode()[:length].decode(errors="ignore").ljust(length, "x")
    message = message if len(message.encode()) == length else "y" * length
    assert plain_text(sent(Opcode.TEXT, message, mask=mask)) == message


NOT_PLAIN: dict[str, bytes] = {
    "nothing": b"",
    "half a head": b"\x81",
    "a head": b"\x81\x81\0\0\0",
    "no text": text(""),
    "too long": text("x" * 126),
    "binary": sent(Opcode.BINARY, "abc"),
    "a ping": sent(Opcode.PING, "abc"),
    "a close": sent(Opcode.CLOSE, b"\x03\xe8"),
    "a first fragment": sent(Opcode.TEXT, "abc", fin=False),
    "a last fragment": sent(Opcode.CONT, "abc"),
    "compressed": sent(Opcode.TEXT, "abc", rsv=4),
    "without a mask": sent(Opcode.TEXT, "abc", mask=None),
    "without a mask, as long as with one": b"\x81\x04" + b"abcdefgh",
    "one byte short": text("abc")[:-1],
    "one byte more": text("abc") + b"\x81",
    "two frames": text("abc") + text("abc"),
    "a short text with a long head": b"\x81\xfe\0\3" + b"\0\0\0\0abc",
    "not UTF-8": sent(Opcode.TEXT, b"a\xff"),
    "half a character": sent(Opcode.TEXT, "é".encode()[:1]),
    "a surrogate": sent(Opcode.TEXT, b"\xed\xa0\x80"),
    "an overlong slash": sent(Opcode.TEXT, b"\xc0\xaf"),
}


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_anything_else_is_left_to_aiohttp(data: bytes) -> None:
    """Right or wrong: it is not for here to judge."""
    assert plain_text(data) is None


masks = st.binary(min_size=4, max_size=4)
payloads = st.one_of(
    st.text(max_size=20).map(str.encode),
    st.binary(max_size=20),
    st.integers(115, 135).map(lambda n: b"x" * n),
    st.sampled_from([65_534, 65_535, 65_536]).map(lambda n: b"x" * n),
)
any_frame = st.builds(
    sent,
    st.sampled_from([Opcode.TEXT] * 8 + list(Opcode) + [3, 11]),
    payloads,
    fin=st.sampled_from([True] * 8 + [False]),
    rsv=st.sampled_from([0] * 12 + [1, 2, 4]),
    mask=st.one_of(*[masks] * 8, st.none()),
)


@st.composite
def packets_of_any_kind(draw: st.DrawFn) -> bytes:
    """Draw a few frames, perhaps with an end torn off, or a byte changed or put in."""
    data = b"".join(draw(st.lists(any_frame, max_size=3)))
    at = draw(st.integers(0, len(data)))
    torn = [data[:at], data[at:], data[:at] + b"\x81" + data[at:], data[:at] + b"\xfe" + data[at + 1 :]]
    return draw(st.sampled_from([data, data, data, *torn]))


def frames_in(data: bytes) -> list[Frame] | None:
    """Read a packet as another implementation does; None where a frame isn't whole."""
    try:
        return read_frames(data, masked=True)
    except EOFError:
        return None


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@settings(max_examples=300)
@given(st.one_of(packets_of_any_kind(), any_frame, st.binary(max_size=12)))
def test_what_is_read_is_what_another_reader_reads(data: bytes) -> None:
    """A text is given exactly where the packet is one whole short text message, and it is that text."""
    try:
        frames = frames_in(data)
    except ProtocolError:
        frames = None
    expected = None
    if frames is not None and len(frames) == 1:
        (frame,) = frames
        payload = bytes(frame.data)
        short = len(data) == 6 + len(payload)
        if frame.opcode is Opcode.TEXT and frame.fin and short and payload:
            expected = _decoded(payload)
    assert plain_text(data) == expected


@settings(max_examples=300)
@given(packets_of_any_kind())
@example(b"")
def test_whole_frames_are_counted(data: bytes) -> None:
    """Only where no message goes on in another packet; what no reader accepts counts as what its error is: one."""
    count = whole_frames(data)
    try:
        frames = frames_in(data)
    except ProtocolError:
        return
    if frames is None or not all(frame.fin and frame.opcode is not Opcode.CONT for frame in frames):
        assert count is None
    else:
        assert count == len(frames)


@pytest.mark.parametrize("cut", [1, 2, 5, 6, 7])
@pytest.mark.parametrize("length", [2, 125, 126, 65_535, 65_536])
def test_a_frame_that_is_not_whole_is_noticed(length: int, cut: int) -> None:
    """Wherever it is torn, after others or alone."""
    frame = text("x" * length)
    assert whole_frames(frame) == 1
    assert whole_frames(frame[:-1]) is None
    assert whole_frames(text("a") + frame[:cut]) is None
    assert whole_frames(text("a") + frame + text("b")) == 3


def test_a_length_beyond_all_bounds_is_no_whole_frame() -> None:
    """Nor one that is negative for those who think that it has a sign."""
    for size in (1 << 31, 1 << 62, 1 << 63, (1 << 64) - 1, (1 << 64) - 14):
        assert whole_frames(b"\x81\xff" + size.to_bytes(8, "big") + b"\0\0\0\0") is None


# Both ways together.


class Message(NamedTuple):
    """What a reader gives."""

    kind: str
    data: Any


class Reader(asyncio.Protocol):
    """In aiohttp's place: reads messages out of what it is given, and keeps them until they are fetched.

    It reads frames with another implementation, and gives pings and pongs as aiohttp does, as `bytearray`.
    """

    def __init__(self, came_with_handshake: bytes = b"") -> None:
        self.messages: deque[Message] = deque()
        self.given: list[bytes] = []
        """The packets that came here."""
        self._stream = StreamReader()
        self._reading = self._read()
        self._ended = False
        self._feed(came_with_handshake)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self.given.append(data)
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        self._stream.feed_data(data)
        if not self._ended:
            try:
                next(self._reading)
            except (ProtocolError, UnicodeDecodeError) as error:
                self._ended = True
                self.messages.append(Message("error", error))

    def _read(self) -> Generator[None, None, None]:
        whole, kind = bytearray(), None
        while True:
            frame = yield from Frame.parse(self._stream.read_exact, mask=True)
            if frame.rsv1 or frame.rsv2 or frame.rsv3:
                raise ProtocolError("reserved bits")
            if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                self.messages.append(Message(frame.opcode.name, bytearray(frame.data)))
                continue
            if (frame.opcode is Opcode.CONT) is (kind is None):
                raise ProtocolError("a fragment of nothing, or a message within another")
            kind = kind or frame.opcode
            whole += frame.data
            if frame.fin:
                data = bytes(whole)
                self.messages.append(Message(kind.name, data.decode() if kind is Opcode.TEXT else data))
                whole, kind = bytearray(), None


class FakeTransport(asyncio.Transport):
    """Notes whether anything is still read."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False

    def pause_reading(self) -> None:
        """Note it."""
        self.paused = True


class Endpoint:
    """A connection's server side: a receive loop that runs when it is told to, and a handler for what is short."""

    def __init__(self, came_with_handshake: bytes = b"", *, short_way: bool = True) -> None:
        self.reader = Reader(came_with_handshake)
        self.transport = FakeTransport()
        self.intake = Intake(self.reader, self.transport, LIMIT_BYTES)
        self.handled: list[Message] = []
        """Both ways."""
        self.at_once: list[str] = []
        """The short way."""
        self.flooded = False
        self.over = False
        """Whether the receive loop has ended."""
        self.cut = False
        """Whether the transport was closed, as aiohttp does after an error."""
        if short_way:
            self.intake.use(None, lambda _, text: self._take_at_once(text))

    def _take_at_once(self, message: str) -> bool:
        if self.flooded:
            return False
        self.at_once.append(message)
        self.handled.append(Message("TEXT", message))
        return True

    def get(self, *packets: bytes) -> None:
        """Let packets come in."""
        for packet in packets:
            if not self.cut:
                self.intake.data_received(packet)

    def run(self, most: int = 1_000_000) -> None:
        """Let the receive loop take so many messages."""
        while most and self.reader.messages and not self.over:
            most -= 1
            message = self.reader.messages.popleft()
            if message.kind == "CLOSE":
                self.over = True
                return
            self.intake.came_out(message.data)
            if message.kind == "error":
                self.over = self.cut = True
                return
            self.handled.append(message)


def long_way(packets: list[bytes], came_with_handshake: bytes = b"") -> list[Message]:
    """Give what the receive loop alone would handle."""
    endpoint = Endpoint(came_with_handshake, short_way=False)
    for packet in packets:
        endpoint.get(packet)
        endpoint.run()
    assert not endpoint.at_once
    return endpoint.handled


class Arrival(NamedTuple):
    """A packet, and what happens at that moment."""

    packet: bytes
    loops: int
    """Messages that the receive loop takes before the next packet."""
    flooded: bool


lateness = st.sampled_from([0, 0, 1, 1, 2, 1000])


@st.composite
def arrivals(draw: st.DrawFn, frames: st.SearchStrategy[list[bytes]]) -> list[Arrival]:
    """Draw what a client sends, how it is cut into packets, and how late the receive loop is.

    Nearly all frames come in packets of their own, as clients' do.
    """
    packets: list[bytes] = []
    for frame in draw(frames):
        match draw(st.sampled_from(["own"] * 6 + ["joined", "torn"])):
            case "joined" if packets:
                packets[-1] += frame
            case "torn":
                at = draw(st.integers(0, len(frame)))
                packets += [part for part in (frame[:at], frame[at:]) if part]
            case _:
                packets.append(frame)
    return [Arrival(packet, draw(lateness), draw(st.sampled_from([False] * 7 + [True]))) for packet in packets]


def anything(messages: st.SearchStrategy[str]) -> st.SearchStrategy[list[bytes]]:
    """Draw frames with these texts, most of them usual; the others are whatever a stranger can think of."""
    usual = messages.map(text)
    return st.lists(
        st.one_of(
            usual,
            usual,
            usual,
            messages.map(lambda m: text(m * 60)),
            messages.map(lambda m: sent(Opcode.BINARY, m)),
            messages.map(lambda m: sent(Opcode.PING, m)),
            messages.map(lambda m: sent(Opcode.PONG, m)),
            messages.map(lambda m: sent(Opcode.TEXT, m, fin=False) + sent(Opcode.CONT, m)),
            messages.map(lambda m: sent(Opcode.TEXT, m, fin=False) + sent(Opcode.PING, m) + sent(Opcode.CONT)),
            st.sampled_from(
                [
                    text(""),
                    sent(Opcode.TEXT, b"\xff"),
                    sent(Opcode.CLOSE, b"\x03\xe8"),
                    sent(Opcode.TEXT, "a", mask=None),
                    sent(Opcode.TEXT, "a", fin=False),
                    sent(Opcode.CONT, "a"),
                    sent(Opcode.TEXT, "a", rsv=4),
                    sent(3, "a"),
                    b"\x81",
                ]
            ),
        ),
        max_size=12,
    )


def play(endpoint: Endpoint, script: list[Arrival]) -> None:
    """Let everything come in, and the receive loop run to its end."""
    for packet, loops, flooded in script:
        endpoint.flooded = flooded
        endpoint.get(packet)
        endpoint.run(loops)
    endpoint.run()


twins_and_others = st.sampled_from(["a", "b", "c", "é€🎲"])


@settings(max_examples=400, deadline=None)
@given(arrivals(anything(twins_and_others)))
@example([Arrival(text("a"), 1, False), Arrival(text("b"), 0, False), Arrival(text("c"), 0, False)])
@example([Arrival(text("a"), 0, False), Arrival(text("a"), 1, False), Arrival(text("b"), 0, False)])
@example([Arrival(text("a"), 1, False), Arrival(sent(Opcode.PING, "p"), 0, False), Arrival(text("b"), 1, False)])
@example([Arrival(text("a"), 1, False), Arrival(text("b"), 0, True), Arrival(text("c"), 0, False)])
@example([Arrival(text("a"), 1, False), Arrival(sent(Opcode.CLOSE), 0, False), Arrival(text("b"), 0, False)])
@example(
    [Arrival(text("a"), 1, False), Arrival(text("bc")[:4], 0, False), Arrival(text("bc")[4:] + text("d"), 1, False)]
)
def test_messages_come_as_on_the_long_way_alone(script: list[Arrival]) -> None:
    """In order, each exactly once, whatever is sent, however it is cut, and however late the receive loop is."""
    endpoint = Endpoint()
    play(endpoint, script)
    assert endpoint.handled == long_way([arrival.packet for arrival in script])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_came_with_the_handshake_closes_the_short_way(data: st.DataObject) -> None:
    """For good: a message, several, or a part of one, before the intake was there."""
    texts = [f"message {n}" for n in range(14)]
    before = b"".join(text(m) for m in texts[:3])
    cut = data.draw(st.integers(1, len(before)))
    frames = [before[cut:]] * (cut < len(before)) + [text(m) for m in texts[3:]]
    script = data.draw(arrivals(st.just(frames)))
    endpoint = Endpoint(before[:cut])
    endpoint.run(data.draw(lateness))
    play(endpoint, script)
    assert endpoint.handled == [Message("TEXT", m) for m in texts]
    assert endpoint.at_once == []


@pytest.mark.xfail(strict=True, reason="a message that came with the handshake is taken for its twin")
def test_twins_of_which_one_came_with_the_handshake() -> None:
    """The first is taken for the second, which is still inside when the third comes.

    It takes a client that doesn't wait for the handshake's answer, and a receive loop that rests between the twins.
    """
    endpoint = Endpoint(text("a"))
    endpoint.get(text("a"))
    endpoint.run(1)
    endpoint.get(text("b"))
    endpoint.run()
    assert [message.data for message in endpoint.handled] == ["a", "a", "b"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=2, max_size=10), masks)
def test_the_usual_client_takes_the_short_way(messages: list[str], mask: bytes) -> None:
    """All its messages but the first, by which it is seen that nothing came with the handshake."""
    endpoint = Endpoint()
    for message in messages:
        endpoint.get(sent(Opcode.TEXT, message, mask=mask))
        endpoint.run()
    assert endpoint.at_once == messages[1:]
    assert endpoint.reader.given == [sent(Opcode.TEXT, messages[0], mask=mask)]
    assert [message.data for message in endpoint.handled] == messages


ROUNDABOUT: dict[str, list[bytes]] = {
    "a long message": [text("x" * 200)],
    "binary": [sent(Opcode.BINARY, "x")],
    "a ping": [sent(Opcode.PING, "x")],
    "a pong": [sent(Opcode.PONG, "x")],
    "an empty message": [text("")],
    "two at once": [text("x") + text("y")],
    "a message and a ping at once": [text("x") + sent(Opcode.PING)],
    "two while the receive loop is late": [sent(Opcode.PING), text("x")],
}


@pytest.mark.parametrize("packets", ROUNDABOUT.values(), ids=ROUNDABOUT)
@pytest.mark.parametrize("first", [False, True], ids=["later", "first"])
def test_the_short_way_opens_again(packets: list[bytes], first: bool) -> None:
    """Once all that took the long way has come out."""
    endpoint = Endpoint()
    if not first:
        endpoint.get(text("0"))
        endpoint.run()
    endpoint.get(*packets)
    endpoint.run()
    assert endpoint.at_once == []
    for message in ("1", "2", "3"):
        endpoint.get(text(message))
        endpoint.run()
    assert endpoint.at_once[-2:] == ["2", "3"]
    assert ("1" in endpoint.at_once) is (not first), "the first that both read is what it is opened by"


SHUT: dict[str, list[bytes]] = {
    "a frame in two packets": [text("xy")[:4], text("xy")[4:]],
    "a message in fragments": [sent(Opcode.TEXT, "x", fin=False) + sent(Opcode.CONT)],
    "a message in fragments, each in a packet": [sent(Opcode.TEXT, "x", fin=False), sent(Opcode.CONT)],
    "a frame and a part of one": [text("x") + text("y")[:1], text("y")[1:]],
}


@pytest.mark.parametrize("packets", SHUT.values(), ids=SHUT)
def test_the_short_way_is_closed_for_good(packets: list[bytes]) -> None:
    """What straddles packets or frames isn't kept account of, and few clients send it."""
    endpoint = Endpoint()
    endpoint.get(text("0"))
    endpoint.run()
    endpoint.get(*packets)
    endpoint.run()
    for message in ("1", "2", "3"):
        endpoint.get(text(message))
        endpoint.run()
    assert endpoint.at_once == []
    assert [message.data for message in endpoint.handled[-3:]] == ["1", "2", "3"]


def test_nothing_is_taken_behind_a_close() -> None:
    """Whether or not the receive loop has seen the close frame yet."""
    endpoint = Endpoint()
    endpoint.get(text("0"))
    endpoint.run()
    endpoint.get(sent(Opcode.CLOSE, b"\x03\xe8"), text("1"))
    endpoint.run()
    endpoint.get(text("2"))
    assert [message.data for message in endpoint.handled] == ["0"]


def test_a_flooding_client_takes_the_long_way_until_it_is_calm() -> None:
    """What it sends waits for the receive loop, which holds it back; in the same order."""
    endpoint = Endpoint()
    for n, flooded in enumerate([False, False, True, True, False, False]):
        endpoint.flooded = flooded
        endpoint.get(text(str(n)))
        if n != 3:
            endpoint.run()
    assert endpoint.at_once == ["1", "5"]
    assert [message.data for message in endpoint.handled] == list("012345")


def test_before_anybody_takes_messages_all_are_left_to_the_receive_loop() -> None:
    """An intake stands there before the connection is known."""
    endpoint = Endpoint(short_way=False)
    for message in "abc":
        endpoint.get(text(message))
        endpoint.run()
    assert [message.data for message in endpoint.handled] == list("abc")


# What never becomes a message.


def overflow(packets: list[bytes]) -> tuple[Endpoint, list[bool]]:
    """Give an endpoint that got these, and what it said of excess, one for each time."""
    endpoint, told = Endpoint(), []
    endpoint.intake.on_excess = lambda _: told.append(endpoint.transport.paused)
    endpoint.get(*packets)
    return endpoint, told


def test_data_without_a_message_is_bounded() -> None:
    """At the limit it is passed on; with a byte more, nothing is read any more, and somebody is told."""
    endpoint, told = overflow([b"\x01" * LIMIT_BYTES])
    assert told == []
    assert not endpoint.transport.paused
    endpoint.get(b"\x01")
    assert told == [True]
    assert endpoint.reader.given == [b"\x01" * LIMIT_BYTES]


def test_each_message_that_comes_out_counts_afresh() -> None:
    """On the long way as on the short one, a client may send for ever."""
    endpoint, told = overflow([])
    for _ in range(5):
        endpoint.get(sent(Opcode.BINARY, b"x" * (LIMIT_BYTES - 20)))
        endpoint.run()
    for _ in range(2 * LIMIT_BYTES // 100):
        endpoint.get(text("x" * 100))
        endpoint.run()
    assert told == []
    assert len(endpoint.at_once) > LIMIT_BYTES // 100


def test_fragments_between_pings_are_bounded_by_what_comes_between_two() -> None:
    """A ping is a message too."""
    fragment, ping = sent(Opcode.CONT, fin=False), sent(Opcode.PING)
    endpoint, told = overflow([sent(Opcode.TEXT, fin=False)])
    for packet in chain.from_iterable([fragment] * 1000 + [ping] for _ in range(20)):
        endpoint.get(packet)
        if packet is ping:
            endpoint.run()
    assert told == []
    endpoint.get(*[fragment] * (LIMIT_BYTES // len(fragment) + 1))
    assert told == [True]


class Calls(asyncio.Protocol):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def eof_received(self) -> bool:
        """Note it, and keep the transport."""
        self.calls.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Note it."""
        self.calls.append(exc)

    def pause_writing(self) -> None:
        """Note it."""
        self.calls.append("pause")

    def resume_writing(self) -> None:
        """Note it."""
        self.calls.append("resume")


def test_what_a_transport_tells_is_passed_on() -> None:
    """Aiohttp goes on as if nobody stood before it."""
    inner, why = Calls(), OSError("gone")
    intake = Intake(inner, FakeTransport(), LIMIT_BYTES)
    intake.pause_writing()
    intake.resume_writing()
    assert intake.eof_received() is True
    intake.connection_lost(why)
    intake.connection_lost(None)
    assert inner.calls == ["pause", "resume", "eof", why, None]
