"""Games that fail: wherever, and whatever they raise."""

from __future__ import annotations

import logging

import pytest

from gameserver.errors import RoomFailed
from gameserver.reports import Report, read_report
from gameserver.reproducing import reproduce
from gameserver.settings import Settings
from tests.conftest import Running, Serve
from tests.faults.conftest import Dial
from tests.faults.games import WAYS, Chronicle, Fragile
from tests.faults.raw import RawPeer
from tests.faults.witness import watched

SEED = 7
PLANS = {
    "on_start": "on_start",
    "on_join": "on_join",
    "on_leave": "on_leave",
    "on_disconnect": "on_disconnect",
    "on_reconnect": "on_reconnect",
    "bot": "bot",
    "tick": "tick",
    "move": "move",
    "on_poke": "on_poke",
    "on_look": "move",  # inputs are handled where they are applied
}
"""Each hook that may raise while a room runs, and what its report calls it."""
UNSENDABLE = {"state": "snapshot", "text": "snapshot", "shout": "event shout"}
"""The same for what is no exception of the game's own."""


async def provoke(running: Running, dial: Dial, where: str, how: str) -> None:
    """Let a room fail as planned. Its members are told, and can go on elsewhere on the same connection."""
    ann, bob = await dial(running), await dial(running)
    options = {"where": where, "how": how}
    await ann.say("join", {"game": "fragile", "options": options, "name": "Ann"})
    if where != "on_start":
        room = (await ann.expect("joined"))["room"]
        await bob.say("join", {"room": room, "name": "Bob"})
        await break_by(where, running, dial, bob)
    assert await ann.expect("left") == {"reason": "crashed"}
    await ann.say("join", {"game": "fragile"})
    await ann.expect("joined")
    for peer in (ann, bob):
        peer.close()


async def break_by(where: str, running: Running, dial: Dial, bob: RawPeer) -> None:
    """Do what calls the hook."""
    match where:
        case "on_leave":
            await bob.expect("joined")
            await bob.say("leave")
        case "on_disconnect":
            await bob.expect("joined")
            bob.reset()
        case "on_reconnect":
            token = (await bob.expect("joined"))["token"]
            bob.reset()
            await (await dial(running)).say("resume", {"token": token})
        case "on_poke":
            await bob.expect("joined")
            await bob.say("poke")


def reported(caplog: pytest.LogCaptureFixture) -> Report:
    """Give the report in the one record that tells of a failure; forgets the log."""
    (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    caplog.clear()
    assert record.exc_info is not None
    failure = record.exc_info[1]
    assert isinstance(failure, RoomFailed)
    _, text = record.getMessage().split("report: ")
    report = read_report(text)
    assert (report.game, report.seed) == (failure.game, failure.seed)
    assert (report.tick, report.hook) == (failure.tick, failure.hook)
    return report


@pytest.mark.parametrize("where", PLANS)
async def test_a_hook_that_raises_ends_its_room_alone(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """Whatever it raises; the log then holds what brings the failure back."""
    running = await serve(Chronicle, Fragile, seed=SEED, settings=Settings(max_connections_per_address=1000))
    async with watched(running):
        for how in WAYS:
            await provoke(running, dial, where, how)
            report = reported(caplog)
            assert (report.game, report.hook) == ("fragile", PLANS[where]), how
            with pytest.raises(RoomFailed) as again:
                reproduce(report.encode(), Fragile)
            assert (again.value.tick, again.value.hook) == (report.tick, report.hook), how
            assert type(again.value.__cause__).__name__ == how


@pytest.mark.parametrize("where", UNSENDABLE)
async def test_what_can_t_be_encoded_ends_its_room_alone(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """State out of its bounds, or text that is none, in a row or in an event."""
    running = await serve(Chronicle, Fragile, seed=SEED)
    async with watched(running):
        await provoke(running, dial, where, "")
        report = reported(caplog)
        assert (report.game, report.seed, report.hook) == ("fragile", SEED + 1, UNSENDABLE[where])
        assert report.tick > 0


@pytest.mark.parametrize("where", ["setup", "derive"])
async def test_a_room_that_fails_before_it_begins_is_none(
    serve: Serve, dial: Dial, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    """Whoever asked for it is told, and nothing of it is left."""
    running = await serve(Chronicle, Fragile, seed=SEED)
    async with watched(running):
        peer = await dial(running)
        for how in WAYS:
            await peer.say("join", {"game": "fragile", "options": {"where": where, "how": how}})
            assert (await peer.expect("error"))["code"] == "unknown_room", how
            report = reported(caplog)
            assert (report.game, report.tick, report.hook) == ("fragile", 0, where), how
        assert len(running.server.rooms) == 1
        await peer.say("join", {"game": "fragile"})
        await peer.expect("joined")
