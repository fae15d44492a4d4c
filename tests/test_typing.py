"""Games type-check under mypy's strict mode, as their authors would write them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gameserver.loading import load_games
from gameserver.room import Room

SKETCH = """
from gameserver import (
    U16, Axis, Event, Game, Input, PerPlayer, Player, PlayerId, Predict, Row, Tick, View,
)


class Steer(Input):                              # an Input is held until the next one arrives
    dx: Axis = 0                                 # Axis: -1, 0, 1
    dy: Axis = 0


class Tagged(Event):
    by: PlayerId
    who: PlayerId


class Runner(Row):                               # a field's bounds are its width on the wire
    x: U16 = 400
    y: U16 = 300
    it: bool = False
    safe_until: Tick = 0                         # a deadline, not a countdown


def move(me: Runner, steer: Steer, world: View) -> None:
    me.x = min(800, max(0, me.x + 6 * steer.dx))
    me.y = min(600, max(0, me.y + 6 * steer.dy))


class SketchedTag(Game):
    tick_rate, max_players = 20, 16
    runners: PerPlayer[Runner]
    predict = Predict(Steer, Runner, move)

    def on_join(self, player: Player) -> None:
        if not any(runner.it for runner in self.runners.values()):
            self.runners[player.id].it = True

    def on_leave(self, player: Player) -> None:
        others = [p for p in self.players if p != player.id]
        if self.runners[player.id].it and others:
            self.runners[self.random.choice(others)].it = True

    def tick(self) -> None:
        for hunter_id, hunter in self.runners.items():
            if not hunter.it or self.now < hunter.safe_until:
                continue
            for prey_id, prey in self.runners.items():
                if prey is not hunter and abs(prey.x - hunter.x) + abs(prey.y - hunter.y) < 30:
                    hunter.it, prey.it = False, True
                    prey.safe_until = self.now + self.seconds(2)
                    self.emit(Tagged(by=hunter_id, who=prey_id))
                    return
"""

WRONG = """
from gameserver import U16, Axis, Game, Input, PerPlayer, Player, Predict, Row, View


class Steer(Input):
    dx: Axis = 0


class Runner(Row):
    x: U16 = 400


class Other(Row):
    y: U16 = 400


def move(me: Runner, steer: Steer, world: View) -> None:
    steer.dx = 1
    me.z = 3


class Wrong(Game):
    runners: PerPlayer[Runner]
    predict = Predict(Steer, Runner, move)

    def on_join(self, player: Player) -> None:
        self.runners[player.id] = Other()
        self.runners[player.id].x = "left"
"""


def test_the_sketched_game_is_strict_and_plays(tmp_path: Path) -> None:
    """Written as in the design: no cast, no ignore; and it runs. Its mistakes are found."""
    sketch, wrong = tmp_path / "sketched_tag.py", tmp_path / "wrong.py"
    sketch.write_text(SKETCH)
    wrong.write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(tmp_path / "cache")]
    result = subprocess.run([*command, str(sketch), str(wrong)], capture_output=True, text=True, check=False)
    problems = [line.removeprefix(str(tmp_path)) for line in result.stdout.splitlines() if "error" in line]
    assert {int(line.split(":")[1]) for line in problems} == {18, 19, 27, 28}, result.stdout
    assert all("wrong.py" in line for line in problems)

    (spec,) = load_games(str(sketch))
    room = Room(spec, room_id="r", seed=1)
    ann, bob = room.join(name="Ann", handle=1), room.join(name="Bob", handle=1)
    for _ in range(50):
        room.step()
        room.snapshot()
    assert ann.player is not None
    assert bob.player is not None
    assert spec.name == "sketched_tag"
