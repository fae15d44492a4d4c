"""A load test's report as one HTML page that needs nothing else: from the JSON report alone, with plots as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from loadtest.measures import MEASURES, PERCENTILES
from loadtest.thresholds import figure

WIDTH, HEIGHT = 440, 170
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 26
"""Margins of a plot, in its own units."""
STEPS = (1, 2, 2.5, 5, 10)
GRID_LINES = 4

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #667385; --line: #dfe4ea; --card: #fff; --back: #f4f6f8;
  --mid: #2563c9; --tail: #d9622b; --good: #1a7f4b; --bad: #c62f2f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #93a1b2; --line: #2d3744; --card: #1a222c;
  --back: #11171e; --mid: #6ea8ff; --tail: #ff9a5f; --good: #4cc38a; --bad: #ff7b7b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 60px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 17px; margin: 0; } h3 { font-size: 13px; margin: 0; font-weight: 500;
  color: var(--soft); }
p { margin: 4px 0 0; color: var(--soft); } code { font-size: .92em; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
  margin-top: 16px; }
.verdict { display: inline-block; margin-top: 14px; padding: 3px 12px; border-radius: 99px; font-weight: 600;
  color: #fff; }
.passed { background: var(--good); } .failed { background: var(--bad); }
@media (prefers-color-scheme: dark) { .verdict { color: #11171e; } }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 16px; margin-top: 16px; }
.tiles section { margin: 0; padding: 12px 16px; } .tiles b { display: block; font-size: 22px; font-weight: 600; }
.tiles span { color: var(--soft); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-top: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; color: var(--soft); border: 0; font-size: 13px; }
th:first-child, td:first-child { text-align: left; }
td.why { white-space: normal; overflow-wrap: anywhere; text-align: left; }
.kept { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 8px 28px; margin-top: 12px; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); stroke-width: 1; } .mid, .tail { fill: none; stroke-width: 2; stroke-linejoin: round; }
.mid { stroke: var(--mid); } .tail { stroke: var(--tail); } .dot { stroke-linecap: round; stroke-width: 5; }
.key { font-size: 13px; color: var(--soft); }
.key i { display: inline-block; width: 16px; height: 3px; vertical-align: middle; margin: 0 4px 0 10px; }
"""


def page(report: dict[str, Any]) -> str:
    """Give the whole page."""
    title = f"Load test: {report['game']}, {report['users']:,} clients for {report['seconds']:,} s"
    parts = [_head(title, report), _tiles(report), _thresholds(report), _failures(report), _table(report)]
    parts += [_measure(name, report) for name in MEASURES if name in report["curves"]]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><main>\n{''.join(parts)}</main></body></html>\n"
    )


def _head(title: str, report: dict[str, Any]) -> str:
    verdict = "failed" if report["problems"] else "passed"
    facts = (
        f"{report['at']} · gameserver {report['gameserver']}, Python {report['python']}, {report['machine']} · "
        f"server: {report['server']} · {report['tick_rate_hz']:g} ticks/s"
    )
    mix = (
        f"{report['watchers']:.0%} of the clients watch; drops per minute and client: {report['drops_per_minute']:g}, "
        f"chat lines: {report['chats_per_minute']:g}"
    )
    problems = "".join(f"<p>{escape(problem)}</p>" for problem in report["problems"])
    return (
        f"<h1>{escape(title)}</h1><p>{escape(facts)}</p><p>{escape(mix)}</p>"
        f'<span class="verdict {verdict}">{verdict}</span>{problems}\n'
    )


def _tiles(report: dict[str, Any]) -> str:
    client, generator = report["per_client"], report["generator"]
    late = generator["late"].get("p99_ms")
    tiles = [
        (f"{client['snapshots_per_s']:.1f}", "snapshots/s, each client"),
        (f"{client['bytes_per_s']:,.0f}", "bytes/s, each client"),
        (f"{report['failures']['count']:,}", "failures"),
        (f"{generator['cores']:.0%}", "of a core for the generator"),
        ("-" if late is None else f"{late:.1f} ms", "the generator's own lateness, p99"),
        *((f"{count:,}", what) for what, count in sorted(report["noted"].items())),
    ]
    return f'<div class="tiles">{"".join(_tile(*tile) for tile in tiles)}</div>\n'


def _tile(value: str, what: str) -> str:
    return f"<section><b>{escape(value)}</b><span>{escape(what)}</span></section>"


def _thresholds(report: dict[str, Any]) -> str:
    rows = []
    for one in report["thresholds"]:
        value = "nothing measured" if one["value"] is None else figure(one["name"], one["value"])
        outcome = "kept" if one["kept"] else "missed"
        rows.append([_text(one["name"]), _text(value), _text(figure(one["name"], one["limit"])),
                     f'<td class="{outcome}">{outcome}</td>'])  # fmt: skip
    return _section("Thresholds", _grid(["", "measured", "at most", ""], rows))


