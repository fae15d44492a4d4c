"""A load test's table for the terminal: live while it runs, and closing it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from gevent.event import Event

from loadtest.measures import Collected

TERMINAL_EVERY_S, LOG_EVERY_S = 0.5, 5.0
MAX_FAILURES_SHOWN = 8


def show_until(stop: Event, collected: Collected, began_s: float, seconds: float, users: Callable[[], int]) -> None:
    """Show the table until the time is over: in place on a terminal, else a line now and then."""
    live = sys.stdout.isatty()
    shown = 0
    while not stop.wait(max(0.0, min(TERMINAL_EVERY_S if live else LOG_EVERY_S, seconds - _since(began_s)))):
        passed_s = _since(began_s)
        if passed_s >= seconds:
            break
        head = f"  {passed_s:4.0f} of {seconds:g} s   {users():,} clients"
        if live:
            lines = [head, "", *table(collected.report())]
            print(_up(shown) + "".join(f"\x1b[2K{line}\n" for line in lines), end="", flush=True)
            shown = len(lines)
        else:
            count = collected.count("snapshot interval")
            print(f"{head}   {count:,} snapshots   {collected.failures:,} failures", flush=True)
    print(f"{_up(shown)}\x1b[J" if shown else "\n", end="")


def table(report: dict[str, Any]) -> list[str]:
    """Put a report into lines."""
    lines = [f"  {'':<18}{'count':>9}{'median':>10}{'p95':>10}{'p99':>10}{'max':>10}"]
    for name, summary in report["measures"].items():
        times = [summary.get(key) for key in ("median_ms", "p95_ms", "p99_ms", "max_ms")]
        cells = "".join(f"{'-' if time is None else f'{time:.1f} ms':>10}" for time in times)
        lines.append(f"  {name:<18}{summary['count']:>9,}{cells}")
    client, failures = report["per_client"], report["failures"]["count"]
    lines.append("")
    lines.append(
        f"  each client: {client['snapshots_per_s']:.1f} snapshots/s, {client['bytes_per_s']:,.0f} bytes/s"
        f"      failures: {failures:,}"
    )
    if report["noted"]:
        lines.append("  and " + ", ".join(f"{count:,} {what}" for what, count in sorted(report["noted"].items())))
    return lines


def closing(report: dict[str, Any]) -> list[str]:
    """Put all that a finished test has to say into lines."""
    late, cores = report["generator"]["late"], report["generator"]["cores"]
    lines = table(report)
    if late["count"]:
        lines.append(
            f"  the generator: {cores:.0%} of a core, late by {late['median_ms']:.1f} ms (median), "
            f"{late['p99_ms']:.1f} ms (p99)"
        )
    if report["problems"]:
        lines += ["", "  FAILED", *(f"  {problem}" for problem in report["problems"]), *_failure_lines(report)]
    return lines


def _failure_lines(report: dict[str, Any]) -> list[str]:
    """Name the failures, the most frequent first."""
    found = list(report["failures"]["of"].items())
    lines = [f"  {count:>6,} x {why}" for why, count in found[:MAX_FAILURES_SHOWN]]
    if len(found) > MAX_FAILURES_SHOWN:
        lines.append(f"           and {len(found) - MAX_FAILURES_SHOWN} other kinds; the JSON file has them all")
    return lines


def _up(lines: int) -> str:
    return f"\x1b[{lines}A" if lines else ""


def _since(began_s: float) -> float:
    return time.perf_counter() - began_s
