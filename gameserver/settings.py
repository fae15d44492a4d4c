"""Every limit of the server: its unit, its default, and what happens beyond it.

Each is a flag of the same name on the command line, and a row in `docs/operations.md`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


def _limit(unit: str, what: str) -> Meta:
    return Meta(description=what, extra={"unit": unit})


_Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_Size = Annotated[int, Meta(ge=1024, le=1_000_000_000)]
_Seconds = Annotated[float, Meta(ge=0, le=86_400)]
_Rate = Annotated[float, Meta(gt=0, le=1_000_000)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that hold for one server. Defaults suit a small public server."""

    # The door.
    max_connections: Annotated[_Count, _limit("N", "connections in all; the next gets HTTP 503 before the upgrade")] = (
        10_000
    )
    max_connections_per_address: Annotated[
        _Count, _limit("N", "connections from one address; the next gets HTTP 429 before the upgrade")
    ] = 64
    handshake_s: Annotated[
        float, Meta(ge=0.1, le=3600), _limit("S", "time for a TCP connection to say its whole request; then it is cut")
    ] = 5.0
    first_message_s: Annotated[
        _Seconds, _limit("S", "time for a connection to send its first valid message; then it is closed with 1008")
    ] = 10.0

    # What comes in.
    max_message_bytes: Annotated[
        int, Meta(ge=256, le=1_048_576), _limit("BYTES", "size of a message; a longer one closes with 1009")
    ] = 4096
    messages_per_s: Annotated[
        _Rate,
        _limit(
            "N", "messages a second of one connection, or two per tick of the fastest game; more get `rate_limited`"
        ),
    ] = 60.0
    message_burst: Annotated[
        _Count, _limit("N", "messages that a connection may send at once, or two seconds' worth if that is more")
    ] = 120
    max_flood_s: Annotated[
        _Seconds, _limit("S", "a connection that sends too much for so long is closed with 1008")
    ] = 5.0
    max_bad_messages: Annotated[
        _Count, _limit("N", "malformed messages in 10 seconds; more close the connection with 1008")
    ] = 50
    messages_per_turn: Annotated[
        _Count, _limit("N", "messages of one connection that are taken before others have their turn")
    ] = 16
    entries_per_s: Annotated[
        _Rate, _limit("N", "joins, spectates and resumes a second of one connection; more get `rate_limited`")
    ] = 4.0
    entry_burst: Annotated[_Count, _limit("N", "joins, spectates and resumes that a connection may send at once")] = 32
    chat_per_s: Annotated[_Rate, _limit("N", "chat lines a second of one connection; more get `rate_limited`")] = 1.0
    chat_burst: Annotated[_Count, _limit("N", "chat lines that a connection may say at once")] = 8
    max_commands_per_tick: Annotated[
        _Count, _limit("N", "commands and chat lines of one member in a tick; more get `rate_limited`")
    ] = 32
    max_waiting_inputs: Annotated[
        _Count, _limit("N", "inputs of a player that wait for their ticks; beyond, the oldest is merged into the next")
    ] = 4

    # What goes out.
    max_behind_s: Annotated[_Seconds, _limit("S", "a connection with bytes unsent for so long is cut")] = 5.0
    max_unsent_bytes: Annotated[_Size, _limit("BYTES", "a connection with more bytes unsent is cut")] = 262_144
    send_buffer_bytes: Annotated[
        _Size, _limit("BYTES", "the kernel's send buffer of a connection: what an unread peer can take up there")
    ] = 65_536
    heartbeat_s: Annotated[
        _Seconds, _limit("S", "interval of pings; who leaves one unanswered for as long is cut; 0: none are sent")
    ] = 20.0

    # Rooms.
    max_rooms: Annotated[_Count, _limit("N", "rooms of the process; the next is refused with `room_full`")] = 1000
    max_rooms_per_connection: Annotated[
        _Count, _limit("N", "rooms that a connection is in; the next is refused with `rate_limited`")
    ] = 8
    max_rooms_per_address: Annotated[
        _Count, _limit("N", "rooms that were opened from one address; the next is refused with `rate_limited`")
    ] = 64
    max_spectators: Annotated[_Count, _limit("N", "spectators of a room; the next gets `room_full`")] = 200
    resume_s: Annotated[
        _Seconds, _limit("S", "time that a lost player's seat waits for him, where the game doesn't say")
    ] = 20.0
    empty_room_grace_s: Annotated[_Seconds, _limit("S", "a room with nobody in it ends after this long")] = 10.0
    max_late_steps: Annotated[
        _Count, _limit("N", "steps that a late room runs at once; beyond, its schedule slips and ticks are given up")
    ] = 4
    snapshot_history: Annotated[
        _Count,
        _limit("N", "past states kept per room for those who are behind; a client whose base is older gets a keyframe"),
    ] = 64
    report_inputs: Annotated[
        _Count, _limit("N", "last joins, leaves, commands and inputs in the report of a room that failed")
    ] = 200

    # Going down.
    drain_s: Annotated[_Seconds, _limit("S", "time that rooms have to end when the server is told to stop")] = 0.0
    retry_after_s: Annotated[
        _Seconds, _limit("S", "when clients shall come back after the server stopped, as told in `closing`")
    ] = 2.0
    close_s: Annotated[
        float,
        Meta(ge=0, le=60),
        _limit("S", "time that a peer has to answer a close frame; then the connection is cut"),
    ] = 0.5

    def changed(self) -> dict[str, int | float]:
        """Give what differs from the defaults, by name."""
        given, default = msgspec.structs.asdict(self), msgspec.structs.asdict(Settings())
        return {name: value for name, value in given.items() if value != default[name]}
