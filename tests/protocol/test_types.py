"""Field types: wire widths, bounds, and what has no place on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta
from msgspec import inspect as shape

from gameserver import F32, F64, I8, I16, I32, U8, U16, U32, Axis, PlayerId, Row, Tick
from gameserver.protocol.types import F32_MAX, F64_MAX, MAX_TEXT, field_of, integer_bounds


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (bool, ["f", "bool"]),
        (U8, ["f", "u8"]),
        (U16, ["f", "u16"]),
        (U32, ["f", "u32"]),
        (I8, ["f", "i8"]),
        (I16, ["f", "i16"]),
        (I32, ["f", "i32"]),
        (F32, ["f", "f32"]),
        (F64, ["f", "f64"]),
        (float, ["f", "f64"]),
        (str, ["f", "str"]),
        (bytes, ["f", "bytes"]),
        (Axis, ["f", "i8", {"min": -1, "max": 1}]),
        (Tick, ["f", "u32"]),
        (PlayerId, ["f", "u32"]),
        (Annotated[int, Meta(ge=0, le=800)], ["f", "u16", {"min": 0, "max": 800}]),
        (Annotated[int, Meta(gt=-1, lt=256)], ["f", "u8"]),
        (Annotated[int, Meta(ge=-1, le=200)], ["f", "i16", {"min": -1, "max": 200}]),
        (Annotated[int, Meta(ge=5, le=5)], ["f", "u8", {"min": 5, "max": 5}]),
        (Annotated[int, Meta(ge=-1, le=2**31 - 1)], ["f", "i32", {"min": -1, "max": 2**31 - 1}]),
        (Annotated[float, Meta(ge=0, le=1)], ["f", "f64", {"min": 0, "max": 1}]),
        (Annotated[float, Meta(ge=-2, le=2, extra={"wire": "f32"})], ["f", "f32", {"min": -2, "max": 2}]),
        (Annotated[str, Meta(max_length=40)], ["f", "str"]),
    ],
)
def test_the_narrowest_wire_type_is_chosen(annotation: Any, schema: list[Any]) -> None:
    """A field's bounds decide its width, and bounds closer than the width are in the schema."""
    assert field_of("f", annotation).schema() == schema


class Other(Row):
    """A row, which another can't hold."""

    n: U8 = 0


class Loose(msgspec.Struct):
    """A struct, which a row can't hold."""


@pytest.mark.parametrize(
    ("annotation", "problem"),
    [
        (int, "an int needs bounds"),
        (Annotated[int, Meta(ge=0)], "an int needs bounds"),
        (Annotated[int, Meta(le=0)], "an int needs bounds"),
        (Annotated[int, Meta(ge=0, le=2**32)], "don't fit 32 bits"),
        (Annotated[int, Meta(ge=-1, le=2**31)], "don't fit 32 bits"),
        (Annotated[U8, Meta(le=100)], "Multiple `Meta` annotations"),
        (set[int], "no stable order"),
        (frozenset[int], "no stable order"),
        (Other, "can't hold a struct or another row"),
        (Loose, "can't hold a struct or another row"),
        (U8 | None, "can't be None or one of several"),
        (int | str, "can't be None or one of several"),
        (list[int], "not a type of the wire"),
        (dict[str, int], "not a type of the wire"),
        (tuple[int, int], "not a type of the wire"),
        (Literal["a", "b"], "not a type of the wire"),
        (Any, "not a type of the wire"),
        (object, "not a type of the wire"),
    ],
)
def test_what_has_no_wire_type_is_refused_with_a_fix(annotation: Any, problem: str) -> None:
    """The refusal says what is wrong and, after a semicolon, what to write instead."""
    with pytest.raises(TypeError, match=problem) as caught:
        field_of("f", annotation)
    assert caught.value.args[0].partition("; ")[2]


@pytest.mark.parametrize(
    ("annotation", "inside", "outside"),
    [
        (U8, [0, 255], [-1, 256, 1.0, True, "1", None]),
        (I32, [-(2**31), 2**31 - 1], [-(2**31) - 1, 2**31, 2**64]),
        (bool, [True, False], [0, 1, None]),
        (F64, [0.0, 1, -F64_MAX], [float("nan"), float("inf"), float("-inf"), True, "0", 10**400]),
        (float, [F64_MAX], [float("nan"), float("inf"), float("-inf")]),
        (F32, [F32_MAX, -F32_MAX], [3.5e38, -3.5e38, float("nan")]),
        (Annotated[float, Meta(ge=0, le=1)], [0, 1, 0.5], [-0.1, 1.1, float("nan"), float("inf")]),
        (Annotated[float, Meta(gt=0)], [0.1, F64_MAX], [0.0, -1.0, float("nan"), float("inf")]),
        (Annotated[float, Meta(lt=0)], [-0.1, -F64_MAX], [0.0, 1.0, float("nan"), float("-inf")]),
        (Annotated[float, Meta(ge=0, extra={"wire": "f32"})], [0.0, F32_MAX], [-0.1, 3.5e38]),
        (str, ["", "x" * MAX_TEXT], ["x" * (MAX_TEXT + 1), b"x"]),
        (bytes, [b"", b"x" * MAX_TEXT], [b"x" * (MAX_TEXT + 1), "x"]),
        (Annotated[str, Meta(max_length=3)], ["abc"], ["abcd"]),
        (Annotated[bytes, Meta(max_length=3)], [b"abc"], [b"abcd"]),
        (Annotated[str, Meta(max_length=5000)], ["x" * 5000], ["x" * 5001]),
    ],
)
def test_the_checked_type_holds_what_is_declared(annotation: Any, inside: list[Any], outside: list[Any]) -> None:
    """The annotation that values are checked against lets in the bounds themselves and nothing beyond."""
    checked = field_of("f", annotation).annotation
    for value in inside:
        assert msgspec.convert(value, checked) == value
    for value in outside:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(value, checked)


def test_integer_bounds_are_closed() -> None:
    """Open bounds become the closed ones of the same integers, and a missing side is no bounds at all."""

    def bounds(meta: Meta) -> tuple[int, int] | None:
        kind = shape.type_info(Annotated[int, meta])
        assert isinstance(kind, shape.IntType)
        return integer_bounds(kind)

    assert bounds(Meta(gt=0, lt=10)) == (1, 9)
    assert bounds(Meta(ge=0, le=10)) == (0, 10)
    assert bounds(Meta(gt=0)) is None
    assert bounds(Meta(lt=0)) is None
