"""Servers to compare with, all of the same game.

Each is one process, which `start` runs and which ends with its context.
"""

from __future__ import annotations

from loadtest.peers.colyseus_peer import Colyseus
from loadtest.peers.fastapi_peer import FastAPI
from loadtest.peers.floor_peer import Floor
from loadtest.peers.gameserver_peer import GameServer
from loadtest.peers.peer import Load, Peer, PeerFailed, PeerMissing, Running
from loadtest.peers.socketio_peer import SocketIO

_ALL: tuple[Peer, ...] = (GameServer(), Colyseus(), FastAPI(), SocketIO(), Floor())

PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}
"""By name, in the order in which they are shown."""

__all__ = ["PEERS", "Load", "Peer", "PeerFailed", "PeerMissing", "Running"]
