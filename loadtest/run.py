"""A load test in one command: a server, players, a live table, a closing table, and an exit code.

    make loadtest
    make loadtest ARGS="--users 20 --seconds 60 --game highcard"
    make loadtest ARGS="--url http://127.0.0.1:8080"

`docs/loadtest.md` says what is measured and how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import logging
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment

from gameserver import __version__
from gameserver.arguments import integer
from loadtest.locustfile import DEFAULT_GAME, GamePlayer
from loadtest.measures import Collected, failure_lines, table
from loadtest.server import ServerFailed, own_server
from loadtest.steering import Game, NoGame, Steering, fetch_game

RESULTS = Path(__file__).parent / "results" / "loadtest.json"
PLAYERS_ARRIVE_IN_S = 2.0
MAX_SPAWN_RATE = 100.0
"""Players per second; locust warns above it."""
TERMINAL_EVERY_S, LOG_EVERY_S = 0.5, 5.0
LATENESS_EVERY_S = 0.02


class Refused(Exception):
    """This test is not going to be run, and why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code: 0, or 1 after a failure, or 2 where there was nothing to run."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="loadtest: %(message)s")
    # However this ends, the server that it started must end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _server(options) as url:
            return _test(options, url)
    except (Refused, NoGame, ServerFailed) as error:
        print(f"loadtest: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="loadtest/run.py",
        description="Let players join, steer and leave, and measure what they see of the server.",
    )
    add = parser.add_argument
    add("--url", default=None, metavar="URL",
        help="server to test, such as http://127.0.0.1:8080 (default: start one, and stop it afterwards)")  # fmt: skip
    add("--game", default=DEFAULT_GAME, metavar="NAME", help="name of the game to play (default: %(default)s)")
    add("--users", type=integer(1, 5000), default=50, metavar="N",
        help="players, each with a connection of his own (default: %(default)s)")  # fmt: skip
    add("--seconds", type=integer(1, 86_400), default=20, metavar="S",
        help="seconds to play, of which the first 2 are the players' arrival (default: %(default)s)")  # fmt: skip
    add("--output", type=Path, default=RESULTS, metavar="FILE",
        help="JSON file to write, and a server.log beside it (default: loadtest/results/loadtest.json)")  # fmt: skip
    add("--i-own-this-server", action="store_true",
        help="allow a --url that isn't of this machine: players are a load, so ask whoever runs it")  # fmt: skip
    return parser


def _server(options: argparse.Namespace) -> contextlib.AbstractContextManager[str]:
    if options.url is None:
        return own_server(clients=options.users, log=options.output.with_name("server.log"))
    return contextlib.nullcontext(_checked(options.url, anywhere=options.i_own_this_server))


def _checked(url: str, *, anywhere: bool) -> str:
    """Give the address without its path.

    Raises:
        Refused: it isn't an address, or it is somebody else's.

    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"{url!r} is not an address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise Refused(f"{url!r} is not an address such as http://127.0.0.1:8080.")
    if not anywhere and not _is_loopback(host):
        raise Refused(f"{host} is not this machine; if the server is yours to load, add --i-own-this-server.")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    # A name could mean any machine, so only the one that always means this one is taken.
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _test(options: argparse.Namespace, url: str) -> int:
    game = fetch_game(url, options.game)
    title = f"{game.title} at {url}: {options.users} players for {options.seconds} s"
    print(f"\n  {title}\n", flush=True)
    collected, used_s = _play(options, url, game)
    report = _report(options, url, game, collected, used_s)
    problem = _problem(report, game)
    if problem is not None:
        report["problem"] = problem
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print("\n".join(_closing(report, options.output)), flush=True)
    return 0 if problem is None else 1


def _play(options: argparse.Namespace, url: str, game: Game) -> tuple[Collected, float]:
    """Let the players play; gives what they report, and the share of a core that it took to be them."""
    collected = Collected()
    environment = Environment(
        user_classes=[GamePlayer], events=events, host=url, parsed_options=argparse.Namespace(game=game.name)
    )
    environment.events.request.add_listener(collected.on_request)
    runner = environment.create_local_runner()
    watch = gevent.spawn(_watch_lateness, collected)
    began_s, used_s = time.perf_counter(), time.process_time()
    with _stopped_by_signals() as stop:
        runner.start(options.users, spawn_rate=min(MAX_SPAWN_RATE, max(1.0, options.users / PLAYERS_ARRIVE_IN_S)))
        _show_until(stop, collected, began_s, options.seconds, lambda: runner.user_count)
        share = (time.process_time() - used_s) / (time.perf_counter() - began_s)
        collected.measuring = False
        watch.kill()
        runner.quit()
    return collected, share


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """Let Ctrl-C and SIGTERM end the test early, as if its time were over."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch_lateness(collected: Collected) -> None:
    """Measure how late this process comes round to what is due: the players' times hold as much."""
    while True:
        due_s = time.perf_counter() + LATENESS_EVERY_S
        gevent.sleep(LATENESS_EVERY_S)
        collected.lateness.add((time.perf_counter() - due_s) * 1000)


