"""The network panel: F3 or N."""

from __future__ import annotations

import pygame

from gameserver_client import LagLab, Room
from gameserver_pygame import keys
from gameserver_pygame.kit import Kit
from gameserver_pygame.net.graphs import GRAPHS, Graph, History, points_of, scale_of
from gameserver_pygame.net.panel_layout import SLIDERS, TOGGLES, PanelLayout, Slider, lay_out_panel
from gameserver_pygame.theme import ACCENT, BAD, EDGE, GROUND, MUTED, PANEL, RAISED, TEXT, mix

AREA = mix(PANEL, ACCENT, 0.16)
RULE = mix(PANEL, EDGE, 0.3)


class NetPanel:
    """Shows how the network does, makes it worse, and switches parts of the netcode off."""

    def __init__(self, room: Room, lag: LagLab, kit: Kit) -> None:
        self.shown = False
        self._room = room
        self._lag = lag
        self._kit = kit
        self._history = History()
        self._dragged: Slider | None = None

    def layout(self) -> PanelLayout:
        """Give where things are now."""
        return lay_out_panel(pygame.display.get_window_size())

    def handle(self, event: pygame.Event) -> bool:
        """Take in an event; tells whether it meant something."""
        if event.type == pygame.KEYDOWN and (event.scancode == pygame.KSCAN_F3 or keys.types(event, keys.NETWORK)):
            self.shown = not self.shown
            self._dragged = None
            return True
        if not self.shown:
            return False
        match event.type:
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                return self._press(event.pos)
            case pygame.MOUSEMOTION if self._dragged is not None:
                self._drag(event.pos)
                return True
            case pygame.MOUSEBUTTONUP if self._dragged is not None:
                self._dragged = None
                return True
        return False

    def draw(self, target: pygame.Surface, now_s: float) -> None:
        """Draw it, if it is open; what it shows is noted in any case."""
        self._history.note(self._room.stats, now_s)
        if not self.shown:
            return
        layout, kit = self.layout(), self._kit
        target.blit(kit.shapes.panel(layout.plate.size, PANEL, 0.93, radius=14), layout.plate)
        at = layout.plate.left + 14, layout.plate.top + 10
        kit.text.draw(target, "Network", at, 15, TEXT, bold=True)
        hint = layout.plate.right - 14, layout.plate.top + 12
        kit.text.draw(target, "F3 closes", hint, 12, MUTED, anchor="topright")
        for graph, rect in zip(GRAPHS, layout.graphs, strict=True):
            self._draw_graph(target, graph, rect, now_s)
        for name, rect in zip(TOGGLES, layout.toggles, strict=True):
            self._draw_toggle(target, name, rect)
        note = self._room.stats.note
        said = f"Not predicted: {note}" if note else "Your own movement is predicted"
        kit.text.draw(target, said, layout.note.midleft, 13, MUTED, anchor="midleft", most=layout.note.width)
        for slider, track in zip(SLIDERS, layout.tracks, strict=True):
            self._draw_slider(target, slider, track)

    def _press(self, at: tuple[int, int]) -> bool:
        layout, toggles = self.layout(), self._room.toggles
        for name, rect in zip(TOGGLES, layout.toggles, strict=True):
            if rect.collidepoint(at):
                setattr(toggles, name, not getattr(toggles, name))
        for slider, track in zip(SLIDERS, layout.tracks, strict=True):
            if track.inflate(16, 0).collidepoint(at):
                self._dragged = slider
                self._drag(at)
        return layout.plate.collidepoint(at)

    def _drag(self, at: tuple[int, int]) -> None:
        for slider, track in zip(SLIDERS, self.layout().tracks, strict=True):
            if slider is self._dragged:
                slider.set_part(self._lag, (at[0] - track.left) / track.width)

    def _draw_graph(self, target: pygame.Surface, graph: Graph, rect: pygame.Rect, now_s: float) -> None:
        text = self._kit.text
        values = graph.values(self._history, self._room.stats)
        latest = values[-1].value if values else None
        text.draw(target, graph.label, rect.topleft, 12, MUTED)
        said = "\N{EN DASH}" if latest is None else graph.text(latest)
        colour = BAD if latest is not None and graph.bad(latest) else TEXT
        text.draw(target, said, rect.topright, 12, colour, anchor="topright", bold=True)
        left, top = rect.left, rect.top + 16
        scale = scale_of(graph, values, (rect.width, rect.height - 17))
        zero = top + scale.y(0)
        pygame.draw.line(target, RULE, (left, zero), (rect.right - 1, zero))
        if graph.bars:
            for each in values:
                x = scale.x(each.at_s, now_s)
                if each.value != 0 and x >= 0:
                    bar = BAD if graph.bad(each.value) else ACCENT
                    pygame.draw.line(target, bar, (left + x, zero), (left + x, top + scale.y(each.value)), 2)
            return
        points = [(left + x, top + y) for x, y in points_of(values, scale, now_s)]
        if len(points) < 2:
            return
        bottom = top + scale.height - 1
        pygame.draw.polygon(target, AREA, [(points[0][0], bottom), *points, (points[-1][0], bottom)])
        pygame.draw.aalines(target, ACCENT, False, points)  # positional in pygame

    def _draw_toggle(self, target: pygame.Surface, name: str, rect: pygame.Rect) -> None:
        on = getattr(self._room.toggles, name)
        kit = self._kit
        box = pygame.Rect(rect.left, rect.centery - 8, 16, 16)
        fill = ACCENT if on else RAISED
        target.blit(kit.shapes.panel(box.size, fill, 1.0, radius=4, edge=EDGE, edge_alpha=0.4), box)
        if on:
            tick = [(box.left + 3, box.centery), (box.left + 7, box.bottom - 5), (box.right - 3, box.top + 4)]
            pygame.draw.lines(target, GROUND, False, tick, 2)
        kit.text.draw(target, name.capitalize(), (box.right + 8, rect.centery), 14, TEXT, anchor="midleft")

    def _draw_slider(self, target: pygame.Surface, slider: Slider, track: pygame.Rect) -> None:
        kit, value = self._kit, slider.value(self._lag)
        y = track.centery
        kit.text.draw(target, slider.label, (track.left - 66, y), 14, TEXT, anchor="midleft")
        x = track.left + track.width * value / slider.most
        pygame.draw.line(target, RAISED, (track.left, y), (track.right, y), 4)
        pygame.draw.line(target, ACCENT, (track.left, y), (x, y), 4)
        knob = kit.shapes.disc(8, TEXT if slider is self._dragged else ACCENT)
        target.blit(knob, knob.get_rect(center=(x, y)))
        said = f"{value:.0f} ms"
        kit.text.draw(target, said, (track.right + 56, y), 13, MUTED, anchor="midright")
