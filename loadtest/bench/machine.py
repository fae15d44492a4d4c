"""What a report says about where it comes from: the machine, the versions, and the commit."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from loadtest.bench.results import Machine
from loadtest.peers import interpreter

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("uvloop", "aiohttp", "msgspec")


def machine() -> Machine:
    """Describe this machine."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return Machine(
        cpu=found[1] if found else platform.machine(),
        cores=os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=f"{platform.system()} {platform.release()}",
    )


def versions() -> dict[str, str]:
    """Give the versions of the servers' Python, and of what this server stands on; the peers' are in their titles."""
    found = {"Python": interpreter.version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """Name the commit that is checked out, and say when files differ from it."""
    try:
        name = _git("rev-parse", "--short=10", "HEAD")
        return f"{name} with changes" if _git("status", "--porcelain", "--untracked-files=no") else name
    except (OSError, subprocess.CalledProcessError):
        return "unknown (not a git checkout)"


def _git(*arguments: str) -> str:
    asked = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603, S607
    return asked.stdout.strip()
