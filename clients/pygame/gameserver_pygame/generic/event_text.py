"""Values and events, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gameserver_pygame.generic.json_schema import JsonSchema, humanize, properties, resolve, without_null

NameOf: TypeAlias = Callable[[int], str | None]


def event_text(name: str, data: object, schema: JsonSchema | None, name_of: NameOf) -> str:
    """Give a line about an event: "Tagged: who Bob"; without a schema, player ids stay numbers."""
    title = humanize(name)
    if not isinstance(data, Mapping) or not data:
        return title
    known = properties(schema)
    parts = [
        f"{field.replace('_', ' ')} {_value_of(value, known.get(field), schema or {}, name_of)}"
        for field, value in data.items()
    ]
    return f"{title}: {', '.join(parts)}"


def value_text(value: object) -> str:
    """Give a value of a row or an event for people."""
    match value:
        case None:
            return "\N{EN DASH}"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.2f}".rstrip("0").rstrip(".")
        case list() | tuple():
            return ", ".join(map(value_text, value)) if value else "none"
        case Mapping():
            return ", ".join(f"{name} {value_text(each)}" for name, each in value.items())
    return str(value)


def player_text(value: Any, name_of: NameOf) -> str:
    """Give a player's name; 0 and None mean no one."""
    if not value:
        return "nobody"
    return (name_of(value) if isinstance(value, int) else None) or f"player {value}"


def _value_of(value: object, schema: JsonSchema | None, root: JsonSchema, name_of: NameOf) -> str:
    known = {} if schema is None else without_null(schema, root)[0]
    if known.get("format") == "player":
        return player_text(value, name_of)
    if isinstance(value, list) and value:
        items = resolve(known.get("items", {}), root)
        return ", ".join(_value_of(each, items, root, name_of) for each in value)
    return value_text(value)
