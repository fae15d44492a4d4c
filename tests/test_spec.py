"""Reading a game's class: what it declares, and every refusal with its file, line and fix."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from gameserver import (
    U8,
    U16,
    Axis,
    Command,
    DefinitionError,
    Derived,
    Event,
    Game,
    Input,
    Options,
    PerPlayer,
    Player,
    Predict,
    Row,
    Secret,
    Table,
    View,
)
from gameserver.spec import CommandSpec, InputSpec

IMPORTS = """\
import dataclasses, typing
from typing import Annotated, Any, ClassVar, Optional
import msgspec
from gameserver import *

class Body(Row):
    x: U16 = 0

class Steer(Input):
    dx: Axis = 0

class Fire(Command):
    n: U8 = 0

def move(me: Body, steer: Steer, world: View) -> None:
    pass
"""
Load = Callable[[str], ModuleType]
_numbers = itertools.count()


@pytest.fixture(params=["", "from __future__ import annotations\n"], ids=["plain", "future"])
def load(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Load]:
    """Import an author's file, with annotations as objects and as text."""
    names = []

    def load_source(source: str) -> ModuleType:
        name = f"authored_{next(_numbers)}"
        path = tmp_path / f"{name}.py"
        path.write_text(request.param + IMPORTS + source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    yield load_source
    for name in names:
        del sys.modules[name]


# Each source marks the line that the refusal must point at with `# <<`.
REFUSED = {
    "set": (
        "class G(Game):\n    a: int\n    seen: set[int]  # <<\n",
        "G.seen: a set has no stable order; use a list",
    ),
    "set deep in a dict": (
        "class G(Game):\n    seen: dict[str, list[frozenset[int]]]  # <<\n",
        "G.seen: a set has no stable order; use a list",
    ),
    "row in an attribute": (
        "class G(Game):\n    best: Optional[Body] = None  # <<\n",
        "G.best: a row lives in its table; hold its id",
    ),
    "list of rows": (
        "class G(Game):\n    bodies: list[Body]  # <<\n",
        "G.bodies: a row lives in its table; hold its id",
    ),
    "dict of rows": (
        "class G(Game):\n    bodies: dict[int, Body]  # <<\n",
        "G.bodies: a row lives in its table; hold its id",
    ),
    "Any": ("class G(Game):\n    a: Any  # <<\n", "G.a: this type can't be saved; use int"),
    "bare list": ("class G(Game):\n    a: list  # <<\n", "G.a: this type can't be saved; use int"),
    "callback": (
        "class G(Game):\n    a: typing.Callable[[], None]  # <<\n",
        "G.a: this type can't be saved; use int",
    ),
    "class of one's own": (
        "class Bag: pass\nclass G(Game):\n    a: Bag  # <<\n",
        "G.a: this type can't be saved; use int",
    ),
    "no first value": (
        "class G(Game):\n    pair: tuple[int, int]  # <<\n",
        "G.pair: an attribute of this type needs a first value; write `pair: ... = value`",
    ),
    "default of another type": (
        "class G(Game):\n    a: int = 'x'  # <<\n",
        "G.a: its default doesn't fit: Expected `int`, got `str`; change the type or the value",
    ),
    "default out of bounds": (
        "class G(Game):\n    a: U8 = 256  # <<\n",
        "G.a: its default doesn't fit: Expected `int` <= 255; change the type or the value",
    ),
    "default that can't be saved": (
        "class G(Game):\n    a: int = object()  # <<\n",
        "G.a: its default doesn't fit",
    ),
    "row with an Optional": (
        "class R(Row):\n    a: U8 = 0\n    b: Optional[U8] = None  # <<\n",
        "R.b: a field can't be None or one of several types; use one type, with 0 or '' for none",
    ),
    "row with a set": ("class R(Row):\n    a: set[int]  # <<\n", "R.a: a set has no stable order; use a bit mask"),
    "row with a list": ("class R(Row):\n    a: list[int]  # <<\n", "R.a: not a type of the wire; use bool, U8..U32"),
    "row with a row": (
        "class R(Row):\n    a: Body  # <<\n",
        "R.a: a row can't hold a struct or another row; hold its id",
    ),
    "row with an open int": ("class R(Row):\n    a: int = 0  # <<\n", "R.a: an int needs bounds; use U8..U32"),
    "row with wide bounds": (
        "class R(Row):\n    a: Annotated[int, msgspec.Meta(ge=0, le=2**40)]  # <<\n",
        "R.a: its bounds don't fit 32 bits; use closer ones",
    ),
    "bounds twice": (
        "class R(Row):\n    a: Annotated[U8, msgspec.Meta(le=9)]  # <<\n",
        "R.a: Multiple `Meta` annotations",
    ),
    "row in the body of a game": (
        "class G(Game):\n    class R(Row):\n        a: int  # <<\n    rs: Table[R]\n",
        "G.R.a: an int needs bounds",
    ),
    "linear row without fields": (
        "class R(Row, linear=True):  # <<\n    x: U16 = 0\n    y: U16 = 0\n    born: Tick = 0\n",
        "R: a linear row needs vx, vy; add it, or drop linear=True",
    ),
    "input without default": (
        "class I(Input):\n    dx: Axis  # <<\n",
        "I.dx: an Input holds before the first one arrives; give the field a default",
    ),
    "input with a list": ("class I(Input):\n    a: tuple[U8, ...] = ()  # <<\n", "I.a: not a type of the wire; use"),
    "command with an open int": (
        "class C(Command):\n    a: U8\n    b: int  # <<\n",
        "C.b: an int from outside needs bounds; use U8",
    ),
    "command with open ints in a list": (
        "class C(Command):\n    a: list[int]  # <<\n",
        "C.a: an int from outside needs bounds; use U8",
    ),
    "event with a set": ("class E(Event):\n    a: set[int]  # <<\n", "E.a: a set has no stable order; use a list"),
    "event with a row": ("class E(Event):\n    a: Body  # <<\n", "E.a: a row lives in its table; hold its id"),
    "options without default": (
        "class O(Options):\n    a: U8  # <<\n",
        "O.a: a room must be possible without options; give the field a default",
    ),
    "options that are none": (
        "class G(Game):\n    options: Body  # <<\n",
        "G.options: a game's options are its own Options class; subclass Options",
    ),
    "options that are not annotated": (
        "class O(Options): pass\nclass G(Game):\n    options = O  # <<\n",
        "G.options: a game's options are its own Options class; write `options: YourOptions`",
    ),
    "table without row type": (
        "class G(Game):\n    a: Table  # <<\n",
        "G.a: a table needs its row type; write Table[YourRow]",
    ),
    "table of numbers": (
        "class G(Game):\n    a: PerPlayer[int]  # <<\n",
        "G.a: a table holds rows; subclass Row, with at least one field",
    ),
    "table of rows without fields": (
        "class R(Row): pass\nclass G(Game):\n    a: Table[R]  # <<\n",
        "G.a: a table holds rows; subclass Row, with at least one field",
    ),
    "bare row without fields": (
        "class R(Row): pass\nclass G(Game):\n    a: R  # <<\n",
        "G.a: a table holds rows; subclass Row, with at least one field",
    ),
    "table with a value": (
        "class G(Game):\n    turn: Body = Body()  # <<\n",
        "G.turn: a table can't have a value in the class; fill it in setup()",
    ),
    "mutable class attribute": (
        "class G(Game):\n    tick_rate = 5\n    seen = []  # <<\n",
        "G.seen: a mutable class attribute would be shared by all rooms; annotate it as state, or make it a tuple",
    ),
    "mutable class attribute that is a dict": ("class G(Game):\n    a = {}  # <<\n", "G.a: a mutable class attribute"),
    "mutable class attribute of a mixin": (
        "class M:\n    a = set()  # <<\nclass G(M, Game):\n    b: int\n",
        "M.a: a mutable class attribute",
    ),
    "__init__": (
        "class G(Game):\n    def __init__(self): pass  # <<\n",
        "G.__init__: the engine makes the game; do this",
    ),
    "now": ("class G(Game):\n    now: int  # <<\n", "G.now: `now` belongs to the engine; choose another name"),
    "players": ("class G(Game):\n    players: Table[Body]  # <<\n", "G.players: `players` belongs to the engine"),
    "host": ("class G(Game):\n    host: str  # <<\n", "G.host: `host` belongs to the engine"),
    "spec": ("class G(Game):\n    spec: str  # <<\n", "G.spec: `spec` belongs to the engine"),
    "emit": ("class G(Game):\n    emit: int  # <<\n", "G.emit: `emit` belongs to the engine"),
    "tick": ("class G(Game):\n    tick: int  # <<\n", "G.tick: `tick` belongs to the engine"),
    "method emit": ("class G(Game):\n    def emit(self, e): pass  # <<\n", "G.emit: `emit` belongs to the engine"),
    "method lock": ("class G(Game):\n    def lock(self): pass  # <<\n", "G.lock: `lock` belongs to the engine"),
    "value of random": ("class G(Game):\n    random = None  # <<\n", "G.random: `random` belongs to the engine"),
    "__setattr__": (
        "class G(Game):\n    def __setattr__(self, n, v): pass  # <<\n",
        "G.__setattr__: `__setattr__` belongs to the engine",
    ),
    "hook with an argument too many": (
        "class G(Game):\n    def setup(self): pass\n    def tick(self, dt): pass  # <<\n",
        "G.tick: this hook is called with 0 argument(s); write `def tick(self)`",
    ),
    "hook without its argument": (
        "class G(Game):\n    def on_join(self): pass  # <<\n",
        "G.on_join: this hook is called with 1 argument(s); write `def on_join(self, player: Player)`",
    ),
    "async hook": (
        "class G(Game):\n    async def tick(self): pass  # <<\n",
        "G.tick: a hook is a plain method; write `def tick(self, ...)`",
    ),
    "async generator as hook": (
        "class G(Game):\n    async def tick(self):  # <<\n        yield\n",
        "G.tick: a hook is a plain method; write",
    ),
    "generator as hook": (
        "class G(Game):\n    def tick(self):  # <<\n        yield\n",
        "G.tick: a hook with `yield` in it never runs; do it",
    ),
    "static hook": (
        "class G(Game):\n    @staticmethod\n    def tick(): pass  # <<\n",
        "G.tick: a hook is a plain method",
    ),
    "value as hook": ("class G(Game):\n    tick = 5  # <<\n", "G.tick: a hook is a plain method"),
    "async handler": (
        "class G(Game):\n    async def on_fire(self, player, command: Fire): pass  # <<\n",
        "G.on_fire: rules are synchronous; write `def` without `async`",
    ),
    "async helper": ("class G(Game):\n    async def help(self): pass  # <<\n", "G.help: rules are synchronous; write"),
    "misspelt hook": (
        "class G(Game):\n    def on_joined(self, player): pass  # <<\n",
        "G.on_joined: not a hook, and its second argument is no Command or Input; "
        "write `def on_joined(self, player: Player, command: YourCommand)`; hooks are setup, on_start, on_join,",
    ),
    "handler without annotation": (
        "class G(Game):\n    def on_fire(self, player, command): pass  # <<\n",
        "G.on_fire: not a hook, and its second argument is no Command or Input; write",
    ),
    "handler of an event": (
        "class E(Event): pass\nclass G(Game):\n    def on_e(self, player, event: E): pass  # <<\n",
        "G.on_e: not a hook, and its second argument is no Command or Input; write",
    ),
    "value as handler": (
        "class G(Game):\n    on_fire = 5  # <<\n",
        "G.on_fire: not a hook, and no handler of a command",
    ),
    "handler by another name": (
        "class G(Game):\n    def on_shoot(self, player, command: Fire): pass  # <<\n",
        "G.on_shoot: it handles Fire; call it on_fire",
    ),
    "handler in a mixin": (
        "class M:\n    def on_shoot(self, player, command: Fire): pass  # <<\nclass G(M, Game): pass\n",
        "M.on_shoot: it handles Fire; call it on_fire",
    ),
    "command of the protocol": (
        "class Chat(Command): pass\nclass G(Game):\n    def on_chat(self, player, command: Chat): pass  # <<\n",
        "G.on_chat: `chat` is a message of the protocol; give the class another name",
    ),
    "input of the protocol": (
        "class Snapshot(Input): pass\nclass G(Game):  # <<\n    inputs = (Snapshot,)\n",
        "G: `snapshot` is a message of the protocol; give the class another name",
    ),
    "predict without a table": (
        "class G(Game):\n    predict = Predict(Steer, Body, move)  # <<\n",
        "G.predict: 0 PerPlayer tables hold Body; declare exactly one PerPlayer[Body] table",
    ),
    "predict with two tables": (
        "class G(Game):\n    a: PerPlayer[Body]\n    b: PerPlayer[Body]\n"
        "    predict = Predict(Steer, Body, move)  # <<\n",
        "G.predict: 2 PerPlayer tables hold Body; declare exactly one PerPlayer[Body] table",
    ),
    "predict in a secret": (
        "class G(Game):\n    a: Secret[Body]\n    predict = Predict(Steer, Body, move)  # <<\n",
        "G.predict: 0 PerPlayer tables hold Body",
    ),
    "predict that is none": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = (Steer, Body, move)  # <<\n",
        "G.predict: not a Predict; write `predict = Predict(YourInput, YourRow, move)`",
    ),
    "predict of a command": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Fire, Body, move)  # <<\n",
        "G.predict: its first argument is no Input class; write `predict = Predict(",
    ),
    "predict of a number": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, int, move)  # <<\n",
        "G.predict: its second argument is no Row class; write `predict = Predict(",
    ),
    "predict with too few arguments": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, lambda me, steer: None)  # <<\n",
        "G.predict: its move isn't a function of three arguments; write `def move(me: YourRow,",
    ),
    "predict with a move for another row": (
        "class R(Row):\n    a: U8 = 0\ndef other(me: R, steer, world): pass\n"
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, other)  # <<\n",
        "G.predict: move is written for R; annotate its `me` as Body, or change Predict",
    ),
    "predict with a move for another input": (
        "class I(Input): pass\ndef other(me, held: I, world): pass\n"
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, other)  # <<\n",
        "G.predict: move is written for I; annotate its `held` as Steer, or change Predict",
    ),
    "predict with no move": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, None)  # <<\n",
        "G.predict: its move isn't a function of three arguments; write `def move(",
    ),
    "predicted and handled": (
        "class G(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, move)\n"
        "    def on_steer(self, player, steer: Steer): pass  # <<\n",
        "G.on_steer: this input is predicted already; do it in move() or tick()",
    ),
    "inputs that are a list": (
        "class G(Game):\n    inputs = [Steer]  # <<\n",
        "G.inputs: not a tuple of Input classes; write `inputs = (YourInput,)`",
    ),
    "events that are inputs": (
        "class G(Game):\n    events = (Steer,)  # <<\n",
        "G.events: not a tuple of Event classes; write `events = (YourEvent,)`",
    ),
    "tick_rate 0": ("class G(Game):\n    tick_rate = 0  # <<\n", "G.tick_rate: 0 isn't a number from 1 to 240; change"),
    "tick_rate 241": ("class G(Game):\n    tick_rate = 241  # <<\n", "G.tick_rate: 241 isn't a number from 1 to 240"),
    "tick_rate NaN": ("class G(Game):\n    tick_rate = float('nan')  # <<\n", "G.tick_rate: nan isn't a number"),
    "tick_rate text": ("class G(Game):\n    a = 1\n    tick_rate = '20'  # <<\n", "G.tick_rate: '20' isn't a number"),
    "tick_rate True": ("class G(Game):\n    tick_rate = True  # <<\n", "G.tick_rate: True isn't a number"),
    "max_players 0": (
        "class G(Game):\n    title, max_players = '', 0  # <<\n",
        "G.max_players: 0 isn't a number from 1",
    ),
    "max_players 2.5": ("class G(Game):\n    max_players = 2.5  # <<\n", "G.max_players: 2.5 isn't a whole number"),
    "snapshot_every 0": ("class G(Game):\n    snapshot_every = 0  # <<\n", "G.snapshot_every: 0 isn't a number from 1"),
    "in a base class": (
        "class A(Game):\n    a: int\nclass B:\n    b: set[int]  # <<\nclass C(B, A):\n    c: int\n",
        "B.b: a set has no stable order",
    ),
    "within a function": (
        "def make():\n    class G(Game):\n        a: set[int]  # <<\n    return G\nmake()\n",
        "G.a: a set has no stable order",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_work_is_refused_when_it_loads(case: str, load: Load, tmp_path: Path) -> None:
    """One line names the file, the very line, the member, what is wrong, and a fix."""
    source, message = REFUSED[case]
    with pytest.raises(DefinitionError) as caught:
        load(source)
    text = str(caught.value)
    (path,) = tmp_path.glob("*.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, content in enumerate(lines, 1) if "# <<" in content)
    assert text.startswith(f"{path}:{line}: {message}")
    assert "\n" not in text
    assert text.rpartition("; ")[2].strip()


NAMES_NOT_THERE = {
    "attribute": (
        "class Missing2: pass\nclass G(Game):\n    b: ClassVar[Missing2]\n    a: dict[int, Missing]  # <<\n",
        "G.a: name 'Missing' is not defined; import or define it above the class",
    ),
    "row's field": (
        "class R(Row):  # <<\n    a: Missing\n",
        "R: name 'Missing' is not defined; import the type where the row is declared",
    ),
    "command's field": (
        "class C(Command):  # <<\n    a: Missing\n",
        "C: name 'Missing' is not defined; import the type where the class is declared",
    ),
    "handler's argument": (
        "class G(Game):\n    def on_go(self, player, command: Missing): pass  # <<\n",
        "G.on_go: name 'Missing' is not defined; import the command where the game is declared",
    ),
}


@pytest.mark.parametrize("load", ["from __future__ import annotations\n"], indirect=True, ids=["future"])
@pytest.mark.parametrize("case", NAMES_NOT_THERE)
def test_names_that_are_not_there(case: str, load: Load, tmp_path: Path) -> None:
    """Annotations that are text are resolved when the class loads, and what can't be is refused like the rest."""
    source, message = NAMES_NOT_THERE[case]
    with pytest.raises(DefinitionError) as caught:
        load(source)
    (path,) = tmp_path.glob("*.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    line = next(number for number, content in enumerate(lines, 1) if "# <<" in content)
    assert str(caught.value) == f"{path}:{line}: {message}"


@pytest.mark.parametrize("annotation", ["5", "'5'", "list[int] | tuple[int, ...]"])
def test_annotations_that_are_no_types(annotation: str, load: Load) -> None:
    """What Python itself doesn't take for a type is refused with the game's name, not with a traceback."""
    with pytest.raises(DefinitionError, match=r"\.py:\d+: G[.:].*; "):
        load(f"class G(Game):\n    a: {annotation}\n")


ACCEPTED = {
    "nothing at all": "class G(Game): pass\n",
    "constants": "class G(Game):\n    SPEED = 5\n    NAMES = ('a', 'b')\n    LIMIT: ClassVar[int] = 3\n",
    "annotated configuration": "class G(Game):\n    tick_rate: ClassVar[float] = 5\n    max_players: int = 3\n",
    "a fractional rate": "class G(Game):\n    tick_rate = 7.5\n",
    "helpers": (
        "class G(Game):\n    def _help(self, a, b): return a\n    @property\n    def best(self): return 1\n"
        "    @staticmethod\n    def s(a): return a\n    def gen(self):\n        yield 1\n"
    ),
    "a bot that yields": "class G(Game):\n    def bot(self, player):\n        yield Steer()\n",
    "attributes": (
        "class P(msgspec.Struct):\n    x: int = 0\n@dataclasses.dataclass\nclass D:\n    x: int = 0\n"
        "class G(Game):\n    a: Optional[int]\n    b: 'int | str' = 0\n    c: dict[tuple[int, int], list[str]]\n"
        "    d: P = P()\n    e: D = D()\n    f: typing.Literal['a', 'b'] = 'a'\n    g: Annotated[int, 'note']\n"
        "    h: list[P]\n    i: tuple[int, ...] = ()\n    j: Derived[set[int]]\n    k: float = 1\n"
    ),
    "rows declared in the body": (
        "class G(Game):\n    class R(Row):\n        a: U8 = 0\n    class E(Event):\n        a: int = 0\n"
        "    rs: Table[R]\n    one: R\n"
    ),
    "two tables of a row": "class G(Game):\n    a: PerPlayer[Body]\n    b: Table[Body]\n    c: Body\n",
    "moves for anything": (
        "def other(me: Row, held: Any, world: 'Missing'): pass\nclass G(Game):\n    a: PerPlayer[Body]\n"
        "    predict = Predict(Steer, Body, other)\n"
        "class H(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, lambda me, i, w: None)\n"
        "def base(me: Row, held: Input, world: View): pass\n"
        "class I(Game):\n    a: PerPlayer[Body]\n    predict = Predict(Steer, Body, base)\n"
    ),
    "a table of a predicted row beside": (
        "class G(Game):\n    a: PerPlayer[Body]\n    b: Table[Body]\n    predict = Predict(Steer, Body, move)\n"
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_works_is_taken(case: str, load: Load) -> None:
    """Nothing that an author may well write is refused."""
    game = load(ACCEPTED[case]).G
    assert issubclass(game, Game)
    assert game.spec.describe()["name"] == "g"


class Steer(Input):
    """Predicted."""

    dx: Axis = 0


class Look(Input):
    """Handled."""

    angle: U8 = 0


class Hold(Input):
    """Read by the game."""

    on: bool = False


class BuyTower(Command):
    """A command."""

    where: U8


class Sell(Command):
    """A command of the base class."""


class Unused(Command):
    """A command that the game doesn't handle."""


class Hit(Event):
    """An event of the module."""

    by: int = 0


class Body(Row):
    """A body."""

    x: U16 = 0


class Card(Row):
    """A secret."""

    rank: U8 = 0


class Setup(Options):
    """Options."""

    size: U8 = 3


def move(me: Body, steer: Steer, world: View) -> None:
    """Move."""


class Base(Game):
    """A base of games."""

    tick_rate = 10
    count: int

    def on_sell(self, player: Player, command: Sell) -> None:
        """Sell."""

    def tick(self) -> None:
        """Tick."""


class TowerFight(Base):
    """A game with everything."""

    max_players, snapshot_every = 7, 2
    inputs = (Hold,)
    predict = Predict(Steer, Body, move)
    options: Setup
    bodies: PerPlayer[Body]
    hands: Secret[Card]
    shots: Table[Body]
    turn: Card
    start: int = 5
    cache: Derived[dict[int, int]]
    LIMIT: ClassVar[int] = 4

    class Inner(Event):
        """An event of the body."""

    def on_buy_tower(self, player: Player, command: BuyTower) -> None:
        """Buy."""

    def on_look(self, player: Player, look: Look) -> None:
        """Look."""

    def on_join(self, player: Player) -> None:
        """Join."""


SPEC = TowerFight.spec


def test_configuration() -> None:
    """Names come from the class, numbers from its attributes or those of its base."""
    assert (SPEC.cls, SPEC.name, SPEC.title) == (TowerFight, "tower_fight", "Tower Fight")
    assert (SPEC.tick_rate, SPEC.max_players, SPEC.snapshot_every) == (10, 7, 2)
    assert (Base.spec.name, Base.spec.max_players, Base.spec.title) == ("base", 16, "Base")
    assert type("Named", (Game,), {"title": "Another Name"}).spec.title == "Another Name"  # type: ignore[attr-defined]


def test_state() -> None:
    """Tables, attributes (inherited ones too) and caches, in the order of their annotation."""
    assert [(name, table.kind, table.row) for name, table in SPEC.tables.items()] == [
        ("bodies", "per_player", Body),
        ("hands", "secret", Card),
        ("shots", "table", Body),
        ("turn", "one", Card),
    ]
    assert {name: a.initial() for name, a in SPEC.attributes.items()} == {"count": 0, "start": 5}
    assert SPEC.derived == {"cache"}
    assert SPEC.options is Setup
    assert Base.spec.options is Options


def test_what_comes_in() -> None:
    """Commands with their methods, inputs by each of the three ways, and nothing that nobody handles."""
    assert SPEC.commands == {"buy_tower": CommandSpec(BuyTower, "on_buy_tower"), "sell": CommandSpec(Sell, "on_sell")}
    assert SPEC.inputs == {
        "steer": InputSpec(Steer, None),
        "look": InputSpec(Look, "on_look"),
        "hold": InputSpec(Hold, None),
    }
    assert SPEC.playable == {"buy_tower": BuyTower, "sell": Sell, "steer": Steer, "look": Look, "hold": Hold}
    assert SPEC.predict is TowerFight.predict
    assert SPEC.predict_table == "bodies"
    assert set(Base.spec.playable) == {"sell"}


def test_what_goes_out() -> None:
    """Events of the module, of the class's body, and those that it lists."""
    assert SPEC.events == {"hit": Hit, "inner": TowerFight.Inner}

    class Elsewhere(Event):
        pass

    class Lister(Game):
        events = (Elsewhere,)

    assert Lister.spec.events == {"elsewhere": Elsewhere, "hit": Hit}


def test_hooks() -> None:
    """The hooks that a class or its bases define, and no others."""
    assert SPEC.hooks == {"tick", "on_join"}
    assert Base.spec.hooks == {"tick"}


def test_description() -> None:
    """The entry in `/api/games` has what generic clients feed on."""
    described: dict[str, Any] = SPEC.describe()
    # fmt: off
    assert set(described) == {
        "name", "title", "tick_rate", "max_players", "schema", "inputs", "commands", "events", "options",
    }
    # fmt: on
    assert described["schema"] == {
        "bodies": {"kind": "per_player", "fields": [["x", "u16"]]},
        "hands": {"kind": "secret", "fields": [["rank", "u8"]]},
        "shots": {"kind": "table", "fields": [["x", "u16"]]},
        "turn": {"kind": "one", "fields": [["rank", "u8"]]},
    }
    assert set(described["inputs"]) == {"steer", "look", "hold"}
    assert described["inputs"]["steer"]["properties"]["dx"]["format"] == "axis"
    assert described["commands"]["buy_tower"]["required"] == ["where"]
    assert described["events"]["hit"]["title"] == "Hit"
    assert described["options"]["properties"]["size"]["default"] == 3
