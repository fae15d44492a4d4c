"""Counting instructions: the runs that are counted, what is made of the counts, and what is said where that fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loadtest.instructions import Size, counted, main, per_client_tick, report
from loadtest.peers import interpreter


def test_what_the_longer_run_has_more_is_what_its_ticks_take() -> None:
    """However much it takes to start, and to let everybody in."""

    def count(size: Size, ticks: int) -> int:
        return 1_000_000 + 5000 * size.rooms + ticks * size.rooms * (30 + 7 * size.seats)

    assert per_client_tick(Size(1, 10), count) == 10
    assert per_client_tick(Size(100, 10), count) == 10
    assert per_client_tick(Size(20, 30), count) == 8


def test_a_sweep_is_flat_within_a_fifth() -> None:
    """Whichever end is the dearer one."""
    sizes, said = [Size(1, 10), Size(100, 10)], list[str]()
    assert report("rooms", sizes, [120.0, 100.0], said.append)
    assert report("rooms", sizes, [1000.0, 1200.0], said.append)
    assert not report("rooms", sizes, [100.0, 121.0], said.append)
    assert not report("rooms", sizes, [121.0, 100.0], said.append)
    assert sum("1.21x" in line for line in said) == 2
    assert any("1,000 in 100 x 10" in line for line in said)


def test_a_run_ends_with_its_last_tick() -> None:
    """By itself, and well."""
    command = [sys.executable, "-m", "loadtest.instructions", "--play", "2", "10", "3"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_without_valgrind_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And how to get it."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert main([]) == 2
    assert "apt install valgrind" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("does", "gives"),
    [
        ("echo '==7== I   refs:      1,531,896,529' >&2", 1_531_896_529),
        ("echo 'Illegal instruction' >&2; exit 4", "Illegal instruction"),
        ("echo 'it was quiet' >&2", "it was quiet"),
    ],
)
def test_what_valgrind_says_is_read(
    does: str, gives: int | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that fails ends it all with what that run said."""
    valgrind = tmp_path / "valgrind"
    valgrind.write_text(f"#!/bin/sh\n{does}\n")
    valgrind.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(interpreter, "try_install", lambda _: None)
    if isinstance(gives, int):
        assert counted(Size(1, 10), 40) == gives
        return
    with pytest.raises(RuntimeError, match=gives):
        counted(Size(1, 10), 40)
    assert main([]) == 2
    assert gives in capsys.readouterr().err
