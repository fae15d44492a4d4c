"""Where things are on the network panel, and what its sliders say."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from pygame import Rect

from gameserver_client import LagLab
from gameserver_pygame.net.graphs import GRAPHS

WIDTH = 316
TOP = 176
GRAPH_HEIGHT = 54
COLUMNS = 2
PADDING = 12
TITLE = 24
TOGGLE_HEIGHT = 26
SLIDER_HEIGHT = 28
TOGGLES = ("prediction", "interpolation", "smoothing", "ghost")

LagName: TypeAlias = Literal["latency_ms", "jitter_ms", "stall_ms"]


class Slider(NamedTuple):
    """A property of the link that can be made worse."""

    name: LagName
    label: str
    most: int
    step: int

    def value(self, lag: LagLab) -> float:
        """Give what is set."""
        return float(getattr(lag, self.name))

    def set_part(self, lag: LagLab, part: float) -> None:
        """Set it to a part of the most, 0 to 1, in whole steps."""
        wanted = round(min(1.0, max(0.0, part)) * self.most / self.step) * self.step
        setattr(lag, self.name, wanted)


SLIDERS = (
    Slider("latency_ms", "Latency", 300, 10),
    Slider("jitter_ms", "Jitter", 100, 5),
    Slider("stall_ms", "Stall", 500, 20),
)


class PanelLayout(NamedTuple):
    """All rectangles, in pixels of the window."""

    plate: Rect
    graphs: list[Rect]
    toggles: list[Rect]
    note: Rect
    """The line that says whether the own row is predicted."""
    tracks: list[Rect]
    """Of the sliders: where they are dragged."""


def lay_out_panel(size: tuple[int, int]) -> PanelLayout:
    """Place the panel in a window of this size: on the left, below what games show in the corner."""
    rows = -(-len(GRAPHS) // COLUMNS)
    height = 2 * PADDING + TITLE + rows * (GRAPH_HEIGHT + 8) + 2 * TOGGLE_HEIGHT + 28 + len(SLIDERS) * SLIDER_HEIGHT
    plate = Rect(12, max(8, min(TOP, size[1] - height - 8)), WIDTH, height)
    inner = plate.inflate(-2 * PADDING, -2 * PADDING)
    column = (inner.width - 10) // COLUMNS
    y = inner.top + TITLE
    graphs = [
        Rect(inner.left + (i % COLUMNS) * (column + 10), y + i // COLUMNS * (GRAPH_HEIGHT + 8), column, GRAPH_HEIGHT)
        for i in range(len(GRAPHS))
    ]
    y += rows * (GRAPH_HEIGHT + 8)
    toggles = [
        Rect(inner.left + (i % 2) * (column + 10), y + i // 2 * TOGGLE_HEIGHT, column, TOGGLE_HEIGHT)
        for i in range(len(TOGGLES))
    ]
    y += 2 * TOGGLE_HEIGHT
    note = Rect(inner.left, y, inner.width, 24)
    y += 28
    tracks = [
        Rect(inner.left + 66, y + i * SLIDER_HEIGHT, inner.width - 66 - 58, SLIDER_HEIGHT) for i in range(len(SLIDERS))
    ]
    return PanelLayout(plate, graphs, toggles, note, tracks)
