"""The one page that shows what was measured: nothing in it comes from elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from html import escape
from pathlib import Path

from loadtest.bench import plan as sizes
from loadtest.bench import plots
from loadtest.bench.jobs import TITLES
from loadtest.bench.pairing import Summary, paired_ratio, summary
from loadtest.bench.results import (
    BOTH,
    CAPACITY,
    COLYSEUS,
    FANOUT,
    FLOOR,
    GAMESERVER,
    GROW_CLIENTS,
    GROW_ROOMS,
    GROW_SEATS,
    SNAPSHOTS,
    SPECTATORS,
    Report,
)
from loadtest.bench.targets import KB, Verdict, verdicts

BUSY = 0.8
"""Share of their core from which on the clients may be what is late."""
CSS = Path(__file__).parent / "page.css"


def write_page(report: Report, path: Path) -> None:
    """Write a report as HTML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(report), encoding="utf-8")


def page(report: Report) -> str:
    """Make the page."""
    parts = [
        _head(report),
        _notes(report),
        _tiles(report),
        _targets(verdicts(report)),
        _plots("CPU for each client and tick", _cost_plots(report)),
        _plots("Bytes and memory", _size_plots(report)),
        _plots("On time", _time_plots(report)),
        _plots("Growth", _growth_plots(report)),
        _method(report),
        _origin(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>gameserver: benchmark</title>\n<style>\n{CSS.read_text(encoding='utf-8')}</style>\n"
        "</head>\n<body>\n<main>\n"
        f"{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    machine = report.machine
    where = f"{machine.cpu}, {machine.cores} cores; server on one core, clients on another."
    return (
        f"<header>\n<h1>gameserver and its peers, side by side</h1>\n"
        f'<p class="faint">{escape(report.at[:10])}, commit {escape(report.commit)}. {escape(where)}</p>\n</header>\n'
    )


def _notes(report: Report) -> str:
    lines = []
    if report.quick:
        lines.append(
            "<b>quick: no medians.</b> One round of short windows shows that everything works; its numbers are rough."
        )
    if report.interrupted:
        lines.append("<b>Interrupted.</b> What follows is what was measured until then.")
    lines += [f"<b>Missing: {escape(name)}.</b> {escape(why)}" for name, why in report.missing.items()]
    lines += [
        f"<b>Busy clients.</b> In {escape(scenario)} they took up to {share:.0%} of their core: "
        "the times measured hold their own lateness too."
        for scenario, share in _busy(report).items()
    ]
    for failure in report.failures:
        what = f"{escape(failure.contender)}, {escape(failure.scenario)}, round {failure.round}"
        lines.append(f"<b>Failed: {what}.</b> {escape(failure.why)}")
    return '<div class="note">' + "".join(f"<p>{line}</p>" for line in lines) + "</div>\n" if lines else ""


def _busy(report: Report) -> dict[str, float]:
    """Give the scenarios in which the clients took too much of their core, with the most that they took."""
    shares: dict[str, float] = {}
    for run in report.runs:
        shares[run.scenario] = max(run.measured.generator_share, shares.get(run.scenario, 0.0))
    return {scenario: share for scenario, share in shares.items() if share > BUSY}


def _tiles(report: Report) -> str:
    tiles = []
    for scenario, other, text in (
        (BOTH, COLYSEUS, "of the CPU that Colyseus takes for a client's tick, both ways"),
        (SNAPSHOTS, COLYSEUS, "of the CPU that Colyseus takes for a client's tick, snapshots only"),
        (FANOUT, FLOOR, "of the CPU of a bare C send() loop, fan-out alone"),
    ):
        costs = [report.by_round(scenario, name, lambda run: run.cost_us) for name in (GAMESERVER, other)]
        if ratio := paired_ratio(*costs):
            tiles.append((f"{ratio.median:.2f}x", text))
    if capacity := summary(ramp.capacity for ramp in report.ramps if ramp.contender == GAMESERVER):
        tiles.append((f"{capacity.median:,.0f}", f"clients on one core, {sizes.CAPACITY_HZ:g} Hz both ways, on time"))
    shown = (f'<div class="tile"><b>{value}</b><span>{escape(text)}</span></div>' for value, text in tiles)
    return f'<section class="tiles">{"".join(shown)}</section>\n' if tiles else ""


def _targets(found: list[Verdict]) -> str:
    met = sum(verdict.judgement == "met" for verdict in found)
    rows = "".join(_target(verdict) for verdict in found)
    return (
        f'<section>\n<h2>Targets</h2>\n<p class="faint">{met} of {len(found)} met. A ratio is taken within each round, '
        "where both were measured one after the other; the median of the rounds is judged.</p>\n"
        '<div class="sheet"><table>\n<thead><tr><th>What</th><th>Target</th><th>Measured</th><th>Rounds</th><th></th>'
        f"</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n</section>\n"
    )


def _target(verdict: Verdict) -> str:
    note = f"<small>{escape(verdict.note)}</small>" if verdict.note else ""
    kind = verdict.judgement.replace(" ", "-")
    return (
        f'<tr><th scope="row">{escape(verdict.what)}{note}</th>'
        f'<td class="target" data-name="Target:">{escape(verdict.target)}</td>'
        f'<td class="value" data-name="Measured:">{escape(verdict.measured)}</td>'
        f'<td class="range" data-name="Rounds:">{escape(verdict.range)}</td>'
        f'<td class="verdict"><span class="badge {kind}">{verdict.judgement}</span></td></tr>\n'
    )


Plot = tuple[str, str, str | None]
"""Title, what is to be seen, and the picture."""


def _plots(title: str, found: Iterator[Plot]) -> str:
    figures = [_figure(head, text, svg) for head, text, svg in found if svg is not None]
    return (
        f'<section>\n<h2>{title}</h2>\n<div class="plots">\n{"".join(figures)}</div>\n</section>\n' if figures else ""
    )


def _figure(head: str, text: str, svg: str) -> str:
    labelled = svg.replace("<svg", f'<svg role="img" aria-label="{escape(head)}"', 1)
    return f"<figure>\n<h3>{escape(head)}</h3>\n<figcaption>{escape(text)}</figcaption>\n{labelled}</figure>\n"


def _cost_plots(report: Report) -> Iterator[Plot]:
    for scenario, text in (
        (FANOUT, "How close to what the kernel charges for send()."),
        (SNAPSHOTS, "The same game, state and rate. Each run a dot, the median a bar; less is better."),
        (BOTH, "The same, with an input of each client in each tick."),
    ):
        svg = plots.rows_by_contender(report, scenario, lambda run: run.cost_us, "µs of CPU per client-tick", digits=1)
        yield _title(scenario), text, svg


def _size_plots(report: Report) -> Iterator[Plot]:
    svg = plots.rows_by_contender(report, SNAPSHOTS, lambda run: run.snapshot_bytes, "bytes per snapshot", digits=0)
    yield "Bytes per snapshot", f"{sizes.SEATS} movers who all move in every tick: what one client gets of it.", svg
    values: dict[str, list[float]] = {}
    colours: dict[str, str] = {}
    for name in report.contenders(BOTH):
        label = plots.SHORT[name]
        values[label] = [run.client_bytes / KB for run in report.of(BOTH, name)]
        colours[label] = name
    if watched := report.of(SPECTATORS):
        values["spectators"] = [run.client_bytes / KB for run in watched]
        colours["spectators"] = GAMESERVER
    text = f"Resident memory with {sizes.CLIENTS} joined less that with nobody, divided by {sizes.CLIENTS}."
    if watched:
        text += f" Spectators: the gameserver's, {sizes.SPECTATORS:,} of them."
    yield "Memory per client", text, plots.memory_bars(values, colours)


def _time_plots(report: Report) -> Iterator[Plot]:
    yield (
        "Lateness, both ways",
        "Solid: how late a room's turn begins. Dashed: how much longer than a tick a client waits for a snapshot.",
        plots.lateness(report),
    )
    found = [f"{plots.SHORT[name]} {_middle(values)}" for name, values in _capacities(report).items()]
    text = "Each line is a server being filled; a cross is a size that broke the rule."
    yield "Capacity", f"{text} Most: {', '.join(found)}." if found else text, plots.ramps(report)


def _growth_plots(report: Report) -> Iterator[Plot]:
    flat = (
        "The band is what counts as flat: 20 % above the lowest point. The C loop does nothing but send as many "
        "small frames: what it costs more with few clients is the machine's, whose caches forget it between two ticks."
    )
    for scenario, along, head, text in (
        (GROW_CLIENTS, "clients", f"With clients, in rooms of {sizes.SEATS}", flat),
        (GROW_ROOMS, "rooms", f"With rooms, of {sizes.GROW_ROOM_SEATS} players", flat),
        (GROW_SEATS, "players per room", f"With players per room, about {sizes.CLIENTS} in all",
         "Shown without a target: those in a room share its step and its frame, and both grow with them."),
    ):  # fmt: skip
        yield head, text, plots.growth(report, scenario, along, band=scenario != GROW_SEATS)


def _method(report: Report) -> str:
    lines = [
        "CPU is user and system time of the server's process with all its threads, on a core of its own; a client-tick "
        "is a snapshot that reached a client.",
        "Every server runs the same game at the same rate: players who all move in every tick. The gameserver has its "
        "default settings (but for how many may come from one address): everything is included.",
        "Bytes: the gameserver leaves out what a client can work out, such as a row that moves on at its own speed; "
        "inputs, which change speeds, cost it more. Colyseus sends the fields that changed, the other two the "
        "whole room as JSON.",
        "Each round goes through all of this; contenders take turns within it, and each round begins with another one.",
        f"Capacity: rooms of {sizes.SEATS} at {sizes.CAPACITY_HZ:g} Hz, an input per tick and client. A size holds if "
        "the 99th percentile of lateness at the clients is under 5 ms, at least 99.5 % of the snapshots due arrived, "
        "none was skipped and nobody was lost. A size that fails is tried once more; two in a row that fail end it.",
        "Stolen is what a virtual machine's host gave to others while the server's core had work. A window of which "
        f"more than {sizes.STOLEN_MOST:.1%} was stolen is measured again while there are windows to spare, whoever's "
        "it is, and the one of which the least was stolen counts. Some such steps of a ramp may fail without counting.",
    ]
    for name, values in _nominal(report).items():
        if abs(values.median - 1000 / sizes.CAPACITY_HZ) > 0.05:
            lines.append(
                f"{plots.SHORT[name]} keeps {values.median:.2f} ms instead of {1000 / sizes.CAPACITY_HZ:.2f} ms, since "
                "its timers know whole milliseconds only; its lateness is counted from its own interval."
            )
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<section>\n<h2>How it was measured</h2>\n<ul>{items}</ul>\n</section>\n"


def _origin(report: Report) -> str:
    machine = report.machine
    busiest = max((run.measured.generator_share for run in report.runs), default=0.0)
    stolen = sum(run.stolen_s for run in report.runs) / (sum(run.measured.seconds for run in report.runs) or 1.0)
    most_stolen = max((run.stolen for run in report.runs), default=0.0)
    there = {name: title for name, title in report.titles.items() if name not in report.missing}
    rows = {
        "Machine": f"{machine.cpu}, {machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB, {machine.kernel}",
        "Contenders": ", ".join(there.values()),
        "Versions": ", ".join(f"{name} {version}" for name, version in report.versions.items()),
        "Commit": report.commit,
        "Began": report.at.replace("T", " "),
        "Took": f"{report.seconds / 60:.1f} minutes",
        "Clients took": f"{busiest:.0%} of their core, in the busiest window",
        "Stolen": f"{stolen:.1%} of the server's core by the machine's host, {most_stolen:.1%} in the worst window; "
        f"{len(report.set_aside)} windows set aside for it",
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows.items())
    command = "QUICK=1 make bench" if report.quick else "make bench"
    return (
        f"<section>\n<h2>Where, and how to repeat it</h2>\n<dl>{listed}</dl>\n"
        f"<p>In a checkout of this commit, on a machine with nothing else to do:</p>\n<pre>{command}</pre>\n"
        '<p class="faint">Every run is in <code>bench.json</code>, beside this page, '
        "those set aside among them.</p>\n</section>\n"
    )


def _capacities(report: Report) -> dict[str, list[int]]:
    return {
        name: [ramp.capacity for ramp in report.ramps if ramp.contender == name]
        for name in report.contenders(CAPACITY)
        if any(ramp.contender == name for ramp in report.ramps)
    }


def _nominal(report: Report) -> dict[str, Summary]:
    found = {
        name: summary(ramp.nominal_ms for ramp in report.ramps if ramp.contender == name)
        for name in _capacities(report)
    }
    return {name: values for name, values in found.items() if values is not None}


def _middle(values: list[int]) -> str:
    return f"{statistics.median(values):,.0f}"


def _title(scenario: str) -> str:
    title = TITLES[scenario]
    return title[0].upper() + title[1:]
