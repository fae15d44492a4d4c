"""What players are called, and how those look whose connection is lost."""

from __future__ import annotations

from gameserver_client import Room
from gameserver_pygame.theme import GROUND, Colour, mix, player_colour

DIMMED = 0.6
"""How much of its colour the name of somebody who is away loses."""


def name_of(room: Room, player: int) -> str:
    """Give what somebody who is or was here is called."""
    return room.name_of(player) or f"player {player}"


def is_away(room: Room, player: int) -> bool:
    """Tell whether a player's seat waits for him."""
    seat = room.players.get(player)
    return seat is not None and seat.away


def title_of(room: Room, player: int) -> str:
    """Give the name with what is to be known of him: "Bob (away)"."""
    return f"{name_of(room, player)} (away)" if is_away(room, player) else name_of(room, player)


def colour_of(room: Room, player: int) -> Colour:
    """Give the colour of a player's name in lists."""
    colour = player_colour(player)
    return mix(colour, GROUND, DIMMED) if is_away(room, player) else colour
