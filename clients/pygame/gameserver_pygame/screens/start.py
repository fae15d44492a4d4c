"""The start screen: who am I, what shall we play, and who is playing already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pygame

from gameserver_client import GameInfo, RoomInfo
from gameserver_pygame import keys
from gameserver_pygame.screens import Wish
from gameserver_pygame.screens.backdrop import draw_backdrop
from gameserver_pygame.screens.start_layout import Item, Key, Layout, lay_out, sorted_rooms
from gameserver_pygame.session import Trouble
from gameserver_pygame.settings import LONGEST_NAME
from gameserver_pygame.text_box import TextBox
from gameserver_pygame.theme import ACCENT, BAD, LINE, MUTED, SURFACE, TEXT, WARM, hsl
from gameserver_pygame.widgets import draw_button, draw_lines, draw_text_box

if TYPE_CHECKING:
    from gameserver_pygame.app import App

SCROLL_PX = 48
HINT = "Tab, arrows and Enter, or the mouse    ·    + and -  volume    ·    M  mute    ·    F11  full screen"
NAME = Key("name")


class StartScreen:
    """Games and rooms, by mouse and by keyboard."""

    def __init__(self, app: App, message: str = "") -> None:
        self.message = message
        """What went wrong, or why one is here again."""
        self.name = TextBox(app.kit.settings.name, longest=LONGEST_NAME)
        self.focus = NAME
        self._app = app
        self._scroll = 0

    @property
    def typing(self) -> bool:
        """Whether what is typed goes into the name."""
        return self.focus == NAME

    def layout(self) -> Layout:
        """Give where things are now."""
        session = self._app.session
        return lay_out(
            pygame.display.get_window_size(),
            session.games,
            sorted_rooms(session.rooms),
            self._scroll,
            connected=session.trouble is None,
        )

    def dispose(self) -> None:
        """Keep the name."""
        self._keep_name()

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""
        match event.type:
            case pygame.KEYDOWN:
                return self._key(event)
            case pygame.TEXTINPUT if self.focus == NAME:
                return self.name.handle(event)
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                item = self.layout().at(event.pos)
                if item is not None:
                    self.focus = item.key
                    self._do(item.key)
            case pygame.MOUSEWHEEL:
                self._scroll = max(0, min(self.layout().most_scroll, self._scroll - SCROLL_PX * event.y))
        return False

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw everything."""
        layout = self.layout()
        draw_backdrop(target, self._app.kit, now_s)
        self._draw_head(target, layout, now_s)
        trouble = self._app.session.trouble
        if trouble is not None:
            self._draw_trouble(target, layout, trouble)
            return
        self._draw_games(target, layout)
        self._draw_rooms(target, layout)
        text = self._app.kit.text
        text.draw(target, HINT, (target.get_width() / 2, target.get_height() - 24), 13, MUTED, anchor="center")

    # What is pressed.

    def _key(self, event: pygame.Event) -> bool:
        if event.scancode == pygame.KSCAN_ESCAPE and self._app.is_entering:
            self._app.give_up_entering()
        elif event.scancode == pygame.KSCAN_TAB:
            self._go(-1 if event.mod & pygame.KMOD_SHIFT else 1)
        elif event.scancode in {pygame.KSCAN_DOWN, pygame.KSCAN_UP}:
            self._go(1 if event.scancode == pygame.KSCAN_DOWN else -1)
        elif event.scancode in keys.ENTER:
            self._do(self._default() if self.focus == NAME else self.focus)
        elif self.focus == NAME:
            # What a letter types comes as text; its key must not mean anything besides.
            return self.name.handle(event) or event.scancode != pygame.KSCAN_F11
        elif event.scancode in {pygame.KSCAN_LEFT, pygame.KSCAN_RIGHT}:
            self._go(1 if event.scancode == pygame.KSCAN_RIGHT else -1)
        elif event.scancode == pygame.KSCAN_SPACE:
            self._do(self.focus)
        else:
            return False
        return True

    def _default(self) -> Key:
        """What Enter means in the name box: the first game; or to try again, if there is none."""
        if self._app.session.trouble is not None:
            return Key("retry")
        games = self._app.session.games
        return Key("play", games[0].name) if games else NAME

    def _go(self, step: int) -> None:
        layout = self.layout()
        self.focus = layout.next_to(self.focus, step)
        rect = layout.rect_of(self.focus)
        if rect is not None and self.focus.action in {"join", "watch"}:  # bring it into view
            if rect.top < layout.rooms.top:
                self._scroll -= layout.rooms.top - rect.top + SCROLL_PX
            elif rect.bottom > layout.rooms.bottom:
                self._scroll += rect.bottom - layout.rooms.bottom + SCROLL_PX
            self._scroll = max(0, min(layout.most_scroll, self._scroll))

    def _do(self, key: Key) -> None:
        self.message = ""
        self._keep_name()
        match key.action:
            case "name":
                pass  # a click: from now on typing goes there
            case "retry":
                self._app.session.hurry()
            case "play" | "watch_game":
                self._app.enter(Wish(game=key.target, watch=key.action == "watch_game"))
            case "join" | "watch":
                self._app.enter(Wish(room=key.target, watch=key.action == "watch"))

    def _keep_name(self) -> None:
        kit = self._app.kit
        if self.name.text.strip() and self.name.text.strip() != kit.settings.name:
            kit.settings.name = self.name.text.strip()
            kit.keep_settings()

    # How it looks.

    def _draw_head(self, target: pygame.Surface, layout: Layout, now_s: float) -> None:
        text, head = self._app.kit.text, layout.head
        text.draw(target, "Play together", (head.left, head.top + 18), 42, TEXT, bold=True)
        text.draw(target, "Pick a game, or join a room that is open.", (head.left + 2, head.top + 72), 17, MUTED)
        name = layout.rect_of(NAME)
        if name is not None:
            text.draw(target, "Your name", (name.left, name.top - 25), 15, MUTED)
            focused = self.focus == NAME
            draw_text_box(target, self._app.kit, name, self.name, now_s, focused=focused, hint="anonymous")
        message = "Going in …   (Esc: stay here)" if self._app.is_entering else self.message
        if message:
            colour = WARM if self._app.is_entering else BAD
            text.draw(target, message, (head.left + 2, head.top + 108), 16, colour, bold=True, most=head.width)

    def _draw_trouble(self, target: pygame.Surface, layout: Layout, trouble: Trouble) -> None:
        kit = self._app.kit
        middle = target.get_width() // 2, target.get_height() // 2
        plate = kit.shapes.panel((min(720, target.get_width() - 40), 270), SURFACE, 0.94, radius=18)
        target.blit(plate, plate.get_rect(center=(middle[0], middle[1] + 16)))
        lines = kit.text.wrapped(trouble.text, plate.get_width() - 80, 20)
        draw_lines(target, kit, lines, (middle[0], middle[1] - 66), 20, TEXT)
        hint = "Start one with:  gameserver serve"
        kit.text.draw(target, hint, (middle[0], middle[1] + 8), 15, MUTED, anchor="center")
        countdown = trouble.countdown(time.perf_counter())
        kit.text.draw(target, countdown, (middle[0], middle[1] + 50), 20, WARM, anchor="center", bold=True)
        for item in layout.items:
            if item.key.action == "retry":
                self._draw_button(target, item, "Try now", primary=True)

    def _draw_games(self, target: pygame.Surface, layout: Layout) -> None:
        text, labels = self._app.kit.text, {"play": "Quick match", "watch_game": "Watch"}
        text.draw(target, "Games", layout.games_title, 22, TEXT, bold=True)
        for game, rect in layout.cards:
            self._draw_card(target, game, rect)
        for item in layout.items:
            if item.key.action in labels:
                self._draw_button(target, item, labels[item.key.action], primary=item.key.action == "play")

    def _draw_card(self, target: pygame.Surface, game: GameInfo, rect: pygame.Rect) -> None:
        kit = self._app.kit
        target.blit(kit.shapes.panel(rect.size, SURFACE, 0.92, radius=14, edge=LINE, edge_alpha=1.0), rect)
        tint = hsl(sum(map(ord, game.name)) * 47 % 360, 0.7, 0.6)
        light = kit.shapes.glow(tint, 58, 0.8)
        clip = target.get_clip()
        target.set_clip(rect.inflate(-4, -4))
        middle = rect.right - 60, rect.centery
        target.blit(light, light.get_rect(center=middle), special_flags=pygame.BLEND_RGB_ADD)
        target.set_clip(clip)
        kit.text.draw(target, game.title[:1], middle, 46, TEXT, anchor="center", bold=True)
        kit.text.draw(target, game.title, (rect.left + 17, rect.top + 12), 20, TEXT, bold=True, most=rect.width - 150)
        facts = f"up to {game.max_players} players · {game.tick_rate:g} Hz"
        kit.text.draw(target, facts, (rect.left + 17, rect.top + 38), 14, MUTED)

    def _draw_rooms(self, target: pygame.Surface, layout: Layout) -> None:
        kit = self._app.kit
        where = kit.text.draw(target, "Open rooms", layout.rooms_title, 22, TEXT, bold=True)
        pygame.draw.circle(target, ACCENT, (where.right + 14, where.centery + 1), 5)
        if not layout.rows:
            rect = layout.rooms
            lines = ["No one is playing yet.", "A quick match starts the first room."]
            draw_lines(target, kit, lines, (rect.centerx, rect.top + 60), 17, MUTED)
        target.set_clip(layout.rooms)
        for room, rect in layout.rows:
            if rect.colliderect(layout.rooms):
                self._draw_row(target, room, rect)
        for item in layout.items:
            if item.key.action in {"join", "watch"} and item.rect.colliderect(layout.rooms):
                label = "Join" if item.key.action == "join" else "Watch"
                self._draw_button(target, item, label, primary=item.key.action == "join")
        target.set_clip(None)

    def _draw_row(self, target: pygame.Surface, room: RoomInfo, rect: pygame.Rect) -> None:
        kit = self._app.kit
        target.blit(kit.shapes.panel(rect.size, SURFACE, 0.92, radius=12, edge=LINE, edge_alpha=1.0), rect)
        game = self._app.session.game(room.game)
        title = game.title if game is not None else room.game
        where = kit.text.draw(target, title, (rect.left + 14, rect.top + 8), 17, TEXT, bold=True, most=160)
        kit.text.draw(target, room.id, (where.right + 8, where.bottom), 13, MUTED, anchor="bottomleft", most=90)
        kit.text.draw(target, people_text(room), (rect.left + 14, rect.bottom - 9), 14, MUTED, anchor="bottomleft")

    def _draw_button(self, target: pygame.Surface, item: Item, label: str, *, primary: bool) -> None:
        hovered = item.rect.collidepoint(pygame.mouse.get_pos())
        enabled = not self._app.is_entering
        draw_button(
            target, self._app.kit, item.rect, label,
            primary=primary, focused=self.focus == item.key, hovered=hovered, enabled=enabled,
        )  # fmt: skip


def people_text(room: RoomInfo) -> str:
    """Say who is in a room: "2 / 16 players · 3 bots · 1 watching"."""
    parts = [f"{room.players} / {room.max_players} players"]
    if room.bots:
        parts.append("1 bot" if room.bots == 1 else f"{room.bots} bots")
    if room.spectators:
        parts.append(f"{room.spectators} watching")
    return " · ".join(parts)
