"""What a player holds of a game's inputs, made of their JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import pygame

from gameserver_pygame import keys
from gameserver_pygame.generic.json_schema import JsonSchema, humanize, properties
from gameserver_pygame.keys import HeldKeys

Kind: TypeAlias = Literal["axis", "button", "constant"]
Codes: TypeAlias = tuple[int, ...]

ACROSS: tuple[tuple[Codes, Codes], ...] = ((keys.LEFT, keys.RIGHT), ((pygame.KSCAN_J,), (pygame.KSCAN_L,)))
DOWN: tuple[tuple[Codes, Codes], ...] = ((keys.UP, keys.DOWN), ((pygame.KSCAN_I,), (pygame.KSCAN_K,)))
BUTTONS: tuple[tuple[Codes, str], ...] = (
    (keys.SPACE, "Space"), (keys.SHIFTS, "Shift"), ((pygame.KSCAN_E,), "E"), ((pygame.KSCAN_Q,), "Q"),
    ((pygame.KSCAN_R,), "R"), ((pygame.KSCAN_F,), "F"), ((pygame.KSCAN_C,), "C"),
)  # fmt: skip


class Control(NamedTuple):
    """One field of an input, and how it is steered."""

    input: str
    field: str
    label: str
    kind: Kind
    neutral: int | bool
    """The value when nothing is held."""
    negative: Codes = ()
    positive: Codes = ()
    """Keys that push towards 1, or press the button."""
    key_name: str = ""


def controls_of(inputs: Mapping[str, JsonSchema]) -> list[Control]:
    """Give a control for each field that can be steered; the first axes and buttons get the first keys."""
    controls: list[Control] = []
    across, down, buttons = list(ACROSS), list(DOWN), list(BUTTONS)
    for name, schema in inputs.items():
        axes = 0
        for field, each in properties(schema).items():
            label, default = humanize(field), each.get("default")
            if each.get("type") == "boolean":
                codes, key_name = buttons.pop(0) if buttons else ((), "")
                controls.append(Control(name, field, label, "button", default is True, (), codes, key_name))
            elif each.get("type") == "integer" and _is_axis(each):
                vertical = field.endswith("y") or (not field.endswith("x") and axes % 2 == 1)
                pairs = down if vertical else across
                negative, positive = pairs.pop(0) if pairs else ((), ())
                axes += 1
                controls.append(Control(name, field, label, "axis", int(default or 0), negative, positive))
            elif each.get("type") == "integer":
                least = max(0, each.get("minimum", 0))
                controls.append(Control(name, field, label, "constant", least if default is None else int(default)))
    return controls


class Held:
    """Keys, as payloads of inputs. The server holds an input until the next one: only changes are worth sending."""

    def __init__(self, inputs: Mapping[str, JsonSchema]) -> None:
        self.controls = controls_of(inputs)
        self._keys = HeldKeys()
        self._codes = {code for control in self.controls for code in (*control.negative, *control.positive)}
        self._sent: dict[str, dict[str, Any]] = {}
        self.forget_sent()

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it steers."""
        if event.type not in {pygame.KEYDOWN, pygame.KEYUP} or event.scancode not in self._codes:
            return False
        (self._keys.press if event.type == pygame.KEYDOWN else self._keys.release)(event.scancode)
        return True

    def release(self) -> None:
        """Let go of everything."""
        self._keys.clear()

    def forget_sent(self) -> None:
        """Say that the server holds nothing of this player's (any more)."""
        self._sent = {}
        for control in self.controls:
            self._sent.setdefault(control.input, {})[control.field] = control.neutral

    def read(self) -> dict[str, dict[str, Any]]:
        """Give all that is held, by input; once per frame: taps count until they are read."""
        payloads: dict[str, dict[str, Any]] = {}
        for control in self.controls:
            payloads.setdefault(control.input, {})[control.field] = self._value(control)
        self._keys.read()
        return payloads

    def changed(self, payloads: Mapping[str, dict[str, Any]]) -> list[str]:
        """Give the inputs that differ from what the server holds; they count as sent."""
        changed = [name for name, payload in payloads.items() if payload != self._sent.get(name)]
        self._sent.update({name: payloads[name] for name in changed})
        return changed

    def _value(self, control: Control) -> int | bool:
        if control.kind == "button":
            return self._keys.any(control.positive) or bool(control.neutral)
        if control.kind == "axis":
            return self._keys.axis(control.negative, control.positive) or control.neutral
        return control.neutral


def key_hints(controls: list[Control]) -> list[tuple[str, str]]:
    """Say which keys do what: keys and meaning."""
    hints = []
    if any(control.kind == "axis" and control.positive for control in controls):
        hints.append(("Arrows or W A S D", "move"))
    hints += [(control.key_name, control.label) for control in controls if control.key_name]
    return hints


def _is_axis(schema: JsonSchema) -> bool:
    return schema.get("format") == "axis" or (schema.get("minimum"), schema.get("maximum")) == (-1, 1)
