"""Random cases of a game's `move`: what a client's hand-written twin of it must do, too."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec

from gameserver.declarations import Predict, name_of
from gameserver.errors import StartupError
from gameserver.protocol.layout import INTEGER_BOUNDS
from gameserver.protocol.rows import AnyRow, Row, check_rows
from gameserver.protocol.tables import Table, View
from gameserver.protocol.types import Field, field_of
from gameserver.room import Room
from gameserver.spec import GameSpec

_PLAYERS = 6
_NEW_INPUT_CHANCE = 0.15
_ODD_CASE_CHANCE = 0.4
_ODD_FIELD_CHANCE = 0.2
_MOST_TICKS = 20_000


class _Recorder(View):
    """A view that remembers which tables a move looked at."""

    def __init__(self, tables: Mapping[type[Row], Mapping[int, Row]], now: int) -> None:
        super().__init__(tables, now)
        self.seen: set[type[Row]] = set()

    def rows(self, row_type: type[AnyRow]) -> Mapping[int, AnyRow]:
        """Give the rows, and note that they count."""
        self.seen.add(row_type)
        return super().rows(row_type)


def move_vectors(spec: GameSpec, *, seed: int, cases: int) -> dict[str, Any]:
    """Play the game with players who press keys at random, and note what `move` does to whom.

    Part of the cases come from play; in the others some fields are set to anything within their bounds, so that rare
    corners of the rules are there, too. A case holds the tables that `move` looked at, the row before, the input, and
    the row after.

    Raises:
        StartupError: the game declares no `predict`, or nobody ever has a row in play.

    """
    predict = spec.predict
    if predict is None or spec.predict_table is None:
        raise StartupError(f"{spec.name} has no `predict = Predict(...)`, so there is no move to make cases of")
    random, found = Random(seed), []
    room, players = _open(spec, seed)
    for _ in range(_MOST_TICKS):
        for player in players:
            if random.random() < _NEW_INPUT_CHANCE:
                room.input(player, _random_input(predict, random))
        room.step()
        if room.ended:
            seed += 1
            room, players = _open(spec, seed)
            continue
        tables = room.engine.host.tables
        for player in list(tables[spec.predict_table]):
            if random.random() < 1 / 8:
                case = _case(predict, tables, room.tick + 1, spec.predict_table, player, random)
                found += [] if case is None else [case]
        if len(found) >= cases:
            return {
                "game": spec.name,
                "input": name_of(predict.input),
                "table": spec.predict_table,
                "cases": found[:cases],
            }
    raise StartupError(f"in {_MOST_TICKS} ticks of {spec.name} only {len(found)} moves could be tried")


def _open(spec: GameSpec, seed: int) -> tuple[Room, list[int]]:
    room = Room(spec, room_id="vectors", seed=seed)
    members = [room.join(name=f"P{i}", handle=1) for i in range(min(_PLAYERS, spec.max_players))]
    return room, [member.player for member in members if member.player is not None]


def _case(
    predict: Predict[Any, Any], tables: Mapping[str, Table[Any]], now: int, own: str, player: int, random: Random
) -> dict[str, Any] | None:
    """Try a move on copies; None where it can't be: what was set at random may make no sense to the rules."""
    public = {table.row_type: table for table in tables.values() if table.kind != "secret"}
    world: dict[type[Row], dict[int, Row]] = {
        kind: {row_id: copy.copy(row) for row_id, row in table.items()} for kind, table in public.items()
    }
    me, given = world[predict.row][player], _random_input(predict, random)
    odd = random.random() < _ODD_CASE_CHANCE
    if odd:
        singles = [row for kind, rows in world.items() if public[kind].kind == "one" for row in rows.values()]
        for changed in (me, *singles):
            _set_at_random(changed, random)
    before = {table.name: {str(i): _plain(row) for i, row in world[kind].items()} for kind, table in public.items()}
    view = _Recorder(world, now)
    try:
        predict.move(me, given, view)
        check_rows(own, predict.row, [player], [msgspec.structs.astuple(me)])
    except Exception:
        if not odd:
            raise
        return None
    return {
        "now": now,
        "player": player,
        "world": {table.name: before[table.name] for kind, table in public.items() if kind in view.seen},
        "before": before[own][str(player)],
        "input": _plain(given),
        "after": _plain(me),
    }


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: msgspec.to_builtins(getattr(struct, name)) for name in struct.__struct_fields__}


def _set_at_random(row: Row, random: Random) -> None:
    for field in type(row).__fields__:
        if random.random() < _ODD_FIELD_CHANCE:
            value = _random_value(field, random)
            if value is not None:
                setattr(row, field.name, value)


def _random_input(predict: Predict[Any, Any], random: Random) -> Any:
    kind = predict.input
    hints = {info.name: info.type for info in msgspec.structs.fields(kind)}
    chosen = {name: _random_value(field_of(name, hint), random) for name, hint in hints.items()}
    return kind(**{name: value for name, value in chosen.items() if value is not None})


def _random_value(field: Field, random: Random) -> Any:
    """Give a value within a field's bounds, its ends as likely as all the rest; None for text."""
    if field.wire == "bool":
        return random.random() < 0.5
    if field.wire not in INTEGER_BOUNDS:
        return None if field.wire in ("str", "bytes") else _random_float(field, random)
    least, most = INTEGER_BOUNDS[field.wire]
    least = least if field.minimum is None else int(field.minimum)
    most = most if field.maximum is None else int(field.maximum)
    return random.choice((least, most, random.randint(least, most), random.randint(least, most)))


def _random_float(field: Field, random: Random) -> float:
    least = -1000.0 if field.minimum is None else max(-1000.0, field.minimum)
    most = 1000.0 if field.maximum is None else min(1000.0, field.maximum)
    return random.uniform(least, most)
