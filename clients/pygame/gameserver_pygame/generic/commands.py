"""The commands of a game: buttons, and a line of text for each of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pygame

from gameserver_pygame import keys
from gameserver_pygame.generic.forms import Field, Problem, fields_of, read
from gameserver_pygame.generic.json_schema import JsonSchema, humanize
from gameserver_pygame.text_box import TextBox

DIGITS = (
    pygame.KSCAN_1, pygame.KSCAN_2, pygame.KSCAN_3, pygame.KSCAN_4, pygame.KSCAN_5, pygame.KSCAN_6, pygame.KSCAN_7,
    pygame.KSCAN_8, pygame.KSCAN_9,
)  # fmt: skip
BUTTON, GAP = 38, 8


class CommandButton(NamedTuple):
    """One command."""

    name: str
    label: str
    fields: list[Field]


class Prompt:
    """A command being filled in: one field after the other."""

    def __init__(self, button: CommandButton) -> None:
        self.button = button
        self.box = TextBox()
        self.problem = ""
        self.values: dict[str, Any] = {}
        self._left = list(button.fields)

    @property
    def field(self) -> Field:
        """What is asked for now."""
        return self._left[0]

    def enter(self, players: dict[str, int]) -> bool:
        """Take what was typed; tells whether that was all."""
        text = self.box.text.strip()
        if text or self.field.required:
            try:
                self.values[self.field.name] = read(self.field, text, players)
            except Problem as problem:
                self.problem = str(problem)
                return False
        self._left.pop(0)
        self.box.set("")
        self.problem = ""
        return not self._left


class Commands:
    """What one may do once. Digits press the buttons, too."""

    def __init__(
        self, schemas: Mapping[str, JsonSchema], send: Callable[[str, dict[str, Any]], None],
        players: Callable[[], dict[str, int]],
    ) -> None:  # fmt: skip
        self.buttons = [CommandButton(name, humanize(name), fields_of(schema)) for name, schema in schemas.items()]
        self.prompt: Prompt | None = None
        """None: nothing is being filled in."""
        self._send = send
        self._players = players

    def rects(self, area: pygame.Rect) -> list[pygame.Rect]:
        """Give where the buttons are: in two columns, from the bottom of an area upward."""
        wide = (area.width - GAP) // 2
        rows = -(-len(self.buttons) // 2)
        top = area.bottom - rows * (BUTTON + GAP) + GAP
        return [
            pygame.Rect(area.left + i % 2 * (wide + GAP), top + i // 2 * (BUTTON + GAP), wide, BUTTON)
            for i in range(len(self.buttons))
        ]

    def handle(self, event: pygame.Event, area: pygame.Rect) -> bool:
        """Take in an event; tells whether it meant something. A prompt takes every key."""
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            for button, rect in zip(self.buttons, self.rects(area), strict=True):
                if rect.collidepoint(event.pos):
                    self._press(button)
                    return True
        if self.prompt is not None and event.type in {pygame.KEYDOWN, pygame.TEXTINPUT}:
            self._type(self.prompt, event)
            return True
        if event.type == pygame.KEYDOWN and event.scancode in DIGITS[: len(self.buttons)]:
            self._press(self.buttons[DIGITS.index(event.scancode)])
            return True
        return False

    def _press(self, button: CommandButton) -> None:
        if button.fields:
            self.prompt = Prompt(button)
        else:
            self.prompt = None
            self._send(button.name, {})

    def _type(self, prompt: Prompt, event: pygame.Event) -> None:
        if event.type == pygame.KEYDOWN and event.scancode == pygame.KSCAN_ESCAPE:
            self.prompt = None
        elif event.type == pygame.KEYDOWN and event.scancode in keys.ENTER:
            if prompt.enter(self._players()):
                self.prompt = None
                self._send(prompt.button.name, prompt.values)
        else:
            prompt.box.handle(event)
