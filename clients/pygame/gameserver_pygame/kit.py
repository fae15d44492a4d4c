"""What everything that draws needs."""

from __future__ import annotations

from pathlib import Path

from gameserver_pygame.settings import Settings
from gameserver_pygame.shapes import Shapes
from gameserver_pygame.sound import Sound
from gameserver_pygame.text import TextPainter


class Kit:
    """The means of one window; made once there is one."""

    def __init__(self, settings: Settings, path: Path) -> None:
        self.settings = settings
        self.text = TextPainter()
        self.shapes = Shapes()
        self.sound = Sound(settings.volume, muted=settings.muted)
        self._path = path

    def keep_settings(self) -> None:
        """Write down what the player chose."""
        self.settings.volume, self.settings.muted = self.sound.volume, self.sound.muted
        self.settings.save(self._path)
