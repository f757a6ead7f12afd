"""Registration marks of aircraft: nationality marks of ICAO Annex 7 and the forms behind them."""

from __future__ import annotations

_HYPHENED = (
    "2 3A 3B 3C 3D 3X 4K 4L 4O 4R 4W 4X 5A 5B 5H 5N 5R 5T 5U 5V 5W 5X 5Y 6O 6V 6Y 7O 7P 7Q 7T 8P 8Q 8R 9A 9G 9H 9J "
    "9K 9L 9M 9N 9Q 9S 9U 9V 9XR 9Y A2 A3 A4O A5 A6 A7 A8 A9C AP B C C2 C3 C5 C6 C9 CC CN CP CS D D2 D4 D6 DQ E3 E5 "
    "E7 EC EI EK EP ER ES ET EW EX EY EZ F G H4 HA HB HC HH HI HK HP HR HS HZ I J2 J3 J5 J6 J7 J8 JU JY LN LV LX LY "
    "LZ M OB OD OE OH OK OM OO OY P P2 P4 PH PJ PK PP PR PS PT PU PZ RA RDPL RP S2 S5 S7 S9 SE SP ST SU SX T3 T7 "
    "T8A T9 TC TF TG TI TJ TL TN TR TS TT TU TY TZ UK UP UR V2 V3 V4 V5 V6 V7 V8 VH VN VP VQ VT XA XB XC XT XU XY "
    "YA YI YJ YK YL YR YS YU Z Z3 ZA ZK ZP ZS ZT ZU "
)
MARKS = tuple(_HYPHENED.split())
_ANY = "|".join(sorted(MARKS, key=len, reverse=True))

FORMS = (
    rf"(?<![\w-])(?P<tail>(?:{_ANY})-(?!\d{{1,4}}[A-Z]?(?!\w))(?=[A-Z0-9]{{3,5}}(?![\w-]))[A-Z0-9]{{3,5}})(?![\w-])",
    r"(?i:\b(?:tail|reg|registration|regn|ship)\b\.?\s*[:#]?\s*)(?P<tail>[A-Z][A-Z0-9]{3,6})(?![\w-])",
    r"(?i:\b(?:aircraft|a/c|ac|acft|airframe|Flugzeug|avion)\b\s*[:#]?\s*)(?P<tail>(?=[A-Z]*\d)[A-Z][A-Z0-9]{4,5})(?![\w-])",
    r"(?<![\w-])(?P<tail>(?:B|HC|HK)-\d{4}|N[1-9]\d{1,4}|N[1-9]\d{0,3}[A-Z]|N[1-9]\d{1,2}[A-Z]{2}|JA\d{2,3}[A-Z0-9]{1,2}|HL\d{4}|YV\d{3,4}|CU-T\d{4})(?![\w-])",
)
"""Registrations as they are written: A6-BAZ, D-ABCD, B-2447, N123AA, JA801A; after a word for an aircraft also A6BAZ.

A hyphen and figures are a type or a flight (B-787, XY-17D), but for countries whose marks are four figures.
"""
