"""The witnesses themselves: they notice what they are there to notice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import msgspec
import pytest

from gameserver.connection import Connection
from gameserver.connections import Broadcast, ConnectionManager, FramesOn
from gameserver.posts import Outcome
from gameserver.protocol import framing
from gameserver.wires import SocketWire, TransportWire
from tests.conftest import Serve
from tests.faults.games import Chronicle
from tests.faults.witness import watched

TRIALS: dict[str, tuple[int, str]] = {
    "lost": (0, r"event \d+ came after|was the last event told"),
    "doubled": (2, r"event \d+ came after"),
}
"""How often one event is sent, and what the witness says."""


@pytest.mark.parametrize(("times", "says"), TRIALS.values(), ids=TRIALS)
async def test_an_event_lost_or_doubled_is_noticed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, times: int, says: str
) -> None:
    """Whether the next event or the snapshot of its tick comes first."""
    post_rightly, events = ConnectionManager.post, 0

    def post_wrongly(self: ConnectionManager, room: str, outcome: Outcome) -> None:
        nonlocal events
        posts = []
        for post in outcome.posts:
            events += post.type == "event"
            posts += [post] * (times if events == 20 and post.type == "event" else 1)
        post_rightly(self, room, msgspec.structs.replace(outcome, posts=posts))

    running = await serve(Chronicle)
    monkeypatch.setattr(ConnectionManager, "post", post_wrongly)
    with pytest.raises(AssertionError, match=says):
        async with watched(running) as witness:
            await witness.see(50)


async def test_a_skipped_snapshot_is_noticed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the next one makes up for it."""
    broadcast, broadcasts = ConnectionManager.broadcast, count(1)

    def broadcast_to_the_slow(self: ConnectionManager, room: str, tick: int, frames_on: FramesOn) -> Broadcast:
        with monkeypatch.context() as patch:
            if next(broadcasts) == 20:
                for wire in (SocketWire, TransportWire):
                    patch.setattr(wire, "quick", False)
                    patch.setattr(wire, "unsent_bytes", lambda _: 1)
            return broadcast(self, room, tick, frames_on)

    running = await serve(Chronicle)
    monkeypatch.setattr(ConnectionManager, "broadcast", broadcast_to_the_slow)
    with pytest.raises(AssertionError, match=r"snapshot \d+ came after"):
        async with watched(running) as witness:
            await witness.see(50)


DISTURBANCES: dict[str, tuple[Callable[[Connection], object], str]] = {
    "error": (lambda c: c.send(framing.text(b'{"type":"error","payload":{}}')), "error"),
    "cut": (lambda c: c.abort(), "the witness's connection ended"),
}


@pytest.mark.parametrize(("disturb", "says"), DISTURBANCES.values(), ids=DISTURBANCES)
async def test_an_error_or_a_cut_is_noticed(serve: Serve, disturb: Callable[[Connection], object], says: str) -> None:
    """Nothing of the kind may reach somebody who did nothing."""
    running = await serve(Chronicle)
    with pytest.raises(AssertionError, match=says):
        async with watched(running) as witness:
            disturb(running.server.connections.get(1))
            await witness.see(50)
