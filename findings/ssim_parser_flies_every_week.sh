#!/usr/bin/env bash
# Expected: ssim-parser, which reads schedules (IATA SSIM, chapter 7) and expands each leg into its daily flights, expands a leg of
# every second week (frequency rate 2, byte 36 of record 3) into every second week, one without an end (00XXX00) into something,
# or says that it cannot, and reads 2400, the time of an arrival at the end of a day.
# Seen (ssim-parser 1.1.0, PyPI): the frequency rate is read and not heeded, so twice as many flights; a leg without an end has no
# flight at all, without a word; an arrival at 2400 has no time. The day of arrival (date variation 01) is not among what a flight
# tells, so a flight that lands the day after looks as if it landed before it left. Before Python 3.14 the package, which asks for
# 3.8 or newer, cannot be imported: it names typing.Iterator without importing it (the check below lends it that name).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check ssim-parser==1.1.0
cat > check.py <<'PY'
import builtins
import sys
import typing

if sys.version_info < (3, 14):
    try:
        import ssim_parser
    except NameError as missing:
        print("import ssim_parser:", missing)
    else:
        raise AssertionError("changed: it is imported")
    for name in [each for each in sys.modules if each.startswith("ssim_parser")]:
        del sys.modules[name]
    builtins.Iterator = typing.Iterator
from ssim_parser.expander import expand_flights
from ssim_parser.parser import SsimParser


def record(**texts):
    """A record of 200 bytes: each text from its byte on, as the manual counts."""
    line = [" "] * 200
    for byte, text in texts.items():
        at = int(byte[1:]) - 1
        line[at : at + len(text)] = text
    return "".join(line)


LEG = dict(
    b1="3", b3="QZ ", b6=" 454", b10="0101J", b15="02NOV2630NOV26", b29="1      ", b37="AUH", b40="21302130+0400",
    b55="SYD", b58="17551755+1100", b73="789", b193="01", b195="000003",
)


def flights(**changed):
    header = record(b1="1AIRLINE STANDARD SCHEDULE DATA SET", b192="001000001")
    carrier = record(b1="2LQZ  0008W26", b15="25OCT2627MAR2701OCT26", b195="000002")
    trailer = record(b1="5 QZ ", b188="000003E000004")
    return expand_flights(SsimParser().parse_lines([header, carrier, record(**{**LEG, **changed}), trailer]))


weekly, fortnightly = flights(), flights(b36="2")
print("Mondays of November 2026:", [each["date"] for each in weekly])
print("every second of them:", [each["date"] for each in fortnightly])
assert [each["date"][-2:] for each in weekly] == ["02", "09", "16", "23", "30"]
assert fortnightly == weekly, "changed: the frequency rate is heeded"
endless = flights(b15="02NOV2600XXX00")
print("without an end:", endless)
assert endless == [], "changed: a leg without an end has flights"
late = flights(b58="24002400+1100")
print("arrives at 2400:", late[0]["arrival_time"])
assert late[0]["arrival_time"] is None, "changed: 2400 is read"
first = weekly[0]
print("lands the day after:", first["date"], first["departure_time"], first["arrival_time"], sorted(first))
assert not [name for name in first if "variation" in name and name != "itinerary_variation"], "changed: the day is told"
PY
tools/bin/python check.py
