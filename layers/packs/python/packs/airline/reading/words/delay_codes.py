"""IATA delay codes and what they mean for a flight (AHM 730, as EUROCONTROL publishes the list with its delay definitions).

https://ansperformance.eu/definition/iata-delay-codes/. Codes 00 to 05 belong to each airline, so they mean nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping

_MEANT = {
    "technical": "41 42 43 44 45 46 47 48 51 52",
    "crew": "63 64 65 66 67 68 69 94 95",
    "weather": "71 72 73 75 76 77",
    "atc": "81 82 83 84",
    "airport": "87 88 89",
    "cargo": "21 22 23 24 25 26 27 28 29 32",
    "late_inbound": "93",
    "other": "06 09 11 12 13 14 15 16 17 18 19 31 33 34 35 36 37 38 39 55 56 57 58 61 62 85 86 91 92 96 97 98 99",
}
_ALPHABETIC = (
    "06OA 09SG 11PD 12PL 13PE 14PO 15PH 16PS 17PC 18PB 19PW 21CD 22CP 23CC 24CI 25CO 26CU 27CE 28CL 29CA 31GD 32GL "
    "33GE 34GS 35GC 36GF 37GB 38GU 39GT 41TD 42TM 43TN 44TS 45TA 46TC 47TL 48TV 51DF 52DG 55ED 56EC 57EF 58EO 61FP "
    "62FF 63FT 64FS 65FR 66FL 67FC 68FA 69FB 71WO 72WT 73WR 75WI 76WS 77WG 81AT 82AX 83AE 84AW 85AS 86AG 87AF 88AD "
    "89AM 91RL 92RT 93RA 94RS 95RC 96RO 97MI 98MO 99MX "
)

NUMBERS: Mapping[str, str] = {each[2:]: each[:2] for each in _ALPHABETIC.split()} | {
    each[:2]: each[:2] for each in _ALPHABETIC.split()
}
"""The two digits of each code, by its digits and by its letters."""

CAUSES: Mapping[str, str] = {
    code: cause for cause, numbers in _MEANT.items() for code, number in NUMBERS.items() if number in numbers.split()
}
"""The cause that a code means, by its digits and by its letters."""

_LETTERS = "|".join(sorted(each[2:] for each in _ALPHABETIC.split()))
_CUE = r"(?:dep(?:arture)?\s+)?(?:dly|delay|dl|edl)(?:\s*(?:code|cd|reason|rsn)s?)?|codes?|irreg(?:ularity)?\s+code"
FORMS = (
    rf"(?<![\w/])(?:{_CUE})(?:\s*[:#]\s*|\s+)(?:iata\s+)?(?P<code>\d\d|(?-i:{_LETTERS}))"
    r"(?:\s*[/ ]\s*(?P<length>\d{4}))?(?![\w:]|\s*(?:mins?|minutes?|m|h|hrs?|hours?)\b|[.,]\d)",
    r"(?<![\w/])(?:dly|delay|dl|edl)(?P<code>\d\d)(?:/(?P<length>\d{4}))?(?![\w:])",
    r"(?<![\w/])(?P<code>\d\d)/(?P<length>\d{4})(?![\w:/]|\s?z)",
)
"""How a report writes a code, with its time as hours and minutes: "DLY 93/0145", "delay code 41", "DL93"."""
