"""Whom a connection is counted as: the nearest address that somebody trustworthy vouches for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gameserver.addresses import client_address, home, parse_network
from gameserver.errors import StartupError

PROXIES = [parse_network("10.0.0.0/8"), parse_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1, 10.0.0.3, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("fd00::1", ["2001:DB8:0::1"], "2001:db8::1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
    ],
)
def test_trust_reaches_from_the_right(peer: str, forwarded_for: list[str], address: str) -> None:
    """What a client puts in himself is never believed, nor what a stranger says."""
    assert client_address(peer, forwarded_for, PROXIES) == address


@pytest.mark.parametrize(
    "entry", ["unknown", "_hidden", "", "198.51.100.256", "1.2.3.4.5", "[2001:db8::1", "\x00", "٣.1.1.1"]
)
def test_what_can_t_be_read_counts_as_whoever_passed_it_on(entry: str) -> None:
    """Neither an error nor a way to be somebody new each time."""
    assert client_address("10.0.0.1", [f"192.0.2.66, {entry}, 10.0.0.2"], PROXIES) == "10.0.0.2"
    assert client_address("10.0.0.1", [f"192.0.2.66, {entry}"], PROXIES) == "10.0.0.1"


@given(st.lists(st.text(max_size=40), max_size=4))
def test_whatever_stands_in_the_header_gives_an_address(lines: list[str]) -> None:
    """A stranger wrote most of it."""
    assert client_address("203.0.113.7", lines, PROXIES) == "203.0.113.7"
    parse_network(client_address("10.0.0.1", lines, PROXIES))


def test_a_peer_without_an_address_is_one_for_all() -> None:
    """A Unix socket has none."""
    assert client_address(None, ["198.51.100.1"], PROXIES) == "?"
    assert home("?") == "?"


def test_an_ipv6_customer_is_counted_once() -> None:
    """He may use any of 2**64 addresses."""
    assert home("2001:db8:1:2::1") == home("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert home("2001:db8:1:3::1") != home("2001:db8:1:2::1")
    assert home("198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "proxy", "", "10.0.0.0-10.0.0.9"])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    """With what was written, and how it is meant."""
    with pytest.raises(StartupError, match=r"is no network such as 10\.0\.0\.0/8"):
        parse_network(text)
