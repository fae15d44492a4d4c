"""Class names on the wire and for people."""

from __future__ import annotations

import pytest

from gameserver.protocol.names import snake_case, title_case


@pytest.mark.parametrize(
    ("class_name", "snake", "title"),
    [
        ("Tag", "tag", "Tag"),
        ("HighCard", "high_card", "High Card"),
        ("HTTPPing", "http_ping", "HTTP Ping"),
        ("PlayHTTP", "play_http", "Play HTTP"),
        ("Level2Up", "level2_up", "Level2 Up"),
        ("X", "x", "X"),
        ("already_snake", "already_snake", "already_snake"),
    ],
)
def test_names(class_name: str, snake: str, title: str) -> None:
    """A word starts at each capital that follows a small letter or begins one."""
    assert snake_case(class_name) == snake
    assert title_case(class_name) == title
