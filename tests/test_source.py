"""Where a class stands in its author's file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from gameserver.errors import DefinitionError
from gameserver.source import refuse

SOURCE = """\
import functools

class Game:
    early: int = 1
    a = b = 2
    first, (second, third) = 1, (2, 3)
    long: dict[
        int, str
    ]

    @functools.cache
    def hook(self):
        inner = 1

    async def slow(self): pass

    class Row:
        x: int

    if True:
        hidden: int = 1

def make():
    class Local:
        y: int
    return Local

class Twice:
    z = 1

class Twice:
    w = 1
    z = 2
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with a file, not executed."""
    path = tmp_path / "authored.py"
    path.write_text(SOURCE, encoding="utf-8")
    made = ModuleType("authored")
    made.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "authored", made)
    return made


@pytest.mark.parametrize(
    ("qualname", "member", "line"),
    [
        ("Game", None, 3),
        ("Game", "early", 4),
        ("Game", "a", 5),
        ("Game", "b", 5),
        ("Game", "third", 6),
        ("Game", "long", 7),
        ("Game", "hook", 12),
        ("Game", "slow", 15),
        ("Game", "inner", 3),
        ("Game", "hidden", 3),
        ("Game", "nowhere", 3),
        ("Game.Row", "x", 18),
        ("make.<locals>.Local", "y", 25),
        ("Twice", "z", 33),
    ],
)
def test_the_line_of_a_member(module: ModuleType, qualname: str, member: str | None, line: int) -> None:
    """A member is found by its name, else the class is pointed at."""
    error = refuse("authored", qualname, member, "problem", "fix")
    name = qualname.removeprefix("make.<locals>.")
    subject = f"{name}.{member}" if member else name
    assert str(error) == f"{module.__file__}:{line}: {subject}: problem; fix"
    assert isinstance(error, DefinitionError)
    assert isinstance(error, TypeError)


def test_without_a_class_of_that_name(module: ModuleType) -> None:
    """A class that was made by other means is refused with its file at least."""
    assert str(refuse("authored", "Other", "x", "problem", "fix")) == f"{module.__file__}: Other.x: problem; fix"
    assert str(refuse("authored", "Game.Other", None, "problem", "fix")).startswith(f"{module.__file__}: ")


@pytest.mark.parametrize("text", [b"class Game(:", b"\xff", b"\x00"])
def test_a_file_that_can_not_be_read(module: ModuleType, text: bytes) -> None:
    """A file that changed into nonsense since it was loaded doesn't hide the refusal."""
    assert module.__file__ is not None
    Path(module.__file__).write_bytes(text)
    assert str(refuse("authored", "Game", "x", "problem", "fix")) == f"{module.__file__}: Game.x: problem; fix"
    Path(module.__file__).unlink()
    assert str(refuse("authored", "Game", "x", "problem", "fix")) == f"{module.__file__}: Game.x: problem; fix"


def test_without_a_file() -> None:
    """What was typed at a prompt is named by its module."""
    assert str(refuse("no_such_module", "Game", None, "problem", "fix")) == "no_such_module: Game: problem; fix"
