"""Listeners by name: the one way in which the SDK's objects report news."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

Listener = Callable[[Any], object]


class Emitter:
    """Calls whoever listens, in the order in which they began to."""

    def __init__(self, *names: str) -> None:
        self._listeners: dict[str, list[Listener]] = {name: [] for name in names}

    def on(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` at each `name`; gives a function that stops it.

        Raises:
            ValueError: there is no such name.

        """
        if name not in self._listeners:
            raise ValueError(f"nothing is called {name!r}, but {', '.join(self._listeners)}")
        listeners = self._listeners[name]
        listeners.append(listener)

        def stop() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return stop

    def emit(self, name: str, detail: object) -> None:
        """Hand `detail` to the listeners of `name`."""
        # A copy, since a listener may add or remove listeners.
        for listener in tuple(self._listeners[name]):
            try:
                listener(detail)
            # Listeners are a stranger's code: one that fails must neither silence the others nor stop the connection.
            except Exception:
                log.exception("a listener of %r failed", name)
