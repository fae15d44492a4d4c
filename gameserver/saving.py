"""A game's whole state to bytes and back, with no code from its author; and its hash."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import astuple

from gameserver.declarations import Player
from gameserver.errors import StateError
from gameserver.game import Host
from gameserver.inputs import SavedQueue
from gameserver.protocol.rows import Row
from gameserver.protocol.tables import ONE_ID, One
from gameserver.values import encode_value, refuse_shared

RandomState = tuple[int, tuple[int, ...], float | None]


class SavedTable(msgspec.Struct, frozen=True, array_like=True):
    """A table: its rows in their order, and the id that the next one gets."""

    ids: list[int]
    rows: list[tuple[Any, ...]]
    next_id: int


class SavedGame(msgspec.Struct, frozen=True, array_like=True):
    """Everything that a game's rules can see."""

    tables: dict[str, SavedTable]
    attributes: dict[str, msgspec.Raw]
    players: list[Player]
    held: dict[int, dict[str, Any]]
    random: RandomState
    bot_random: RandomState
    locked: bool


class SavedSeat(msgspec.Struct, frozen=True, array_like=True):
    """A seat."""

    queue: SavedQueue
    last_seq: int | None
    identity: str | None
    generation: int
    unconfirmed: int | None
    away_until: int | None


class SavedRoom(msgspec.Struct, frozen=True, array_like=True):
    """All of a room that outlives its connections."""

    game: str
    tick: int
    started: bool
    next_player: int
    seats: dict[int, SavedSeat]
    state: SavedGame


def save_game(host: Host) -> SavedGame:
    """Copy the state.

    Raises:
        StateError: something in it can't be saved, or would come back as two things where it is one.

    """
    game, spec = host.game, host.spec
    tables = {}
    for name, table in host.tables.items():
        ids, rows = list(table), list(map(astuple, table.values()))
        table.check(ids, rows)
        tables[name] = SavedTable(ids, rows, table.next_id)
    attributes = {}
    seen: dict[int, str] = {}
    for name, attribute in spec.attributes.items():
        value = getattr(game, name)
        place = f"{spec.cls.__name__}.{name}"
        refuse_shared(place, value, seen)
        attributes[name] = msgspec.Raw(encode_value(place, value, attribute.annotation))
    return SavedGame(
        tables=tables,
        attributes=attributes,
        players=list(host.players.values()),
        # In the players' order: in which order their inputs arrived must not be seen.
        held={
            p: {kind.__name__: msgspec.to_builtins(held[p]) for kind, held in host.held.items()} for p in host.players
        },
        random=host.random.getstate(),
        bot_random=host.bot_random.getstate(),
        locked=host.locked,
    )


def load_game(host: Host, saved: SavedGame) -> None:
    """Put a saved state into a new host of the same game, and let the game derive its caches.

    Raises:
        StateError: the state doesn't fit the game's class (any more).

    """
    spec = host.spec
    if saved.tables.keys() != host.tables.keys() or saved.attributes.keys() != spec.attributes.keys():
        raise StateError(f"this was saved by another version of {spec.name}: its tables or attributes differ")
    host.players.update((player.id, player) for player in saved.players)
    for name, saved_table in saved.tables.items():
        table = host.tables[name]
        rows = [tuple(row) for row in saved_table.rows]
        table.check(saved_table.ids, rows)
        table.load(
            ((i, _row(table.row_type, row)) for i, row in zip(saved_table.ids, rows, strict=True)), saved_table.next_id
        )
        if isinstance(table, One) and ONE_ID in table:
            host.put_one(name, table[ONE_ID])
    for name, encoded in saved.attributes.items():
        host.load_attribute(name, msgspec.msgpack.decode(encoded, type=spec.attributes[name].annotation))
    kinds = {i.type.__name__: i.type for i in spec.inputs.values()}
    for player in host.players:
        host.hold_nothing(player)
    for player, held in saved.held.items():
        for name, fields in held.items():
            host.held[kinds[name]][player] = msgspec.convert(fields, kinds[name])
    host.random.setstate(saved.random)
    host.bot_random.setstate(saved.bot_random)
    host.locked = saved.locked
    host.game.derive()


def _row(row_type: type[Row], values: tuple[Any, ...]) -> Row:
    # By name: a row's fields may be keyword-only.
    return row_type(**dict(zip(row_type.__struct_fields__, values, strict=True)))
