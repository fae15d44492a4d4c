"""Where things are on the start screen."""

from __future__ import annotations

from typing import Any

import pytest

from gameserver_client import GameInfo, RoomInfo
from gameserver_pygame.screens.start import people_text
from gameserver_pygame.screens.start_layout import Key, lay_out, sorted_rooms

NOTHING: dict[str, Any] = {}


def game(name: str) -> GameInfo:
    """Make a game."""
    return GameInfo(name, name.title(), 30, 16, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)


def room(name: str, players: int = 1, bots: int = 0, spectators: int = 0) -> RoomInfo:
    """Make a room."""
    return RoomInfo(name, "tag", players, bots, 16, spectators, 0)


GAMES = [game("arena"), game("tag")]
ROOMS = [room(f"room{number}") for number in range(20)]


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (960, 600), (640, 900)])
def test_nothing_lies_over_anything_else(size: tuple[int, int]) -> None:
    """All that can be clicked is apart, and within the window's width."""
    layout = lay_out(size, GAMES, ROOMS[:3], connected=True)
    rects = [item.rect for item in layout.items]
    assert all(rect.left >= 0 and rect.right <= size[0] for rect in rects)
    for index, rect in enumerate(rects):
        assert rect.collidelist(rects[index + 1 :]) == -1


def test_without_a_connection_there_is_but_the_name_and_a_way_to_try_now() -> None:
    """Nothing else would work."""
    layout = lay_out((1280, 720), GAMES, ROOMS, connected=False)
    assert [item.key for item in layout.items] == [Key("name"), Key("retry")]


def test_what_is_scrolled_out_of_view_cannot_be_clicked() -> None:
    """But the keyboard gets there."""
    layout = lay_out((1280, 720), GAMES, ROOMS, 400, connected=True)
    above = layout.rect_of(Key("join", "room0"))
    assert above is not None
    assert above.bottom < layout.rooms.top
    assert Key("join", "room0") not in (layout.at(above.center) or ())
    end = lay_out((1280, 720), GAMES, ROOMS, 10**6, connected=True)
    assert end.rows[-1][1].bottom == end.rooms.bottom
    inside = end.rect_of(Key("watch", "room19"))
    assert inside is not None
    found = end.at(inside.center)
    assert found is not None
    assert found.key == Key("watch", "room19")


def test_the_keyboard_goes_round() -> None:
    """Forward and back; from something that is gone, to the beginning."""
    layout = lay_out((1280, 720), GAMES, ROOMS[:1], connected=True)
    order = [Key("name")]
    while (following := layout.next_to(order[-1], 1)) != Key("name"):
        order.append(following)
    assert order == [item.key for item in layout.items]
    assert layout.next_to(Key("name"), -1) == Key("watch", "room0")
    assert layout.next_to(Key("join", "gone"), 1) == Key("name")


def test_rooms_with_the_most_people_come_first() -> None:
    """Bots are nobody."""
    rooms = [room("a", 1), room("c", 3), room("b", 3), room("d", 0, bots=9)]
    assert [each.id for each in sorted_rooms(rooms)] == ["b", "c", "a", "d"]


def test_who_is_in_a_room() -> None:
    """In words, what isn't there left out."""
    assert people_text(room("a", 2)) == "2 / 16 players"
    assert people_text(room("a", 2, 1, 3)) == "2 / 16 players · 1 bot · 3 watching"
