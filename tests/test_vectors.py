"""`gameserver vectors`: cases of a game's move that hold on both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gameserver.cli import main
from gameserver.game import Game
from gameserver.games.arena import Arena
from gameserver.games.arena.rows import PODIUM
from gameserver.games.tag import Tag
from gameserver.protocol.tables import View
from gameserver.vectors import move_vectors
from tests.games import Kitchen

FOLDER = Path(__file__).parent / "vectors"


def replay(game: type[Game], vectors: dict[str, Any]) -> None:
    """Run the game's own move over the cases."""
    spec = game.spec
    predict = spec.predict
    assert predict is not None
    assert (vectors["game"], vectors["table"]) == (spec.name, spec.predict_table)
    for case in vectors["cases"]:
        world = {
            spec.tables[name].row: {int(i): spec.tables[name].row(**row) for i, row in rows.items()}
            for name, rows in case["world"].items()
        }
        me = predict.row(**case["before"])
        if vectors["table"] in case["world"]:  # one's own row in the world is the one that is moved
            world[predict.row][case["player"]] = me
        predict.move(me, predict.input(**case["input"]), View(world, case["now"]))
        assert {name: getattr(me, name) for name in case["after"]} == case["after"]


@pytest.mark.parametrize("game", [Arena, Tag])
def test_the_vectors_that_clients_are_tested_with_hold(game: type[Game]) -> None:
    """The server moves as the files say; where rules have changed, `gameserver vectors` makes new ones."""
    replay(game, json.loads((FOLDER / f"{game.spec.name}_move.json").read_text(encoding="utf-8")))


def test_the_arena_vectors_reach_the_corners() -> None:
    """Standing, running, dashing, dead, on the podium: a twin that gets one of them wrong is caught."""
    cases = json.loads((FOLDER / "arena_move.json").read_text(encoding="utf-8"))["cases"]
    assert any(case["after"]["dash_at"] != case["before"]["dash_at"] for case in cases)
    assert any(case["before"]["hp"] == 0 and case["after"] == case["before"] for case in cases)
    assert any(case["world"].get("arena", {"0": {"phase": 0}})["0"]["phase"] == PODIUM for case in cases)
    assert any(case["before"]["vx"] == case["after"]["vx"] != 0 for case in cases)


@pytest.mark.parametrize("game", [Arena, Tag, Kitchen])
def test_any_game_with_a_move_has_vectors(game: type[Game]) -> None:
    """As many as asked for, the same for the same seed, others for another."""
    vectors = move_vectors(game.spec, seed=3, cases=60)
    replay(game, vectors)
    assert len(vectors["cases"]) == 60
    assert move_vectors(game.spec, seed=3, cases=60) == vectors
    assert move_vectors(game.spec, seed=4, cases=60) != vectors


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To where it is told, or to the standard output."""
    out = tmp_path / "tag.json"
    assert main(["vectors", "gameserver.games.tag", "--cases", "7", "--seed", "9", "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["vectors", "gameserver.games.tag", "--cases", "7", "--seed", "9"]) == 0
    written = json.loads(out.read_text())
    assert written == json.loads(capsys.readouterr().out)
    replay(Tag, written)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["gameserver.games.highcard"], "highcard has no `predict = Predict(...)`"),
        (["no.such.module"], "there is no module"),
        (["tests.games"], "tests.games:Kitchen"),
        (["gameserver.games.tag", "--out", "/no/such/folder/x.json"], "can't write /no/such/folder/x.json"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error output, with an exit code that isn't 0."""
    assert main(["vectors", *arguments]) == 1
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1
