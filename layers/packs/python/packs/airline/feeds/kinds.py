"""Which kind a file is, by what its first lines look like."""

from __future__ import annotations

import re

from packs.airline.feeds.records import numbered

WEATHER, NOTICES, MOVEMENTS, TIMETABLE = "weather", "notams", "movements", "schedule"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (NOTICES, re.compile(r".*\bNOTAM[NRC]\b.*|Q\) ?[A-Z]{4}/Q.*", re.IGNORECASE)),
    (TIMETABLE, re.compile(r"1AIRLINE STANDARD SCHEDULE DATA SET.*|2[LU][A-Z0-9]{2}[A-Z ] {5}.*|3[A-Z ][A-Z0-9]{2}.{145,}")),
    (MOVEMENTS, re.compile(r"(?:COR )?(?:MVT|MVA|DIV|LDM)(?: .*)?", re.IGNORECASE)),
    (WEATHER, re.compile(
        r"(?:METAR|SPECI|TAF)\b.*|[A-Z]{4} \d{6}Z .*|(?:SA|SP|FT|FC)[A-Z]{2}\d\d [A-Z]{4} \d{6}.*", re.IGNORECASE
    )),
)  # fmt: skip
_LOOKED_AT = 200
"""Lines of a file that are looked at to tell its kind."""


def kind_of(text: str) -> str:
    """What a file holds: ``weather``, ``notams``, ``movements`` or ``schedule``; empty when none of its first lines shows it."""
    for number, line in numbered(text):
        if number > _LOOKED_AT:
            break
        for kind, form in _KINDS:
            if form.fullmatch(line):
                return kind
    return ""
