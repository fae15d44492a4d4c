"""Plain attributes of a game: what they may hold, so that a save and a load change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from gameserver.errors import StateError


def encode_value(place: str, value: object, annotation: Any) -> bytes:
    """Encode a value as it is saved.

    Raises:
        StateError: it can't be saved, doesn't fit its type, or would come back as something else.

    """
    try:
        encoded = msgspec.msgpack.encode(value)
        loaded = msgspec.msgpack.decode(encoded, type=annotation)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise StateError(f"{place} can't be saved: {error}") from None
    _refuse_changed(place, value, loaded)
    return encoded


def can_change(value: object) -> bool:
    """Tell whether two names for the value could see each other's changes."""
    if isinstance(value, msgspec.Struct):
        return not value.__struct_config__.frozen
    return isinstance(value, list | dict | bytearray) or is_dataclass(value)


def refuse_shared(place: str, value: object, seen: dict[int, str]) -> None:
    """Refuse a list, dict or struct that can be reached in two ways: a load would make it two.

    `seen` notes where each is; pass the same one for all attributes of a game.

    Raises:
        StateError: names both places.

    """
    if can_change(value):
        first = seen.setdefault(id(value), place)
        if first is not place:
            raise StateError(f"{place} and {first} are the same object; make a copy (copy.copy)")
    for part, inner in _parts(value):
        refuse_shared(f"{place}{part}", inner, seen)


def holds_set(value: object) -> bool:
    """Tell whether there is a set anywhere in the value."""
    return isinstance(value, set | frozenset) or any(holds_set(inner) for _, inner in _parts(value))


def _refuse_changed(place: str, value: object, loaded: object) -> None:
    """Refuse what a load would give back as another type: a set, or a tuple where a list is declared."""
    if type(value) is not type(loaded):
        was, becomes = type(value).__name__, type(loaded).__name__
        raise StateError(f"{place} holds {was}, but a load would make it {becomes}; use {becomes}")
    for (part, inner), (_, again) in zip(_parts(value), _parts(loaded), strict=True):
        _refuse_changed(f"{place}{part}", inner, again)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case list() | tuple():
            yield from ((f"[{i}]", inner) for i, inner in enumerate(value))
        case dict():
            yield from ((f"[{key!r}]", inner) for key, inner in value.items())
        case msgspec.Struct():
            yield from ((f".{field}", getattr(value, field)) for field in value.__struct_fields__)
        case _ if is_dataclass(value):
            yield from ((f".{field.name}", getattr(value, field.name)) for field in fields(value))
        case _:
            pass
