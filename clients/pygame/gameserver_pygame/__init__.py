"""The desktop client: plays and watches the games of a gameserver in a window, with pygame.

Started by `gameserver play`; it needs `pip install 'gameserver[pygame]'`.
"""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from gameserver_pygame.app import App, Options, play  # pygame greets as soon as it is imported

__all__ = ["App", "Options", "play"]
