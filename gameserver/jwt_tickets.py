"""Signed tickets (JSON Web Tokens, RFC 7519), by which somebody's own site vouches for its players."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
import msgspec
from aiohttp import web

from gameserver.errors import NotAuthenticated, ProtocolError, StartupError
from gameserver.identity import Identity

_LEAST_SECRET_BYTES = 32
"""A shorter one can be guessed from a single ticket (RFC 7518, section 3.2, asks for the hash's size)."""


class JwtTickets:
    """An `authenticate` that asks for a ticket: `?ticket=TICKET`, or `Authorization: Bearer TICKET`.

    `sub` says who it is, `exp` until when the ticket is good, and `name`, where it is given, what others call him.
    """

    def __init__(
        self,
        key: Any,
        *,
        algorithms: Sequence[str] = ("HS256",),
        audience: str | None = None,
        leeway_s: float = 10.0,
    ) -> None:
        """Take the key that tickets are checked with: a shared secret, or a public key.

        A ticket's `aud` must be `audience`, and may only be there where one is asked for. `leeway_s` is how much the
        clocks of both machines may differ.

        Raises:
            StartupError: a shared secret is too short.

        """
        if any(name.startswith("HS") for name in algorithms) and len(key) < _LEAST_SECRET_BYTES:
            raise StartupError(f"a ticket's secret needs at least {_LEAST_SECRET_BYTES} bytes; this one has {len(key)}")
        self._key = key
        self._algorithms = list(algorithms)
        self._audience = audience
        self._leeway_s = leeway_s

    def __call__(self, request: web.Request) -> Identity:
        """Say who makes this request.

        Raises:
            NotAuthenticated: there is no ticket, or it isn't good. The text never repeats any of it.

        """
        ticket = _ticket_of(request)
        if not ticket:
            raise NotAuthenticated("A ticket is needed; open the game from the site that gives you one.")
        claims = self._read(ticket)
        try:
            return msgspec.convert({"subject": claims["sub"], "name": claims.get("name")}, Identity)
        except (msgspec.ValidationError, ProtocolError) as error:
            raise NotAuthenticated("The ticket's `sub` or `name` can't be used.") from error

    def _read(self, ticket: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                ticket,
                self._key,
                algorithms=self._algorithms,
                audience=self._audience,
                leeway=self._leeway_s,
                options={"require": ["exp", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise NotAuthenticated("The ticket has expired.") from error
        except jwt.ImmatureSignatureError as error:
            raise NotAuthenticated("The ticket isn't good yet.") from error
        except jwt.InvalidAudienceError as error:
            raise NotAuthenticated("The ticket is for another audience.") from error
        except jwt.MissingRequiredClaimError as error:
            raise NotAuthenticated(f"The ticket lacks `{error.claim}`.") from error
        # RecursionError: its header is JSON from a stranger, and may be nested deeply.
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise NotAuthenticated("The ticket isn't good.") from error


def tickets_by_key_file(path: Path, *, audience: str | None = None) -> JwtTickets:
    """Check tickets with the key in a file: a PEM public key, or else a secret (without line breaks around it).

    Raises:
        StartupError: it can't be read, or isn't a key that will do.

    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise StartupError(f"can't read {path}: {error.strerror}") from error
    try:
        if not key.startswith(b"-----BEGIN"):
            return JwtTickets(key, audience=audience)
        public_key, algorithm = _public_key(key)
        return JwtTickets(public_key, algorithms=[algorithm], audience=audience)
    except StartupError as error:
        raise StartupError(f"{path}: {error}") from error


def _public_key(pem: bytes) -> tuple[Any, str]:
    """Read a public key; gives it with the algorithm that goes with it."""
    if b"PRIVATE KEY" in pem:
        raise StartupError("this is a private key; the server wants the public one only")
    try:
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415  # only public keys need it
        from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StartupError("public keys need one package more:  pip install 'gameserver[public-keys]'") from error
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise StartupError("no public key can be read in it (PEM, -----BEGIN PUBLIC KEY-----)") from error
    match key:
        case rsa.RSAPublicKey():
            return key, "RS256"
        case ed25519.Ed25519PublicKey():
            return key, "EdDSA"
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return key, "ES256"
    raise StartupError("its kind of key isn't known here; RSA, Ed25519 and P-256 are")


def _ticket_of(request: web.Request) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return request.query.get("ticket")
