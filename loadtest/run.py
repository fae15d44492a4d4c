"""A load test in one command: a server, clients, a live table, a closing table, an HTML report, and an exit code.

    make loadtest
    make loadtest ARGS="--users 20 --seconds 60 --game tag"
    make loadtest ARGS="--url http://127.0.0.1:8080 --max snapshot-interval-p99=60"
    WEB=1 make loadtest

`docs/loadtest.md` says what is measured and how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gameserver import __version__
from gameserver.arguments import integer
from loadtest import web
from loadtest.generator import Generator, stopped_by_signals
from loadtest.mix import Mix, add_mix_options
from loadtest.report import page
from loadtest.server import ServerFailed, own_server, stop_with_server
from loadtest.steering import Game, NoGame, Steering, fetch_game
from loadtest.targets import Refused, checked
from loadtest.terminal import closing, show_until
from loadtest.thresholds import listing, missed, threshold, verdicts

RESULTS = Path(__file__).parent / "results" / "loadtest.json"
CLIENTS_ARRIVE_IN_S = 2.0
MAX_SPAWN_RATE = 100.0
"""Clients per second; locust warns above it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code: 0, or 1 after a failure, or 2 where there was nothing to run."""
    options = _parser().parse_args(arguments)
    options.spawn_rate = min(MAX_SPAWN_RATE, max(1.0, options.users / CLIENTS_ARRIVE_IN_S))
    logging.basicConfig(level=logging.WARNING, format="loadtest: %(message)s")
    stop_with_server()
    try:
        with _server(options) as url:
            game = fetch_game(url, options.game)
            generator = _watch(options, url) if options.web else _play(options, url, game)
            return _conclude(options, url, game, generator)
    except (Refused, NoGame, ServerFailed) as error:
        print(f"loadtest: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="loadtest/run.py",
        description="Let clients join, play, watch, chat, drop out, resume and leave, and measure what they see.",
    )
    add = parser.add_argument
    add("--url", default=None, metavar="URL",
        help="server to test, such as http://127.0.0.1:8080 (default: start one, and stop it afterwards)")  # fmt: skip
    add("--users", type=integer(1, 5000), default=50, metavar="N",
        help="clients, each with a connection of its own (default: %(default)s)")  # fmt: skip
    add("--seconds", type=integer(1, 86_400), default=20, metavar="S",
        help="seconds to play, of which the first 2 are the clients' arrival (default: %(default)s)")  # fmt: skip
    add_mix_options(parser)
    add("--max", type=threshold, action="append", default=[], metavar="NAME=LIMIT", dest="limits",
        help=f"what may at most be measured, in ms, such as snapshot-interval-p99=60; may be given often. NAME is "
        f"{listing()} (default: failures=0)")  # fmt: skip
    add("--output", type=Path, default=RESULTS, metavar="FILE",
        help="JSON file to write, with an HTML page and a server.log beside it "
        "(default: loadtest/results/loadtest.json)")  # fmt: skip
    add("--web", action="store_true", default=os.environ.get("WEB", "0") not in {"", "0"},
        help="start and watch the clients from locust's own web page, until Ctrl-C "
        "(default: where WEB=1 is set)")  # fmt: skip
    add("--web-port", type=integer(0, 65_535), default=8089, metavar="PORT",
        help="port of that page on 127.0.0.1, 0 for any (default: %(default)s)")  # fmt: skip
    add("--i-own-this-server", action="store_true",
        help="allow a --url that isn't of this machine: clients are a load, so ask whoever runs it")  # fmt: skip
    return parser


def _server(options: argparse.Namespace) -> AbstractContextManager[str]:
    if options.url is None:
        # All clients have one address, which may not open rooms for so many by default.
        rooms = ["--max-rooms-per-address", str(options.users)]
        return own_server(clients=options.users, log=options.output.with_name("server.log"), arguments=rooms)
    return contextlib.nullcontext(checked(options.url, anywhere=options.i_own_this_server))


def _play(options: argparse.Namespace, url: str, game: Game) -> Generator:
    """Let the clients play for their time, and show the table meanwhile."""
    print(f"\n  {game.title} at {url}: {options.users} clients for {options.seconds} s\n", flush=True)
    generator = Generator(url, options)
    with stopped_by_signals() as stop:
        generator.begin()
        generator.runner.start(options.users, spawn_rate=options.spawn_rate)
        show_until(stop, generator.collected, generator.began_s, options.seconds, lambda: generator.runner.user_count)
        generator.quit()
    return generator


def _watch(options: argparse.Namespace, url: str) -> Generator:
    """Let locust's own page start and stop the clients."""
    generator = Generator(url, web.locust_options(options))
    with stopped_by_signals() as stop:
        web.serve_page(generator, stop, port=options.web_port, anywhere=options.i_own_this_server)
        generator.quit()
    print()
    return generator


def _conclude(options: argparse.Namespace, url: str, game: Game, generator: Generator) -> int:
    """Say and write what came of it; gives the exit code."""
    if options.web and not generator.collected.count("snapshot interval") and not generator.collected.failures:
        print("\n  No clients were started.\n", flush=True)
        return 0
    limits = {"failures": 0.0, **dict(options.limits)}
    report: dict[str, Any] = {**_heading(options, url, game, generator), **generator.report()}
    report["thresholds"] = verdicts(limits, report)
    # Whoever sits before the page may stop before anything was to be measured.
    unmeasured = [] if options.web else _unmeasured(report, Steering(game, seed=0))
    report["problems"] = [*unmeasured, *missed(report["thresholds"])]
    report["curves"] = generator.collected.curves()
    print("\n".join(closing(report)), flush=True)
    _write(options.output, json.dumps(report, indent=1) + "\n")
    _write(options.output.with_suffix(".html"), page(report))
    print(flush=True)
    return 1 if report["problems"] else 0


def _heading(options: argparse.Namespace, url: str, game: Game, generator: Generator) -> dict[str, Any]:
    played = generator.options
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "gameserver": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "server": "started by the test" if options.url is None else url,
        "tick_rate_hz": game.tick_rate,
        "users": played.num_users if options.web else options.users,
        "seconds": round(generator.measured_s),
        **{name: getattr(played, name) for name in Mix.__struct_fields__},
    }


def _unmeasured(report: dict[str, Any], steering: Steering) -> Iterator[str]:
    """Say what should have been measured with such clients, and wasn't."""
    watching = Mix.of(argparse.Namespace(**report)).spectators(report["users"])
    playing = report["users"] - watching
    due = {
        "join": playing,
        "spectate": watching,
        "snapshot interval": report["users"],
        "command to ack": playing and steering.possible,
    }
    for name, is_due in due.items():
        if is_due and not report["measures"][name]["count"]:
            yield f"{name}: nothing was measured"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"  written to {shown}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
