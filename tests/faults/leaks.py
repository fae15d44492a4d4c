"""What must be as before once all is over."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from pathlib import Path

_DESCRIPTORS = Path("/dev/fd")
"""The descriptors of whoever looks, on Linux (a link into /proc) and macOS alike."""


def descriptors() -> int:
    """Tell how many descriptors this process has open: sockets of both sides, and all else."""
    return sum(1 for _ in _DESCRIPTORS.iterdir())


def tasks() -> int:
    """Tell how many tasks the loop has that aren't done."""
    return len(asyncio.all_tasks())


def alive(*kinds: type) -> dict[str, int]:
    """Tell how many objects of these classes there are, by name; cycles that nobody can reach aside."""
    gc.collect()
    counts = Counter(type(thing) for thing in gc.get_objects())
    return {kind.__name__: counts[kind] for kind in kinds}
