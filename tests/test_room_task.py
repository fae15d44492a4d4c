"""A room's schedule on a virtual clock: its place among the others, and that it keeps to its rate."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise

import pytest

from gameserver import Game
from gameserver.connections import ConnectionManager
from gameserver.observe import Observer
from gameserver.room import Room
from gameserver.rooms import Rooms
from gameserver.settings import Settings
from tests.virtual_time import VirtualLoop

RATE_HZ = 20


class Waits(Game):
    """Its turns take as long as the test says."""

    tick_rate, max_players = RATE_HZ, 4


class Turns(Observer):
    """Notes when turns began, and lets time pass in them."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop
        self.began_s: defaultdict[str, list[float]] = defaultdict(list)
        self.due_s: defaultdict[str, list[float]] = defaultdict(list)
        self.late_s: list[float] = []
        self.room_id = ""
        """Whose turn it is."""
        self.slips = 0

    def slipped(self, game: str, ticks: int) -> None:
        """Count it."""
        self.slips += ticks

    def ticked(self, game: str, step_s: float, late_s: float, sent: int, skipped: int) -> None:
        """Note how late a turn began, and so when it was due."""
        self.late_s.append(late_s)
        self.due_s[self.room_id].append(self.began_s[self.room_id][-1] - late_s)


class Timed:
    """Rooms on a virtual clock."""

    def __init__(self, loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = Turns(loop)
        self.takes_s: dict[str, float] = {}
        """By room, how long its turns take."""
        settings = Settings()
        self.rooms = Rooms(
            {"waits": Waits.spec},
            settings=settings,
            connections=ConnectionManager(settings, self.turns, loop.time),
            observer=self.turns,
            clock=loop.time,
        )
        step = Room.step

        def timed(room: Room) -> object:
            self.turns.room_id = room.id
            self.turns.began_s[room.id].append(loop.time())
            loop.pass_time(self.takes_s.get(room.id, 0.0001))
            return step(room)

        monkeypatch.setattr(Room, "step", timed)

    def open(self, takes_s: float) -> str:
        """Open a room whose turns take so long."""
        room = self.rooms.create("waits", Waits.spec.options(), opener="here")
        self.takes_s[room.id] = takes_s
        return room.id

    def phases_ms(self) -> list[float]:
        """Give when in its tick each room's last turn began, by the first room's."""
        last_s = [began[-1] for began in self.turns.began_s.values()]
        return [(began_s - last_s[0]) % (1 / RATE_HZ) * 1000 for began_s in last_s]


def test_rooms_find_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms whose turns take longer or shorter than was expected get others, slowly, and are late no more."""
    loop = VirtualLoop()

    async def main() -> None:
        timed = Timed(loop, monkeypatch)
        ids = [timed.open(takes_s) for takes_s in (0.002, 0.001, 0.003, 0.002)]
        await asyncio.sleep(4)
        for room_id in ids:
            due_s = timed.turns.due_s[room_id]
            assert len(due_s) in {79, 80, 81}
            assert all(0.975 < (after - before) * RATE_HZ < 1.025 for before, after in pairwise(due_s))
        assert timed.turns.slips == 0
        assert all(-0.0006 < late_s < 0.0011 for late_s in timed.turns.late_s[-40:])
        phases_ms = timed.phases_ms()
        assert phases_ms[0] == 0
        assert 1.99 < phases_ms[1] < 4
        assert 2.99 < phases_ms[2] < 5.5
        assert 5.99 < phases_ms[3] < 11
        await timed.rooms.stop(0)

    loop.run(main())


def test_a_room_alone_keeps_its_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """However its turns vary, no deadline of the only room ever moves."""
    loop = VirtualLoop()

    async def main() -> None:
        timed = Timed(loop, monkeypatch)
        room_id = timed.open(0.001)
        for takes_s in (0.001, 0.02, 0.0001, 0.03) * 5:
            timed.takes_s[room_id] = takes_s
            await asyncio.sleep(0.5)
        began_s = timed.turns.began_s[room_id]
        assert began_s == pytest.approx([began_s[0] + step / RATE_HZ for step in range(len(began_s))])
        assert len(began_s) in {199, 200, 201}
        await timed.rooms.stop(0)

    loop.run(main())


def test_a_slow_room_makes_nobody_wait_who_could_go_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two turns of a room that takes nearly all the time, others still have theirs."""
    loop = VirtualLoop()

    async def main() -> None:
        timed = Timed(loop, monkeypatch)
        slow, quick = timed.open(0.045), timed.open(0.001)
        await asyncio.sleep(4)
        assert len(timed.turns.began_s[slow]) in {79, 80, 81}
        assert len(timed.turns.began_s[quick]) in {79, 80, 81}
        assert timed.turns.slips == 0
        await timed.rooms.stop(0)

    loop.run(main())
