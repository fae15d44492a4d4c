"""A multiplayer game server with a tick loop: you write the rules, it does the rest.

Everything that a game needs comes from here::

    from gameserver import Axis, Event, Game, Input, PerPlayer, Player, Predict, Row, U16, View
"""

from __future__ import annotations

from msgspec import Meta

from gameserver.declarations import Command, Event, Input, Options, Player, Predict
from gameserver.errors import DefinitionError, GameServerError, Refused, RoomFailed, StateError
from gameserver.game import BotAction, Game
from gameserver.protocol.intmath import atan256, cos256, isqrt, sin256
from gameserver.protocol.rows import Row
from gameserver.protocol.tables import PerPlayer, Secret, Table, View
from gameserver.protocol.types import F32, F64, I8, I16, I32, U8, U16, U32, Axis, PlayerId, Tick
from gameserver.spec import Derived

__version__ = "0.1.0"

__all__ = [
    "F32", "F64", "I8", "I16", "I32", "U8", "U16", "U32", "Axis", "BotAction", "Command", "DefinitionError", "Derived",
    "Event", "Game", "GameServerError", "Input", "Meta", "Options", "PerPlayer", "Player",
    "PlayerId", "Predict", "Refused",
    "RoomFailed", "Row", "Secret", "StateError", "Table", "Tick", "View", "atan256", "cos256", "isqrt", "sin256",
]  # fmt: skip
