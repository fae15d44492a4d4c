"""Values from JSON Schemas, right and wrong, as they follow from a seeded random stream."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Schema = Mapping[str, Any]

TEXTS = (
    "", " ", "Ada", "a" * 24, "a" * 25, "x" * 300, "\x00", "\n", "\u202eevil", "\u200b", "\u3164", "e\u0301",
    "👩\u200d👩\u200d👧", "\U0010ffff", "İ", "ß", "\ufeff", "null", "0", "-1", "{}", "<script>", "../../etc/passwd",
    "%s%n", "' OR 1=1", "z" + "\u0300" * 60, "1" * 100,
)  # fmt: skip
"""Texts that something somewhere once stumbled over."""
LONE_SURROGATE = "\ud800"
"""JSON can say it, but it is no text."""
NUMBERS = (
    0, -0.0, -1, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, -(2**31) - 1, 2**32 - 1, 2**32, 2**53,
    2**53 + 1, 2**63, 2**64, -(2**64), 10**30, 10**300, 0.5, -0.5, 1e-320, 1e308, -1e308, 1.0, 3.0000000001,
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": {}}, [None], {"a": 1}, "", "text")
MAX_ITEMS = 4


def valid(schema: Schema, random: Random, root: Schema | None = None) -> Any:
    """Make a value that fits a schema of the kind that `/api/games` gives.

    A `pattern` is taken to be met by small letters, as nobody solves regular expressions here.
    """
    root = schema if root is None else root
    if "$ref" in schema:
        return valid(root["$defs"][schema["$ref"].rpartition("/")[2]], random, root)
    if "anyOf" in schema:
        return valid(random.choice(schema["anyOf"]), random, root)
    if "enum" in schema:
        return random.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return _object(schema, random, root)
        case "array":
            return _array(schema, random, root)
        case kind:
            return _SCALARS[kind](schema, random)


def _object(schema: Schema, random: Random, root: Schema) -> dict[str, Any]:
    required = schema.get("required", ())
    made = {
        name: valid(field, random, root)
        for name, field in schema.get("properties", {}).items()
        if name in required or random.random() < 0.6
    }
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        for _ in range(random.randint(0, min(MAX_ITEMS, schema.get("maxProperties", MAX_ITEMS)))):
            made[random.choice(TEXTS[2:5])] = valid(others, random, root)
    return made


def _array(schema: Schema, random: Random, root: Schema) -> list[Any]:
    first = [valid(item, random, root) for item in schema.get("prefixItems", ())]
    item = schema.get("items")
    if not isinstance(item, Mapping):
        return first
    least, most = schema.get("minItems", 0), schema.get("maxItems", MAX_ITEMS)
    return [valid(item, random, root) for _ in range(random.randint(least, max(least, min(most, MAX_ITEMS))))]


def _text(schema: Schema, random: Random) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
    if schema.get("contentEncoding") == "base64":
        size = random.randint(0, max(0, most // 4 * 3 - 2))
        return base64.b64encode(random.randbytes(size)).decode()
    if "pattern" in schema:
        return "".join(random.choices("abcxyz", k=random.randint(max(1, least), most)))
    return str(random.choice(TEXTS)[:most].ljust(least, "a"))


def _integer(schema: Schema, random: Random) -> int:
    least, most = schema.get("minimum", -(2**31)), schema.get("maximum", 2**31)
    if random.random() < 0.3:
        return int(random.choice((least, most)))
    return random.randint(least, most)


_SCALARS: dict[str | None, Callable[[Schema, Random], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": lambda _, random: random.choice((0, 0.0, 1, -1.5, 1e30, random.uniform(-1000, 1000))),
    "boolean": lambda _, random: random.random() < 0.5,
    "null": lambda *_: None,
}


def spoilt(value: Any, random: Random) -> Any:
    """Give a copy of a value in which something is wrong: a type, a size, a field too many or too few, a depth."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        value = dict(value)
        name = random.choice([*value])
        match random.randrange(5):
            case 0:
                del value[name]
            case 1:
                value[random.choice(TEXTS)] = anything(random)
            case 2:
                value[name.upper()] = value.pop(name)
            case _:
                value[name] = spoilt(value[name], random)
        return value
    if isinstance(value, list) and value and random.random() < 0.8:
        value = copy.copy(value)
        place = random.randrange(len(value))
        if random.random() < 0.3:
            value.insert(place, anything(random))
        else:
            value[place] = spoilt(value[place], random)
        return value
    return anything(random)


def anything(random: Random) -> Any:
    """Make some value that JSON can hold."""
    match random.randrange(6):
        case 0:
            return random.choice((LONE_SURROGATE, *TEXTS))
        case 1 | 2:
            return random.choice(NUMBERS)
        case 3:
            return _deep(random)
        case _:
            return random.choice(OTHERS)


def _deep(random: Random) -> Any:
    value: Any = random.choice(OTHERS)
    for _ in range(random.choice((1, 3, 20, 150))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def spoilt_text(text: str, random: Random) -> str:
    """Damage JSON as text: cut, doubled, twisted, with what only looks like JSON, or none at all."""
    return random.choice(_DAMAGES)(text, random.randrange(len(text) + 1), random)


_NO_VALUES = (":NaN,", ":Infinity,", ":1e999,", ":-,", ":01,", ": " + "9" * 900 + ",")
_NO_MESSAGES = ("", "null", "[]", "{}", "0", '"join"', "true", "{", '{"type":}', "\x00", "👾", "//")
_DAMAGES: tuple[Callable[[str, int, Random], str], ...] = (
    lambda text, at, _: text[:at],
    lambda text, at, _: text[at:],
    lambda text, *_: text + text,
    lambda text, at, random: text[:at] + random.choice('{}[]",:\\ux0-+.eE \t\r\n\x00\x7fé') + text[at:],
    lambda text, at, _: text[:at] + text[at + 1 :],
    lambda text, _, random: text.replace(":", random.choice(_NO_VALUES), 1),
    lambda text, _, random: "[" * random.choice((1, 100, 1500)) + text,
    lambda text, *_: text.replace('"', "'"),
    lambda text, *_: "\ufeff" + text,
    lambda text, *_: text.replace("{", '{"type":"chat",', 1),
    lambda text, _, random: " " * random.randrange(500) + text + "\n" * random.randrange(500),
    lambda _, __, random: random.choice(_NO_MESSAGES),
)


def dumps(value: Any, random: Random) -> str:
    """Encode as JSON, in one of the ways in which that is done."""
    text = json.dumps(
        value, ensure_ascii=random.random() < 0.5, separators=(",", ":") if random.random() < 0.7 else None
    )
    # A lone surrogate can only travel as an escape.
    return text.replace(LONE_SURROGATE, "\\ud800")
