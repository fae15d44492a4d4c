"""The flags of `gameserver serve`, and what is made of them. Every limit of `Settings` is a flag of the same name."""

from __future__ import annotations

import argparse
import shutil
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import inspect

from gameserver.arguments import integer, number
from gameserver.door import Authenticate
from gameserver.errors import StartupError
from gameserver.jwt_tickets import tickets_by_key_file
from gameserver.listener import tls_context
from gameserver.loading import load_function
from gameserver.settings import Settings

CHAPTERS = {
    "max_connections": "the door",
    "max_message_bytes": "what comes in",
    "max_behind_s": "what goes out",
    "max_rooms": "rooms",
    "drain_s": "going down",
}
"""Headings of the limits, by the first limit below each."""


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults, but for what has none; as wide as the terminal, up to what reads well."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=38, width=min(shutil.get_terminal_size().columns, 118) - 2)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default in (None, []) else super()._get_help_string(action)


def add_serve_flags(parser: argparse.ArgumentParser) -> None:
    """Add all flags of `serve`, in groups."""
    _add_what_and_where(parser.add_argument_group("what to serve, and where"))
    group: argparse._ActionsContainer = parser
    for field in msgspec.structs.fields(Settings):
        chapter = CHAPTERS.get(field.name)
        if chapter is not None:
            group = parser.add_argument_group(chapter)
        if chapter == "the door":
            _add_door(group)
        _add_limit(group, field)


def settings_of(options: argparse.Namespace) -> Settings:
    """Give the limits."""
    return Settings(**{name: getattr(options, name) for name in Settings.__struct_fields__})


def authenticate_of(options: argparse.Namespace) -> Authenticate | None:
    """Give what is asked who a client is.

    Raises:
        StartupError: the key or the function can't be had.

    """
    if options.ticket_key_file is not None:
        return tickets_by_key_file(options.ticket_key_file, audience=options.ticket_audience)
    if options.ticket_audience is not None:
        raise StartupError("--ticket-audience needs --ticket-key-file")
    return None if options.authenticate is None else load_function(options.authenticate)


def tls_of(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Give the certificate to serve with.

    Raises:
        StartupError: it can't be had.

    """
    if options.tls_cert is not None:
        return tls_context(options.tls_cert, options.tls_key)
    if options.tls_key is not None:
        raise StartupError("--tls-key needs --tls-cert")
    return None


def _add_what_and_where(group: argparse._ActionsContainer) -> None:
    add = group.add_argument
    add("games", nargs="*", metavar="GAME", help="PATH.py[:GAME] or MODULE[:GAME] (default: the samples)")
    add("--bots", type=integer(0, 10_000), default=None, metavar="N",
        help="fill rooms up to N players with bots, in games that have them (default: each game's own)")  # fmt: skip
    add("--tick-rate", type=number(1, 240), default=None, metavar="HZ",
        help="steps per second, in place of each game's own (default: each game's own)")  # fmt: skip
    add("--seed", type=int, default=None, metavar="N",
        help="seed of the first room; each later one has one more (default: random)")  # fmt: skip
    add("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 lets your network in")
    add("--port", type=integer(0, 65_535), default=8080, help="TCP port; 0 takes a free one")
    add("--tls-cert", type=Path, metavar="FILE", help="serve https:// and wss:// with this certificate chain (PEM)")
    add("--tls-key", type=Path, metavar="FILE", help="its private key (default: it is in the same file)")
    add("--log-level", choices=("debug", "info", "warning", "error"), default="warning", help="what is logged")


def _add_door(group: argparse._ActionsContainer) -> None:
    add = group.add_argument
    add("--allow-origin", action="append", default=[], metavar="ORIGIN",
        help="let web pages of ORIGIN (https://example.com; *: any) connect, and show the web client in a frame; "
        "may be given several times (default: the server's own pages connect, nobody frames them)")  # fmt: skip
    add("--trusted-proxy", action="append", default=[], metavar="CIDR",
        help="believe what this network (10.0.0.0/8) says in X-Forwarded-For; may be given several times "
        "(default: nobody is believed)")  # fmt: skip
    who = group.add_mutually_exclusive_group()
    who.add_argument("--ticket-key-file", type=Path, metavar="FILE",
                     help="let in only who has a ticket (JWT) signed with this key: a secret of at least 32 bytes "
                     "(HS256), or a PEM public key (RS256, EdDSA, ES256)")  # fmt: skip
    who.add_argument("--authenticate", metavar="MODULE:FUNCTION",
                     help="let in only whom your own function says: request in, Identity out")  # fmt: skip
    add("--ticket-audience", metavar="NAME", help="`aud` that a ticket must have (default: it must have none)")


def _add_limit(group: argparse._ActionsContainer, field: msgspec.structs.FieldInfo) -> None:
    described = cast("inspect.Metadata", inspect.type_info(field.type))
    unit = (described.extra or {})["unit"]
    what = (described.extra_json_schema or {})["description"]
    group.add_argument(
        f"--{field.name.replace('_', '-')}",
        type=_range(described.type),
        default=field.default,
        metavar=unit,
        help=what.replace("%", "%%"),
    )


def _range(kind: inspect.Type) -> Callable[[str], Any]:
    match kind:
        case inspect.IntType(ge=int(least), le=int(most)):
            return integer(least, most)
        case inspect.FloatType(gt=None, ge=int() | float() as least, le=int() | float() as most):
            return number(least, most)
        case inspect.FloatType(gt=int() | float() as least, le=int() | float() as most):
            return number(least, most, above=True)
    raise TypeError(f"{kind}: a limit has a range")
