"""Tickets of somebody's own site."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp.test_utils import make_mocked_request
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from gameserver.errors import NotAuthenticated, StartupError
from gameserver.identity import Identity
from gameserver.jwt_tickets import JwtTickets, tickets_by_key_file

SECRET = b"0123456789abcdef0123456789abcdef"
CLAIMS: dict[str, Any] = {"sub": "user-7", "exp": 4_000_000_000}
TICKETS = JwtTickets(SECRET)


def sign(key: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """Make a ticket; a claim that is None is left out."""
    given = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode(given, key, algorithm=algorithm)


def show(ticket: str, tickets: JwtTickets = TICKETS) -> Identity:
    """Come with a ticket in the address."""
    return tickets(make_mocked_request("GET", f"/ws?ticket={ticket}"))


def refusal(ticket: str, tickets: JwtTickets = TICKETS) -> str:
    """Give what is said to a ticket that isn't good."""
    with pytest.raises(NotAuthenticated) as refused:
        show(ticket, tickets)
    text = str(refused.value)
    assert len(ticket) < 20 or ticket not in text
    return text


def test_a_good_ticket_says_who_it_is() -> None:
    """The name as players' names are: trimmed, and only where the site gives one."""
    assert show(sign()) == Identity("user-7", None)
    assert show(sign(name="  Ada ")) == Identity("user-7", "Ada")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_programs_may_send_it_as_a_header(scheme: str) -> None:
    """It goes before the one in the address."""
    request = make_mocked_request("GET", "/ws?ticket=bad", headers={"Authorization": f"{scheme} {sign()}"})
    assert TICKETS(request).subject == "user-7"


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ({"exp": 1}, "The ticket has expired."),
        ({"exp": None}, "The ticket lacks `exp`."),
        ({"sub": None}, "The ticket lacks `sub`."),
        ({"nbf": 4_000_000_000}, "The ticket isn't good yet."),
        ({"aud": "elsewhere"}, "The ticket is for another audience."),
        ({"sub": ""}, "The ticket's `sub` or `name` can't be used."),
        ({"name": "x" * 25}, "The ticket's `sub` or `name` can't be used."),
        ({"name": "\u202eAda"}, "The ticket's `sub` or `name` can't be used."),
        ({"name": 7}, "The ticket's `sub` or `name` can't be used."),
        ({"exp": "soon"}, "The ticket isn't good."),
    ],
)
def test_a_refusal_says_what_is_wrong(claims: dict[str, Any], text: str) -> None:
    """To whoever wrote the site; it tells a stranger nothing."""
    assert refusal(sign(**claims)) == text


def test_without_a_ticket_it_says_where_to_get_one() -> None:
    """Both ways."""
    for path in ("/ws", "/ws?ticket="):
        with pytest.raises(NotAuthenticated, match="A ticket is needed"):
            TICKETS(make_mocked_request("GET", path))


def test_forgeries_are_refused() -> None:
    """Another key, no signature at all, another algorithm, a changed claim."""
    header, claims, signature = sign().split(".")
    changed = urlsafe_b64encode(json.dumps(CLAIMS | {"sub": "admin"}).encode()).rstrip(b"=").decode()
    nested = urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()
    for ticket in (
        sign(b"another secret of thirty-two bytes"),
        jwt.encode(CLAIMS, "", algorithm="none"),
        sign(SECRET * 2, algorithm="HS512"),
        f"{header}.{changed}.{signature}",
        f"{header}.{claims}.",
        f"{nested}.{claims}.{signature}",
        header,
        "...",
    ):
        assert refusal(ticket) == "The ticket isn't good."


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]) | st.just("."), max_size=80))
def test_gibberish_is_refused(text: str) -> None:
    """Whatever it is, nothing else escapes."""
    refusal(text)


def test_clocks_may_differ_by_a_little() -> None:
    """Ten seconds, unless told otherwise."""
    now = time.time()
    assert show(sign(exp=now - 2, iat=now + 2)).subject == "user-7"
    assert refusal(sign(exp=now - 2), JwtTickets(SECRET, leeway_s=0)) == "The ticket has expired."


def test_an_audience_keeps_tickets_for_other_services_out() -> None:
    """Where one is asked for, it has to be there."""
    tickets = JwtTickets(SECRET, audience="game")
    assert show(sign(aud="game"), tickets).subject == "user-7"
    assert refusal(sign(aud="shop"), tickets) == "The ticket is for another audience."
    assert refusal(sign(), tickets) == "The ticket lacks `aud`."


def test_a_secret_in_a_file_may_end_with_a_line_break(tmp_path: Path) -> None:
    """Editors and `openssl rand` put one there."""
    file = tmp_path / "secret"
    file.write_bytes(SECRET + b"\n")
    assert show(sign(), tickets_by_key_file(file)).subject == "user-7"


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (rsa.generate_private_key(65537, 2048), "RS256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_public_key_in_a_file(tmp_path: Path, private: Any, algorithm: str) -> None:
    """Only the site can sign; and the public key is no secret that signs."""
    file = tmp_path / "key.pem"
    file.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    tickets = tickets_by_key_file(file, audience="game")
    assert show(sign(private, algorithm, aud="game"), tickets).subject == "user-7"
    assert refusal(sign(), tickets) == "The ticket isn't good."


def test_a_key_file_that_won_t_do_is_one_clear_line(tmp_path: Path) -> None:
    """With its name, and what is wrong."""
    private = ed25519.Ed25519PrivateKey.generate()
    strange = x25519.X25519PrivateKey.generate().public_key()
    wrong = {
        "short": (b"too short\n", "needs at least 32 bytes; this one has 9"),
        "private": (
            private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "this is a private key",
        ),
        "broken": (b"-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n", "no public key can be read"),
        "strange": (
            strange.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "RSA, Ed25519 and P-256 are",
        ),
    }
    for name, (content, text) in wrong.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StartupError, match=rf"{name}: .*{text}") as refused:
            tickets_by_key_file(tmp_path / name)
        assert "\n" not in str(refused.value)
    with pytest.raises(StartupError, match=r"can't read .*missing: No such file"):
        tickets_by_key_file(tmp_path / "missing")
