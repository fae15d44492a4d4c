"""Which pages may connect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameserver.errors import StartupError
from gameserver.origins import AllowedOrigins, parse_origin

OWN = AllowedOrigins()


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://play.example", "play.example"),
        ("http://play.example:80", "play.example"),
        ("http://play.example", "play.example:80"),
        ("http://play.example:8080", "play.example:8080"),
        ("HTTP://Play.Example", "pLAY.eXAMPLE"),
        ("https://play.example", "play.example"),  # a proxy took the encryption off
        ("https://play.example", "play.example:443"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://[2001:db8::1]", "[2001:DB8:0::1]"),
    ],
)
def test_the_server_s_own_pages_connect(origin: str, host: str) -> None:
    """However both headers write the same place."""
    assert OWN.allow(origin, host=host, tls=False)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "play.example"),
        ("https://play.example.evil.example", "play.example"),
        ("https://evil.example/play.example", "play.example"),
        ("https://play.example@evil.example", "play.example"),
        ("http://play.example:8080", "play.example"),
        ("http://play.example", "play.example:8080"),
        ("http://play.example:443", "play.example"),
        ("https://play.example", "play.example:80"),
        ("null", "play.example"),
        ("null", "null"),
        ("", "play.example"),
        ("play.example", "play.example"),
        ("file://", ""),
        ("http://", ""),
        ("chrome-extension://play.example", "play.example"),
        ("http://[::1", "[::1"),
        ("http://[::1]:1", "[::2]:1"),
        ("http://[:::]", "[:::]"),
        ("http://play.example", None),
        ("http://a.example http://play.example", "play.example"),
    ],
)
def test_no_other_page_does(origin: str, host: str | None) -> None:
    """Nor anything that only looks alike."""
    assert not OWN.allow(origin, host=host, tls=False)


def test_what_is_no_browser_connects() -> None:
    """Programs send no Origin, and have nobody's cookies or network to borrow."""
    assert OWN.allow(None, host="play.example", tls=False)


def test_a_page_without_encryption_is_not_the_own_one_of_a_server_with() -> None:
    """Whoever sits in the middle can put any text into it."""
    assert OWN.allow("https://play.example", host="play.example", tls=True)
    assert not OWN.allow("http://play.example", host="play.example", tls=True)


def test_named_pages_connect_besides() -> None:
    """Written in any of the usual ways."""
    named = AllowedOrigins(["https://Site.example/", "http://other.example:8000", "capacitor://localhost"])
    for origin in ("https://site.example", "https://site.example:443", "http://other.example:8000"):
        assert named.allow(origin, host="play.example", tls=True)
    assert named.allow("capacitor://localhost", host="play.example", tls=False)
    assert named.allow("https://play.example", host="play.example", tls=True)
    for origin in ("http://site.example", "https://sub.site.example", "http://other.example", "null"):
        assert not named.allow(origin, host="play.example", tls=False)
    assert [str(origin) for origin in named.named] == [
        "https://site.example",
        "http://other.example:8000",
        "capacitor://localhost",
    ]


def test_a_star_lets_all_in() -> None:
    """Even pages that don't say where they are from."""
    everybody = AllowedOrigins(["*"])
    for origin in ("https://evil.example", "null", "gibberish"):
        assert everybody.allow(origin, host="play.example", tls=False)


@pytest.mark.parametrize(
    "text", ["null", "site.example", "https://", "https://a/b", "https://*.a", "https://bücher.example", ""]
)
def test_what_is_no_origin_is_refused_at_the_start(text: str) -> None:
    """With what was written, and how it is meant."""
    with pytest.raises(StartupError, match=r"is no origin such as https://example\.com"):
        AllowedOrigins([text])


@given(st.text(max_size=60), st.text(max_size=60))
def test_strangers_headers_raise_nothing(origin: str, host: str) -> None:
    """Both are theirs to write."""
    OWN.allow(origin, host=host, tls=False)
    page = parse_origin(origin)
    assert page is None or parse_origin(str(page)) == page
