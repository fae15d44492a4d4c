"""The swarm's command line: many clients against a server of its own or another's, and a table of what they saw."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from gameserver.arguments import integer, number
from loadtest.dialect import ARENA_INPUTS, MOVERS_INPUTS, gameserver_dialect
from loadtest.native import BuildFailed, NoCompiler
from loadtest.server import ServerFailed, server_process, stop_with_server
from loadtest.steering import NoGame, fetch_game
from loadtest.swarm import Measured, Spread, Swarm, SwarmFailed
from loadtest.targets import Refused, checked

LOG = Path(__file__).parents[1] / "results" / "swarm-server.log"
INPUTS = {"movers": MOVERS_INPUTS, "arena": ARENA_INPUTS}
SETTLE_S = 1.0
"""Between the last client's arrival and the measurement."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code: 0, or 1 after a failure, or 2 where there was nothing to run."""
    options = _parser().parse_args(arguments)
    stop_with_server()
    try:
        with _server(options) as (url, pids):
            return _test(options, url, pids)
    except SwarmFailed as failure:
        print(f"swarm: {failure}", file=sys.stderr)
        return 1
    except (Refused, NoGame, ServerFailed, NoCompiler, BuildFailed) as error:
        print(f"swarm: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.swarm",
        description="Let many lean clients play or watch, and measure what they see of the server.",
    )
    add = parser.add_argument
    add("--url", default=None, metavar="URL",
        help="server to test, such as http://127.0.0.1:8080 (default: start one, and stop it afterwards)")  # fmt: skip
    add("--game", default="movers", metavar="NAME", help="name of the game (default: %(default)s)")
    add("--clients", type=integer(1, 20_000), default=500, metavar="N", help="connections (default: %(default)s)")
    add("--seconds", type=number(0, 86_400, above=True), default=10.0, metavar="S",
        help="seconds to measure, after all have arrived (default: %(default)g)")  # fmt: skip
    add("--spectators", action="store_true", help="watch, all in one room, rather than play")
    add("--inputs-hz", type=number(0, 1000), default=0.0, metavar="N",
        help="inputs that each player sends per second (default: none)")  # fmt: skip
    add("--core", type=integer(0, 1023), default=None, metavar="N", help="keep the swarm on this CPU")
    add("--i-own-this-server", action="store_true",
        help="allow a --url that isn't of this machine: clients are a load, so ask whoever runs it")  # fmt: skip
    return parser


@contextmanager
def _server(options: argparse.Namespace) -> Iterator[tuple[str, list[int]]]:
    """Give a server's address, and its process where it is our own."""
    if options.inputs_hz and options.game not in INPUTS:
        raise Refused(f"The swarm knows inputs only for {' and '.join(INPUTS)}; leave out --inputs-hz.")
    if options.url is not None:
        yield checked(options.url, anywhere=options.i_own_this_server), []
        return
    games = [str(Path(__file__).parents[1] / "games.py:Movers")] if options.game == "movers" else []
    with server_process(clients=options.clients, log=LOG, arguments=games) as server:
        yield server.url, [server.pid]


def _test(options: argparse.Namespace, url: str, pids: Sequence[int]) -> int:
    parts = urlsplit(url)
    if parts.scheme != "http":
        raise Refused("The swarm speaks no TLS: go to the server itself, behind its proxy.")
    game = fetch_game(url, options.game)
    who = "spectators" if options.spectators else "players"
    print(f"\n  {game.title} at {url}: {options.clients:,} {who} for {options.seconds:g} s\n", flush=True)
    dialect = gameserver_dialect(
        game.name,
        () if options.spectators else INPUTS.get(game.name, ()),
        role="spectator" if options.spectators else "player",
    )
    with Swarm(
        parts.hostname or "",
        parts.port or 80,
        dialect,
        inputs_hz=options.inputs_hz,
        rate_hz=game.tick_rate,
        core=options.core,
    ) as swarm:
        swarm.grow(options.clients)
        time.sleep(SETTLE_S)
        measured = swarm.measure(options.seconds, pids)
    print("\n".join(_table(measured)), flush=True)
    return 1 if measured.lost or measured.errors else 0


def _table(measured: Measured) -> Iterator[str]:
    """Put what was measured into lines for a terminal."""
    yield f"  {'':<18}{'count':>9}{'median':>10}{'p95':>10}{'p99':>10}{'max':>10}"
    yield _row("snapshot interval", measured.interval_ms)
    yield _row("... late by", measured.late_ms)
    yield _row("command to ack", measured.ack_ms)
    client_s = max(1, measured.clients) * measured.seconds
    yield (
        f"\n  each client: {measured.snapshots / client_s:.1f} snapshots/s, {measured.bytes / client_s:,.0f} bytes/s, "
        f"{measured.inputs / client_s:.1f} inputs/s"
    )
    yield f"  lost: {measured.lost:,}      errors: {measured.errors:,}      ticks missed: {measured.missed:,}"
    server = ""
    if measured.rss_bytes:
        per_client_tick_us = measured.cpu_s * 1e6 / max(1, measured.snapshots)
        server = (
            f"the server took {measured.cpu_s / measured.seconds:.0%} of a core, {per_client_tick_us:.1f} us per "
            f"snapshot, {measured.rss_bytes / 1e6:,.0f} MB; "
        )
    yield f"  {server}the swarm {measured.generator_share:.0%} of a core\n"


def _row(name: str, spread: Spread) -> str:
    times = (spread.p50, spread.p95, spread.p99, spread.max)
    return f"  {name:<18}{spread.count:>9,}" + "".join(f"{f'{t:.1f} ms' if spread.count else '-':>10}" for t in times)


if __name__ == "__main__":
    sys.exit(main())
