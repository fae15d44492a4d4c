"""Tag: who is it, who is frozen, who scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gameserver.games import tag
from gameserver.games.tag import Runner, Steer, Tag
from tests.support import Party


class Playground(Party):
    """A room of tag with runners where a test wants them."""

    def __init__(self, *places: tuple[int, int]) -> None:
        super().__init__(Tag)
        self.sitting = [self.join(f"P{i}") for i in range(1, len(places) + 1)]
        self.step()
        for guest, (x, y) in zip(self.sitting, places, strict=True):
            self.runner(guest.player).x, self.runner(guest.player).y = x, y

    def runner(self, player: int) -> Runner:
        """Give a player's row."""
        row: Runner = self.game.runners[player]
        return row

    def its(self) -> list[int]:
        """Give who is it."""
        return [player for player, runner in self.game.runners.items() if runner.it]

    def steer(self, player: int, dx: int, dy: int = 0) -> None:
        """Hold the stick this way."""
        self.room.input(player, Steer(dx=dx, dy=dy))

    def thaw(self) -> None:
        """Wait until nobody is frozen."""
        self.step(max(0, *(r.frozen_until - self.room.tick for r in self.game.runners.values())))

    def tagged(self) -> list[int]:
        """Give who was tagged, in order."""
        return [event["who"] for event in self.sitting[0].events("tagged")]


def test_a_complete_game_fits_on_a_screen() -> None:
    """The whole file is at most 45 lines, and imports nothing but the public interface."""
    lines = Path(str(tag.__file__)).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 120
    imports = [line.split()[1] for line in lines if line.startswith(("import ", "from "))]
    assert set(imports) <= {"__future__", "typing", "gameserver"}


def test_the_first_runner_is_it() -> None:
    """Somebody always is, and only one; whoever comes later is not."""
    room = Playground((100, 100))
    assert room.its() == [1]
    assert room.tagged() == [1]
    room.join("late")
    room.step(5)
    assert room.its() == [1]


def test_runners_start_within_the_field() -> None:
    """Places are random, and on the field to its very edge."""
    room = Party(Tag)
    for _ in range(16):
        room.join()
    room.step()
    places = {(r.x, r.y) for r in room.game.runners.values()}
    assert len(places) == 16
    assert all(0 <= x <= 800 and 0 <= y <= 600 for x, y in places)


def test_whoever_is_it_is_frozen_for_two_seconds() -> None:
    """He stands for 40 ticks after he was tagged, then runs with the held stick."""
    room = Playground((100, 100))
    assert room.runner(1).frozen_until == room.room.tick + 40
    room.steer(1, 1)
    room.step(39)
    assert room.runner(1).x == 100
    room.step()
    assert room.runner(1).x == 108


def test_whoever_is_it_runs_faster() -> None:
    """Eight units a tick against seven."""
    room = Playground((0, 0), (0, 300))
    room.thaw()
    room.steer(1, 1)
    room.steer(2, 1)
    before = (room.runner(1).x, room.runner(2).x)
    room.step(10)
    assert (room.runner(1).x - before[0], room.runner(2).x - before[1]) == (80, 70)


@pytest.mark.parametrize(("dx", "dy", "corner"), [(1, 1, (800, 600)), (-1, -1, (0, 0)), (1, -1, (800, 0))])
def test_nobody_runs_off_the_field(dx: int, dy: int, corner: tuple[int, int]) -> None:
    """The field's edges hold everyone."""
    room = Playground((400, 300))
    room.thaw()
    room.steer(1, dx, dy)
    room.step(60)
    assert (room.runner(1).x, room.runner(1).y) == corner


def test_a_touch_passes_it_on() -> None:
    """The one who is touched is it, frozen for two seconds, and everybody is told."""
    room = Playground((100, 100), (400, 100))
    room.thaw()
    room.runner(2).x = 129
    room.step()
    assert room.its() == [2]
    assert room.tagged() == [1, 2]
    assert room.runner(2).frozen_until == room.room.tick + 40


@pytest.mark.parametrize(
    ("x", "y", "touched"),
    [(139, 100, True), (140, 100, False), (100, 61, True), (100, 60, False), (119, 120, True), (120, 120, False)],
)
def test_how_near_a_touch_is(x: int, y: int, touched: bool) -> None:
    """Nearer than 40, across and down together."""
    room = Playground((100, 100), (400, 400))
    room.thaw()
    room.runner(2).x, room.runner(2).y = x, y
    room.step()
    assert room.its() == ([2] if touched else [1])


def test_nobody_is_tagged_by_one_who_is_frozen() -> None:
    """The tagged can't tag back before he may run, and then he does."""
    room = Playground((100, 100), (110, 100))
    room.step(38)
    assert room.its() == [1]
    room.step(2)
    assert room.its() == [2]
    room.step(39)
    assert room.tagged() == [1, 2]
    room.step()
    assert room.tagged() == [1, 2, 1]


def test_one_of_a_crowd_is_tagged() -> None:
    """A touch of many at once makes one of them it."""
    room = Playground((100, 100), (105, 100), (95, 100), (100, 110))
    room.thaw()
    room.step()
    assert len(room.its()) == 1
    assert len(room.tagged()) == 2


def test_a_point_for_each_second() -> None:
    """Whoever is not it scores once a second; who is it does not."""
    room = Playground((0, 0), (400, 400), (800, 600))
    room.step(200)
    assert [room.runner(p).score for p in (1, 2, 3)] == [0, 10, 10]


def test_another_is_it_when_he_leaves() -> None:
    """With the one who was it gone, somebody else is at once, frozen like any other."""
    room = Playground((100, 100), (400, 400), (700, 500))
    room.leave(room.sitting[0])
    room.step()
    assert room.its() == [2]
    assert room.runner(2).frozen_until == room.room.tick + 40
    room.leave(room.sitting[2])
    room.step()
    assert room.its() == [2]


def test_an_empty_field() -> None:
    """With everybody gone the room goes on, and the next to come is it."""
    room = Playground((100, 100))
    room.leave(room.sitting[0])
    room.step(3)
    assert room.its() == []
    room.join("next")
    room.step()
    assert room.its() == [2]


def test_clients_see_it() -> None:
    """What is drawn is in the snapshots: place, who is it, and the score."""
    room = Playground((100, 100), (400, 400))
    room.step()
    rows: dict[int, list[Any]] = room.sitting[1].table("runners")
    assert rows[1][:3] == [100, 100, True]
    assert rows[2][:3] == [400, 400, False]
    assert [field[0] for field in Tag.spec.schema()["runners"]["fields"]] == ["x", "y", "it", "frozen_until", "score"]
