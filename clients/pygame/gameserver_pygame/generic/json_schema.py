"""What JSON Schemas of inputs, commands and events say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

JsonSchema: TypeAlias = Mapping[str, Any]

DEEPEST = 8
"""References that are followed, since a description may refer to itself."""


def resolve(schema: JsonSchema, root: JsonSchema) -> JsonSchema:
    """Give the same without a reference at its top; what stands beside it, a default mostly, is kept."""
    for _ in range(DEEPEST):
        if "$ref" not in schema:
            break
        target = root.get("$defs", {}).get(str(schema["$ref"]).removeprefix("#/$defs/"), {})
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def without_null(schema: JsonSchema, root: JsonSchema) -> tuple[JsonSchema, bool]:
    """Give the schema of everything but null, and whether null was allowed."""
    schema = resolve(schema, root)
    variants = schema.get("anyOf")
    if variants is None:
        return schema, False
    others = [each for each in variants if each.get("type") != "null"]
    if len(others) != 1:
        return schema, len(others) < len(variants)
    beside = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**resolve(others[0], root), **beside}, len(others) < len(variants)


def properties(schema: JsonSchema | None) -> dict[str, JsonSchema]:
    """Give an object's properties, references resolved."""
    if schema is None:
        return {}
    return {name: resolve(each, schema) for name, each in resolve(schema, schema).get("properties", {}).items()}


def humanize(name: str) -> str:
    """Make a name in snake_case one for people: "round_over" becomes "Round over"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
