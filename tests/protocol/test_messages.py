"""Messages' names on the wire, and players' names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gameserver.errors import ProtocolError
from gameserver.protocol.messages import (
    CLIENT_MESSAGES,
    MAX_NAME,
    ServerMessage,
    clean_name,
    is_blank,
    is_showable,
    wire_name,
)


def test_the_names_of_messages() -> None:
    """Both directions have exactly the types that the protocol lists."""
    assert set(CLIENT_MESSAGES) == {"join", "spectate", "resume", "leave", "chat", "ping"}
    # fmt: off
    assert {wire_name(message) for message in ServerMessage.__subclasses__()} == {
        "joined", "player_joined", "player_left", "player_away", "player_back", "audience", "left", "event", "chat",
        "pong", "error", "closing",
    }
    # fmt: on


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "x",
        "x" * 24,
        "Zoë",
        "李小龍",
        "मनीष",
        FAMILY,
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "a\u0301",
        "Mr. O'Neil-3",
        "\u2764\ufe0f",
    ],
)
def test_a_name_that_people_have_is_taken(name: str) -> None:
    """Letters of any script, joined emoji and joined letters, and the longest length pass unchanged."""
    assert clean_name(name) == name


def test_a_name_is_trimmed() -> None:
    """Spaces at the ends don't count, those within stay."""
    assert clean_name("  Ann  B ") == "Ann  B"
    assert clean_name(" " * 30 + "x" * 24 + "\u3000") == "x" * 24


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000\u00a0",
        "\u200d",
        "\u200c \u200d",
        "x" * 25,
        FAMILY * 4,
        "a\nb",
        "\nann",
        "ann\n",
        "a\tb",
        "\x00",
        "a\x7f",
        "a\x85b",
        "\u202eevil",
        "a\u2066b\u2069",
        "a\u200eb",
        "a\u200bb",
        "\ufeffa",
        "a\u00adb",
        "a\u2028b",
        "a\u2029b",
        "a\ud800b",
    ],
)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    """Empty, blank, too long, or with what can't be shown: `bad_name`, with a sentence."""
    with pytest.raises(ProtocolError) as caught:
        clean_name(name)
    assert caught.value.code == "bad_name"
    assert caught.value.message.endswith(".")


@settings(deadline=None)
@given(st.text(st.characters()))
def test_what_is_taken_can_be_shown(name: str) -> None:
    """Whatever text comes, what gets through is short, trimmed, not blank, and free of control characters."""
    try:
        cleaned = clean_name(name)
    except ProtocolError:
        return
    assert 1 <= len(cleaned) <= MAX_NAME
    assert cleaned == cleaned.strip()
    assert not is_blank(cleaned)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in cleaned)
    assert cleaned.encode()


def test_text_that_can_be_shown() -> None:
    """Joiners pass, everything else without a shape does not; nothing at all has nothing to hide."""
    assert is_showable("")
    assert is_showable(FAMILY + " ok")
    assert not is_showable("a\rb")
    assert not is_showable("\u061c")


def test_blank_text() -> None:
    """Spaces and joiners have nothing to see."""
    assert is_blank("")
    assert is_blank(" \u200d\u3000")
    assert not is_blank(" . ")