def _failures(report: dict[str, Any]) -> str:
    found = report["failures"]["of"]
    if not found:
        return ""
    rows = [[_text(f"{count:,}"), f'<td class="why">{escape(why)}</td>'] for why, count in found.items()]
    return _section("Failures", _grid(["count", ""], rows))


def _table(report: dict[str, Any]) -> str:
    rows = []
    for name, summary in report["measures"].items():
        times = [summary.get(f"{which}_ms") for which in PERCENTILES]
        cells = [_text("-" if time is None else f"{time:,.1f}") for time in times]
        rows.append([_text(name), _text(f"{summary['count']:,}"), *cells])
    body = _grid(["", "count", *(f"{which}, ms" for which in PERCENTILES)], rows)
    return _section("All times", body)


def _measure(name: str, report: dict[str, Any]) -> str:
    curves = report["curves"][name]
    spread = _percentile_plot(curves["percentiles"])
    through = _timeline_plot(curves["timeline"], report["seconds"])
    key = (
        '<span class="key"><i style="background:var(--mid)"></i>median<i style="background:var(--tail)"></i>p99</span>'
    )
    body = (
        f"<p>{MEASURES[name]}, in ms</p>"
        f'<div class="plots"><div><h3>By percentile</h3>{spread}</div>'
        f"<div><h3>Through the run, s {key}</h3>{through}</div></div>"
    )
    return _section(name.capitalize(), body)


def _section(title: str, body: str) -> str:
    return f'<section><h2>{escape(title)}</h2><div class="wide">{body}</div></section>\n'


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{lines}</table>"


def _text(text: str) -> str:
    return f"<td>{escape(text)}</td>"


# Plots.


def _percentile_plot(points: Sequence[tuple[float, float]]) -> str:
    """Plot times over how many nines of the samples they cover: the tail, which matters, gets the room."""
    most = max(1.0, points[-1][0])
    marks = [(nines, f"{100 * (1 - 10**-nines):.12g}%") for nines in range(math.floor(most) + 1)]
    plot = _Plot(most, max(time for _, time in points), marks)
    return plot.svg([("mid", [points])])


def _timeline_plot(timeline: dict[str, Any], seconds: float) -> str:
    """Plot median and 99th percentile over the run; a slice without samples leaves a gap."""
    slice_s, medians, tails = timeline["slice_s"], timeline["median_ms"], timeline["p99_ms"]
    seconds = max(seconds, len(medians) * slice_s)
    step = _step(seconds)
    marks = [(i * step, f"{i * step:g}") for i in range(math.floor(seconds / step) + 1)]
    plot = _Plot(seconds, max(tail for tail in tails if tail is not None), marks)
    return plot.svg([("tail", _runs(tails, slice_s)), ("mid", _runs(medians, slice_s))])


def _runs(values: Sequence[float | None], slice_s: float) -> list[list[tuple[float, float]]]:
    """Split a timeline where nothing was measured."""
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is not None:
            runs[-1].append(((index + 0.5) * slice_s, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _step(most: float) -> float:
    """Give a round step of which about four make an axis."""
    rough = max(most, 1e-6) / GRID_LINES
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * step for step in STEPS if power * step >= rough * 0.999)


class _Plot:
    """Axes from 0 to the most of each."""

    def __init__(self, most_x: float, most_y: float, marks_x: Sequence[tuple[float, str]]) -> None:
        self._most_x = most_x
        self._step_y = _step(most_y)
        self._most_y = self._step_y * math.ceil(most_y / self._step_y) or 1.0
        self._marks_x = marks_x

    def svg(self, lines: Sequence[tuple[str, Sequence[Sequence[tuple[float, float]]]]]) -> str:
        """Draw lines, each a class and its unbroken runs; a run of one point is a dot."""
        drawn = [self._grid()]
        for kind, runs in lines:
            for run in runs:
                # A line of no length with round ends is a dot.
                ends, look = (run, kind) if len(run) > 1 else ([*run, *run], f"{kind} dot")
                points = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in ends)
                drawn.append(f'<polyline class="{look}" points="{points}"/>')
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(drawn)}</svg>'

    def _grid(self) -> str:
        drawn = []
        for i in range(round(self._most_y / self._step_y) + 1):
            value = i * self._step_y
            y = self._y(value)
            drawn.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.6g}</text>')
        for at, label in self._marks_x:
            anchor = "middle" if at < self._most_x * 0.97 else "end"
            drawn.append(f'<text x="{self._x(at):.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{label}</text>')
        return "".join(drawn)

    def _x(self, value: float) -> float:
        return LEFT + value / self._most_x * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return TOP + (1 - value / self._most_y) * (HEIGHT - TOP - BOTTOM)
