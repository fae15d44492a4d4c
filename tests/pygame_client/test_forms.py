"""Commands, made of their JSON Schemas."""

from __future__ import annotations

from typing import Any

import pygame
import pytest

from gameserver_pygame.generic.commands import Commands
from gameserver_pygame.generic.event_text import event_text, value_text
from gameserver_pygame.generic.forms import Problem, fields_of, read
from gameserver_pygame.generic.json_schema import humanize, resolve

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "card": {"type": "integer", "minimum": 2, "maximum": 14},
        "to": {"type": "integer", "format": "player"},
        "words": {"type": "string", "maxLength": 5, "default": ""},
        "loud": {"type": "boolean", "default": False},
        "suit": {"$ref": "#/$defs/Suit"},
        "share": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]},
        "path": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["card", "to", "suit"],
    "$defs": {"Suit": {"enum": ["hearts", "spades"]}},
}
FIELDS = {field.name: field for field in fields_of(SCHEMA)}
PLAYERS = {"Ada": 3, "Bob": 7}


def test_each_kind_of_field_is_known() -> None:
    """References and null are seen through."""
    kinds = {name: (field.kind, field.required) for name, field in FIELDS.items()}
    assert kinds == {
        "card": ("integer", True),
        "to": ("player", True),
        "words": ("text", False),
        "loud": ("boolean", False),
        "suit": ("choice", True),
        "share": ("number", False),
        "path": ("json", False),
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("card", "14", 14), ("to", "bob", 7), ("to", "12", 12), ("words", "hello", "hello"), ("loud", "Yes", True),
        ("suit", "SPADES", "spades"), ("share", "0.5", 0.5), ("path", "[1, 2]", [1, 2]),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(name: str, text: str, value: object) -> None:
    """As its kind has it."""
    assert read(FIELDS[name], text, PLAYERS) == value


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("card", "15", "2 to 14, please."), ("card", "two", "A whole number, please."), ("to", "Eve", "called Eve"),
        ("words", "too long", "At most 5"), ("loud", "maybe", "Yes or no?"), ("suit", "stars", "hearts / spades"),
        ("share", "much", "A number, please."), ("path", "[", "JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_explained(name: str, text: str, problem: str) -> None:
    """In a sentence."""
    with pytest.raises(Problem, match=problem.replace("?", r"\?")):
        read(FIELDS[name], text, PLAYERS)


def enter(commands: Commands, text: str) -> None:
    """Type a line."""
    area = pygame.Rect(0, 0, 300, 300)
    commands.handle(pygame.Event(pygame.TEXTINPUT, text=text), area)
    commands.handle(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_RETURN), area)


def is_prompting(commands: Commands) -> bool:
    """Tell whether something is being filled in."""
    return commands.prompt is not None


def test_a_prompt_asks_for_one_field_after_the_other() -> None:
    """What is left empty is left to the server, where it may be."""
    sent: list[tuple[str, dict[str, Any]]] = []
    schema = {**SCHEMA, "properties": {name: SCHEMA["properties"][name] for name in ("card", "words", "loud")}}
    commands = Commands({"deal": {}, "lay_down": schema}, lambda *what: sent.append(what), lambda: PLAYERS)
    area = pygame.Rect(0, 0, 300, 300)
    assert [button.label for button in commands.buttons] == ["Deal", "Lay down"]
    assert commands.handle(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_1), area)
    assert sent == [("deal", {})]
    at = commands.rects(area)[1].center
    assert commands.handle(pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=at), area)
    prompt = commands.prompt
    assert prompt is not None
    enter(commands, "")
    assert prompt.problem
    enter(commands, "9")
    enter(commands, "")
    assert prompt.field.name == "loud"
    enter(commands, "y")
    assert not is_prompting(commands)
    assert sent[1:] == [("lay_down", {"card": 9, "loud": True})]


def test_a_prompt_is_cancelled() -> None:
    """By Esc."""
    commands = Commands({"lay": SCHEMA}, lambda *_: pytest.fail("sent"), dict)
    area = pygame.Rect(0, 0, 300, 300)
    commands.handle(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_1), area)
    assert is_prompting(commands)
    assert commands.handle(pygame.Event(pygame.KEYDOWN, scancode=pygame.KSCAN_ESCAPE), area)
    assert not is_prompting(commands)


def test_a_description_that_refers_to_itself_ends() -> None:
    """A stranger's server may send one."""
    loop = {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}
    assert resolve(loop, loop).get("type") is None


def test_events_in_words() -> None:
    """With names for players, where the schema tells."""
    schema = {
        "properties": {
            "who": {"type": "integer", "format": "player"},
            "winners": {"type": "array", "items": {"type": "integer", "format": "player"}},
        }
    }
    names = {3: "Ada", 7: "Bob"}.get
    assert event_text("game_won", {"who": 3, "winners": [3, 7, 9]}, schema, names) == (
        "Game won: who Ada, winners Ada, Bob, player 9"
    )
    assert event_text("tagged", {"who": 3}, None, names) == "Tagged: who 3"
    assert event_text("over", {}, schema, names) == "Over"
    assert event_text("left", {"who": 0}, schema, names) == "Left: who nobody"


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (1.5, "1.5"), (2.0, "2"), (None, "\N{EN DASH}"), ([], "none"), ({"a": [1, 2]}, "a 1, 2")],
)
def test_values_in_words(value: object, text: str) -> None:
    """For people."""
    assert value_text(value) == text


def test_names_for_people() -> None:
    """From snake_case."""
    assert humanize("round_over") == "Round over"
