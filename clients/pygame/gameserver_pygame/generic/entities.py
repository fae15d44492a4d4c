"""What there is to draw of a world: rows with `x` and `y`, in the game's units."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from gameserver_client import Frame, Room
from gameserver_pygame.generic.bounds import Bounds, World, has_place
from gameserver_pygame.people import is_away, title_of
from gameserver_pygame.theme import Colour, player_colour, table_colour

Shape: TypeAlias = Literal["disc", "square", "diamond", "triangle"]

SHAPES: tuple[Shape, ...] = ("square", "diamond", "triangle")
PLAYER_PART, THING_PART = 0.018, 0.01
"""The size of what doesn't say how big it is, as a part of the world's longer side."""
JUMP_PART = 0.25
"""A step of more than this part of the world is a jump, not a movement: nothing to slide along."""


class Entity(NamedTuple):
    """Something to draw."""

    x: float
    y: float
    radius: float
    colour: Colour
    shape: Shape
    name: str = ""
    own: bool = False
    faded: bool = False
    tags: tuple[str, ...] = ()
    """The names of the boolean fields that are true."""


def entities_of(room: Room, frame: Frame, bounds: Bounds) -> list[Entity]:
    """Give everything, from the back to the front: things, players, oneself."""
    world = bounds.world()
    entities, shapes = [], 0
    for index, (name, table) in enumerate(room.schema.items()):
        if not has_place(table):
            continue
        players = table["kind"] in {"per_player", "secret"}
        for row_id, row in frame.to_state.tables[name].items():
            x, y = _place(frame, name, row_id, row, world)
            bounds.include(x, y)
            look = _player(room, row_id, x, y, world) if players else _thing(index, shapes, x, y, world)
            entities.append(look._replace(radius=_radius(row) or look.radius, tags=_tags(table, row)))
        shapes += not players
    if frame.ghost is not None and room.player is not None and hasattr(frame.ghost, "x"):
        ghost = _player(room, room.player, frame.ghost.x, frame.ghost.y, world)
        entities.append(ghost._replace(name="", own=False, faded=True))
    return sorted(entities, key=lambda each: 3 if each.own else 0 if not each.name else 2 if each.tags else 1)


def _place(frame: Frame, table: str, row_id: int, row: Any, world: World) -> tuple[float, float]:
    before = frame.from_state.tables[table].get(row_id, row)
    far = world.longer * JUMP_PART
    if abs(row.x - before.x) > far or abs(row.y - before.y) > far:
        return row.x, row.y
    return frame.position(table, row_id) or (row.x, row.y)


def _player(room: Room, player: int, x: float, y: float, world: World) -> Entity:
    return Entity(
        x, y, world.longer * PLAYER_PART, player_colour(player), "disc", title_of(room, player),
        own=player == room.player, faded=is_away(room, player),
    )  # fmt: skip


def _thing(index: int, shape: int, x: float, y: float, world: World) -> Entity:
    return Entity(x, y, world.longer * THING_PART, table_colour(index), SHAPES[shape % len(SHAPES)])


def _radius(row: Any) -> float | None:
    radius, size = getattr(row, "radius", 0), getattr(row, "size", 0)
    for value in (radius, size / 2 if isinstance(size, (int, float)) else 0):
        if isinstance(value, (int, float)) and value > 0:
            return float(value)
    return None


def _tags(table: Any, row: Any) -> tuple[str, ...]:
    return tuple(field[0] for field in table["fields"] if field[1] == "bool" and getattr(row, field[0], False) is True)
