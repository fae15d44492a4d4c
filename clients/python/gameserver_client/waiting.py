"""Tasks that wait for a room: for the answer to a command, for the next state, for the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Waiting(Generic[T]):
    """Tasks that wait for a value, some of them under a number."""

    def __init__(self) -> None:
        self._futures: dict[object, asyncio.Future[T]] = {}

    @contextmanager
    def future(self, number: int | None = None) -> Iterator[asyncio.Future[T]]:
        """Give a future that is forgotten at the end of the block."""
        key = object() if number is None else number
        future = self._futures[key] = asyncio.get_running_loop().create_future()
        try:
            yield future
        finally:
            del self._futures[key]
            # An error that came when nobody waited any more is no news.
            if future.done() and not future.cancelled():
                future.exception()

    def __contains__(self, number: int) -> bool:
        """Whether somebody waits under this number."""
        return number in self._futures

    def resolve(self, value: T, *, up_to: int | None = None) -> None:
        """Give everyone the value; with `up_to`, those under numbers up to that."""
        for number, future in self._futures.items():
            if not future.done() and (up_to is None or (isinstance(number, int) and number <= up_to)):
                future.set_result(value)

    def fail(self, error: Exception, *, number: int | None = None) -> None:
        """Give everyone the error; with `number`, whoever waits under that."""
        for key, future in self._futures.items():
            if not future.done() and number in {None, key}:
                future.set_exception(error)
