#!/usr/bin/env bash
# Expected: airports-py gives an airport's elevation in feet under `elevation_ft`, and its offset from UTC under `utc`.
# Seen (airports-py 3.1.0, PyPI): `elevation_ft` of 653 airports is higher than any airport on earth (14,472 ft), mostly of the large
# ones: Heathrow, 83 ft in the aeronautical publication, has 232718. `utc` is the offset in summer, all year: London has 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check airports-py==3.1.0
tools/bin/python - <<'PY'
from airports.airport_data import airports, get_airport_by_iata

HIGHEST_FEET = 14_472  # Daocheng Yading (DCY), the highest airport that is open to the public
every = airports if isinstance(airports, list) else list(airports.values())
too_high = [each for each in every if isinstance(each["elevation_ft"], int | float) and each["elevation_ft"] > HIGHEST_FEET]
kinds = {kind: sum(each["type"] == kind for each in too_high) for kind in sorted({each["type"] for each in too_high})}
heathrow, frankfurt = (get_airport_by_iata(code)[0] for code in ("LHR", "FRA"))
print("airports-py 3.1.0:", len(every), "airports")
print("higher than the highest airport:", len(too_high), kinds)
for each in (heathrow, frankfurt):
    print(each["iata"], "elevation_ft", each["elevation_ft"], "utc", each["utc"], each["time"])
seen = (len(too_high), heathrow["elevation_ft"], heathrow["utc"], frankfurt["utc"])
assert seen[1:] == (232718, 1, 2) and seen[0] > 600, f"changed: {seen}"
PY
