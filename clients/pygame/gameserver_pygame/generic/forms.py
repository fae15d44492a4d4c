"""The fields of a command, and what is typed for them; typed one after the other, in a line of text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypeAlias

from gameserver_pygame.generic.json_schema import JsonSchema, humanize, resolve, without_null

Kind: TypeAlias = Literal["integer", "number", "boolean", "choice", "text", "player", "json"]

YES, NO = {"yes", "y", "true", "1", "on"}, {"no", "n", "false", "0", "off"}


class Problem(Exception):
    """What was typed can't be meant; the text says why, as a sentence."""


class Field(NamedTuple):
    """One field of a command."""

    name: str
    label: str
    kind: Kind
    required: bool
    low: float | None = None
    high: float | None = None
    longest: int | None = None
    choices: tuple[Any, ...] = ()

    def hint(self) -> str:
        """Say what may be typed."""
        match self.kind:
            case "choice":
                said = " / ".join(map(str, self.choices))
            case "boolean":
                said = "yes / no"
            case "player":
                said = "a player's name or number"
            case "integer" | "number" if self.low is not None and self.high is not None:
                said = f"{self.low:g} to {self.high:g}"
            case "integer" | "number":
                said = "a number"
            case "json":
                said = "JSON"
            case "text":
                said = "" if self.longest is None else f"at most {self.longest} characters"
        return said if self.required else f"{said}; empty: the default" if said else "empty: the default"


def fields_of(schema: JsonSchema | None) -> list[Field]:
    """Give a command's fields, in the schema's order."""
    if schema is None:
        return []
    top = resolve(schema, schema)
    required = set(top.get("required", ()))
    return [_field(name, each, schema, name in required) for name, each in top.get("properties", {}).items()]


def _field(name: str, schema: JsonSchema, root: JsonSchema, required: bool) -> Field:
    schema, _ = without_null(schema, root)
    choices: tuple[Any, ...] = tuple(schema["enum"]) if "enum" in schema else ()
    if "const" in schema:
        choices = (schema["const"],)
    kind: Kind = "choice" if choices else _KINDS.get(schema.get("type", ""), "json")
    if kind == "integer" and schema.get("format") == "player":
        kind = "player"
    limits = schema.get("minimum"), schema.get("maximum"), schema.get("maxLength")
    return Field(name, humanize(name), kind, required, *limits, choices)


def read(field: Field, text: str, players: dict[str, int]) -> Any:
    """Give the value that was typed.

    Args:
        field: what it is for.
        text: as it was typed; not empty.
        players: ids by name.

    Raises:
        Problem: it can't be meant.

    """
    if field.kind == "player":
        return _player(text, players)
    return _READERS[field.kind](field, text)


def _boolean(_: Field, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise Problem("Yes or no?")
    return text.lower() in YES


def _choice(field: Field, text: str) -> Any:
    for choice in field.choices:
        if str(choice).lower() == text.lower():
            return choice
    raise Problem(f"One of these, please: {' / '.join(map(str, field.choices))}.")


def _text(field: Field, text: str) -> str:
    if field.longest is not None and len(text) > field.longest:
        raise Problem(f"At most {field.longest} characters.")
    return text


def _json(_: Field, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Problem("That isn't JSON yet.") from None


def _player(text: str, players: dict[str, int]) -> int:
    by_name = {name.lower(): player for name, player in players.items()}
    if text.lower() in by_name:
        return by_name[text.lower()]
    if text.isdecimal():
        return int(text)
    raise Problem(f"Nobody here is called {text}.")


def _number(field: Field, text: str) -> float:
    try:
        value = int(text) if field.kind == "integer" else float(text)
    except ValueError:
        raise Problem("A whole number, please." if field.kind == "integer" else "A number, please.") from None
    if (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        raise Problem(f"{field.hint()[:1].upper()}{field.hint()[1:]}, please.")
    return value


_KINDS: dict[str, Kind] = {"integer": "integer", "number": "number", "boolean": "boolean", "string": "text"}
"""By JSON Schema's type; of all others, JSON is typed."""
_READERS: dict[Kind, Callable[[Field, str], Any]] = {
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "text": _text,
    "json": _json,
}
