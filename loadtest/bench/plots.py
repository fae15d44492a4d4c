"""The page's plots, as SVG to be put into HTML: one per question, narrow enough for a phone, titled by the page."""

from __future__ import annotations

import io
import re
import statistics
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from loadtest.bench.ramp import LATE_P99_MS, late_p99_ms
from loadtest.bench.results import (
    BOTH,
    CAPACITY,
    COLYSEUS,
    FASTAPI,
    FLOOR,
    GAMESERVER,
    SOCKETIO,
    Report,
    Run,
)
from loadtest.bench.targets import UNEVENNESS, costs_by_size
from loadtest.swarm import Spread

COLOURS = {
    GAMESERVER: "#1d5fd1", COLYSEUS: "#d9660a", FASTAPI: "#0b8a74", SOCKETIO: "#8a4fc4", FLOOR: "#6b7280",
}  # fmt: skip
SHORT = {
    GAMESERVER: "gameserver", COLYSEUS: "Colyseus", FASTAPI: "FastAPI", SOCKETIO: "python-socketio",
    FLOOR: "C send() loop",
}  # fmt: skip
INK, FAINT, GRID, LIMIT = "#1f2937", "#6b7280", "#e5e7eb", "#b91c1c"
WIDTH_IN = 4.3
_MANY_DECADES = 300
"""Highest over lowest from which on a logarithmic axis has room for powers of ten alone."""
_STYLE: dict[Any, Any] = {  # keys: matplotlib's stubs list all that it has
    "svg.fonttype": "none",  # text stays text: sharp, selectable, in the page's own font
    "svg.hashsalt": "bench",  # the same numbers, the same picture
    "font.size": 10.5,
    "axes.edgecolor": "#9ca3af",
    "axes.labelcolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}


def rows_by_contender(
    report: Report, scenario: str, value: Callable[[Run], float], unit: str, *, digits: int
) -> str | None:
    """Draw each contender's runs as dots and their median as a bar; None where there are none."""
    rows = [(name, [value(run) for run in report.of(scenario, name)]) for name in report.contenders(scenario)]
    if not rows:
        return None
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.62 + 0.44 * len(rows))
        furthest = max(max(values) for _, values in rows)
        for place, (name, values) in enumerate(rows):
            _row(axes, place, name, values, f"{{:,.{digits}f}}")
        axes.set_xlim(0, furthest * 1.16)
        axes.set_yticks(range(len(rows)), [SHORT[name] for name, _ in rows])
        _as_rows(axes, len(rows), unit)
        return _svg(figure)


def lateness(report: Report) -> str | None:
    """Draw the percentiles of how late ticks begin, beside those of an empty loop, and of how late clients get them."""
    lines = [line for line in _late_lines(report) if line[2]]
    if not lines:
        return None
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.1)
        names = ("p50", "p95", "p99", "max")
        for label, (colour, dashes, marker), spreads in lines:
            medians = [statistics.median(getattr(spread, name) for spread in spreads) for name in names]
            # Nothing late at all has no place on a logarithmic axis; 10 us is what the swarm can tell apart.
            shown = [max(0.01, value) for value in medians]
            axes.plot(names, shown, dashes, color=colour, marker=marker, ms=5, label=label)
        _log_ms(axes)
        axes.set_ylabel("ms late")
        axes.margins(x=0.06)
        figure.legend(loc="outside upper left", ncols=2, fontsize=9.5, handlelength=2.2, columnspacing=1.0)
        return _svg(figure)


def ramps(report: Report) -> str | None:
    """Draw lateness over clients, a line per ramp; a cross is a size that failed."""
    runs = report.of(CAPACITY)
    if not runs:
        return None
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.1)
        for name in report.contenders(CAPACITY):
            nominal_ms = {ramp.round: ramp.nominal_ms for ramp in report.ramps if ramp.contender == name}
            label: str | None = SHORT[name]
            for number in sorted({run.round for run in runs if run.contender == name}):
                # A size that was tried again counts as it came out then.
                last = {run.clients: run for run in report.of(CAPACITY, name) if run.round == number}
                steps = [last[clients] for clients in sorted(last)]
                nominal = nominal_ms.get(number, 1000 / steps[0].rate_hz)
                _ramp(axes, steps, nominal, COLOURS[name], label)
                label = None
        axes.axhline(LATE_P99_MS, color=LIMIT, lw=1, ls=(0, (4, 3)))
        axes.annotate(
            f"{LATE_P99_MS:g} ms", (0.0, LATE_P99_MS), xycoords=("axes fraction", "data"), xytext=(4, 4),
            textcoords="offset points", color=LIMIT, fontsize=9.5,
        )  # fmt: skip
        _log_ms(axes)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("clients")
        axes.set_ylabel("p99 lateness, ms")
        figure.legend(loc="outside upper left", ncols=2, fontsize=9.5)
        return _svg(figure)


