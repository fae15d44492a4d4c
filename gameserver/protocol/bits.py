"""Streams of bits, most significant first, and the packing of a column of small integers.

A stream is written as text of zeros and ones and turned into bytes at once: `str.join` and `int(text, 2)` run in C,
which makes whole columns cheaper than any call per value could be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress

from gameserver.errors import SnapshotError

_LIST = 15
"""In place of a code's width: few values differ from 0, and each is listed with its index."""
_WIDEST_CODE = 12
"""Wider codes pay for few columns, and their table of digits would be large."""

ZEROS = "0" * (4 + 6)
"""What `ints` writes for numbers all of which are 0: a code and a width of 0."""


@cache
def _digits(width: int) -> list[str]:
    """Give the text of every value of this width."""
    return [format(value, f"0{width}b") for value in range(1 << width)] if width else [""]


def _text(values: Sequence[int], width: int) -> str:
    """Write values of `width` bits each."""
    if width <= _WIDEST_CODE:
        return "".join(map(_digits(width).__getitem__, values))
    spec = f"0{width}b"
    return "".join([format(value, spec) for value in values])


class BitWriter:
    """Collects bits."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.add: Callable[[str], None] = self._parts.append
        """Writes bits that are given as text: the quickest way for what is known beforehand."""

    def flag(self, value: bool) -> None:
        """Write one bit."""
        self._parts.append("1" if value else "0")

    def uint(self, value: int) -> None:
        """Write a number from 0 to 2^32 - 1: its length in 6 bits, then so many bits."""
        length = value.bit_length()
        self._parts.append(_digits(6)[length])
        if length:
            self._parts.append(format(value, "b"))

    def ints(self, values: Sequence[int]) -> None:
        """Write numbers from 0 to 2^32 - 1; the reader knows how many. `plan` tells in which way."""
        code, width = plan(values)
        if not (code or width):
            self._parts.append(ZEROS)
            return
        self._parts += _digits(4)[code], _digits(6)[width]
        if code == _LIST:
            indexes = list(compress(range(len(values)), values))
            index_bits = (len(values) - 1).bit_length()
            self._parts.append(format(len(indexes), f"0{len(values).bit_length()}b"))
            self._parts.append(_text(indexes, index_bits) if index_bits else "")
            self._parts.append(_text([values[i] for i in indexes], width))
        elif code == 0:
            self._parts.append(_text(values, width))
        else:
            escape, digits = (1 << code) - 1, _digits(code)
            escaped = digits[escape]
            self._parts.append("".join([digits[v] if v < escape else escaped for v in values]))
            self._parts.append(_text([v for v in values if v >= escape], width))

    def octets(self, data: bytes) -> None:
        """Write bytes, 8 bits each, wherever the stream stands."""
        self._parts.append(_text(data, 8))

    def take(self) -> bytes:
        """Give all that was written, filled up to whole bytes with zeros."""
        text = "".join(self._parts)
        size = -(-len(text) // 8)
        return int(text.ljust(size * 8, "0"), 2).to_bytes(size) if size else b""


def plan(values: Sequence[int]) -> tuple[int, int]:
    """Find the cheapest way to write a column of numbers: (code width, value width) in bits.

    A code of all ones is an escape: the value itself follows after the codes. A code of width 0 makes every value an
    escape, which is the plain column; one of width 1 is a map of those that aren't 0. A column of few values other than
    0 is a list of index and value (code width 15). Patched frames of reference, in short (Zukowski et al., ICDE 2006).
    """
    if not any(values):
        return 0, 0
    count, ordered = len(values), sorted(values)
    width = ordered[-1].bit_length() if count else 0
    best, code = count * width, 0
    for narrower in range(1, min(width, _WIDEST_CODE + 1)):
        cost = count * narrower + (count - bisect_left(ordered, (1 << narrower) - 1)) * width
        if cost < best:
            best, code = cost, narrower
    if width:
        listed = count - bisect_left(ordered, 1)
        if count.bit_length() + listed * ((count - 1).bit_length() + width) < best:
            code = _LIST
    return code, width


class BitReader:
    """Reads what a `BitWriter` wrote.

    Every method raises `SnapshotError` where the stream is too short or holds what no writer writes.
    """

    def __init__(self, data: bytes) -> None:
        self._text = format(int.from_bytes(data), f"0{len(data) * 8}b") if data else ""
        self._at = 0

    def bits(self, width: int) -> int:
        """Read a number of `width` bits."""
        return int(self._skip(width), 2) if width else 0

    def flag(self) -> bool:
        """Read one bit."""
        return self._skip(1) == "1"

    def uint(self, most: int) -> int:
        """Read a number that is `most` at the most."""
        value = self.bits(self._width())
        if value > most:
            raise SnapshotError(f"a number of {value}, where {most} is the most")
        return value

    def ints(self, count: int) -> list[int]:
        """Read so many numbers."""
        code, width = self.bits(4), self._width()
        if code == _LIST:
            listed = self.bits(count.bit_length())
            indexes = self._column(listed, (count - 1).bit_length() if count else 0)
            found = self._column(listed, width)
            values = [0] * count
            last = -1
            for index, value in zip(indexes, found, strict=True):
                if not last < index < count:
                    raise SnapshotError("indexes of a column that don't rise, or go past its end")
                values[index] = value
                last = index
            return values
        codes = self._column(count, code)
        escape = (1 << code) - 1
        patches = iter(self._column(codes.count(escape), width))
        return [next(patches) if value == escape else value for value in codes]

    def octets(self, size: int) -> bytes:
        """Read so many bytes."""
        return bytes(self._column(size, 8))

    def end(self) -> None:
        """Check that nothing is left but the zeros that fill the last byte."""
        rest = self._text[self._at :]
        if len(rest) >= 8 or "1" in rest:
            raise SnapshotError("bits after the end of a snapshot")

    def _width(self) -> int:
        width = self.bits(6)
        if width > 32:
            raise SnapshotError(f"a width of {width} bits, where 32 is the most")
        return width

    def _column(self, count: int, width: int) -> list[int]:
        if not width:
            return [0] * count
        text = self._skip(count * width)
        return [int(text[i : i + width], 2) for i in range(0, count * width, width)]

    def _skip(self, count: int) -> str:
        start, self._at = self._at, self._at + count
        if self._at > len(self._text):
            raise SnapshotError("a snapshot that is cut off")
        return self._text[start : self._at]
