"""What a game declares besides its tables: what comes in, what goes out, who plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast, dataclass_transform, get_type_hints

import msgspec
from msgspec import inspect as shape

from gameserver.protocol.names import snake_case
from gameserver.protocol.rows import R, Row
from gameserver.protocol.tables import View
from gameserver.protocol.types import field_of, integer_bounds, unwrap
from gameserver.source import refuse


class _DeclaredMeta(msgspec.StructMeta):
    """Checks a class's fields when it loads; what is checked is up to the base class's `__check__`."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> _DeclaredMeta:
        declared = cast("Any", super().__new__(cls, name, bases, namespace, **options))
        if "__check__" not in namespace:  # what defines the check is a base, not a declaration
            module, qualname = declared.__module__, declared.__qualname__
            try:
                hints = get_type_hints(declared, include_extras=True)
            except NameError as error:
                raise refuse(
                    module, qualname, None, str(error), "import the type where the class is declared"
                ) from None
            required = {f.name for f in msgspec.structs.fields(declared) if f.required}
            for field in declared.__struct_fields__:
                problem = declared.__check__(field, hints[field], field in required)
                if problem is not None:
                    text, _, fix = problem.partition("; ")
                    raise refuse(module, qualname, field, text, fix)
        return cast("_DeclaredMeta", declared)


# Without the decorator mypy takes every subclass for a mutable one, and refuses it.
@dataclass_transform(frozen_default=True)
class _Declared(msgspec.Struct, metaclass=_DeclaredMeta, frozen=True, forbid_unknown_fields=True):
    @classmethod
    def __check__(cls, field: str, annotation: Any, required: bool) -> str | None:
        """Give what is wrong with a field as `problem; fix`, or None."""
        raise NotImplementedError


class Input(_Declared, frozen=True):
    """What a player holds: a stick, a trigger. The last one holds until the next arrives.

    Every field needs a default (what holds before the first arrives) and a type that a row could have.
    """

    @classmethod
    def __check__(cls, field: str, annotation: Any, required: bool) -> str | None:
        """Refuse fields without default or without a wire type."""
        if required:
            return "an Input holds before the first one arrives; give the field a default"
        try:
            field_of(field, annotation)
        except TypeError as problem:
            return str(problem)
        return None


class Command(_Declared, frozen=True):
    """What a player does once: play a card, buy a tower. A game handles it in `on_<snake_name>`."""

    @classmethod
    def __check__(cls, field: str, annotation: Any, required: bool) -> str | None:
        """Refuse open integers and what has no stable order."""
        return problem_in(annotation, bounded=True)


class Event(_Declared, frozen=True):
    """Something that happened and is told once: `emit` it to the room, or `tell` it to one player."""

    @classmethod
    def __check__(cls, field: str, annotation: Any, required: bool) -> str | None:
        """Refuse what can't be encoded in a stable order."""
        return problem_in(annotation, bounded=False)


class Options(_Declared, frozen=True):
    """How a room is set up; `join` may carry it, and quick match finds only rooms with the same."""

    @classmethod
    def __check__(cls, field: str, annotation: Any, required: bool) -> str | None:
        """Refuse fields without default, open integers, and what has no stable order."""
        if required:
            return "a room must be possible without options; give the field a default"
        kind, _ = unwrap(shape.type_info(annotation))
        if isinstance(kind, shape.ListType | shape.DictType):
            return "a room's options don't change, and aren't saved; use a tuple"
        return problem_in(annotation, bounded=True)


class Player(msgspec.Struct, frozen=True):
    """Somebody with a seat in the room."""

    id: int
    """From 1; never used again in the same room."""
    name: str
    bot: bool = False
    connected: bool = True
    """False while his connection is lost and his seat waits for him."""
    identity: str | None = None
    """Who he is to the site that vouches for him (see `docs/operations.md`); None where nobody does."""


I = TypeVar("I", bound=Input)  # noqa: E741  # I and R, as Input and Row


class Predict(Generic[I, R]):
    """A movement that clients may run ahead of the server.

    The engine runs `move(row, input, view)` once per player and tick, before `tick()`, with the player's held input and
    his row of the `PerPlayer` table of that type. Write to nothing but the row, in integers, and both sides agree.
    """

    def __init__(self, input: type[I], row: type[R], move: Callable[[R, I, View], None]) -> None:  # noqa: A002
        self.input = input
        self.row = row
        self.move = move.__func__ if isinstance(move, staticmethod) else move


def name_of(declared: type[_Declared]) -> str:
    """Give the name that a command, input or event has on the wire."""
    return snake_case(declared.__name__)


def json_schema(declared: type[_Declared]) -> dict[str, Any]:
    """Give a payload's JSON Schema, self-contained."""
    (reference,), components = msgspec.json.schema_components([declared], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = components.pop(reference["$ref"].rpartition("/")[2])
    if components:
        schema["$defs"] = components
    if declared.__module__ == __name__:  # Options itself: what it says is for authors
        schema.pop("description", None)
    return schema


def problem_in(annotation: Any, *, bounded: bool, json: bool = True) -> str | None:
    """Look through a type for what can't be saved, sent or iterated in a stable order.

    Gives `problem; fix`, or None. With `bounded`, integers must have bounds too, since strangers choose them; with
    `json`, the type must be one that travels.
    """
    try:
        return _problem(shape.type_info(annotation), bounded, json, set())
    except TypeError as error:
        return f"{error}; use int, bool, str, list, dict, tuple, or a msgspec.Struct of those"


def _problem(kind: shape.Type, bounded: bool, json: bool, seen: set[type]) -> str | None:
    kind, _ = unwrap(kind)
    parts: tuple[shape.Type, ...] = ()
    match kind:
        case shape.IntType() if bounded and integer_bounds(kind) is None:
            return "an int from outside needs bounds; use U8..U32, I8..I32, or Annotated[int, Meta(ge=..., le=...)]"
        case shape.SetType() | shape.FrozenSetType():
            return "a set has no stable order; use a list, or a dict with None values"
        case shape.AnyType() | shape.CustomType() | shape.RawType() | shape.ExtType():
            return "this type can't be saved; use int, bool, str, list, dict, tuple, or a msgspec.Struct of those"
        case shape.StructType(cls=cls) | shape.DataclassType(cls=cls):
            if issubclass(cls, Row):
                return "a row lives in its table; hold its id instead"
            if cls not in seen:
                seen.add(cls)
                parts = tuple(field.type for field in kind.fields)
        case shape.DictType() if json and not isinstance(unwrap(kind.key_type)[0], shape.StrType | shape.IntType):
            return "the keys of a dict can only be text or numbers here; use str or int"
        case _:
            parts = _parts(kind)
    return next((found for part in parts if (found := _problem(part, bounded, json, seen)) is not None), None)


def _parts(kind: shape.Type) -> tuple[shape.Type, ...]:
    match kind:
        case shape.TypedDictType() | shape.NamedTupleType():
            return tuple(field.type for field in kind.fields)
        case shape.ListType() | shape.VarTupleType():
            return (kind.item_type,)
        case shape.TupleType():
            return kind.item_types
        case shape.DictType():
            return (kind.key_type, kind.value_type)
        case shape.UnionType():
            return kind.types
        case _:
            return ()
