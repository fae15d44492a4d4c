"""`gameserver play`, as the command line has it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import gameserver_pygame
from gameserver.cli import main
from gameserver_pygame import Options

WITHOUT_PYGAME = "import sys; sys.modules['pygame'] = None; from gameserver.cli import main; sys.exit(main(['play']))"


def test_without_pygame_it_says_how_to_get_it() -> None:
    """In one line, and it fails."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYGAME], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "gameserver: playing needs pygame:  pip install 'gameserver[pygame]'\n"


def test_serving_does_not_need_pygame() -> None:
    """It isn't even imported."""
    code = "import sys, gameserver.cli; sys.exit('pygame' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_flags_become_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, with their defaults."""
    played: list[Options] = []

    def play(options: Options) -> int:
        played.append(options)
        return 0

    monkeypatch.setattr(gameserver_pygame, "play", play)
    assert main(["play"]) == 0
    given = ["--url", "http://x:1", "--game", "tag", "--name", "Ada", "--spectate", "--ticket", "a.b.c"]
    assert main(["play", *given]) == 0
    assert played == [Options(), Options(url="http://x:1", game="tag", name="Ada", spectate=True, ticket="a.b.c")]


def test_an_address_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Trying again wouldn't help."""
    assert main(["play", "--url", "nonsense"]) == 1
    assert "'nonsense' is no address of a game server" in capsys.readouterr().err
    assert main(["play", "--ticket", "two words"]) == 1
    assert "The ticket is no ticket" in capsys.readouterr().err


def test_without_a_screen_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "no such driver")
    assert main(["play"]) == 1
    assert "no window can be opened" in capsys.readouterr().err
