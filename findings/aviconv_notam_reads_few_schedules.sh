#!/usr/bin/env bash
# Expected: a reader of ICAO NOTAMs knows the schedules of item D that the procedures for air navigation list (dates of a month,
# exceptions, sunrise to sunset, two times a day), and a NOTAMC, which has no item C.
# Seen (aviconv-notam 0.3.0, PyPI): of ten common forms it reads three. The seven others have no period at all, as a NOTAM without a
# schedule has none, so who reads the periods takes a closure of two nights for one from B to C; the reason stands in `parse_error`.
# A NOTAMC is refused for lack of item C.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check aviconv-notam==0.3.0
cat > check.py <<'PY'
from aviconv_core.errors import ParseError
from aviconv_notam.parser import parse

CLOSURE = """A1234/26 NOTAMN
Q) OMAE/QMRLC/IV/NBO/A/000/999/2426N05439E005
A) OMAA B) 2612010000 C) 2612312359
D) {}
E) RWY 13R/31L CLSD DUE WIP"""
CANCELLED = """A1238/26 NOTAMC A1234/26
Q) OMAE/QMRXX/IV/NBO/A/000/999/2426N05439E005
A) OMAA B) 2612011200
E) NOTAM CANCELLED"""
FORMS = ("DAILY 2200-0400", "MON-FRI 0800-1200", "H24", "01 2200-2359, 02 0000-0400", "01-05 0800-1200", "DEC 01-05 0800-1200")
FORMS += ("SR-SS", "DAILY SR MINUS30-SS PLUS30", "DAILY 0800-1200 1400-1600", "MON 2200-TUE 0400")
read = []
for form in FORMS:
    schedule = parse(CLOSURE.format(form)).schedule
    print(f"{form:28} periods {len(schedule.periods)} {schedule.parse_error or ''}")
    assert bool(schedule.periods) == (schedule.parse_error is None), "changed"
    read += [form] if schedule.periods else []
assert read == list(FORMS[:3]), f"changed: {read}"
try:
    parse(CANCELLED)
except ParseError as error:
    print("NOTAMC:", error)
    assert "missing Item C" in str(error), "changed"
else:
    raise AssertionError("changed: a NOTAMC is read")
PY
tools/bin/python check.py
