"""The fuzzer: what it makes, and a short run of `python -m loadtest.fuzz`, as its user starts it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from gameserver.errors import ProtocolError
from gameserver.protocol.codec import decode_envelope, decode_payload
from gameserver.protocol.messages import CLIENT_MESSAGES
from loadtest.fuzz_frames import KINDS, broken_handshake
from loadtest.fuzz_messages import MAX_BYTES, OWN, GameMessages, Known, Messages
from loadtest.fuzz_values import spoilt, valid
from loadtest.shapes import Shapes

ROOT = Path(__file__).parent.parent
PATIENCE_S = 180
SHAPES = msgspec.convert(msgspec.to_builtins(Shapes.spec.describe()), GameMessages)


async def test_twenty_thousand_inputs_upset_nobody(tmp_path: Path) -> None:
    """Messages, frames and handshakes, mostly broken: nothing escapes, and the witnesses beside them notice nothing."""
    output = tmp_path / "fuzz.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loadtest.fuzz", "--inputs", "20000", "--seed", "1", "--output", str(output),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        text, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    except BaseException:
        process.terminate()  # it stops its server
        await process.wait()
        raise
    assert process.returncode == 0, text.decode()
    report = json.loads(output.read_text(encoding="utf-8"))
    assert report["problems"] == []
    assert sum(report["inputs"].values()) >= 20_000
    assert all(report["inputs"][sort] > 100 for sort in ("messages", "frames", "handshakes"))
    outcomes = report["outcomes"]
    assert outcomes["snapshots that witnesses got"] > 0
    assert outcomes["joined"] > 0
    # What was thrown got as far as it was meant to.
    for code in ("bad_json", "bad_message", "bad_payload", "unknown_type", "not_joined", "bad_token"):
        assert outcomes.get(f"error {code}"), f"nothing was refused with {code}: {outcomes}"


@pytest.mark.parametrize("name", sorted(SHAPES.playable))
def test_what_fits_a_schema_is_taken(name: str) -> None:
    """Values made from `/api/games` decode, so that the rest of the fuzzer's inputs gets past the front."""
    random, kind = Random(name), Shapes.spec.playable[name]
    for _ in range(300):
        decode_payload(encoded(valid(SHAPES.playable[name], random)), kind)


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_messages_are_those_of_the_protocol(name: str) -> None:
    """The list here has every message of the protocol, with fields that it knows."""
    assert OWN.keys() == CLIENT_MESSAGES.keys()
    fields = set(CLIENT_MESSAGES[name].__struct_fields__)
    assert set(OWN[name]["properties"]) == fields


def test_what_is_spoilt_is_mostly_refused() -> None:
    """... at every level: some by the schema, none with anything but a `ProtocolError`."""
    random, kind = Random(1), Shapes.spec.playable["draw"]
    refused = 0
    for _ in range(500):
        try:
            decode_payload(encoded(spoilt(valid(SHAPES.playable["draw"], random), random)), kind)
        except ProtocolError:
            refused += 1
    assert 250 < refused < 500


def test_messages_are_of_a_size_that_keeps_the_connection() -> None:
    """Whole text frames among them are of every sort: taken, refused as messages, and refused as JSON."""
    random, messages, known = Random(1), Messages([SHAPES]), Known(handles=[1], rooms=["r"], tokens=["t"])
    codes: dict[str, int] = {}
    for _ in range(2000):
        data = messages.any(random, known)
        if data[0] != 0x81 or data[1] & 127 == 127:
            continue
        head = 8 if data[1] & 127 == 126 else 6
        assert len(data) - head <= MAX_BYTES
        text = data[head:].decode()
        try:
            decode_envelope(text)
            code = "taken"
        except ProtocolError as error:
            code = error.code
        codes[code] = codes.get(code, 0) + 1
    assert codes.keys() == {"taken", "bad_json", "bad_message"}
    assert min(codes.values()) > 50


def test_a_seed_says_what_is_thrown() -> None:
    """The same stream of random numbers makes the same inputs, so a failure can be had again."""

    def thrown(seed: int) -> list[bytes]:
        random, known = Random(seed), Known()
        made = [Messages([SHAPES]).any(random, known) for _ in range(200)]
        made += [kind.make(random) for kind in KINDS for _ in range(5)]
        return made + [broken_handshake(random, "127.0.0.1:1") for _ in range(50)]

    assert thrown(1) == thrown(1)
    assert thrown(1) != thrown(2)


def encoded(value: Any) -> msgspec.Raw:
    """Encode as a payload, with what JSON can say and UTF-8 can't."""
    return msgspec.Raw(json.dumps(value).encode())
