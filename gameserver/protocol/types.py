"""The types that a field may have, and what each is on the wire.

A field's bounds are its width: write the narrowest that holds its values. `U16` and the like are plain `int` to a type
checker; `Annotated[int, Meta(ge=0, le=800)]` gives closer bounds, which clients see in the schema.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec import inspect as shape

U8 = Annotated[int, Meta(ge=0, le=255)]
U16 = Annotated[int, Meta(ge=0, le=65_535)]
U32 = Annotated[int, Meta(ge=0, le=4_294_967_295)]
I8 = Annotated[int, Meta(ge=-128, le=127)]
I16 = Annotated[int, Meta(ge=-32_768, le=32_767)]
I32 = Annotated[int, Meta(ge=-2_147_483_648, le=2_147_483_647)]

F32_MAX = 3.4028234663852886e38
F64_MAX = 1.7976931348623157e308
# Bounds also keep infinities and NaN out: both compare false with them.
F32 = Annotated[float, Meta(ge=-F32_MAX, le=F32_MAX, extra={"wire": "f32"})]
F64 = Annotated[float, Meta(ge=-F64_MAX, le=F64_MAX)]

Axis = Annotated[int, Meta(ge=-1, le=1, extra_json_schema={"format": "axis"})]
"""-1, 0 or 1: one axis of a stick, a pair of keys."""
Tick = Annotated[int, Meta(ge=0, le=4_294_967_295, extra_json_schema={"format": "tick"})]
"""A moment of the room, in ticks since it began."""
PlayerId = Annotated[int, Meta(ge=0, le=4_294_967_295, extra_json_schema={"format": "player"})]
"""A player of the room; ids start at 1 and are never reused, so 0 can mean nobody."""

MAX_TEXT = 4096
"""Characters of a `str` field, bytes of a `bytes` field, unless `Meta(max_length=...)` says less; as long as a message
may be, so that a game can keep what a player sent."""

_INTEGERS: tuple[tuple[str, int, int], ...] = (
    ("u8", 0, 255),
    ("i8", -128, 127),
    ("u16", 0, 65_535),
    ("i16", -32_768, 32_767),
    ("u32", 0, 4_294_967_295),
    ("i32", -2_147_483_648, 2_147_483_647),
)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a table."""

    name: str
    wire: str
    """`bool u8 u16 u32 i8 i16 i32 f32 f64 str bytes`."""
    minimum: int | float | None = None
    """The least value, where it is closer than the wire type's own."""
    maximum: int | float | None = None
    annotation: Any
    """The type that values are checked against."""

    def schema(self) -> list[Any]:
        """Give the field as `joined` and `/api/games` show it: `[name, type]` or `[name, type, {min, max}]`."""
        if self.minimum is None:
            return [self.name, self.wire]
        return [self.name, self.wire, {"min": self.minimum, "max": self.maximum}]


def field_of(name: str, annotation: Any) -> Field:
    """Work out the wire type of a row's field.

    Raises:
        TypeError: the annotation has no wire type; the text is `problem; fix`.

    """
    try:
        kind, extra = unwrap(shape.type_info(annotation))
    except TypeError as error:
        raise TypeError(f"{error}; write bounds once, as Annotated[int, Meta(ge=..., le=...)]") from None
    match kind:
        case shape.BoolType():
            return Field(name=name, wire="bool", annotation=bool)
        case shape.IntType():
            return _integer_field(name, kind, annotation)
        case shape.FloatType():
            return _float_field(name, kind, "f32" if extra.get("wire") == "f32" else "f64")
        case shape.StrType():
            return Field(name=name, wire="str", annotation=_short(annotation, kind.max_length))
        case shape.BytesType():
            return Field(name=name, wire="bytes", annotation=_short(annotation, kind.max_length))
        case shape.SetType() | shape.FrozenSetType():
            raise TypeError("a set has no stable order; use a bit mask (U32), or rows of a table of their own")
        case shape.StructType():
            raise TypeError("a row can't hold a struct or another row; hold its id (U32, PlayerId) instead")
        case shape.UnionType():
            raise TypeError("a field can't be None or one of several types; use one type, with 0 or '' for none")
        case _:
            raise TypeError("not a type of the wire; use bool, U8..U32, I8..I32, F32, F64, str or bytes")


def _short(annotation: Any, max_length: int | None) -> Any:
    return annotation if max_length is not None else Annotated[annotation, Meta(max_length=MAX_TEXT)]


def unwrap(kind: shape.Type) -> tuple[shape.Type, dict[str, Any]]:
    """Take the `Metadata` off a type."""
    extra: dict[str, Any] = {}
    while isinstance(kind, shape.Metadata):
        extra.update(kind.extra or {})
        kind = kind.type
    return kind, extra


def integer_bounds(kind: shape.IntType) -> tuple[int, int] | None:
    """Give the least and the greatest value that the type allows, or None if one is open."""
    least = kind.ge if kind.ge is not None else None if kind.gt is None else kind.gt + 1
    most = kind.le if kind.le is not None else None if kind.lt is None else kind.lt - 1
    return None if least is None or most is None else (int(least), int(most))


def _integer_field(name: str, kind: shape.IntType, annotation: Any) -> Field:
    bounds = integer_bounds(kind)
    if bounds is None:
        raise TypeError("an int needs bounds; use U8..U32, I8..I32, or Annotated[int, Meta(ge=..., le=...)]")
    for wire, least, most in _INTEGERS:
        if least <= bounds[0] and bounds[1] <= most:
            if bounds == (least, most):
                return Field(name=name, wire=wire, annotation=annotation)
            return Field(name=name, wire=wire, minimum=bounds[0], maximum=bounds[1], annotation=annotation)
    raise TypeError("its bounds don't fit 32 bits; use closer ones")


def _float_field(name: str, kind: shape.FloatType, wire: str) -> Field:
    limit = F32_MAX if wire == "f32" else F64_MAX
    least = max([-limit, *(bound for bound in (kind.ge, kind.gt) if bound is not None)])
    most = min([limit, *(bound for bound in (kind.le, kind.lt) if bound is not None)])
    lower = Meta(ge=least) if kind.gt is None else Meta(gt=least)
    upper = Meta(le=most) if kind.lt is None else Meta(lt=most)
    annotation = Annotated[float, lower, upper]
    if (least, most) == (-limit, limit):
        return Field(name=name, wire=wire, annotation=annotation)
    return Field(name=name, wire=wire, minimum=least, maximum=most, annotation=annotation)