def growth(report: Report, scenario: str, along: str, *, band: bool) -> str | None:
    """Draw the cost over the number that grows, each run a dot; the band is what counts as flat."""
    lines = {name: found for name in (GAMESERVER, FLOOR) if (found := costs_by_size(report, scenario, name))}
    points = lines.get(GAMESERVER)
    if not points:
        return None
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(2.5)
        sizes = sorted(points)
        medians = [statistics.median(points[size]) for size in sizes]
        if band:
            least = min(medians)
            axes.axhspan(least, least * UNEVENNESS, color=COLOURS[GAMESERVER], alpha=0.09, lw=0)
        for name, costs in lines.items():
            at = sorted(costs)
            middles = [statistics.median(costs[size]) for size in at]
            axes.plot(at, middles, color=COLOURS[name], marker="o", ms=5, label=SHORT[name])
            for size in at:
                _dots(axes, [size] * len(costs[size]), costs[size], COLOURS[name])
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_ylim(0, max(max(values) for values in points.values()) * 1.15)
        axes.set_xlabel(along)
        axes.set_ylabel("µs per client-tick")
        if len(lines) > 1:
            figure.legend(loc="outside upper left", ncols=2, fontsize=9.5)
        return _svg(figure)


def memory_bars(values: Mapping[str, Sequence[float]], colours: Mapping[str, str]) -> str | None:
    """Draw memory per client in KB, a row per kind of client."""
    if not values:
        return None
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.62 + 0.44 * len(values))
        furthest = max(max(row) for row in values.values())
        for place, (label, row) in enumerate(values.items()):
            _row(axes, place, colours[label], row, "{:,.1f}")
        axes.set_xlim(0, furthest * 1.16)
        axes.set_yticks(range(len(values)), list(values))
        _as_rows(axes, len(values), "KB per client")
        return _svg(figure)


def _late_lines(report: Report) -> Iterator[tuple[str, tuple[str, str, str], list[Spread]]]:
    ours = report.of(BOTH, GAMESERVER)
    yield "an empty loop's timers", (FAINT, ":", "o"), [run.noise for run in ours if run.noise]
    yield "gameserver's ticks", (COLOURS[GAMESERVER], "-", "o"), [run.observed.late_ms for run in ours if run.observed]
    for name in report.contenders(BOTH):
        runs = report.of(BOTH, name)
        yield f"{SHORT[name]}, at clients", (COLOURS[name], "--", "s"), [run.measured.late_ms for run in runs]


def _row(axes: Axes, place: int, name: str, values: Sequence[float], form: str) -> None:
    colour = COLOURS[name]
    middle = statistics.median(values)
    axes.barh(place, middle, height=0.56, color=colour, alpha=0.24, lw=0)
    axes.plot([middle, middle], [place - 0.28, place + 0.28], color=colour, lw=2.4, solid_capstyle="butt")
    between = 0.36 / max(1, len(values) - 1)
    spread = [place + between * (index - (len(values) - 1) / 2) for index in range(len(values))]
    _dots(axes, values, spread, colour)
    axes.annotate(
        form.format(middle), (max(*values, middle), place), xytext=(8, 0), textcoords="offset points", va="center",
        color=colour, fontweight="bold",
    )  # fmt: skip


def _dots(axes: Axes, across: Sequence[float], up: Sequence[float], colour: str) -> None:
    axes.plot(across, up, ls="", marker="o", ms=5, mfc=colour, mec="white", mew=0.7, alpha=0.9)


def _ramp(axes: Axes, steps: Sequence[Run], nominal_ms: float, colour: str, label: str | None) -> None:
    late = [max(0.05, late_p99_ms(run, nominal_ms=nominal_ms)) for run in steps]
    clients = [run.clients for run in steps]
    axes.plot(clients, late, color=colour, alpha=0.6, lw=1.4, label=label)
    for fits, marker in ((True, "o"), (False, "x")):
        chosen = [(size, ms) for size, ms, run in zip(clients, late, steps, strict=True) if run.fits == fits]
        axes.plot([size for size, _ in chosen], [ms for _, ms in chosen], ls="", marker=marker, ms=5, color=colour)


def _as_rows(axes: Axes, rows: int, unit: str) -> None:
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(unit)


def _log_ms(axes: Axes) -> None:
    axes.set_yscale("log")
    least, most = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if most / least < _MANY_DECADES else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _figure(height_in: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    return figure, figure.add_subplot()


def _svg(figure: Figure) -> str:
    """Give the bare element, its ids told apart from those of the page's other plots, its size left to the page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    mark = f"p{zlib.crc32(text.encode()):x}-"
    text = re.sub(r'\bid="', f'id="{mark}', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\1{mark}", text)
    return re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", text))
