"""A room's rows as text: what isn't a place in the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gameserver_client import Room, State
from gameserver_pygame.generic.bounds import has_place
from gameserver_pygame.generic.event_text import value_text
from gameserver_pygame.generic.json_schema import humanize
from gameserver_pygame.people import colour_of, title_of
from gameserver_pygame.theme import TEXT, Colour

PLACES = frozenset({"x", "y", "vx", "vy"})
"""Fields that are seen, not read."""
MOST_ROWS = 24


class Line(NamedTuple):
    """A row."""

    title: str
    colour: Colour
    values: list[str]
    own: bool = False


class Listing(NamedTuple):
    """A table."""

    title: str
    heads: list[str]
    """Names of the fields; empty for a single row, whose lines are its fields."""
    lines: list[Line]
    left_out: int


def listings_of(room: Room, state: State) -> list[Listing]:
    """Give the tables that have something to read, in the schema's order."""
    found = []
    for name, table in room.schema.items():
        fields = [field[0] for field in table["fields"] if not (has_place(table) and field[0] in PLACES)]
        rows = state.tables[name]
        if not fields or table.get("linear") or (has_place(table) and table["kind"] == "table"):
            continue
        if table["kind"] == "one":
            found += [_single(humanize(name), fields, row) for row in rows.values()]
        elif rows:
            found.append(_listing(room, name, table, fields, rows))
    return found


def _single(title: str, fields: list[str], row: Any) -> Listing:
    lines = [Line(humanize(field), TEXT, [value_text(getattr(row, field, None))]) for field in fields]
    return Listing(title, [], lines, 0)


def _listing(room: Room, name: str, table: Mapping[str, Any], fields: list[str], rows: Mapping[int, Any]) -> Listing:
    players = table["kind"] in {"per_player", "secret"}
    ids = sorted(rows, key=lambda row_id: (row_id != room.player, row_id)) if players else sorted(rows)
    lines = []
    for row_id in ids[:MOST_ROWS]:
        title, colour = (title_of(room, row_id), colour_of(room, row_id)) if players else (str(row_id), TEXT)
        values = [value_text(getattr(rows[row_id], field, None)) for field in fields]
        own = players and row_id == room.player
        lines.append(Line(title, colour, values, own))
    return Listing(humanize(name), [field.replace("_", " ") for field in fields], lines, len(ids) - len(lines))
