"""Clock times in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conclave.language.text import Found

_CLOCK = re.compile(
    r"(?<![\d:.])(?:(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))(?:\s*(?P<half>[ap])\.?m\b)?"
    r"|(?P<only>\d{1,2})\s*(?P<noon>[ap])\.?m\b|(?P<four>[0-2]\d[0-5]\d)(?:\s*(?:lt|l|local|hrs|h))?)(?![\d-]|:\d)(?!\s*(?:z|utc)\b)",
    re.IGNORECASE,
)


def times(text: str) -> Iterator[Found]:
    """Clock times in a text as ``HH:MM``; times said to be UTC are not local and left out."""
    for match in _CLOCK.finditer(text):
        digits = match["four"]
        hour = int(digits[:2] if digits else match["hour"] or match["only"])
        minute = int(digits[2:] if digits else match["minute"] or 0)
        half = (match["half"] or match["noon"] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour < 24:
            yield Found(f"{hour:02d}:{minute:02d}", match.start(), match.end())
