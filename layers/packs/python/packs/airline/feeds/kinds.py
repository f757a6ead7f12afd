"""Which kind a file is, by what its first lines look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from packs.airline.feeds.records import numbered

WEATHER, NOTICES, MOVEMENTS = "weather", "notams", "movements"
TIMETABLE, CHANGES, RUNWAYS = "schedule", "schedule_changes", "runways"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (RUNWAYS, re.compile(r".*\bairport_ident\b.*\ble_heading_degT\b.*")),
    (NOTICES, re.compile(r".*\bNOTAM[NRC]\b.*|Q\) ?[A-Z]{4}/Q.*", re.IGNORECASE)),
    (TIMETABLE, re.compile(r"1AIRLINE STANDARD SCHEDULE DATA SET.*|2[LU][A-Z0-9]{2}[A-Z ] {5}.*|3[A-Z ][A-Z0-9]{2}.{145,}")),
    (CHANGES, re.compile(r"(?:COR )?(?:ASM|SSM)", re.IGNORECASE)),
    (MOVEMENTS, re.compile(r"(?:COR )?(?:MVT|MVA|DIV|LDM)(?: .*)?", re.IGNORECASE)),
    (WEATHER, re.compile(
        r"(?:METAR|SPECI|TAF)\b.*|[A-Z]{4} \d{6}Z .*|(?:SA|SP|FT|FC)[A-Z]{2}\d\d [A-Z]{4} \d{6}.*", re.IGNORECASE
    )),
)  # fmt: skip
_LOOKED_AT = 200
"""Lines of a file that are looked at to tell its kind."""


def kind_of(text: str) -> str:
    """What a file holds, empty when none of its first lines shows it.

    ``weather``, ``notams``, ``movements``, ``schedule``, ``schedule_changes`` or ``runways``.
    """
    for number, line in numbered(text):
        if number > _LOOKED_AT:
            break
        for kind, form in _KINDS:
            if form.fullmatch(line):
                return kind
    return ""


_STRANGERS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (WEATHER, "a report", re.compile(r"(?:METAR|SPECI|TAF) (?:(?:COR|AMD) )?[A-Z]{4} \d{6}Z\b.*\n.*", re.IGNORECASE)),
    (NOTICES, "a notice", re.compile(r"\(?[A-Z]\d{1,4}/\d\d NOTAM[NRC]\b.*\n.*", re.IGNORECASE)),
    (CHANGES, "a change of the schedule", re.compile(r"(?:COR )?(?:ASM|SSM)\n(?:UTC|LT)\b.*", re.IGNORECASE)),
    (MOVEMENTS, "a movement message",
     re.compile(r"(?:COR )?(?:MVT|MVA|DIV|LDM)\n[A-Z0-9]{2} ?\d{1,4}[A-Z]?/\d\d?(?:\D.*)?", re.IGNORECASE)),
)  # fmt: skip
"""How messages begin, by their first two lines, as hardly a line of another kind does."""


def strangers_in(text: str, kind: str) -> Iterator[tuple[int, str]]:
    """Messages of other kinds than that of their file: the line that each begins in, and what it is.

    Texts of notices and movements have no end of their own, so that the message before would swallow them.
    """
    lines = [*numbered(text), (0, "")]
    for (number, line), (_, behind) in pairwise(lines):
        for other, name, form in _STRANGERS:
            if other != kind and form.fullmatch(f"{line}\n{behind}"):
                yield number, name
