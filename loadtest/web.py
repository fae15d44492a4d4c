"""Locust's own web page, on the loopback interface, with our clients and their record behind it."""

from __future__ import annotations

import argparse
import socket
import sys

import gevent
from flask import Response, request
from gevent.event import Event
from locust import argument_parser, events
from locust.web import WebUI

from loadtest.generator import Generator
from loadtest.mix import Mix
from loadtest.targets import Refused, checked

HOST = "127.0.0.1"
START_S = 10.0
POLL_S = 0.05


def locust_options(options: argparse.Namespace) -> argparse.Namespace:
    """Give locust's options with our mix among them, as its page wants them.

    The page reads the command line a second time, so that has to be one that locust understands.
    """
    arguments = ["--users", str(options.users), "--spawn-rate", str(options.spawn_rate)]
    for name in Mix.__struct_fields__:
        arguments += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    sys.argv[1:] = arguments
    parsed: argparse.Namespace = argument_parser.get_parser().parse_args(arguments)
    return parsed


def serve_page(generator: Generator, stop: Event, *, port: int, anywhere: bool) -> None:
    """Serve the page until it is told to stop.

    Raises:
        Refused: the port is taken.

    """
    _try(port)
    page = generator.environment.create_web_ui(HOST, port, delayed_start=True)
    assert page.app is not None
    page.app.before_request(lambda: _refusal(anywhere=anywhere))
    events.test_start.add_listener(generator.begin)
    events.test_stopping.add_listener(generator.end)
    events.reset_stats.add_listener(generator.begin)
    page.start()
    address = f"http://{HOST}:{_await_server(page)}"
    print(f"\n  Locust's page: {address}  (Ctrl-C ends it, and writes the report)", flush=True)
    stop.wait()
    page.stop()


def _try(port: int) -> None:
    """See whether a port is free, as locust would only say in two tracebacks that it isn't."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError as error:
            raise Refused(f"Port {port} of {HOST} can't be used ({error}); choose another with --web-port.") from error


def _await_server(page: WebUI) -> int:
    """Wait until the page is served; gives its port."""
    with gevent.Timeout(START_S, Refused(f"The page wasn't served within {START_S:g} s.")):
        while page.server is None or not page.server.started:
            gevent.sleep(POLL_S)
        return int(page.server.server_port)


def _refusal(*, anywhere: bool) -> Response | None:
    """Keep other pages' hands off, and the load where it may go: locust itself would take both from anybody."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and origin != request.host_url.rstrip("/"):
        return Response("Only this page itself may ask for that.\n", 403)
    if request.method == "POST" and "host" in request.form:
        try:
            checked(request.form["host"], anywhere=anywhere)
        except Refused as error:
            return Response(f"{error}\n", 403)
    return None
