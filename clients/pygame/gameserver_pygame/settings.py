"""What a player chose, the same at his next visit."""

from __future__ import annotations

import logging
import os
import random
import sys
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

LONGEST_NAME = 24
FIRST = """
Brave Calm Clever Cosmic Daring Dapper Eager Fuzzy Gentle Happy Jolly Lucky Mighty Nimble Quick Quiet Rapid Sly Sunny
Swift Witty Zesty
"""
SECOND = """
Badger Beaver Cricket Dolphin Falcon Ferret Fox Gecko Heron Ibex Koala Lemur Lynx Marten Moth Otter Panda Puffin Raven
Robin Seal Tapir Wombat Yak
"""


class Settings(msgspec.Struct):
    """Kept in a small JSON file; where that can't be read or written, every visit is the first."""

    name: str = ""
    volume: float = 0.6
    """0 to 1."""
    muted: bool = False

    def save(self, path: Path) -> None:
        """Keep it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(msgspec.json.encode(self))
        except OSError as error:
            log.info("the settings can't be kept: %s", error)


def load_settings(path: Path) -> Settings:
    """Read what was kept by this version or another; the defaults where nothing was."""
    try:
        settings = msgspec.json.decode(path.read_bytes(), type=Settings)
    except (OSError, ValueError):
        settings = Settings()
    settings.name = settings.name[:LONGEST_NAME] or random_name(random.Random())
    settings.volume = min(1.0, max(0.0, settings.volume))
    return settings


def settings_path() -> Path:
    """Give the place where this system keeps such files."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"))
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return folder / "gameserver" / "play.json"


def random_name(dice: random.Random) -> str:
    """Make a pleasant name for someone who didn't choose one."""
    return f"{dice.choice(FIRST.split())} {dice.choice(SECOND.split())}"