def _show_until(stop: Event, collected: Collected, began_s: float, seconds: float, users: Callable[[], int]) -> None:
    """Show the table until the time is over: in place on a terminal, else a line now and then."""
    live = sys.stdout.isatty()
    shown = 0
    while not stop.wait(max(0.0, min(TERMINAL_EVERY_S if live else LOG_EVERY_S, seconds - _since(began_s)))):
        passed_s = _since(began_s)
        if passed_s >= seconds:
            break
        head = f"  {passed_s:4.0f} of {seconds} s   {users():,} players"
        report = collected.report()
        if live:
            lines = [head, "", *table(report)]
            print(
                (f"\x1b[{shown}A" if shown else "") + "".join(f"\x1b[2K{line}\n" for line in lines), end="", flush=True
            )
            shown = len(lines)
        else:
            count, failures = report["measures"]["snapshot interval"]["count"], report["failures"]["count"]
            print(f"{head}   {count:,} snapshots   {failures:,} failures", flush=True)
    if shown:
        print(f"{_up(shown)}\x1b[J", end="")
    else:
        print()


def _up(lines: int) -> str:
    return f"\x1b[{lines}A" if lines else ""


def _since(began_s: float) -> float:
    return time.perf_counter() - began_s


def _report(options: argparse.Namespace, url: str, game: Game, collected: Collected, cpu: float) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "gameserver": __version__,
        "python": platform.python_version(),
        "server": "started by the test" if options.url is None else url,
        "game": game.name,
        "tick_rate_hz": game.tick_rate,
        "users": options.users,
        "seconds": options.seconds,
        **collected.report(),
        "generator": {"late": collected.lateness.summary(), "cores": round(cpu, 3)},
    }


def _problem(report: dict[str, Any], game: Game) -> str | None:
    """Say what makes this run a failure, if anything does."""
    if report["failures"]["count"]:
        return "There were failures."
    missing = [name for name, summary in report["measures"].items() if not summary["count"]]
    if not Steering(game.inputs, seed=0).possible and missing == ["command to ack"]:
        return None
    return f"Nothing was measured of: {', '.join(missing)}." if missing else None


def _closing(report: dict[str, Any], output: Path) -> list[str]:
    late, cores = report["generator"]["late"], report["generator"]["cores"]
    lines = table(report)
    if late["count"]:
        lines.append(
            f"  the generator: {cores:.0%} of a core, late by {late['median_ms']:.1f} ms (median), "
            f"{late['p99_ms']:.1f} ms (p99)"
        )
    if "problem" in report:
        lines += ["", f"  FAILED. {report['problem']}", *failure_lines(report)]
    shown = output.relative_to(Path.cwd()) if output.is_relative_to(Path.cwd()) else output
    return [*lines, "", f"  written to {shown}", ""]


if __name__ == "__main__":
    sys.exit(main())
