"""A server that says what it holds when it is asked: the command line of `gameserver`, and SIGUSR1.

It answers a signal with a line `held {"tasks": ..., "objects": ...}`, which tells leaks that don't show outside.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import signal
import sys
from pathlib import Path

from gameserver.cli import main

_LINE = re.compile(r"^held (\{.*\})$", re.MULTILINE)


def answers(log: Path) -> list[dict[str, int]]:
    """Give a server's answers so far, oldest first: `tasks` under way, and `objects` that the collector tracks."""
    return [json.loads(line) for line in _LINE.findall(log.read_text(encoding="utf-8"))]


def _answer(*_: object) -> None:
    gc.collect()
    held = {"tasks": len(asyncio.all_tasks()), "objects": len(gc.get_objects())}
    print(f"held {json.dumps(held)}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _answer)
    sys.exit(main())
