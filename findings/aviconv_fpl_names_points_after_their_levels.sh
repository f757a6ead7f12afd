#!/usr/bin/env bash
# Expected: a reader of ICAO flight plans takes "SOBRA/N0440F370" in a route (ICAO Doc 4444, item 15: a point, then the speed and level
# that change there) apart, or says that it cannot; and it knows the changes of flight rules, VFR and IFR, as such.
# Seen (aviconv-fpl 0.4.0, PyPI): it is a waypoint of the name "SOBRA/N0440F370", the same with coordinates; VFR and IFR are waypoints,
# too. Its validation finds nothing. Only a change that stands alone, which the format does not have, is read as one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check aviconv-fpl==0.4.0
cat > check.py <<'PY'
import aviconv_fpl


def legs(route):
    plan = aviconv_fpl.parse(f"(FPL-QZA412-IS\n-A320/M-SDFG/S\n-EDDF2350\n-N0450F350 {route}\n-LFPG0055\n-DOF/261128)")
    assert aviconv_fpl.validate(plan) == (), f"changed: {aviconv_fpl.validate(plan)}"
    return [(leg.kind, getattr(leg, "name", leg.raw)) for leg in plan.route.legs]


change = legs("SOBRA/N0440F370 Y180 DIK")
print("aviconv-fpl 0.4.0:", change)
assert change[0] == ("named_waypoint", "SOBRA/N0440F370"), f"changed: {change}"
rules = legs("DIK/N0284A045 VFR DCT LNO IFR")
print("changes of rules:", rules)
assert ("named_waypoint", "VFR") in rules and ("named_waypoint", "IFR") in rules, f"changed: {rules}"
assert legs("SOBRA N0440F370 Y180 DIK")[1][0] == "speed_level_change"
PY
tools/bin/python check.py
