"""The command line: `gameserver serve`, and what it prints; and `gameserver play`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gameserver import __version__
from gameserver.app import Server
from gameserver.arguments import integer, number
from gameserver.errors import StartupError
from gameserver.loading import load_games
from gameserver.settings import Settings
from gameserver.spec import GameSpec
from gameserver.vectors import move_vectors

SAMPLES = ("gameserver.games.arena", "gameserver.games.tag", "gameserver.games.highcard")
_DEFAULTS = Settings()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in {"-h", "--help", "--version"}):
        given.insert(0, "serve")
    options = _parser().parse_args(given)
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except StartupError as error:
        print(f"gameserver: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gameserver", description="A multiplayer game server with a tick loop.")
    parser.add_argument("--version", action="version", version=f"gameserver {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands)
    _add_play(commands)
    _add_vectors(commands)
    return parser


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve games (also when no command is given)",
        description="Serve games, with a web client to play them. Without GAME, the samples.",
        formatter_class=_Help,
    )
    serve.set_defaults(run=_serve)
    add = serve.add_argument
    add("games", nargs="*", metavar="GAME", help="PATH.py[:GAME] or MODULE[:GAME] (default: the samples)")
    add("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets your network in")
    add("--port", type=integer(0, 65_535), default=8080, help="TCP port; 0 takes a free one")
    add("--bots", type=integer(0, 10_000), default=None, metavar="N",
        help="fill rooms up to N players with bots, in games that have them (default: each game's own)")  # fmt: skip
    add("--tick-rate", type=number(1, 240), default=None, metavar="HZ",
        help="steps per second, in place of each game's own (default: each game's own)")  # fmt: skip
    add("--seed", type=int, default=None, metavar="N",
        help="seed of the first room; each later one has one more (default: random)")  # fmt: skip
    add("--max-connections-per-address", type=integer(1, 1_000_000), metavar="N",
        default=_DEFAULTS.max_connections_per_address, help="connections; more get HTTP 429")  # fmt: skip
    add("--drain-s", type=number(0, 86_400), default=_DEFAULTS.drain_s, metavar="S",
        help="seconds that rooms may go on when the server is told to stop")  # fmt: skip
    add("--log-level", choices=("debug", "info", "warning", "error"), default="warning", help="what is logged")


def _add_play(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    play = commands.add_parser(
        "play",
        help="play in a window of its own (needs gameserver[pygame])",
        description="Play and watch the games of a server in a window of its own.",
        formatter_class=_Help,
    )
    play.set_defaults(run=_play)
    add = play.add_argument
    add("--url", default="http://127.0.0.1:8080", help="where the server is")
    add("--game", default=None, metavar="NAME", help="begin with a quick match of this game")
    add("--spectate", action="store_true", default=None, help="watch: a room of --game, or the first there is")
    add("--name", default=None, help="what others call you (default: the name you chose last)")


def _add_vectors(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    vectors = commands.add_parser(
        "vectors",
        help="write random cases of a game's move, to test a client's twin of it",
        description="Write random cases of a game's `move` as JSON: world, row before, input, row after.",
        formatter_class=_Help,
    )
    vectors.set_defaults(run=_vectors)
    add = vectors.add_argument
    add("game", metavar="GAME", help="PATH.py[:GAME] or MODULE[:GAME]")
    add("--cases", type=integer(1, 1_000_000), default=500, metavar="N", help="how many")
    add("--seed", type=int, default=1, metavar="N", help="of the players who press keys, and of the game")
    add("--out", type=Path, default=None, metavar="FILE", help="where to (default: the standard output)")


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults, but for what has none."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)


def _serve(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    specs = [spec for target in options.games or SAMPLES for spec in load_games(target)]
    settings = Settings(max_connections_per_address=options.max_connections_per_address, drain_s=options.drain_s)
    server = Server(specs, settings=settings, seed=options.seed, bots=options.bots, tick_rate=options.tick_rate)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(server, options.host, options.port))
    return 0


def _vectors(options: argparse.Namespace) -> int:
    specs = load_games(options.game)
    if len(specs) != 1:
        named = ", ".join(f"{options.game}:{spec.cls.__name__}" for spec in specs)
        raise StartupError(f"{options.game} holds several games; name one of them: {named}")
    text = json.dumps(move_vectors(specs[0], seed=options.seed, cases=options.cases), separators=(",", ":")) + "\n"
    out: Path | None = options.out
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StartupError(f"can't write {out}: {error.strerror}") from error
    _say(f"  {options.cases} cases of {specs[0].name}'s move: {out}")
    return 0


def _play(options: argparse.Namespace) -> int:
    try:
        import gameserver_pygame  # noqa: PLC0415  # only who plays needs pygame
    except ModuleNotFoundError as error:
        if error.name != "pygame":
            raise
        print("gameserver: playing needs pygame:  pip install 'gameserver[pygame]'", file=sys.stderr)
        return 1
    logging.basicConfig(level="WARNING", format="%(levelname)s %(name)s: %(message)s")
    return gameserver_pygame.play(
        gameserver_pygame.Options(
            url=options.url, spectate=bool(options.spectate), game=options.game, name=options.name
        )
    )


async def _run(server: Server, host: str, port: int) -> None:
    port = await server.start(host, port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(signum, stop.set)
    _say(_greeting(server, host, port))
    try:
        await stop.wait()
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM):
            # A second signal ends the process at once.
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(signum)
        _say("\n  Stopping ...")
        await server.stop()
        _say("  Stopped.")


def _say(text: str) -> None:
    # Whoever read our output may be gone; the players are not.
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _greeting(server: Server, host: str, port: int) -> str:
    colour = sys.stdout.isatty()

    def paint(code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    lines = ["", f"  {paint('1', 'gameserver')} {__version__}", ""]
    lines.append(f"  Open     {paint('1;36', f'http://{shown}:{port}/')}")
    if everywhere:
        address = _lan_address()
        if address is not None:
            lines.append(f"  Network  {paint('1;36', f'http://{address}:{port}/')}")
    lines += ["", "  Games"]
    lines += [_game_line(spec, server, paint) for spec in server.specs.values()]
    return "\n".join([*lines, "", f"  {paint('2', 'Ctrl-C stops the server.')}", ""])


def _game_line(spec: GameSpec, server: Server, paint: Callable[[str, str], str]) -> str:
    width = max(len(s.title) for s in server.specs.values())
    rate = server.rooms.tick_rate or spec.tick_rate
    facts = f"{rate:g} Hz, up to {spec.max_players} players"
    return f"    {paint('1', spec.title.ljust(width))}  {paint('2', facts)}"


def _lan_address() -> str | None:
    """Find the address that this machine has on its network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  # not on Windows, nor on PyPy
    except ImportError:
        return None
    return uvloop.new_event_loop
