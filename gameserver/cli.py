"""The command line: `gameserver serve`, and what it prints; and `gameserver play`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gameserver import __version__
from gameserver.app import Server
from gameserver.arguments import integer
from gameserver.errors import StartupError
from gameserver.flags import Help, add_serve_flags, authenticate_of, settings_of, tls_of
from gameserver.loading import load_games
from gameserver.serving import say, serve
from gameserver.vectors import move_vectors

SAMPLES = ("gameserver.games.arena", "gameserver.games.tag", "gameserver.games.highcard")


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
    serve_parser = commands.add_parser(
        "serve",
        help="serve games (also when no command is given)",
        usage="gameserver serve [FLAGS] [GAME ...]",
        description="Serve games, with a web client to play them. Without GAME, the samples.",
        formatter_class=Help,
        allow_abbrev=False,
    )
    serve_parser.set_defaults(run=_serve)
    add_serve_flags(serve_parser)


def _add_play(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    play = commands.add_parser(
        "play",
        help="play in a window of its own (needs gameserver[pygame])",
        description="Play and watch the games of a server in a window of its own.",
        formatter_class=Help,
    )
    play.set_defaults(run=_play)
    add = play.add_argument
    add("--url", default="http://127.0.0.1:8080", help="where the server is")
    add("--game", default=None, metavar="NAME", help="begin with a quick match of this game")
    add("--spectate", action="store_true", default=None, help="watch: a room of --game, or the first there is")
    add("--name", default=None, help="what others call you (default: the name you chose last)")
    add("--ticket", default=None, help="ticket of the site that vouches for you, for servers that ask for one")


def _add_vectors(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    vectors = commands.add_parser(
        "vectors",
        help="write random cases of a game's move, to test a client's twin of it",
        description="Write random cases of a game's `move` as JSON: world, row before, input, row after.",
        formatter_class=Help,
    )
    vectors.set_defaults(run=_vectors)
    add = vectors.add_argument
    add("game", metavar="GAME", help="PATH.py[:GAME] or MODULE[:GAME]")
    add("--cases", type=integer(1, 1_000_000), default=500, metavar="N", help="how many")
    add("--seed", type=int, default=1, metavar="N", help="of the players who press keys, and of the game")
    add("--out", type=Path, default=None, metavar="FILE", help="where to (default: the standard output)")


def _serve(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", datefmt="%H:%M:%S"
    )
    # It warns of each client that offers a subprotocol, which any may.
    logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)
    specs = [spec for target in options.games or SAMPLES for spec in load_games(target)]
    server = Server(
        specs,
        settings=settings_of(options),
        seed=options.seed,
        bots=options.bots,
        tick_rate=options.tick_rate,
        allow_origins=options.allow_origin,
        trusted_proxies=options.trusted_proxy,
        authenticate=authenticate_of(options),
    )
    serve(server, options.host, options.port, tls=tls_of(options))
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
    say(f"  {options.cases} cases of {specs[0].name}'s move: {out}")
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
            url=options.url,
            spectate=bool(options.spectate),
            game=options.game,
            name=options.name,
            ticket=options.ticket,
        )
    )
