"""Types for command-line flags that have a range, and say so when they are given something else."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable


def integer(least: int, most: int) -> Callable[[str], int]:
    """Make an argparse type for whole numbers in a range, both ends included."""

    def parse(text: str) -> int:
        with contextlib.suppress(ValueError):
            if least <= int(text) <= most:
                return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")

    return parse


def number(least: float, most: float, *, above: bool = False) -> Callable[[str], float]:
    """Make an argparse type for numbers in a range, both ends included; with `above`, all but its lower end."""

    def parse(text: str) -> float:
        with contextlib.suppress(ValueError):
            value = float(text)
            if least <= value <= most and not (above and value == least):
                return value
        given = f"above {least:g}, up to {most:g}" if above else f"from {least:g} to {most:g}"
        raise argparse.ArgumentTypeError(f"{text!r} is not a number {given}")

    return parse
