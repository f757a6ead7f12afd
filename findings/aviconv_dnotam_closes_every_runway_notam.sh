#!/usr/bin/env bash
# Expected: a NOTAM that becomes an AIXM event says what is closed and when: a closure by night carries its hours, and a notice that
# a runway is limited, worked on, or back in normal operation (Q-codes QMRLT, QMRHW, QMRAK) is not a closure.
# Seen (aviconv-dnotam 0.1.2 with aviconv-notam 0.3.0, PyPI): every Q-code of a runway is the scenario RUNWAY_CLOSURE, "resumed normal
# operation" as well. The event of a closure by night is valid for the whole month, day and night: it holds neither a timesheet nor
# an operational status, and the hours stand in a free-text note only. A round trip to text hides it, since that reads the note.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check aviconv-dnotam==0.1.2 aviconv-notam==0.3.0
cat > check.py <<'PY'
import re

from aviconv_dnotam import classify, encode, to_aixm_event
from aviconv_notam.parser import parse

NIGHTLY = """A1234/26 NOTAMN
Q) OMAE/QMRLC/IV/NBO/A/000/999/2426N05439E005
A) OMAA B) 2612010000 C) 2612312359
D) DAILY 2200-0400
E) RWY 13R/31L CLSD DUE WIP"""
scenarios = {code: classify(parse(NIGHTLY.replace("QMRLC", code))).name for code in ("QMRLC", "QMRLT", "QMRHW", "QMRAK")}
print("aviconv-dnotam 0.1.2:", scenarios)
assert set(scenarios.values()) == {"RUNWAY_CLOSURE"}, "changed"
event = to_aixm_event(encode(parse(NIGHTLY))).decode()
elements = set(re.findall(r"<(?:\w+:)?(\w+)", event))
print("valid from", *re.findall(r"beginPosition>([^<]+)<", event), "until", *re.findall(r"endPosition>([^<]+)<", event))
print("elements:", *sorted(elements))
assert re.findall(r"(?:begin|end)Position>([^<]+)<", event) == ["2026-12-01T00:00:00Z", "2026-12-31T23:59:00Z"], "changed"
assert not {"Timesheet", "timeInterval", "availability", "operationalStatus"} & elements, "changed"
assert re.findall(r"aixm:note>([^<]*2200-0400)<", event) == ["DAILY 2200-0400"], "changed"
PY
tools/bin/python check.py
