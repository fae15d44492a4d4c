"""Reading a game's class: its tables, attributes, hooks, commands, inputs and events; and refusing what can't work.

All of it happens when the class loads, so that an author reads one line with file, line and fix before anyone plays.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from gameserver.declarations import Command, Event, Input, Options, Predict, name_of, problem_in
from gameserver.errors import DefinitionError
from gameserver.protocol.messages import CLIENT_MESSAGES
from gameserver.protocol.names import snake_case, title_case
from gameserver.protocol.rows import Kind, Row
from gameserver.protocol.tables import PerPlayer, Secret, Table
from gameserver.source import refuse
from gameserver.spec import (
    CONFIGURATION,
    DERIVED_MARK,
    HOOKS,
    AttributeSpec,
    CommandSpec,
    GameSpec,
    InputSpec,
    TableSpec,
)

T = TypeVar("T")
_KINDS: dict[Any, Kind] = {Table: "table", PerPlayer: "per_player", Secret: "secret"}
_EMPTY_VALUES: dict[Any, Callable[[], Any]] = {
    int: int, bool: bool, float: float, str: str, bytes: bytes, list: list, dict: dict,
}  # fmt: skip


def read_spec(cls: type[Any], base: type[Any]) -> GameSpec:
    """Read the class of a game; `base` is `Game` itself.

    Raises:
        DefinitionError: something in the class can't work; one line with file, line and fix.

    """
    return _Reader(cls, base).read()


class _Reader:
    def __init__(self, cls: type[Any], base: type[Any]) -> None:
        self.cls, self.base = cls, base
        self.own = [c for c in reversed(cls.__mro__) if c not in base.__mro__]
        self.tables: dict[str, TableSpec] = {}
        self.attributes: dict[str, AttributeSpec] = {}
        self.derived: set[str] = set()
        self.commands: dict[str, CommandSpec] = {}
        self.inputs: dict[str, InputSpec] = {}
        self.options: type[Options] = Options

    def refusal(self, member: str | None, problem: str, fix: str) -> DefinitionError:
        """Build a refusal that points at the class where the member stands."""
        home = next((c for c in reversed(self.own) if member in vars(c) or member in _annotations(c)), self.cls)
        return refuse(home.__module__, home.__qualname__, member, problem, fix)

    def read(self) -> GameSpec:
        for name, annotation in self.state_annotations().items():
            self.read_state(name, annotation)
        self.check_members()
        self.read_handlers()
        predict, predict_table = self.read_predict()
        for declared in self.tuple_of("inputs", Input):
            self.inputs.setdefault(name_of(declared), InputSpec(declared, None))
        for name in self.commands.keys() | self.inputs.keys():
            if name in CLIENT_MESSAGES or name in {"snapshot", "event"}:
                method = self.commands[name].method if name in self.commands else None
                raise self.refusal(method, f"`{name}` is a message of the protocol", "give the class another name")
        return GameSpec(
            cls=self.cls,
            name=snake_case(self.cls.__name__),
            title=self.cls.title or title_case(self.cls.__name__),
            tick_rate=self.number("tick_rate", 1, 240),
            max_players=self.whole_number("max_players", 1, 10_000),
            snapshot_every=self.whole_number("snapshot_every", 1, 240),
            fill_with_bots=self.whole_number("fill_with_bots", 0, 10_000),
            resume_s=None if self.cls.resume_s is None else self.number("resume_s", 0, 86_400),
            tables=self.tables,
            attributes=self.attributes,
            derived=frozenset(self.derived),
            commands=self.commands,
            inputs=self.inputs,
            playable={n: c.type for n, c in self.commands.items()} | {n: i.type for n, i in self.inputs.items()},
            events={name_of(event): event for event in self.events()},
            options=self.options,
            predict=predict,
            predict_table=predict_table,
            hooks=frozenset(h for h in HOOKS if getattr(self.cls, h) is not getattr(self.base, h)),
        )

    def state_annotations(self) -> dict[str, Any]:
        hints: dict[str, Any] = {}
        for cls in self.own:
            try:
                resolved = get_type_hints(cls, include_extras=True)
            except NameError as error:
                name = str(error).partition("'")[2].partition("'")[0]
                holder = next((n for n, a in _annotations(cls).items() if name in re.findall(r"\w+", str(a))), None)
                raise self.refusal(holder, str(error), "import or define it above the class") from None
            except TypeError as error:
                raise self.refusal(None, str(error), "write the annotation as the author's guide shows") from None
            hints.update({name: resolved[name] for name in _annotations(cls)})
        return hints

    def read_state(self, name: str, annotation: Any) -> None:
        origin = get_origin(annotation)
        if origin in {ClassVar, Final} or annotation in (ClassVar, Final) or name in CONFIGURATION:
            return
        if name == "options":
            if not (isinstance(annotation, type) and issubclass(annotation, Options)):
                raise self.refusal(name, "a game's options are its own Options class", "subclass Options")
            self.options = annotation
        elif self.is_engine_name(name) or name in HOOKS:
            raise self.refusal(name, f"`{name}` belongs to the engine", "choose another name")
        elif origin is Annotated and DERIVED_MARK in get_args(annotation):
            self.derived.add(name)
        elif origin in _KINDS:
            self.read_table(name, _KINDS[origin], get_args(annotation)[0])
        elif annotation in _KINDS:
            raise self.refusal(name, "a table needs its row type", f"write {annotation.__name__}[YourRow]")
        elif isinstance(annotation, type) and issubclass(annotation, Row):
            self.read_table(name, "one", annotation)
        else:
            self.read_attribute(name, annotation)

    def read_table(self, name: str, kind: Kind, row: Any) -> None:
        if not (isinstance(row, type) and issubclass(row, Row)) or not row.__fields__:
            raise self.refusal(name, "a table holds rows", "subclass Row, with at least one field")
        if name in vars(self.cls):
            raise self.refusal(name, "a table can't have a value in the class", "fill it in setup()")
        self.tables[name] = TableSpec(kind, row)

    def read_attribute(self, name: str, annotation: Any) -> None:
        problem = problem_in(annotation, bounded=False, json=False)
        if problem is not None:
            text, _, fix = problem.partition("; ")
            raise self.refusal(name, text, fix)
        accepts = _runtime_types(annotation)
        if hasattr(self.cls, name):
            default = getattr(self.cls, name)
            try:
                msgspec.convert(msgspec.to_builtins(default), annotation)
            except (msgspec.ValidationError, TypeError) as error:
                raise self.refusal(name, f"its default doesn't fit: {error}", "change the type or the value") from None
            # Encoded and decoded: every room gets its own copy, as after a load.
            data = msgspec.msgpack.encode(default)
            self.attributes[name] = AttributeSpec(
                annotation, accepts, lambda: msgspec.msgpack.decode(data, type=annotation)
            )
            return
        plain = _strip(annotation)
        empty = _EMPTY_VALUES.get(get_origin(plain) or plain)
        if empty is None and type(None) in get_args(plain):
            empty = types.NoneType
        if empty is None:
            raise self.refusal(name, "an attribute of this type needs a first value", f"write `{name}: ... = value`")
        self.attributes[name] = AttributeSpec(annotation, accepts, empty)

    def check_members(self) -> None:
        for cls in self.own:
            for name, value in vars(cls).items():
                if isinstance(value, functools.cached_property):
                    fix = "use a property, or declare it Derived and fill it in derive()"
                    raise self.refusal(name, "a cached property is state that nobody saves", fix)
                if name == "__init__":
                    raise self.refusal(name, "the engine makes the game", "do this in setup()")
                if name == "options" and name not in _annotations(cls):
                    problem = "a game's options are its own Options class"
                    raise self.refusal(name, problem, "write `options: YourOptions`")
                if self.is_engine_name(name) and not isinstance(value, GameSpec):
                    raise self.refusal(name, f"`{name}` belongs to the engine", "choose another name")
                if name not in _annotations(cls) and isinstance(value, list | dict | set | bytearray):
                    if name.startswith("__") or name in CONFIGURATION:
                        continue
                    fix = "annotate it as state, or make it a tuple"
                    raise self.refusal(name, "a mutable class attribute would be shared by all rooms", fix)
                if name in HOOKS:
                    self.check_hook(name, value)
                elif inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value):
                    raise self.refusal(name, "rules are synchronous", "write `def` without `async`")

    def is_engine_name(self, name: str) -> bool:
        if name in HOOKS or name in CONFIGURATION or name == "options":
            return False
        if name.startswith("__"):
            return name in {"__setattr__", "__delattr__"}
        return hasattr(self.base, name) or name in _annotations(self.base)

    def check_hook(self, name: str, value: Any) -> None:
        plain = inspect.isfunction(value) and not (
            inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)
        )
        if not plain:
            raise self.refusal(name, "a hook is a plain method", f"write `def {name}(self, ...)`")
        if inspect.isgeneratorfunction(value) and name != "bot":
            raise self.refusal(name, "a hook with `yield` in it never runs", "do it step by step in tick()")
        wanted = HOOKS[name] + 1
        if len(inspect.signature(value).parameters) != wanted:
            fix = f"write `def {name}(self{', player: Player' if wanted > 1 else ''})`"
            raise self.refusal(name, f"this hook is called with {wanted - 1} argument(s)", fix)

    def read_handlers(self) -> None:
        for name in dir(self.cls):
            if not name.startswith("on_") or name in HOOKS:
                continue
            method = getattr(self.cls, name)
            handled = self.handled_type(name, method)
            if f"on_{name_of(handled)}" != name:
                raise self.refusal(name, f"it handles {handled.__name__}", f"call it on_{name_of(handled)}")
            if issubclass(handled, Command):
                self.commands[name_of(handled)] = CommandSpec(handled, name)
            else:
                self.inputs[name_of(handled)] = InputSpec(handled, name)

    def handled_type(self, name: str, method: Any) -> type[Command | Input]:
        fix = f"write `def {name}(self, player: Player, command: YourCommand)`; hooks are {', '.join(HOOKS)}"
        if not inspect.isfunction(method):
            raise self.refusal(name, "not a hook, and no handler of a command", fix)
        parameters = list(inspect.signature(method).parameters)
        try:
            hints = get_type_hints(method)
        except NameError as error:
            raise self.refusal(name, str(error), "import the command where the game is declared") from None
        handled = hints.get(parameters[2]) if len(parameters) == 3 else None
        if not (isinstance(handled, type) and issubclass(handled, Command | Input)):
            raise self.refusal(name, "not a hook, and its second argument is no Command or Input", fix)
        return handled

    def read_predict(self) -> tuple[Predict[Any, Any] | None, str | None]:
        predict = self.cls.predict
        if predict is None:
            return None, None
        if not isinstance(predict, Predict):
            raise self.refusal("predict", "not a Predict", "write `predict = Predict(YourInput, YourRow, move)`")
        form = "write `predict = Predict(YourInput, YourRow, move)`"
        arguments: tuple[tuple[str, object, type], ...] = (
            ("first", predict.input, Input),
            ("second", predict.row, Row),
        )
        for place, given, kind in arguments:
            if not (isinstance(given, type) and issubclass(given, kind)):
                raise self.refusal("predict", f"its {place} argument is no {kind.__name__} class", form)
        self.check_move(predict)
        tables = [n for n, t in self.tables.items() if t.kind == "per_player" and t.row is predict.row]
        if len(tables) != 1:
            row = predict.row.__name__
            fix = f"declare exactly one PerPlayer[{row}] table"
            raise self.refusal("predict", f"{len(tables)} PerPlayer tables hold {row}", fix)
        name = name_of(predict.input)
        if name in self.inputs:
            raise self.refusal(self.inputs[name].method, "this input is predicted already", "do it in move() or tick()")
        self.inputs[name] = InputSpec(predict.input, None)
        return predict, tables[0]

    def check_move(self, predict: Predict[Any, Any]) -> None:
        """Refuse a move that is written for another row or input: type checkers can't see it."""
        move = predict.move
        parameters = list(inspect.signature(move).parameters) if inspect.isfunction(move) else []
        if len(parameters) != 3:
            fix = "write `def move(me: YourRow, given: YourInput, world: View) -> None`"
            raise self.refusal("predict", "its move isn't a function of three arguments", fix)
        try:
            hints = get_type_hints(move)
        except (TypeError, NameError):  # types that only a type checker knows
            return
        for parameter, wanted in zip(parameters[:2], (predict.row, predict.input), strict=True):
            hint = hints.get(parameter)
            if isinstance(hint, type) and not issubclass(wanted, hint):
                fix = f"annotate its `{parameter}` as {wanted.__name__}, or change Predict"
                raise self.refusal("predict", f"move is written for {hint.__name__}", fix)

    def events(self) -> list[type[Event]]:
        """Find the events that the class's modules and bodies can name, and those that it lists."""
        found: dict[type[Event], None] = dict.fromkeys(self.tuple_of("events", Event))
        for cls in self.own:
            module = sys.modules.get(cls.__module__)
            for value in (*vars(module).values(), *vars(cls).values()) if module else vars(cls).values():
                if isinstance(value, type) and issubclass(value, Event) and value is not Event:
                    found[value] = None
        return sorted(found, key=name_of)

    def tuple_of(self, name: str, kind: type[T]) -> tuple[type[T], ...]:
        listed = getattr(self.cls, name)
        if isinstance(listed, tuple) and all(isinstance(c, type) and issubclass(c, kind) for c in listed):
            return listed
        raise self.refusal(name, f"not a tuple of {kind.__name__} classes", f"write `{name} = (Your{kind.__name__},)`")

    def number(self, name: str, least: int, most: int) -> float:
        value = getattr(self.cls, name)
        if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise self.refusal(name, f"{value!r} isn't a number from {least} to {most}", "change it")

    def whole_number(self, name: str, least: int, most: int) -> int:
        value = self.number(name, least, most)
        if isinstance(value, int):
            return value
        raise self.refusal(name, f"{value!r} isn't a whole number", "change it")


def _annotations(cls: type) -> dict[str, Any]:
    return inspect.get_annotations(cls)


def _strip(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _runtime_types(annotation: Any) -> tuple[type, ...]:
    """Give the classes that values of the type are instances of, as far as `isinstance` can tell."""
    plain = _strip(annotation)
    origin = get_origin(plain)
    if origin in {types.UnionType, Union}:
        return tuple(t for part in get_args(plain) for t in _runtime_types(part))
    if plain is None or plain is type(None):
        return (type(None),)
    if origin is not None:
        return (origin,) if isinstance(origin, type) else (object,)
    if plain is float:
        return (float, int)
    return (plain,) if isinstance(plain, type) else (object,)
