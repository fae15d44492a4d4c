"""What people and the room say, scrolling by; and the box to answer in."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import pygame

from gameserver_client import ClientError, Presence, Room
from gameserver_pygame import keys
from gameserver_pygame.kit import Kit
from gameserver_pygame.text_box import TextBox
from gameserver_pygame.theme import BAD, MUTED, TEXT, Colour, player_colour
from gameserver_pygame.widgets import draw_text_box

SHOWN_S = 9.0
FADE_S = 1.5
KEPT = 60
LINES = 6
LINES_OPEN = 14
LONGEST = 200
"""As the protocol has it."""
SIZE = 15
STEP = 23


class Line(NamedTuple):
    """Something that was said."""

    at_s: float
    """None of these stay long, unless one writes."""
    parts: tuple[tuple[str, Colour], ...]


class Log:
    """The latest lines."""

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)

    def add(self, now_s: float, *parts: tuple[str, Colour]) -> None:
        """Note a line."""
        self.lines.append(Line(now_s, parts))

    def shown(self, now_s: float, *, all_of_them: bool) -> list[tuple[Line, float]]:
        """Give what is to be seen, oldest first, and how strongly (0 to 1)."""
        if all_of_them:
            return [(line, 1.0) for line in list(self.lines)[-LINES_OPEN:]]
        fresh = [line for line in self.lines if now_s - line.at_s < SHOWN_S][-LINES:]
        return [(line, min(1.0, (SHOWN_S - (now_s - line.at_s)) / FADE_S)) for line in fresh]


class Chat:
    """Enter opens the box, Enter sends, Esc closes it."""

    def __init__(self, room: Room, kit: Kit) -> None:
        self.log = Log()
        self.box: TextBox | None = None
        """None while it is closed."""
        self._room = room
        self._kit = kit
        self._now_s = 0.0
        self._stops = [
            room.on("chat", lambda line: self._said(line.player, line.name, line.text)),
            room.on("presence", self._presence),
            room.on("error", lambda error: self.tell(str(error), BAD)),
        ]

    def dispose(self) -> None:
        """Listen no more."""
        for stop in self._stops:
            stop()

    def tell(self, text: str, colour: Colour = MUTED) -> None:
        """Say something that nobody in particular says."""
        self.log.add(self._now_s, (text, colour))

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something. While the box is open it takes every key."""
        if self.box is None:
            if event.type == pygame.KEYDOWN and event.scancode in keys.ENTER:
                self.box = TextBox(longest=LONGEST)
                return True
            return False
        if event.type == pygame.KEYDOWN and event.scancode == pygame.KSCAN_ESCAPE:
            self.box = None
        elif event.type == pygame.KEYDOWN and event.scancode in keys.ENTER:
            self._send(self.box.text.strip())
            self.box = None
        else:
            self.box.handle(event)
        return event.type in {pygame.KEYDOWN, pygame.TEXTINPUT}

    def draw(self, target: pygame.Surface, now_s: float, rect: pygame.Rect) -> None:
        """Draw it from the bottom of a rectangle upward."""
        self._now_s = now_s
        bottom = rect.bottom
        if self.box is not None:
            field = pygame.Rect(rect.left, bottom - 40, rect.width, 40)
            draw_text_box(target, self._kit, field, self.box, now_s, focused=True, hint="Say something …")
            bottom -= 48
        for line, alpha in reversed(self.log.shown(now_s, all_of_them=self.box is not None)):
            bottom -= STEP
            if bottom < rect.top:
                return
            self._draw_line(target, line, (rect.left, bottom), rect.width, alpha)

    def _draw_line(self, target: pygame.Surface, line: Line, at: tuple[int, int], most: int, alpha: float) -> None:
        text, left = self._kit.text, at[0]
        widths = [text.width(part, SIZE, bold=index == 0) for index, (part, _) in enumerate(line.parts)]
        plate = self._kit.shapes.panel(
            (min(most, -(-sum(widths) // 32) * 32 + 24), STEP - 2), alpha=0.6, radius=9, edge=None
        )
        plate.set_alpha(round(255 * alpha))
        target.blit(plate, at)
        plate.set_alpha(255)
        left += 10
        for index, (part, colour) in enumerate(line.parts):
            room = at[0] + most - left - 8
            if room <= 12:
                return
            at_part = left, at[1] + STEP / 2 - 1
            bold = index == 0 and len(line.parts) > 1
            left = text.draw(
                target, part, at_part, SIZE, colour, anchor="midleft", bold=bold, alpha=alpha, most=room
            ).right  # fmt: skip

    def _send(self, words: str) -> None:
        if not words:
            return
        try:
            self._room.chat(words)
        except ClientError as error:
            self.tell(str(error), BAD)

    def _said(self, player: int | None, name: str, words: str) -> None:
        colour = MUTED if player is None else player_colour(player)
        self.log.add(self._now_s, (name, colour), (f"  {words}", TEXT))

    def _presence(self, presence: Presence) -> None:
        player = presence.player
        # Whoever is away as one comes in has been for a while: no news.
        if player.bot or (presence.change == "away" and self._room.state is None):
            return
        said = {
            "joined": "is here", "left": "has left", "away": "has lost the connection", "back": "is back",
        }[presence.change]  # fmt: skip
        self.log.add(self._now_s, (player.name, player_colour(player.id)), (f"  {said}", MUTED))
