"""The Python SDK: play and watch games of a gameserver, headless or drawn, with asyncio.

::

    async with connect("http://127.0.0.1:8080") as client:
        room = await client.join("tag", name="Ada")
        room.input("steer", dx=1)
        state = await room.next_snapshot()
        print(state.tables["runners"][room.player].x)
"""

from __future__ import annotations

from gameserver_client.client import Client, connect
from gameserver_client.connection import ConnectionState
from gameserver_client.drawing import Frame, Toggles
from gameserver_client.errors import ClientError, ConnectError, ConnectionLost, Refused, RoomLeft, ServerError
from gameserver_client.lag_lab import LagLab
from gameserver_client.lobby import GameInfo, RoomInfo
from gameserver_client.net_stats import NetStats, StatsSample
from gameserver_client.room import Room, RoomStatus
from gameserver_client.roster import Presence, RoomPlayer
from gameserver_client.snapshots import Format
from gameserver_client.states import State

__all__ = [
    "Client", "ClientError", "ConnectError", "ConnectionLost", "ConnectionState", "Format", "Frame", "GameInfo",
    "LagLab", "NetStats", "Presence", "Refused", "Room", "RoomInfo", "RoomLeft", "RoomPlayer", "RoomStatus",
    "ServerError", "State", "StatsSample", "Toggles", "connect",
]  # fmt: skip
