"""How a class's name becomes its name on the wire."""

from __future__ import annotations

import re
from functools import cache

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def snake_case(class_name: str) -> str:
    """`HighCard` becomes `high_card`, `HTTPPing` becomes `http_ping`."""
    return _WORD_START.sub("_", class_name).lower()


def title_case(class_name: str) -> str:
    """`HighCard` becomes `High Card`: a name for people."""
    return _WORD_START.sub(" ", class_name)
