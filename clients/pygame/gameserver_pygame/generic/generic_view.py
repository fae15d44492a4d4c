"""Any game: its world, its rows, its commands, its events."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pygame

from gameserver.protocol.messages import EventMessage
from gameserver_client import ClientError, Frame, GameInfo, Room
from gameserver_pygame.chat import Chat
from gameserver_pygame.generic.bounds import Bounds, has_place
from gameserver_pygame.generic.commands import Commands, Prompt
from gameserver_pygame.generic.entities import entities_of
from gameserver_pygame.generic.event_text import event_text
from gameserver_pygame.generic.held import Held, key_hints
from gameserver_pygame.generic.stage import draw_stage
from gameserver_pygame.generic.tables import listings_of
from gameserver_pygame.generic.tables_panel import draw_listings
from gameserver_pygame.kit import Kit
from gameserver_pygame.theme import BAD, FIELD, MUTED, SURFACE, TEXT, WARM
from gameserver_pygame.widgets import draw_button, draw_text_box

SIDE = 330
"""Width of what is read, on the right."""
PADDING = 18
HEAD = 74
"""Height of the title over it."""
HINT = 20
"""Height of a line that says what a key does."""


class GenericView:
    """The client of every game that has none of its own."""

    def __init__(
        self, room: Room, kit: Kit, game: GameInfo | None, chat: Chat, predicted: type[Any] | None = None
    ) -> None:
        """Make it.

        Args:
            room: to be shown.
            kit: to draw with.
            game: what the server says of it; None: only its tables are known.
            chat: where events and refusals are said.
            predicted: the input that moves the own row, if that is predicted.

        """
        inputs = {} if game is None or room.spectating else game.inputs
        self.held = Held(inputs)
        self.commands = Commands({} if game is None or room.spectating else game.commands, self._send, self._players)
        self._hints = [*key_hints(self.held.controls), ("Enter", "chat"), ("F3", "network"), ("Esc", "leave")]
        self._room = room
        self._kit = kit
        self._chat = chat
        self._title = room.game if game is None else game.title
        self._predicted = predicted
        self._predicted_name = next((name for name in inputs if _titled(inputs[name], predicted)), None)
        self._events = {} if game is None else game.events
        self._bounds = Bounds(room.schema)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop = room.on("event", self._event)

    @property
    def typing(self) -> bool:
        """Whether a command is being filled in."""
        return self.commands.prompt is not None

    def dispose(self) -> None:
        """Stop listening."""
        self._stop()
        for task in self._tasks:
            task.cancel()

    def entered(self) -> None:
        """Another seat: the server holds nothing of ours."""
        self.held.forget_sent()
        self.commands.prompt = None

    def release(self) -> None:
        """Let go of everything."""
        self.held.release()

    def chat_rect(self, size: tuple[int, int]) -> pygame.Rect:
        """Say where people talk: in the lower left."""
        return pygame.Rect(14, 120, max(160, min(460, size[0] - SIDE - 28)), size[1] - 134)

    def command_area(self, size: tuple[int, int]) -> pygame.Rect:
        """Say where in a window of this size the buttons of commands are, from the bottom upward."""
        side = self._side(size)
        return pygame.Rect(side.left, side.top, side.width, side.height - HINT * len(self._hints) - 6)

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""
        if self.commands.handle(event, self.command_area(pygame.display.get_window_size())):
            if self.commands.prompt is not None:
                self.held.release()
            return True
        return self.held.handle(event)

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw everything, once per frame."""
        frame = self._room.frame(now_s, held=self._hold())
        side = self._side(target.get_size())
        stage = pygame.Rect(0, 0, side.left - PADDING, target.get_height())
        listings = [] if frame is None else listings_of(self._room, frame.to_state)
        if any(has_place(table) for table in self._room.schema.values()):
            entities = [] if frame is None else entities_of(self._room, frame, self._bounds)
            draw_stage(target, self._kit, stage, self._bounds.world(), entities)
        else:
            target.fill(FIELD)
            middle = stage.inflate(-max(80, stage.width // 4), -120)
            draw_listings(target, self._kit, middle, listings)
            listings = []
        target.fill(SURFACE, (stage.right, 0, target.get_width() - stage.right, target.get_height()))
        self._draw_side(target, side, frame)
        bottom = self._draw_commands(target, side, now_s)
        rows = pygame.Rect(side.left, side.top + HEAD, side.width, bottom - side.top - HEAD - 8)
        draw_listings(target, self._kit, rows, listings)

    # What one does.

    def _hold(self) -> Any:
        """Send what changed; gives what is to be predicted."""
        if self._room.spectating or not self.held.controls or self._room.status != "joined":
            return None
        payloads = self.held.read()
        predicted = payloads.pop(self._predicted_name or "", None)
        for name in self.held.changed(payloads):
            self._room.input(name, **payloads[name])
        return None if predicted is None else msgspec.convert(predicted, self._predicted)

    def _send(self, name: str, payload: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._command(name, payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _command(self, name: str, payload: dict[str, Any]) -> None:
        try:
            await self._room.command(name, **payload)
        except ClientError as error:
            if self._room.status != "left":  # the command that ended the room has done its work
                self._chat.tell(str(error), BAD)

    def _players(self) -> dict[str, int]:
        return {player.name: player.id for player in self._room.players.values()}

    def _event(self, event: EventMessage) -> None:
        self._chat.tell(event_text(event.name, event.data, self._events.get(event.name), self._room.name_of), WARM)

    # How it looks.

    def _side(self, size: tuple[int, int]) -> pygame.Rect:
        width = min(SIDE, size[0] // 2) - 2 * PADDING
        return pygame.Rect(size[0] - width - PADDING, 16, width, size[1] - 32)

    def _draw_side(self, target: pygame.Surface, side: pygame.Rect, frame: Frame | None) -> None:
        text, room = self._kit.text, self._room
        text.draw(target, self._title, side.topleft, 24, TEXT, bold=True, most=side.width)
        people = [f"{room.audience.players} playing"]
        if room.audience.spectators:
            people.append(f"{room.audience.spectators} watching")
        said = " · ".join(people) if frame is not None else "Going in …"
        text.draw(target, said, (side.left, side.top + 33), 15, MUTED)

    def _draw_commands(self, target: pygame.Surface, side: pygame.Rect, now_s: float) -> int:
        """Draw from the bottom upward: key hints, buttons, the prompt; gives where that begins."""
        y = side.bottom
        for key, meaning in reversed(self._hints):
            at = self._kit.text.draw(target, key, (side.left, y), 13, TEXT, anchor="bottomleft", bold=True)
            self._kit.text.draw(target, meaning, (at.right + 8, y), 13, MUTED, anchor="bottomleft")
            y -= HINT
        rects = self.commands.rects(self.command_area(target.get_size()))
        for number, (button, rect) in enumerate(zip(self.commands.buttons, rects, strict=True), 1):
            hovered = rect.collidepoint(pygame.mouse.get_pos())
            draw_button(target, self._kit, rect, f"{number}  {button.label}", primary=True, hovered=hovered)
        y = min([y, *(rect.top for rect in rects)])
        if self.commands.prompt is not None:
            y -= 104
            self._draw_prompt(target, self.commands.prompt, pygame.Rect(side.left, y, side.width, 96), now_s)
        return y

    def _draw_prompt(self, target: pygame.Surface, prompt: Prompt, rect: pygame.Rect, now_s: float) -> None:
        text, field = self._kit.text, prompt.field
        text.draw(target, f"{prompt.button.label}: {field.label}", rect.topleft, 15, TEXT, bold=True, most=rect.width)
        box = pygame.Rect(rect.left, rect.top + 24, rect.width, 38)
        draw_text_box(
            target, self._kit, box, prompt.box, now_s, focused=True, hint=field.hint(), bad=bool(prompt.problem)
        )
        said, colour = (prompt.problem, BAD) if prompt.problem else ("Enter sends, Esc cancels", MUTED)
        text.draw(target, said, (rect.left, box.bottom + 8), 13, colour, most=rect.width)


def _titled(schema: Any, predicted: type[Any] | None) -> bool:
    return predicted is not None and schema.get("title") == predicted.__name__
