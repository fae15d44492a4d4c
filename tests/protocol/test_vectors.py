"""The golden vectors of the wire: what the Python side writes and reads is what every other client is tested with."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from gameserver.errors import SnapshotError
from gameserver.protocol.binary_reader import read_frame
from gameserver.protocol.replica import Replica
from tools.snapshot_vectors import PATH, vectors

VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", VECTORS["streams"])
def test_frames_say_what_they_said(name: str) -> None:
    """Each frame leads to the state that stands beside it."""
    stream = VECTORS["streams"][name]
    replica = Replica(stream["schema"])
    for step in stream["steps"]:
        frame, holds = bytes.fromhex(step["frame"]), step["holds"]
        assert read_frame(frame).base == holds["base"]
        assert replica.apply_frame(frame) == holds["handle"]
        assert json.loads(msgspec.json.encode(replica.tables)) == holds["tables"]
        told = (replica.tick, replica.ack, replica.margin, replica.busy_ms)
        assert told == (holds["tick"], holds["ack"], holds["margin"], holds["busy_ms"])


def test_damaged_frames_are_refused() -> None:
    """None of them passes, though the client is where they would fit."""
    stream = VECTORS["streams"]["player"]
    replica = Replica(stream["schema"])
    for step in stream["steps"][:-1]:
        replica.apply_frame(bytes.fromhex(step["frame"]))
    for frame in VECTORS["refused_after_player"]:
        with pytest.raises(SnapshotError):
            replica.apply_frame(bytes.fromhex(frame))
    replica.apply_frame(bytes.fromhex(stream["steps"][-1]["frame"]))


@pytest.mark.parametrize("lie", VECTORS["lies"]["frames"], ids=lambda lie: lie["why"])
def test_what_no_server_writes_is_refused(lie: dict[str, str]) -> None:
    """Also behind a right checksum, and nothing of it is applied."""
    replica = Replica(VECTORS["lies"]["schema"])
    replica.apply_frame(bytes.fromhex(VECTORS["lies"]["keyframe"]))
    before = {3: (1, "a"), 4: (2, "b")}
    assert replica.tables == {"t": before}
    with pytest.raises(SnapshotError):
        replica.apply_frame(bytes.fromhex(lie["frame"]))
    assert (replica.tick, replica.tables) == (1, {"t": before})


def test_the_server_still_writes_these_frames() -> None:
    """The format has not changed: `python -m tools.snapshot_vectors` would write the same file."""
    assert json.loads(json.dumps(vectors())) == VECTORS
