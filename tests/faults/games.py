"""Games for the tests of faults: one that numbers what it tells, and one that fails as asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

from gameserver import (
    U8,
    U16,
    U32,
    Axis,
    BotAction,
    Command,
    Event,
    Game,
    Input,
    Options,
    PerPlayer,
    Player,
    Predict,
    Row,
    View,
)


class Told(Event):
    """One in each tick, numbered without a gap."""

    number: U32
    noise: str


class Page(Row):
    """The same number, as state."""

    number: U32 = 0


class Volume(Options):
    """How much a room tells."""

    noise_bytes: U16 = 0
    """In each tick, on top of the number."""


class Chronicle(Game):
    """Whoever hears it can tell whether anything is missing."""

    max_players = 1000
    options: Volume
    page: Page

    def tick(self) -> None:
        """Tell the next number."""
        self.page.number += 1
        self.emit(Told(number=self.page.number, noise="x" * self.options.noise_bytes))


class Hasty(Chronicle):
    """Its seats wait for nobody."""

    resume_s = 0.05


class Steer(Input):
    """An input for `move`."""

    dx: Axis = 0


class Look(Input):
    """An input that the game handles itself."""

    angle: U8 = 0


class Poke(Command):
    """A command."""


class Shout(Event):
    """What can't be sent, when the text is no text."""

    text: str


class Plan(Options):
    """What shall go wrong."""

    where: str = ""
    """The hook, as a report names it; `state` is a field out of bounds, `text` one that can't be encoded."""
    how: str = ""
    """A key of `WAYS`, for those that raise."""


class Body(Row):
    """A player's."""

    x: U8 = 100
    label: str = ""


class Fuse(Row):
    """The plan as `move` sees it."""

    where: str = ""
    how: str = ""
    lit: bool = False
    """Whether a second player has come: until then all is well, so that there is somebody to be told."""


def _recurse() -> NoReturn:
    _recurse()


def _throw(error: type[BaseException]) -> Callable[[], NoReturn]:
    def throw() -> NoReturn:
        raise error("as planned")

    return throw


WAYS: dict[str, Callable[[], NoReturn]] = {
    "RuntimeError": _throw(RuntimeError),
    "StopIteration": _throw(StopIteration),
    "CancelledError": _throw(asyncio.CancelledError),
    "GeneratorExit": _throw(GeneratorExit),
    "SystemExit": _throw(SystemExit),
    "RecursionError": _recurse,
}
"""What a hook may raise that the engine has to survive, by name."""
FIRST_HOOKS = frozenset({"setup", "derive", "on_start"})
"""They run before anybody plays."""


def _trip(fuse: Fuse, hook: str) -> None:
    if fuse.where == hook and (fuse.lit or hook in FIRST_HOOKS):
        WAYS[fuse.how]()


def move(me: Body, steer: Steer, world: View) -> None:
    """Fail as planned."""
    _trip(world.one(Fuse), "move")


class Fragile(Game):
    """Fails in one hook, in one way, once a second player comes (or at once, in hooks that run before)."""

    max_players = 8
    fill_with_bots = 3
    options: Plan
    bodies: PerPlayer[Body]
    fuse: Fuse
    predict = Predict(Steer, Body, move)

    def setup(self) -> None:
        """Copy the plan to where `move` can see it."""
        self.fuse.where, self.fuse.how = self.options.where, self.options.how
        _trip(self.fuse, "setup")

    def derive(self) -> None:
        """Nothing to rebuild."""
        _trip(self.fuse, "derive")

    def on_start(self) -> None:
        """Nothing to start."""
        _trip(self.fuse, "on_start")

    def on_join(self, player: Player) -> None:
        """Light the fuse when the second comes."""
        if player.name == "Bob":
            self.fuse.lit = True
        _trip(self.fuse, "on_join")

    def on_leave(self, player: Player) -> None:
        """Nothing to clear up."""
        _trip(self.fuse, "on_leave")

    def on_disconnect(self, player: Player) -> None:
        """Nothing to hold."""
        _trip(self.fuse, "on_disconnect")

    def on_reconnect(self, player: Player) -> None:
        """Nothing to show."""
        _trip(self.fuse, "on_reconnect")

    def on_look(self, player: Player, look: Look) -> None:
        """Nothing to see."""
        _trip(self.fuse, "on_look")

    def on_poke(self, player: Player, poke: Poke) -> None:
        """Nothing to do."""
        _trip(self.fuse, "on_poke")

    def bot(self, player: Player) -> BotAction:
        """Stand still."""
        _trip(self.fuse, "bot")
        return None

    def tick(self) -> None:
        """Fail, or make something that can't be sent."""
        _trip(self.fuse, "tick")
        if not self.fuse.lit:
            return
        for body in self.bodies.values():
            match self.fuse.where:
                case "state":
                    body.x = 256
                case "text":
                    body.label = "\ud800"
        if self.fuse.where == "shout":
            self.emit(Shout(text="\ud800"))
