"""A room that takes too long for its ticks: it is told, counted, and seen in what it does to others."""

from __future__ import annotations

import logging
import re
import time

import pytest

from gameserver import U8, Game, Row
from gameserver.settings import Settings
from tests.conftest import Connect, Serve
from tests.games import Quiet


class Nap(Row):
    """How often it slept."""

    count: U8 = 0


class Sleeper(Game):
    """Does in a tick what takes five."""

    tick_rate, max_players = 20, 4
    nap: Nap

    def tick(self) -> None:
        """Hold everybody up, ten times."""
        if self.nap.count < 10:
            self.nap.count += 1
            time.sleep(0.05)


async def test_a_tick_over_its_budget_is_told_and_counted(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """With room, duration and budget; and the rooms that it holds up count what they give up."""
    caplog.set_level(logging.WARNING, "gameserver")
    running = await serve(Sleeper, Quiet, settings=Settings(max_late_steps=1))
    ann, bob = await connect(running), await connect(running)
    await ann.join(game="quiet")
    room = (await bob.join(game="sleeper"))["room"]
    while (await bob.snapshot())["tick"] < 15:
        pass
    lines = [r.getMessage() for r in caplog.records if "of its 10 ms" in r.getMessage()]
    assert lines, "at least one"
    assert len(lines) < 10, "but not one per tick"
    assert room in lines[0]
    assert int(re.findall(r"up to (\d+) ms", lines[0])[0]) >= 50
    series = running.server.metrics.text().decode()
    overruns = re.search(r"gameserver_overruns_total\{game=\"sleeper\"\} (\d+)\.0", series)
    assert overruns is not None
    assert int(overruns[1]) >= 10
    slipped = re.search(r'gameserver_slipped_ticks_total\{game="quiet"\} (\d+)\.0', series)
    assert slipped is not None
    assert int(slipped[1]) >= 10, "the other room's schedule slipped, and says so"
