"""The arena: a twin-stick shooter for up to a hundred players."""

from gameserver.games.arena.rules import Arena

__all__ = ["Arena"]
