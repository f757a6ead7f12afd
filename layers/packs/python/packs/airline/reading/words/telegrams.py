"""Movement messages (IATA AHM 780: MVT, DIV) in plain words, so that they are read as any other report. Their times are UTC.

The letters are those that the Airport Data Dictionary of Avinor lists for AHM 780: AD departure, ED delay (off blocks), EO
delayed take-off, RR return to ramp, FR return from airborne, AA arrival, EA estimated arrival, EB taxi time variance. What
follows SI is written by people.
"""

from __future__ import annotations

_AT = r"(?:(?<=\s)|^)"
_LINE = r"(?m)" + _AT

REWRITES: list[tuple[str, str]] = [
    (r"\b(METAR|SPECI|TAF)\s+([A-Z]{4})\s+\d{6}Z", r"\1 \2"),
    (_LINE + r"(?:MVT|MVA|DIV|COR MVT)\s*$", ""),
    (r"(?:(?<=\s)|^)(?:MVT|MVA)\s+(?=[A-Z0-9]{2,3}\d)", ""),
    (
        r"(?<!\w)(?P<f>[A-Z0-9]{2}[A-Z]?\d{1,4}[A-Z]?)/(?P<d>[0-3]\d)\.(?P<r>[A-Z0-9-]{4,7})\.(?P<a>[A-Z]{3})(?!\w)",
        r"\g<f> on the \g<d>th, tail \g<r> at station \g<a>.",
    ),
    (
        _LINE + r"AD\s?(\d{4}|\d{6})/(\d{4}|\d{6})(?:\s+EA\s?(\d{4}|\d{6})(?:\s+([A-Z]{3}))?)?",
        r"off blocks \1Z, airborne \2Z, STA \3Z \4.",
    ),
    (_LINE + r"AD\s?(\d{6}|\d{4})(?!\d|/)", r"off blocks \1Z, departed."),
    (_LINE + r"AA\s?(\d{4}|\d{6})/(\d{4}|\d{6})", r"landed \1Z, on blocks \2Z."),
    (_LINE + r"AA\s?(\d{6}|\d{4})(?!\d|/)", r"landed \1Z."),
    (_LINE + r"ED\s?(\d{6}|\d{4})(?!\d)", r"estimated off blocks \1Z,"),
    (_LINE + r"EO\s?(\d{6}|\d{4})(?!\d)", r"EOT \1Z,"),
    (_LINE + r"EA\s?(\d{6}|\d{4})(?!\d)(?:\s+([A-Z]{3}))?", r"STA \1Z \2,"),
    (_LINE + r"EB\s?(\d{6}|\d{4})(?!\d)", r"on blocks \1Z,"),
    (_LINE + r"NI\s?(\d{6}|\d{4})(?!\d)", r"next info \1Z,"),
    (_LINE + r"RR\s?(\d{6}|\d{4})(?!\d)", r"returned to ramp, returned at \1Z,"),
    (_LINE + r"FR\s?(\d{6}|\d{4})(?!\d)", r"air return, landed \1Z,"),
    (
        r"(?<![\w/])(?:E?DLY?|DEP DLY)\s?(\d\d|[A-Z]{2})/(\d\d|[A-Z]{2})/(\d{4})/(\d{4})(?!\w)",
        r"delay code \1/\3, delay code \2/\4",
    ),
    (r"(?<![\w/])E?DL\s?(\d\d)/(\d\d)(?![\w/])", r"delay code \1, delay code \2"),
    (_LINE + r"SI\s+", ". "),
    (_LINE + r"PX\s?\d[\d/+]*(?:\s?INF)?", ""),
]
"""Regular expressions and what each is replaced by, in this order."""
