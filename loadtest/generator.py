"""A run of simulated clients in this process, and what it took to be them."""

from __future__ import annotations

import argparse
import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment

from loadtest.locustfile import GamePlayer, noted
from loadtest.measures import Collected

LATENESS_EVERY_S = 0.02


class Generator:
    """Locust's environment with our clients, and a record of what they report.

    `begin` may be called again for another run, which forgets the one before.
    """

    def __init__(self, host: str, options: argparse.Namespace) -> None:
        """Prepare; `options` have the mix, and in a web page's environment all of locust's."""
        self.options = options
        """As the last run had them: a web page changes them in place."""
        self.environment = Environment(user_classes=[GamePlayer], events=events, host=host, parsed_options=options)
        self.runner = self.environment.create_local_runner()
        self.begin()
        events.request.add_listener(self._on_request)
        noted.add_listener(self._on_noted)
        self._watch = gevent.spawn(self._watch_lateness)

    def begin(self, **_: Any) -> None:
        """Forget what was, and measure from now on; it can be a listener of locust's events."""
        self.began_s = time.perf_counter()
        self.collected = Collected(self.began_s)
        self._used_s = time.process_time()
        self._ended_s: float | None = None
        self._share = 0.0

    def end(self, **_: Any) -> None:
        """Stop measuring, before the clients are told to leave; what they report as failed still counts."""
        if self.collected.measuring:
            self.collected.measuring = False
            self._ended_s = time.perf_counter()
            self._share = (time.process_time() - self._used_s) / self.measured_s

    def quit(self) -> None:
        """Let the clients leave, and stop."""
        self.end()
        self._watch.kill()
        self.runner.quit()

    @property
    def measured_s(self) -> float:
        """How long was measured, or is until now."""
        return (self._ended_s or time.perf_counter()) - self.began_s

    def report(self) -> dict[str, Any]:
        """Give what was measured, and, of an ended run, how much of a core the clients took and how late they were."""
        return {
            **self.collected.report(),
            "generator": {"late": self.collected.lateness.summary(), "cores": round(self._share, 3)},
        }

    def _on_request(
        self, *, name: str, response_time: float | None, response_length: int, exception: Exception | None, **_: Any
    ) -> None:
        if exception is not None:
            self.collected.fail(f"{name}: {exception}")
        elif response_time is not None:
            self.collected.take(name, response_time, response_length, now_s=time.perf_counter())

    def _on_noted(self, *, what: str) -> None:
        self.collected.noted[what] += 1

    def _watch_lateness(self) -> None:
        """Measure how late this process comes round to what is due: the clients' times hold as much."""
        while True:
            due_s = time.perf_counter() + LATENESS_EVERY_S
            gevent.sleep(LATENESS_EVERY_S)
            if self.collected.measuring:
                self.collected.lateness.add((time.perf_counter() - due_s) * 1000)


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """Let Ctrl-C and SIGTERM end the test early, as if its time were over."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
