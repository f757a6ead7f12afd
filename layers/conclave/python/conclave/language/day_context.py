"""Tests if figures are a day: what stands around ``6/6`` says so. A page, a fraction or a ratio is not one."""

from __future__ import annotations

import re
from functools import lru_cache

from conclave.language.text import REACH, Jargon, before_place

_CODE = r"(?<![\w])(?:[A-Za-z]{2}[ -]?\d{1,4}[A-Za-z]?|[A-Za-z]{3,8}\s+\d{2,4})"
_ON = (
    r"\b(?:on|for|of|from|dated?|the|am|vom|den|der|fur|le|du|el|del|dia|il|em|no|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|\w+day"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|today|heute|tomorrow|morgen|or|and|oder|und|ou|et|y|o|to)\b"
)
_LEADS_TO_A_DAY = re.compile(rf"(?:^[\W_]*|{_ON}[\s:,(]*|{_CODE}\W*(?:{_ON}\s*)?|[(]\s*)$", re.IGNORECASE)
_CODE_AND_ON = re.compile(rf"{_CODE}\W*(?:{_ON}\s*)?$", re.IGNORECASE)
_NO_DAY_AFTER = ("row", "page", "part", "step", r"temp\w*", "point", "ratio")
_NO_DAY_BEFORE = (
    r"of\b", r"an?\s+(?:hours?|day)", r"h\b", r"hrs?\b", "hours?", "min", r"days?\b", r"weeks?", "full", "ratio",
    "split", "support", "coverage", "service", "basis", "operation", "closed", "stunden?", r"std\b", "heures?", "horas?",
    r"ore\b", r"ora\b", r"tage?n?\b", r"km", r"m\b", r"c\b", "deg",
)  # fmt: skip
_GOES_ON = (r"(?:is|has|was|will|cannot|can't|from|to|with|due|at|in)\b",)
_ROUND_THE_CLOCK = ("24", "7")


def leads_to_a_day(before: str, jargon: Jargon) -> bool:
    """True if what stands before figures says that they are a day: a code, a word such as "on", or nothing at all."""
    return bool(_LEADS_TO_A_DAY.search(before)) and not _no_day_after(jargon).search(before)


def is_a_day(match: re.Match[str], text: str, jargon: Jargon) -> bool:
    """True if ``6/6`` is a day: with a year always; otherwise where it stands says so."""
    before, after = before_place(text, match.start()), text[match.end() : match.end() + REACH]
    if match[3]:
        return True
    if _no_day_before(jargon).match(after) or not leads_to_a_day(before, jargon):
        return False
    # "On 24/7" is said of people; "A17 24/7" of a day in July.
    return (match[1], match[2]) != _ROUND_THE_CLOCK or bool(_CODE_AND_ON.search(before))


def is_day_of_month(after: str, jargon: Jargon) -> bool:
    """True if "on the 22nd" is a day, by what follows: "on the 2nd shelf" is not."""
    return bool(_continuation_pattern(jargon).match(after))


@lru_cache(maxsize=8)
def _no_day_after(jargon: Jargon) -> re.Pattern[str]:
    words = "|".join((*_NO_DAY_AFTER, *jargon.no_day_after))
    return re.compile(rf"\b(?:{words})\b[^.;!?]{{0,40}}$", re.IGNORECASE)


@lru_cache(maxsize=8)
def _no_day_before(jargon: Jargon) -> re.Pattern[str]:
    words = "|".join((*_NO_DAY_BEFORE, *jargon.no_day_before))
    return re.compile(rf"\s*-?\s*(?:{words})", re.IGNORECASE)


@lru_cache(maxsize=8)
def _continuation_pattern(jargon: Jargon) -> re.Pattern[str]:
    words = "|".join((*_GOES_ON, *jargon.goes_on))
    return re.compile(rf"\s*(?:$|[,;:!?)]|\.(?:\s|$)|{words})", re.IGNORECASE)


NOT_ITS_DAY = re.compile(
    r"\b(?:until|till|til|by|before|since|bis|seit|hasta|desde|jusqu'a|jusqu'au|arriv\w*|expected|due|available|ready|delivered|comes?"
    r"|coming|released|fixed|repaired|back|recovery|replacement|recovery\s+\w+|replacement\s+\w+)\s+(?:on\s+|only\s+|the\s+)*$",
    re.IGNORECASE,
)
"""The words before a day on which something else happens: "parts arrive tomorrow" is not what is reported for tomorrow."""
EARLIEST = re.compile(
    r"\s*(?:at\s+the\s+)?(?:earliest|latest|fruhestens|spatestens|au\s+plus\s+t|como\s+pronto)", re.IGNORECASE
)
"""The words behind such a day."""
