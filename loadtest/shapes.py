"""A game whose commands have fields of every kind that a command may have: what a fuzzer can get hold of."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import msgspec

from gameserver import (
    F32,
    F64,
    I8,
    I16,
    I32,
    U8,
    U16,
    U32,
    Axis,
    Command,
    Event,
    Game,
    Input,
    Meta,
    Options,
    PerPlayer,
    Player,
    PlayerId,
    Refused,
    Row,
    Secret,
)


class Colour(enum.Enum):
    """Some names."""

    RED = "red"
    GREEN = "green"


class Spot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A struct within a command."""

    x: U16
    y: I16 = 0


class Hold(Input):
    """Everything that an input may have."""

    axis: Axis = 0
    level: U8 = 0
    offset: I32 = 0
    tilt: F32 = 0.0
    aim: F64 = 0.0
    fire: bool = False
    label: Annotated[str, Meta(max_length=16)] = ""
    raw: Annotated[bytes, Meta(max_length=16)] = b""


class Draw(Command):
    """Parts within parts."""

    spots: Annotated[list[Spot], Meta(max_length=8)]
    colour: Colour = Colour.RED
    names: Annotated[dict[str, U8], Meta(max_length=8)] = {}  # noqa: RUF012  # msgspec copies it
    at: tuple[U8, I8] = (0, 0)
    under: Spot | None = None


class Write(Command):
    """Texts and choices."""

    text: str
    tag: Annotated[str, Meta(min_length=1, max_length=8, pattern="^[a-z]+$")] = "a"
    data: bytes = b""
    size: Literal["s", "m", "l"] = "m"
    to: PlayerId | None = None
    weight: U32 | F64 | None = None


class Wrote(Event):
    """The same, for whoever wrote."""

    text: str
    data: bytes
    weight: U32 | F64 | None


class Size(Options):
    """How a room is set up."""

    width: U8 = 10
    theme: Literal["plain", "dark"] = "plain"
    title: Annotated[str, Meta(max_length=20)] = ""


class Shown(Row):
    """What a player holds."""

    level: U8 = 0
    offset: I32 = 0
    tilt: F32 = 0.0
    aim: F64 = 0.0
    label: str = ""
    raw: bytes = b""
    drawn: U32 = 0


class Page(Row):
    """What a player wrote, for himself alone."""

    text: str = ""
    data: bytes = b""


class Shapes(Game):
    """Takes all that fits, and shows it."""

    tick_rate, max_players = 20, 16
    options: Size
    inputs = (Hold,)
    shown: PerPlayer[Shown]
    pages: Secret[Page]
    spots: dict[int, list[tuple[int, int]]]

    def on_leave(self, player: Player) -> None:
        """Forget what was drawn."""
        self.spots.pop(player.id, None)

    def on_draw(self, player: Player, command: Draw) -> None:
        """Keep the spots."""
        if command.colour is Colour.GREEN:
            raise Refused("no_green", "Green is out.")
        self.spots[player.id] = [(spot.x, spot.y) for spot in command.spots]
        self.shown[player.id].drawn += 1

    def on_write(self, player: Player, command: Write) -> None:
        """Keep the page."""
        page = self.pages[player.id]
        page.text, page.data = command.text, command.data
        self.tell(player, Wrote(text=command.text, data=command.data, weight=command.weight))

    def tick(self) -> None:
        """Show what is held."""
        for player, shown in self.shown.items():
            held = self.input(player, Hold)
            shown.level, shown.offset, shown.tilt, shown.aim = held.level, held.offset, held.tilt, held.aim
            shown.label, shown.raw = held.label, held.raw
