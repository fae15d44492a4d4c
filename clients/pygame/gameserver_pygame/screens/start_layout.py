"""Where things are on the start screen, and in which order the keyboard goes through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from pygame import Rect

from gameserver_client import GameInfo, RoomInfo

Action: TypeAlias = Literal["name", "play", "watch_game", "join", "watch", "retry"]

WIDEST = 1160
MARGIN = 32
HEAD = 150
"""Height of the title and the name box."""
TITLE = 40
"""Height of a column's title."""
FOOT = 46
GAP = 12
CARD, ROW = 118, 58
BUTTON = 38
NAME_WIDTH = 300
TWO_COLUMNS = 860
"""From this width on games and rooms stand side by side."""


class Key(NamedTuple):
    """What an item does, and to what: it stays the same while lists change around it."""

    action: Action
    target: str = ""


class Item(NamedTuple):
    """Something to click, or to go to by keyboard."""

    key: Key
    rect: Rect


class Layout(NamedTuple):
    """All rectangles, in pixels of the window."""

    head: Rect
    games_title: tuple[int, int]
    rooms_title: tuple[int, int]
    cards: list[tuple[GameInfo, Rect]]
    rooms: Rect
    """The part of the window in which the list of rooms scrolls."""
    rows: list[tuple[RoomInfo, Rect]]
    most_scroll: int
    items: list[Item]

    def at(self, point: tuple[int, int]) -> Item | None:
        """Give what is under a point."""
        for item in self.items:
            listed = item.key.action in {"join", "watch"}
            if item.rect.collidepoint(point) and (not listed or self.rooms.collidepoint(point)):
                return item
        return None

    def rect_of(self, key: Key) -> Rect | None:
        """Give where an item is; None: there is none any more."""
        return next((item.rect for item in self.items if item.key == key), None)

    def next_to(self, key: Key, step: int) -> Key:
        """Give the item that the keyboard goes to, forward (1) or back (-1)."""
        all_keys = [item.key for item in self.items]
        at = all_keys.index(key) if key in all_keys else -1 if step > 0 else 0
        return all_keys[(at + step) % len(all_keys)]


def lay_out(
    size: tuple[int, int], games: Sequence[GameInfo], rooms: Sequence[RoomInfo], scroll: int = 0, *, connected: bool
) -> Layout:
    """Place everything in a window of this size; without a connection there is but the name, and a way to try now."""
    width, height = size
    wide = min(WIDEST, width - 2 * MARGIN)
    left, top = (width - wide) // 2, min(36, height // 20)
    head = Rect(left, top, wide, HEAD)
    name = Rect(head.right - min(NAME_WIDTH, wide), head.top + 50, min(NAME_WIDTH, wide), 44)
    items = [Item(Key("name"), name)]
    if not connected:
        items.append(Item(Key("retry"), Rect(width // 2 - 90, height // 2 + 84, 180, 44)))
        return Layout(head, (0, 0), (0, 0), [], Rect(0, 0, 0, 0), [], 0, items)
    side_by_side = wide >= TWO_COLUMNS - 2 * MARGIN
    column = (wide - 2 * GAP) // 2 if side_by_side else wide
    cards, y = [], head.bottom + TITLE
    for game in games:
        cards.append((game, Rect(left, y, column, CARD)))
        items += _card_items(game, cards[-1][1])
        y += CARD + GAP
    rooms_left = left + wide - column
    rooms_top = head.bottom + TITLE if side_by_side else y + TITLE
    area = Rect(rooms_left, rooms_top, column, max(ROW, height - FOOT - rooms_top))
    most_scroll = max(0, len(rooms) * (ROW + GAP) - GAP - area.height)
    scroll = min(scroll, most_scroll)
    rows = [(room, Rect(rooms_left, area.top + i * (ROW + GAP) - scroll, column, ROW)) for i, room in enumerate(rooms)]
    for room, rect in rows:
        items += _row_items(room, rect)
    titles = (left, head.bottom), (rooms_left, rooms_top - TITLE)
    return Layout(head, *titles, cards, area, rows, most_scroll, items)


def sorted_rooms(rooms: Sequence[RoomInfo]) -> list[RoomInfo]:
    """Give the rooms with the most people first."""
    return sorted(rooms, key=lambda room: (-room.players, room.id))


def _card_items(game: GameInfo, card: Rect) -> list[Item]:
    y = card.bottom - BUTTON - 14
    return [
        Item(Key("play", game.name), Rect(card.left + 16, y, 150, BUTTON)),
        Item(Key("watch_game", game.name), Rect(card.left + 176, y, 96, BUTTON)),
    ]


def _row_items(room: RoomInfo, row: Rect) -> list[Item]:
    y = row.centery - BUTTON // 2
    return [
        Item(Key("join", room.id), Rect(row.right - 186, y, 82, BUTTON)),
        Item(Key("watch", room.id), Rect(row.right - 96, y, 84, BUTTON)),
    ]
