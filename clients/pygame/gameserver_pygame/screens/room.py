"""A room: its game's view, and over it chat, the network panel and how the connection stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

import pygame

from gameserver.games.arena import Arena
from gameserver.games.tag import Tag
from gameserver_client import ClientError, Room
from gameserver_client.twin import Predicted
from gameserver_pygame import keys
from gameserver_pygame.arena.arena_view import ArenaView
from gameserver_pygame.arena.look import is_arena
from gameserver_pygame.chat import Chat
from gameserver_pygame.generic.generic_view import GenericView
from gameserver_pygame.net.panel import NetPanel
from gameserver_pygame.screens import Screen, Wish
from gameserver_pygame.screens.lost import draw_lost, draw_replaced
from gameserver_pygame.session import UNNOTICED_S

if TYPE_CHECKING:
    from gameserver_pygame.app import App

PREDICTED: dict[str, Predicted | None] = {"arena": Arena.spec.predict, "tag": Tag.spec.predict}
"""Games whose movement this client has, by name."""
LEFT_REASONS = {
    "ended": "The room's game is over.",
    "crashed": "The room broke down. The server has the details in its log.",
    "closing": "The server is closing.",
    "kicked": "The operator of the server put you out.",
    "refused": "The server refused the connection: it broke one of the server's rules.",
    "forbidden": "The server lets you in no more.",
    "unknown_room": "The room is gone.",
    "room_full": "The room has filled up meanwhile.",
}


class View(Screen, Protocol):
    """What shows a game and takes what its player does."""

    def release(self) -> None:
        """Let go of everything that is held: the keys are somebody else's now."""

    def entered(self) -> None:
        """Another seat, perhaps in another room: nothing seen so far counts."""

    def chat_rect(self, size: tuple[int, int]) -> pygame.Rect:
        """Say where in a window of this size people talk."""


class RoomScreen:
    """One's place in a room, until one leaves."""

    def __init__(self, app: App, room: Room) -> None:
        self.room = room
        self.chat = Chat(room, app.kit)
        self.net = NetPanel(room, app.session.lag, app.kit)
        self._app = app
        self.view = self._make_view(self._predict())
        self._lost_at_s: float | None = None
        """Since when the connection is down."""
        self._stops = [
            room.on("lost", lambda _: self._lost()),
            room.on("joined", lambda _: self._entered()),
            room.on("left", self._left),
        ]
        if room.spectating:
            self.chat.tell("You are watching.")

    @property
    def typing(self) -> bool:
        """Whether somebody writes to the others, or fills something in."""
        return self.chat.box is not None or self.view.typing

    def dispose(self) -> None:
        """Stop listening; leaving is somebody else's."""
        for stop in self._stops:
            stop()
        self.chat.dispose()
        self.view.dispose()

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""
        if self.replaced:
            return self._handle_replaced(event)
        if event.type == pygame.WINDOWFOCUSLOST:
            self.view.release()
        if self.view.typing and event.type in {pygame.KEYDOWN, pygame.TEXTINPUT}:
            return self.view.handle(event)
        was_open = self.chat.box is not None
        if self.chat.handle(event):
            if not was_open:
                self.view.release()
            return True
        if self.net.handle(event) or self.view.handle(event):
            return True
        if event.type == pygame.KEYDOWN and event.scancode == pygame.KSCAN_ESCAPE:
            self._app.leave(self.room)
            return True
        return False

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw everything, once per frame."""
        self.view.draw(target, now_s)
        self.chat.draw(target, now_s, self.view.chat_rect(target.get_size()))
        self.net.draw(target, now_s)
        if self.replaced:
            draw_replaced(target, self._app.kit, now_s, entering=self._app.is_entering)
        elif self.room.status == "lost" and self._is_noticed(now_s):
            draw_lost(target, self._app.kit, self._app.session.trouble, now_s)

    def _predict(self) -> type[Any] | None:
        """Have the own row predicted, if this client knows how it moves; gives the input that moves it."""
        predict = PREDICTED.get(self.room.game)
        if predict is None or self.room.spectating:
            return None
        try:
            self.room.predict(predict)
        except ClientError as error:  # the server's game is another of the same name
            self.chat.tell(str(error))
            return None
        return predict.input

    def _make_view(self, predicted: type[Any] | None) -> View:
        app, room = self._app, self.room
        if is_arena(room.game, room.schema):
            return ArenaView(room, app.kit)
        return GenericView(room, app.kit, app.session.game(room.game), self.chat, predicted)

    @property
    def replaced(self) -> bool:
        """Whether somebody else has the seat now: oneself, from another place, as a rule."""
        return self.room.left_reason == "replaced"

    def _lost(self) -> None:
        self._lost_at_s = time.perf_counter()

    def _is_noticed(self, now_s: float) -> bool:
        return self._lost_at_s is None or now_s - self._lost_at_s >= UNNOTICED_S

    def _entered(self) -> None:
        if self.room.resumed and not self._is_noticed(time.perf_counter()):
            return
        self.view.entered()
        self.chat.tell("You are back." if self.room.resumed else "You are back, in another seat.")

    def _handle_replaced(self, event: pygame.Event) -> bool:
        if event.type != pygame.KEYDOWN or self._app.is_entering:
            return False
        if event.scancode in keys.ENTER:
            self._app.enter(Wish(game=self.room.game, room=self.room.id, token=self.room.token))
        elif event.scancode == pygame.KSCAN_ESCAPE:
            self._app.show_start()
        return True

    def _left(self, reason: str) -> None:
        if self.replaced:
            self.view.release()
            return
        self._app.show_start("" if reason == "left" else LEFT_REASONS.get(reason, f"The room was left: {reason}."))
