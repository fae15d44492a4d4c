"""Quick match: the fullest open room of the game with the same options."""

from __future__ import annotations

from typing import Any

import msgspec

from gameserver import U8, Options
from gameserver.matchmaker import RoomInfo, quick_match


class Small(Options):
    """Options of one game."""

    size: U8 = 1


class Alike(Options):
    """Options of another game that look the same."""

    size: U8 = 1


def room(room_id: str, **changes: Any) -> RoomInfo:
    """Make an open room of the game `tag` with nobody in it."""
    empty = RoomInfo(id=room_id, game="tag", players=0, bots=0, max_players=4, spectators=0, tick=1, open=True)
    return msgspec.structs.replace(empty, **changes)


def match(*rooms: RoomInfo) -> str | None:
    """Match into one of these rooms, which all have the default options."""
    return quick_match([(info, Small()) for info in rooms], "tag", Small())


def test_no_room_at_all() -> None:
    """Without rooms there is none to give."""
    assert match() is None


def test_the_fullest_is_taken() -> None:
    """People gather rather than spread."""
    assert match(room("a", players=1), room("b", players=3), room("c", players=2)) == "b"


def test_the_oldest_of_equals_is_taken() -> None:
    """Rooms come oldest first, and the first of equals wins."""
    assert match(room("a"), room("b"), room("c")) == "a"
    assert match(room("a"), room("b", players=2), room("c", players=2)) == "b"


def test_bots_and_spectators_are_not_counted() -> None:
    """A room full of bots is as empty as one without."""
    assert match(room("a", players=1), room("b", bots=3, spectators=50)) == "a"


def test_only_open_rooms_of_the_game() -> None:
    """Full and locked rooms, and those of other games, are passed by."""
    assert match(room("a", players=4, open=False), room("b", game="chess", players=3), room("c")) == "c"
    assert match(room("a", open=False), room("b", game="chess")) is None


def test_only_rooms_with_the_same_options() -> None:
    """Options that differ, in value or in kind, are another room."""
    rooms = [(room("a", players=3), Small(size=2)), (room("b", players=2), Alike()), (room("c"), Small())]
    assert quick_match(rooms, "tag", Small()) == "c"
    assert quick_match(rooms, "tag", Small(size=2)) == "a"
    assert quick_match(rooms, "tag", Small(size=3)) is None
