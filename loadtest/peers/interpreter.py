"""The Python that the servers written in it run on: one built with profile-guided optimization, where there is one.

A distribution's own is, and Docker's; one that was compiled at home mostly isn't, and makes a Python server a fifth
slower.
Node comes from its makers as they optimize it, so the comparison would be with the build, not with the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from loadtest.peers import pinned
from loadtest.peers.peer import HERE, ROOT, PeerMissing

LOCK = ROOT / "requirements" / "run.lock"
VENV = HERE / ".venv-server"
_VERSIONS = ("3.13", "3.12", "3.11")
# Debian optimizes the interpreter alone and describes another build of it, so where it lives has to tell.
_ASK = (
    "import sys, sysconfig; "
    "optimized = '--enable-optimizations' in (sysconfig.get_config_var('CONFIG_ARGS') or ''); "
    "print(optimized or sys.base_prefix == '/usr', *sys.version_info[:3], sep='.')"
)
_ASK_S = 20


@cache
def best() -> Path:
    """Give this Python if it is optimized, else another one that is (of the same version first), else this one."""
    own = Path(sys.executable)
    for python in (own, *_others()):
        if _described(python)[0]:
            return python
    return own


@cache
def version() -> str:
    """Say which Python the servers run on."""
    optimized, number = _described(best())
    return number if optimized else f"{number}, built without optimizations"


def install(say: Callable[[str], None]) -> None:
    """Make an environment with what the server needs, where it can't have this one's.

    Raises:
        PeerMissing: that isn't possible.

    """
    if best() == Path(sys.executable) or pinned.is_installed(VENV, LOCK):
        return
    say(f"making an environment for the server with Python {version()}")
    pinned.run([best(), "-m", "venv", "--clear", VENV], "Python's venv module")
    quietly = ["--quiet", "--disable-pip-version-check"]
    pinned.run([_in_venv(), "-m", "pip", "install", *quietly, "--require-hashes", "--requirement", LOCK], "pip")
    pinned.mark_installed(VENV, LOCK)


def server_python() -> str:
    """Give the Python to start the server with: that environment's, or this one where there is none."""
    ready = best() != Path(sys.executable) and pinned.is_installed(VENV, LOCK)
    return str(_in_venv()) if ready else sys.executable


def try_install(say: Callable[[str], None]) -> None:
    """Make the environment if that is possible; without it the server runs on this Python, and the page says so."""
    try:
        install(say)
    except PeerMissing as missing:
        say(f"no optimized Python for the server ({missing}); taking {sys.executable}")


def _in_venv() -> Path:
    return VENV / "bin" / "python"


def _others() -> Iterator[Path]:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/bin", "/usr/local/bin"])
    for number in sorted(_VERSIONS, key=lambda number: number != own):
        for folder in path.split(os.pathsep):
            found = shutil.which(f"python{number}", path=folder) if folder else None
            if found is not None:
                yield Path(found)


@cache
def _described(python: Path) -> tuple[bool, str]:
    """Tell whether a Python is optimized, and its version."""
    try:
        asked = subprocess.run(  # noqa: S603  # a Python of this machine
            [python, "-c", _ASK], capture_output=True, text=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False, ""
    answer, _, number = asked.stdout.strip().partition(".")
    return answer == "True", number
