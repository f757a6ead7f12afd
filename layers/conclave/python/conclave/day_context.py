"""Whether figures in a sentence are a day: what stands around ``6/6`` says so. A runway, a fraction or a METAR is not one."""

from __future__ import annotations

import re

from conclave.durations import REACH, before_place

_CODE = r"(?<![\w])(?:[A-Za-z]{2}[ -]?\d{1,4}[A-Za-z]?|[A-Za-z]{3,8}\s+\d{2,4})"
_ON = (
    r"\b(?:on|for|of|from|dated?|the|am|vom|den|der|fur|le|du|el|del|dia|il|em|no|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|\w+day"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|today|heute|tomorrow|morgen|or|and|oder|und|ou|et|y|o|to)\b"
)
_LEADS_TO_A_DAY = re.compile(rf"(?:^[\W_]*|{_ON}[\s:,(]*|{_CODE}\W*(?:{_ON}\s*)?|[(]\s*)$", re.IGNORECASE)
_NOT_A_DAY_BEFORE = re.compile(
    r"\b(?:rwys?|runways?|twy|piste|landebahn|pista|gate|stand|seat|row|bay|page|part|step|engines?|temp\w*|dew\w*|point|ratio|qnh"
    r"|metar|speci|taf|cavok|nosig|(?:few|sct|bkn|ovc|vv)\d{3}|\d{5}kt|\d{5}g\d{2}kt|9999)\b[^.;!?]{0,40}$",
    re.IGNORECASE,
)
_NOT_A_DAY_AFTER = re.compile(
    r"\s*-?\s*(?:of\b|an?\s+(?:hours?|day)|h\b|hrs?\b|hours?|min|days?\b|weeks?|pax|passengers?|seats?|crew|pilots?|engines?|full|load"
    r"|in\s+(?:the\s+)?(?:metar|taf)|metar|q\d{4}|a\d{4}|qnh|ratio"
    r"|split|support|coverage|service|basis|operation|rwy|runway|closed|stunden?|std\b|heures?|horas?|ore\b"
    r"|ora\b|tage?n?\b|km|nm\b|ft\b|kt\b|m\b|c\b|deg)",
    re.IGNORECASE,
)
_ROUND_THE_CLOCK = ("24", "7")


def leads_to_a_day(before: str) -> bool:
    """Whether what stands before figures says that they are a day: a code, a word such as "on", or nothing at all."""
    return bool(_LEADS_TO_A_DAY.search(before)) and not _NOT_A_DAY_BEFORE.search(before)


def is_a_day(match: re.Match[str], text: str) -> bool:
    """Whether ``6/6`` is a day: with a year always but after a runway; otherwise where it stands says so."""
    before, after = before_place(text, match.start()), text[match.end() : match.end() + REACH]
    if match[3]:
        return not re.search(r"\b(?:rwys?|runways?)\s+$", before, re.IGNORECASE)
    if _NOT_A_DAY_AFTER.match(after) or not leads_to_a_day(before):
        return False
    # "On 24/7" is said of engineers; "EY17 24/7" of a day in July.
    return (match[1], match[2]) != _ROUND_THE_CLOCK or bool(
        re.search(rf"{_CODE}\W*(?:{_ON}\s*)?$", before, re.IGNORECASE)
    )


NOT_ITS_DAY = re.compile(
    r"\b(?:until|till|til|by|before|since|bis|seit|hasta|desde|jusqu'a|jusqu'au|arriv\w*|expected|due|available|ready|delivered|comes?"
    r"|coming|released|fixed|repaired|back)\s+(?:on\s+|only\s+|the\s+)*$",
    re.IGNORECASE,
)
"""What stands before a day on which something else happens: "parts arrive tomorrow" is no flight of tomorrow."""
