"""Every limit of the server: its unit, its default, and what happens beyond it."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that hold for one server. Defaults suit a small public server."""

    max_message_bytes: int = 4096
    """A longer frame or message closes its connection with 1009."""
    max_connections_per_address: int = 64
    """Connections from one address; the next gets HTTP 429 before the upgrade."""
    max_spectators: int = 200
    """Spectators per room; the next gets `room_full`."""
    empty_room_grace_s: float = 10.0
    """A room with neither players nor spectators ends after this long."""
    max_late_steps: int = 4
    """A room that is late runs up to this many steps at once; beyond, its schedule slips and the ticks are counted."""
    max_waiting_inputs: int = 4
    """Inputs of one player that wait for their tick; beyond, the oldest is merged into the next."""
    max_commands_per_tick: int = 32
    """Commands and chat lines of one member that wait for the next tick; the next gets `rate_limited`."""
    snapshot_history: int = 64
    """Past states kept per room; a client whose base is older gets a keyframe."""
    max_behind_s: float = 5.0
    """A connection with bytes unsent for this long is aborted."""
    max_unsent_bytes: int = 262_144
    """A connection with more bytes than this unsent is aborted."""
    shutdown_s: float = 1.0
    """Time that peers have to answer the close frame when the server stops; then they are aborted."""
    drain_s: float = 0.0
    """Time that rooms have to end by themselves when the server is told to stop."""
