"""Limits on what a load test may measure, as its command line gives them: `--max command-to-ack-p99=80`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from loadtest.measures import MEASURES, PERCENTILES

NAMES = (*(f"{measure} {which}" for measure in MEASURES for which in PERCENTILES), "bytes/s", "failures")
"""All that can be limited; the times in milliseconds, bytes per client."""


def listing() -> str:
    """Say what can be limited, as it is written on a command line."""
    measures = ", ".join(measure.replace(" ", "-") for measure in MEASURES)
    return f"one of {measures}, each with -{', -'.join(PERCENTILES)}; or bytes/s, or failures"


def threshold(text: str) -> tuple[str, float]:
    """Read `NAME=LIMIT`, as an argparse type; blanks and hyphens are the same in a name.

    Raises:
        argparse.ArgumentTypeError: there is no such measure, or the limit is no number from 0 up.

    """
    name, equals, number = text.partition("=")
    name = name.strip().replace("-", " ")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=LIMIT, with a NAME that is {listing()}")
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name!r} isn't measured; name {listing()}")
    try:
        limit = float(number)
    except ValueError:
        limit = -1.0
    if not 0 <= limit < float("inf"):
        raise argparse.ArgumentTypeError(f"{number!r} is not a number from 0 up")
    return name, limit


def verdicts(limits: Mapping[str, float], report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare a report with its limits: each one's name, limit, value (None: nothing was measured), and outcome."""
    found = []
    for name, limit in limits.items():
        value = _value(name, report)
        found.append({"name": name, "limit": limit, "value": value, "kept": value is not None and value <= limit})
    return found


def missed(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which limits were not kept, each in a line."""
    return [_line(one["name"], one["limit"], one["value"]) for one in verdicts if not one["kept"]]


def figure(name: str, value: float) -> str:
    """Put a value into words, with its unit."""
    if name in {"bytes/s", "failures"}:
        return f"{value:,.0f}"
    return f"{value:,.2f} ms"


def _value(name: str, report: Mapping[str, Any]) -> float | None:
    if name == "failures":
        return float(report["failures"]["count"])
    if name == "bytes/s":
        return float(report["per_client"]["bytes_per_s"])
    measure, _, which = name.rpartition(" ")
    value: float | None = report["measures"][measure].get(f"{which}_ms")
    return value


def _line(name: str, limit: float, value: float | None) -> str:
    allowed = f"at most {figure(name, limit)} allowed"
    if value is None:
        return f"{name}: nothing was measured, {allowed}"
    return f"{name}: {figure(name, value)}, {allowed}"
