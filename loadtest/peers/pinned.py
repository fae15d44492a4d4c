"""The Python peers' packages: versions with hashes in `requirements.lock`, installed into a `.venv` beside it."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from loadtest.peers.peer import HERE, PeerMissing

LOCK = HERE / "requirements.lock"
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALL_S = 600
ERROR_LINES = 2
_ERROR = re.compile(r"(npm error|ERROR:)\s*")


def version(package: str) -> str:
    """Give the version of a package in the lock."""
    found = re.search(rf"^{re.escape(package)}==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{package} is not in {LOCK}"
    return found[1]


def install(say: Callable[[str], None], python: Path) -> None:
    """Make the folder what the lock says, with this Python, unless it is so already.

    Raises:
        PeerMissing: that isn't possible; the text is what pip complained about.

    """
    if is_installed(VENV, LOCK):
        return
    say("installing FastAPI, uvicorn and python-socketio")
    run([python, "-m", "venv", "--clear", VENV], "Python's venv module")
    quietly = ["--quiet", "--disable-pip-version-check"]
    run([PYTHON, "-m", "pip", "install", *quietly, "--require-hashes", "--requirement", LOCK], "pip")
    mark_installed(VENV, LOCK)


def is_installed(folder: Path, lock: Path) -> bool:
    """Tell whether a folder was made from this very lock."""
    mark = folder / ".installed"
    return mark.is_file() and mark.read_text(encoding="ascii") == _digest(lock)


def mark_installed(folder: Path, lock: Path) -> None:
    """Remember what a folder was made from."""
    (folder / ".installed").write_text(_digest(lock), encoding="ascii")


def run(command: Sequence[str | Path], what: str, *, folder: Path = HERE) -> None:
    """Run a step of an installation.

    Raises:
        PeerMissing: it failed.

    """
    try:
        done = subprocess.run(  # noqa: S603  # installers, with what the lock files say
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerMissing(f"{what}: {error}") from error
    if done.returncode:
        raise PeerMissing(f"{what} failed: {first_errors(done.stderr or done.stdout)}")


def first_errors(said: str) -> str:
    """Give in one line how an installer's complaint begins; pages of advice may follow it."""
    lines = [line.strip() for line in said.splitlines()]
    errors = [_ERROR.sub("", line) for line in lines if _ERROR.match(line)]
    return "; ".join([line for line in errors or lines if line][:ERROR_LINES]) or "it said nothing"


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
